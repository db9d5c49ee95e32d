import { formatMoney, signOf, toPlotNumber } from "@/lib/decimal";
import { cn } from "@/ui/cn";
import { Missing } from "@/ui/number";

/** A bar of the chart. */
export interface DivergingBar {
  key: string;
  label: string;
  /** Beneath the label, such as how many trades. */
  note: string;
  /** Nothing where it is not known. */
  value: string | null;
  /** No group of trades, but a part of its own. */
  isRemainder?: boolean;
  explanation?: string;
}

interface DivergingBarsProps {
  label: string;
  bars: readonly DivergingBar[];
  selected: string | null;
  onSelect: (key: string) => void;
}

/**
 * Amounts on both sides of zero. The numbers stand beside the bars, so that neither length nor
 * colour is all that tells.
 */
export function DivergingBars({ label, bars, selected, onSelect }: DivergingBarsProps) {
  const sizes = bars.map((bar) => toPlotNumber(bar.value) ?? 0);
  const low = Math.min(0, ...sizes);
  const high = Math.max(0, ...sizes);
  const range = high - low || 1;
  const at = (value: number) => ((value - low) / range) * 100;
  return (
    <ul aria-label={label} className="py-1">
      {bars.map((bar, index) => {
        const value = sizes[index] ?? 0;
        const row = (
          <>
            <span className="min-w-0 truncate text-left" title={bar.label}>
              {bar.label}
            </span>
            <span className="tabular text-right text-12 text-muted">{bar.note}</span>
            <span aria-hidden="true" className="relative h-4">
              <span
                className="absolute inset-y-[-5px] w-px bg-line-strong"
                style={{ left: `${at(0)}%` }}
              />
              <span
                className={cn(
                  "absolute top-1 h-2 rounded-[2px]",
                  bar.isRemainder ? "bg-muted opacity-60" : value < 0 ? "bg-down" : "bg-up",
                )}
                style={{
                  left: `${Math.min(at(0), at(value))}%`,
                  width: `${Math.abs(at(value) - at(0))}%`,
                }}
              />
            </span>
            <span
              className={cn(
                "tabular text-right whitespace-nowrap",
                bar.isRemainder
                  ? "text-muted"
                  : (signOf(bar.value) ?? 0) < 0
                    ? "text-down"
                    : "text-up",
              )}
            >
              {bar.value === null ? (
                <Missing why={bar.explanation ?? "Not known"} />
              ) : (
                formatMoney(bar.value, true)
              )}
            </span>
          </>
        );
        const shape =
          "grid w-full grid-cols-[minmax(120px,260px)_72px_minmax(120px,1fr)_104px] items-center gap-3 px-4 py-1.5";
        return (
          <li key={bar.key} title={bar.explanation}>
            {bar.isRemainder ? (
              <div className={shape}>{row}</div>
            ) : (
              <button
                type="button"
                aria-pressed={selected === bar.key}
                aria-label={`${bar.label}: ${formatMoney(bar.value, true)}, ${bar.note}`}
                onClick={() => onSelect(bar.key)}
                className={cn(
                  shape,
                  "hover:bg-raised",
                  selected === bar.key && "bg-raised shadow-[inset_2px_0_0_var(--accent)]",
                )}
              >
                {row}
              </button>
            )}
          </li>
        );
      })}
    </ul>
  );
}
