import { Archive, ChevronDown, Ellipsis, Pencil, Play, Plus } from "lucide-react";
import { useState } from "react";

import { useRead } from "@/api/context";
import { useArchive, useSetActive } from "@/features/strategies/acts";
import { strategyColumns } from "@/features/strategies/columns";
import { StrategyDetails, type StrategyTab } from "@/features/strategies/details";
import { DuplicateStrategy, ExportStrategy, ImportStrategy } from "@/features/strategies/dialogs";
import { draftNotice } from "@/features/strategies/drafts";
import { editLink } from "@/features/strategies/links";
import type { StrategyDto, StrategyForm } from "@/gen/types";
import { plain } from "@/lib/text";
import { Button } from "@/ui/button";
import { DataTable } from "@/ui/data-table";
import { useHotkeys } from "@/ui/hotkeys";
import { Menu, MenuItem, MenuLabel } from "@/ui/menu";
import { Notice } from "@/ui/notice";
import { Empty, ErrorPanel, Guard, Skeleton } from "@/ui/panel";
import { Switch } from "@/ui/switch";

export interface StrategiesPageProps {
  /** The one that is looked at; the first without. */
  strategyId: string | null;
  tab: StrategyTab;
  running: boolean;
  onStrategy: (id: string) => void;
  onTab: (tab: StrategyTab) => void;
  /** Opens the wizard, with what a file fills in. */
  onNew: (form: StrategyForm | null) => void;
  onRun: (strategy: StrategyDto, symbol?: string | null, model?: string | null) => void;
  lineageLink: (executionId: string) => string;
}

/** What runs, when, and under which limits. */
export function StrategiesPage(props: StrategiesPageProps) {
  const { strategyId, tab, running, onStrategy, onTab, onNew, onRun, lineageLink } = props;
  const { data, error, refetch } = useRead("strategies_list", {});
  const status = useRead("status_get", {});
  const models = useRead("models_list", {}).data?.models ?? [];
  const setActive = useSetActive();
  const setArchived = useArchive();
  const [showsArchived, setShowsArchived] = useState(false);
  const [open, setOpen] = useState<"duplicate" | "export" | "import" | null>(null);
  const archived = data?.filter((each) => each.archived) ?? [];
  const shown = data?.filter((each) => showsArchived || !each.archived);
  const strategy = data?.find(({ id }) => id === strategyId) ?? shown?.[0] ?? null;
  const draft = draftNotice();

  const move = (by: number) => {
    if (!shown || !strategy) return;
    const next = shown[Math.min(shown.length - 1, Math.max(0, shown.indexOf(strategy) + by))];
    if (next) onStrategy(next.id);
  };
  useHotkeys([
    { keys: "j", label: "Next strategy", group: "Strategies", run: () => move(1) },
    { keys: "k", label: "Strategy before", group: "Strategies", run: () => move(-1) },
    { keys: "n", label: "A new strategy", group: "Strategies", run: () => onNew(null) },
    {
      keys: "e",
      label: "Change the strategy",
      group: "Strategies",
      run: () => {
        if (strategy) window.location.assign(editLink(strategy.id));
      },
    },
    {
      keys: "r",
      label: strategy ? `Run ${strategy.name} now` : "Run the strategy now",
      group: "Strategies",
      run: () => {
        if (strategy && !running && !strategy.archived) onRun(strategy);
      },
    },
    {
      keys: "Enter",
      label: "Lineage of its newest execution",
      group: "Strategies",
      run: () => {
        const newest = strategy?.recent[0];
        if (newest) window.location.assign(lineageLink(newest.id));
      },
    },
  ]);

  return (
    <div className="h-full overflow-y-auto">
      <div className="mx-auto max-w-[1440px] space-y-4 px-6 pt-4 pb-12">
        <header className="flex items-center gap-2">
          <h1 className="text-18 font-semibold">Strategies</h1>
          <span className="ml-auto" />
          <Button size="large" onClick={() => onNew(null)} title="A new strategy (n)">
            <Plus /> New strategy
          </Button>
          <Button size="large" onClick={() => setOpen("import")}>
            Import…
          </Button>
          {strategy && !strategy.archived ? (
            <Button
              variant="primary"
              size="large"
              disabled={running}
              data-testid="run-now"
              onClick={() => onRun(strategy)}
              title="Run the selected strategy (r)"
              className="max-w-80"
            >
              <Play />
              <span className="truncate">
                {running ? "Running…" : `Run ${plain(strategy.name)} now`}
              </span>
            </Button>
          ) : null}
          {strategy && !strategy.archived && models.length > 0 ? (
            <Menu
              align="end"
              trigger={
                <Button
                  size="large"
                  disabled={running}
                  className="-ml-1 px-2"
                  aria-label={`Choose who analyses a run of ${strategy.name}`}
                >
                  <ChevronDown />
                </Button>
              }
            >
              <MenuLabel>This run only, analysed by</MenuLabel>
              <MenuItem onSelect={() => onRun(strategy)}>{strategy.analyst}, as always</MenuItem>
              {models.map((model) => (
                <MenuItem key={model.name} onSelect={() => onRun(strategy, null, model.name)}>
                  {model.name} <span className="text-12 text-muted">{model.provider}</span>
                </MenuItem>
              ))}
            </Menu>
          ) : null}
        </header>
        {draft ? (
          <Notice
            tone="info"
            shape="half"
            title={draft.title}
            actions={
              <Button asChild>
                <a href={draft.href}>Go on with it</a>
              </Button>
            }
          >
            <p className="text-muted">What was filled in is kept on this computer.</p>
          </Notice>
        ) : null}
        {data && strategy && shown ? (
          <>
            {shown.length > 0 ? (
              <DataTable
                name="strategies"
                caption="Strategies"
                title={
                  <span className="flex items-center gap-4">
                    <span className="tabular text-muted">
                      {shown.filter((each) => each.active).length} of {shown.length} scheduled
                    </span>
                    {archived.length > 0 ? (
                      <span className="flex items-center gap-2 text-12 text-muted">
                        <Switch
                          checked={showsArchived}
                          onChange={setShowsArchived}
                          label="Show the archived ones"
                        />
                        {archived.length} archived
                      </span>
                    ) : null}
                  </span>
                }
                columns={strategyColumns({
                  now: status.data?.now ?? null,
                  lineageLink,
                  onActive: (each, active) => setActive(each, active),
                })}
                rows={shown}
                rowKey={({ id }) => id}
                empty={null}
                selected={strategy.id}
                onSelect={onStrategy}
              />
            ) : (
              <Empty
                title="Every strategy is archived"
                action={
                  <Button onClick={() => setShowsArchived(true)}>
                    Show the {archived.length} archived
                  </Button>
                }
              />
            )}
            <Guard key={strategy.id} what="The strategy could not be shown.">
              <StrategyDetails
                strategy={strategy}
                tab={tab}
                running={running}
                onTab={onTab}
                onRun={onRun}
                lineageLink={lineageLink}
                actions={
                  <>
                    {strategy.archived ? (
                      <Button onClick={() => setArchived(strategy, false)}>
                        <Archive /> Take out of the archive
                      </Button>
                    ) : (
                      <Button asChild title="Change the selected strategy (e)">
                        <a href={editLink(strategy.id)}>
                          <Pencil /> Edit
                        </a>
                      </Button>
                    )}
                    <Menu
                      align="end"
                      trigger={
                        <Button size="icon" aria-label={`More for ${plain(strategy.name)}`}>
                          <Ellipsis />
                        </Button>
                      }
                    >
                      <MenuItem onSelect={() => setOpen("duplicate")}>Duplicate…</MenuItem>
                      <MenuItem onSelect={() => setOpen("export")}>Export…</MenuItem>
                      {strategy.archived ? null : (
                        <>
                          <MenuItem onSelect={() => setActive(strategy, !strategy.active)}>
                            {strategy.active ? "Pause its schedule" : "Switch its schedule on"}
                          </MenuItem>
                          <MenuItem onSelect={() => setArchived(strategy, true)}>Archive</MenuItem>
                        </>
                      )}
                    </Menu>
                  </>
                }
              />
            </Guard>
          </>
        ) : data ? (
          <Empty
            title="There is no strategy yet"
            className="mt-[12vh]"
            action={
              <Button variant="primary" size="large" onClick={() => onNew(null)}>
                <Plus /> New strategy
              </Button>
            }
          >
            A strategy says which symbols are looked at, when, by whom, and under which limits. It
            takes a few minutes, and nothing runs before you switch it on.
          </Empty>
        ) : error ? (
          <ErrorPanel
            what="The strategies could not be read."
            error={error}
            onRetry={() => void refetch()}
          />
        ) : (
          <div aria-busy="true" aria-label="Loading the strategies" className="space-y-4">
            <Skeleton className="h-56 rounded-card" />
            <Skeleton className="h-72 rounded-card" />
          </div>
        )}
      </div>
      {open === "duplicate" && strategy ? (
        <DuplicateStrategy
          strategy={strategy}
          taken={data?.map(({ id }) => id) ?? []}
          onClose={() => setOpen(null)}
          onMade={(made) => {
            setOpen(null);
            onStrategy(made.id);
          }}
        />
      ) : null}
      {open === "export" && strategy ? (
        <ExportStrategy strategy={strategy} onClose={() => setOpen(null)} />
      ) : null}
      {open === "import" ? (
        <ImportStrategy
          onClose={() => setOpen(null)}
          onRead={(form) => {
            setOpen(null);
            onNew(form);
          }}
        />
      ) : null}
    </div>
  );
}
