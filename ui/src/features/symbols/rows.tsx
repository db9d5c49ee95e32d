import type {
  Availability,
  LastPriceDto,
  SymbolDto,
  WatchlistQuoteDto,
  WatchlistQuotesDto,
} from "@/gen/types";
import { compare, formatPrice } from "@/lib/decimal";
import { plain } from "@/lib/text";
import { formatSeconds } from "@/lib/time";
import type { Tone } from "@/lib/words";
import { Badge } from "@/ui/badge";
import type { Column } from "@/ui/data-table";
import { Change, Missing } from "@/ui/number";
import { Sparkline } from "@/ui/sparkline";

/** A contract of a list with what the broker last said of it. */
export interface Row {
  symbol: SymbolDto;
  quote: WatchlistQuoteDto | null;
}

export const rowKey = ({ symbol }: Row): string => String(symbol.conid);

/** The contracts of a list with their prices, in the order of the list. */
export const rowsOf = (
  symbols: readonly SymbolDto[],
  quotes: WatchlistQuotesDto | undefined,
): Row[] =>
  symbols.map((symbol) => ({
    symbol,
    quote: quotes?.rows.find(({ conid }) => conid === symbol.conid) ?? null,
  }));

const AVAILABILITY: Record<Availability, { word: string; tone: Tone }> = {
  real_time: { word: "live", tone: "neutral" },
  delayed: { word: "delayed", tone: "warn" },
  frozen: { word: "frozen", tone: "info" },
  frozen_delayed: { word: "frozen, delayed", tone: "warn" },
  missing: { word: "no data", tone: "error" },
};

/** How current a price is, in one word. */
export function availability(
  price: LastPriceDto,
  isSimulated: boolean,
): { word: string; tone: Tone } {
  if (price.is_halted) return { word: "halted", tone: "error" };
  if (isSimulated) return { word: "simulated", tone: "info" };
  return AVAILABILITY[price.availability];
}

const by =
  (value: (row: Row) => string | null | undefined) =>
  (a: Row, b: Row): number =>
    compare(value(a), value(b));

/** The columns of a watch-list. */
export const watchColumns = (isSimulated: boolean, isLoading: boolean): Column<Row>[] => {
  const why = isLoading ? "The broker is loading it" : "The broker gave none";
  return [
    {
      id: "symbol",
      header: "Symbol",
      fixed: true,
      cell: ({ symbol }) => <span className="font-medium">{plain(symbol.symbol)}</span>,
      text: ({ symbol }) => symbol.symbol,
      compare: (a, b) => a.symbol.symbol.localeCompare(b.symbol.symbol),
    },
    {
      id: "name",
      header: "Name",
      cell: ({ symbol }) => <span className="text-muted">{plain(symbol.name)}</span>,
      text: ({ symbol }) => symbol.name,
      compare: (a, b) => a.symbol.name.localeCompare(b.symbol.name),
    },
    {
      id: "last",
      header: "Last",
      numeric: true,
      cell: ({ quote }) =>
        quote?.price ? (
          <span title={quote.price.is_previous_close ? "The previous close" : undefined}>
            {formatPrice(quote.price.last)}
          </span>
        ) : (
          <Missing why={why} />
        ),
      text: ({ quote }) => quote?.price?.last ?? null,
      compare: by(({ quote }) => quote?.price?.last),
    },
    {
      id: "change",
      header: "Change",
      numeric: true,
      cell: ({ quote }) => (
        <Change
          value={quote?.price?.change}
          why="Nothing has traded today, or the broker did not say"
        />
      ),
      text: ({ quote }) => quote?.price?.change ?? null,
      compare: by(({ quote }) => quote?.price?.change),
    },
    {
      id: "percent",
      header: "%",
      numeric: true,
      cell: ({ quote }) => (
        <Change
          value={quote?.price?.change_percent}
          percent
          arrow
          why="Nothing has traded today, or the broker did not say"
        />
      ),
      text: ({ quote }) => quote?.price?.change_percent ?? null,
      compare: by(({ quote }) => quote?.price?.change_percent),
    },
    {
      id: "closes",
      header: "3 months",
      cell: ({ symbol, quote }) =>
        quote && quote.closes.length > 1 ? (
          <Sparkline
            values={quote.closes}
            label={`Closes of ${plain(symbol.symbol)}, ${quote.closes.length} days`}
            className="h-6 w-28"
          />
        ) : (
          <Missing why={why} />
        ),
      text: () => null,
    },
    {
      id: "age",
      header: "Age",
      numeric: true,
      cell: ({ quote }) =>
        quote?.price ? (
          <span className="tabular text-muted">{formatSeconds(quote.price.age_seconds)}</span>
        ) : (
          <Missing why={why} />
        ),
      text: ({ quote }) => quote?.price?.age_seconds.toString() ?? null,
    },
    {
      id: "availability",
      header: "Data",
      cell: ({ quote }) => {
        if (!quote?.price) return <Missing why={why} />;
        const { word, tone } = availability(quote.price, isSimulated);
        return (
          <span className="flex gap-1">
            <Badge tone={tone}>{word}</Badge>
            {quote.price.is_previous_close ? <Badge>previous close</Badge> : null}
          </span>
        );
      },
      text: ({ quote }) => (quote?.price ? availability(quote.price, isSimulated).word : null),
    },
  ];
};
