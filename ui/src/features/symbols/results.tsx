import type { EngineError } from "@/api/api";
import type { SymbolDto, SymbolsSearchDto } from "@/gen/types";
import { plain } from "@/lib/text";
import { Badge } from "@/ui/badge";
import { cn } from "@/ui/cn";
import { Empty, ErrorPanel, Panel, Skeleton } from "@/ui/panel";
import { Table, Td, Th } from "@/ui/simple-table";
import { Source } from "@/ui/source";

interface ResultsProps {
  query: string;
  data: SymbolsSearchDto | undefined;
  error: EngineError | null;
  /** Engine time. */
  now: string | undefined;
  selected: number | null;
  onRetry: () => void;
  onSelect: (symbol: SymbolDto) => void;
}

/** What the broker lists under a symbol. Several listings are all shown; none is chosen. */
export function Results({ query, data, error, now, selected, onRetry, onSelect }: ResultsProps) {
  if (error)
    return <ErrorPanel what={`Nothing is known of ${query}.`} error={error} onRetry={onRetry} />;
  if (!data)
    return (
      <div aria-busy="true" aria-label="Asking the broker">
        <Skeleton className="h-32 rounded-card" />
      </div>
    );
  return (
    <Panel
      title={
        <>
          {query}{" "}
          <span className="tabular font-normal text-muted">
            {data.rows.length} {data.rows.length === 1 ? "listing" : "listings"}
          </span>
        </>
      }
      actions={
        <span className="flex items-center gap-2 text-12 text-muted">
          <Source of={data.source} at={data.as_of} now={now} />
          {data.stale ? <Badge tone="warn">stale</Badge> : null}
        </span>
      }
    >
      {data.message === null ? null : (
        <p role="status" className={cn("px-4 pt-3", data.stale && "text-warn")}>
          {plain(data.message)}
        </p>
      )}
      {data.rows.length > 1 ? (
        <p className="px-4 pt-3 text-muted">
          The symbol means more than one contract. Choose by exchange and name.
        </p>
      ) : null}
      {data.rows.length === 0 ? (
        <Empty title="No listing" className="py-6">
          Check the spelling. Only stocks listed in the US are looked for.
        </Empty>
      ) : (
        <div className="px-4 py-2">
          <Table aria-label={`Listings of ${query}`}>
            <thead>
              <tr>
                {["Symbol", "Name", "Exchange", "Currency", "Type", "Contract id", ""].map(
                  (word) => (
                    <Th key={word}>{word}</Th>
                  ),
                )}
              </tr>
            </thead>
            <tbody>
              {data.rows.map((row) => (
                <tr
                  key={row.conid}
                  aria-selected={row.conid === selected}
                  onClick={() => onSelect(row)}
                  className={cn(
                    "cursor-default hover:bg-raised",
                    row.conid === selected && "bg-raised",
                  )}
                >
                  <Td className="font-medium">{plain(row.symbol)}</Td>
                  <Td>{plain(row.name)}</Td>
                  <Td>{plain(row.exchange)}</Td>
                  <Td>{row.currency ?? "not told"}</Td>
                  <Td>{row.asset_type === "STK" ? "Stock" : plain(row.asset_type)}</Td>
                  <Td className="tabular">{row.conid}</Td>
                  <Td>{row.saved ? <Badge tone="accent">saved</Badge> : null}</Td>
                </tr>
              ))}
            </tbody>
          </Table>
        </div>
      )}
    </Panel>
  );
}
