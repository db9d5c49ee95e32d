import { Ellipsis, Plus } from "lucide-react";
import { useRef, useState } from "react";

import { useRead } from "@/api/context";
import { ExportPrompts, ImportPrompts, NewPrompt } from "@/features/prompts/dialogs";
import { NO_FILTER, PromptList, sift } from "@/features/prompts/list";
import type { PlaygroundLinks } from "@/features/prompts/playground";
import { type PromptTab, Workbench } from "@/features/prompts/workbench";
import { Button } from "@/ui/button";
import { useHotkeys } from "@/ui/hotkeys";
import { Menu, MenuItem } from "@/ui/menu";
import { Empty, ErrorPanel, Skeleton } from "@/ui/panel";

export interface PromptsPageProps {
  promptId: string | null;
  tab: PromptTab;
  /** Whether the form for a new one is open. */
  adding: boolean;
  links: PlaygroundLinks;
  onPrompt: (id: string) => void;
  onTab: (tab: PromptTab) => void;
  onAdding: (adding: boolean) => void;
}

/** What models are asked, in whose words, and how these words came to be. */
export function PromptsPage(props: PromptsPageProps) {
  const { promptId, tab, adding, links, onPrompt, onTab, onAdding } = props;
  const { data, error, refetch } = useRead("prompts_list", {
    prompt_type: null,
    language: null,
    strategy_id: null,
    include_deleted: true,
  });
  const strategies = useRead("strategies_list", {}).data ?? [];
  const english = useRead("prompts_resolve", { strategy_id: null, language: "en" });
  const chinese = useRead("prompts_resolve", { strategy_id: null, language: "zh" });
  const used = new Set(
    [english, chinese].flatMap(({ data: found }) =>
      (found?.prompts ?? []).map(({ prompt_id: id }) => id),
    ),
  );
  const [filter, setFilter] = useState(NO_FILTER);
  const [open, setOpen] = useState<"import" | "export" | null>(null);
  const search = useRef<HTMLInputElement>(null);
  const prompts = sift(data ?? [], filter);
  const selected = data?.find(({ id }) => id === promptId) ?? prompts[0] ?? null;
  const move = (by: number) => {
    const at = prompts.findIndex(({ id }) => id === selected?.id);
    const next = prompts[Math.min(prompts.length - 1, Math.max(0, at + by))];
    if (next) onPrompt(next.id);
  };
  useHotkeys([
    { keys: "j", label: "Next prompt", group: "Prompts", run: () => move(1) },
    { keys: "k", label: "Prompt before", group: "Prompts", run: () => move(-1) },
    { keys: "/", label: "Filter", group: "Prompts", run: () => search.current?.focus() },
    { keys: "n", label: "A new prompt", group: "Prompts", run: () => onAdding(true) },
  ]);
  const made = (id: string) => {
    setOpen(null);
    setFilter(NO_FILTER);
    onPrompt(id);
  };
  return (
    <div className="flex h-full">
      <aside className="flex w-[268px] shrink-0 flex-col border-r max-[1100px]:w-[232px]">
        <header className="flex h-12 shrink-0 items-center gap-1 pr-2 pl-4">
          <h1 className="text-18 font-semibold">Prompts</h1>
          <span className="ml-auto" />
          <Button size="small" onClick={() => onAdding(true)} title="A new prompt (n)">
            <Plus /> New
          </Button>
          <Menu
            align="end"
            trigger={
              <Button variant="ghost" size="icon" aria-label="Import and export">
                <Ellipsis />
              </Button>
            }
          >
            <MenuItem onSelect={() => setOpen("import")}>Import…</MenuItem>
            <MenuItem onSelect={() => setOpen("export")}>Export all of your own…</MenuItem>
          </Menu>
        </header>
        {data ? (
          <PromptList
            prompts={prompts}
            selected={selected?.id ?? null}
            used={used}
            filter={filter}
            search={search}
            nameOf={(id) => strategies.find((strategy) => strategy.id === id)?.name ?? id}
            onFilter={setFilter}
            onSelect={onPrompt}
          />
        ) : error ? (
          <ErrorPanel
            className="m-3"
            what="The prompts could not be read."
            error={error}
            onRetry={() => void refetch()}
          />
        ) : (
          <div aria-busy="true" aria-label="Loading the prompts" className="space-y-3 p-4">
            {[0, 1, 2, 3, 4].map((row) => (
              <Skeleton key={row} className="h-9" />
            ))}
          </div>
        )}
      </aside>
      <section aria-label="Prompt" className="min-w-0 flex-1 bg-surface">
        {selected ? (
          <Workbench
            key={selected.id}
            promptId={selected.id}
            tab={tab}
            prompts={data ?? []}
            strategies={strategies}
            used={used.has(selected.id)}
            links={links}
            onTab={onTab}
            onPrompt={made}
          />
        ) : data ? (
          <Empty title="No prompt matches" className="mt-[16vh]">
            Clear the filter, or make a new one.
          </Empty>
        ) : null}
      </section>
      {adding && data ? (
        <NewPrompt
          prompts={data}
          strategies={strategies}
          onClose={() => onAdding(false)}
          onMade={made}
        />
      ) : null}
      {open === "import" ? <ImportPrompts onClose={() => setOpen(null)} onMade={made} /> : null}
      {open === "export" ? <ExportPrompts ids={[]} onClose={() => setOpen(null)} /> : null}
    </div>
  );
}
