import { formatDecimal, formatPercent, MISSING, signOf } from "@/lib/decimal";
import { cn } from "@/ui/cn";

/** Points up or down. Drawn, because not every font has the triangle. */
export function Arrow({ up, className }: { up: boolean; className?: string }) {
  return (
    <svg viewBox="0 0 8 8" aria-hidden="true" className={cn("inline-block size-[7px]", className)}>
      <path d={up ? "M4 1 8 7H0Z" : "M4 7 0 1h8Z"} fill="currentColor" />
    </svg>
  );
}

/** What stands where a number is missing, with the reason on hover. */
export function Missing({ why }: { why: string }) {
  return (
    <span className="text-muted" title={why}>
      <span aria-hidden="true">{MISSING}</span>
      <span className="sr-only">{why}</span>
    </span>
  );
}

interface AmountProps {
  value: string | null | undefined;
  /** Places after the point; without it as many as there are, at least two. */
  places?: number;
  /** Why there may be none. */
  why?: string;
  className?: string;
}

/** A number in tabular figures. */
export function Amount({ value, places, why = "Not known yet", className }: AmountProps) {
  const shown = formatDecimal(value, places === undefined ? { minimumPlaces: 2 } : { places });
  if (shown === MISSING) return <Missing why={why} />;
  return <span className={cn("tabular whitespace-nowrap", className)}>{shown}</span>;
}

interface ChangeProps extends AmountProps {
  percent?: boolean;
  arrow?: boolean;
}

/** A change: always with its sign, and green or orange with an arrow. */
export function Change({ value, places = 2, percent, arrow, why, className }: ChangeProps) {
  const sign = signOf(value);
  if (sign === null) return <Missing why={why ?? "Not known yet"} />;
  const tone = sign > 0 ? "text-up" : sign < 0 ? "text-down" : "text-muted";
  return (
    <span
      className={cn("tabular inline-flex items-baseline gap-1 whitespace-nowrap", tone, className)}
    >
      {arrow && sign !== 0 ? <Arrow up={sign > 0} /> : null}
      {percent ? formatPercent(value, true) : formatDecimal(value, { places, signed: true })}
    </span>
  );
}
