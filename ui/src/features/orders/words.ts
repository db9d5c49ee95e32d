import type { OrderDto } from "@/gen/types";
import { compare } from "@/lib/decimal";
import { exchangeDate } from "@/lib/time";
import { isWorking } from "@/lib/words";

/** Which orders a chip shows. */
export const FILTERS = [
  { value: "all", text: "All" },
  { value: "working", text: "Working" },
  { value: "filled", text: "Filled" },
  { value: "cancelled", text: "Cancelled" },
  { value: "rejected", text: "Rejected" },
  { value: "unknown", text: "Unknown" },
] as const;
export type Filter = (typeof FILTERS)[number]["value"];

/** Whether an order belongs under a chip. An order partly filled is still working. */
export function isUnder(filter: Filter, { status }: OrderDto): boolean {
  switch (filter) {
    case "all":
      return true;
    case "working":
      return isWorking(status) || status === "intended";
    case "cancelled":
      return status === "cancelled" || status === "inactive";
    case "filled":
    case "rejected":
    case "unknown":
      return status === filter;
  }
}

/** Every typed word occurs in what the order says of itself. */
export function matches(order: OrderDto, typed: string): boolean {
  const words = typed.toLowerCase().split(/\s+/).filter(Boolean);
  const text = [
    order.symbol,
    order.side,
    order.leg,
    order.order_type,
    order.status,
    order.time_in_force,
    order.strategy_id,
    order.client_order_id,
    order.broker_order_id,
    order.reason,
  ]
    .join(" ")
    .toLowerCase();
  return words.every((word) => text.includes(word));
}

export interface Totals {
  working: number;
  filledToday: number;
  cancelledToday: number;
  unknown: number;
  external: number;
}

/** Counts for the tiles; days are those of the exchange. */
export function totals(orders: readonly OrderDto[], external: number, now: string | null): Totals {
  const today = now === null ? null : exchangeDate(now);
  const count = (test: (order: OrderDto) => boolean) => orders.filter(test).length;
  const isToday = (order: OrderDto) => exchangeDate(order.updated_at) === today;
  return {
    working: count(({ status }) => isWorking(status)),
    filledToday: count((order) => order.status === "filled" && isToday(order)),
    cancelledToday: count((order) => order.status === "cancelled" && isToday(order)),
    unknown: count(({ status }) => status === "unknown"),
    external,
  };
}

/** Whether the broker may still take a change or a cancel. */
export const canChange = (order: OrderDto): boolean =>
  isWorking(order.status) && order.status !== "pending_cancel";

/** Highest price first, as on a ladder; orders without a price come last. */
export const byPrice = (orders: readonly OrderDto[]): OrderDto[] =>
  orders.toSorted((a, b) =>
    a.price === null || b.price === null
      ? Number(a.price === null) - Number(b.price === null)
      : compare(b.price, a.price),
  );
