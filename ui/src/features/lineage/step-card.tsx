import { Check, CircleDashed, LoaderCircle, Maximize2, Minus, X } from "lucide-react";
import type { ReactNode } from "react";

import { useSpeech } from "@/api/context";
import { StepRecord } from "@/features/lineage/steps/render";
import { Speaking } from "@/features/lineage/steps/speaking";
import type { StepContext } from "@/features/lineage/steps/types";
import type { StepDto, StepStatus } from "@/gen/types";
import { happenedAt, skippedReason, type StepStory } from "@/lib/steps";
import { formatDuration, shortDateTime } from "@/lib/time";
import { STEP_STATES } from "@/lib/words";
import { Badge } from "@/ui/badge";
import { Button } from "@/ui/button";
import { cn } from "@/ui/cn";

type Shown = StepStatus | "waiting";

const NODES: Record<Shown, { icon: ReactNode; className: string }> = {
  success: { icon: <Check />, className: "border-accent bg-accent text-on-solid" },
  error: { icon: <X />, className: "border-error bg-error text-on-solid" },
  skipped: { icon: <Minus />, className: "border-dashed border-muted bg-ground text-muted" },
  not_run: { icon: <CircleDashed />, className: "border-dashed border-muted bg-ground text-muted" },
  started: {
    icon: <LoaderCircle className="animate-spin" />,
    className: "border-info bg-ground text-info",
  },
  waiting: { icon: null, className: "border-line-strong bg-ground" },
};

interface StepCardProps {
  step: StepStory;
  context: StepContext;
  selected: boolean;
  /** Whether the run has not come here yet; otherwise a step without a record is an omission. */
  waiting: boolean;
  /** How the line runs from this card to the next. */
  line: "whole" | "broken" | "dashed" | "none";
  onSelect: () => void;
  onDetails: (attempt: number) => void;
}

const LINES = {
  whole: "border-l border-accent",
  broken: "border-l border-error",
  dashed: "border-l border-dashed border-muted",
  none: "",
};

/** One step: what came in, what went out, was it right. */
export function StepCard(props: StepCardProps) {
  const { step, context, selected, waiting, line, onSelect, onDetails } = props;
  const { main, later } = step;
  const unwritten = main === null || main.status === "started";
  const speech = useSpeech(
    step.name === "llm_analysis" && waiting && unwritten ? context.executionId : null,
  );
  const speaks = speech.length > 0;
  const status: Shown = main?.status ?? (speaks ? "started" : "waiting");
  const node = NODES[status];
  const quiet = status === "skipped" || status === "not_run" || status === "waiting";
  // What did not happen takes one line: why.
  const reason = main && quiet ? (skippedReason(main.output) ?? "No reason was recorded.") : null;
  const state = main ? STEP_STATES[main.status] : null;
  return (
    <li
      id={`step-${step.name}`}
      data-testid="step-card"
      data-step={step.name}
      data-status={status}
      aria-current={selected ? "step" : undefined}
      className="relative scroll-mt-4 pb-3 pl-9"
      onPointerDown={onSelect}
    >
      {line === "none" ? null : (
        <>
          <span
            aria-hidden="true"
            className={cn("absolute top-5 bottom-0 left-[11px]", LINES[line])}
          />
          <svg
            viewBox="0 0 8 6"
            aria-hidden="true"
            className={cn(
              "absolute bottom-0 left-[7.5px] h-1.5 w-2",
              line === "whole" ? "text-accent" : line === "broken" ? "text-error" : "text-muted",
            )}
          >
            <path d="M0 0h8L4 6Z" fill="currentColor" />
          </svg>
        </>
      )}
      <span
        aria-hidden="true"
        className={cn(
          "absolute top-2.5 left-0.5 z-10 grid size-[19px] place-items-center rounded-full border [&_svg]:size-3",
          node.className,
        )}
      >
        {node.icon}
      </span>
      <article
        aria-label={`Step ${step.number}, ${step.title}`}
        className={cn(
          "rounded-card border bg-surface transition-colors duration-[120ms]",
          status === "error" && "border-error",
          quiet && "border-dashed bg-transparent",
          selected && status !== "error" && "border-accent",
        )}
      >
        <header className="flex h-10 items-center gap-2.5 px-4">
          <span className="tabular w-4 text-12 text-muted">{step.number}</span>
          <h2 className={cn("font-semibold", quiet && "text-muted")}>{step.title}</h2>
          {state && status !== "success" ? (
            <Badge tone={state.tone} solid={status === "error"}>
              {state.word}
            </Badge>
          ) : null}
          {main && reason !== null ? (
            <span title={reason} className="min-w-0 truncate text-muted">
              {reason}
            </span>
          ) : null}
          {step.attempts.filter((row) => row.status !== "started").length > 1 &&
          later.length === 0 ? (
            <span className="text-12 text-muted">attempt {main?.attempt}</span>
          ) : null}
          <span className="ml-auto" />
          {main ? (
            <>
              {status === "skipped" || status === "not_run" ? null : (
                <span className="tabular text-12 text-muted">
                  {formatDuration(main.duration_us)}
                </span>
              )}
              <Button
                variant="ghost"
                size="small"
                data-testid="step-details-open"
                aria-label={`Full details of step ${step.number}, ${step.title}`}
                onClick={() => onDetails(main.attempt)}
                className="-mr-2"
              >
                <Maximize2 /> Details
              </Button>
            </>
          ) : (
            <span className="text-12 text-muted">
              {speaks ? "the model speaks" : waiting ? "waiting" : "not recorded"}
            </span>
          )}
        </header>
        {speaks ? (
          <div className="px-4 pb-3.5">
            <Speaking speech={speech} />
          </div>
        ) : main && reason === null ? (
          <div className="arrive px-4 pb-3.5">
            <StepRecord name={step.name} row={main} full={false} context={context} />
          </div>
        ) : null}
        {later.map((row) => (
          <Later
            key={row.attempt}
            step={step}
            row={row}
            context={context}
            onOpen={() => onDetails(row.attempt)}
          />
        ))}
      </article>
    </li>
  );
}

function Later({
  step,
  row,
  context,
  onOpen,
}: {
  step: StepStory;
  row: StepDto;
  context: StepContext;
  onOpen: () => void;
}) {
  const at = happenedAt(row);
  return (
    <div className={cn("border-t px-4 py-3", row.status === "error" && "border-error")}>
      <header className="mb-2 flex items-center gap-2 text-12 text-muted">
        <span className="font-medium text-text">Later</span>
        {at === null ? null : `${shortDateTime(at)} ET, `}
        recorded in {formatDuration(row.duration_us)}
        <Button variant="ghost" size="small" className="-mr-2 ml-auto" onClick={onOpen}>
          <Maximize2 /> Details
        </Button>
      </header>
      <StepRecord name={step.name} row={row} full={false} context={context} />
    </div>
  );
}
