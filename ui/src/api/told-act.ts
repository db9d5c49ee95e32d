import { type Command, EngineError, type Request, type Response } from "@/api/api";
import { useAct } from "@/api/context";
import { useToast } from "@/ui/toast";

interface Telling<K extends Command> {
  /** Said when it has succeeded. */
  done?: string | ((response: Response<K>) => string);
  /** Said when it has not, before the engine's own words. */
  failed: string;
  then?: (response: Response<K>) => void;
}

/** Acts, and says how it went. */
export function useToldAct<K extends Command>(command: K) {
  const toast = useToast();
  const act = useAct(command);
  return {
    isPending: act.isPending,
    // A promise, because whoever asked may be gone from the page before the answer comes.
    run: (request: Request<K>, { done, failed, then }: Telling<K>): void =>
      void act.mutateAsync(request).then(
        (response) => {
          if (done !== undefined)
            toast({ title: typeof done === "string" ? done : done(response) });
          then?.(response);
        },
        (thrown: unknown) => {
          const error = thrown instanceof EngineError ? thrown : new EngineError(thrown);
          toast({
            title: failed,
            detail: [error.message, error.hint].filter(Boolean).join(" "),
            tone: "error",
          });
        },
      ),
  };
}
