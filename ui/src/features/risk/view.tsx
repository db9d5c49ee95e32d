import { SlidersHorizontal } from "lucide-react";
import { useState } from "react";

import { useRead } from "@/api/context";
import { Changes } from "@/features/risk/changes";
import { LimitsDialog } from "@/features/risk/limits-dialog";
import { Locks, PastLocks } from "@/features/risk/locks";
import { StrategyRisks } from "@/features/risk/strategies";
import { Uses } from "@/features/risk/uses";
import { Watch } from "@/features/risk/watch";
import { plain } from "@/lib/text";
import { Button } from "@/ui/button";
import { useHotkeys } from "@/ui/hotkeys";
import { Notice } from "@/ui/notice";
import { ErrorPanel, Guard, Skeleton } from "@/ui/panel";

/** What closes entries, and how near everything is to closing them. */
export function RiskPage({ lineageLink }: { lineageLink: (executionId: string) => string }) {
  const [editing, setEditing] = useState(false);
  const { data, error, refetch } = useRead("risk_get", {});
  useHotkeys([
    { keys: "e", label: "Edit the account's limits", group: "Risk", run: () => setEditing(true) },
  ]);
  const closing = data?.locks.find(({ lock }) => lock.reach === "account");
  return (
    <div className="h-full overflow-y-auto">
      <div className="mx-auto max-w-[1440px] space-y-4 px-6 pt-4 pb-12">
        <header className="flex flex-wrap items-center gap-3">
          <h1 className="text-18 font-semibold">Risk</h1>
          {data ? (
            <span className="tabular text-muted">
              {data.locks.length === 1 ? "1 lock" : `${data.locks.length} locks`} in force
            </span>
          ) : null}
          <Button
            size="large"
            className="ml-auto"
            disabled={!data}
            onClick={() => setEditing(true)}
            title="Edit the account's limits (e)"
          >
            <SlidersHorizontal /> Limits of the account
          </Button>
        </header>
        <p className="max-w-[84ch] text-muted">
          Every entry is held against the limits of its strategy and of the account; the stricter
          one wins. Exits are never held back by a limit or a lock.
        </p>
        {error ? (
          <ErrorPanel
            what={
              data
                ? "The limits could not be read again; what follows is from before."
                : "The limits could not be read."
            }
            error={error}
            onRetry={() => void refetch()}
          />
        ) : null}
        {data ? (
          <>
            {closing ? (
              <Notice tone="error" shape="cross" title="All entries are closed" role="status">
                <p>{plain(closing.lock.sentence)}</p>
              </Notice>
            ) : null}
            <div className="grid grid-cols-[minmax(0,1fr)_minmax(0,480px)] items-start gap-4 max-[1180px]:grid-cols-1">
              <div className="space-y-4">
                <Guard what="The locks could not be shown.">
                  <Locks risk={data} lineageLink={lineageLink} />
                </Guard>
                <Guard what="The strategies could not be shown.">
                  <StrategyRisks strategies={data.strategies} />
                </Guard>
                <Guard what="What the watch saw could not be shown.">
                  <Watch events={data.watch} lineageLink={lineageLink} />
                </Guard>
              </div>
              <div className="space-y-4">
                <Guard what="The limits could not be shown.">
                  <Uses risk={data} onEdit={() => setEditing(true)} />
                </Guard>
                <Guard what="The changes could not be shown.">
                  <Changes changes={data.changes} />
                </Guard>
                <Guard what="The earlier locks could not be shown.">
                  <PastLocks locks={data.past_locks} />
                </Guard>
              </div>
            </div>
            {editing ? (
              <LimitsDialog limits={data.limits} onClose={() => setEditing(false)} />
            ) : null}
          </>
        ) : error ? null : (
          <div aria-busy="true" aria-label="Loading the limits" className="space-y-4">
            <Skeleton className="h-40 rounded-card" />
            <Skeleton className="h-56 rounded-card" />
          </div>
        )}
      </div>
    </div>
  );
}
