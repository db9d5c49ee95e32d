import { useAct, useApi } from "@/api/context";
import type { StrategyDto } from "@/gen/types";
import { plain } from "@/lib/text";
import { useToast } from "@/ui/toast";

const said = (error: { message: string; hint: string | null }) =>
  [error.message, error.hint].filter(Boolean).join(" ");

/** Switches a schedule at once, and offers to take it back. */
export function useSetActive() {
  const toast = useToast();
  const act = useAct("strategy_set_active");
  const set = (
    strategy: Pick<StrategyDto, "id" | "name">,
    active: boolean,
    undoable = true,
  ): void =>
    act.mutate(
      { strategy_id: strategy.id, active },
      {
        onSuccess: () =>
          toast({
            title: active
              ? `${plain(strategy.name)} follows its schedule.`
              : `${plain(strategy.name)} is paused; its schedule is kept.`,
            ...(undoable
              ? { action: { label: "Undo", run: () => set(strategy, !active, false) } }
              : {}),
          }),
        onError: (error) =>
          toast({
            title: `${plain(strategy.name)} was not changed.`,
            detail: said(error),
            tone: "error",
          }),
      },
    );
  return set;
}

/** Puts a strategy away, or takes it into use again, and offers to take that back. */
export function useArchive() {
  const api = useApi();
  const toast = useToast();
  const setActive = useSetActive();
  const set = (strategy: StrategyDto, archived: boolean, undoable = true): void => {
    const command = archived ? "strategy_archive" : "strategy_unarchive";
    api.act(command, { strategy_id: strategy.id }).then(
      () => {
        const undo = () => {
          set(strategy, !archived, false);
        };
        toast({
          title: archived
            ? `${plain(strategy.name)} is archived: it runs no more and keeps what it did.`
            : `${plain(strategy.name)} is back, switched off.`,
          ...(undoable ? { action: { label: "Undo", run: undo } } : {}),
        });
        // What was taken back is as it was before.
        if (!archived && !undoable && strategy.active) setActive(strategy, true, false);
      },
      (thrown: unknown) =>
        toast({
          title: `${plain(strategy.name)} was not changed.`,
          detail: thrown instanceof Error ? thrown.message : null,
          tone: "error",
        }),
    );
  };
  return set;
}
