import type { Command, EngineError, Request, Response } from "@/api/api";
import { useAct } from "@/api/context";
import { useToast } from "@/ui/toast";

interface Telling<K extends Command> {
  /** Said when it has succeeded. */
  done?: string | ((response: Response<K>) => string);
  /** Said when it has not, before the engine's own words. */
  failed: string;
  then?: (response: Response<K>) => void;
  otherwise?: (error: EngineError) => void;
}

/** Acts, and says how it went. */
export function useToldAct<K extends Command>(command: K) {
  const toast = useToast();
  const act = useAct(command);
  return {
    isPending: act.isPending,
    run: (request: Request<K>, { done, failed, then, otherwise }: Telling<K>) =>
      act.mutate(request, {
        onSuccess: (response) => {
          if (done !== undefined)
            toast({ title: typeof done === "string" ? done : done(response) });
          then?.(response);
        },
        onError: (error) => {
          toast({
            title: failed,
            detail: [error.message, error.hint].filter(Boolean).join(" "),
            tone: "error",
          });
          otherwise?.(error);
        },
      }),
  };
}
