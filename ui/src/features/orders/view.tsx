import { useRef, useState } from "react";

import { useRead } from "@/api/context";
import { CancelOrder, ModifyOrder } from "@/features/orders/change";
import { orderColumns, type LineageLink } from "@/features/orders/columns";
import { ExternalActivity } from "@/features/orders/external";
import { OrderStory } from "@/features/orders/story";
import { UnknownOrders } from "@/features/orders/unknown";
import {
  canChange,
  type Filter,
  FILTERS,
  isUnder,
  matches,
  totals,
  type Totals as Counts,
} from "@/features/orders/words";
import type { OrderDto } from "@/gen/types";
import { orderWords } from "@/lib/order-words";
import { Button } from "@/ui/button";
import { cn } from "@/ui/cn";
import { DataTable } from "@/ui/data-table";
import { useHotkeys } from "@/ui/hotkeys";
import { Empty, ErrorPanel, Guard, Skeleton } from "@/ui/panel";
import { SearchField } from "@/ui/search-field";
import { Segments } from "@/ui/segments";

export type OrdersTab = "ours" | "external";

export interface OrdersPageProps {
  tab: OrdersTab;
  /** The order whose story is open. */
  orderId: string | null;
  onTab: (tab: OrdersTab) => void;
  onOrder: (clientOrderId: string | null) => void;
  lineageLink: LineageLink;
}

/** A long history is drawn in parts. */
const PART = 200;

/** Every order, what the broker says of it, and what can be done about it. */
export function OrdersPage({ tab, orderId, onTab, onOrder, lineageLink }: OrdersPageProps) {
  const [filter, setFilter] = useState<Filter>("all");
  const [typed, setTyped] = useState("");
  const [part, setPart] = useState(PART);
  const [changing, setChanging] = useState<{ what: "cancel" | "modify"; order: OrderDto } | null>(
    null,
  );
  const search = useRef<HTMLInputElement>(null);
  const { data, error, refetch } = useRead("orders_list", {});
  const outside = useRead("external_activity_list", {});
  const now = useRead("status_get", {}).data?.now ?? null;

  const external = outside.data?.orders ?? [];
  const ours = data?.filter((order) => !order.is_external) ?? [];
  const listed = tab === "ours" ? ours : external;
  const found = listed.filter(
    (order) => (tab === "external" || isUnder(filter, order)) && matches(order, typed),
  );
  const rows = found.slice(0, part);
  const chosen = [...ours, ...external].find((each) => each.client_order_id === orderId) ?? null;

  const move = (by: number) => {
    const at = rows.findIndex((order) => order.client_order_id === orderId);
    const next = rows[at === -1 ? 0 : Math.min(rows.length - 1, Math.max(0, at + by))];
    if (next) onOrder(next.client_order_id);
  };
  const change = (what: "cancel" | "modify") => () => {
    if (chosen && canChange(chosen)) setChanging({ what, order: chosen });
  };
  useHotkeys([
    { keys: "j", label: "Next order", group: "Orders", run: () => move(1) },
    { keys: "k", label: "Order before", group: "Orders", run: () => move(-1) },
    { keys: "/", label: "Search", group: "Orders", run: () => search.current?.focus() },
    { keys: "m", label: "Change the order", group: "Orders", run: change("modify") },
    { keys: "x", label: "Cancel the order", group: "Orders", run: change("cancel") },
    {
      keys: "t",
      label: "Ours or external",
      group: "Orders",
      run: () => onTab(tab === "ours" ? "external" : "ours"),
    },
    ...(orderId === null
      ? []
      : [{ keys: "Escape", label: "Close the order", group: "Orders", run: () => onOrder(null) }]),
  ]);

  return (
    <div className="relative flex h-full">
      <div className="min-w-0 flex-1 overflow-y-auto">
        <div className="mx-auto max-w-[1600px] space-y-4 px-6 pt-4 pb-12">
          <header className="flex flex-wrap items-center gap-3">
            <h1 className="text-18 font-semibold">Orders</h1>
            <Segments
              label="Whose orders"
              value={tab}
              onChange={onTab}
              options={[
                { value: "ours", text: "Ours" },
                {
                  value: "external",
                  text: `External activity${external.length > 0 ? ` ${external.length}` : ""}`,
                },
              ]}
            />
            <SearchField
              ref={search}
              value={typed}
              onChange={setTyped}
              label="Search orders"
              placeholder="Symbol, id, word…   /"
              className="w-64"
            />
          </header>
          {data ? (
            <>
              {error ? (
                <ErrorPanel
                  what="The orders could not be read again; what follows is from before."
                  error={error}
                  onRetry={() => void refetch()}
                />
              ) : null}
              <Totals counts={totals(ours, external.length, now)} />
              <Guard what="The orders of unknown fate could not be shown.">
                <UnknownOrders
                  orders={ours.filter(({ status }) => status === "unknown")}
                  now={now}
                  onOpen={onOrder}
                />
              </Guard>
              {tab === "ours" ? (
                <DataTable
                  name="orders"
                  caption="Orders"
                  title={
                    <Chips orders={ours} filter={filter} onFilter={(next) => setFilter(next)} />
                  }
                  columns={orderColumns({ now, lineageLink })}
                  rows={rows}
                  rowKey={(order) => order.client_order_id}
                  selected={orderId}
                  onSelect={onOrder}
                  empty={
                    ours.length === 0 ? (
                      <Empty title="No order has been sent yet">
                        An order is sent when a strategy&apos;s signal passes the risk gate. Run one
                        on the page Strategies.
                      </Empty>
                    ) : (
                      <Empty
                        title="No order fits"
                        action={
                          <Button
                            onClick={() => {
                              setTyped("");
                              setFilter("all");
                            }}
                          >
                            Show all {ours.length}
                          </Button>
                        }
                      />
                    )
                  }
                />
              ) : (
                <ExternalActivity
                  rows={rows}
                  all={external.length}
                  fills={outside.data?.fills ?? []}
                  error={outside.error}
                  loading={outside.isPending}
                  onRetry={() => void outside.refetch()}
                  columns={orderColumns({ now, lineageLink })}
                  selected={orderId}
                  onSelect={onOrder}
                />
              )}
              {found.length > rows.length ? (
                <div className="text-center">
                  <Button onClick={() => setPart(part + PART)}>
                    Show {Math.min(PART, found.length - rows.length)} more of {found.length}
                  </Button>
                </div>
              ) : null}
            </>
          ) : error ? (
            <ErrorPanel
              what="The orders could not be read."
              error={error}
              onRetry={() => void refetch()}
            />
          ) : (
            <div aria-busy="true" aria-label="Loading the orders" className="space-y-4">
              <Skeleton className="h-[74px] rounded-card" />
              <Skeleton className="h-96 rounded-card" />
            </div>
          )}
        </div>
      </div>
      {orderId === null ? null : (
        <Guard key={orderId} what="The order could not be shown.">
          <OrderStory
            id={orderId}
            now={now}
            lineageLink={lineageLink}
            onClose={() => onOrder(null)}
            onOpen={onOrder}
            onChange={(what, order) => setChanging({ what, order })}
          />
        </Guard>
      )}
      {changing?.what === "cancel" ? (
        <CancelOrder order={changing.order} onClose={() => setChanging(null)} />
      ) : null}
      {changing?.what === "modify" ? (
        <ModifyOrder
          key={orderWords(changing.order)}
          order={changing.order}
          onClose={() => setChanging(null)}
        />
      ) : null}
    </div>
  );
}

function Totals({ counts }: { counts: Counts }) {
  const tiles = [
    { label: "Working", value: counts.working, tone: "" },
    { label: "Filled today", value: counts.filledToday, tone: "" },
    { label: "Cancelled today", value: counts.cancelledToday, tone: "" },
    { label: "Unknown", value: counts.unknown, tone: counts.unknown > 0 ? "text-warn" : "" },
    { label: "External", value: counts.external, tone: counts.external > 0 ? "text-info" : "" },
  ];
  return (
    <dl className="grid grid-cols-5 divide-x rounded-card border bg-surface">
      {tiles.map(({ label, value, tone }) => (
        <div key={label} className="min-w-0 px-4 py-2.5">
          <dt className="text-12 text-muted">{label}</dt>
          <dd className={cn("tabular text-18 font-semibold", value === 0 && "text-muted", tone)}>
            {value}
          </dd>
        </div>
      ))}
    </dl>
  );
}

function Chips({
  orders,
  filter,
  onFilter,
}: {
  orders: readonly OrderDto[];
  filter: Filter;
  onFilter: (filter: Filter) => void;
}) {
  return (
    <div role="group" aria-label="Status" className="flex flex-wrap items-center gap-1">
      {FILTERS.map(({ value, text }) => {
        const count = orders.filter((order) => isUnder(value, order)).length;
        return (
          <button
            key={value}
            type="button"
            aria-pressed={filter === value}
            onClick={() => onFilter(value)}
            className={cn(
              "inline-flex h-6 items-center gap-1.5 rounded-full border px-2.5 text-12",
              filter === value
                ? "border-accent bg-raised font-medium text-text"
                : "border-line text-muted hover:bg-raised hover:text-text",
            )}
          >
            {text}
            <span className="tabular">{count}</span>
          </button>
        );
      })}
    </div>
  );
}
