import { ArrowLeft, ArrowRight } from "lucide-react";
import { type SubmitEvent, useEffect, useRef, useState } from "react";

import { EngineError } from "@/api/api";
import { useAct, useApi, useRead } from "@/api/context";
import { useSetActive } from "@/features/strategies/acts";
import { idFor } from "@/features/strategies/ids";
import type { SectionId } from "@/features/strategies/links";
import { Review } from "@/features/strategies/review";
import { FORM_SECTIONS } from "@/features/strategies/sections";
import { sectionOf, useStrategyForm } from "@/features/strategies/use-form";
import type { StrategyDto, StrategyFormDto } from "@/gen/types";
import { plain } from "@/lib/text";
import { Button } from "@/ui/button";
import { cn } from "@/ui/cn";
import { useHotkeys } from "@/ui/hotkeys";
import { Notice } from "@/ui/notice";
import { Skeleton } from "@/ui/panel";
import { Reading } from "@/ui/reading";
import { Light } from "@/ui/state";

/** The review comes after every section. */
const REVIEW = FORM_SECTIONS.length;

interface WizardProps {
  running: boolean;
  onRun: (strategy: StrategyDto) => void;
  /** Leaves for the list, at a strategy if one was made. */
  onLeave: (id: string | null) => void;
}

/** From an idea to a strategy, one question after the other. */
export function WizardPage(props: WizardProps) {
  const begin = useRead("strategy_form_get", { strategy_id: null, version: null });
  return (
    <div className="h-full overflow-y-auto">
      <div className="mx-auto max-w-[1180px] px-6 pt-4 pb-12">
        <Reading of={begin} what="the form" skeleton={<Skeleton className="h-96 rounded-card" />}>
          {(form) => <Wizard {...props} begin={form} />}
        </Reading>
      </div>
    </div>
  );
}

/** Looks for a field that is wrong until the engine has said which one it is, in milliseconds. */
const LOOKS_EVERY = 50;

/** Puts the focus on the first field that is wrong, once what is shown is what was checked last. */
export function focusFault(place: HTMLElement | null, isSettled: () => boolean, looks = 40): void {
  const found = isSettled() ? place?.querySelector<HTMLElement>("[aria-invalid=true]") : null;
  if (found) found.focus();
  else if (looks > 0) setTimeout(focusFault, LOOKS_EVERY, place, isSettled, looks - 1);
}

function Wizard({ begin, running, onRun, onLeave }: WizardProps & { begin: StrategyFormDto }) {
  const api = useApi();
  const handle = useStrategyForm({ strategyId: null, version: 0, form: begin.form });
  const { form, findings, goTo, isChecking } = handle;
  const step = Math.min(handle.step, REVIEW);
  const strategies = useRead("strategies_list", {}).data ?? [];
  const taken = strategies.map(({ id }) => id);
  // What is wrong is shown once somebody wanted to go on, and not while a field is filled in first.
  const [seen, setSeen] = useState<ReadonlySet<SectionId>>(
    () => new Set(FORM_SECTIONS.slice(0, step).map(({ id }) => id)),
  );
  const [saved, setSaved] = useState<StrategyDto | null>(null);
  const [failure, setFailure] = useState<EngineError | null>(null);
  const save = useAct("strategy_save");
  const place = useRef<HTMLFormElement>(null);
  const heading = useRef<HTMLHeadingElement>(null);
  const checking = useRef(false);
  useEffect(() => {
    checking.current = isChecking;
  }, [isChecking]);
  const shown = useRef(step);
  useEffect(() => {
    if (shown.current === step) return;
    shown.current = step;
    heading.current?.focus();
  }, [step]);

  const section = FORM_SECTIONS[step];
  const show = (next: number) => {
    if (section) setSeen((before) => new Set(before).add(section.id));
    setFailure(null);
    goTo(next);
  };
  const submit = async () => {
    setFailure(null);
    try {
      const request = { strategy_id: null, form };
      const checked = await api.ask("strategy_form_check", request);
      if (section) {
        setSeen((before) => new Set(before).add(section.id));
        const isWrong = checked.problems.some(({ field }) => sectionOf(field) === section.id);
        if (isWrong) focusFault(place.current, () => !checking.current);
        else goTo(step + 1);
        return;
      }
      if (checked.problems.length > 0) return;
      const strategy = await save.mutateAsync({
        strategy_id: idFor(form.name, taken),
        toml: checked.toml,
        based_on_version: 0,
      });
      handle.reset();
      setSaved(strategy);
    } catch (thrown) {
      setFailure(thrown instanceof EngineError ? thrown : new EngineError(thrown));
    }
  };
  useHotkeys(
    saved
      ? []
      : [
          {
            keys: "mod+enter",
            label: step === REVIEW ? "Save the strategy" : "Next step",
            group: "Wizard",
            always: true,
            run: () => void submit(),
          },
        ],
  );
  if (saved) return <Saved strategy={saved} running={running} onRun={onRun} onLeave={onLeave} />;

  const isBlocked = step === REVIEW && (findings.check?.problems.length ?? 0) > 0;
  return (
    <>
      <header className="mb-4 flex items-center gap-3">
        <h1 className="text-18 font-semibold">New strategy</h1>
        <span className="tabular text-muted">
          step {step + 1} of {REVIEW + 1}
        </span>
        <span className="ml-auto" />
        <span role="status" className="text-12 text-muted">
          {handle.isChanged ? "Kept as a draft" : ""}
        </span>
        <Button onClick={() => onLeave(null)}>Leave</Button>
      </header>
      {handle.restored ? (
        <div className="mb-4">
          <Notice
            tone="info"
            shape="half"
            title="This is what you began and did not save"
            actions={
              <Button
                onClick={() => {
                  handle.reset();
                  setSeen(new Set());
                }}
              >
                Start anew
              </Button>
            }
          />
        </div>
      ) : null}
      <div className="grid grid-cols-[216px_minmax(0,1fr)] items-start gap-6 max-[900px]:grid-cols-1">
        <nav aria-label="Steps">
          <ol className="space-y-0.5">
            {[...FORM_SECTIONS.map(({ title }) => title), "Review"].map((title, index) => {
              const each = FORM_SECTIONS[index];
              const wrong = each && seen.has(each.id) ? findings.problemsOf(each.id).length : 0;
              const isDone = each ? seen.has(each.id) && wrong === 0 && index < step : false;
              return (
                <li key={title}>
                  <button
                    type="button"
                    aria-current={index === step ? "step" : undefined}
                    onClick={() => show(index)}
                    className="flex h-8 w-full items-center gap-2.5 rounded-base px-2.5 text-left hover:bg-raised aria-[current=step]:bg-raised aria-[current=step]:font-medium"
                  >
                    <Light
                      tone={
                        wrong > 0 ? "error" : isDone ? "up" : index === step ? "accent" : "neutral"
                      }
                      shape={
                        wrong > 0 ? "cross" : isDone ? "check" : index === step ? "disc" : "ring"
                      }
                    />
                    {title}
                    <span className="sr-only">
                      {wrong > 0 ? ", something is wrong" : isDone ? ", done" : ""}
                    </span>
                  </button>
                </li>
              );
            })}
          </ol>
          <div
            role="progressbar"
            aria-label="Progress"
            aria-valuemin={0}
            aria-valuemax={REVIEW}
            aria-valuenow={step}
            className="mt-3 h-1 overflow-hidden rounded-full bg-line"
          >
            <div className="h-full bg-accent" style={{ width: `${(step / REVIEW) * 100}%` }} />
          </div>
        </nav>
        <form
          ref={place}
          noValidate
          onSubmit={(event: SubmitEvent) => {
            event.preventDefault();
            void submit();
          }}
          className="min-w-0 rounded-card border bg-surface"
        >
          <header className="border-b px-5 py-3">
            <h2 ref={heading} tabIndex={-1} className="text-15 font-semibold outline-none">
              {section?.title ?? "Review"}
            </h2>
            <p className="text-muted">
              {section?.words ??
                "Everything in sentences and as the file that is kept. Nothing runs before you switch it on."}
            </p>
          </header>
          <div className="p-5">
            {section ? (
              section.show({
                form,
                limits: begin.limits,
                findings: seen.has(section.id) ? findings : findings.quiet(),
                onChange: handle.set,
              })
            ) : (
              <Review
                form={form}
                findings={findings}
                onSection={(id) => show(FORM_SECTIONS.findIndex((each) => each.id === id))}
              />
            )}
          </div>
          <footer className="flex items-center gap-3 border-t px-5 py-3">
            <Button size="large" disabled={step === 0} onClick={() => show(step - 1)}>
              <ArrowLeft /> Back
            </Button>
            {failure ? (
              <p role="alert" className="min-w-0 flex-1 text-12 text-error">
                {plain(failure.message)} {plain(failure.hint ?? "")}
              </p>
            ) : null}
            <span className="ml-auto" />
            {isBlocked ? (
              <span className="text-12 text-error">Something is wrong: see above.</span>
            ) : null}
            <Button
              size="large"
              variant="primary"
              type="submit"
              disabled={save.isPending || (isBlocked && !isChecking)}
              title="Ctrl+Enter"
              data-testid="wizard-next"
            >
              {step < REVIEW ? (
                <>
                  Next <ArrowRight />
                </>
              ) : save.isPending ? (
                "Saving…"
              ) : (
                "Save the strategy"
              )}
            </Button>
          </footer>
        </form>
      </div>
    </>
  );
}

/** What comes after the strategy is saved. */
function Saved({
  strategy,
  running,
  onRun,
  onLeave,
}: {
  strategy: StrategyDto;
  running: boolean;
  onRun: (strategy: StrategyDto) => void;
  onLeave: (id: string | null) => void;
}) {
  const setActive = useSetActive();
  const listed = useRead("strategies_list", {}).data;
  const current = listed?.find(({ id }) => id === strategy.id) ?? strategy;
  const first = useRef<HTMLHeadingElement>(null);
  useEffect(() => first.current?.focus(), []);
  return (
    <section
      aria-label="Saved"
      data-testid="wizard-saved"
      className="mx-auto mt-[10vh] max-w-[640px] rounded-card border bg-surface p-6"
    >
      <h1 ref={first} tabIndex={-1} className="text-18 font-semibold outline-none">
        {plain(strategy.name)} is saved{current.active ? " and follows its schedule" : ""}
      </h1>
      <p className={cn("mt-1", current.active && "text-up")}>
        {current.active
          ? `Its next run is planned${current.schedule_words === null ? "" : `: ${plain(current.schedule_words)}`}.`
          : current.schedule === null
            ? "It has no schedule and runs by hand."
            : "Its schedule is still switched off: nothing runs before you say so."}
      </p>
      <div className="mt-5 flex flex-wrap gap-2">
        {current.schedule !== null && !current.active ? (
          <Button
            size="large"
            variant="primary"
            data-testid="wizard-switch-on"
            onClick={() => setActive(current, true)}
          >
            Switch its schedule on
          </Button>
        ) : null}
        <Button
          size="large"
          variant={current.active ? "primary" : "outline"}
          onClick={() => onLeave(strategy.id)}
        >
          Show it
        </Button>
        <Button size="large" disabled={running} onClick={() => onRun(strategy)}>
          Run it once now
        </Button>
      </div>
    </section>
  );
}
