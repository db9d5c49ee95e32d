import { ArrowDown, ArrowUp, Plus, X } from "lucide-react";
import { useState } from "react";

import { useRead } from "@/api/context";
import { Select } from "@/schedule/builder";
import { Fault, Warning } from "@/features/strategies/parts";
import type { SectionProps } from "@/features/strategies/sections";
import type { IndicatorForm, IndicatorKindDto } from "@/gen/types";
import { plain } from "@/lib/text";
import { humanise } from "@/lib/words";
import { Button } from "@/ui/button";
import { Field } from "@/ui/field";
import { Skeleton } from "@/ui/panel";

const begin = (kind: IndicatorKindDto): IndicatorForm => ({
  kind: kind.kind,
  parameters: Object.fromEntries(
    kind.parameters
      .filter(({ value_type: type }) => type !== "choice")
      .map((parameter) => [parameter.name, parameter.default]),
  ),
});

/** What is computed, in order, each with its parameters. */
export function IndicatorsSection({ form, findings, onChange }: SectionProps) {
  const catalogue = useRead("indicator_kinds_list", {});
  const kinds = catalogue.data ?? [];
  const sets = useRead("indicator_sets_list", {}).data ?? [];
  const [adding, setAdding] = useState("");
  const [taking, setTaking] = useState("");
  const set = sets.find(({ id }) => id === taking);
  const { indicators } = form;
  // The fields follow from the schema, and none is to change under somebody's hands.
  if (catalogue.isPending) return <Skeleton className="h-64" />;
  const change = (at: number, indicator: IndicatorForm) =>
    onChange({ indicators: indicators.map((each, index) => (index === at ? indicator : each)) });
  const move = (at: number, by: number) => {
    const moved = [...indicators];
    const [taken] = moved.splice(at, 1);
    if (taken) onChange({ indicators: moved.toSpliced(at + by, 0, taken) });
  };
  const chosen = kinds.find(({ kind }) => kind === adding) ?? kinds[0];
  return (
    <div className="space-y-4">
      <ol aria-label="Indicators" className="divide-y rounded-base border">
        {indicators.map((indicator, index) => {
          const kind = kinds.find((each) => each.kind === indicator.kind.toUpperCase());
          const path = `indicators.${index}`;
          const label = findings.check?.indicators[index] ?? kind?.label ?? indicator.kind;
          return (
            <li key={index} className="px-3 py-2.5">
              <div className="flex flex-wrap items-end gap-3">
                <div className="w-48 shrink-0 self-center">
                  <p className="font-medium">{plain(label)}</p>
                  <p className="truncate text-12 text-muted" title={kind?.description}>
                    {kind?.name ?? ""}
                  </p>
                </div>
                <Parameters
                  indicator={indicator}
                  kind={kind}
                  label={label}
                  fault={(name) => findings.fault(`${path}.${name}`)}
                  onChange={(next) => change(index, next)}
                />
                <span className="ml-auto flex items-center">
                  <Button
                    variant="ghost"
                    size="icon"
                    disabled={index === 0}
                    aria-label={`${plain(label)} one up`}
                    onClick={() => move(index, -1)}
                  >
                    <ArrowUp />
                  </Button>
                  <Button
                    variant="ghost"
                    size="icon"
                    disabled={index === indicators.length - 1}
                    aria-label={`${plain(label)} one down`}
                    onClick={() => move(index, 1)}
                  >
                    <ArrowDown />
                  </Button>
                  <Button
                    variant="ghost"
                    size="icon"
                    aria-label={`Leave ${plain(label)} out`}
                    onClick={() =>
                      onChange({ indicators: indicators.filter((_, at) => at !== index) })
                    }
                  >
                    <X />
                  </Button>
                </span>
              </div>
              <Fault>{findings.fault(`${path}.kind`)}</Fault>
              <Warning>{findings.warning(path)}</Warning>
            </li>
          );
        })}
      </ol>
      <Fault>{findings.fault("indicators")}</Fault>
      <Warning>{findings.warning("indicators")}</Warning>
      <div className="flex flex-wrap items-end gap-2">
        <Select
          label="Another indicator"
          value={chosen?.kind ?? ""}
          options={kinds.map(({ kind, name, group }) => ({
            value: kind,
            word: `${name} (${group})`,
          }))}
          onChange={setAdding}
          className="w-80"
        />
        <Button
          className="h-8"
          disabled={!chosen || indicators.length >= 40}
          onClick={() => {
            if (chosen) onChange({ indicators: [...indicators, begin(chosen)] });
          }}
        >
          <Plus /> Add it
        </Button>
        {sets.length > 0 ? (
          <>
            <Select
              label="A named set in the place of all"
              value={taking}
              options={[
                { value: "", word: "none" },
                ...sets.map(({ id, name }) => ({ value: id, word: plain(name) })),
              ]}
              onChange={setTaking}
              className="w-56"
            />
            <Button
              className="h-8"
              disabled={set === undefined}
              onClick={() => {
                if (set)
                  onChange({
                    indicators: set.indicators.map(({ kind, parameters }) => ({
                      kind,
                      parameters: { ...parameters },
                    })),
                  });
                setTaking("");
              }}
            >
              Take it
            </Button>
          </>
        ) : null}
      </div>
      {chosen ? <p className="text-12 text-muted">{chosen.description}</p> : null}
    </div>
  );
}

/** The parameters of one indicator, by their schema where it is known. */
function Parameters({
  indicator,
  kind,
  label,
  fault,
  onChange,
}: {
  indicator: IndicatorForm;
  kind: IndicatorKindDto | undefined;
  label: string;
  fault: (name: string) => string | null;
  onChange: (indicator: IndicatorForm) => void;
}) {
  const set = (name: string, value: string) =>
    onChange({ ...indicator, parameters: { ...indicator.parameters, [name]: value } });
  const known = kind?.parameters ?? [];
  const others = Object.keys(indicator.parameters).filter((name) =>
    known.every((parameter) => parameter.name !== name),
  );
  return (
    <>
      {known.map((parameter) => {
        const value = indicator.parameters[parameter.name];
        return parameter.value_type === "choice" ? (
          <Select
            key={parameter.name}
            label={parameter.label}
            value={value ?? parameter.default}
            fault={fault(parameter.name)}
            options={parameter.choices.map((choice) => ({
              value: choice,
              word: humanise(choice),
            }))}
            onChange={(next) => set(parameter.name, next)}
            className="w-28"
          />
        ) : (
          <Field
            key={parameter.name}
            label={parameter.label}
            aria-label={`${plain(label)}: ${parameter.label}`}
            title={`${parameter.description} ${parameter.minimum ?? ""} to ${parameter.maximum ?? ""}`}
            inputMode="decimal"
            value={value ?? ""}
            placeholder={parameter.default}
            fault={fault(parameter.name)}
            onChange={(next) => set(parameter.name, next)}
            className="w-28"
          />
        );
      })}
      {others.map((name) => (
        <Field
          key={name}
          label={humanise(name)}
          aria-label={`${plain(label)}: ${humanise(name)}`}
          value={indicator.parameters[name] ?? ""}
          fault={fault(name)}
          onChange={(next) => set(name, next)}
          className="w-28"
        />
      ))}
    </>
  );
}
