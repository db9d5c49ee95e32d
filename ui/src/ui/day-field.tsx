import { useState } from "react";

import { closeOf } from "@/lib/time";
import { cn } from "@/ui/cn";

interface DayFieldProps {
  label: string;
  /** `YYYY-MM-DD`, or nothing. */
  value: string | null;
  onChange: (day: string | null) => void;
}

/** A day to type. What is no day is marked and not taken. */
export function DayField({ label, value, onChange }: DayFieldProps) {
  const [typed, setTyped] = useState(value ?? "");
  const [shown, setShown] = useState(value);
  if (shown !== value) {
    setShown(value);
    setTyped(value ?? "");
  }
  const faulty = typed.trim() !== "" && closeOf(typed) === null;
  const take = () => {
    const day = typed.trim() === "" ? null : typed.trim();
    if (!faulty && day !== value) onChange(day);
  };
  return (
    <label
      className={cn(
        "inline-flex h-7 items-center gap-1.5 rounded-base border border-line-strong bg-surface pl-2.5",
        value !== null && "border-accent",
        faulty && "border-error",
      )}
    >
      <span className="text-muted">{label}</span>
      <input
        value={typed}
        onChange={(event) => setTyped(event.target.value)}
        onBlur={take}
        onKeyDown={(event) => {
          if (event.key === "Enter") take();
        }}
        aria-invalid={faulty}
        title={faulty ? "Write a day such as 2012-06-15" : undefined}
        placeholder="YYYY-MM-DD"
        autoComplete="off"
        spellCheck={false}
        className="tabular h-full w-[104px] rounded-base bg-transparent pr-2 placeholder:text-muted"
      />
    </label>
  );
}

interface DaySpanProps {
  search: { from?: string; until?: string };
  onChange: (change: { from?: string | undefined; until?: string | undefined }) => void;
}

/** Narrows to the days from one on and up to another. */
export function DaySpan({ search, onChange }: DaySpanProps) {
  return (
    <>
      <DayField
        label="From"
        value={search.from ?? null}
        onChange={(from) => onChange({ from: from ?? undefined })}
      />
      <DayField
        label="To"
        value={search.until ?? null}
        onChange={(until) => onChange({ until: until ?? undefined })}
      />
    </>
  );
}
