import { type SubmitEvent, useState } from "react";

import { useToldAct } from "@/api/told-act";
import type { FaultDto } from "@/gen/types";
import { exchangeDateTime, fromExchangeText } from "@/lib/time";
import { Button } from "@/ui/button";
import { Field } from "@/ui/field";

interface ScheduleProps {
  fault: FaultDto;
  now: string | null;
  onClose: () => void;
}

const FORM = "YYYY-MM-DD HH:MM";

/** From when until when a fault is in force, on the sandbox clock. */
export function Schedule({ fault, now, onClose }: ScheduleProps) {
  const [from, setFrom] = useState(() => {
    const start = fault.from ?? now;
    return start === null ? "" : exchangeDateTime(start);
  });
  const [until, setUntil] = useState(fault.until === null ? "" : exchangeDateTime(fault.until));
  const [tried, setTried] = useState(false);
  const set = useToldAct("fault_set");
  const begin = fromExchangeText(from);
  const end = until.trim() === "" ? null : fromExchangeText(until);
  const faults = {
    from: begin === null ? `Write a time as ${FORM}.` : null,
    until:
      until.trim() !== "" && end === null
        ? `Write a time as ${FORM}, or nothing.`
        : end !== null && begin !== null && Date.parse(end) <= Date.parse(begin)
          ? "It has to end after it begins."
          : end !== null && now !== null && Date.parse(end) <= Date.parse(now)
            ? "That lies before the sandbox's present."
            : null,
  };
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    setTried(true);
    if (begin === null || faults.until !== null) return;
    set.run(
      { name: fault.name, is_on: true, from: begin, until: end },
      {
        done: `“${fault.title}” is scheduled.`,
        failed: `“${fault.title}” was not scheduled.`,
        then: onClose,
      },
    );
  };
  return (
    <form
      onSubmit={submit}
      noValidate
      aria-label={`Schedule of ${fault.title}`}
      className="mt-2.5 flex flex-wrap items-start gap-3 rounded-base border bg-ground p-3"
    >
      <Field
        className="w-44"
        label="From"
        hint="ET"
        placeholder={FORM}
        value={from}
        onChange={setFrom}
        fault={tried ? faults.from : null}
      />
      <Field
        className="w-44"
        label="Until"
        hint="ET, or nothing"
        placeholder={FORM}
        value={until}
        onChange={setUntil}
        fault={tried ? faults.until : null}
      />
      <div className="flex gap-2 pt-[23px]">
        <Button type="submit" variant="primary" size="large" disabled={set.isPending}>
          Set
        </Button>
        <Button size="large" onClick={onClose}>
          Leave it
        </Button>
      </div>
    </form>
  );
}
