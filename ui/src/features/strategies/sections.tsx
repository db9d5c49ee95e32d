import { type ReactNode, useId } from "react";

import { useRead } from "@/api/context";
import { ScheduleBuilder, Select } from "@/schedule/builder";
import { SchedulePreview } from "@/schedule/preview";
import { IndicatorsSection } from "@/features/strategies/indicators-section";
import type { SectionId } from "@/features/strategies/links";
import { Amount, Fault, Lines, Options, Warning } from "@/features/strategies/parts";
import { Protections } from "@/features/strategies/protections";
import { SymbolsSection } from "@/features/strategies/symbols-section";
import type { Findings } from "@/features/strategies/use-form";
import { AUTONOMIES, limitWords } from "@/features/strategies/words";
import type { LimitDto, ScheduleForm, StrategyForm } from "@/gen/types";
import { plain } from "@/lib/text";
import { humanise, LANGUAGES } from "@/lib/words";
import { Switch } from "@/ui/switch";

export interface SectionProps {
  form: StrategyForm;
  findings: Findings;
  limits: readonly LimitDto[];
  onChange: (change: Partial<StrategyForm>) => void;
}

const USUAL_SCHEDULE: ScheduleForm = {
  rule: "0 16 * * MON-FRI",
  exchange: "NYSE",
  time_zone: "",
  hours: "trading_day",
  missed: "run_once",
  grace_minutes: "15",
  overlap: "skip",
  retries: "0",
  pause_after_failures: "",
};

const PROMPT_TYPES = ["daily", "weekly", "consolidation"] as const;

/** Who reads the charts: the rule analyst, or a model under prompts. */
function AnalystSection({ form, findings, onChange }: SectionProps) {
  const id = useId();
  const { analyst } = form;
  const models = useRead("models_list", {}).data?.models ?? [];
  const prompts = useRead("prompts_list", {
    prompt_type: null,
    language: null,
    strategy_id: null,
    include_deleted: false,
  }).data;
  const set = (change: Partial<StrategyForm["analyst"]>) =>
    onChange({ analyst: { ...analyst, ...change } });
  return (
    <div className="space-y-4">
      <Options
        legend="Who reads the charts"
        name={`${id}-kind`}
        value={analyst.kind}
        options={[
          {
            value: "rules",
            title: "The built-in rule analyst",
            words:
              "SuperTrend, SMA(20), MACD and RSI vote, and three of four have to agree. It costs nothing and needs no prompt.",
          },
          {
            value: "model",
            title: "A language model",
            words:
              "It reads the charts under your prompts. Code checks its answer, and the same rule has to confirm it.",
          },
        ]}
        onChange={(kind) => set({ kind })}
      />
      {analyst.kind === "model" ? (
        <>
          <div className="grid grid-cols-2 gap-3 max-[1000px]:grid-cols-1">
            <div>
              <Select
                label="Model"
                value={analyst.model}
                fault={findings.fault("analyst.model")}
                options={[
                  { value: "", word: models.length === 0 ? "there is none yet" : "choose one" },
                  ...models.map(({ name, provider }) => ({
                    value: name,
                    word: `${plain(name)} (${provider})`,
                  })),
                ]}
                onChange={(model) => set({ model })}
              />
              <Warning>{findings.warning("analyst.model")}</Warning>
              {models.length === 0 ? (
                <p className="mt-1 text-12">
                  <a
                    href="#/models?add=true"
                    className="text-accent underline-offset-2 hover:underline"
                  >
                    Add a model
                  </a>{" "}
                  <span className="text-muted">What is filled in here is kept.</span>
                </p>
              ) : null}
            </div>
            <Select
              label="Language"
              value={analyst.language}
              fault={findings.fault("analyst.language")}
              options={Object.entries(LANGUAGES).map(([value, word]) => ({ value, word }))}
              onChange={(language) => set({ language })}
            />
          </div>
          <div className="grid grid-cols-3 gap-3 max-[1000px]:grid-cols-1">
            {PROMPT_TYPES.map((type) => (
              <div key={type}>
                <Select
                  label={`Prompt, ${type}`}
                  value={analyst.prompts[type] ?? ""}
                  fault={findings.fault(`analyst.prompts.${type}`)}
                  options={[
                    { value: "", word: "the one that is looked up" },
                    ...(prompts ?? [])
                      .filter((prompt) => prompt.prompt_type === type)
                      .map((prompt) => ({
                        value: prompt.id,
                        word: `${plain(prompt.name)}${prompt.is_active ? "" : " (off)"}`,
                      })),
                  ]}
                  onChange={(chosen) => {
                    const others = Object.entries(analyst.prompts).filter(
                      ([each]) => each !== type,
                    );
                    set({
                      prompts: Object.fromEntries(
                        chosen === "" ? others : [...others, [type, chosen]],
                      ),
                    });
                  }}
                />
                <Warning>{findings.warning(`analyst.prompts.${type}`)}</Warning>
              </div>
            ))}
          </div>
          <Lines
            id={`${id}-instructions`}
            label="What the strategy adds to each prompt"
            hint="as data, at most 500 characters"
            rows={3}
            value={analyst.instructions}
            fault={findings.fault("analyst.instructions")}
            onChange={(instructions) => set({ instructions })}
          />
        </>
      ) : null}
      <Fault>{findings.fault("analyst.kind")}</Fault>
    </div>
  );
}

/** When it runs by itself, and what that comes to. */
function ScheduleSection({ form, findings, onChange }: SectionProps) {
  const { schedule } = form;
  return (
    <div className="space-y-4">
      <div className="flex items-center gap-2.5">
        <Switch
          checked={schedule !== null}
          label="It runs by itself"
          onChange={(on) => onChange({ schedule: on ? USUAL_SCHEDULE : null })}
        />
        <span className="font-medium">It runs by itself</span>
        {schedule === null ? (
          <span className="text-muted">Without a schedule it runs by hand only.</span>
        ) : null}
      </div>
      {schedule === null ? null : (
        <>
          <ScheduleBuilder
            schedule={schedule}
            faults={findings.inside("schedule")}
            onChange={(next) => onChange({ schedule: next })}
          />
          <section aria-label="What that comes to" className="rounded-base border p-3">
            {schedule.rule.trim() === "" ? (
              <p className="text-muted">There is no rule yet that names a time.</p>
            ) : (
              <SchedulePreview schedule={schedule} />
            )}
          </section>
        </>
      )}
    </div>
  );
}

/** The limits, with what holds where one is left empty. */
function RiskSection({ form, findings, limits, onChange }: SectionProps) {
  const known = limits.map(({ name }) => name);
  const others = Object.keys(form.risk).filter((name) => !known.includes(name));
  const set = (name: string, value: string) => onChange({ risk: { ...form.risk, [name]: value } });
  return (
    <div className="space-y-3">
      <p className="max-w-[72ch] text-muted">
        They hold beside the limits of the account, and the stricter one decides. A field that is
        empty is as usual; where there is no usual limit, there is none.
      </p>
      <div className="grid grid-cols-3 items-start gap-x-4 gap-y-3 max-[1100px]:grid-cols-2">
        {[...limits, ...others.map((name) => ({ name, usual: "" }))].map(({ name, usual }) => {
          const { label, unit } = limitWords(name);
          return (
            <Amount
              key={name}
              label={label}
              unit={unit}
              value={form.risk[name] ?? ""}
              placeholder={usual === "" ? "no limit" : `${usual}, as usual`}
              fault={findings.fault(`risk.${name}`)}
              onChange={(value) => set(name, value)}
            />
          );
        })}
      </div>
      <Protections
        protections={form.protections}
        findings={findings}
        onChange={(protections) => onChange({ protections })}
      />
    </div>
  );
}

/** How far it may go by itself. */
function AutonomySection({ form, findings, onChange }: SectionProps) {
  const id = useId();
  return (
    <div className="space-y-4">
      <Options
        legend="How far it may go by itself"
        name={`${id}-autonomy`}
        value={form.autonomy}
        options={AUTONOMIES}
        onChange={(autonomy) => onChange({ autonomy })}
      />
      <Fault>{findings.fault("autonomy")}</Fault>
      {form.autonomy === "propose" ? (
        <div className="w-64">
          <Amount
            label="An order waits for you"
            unit="minutes, at most a week"
            value={form.approval_minutes}
            placeholder="1440, as usual"
            fault={findings.fault("approval_minutes")}
            onChange={(minutes) => onChange({ approval_minutes: minutes })}
          />
        </div>
      ) : null}
      <div className="flex items-center gap-2.5">
        <Switch
          checked={form.allow_delayed}
          label="Decisions may rest on delayed prices"
          onChange={(allowed) => onChange({ allow_delayed: allowed })}
        />
        <span>
          Decisions may rest on delayed prices{" "}
          <span className="text-12 text-muted">
            for accounts without a subscription to live ones; the run says so each time
          </span>
        </span>
      </div>
    </div>
  );
}

interface Section {
  id: SectionId;
  title: string;
  /** What it asks, in a sentence. */
  words: string;
  show: (props: SectionProps) => ReactNode;
}

/** The parts of a strategy, in the order in which they are filled in. */
export const FORM_SECTIONS: readonly Section[] = [
  {
    id: "symbols",
    title: "Name and symbols",
    words: "What is looked at, and under which name you find it.",
    show: (props) => <SymbolsSection {...props} />,
  },
  {
    id: "indicators",
    title: "Indicators",
    words: "What is computed from the prices and shown to whoever reads the charts.",
    show: (props) => <IndicatorsSection {...props} />,
  },
  {
    id: "analyst",
    title: "Prompts and model",
    words: "Who reads the charts and says what to do.",
    show: (props) => <AnalystSection {...props} />,
  },
  {
    id: "schedule",
    title: "Schedule",
    words: "When it runs by itself, on trading days.",
    show: (props) => <ScheduleSection {...props} />,
  },
  {
    id: "risk",
    title: "Risk",
    words: "What it may stake. The limits are held by code, whatever anybody proposes.",
    show: (props) => <RiskSection {...props} />,
  },
  {
    id: "autonomy",
    title: "Autonomy",
    words: "Whether an order is sent, and who says yes to it.",
    show: (props) => <AutonomySection {...props} />,
  },
];

export const sectionTitle = (id: SectionId): string =>
  FORM_SECTIONS.find((section) => section.id === id)?.title ?? humanise(id);
