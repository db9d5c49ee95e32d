import { useRead } from "@/api/context";
import type { DashboardLinks } from "@/features/dashboard/links";
import type { OrderDto } from "@/gen/types";
import { formatDecimal } from "@/lib/decimal";
import { orderWords, typeWords } from "@/lib/order-words";
import { shortDateTime } from "@/lib/time";
import { humanise, isWorking, orderState } from "@/lib/words";
import { Panel, Skeleton } from "@/ui/panel";
import { Reading } from "@/ui/reading";
import { NUMERIC, Table, Td, Th } from "@/ui/simple-table";
import { StateWord } from "@/ui/state";

/** Orders on the dashboard; the rest is on Orders. */
const SHOWN = 8;

/** What may still happen at the broker, with what is unknown first. */
const open = (orders: readonly OrderDto[]): OrderDto[] =>
  orders
    .filter(({ status }) => isWorking(status) || status === "unknown" || status === "intended")
    .toSorted((a, b) => Number(b.status === "unknown") - Number(a.status === "unknown"));

export function WorkingOrders({ links }: { links: DashboardLinks }) {
  const orders = useRead("orders_list", {});
  const working = open(orders.data ?? []);
  return (
    <Panel
      title={
        <>
          Working orders{" "}
          <span className="tabular font-normal text-muted">
            {orders.data ? working.length : ""}
          </span>
        </>
      }
      actions={
        <a href="#/orders" className="text-accent underline-offset-2 hover:underline">
          Orders
        </a>
      }
    >
      <Reading of={orders} what="the orders" skeleton={<Skeleton className="m-4 h-20" />}>
        {() =>
          working.length === 0 ? (
            <p className="px-4 py-3 text-muted">Nothing works at the broker.</p>
          ) : (
            <div className="overflow-x-auto">
              <Table className="[&_tr:last-child>td]:border-b-0">
                <caption className="sr-only">Working orders</caption>
                <thead>
                  <tr>
                    <Th className="pl-4">Order</Th>
                    <Th>Leg</Th>
                    <Th>At</Th>
                    <Th className={NUMERIC}>Filled</Th>
                    <Th>Status</Th>
                    <Th className="pr-4 text-right last:pr-4">Changed, ET</Th>
                  </tr>
                </thead>
                <tbody>
                  {working.slice(0, SHOWN).map((order) => (
                    <tr key={order.client_order_id}>
                      <Td className="pl-4 whitespace-nowrap">
                        <a
                          href={links.order(order.client_order_id)}
                          className="font-medium underline-offset-2 hover:underline"
                        >
                          {orderWords(order)}
                        </a>
                      </Td>
                      <Td className="text-muted">{humanise(order.leg)}</Td>
                      <Td className="tabular whitespace-nowrap">{typeWords(order)}</Td>
                      <Td className={NUMERIC}>
                        {formatDecimal(order.filled_quantity)}
                        <span className="text-muted"> of {formatDecimal(order.quantity)}</span>
                      </Td>
                      <Td>
                        <StateWord state={orderState(order.status)} />
                      </Td>
                      <Td className="tabular pr-4 text-right whitespace-nowrap text-muted last:pr-4">
                        {shortDateTime(order.updated_at)}
                      </Td>
                    </tr>
                  ))}
                </tbody>
              </Table>
              {working.length > SHOWN ? (
                <p className="border-t px-4 py-2 text-12 text-muted">
                  {working.length - SHOWN} more are on Orders.
                </p>
              ) : null}
            </div>
          )
        }
      </Reading>
    </Panel>
  );
}
