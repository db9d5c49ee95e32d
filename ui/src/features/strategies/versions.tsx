import { useState } from "react";

import { useRead } from "@/api/context";
import { Diff, type DiffView } from "@/ui/diff";
import type { StrategyVersionDto } from "@/gen/types";
import { count } from "@/lib/share";
import { recall, remember } from "@/lib/storage";
import { plain } from "@/lib/text";
import { exchangeDateTime } from "@/lib/time";
import { Button } from "@/ui/button";
import { cn } from "@/ui/cn";
import { INPUT } from "@/ui/field";
import { ErrorPanel, Panel, Skeleton } from "@/ui/panel";
import { Reading } from "@/ui/reading";
import { Segments } from "@/ui/segments";

/** Every version of a strategy, and what any two differ in. */
export function StrategyVersions({ strategyId }: { strategyId: string }) {
  const read = useRead("strategy_versions", { strategy_id: strategyId }, { keep: true });
  return (
    <Panel title="Versions">
      <Reading of={read} what="the versions" skeleton={<Skeleton className="m-4 h-40" />}>
        {(versions) => <Compared strategyId={strategyId} versions={versions} />}
      </Reading>
    </Panel>
  );
}

function Compared({
  strategyId,
  versions,
}: {
  strategyId: string;
  versions: readonly StrategyVersionDto[];
}) {
  const [chosen, setChosen] = useState<{ from: number; to: number } | null>(null);
  const [view, setView] = useState<DiffView>(() =>
    recall("strategy.diff") === "unified" ? "unified" : "split",
  );
  const newest = versions[0]?.version ?? 1;
  const { from, to } = chosen ?? { from: Math.max(1, newest - 1), to: newest };
  const choice = (label: string, value: number, onChange: (value: number) => void) => (
    <select
      aria-label={label}
      value={value}
      onChange={({ target }) => onChange(Number(target.value))}
      className={cn(INPUT, "h-7 w-auto text-12")}
    >
      {versions.map(({ version }) => (
        <option key={version} value={version}>
          version {version}
        </option>
      ))}
    </select>
  );
  return (
    <div className="grid grid-cols-[264px_minmax(0,1fr)] max-[1080px]:grid-cols-1">
      <ol aria-label="Versions" className="max-h-[560px] overflow-y-auto border-r">
        {versions.map((version) => (
          <li
            key={version.version}
            aria-current={version.version === to ? "true" : undefined}
            className="border-b px-4 py-2 last:border-b-0 aria-[current=true]:bg-raised"
          >
            <p className="tabular flex items-baseline gap-2">
              <span className="font-medium">Version {version.version}</span>
              <span className="ml-auto text-12 text-muted">
                {version.executions === 0 ? "never ran" : count(version.executions, "execution")}
              </span>
            </p>
            <p className="truncate" title={plain(version.name)}>
              {plain(version.name)}
            </p>
            <p className="tabular text-12 text-muted" title={version.hash}>
              {exchangeDateTime(version.created_at)} ET ·{" "}
              <code className="font-mono">{version.hash.slice(0, 7)}</code>
            </p>
            {version.version > 1 ? (
              <Button
                variant="ghost"
                size="small"
                className="-ml-2"
                aria-label={`What version ${version.version} changed`}
                onClick={() => setChosen({ from: version.version - 1, to: version.version })}
              >
                Its change
              </Button>
            ) : null}
          </li>
        ))}
      </ol>
      <div className="flex min-w-0 flex-col">
        <div className="flex flex-wrap items-center gap-2 border-b px-4 py-2">
          {choice("The earlier version", from, (next) => setChosen({ from: next, to }))}
          <span className="text-muted">to</span>
          {choice("The later version", to, (next) => setChosen({ from, to: next }))}
          <span className="ml-auto" />
          <Segments
            label="How to show it"
            value={view}
            options={[
              { value: "split", text: "Side by side" },
              { value: "unified", text: "Unified" },
            ]}
            onChange={(next) => {
              setView(next);
              remember("strategy.diff", next);
            }}
          />
        </div>
        {from === to ? (
          <p className="p-4 text-muted">
            {versions.length === 1
              ? "There is one version so far, so that there is nothing to compare."
              : "Choose two different versions."}
          </p>
        ) : (
          <Difference strategyId={strategyId} from={from} to={to} view={view} />
        )}
      </div>
    </div>
  );
}

function Difference({
  strategyId,
  from,
  to,
  view,
}: {
  strategyId: string;
  from: number;
  to: number;
  view: DiffView;
}) {
  const { data, error, refetch } = useRead("strategy_diff", { strategy_id: strategyId, from, to });
  if (error)
    return (
      <ErrorPanel
        className="m-4"
        what="The two could not be compared."
        error={error}
        onRetry={() => void refetch()}
      />
    );
  if (!data) return <Skeleton className="m-4 h-40" />;
  const isSame = data.added === 0 && data.removed === 0;
  return (
    <div
      tabIndex={0}
      role="region"
      aria-label="Difference"
      className="max-h-[516px] overflow-y-auto"
    >
      <p className="tabular px-4 py-2 text-12 text-muted">
        {isSame
          ? "They are the same."
          : `${count(data.added, "line")} added, ${data.removed} removed`}
      </p>
      {isSame ? null : <Diff key={`${data.old} ${data.new}`} diff={data} view={view} />}
    </div>
  );
}
