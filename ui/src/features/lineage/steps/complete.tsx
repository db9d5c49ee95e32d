import type { RendererProps } from "@/features/lineage/steps/types";
import { formatMoney } from "@/lib/decimal";
import { OUTCOMES } from "@/lib/words";
import { Badge } from "@/ui/badge";

/** Step 12: what it came to. */
export function Complete({ output }: RendererProps<"complete">) {
  const outcome = OUTCOMES[output.outcome];
  const cost =
    output.total_tokens === 0
      ? "no model cost"
      : `${output.total_tokens.toLocaleString("en-US")} tokens, ${formatMoney(output.total_cost)} USD`;
  return (
    <div>
      <div className="flex flex-wrap items-center gap-3">
        <Badge solid tone={outcome.tone}>
          {outcome.word}
        </Badge>
        <span className="text-15">{output.sentence}</span>
      </div>
      <p className="tabular mt-2 text-12 text-muted">
        {output.steps_succeeded} steps done, {output.steps_skipped} skipped · {cost}
      </p>
    </div>
  );
}
