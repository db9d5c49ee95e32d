import type { OrderDto } from "@/gen/types";
import { formatDecimal, formatPrice } from "@/lib/decimal";
import { plain } from "@/lib/text";
import { humanise } from "@/lib/words";

/** `limit 306.36`, `market`. */
export const typeWords = (order: OrderDto): string =>
  `${humanise(order.order_type).toLowerCase()}${order.price === null ? "" : ` ${formatPrice(order.price)}`}`;

/** `BUY 65 GOOG`, for buttons and titles. */
export const orderWords = (order: OrderDto): string =>
  `${plain(order.side)} ${formatDecimal(order.quantity)} ${plain(order.symbol)}`;
