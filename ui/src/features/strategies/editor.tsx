import { useEffect, useRef, useState } from "react";

import { EngineError } from "@/api/api";
import { useAct, useApi, useRead } from "@/api/context";
import { type SectionId } from "@/features/strategies/links";
import { Said } from "@/features/strategies/review";
import { FORM_SECTIONS } from "@/features/strategies/sections";
import { useStrategyForm } from "@/features/strategies/use-form";
import { focusFault } from "@/features/strategies/wizard";
import type { FormProblem, StrategyFormDto } from "@/gen/types";
import { plain } from "@/lib/text";
import { Button } from "@/ui/button";
import { Confirm } from "@/ui/dialog";
import { useHotkeys } from "@/ui/hotkeys";
import { Notice } from "@/ui/notice";
import { Skeleton } from "@/ui/panel";
import { Reading } from "@/ui/reading";
import { Segments } from "@/ui/segments";
import { useToast } from "@/ui/toast";
import { useSettled } from "@/ui/use-settled";

interface EditorProps {
  strategyId: string;
  /** The section to begin at. */
  section: SectionId | null;
  onLeave: () => void;
}

/** A strategy on one page, as a form or as the file. */
export function EditorPage(props: EditorProps) {
  const { strategyId } = props;
  const begin = useRead("strategy_form_get", { strategy_id: strategyId, version: null });
  return (
    <div className="h-full overflow-y-auto">
      <div className="mx-auto max-w-[1180px] px-6 pb-12">
        <Reading
          of={begin}
          what="the strategy"
          skeleton={<Skeleton className="mt-4 h-96 rounded-card" />}
        >
          {(form) => <Editor key={strategyId} {...props} begin={form} />}
        </Reading>
      </div>
    </div>
  );
}

const anchor = (id: SectionId) => `section-${id}`;

function Editor({ strategyId, section, onLeave, begin }: EditorProps & { begin: StrategyFormDto }) {
  const api = useApi();
  const toast = useToast();
  const handle = useStrategyForm({ strategyId, version: begin.version, form: begin.form });
  const { form, findings, text } = handle;
  const kept = useRead("strategy_export", { strategy_id: strategyId }).data?.toml ?? "";
  const settled = useSettled(text ?? "");
  const read = useRead(
    "strategy_form_read",
    { toml: settled },
    { enabled: text !== null, keep: true },
  );
  const save = useAct("strategy_save");
  const [failure, setFailure] = useState<EngineError | null>(null);
  const [asking, setAsking] = useState(false);
  const place = useRef<HTMLDivElement>(null);
  const checking = useRef(false);
  useEffect(() => {
    checking.current = handle.isChecking;
  }, [handle.isChecking]);
  const isText = text !== null;
  const problems: readonly FormProblem[] = isText
    ? (read.data?.problems ?? [])
    : (findings.check?.problems ?? []);
  const name = plain(begin.form.name);

  const goTo = (id: SectionId) => {
    const part = document.getElementById(anchor(id));
    part?.scrollIntoView({ block: "start" });
    part?.querySelector<HTMLElement>("h2")?.focus({ preventScroll: true });
  };
  useEffect(() => {
    if (section) goTo(section);
  }, [section]);

  const failed = (thrown: unknown) =>
    setFailure(thrown instanceof EngineError ? thrown : new EngineError(thrown));
  const asForm = async () => {
    setFailure(null);
    try {
      const found = await api.ask("strategy_form_read", { toml: text ?? "" });
      if (found.form) handle.take(found.form);
      else
        setFailure(
          new EngineError({
            code: "invalid_request",
            message: "The text cannot be shown as a form as long as something is wrong in it.",
            hint: null,
          }),
        );
    } catch (thrown) {
      failed(thrown);
    }
  };
  const asText = async () => {
    setFailure(null);
    try {
      const checked = await api.ask("strategy_form_check", { strategy_id: strategyId, form });
      // What nobody has changed is shown as it was written, with its remarks.
      handle.write(handle.isChanged ? checked.toml : kept);
    } catch (thrown) {
      failed(thrown);
    }
  };
  const submit = async () => {
    setFailure(null);
    try {
      let toml = text;
      if (toml === null) {
        const request = { strategy_id: strategyId, form };
        const checked = await api.ask("strategy_form_check", request);
        if (checked.problems.length > 0) {
          focusFault(place.current, () => !checking.current);
          return;
        }
        toml = checked.toml;
      } else {
        const found = await api.ask("strategy_form_read", { toml });
        if (found.problems.length > 0) return;
      }
      const strategy = await save.mutateAsync({
        strategy_id: strategyId,
        toml,
        based_on_version: handle.base,
      });
      handle.reset();
      toast({ title: `Version ${strategy.version} of ${plain(strategy.name)} is saved.` });
      onLeave();
    } catch (thrown) {
      failed(thrown);
    }
  };
  useHotkeys([
    {
      keys: "mod+s",
      label: "Save the strategy",
      group: "Strategy",
      always: true,
      run: () => {
        if (handle.isChanged && !save.isPending) void submit();
      },
    },
  ]);
  return (
    <>
      <header className="sticky top-0 z-20 -mx-6 mb-4 flex flex-wrap items-center gap-2.5 border-b bg-ground px-6 py-3">
        <h1 className="text-18 font-semibold">{name}</h1>
        <span className="tabular text-12 text-muted">
          change of version {handle.base}, <code className="font-mono">{strategyId}</code>
        </span>
        <Segments
          label="How it is shown"
          value={isText ? "text" : "form"}
          options={[
            { value: "form", text: "Form" },
            { value: "text", text: "As text" },
          ]}
          onChange={(next) => void (next === "text" ? asText() : asForm())}
        />
        <span className="ml-auto" />
        <span role="status" className="text-12 text-muted">
          {handle.isChanged ? "Not saved, kept as a draft" : "Nothing changed"}
        </span>
        <Button size="large" onClick={onLeave}>
          Leave
        </Button>
        <Button size="large" disabled={!handle.isChanged} onClick={() => setAsking(true)}>
          Discard
        </Button>
        <Button
          size="large"
          variant="primary"
          disabled={!handle.isChanged || save.isPending}
          onClick={() => void submit()}
          title="Ctrl+S"
        >
          {save.isPending ? "Saving…" : `Save as version ${begin.version + 1}`}
        </Button>
      </header>
      <div className="space-y-4">
        {handle.overtaken === null ? null : (
          <Notice
            tone="warn"
            shape="triangle"
            title={`Version ${handle.overtaken} was saved in the meantime`}
            actions={
              <Button onClick={handle.rebase}>
                Make it a change of version {handle.overtaken}
              </Button>
            }
          >
            <p className="text-muted">
              What stands here is a change of version {handle.base} and would undo what came after
              it.
            </p>
          </Notice>
        )}
        {handle.restored && handle.isChanged ? (
          <Notice tone="info" shape="half" title="This is what you changed and did not save" />
        ) : null}
        {failure ? (
          <Notice role="alert" tone="error" shape="cross" title={plain(failure.message)}>
            {failure.hint === null ? null : <p className="text-muted">{plain(failure.hint)}</p>}
          </Notice>
        ) : null}
        {problems.length > 0 ? (
          <div className="rounded-card border border-error bg-surface px-4 py-2">
            <Said problems={problems} isFault onSection={(id) => (isText ? undefined : goTo(id))} />
          </div>
        ) : null}
        {isText ? (
          <div>
            <textarea
              aria-label={`${name} as TOML`}
              value={text}
              spellCheck={false}
              onChange={({ target }) => handle.write(target.value)}
              className="h-[calc(100vh-260px)] w-full rounded-card border border-line-strong bg-surface p-4 font-mono text-12 leading-[1.6]"
            />
            <p className="mt-1 text-12 text-muted">
              It is checked while you write, and saved as it stands here. As a form it is written
              anew, without remarks.
            </p>
          </div>
        ) : (
          <div
            ref={place}
            className="grid grid-cols-[176px_minmax(0,1fr)] items-start gap-6 max-[900px]:grid-cols-1"
          >
            <nav aria-label="Sections" className="sticky top-[72px] max-[900px]:hidden">
              <ul className="space-y-0.5">
                {FORM_SECTIONS.map(({ id, title }) => (
                  <li key={id}>
                    <button
                      type="button"
                      onClick={() => goTo(id)}
                      className="flex h-7 w-full items-center rounded-base px-2.5 text-left hover:bg-raised"
                    >
                      {title}
                      {findings.problemsOf(id).length > 0 ? (
                        <span className="ml-auto text-12 text-error">
                          {findings.problemsOf(id).length}
                          <span className="sr-only"> wrong</span>
                        </span>
                      ) : null}
                    </button>
                  </li>
                ))}
              </ul>
            </nav>
            <div className="min-w-0 space-y-4">
              {FORM_SECTIONS.map(({ id, title, words, show }) => (
                <section
                  key={id}
                  id={anchor(id)}
                  aria-label={title}
                  className="scroll-mt-[72px] rounded-card border bg-surface"
                >
                  <header className="border-b px-5 py-2.5">
                    <h2 tabIndex={-1} className="font-semibold outline-none">
                      {title}
                    </h2>
                    <p className="text-12 text-muted">{words}</p>
                  </header>
                  <div className="p-5">
                    {show({ form, findings, limits: begin.limits, onChange: handle.set })}
                  </div>
                </section>
              ))}
            </div>
          </div>
        )}
      </div>
      <Confirm
        open={asking}
        onOpenChange={() => setAsking(false)}
        title="Discard what you changed?"
        action="Discard it"
        danger
        onConfirm={() => {
          handle.reset();
          setFailure(null);
        }}
      >
        {name} stays as version {begin.version} has it.
      </Confirm>
    </>
  );
}
