import { ArrowRight } from "lucide-react";

import { useRead } from "@/api/context";
import { NEWEST_EXECUTIONS } from "@/features/dashboard/latest";
import type { StrategyDto } from "@/gen/types";
import { plain } from "@/lib/text";
import { Button } from "@/ui/button";
import { cn } from "@/ui/cn";
import { Light } from "@/ui/state";
import { usePreference } from "@/ui/use-preference";

const ALL_PROMPTS = {
  prompt_type: null,
  language: null,
  strategy_id: null,
  include_deleted: false,
};

interface Step {
  text: string;
  why: string;
  href: string;
  done: boolean;
}

/** What a newcomer does, with what is done of it; nothing while any of it is not known. */
function useFirstSteps(): readonly Step[] | null {
  const connection = useRead("connection_get", {}).data;
  const executions = useRead("executions_search", NEWEST_EXECUTIONS).data;
  const models = useRead("models_list", {}).data;
  const prompts = useRead("prompts_list", ALL_PROMPTS).data;
  const strategies = useRead("strategies_list", {}).data;
  if (!connection || !executions || !models || !prompts || !strategies) return null;
  return [
    {
      text: "Connect",
      why: "A gateway answers; the sandbox brings its own.",
      href: "#/connection",
      done: connection.state === "ready",
    },
    {
      text: "Run a strategy once",
      why: "Its cards show every step from the prices to the order.",
      href: "#/strategies",
      done: executions.total > 0,
    },
    {
      text: "Choose a model",
      why: "Until then the built-in rule analyst analyses.",
      href: "#/models?add=true",
      done: models.models.length > 0,
    },
    {
      text: "Write a prompt",
      why: "Clone a shipped one, and try it without an order.",
      href: "#/prompts?add=true",
      done: prompts.some(({ is_shipped: isShipped }) => !isShipped),
    },
    {
      text: "Switch a schedule on",
      why: "The strategy then runs by itself on trading days.",
      href: "#/strategies",
      done: strategies.some(({ active, schedule }) => active && schedule !== null),
    },
    {
      text: "Connect a paper account",
      why: "The same code, at Interactive Brokers, without real money.",
      href: "#/connection",
      done: connection.environment !== "sandbox",
    },
  ];
}

/** The short list that stays until all of it is done, or until it is hidden. */
export function FirstSteps({ strategy }: { strategy: StrategyDto | undefined }) {
  const [shown, show] = usePreference("first-steps");
  const steps = useFirstSteps();
  if (shown === "hidden" || !steps || steps.every(({ done }) => done)) return null;
  const done = steps.filter((step) => step.done).length;
  const next = steps.find((step) => !step.done);
  const isNew = steps[1]?.done === false;
  return (
    <section aria-label="First steps" className="rounded-card border bg-surface">
      <header className="flex items-center gap-3 px-4 pt-2.5 pb-2">
        <h2 className="font-semibold">First steps</h2>
        <span className="tabular text-12 text-muted">
          {done} of {steps.length} done
        </span>
        <Button
          variant="ghost"
          size="small"
          className="ml-auto"
          onClick={() => show("hidden")}
          title="Settings shows them again"
        >
          Hide
        </Button>
      </header>
      {isNew && strategy ? (
        <p className="px-4 pb-2">
          Press{" "}
          <kbd className="rounded-[4px] border border-line-strong bg-raised px-1.5 font-sans text-12">
            r
          </kbd>{" "}
          to run {plain(strategy.name)} on {strategy.symbols.map(plain).join(", ")} now, and watch
          its cards fill in.
        </p>
      ) : null}
      <ol className="grid grid-cols-6 divide-x border-t max-[1100px]:grid-cols-3">
        {steps.map((step) => (
          <li key={step.text} className="relative min-w-0">
            {step === next ? (
              <span aria-hidden="true" className="absolute inset-x-0 -top-px h-px bg-accent" />
            ) : null}
            <a
              href={step.href}
              title={step.why}
              className="block h-full px-4 py-2.5 hover:bg-raised"
            >
              <span className="flex items-center gap-1.5">
                <Light tone={step.done ? "up" : "neutral"} shape={step.done ? "check" : "ring"} />
                <span className={cn("font-medium", step.done && "text-muted")}>{step.text}</span>
                <span className="sr-only">{step.done ? "(done)" : ""}</span>
                {step === next ? (
                  <ArrowRight aria-hidden="true" className="size-3.5 shrink-0 text-accent" />
                ) : null}
              </span>
              <span
                className={cn("mt-0.5 block text-12 text-muted", !isNew && "max-[1500px]:hidden")}
              >
                {step.why}
              </span>
            </a>
          </li>
        ))}
      </ol>
    </section>
  );
}
