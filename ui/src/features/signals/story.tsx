import { ExternalLink } from "lucide-react";
import { useState } from "react";

import { useRead } from "@/api/context";
import { useToldAct } from "@/api/told-act";
import { analystOf, promptsOf, whyOpen } from "@/features/signals/columns";
import type { SignalLinks } from "@/features/signals/view";
import type { Signal, SignalDto } from "@/gen/types";
import {
  compare,
  divide,
  formatDecimal,
  formatPercent,
  formatPrice,
  multiply,
  subtract,
  toPlotNumber,
  trimZeros,
} from "@/lib/decimal";
import { orderWords, typeWords } from "@/lib/order-words";
import { plain } from "@/lib/text";
import { exchangeDateTime } from "@/lib/time";
import { ACTIONS, humanise, orderState, SIGNAL_OUTCOMES, SIGNAL_STATES } from "@/lib/words";
import { Badge } from "@/ui/badge";
import { Bar } from "@/ui/bar";
import { Button } from "@/ui/button";
import { CopyButton } from "@/ui/copy-button";
import { Confirm } from "@/ui/dialog";
import { type Fact, Facts } from "@/ui/facts";
import { useHotkeys } from "@/ui/hotkeys";
import { Ladder } from "@/ui/ladder";
import { Amount, Change } from "@/ui/number";
import { SidePanel } from "@/ui/side-panel";
import { StateWord } from "@/ui/state";
import { VoteChips } from "@/ui/votes";

interface StoryProps {
  /** The execution that made it. */
  id: string;
  links: SignalLinks;
  onClose: () => void;
}

/** A signal and what became of it, beside the table, so that the keys still move through it. */
export function SignalStory({ id, links, onClose }: StoryProps) {
  const { data, error, refetch } = useRead("signal_get", { execution_id: id });
  const [asking, setAsking] = useState(false);
  const isWorking = data !== undefined && data.working_entry !== null;
  useHotkeys([
    {
      keys: "x",
      label: "Cancel the signal",
      group: "Signals",
      run: () => {
        if (isWorking) setAsking(true);
      },
    },
  ]);
  return (
    <>
      <SidePanel
        noun="signal"
        className="min-[1700px]:shrink-0"
        title={
          <span className="flex items-center gap-2">
            {data ? (
              <>
                <Badge tone={ACTIONS[data.signal.action]} solid>
                  {data.signal.action}
                </Badge>
                {plain(data.signal.symbol)}
              </>
            ) : (
              "Signal"
            )}
          </span>
        }
        note={
          data ? (
            <p className="tabular mt-0.5 truncate text-12 text-muted">
              {plain(data.strategy_name)} v{data.signal.strategy_version} ·{" "}
              {plain(data.exchange_time)}
            </p>
          ) : null
        }
        unread="This signal could not be read."
        error={error}
        onRetry={() => void refetch()}
        onClose={onClose}
        footer={
          data ? (
            <footer className="flex flex-wrap gap-2 border-t px-5 py-3">
              <Button asChild size="large">
                <a href={links.lineage(data.signal.execution_id)}>Lineage</a>
              </Button>
              <Button asChild size="large">
                <a href={links.chart(data.signal.execution_id, "1d")}>Chart</a>
              </Button>
              {isWorking ? (
                <Button
                  size="large"
                  className="ml-auto border-error text-error"
                  onClick={() => setAsking(true)}
                  title="x"
                >
                  Cancel {data.signal.action} of {plain(data.signal.symbol)}…
                </Button>
              ) : null}
            </footer>
          ) : null
        }
      >
        {data ? <Told told={data} links={links} /> : null}
      </SidePanel>
      {data && asking ? <CancelSignal told={data} onClose={() => setAsking(false)} /> : null}
    </>
  );
}

/** Asks before the entry of a signal is cancelled. */
function CancelSignal({ told, onClose }: { told: SignalDto; onClose: () => void }) {
  const cancel = useToldAct("signal_cancel");
  const { action, symbol, execution_id: id, entry_price: entry } = told.signal;
  const words = `${action} of ${plain(symbol)}`;
  return (
    <Confirm
      open
      onOpenChange={onClose}
      title={`Cancel the ${words}, entry ${formatPrice(entry)}?`}
      action={`Cancel ${words}`}
      danger
      onConfirm={() =>
        cancel.run(
          { execution_id: id },
          {
            done: (answer) =>
              answer.signal.status === "cancelled"
                ? `The ${words} is cancelled.`
                : `The broker was asked to cancel the entry of the ${words}. It may still fill until it answers.`,
            failed: `The ${words} was not cancelled.`,
          },
        )
      }
    >
      The entry that works at the broker for it is cancelled, and its stop and target go with it.
      What is filled until then stays, and keeps its protection.
    </Confirm>
  );
}

const Heading = ({ children }: { children: string }) => (
  <h3 className="mb-2 font-semibold">{children}</h3>
);

function Told({ told, links }: { told: SignalDto; links: SignalLinks }) {
  const { signal } = told;
  const percent = multiply(signal.confidence, "100");
  const isPriced = signal.entry_price !== null && signal.stop_price !== null;
  const agrees = signal.baseline_action === signal.action;
  return (
    <div className="space-y-6">
      <section>
        <div className="mb-3 flex flex-wrap items-center gap-x-6 gap-y-2">
          <StateWord state={SIGNAL_STATES[signal.status]} />
          {signal.outcome === "none" || signal.outcome === signal.status ? null : (
            <StateWord state={SIGNAL_OUTCOMES[signal.outcome]} />
          )}
          <span className="flex items-center gap-2">
            <span className="text-12 text-muted">Confidence</span>
            <span className="tabular">{formatPercent(percent)}</span>
            <Bar
              className="w-20"
              label="Stated confidence"
              words={formatPercent(percent)}
              value={toPlotNumber(signal.confidence) ?? 0}
              maximum={1}
            />
          </span>
          {signal.proposed_action === signal.action ? null : (
            <Badge tone="warn">The analyst proposed {signal.proposed_action}</Badge>
          )}
        </div>
        <p className="max-w-[68ch] break-words">{plain(signal.reason)}</p>
      </section>
      {isPriced ? (
        <section>
          <Heading>Prices</Heading>
          <Ladder
            entry={signal.entry_price}
            stop={signal.stop_price}
            target={signal.target_aggressive ?? signal.target_price}
            last={signal.last_price}
          />
          <Rungs signal={signal} />
        </section>
      ) : null}
      <section>
        <Heading>What became of it</Heading>
        <Facts facts={becameOf(signal)} />
        <Orders executionId={signal.execution_id} links={links} />
      </section>
      <section>
        <Heading>Confirmations, by code</Heading>
        <div className="flex flex-wrap items-center gap-x-3 gap-y-1.5">
          <VoteChips confirmation={signal.confirmation} />
        </div>
        <ul className="tabular mt-2 space-y-0.5 text-12 text-muted">
          {signal.confirmation.votes.map((vote) => (
            <li key={vote.name} className="break-words">
              {humanise(vote.name)}: {plain(vote.detail)}
            </li>
          ))}
        </ul>
      </section>
      <section>
        <Heading>Who said so</Heading>
        <Facts
          facts={[
            ["Analyst", plain(analystOf(signal))],
            ["Provider", signal.provider === null ? "none, it is a rule" : plain(signal.provider)],
            ["Tokens", signal.tokens.toLocaleString("en-US")],
            [
              "Model cost, USD",
              <Amount key="c" value={trimZeros(signal.model_cost)} why="Not known" />,
            ],
            ["Trend", humanise(signal.trend)],
            [
              "Rule analyst on the same data",
              signal.baseline_action === null
                ? "was not asked"
                : `${signal.baseline_action}, ${agrees ? "the same" : "otherwise"}`,
            ],
          ]}
        />
        {promptsOf(signal).length > 0 ? (
          <ul className="mt-3 flex flex-wrap gap-1.5">
            {promptsOf(signal).map((prompt) => (
              <li key={prompt.prompt_type}>
                <Badge title={`${prompt.prompt_type}, ${prompt.language}`}>
                  {plain(prompt.name)} v{prompt.version}
                </Badge>
              </li>
            ))}
          </ul>
        ) : null}
      </section>
      <section className="space-y-1 border-t pt-4">
        <p className="tabular text-12 text-muted">
          Made {exchangeDateTime(signal.generated_at, true)} ET, its lifetime ends{" "}
          {exchangeDateTime(signal.expires_at, true)} ET.
        </p>
        <p className="flex items-center gap-2 text-12">
          <span className="shrink-0 text-muted">Execution</span>
          <code className="truncate font-mono">{plain(signal.execution_id)}</code>
          <CopyButton text={signal.execution_id} label="Copy the id of the execution" />
        </p>
      </section>
    </div>
  );
}

const dateOf = (at: string | null): string | null =>
  at === null ? null : exchangeDateTime(at, true);

function becameOf(signal: Signal): Fact[] {
  const why = whyOpen(signal);
  const traded: Fact[] = [
    [
      signal.action === "SELL" ? "Sold at" : "Bought at",
      <Amount
        key="traded"
        value={trimZeros(signal.executed_price)}
        why={signal.action === "HOLD" ? why : "Nothing was traded on it"}
      />,
    ],
    ["Traded on, ET", dateOf(signal.executed_at)],
  ];
  if (signal.action !== "BUY") return traded;
  return [
    ...traded,
    ["Sold at", <Amount key="exit" value={trimZeros(signal.exit_price)} why={why} />],
    ["Closed, ET", dateOf(signal.exit_at)],
    ["Closed by", signal.exit_cause === null ? null : humanise(signal.exit_cause)],
    ["Actual R", <Change key="r" value={signal.actual_r_multiple} why={why} arrow />],
    ["Gross, USD", <Change key="gross" value={signal.gross_profit_loss} why={why} />],
    ["Net, USD", <Change key="net" value={signal.net_profit_loss} why={why} />],
  ];
}

/** Every price of a signal from the highest to the lowest, each with its way from the entry in R. */
function Rungs({ signal }: { signal: Signal }) {
  const { entry_price: entry, stop_price: stop } = signal;
  const risk = subtract(entry, stop);
  const rungs = (
    [
      ["Farther target", signal.target_aggressive, ""],
      ["Target of the bracket", signal.target_price, "text-up"],
      ["Nearer target", signal.target_conservative, ""],
      ["Entry", entry, "font-semibold"],
      ["Last price then", signal.last_price, "text-muted"],
      ["Stop", stop, "text-down"],
      ["Exit", signal.exit_price, "text-accent"],
    ] as const
  )
    .filter(([, value]) => value !== null)
    .toSorted(([, a], [, b]) => compare(b, a));
  return (
    <ul className="mt-3 divide-y border-y">
      {rungs.map(([label, value, tone]) => {
        const away = divide(subtract(value, entry), risk, 2);
        return (
          <li key={label} className="tabular grid grid-cols-[minmax(0,1fr)_96px_96px] gap-x-3 py-1">
            <span className={tone}>{label}</span>
            <span className="text-right">{formatPrice(trimZeros(value))}</span>
            <span className="text-right text-muted">
              {away === null || label === "Entry"
                ? ""
                : `${formatDecimal(away, { places: 2, signed: true })} R`}
            </span>
          </li>
        );
      })}
    </ul>
  );
}

/** The orders that the signal's run placed. */
function Orders({ executionId, links }: { executionId: string; links: SignalLinks }) {
  const { data } = useRead("orders_list", {});
  const placed = data?.filter((order) => order.execution_id === executionId) ?? [];
  if (placed.length === 0) return null;
  return (
    <ul className="mt-3 space-y-1">
      {placed.map((order) => (
        <li key={order.client_order_id} className="flex items-center gap-3">
          <a
            href={links.order(order.client_order_id)}
            className="inline-flex items-center gap-1 text-accent underline-offset-2 hover:underline"
          >
            {humanise(order.leg)}: {orderWords(order)}, {typeWords(order)}
            <ExternalLink aria-hidden="true" className="size-3" />
          </a>
          <StateWord state={orderState(order.status)} className="ml-auto" />
        </li>
      ))}
    </ul>
  );
}
