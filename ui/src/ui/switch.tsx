import { Switch as Radix } from "radix-ui";

interface SwitchProps {
  checked: boolean;
  onChange: (checked: boolean) => void;
  /** What it switches. */
  label: string;
  disabled?: boolean;
}

/** On or off. */
export function Switch({ checked, onChange, label, disabled = false }: SwitchProps) {
  return (
    <Radix.Root
      checked={checked}
      disabled={disabled}
      onCheckedChange={onChange}
      onClick={(event) => event.stopPropagation()}
      aria-label={label}
      className="relative h-[18px] w-8 shrink-0 rounded-full border border-line-strong bg-raised transition-colors duration-[120ms] disabled:opacity-50 data-[state=checked]:border-accent data-[state=checked]:bg-accent"
    >
      <Radix.Thumb className="block size-3 translate-x-0.5 rounded-full bg-muted transition-transform duration-[120ms] data-[state=checked]:translate-x-[15px] data-[state=checked]:bg-on-solid" />
    </Radix.Root>
  );
}
