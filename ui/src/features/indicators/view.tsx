import { useQueries } from "@tanstack/react-query";
import { useRef, useState } from "react";

import { useApi, useRead } from "@/api/context";
import { Catalogue } from "@/features/indicators/catalogue";
import { IndicatorForm } from "@/features/indicators/form";
import { Preview } from "@/features/indicators/preview";
import { Sets } from "@/features/indicators/sets";
import { filled, isSame, siftKinds } from "@/features/indicators/words";
import type {
  IndicatorChoiceDto,
  IndicatorKindDto,
  IndicatorPreviewDto,
  IndicatorSetDto,
  SymbolDto,
  Timeframe,
} from "@/gen/types";
import { plain } from "@/lib/text";
import { TIMEFRAMES } from "@/lib/words";
import { Badge } from "@/ui/badge";
import { useHotkeys } from "@/ui/hotkeys";
import { Empty, ErrorPanel, Guard, Skeleton } from "@/ui/panel";
import { Segments } from "@/ui/segments";
import { Source } from "@/ui/source";
import { SymbolSearch } from "@/ui/symbol-search";
import { useSettled } from "@/ui/use-settled";

/** How often the bars are asked for anew; the engine keeps them for a quarter of an hour. */
const REFRESHED = 60_000;

/** Most indicators of one preview. */
const MOST_PREVIEWED = 12;

const FRAMES: readonly { value: Timeframe; text: string }[] = [
  { value: "1d", text: TIMEFRAMES["1d"] },
  { value: "1w", text: TIMEFRAMES["1w"] },
];

export interface IndicatorsPageProps {
  /** The indicator that is shown. */
  kind: string | null;
  onKind: (kind: string) => void;
}

/** Every indicator with its parameters, on a chart, and named sets of them. */
export function IndicatorsPage({ kind, onKind }: IndicatorsPageProps) {
  const { data, error, refetch } = useRead("indicator_kinds_list", {});
  if (data)
    return (
      <Workbench
        kinds={data}
        kind={data.find((each) => each.kind === kind) ?? data[0] ?? null}
        onKind={onKind}
      />
    );
  return error ? (
    <ErrorPanel
      className="m-6"
      what="The indicators could not be read."
      error={error}
      onRetry={() => void refetch()}
    />
  ) : (
    <div aria-busy="true" aria-label="Loading the indicators" className="flex h-full gap-4 p-6">
      <Skeleton className="h-full w-72 rounded-card" />
      <Skeleton className="h-full flex-1 rounded-card" />
    </div>
  );
}

/** A chart is made anew for other bars and other indicators. */
const previewKey = ({ conid, timeframe, told, indicators }: IndicatorPreviewDto): string =>
  [conid, timeframe, told.as_of, ...indicators.map(({ id }) => id)].join(" ");

interface WorkbenchProps {
  kinds: readonly IndicatorKindDto[];
  kind: IndicatorKindDto | null;
  onKind: (kind: string) => void;
}

function Workbench({ kinds, kind, onKind }: WorkbenchProps) {
  const search = useRef<HTMLInputElement>(null);
  const [text, setText] = useState("");
  const [typed, setTyped] = useState<Record<string, Record<string, string>>>({});
  const [members, setMembers] = useState<readonly IndicatorChoiceDto[]>([]);
  const [setId, setSetId] = useState<string | null>(null);
  const [isSaving, setIsSaving] = useState(false);
  const sets = useRead("indicator_sets_list", {}).data ?? [];
  const set = sets.find(({ id }) => id === setId) ?? null;
  const shown = siftKinds(kinds, text);
  const choice = kind
    ? { kind: kind.kind, parameters: filled(kind, typed[kind.kind]) }
    : { kind: "", parameters: {} };
  const settled = useSettled(JSON.stringify(choice));
  const asked = JSON.parse(settled) as IndicatorChoiceDto;
  const checked = useRead("indicator_check", asked, { enabled: kind !== null, keep: true });
  const check = checked.data;
  // The answer before stands until the new one is there, and is not about what is typed now.
  const isGood = !checked.isPlaceholderData && check?.problems.length === 0;
  const isSettled = settled === JSON.stringify(choice);
  const known = members.map((member) => {
    const of = kinds.find((each) => each.kind === member.kind);
    return of ? { kind: member.kind, parameters: filled(of, member.parameters) } : member;
  });
  const isInSet = known.some((member) => isSame(member, choice));
  const previewed = [
    ...known.filter((member) => !isSame(member, asked)),
    ...(isGood ? [asked] : []),
  ].slice(-MOST_PREVIEWED);
  const api = useApi();
  const labels = useQueries({
    queries: known.map((member) => api.query("indicator_check", member)),
  }).map(({ data }, index) => data?.label ?? known[index]?.kind ?? "");
  const [contract, setContract] = useState<SymbolDto | null>(null);
  const saved = useRead("symbols_saved", {}).data;
  const symbol = contract ?? saved?.[0] ?? null;
  const [timeframe, setTimeframe] = useState<Timeframe>("1d");
  const preview = useRead(
    "indicator_preview",
    { conid: symbol?.conid ?? 0, timeframe, indicators: previewed },
    { enabled: symbol !== null && previewed.length > 0, every: REFRESHED, keep: true },
  );
  const reading = preview.data?.indicators.find(({ id }) => id === check?.id)?.reading ?? null;
  const add = () => {
    if (isGood && isSettled && !isInSet) setMembers([...members, choice]);
  };
  const move = (by: number) => {
    const at = shown.findIndex((each) => each.kind === kind?.kind);
    const next = shown[Math.min(shown.length - 1, Math.max(0, at + by))];
    if (next) onKind(next.kind);
  };
  const open = (next: IndicatorSetDto | null) => {
    setSetId(next?.id ?? null);
    setMembers(next?.indicators ?? []);
  };
  const offered = [
    ...(contract && !saved?.some(({ conid }) => conid === contract.conid) ? [contract] : []),
    ...(saved ?? []),
  ];
  const symbolField = useRef<HTMLInputElement>(null);
  const status = useRead("status_get", {}).data;
  const group = "Indicators";
  useHotkeys([
    { keys: "/", label: "Filter", group, run: () => search.current?.focus() },
    { keys: "j", label: "Next indicator", group, run: () => move(1) },
    { keys: "k", label: "Indicator before", group, run: () => move(-1) },
    { keys: "s", label: "Another symbol", group, run: () => symbolField.current?.focus() },
    { keys: "a", label: "Add it to the set", group, run: add },
    {
      keys: "w",
      label: "Save the set",
      group,
      run: () => setIsSaving(members.length > 0),
    },
  ]);
  return (
    <div className="flex h-full">
      <nav
        aria-label="Catalogue"
        className="flex w-56 shrink-0 flex-col border-r min-[1440px]:w-72"
      >
        <h1 className="px-4 pt-3 text-18 font-semibold">Indicators</h1>
        <Catalogue
          kinds={shown}
          selected={kind?.kind ?? null}
          text={text}
          search={search}
          onText={setText}
          onSelect={onKind}
        />
      </nav>
      <div className="flex min-w-0 flex-1 flex-col">
        <header className="flex flex-wrap items-center gap-x-3 gap-y-2 border-b px-4 py-2">
          <select
            aria-label="Symbol of the preview"
            value={symbol?.conid ?? ""}
            disabled={symbol === null}
            onChange={({ target }) =>
              setContract(offered.find(({ conid }) => String(conid) === target.value) ?? null)
            }
            className="h-8 rounded-base border border-line-strong bg-ground px-1.5 font-medium"
          >
            {offered.map((each) => (
              <option key={each.conid} value={each.conid}>
                {plain(each.symbol)}
              </option>
            ))}
          </select>
          <SymbolSearch ref={symbolField} label="Look for a symbol" onPick={setContract} />
          <Segments label="Timeframe" value={timeframe} options={FRAMES} onChange={setTimeframe} />
          {preview.data ? (
            <span className="ml-auto flex items-center gap-2">
              <span className="tabular text-12 text-muted">{preview.data.bars.length} bars</span>
              <Source
                of={preview.data.told.source}
                at={preview.data.told.as_of}
                now={status?.now}
                staleAfter={3600}
              />
              {preview.data.told.stale ? (
                <Badge tone="warn" title={preview.data.told.message ?? ""}>
                  stale
                </Badge>
              ) : null}
            </span>
          ) : null}
        </header>
        {symbol === null ? (
          <Empty title="No symbol to draw on yet" className="mt-[8vh]">
            Look for one above, such as AAPL. What is saved on the page Symbols is offered here.
          </Empty>
        ) : preview.data && previewed.length > 0 ? (
          <Guard what="The chart could not be drawn.">
            <Preview key={previewKey(preview.data)} data={preview.data} />
          </Guard>
        ) : preview.error ? (
          <ErrorPanel
            className="m-4"
            what={`The bars of ${plain(symbol.symbol)} could not be read.`}
            error={preview.error}
            onRetry={() => void preview.refetch()}
          />
        ) : previewed.length === 0 ? (
          <Empty title="Nothing to draw" className="mt-[8vh]">
            The parameters beside this are not accepted yet.
          </Empty>
        ) : (
          <div aria-busy="true" aria-label="Loading the chart" className="flex-1 p-4">
            <Skeleton className="h-full rounded-card" />
          </div>
        )}
      </div>
      <aside
        aria-label="Parameters"
        className="w-[300px] shrink-0 overflow-y-auto border-l min-[1440px]:w-[360px]"
      >
        {kind ? (
          <IndicatorForm
            kind={kind}
            values={choice.parameters}
            check={check ?? null}
            reading={reading}
            isReady={isGood && isSettled}
            isInSet={isInSet}
            onValue={(name, value) =>
              setTyped({ ...typed, [kind.kind]: { ...choice.parameters, [name]: value } })
            }
            onReset={() => setTyped({ ...typed, [kind.kind]: filled(kind) })}
            onAdd={add}
          />
        ) : null}
        <Guard what="The sets could not be shown.">
          <Sets
            sets={sets}
            set={set}
            members={members}
            labels={labels}
            isChanged={JSON.stringify(set?.indicators ?? []) !== JSON.stringify(members)}
            saving={isSaving}
            onSaving={setIsSaving}
            onOpen={open}
            onRemoveMember={(index) => setMembers(members.toSpliced(index, 1))}
          />
        </Guard>
      </aside>
    </div>
  );
}
