import type { RendererProps } from "@/features/lineage/steps/types";
import { formatDecimal, formatMoney, formatPrice, multiply } from "@/lib/decimal";
import { exchangeDateTime, formatSeconds, shortDateTime } from "@/lib/time";
import { humanise, ORDER_STATES } from "@/lib/words";
import { Badge } from "@/ui/badge";
import { cn } from "@/ui/cn";
import { NUMERIC, Table, Td, Th } from "@/ui/simple-table";
import { sideTone } from "@/ui/tone";

/** Step 9: each change and each fill, as the broker told of it. */
export function Tracking({ output, full }: RendererProps<"track_order">) {
  const { events, fills } = output;
  return (
    <div>
      <div className="mb-3 flex items-center gap-3">
        <Badge solid tone={ORDER_STATES[output.final_status].tone}>
          {humanise(output.final_status)}
        </Badge>
        <span className="tabular text-muted">after {formatSeconds(output.waited_seconds)}</span>
      </div>
      {fills.length > 0 ? (
        <Table>
          <thead>
            <tr>
              <Th>Filled</Th>
              <Th>Leg</Th>
              <Th>Side</Th>
              <Th className={NUMERIC}>Shares</Th>
              <Th className={NUMERIC}>Price</Th>
              <Th className={NUMERIC}>Amount, USD</Th>
              <Th className={NUMERIC}>Commission</Th>
              {full ? <Th>Fill id</Th> : null}
            </tr>
          </thead>
          <tbody>
            {fills.map((fill) => (
              <tr key={fill.fill_id}>
                <Td className="tabular whitespace-nowrap">
                  {full ? exchangeDateTime(fill.at, true) : shortDateTime(fill.at)}
                </Td>
                <Td>{humanise(fill.leg)}</Td>
                <Td className={cn("font-medium", sideTone(fill.side))}>{fill.side}</Td>
                <Td className={NUMERIC}>{formatDecimal(fill.quantity)}</Td>
                <Td className={NUMERIC}>{formatPrice(fill.price)}</Td>
                <Td className={NUMERIC}>{formatMoney(multiply(fill.quantity, fill.price))}</Td>
                <Td className={NUMERIC}>{formatMoney(fill.commission)}</Td>
                {full ? <Td className="font-mono text-12">{fill.fill_id}</Td> : null}
              </tr>
            ))}
          </tbody>
        </Table>
      ) : (
        <p className="text-muted">No fill.</p>
      )}
      {full ? (
        <>
          <h3 className="mt-5 mb-1 font-semibold">Events</h3>
          <Table>
            <thead>
              <tr>
                <Th>Seen</Th>
                <Th>Leg</Th>
                <Th>Status</Th>
                <Th className={NUMERIC}>Filled</Th>
                <Th className={NUMERIC}>To go</Th>
                <Th>Order</Th>
              </tr>
            </thead>
            <tbody>
              {events.map((event, index) => (
                <tr key={index}>
                  <Td className="tabular whitespace-nowrap">{exchangeDateTime(event.at, true)}</Td>
                  <Td>{humanise(event.leg)}</Td>
                  <Td>{humanise(event.status)}</Td>
                  <Td className={NUMERIC}>{formatDecimal(event.filled_quantity)}</Td>
                  <Td className={NUMERIC}>{formatDecimal(event.remaining_quantity)}</Td>
                  <Td className="font-mono text-12 break-all">{event.client_order_id}</Td>
                </tr>
              ))}
            </tbody>
          </Table>
        </>
      ) : (
        <p className="tabular mt-2 text-12 text-muted">
          {events
            .map((event) => `${event.leg} ${humanise(event.status).toLowerCase()}`)
            .join(" → ")}
        </p>
      )}
    </div>
  );
}
