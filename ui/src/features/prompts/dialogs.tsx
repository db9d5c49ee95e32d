import { type ReactNode, useId, useState } from "react";

import { EngineError } from "@/api/api";
import { useAct, useApi, useRead } from "@/api/context";
import { TYPES } from "@/features/prompts/words";
import type { Language, PromptDto, PromptType, StrategyDto } from "@/gen/types";
import { characters, plain } from "@/lib/text";
import { LANGUAGES } from "@/lib/words";
import { Button } from "@/ui/button";
import { CopyButton } from "@/ui/copy-button";
import { Dialog } from "@/ui/dialog";
import { Field, INPUT } from "@/ui/field";
import { ErrorPanel, Skeleton } from "@/ui/panel";
import { TextFile } from "@/ui/text-file";

const LONGEST_NAME = 80;

const nameFault = (name: string): string | null =>
  name.trim() === ""
    ? "A name for people."
    : characters(name.trim()).length > LONGEST_NAME
      ? `At most ${LONGEST_NAME} characters.`
      : null;

/** Words between commas. */
const tagsOf = (text: string): string[] =>
  text
    .split(",")
    .map((tag) => tag.trim())
    .filter((tag) => tag !== "");

function tagsFault(text: string): string | null {
  const tags = tagsOf(text);
  if (tags.length > 10) return "At most 10 tags.";
  return tags.some((tag) => characters(tag).length > 30)
    ? "A tag has at most 30 characters."
    : null;
}

const said = (error: EngineError): string => [error.message, error.hint].filter(Boolean).join(" ");

function Choice({
  label,
  value,
  options,
  onChange,
}: {
  label: string;
  value: string;
  options: readonly { value: string; word: string }[];
  onChange: (value: string) => void;
}) {
  const id = useId();
  return (
    <div>
      <label htmlFor={id} className="mb-1 block text-12 font-medium">
        {label}
      </label>
      <select
        id={id}
        value={value}
        onChange={({ target }) => onChange(target.value)}
        className={INPUT}
      >
        {options.map((option) => (
          <option key={option.value} value={option.value}>
            {option.word}
          </option>
        ))}
      </select>
    </div>
  );
}

function Scope({
  value,
  strategies,
  onChange,
}: {
  value: string | null;
  strategies: readonly StrategyDto[];
  onChange: (value: string | null) => void;
}) {
  return (
    <Choice
      label="For"
      value={value ?? ""}
      options={[
        { value: "", word: "every strategy" },
        ...strategies.map(({ id, name }) => ({ value: id, word: name })),
      ]}
      onChange={(next) => onChange(next === "" ? null : next)}
    />
  );
}

/** The frame of a form: its fields, what failed, and its two buttons. */
function Form({
  title,
  description,
  action,
  busy,
  failure,
  children,
  onClose,
  onSubmit,
}: {
  title: string;
  description?: string;
  action: string;
  busy: boolean;
  failure: EngineError | null;
  children: ReactNode;
  onClose: () => void;
  onSubmit: () => void;
}) {
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title={title}
      description={description}
      className="w-[min(520px,calc(100vw-32px))]"
    >
      <form
        noValidate
        className="space-y-3 overflow-y-auto p-5"
        onSubmit={(event) => {
          event.preventDefault();
          onSubmit();
        }}
      >
        {children}
        {failure ? (
          <p role="alert" className="text-12 text-error">
            {said(failure)}
          </p>
        ) : null}
        <div className="flex justify-end gap-2 pt-2">
          <Button size="large" onClick={onClose}>
            Cancel
          </Button>
          <Button size="large" variant="primary" type="submit" disabled={busy}>
            {busy ? "Saving…" : action}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

/** Makes a prompt. It begins with the shipped text of its type, so that it can be rendered at once. */
export function NewPrompt({
  prompts,
  strategies,
  onClose,
  onMade,
}: {
  prompts: readonly PromptDto[];
  strategies: readonly StrategyDto[];
  onClose: () => void;
  onMade: (id: string) => void;
}) {
  const api = useApi();
  const [name, setName] = useState("");
  const [description, setDescription] = useState("");
  const [type, setType] = useState<PromptType>("daily");
  const [language, setLanguage] = useState<Language>("en");
  const [scope, setScope] = useState<string | null>(null);
  const [pressed, setPressed] = useState(false);
  const [failure, setFailure] = useState<EngineError | null>(null);
  const save = useAct("prompt_save");
  const fault = nameFault(name);
  const shipped = prompts.find(
    (each) => each.is_shipped && each.prompt_type === type && each.language === language,
  );
  const submit = async () => {
    setPressed(true);
    setFailure(null);
    if (fault !== null) return;
    try {
      const text = shipped
        ? (await api.ask("prompt_get", { prompt_id: shipped.id, version: null })).text
        : "{{ symbol }}\n";
      const made = await save.mutateAsync({
        prompt_id: null,
        based_on_version: null,
        name: name.trim(),
        description: description.trim(),
        prompt_type: type,
        language,
        strategy_id: scope,
        tags: [],
        text,
        note: shipped ? `Begins with ${shipped.name}` : "",
      });
      onMade(made.prompt.id);
    } catch (thrown) {
      setFailure(thrown instanceof EngineError ? thrown : new EngineError(thrown));
    }
  };
  return (
    <Form
      title="A new prompt"
      description="Type, language and strategy stay as they are made."
      action="Make it"
      busy={save.isPending}
      failure={failure}
      onClose={onClose}
      onSubmit={() => void submit()}
    >
      <Field label="Name" value={name} fault={pressed ? fault : null} onChange={setName} />
      <Field
        label="What it is for"
        hint="if you like"
        value={description}
        onChange={setDescription}
        maxLength={500}
      />
      <div className="grid grid-cols-2 gap-4">
        <Choice
          label="Type"
          value={type}
          options={TYPES}
          onChange={(next) => setType(TYPES.find(({ value }) => value === next)?.value ?? type)}
        />
        <Choice
          label="Language"
          value={language}
          options={Object.entries(LANGUAGES).map(([value, word]) => ({ value, word }))}
          onChange={(next) => setLanguage(next === "zh" ? "zh" : "en")}
        />
      </div>
      <Scope value={scope} strategies={strategies} onChange={setScope} />
      <p className="text-12 text-muted">
        {TYPES.find(({ value }) => value === type)?.what}{" "}
        {shipped ? "It begins with the shipped text, for you to change." : ""}
      </p>
    </Form>
  );
}

/** A new prompt out of a version of another. */
export function ClonePrompt({
  prompt,
  version,
  strategies,
  onClose,
  onMade,
}: {
  prompt: PromptDto;
  version: number;
  strategies: readonly StrategyDto[];
  onClose: () => void;
  onMade: (id: string) => void;
}) {
  const [name, setName] = useState(
    characters(prompt.is_shipped ? `My ${prompt.name}` : `${prompt.name}, copy`)
      .slice(0, LONGEST_NAME)
      .join(""),
  );
  const [scope, setScope] = useState(prompt.strategy_id);
  const clone = useAct("prompt_clone");
  const fault = nameFault(name);
  return (
    <Form
      title={`Clone ${plain(prompt.name)}`}
      description={`Out of version ${version}.`}
      action="Clone it"
      busy={clone.isPending}
      failure={clone.error}
      onClose={onClose}
      onSubmit={() => {
        if (fault === null)
          clone.mutate(
            { prompt_id: prompt.id, version, name: name.trim(), strategy_id: scope },
            { onSuccess: (made) => onMade(made.prompt.id) },
          );
      }}
    >
      <Field label="Name" value={name} fault={fault} onChange={setName} />
      <Scope value={scope} strategies={strategies} onChange={setScope} />
    </Form>
  );
}

/** What a prompt is called and found by. */
export function DescribePrompt({
  prompt,
  text,
  onClose,
}: {
  prompt: PromptDto;
  /** The text that is saved, which stays. */
  text: string;
  onClose: () => void;
}) {
  const [name, setName] = useState(prompt.name);
  const [description, setDescription] = useState(prompt.description);
  const [tags, setTags] = useState(prompt.tags.join(", "));
  const save = useAct("prompt_save");
  const faults = { name: nameFault(name), tags: tagsFault(tags) };
  return (
    <Form
      title={`Describe ${plain(prompt.name)}`}
      description="The text stays as it is, and so does its version."
      action="Save the description"
      busy={save.isPending}
      failure={save.error}
      onClose={onClose}
      onSubmit={() => {
        if (faults.name === null && faults.tags === null)
          save.mutate(
            {
              prompt_id: prompt.id,
              based_on_version: prompt.version,
              name: name.trim(),
              description: description.trim(),
              prompt_type: prompt.prompt_type,
              language: prompt.language,
              strategy_id: prompt.strategy_id,
              tags: tagsOf(tags),
              text,
              note: "",
            },
            { onSuccess: onClose },
          );
      }}
    >
      <Field label="Name" value={name} fault={faults.name} onChange={setName} />
      <Field label="What it is for" value={description} onChange={setDescription} maxLength={500} />
      <Field
        label="Tags"
        hint="words between commas"
        value={tags}
        fault={faults.tags}
        onChange={setTags}
      />
    </Form>
  );
}

const AREA =
  "h-64 w-full resize-y rounded-base border border-line-strong bg-ground px-2.5 py-2 font-mono text-12";

/** Prompts as a file, to copy or to keep. */
export function ExportPrompts({
  ids,
  onClose,
}: {
  /** All that are not deleted if empty. */
  ids: readonly string[];
  onClose: () => void;
}) {
  const { data, error, refetch } = useRead("prompt_export", { prompt_ids: [...ids] });
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title="Export"
      description={
        data
          ? `${data.count} ${data.count === 1 ? "prompt" : "prompts"}, each with its newest text`
          : "Prompts as a file"
      }
      className="w-[min(680px,calc(100vw-32px))]"
    >
      <div className="space-y-3 p-5">
        {error ? (
          <ErrorPanel
            what="The prompts could not be exported."
            error={error}
            onRetry={() => void refetch()}
          />
        ) : data ? (
          <>
            <textarea
              readOnly
              aria-label="The file"
              value={data.text}
              className={AREA}
              spellCheck={false}
            />
            <div className="flex items-center gap-2">
              <p className="text-12 text-muted">
                Save it as <code className="font-mono">{data.file_name}</code>, or let the terminal
                write it: <code className="font-mono">throughline prompt export</code>.
              </p>
              <span className="ml-auto" />
              <CopyButton text={data.text} label="Copy the file" words="Copy" />
            </div>
          </>
        ) : (
          <Skeleton className="h-64" />
        )}
      </div>
    </Dialog>
  );
}

/** Prompts out of a file. They come in switched off. */
export function ImportPrompts({
  onClose,
  onMade,
}: {
  onClose: () => void;
  onMade: (id: string) => void;
}) {
  const [text, setText] = useState("");
  const [unread, setUnread] = useState<string | null>(null);
  const take = useAct("prompt_import");
  const read = (file: File) => {
    setUnread(null);
    file.text().then(setText, () => setUnread(`${file.name} could not be read.`));
  };
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title="Import"
      description="A file that the export wrote. What comes in is switched off until you switch it on."
      className="w-[min(680px,calc(100vw-32px))]"
    >
      <div className="space-y-3 overflow-y-auto p-5">
        {take.data ? (
          <>
            <p role="status">
              {take.data.prompts.length === 1
                ? "One prompt came in."
                : `${take.data.prompts.length} prompts came in.`}
            </p>
            <ul className="space-y-1">
              {take.data.prompts.map((prompt) => (
                <li key={prompt.id}>
                  <Button onClick={() => onMade(prompt.id)}>{plain(prompt.name)}</Button>
                </li>
              ))}
            </ul>
            {take.data.warnings.map((warning) => (
              <p key={warning} className="text-12 text-warn">
                {plain(warning)}
              </p>
            ))}
          </>
        ) : (
          <form
            className="space-y-3"
            onSubmit={(event) => {
              event.preventDefault();
              if (text.trim() !== "") take.mutate({ text });
            }}
          >
            <TextFile text={text} onText={setText} onFile={read} />
            {unread !== null || take.error ? (
              <p role="alert" className="text-12 text-error">
                {unread ?? (take.error ? said(take.error) : "")}
              </p>
            ) : null}
            <div className="flex justify-end gap-2">
              <Button size="large" onClick={onClose}>
                Cancel
              </Button>
              <Button
                size="large"
                variant="primary"
                type="submit"
                disabled={text.trim() === "" || take.isPending}
              >
                {take.isPending ? "Importing…" : "Import"}
              </Button>
            </div>
          </form>
        )}
      </div>
    </Dialog>
  );
}
