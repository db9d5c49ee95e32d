import type { RefObject } from "react";

import { cn } from "@/ui/cn";

interface SearchFieldProps {
  ref: RefObject<HTMLInputElement | null>;
  value: string;
  onChange: (value: string) => void;
  label: string;
  placeholder: string;
  className?: string;
}

/** What a list is searched for. Escape empties it and gives the keys back to the page. */
export function SearchField(props: SearchFieldProps) {
  const { ref, value, onChange, label, placeholder, className } = props;
  return (
    <input
      ref={ref}
      type="search"
      value={value}
      onChange={(event) => onChange(event.target.value)}
      onKeyDown={(event) => {
        if (event.key === "Escape") {
          onChange("");
          event.currentTarget.blur();
        }
      }}
      aria-label={label}
      placeholder={placeholder}
      className={cn(
        "ml-auto h-8 rounded-base border border-line-strong bg-surface px-2.5 placeholder:text-muted",
        className,
      )}
    />
  );
}
