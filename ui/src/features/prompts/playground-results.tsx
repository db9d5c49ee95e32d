import { X } from "lucide-react";

import type { PlaygroundLinks } from "@/features/prompts/playground";
import { usd } from "@/features/prompts/playground-estimate";
import type {
  PlaygroundArmSummaryDto,
  PlaygroundPhase,
  PlaygroundResultDto,
  PlaygroundRowDto,
  PlaygroundSessionDto,
  PlaygroundShareDto,
  Signal,
} from "@/gen/types";
import { formatDecimal, formatPercent, formatPrice, multiply } from "@/lib/decimal";
import { plain } from "@/lib/text";
import { formatDuration } from "@/lib/time";
import { ACTIONS, type Shape, SIGNAL_OUTCOMES, type Tone } from "@/lib/words";
import { Badge } from "@/ui/badge";
import { Bar } from "@/ui/bar";
import { Button } from "@/ui/button";
import { Missing } from "@/ui/number";
import { NUMERIC, Table, Td, Th } from "@/ui/simple-table";
import { Light, StateWord } from "@/ui/state";

const PHASES: Record<PlaygroundPhase, { word: string; tone: Tone; shape: Shape }> = {
  running: { word: "Under way", tone: "info", shape: "half" },
  done: { word: "Done", tone: "up", shape: "check" },
  cancelled: { word: "Cancelled", tone: "neutral", shape: "cross" },
  stopped: { word: "Stopped", tone: "error", shape: "square" },
};

const share = ({ count, of }: PlaygroundShareDto): string => `${count} of ${of}`;

/** The experiment that is under way, or was the last. */
export function PlaygroundSession({
  session,
  cancelling,
  links,
  onAnother,
  onCancel,
  onOpen,
}: {
  session: PlaygroundSessionDto;
  cancelling: boolean;
  links: PlaygroundLinks;
  /** Puts the next one together; nothing while that is being done. */
  onAnother: (() => void) | null;
  onCancel: () => void;
  onOpen: (executionId: string) => void;
}) {
  const { estimate, phase } = session;
  const arms = estimate.arms.map(({ label }) => plain(label));
  return (
    <section aria-label="What came out" className="space-y-4 p-4">
      <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
        <span role="status">
          <StateWord state={PHASES[phase]} />
        </span>
        <Bar
          label="Runs that were decided on"
          value={session.done}
          maximum={session.total}
          words={`${session.done} of ${session.total} runs`}
          className="w-40"
        />
        <span className="tabular text-12 text-muted">
          {session.done} of {session.total} runs · {usd(session.spent)} of{" "}
          {usd(session.accepted_cost)} spent or reserved · model {plain(estimate.model)}
        </span>
        {phase === "running" ? (
          <Button onClick={onCancel} disabled={cancelling} className="ml-auto" title="Cancel (x)">
            <X /> {cancelling ? "Cancelling…" : "Cancel"}
          </Button>
        ) : onAnother ? (
          <Button onClick={onAnother} className="ml-auto">
            Another experiment
          </Button>
        ) : null}
      </div>
      {session.reason === null ? null : (
        <p role="alert" className="text-error">
          It ended before its end: {plain(session.reason)}
        </p>
      )}
      <div className="overflow-x-auto">
        <Table>
          <caption className="sr-only">Sides of the experiment</caption>
          <thead>
            <tr>
              <Th>Side</Th>
              <Th className={NUMERIC}>BUY</Th>
              <Th className={NUMERIC}>SELL</Th>
              <Th className={NUMERIC}>HOLD</Th>
              <Th className={NUMERIC}>Unusable</Th>
              <Th className={NUMERIC}>As the run</Th>
              <Th className={NUMERIC}>Calls</Th>
              <Th className={NUMERIC}>Mean time</Th>
              <Th className={NUMERIC}>Cost</Th>
            </tr>
          </thead>
          <tbody>
            {session.summary.map((summary, at) => (
              <SummaryRow key={at} name={arms[at] ?? ""} summary={summary} />
            ))}
          </tbody>
        </Table>
        {session.agreement === null ? null : (
          <p className="tabular mt-2 text-12 text-muted">
            Both sides came to the same signal on {share(session.agreement)} runs on which both
            answers were usable. So few runs tell no rate.
          </p>
        )}
      </div>
      {session.rows.length === 0 ? (
        <p className="text-muted">
          {phase === "running"
            ? "The first run is being decided on."
            : "No run was decided on before it ended."}
        </p>
      ) : (
        <div className="overflow-x-auto">
          <Table>
            <caption className="sr-only">Runs</caption>
            <thead>
              <tr>
                <Th>Run</Th>
                <Th>It decided</Th>
                {arms.map((label, at) => (
                  <Th key={at} className="max-w-[240px] truncate" title={label}>
                    {label}
                  </Th>
                ))}
                <Th>
                  <span className="sr-only">Open</span>
                </Th>
              </tr>
            </thead>
            <tbody>
              {session.rows.map((row) => (
                <ResultRow key={row.execution_id} row={row} links={links} onOpen={onOpen} />
              ))}
            </tbody>
          </Table>
        </div>
      )}
    </section>
  );
}

function SummaryRow({ name, summary }: { name: string; summary: PlaygroundArmSummaryDto }) {
  return (
    <tr>
      <Td className="font-medium break-words">{name}</Td>
      <Td className={NUMERIC}>{summary.buys}</Td>
      <Td className={NUMERIC}>{summary.sells}</Td>
      <Td className={NUMERIC}>{summary.holds}</Td>
      <Td className={NUMERIC}>
        {summary.unusable}
        {summary.undecided === 0 ? "" : ` (${summary.undecided} not asked)`}
      </Td>
      <Td className={NUMERIC}>{share(summary.agrees_with_run)}</Td>
      <Td className={NUMERIC}>
        {summary.asked_calls}
        {summary.recorded_calls === 0 ? "" : ` + ${summary.recorded_calls} from the record`}
      </Td>
      <Td className={NUMERIC}>
        {summary.mean_latency_us === null ? (
          <Missing why="No call was made: everything was on record" />
        ) : (
          formatDuration(summary.mean_latency_us)
        )}
      </Td>
      <Td className={NUMERIC}>{usd(summary.cost)}</Td>
    </tr>
  );
}

/** Whether anything in the row is another signal than what stands beside it. */
const differs = (row: PlaygroundRowDto): boolean =>
  row.arms_differ === true || row.arms.some(({ differs_from_run: differs }) => differs === true);

function ResultRow({
  row,
  links,
  onOpen,
}: {
  row: PlaygroundRowDto;
  links: PlaygroundLinks;
  onOpen: (executionId: string) => void;
}) {
  return (
    <tr className={differs(row) ? "bg-ground" : ""}>
      <Td>
        <span className="font-medium">{plain(row.symbol)}</span>
        <a
          className="tabular block text-12 whitespace-nowrap text-accent underline"
          href={links.lineage(row.execution_id)}
          title="Its lineage"
        >
          {row.exchange_time}
        </a>
        {row.arms_differ === true ? (
          <span className="mt-0.5 flex items-center gap-1 text-12 font-medium text-warn">
            <Light tone="warn" shape="triangle" /> Sides differ
          </span>
        ) : null}
      </Td>
      <Td>
        <RunSignal signal={row.run} />
      </Td>
      {row.arms.map((result, at) => (
        <Td key={at} className="min-w-[180px]">
          <Result result={result} />
        </Td>
      ))}
      <Td className="text-right">
        <Button
          size="small"
          onClick={() => onOpen(row.execution_id)}
          aria-label={`Answers on ${row.symbol}, ${row.exchange_time}`}
        >
          Answers
        </Button>
      </Td>
    </tr>
  );
}

function RunSignal({ signal }: { signal: Signal | null }) {
  if (!signal) return <Missing why="The run made no signal" />;
  return (
    <div className="space-y-0.5">
      <Badge solid tone={ACTIONS[signal.action]}>
        {signal.action}
      </Badge>
      <p className="text-12 text-muted">{plain(signal.analyst_name)}</p>
      {signal.actual_r_multiple === null ? (
        signal.outcome === "none" ? null : (
          <p className="text-12 text-muted">{SIGNAL_OUTCOMES[signal.outcome].word}</p>
        )
      ) : (
        <p className="tabular text-12">
          <StateWord state={SIGNAL_OUTCOMES[signal.outcome]} />{" "}
          {formatDecimal(signal.actual_r_multiple, { places: 2, signed: true })} R
        </p>
      )}
    </div>
  );
}

function Result({ result }: { result: PlaygroundResultDto }) {
  const { signal } = result;
  if (!signal)
    return <p className="text-12 text-error">Not decided: {plain(result.undecided ?? "")}</p>;
  const calls = result.asked_calls + result.recorded_calls;
  const origin =
    result.asked_calls === 0
      ? calls === 0
        ? "nobody answered"
        : "from the record"
      : formatDuration(result.latency_us);
  return (
    <div className="space-y-0.5">
      <p className="flex flex-wrap items-center gap-1.5">
        <Badge solid tone={ACTIONS[signal.action]}>
          {signal.action}
        </Badge>
        {result.failure === null ? (
          <span className="tabular text-12" title="Confidence, as stated">
            {formatPercent(multiply(signal.confidence, "100"))}
          </span>
        ) : (
          <Badge tone="error">
            <Light tone="error" shape="cross" /> No usable answer
          </Badge>
        )}
        {result.differs_from_run === true ? (
          <Badge tone="warn">
            <Light tone="warn" shape="triangle" /> Not as the run
          </Badge>
        ) : null}
      </p>
      {signal.entry_price === null || signal.action === "HOLD" ? null : (
        <p className="tabular text-12">
          {formatPrice(signal.entry_price)} · stop {formatPrice(signal.stop_price)} · target{" "}
          {formatPrice(signal.target_price)}
          {signal.r_multiple === null ? "" : ` · ${formatDecimal(signal.r_multiple)} R`}
        </p>
      )}
      <p className="line-clamp-2 max-w-[44ch] text-12 break-words">{plain(signal.reason)}</p>
      <p className="tabular text-12 text-muted">
        {usd(result.cost)} · {origin} · {result.input_tokens.toLocaleString("en-US")} in,{" "}
        {result.output_tokens.toLocaleString("en-US")} out
      </p>
    </div>
  );
}
