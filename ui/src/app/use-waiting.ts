import { useEffect, useRef } from "react";

import { useRead } from "@/api/context";
import { formatDecimal, formatPrice } from "@/lib/decimal";
import { plain } from "@/lib/text";
import { useToast } from "@/ui/toast";

/** How many approvals and questions wait. Says so when one appears. */
export function useWaiting(onLook: () => void): number {
  const toast = useToast();
  const approvals = useRead("approvals_list", {}).data;
  const questions = useRead("questions_list", {}).data;
  const known = useRef<Set<string> | null>(null);
  const look = useRef(onLook);
  useEffect(() => {
    look.current = onLook;
  });
  const pending = approvals?.filter(({ status }) => status === "pending");
  useEffect(() => {
    if (!approvals || !questions) return;
    const waiting = [
      ...approvals
        .filter(({ status }) => status === "pending")
        .map((each) => ({
          key: each.execution_id,
          title: `${plain(each.strategy_name)} proposes: ${plain(each.side)} ${formatDecimal(each.quantity)} ${plain(each.symbol)} at ${formatPrice(each.limit_price)}`,
        })),
      ...questions.open.map((each) => ({
        key: each.question_id,
        title: `The broker asks about ${plain(each.order)}`,
      })),
    ];
    // What waited already when the window was opened stands in the side bar.
    if (known.current !== null) {
      for (const { key, title } of waiting)
        if (!known.current.has(key))
          toast({
            title,
            detail: "It waits for you and lapses by itself.",
            action: { label: "Look", run: () => look.current() },
          });
    }
    known.current = new Set(waiting.map(({ key }) => key));
  }, [approvals, questions, toast]);
  return (pending?.length ?? 0) + (questions?.open.length ?? 0);
}
