import { ShieldAlert, ShieldCheck } from "lucide-react";
import { type ReactNode, useEffect, useRef } from "react";

import { useRead } from "@/api/context";
import { DetailsDialog } from "@/features/lineage/details-dialog";
import { DurationBar } from "@/features/lineage/duration-bar";
import { useProof } from "@/features/lineage/proof";
import { StepCard } from "@/features/lineage/step-card";
import { hasShapeOf, part } from "@/features/lineage/steps/shape";
import type { ChartLink, StepContext } from "@/features/lineage/steps/types";
import type { LineageDto, StepName } from "@/gen/types";
import { type StepOutput, type StepStory, tellSteps } from "@/lib/steps";
import { formatDuration } from "@/lib/time";
import { executionWord, humanise } from "@/lib/words";
import { Badge } from "@/ui/badge";
import { CopyButton } from "@/ui/copy-button";
import { useHotkeys } from "@/ui/hotkeys";
import { ErrorPanel, Skeleton } from "@/ui/panel";

interface ExecutionProps {
  executionId: string;
  step: string | null;
  attempt: number | null;
  replay: boolean;
  onStep: (step: string | null, attempt: number | null) => void;
  action: ReactNode;
  chartLink: ChartLink;
}

/** One execution, fetched and kept up to date by events. */
export function Execution({ executionId, ...rest }: ExecutionProps) {
  const { data, error, refetch } = useRead("lineage_get", { execution_id: executionId });
  if (data) return <Told lineage={data} {...rest} />;
  if (error) {
    return (
      <ErrorPanel
        className="m-6"
        what="This execution could not be read."
        error={error}
        onRetry={() => void refetch()}
      />
    );
  }
  return <ExecutionSkeleton />;
}

export function ExecutionSkeleton() {
  return (
    <div className="space-y-4 p-6" aria-busy="true" aria-label="Loading the execution">
      <Skeleton className="h-6 w-2/3" />
      <Skeleton className="h-4 w-1/3" />
      {[0, 1, 2, 3].map((card) => (
        <Skeleton key={card} className="ml-9 h-28 rounded-card" />
      ))}
    </div>
  );
}

function contextOf({ execution, steps }: LineageDto, chartLink: ChartLink): StepContext {
  const output = <K extends StepName>(name: K): StepOutput<K> | null => {
    const row = steps.findLast((each) => each.step_name === name && each.status === "success");
    return row && hasShapeOf(name, row.output) ? row.output : null;
  };
  const market = output("fetch_market_data");
  return {
    executionId: execution.id,
    symbol: execution.symbol,
    lastPrice: market === null ? null : (part(market.quote, "last") ?? null),
    analysis: output("llm_analysis"),
    signal: output("parse_signal"),
    chartLink: (timeframe) => chartLink(execution.id, timeframe),
  };
}

function lineAfter(
  steps: readonly StepStory[],
  index: number,
): "whole" | "broken" | "dashed" | "none" {
  if (index === steps.length - 1) return "none";
  const failed = steps.slice(0, index + 1).some((step) => step.main?.status === "error");
  if (failed) return "broken";
  const [here, next] = [steps[index]?.main?.status, steps[index + 1]?.main?.status];
  return here === "success" && next !== undefined && next !== "skipped" && next !== "not_run"
    ? "whole"
    : "dashed";
}

function Told({
  lineage,
  step,
  attempt,
  replay,
  onStep,
  action,
  chartLink,
}: Omit<ExecutionProps, "executionId"> & { lineage: LineageDto }) {
  const { execution } = lineage;
  const steps = tellSteps(lineage);
  const context = contextOf(lineage, chartLink);
  const proof = useProof(execution.id, replay);
  const live = execution.status === "running" || execution.status === "tracking";
  const selected = steps.find((each) => each.name === step) ?? null;
  const place = useRef<HTMLDivElement>(null);

  const jump = (to: StepStory | undefined) => {
    if (!to) return;
    onStep(to.name, null);
    place.current?.querySelector(`#step-${to.name}`)?.scrollIntoView({ block: "nearest" });
  };
  const move = (by: number) => {
    const at = selected ? steps.indexOf(selected) : by > 0 ? -1 : steps.length;
    jump(steps[Math.min(steps.length - 1, Math.max(0, at + by))]);
  };
  useHotkeys([
    { keys: "j", label: "Next step", group: "Lineage", run: () => move(1) },
    { keys: "k", label: "Step before", group: "Lineage", run: () => move(-1) },
    {
      keys: "Enter",
      label: "Full details of the step",
      group: "Lineage",
      run: () => {
        if (selected?.main) onStep(selected.name, selected.main.attempt);
      },
    },
  ]);

  // A deep link scrolls to its step once, when the page opens. A step that is chosen later by hand
  // is in view already, and moving it away under the pointer would lose the click.
  const opened = useRef(false);
  useEffect(() => {
    if (opened.current) return;
    opened.current = true;
    if (step === null) return;
    place.current?.querySelector(`#step-${CSS.escape(step)}`)?.scrollIntoView({ block: "start" });
  }, [step]);

  return (
    <div ref={place} className="h-full overflow-y-auto">
      <div className="mx-auto max-w-[1120px] px-6 pt-4 pb-12">
        <ExecutionHeader
          lineage={lineage}
          action={
            <>
              {proof.buttons}
              {action}
            </>
          }
        />
        {proof.results}
        <DurationBar steps={steps} onJump={jump} />
        <ol aria-label="Steps" className="mt-3">
          {steps.map((each, index) => (
            <StepCard
              key={each.name}
              step={each}
              context={context}
              selected={each === selected}
              waiting={live}
              line={lineAfter(steps, index)}
              onSelect={() => {
                if (each !== selected) onStep(each.name, null);
              }}
              onDetails={(which) => onStep(each.name, which)}
            />
          ))}
        </ol>
      </div>
      <DetailsDialog
        step={selected}
        attempt={attempt}
        context={context}
        onAttempt={(which) => onStep(selected?.name ?? null, which)}
      />
    </div>
  );
}

function ExecutionHeader({ lineage, action }: { lineage: LineageDto; action: ReactNode }) {
  const { execution, chain_intact: intact } = lineage;
  const { word, tone } = executionWord(execution);
  const complete = lineage.steps.findLast(
    (row) => row.step_name === "complete" && row.status === "success",
  );
  const totals = complete?.output as unknown as Partial<StepOutput<"complete">> | undefined;
  return (
    <header className="mb-2">
      <div className="flex items-start gap-3">
        <div className="min-w-0 flex-1">
          <h1 data-testid="execution-sentence" className="text-18 font-semibold">
            {execution.sentence ?? `${execution.symbol}: ${word.toLowerCase()}`}
          </h1>
          <p className="tabular mt-1 flex flex-wrap items-center gap-x-2 gap-y-1 text-muted">
            <Badge tone={tone}>{word}</Badge>
            <span>
              {execution.strategy_name} v{execution.strategy_version}
            </span>
            <span>· {humanise(execution.trigger).toLowerCase()}</span>
            <span>· {execution.exchange_time}</span>
            <span>· {formatDuration(execution.duration_us)}</span>
            {totals?.total_tokens === 0 ? <span>· no model cost</span> : null}
          </p>
        </div>
        <span
          className={
            intact
              ? "flex h-7 items-center gap-1 whitespace-nowrap text-accent"
              : "flex h-7 items-center gap-1 font-semibold text-error"
          }
          title={
            intact
              ? "Every row's hash holds, and so does its link to the row before"
              : "A recorded row was changed: a hash does not hold"
          }
        >
          {intact ? (
            <ShieldCheck aria-hidden="true" className="size-3.5" />
          ) : (
            <ShieldAlert aria-hidden="true" className="size-3.5" />
          )}
          {intact ? "chain intact" : "chain broken"}
        </span>
        <CopyButton text={execution.id} label={`Copy the id ${execution.id}`} />
        {action}
      </div>
    </header>
  );
}
