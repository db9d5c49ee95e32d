import type { QuietHours as Hours } from "@/gen/types";
import { INPUT } from "@/ui/field";
import { cn } from "@/ui/cn";
import { Switch } from "@/ui/switch";

const USUAL: Hours = { from: "22:00", until: "07:00" };

/** From when until when, by the clock of this computer. */
export function QuietHours({
  hours,
  zone,
  onChange,
}: {
  hours: Hours | null;
  zone: string;
  onChange: (hours: Hours | null) => void;
}) {
  const time = (label: string, part: keyof Hours, value: Hours) => (
    <label className="flex items-center gap-1.5">
      <span className="text-muted">{label}</span>
      <input
        // What is typed is kept when the field is left, not with every figure.
        key={value[part]}
        type="time"
        required
        defaultValue={value[part]}
        aria-label={`Quiet ${label}`}
        onBlur={({ target }) => {
          if (target.value !== "" && target.value !== value[part])
            onChange({ ...value, [part]: target.value });
        }}
        className={cn(INPUT, "w-28")}
      />
    </label>
  );
  return (
    <div className="flex flex-wrap items-center justify-end gap-3">
      {hours ? (
        <>
          {time("from", "from", hours)}
          {time("until", "until", hours)}
          <span className="text-12 text-muted">{zone}</span>
        </>
      ) : null}
      <Switch
        label="Quiet hours"
        checked={hours !== null}
        onChange={(isOn) => onChange(isOn ? USUAL : null)}
      />
    </div>
  );
}
