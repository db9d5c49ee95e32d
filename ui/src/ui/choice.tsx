import { ChevronDown } from "lucide-react";
import type { ReactNode } from "react";

import { Button } from "@/ui/button";
import { cn } from "@/ui/cn";
import { Menu, MenuChoice } from "@/ui/menu";

interface ChoiceProps<T extends string> {
  label: string;
  value: T;
  options: readonly { value: T; text: ReactNode }[];
  onChange: (value: T) => void;
  /** What stands for nothing chosen; another value is shown as a filter that is on. */
  nothing?: T;
}

/** One of many, such as what a table is narrowed to. */
export function Choice<T extends string>(props: ChoiceProps<T>) {
  const { label, value, options, onChange, nothing } = props;
  const isOn = nothing !== undefined && value !== nothing;
  const shown = options.find((option) => option.value === value)?.text ?? value;
  return (
    <Menu
      trigger={
        <Button className={cn("max-w-72 font-normal", isOn && "border-accent")}>
          <span className="text-muted">{label}</span>{" "}
          <span className={cn("truncate", isOn && "font-medium")}>{shown}</span>
          <ChevronDown aria-hidden="true" />
        </Button>
      }
    >
      <MenuChoice label={label} value={value} options={options} onChange={onChange} />
    </Menu>
  );
}
