import { PanelRightClose, PanelRightOpen } from "lucide-react";
import { type RefObject, useState } from "react";

import { useRead } from "@/api/context";
import { Reference } from "@/features/prompts/reference";
import type { PromptFindingDto, PromptValidationDto } from "@/gen/types";
import { recall, remember } from "@/lib/storage";
import { characters, plain } from "@/lib/text";
import { Button } from "@/ui/button";
import { cn } from "@/ui/cn";
import { CodeEditor, type EditorHandle, type Offer } from "@/ui/code-editor";
import { Light } from "@/ui/state";

interface TextTabProps {
  editor: RefObject<EditorHandle | null>;
  label: string;
  text: string;
  /** What the engine says of the text; nothing while it reads it. */
  validation: PromptValidationDto | null;
  /** Whether the text has changed since the engine read it. */
  checking: boolean;
  readOnly: boolean;
  onText: (text: string) => void;
}

/** The template, what is wrong with it, and what it may use. */
export function TextTab(props: TextTabProps) {
  const { editor, label, text, validation, checking, readOnly, onText } = props;
  const [folded, setFolded] = useState(() => recall("prompt.reference") === "folded");
  const reference = useRead("prompt_reference", {}).data;
  const offers: Offer[] = [
    ...(reference?.variables ?? []).map((each) => ({ ...each, kind: "variable" as const })),
    ...(reference?.filters ?? []).map((each) => ({ ...each, kind: "filter" as const })),
    ...(reference?.statements ?? []).map((each) => ({ ...each, kind: "statement" as const })),
  ].map(({ name, description, kind }) => ({
    label: name.replace(/\(.*/, ""),
    detail: description,
    kind,
  }));
  const fold = (next: boolean) => {
    setFolded(next);
    remember("prompt.reference", next ? "folded" : "open");
  };
  const replace = (finding: PromptFindingDto) => {
    const lines = text.split("\n");
    const line = lines[finding.line - 1];
    if (line === undefined || finding.suggestion === null) return;
    const written = characters(line);
    written.splice(finding.column - 1, finding.length, finding.suggestion);
    lines[finding.line - 1] = written.join("");
    onText(lines.join("\n"));
  };
  return (
    <div className="flex min-h-0 flex-1">
      <div className="flex min-w-0 flex-1 flex-col">
        <CodeEditor
          ref={editor}
          label={label}
          value={text}
          onChange={onText}
          readOnly={readOnly}
          findings={validation?.findings ?? []}
          offers={offers}
          className="flex-1"
        />
        <Findings
          validation={validation}
          checking={checking}
          readOnly={readOnly}
          bytes={new TextEncoder().encode(text).length}
          onGo={({ line, column }) => editor.current?.goTo(line, column)}
          onReplace={replace}
        />
      </div>
      <aside
        className={cn(
          "flex shrink-0 flex-col border-l bg-ground",
          folded ? "w-9" : "w-[260px] max-[1100px]:w-[216px]",
        )}
      >
        <div className="flex h-9 items-center border-b px-1">
          {folded ? null : <h2 className="pl-2 text-12 font-semibold">Reference</h2>}
          <Button
            variant="ghost"
            size="icon"
            className="ml-auto"
            aria-label={folded ? "Show the reference" : "Hide the reference"}
            onClick={() => fold(!folded)}
          >
            {folded ? <PanelRightOpen /> : <PanelRightClose />}
          </Button>
        </div>
        {folded ? null : (
          <Reference onInsert={readOnly ? null : (example) => editor.current?.insert(example)} />
        )}
      </aside>
    </div>
  );
}

function Findings({
  validation,
  checking,
  readOnly,
  bytes,
  onGo,
  onReplace,
}: {
  validation: PromptValidationDto | null;
  checking: boolean;
  readOnly: boolean;
  bytes: number;
  onGo: (finding: PromptFindingDto) => void;
  onReplace: (finding: PromptFindingDto) => void;
}) {
  const findings = validation?.findings ?? [];
  const most = validation?.maximum_bytes ?? null;
  return (
    <div className="shrink-0 border-t bg-ground">
      {findings.length > 0 ? (
        <ul aria-label="Findings" className="max-h-32 overflow-y-auto border-b py-1">
          {findings.map((finding, index) => (
            <li key={index} className="flex items-center gap-2 px-3">
              <button
                type="button"
                onClick={() => onGo(finding)}
                className="flex min-w-0 flex-1 items-baseline gap-2 rounded-base py-0.5 text-left hover:bg-raised"
              >
                <Light
                  tone={finding.severity === "error" ? "error" : "warn"}
                  shape={finding.severity === "error" ? "square" : "triangle"}
                  className="self-center"
                />
                <span className="sr-only">{finding.severity}</span>
                <span className="tabular shrink-0 text-12 text-muted">
                  {finding.line}:{finding.column}
                </span>
                <span className="min-w-0 break-words">{plain(finding.message)}</span>
              </button>
              {finding.suggestion !== null && !readOnly ? (
                <Button size="small" disabled={checking} onClick={() => onReplace(finding)}>
                  Write {finding.suggestion}
                </Button>
              ) : null}
            </li>
          ))}
        </ul>
      ) : null}
      <p className="tabular flex h-7 items-center gap-3 px-3 text-12 text-muted" role="status">
        {validation === null || checking ? (
          "Checking…"
        ) : validation.is_valid ? (
          <span className="flex items-center gap-1.5">
            <Light tone="up" shape="check" /> It can be rendered
            {findings.length > 0 ? `, with ${count(findings.length, "warning")}` : ""}
          </span>
        ) : (
          <span className="flex items-center gap-1.5 text-error">
            <Light tone="error" shape="square" />
            {count(findings.filter(({ severity }) => severity === "error").length, "error")}
          </span>
        )}
        {validation ? <span>{count(validation.variables.length, "variable")}</span> : null}
        <span className="ml-auto">
          {bytes.toLocaleString("en-US")}
          {most === null ? "" : ` of ${most.toLocaleString("en-US")}`} bytes
        </span>
      </p>
    </div>
  );
}

const count = (of: number, what: string): string => `${of} ${what}${of === 1 ? "" : "s"}`;
