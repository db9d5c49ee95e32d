import { Copy, Ellipsis } from "lucide-react";
import { useRef, useState } from "react";

import { useAct, useRead } from "@/api/context";
import { useToldAct } from "@/api/told-act";
import { ClonePrompt, DescribePrompt, ExportPrompts } from "@/features/prompts/dialogs";
import { useDraft } from "@/features/prompts/drafts";
import { Playground, type PlaygroundLinks } from "@/features/prompts/playground";
import { Preview } from "@/features/prompts/preview";
import { TextTab } from "@/features/prompts/text-tab";
import { Versions } from "@/features/prompts/versions";
import { closedBecause, typeWord } from "@/features/prompts/words";
import type { PromptDetailDto, PromptDto, StrategyDto } from "@/gen/types";
import { plain } from "@/lib/text";
import { LANGUAGES } from "@/lib/words";
import { Badge } from "@/ui/badge";
import { Button } from "@/ui/button";
import type { EditorHandle } from "@/ui/code-editor";
import { INPUT } from "@/ui/field";
import { useHotkeys } from "@/ui/hotkeys";
import { Menu, MenuItem, MenuLine } from "@/ui/menu";
import { ErrorPanel, Guard, Skeleton } from "@/ui/panel";
import { Segments } from "@/ui/segments";
import { Light } from "@/ui/state";
import { Switch } from "@/ui/switch";
import { useToast } from "@/ui/toast";
import { useSettled } from "@/ui/use-settled";

export type PromptTab = "text" | "preview" | "playground" | "versions";

interface WorkbenchProps {
  promptId: string;
  tab: PromptTab;
  prompts: readonly PromptDto[];
  strategies: readonly StrategyDto[];
  used: boolean;
  links: PlaygroundLinks;
  onTab: (tab: PromptTab) => void;
  onPrompt: (id: string) => void;
}

/** One prompt: its text, how it looks with data, how it came to be. */
export function Workbench(props: WorkbenchProps) {
  const { data, error, refetch } = useRead("prompt_get", {
    prompt_id: props.promptId,
    version: null,
  });
  if (error)
    return (
      <ErrorPanel
        className="m-6"
        what="The prompt could not be read."
        error={error}
        onRetry={() => void refetch()}
      />
    );
  if (!data)
    return (
      <div aria-busy="true" aria-label="Loading the prompt" className="space-y-3 p-6">
        <Skeleton className="h-6 w-1/3" />
        <Skeleton className="h-4 w-1/2" />
        <Skeleton className="h-96" />
      </div>
    );
  return <Loaded {...props} detail={data} />;
}

type Open = "clone" | "describe" | "export" | null;

function Loaded({
  detail,
  tab,
  prompts,
  strategies,
  used,
  links,
  onTab,
  onPrompt,
}: WorkbenchProps & { detail: PromptDetailDto }) {
  const { prompt } = detail;
  const closed = closedBecause(prompt);
  const { draft, write } = useDraft(prompt.id);
  const [note, setNote] = useState("");
  const [open, setOpen] = useState<Open>(null);
  const editor = useRef<EditorHandle>(null);
  const toast = useToast();
  const save = useAct("prompt_save");
  const text = closed === null && draft !== null ? draft.text : detail.text;
  const dirty = text !== detail.text;
  const base = draft?.base ?? detail.version;
  const settled = useSettled(text);
  const checked = useRead(
    "prompt_validate",
    { text: settled, prompt_type: prompt.prompt_type },
    { enabled: settled !== detail.text, keep: true },
  );
  const validation = settled === detail.text ? detail.validation : (checked.data ?? null);
  const checking = settled !== text || (settled !== detail.text && checked.isPlaceholderData);
  const broken = validation !== null && !checking && !validation.is_valid;
  const type = (next: string) => write(next === detail.text ? null : { base, text: next });

  const store = () => {
    if (closed !== null || !dirty || broken || save.isPending) return;
    save.mutate(
      {
        prompt_id: prompt.id,
        based_on_version: base,
        name: prompt.name,
        description: prompt.description,
        prompt_type: prompt.prompt_type,
        language: prompt.language,
        strategy_id: prompt.strategy_id,
        tags: prompt.tags,
        text,
        note: note.trim(),
      },
      {
        onSuccess: (saved) => {
          write(null);
          setNote("");
          toast({ title: `Version ${saved.version} of ${plain(saved.prompt.name)} is saved.` });
        },
      },
    );
  };
  useHotkeys([
    { keys: "1", label: "Its text", group: "Prompts", run: () => onTab("text") },
    { keys: "2", label: "Preview on real data", group: "Prompts", run: () => onTab("preview") },
    { keys: "3", label: "Versions", group: "Prompts", run: () => onTab("versions") },
    {
      keys: "4",
      label: "Playground on recorded runs",
      group: "Prompts",
      run: () => onTab("playground"),
    },
    { keys: "c", label: "Clone it", group: "Prompts", run: () => setOpen("clone") },
    { keys: "mod+s", label: "Save a new version", group: "Prompts", run: store, always: true },
  ]);
  const close = () => setOpen(null);
  const made = (id: string) => {
    setOpen(null);
    onPrompt(id);
  };
  const shipped = prompts.find(
    (each) =>
      each.is_shipped &&
      each.prompt_type === prompt.prompt_type &&
      each.language === prompt.language,
  );
  const strategy = strategies.find(({ id }) => id === prompt.strategy_id);
  return (
    <div className="flex h-full min-h-0 flex-col">
      <header className="flex items-start gap-3 border-b px-5 py-3">
        <div className="min-w-0 flex-1">
          <h2 className="flex flex-wrap items-center gap-2 text-15 font-semibold">
            <span className="break-words">{plain(prompt.name)}</span>
            <Badge>{typeWord(prompt.prompt_type)}</Badge>
            <Badge>{LANGUAGES[prompt.language]}</Badge>
            {prompt.strategy_id === null ? null : (
              <Badge>only {plain(strategy?.name ?? prompt.strategy_id)}</Badge>
            )}
            {prompt.is_shipped ? <Badge tone="info">Shipped</Badge> : null}
            {prompt.is_default ? <Badge tone="accent">Default</Badge> : null}
            {prompt.is_deleted ? <Badge tone="error">Deleted</Badge> : null}
          </h2>
          <p className="mt-0.5 text-muted">
            {prompt.description === "" ? "" : `${plain(prompt.description)} `}
            {used ? "A run would use it now." : ""}
          </p>
        </div>
        <Controls prompt={prompt} onOpen={setOpen} />
      </header>
      <div className="flex items-center gap-3 border-b px-5 py-1.5">
        <Segments
          label="What to look at"
          value={tab}
          options={[
            { value: "text", text: "Text" },
            { value: "preview", text: "Preview" },
            {
              value: "versions",
              text: `Versions · ${detail.versions.length}`,
            },
            { value: "playground", text: "Playground" },
          ]}
          onChange={onTab}
        />
        {closed === null ? null : <p className="text-12 text-muted">{closed}</p>}
        <span className="ml-auto" />
        {dirty ? (
          <>
            <span className="flex items-center gap-1.5 text-12 text-warn">
              <Light tone="warn" shape="half" /> Not saved
            </span>
            <Button
              variant="ghost"
              size="small"
              onClick={() => {
                const before = draft;
                write(null);
                toast({
                  title: "What was written is thrown away.",
                  action: { label: "Undo", run: () => write(before) },
                });
              }}
            >
              Throw away
            </Button>
          </>
        ) : closed === null ? (
          <span className="tabular text-12 text-muted">version {detail.version}</span>
        ) : null}
      </div>
      {dirty && base !== detail.version ? (
        <p role="status" className="border-b border-warn px-5 py-1.5 text-12 text-warn">
          Version {detail.version} was saved after you began with version {base}. Compare the two
          under Versions before you save.
        </p>
      ) : null}
      <Guard key={tab} what="This part of the prompt could not be shown.">
        {tab === "text" ? (
          <TextTab
            editor={editor}
            label={`Text of ${prompt.name}`}
            text={text}
            validation={validation}
            checking={checking}
            readOnly={closed !== null}
            onText={type}
          />
        ) : tab === "preview" ? (
          <Preview prompt={prompt} text={text} />
        ) : tab === "playground" ? (
          <Playground
            detail={detail}
            draft={dirty && !broken ? text : null}
            prompts={prompts}
            strategies={strategies}
            links={links}
          />
        ) : (
          <Versions
            key={dirty ? "draft" : "saved"}
            detail={detail}
            draft={dirty ? text : null}
            shipped={shipped?.id ?? null}
            readOnly={closed !== null}
            onTake={(taken, version) => {
              type(taken);
              setNote(`Goes on from version ${version}`);
              onTab("text");
            }}
          />
        )}
      </Guard>
      {dirty ? (
        <form
          className="flex items-center gap-3 border-t bg-surface px-5 py-2.5"
          onSubmit={(event) => {
            event.preventDefault();
            store();
          }}
        >
          <input
            aria-label="What changed, and why"
            placeholder="What changed, and why"
            value={note}
            onChange={({ target }) => setNote(target.value)}
            maxLength={500}
            className={`${INPUT} flex-1`}
          />
          {save.error ? (
            <p role="alert" className="max-w-[40ch] text-12 text-error">
              {save.error.message} {save.error.hint}
            </p>
          ) : null}
          <Button
            size="large"
            variant="primary"
            type="submit"
            disabled={broken || save.isPending}
            title={broken ? "A text with an error is not saved" : "Ctrl+S"}
          >
            {save.isPending ? "Saving…" : `Save as version ${detail.version + 1}`}
          </Button>
        </form>
      ) : null}
      {open === "clone" ? (
        <ClonePrompt
          prompt={prompt}
          version={detail.version}
          strategies={strategies}
          onClose={close}
          onMade={made}
        />
      ) : null}
      {open === "describe" ? (
        <DescribePrompt prompt={prompt} text={detail.text} onClose={close} />
      ) : null}
      {open === "export" ? <ExportPrompts ids={[prompt.id]} onClose={close} /> : null}
    </div>
  );
}

/** On or off, default or not, and everything else that is done to a prompt as a whole. */
function Controls({ prompt, onOpen }: { prompt: PromptDto; onOpen: (open: Open) => void }) {
  const active = useToldAct("prompt_set_active");
  const standard = useToldAct("prompt_set_default");
  const remove = useToldAct("prompt_delete");
  const restore = useToldAct("prompt_restore");
  const toast = useToast();
  const name = plain(prompt.name);
  const bringBack = () =>
    restore.run(
      { prompt_id: prompt.id },
      { done: `${name} is back.`, failed: `${name} was not restored.` },
    );
  const own = !prompt.is_shipped;
  return (
    <div className="flex shrink-0 items-center gap-2">
      {own && !prompt.is_deleted ? (
        <span className="flex items-center gap-1.5 pr-1 text-12 text-muted">
          <span aria-hidden="true">{prompt.is_active ? "On" : "Off"}</span>
          <Switch
            checked={prompt.is_active}
            onChange={(next) =>
              active.run(
                { prompt_id: prompt.id, is_active: next },
                {
                  done: next ? `Runs may use ${name}.` : `No run uses ${name} any more.`,
                  failed: `${name} was not switched.`,
                },
              )
            }
            label={`Runs may use ${prompt.name}`}
          />
        </span>
      ) : null}
      {prompt.is_deleted ? (
        <Button onClick={bringBack}>Restore</Button>
      ) : (
        <Button onClick={() => onOpen("clone")} title="Clone it (c)">
          <Copy /> Clone
        </Button>
      )}
      <Menu
        align="end"
        trigger={
          <Button variant="ghost" size="icon" aria-label={`More for ${prompt.name}`}>
            <Ellipsis />
          </Button>
        }
      >
        {own && !prompt.is_deleted ? (
          <>
            <MenuItem onSelect={() => onOpen("describe")}>Name, description, tags…</MenuItem>
            <MenuItem
              onSelect={() =>
                standard.run(
                  { prompt_id: prompt.id, is_default: !prompt.is_default },
                  {
                    done: prompt.is_default
                      ? `${name} is no longer the default.`
                      : `${name} is the default of its type and language.`,
                    failed: `${name} was not changed.`,
                  },
                )
              }
            >
              {prompt.is_default ? "Take the default back" : "Make it the default"}
            </MenuItem>
          </>
        ) : null}
        <MenuItem onSelect={() => onOpen("export")}>Export…</MenuItem>
        {own && !prompt.is_deleted ? (
          <>
            <MenuLine />
            <MenuItem
              onSelect={() =>
                remove.run(
                  { prompt_id: prompt.id },
                  {
                    failed: `${name} was not deleted.`,
                    then: () =>
                      toast({
                        title: `${name} is deleted; its versions are kept.`,
                        action: { label: "Undo", run: bringBack },
                      }),
                  },
                )
              }
            >
              Delete
            </MenuItem>
          </>
        ) : null}
      </Menu>
    </div>
  );
}
