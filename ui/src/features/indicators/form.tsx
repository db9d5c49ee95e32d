import { useId } from "react";

import { barCount } from "@/features/indicators/words";
import type { IndicatorCheckDto, IndicatorKindDto, IndicatorParameterDto } from "@/gen/types";
import { Badge } from "@/ui/badge";
import { Button } from "@/ui/button";
import { Field, INPUT } from "@/ui/field";

interface FormProps {
  kind: IndicatorKindDto;
  values: Readonly<Record<string, string>>;
  /** What the engine says about them; nothing while it is asked. */
  check: IndicatorCheckDto | null;
  /** What it says on the chart; nothing while it warms up or is not drawn. */
  reading: string | null;
  /** Whether it is accepted as it is typed now. */
  isReady: boolean;
  isInSet: boolean;
  onValue: (name: string, value: string) => void;
  onReset: () => void;
  onAdd: () => void;
}

/** `1 to 500 bars`. */
const range = ({ minimum, maximum, unit }: IndicatorParameterDto): string =>
  `${minimum ?? ""} to ${maximum ?? ""}${unit === null ? "" : ` ${unit}`}`;

/** What an indicator is, its parameters with their ranges, and what they make. */
export function IndicatorForm(props: FormProps) {
  const { kind, values, check, reading, isReady, isInSet, onValue, onReset, onAdd } = props;
  const problems = check?.problems ?? [];
  const fault = (name: string) =>
    problems.find(({ parameter }) => parameter === name)?.message ?? null;
  const further = problems.filter(
    ({ parameter }) => !kind.parameters.some(({ name }) => name === parameter),
  );
  const isUsual = kind.parameters.every(({ name, default: usual }) => values[name] === usual);
  return (
    <section aria-label={kind.name} className="space-y-4 p-4">
      <header>
        <div className="flex items-center gap-2">
          <h2 className="text-15 font-semibold">{kind.name}</h2>
          <Badge>{kind.kind}</Badge>
        </div>
        <p className="mt-1 text-muted">{kind.description}</p>
      </header>
      {kind.parameters.length === 0 ? (
        <p>It has no parameters.</p>
      ) : (
        <div className="grid grid-cols-2 gap-x-4 gap-y-3">
          {kind.parameters.map((parameter) =>
            parameter.value_type === "choice" ? (
              <Choices
                key={parameter.name}
                parameter={parameter}
                value={values[parameter.name] ?? ""}
                onValue={(value) => onValue(parameter.name, value)}
              />
            ) : (
              <Field
                key={parameter.name}
                label={parameter.label}
                hint={range(parameter)}
                title={parameter.description}
                inputMode="decimal"
                value={values[parameter.name] ?? ""}
                fault={fault(parameter.name)}
                onChange={(value) => onValue(parameter.name, value.trim())}
              />
            ),
          )}
        </div>
      )}
      {kind.rules.length > 0 ? (
        <p className="text-12 text-muted">
          {kind.rules.map((rule) => rule.replaceAll("_", " ")).join(", ")}
        </p>
      ) : null}
      {further.map(({ message }) => (
        <p key={message} role="alert" className="text-error">
          {message}
        </p>
      ))}
      <dl className="grid grid-cols-[auto_1fr] gap-x-4 gap-y-1.5 border-t pt-3">
        <dt className="text-muted">Name</dt>
        <dd className="tabular">{check?.label ?? "–"}</dd>
        <dt className="text-muted">Warm-up</dt>
        <dd className="tabular">
          {check?.warm_up_bars == null ? "–" : barCount(check.warm_up_bars)}
        </dd>
        <dt className="text-muted">Drawn</dt>
        <dd>{kind.panel === "price" ? "over the price" : "in a panel of its own"}</dd>
        <dt className="text-muted">It says</dt>
        <dd data-testid="reading">{reading ?? "–"}</dd>
      </dl>
      <div className="flex gap-2">
        <Button
          variant="primary"
          disabled={!isReady || isInSet}
          title="Add it to the set that is being put together (a)"
          onClick={onAdd}
        >
          {isInSet ? "It is in the set" : "Add to the set"}
        </Button>
        <Button disabled={isUsual} onClick={onReset}>
          Usual values
        </Button>
      </div>
    </section>
  );
}

function Choices({
  parameter,
  value,
  onValue,
}: {
  parameter: IndicatorParameterDto;
  value: string;
  onValue: (value: string) => void;
}) {
  const id = useId();
  return (
    <div>
      <label htmlFor={id} className="mb-1 block text-12 font-medium">
        {parameter.label}
      </label>
      <select
        id={id}
        value={value}
        title={parameter.description}
        onChange={({ target }) => onValue(target.value)}
        className={INPUT}
      >
        {parameter.choices.map((choice) => (
          <option key={choice} value={choice}>
            {choice}
          </option>
        ))}
      </select>
    </div>
  );
}
