import type { FillRecord, OrderDto } from "@/gen/types";
import { compare, formatDecimal, multiply, toPlotNumber, trimZeros } from "@/lib/decimal";
import { typeWords } from "@/lib/order-words";
import { plain } from "@/lib/text";
import { distance, exchangeDateTime, shortDateTime } from "@/lib/time";
import { humanise, orderState } from "@/lib/words";
import { Badge } from "@/ui/badge";
import { Bar } from "@/ui/bar";
import { cn } from "@/ui/cn";
import type { Column } from "@/ui/data-table";
import { Amount } from "@/ui/number";
import { StateWord } from "@/ui/state";
import { sideTone } from "@/ui/tone";

export type LineageLink = (executionId: string) => string;

/** Shares filled of all shares, as a bar and in numbers. */
export function Fills({ order, className }: { order: OrderDto; className?: string }) {
  const { filled_quantity: filled, quantity } = order;
  const words = `${formatDecimal(filled)} of ${formatDecimal(quantity)}`;
  return (
    <span className={cn("flex items-center justify-end gap-2", className)}>
      <span className="tabular whitespace-nowrap">
        {formatDecimal(filled)}
        <span className="text-muted"> / {formatDecimal(quantity)}</span>
      </span>
      <Bar
        className="w-14"
        label={`Shares filled of ${plain(order.symbol)}`}
        words={words}
        value={toPlotNumber(filled) ?? 0}
        maximum={toPlotNumber(quantity) ?? 0}
        tone={order.status === "filled" ? "up" : "info"}
      />
    </span>
  );
}

interface ColumnOptions {
  now: string | null;
  lineageLink: LineageLink;
}

export const orderColumns = ({ now, lineageLink }: ColumnOptions): Column<OrderDto>[] => [
  {
    id: "symbol",
    header: "Symbol",
    fixed: true,
    className: "whitespace-nowrap",
    text: ({ symbol }) => symbol,
    compare: (a, b) => a.symbol.localeCompare(b.symbol),
    cell: ({ symbol, is_external }) => (
      <span className="flex items-center gap-2">
        <span className="font-semibold">{plain(symbol)}</span>
        {is_external ? <Badge tone="info">External</Badge> : null}
      </span>
    ),
  },
  {
    id: "status",
    header: "Status",
    fixed: true,
    text: ({ status }) => status,
    compare: (a, b) => orderState(a.status).word.localeCompare(orderState(b.status).word),
    cell: ({ status }) => <StateWord state={orderState(status)} />,
  },
  {
    id: "side",
    header: "Side",
    text: ({ side }) => side,
    compare: (a, b) => a.side.localeCompare(b.side),
    cell: ({ side }) => <span className={cn("font-medium", sideTone(side))}>{plain(side)}</span>,
  },
  {
    id: "fills",
    header: "Filled",
    numeric: true,
    text: ({ filled_quantity, quantity }) => `${filled_quantity}/${quantity}`,
    compare: (a, b) =>
      compare(multiply(a.filled_quantity, b.quantity), multiply(b.filled_quantity, a.quantity)),
    cell: (order) => <Fills order={order} />,
  },
  {
    id: "leg",
    header: "Leg",
    text: ({ leg }) => leg,
    compare: (a, b) => a.leg.localeCompare(b.leg),
    cell: ({ leg }) => humanise(leg),
  },
  {
    id: "type",
    header: "Type",
    className: "whitespace-nowrap",
    text: ({ order_type }) => order_type,
    compare: (a, b) => a.order_type.localeCompare(b.order_type),
    cell: (order) => (
      <span>
        {humanise(order.order_type)} <span className="text-muted">{order.time_in_force}</span>
      </span>
    ),
  },
  {
    id: "price",
    header: "Price",
    numeric: true,
    text: ({ price }) => price,
    compare: (a, b) => compare(a.price, b.price),
    cell: ({ price, order_type }) => (
      <Amount
        value={price}
        why={order_type === "market" ? "A market order has no price" : "Not known"}
      />
    ),
  },
  {
    id: "average",
    header: "Average",
    numeric: true,
    className: "max-[1180px]:hidden",
    text: ({ average_price }) => average_price,
    compare: (a, b) => compare(a.average_price, b.average_price),
    cell: ({ average_price }) => (
      <Amount value={trimZeros(average_price)} why="Nothing is filled" />
    ),
  },
  {
    id: "strategy",
    header: "Strategy",
    className: "max-[1400px]:hidden",
    text: ({ strategy_id }) => strategy_id,
    compare: (a, b) => a.strategy_id.localeCompare(b.strategy_id),
    cell: ({ strategy_id }) => <span className="text-muted">{plain(strategy_id)}</span>,
  },
  {
    id: "updated",
    header: "Last change",
    numeric: true,
    text: ({ updated_at }) => exchangeDateTime(updated_at, true),
    compare: (a, b) => a.updated_at.localeCompare(b.updated_at),
    cell: ({ updated_at }) => (
      <span title={`${exchangeDateTime(updated_at, true)} ET`}>
        {shortDateTime(updated_at)}
        {now === null ? null : (
          <span className="text-muted max-[1180px]:hidden"> {distance(updated_at, now)} ago</span>
        )}
      </span>
    ),
  },
  {
    id: "why",
    header: "Why",
    text: ({ execution_id }) => execution_id,
    cell: (order) =>
      order.is_external || order.execution_id === "" ? (
        <span className="text-muted" title="It was placed elsewhere">
          –
        </span>
      ) : (
        <a
          href={lineageLink(order.execution_id)}
          onClick={(event) => event.stopPropagation()}
          aria-label={`Why: the lineage of ${plain(order.symbol)} ${typeWords(order)}`}
          className="text-accent underline-offset-2 hover:underline"
        >
          why
        </a>
      ),
  },
];

export const fillColumns: Column<FillRecord>[] = [
  {
    id: "at",
    header: "Time",
    fixed: true,
    className: "tabular whitespace-nowrap",
    text: ({ at }) => exchangeDateTime(at, true),
    compare: (a, b) => a.at.localeCompare(b.at),
    cell: ({ at }) => exchangeDateTime(at, true),
  },
  {
    id: "side",
    header: "Side",
    text: ({ side }) => side,
    cell: ({ side }) => <span className={cn("font-medium", sideTone(side))}>{side}</span>,
  },
  {
    id: "quantity",
    header: "Shares",
    numeric: true,
    text: ({ quantity }) => quantity,
    compare: (a, b) => compare(a.quantity, b.quantity),
    cell: ({ quantity }) => formatDecimal(quantity),
  },
  {
    id: "price",
    header: "Price",
    numeric: true,
    text: ({ price }) => price,
    compare: (a, b) => compare(a.price, b.price),
    cell: ({ price }) => <Amount value={price} />,
  },
  {
    id: "commission",
    header: "Commission, USD",
    numeric: true,
    text: ({ commission }) => commission,
    compare: (a, b) => compare(a.commission, b.commission),
    cell: ({ commission }) => <Amount value={commission} places={2} />,
  },
  {
    id: "order",
    header: "Order",
    text: ({ client_order_id }) => client_order_id,
    cell: ({ client_order_id }) => (
      <span className="font-mono text-12 text-muted">{plain(client_order_id)}</span>
    ),
  },
  {
    id: "fill",
    header: "Fill",
    text: ({ fill_id }) => fill_id,
    cell: ({ fill_id }) => <span className="font-mono text-12 text-muted">{plain(fill_id)}</span>,
  },
];
