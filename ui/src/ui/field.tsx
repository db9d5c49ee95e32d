import { type ComponentProps, type ReactNode, useId } from "react";

import { cn } from "@/ui/cn";

export const INPUT =
  "tabular h-8 w-full min-w-0 rounded-base border border-line-strong bg-ground px-2.5 placeholder:text-muted aria-[invalid=true]:border-error";

interface FieldProps extends Omit<ComponentProps<"input">, "onChange"> {
  label: string;
  /** Stands behind the label. */
  hint?: ReactNode;
  /** What is wrong with what was typed. */
  fault?: string | null;
  onChange: (value: string) => void;
}

/** A line to type in, with its label above and its fault below. */
export function Field({ label, hint, fault, onChange, className, ...rest }: FieldProps) {
  const id = useId();
  return (
    <div className={cn("min-w-0", className)}>
      <label htmlFor={id} className="mb-1 block text-12 font-medium">
        {label}
        {hint ? <span className="font-normal text-muted"> {hint}</span> : null}
      </label>
      <input
        id={id}
        autoComplete="off"
        spellCheck={false}
        aria-invalid={fault != null}
        aria-describedby={fault ? `${id}-fault` : undefined}
        className={INPUT}
        onChange={(event) => onChange(event.target.value)}
        {...rest}
      />
      {fault ? (
        <p id={`${id}-fault`} role="alert" className="mt-1 text-12 text-error">
          {fault}
        </p>
      ) : null}
    </div>
  );
}
