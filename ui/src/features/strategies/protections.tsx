import { Plus, X } from "lucide-react";

import { Select } from "@/schedule/builder";
import { Fault } from "@/features/strategies/parts";
import type { Findings } from "@/features/strategies/use-form";
import type { ProtectionForm } from "@/gen/types";
import { Button } from "@/ui/button";
import { Field } from "@/ui/field";

interface Kind {
  value: string;
  word: string;
  /** What it does, in a sentence. */
  words: string;
  /** What it asks for besides: the name in the file, a label, and where it begins. */
  values: readonly { name: string; label: string; begin: string }[];
}

const KINDS: readonly Kind[] = [
  {
    value: "stop_loss_guard",
    word: "Stop-loss guard",
    words: "After so many stops within the time looked back, entries are locked.",
    values: [{ name: "stops", label: "Stops", begin: "3" }],
  },
  {
    value: "cool_down",
    word: "Cool-down",
    words: "After each exit, entries are locked for a while.",
    values: [],
  },
  {
    value: "low_profit",
    word: "Low profit",
    words: "Where the returns of the trades add up to less, entries are locked.",
    values: [
      { name: "minimum_return_percent", label: "Least sum of returns, %", begin: "0" },
      { name: "minimum_trades", label: "From so many trades on", begin: "3" },
    ],
  },
  {
    value: "drawdown",
    word: "Drawdown",
    words: "Where the account fell this far over the trades, entries are locked.",
    values: [
      { name: "maximum_percent", label: "Most drawdown, %", begin: "10" },
      { name: "minimum_trades", label: "From so many trades on", begin: "3" },
    ],
  },
  {
    value: "straight_losses",
    word: "Straight losses",
    words: "After so many losses in a row, entries are locked.",
    values: [{ name: "losses", label: "Losses in a row", begin: "3" }],
  },
];

const REACHES = [
  { value: "symbol", word: "this symbol" },
  { value: "strategy", word: "the strategy" },
  { value: "account", word: "the account" },
] as const;

/** A protection of a kind as it begins. */
function begin(kind: string): ProtectionForm {
  const found = KINDS.find(({ value }) => value === kind);
  return {
    kind,
    reach: kind === "cool_down" ? "symbol" : "strategy",
    look_back_hours: kind === "cool_down" ? "" : "720",
    lock_hours: "24",
    values: Object.fromEntries((found?.values ?? []).map(({ name, begin: at }) => [name, at])),
  };
}

/** What closes entries for a while after trades went badly. Exits are never closed by it. */
export function Protections({
  protections,
  findings,
  onChange,
}: {
  protections: readonly ProtectionForm[];
  findings: Findings;
  onChange: (protections: ProtectionForm[]) => void;
}) {
  const change = (at: number, next: ProtectionForm) =>
    onChange(protections.map((each, index) => (index === at ? next : each)));
  return (
    <section aria-label="Protections" className="space-y-2 border-t pt-4">
      <h3 className="font-semibold">Protections</h3>
      <p className="max-w-[72ch] text-muted">
        They close entries for a while after trades went badly. Exits are never closed by them.
      </p>
      {protections.length > 0 ? (
        <ol className="divide-y rounded-base border">
          {protections.map((protection, index) => {
            const kind = KINDS.find(({ value }) => value === protection.kind);
            const path = `protections.${index}`;
            const set = (fields: Partial<ProtectionForm>) =>
              change(index, { ...protection, ...fields });
            return (
              <li key={index} className="space-y-2 px-3 py-2.5">
                <div className="flex flex-wrap items-end gap-3">
                  <Select
                    label="Kind"
                    value={protection.kind}
                    options={KINDS}
                    fault={findings.fault(`${path}.kind`)}
                    onChange={(next) => change(index, begin(next))}
                    className="w-40"
                  />
                  <Select
                    label="Reach"
                    value={protection.reach}
                    options={REACHES}
                    fault={findings.fault(`${path}.reach`)}
                    onChange={(reach) => set({ reach })}
                    className="w-32"
                  />
                  {(kind?.values ?? []).map(({ name, label }) => (
                    <Field
                      key={name}
                      label={label}
                      inputMode="decimal"
                      value={protection.values[name] ?? ""}
                      fault={findings.fault(`${path}.${name}`)}
                      onChange={(value) => set({ values: { ...protection.values, [name]: value } })}
                      className="w-44"
                    />
                  ))}
                  {protection.kind === "cool_down" ? null : (
                    <Field
                      label="Looks back"
                      hint="hours"
                      inputMode="numeric"
                      value={protection.look_back_hours}
                      fault={findings.fault(`${path}.look_back_hours`)}
                      onChange={(hours) => set({ look_back_hours: hours })}
                      className="w-32"
                    />
                  )}
                  <Field
                    label="Locks for"
                    hint="hours"
                    inputMode="numeric"
                    value={protection.lock_hours}
                    fault={findings.fault(`${path}.lock_hours`)}
                    onChange={(hours) => set({ lock_hours: hours })}
                    className="w-32"
                  />
                  <Button
                    variant="ghost"
                    size="icon"
                    className="ml-auto"
                    aria-label={`Leave protection ${index + 1} out`}
                    onClick={() => onChange(protections.filter((_, at) => at !== index))}
                  >
                    <X />
                  </Button>
                </div>
                {kind ? <p className="text-12 text-muted">{kind.words}</p> : null}
              </li>
            );
          })}
        </ol>
      ) : null}
      <Fault>{findings.fault("protections")}</Fault>
      <Button
        disabled={protections.length >= 20}
        onClick={() => onChange([...protections, begin("stop_loss_guard")])}
      >
        <Plus /> Add a protection
      </Button>
    </section>
  );
}
