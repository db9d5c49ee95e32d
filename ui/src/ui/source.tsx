import { distance, exchangeDateTime, secondsBetween } from "@/lib/time";
import { cn } from "@/ui/cn";

interface SourceProps {
  /** Who says so, such as `our ledger`. */
  of: string;
  /** As of when, RFC 3339; `null` says that nobody knows, and without one it has no age. */
  at?: string | null | undefined;
  /** Engine time. */
  now?: string | null | undefined;
  /** Older than so many seconds it is shown as stale. */
  staleAfter?: number;
  className?: string;
}

/** Where numbers come from and how old they are. */
export function Source({ of, at, now, staleAfter = Infinity, className }: SourceProps) {
  const seconds = secondsBetween(at, now);
  const isStale = seconds !== null && seconds > staleAfter;
  return (
    <span
      className={cn(
        "tabular text-12 whitespace-nowrap text-muted",
        isStale && "text-warn",
        className,
      )}
      title={at ? `${of}, ${exchangeDateTime(at, true)} ET` : of}
    >
      {of}
      {at === null
        ? ", age unknown"
        : at === undefined || seconds === null
          ? ""
          : `, ${seconds <= 0 ? "now" : `${distance(at, now ?? at) ?? "–"} old`}`}
    </span>
  );
}
