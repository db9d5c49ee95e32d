import { Check } from "lucide-react";
import { DropdownMenu as Radix } from "radix-ui";
import type { ReactNode } from "react";

import { cn } from "@/ui/cn";

const ITEM =
  "flex h-7 cursor-default items-center gap-2 rounded-[4px] px-2 outline-none select-none data-[disabled]:opacity-50 data-[highlighted]:bg-raised [&_svg]:size-3.5 [&_svg]:text-muted";

export function Menu({
  trigger,
  children,
  align = "start",
  width,
}: {
  trigger: ReactNode;
  children: ReactNode;
  align?: "start" | "end";
  width?: string;
}) {
  return (
    <Radix.Root>
      <Radix.Trigger asChild>{trigger}</Radix.Trigger>
      <Radix.Portal>
        <Radix.Content
          align={align}
          sideOffset={4}
          collisionPadding={8}
          className={cn(
            "arrive z-50 max-h-[70vh] min-w-44 overflow-y-auto rounded-card border bg-surface p-1 shadow-float",
            width,
          )}
        >
          {children}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}

export function MenuItem({
  children,
  onSelect,
  disabled = false,
  keys,
}: {
  children: ReactNode;
  onSelect: () => void;
  disabled?: boolean;
  keys?: string;
}) {
  return (
    <Radix.Item className={ITEM} disabled={disabled} onSelect={onSelect}>
      {children}
      {keys ? <kbd className="ml-auto pl-4 font-sans text-12 text-muted">{keys}</kbd> : null}
    </Radix.Item>
  );
}

export function MenuCheck({
  children,
  checked,
  onChange,
}: {
  children: ReactNode;
  checked: boolean;
  onChange: (checked: boolean) => void;
}) {
  return (
    <Radix.CheckboxItem
      className={cn(ITEM, "pr-4 pl-7 relative")}
      checked={checked}
      onCheckedChange={onChange}
      onSelect={(event) => event.preventDefault()}
    >
      <Radix.ItemIndicator className="absolute left-2">
        <Check />
      </Radix.ItemIndicator>
      {children}
    </Radix.CheckboxItem>
  );
}

export function MenuChoice<T extends string>({
  label,
  value,
  options,
  onChange,
}: {
  label: string;
  value: T;
  options: readonly { value: T; text: ReactNode }[];
  onChange: (value: T) => void;
}) {
  return (
    <Radix.RadioGroup
      value={value}
      onValueChange={(next) => {
        const option = options.find((each) => each.value === next);
        if (option) onChange(option.value);
      }}
    >
      <Radix.Label className="px-2 py-1 text-12 text-muted">{label}</Radix.Label>
      {options.map((option) => (
        <Radix.RadioItem
          key={option.value}
          value={option.value}
          className={cn(ITEM, "relative pl-7")}
        >
          <Radix.ItemIndicator className="absolute left-2">
            <Check />
          </Radix.ItemIndicator>
          {option.text}
        </Radix.RadioItem>
      ))}
    </Radix.RadioGroup>
  );
}

export const MenuLine = () => <Radix.Separator className="my-1 h-px bg-line" />;
export const MenuLabel = ({ children }: { children: ReactNode }) => (
  <Radix.Label className="px-2 py-1 text-12 text-muted">{children}</Radix.Label>
);
