import { formatPrice, toPlotNumber } from "@/lib/decimal";

interface TrackProps {
  stop: string | null;
  target: string | null;
  entry: string;
  last: string | null;
}

/** Where the last price is on the way from the stop to the target. Needs both, and draws nothing else. */
export function Track({ stop, target, entry, last }: TrackProps) {
  const [s, t, e, l] = [stop, target, entry, last].map(toPlotNumber);
  if (s == null || t == null || e == null || s === t) return null;
  const at = (price: number) => Math.min(1, Math.max(0, (price - s) / (t - s))) * 100;
  return (
    <div
      role="img"
      aria-label={`Stop ${formatPrice(stop)}, entry ${formatPrice(entry)}${last === null ? "" : `, last ${formatPrice(last)}`}, target ${formatPrice(target)}`}
      className="relative mx-auto h-3 w-full min-w-20"
    >
      <div className="absolute inset-x-0 top-1/2 h-px bg-line-strong" />
      {l == null ? null : (
        <div
          className={`absolute top-[5px] h-0.5 ${(l - e) * (t - s) >= 0 ? "bg-up" : "bg-down"}`}
          style={{ left: `${Math.min(at(e), at(l))}%`, width: `${Math.abs(at(l) - at(e))}%` }}
        />
      )}
      <div className="absolute top-0.5 left-0 h-2 w-px bg-down" />
      <div className="absolute top-0.5 right-0 h-2 w-px bg-up" />
      <div className="absolute top-0.5 h-2 w-px bg-muted" style={{ left: `${at(e)}%` }} />
      {l == null ? null : (
        <div
          className="absolute top-[3px] size-1.5 -translate-x-1/2 rounded-full bg-text"
          style={{ left: `${at(l)}%` }}
        />
      )}
    </div>
  );
}
