import { RotateCcw } from "lucide-react";
import { useState } from "react";

import { useApi, useRead } from "@/api/context";
import type { ConnectionDto, NextStartDto, OrderDto } from "@/gen/types";
import { toApiError } from "@/lib/errors";
import { orderWords, typeWords } from "@/lib/order-words";
import { plain } from "@/lib/text";
import { ENVIRONMENTS, isWorking } from "@/lib/words";
import { Button } from "@/ui/button";
import { Confirm } from "@/ui/dialog";
import { Notice } from "@/ui/notice";
import { useToast } from "@/ui/toast";

/** More are counted, not named. */
const NAMED = 6;

function placeWords({ environment, address }: NextStartDto): string {
  const name = ENVIRONMENTS[environment].word.toLowerCase();
  return address === null ? name : `${name} at ${plain(address)}`;
}

/** An order of unknown fate is taken as one that works: it may. */
const mayFill = ({ status }: OrderDto) => isWorking(status) || status === "unknown";

/** What goes on at the broker while nothing here looks on. */
function StaysLive({ connection, next }: { connection: ConnectionDto; next: NextStartDto }) {
  const { data, error } = useRead("orders_list", {});
  const { environment } = connection;
  const account = connection.accounts.find((each) => each.is_selected)?.account_id;
  const working = data?.filter(mayFill) ?? [];
  return (
    <div className="space-y-2">
      <p>Throughline closes and starts again with {placeWords(next)}.</p>
      {data ? (
        working.length === 0 ? (
          <p>No order works at the broker. Positions stay as they are.</p>
        ) : (
          <div>
            <p className="font-medium text-text">
              {working.length === 1
                ? "One order stays live at the broker:"
                : `${working.length} orders stay live at the broker:`}
            </p>
            <ul className="tabular mt-0.5 list-disc pl-5">
              {working.slice(0, NAMED).map((order) => (
                <li key={order.client_order_id}>
                  {orderWords(order)}, {typeWords(order)}
                  {order.status === "unknown" ? " (fate unknown)" : ""}
                </li>
              ))}
              {working.length > NAMED ? <li>and {working.length - NAMED} more</li> : null}
            </ul>
          </div>
        )
      ) : (
        <p>
          {error
            ? "Which orders work at the broker could not be read. All of them stay live."
            : "Reading which orders work at the broker…"}
        </p>
      )}
      <p>
        {environment === "sandbox"
          ? "The sandbox keeps its orders and positions until it is opened again."
          : `Stops and targets keep protecting, and an entry may still fill. Nothing here watches ${
              account ? plain(account) : "the account"
            } until Throughline is connected to ${ENVIRONMENTS[environment].word.toLowerCase()} again.`}
      </p>
    </div>
  );
}

/** What the next start opens, and the way to it. */
export function NextStart({ connection, next }: { connection: ConnectionDto; next: NextStartDto }) {
  const [asking, setAsking] = useState(false);
  const { host } = useApi();
  const toast = useToast();
  const restart = () =>
    void host.restart?.().catch((thrown: unknown) => {
      const { message } = toApiError(thrown);
      toast({ title: "Throughline was not started again.", detail: message, tone: "error" });
    });
  return (
    <Notice
      tone="info"
      shape="ring"
      role="status"
      title={`At the next start: ${placeWords(next)}`}
      actions={
        host.restart ? (
          <Button onClick={() => setAsking(true)}>
            <RotateCcw /> Restart now
          </Button>
        ) : null
      }
    >
      <p className="text-muted">
        Until then orders go to {ENVIRONMENTS[connection.environment].word.toLowerCase()} as before.
        {next.environment === "live" && connection.environment !== "live"
          ? " Live means real money. It sends nothing until you arm it after the start."
          : ""}
        {host.restart ? "" : " Close Throughline and start it again to change."}
      </p>
      <Confirm
        open={asking}
        onOpenChange={setAsking}
        title="Restart Throughline now?"
        action="Restart now"
        danger={connection.environment === "live"}
        onConfirm={restart}
      >
        <StaysLive connection={connection} next={next} />
      </Confirm>
    </Notice>
  );
}
