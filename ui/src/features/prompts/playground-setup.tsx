import { type ReactNode, useId, useState } from "react";

import { useRead } from "@/api/context";
import { typeWord } from "@/features/prompts/words";
import type {
  ExecutionDto,
  PlaygroundArmRequest,
  PlaygroundEstimateRequest,
  PromptDetailDto,
  PromptDto,
  StrategyDto,
} from "@/gen/types";
import { plain } from "@/lib/text";
import { shortDateTime } from "@/lib/time";
import { executionWord } from "@/lib/words";
import { cn } from "@/ui/cn";
import { Field, INPUT } from "@/ui/field";
import { Segments } from "@/ui/segments";

/** Most executions of one experiment; the engine refuses more. */
const MOST = 50;

/** Executions that are offered. */
export const LISTED = { strategy_id: null, limit: 200 } as const;

/** What was done elsewhere, and a flattening, looked at no prices. */
export const looksAtPrices = ({ trigger }: ExecutionDto): boolean =>
  trigger === "schedule" || trigger === "manual" || trigger === "replay";

type Source = "newest" | "chosen";

/** What a person has put together, and what is wrong with it. */
export interface Experiment {
  first: string;
  second: string;
  model: string;
  source: Source;
  last: string;
  strategy: string;
  symbol: string;
  chosen: readonly string[];
  request: PlaygroundEstimateRequest;
  fault: string | null;
  change: (changes: Partial<Choices>) => void;
}

interface Choices {
  first: string;
  second: string;
  model: string;
  source: Source;
  last: string;
  strategy: string;
  symbol: string;
  chosen: readonly string[];
}

/** An arm as a value of a choice: `draft`, `version:3`, `prompt:id`. */
function arm(detail: PromptDetailDto, draft: string | null, value: string): PlaygroundArmRequest {
  const { id, prompt_type, language } = detail.prompt;
  const [kind, rest = ""] = value.split(/:(.*)/s);
  const prompt =
    kind === "draft"
      ? { prompt_id: id, version: null, text: draft ?? detail.text }
      : kind === "version"
        ? { prompt_id: id, version: Number(rest), text: null }
        : { prompt_id: rest, version: null, text: null };
  return {
    prompt,
    prompt_type: kind === "prompt" ? null : prompt_type,
    language: kind === "prompt" ? null : language,
  };
}

/** Holds what is put together, and makes a request of it. */
export function useExperiment(detail: PromptDetailDto, draft: string | null): Experiment {
  const [choices, setChoices] = useState<Choices>(() => ({
    first: draft === null ? `version:${detail.version}` : "draft",
    second: "",
    model: "",
    source: "newest",
    last: "10",
    strategy: "",
    symbol: "",
    chosen: [],
  }));
  // A text that was saved or thrown away meanwhile can no longer be chosen.
  const known = (value: string) =>
    value === "draft" && draft === null ? `version:${detail.version}` : value;
  const [first, second] = [known(choices.first), known(choices.second)];
  const count = /^\d{1,3}$/.test(choices.last.trim()) ? Number(choices.last) : 0;
  const fault =
    choices.source === "newest"
      ? count >= 1 && count <= MOST
        ? null
        : `Write how many of the newest runs, 1 to ${MOST}.`
      : choices.chosen.length === 0
        ? "Choose at least one run."
        : choices.chosen.length > MOST
          ? `${choices.chosen.length} runs are chosen; ${MOST} are the most.`
          : null;
  const newest = choices.source === "newest";
  return {
    ...choices,
    first,
    second,
    fault: fault ?? (first === second ? "Both sides are the same." : null),
    request: {
      arms: [first, second]
        .filter((value) => value !== "")
        .map((value) => arm(detail, draft, value)),
      model: choices.model === "" ? null : choices.model,
      execution_ids: newest ? [] : [...choices.chosen],
      last: newest ? count : null,
      strategy_id: newest && choices.strategy !== "" ? choices.strategy : null,
      symbol: newest && choices.symbol.trim() !== "" ? choices.symbol.trim().toUpperCase() : null,
    },
    change: (changes) => setChoices((before) => ({ ...before, ...changes })),
  };
}

function Choice({
  label,
  value,
  children,
  onChange,
}: {
  label: string;
  value: string;
  children: ReactNode;
  onChange: (value: string) => void;
}) {
  const id = useId();
  return (
    <div className="min-w-0 flex-1">
      <label htmlFor={id} className="mb-1 block text-12 font-medium">
        {label}
      </label>
      <select
        id={id}
        value={value}
        onChange={({ target }) => onChange(target.value)}
        className={INPUT}
      >
        {children}
      </select>
    </div>
  );
}

/** Which prompts, which model, which runs. */
export function PlaygroundSetup({
  detail,
  draft,
  prompts,
  strategies,
  models,
  experiment,
}: {
  detail: PromptDetailDto;
  draft: string | null;
  prompts: readonly PromptDto[];
  strategies: readonly StrategyDto[];
  models: readonly string[];
  experiment: Experiment;
}) {
  const { change } = experiment;
  const own = (
    <>
      {draft === null ? null : <option value="draft">what is written now, not saved</option>}
      {detail.versions.map(({ version, note }) => (
        <option key={version} value={`version:${version}`}>
          version {version}
          {note === "" ? "" : ` · ${plain(note).slice(0, 48)}`}
        </option>
      ))}
    </>
  );
  const others = prompts.filter(
    (each) =>
      each.id !== detail.prompt.id &&
      each.prompt_type === detail.prompt.prompt_type &&
      !each.is_deleted,
  );
  return (
    <section aria-label="What is tried" className="space-y-3 p-4">
      <div className="flex gap-3">
        <Choice
          label="This prompt"
          value={experiment.first}
          onChange={(first) => change({ first })}
        >
          {own}
        </Choice>
        <Choice
          label="Beside it"
          value={experiment.second}
          onChange={(second) => change({ second })}
        >
          <option value="">nothing</option>
          <optgroup label="This prompt">{own}</optgroup>
          {others.length === 0 ? null : (
            <optgroup label={`Other ${typeWord(detail.prompt.prompt_type).toLowerCase()} prompts`}>
              {others.map((each) => (
                <option key={each.id} value={`prompt:${each.id}`}>
                  {plain(each.name)} · {each.language} · version {each.version}
                </option>
              ))}
            </optgroup>
          )}
        </Choice>
      </div>
      <Choice label="Model" value={experiment.model} onChange={(model) => change({ model })}>
        <option value="">the one that the runs used, or the only one</option>
        {models.map((name) => (
          <option key={name} value={name}>
            {name}
          </option>
        ))}
      </Choice>
      <Segments
        label="On which runs"
        value={experiment.source}
        options={[
          { value: "newest", text: "The newest runs" },
          { value: "chosen", text: "Chosen runs" },
        ]}
        onChange={(source) => change({ source })}
      />
      {experiment.source === "newest" ? (
        <div className="flex gap-3">
          <Field
            label="How many"
            className="w-24"
            inputMode="numeric"
            value={experiment.last}
            onChange={(last) => change({ last })}
          />
          <Choice
            label="Strategy"
            value={experiment.strategy}
            onChange={(strategy) => change({ strategy })}
          >
            <option value="">every strategy</option>
            {strategies.map(({ id, name }) => (
              <option key={id} value={id}>
                {plain(name)}
              </option>
            ))}
          </Choice>
          <Field
            label="Symbol"
            className="w-24"
            placeholder="any"
            value={experiment.symbol}
            onChange={(symbol) => change({ symbol })}
          />
        </div>
      ) : (
        <Runs chosen={experiment.chosen} onChosen={(chosen) => change({ chosen })} />
      )}
    </section>
  );
}

function Runs({
  chosen,
  onChosen,
}: {
  chosen: readonly string[];
  onChosen: (chosen: readonly string[]) => void;
}) {
  const { data } = useRead("executions_list", LISTED);
  const runs = data?.filter(looksAtPrices) ?? [];
  return (
    <fieldset className="max-h-44 overflow-y-auto rounded-base border border-line-strong bg-ground">
      <legend className="sr-only">Chosen runs</legend>
      {runs.map((run) => (
        <label
          key={run.id}
          className={cn(
            "tabular flex cursor-pointer items-center gap-2 border-b px-2.5 py-1 last:border-b-0 hover:bg-raised",
            chosen.includes(run.id) && "bg-raised",
          )}
        >
          <input
            type="checkbox"
            checked={chosen.includes(run.id)}
            onChange={({ target }) =>
              onChosen(
                target.checked ? [...chosen, run.id] : chosen.filter((each) => each !== run.id),
              )
            }
          />
          <span className="font-medium">{run.symbol}</span>
          <span className="text-muted">{shortDateTime(run.as_of)}</span>
          <span className="ml-auto text-12 text-muted">
            {executionWord(run).word} · {plain(run.strategy_name)}
          </span>
        </label>
      ))}
    </fieldset>
  );
}
