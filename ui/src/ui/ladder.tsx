import { formatPrice, toPlotNumber } from "@/lib/decimal";

interface LadderProps {
  entry: string | null;
  stop: string | null;
  target: string | null;
  last: string | null;
}

/** Stop, entry and target to scale: how far down, how far up. */
export function Ladder({ entry, stop, target, last }: LadderProps) {
  const [e, s, t, l] = [entry, stop, target, last].map(toPlotNumber);
  if (e == null || s == null || t == null || !(s < e && e < t)) return null;
  const low = Math.min(s, l ?? s);
  const span = Math.max(t, l ?? t) - low;
  const at = (value: number) => ((value - low) / span) * 100;
  return (
    <div
      role="img"
      aria-label={`Stop ${formatPrice(stop)}, entry ${formatPrice(entry)}, target ${formatPrice(target)}${last === null ? "" : `, last ${formatPrice(last)}`}`}
      className="tabular mx-1 mt-4 text-12"
    >
      <div className="relative h-1.5">
        <div
          className="absolute inset-y-0 rounded-l-full bg-down"
          style={{ left: `${at(s)}%`, width: `${at(e) - at(s)}%` }}
        />
        <div
          className="absolute inset-y-0 rounded-r-full bg-up"
          style={{ left: `${at(e)}%`, width: `${at(t) - at(e)}%` }}
        />
        <div
          className="absolute -inset-y-1 w-0.5 bg-text"
          style={{ left: `calc(${at(e)}% - 1px)` }}
        />
        {l == null ? null : (
          <div
            className="absolute -top-2 size-1.5 rounded-full bg-accent"
            style={{ left: `calc(${at(l)}% - 3px)` }}
          />
        )}
      </div>
      <div className="relative mt-1 h-4 text-muted">
        <span className="absolute left-0" style={{ left: `${at(s)}%` }}>
          stop
        </span>
        <span className="absolute -translate-x-1/2" style={{ left: `${at(e)}%` }}>
          entry
        </span>
        <span className="absolute -translate-x-full" style={{ left: `${at(t)}%` }}>
          target
        </span>
      </div>
    </div>
  );
}
