import { cn } from "@/ui/cn";

interface IntervalProps {
  value: number;
  low: number;
  high: number;
  /** The ends of the scale. */
  from: number;
  to: number;
  /** A value that the interval is read against, such as 0 or one half. */
  mark?: number;
  words: string;
  className?: string;
}

/** A value with its interval on a scale: a dot on a bar, and the mark as a hair line. */
export function Interval({ value, low, high, from, to, mark, words, className }: IntervalProps) {
  const at = (x: number) => `${Math.min(100, Math.max(0, ((x - from) / (to - from)) * 100))}%`;
  const width = Math.max(0, Math.min(high, to) - Math.max(low, from)) / (to - from);
  return (
    <span role="img" aria-label={words} className={cn("relative block h-4 w-24", className)}>
      <span className="absolute inset-x-0 top-1/2 h-px bg-line-strong" />
      {mark === undefined ? null : (
        <span className="absolute inset-y-0.5 w-px bg-muted" style={{ left: at(mark) }} />
      )}
      <span
        className="absolute top-1/2 h-1 -translate-y-1/2 rounded-full bg-accent opacity-40"
        style={{ left: at(low), width: `${width * 100}%` }}
      />
      <span
        className="absolute top-1/2 size-2 -translate-x-1/2 -translate-y-1/2 rounded-full bg-accent"
        style={{ left: at(value) }}
      />
    </span>
  );
}
