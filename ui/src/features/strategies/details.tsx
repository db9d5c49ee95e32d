import { Play } from "lucide-react";
import type { ReactNode } from "react";

import { Readiness } from "@/features/strategies/readiness";
import { StrategyVersions } from "@/features/strategies/versions";
import type { StrategyDto } from "@/gen/types";
import { formatDecimal, formatPercent } from "@/lib/decimal";
import { plain } from "@/lib/text";
import { formatDuration, shortDateTime } from "@/lib/time";
import { executionWord } from "@/lib/words";
import { Badge } from "@/ui/badge";
import { Button } from "@/ui/button";
import { cn } from "@/ui/cn";
import { CopyButton } from "@/ui/copy-button";
import { Facts } from "@/ui/facts";
import { Panel } from "@/ui/panel";
import { Segments } from "@/ui/segments";
import { TEXT_TONE } from "@/ui/tone";

/** What is shown of a strategy. */
export const STRATEGY_TABS = ["overview", "versions", "text"] as const;
export type StrategyTab = (typeof STRATEGY_TABS)[number];

const TAB_WORDS: Record<StrategyTab, string> = {
  overview: "Overview",
  versions: "Versions",
  text: "As text",
};

interface DetailsProps {
  strategy: StrategyDto;
  tab: StrategyTab;
  running: boolean;
  /** What can be done with it, beside its name. */
  actions: ReactNode;
  onTab: (tab: StrategyTab) => void;
  onRun: (strategy: StrategyDto, symbol?: string | null) => void;
  lineageLink: (executionId: string) => string;
}

const named = (percent: string | null, none = "no limit") =>
  percent === null ? none : formatPercent(percent);

/** One strategy: how ready it is, its limits, its newest runs, its versions, its text. */
export function StrategyDetails(props: DetailsProps) {
  const { strategy, tab, actions, onTab } = props;
  return (
    <section aria-label={plain(strategy.name)} className="space-y-4">
      <header className="flex flex-wrap items-center gap-3">
        <h2 className="text-15 font-semibold">
          {plain(strategy.name)}{" "}
          <span className="tabular text-12 font-normal text-muted">
            version {strategy.version}, <code className="font-mono">{strategy.id}</code>
          </span>
        </h2>
        {strategy.archived ? <Badge tone="warn">Archived</Badge> : null}
        <Segments
          label="What is shown of it"
          value={tab}
          options={STRATEGY_TABS.map((value) => ({ value, text: TAB_WORDS[value] }))}
          onChange={onTab}
        />
        <span className="ml-auto" />
        <div className="flex items-center gap-1.5">{actions}</div>
      </header>
      {tab === "versions" ? (
        <StrategyVersions strategyId={strategy.id} />
      ) : tab === "text" ? (
        <AsText strategy={strategy} />
      ) : (
        <Overview {...props} />
      )}
    </section>
  );
}

function Overview({ strategy, running, onRun, lineageLink }: DetailsProps) {
  const { risk } = strategy;
  return (
    <div className="grid grid-cols-[minmax(0,1fr)_minmax(0,420px)] items-start gap-4 max-[1080px]:grid-cols-1">
      <div className="space-y-4">
        <Panel title="What it does">
          <div className="p-4">
            <p className="max-w-[72ch]">{strategy.description}</p>
            <h3 className="mt-4 mb-1 text-12 font-medium text-muted">Analyst</h3>
            <p>{strategy.analyst}</p>
            <h3 className="mt-4 mb-2 text-12 font-medium text-muted">Run on one symbol</h3>
            <div className="flex flex-wrap gap-1.5">
              {strategy.symbols.map((symbol) => (
                <Button
                  key={symbol}
                  size="small"
                  disabled={running || strategy.archived}
                  onClick={() => onRun(strategy, symbol)}
                  aria-label={`Run ${strategy.name} on ${symbol} now`}
                >
                  <Play /> {symbol}
                </Button>
              ))}
            </div>
            <h3 className="mt-4 mb-2 text-12 font-medium text-muted">Indicators</h3>
            <div className="flex flex-wrap gap-1.5">
              {strategy.indicators.map((label) => (
                <Badge key={label}>{label}</Badge>
              ))}
            </div>
          </div>
        </Panel>
        <Panel title="Limits">
          <Facts
            className="p-4"
            facts={[
              ["Risk per trade", formatPercent(risk.risk_per_trade_percent)],
              ["Stop", `${formatDecimal(risk.stop_atr_multiple)} × ATR(14)`],
              ["Target", `${formatDecimal(risk.target_atr_multiple)} × ATR(14)`],
              ["Least reward", `1:${formatDecimal(risk.minimum_r, { minimumPlaces: 1 })}`],
              ["Most shares", formatDecimal(risk.maximum_position_shares)],
              ["Most in one position", formatPercent(risk.maximum_position_percent)],
              ["Most exposure", formatPercent(risk.maximum_exposure_percent)],
              ["Warns from", formatPercent(risk.warn_exposure_percent)],
              ["Open positions", `${risk.maximum_open_positions}`],
              ["Least return", named(risk.minimum_return_percent, "no floor")],
              ["Most in one symbol", named(risk.maximum_concentration_percent)],
              ["Most loss of a day", named(risk.maximum_daily_loss_percent)],
              ["Most drawdown", named(risk.maximum_drawdown_percent)],
              [
                "Warns of losses in a row",
                risk.warn_straight_losses === null ? "never" : `above ${risk.warn_straight_losses}`,
              ],
            ]}
          />
          <div className="border-t p-4">
            <h3 className="mb-2 text-12 font-medium text-muted">Protections</h3>
            {strategy.protections.length === 0 ? (
              <p className="text-muted">
                None. Trades that go badly close none of its entries, but for the limits above.
              </p>
            ) : (
              <ul className="space-y-1">
                {strategy.protections.map((words) => (
                  <li key={words}>{words}</li>
                ))}
              </ul>
            )}
          </div>
        </Panel>
        <Panel title="Newest executions">
          {strategy.recent.length === 0 ? (
            <p className="p-4 text-muted">It has not run yet.</p>
          ) : (
            <ul className="divide-y">
              {strategy.recent.map((execution) => {
                const { word, tone } = executionWord(execution);
                return (
                  <li key={execution.id} className="flex items-center gap-3 px-4 py-2">
                    <span className="tabular w-24 shrink-0 text-muted">
                      {shortDateTime(execution.as_of)}
                    </span>
                    <span className={cn("w-36 shrink-0 font-medium", TEXT_TONE[tone])}>{word}</span>
                    <span className="min-w-0 flex-1 truncate">
                      {execution.sentence ?? execution.symbol}
                    </span>
                    <span className="tabular shrink-0 text-12 text-muted">
                      {formatDuration(execution.duration_us)}
                    </span>
                    <a
                      href={lineageLink(execution.id)}
                      className="shrink-0 text-accent underline-offset-2 hover:underline"
                    >
                      View lineage
                    </a>
                  </li>
                );
              })}
            </ul>
          )}
        </Panel>
      </div>
      <Readiness strategyId={strategy.id} />
    </div>
  );
}

function AsText({ strategy }: { strategy: StrategyDto }) {
  return (
    <Panel
      title="As text"
      actions={<CopyButton text={strategy.toml} label="Copy the strategy as TOML" words="Copy" />}
    >
      <pre
        tabIndex={0}
        aria-label="The strategy as TOML"
        className="max-h-[560px] overflow-auto p-4 font-mono text-12 leading-[1.6]"
      >
        {plain(strategy.toml)}
      </pre>
    </Panel>
  );
}
