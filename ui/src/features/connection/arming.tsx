import { type SubmitEvent, useState } from "react";

import { useToldAct } from "@/api/told-act";
import type { ArmingDto } from "@/gen/types";
import { formatMoney, signOf } from "@/lib/decimal";
import { closeOf, exchangeDate, later, secondsBetween, shortDateTime } from "@/lib/time";
import { Badge } from "@/ui/badge";
import { Button } from "@/ui/button";
import { Countdown } from "@/ui/countdown";
import { Facts } from "@/ui/facts";
import { Field } from "@/ui/field";
import { Panel } from "@/ui/panel";

interface ArmingProps {
  arming: ArmingDto;
  account: string | null;
  now: string | null;
}

/** Permission to trade real money: its limits, or the form that gives it. */
export function Arming({ arming, account, now }: ArmingProps) {
  const disarm = useToldAct("live_disarm");
  const ended = arming.ends_at !== null && (secondsBetween(now, arming.ends_at) ?? 1) <= 0;
  return (
    <Panel
      title="Live trading"
      className="border-live"
      actions={
        arming.is_armed ? (
          <Badge solid tone="error">
            Armed
          </Badge>
        ) : (
          <Badge>{ended ? "Mandate ended" : "Not armed"}</Badge>
        )
      }
    >
      {arming.is_armed ? (
        <div className="p-4">
          <Facts
            facts={[
              ["Account", arming.account_id],
              ["Armed", arming.armed_at === null ? null : `${shortDateTime(arming.armed_at)} ET`],
              [
                "Mandate ends in",
                <Countdown
                  key="e"
                  now={now}
                  until={arming.ends_at}
                  label="End of the mandate"
                  urgentBelow={86_400}
                />,
              ],
              ["Most for one entry", formatMoney(arming.maximum_order_value)],
              [
                "Most entries in a day",
                arming.maximum_entries_per_day === null
                  ? null
                  : `${arming.maximum_entries_per_day}`,
              ],
              ["Stops at a day's loss of", formatMoney(arming.maximum_daily_loss)],
            ]}
          />
          <Button
            className="mt-4 border-error text-error"
            size="large"
            disabled={disarm.isPending}
            onClick={() =>
              disarm.run(
                {},
                {
                  done: "Live trading is disarmed. Exits keep working.",
                  failed: "Live trading could not be disarmed.",
                },
              )
            }
          >
            Disarm live trading now
          </Button>
        </div>
      ) : (
        <ArmForm account={account} now={now} />
      )}
    </Panel>
  );
}

const LONGEST_DAYS = 90;

function ArmForm({ account, now }: { account: string | null; now: string | null }) {
  const [typed, setTyped] = useState("");
  const [value, setValue] = useState("");
  const [entries, setEntries] = useState("");
  const [loss, setLoss] = useState("");
  const [ends, setEnds] = useState("");
  const [tried, setTried] = useState(false);
  const arm = useToldAct("live_arm");
  const money = (text: string) =>
    signOf(text) === 1 ? null : "Write an amount above zero, such as 5000.";
  const endsAt = closeOf(ends);
  const last = now === null ? null : later(now, { days: LONGEST_DAYS });
  const faults = {
    typed:
      account === null
        ? "Choose the account first."
        : typed.trim() === account
          ? null
          : `Type ${account}, the account that orders go to.`,
    value: money(value),
    entries: /^[1-9]\d{0,3}$/.test(entries.trim()) ? null : "Write a whole number from 1 on.",
    loss: money(loss),
    ends:
      endsAt === null
        ? "Write a day as YYYY-MM-DD."
        : now !== null && Date.parse(endsAt) <= Date.parse(now)
          ? "That day is over."
          : last !== null && Date.parse(endsAt) > Date.parse(last)
            ? `At most ${LONGEST_DAYS} days ahead: ${exchangeDate(last)}.`
            : null,
  };
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    setTried(true);
    if (endsAt === null || Object.values(faults).some((fault) => fault !== null)) return;
    arm.run(
      {
        typed_account_id: typed.trim(),
        maximum_order_value: value.trim(),
        maximum_entries_per_day: Number(entries),
        maximum_daily_loss: loss.trim(),
        ends_at: endsAt,
      },
      { done: `Live trading is armed for ${typed.trim()}.`, failed: "Live trading is not armed." },
    );
  };
  const shown = (fault: string | null) => (tried ? fault : null);
  return (
    <form onSubmit={submit} noValidate className="p-4">
      <p className="max-w-[72ch]">
        Armed, strategies may send orders that spend real money, within these limits and until the
        mandate ends. Amounts are in the account&apos;s currency.
      </p>
      <div className="mt-4 grid grid-cols-2 gap-x-4 gap-y-3 max-[900px]:grid-cols-1">
        <Field
          label="Most for one entry"
          value={value}
          onChange={setValue}
          inputMode="decimal"
          fault={shown(faults.value)}
        />
        <Field
          label="Most entries in a trading day"
          value={entries}
          onChange={setEntries}
          inputMode="numeric"
          fault={shown(faults.entries)}
        />
        <Field
          label="No more entries after a day's loss of"
          value={loss}
          onChange={setLoss}
          inputMode="decimal"
          fault={shown(faults.loss)}
        />
        <Field
          label="Mandate ends with the close of"
          placeholder="YYYY-MM-DD"
          value={ends}
          onChange={setEnds}
          fault={shown(faults.ends)}
        />
        <Field
          label="Account id"
          hint={account === null ? "(none chosen)" : `(type ${account})`}
          value={typed}
          onChange={setTyped}
          fault={shown(faults.typed)}
        />
      </div>
      <Button type="submit" variant="danger" size="large" className="mt-4" disabled={arm.isPending}>
        {arm.isPending ? "Arming…" : `Arm live trading${account === null ? "" : ` for ${account}`}`}
      </Button>
    </form>
  );
}
