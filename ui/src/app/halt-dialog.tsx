import { AlertDialog as Radix, Checkbox } from "radix-ui";
import { Check } from "lucide-react";
import { useState } from "react";

import { useAct } from "@/api/context";
import type { FlattenDto, StatusDto } from "@/gen/types";
import { plain } from "@/lib/text";
import { exchangeDateTime } from "@/lib/time";
import { ENVIRONMENTS } from "@/lib/words";
import { Button } from "@/ui/button";
import { cn } from "@/ui/cn";
import { onEscape } from "@/ui/escape";
import { Field } from "@/ui/field";
import { ErrorPanel } from "@/ui/panel";
import { Light } from "@/ui/state";

interface HaltDialogProps {
  status: StatusDto;
  /** Begins with flattening chosen. */
  flatten: boolean;
  onHalt: () => void;
  onClose: () => void;
}

/** Halts, and if asked sells everything and proves it. */
export function HaltDialog({ status, flatten: begin, onHalt, onClose }: HaltDialogProps) {
  const [flatten, setFlatten] = useState(begin);
  const [typed, setTyped] = useState("");
  const halt = useAct("halt");
  const act = useAct("flatten");
  // Once halted, the dialog goes on about flattening alone.
  const [halted] = useState(status.halt !== null);
  const account = status.account_id;
  const ready = !flatten || typed.trim() === account;
  const busy = halt.isPending || act.isPending;
  const name = halted ? "Flatten the account" : flatten ? "Halt and flatten" : "Halt trading";
  const error = halt.error ?? act.error;

  const go = () => {
    if (!ready || busy) return;
    if (!flatten) {
      onHalt();
      onClose();
      return;
    }
    const sell = () => act.mutate({ account_id: typed.trim() });
    // A halt that fails must not keep the positions open: the person has asked for both.
    if (halted) sell();
    else halt.mutate({ reason: "Halted and flattened in the window" }, { onSettled: sell });
  };

  return (
    <Radix.Root open onOpenChange={(open) => (open || busy ? undefined : onClose())}>
      <Radix.Portal>
        <Radix.Overlay className="arrive fixed inset-0 z-40 bg-shade" />
        <Radix.Content
          onKeyDown={onEscape(() => (busy ? undefined : onClose()))}
          className="arrive fixed inset-x-0 top-[16vh] z-50 mx-auto max-h-[80vh] w-[min(500px,calc(100vw-32px))] overflow-y-auto rounded-card border bg-surface p-5 shadow-float outline-none"
        >
          {act.data ? (
            <Proof proof={act.data} onClose={onClose} />
          ) : (
            <form
              onSubmit={(event) => {
                event.preventDefault();
                go();
              }}
              noValidate
            >
              <Radix.Title className="text-15 font-semibold">{name}?</Radix.Title>
              <Radix.Description className="mt-2 text-muted">
                {halted
                  ? "Trading is halted. Flattening cancels every order and closes every position."
                  : flatten
                    ? "No entry is sent until trading is resumed, and nothing is left open: orders that protect a position are cancelled with it. The halt outlives a restart."
                    : "No entry is sent until trading is resumed. Stops, targets and exits keep working. The halt outlives a restart."}
              </Radix.Description>
              {halted ? null : (
                <label className="mt-4 flex w-fit items-center gap-2.5">
                  <Checkbox.Root
                    checked={flatten}
                    onCheckedChange={(checked) => setFlatten(checked === true)}
                    className="grid size-4 place-items-center rounded-[4px] border border-line-strong bg-ground data-[state=checked]:border-error data-[state=checked]:bg-error"
                  >
                    <Checkbox.Indicator>
                      <Check aria-hidden="true" className="size-3 text-on-solid" strokeWidth={3} />
                    </Checkbox.Indicator>
                  </Checkbox.Root>
                  <span className="font-medium">
                    and flatten: cancel every order, close every position
                  </span>
                </label>
              )}
              {flatten || halted ? (
                <div className="mt-3 rounded-base border border-error p-3">
                  <p>
                    Every position of{" "}
                    <span
                      className={cn(
                        "rounded-[4px] px-1.5 py-0.5 text-12 font-semibold text-on-solid",
                        ENVIRONMENTS[status.environment].solid,
                      )}
                    >
                      {ENVIRONMENTS[status.environment].word} {account}
                    </span>{" "}
                    is sold or bought back at the market. It cannot be taken back.
                  </p>
                  <Field
                    className="mt-3"
                    label="Account id"
                    hint={`(type ${account})`}
                    value={typed}
                    onChange={setTyped}
                  />
                </div>
              ) : null}
              {error ? (
                <ErrorPanel
                  className="mt-3"
                  what={
                    act.error ? "The account was not flattened." : "Trading could not be halted."
                  }
                  error={error}
                />
              ) : null}
              <div className="mt-5 flex justify-end gap-2">
                <Radix.Cancel asChild>
                  <Button size="large" disabled={busy}>
                    {error ? "Close" : "Cancel"}
                  </Button>
                </Radix.Cancel>
                <Button type="submit" size="large" variant="danger" disabled={!ready || busy}>
                  {busy
                    ? "Cancelling and closing…"
                    : flatten || halted
                      ? `${name} ${halted ? "" : account}`.trim()
                      : name}
                </Button>
              </div>
            </form>
          )}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}

function Left({ title, lines }: { title: string; lines: readonly string[] }) {
  return lines.length === 0 ? null : (
    <div className="mt-3">
      <h3 className="text-12 font-medium text-muted">{title}</h3>
      <ul className="tabular mt-0.5 list-disc pl-5">
        {lines.map((line, index) => (
          <li key={index} className="break-words">
            {plain(line)}
          </li>
        ))}
      </ul>
    </div>
  );
}

/** What flattening came to, by a fresh read of the broker. */
function Proof({ proof, onClose }: { proof: FlattenDto; onClose: () => void }) {
  return (
    <div data-testid="flatten-proof">
      <Radix.Title
        className={cn(
          "flex items-center gap-2 text-15 font-semibold",
          proof.is_flat ? "text-up" : "text-error",
        )}
      >
        <Light
          tone={proof.is_flat ? "up" : "error"}
          shape={proof.is_flat ? "check" : "square"}
          className="size-4"
        />
        {proof.is_flat ? "The account is flat" : "The account is not flat"}
      </Radix.Title>
      <Radix.Description className="mt-2">{plain(proof.sentence)}</Radix.Description>
      <dl className="tabular mt-4 grid grid-cols-4 divide-x rounded-base border">
        {[
          ["Cancelled", proof.cancelled_orders],
          ["Closing orders", proof.closing_orders],
          ["Positions left", proof.remaining_positions.length],
          ["Orders left", proof.remaining_orders.length],
        ].map(([label, value]) => (
          <div key={label} className="px-3 py-2">
            <dt className="text-12 text-muted">{label}</dt>
            <dd className="text-18 font-semibold">{value}</dd>
          </div>
        ))}
      </dl>
      <Left title="Positions that the broker still lists" lines={proof.remaining_positions} />
      <Left title="Orders that the broker still lists" lines={proof.remaining_orders} />
      <p className="tabular mt-3 text-12 text-muted">
        Read afresh from the broker at {exchangeDateTime(proof.read_at, true)} ET. Trading stays
        halted until you resume it.
      </p>
      <div className="mt-5 flex justify-end">
        <Button size="large" variant="primary" onClick={onClose}>
          Close
        </Button>
      </div>
    </div>
  );
}
