import type { Tone } from "@/lib/words";
import { cn } from "@/ui/cn";
import { FILL_TONE } from "@/ui/tone";

interface BarProps {
  label: string;
  /** For drawing only; the numbers stand beside it as text. */
  value: number;
  maximum: number;
  tone?: Tone;
  /** What a screen reader says instead of the share. */
  words?: string;
  className?: string;
}

/** A share of a whole. */
export function Bar({ label, value, maximum, tone = "accent", words, className }: BarProps) {
  const share = maximum > 0 ? Math.min(1, Math.max(0, value / maximum)) : 0;
  return (
    <div
      role="meter"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={maximum}
      aria-valuenow={Math.min(value, maximum)}
      aria-valuetext={words}
      className={cn("h-1.5 overflow-hidden rounded-full bg-raised ring-1 ring-line", className)}
    >
      <div className={cn("h-full", FILL_TONE[tone])} style={{ width: `${share * 100}%` }} />
    </div>
  );
}
