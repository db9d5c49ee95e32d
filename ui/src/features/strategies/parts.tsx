import type { ReactNode } from "react";

import { plain } from "@/lib/text";
import { cn } from "@/ui/cn";
import { Field, INPUT } from "@/ui/field";
import { Light } from "@/ui/state";

/** What a run would stumble over, beneath the field that it is about. */
export function Warning({ children }: { children: string | null }) {
  return children === null ? null : (
    <p role="status" className="mt-1 flex items-start gap-1.5 text-12 text-warn">
      <Light tone="warn" shape="triangle" className="mt-0.5" />
      {plain(children)}
    </p>
  );
}

/** What is wrong, beneath a group of fields. */
export function Fault({ children, id }: { children: string | null; id?: string }) {
  return children === null ? null : (
    <p id={id} role="alert" className="mt-1 text-12 text-error">
      {plain(children)}
    </p>
  );
}

interface AmountProps {
  label: string;
  unit: string;
  value: string;
  placeholder?: string;
  fault: string | null;
  onChange: (value: string) => void;
}

/** A number with its unit behind it. */
export function Amount({ label, unit, value, placeholder, fault, onChange }: AmountProps) {
  return (
    <Field
      label={label}
      hint={unit}
      value={value}
      placeholder={placeholder}
      fault={fault}
      inputMode="decimal"
      onChange={onChange}
    />
  );
}

interface OptionProps<T extends string> {
  legend: string;
  name: string;
  value: string;
  options: readonly { value: T; title: string; words: ReactNode }[];
  onChange: (value: T) => void;
}

/** One of a few, each with a sentence. */
export function Options<T extends string>(props: OptionProps<T>) {
  const { legend, name, value, options, onChange } = props;
  return (
    <fieldset>
      <legend className="mb-1 text-12 font-medium">{legend}</legend>
      <div className="grid gap-2">
        {options.map((option) => (
          <label
            key={option.value}
            className="flex items-start gap-2.5 rounded-base border border-line-strong px-3 py-2 has-checked:border-accent has-checked:bg-raised"
          >
            <input
              type="radio"
              name={name}
              checked={value === option.value}
              onChange={() => onChange(option.value)}
              className="mt-[3px] accent-accent"
            />
            <span>
              <span className="block font-medium">{option.title}</span>
              <span className="block max-w-[72ch] text-12 text-muted">{option.words}</span>
            </span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}

/** Several lines to type in. */
export function Lines({
  label,
  hint,
  id,
  value,
  rows,
  fault,
  onChange,
}: {
  label: string;
  hint?: string;
  id: string;
  value: string;
  rows: number;
  fault: string | null;
  onChange: (value: string) => void;
}) {
  return (
    <div>
      <label htmlFor={id} className="mb-1 block text-12 font-medium">
        {label}
        {hint === undefined ? null : <span className="font-normal text-muted"> {hint}</span>}
      </label>
      <textarea
        id={id}
        rows={rows}
        value={value}
        aria-invalid={fault !== null}
        aria-describedby={fault === null ? undefined : `${id}-fault`}
        onChange={({ target }) => onChange(target.value)}
        className={cn(INPUT, "h-auto py-1.5")}
      />
      <Fault id={`${id}-fault`}>{fault}</Fault>
    </div>
  );
}
