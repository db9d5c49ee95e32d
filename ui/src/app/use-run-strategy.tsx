import { useNavigate } from "@tanstack/react-router";

import { useAct } from "@/api/context";
import type { StrategyDto } from "@/gen/types";
import { useToast } from "@/ui/toast";

/** Runs a strategy and goes to the lineage of the execution that it began. */
export function useRunStrategy() {
  const toast = useToast();
  const navigate = useNavigate();
  const act = useAct("strategy_run");
  return {
    pending: act.isPending,
    run: (
      strategy: Pick<StrategyDto, "id" | "name">,
      symbol: string | null = null,
      /** A language model that analyses in the place of the strategy's own analyst. */
      model: string | null = null,
    ) =>
      act.mutate(
        { strategy_id: strategy.id, symbol, model },
        {
          onSuccess: ({ execution_ids }) => {
            const [first] = execution_ids;
            if (first === undefined) return;
            if (execution_ids.length > 1)
              toast({ title: `${strategy.name} began ${execution_ids.length} executions.` });
            void navigate({ to: "/lineage/$executionId", params: { executionId: first } });
          },
          onError: (error) =>
            toast({
              title: `${strategy.name} was not run.`,
              detail: [error.message, error.hint].filter(Boolean).join(" "),
              tone: "error",
            }),
        },
      ),
  };
}
