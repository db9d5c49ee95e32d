import { useRead } from "@/api/context";
import type { PlaygroundLinks } from "@/features/prompts/playground";
import { usd } from "@/features/prompts/playground-estimate";
import type { AnalysisCall, PlaygroundReplyDto } from "@/gen/types";
import { plain } from "@/lib/text";
import { formatDuration } from "@/lib/time";
import { ACTIONS, humanise } from "@/lib/words";
import { Badge } from "@/ui/badge";
import { Dialog } from "@/ui/dialog";
import { ErrorPanel, Skeleton } from "@/ui/panel";

/** What each side was answered on one run, word for word, side by side. */
export function PlaygroundReplies({
  executionId,
  number,
  links,
  onClose,
}: {
  executionId: string;
  /** Of the experiment. */
  number: number;
  links: PlaygroundLinks;
  onClose: () => void;
}) {
  const { data, error, refetch } = useRead("playground_replies", { execution_id: executionId });
  const row = data?.row;
  return (
    <Dialog
      open
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
      title={row ? `Answers on ${plain(row.symbol)}, ${row.exchange_time}` : "Answers"}
      description={`Experiment ${number}: the words of the model as they came.`}
    >
      <div className="min-h-0 overflow-y-auto p-5">
        <p className="mb-3">
          <a className="text-accent underline" href={links.lineage(executionId)}>
            Lineage of the run
          </a>
        </p>
        {error ? (
          <ErrorPanel
            what="The answers could not be read."
            error={error}
            onRetry={() => void refetch()}
          />
        ) : data ? (
          <div className="grid auto-cols-[minmax(0,1fr)] grid-flow-col gap-5 max-[900px]:grid-flow-row">
            {data.replies.map((reply, at) => (
              <Side key={at} reply={reply} />
            ))}
          </div>
        ) : (
          <Skeleton className="h-64" />
        )}
      </div>
    </Dialog>
  );
}

function Side({ reply }: { reply: PlaygroundReplyDto }) {
  return (
    <section aria-label={plain(reply.label)} className="min-w-0 space-y-4">
      <h3 className="flex flex-wrap items-center gap-2 font-semibold">
        <span className="break-words">{plain(reply.label)}</span>
        {reply.action === null ? null : (
          <Badge solid tone={ACTIONS[reply.action]}>
            {reply.action}
          </Badge>
        )}
      </h3>
      {reply.calls.length === 0 ? <p className="text-muted">Nobody was asked.</p> : null}
      {reply.calls.map((call) => (
        <Call key={`${call.purpose} ${call.attempt}`} call={call} />
      ))}
    </section>
  );
}

function Call({ call }: { call: AnalysisCall }) {
  const version = call.prompt_version;
  return (
    <article className="rounded-base border">
      <h4 className="tabular flex flex-wrap items-center gap-x-2 border-b px-3 py-1.5 text-12">
        <span className="font-semibold">
          {humanise(call.purpose)}
          {call.attempt > 1 ? ", repair" : ""}
        </span>
        <span className="text-muted">
          {version
            ? `${plain(version.name)}${version.version === 0 ? "" : `, version ${version.version}`}`
            : ""}
        </span>
        <span className="ml-auto text-muted">
          {call.is_reused ? "from the record" : formatDuration(call.latency_us)} ·{" "}
          {call.input_tokens.toLocaleString("en-US")} in,{" "}
          {call.output_tokens.toLocaleString("en-US")} out · {usd(call.cost)}
        </span>
      </h4>
      {call.problems.map((problem) => (
        <p key={problem} className="border-b px-3 py-1.5 text-12 break-words text-error">
          {plain(problem)}
        </p>
      ))}
      <pre
        tabIndex={0}
        className="max-h-[40vh] overflow-y-auto px-3 py-2 font-mono text-12 leading-[1.6] break-words whitespace-pre-wrap"
      >
        {call.reply === "" ? "No answer." : plain(call.reply)}
      </pre>
    </article>
  );
}
