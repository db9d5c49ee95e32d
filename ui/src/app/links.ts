import type { Timeframe } from "@/gen/types";

/** The address of an execution's lineage, for a plain link. */
export const lineageLink = (executionId: string, step?: string): string =>
  `#/lineage/${encodeURIComponent(executionId)}${step === undefined ? "" : `?step=${step}`}`;

/** The address of the interactive chart of an execution. */
export const chartLink = (executionId: string, timeframe: Timeframe): string =>
  `#/charts/${encodeURIComponent(executionId)}?timeframe=${timeframe}`;

/** The address of an order's story. */
export const orderLink = (clientOrderId: string): string =>
  `#/orders?order=${encodeURIComponent(clientOrderId)}`;
