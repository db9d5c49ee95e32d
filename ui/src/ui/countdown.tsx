import { exchangeDateTime, formatCountdown, secondsBetween } from "@/lib/time";
import { cn } from "@/ui/cn";
import { Missing } from "@/ui/number";

interface CountdownProps {
  /** Engine time, RFC 3339. */
  now: string | null;
  until: string | null;
  /** What ends then. */
  label: string;
  /** Below so many seconds it is shown as urgent. */
  urgentBelow?: number;
  className?: string;
}

/** What is left until an instant, by the engine's clock. */
export function Countdown({ now, until, label, urgentBelow = 0, className }: CountdownProps) {
  const left = secondsBetween(now, until);
  if (left === null) return <Missing why={`${label}: not known`} />;
  return (
    <span
      role="timer"
      aria-label={label}
      title={`${label}: ${exchangeDateTime(until, true)} ET`}
      className={cn(
        "tabular whitespace-nowrap",
        left <= urgentBelow && "font-semibold text-warn",
        className,
      )}
    >
      {left <= 0 ? "0:00" : formatCountdown(left)}
    </span>
  );
}
