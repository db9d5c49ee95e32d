import type { StepStory } from "@/lib/steps";
import { formatDuration } from "@/lib/time";
import { cn } from "@/ui/cn";

/** One bar a step, as wide as it took; a press jumps there. */
export function DurationBar({
  steps,
  onJump,
}: {
  steps: readonly StepStory[];
  onJump: (step: StepStory) => void;
}) {
  const longest = Math.max(1, ...steps.map((step) => step.main?.duration_us ?? 0));
  return (
    <div role="group" aria-label="Duration of each step" className="flex h-4 items-stretch gap-0.5">
      {steps.map((step) => {
        const { main } = step;
        const share = (main?.duration_us ?? 0) / longest;
        const failed = main?.status === "error";
        const done = main?.status === "success" || main?.status === "started";
        const words = main
          ? done || failed
            ? formatDuration(main.duration_us)
            : main.status
          : "waiting";
        return (
          <button
            key={step.name}
            type="button"
            disabled={!main}
            title={`${step.number} ${step.title}: ${words}`}
            aria-label={`Step ${step.number}, ${step.title}, ${words}`}
            onClick={() => onJump(step)}
            className="group min-w-2.5 py-1"
            style={{ flexGrow: share * 100, flexBasis: 0 }}
          >
            <span
              className={cn(
                "block h-full rounded-[2px] opacity-75 group-hover:opacity-100",
                failed ? "bg-error" : done ? "bg-accent" : "bg-line-strong",
              )}
            />
          </button>
        );
      })}
    </div>
  );
}
