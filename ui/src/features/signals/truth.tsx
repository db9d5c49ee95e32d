import { useRead } from "@/api/context";
import { Baselines } from "@/features/signals/baselines";
import { MEANINGS } from "@/features/signals/meanings";
import { closed, Tile, Totals } from "@/features/signals/numbers";
import { Reliability } from "@/features/signals/reliability";
import type { SignalsSearch } from "@/features/signals/search";
import type { LongBiasDto, TruthCardDto, TruthVerdict } from "@/gen/types";
import { formatShare } from "@/lib/share";
import { plain } from "@/lib/text";
import type { Shape, Tone } from "@/lib/words";
import { Choice } from "@/ui/choice";
import { cn } from "@/ui/cn";
import { Explain } from "@/ui/explain";
import { Interval } from "@/ui/interval";
import { Amount, Missing } from "@/ui/number";
import { Empty, ErrorPanel, Guard, Panel, Skeleton } from "@/ui/panel";
import { Light } from "@/ui/state";
import { TEXT_TONE } from "@/ui/tone";

interface TruthProps {
  search: SignalsSearch;
  onSearch: (search: SignalsSearch) => void;
}

/** Whether a strategy is better than chance. */
export function Truth({ search, onSearch }: TruthProps) {
  const strategies = useRead("strategies_list", {});
  const chosen =
    strategies.data?.find(({ id }) => id === search.strategy) ?? strategies.data?.[0] ?? null;
  if (strategies.error && !strategies.data) {
    return (
      <ErrorPanel
        what="The strategies could not be read."
        error={strategies.error}
        onRetry={() => void strategies.refetch()}
      />
    );
  }
  if (strategies.data && !chosen) {
    return (
      <Empty title="There is no strategy yet">
        A truth card says of a strategy whether its trades are better than chance.
      </Empty>
    );
  }
  return (
    <>
      <Choice
        label="Strategy"
        value={chosen?.id ?? ""}
        options={(strategies.data ?? []).map(({ id, name }) => ({ value: id, text: plain(name) }))}
        onChange={(strategy) => onSearch({ tab: "truth", strategy })}
      />
      {chosen ? <CardOf key={chosen.id} strategyId={chosen.id} /> : <CardSkeleton />}
    </>
  );
}

const CardSkeleton = () => (
  <div aria-busy="true" aria-label="Loading the truth card" className="space-y-4">
    <Skeleton className="h-20 rounded-card" />
    <Skeleton className="h-[82px] rounded-card" />
    <Skeleton className="h-80 rounded-card" />
  </div>
);

function CardOf({ strategyId }: { strategyId: string }) {
  const { data, error, refetch } = useRead("truth_card_get", { strategy_id: strategyId });
  if (data) return <Card card={data} />;
  return error ? (
    <ErrorPanel
      what="The truth card could not be read."
      error={error}
      onRetry={() => void refetch()}
    />
  ) : (
    <CardSkeleton />
  );
}

const VERDICTS: Record<TruthVerdict, { word: string; tone: Tone; shape: Shape; edge: string }> = {
  edge: { word: "Edge", tone: "up", shape: "check", edge: "border-up" },
  no_edge: { word: "No edge", tone: "down", shape: "cross", edge: "border-down" },
  not_enough: { word: "Not enough", tone: "info", shape: "half", edge: "border-info" },
};

function Card({ card }: { card: TruthCardDto }) {
  const { word, tone, shape, edge } = VERDICTS[card.verdict];
  const { numbers, minimum_outcomes: minimum } = card;
  return (
    <div className="space-y-4" data-testid="truth-card">
      <section
        aria-label="Verdict"
        className={cn("flex items-start gap-5 rounded-card border bg-surface px-5 py-4", edge)}
      >
        <p
          className={cn(
            "flex items-center gap-2.5 text-24 font-semibold whitespace-nowrap",
            TEXT_TONE[tone],
          )}
        >
          <Light tone={tone} shape={shape} className="size-5" />
          {word}
        </p>
        <div className="min-w-0 flex-1 border-l pl-5">
          <p className="text-15">{plain(card.sentence)}</p>
          <p className="mt-1 text-12 text-muted">
            {plain(card.strategy_name)}: {closed(numbers)} closed trades, a verdict needs {minimum}.{" "}
            <Explain meaning={MEANINGS.verdict} />
          </p>
        </div>
      </section>
      <Totals numbers={numbers} />
      <Guard what="The baselines could not be drawn.">
        <Baselines baselines={card.baselines} />
      </Guard>
      <div className="grid grid-cols-[minmax(0,3fr)_minmax(0,2fr)] items-start gap-4 max-[1100px]:grid-cols-1">
        <Guard what="The calibration could not be drawn.">
          <Reliability calibration={card.calibration} />
        </Guard>
        <div className="space-y-4">
          <LongBias bias={card.long_bias} />
          <Cost card={card} />
        </div>
      </div>
    </div>
  );
}

function LongBias({ bias }: { bias: LongBiasDto }) {
  const rows = [
    {
      label: "BUY among BUY and SELL",
      share: bias.buy_share,
      of: `${bias.buys} of ${bias.buys + bias.sells}`,
      why: "It has said neither BUY nor SELL",
    },
    {
      label: "Days that closed higher",
      share: bias.up_share,
      of: `${bias.up_days} of ${bias.days}`,
      why: "No day of its symbols is recorded",
    },
  ];
  return (
    <Panel
      title={
        <span className="flex items-center gap-1">
          Long bias <Explain meaning={MEANINGS.longBias} />
        </span>
      }
    >
      <dl className="space-y-3 p-4">
        {rows.map(({ label, share, of, why }) => (
          <div key={label}>
            <dt className="flex justify-between gap-3">
              <span>{label}</span>
              <span className="tabular text-muted">{of}</span>
            </dt>
            <dd className="mt-1 flex items-center gap-3">
              {share ? (
                <>
                  <Interval
                    {...share}
                    from={0}
                    to={1}
                    mark={0.5}
                    className="min-w-0 flex-1"
                    words={`95 % interval ${formatShare(share.low)} to ${formatShare(share.high)}`}
                  />
                  <span className="tabular w-16 text-right font-semibold">
                    {formatShare(share.value)}
                  </span>
                </>
              ) : (
                <Missing why={why} />
              )}
            </dd>
          </div>
        ))}
      </dl>
      <p className="px-4 pb-3 text-12 text-muted">The hair line is at one half.</p>
    </Panel>
  );
}

function Cost({ card }: { card: TruthCardDto }) {
  const { cost, numbers } = card;
  return (
    <Panel title="What its analyses cost, USD">
      <dl className="grid grid-cols-3 divide-x">
        <Tile meaning={MEANINGS.cost} below={`of ${numbers.signals} signals`}>
          <Amount value={cost.total} places={2} />
        </Tile>
        <Tile meaning={MEANINGS.costPerSignal}>
          <Amount value={cost.per_signal} places={4} why="It has made no signal" />
        </Tile>
        <Tile meaning={MEANINGS.costPerExecuted}>
          <Amount value={cost.per_executed} places={4} why="None was traded on" />
        </Tile>
      </dl>
    </Panel>
  );
}
