import type { EngineError } from "@/api/api";
import type { PlaygroundBudgetDto, PlaygroundEstimateDto } from "@/gen/types";
import { formatDecimal, signOf } from "@/lib/decimal";
import { plain } from "@/lib/text";
import { Button } from "@/ui/button";
import { Facts } from "@/ui/facts";
import { ErrorPanel, Skeleton } from "@/ui/panel";
import { Light } from "@/ui/state";

/** An amount in USD with the places that it has. */
export const usd = (amount: string): string => `${formatDecimal(amount, { minimumPlaces: 2 })} USD`;

const count = (number: number): string => number.toLocaleString("en-US");

const SCOPES: Record<PlaygroundBudgetDto["scope"], string> = {
  day: "of the day",
  strategy_day: "of a strategy's day",
  total: "in all",
};

/** What an experiment would take, and the button that accepts it. */
export function PlaygroundEstimate({
  estimate,
  error,
  fault,
  starting,
  refused,
  onRetry,
  onStart,
}: {
  estimate: PlaygroundEstimateDto | null;
  error: EngineError | null;
  /** What is wrong with what was put together. */
  fault: string | null;
  starting: boolean;
  /** Why it was not begun. */
  refused: EngineError | null;
  onRetry: () => void;
  onStart: (accepted: string) => void;
}) {
  return (
    <section
      aria-label="What it would take"
      aria-live="polite"
      className="border-l bg-ground p-4 max-[1200px]:border-t max-[1200px]:border-l-0"
    >
      {fault !== null ? (
        <p className="text-muted">{fault}</p>
      ) : error ? (
        <ErrorPanel what="It cannot be tried like this." error={error} onRetry={onRetry} />
      ) : estimate ? (
        <Known estimate={estimate} starting={starting} refused={refused} onStart={onStart} />
      ) : (
        <div aria-busy="true" aria-label="Estimating" className="space-y-2">
          <Skeleton className="w-2/3" />
          <Skeleton className="w-1/2" />
          <Skeleton className="h-8 w-1/3" />
        </div>
      )}
    </section>
  );
}

function Known({
  estimate,
  starting,
  refused,
  onStart,
}: {
  estimate: PlaygroundEstimateDto;
  starting: boolean;
  refused: EngineError | null;
  onStart: (accepted: string) => void;
}) {
  const runs = estimate.execution_ids.length;
  const free = signOf(estimate.highest_cost) === 0;
  return (
    <div className="space-y-3">
      <Facts
        facts={[
          ["On", `${count(runs)} ${runs === 1 ? "run" : "runs"} with ${plain(estimate.model)}`],
          ["Calls", `${count(estimate.calls)}, ${count(estimate.recorded_calls)} from the record`],
          ["Repairs at most", count(estimate.repair_calls)],
          ["Tokens in, at most", count(estimate.input_tokens)],
          ["Tokens out, at most", count(estimate.most_output_tokens)],
          [
            "Expected cost",
            estimate.expected_cost === null ? (
              <span
                className="text-muted"
                title="No earlier reply of this model tells how long they are"
              >
                not known yet
              </span>
            ) : (
              usd(estimate.expected_cost)
            ),
          ],
          ["Highest cost", <strong key="highest">{usd(estimate.highest_cost)}</strong>],
        ]}
      />
      <p className="text-12 text-muted">
        At {usd(estimate.input_per_million)} and {usd(estimate.output_per_million)} for a million
        tokens in and out.
        {estimate.expected_cost !== null && estimate.expected_from > 0
          ? ` Expected as the model's last ${count(estimate.expected_from)} replies were long.`
          : ""}{" "}
        Highest if every answer is as long as it may be and has to be repaired.
      </p>
      {estimate.budgets.length === 0 ? null : (
        <ul className="tabular space-y-0.5 text-12">
          {estimate.budgets.map((budget) => (
            <li key={`${budget.scope} ${budget.strategy_id ?? ""}`}>
              Budget {SCOPES[budget.scope]}
              {budget.strategy_id === null ? "" : ` (${budget.strategy_id})`}: {usd(budget.left)} of{" "}
              {usd(budget.limit)} are left
            </li>
          ))}
        </ul>
      )}
      {[
        ...estimate.notes,
        ...estimate.left_out.map((left) => `Left out: ${left.execution_id}, since ${left.reason}.`),
      ].map((note) => (
        <p key={note} className="flex gap-1.5 text-12 text-warn">
          <Light tone="warn" shape="triangle" className="mt-0.5" /> <span>{plain(note)}</span>
        </p>
      ))}
      {estimate.refusal === null ? (
        <Button
          size="large"
          variant="primary"
          disabled={starting}
          onClick={() => onStart(estimate.highest_cost)}
        >
          {starting
            ? "Beginning…"
            : free
              ? "Try it, at no cost"
              : `Try it, for at most ${usd(estimate.highest_cost)}`}
        </Button>
      ) : (
        <p role="alert" className="flex gap-1.5 text-error">
          <Light tone="error" shape="square" className="mt-1" />
          <span>It is not begun: {plain(estimate.refusal)}</span>
        </p>
      )}
      {refused ? (
        <p role="alert" className="text-12 text-error">
          {refused.message} {refused.hint}
        </p>
      ) : null}
    </div>
  );
}
