import { useState } from "react";

import { useApi, useRead } from "@/api/context";
import { Diff, type DiffView } from "@/ui/diff";
import type { PromptDetailDto, PromptTextRef } from "@/gen/types";
import { recall, remember } from "@/lib/storage";
import { plain } from "@/lib/text";
import { exchangeDateTime } from "@/lib/time";
import { Button } from "@/ui/button";
import { cn } from "@/ui/cn";
import { INPUT } from "@/ui/field";
import { ErrorPanel, Skeleton } from "@/ui/panel";
import { Segments } from "@/ui/segments";
import { useToast } from "@/ui/toast";

interface VersionsProps {
  detail: PromptDetailDto;
  /** What is written and not saved. */
  draft: string | null;
  /** The shipped prompt of the same type and language. */
  shipped: string | null;
  readOnly: boolean;
  /** Takes the text of an earlier version into the editor. */
  onTake: (text: string, version: number) => void;
}

/** Every version that there was, and what any two differ in. */
export function Versions({ detail, draft, shipped, readOnly, onTake }: VersionsProps) {
  const { prompt, versions } = detail;
  const id = prompt.id;
  const api = useApi();
  const toast = useToast();
  const texts: { value: string; word: string; of: PromptTextRef }[] = [
    ...(draft === null
      ? []
      : [
          {
            value: "draft",
            word: "what is written now",
            of: { prompt_id: null, version: null, text: draft },
          },
        ]),
    ...versions.map(({ version }) => ({
      value: String(version),
      word: `version ${version}`,
      of: { prompt_id: id, version, text: null },
    })),
    ...(shipped === null || shipped === id
      ? []
      : [
          {
            value: "shipped",
            word: "the shipped template",
            of: { prompt_id: shipped, version: null, text: null },
          },
        ]),
  ];
  const [view, setView] = useState<DiffView>(() =>
    recall("prompt.diff") === "unified" ? "unified" : "split",
  );
  const [to, setTo] = useState(texts[0]?.value ?? "");
  const [from, setFrom] = useState(texts[1]?.value ?? texts[0]?.value ?? "");
  const take = (version: number) =>
    void api.ask("prompt_get", { prompt_id: id, version }).then(
      ({ text }) => onTake(text, version),
      (error: unknown) =>
        toast({
          title: `Version ${version} could not be read.`,
          detail: error instanceof Error ? error.message : null,
          tone: "error",
        }),
    );
  const find = (value: string) => texts.find((each) => each.value === value) ?? texts[0];
  const [older, newer] = [find(from), find(to)];
  const choice = (label: string, value: string, onChange: (value: string) => void) => (
    <select
      aria-label={label}
      value={value}
      onChange={({ target }) => onChange(target.value)}
      className={cn(INPUT, "h-7 w-auto text-12")}
    >
      {texts.map((each) => (
        <option key={each.value} value={each.value}>
          {each.word}
        </option>
      ))}
    </select>
  );
  return (
    <div className="flex min-h-0 flex-1">
      <section
        aria-label="Versions"
        className="w-[232px] shrink-0 overflow-y-auto border-r bg-ground max-[1100px]:w-[184px]"
      >
        <ol>
          {versions.map((version, index) => (
            <li key={version.version} className="border-b px-3 py-2">
              <p className="tabular flex items-baseline gap-2">
                <span className="font-medium">Version {version.version}</span>
                <span className="ml-auto text-12 text-muted">{version.lines} lines</span>
              </p>
              <p className="break-words">
                {version.note === "" ? (
                  <span className="text-muted">without a note</span>
                ) : (
                  plain(version.note)
                )}
              </p>
              <p className="tabular text-12 text-muted" title={version.hash}>
                {version.created_at === null
                  ? "shipped"
                  : `${exchangeDateTime(version.created_at)} ET`}{" "}
                · <code className="font-mono">{version.hash.slice(0, 7)}</code>
              </p>
              <div className="mt-1 -ml-2 flex gap-1">
                {index < versions.length - 1 ? (
                  <Button
                    variant="ghost"
                    size="small"
                    aria-label={`What version ${version.version} changed`}
                    onClick={() => {
                      setFrom(String(versions[index + 1]?.version));
                      setTo(String(version.version));
                    }}
                  >
                    Its change
                  </Button>
                ) : null}
                {index > 0 && !readOnly ? (
                  <Button
                    variant="ghost"
                    size="small"
                    aria-label={`Write on from version ${version.version}`}
                    onClick={() => take(version.version)}
                  >
                    Write on from it
                  </Button>
                ) : null}
              </div>
            </li>
          ))}
        </ol>
      </section>
      <div className="flex min-w-0 flex-1 flex-col">
        <div className="flex flex-wrap items-center gap-2 border-b bg-ground px-4 py-2">
          {choice("The earlier text", older?.value ?? "", setFrom)}
          <span className="text-muted">to</span>
          {choice("The later text", newer?.value ?? "", setTo)}
          <span className="ml-auto" />
          <Segments
            label="How to show it"
            value={view}
            options={[
              { value: "split", text: "Side by side" },
              { value: "unified", text: "Unified" },
            ]}
            onChange={(next) => {
              setView(next);
              remember("prompt.diff", next);
            }}
          />
        </div>
        {older && newer ? (
          older.value === newer.value ? (
            <p className="p-4 text-muted">
              {texts.length === 1
                ? "There is one version so far, so that there is nothing to compare."
                : "Choose two different texts."}
            </p>
          ) : (
            <Compared older={older.of} newer={newer.of} view={view} />
          )
        ) : null}
      </div>
    </div>
  );
}

function Compared({
  older,
  newer,
  view,
}: {
  older: PromptTextRef;
  newer: PromptTextRef;
  view: DiffView;
}) {
  const { data, error, refetch } = useRead("prompt_diff", { old: older, new: newer });
  if (error)
    return (
      <ErrorPanel
        className="m-4"
        what="The two could not be compared."
        error={error}
        onRetry={() => void refetch()}
      />
    );
  if (!data) return <Skeleton className="m-4 h-40" />;
  return (
    <div
      tabIndex={0}
      role="region"
      aria-label="Difference"
      className="min-h-0 flex-1 overflow-y-auto"
    >
      <p className="tabular px-4 py-2 text-12 text-muted">
        {data.added === 0 && data.removed === 0
          ? "They are the same."
          : `${data.added} ${data.added === 1 ? "line" : "lines"} added, ${data.removed} removed`}
      </p>
      {data.added === 0 && data.removed === 0 ? null : (
        <Diff key={`${data.old} ${data.new}`} diff={data} view={view} />
      )}
    </div>
  );
}
