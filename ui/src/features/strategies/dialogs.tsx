import { useState } from "react";

import { useAct, useApi, useRead } from "@/api/context";
import { idFault, idFor } from "@/features/strategies/ids";
import type { StrategyDto, StrategyForm } from "@/gen/types";
import { plain } from "@/lib/text";
import { Button } from "@/ui/button";
import { CopyButton } from "@/ui/copy-button";
import { Dialog } from "@/ui/dialog";
import { Field } from "@/ui/field";
import { Reading } from "@/ui/reading";
import { Skeleton } from "@/ui/panel";
import { TextFile } from "@/ui/text-file";

const said = (error: { message: string; hint: string | null }) =>
  [error.message, error.hint].filter(Boolean).join(" ");

/** Copies a strategy under a new id and a new name. */
export function DuplicateStrategy({
  strategy,
  taken,
  onClose,
  onMade,
}: {
  strategy: StrategyDto;
  taken: readonly string[];
  onClose: () => void;
  onMade: (made: StrategyDto) => void;
}) {
  const [name, setName] = useState(`${strategy.name} copy`.slice(0, 80));
  const [typedId, setTypedId] = useState<string | null>(null);
  const [pressed, setPressed] = useState(false);
  const act = useAct("strategy_duplicate");
  const id = typedId ?? idFor(name, taken);
  const fault = idFault(id, taken);
  const nameless = name.trim() === "" ? "It needs a name." : null;
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title={`Duplicate ${plain(strategy.name)}`}
      description="The copy has the same text under a name of its own, and is switched off."
      className="w-[min(520px,calc(100vw-32px))]"
    >
      <form
        noValidate
        className="space-y-3 p-5"
        onSubmit={(event) => {
          event.preventDefault();
          setPressed(true);
          if (fault === null && nameless === null)
            act.mutate(
              { strategy_id: strategy.id, new_id: id, name: name.trim() },
              { onSuccess: onMade },
            );
        }}
      >
        <Field
          label="Name"
          value={name}
          fault={pressed ? nameless : null}
          onChange={setName}
          maxLength={80}
        />
        <Field
          label="Id"
          hint="for the terminal and for files"
          value={id}
          fault={pressed || typedId !== null ? fault : null}
          onChange={setTypedId}
        />
        {act.error ? (
          <p role="alert" className="text-12 text-error">
            {said(act.error)}
          </p>
        ) : null}
        <div className="flex justify-end gap-2">
          <Button size="large" onClick={onClose}>
            Cancel
          </Button>
          <Button size="large" variant="primary" type="submit" disabled={act.isPending}>
            {act.isPending ? "Copying…" : "Duplicate"}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

/** A strategy out of a file: what it holds is filled in, and saved by whoever has looked at it. */
export function ImportStrategy({
  onClose,
  onRead,
}: {
  onClose: () => void;
  onRead: (form: StrategyForm) => void;
}) {
  const api = useApi();
  const [text, setText] = useState("");
  const [wrong, setWrong] = useState<readonly string[]>([]);
  const [busy, setBusy] = useState(false);
  const read = (file: File) => {
    setWrong([]);
    if (file.size > 65_536) {
      setWrong([`${plain(file.name)} is longer than the 64 KiB that a strategy may have.`]);
      return;
    }
    file.text().then(setText, () => setWrong([`${plain(file.name)} could not be read.`]));
  };
  const submit = async () => {
    setBusy(true);
    try {
      const { form, problems } = await api.ask("strategy_form_read", { toml: text });
      if (form) onRead(form);
      else setWrong(problems.map(({ message }) => message));
    } catch (error) {
      setWrong([error instanceof Error ? error.message : "It could not be read."]);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title="Import a strategy"
      description="A TOML file, such as an export. You look at all of it before it is saved."
      className="w-[min(680px,calc(100vw-32px))]"
    >
      <form
        className="space-y-3 overflow-y-auto p-5"
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}
      >
        <TextFile text={text} onText={setText} onFile={read} />
        {wrong.length > 0 ? (
          <ul role="alert" className="space-y-1 text-12 whitespace-pre-wrap text-error">
            {wrong.map((words) => (
              <li key={words}>{plain(words)}</li>
            ))}
          </ul>
        ) : null}
        <div className="flex justify-end gap-2">
          <Button size="large" onClick={onClose}>
            Cancel
          </Button>
          <Button
            size="large"
            variant="primary"
            type="submit"
            disabled={text.trim() === "" || busy}
          >
            {busy ? "Reading…" : "Look at it"}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

/** A strategy as a file. */
export function ExportStrategy({
  strategy,
  onClose,
}: {
  strategy: StrategyDto;
  onClose: () => void;
}) {
  const read = useRead("strategy_export", { strategy_id: strategy.id });
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title={`Export ${plain(strategy.name)}`}
      description="Its text, as version control keeps it and as the import reads it."
      className="w-[min(680px,calc(100vw-32px))]"
    >
      <div className="space-y-3 overflow-y-auto p-5">
        <Reading of={read} what="the file" skeleton={<Skeleton className="h-64" />}>
          {({ file_name: fileName, toml }) => (
            <>
              <textarea
                readOnly
                aria-label="The strategy as a file"
                value={toml}
                spellCheck={false}
                className="h-80 w-full rounded-base border border-line-strong bg-ground p-2.5 font-mono text-12 leading-[1.6]"
              />
              <div className="flex items-center gap-2">
                <p className="text-12 text-muted">
                  Save it as <code className="font-mono">{fileName}</code>, or let the terminal
                  write it:{" "}
                  <code className="font-mono">
                    throughline strategy export {strategy.id} {fileName}
                  </code>
                </p>
                <span className="ml-auto" />
                <CopyButton text={toml} label="Copy the file" words="Copy" />
              </div>
            </>
          )}
        </Reading>
      </div>
    </Dialog>
  );
}
