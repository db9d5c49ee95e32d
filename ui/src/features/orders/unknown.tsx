import { useRead } from "@/api/context";
import type { OrderDto } from "@/gen/types";
import { orderWords, typeWords } from "@/lib/order-words";
import { plain } from "@/lib/text";
import { distance } from "@/lib/time";
import { Button } from "@/ui/button";
import { Notice } from "@/ui/notice";
import { Skeleton } from "@/ui/panel";

function UnknownOrder({
  order,
  now,
  onOpen,
}: {
  order: OrderDto;
  now: string | null;
  onOpen: () => void;
}) {
  const { data, error } = useRead("order_get", { client_order_id: order.client_order_id });
  return (
    <Notice
      tone="warn"
      shape="triangle"
      role="alert"
      title={
        <>
          Unknown: {orderWords(order)}, {typeWords(order)}
          {now === null ? null : (
            <span className="tabular font-normal">
              , for {distance(order.created_at, now) ?? "–"}
            </span>
          )}
        </>
      }
      actions={
        <Button size="small" onClick={onOpen}>
          Whole story
        </Button>
      }
    >
      <p className="mt-0.5">
        It was sent and no answer came. It is looked up at the broker and never sent again; entries
        in {plain(order.symbol)} stay closed until it is found or its absence is proved.
      </p>
      <h3 className="mt-2 text-12 font-medium text-muted">Evidence so far</h3>
      {data ? (
        data.evidence.length === 0 ? (
          <p className="text-muted">Nothing has been looked up yet.</p>
        ) : (
          <ol className="mt-0.5 list-decimal space-y-0.5 pl-5">
            {data.evidence.map((sentence, index) => (
              <li key={index} className="break-words">
                {plain(sentence)}
              </li>
            ))}
          </ol>
        )
      ) : error ? (
        <p className="text-error">The evidence could not be read: {error.message}</p>
      ) : (
        <Skeleton className="mt-1 w-80" />
      )}
    </Notice>
  );
}

/** Orders of unknown fate, before anything else. */
export function UnknownOrders({
  orders,
  now,
  onOpen,
}: {
  orders: readonly OrderDto[];
  now: string | null;
  onOpen: (clientOrderId: string) => void;
}) {
  return orders.map((order) => (
    <UnknownOrder
      key={order.client_order_id}
      order={order}
      now={now}
      onOpen={() => onOpen(order.client_order_id)}
    />
  ));
}
