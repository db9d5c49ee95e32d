import { useState } from "react";

import { useRead } from "@/api/context";
import { Comparison } from "@/features/lineage/steps/comparison";
import { ReplyFields, Words } from "@/features/lineage/steps/reply";
import { part } from "@/features/lineage/steps/shape";
import type { RendererProps } from "@/features/lineage/steps/types";
import type { AnalysisCall, BlobRef, PromptRecord } from "@/gen/types";
import { blobText, imageAddress } from "@/lib/blobs";
import { formatDecimal, formatMoney, formatPercent, formatPrice, multiply } from "@/lib/decimal";
import { readReply } from "@/lib/reply";
import { ImageDialog } from "@/ui/image-dialog";
import { plain } from "@/lib/text";
import { formatDuration } from "@/lib/time";
import { ACTIONS, humanise, LANGUAGES } from "@/lib/words";
import { Badge } from "@/ui/badge";
import { Button } from "@/ui/button";
import { cn } from "@/ui/cn";
import { CopyButton } from "@/ui/copy-button";
import { Facts } from "@/ui/facts";
import { Notice } from "@/ui/notice";
import { ErrorPanel, Skeleton } from "@/ui/panel";
import { Segments } from "@/ui/segments";

/** What records from before language models do not hold. */
const UNTOLD: Partial<AnalysisCall> = {
  prompt_version: null,
  system_version: null,
  rendered_system: null,
  images: [],
  provider: null,
  attempt: 1,
  problems: [],
  stop_reason: null,
  latency_us: 0,
  is_reused: false,
};

/** Step 5: the analysis in its own words, what it rests on, and what came of it. */
export function Analysis({ output, full, context }: RendererProps<"llm_analysis">) {
  const { analyst, proposal } = output;
  const calls = output.calls.map((call) => ({ ...UNTOLD, ...call }));
  const purposes = [...new Set(calls.map(({ purpose }) => purpose))];
  // The consolidation is the conclusion, and the last to be made.
  const [purpose, setPurpose] = useState(purposes.at(-1) ?? "");
  const attempts = calls.filter((each) => each.purpose === purpose);
  const [attempt, setAttempt] = useState<number | null>(null);
  const call = attempts.find((each) => each.attempt === attempt) ?? attempts.at(-1);
  const failure = part(output, "failure") ?? null;
  const language = part(analyst, "language") ?? null;
  return (
    <div>
      <div className="mb-3 flex flex-wrap items-center gap-2">
        <Badge tone="accent">{call?.model ?? analyst.name}</Badge>
        {language === null ? null : <Badge>{LANGUAGES[language] ?? language}</Badge>}
        <span className="tabular text-12 text-muted">
          {analyst.is_language_model
            ? `${output.total_tokens.toLocaleString("en-US")} tokens · ${formatMoney(output.total_cost)} USD in ${calls.length} ${calls.length === 1 ? "call" : "calls"}`
            : "Computed by rules, no language model"}
        </span>
        <span className="ml-auto" />
        <Segments
          label="Part of the analysis"
          value={purpose}
          options={purposes.map((each) => ({ value: each, text: humanise(each) }))}
          onChange={(next) => {
            setPurpose(next);
            setAttempt(null);
          }}
        />
      </div>
      {failure === null ? null : (
        <div className="mb-3">
          <Notice tone="warn" shape="triangle" title="There is no usable answer: HOLD">
            <p>{plain(failure)}</p>
          </Notice>
        </div>
      )}
      {call === undefined ? (
        <p className="text-muted">No analysis was made.</p>
      ) : analyst.is_language_model ? (
        <ModelCall
          key={`${call.purpose} ${call.attempt}`}
          call={call}
          full={full}
          attempts={attempts.map((each) => each.attempt)}
          onAttempt={setAttempt}
        />
      ) : (
        <Text call={call} full={full} />
      )}
      {analyst.is_language_model ? (
        <div className="mt-4 border-t pt-3">
          <Comparison analysis={output} signal={context.signal} />
        </div>
      ) : full ? (
        <div className="mt-5 border-t pt-4">
          <h3 className="mb-2 font-semibold">Proposal, unchecked</h3>
          <Facts
            facts={[
              [
                "Action",
                <Badge key="a" solid tone={ACTIONS[proposal.action]}>
                  {proposal.action}
                </Badge>,
              ],
              ["Confidence", formatPercent(multiply(proposal.confidence, "100"))],
              ["Trend", humanise(proposal.trend)],
              ["Entry", formatPrice(proposal.entry_price)],
              ["Stop", formatPrice(proposal.stop_price)],
              ["Nearer target", formatPrice(proposal.target_conservative)],
              ["Farther target", formatPrice(proposal.target_aggressive)],
            ]}
          />
          <p className="mt-3 max-w-[68ch]">{proposal.reason}</p>
        </div>
      ) : null}
    </div>
  );
}

function Text({ call, full }: { call: AnalysisCall; full: boolean }) {
  const [raw, setRaw] = useState(false);
  const fields = readReply(call.reply);
  return (
    <div className="min-w-0">
      <div
        tabIndex={0}
        role="region"
        aria-label={`Text of the ${call.purpose} analysis`}
        className={cn(
          "overflow-y-auto rounded-base bg-raised px-4 py-3",
          full ? "max-h-[52vh]" : "max-h-96",
        )}
      >
        {fields && !raw ? (
          <ReplyFields fields={fields} />
        ) : (
          <Words mono={raw && fields !== null}>{call.reply}</Words>
        )}
      </div>
      <p className="tabular mt-1.5 flex items-center gap-2 text-12 text-muted">
        {call.reply.length.toLocaleString("en-US")} characters
        {fields ? (
          <Button variant="ghost" size="small" onClick={() => setRaw(!raw)}>
            {raw ? "Show its fields" : "Show it as it came"}
          </Button>
        ) : null}
        {full ? <CopyButton text={call.reply} label="Copy the text" /> : null}
      </p>
    </div>
  );
}

/** One call: what was said, and beside it what was asked, shown and paid. */
function ModelCall({
  call,
  full,
  attempts,
  onAttempt,
}: {
  call: AnalysisCall;
  full: boolean;
  attempts: readonly number[];
  onAttempt: (attempt: number) => void;
}) {
  return (
    <div className="grid grid-cols-[minmax(0,1fr)_minmax(200px,248px)] gap-5 max-[900px]:grid-cols-1">
      <Text call={call} full={full} />
      <aside aria-label={`The ${call.purpose} call`} className="space-y-3">
        {attempts.length > 1 ? (
          <Segments
            label="Attempt"
            value={String(call.attempt)}
            options={attempts.map((each) => ({
              value: String(each),
              text: each === 1 ? "First answer" : "Repair",
            }))}
            onChange={(next) => onAttempt(Number(next))}
          />
        ) : null}
        {call.is_reused ? (
          <p>
            <Badge
              tone="info"
              title="The same images, prompt, model and parameters were answered before"
            >
              From the record, no cost
            </Badge>
          </p>
        ) : null}
        <Facts
          className="grid-cols-2 gap-x-4"
          facts={[
            ["Tokens in", call.input_tokens.toLocaleString("en-US")],
            ["Tokens out", call.output_tokens.toLocaleString("en-US")],
            ["Cost, USD", formatDecimal(call.cost, { minimumPlaces: 2 })],
            ["Latency", call.is_reused ? "none" : formatDuration(call.latency_us)],
            ["Provider", call.provider],
            ["Ended", call.stop_reason === null ? null : humanise(call.stop_reason)],
          ]}
        />
        {call.problems.length > 0 ? (
          <div className="rounded-base border border-warn px-3 py-2">
            <h4 className="text-12 font-medium text-warn">
              {call.attempt === 1 ? "The answer does not hold" : "The repair does not hold"}
            </h4>
            <ul className="list-disc pl-4 text-12">
              {call.problems.map((problem, index) => (
                <li key={index} className="break-words">
                  {plain(problem)}
                </li>
              ))}
            </ul>
          </div>
        ) : call.attempt > 1 ? (
          <p className="text-12 text-muted">
            The first answer did not hold. The model was shown why, and this is its repair.
          </p>
        ) : null}
        <Asked label="Prompt" record={call.prompt_version} blob={call.rendered_prompt} />
        <Asked label="System message" record={call.system_version} blob={call.rendered_system} />
        <Sent images={call.images} purpose={call.purpose} />
      </aside>
    </div>
  );
}

/** Which version of a prompt was used; its text, once it is asked for. */
function Asked({
  label,
  record,
  blob,
}: {
  label: string;
  record: PromptRecord | null;
  blob: BlobRef | null;
}) {
  const [open, setOpen] = useState(false);
  if (record === null && blob === null) return null;
  return (
    <div>
      <p className="text-12 text-muted">{label}</p>
      <p className="break-words">
        {record === null ? "Not recorded" : `${plain(record.name)}, version ${record.version}`}
      </p>
      {blob ? (
        <>
          <Button
            variant="ghost"
            size="small"
            className="-ml-2"
            aria-expanded={open}
            aria-label={`${open ? "Hide" : "Show"} the ${label.toLowerCase()} as it was sent`}
            onClick={() => setOpen(!open)}
          >
            {open ? "Hide" : "As it was sent"}
          </Button>
          {open ? <Rendered blob={blob} label={label} /> : null}
        </>
      ) : null}
    </div>
  );
}

function Rendered({ blob, label }: { blob: BlobRef; label: string }) {
  const { data, error, refetch } = useRead("blob_get", { blob: blob.blob });
  if (error) {
    return (
      <ErrorPanel
        what={`The ${label.toLowerCase()} could not be read.`}
        error={error}
        onRetry={() => void refetch()}
      />
    );
  }
  if (!data) return <Skeleton className="h-40" />;
  return (
    <pre
      tabIndex={0}
      role="region"
      aria-label={`${label} as it was sent`}
      className="max-h-80 overflow-y-auto rounded-base bg-raised px-3 py-2 font-mono text-12 break-words whitespace-pre-wrap"
    >
      {plain(blobText(data))}
    </pre>
  );
}

function Sent({ images, purpose }: { images: readonly BlobRef[]; purpose: string }) {
  if (images.length === 0) return null;
  return (
    <div>
      <p className="mb-1 text-12 text-muted">
        {images.length === 1 ? "The image that was sent" : `${images.length} images were sent`}
      </p>
      <div className="flex gap-2">
        {images.map((image, index) => (
          <Thumbnail
            key={image.blob}
            image={image}
            title={`Image ${index + 1} of the ${purpose} call`}
          />
        ))}
      </div>
    </div>
  );
}

function Thumbnail({ image, title }: { image: BlobRef; title: string }) {
  const [open, setOpen] = useState(false);
  const [size, setSize] = useState({ width: 0, height: 0 });
  const { data, error } = useRead("blob_get", { blob: image.blob });
  const address = data ? imageAddress(data) : null;
  if (error) return <p className="text-12 text-error">{error.message}</p>;
  if (!data) return <Skeleton className="h-16 w-24" />;
  if (address === null)
    return <p className="text-12 text-error">It is {data.media_type}, and no image.</p>;
  return (
    <>
      <button
        type="button"
        onClick={() => setOpen(true)}
        aria-label={`${title}, full size`}
        title={`${image.blob.slice(0, 12)}…, ${image.bytes.toLocaleString("en-US")} bytes`}
        className="w-28 cursor-zoom-in overflow-hidden rounded-base border bg-white"
      >
        <img
          src={address}
          alt={title}
          className="block h-auto w-full"
          onLoad={({ currentTarget: { naturalWidth: width, naturalHeight: height } }) =>
            setSize({ width, height })
          }
        />
      </button>
      <ImageDialog open={open} onOpenChange={setOpen} title={title} address={address} {...size} />
    </>
  );
}
