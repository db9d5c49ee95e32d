import { type SubmitEvent, useState } from "react";

import { useToldAct } from "@/api/told-act";
import type { OrderDto } from "@/gen/types";
import { compare, formatDecimal, formatPrice, signOf } from "@/lib/decimal";
import { orderWords, typeWords } from "@/lib/order-words";
import { plain } from "@/lib/text";
import { Button } from "@/ui/button";
import { Confirm, Dialog } from "@/ui/dialog";
import { Field } from "@/ui/field";

interface ChangeProps {
  order: OrderDto;
  onClose: () => void;
}

/** Asks before an order is cancelled. */
export function CancelOrder({ order, onClose }: ChangeProps) {
  const cancel = useToldAct("order_cancel");
  const words = orderWords(order);
  const isProtection = order.leg === "stop";
  return (
    <Confirm
      open
      onOpenChange={onClose}
      title={`Cancel ${words}, ${typeWords(order)}?`}
      action={`Cancel order for ${formatDecimal(order.quantity)} ${plain(order.symbol)}`}
      danger
      onConfirm={() =>
        cancel.run(
          { client_order_id: order.client_order_id },
          {
            done: (answer) =>
              answer.status === "cancelled"
                ? `${words} is cancelled.`
                : `The broker was asked to cancel ${words}. It may still fill until it answers.`,
            failed: `${words} was not cancelled.`,
          },
        )
      }
    >
      {isProtection
        ? `This is the protective stop of a position in ${plain(order.symbol)}: without it the position is unprotected. `
        : ""}
      {order.leg === "entry" ? "Its stop and its target go with it. " : ""}
      {signOf(order.filled_quantity) === 1
        ? `${formatDecimal(order.filled_quantity)} shares are filled already and stay.`
        : "It may still fill until the broker has answered."}
    </Confirm>
  );
}

/** Changes price or quantity of a working order. */
export function ModifyOrder({ order, onClose }: ChangeProps) {
  const [price, setPrice] = useState(order.price ?? "");
  const [quantity, setQuantity] = useState(order.quantity);
  const modify = useToldAct("order_modify");
  const newPrice = order.price !== null && compare(price, order.price) !== 0 ? price.trim() : null;
  const newQuantity = compare(quantity, order.quantity) !== 0 ? quantity.trim() : null;
  const faults = {
    price: order.price === null || signOf(price) === 1 ? null : "Write a price above zero.",
    quantity:
      signOf(quantity) !== 1
        ? "Write a number of shares above zero."
        : compare(quantity, order.filled_quantity) <= 0 && signOf(order.filled_quantity) === 1
          ? `${formatDecimal(order.filled_quantity)} are filled already: write more, or cancel the rest.`
          : null,
  };
  const faulty = faults.price !== null || faults.quantity !== null;
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    if (faulty || (newPrice === null && newQuantity === null)) return;
    modify.run(
      { client_order_id: order.client_order_id, price: newPrice, quantity: newQuantity },
      {
        done: (answer) => `Changed: ${orderWords(answer)}, ${typeWords(answer)}.`,
        failed: `${orderWords(order)} was not changed.`,
        then: onClose,
      },
    );
  };
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title={`Change ${orderWords(order)}`}
      description={`${typeWords(order)} ${order.time_in_force}, ${formatDecimal(order.filled_quantity)} of ${formatDecimal(order.quantity)} filled`}
      className="top-[18vh] w-[min(440px,calc(100vw-32px))]"
    >
      <form onSubmit={submit} noValidate className="p-5">
        <div className="grid grid-cols-2 gap-4">
          {order.price === null ? null : (
            <Field
              label={order.order_type.startsWith("stop") ? "Stop price" : "Limit price"}
              value={price}
              onChange={setPrice}
              inputMode="decimal"
              fault={faults.price}
            />
          )}
          <Field
            label="Shares in all"
            hint="filled ones included"
            value={quantity}
            onChange={setQuantity}
            inputMode="decimal"
            fault={faults.quantity}
          />
        </div>
        <p className="tabular mt-4 min-h-5 text-muted" aria-live="polite">
          {faulty
            ? ""
            : [
                newPrice === null ? null : `${formatPrice(order.price)} → ${formatPrice(newPrice)}`,
                newQuantity === null
                  ? null
                  : `${formatDecimal(order.quantity)} → ${formatDecimal(newQuantity)} shares`,
              ]
                .filter(Boolean)
                .join(", ") || "Nothing is changed yet."}
        </p>
        <div className="mt-4 flex justify-end gap-2">
          <Button size="large" onClick={onClose}>
            Leave it
          </Button>
          <Button
            type="submit"
            variant="primary"
            size="large"
            disabled={faulty || modify.isPending || (newPrice === null && newQuantity === null)}
          >
            {modify.isPending ? "Asking the broker…" : `Change order for ${plain(order.symbol)}`}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
