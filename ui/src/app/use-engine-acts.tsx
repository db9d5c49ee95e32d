import { useAct } from "@/api/context";
import type { EngineError } from "@/api/api";
import { exchangeDateTime } from "@/lib/time";
import { useToast } from "@/ui/toast";

/** The acts of the status strip, with a word about how they went. */
export function useEngineActs() {
  const toast = useToast();
  const advance = useAct("sandbox_advance");
  const clock = useAct("sandbox_clock_set");
  const halt = useAct("halt");
  const resume = useAct("resume");
  const failed = (title: string) => (error: EngineError) =>
    toast({ title, detail: [error.message, error.hint].filter(Boolean).join(" "), tone: "error" });
  return {
    advancing: advance.isPending,
    advanceTo: (to: string) =>
      advance.mutate(
        { to },
        {
          onSuccess: (status) => toast({ title: `The sandbox stands at ${status.exchange_time}.` }),
          onError: failed(`The sandbox was not moved to ${exchangeDateTime(to)} ET.`),
        },
      ),
    setClock: (mode: "paused" | "running") =>
      clock.mutate({ mode }, { onError: failed("The sandbox clock was not changed.") }),
    halt: () =>
      halt.mutate(
        { reason: "Halted in the window" },
        {
          onSuccess: () => toast({ title: "Trading is halted. Exits keep working." }),
          onError: failed("Trading could not be halted."),
        },
      ),
    resume: () =>
      resume.mutate(
        {},
        {
          onSuccess: () => toast({ title: "Trading is resumed." }),
          onError: failed("Trading could not be resumed."),
        },
      ),
  };
}

export type EngineActs = ReturnType<typeof useEngineActs>;
