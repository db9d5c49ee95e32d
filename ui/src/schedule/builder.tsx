import { Plus, X } from "lucide-react";
import { useId, useState } from "react";

import {
  type Plan,
  planFault,
  planOf,
  type RuleKind,
  ruleOf,
  STEPS,
  WEEKDAYS,
} from "@/schedule/rule";
import { EXCHANGES, ZONES } from "@/schedule/words";
import type { ScheduleForm } from "@/gen/types";
import { plain } from "@/lib/text";
import { Button } from "@/ui/button";
import { cn } from "@/ui/cn";
import { Field, INPUT } from "@/ui/field";

const KINDS: readonly { value: RuleKind; word: string }[] = [
  { value: "daily", word: "At times of day" },
  { value: "around", word: "Around the session" },
  { value: "every", word: "Every few minutes" },
  { value: "monthly", word: "Once a month" },
  { value: "cron", word: "As cron" },
];

const DAY_WORDS = {
  MON: "Mon",
  TUE: "Tue",
  WED: "Wed",
  THU: "Thu",
  FRI: "Fri",
  SAT: "Sat",
  SUN: "Sun",
} as const;

const MONTHLY: readonly { value: string; word: string }[] = [
  { value: "L", word: "the last day" },
  ...["MON", "TUE", "WED", "THU", "FRI"].flatMap((day) => [
    { value: `${day}#1`, word: `the first ${DAY_WORDS[day as keyof typeof DAY_WORDS]}` },
    { value: `${day}#L`, word: `the last ${DAY_WORDS[day as keyof typeof DAY_WORDS]}` },
  ]),
  ...Array.from({ length: 31 }, (_, index) => ({
    value: String(index + 1),
    word: `day ${index + 1}`,
  })),
];

interface BuilderProps {
  schedule: ScheduleForm;
  /** What is wrong, by the field's name inside of the schedule. */
  faults: Readonly<Record<string, string>>;
  onChange: (schedule: ScheduleForm) => void;
}

/** A choice among a few, with its label above. */
export function Select({
  label,
  value,
  options,
  fault,
  onChange,
  className,
}: {
  label: string;
  value: string;
  options: readonly { value: string; word: string }[];
  fault?: string | null;
  onChange: (value: string) => void;
  className?: string;
}) {
  const id = useId();
  // A value that is not offered stays visible, so that it is not lost unseen.
  const isKnown = options.some((option) => option.value === value);
  return (
    <div className={cn("min-w-0", className)}>
      <label htmlFor={id} className="mb-1 block text-12 font-medium">
        {label}
      </label>
      <select
        id={id}
        value={value}
        aria-invalid={fault != null}
        aria-describedby={fault ? `${id}-fault` : undefined}
        onChange={({ target }) => onChange(target.value)}
        className={INPUT}
      >
        {isKnown ? null : <option value={value}>{plain(value)}</option>}
        {options.map((option) => (
          <option key={option.value} value={option.value}>
            {option.word}
          </option>
        ))}
      </select>
      {fault ? (
        <p id={`${id}-fault`} role="alert" className="mt-1 text-12 text-error">
          {fault}
        </p>
      ) : null}
    </div>
  );
}

/** A schedule for those who do not speak cron, and for those who do. */
export function ScheduleBuilder({ schedule, faults, onChange }: BuilderProps) {
  // What is typed into the plan stands here, right or wrong; the schedule takes what makes a rule.
  const [made, setMade] = useState(() => ({
    rule: schedule.rule,
    plan: planOf(schedule.rule),
  }));
  const plan = made.rule === schedule.rule ? made.plan : planOf(schedule.rule);
  const wrong = planFault(plan);
  const set = (change: Partial<Plan>) => {
    let next = { ...plan, ...change };
    // Turning to cron begins with what the plan said.
    if (change.kind === "cron" && plan.kind !== "cron" && !wrong)
      next = { ...next, cron: plan.kind === "around" ? next.cron : ruleOf(plan) };
    const rule = planFault(next) === null ? ruleOf(next) : next.kind === "cron" ? next.cron : "";
    setMade({ rule, plan: next });
    onChange({ ...schedule, rule });
  };
  const name = useId();
  const ruleFault = wrong ?? faults["rule"] ?? null;
  const days = (
    <fieldset>
      <legend className="mb-1 text-12 font-medium">On</legend>
      <div className="flex flex-wrap gap-1.5">
        {WEEKDAYS.map((day) => (
          <label
            key={day}
            className="flex h-8 items-center gap-1.5 rounded-base border border-line-strong px-2 has-checked:border-accent has-checked:bg-raised"
          >
            <input
              type="checkbox"
              checked={plan.weekdays.includes(day)}
              onChange={({ target }) =>
                set({
                  weekdays: WEEKDAYS.filter((each) =>
                    each === day ? target.checked : plan.weekdays.includes(each),
                  ),
                })
              }
              className="accent-accent"
            />
            {DAY_WORDS[day]}
          </label>
        ))}
      </div>
    </fieldset>
  );
  return (
    <div className="space-y-4">
      <fieldset>
        <legend className="mb-1 text-12 font-medium">When it runs</legend>
        <div className="flex flex-wrap gap-1.5">
          {KINDS.map(({ value, word }) => (
            <label
              key={value}
              className="flex h-8 items-center gap-1.5 rounded-base border border-line-strong px-2.5 has-checked:border-accent has-checked:bg-raised"
            >
              <input
                type="radio"
                name={name}
                checked={plan.kind === value}
                onChange={() => set({ kind: value })}
                className="accent-accent"
              />
              {word}
            </label>
          ))}
        </div>
      </fieldset>
      {plan.kind === "daily" ? (
        <>
          <div className="flex flex-wrap items-end gap-2">
            {plan.times.map((time, index) => (
              <div key={index} className="flex items-end gap-1">
                <Field
                  label={index === 0 ? "At" : `and at (${index + 1})`}
                  value={time}
                  onChange={(value) =>
                    set({ times: plan.times.map((each, at) => (at === index ? value : each)) })
                  }
                  placeholder="HH:MM"
                  inputMode="numeric"
                  className="w-24"
                />
                {plan.times.length > 1 ? (
                  <Button
                    variant="ghost"
                    size="icon"
                    aria-label={`Leave ${time} out`}
                    onClick={() => set({ times: plan.times.filter((_, at) => at !== index) })}
                  >
                    <X />
                  </Button>
                ) : null}
              </div>
            ))}
            <Button
              disabled={plan.times.length >= 12}
              onClick={() => set({ times: [...plan.times, plan.times.at(-1) ?? "10:00"] })}
              className="h-8"
            >
              <Plus /> Another time
            </Button>
          </div>
          {days}
        </>
      ) : null}
      {plan.kind === "around" ? (
        <div className="grid grid-cols-[96px_144px_144px] gap-3">
          <Field
            label="Minutes"
            value={String(Math.abs(plan.minutes))}
            inputMode="numeric"
            onChange={(value) => {
              const minutes = Number(value.replace(/\D/g, "").slice(0, 4));
              set({ minutes: plan.minutes < 0 ? -minutes : minutes });
            }}
          />
          <Select
            label="Before or after"
            value={plan.minutes < 0 ? "before" : "after"}
            options={[
              { value: "before", word: "before" },
              { value: "after", word: "after" },
            ]}
            onChange={(value) => {
              const minutes = Math.abs(plan.minutes);
              set({ minutes: value === "before" ? -minutes : minutes });
            }}
          />
          <Select
            label="Which end"
            value={plan.edge}
            options={[
              { value: "open", word: "the opening" },
              { value: "close", word: "the close" },
            ]}
            onChange={(value) => set({ edge: value === "open" ? "open" : "close" })}
          />
        </div>
      ) : null}
      {plan.kind === "every" ? (
        <>
          <Select
            label="How often"
            value={String(plan.step)}
            options={STEPS.map((step) => ({
              value: String(step),
              word:
                step === 1 ? "every minute" : step === 60 ? "every hour" : `every ${step} minutes`,
            }))}
            onChange={(value) => set({ step: Number(value) })}
            className="w-56"
          />
          {days}
        </>
      ) : null}
      {plan.kind === "monthly" ? (
        <div className="grid grid-cols-[200px_96px] gap-3">
          <Select label="On" value={plan.day} options={MONTHLY} onChange={(day) => set({ day })} />
          <Field
            label="At"
            value={plan.times[0] ?? ""}
            placeholder="HH:MM"
            onChange={(value) => set({ times: [value] })}
          />
        </div>
      ) : null}
      {plan.kind === "cron" ? (
        <Field
          label="Cron expression"
          hint="minute, hour, day of month, month, day of week; seconds first if you want"
          value={plan.cron}
          onChange={(cron) => set({ cron })}
          placeholder="0 16 * * MON-FRI"
          className="max-w-96 [&_input]:font-mono"
        />
      ) : null}
      {ruleFault === null ? null : (
        <p role="alert" className="text-12 text-error">
          {plain(ruleFault)}
        </p>
      )}
      <div className="grid grid-cols-3 gap-3 max-[1100px]:grid-cols-2">
        <Select
          label="Whose trading days count"
          value={schedule.exchange}
          fault={faults["exchange"] ?? null}
          options={EXCHANGES.map(({ value, title }) => ({ value, word: title }))}
          onChange={(exchange) => onChange({ ...schedule, exchange })}
        />
        {plan.kind === "around" ? null : (
          <Select
            label="On whose clock"
            value={schedule.time_zone}
            fault={faults["time_zone"] ?? null}
            options={[
              { value: "", word: "the exchange's" },
              ...ZONES.map((value) => ({ value, word: value })),
            ]}
            onChange={(zone) => onChange({ ...schedule, time_zone: zone })}
          />
        )}
        <Select
          label="Of a trading day"
          value={schedule.hours}
          fault={faults["hours"] ?? null}
          options={[
            { value: "trading_day", word: "every time" },
            { value: "trading", word: "only while the exchange trades" },
          ]}
          onChange={(hours) => onChange({ ...schedule, hours })}
        />
      </div>
      <details className="rounded-base border">
        <summary className="px-3 py-1.5 font-medium">When a run cannot be made as planned</summary>
        <div className="grid grid-cols-3 items-start gap-3 border-t p-3 max-[1100px]:grid-cols-2">
          <Select
            label="A missed run"
            value={schedule.missed}
            fault={faults["missed"] ?? null}
            options={[
              { value: "run_once", word: "the latest is run once" },
              { value: "skip", word: "is left out" },
            ]}
            onChange={(missed) => onChange({ ...schedule, missed })}
          />
          <Field
            label="How late it may be"
            hint="minutes"
            inputMode="numeric"
            value={schedule.grace_minutes}
            fault={faults["grace_minutes"] ?? null}
            onChange={(minutes) => onChange({ ...schedule, grace_minutes: minutes })}
          />
          <Select
            label="While the run before goes on"
            value={schedule.overlap}
            fault={faults["overlap"] ?? null}
            options={[
              { value: "skip", word: "the new one is left out" },
              { value: "queue", word: "the new one waits" },
              { value: "cancel_older", word: "the older one ends" },
            ]}
            onChange={(overlap) => onChange({ ...schedule, overlap })}
          />
          <Field
            label="A failed run is tried again"
            hint="times, 0 to 5"
            inputMode="numeric"
            value={schedule.retries}
            fault={faults["retries"] ?? null}
            onChange={(retries) => onChange({ ...schedule, retries })}
          />
          <Field
            label="It pauses itself after"
            hint="failures in a row; never if empty"
            inputMode="numeric"
            value={schedule.pause_after_failures}
            fault={faults["pause_after_failures"] ?? null}
            onChange={(failures) => onChange({ ...schedule, pause_after_failures: failures })}
          />
        </div>
      </details>
    </div>
  );
}
