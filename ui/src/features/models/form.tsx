import { type ReactNode, useId, useState } from "react";

import { EngineError } from "@/api/api";
import { useAct } from "@/api/context";
import { KINDS } from "@/features/models/words";
import type { ModelDto, ModelKind } from "@/gen/types";
import { signOf, subtract } from "@/lib/decimal";
import { Button } from "@/ui/button";
import { cn } from "@/ui/cn";
import { Dialog } from "@/ui/dialog";
import { Field, INPUT } from "@/ui/field";

interface Draft {
  kind: ModelKind;
  name: string;
  model: string;
  url: string;
  temperature: string;
  tokens: string;
  seconds: string;
  input: string;
  output: string;
  key: string;
}

const draftOf = (model: ModelDto | null): Draft => ({
  kind: model?.kind ?? "openai",
  name: model?.name ?? "",
  model: model?.model ?? "",
  url: model?.url ?? "",
  temperature: model?.temperature ?? "",
  tokens: model ? String(model.maximum_output_tokens) : "",
  seconds: model ? String(model.deadline_seconds) : "",
  input: model?.price?.input_per_million ?? "",
  output: model?.price?.output_per_million ?? "",
  key: "",
});

const PRICE = /^\d{1,7}(\.\d{1,8})?$/;
const isWhole = (text: string, least: number, most: number) =>
  /^\d{1,6}$/.test(text) && Number(text) >= least && Number(text) <= most;

type Faults = Partial<Record<keyof Draft, string>>;

/** What is wrong with what was typed, by field. The engine checks all of it again. */
function faultsOf(draft: Draft, taken: readonly string[]): Faults {
  const faults: Faults = {};
  if (!/^[a-z0-9._-]{1,40}$/.test(draft.name))
    faults.name = "1 to 40 lower-case letters, digits, dots, hyphens or underscores.";
  else if (taken.includes(draft.name)) faults.name = `There is a model called ${draft.name}.`;
  if (draft.model.trim() === "") faults.model = "How the provider names the model.";
  if (draft.url.trim() === "") {
    if (draft.kind === "openai_compatible") faults.url = "The address of the server.";
  } else if (!/^https?:\/\/[^\s/]+/.test(draft.url.trim()))
    faults.url = "An address begins with http:// or https://.";
  if (draft.temperature !== "") {
    const above = signOf(subtract(draft.temperature, "2"));
    if (above === null || above > 0 || signOf(draft.temperature) === -1)
      faults.temperature = "A number from 0 to 2.";
  }
  if (draft.tokens !== "" && !isWhole(draft.tokens, 1, 65_536))
    faults.tokens = "A whole number from 1 to 65536.";
  if (draft.seconds !== "" && !isWhole(draft.seconds, 5, 600))
    faults.seconds = "A whole number from 5 to 600.";
  const priced = draft.input !== "" || draft.output !== "";
  for (const side of ["input", "output"] as const)
    if (priced && !PRICE.test(draft[side]))
      faults[side] = "USD, such as 2.50; 0 for one that costs nothing.";
  return faults;
}

function Section({
  title,
  columns = "grid-cols-2",
  children,
}: {
  title: string;
  columns?: string;
  children: ReactNode;
}) {
  return (
    <fieldset className="border-t px-5 py-4 first:border-t-0">
      <legend className="float-left mb-2.5 w-full font-semibold">{title}</legend>
      <div className={cn("clear-both grid items-start gap-x-4 gap-y-3", columns)}>{children}</div>
    </fieldset>
  );
}

/** Adds a model, or changes one. */
export function ModelForm({
  model,
  taken,
  onClose,
  onSaved,
}: {
  /** The one that is changed; a new one without. */
  model: ModelDto | null;
  taken: readonly string[];
  onClose: () => void;
  onSaved: (name: string) => void;
}) {
  const [draft, setDraft] = useState(() => draftOf(model));
  // Faults are shown from the first press of the button on, not while a field is typed into first.
  const [pressed, setPressed] = useState(false);
  // What this form has added already is not taken by somebody else.
  const [added, setAdded] = useState<string | null>(null);
  const [failure, setFailure] = useState<{ what: string; error: EngineError } | null>(null);
  const save = useAct("model_save");
  const price = useAct("model_price_set");
  const key = useAct("model_key_set");
  const busy = save.isPending || price.isPending || key.isPending;
  const all = faultsOf(draft, model ? [] : taken.filter((name) => name !== added));
  const faults = pressed ? all : {};
  const change = (field: keyof Draft) => (value: string) =>
    setDraft((before) => ({ ...before, [field]: value }));
  const kind = KINDS.find(({ value }) => value === draft.kind);
  const moved = model !== null && draft.url.trim() !== model.url && draft.url.trim() !== "";
  const kindId = useId();

  const submit = async () => {
    setPressed(true);
    setFailure(null);
    if (Object.keys(all).length > 0) return;
    const { name } = draft;
    const text = (value: string) => (value.trim() === "" ? null : value.trim());
    let what = model ? `${name} was not changed.` : `${name} was not added.`;
    try {
      await save.mutateAsync({
        name,
        kind: draft.kind,
        model: draft.model.trim(),
        url: text(draft.url),
        temperature: text(draft.temperature),
        maximum_output_tokens: draft.tokens === "" ? null : Number(draft.tokens),
        deadline_seconds: draft.seconds === "" ? null : Number(draft.seconds),
      });
      setAdded(name);
      const before = model?.price ?? null;
      const dearer =
        draft.input !== "" &&
        (before?.input_per_million !== draft.input || before.output_per_million !== draft.output);
      if (dearer) {
        what = `${name} is saved, its price is not.`;
        await price.mutateAsync({
          name,
          input_per_million: draft.input,
          output_per_million: draft.output,
        });
      }
      if (draft.key !== "") {
        what = `${name} is saved, its key is not.`;
        await key.mutateAsync({ name, key: draft.key });
      }
      onSaved(name);
    } catch (thrown) {
      setFailure({ what, error: thrown instanceof EngineError ? thrown : new EngineError(thrown) });
    } finally {
      // Whatever became of it, the window keeps no key.
      change("key")("");
    }
  };

  return (
    <Dialog
      open
      onOpenChange={onClose}
      title={model ? `Change ${model.name}` : "Add a model"}
      description="Amounts are USD. A key is kept by this computer and is never shown again."
      className="w-[min(640px,calc(100vw-32px))]"
      testId="model-form"
    >
      <form
        noValidate
        className="flex min-h-0 flex-1 flex-col"
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}
      >
        <div className="min-h-0 flex-1 overflow-y-auto">
          <Section title="Which model">
            <div>
              <label htmlFor={kindId} className="mb-1 block text-12 font-medium">
                Protocol
              </label>
              <select
                id={kindId}
                value={draft.kind}
                onChange={({ target }) => {
                  const found = KINDS.find(({ value }) => value === target.value);
                  if (found) setDraft((before) => ({ ...before, kind: found.value }));
                }}
                className={INPUT}
              >
                {KINDS.map(({ value, word }) => (
                  <option key={value} value={value}>
                    {word}
                  </option>
                ))}
              </select>
              <p className="mt-1 text-12 text-muted">{kind?.what}</p>
            </div>
            <Field
              label="Name"
              hint="for you and your strategies"
              value={draft.name}
              fault={faults.name ?? null}
              onChange={change("name")}
              placeholder="such as reader"
              readOnly={model !== null}
              className={cn(model && "opacity-70")}
            />
            <Field
              label="Model"
              value={draft.model}
              fault={faults.model ?? null}
              onChange={change("model")}
              placeholder={kind?.example}
            />
            <div>
              <Field
                label="Address"
                hint={draft.kind === "openai_compatible" ? "" : "the usual one if empty"}
                value={draft.url}
                fault={faults.url ?? null}
                onChange={change("url")}
                placeholder={draft.kind === "openai_compatible" ? "http://127.0.0.1:8080/v1" : ""}
                inputMode="url"
              />
              {moved && model.key === "present" ? (
                <p className="mt-1 text-12 text-warn">
                  Another address: the kept key is forgotten and has to be entered again.
                </p>
              ) : null}
            </div>
            {model ? null : (
              <Field
                label="Key"
                hint={
                  draft.kind === "ollama" || draft.kind === "openai_compatible"
                    ? "if the server asks for one"
                    : ""
                }
                type="password"
                value={draft.key}
                onChange={change("key")}
                className="col-span-2"
              />
            )}
          </Section>
          <Section title="What it costs from now on">
            <Field
              label="A million tokens read"
              value={draft.input}
              fault={faults.input ?? null}
              onChange={change("input")}
              inputMode="decimal"
              placeholder="USD"
            />
            <Field
              label="A million tokens written"
              value={draft.output}
              fault={faults.output ?? null}
              onChange={change("output")}
              inputMode="decimal"
              placeholder="USD"
            />
            <p className="col-span-2 text-12 text-muted">
              See the provider&apos;s price list; 0 for one that runs on your own computer. Without
              a price a model is not asked, because no budget could hold.
            </p>
          </Section>
          <Section title="How it is asked" columns="grid-cols-3">
            <Field
              label="Temperature"
              hint="0 to 2"
              placeholder="its own"
              value={draft.temperature}
              fault={faults.temperature ?? null}
              onChange={change("temperature")}
              inputMode="decimal"
            />
            <Field
              label="Longest reply"
              hint="tokens"
              placeholder="4096"
              value={draft.tokens}
              fault={faults.tokens ?? null}
              onChange={change("tokens")}
              inputMode="numeric"
            />
            <Field
              label="Deadline"
              hint="seconds"
              placeholder="120"
              value={draft.seconds}
              fault={faults.seconds ?? null}
              onChange={change("seconds")}
              inputMode="numeric"
            />
          </Section>
        </div>
        <footer className="flex items-center gap-3 border-t px-5 py-3">
          {failure ? (
            <p role="alert" className="min-w-0 flex-1 text-12 text-error">
              <span className="font-medium">{failure.what}</span> {failure.error.message}{" "}
              {failure.error.hint}
            </p>
          ) : null}
          <span className="ml-auto" />
          <Button size="large" onClick={onClose}>
            Cancel
          </Button>
          <Button size="large" variant="primary" type="submit" disabled={busy}>
            {busy ? "Saving…" : model ? `Save ${model.name}` : "Add the model"}
          </Button>
        </footer>
      </form>
    </Dialog>
  );
}
