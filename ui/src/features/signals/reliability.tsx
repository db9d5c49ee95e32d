import { MEANINGS } from "@/features/signals/meanings";
import { Tile } from "@/features/signals/numbers";
import type { CalibrationDto } from "@/gen/types";
import { count, formatShare, formatStatistic } from "@/lib/share";
import { Explain } from "@/ui/explain";
import { Missing } from "@/ui/number";
import { Empty, Panel } from "@/ui/panel";

/** The drawing, in its own units. */
const SIZE = { width: 420, height: 300, left: 44, right: 12, top: 12, bottom: 40 };
const PLOT = {
  width: SIZE.width - SIZE.left - SIZE.right,
  height: SIZE.height - SIZE.top - SIZE.bottom,
};
const x = (share: number) => SIZE.left + share * PLOT.width;
const y = (share: number) => SIZE.top + (1 - share) * PLOT.height;
const TICKS = [0, 0.25, 0.5, 0.75, 1];

/** The stated confidence against what came of it. */
export function Reliability({ calibration }: { calibration: CalibrationDto }) {
  const { bins, outcomes } = calibration;
  const none = "No trade has closed";
  return (
    <Panel
      title={
        <span className="flex items-center gap-1">
          Calibration of the stated confidence <Explain meaning={MEANINGS.calibration} />
        </span>
      }
    >
      {outcomes === 0 ? (
        <Empty title="No trade has closed yet">
          The curve is drawn from closed trades: what was stated against what came.
        </Empty>
      ) : (
        <>
          <div className="flex flex-wrap items-start gap-x-6 gap-y-3 p-4">
            <Curve bins={bins} />
            <table className="tabular min-w-52 flex-1 text-12">
              <caption className="sr-only">Closed trades by stated confidence</caption>
              <thead className="text-left text-muted">
                <tr>
                  <th className="pb-1 font-medium">Stated</th>
                  <th className="pb-1 text-right font-medium">Trades</th>
                  <th className="pb-1 text-right font-medium">Won</th>
                  <th className="pb-1 text-right font-medium">95 % interval</th>
                </tr>
              </thead>
              <tbody>
                {bins.map((bin) => (
                  <tr key={bin.from} className="border-t">
                    <td className="py-1">
                      {formatShare(bin.from, 0)} to {formatShare(bin.to, 0)}
                    </td>
                    <td className="py-1 text-right">{bin.count}</td>
                    <td className="py-1 text-right">{formatShare(bin.win_rate.value, 0)}</td>
                    <td className="py-1 text-right text-muted">
                      {formatShare(bin.win_rate.low, 0)} to {formatShare(bin.win_rate.high, 0)}
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
          <dl className="grid grid-cols-3 divide-x border-t">
            <Tile meaning={MEANINGS.brier} below="0 is perfect">
              {calibration.brier_score === null ? (
                <Missing why={none} />
              ) : (
                formatStatistic(calibration.brier_score, { places: 3 })
              )}
            </Tile>
            <Tile meaning={MEANINGS.brierBase} below="always stating the win rate">
              {calibration.brier_of_base_rate === null ? (
                <Missing why={none} />
              ) : (
                formatStatistic(calibration.brier_of_base_rate, { places: 3 })
              )}
            </Tile>
            <Tile meaning={MEANINGS.skill} below="above 0 it says something">
              {calibration.brier_skill === null ? (
                <Missing why="All trades ended alike" />
              ) : (
                formatStatistic(calibration.brier_skill, { places: 3, signed: true })
              )}
            </Tile>
          </dl>
        </>
      )}
    </Panel>
  );
}

function Curve({ bins }: { bins: CalibrationDto["bins"] }) {
  const most = Math.max(1, ...bins.map((bin) => bin.count));
  const line = bins
    .map((bin) => `${x(bin.mean_confidence).toFixed(1)},${y(bin.win_rate.value).toFixed(1)}`)
    .join(" ");
  const words = bins
    .map(
      (bin) =>
        `stated ${formatShare(bin.mean_confidence, 0)}, won ${formatShare(bin.win_rate.value, 0)} of ${count(bin.count, "trade")}`,
    )
    .join("; ");
  return (
    <svg
      viewBox={`0 0 ${SIZE.width} ${SIZE.height}`}
      role="img"
      aria-label={`Reliability curve: ${words}`}
      className="w-[min(420px,100%)] min-w-72 text-12 text-muted"
    >
      {TICKS.map((tick) => (
        <g key={tick} className="tabular">
          <path
            d={`M${x(0)} ${y(tick)}H${x(1)}M${x(tick)} ${y(0)}V${y(1)}`}
            stroke="var(--line)"
            fill="none"
          />
          <text x={SIZE.left - 8} y={y(tick) + 4} textAnchor="end" fill="currentColor">
            {tick * 100}
          </text>
          <text x={x(tick)} y={y(0) + 16} textAnchor="middle" fill="currentColor">
            {tick * 100}
          </text>
        </g>
      ))}
      <text x={x(0.5)} y={SIZE.height - 4} textAnchor="middle" fill="currentColor">
        stated confidence, %
      </text>
      <text
        transform={`translate(11 ${y(0.5)}) rotate(-90)`}
        textAnchor="middle"
        fill="currentColor"
      >
        won, %
      </text>
      <path
        d={`M${x(0)} ${y(0)}L${x(1)} ${y(1)}`}
        stroke="var(--muted)"
        strokeDasharray="4 4"
        fill="none"
      />
      {bins.map((bin) => (
        <path
          key={bin.from}
          d={`M${x(bin.mean_confidence)} ${y(bin.win_rate.low)}V${y(bin.win_rate.high)}`}
          stroke="var(--accent)"
          strokeWidth="4"
          strokeLinecap="round"
          opacity="0.3"
        />
      ))}
      <polyline points={line} fill="none" stroke="var(--accent)" strokeWidth="1.5" />
      {bins.map((bin) => (
        <circle
          key={bin.from}
          cx={x(bin.mean_confidence)}
          cy={y(bin.win_rate.value)}
          r={3 + 4 * Math.sqrt(bin.count / most)}
          fill="var(--accent)"
          stroke="var(--surface)"
          strokeWidth="1.5"
        />
      ))}
    </svg>
  );
}
