import type { ReactNode } from "react";

import { MEANINGS } from "@/features/signals/meanings";
import type { BaselinesDto, BuyAndHoldDto, CoinDto, EntriesDto } from "@/gen/types";
import { count, formatStatistic } from "@/lib/share";
import { plain } from "@/lib/text";
import { Explain, type Meaning } from "@/ui/explain";
import { Amount, Change, Missing } from "@/ui/number";
import { Panel } from "@/ui/panel";

/** Half-way round numbers for the ends of the scale. */
function scaleOf({ strategy, rules, always, coin }: BaselinesDto): [number, number] {
  const values = [
    0,
    strategy.mean_r,
    rules.mean_r,
    always.mean_r,
    coin?.low ?? null,
    coin?.high ?? null,
  ].filter((value) => value !== null);
  const low = Math.floor((Math.min(...values) - 0.1) * 4) / 4;
  return [low, Math.ceil((Math.max(...values) + 0.1) * 4) / 4];
}

/** The same trades by others: the coin, the rule analyst, every opportunity, and holding. */
export function Baselines({ baselines }: { baselines: BaselinesDto }) {
  const { strategy, rules, always, coin, buy_and_hold: hold } = baselines;
  const scale = scaleOf(baselines);
  return (
    <Panel
      title="The same trades by others"
      actions={
        <span className="text-12 text-muted">
          mean R of {count(baselines.opportunities, "opportunity", "opportunities")}
        </span>
      }
    >
      <div className="grid grid-cols-[minmax(0,3fr)_minmax(0,2fr)] max-[1100px]:grid-cols-1">
        <div className="p-4">
          <ul className="space-y-1">
            <Row label="This strategy" entries={strategy} scale={scale} strong />
            <CoinRow coin={coin} strategy={strategy} scale={scale} />
            <Row
              label="Rule analyst"
              meaning={MEANINGS.rules}
              entries={rules}
              scale={scale}
              mark={strategy.mean_r}
            />
            <Row
              label="Every opportunity"
              meaning={MEANINGS.always}
              entries={always}
              scale={scale}
              mark={strategy.mean_r}
            />
          </ul>
          <Axis scale={scale} />
          <CoinWords coin={coin} />
        </div>
        <Hold hold={hold} />
      </div>
    </Panel>
  );
}

const LINE = "grid grid-cols-[150px_minmax(0,1fr)_64px_84px] items-center gap-x-3";

interface Scaled {
  scale: readonly [number, number];
}

const place = (value: number, [from, to]: Scaled["scale"]) =>
  `${((value - from) / (to - from)) * 100}%`;

/** The way of one row: its zero, and the strategy's mark through it. */
function Track({ scale, mark, children }: Scaled & { mark: number | null; children?: ReactNode }) {
  return (
    <span aria-hidden="true" className="relative block h-6">
      <span className="absolute inset-x-0 top-1/2 h-px bg-line" />
      <span className="absolute inset-y-0 w-px bg-line-strong" style={{ left: place(0, scale) }} />
      {mark === null ? null : (
        <span className="absolute -inset-y-1 w-px bg-accent" style={{ left: place(mark, scale) }} />
      )}
      {children}
    </span>
  );
}

function Row({
  label,
  meaning,
  entries,
  scale,
  mark = null,
  strong = false,
}: Scaled & {
  label: string;
  meaning?: Meaning;
  entries: EntriesDto;
  mark?: number | null;
  strong?: boolean;
}) {
  const { mean_r: mean, entries: number } = entries;
  return (
    <li className={LINE}>
      <span className={strong ? "font-semibold" : "flex items-center gap-1"}>
        {label} {meaning ? <Explain meaning={meaning} /> : null}
      </span>
      <Track scale={scale} mark={strong ? mean : mark}>
        {mean === null ? null : strong ? (
          <span
            className="absolute top-1/2 size-3 -translate-x-1/2 -translate-y-1/2 rotate-45 bg-accent"
            style={{ left: place(mean, scale) }}
          />
        ) : (
          <span
            className="absolute top-1/2 size-2.5 -translate-x-1/2 -translate-y-1/2 rounded-full bg-muted"
            style={{ left: place(mean, scale) }}
          />
        )}
      </Track>
      <span className="tabular text-right font-semibold">
        {mean === null ? (
          <Missing why="It made no entry" />
        ) : (
          formatStatistic(mean, { signed: true })
        )}
      </span>
      <span className="tabular text-right text-12 text-muted">
        {count(number, "entry", "entries")}
      </span>
    </li>
  );
}

function CoinRow({
  coin,
  strategy,
  scale,
}: Scaled & { coin: CoinDto | null; strategy: EntriesDto }) {
  return (
    <li className={LINE}>
      <span className="flex items-center gap-1">
        The coin <Explain meaning={MEANINGS.coin} />
      </span>
      <Track scale={scale} mark={strategy.mean_r}>
        {coin ? (
          <>
            <span
              className="absolute inset-y-1.5 rounded-base border border-line-strong bg-raised"
              style={{
                left: place(coin.low, scale),
                width: `calc(${place(coin.high, scale)} - ${place(coin.low, scale)})`,
              }}
            />
            <span
              className="absolute inset-y-1 w-0.5 -translate-x-1/2 bg-muted"
              style={{ left: place(coin.mean_r, scale) }}
            />
            {strategy.mean_r === null ? null : (
              <span
                className="absolute -inset-y-1 w-px bg-accent"
                style={{ left: place(strategy.mean_r, scale) }}
              />
            )}
          </>
        ) : null}
      </Track>
      <span className="tabular text-right font-semibold">
        {coin ? (
          formatStatistic(coin.mean_r, { signed: true })
        ) : (
          <Missing why="There is nothing to draw from" />
        )}
      </span>
      <span className="tabular text-right text-12 text-muted">
        {coin ? `${coin.draws.toLocaleString("en-US")} draws` : ""}
      </span>
    </li>
  );
}

function Axis({ scale }: Scaled) {
  const [from, to] = scale;
  const steps = Math.round((to - from) * 4);
  const every = steps > 8 ? 2 : 1;
  const ticks = Array.from({ length: steps + 1 }, (_, index) => from + index / 4).filter(
    (_, index) => index % every === 0,
  );
  return (
    <div aria-hidden="true" className={LINE}>
      <span />
      <span className="relative block h-5 border-t border-line-strong text-12 text-muted">
        {ticks.map((tick) => (
          <span
            key={tick}
            className="tabular absolute top-0.5 -translate-x-1/2 whitespace-nowrap"
            style={{ left: place(tick, scale) }}
          >
            {formatStatistic(tick, { signed: true })}
          </span>
        ))}
      </span>
      <span className="text-right text-12 text-muted">R</span>
      <span />
    </div>
  );
}

function CoinWords({ coin }: { coin: CoinDto | null }) {
  if (!coin) {
    return (
      <p className="mt-2 text-muted">
        The coin was not thrown: there are too few entries to draw others in their place.
      </p>
    );
  }
  return (
    <p className="mt-2 text-muted">
      Nine in ten draws lie between {formatStatistic(coin.low, { signed: true })} and{" "}
      {formatStatistic(coin.high, { signed: true })} R.{" "}
      <span className="tabular font-medium text-text">
        p = {formatStatistic(coin.p_value, { places: 4 })}
      </span>
      , seed <span className="tabular">{coin.seed}</span>.
    </p>
  );
}

function Hold({ hold }: { hold: BuyAndHoldDto | null }) {
  return (
    <div className="border-l p-4 max-[1100px]:border-t max-[1100px]:border-l-0">
      <h3 className="flex items-center gap-1 font-semibold">
        Buy and hold <Explain meaning={MEANINGS.hold} />
      </h3>
      {hold ? (
        <>
          <dl className="tabular mt-2 grid grid-cols-[minmax(0,1fr)_auto] gap-y-1.5">
            <dt className="text-muted">Holding would have made, USD</dt>
            <dd className="text-right text-15 font-semibold">
              <Change value={hold.profit_loss} />
            </dd>
            <dt className="text-muted">The strategy made, USD</dt>
            <dd className="text-right text-15 font-semibold">
              <Change value={hold.strategy_profit_loss} />
            </dd>
            <dt className="text-muted">Invested, USD</dt>
            <dd className="text-right">
              <Amount value={hold.invested} places={2} />
            </dd>
          </dl>
          <p className="tabular mt-2 text-12 text-muted">
            {plain(hold.from)} to {plain(hold.to)}; holding before commissions, the strategy after
            them.
          </p>
        </>
      ) : (
        <p className="mt-2 text-muted">No trade has closed, so there is no span to hold over.</p>
      )}
    </div>
  );
}
