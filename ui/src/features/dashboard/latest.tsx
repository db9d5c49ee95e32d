import { useRead } from "@/api/context";
import type { DashboardLinks } from "@/features/dashboard/links";
import type { ExecutionsSearchRequest, SignalsListRequest } from "@/gen/types";
import { formatDecimal, formatPrice, multiply } from "@/lib/decimal";
import { plain } from "@/lib/text";
import { shortDateTime } from "@/lib/time";
import { ACTIONS, executionWord, SIGNAL_OUTCOMES, SIGNAL_STATES } from "@/lib/words";
import { Badge } from "@/ui/badge";
import { cn } from "@/ui/cn";
import { Panel, Skeleton } from "@/ui/panel";
import { Reading } from "@/ui/reading";
import { StateWord } from "@/ui/state";
import { TEXT_TONE } from "@/ui/tone";

export const NEWEST_EXECUTIONS: ExecutionsSearchRequest = {
  strategy_id: null,
  symbol: null,
  trigger: null,
  status: null,
  outcome: null,
  action: null,
  text: null,
  from: null,
  until: null,
  offset: 0,
  limit: 8,
};

const NEWEST_SIGNALS: SignalsListRequest = {
  strategy_id: null,
  symbol: null,
  action: null,
  status: null,
  outcome: null,
  model: null,
  prompt_id: null,
  prompt_version: null,
  from: null,
  until: null,
  offset: 0,
  limit: 8,
};

/** What ran last, and what it came to. */
export function LatestExecutions({
  selected,
  links,
}: {
  /** The one that the keys stand on. */
  selected: string | null;
  links: DashboardLinks;
}) {
  const newest = useRead("executions_search", NEWEST_EXECUTIONS);
  return (
    <Panel
      title="Latest executions"
      actions={
        <a href="#/executions" className="text-accent underline-offset-2 hover:underline">
          All{newest.data ? ` ${newest.data.total.toLocaleString("en-US")}` : ""}
        </a>
      }
    >
      <Reading of={newest} what="the executions" skeleton={<Skeleton className="m-4 h-32" />}>
        {({ executions }) =>
          executions.length === 0 ? (
            <p className="px-4 py-3 text-muted">Nothing has run yet.</p>
          ) : (
            <ul className="divide-y">
              {executions.map(({ execution }) => {
                const { word, tone } = executionWord(execution);
                const chosen = execution.id === selected;
                return (
                  <li key={execution.id} aria-current={chosen ? "true" : undefined}>
                    <a
                      href={links.lineage(execution.id)}
                      title={`Lineage of ${plain(execution.id)}`}
                      className={cn(
                        "grid grid-cols-[84px_52px_112px_minmax(0,1fr)] items-baseline gap-x-3 px-4 py-1.5 hover:bg-raised",
                        chosen && "bg-raised shadow-[inset_1px_0_0_var(--accent)]",
                      )}
                    >
                      <span className="tabular whitespace-nowrap text-muted">
                        {shortDateTime(execution.as_of)}
                      </span>
                      <span className="truncate font-semibold">{plain(execution.symbol)}</span>
                      <span className={cn("truncate font-medium", TEXT_TONE[tone])}>{word}</span>
                      <span className="truncate text-muted">
                        {plain(execution.sentence ?? execution.strategy_name)}
                      </span>
                    </a>
                  </li>
                );
              })}
            </ul>
          )
        }
      </Reading>
    </Panel>
  );
}

/** What was decided last. */
export function LatestSignals() {
  const newest = useRead("signals_list", NEWEST_SIGNALS);
  return (
    <Panel
      title="Latest signals"
      actions={
        <a href="#/signals" className="text-accent underline-offset-2 hover:underline">
          All{newest.data ? ` ${newest.data.total.toLocaleString("en-US")}` : ""}
        </a>
      }
    >
      <Reading of={newest} what="the signals" skeleton={<Skeleton className="m-4 h-32" />}>
        {({ signals }) =>
          signals.length === 0 ? (
            <p className="px-4 py-3 text-muted">No signal has been made yet.</p>
          ) : (
            <ul className="divide-y">
              {signals.map(({ signal }) => (
                <li key={signal.execution_id}>
                  <a
                    href={`#/signals?signal=${encodeURIComponent(signal.execution_id)}`}
                    title={plain(signal.reason)}
                    className="grid grid-cols-[44px_48px_minmax(0,1fr)_auto] items-center gap-x-2.5 px-4 py-1.5 hover:bg-raised"
                  >
                    <Badge tone={ACTIONS[signal.action]} solid className="justify-center">
                      {signal.action}
                    </Badge>
                    <span className="truncate font-semibold">{plain(signal.symbol)}</span>
                    <span className="tabular truncate text-12 text-muted">
                      {formatDecimal(multiply(signal.confidence, "100"), { places: 0 })}
                      {"\u202f"}%
                      {signal.entry_price === null ? "" : ` at ${formatPrice(signal.entry_price)}`}
                      {`, ${shortDateTime(signal.generated_at)}`}
                    </span>
                    <StateWord
                      className="text-12"
                      state={
                        signal.outcome === "win" || signal.outcome === "loss"
                          ? SIGNAL_OUTCOMES[signal.outcome]
                          : SIGNAL_STATES[signal.status]
                      }
                    />
                  </a>
                </li>
              ))}
            </ul>
          )
        }
      </Reading>
    </Panel>
  );
}
