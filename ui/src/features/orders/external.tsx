import { fillColumns } from "@/features/orders/columns";
import type { EngineError } from "@/api/api";
import type { FillRecord, OrderDto } from "@/gen/types";
import { type Column, DataTable } from "@/ui/data-table";
import { Empty, ErrorPanel, Skeleton } from "@/ui/panel";

interface ExternalProps {
  rows: readonly OrderDto[];
  /** How many there are before the search. */
  all: number;
  fills: readonly FillRecord[];
  error: EngineError | null;
  loading: boolean;
  onRetry: () => void;
  columns: readonly Column<OrderDto>[];
  selected: string | null;
  onSelect: (clientOrderId: string) => void;
}

/** What happened at the broker without us: placed by hand, by another program, or by the broker. */
export function ExternalActivity(props: ExternalProps) {
  const { rows, all, fills, error, loading, onRetry, columns, selected, onSelect } = props;
  if (error)
    return (
      <ErrorPanel what="External activity could not be read." error={error} onRetry={onRetry} />
    );
  if (loading)
    return (
      <div aria-busy="true" aria-label="Loading external activity">
        <Skeleton className="h-72 rounded-card" />
      </div>
    );
  return (
    <>
      <p className="max-w-[80ch] text-muted">
        Placed at the broker by other hands: Trader Workstation, the phone, another program, or the
        broker itself. They are adopted as external, count in the position, and never enter the
        statistics of a strategy.
      </p>
      <DataTable
        name="external-orders"
        caption="External orders"
        title={<h2 className="font-semibold">Orders placed elsewhere</h2>}
        columns={columns}
        rows={rows}
        rowKey={(order) => order.client_order_id}
        selected={selected}
        onSelect={onSelect}
        empty={
          all > 0 ? (
            <Empty title="No external order fits" />
          ) : (
            <Empty title="Nothing was placed elsewhere">
              Every order of this account is one of ours, as far as the last comparison could see.
            </Empty>
          )
        }
      />
      <DataTable
        name="external-fills"
        caption="External fills"
        title={<h2 className="font-semibold">Their fills</h2>}
        columns={fillColumns}
        rows={fills}
        rowKey={(fill) => fill.fill_id}
        empty={<Empty title="None of them has filled" />}
      />
    </>
  );
}
