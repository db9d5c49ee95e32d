import { useState } from "react";

import { useToldAct } from "@/api/told-act";
import { lockKind, lockReach } from "@/features/risk/words";
import type { LockDto, RiskDto } from "@/gen/types";
import { formatMoney } from "@/lib/decimal";
import { plain } from "@/lib/text";
import { exchangeDateTime, shortDateTime } from "@/lib/time";
import { humanise } from "@/lib/words";
import { Badge } from "@/ui/badge";
import { Button } from "@/ui/button";
import { Countdown } from "@/ui/countdown";
import { Dialog } from "@/ui/dialog";
import { Field } from "@/ui/field";
import { Panel } from "@/ui/panel";

type LineageLink = (executionId: string) => string;

/** Locks in force, each with its cause, its end, and a way to open it. */
export function Locks({ risk, lineageLink }: { risk: RiskDto; lineageLink: LineageLink }) {
  const [releasing, setReleasing] = useState<LockDto | null>(null);
  return (
    <Panel title="Locks on entries">
      {risk.locks.length === 0 ? (
        <p className="p-4 text-muted">
          No lock is in force. A protection of a strategy, or a limit on losses, sets one when it
          has a cause.
        </p>
      ) : (
        <ul className="divide-y" aria-label="Locks in force">
          {risk.locks.map((lock) => (
            <Lock
              key={lock.lock.lock_id}
              lock={lock}
              now={risk.now}
              lineageLink={lineageLink}
              onRelease={() => setReleasing(lock)}
            />
          ))}
        </ul>
      )}
      {releasing ? <Release lock={releasing} onClose={() => setReleasing(null)} /> : null}
    </Panel>
  );
}

function Lock({
  lock: { lock },
  now,
  lineageLink,
  onRelease,
}: {
  lock: LockDto;
  now: string;
  lineageLink: LineageLink;
  onRelease: () => void;
}) {
  const name = `${lockKind(lock.kind)}, ${lockReach(lock)}`;
  return (
    <li className="px-4 py-3">
      <div className="flex items-start gap-3">
        <div className="min-w-0 flex-1">
          <p className="flex flex-wrap items-center gap-2">
            <Badge solid tone="warn">
              {lockKind(lock.kind)}
            </Badge>
            <span className="font-medium">{plain(lockReach(lock))}</span>
            <span className="text-12 text-muted">since {shortDateTime(lock.locked_at)} ET</span>
          </p>
          <p className="mt-1 max-w-[84ch]">{plain(lock.sentence)}</p>
        </div>
        <div className="shrink-0 text-right">
          {lock.unlocks_at === null ? (
            <p className="text-12 text-muted">until a person opens it</p>
          ) : (
            <>
              <Countdown now={now} until={lock.unlocks_at} label={`Opens: ${name}`} />
              <p className="tabular text-12 text-muted">{exchangeDateTime(lock.unlocks_at)} ET</p>
            </>
          )}
          <Button size="small" className="mt-1.5" onClick={onRelease} aria-label={`Open ${name}`}>
            Open…
          </Button>
        </div>
      </div>
      {lock.trades.length === 0 ? null : (
        <ul className="mt-2 space-y-0.5" aria-label={`Trades that caused it: ${name}`}>
          {lock.trades.map((trade) => (
            <li key={trade.exit_execution_id + trade.closed_at} className="flex gap-3 text-12">
              <span className="tabular w-28 shrink-0 text-muted">
                {shortDateTime(trade.closed_at)}
              </span>
              <span className="w-16 shrink-0">{plain(trade.symbol)}</span>
              <span className="tabular w-24 shrink-0 text-right">
                {formatMoney(trade.realized_pnl, true)}
              </span>
              <span className="w-20 shrink-0 text-muted">{humanise(trade.exit_cause)}</span>
              <a
                href={lineageLink(trade.exit_execution_id)}
                className="text-accent underline-offset-2 hover:underline"
              >
                Lineage
              </a>
            </li>
          ))}
        </ul>
      )}
    </li>
  );
}

/** Opens a lock before its time. The reason stays in the record. */
function Release({ lock: { lock }, onClose }: { lock: LockDto; onClose: () => void }) {
  const [reason, setReason] = useState("");
  const release = useToldAct("protection_release");
  const given = reason.trim() !== "";
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title={`Open the lock “${lockKind(lock.kind)}”?`}
      description={`Entries of ${plain(lockReach(lock))} pass again at once. The same trades do not lock again.`}
      className="w-[min(520px,calc(100vw-32px))]"
    >
      <form
        noValidate
        className="space-y-3 p-5"
        onSubmit={(event) => {
          event.preventDefault();
          if (!given || release.isPending) return;
          release.run(
            { lock_id: lock.lock_id, reason: reason.trim() },
            { done: "The lock is open.", failed: "The lock was not opened.", then: onClose },
          );
        }}
      >
        <p className="text-muted">{plain(lock.sentence)}</p>
        <Field
          label="Reason"
          hint="kept in the record"
          value={reason}
          maxLength={200}
          onChange={setReason}
        />
        <div className="flex justify-end gap-2 pt-2">
          <Button size="large" onClick={onClose}>
            Leave it locked
          </Button>
          <Button
            size="large"
            variant="primary"
            type="submit"
            disabled={!given || release.isPending}
          >
            Open the lock
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

/** Locks that are over: by themselves, or opened by a person. */
export function PastLocks({ locks }: { locks: readonly LockDto[] }) {
  if (locks.length === 0) return null;
  return (
    <Panel title="Earlier locks">
      <ul className="divide-y">
        {locks.map(({ lock, released_at, released_by, release_reason }) => (
          <li key={lock.lock_id} className="px-4 py-2" title={plain(lock.sentence)}>
            <p className="flex gap-2">
              <span className="font-medium">{lockKind(lock.kind)}</span>
              <span className="min-w-0 truncate">{plain(lockReach(lock))}</span>
              <span className="tabular ml-auto shrink-0 text-12 text-muted">
                {shortDateTime(lock.locked_at)}
              </span>
            </p>
            <p className="text-12 text-muted">
              {released_at === null
                ? `Opened by itself ${lock.unlocks_at === null ? "" : shortDateTime(lock.unlocks_at)}`
                : `Opened in the ${released_by ?? ""} ${shortDateTime(released_at)}: ${plain(release_reason ?? "")}`}
            </p>
          </li>
        ))}
      </ul>
    </Panel>
  );
}
