import { StepRecord } from "@/features/lineage/steps/render";
import type { StepContext } from "@/features/lineage/steps/types";
import type { StepDto } from "@/gen/types";
import type { StepStory } from "@/lib/steps";
import { exchangeDateTime, formatDuration } from "@/lib/time";
import { STEP_STATES } from "@/lib/words";
import { Badge } from "@/ui/badge";
import { cn } from "@/ui/cn";
import { CopyButton } from "@/ui/copy-button";
import { Dialog } from "@/ui/dialog";
import { RecordView } from "@/ui/facts";
import { JsonView } from "@/ui/json-view";
import { Guard } from "@/ui/panel";
import { NUMERIC, Table, Td, Th } from "@/ui/simple-table";

interface DetailsProps {
  step: StepStory | null;
  attempt: number | null;
  context: StepContext;
  onAttempt: (attempt: number | null) => void;
}

/** Everything that was recorded of a step. */
export function DetailsDialog({ step, attempt, context, onAttempt }: DetailsProps) {
  const row = step?.attempts.find((each) => each.attempt === attempt) ?? null;
  return (
    <Dialog
      open={step !== null && row !== null}
      onOpenChange={(open) => {
        if (!open) onAttempt(null);
      }}
      testId="details-dialog"
      title={
        step && row ? (
          <span className="flex items-center gap-2.5">
            <span className="tabular text-muted">{step.number}</span> {step.title}
            <Badge tone={STEP_STATES[row.status].tone} solid={row.status === "error"}>
              {STEP_STATES[row.status].word}
            </Badge>
          </span>
        ) : (
          "Step"
        )
      }
      description={
        row ? (
          <span className="tabular">
            {context.symbol} · {formatDuration(row.duration_us)} · attempt {row.attempt} · recorded{" "}
            {exchangeDateTime(row.recorded_at, true)} ET
          </span>
        ) : (
          ""
        )
      }
    >
      {step && row ? (
        <div className="min-h-0 flex-1 overflow-y-auto">
          <Body key={row.attempt} step={step} row={row} context={context} onAttempt={onAttempt} />
        </div>
      ) : null}
    </Dialog>
  );
}

const HEADING = "mb-2.5 text-12 font-semibold tracking-[0.04em] text-muted uppercase";

function Body({
  step,
  row,
  context,
  onAttempt,
}: {
  step: StepStory;
  row: StepDto;
  context: StepContext;
  onAttempt: (attempt: number) => void;
}) {
  return (
    <>
      <div className="grid grid-cols-[minmax(220px,300px)_minmax(0,1fr)] max-[900px]:grid-cols-1">
        <section aria-label="Input" className="border-r bg-ground p-5">
          <h3 className={HEADING}>Input</h3>
          <Guard what="The input could not be shown.">
            <RecordView value={row.input} />
          </Guard>
        </section>
        <section aria-label="Output" className="min-w-0 p-5">
          <h3 className={HEADING}>Output</h3>
          <StepRecord name={step.name} row={row} full context={context} />
        </section>
      </div>
      <section className="border-t p-5">
        <h3 className={HEADING}>Attempts</h3>
        <Table>
          <thead>
            <tr>
              <Th>Attempt</Th>
              <Th>Status</Th>
              <Th>Recorded, ET</Th>
              <Th className={NUMERIC}>Duration</Th>
              <Th className={NUMERIC}>Place in the chain</Th>
            </tr>
          </thead>
          <tbody>
            {step.attempts.map((each) => (
              <tr key={each.attempt} className={cn(each === row && "bg-raised")}>
                <Td>
                  <button
                    type="button"
                    className="px-1 underline decoration-line-strong underline-offset-2"
                    aria-current={each === row ? "true" : undefined}
                    onClick={() => onAttempt(each.attempt)}
                  >
                    {each.attempt}
                  </button>
                </Td>
                <Td>{STEP_STATES[each.status].word}</Td>
                <Td className="tabular">{exchangeDateTime(each.recorded_at, true)}</Td>
                <Td className={NUMERIC}>{formatDuration(each.duration_us)}</Td>
                <Td className={NUMERIC}>{each.sequence}</Td>
              </tr>
            ))}
          </tbody>
        </Table>
        <div className="mt-5 grid grid-cols-2 gap-8 max-[900px]:grid-cols-1">
          <div>
            <h3 className={HEADING}>Metadata</h3>
            <RecordView value={row.metadata} />
          </div>
          <div>
            <h3 className={HEADING}>Hashes</h3>
            <dl className="space-y-2 text-12">
              {[
                ["This row", row.hash],
                ["The row before", row.previous_hash],
              ].map(([label, hash]) => (
                <div key={label}>
                  <dt className="text-muted">{label}</dt>
                  <dd className="font-mono break-all">{hash}</dd>
                </div>
              ))}
            </dl>
          </div>
        </div>
      </section>
      <section className="border-t p-5">
        <details>
          <summary className="text-12 font-semibold tracking-[0.04em] text-muted uppercase">
            Raw JSON
          </summary>
          <div className="mt-2 rounded-base border bg-ground p-3">
            <div className="float-right">
              <CopyButton
                text={() => JSON.stringify(row, null, 2)}
                label="Copy the JSON of this attempt"
                words="Copy"
              />
            </div>
            <JsonView value={row} />
          </div>
        </details>
      </section>
    </>
  );
}
