import { useRead } from "@/api/context";
import { plain } from "@/lib/text";
import { exchangeDateTime } from "@/lib/time";
import { Notice } from "@/ui/notice";

/** What closes entries at the moment, by a lock; nothing while none does, or while it is not known. */
export function ClosedEntries() {
  const locks = useRead("risk_get", {}).data?.locks ?? [];
  const [first] = locks;
  if (!first) return null;
  const account = locks.find(({ lock }) => lock.reach === "account");
  const { lock } = account ?? first;
  const others = locks.length - 1;
  return (
    <Notice
      tone={account ? "error" : "warn"}
      shape={account ? "cross" : "triangle"}
      role="status"
      title={account ? "All entries are closed" : "Some entries are locked"}
      actions={
        <a href="#/risk" className="text-accent underline-offset-2 hover:underline">
          {others === 0 ? "Look at it" : `And ${others} more`}
        </a>
      }
    >
      <p>
        {plain(lock.sentence)}{" "}
        <span className="text-muted">
          {lock.unlocks_at === null
            ? "A person has to open it."
            : `It opens ${exchangeDateTime(lock.unlocks_at)} ET.`}{" "}
          Exits pass.
        </span>
      </p>
    </Notice>
  );
}
