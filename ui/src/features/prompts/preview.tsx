import { useState } from "react";

import { useRead } from "@/api/context";
import type { PromptDto, PromptPreviewDto, PromptTextRef } from "@/gen/types";
import { recall, remember } from "@/lib/storage";
import { plain } from "@/lib/text";
import { shortDateTime } from "@/lib/time";
import { executionWord } from "@/lib/words";
import { CopyButton } from "@/ui/copy-button";
import { Field, INPUT } from "@/ui/field";
import { Missing } from "@/ui/number";
import { Empty, ErrorPanel, Skeleton } from "@/ui/panel";
import { Segments } from "@/ui/segments";
import { useSettled } from "@/ui/use-settled";

type Source = "run" | "day";

/** The prompt as it would be sent, on the data of a recorded run or of any symbol and day. */
export function Preview({ prompt, text }: { prompt: PromptDto; text: string }) {
  const executions = useRead("executions_list", { strategy_id: null, limit: 100 });
  const status = useRead("status_get", {});
  const [source, setSource] = useState<Source>(() =>
    recall("prompt.preview") === "day" ? "day" : "run",
  );
  const [run, setRun] = useState<string | null>(null);
  const [symbol, setSymbol] = useState("AAPL");
  const [day, setDay] = useState<string | null>(null);
  const execution = run ?? executions.data?.[0]?.id ?? null;
  const date = day ?? status.data?.now.slice(0, 10) ?? "";
  const dateFault = /^\d{4}-\d{2}-\d{2}$/.test(date) ? null : "A day, such as 2012-06-15.";
  const symbolFault = symbol.trim() === "" ? "A symbol, such as AAPL." : null;
  const wanted = useSettled(
    JSON.stringify({
      prompt: { prompt_id: null, version: null, text } satisfies PromptTextRef,
      execution_id: source === "run" ? execution : null,
      symbol: source === "day" ? symbol.trim().toUpperCase() : null,
      date: source === "day" ? date : null,
    }),
  );
  const asked = JSON.parse(wanted) as {
    prompt: PromptTextRef;
    execution_id: string | null;
    symbol: string | null;
    date: string | null;
  };
  const ready = source === "run" ? execution !== null : dateFault === null && symbolFault === null;
  const { data, error, isPlaceholderData, refetch } = useRead(
    "prompt_preview",
    { ...asked, prompt_type: prompt.prompt_type, language: prompt.language },
    { enabled: ready && (asked.execution_id !== null || asked.date !== null), keep: true },
  );
  return (
    <div className="flex min-h-0 flex-1 flex-col">
      <div className="flex flex-wrap items-start gap-x-4 gap-y-2 border-b bg-ground px-4 py-2.5">
        <div className="pt-1">
          <Segments
            label="On which data"
            value={source}
            options={[
              { value: "run", text: "A recorded run" },
              { value: "day", text: "A symbol and a day" },
            ]}
            onChange={(next) => {
              setSource(next);
              remember("prompt.preview", next);
            }}
          />
        </div>
        {source === "run" ? (
          <select
            aria-label="Recorded run"
            value={execution ?? ""}
            onChange={({ target }) => setRun(target.value)}
            className={`${INPUT} max-w-[420px]`}
          >
            {executions.data?.map((each) => (
              <option key={each.id} value={each.id}>
                {each.symbol} · {shortDateTime(each.as_of)} · {executionWord(each).word} ·{" "}
                {each.strategy_name}
              </option>
            ))}
          </select>
        ) : (
          <>
            <Field
              label="Symbol"
              value={symbol}
              fault={symbolFault}
              onChange={setSymbol}
              className="w-28"
            />
            <Field
              label="Day"
              hint="nothing later is seen"
              value={date}
              fault={dateFault}
              onChange={setDay}
              className="w-44"
            />
          </>
        )}
      </div>
      {source === "run" && executions.data?.length === 0 ? (
        <Empty title="Nothing has run yet" className="mt-8">
          Choose a symbol and a day instead, or run a strategy first.
        </Empty>
      ) : error ? (
        <ErrorPanel
          className="m-4"
          what="The prompt could not be rendered."
          error={error}
          onRetry={() => void refetch()}
        />
      ) : data ? (
        <Rendered preview={data} old={isPlaceholderData} />
      ) : (
        <div aria-busy="true" aria-label="Rendering the prompt" className="space-y-2 p-4">
          <Skeleton className="w-1/3" />
          <Skeleton className="w-2/3" />
          <Skeleton className="w-1/2" />
        </div>
      )}
    </div>
  );
}

function Rendered({ preview, old }: { preview: PromptPreviewDto; old: boolean }) {
  const errors = preview.validation.findings.filter(({ severity }) => severity === "error");
  return (
    <div
      aria-busy={old}
      className={`flex min-h-0 flex-1 max-[1000px]:flex-col ${old ? "opacity-60" : ""}`}
    >
      <section aria-label="The prompt as it would be sent" className="flex min-w-0 flex-1 flex-col">
        <p className="tabular flex items-center gap-2 px-4 pt-3 text-12 text-muted">
          <span className="min-w-0">{plain(preview.data)}</span>
          <span className="ml-auto whitespace-nowrap">
            {preview.bytes.toLocaleString("en-US")} bytes
          </span>
          {preview.rendered === null ? null : (
            <CopyButton text={preview.rendered} label="Copy the rendered prompt" />
          )}
        </p>
        {preview.notes.map((note) => (
          <p key={note} className="px-4 pt-1 text-12 text-warn">
            {plain(note)}
          </p>
        ))}
        {preview.rendered === null ? (
          <div role="alert" className="m-4 rounded-card border border-error p-4">
            <p className="font-semibold text-error">It cannot be rendered.</p>
            <ul className="mt-1 list-disc pl-4">
              {errors.map((finding, index) => (
                <li key={index}>
                  Line {finding.line}, column {finding.column}: {plain(finding.message)}
                </li>
              ))}
            </ul>
          </div>
        ) : (
          <pre
            tabIndex={0}
            className="min-h-0 flex-1 overflow-y-auto px-4 py-3 font-mono text-12 leading-[1.6] break-words whitespace-pre-wrap"
          >
            {plain(preview.rendered)}
          </pre>
        )}
      </section>
      <section
        aria-label="Values"
        className="w-[260px] shrink-0 overflow-y-auto border-l bg-ground p-3 max-[1000px]:w-full max-[1000px]:border-t max-[1000px]:border-l-0"
      >
        <h2 className="mb-2 text-12 font-semibold">Values that the text uses</h2>
        {preview.values.length === 0 ? (
          <p className="text-12 text-muted">It uses no variable.</p>
        ) : (
          <dl className="space-y-1.5">
            {preview.values.map(({ name, value }) => (
              <div key={name}>
                <dt className="font-mono text-12 break-all text-info">{name}</dt>
                <dd className="tabular text-12 break-words whitespace-pre-wrap">
                  {value === null ? <Missing why="The data has no value for it" /> : plain(value)}
                </dd>
              </div>
            ))}
          </dl>
        )}
      </section>
    </div>
  );
}
