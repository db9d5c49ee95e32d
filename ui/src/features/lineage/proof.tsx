import { FileArchive, RotateCcw, X } from "lucide-react";
import { useState } from "react";

import { useAct, useRead } from "@/api/context";
import type { ReplayDifferenceDto, ReplayedStepDto, ReplayVerdict } from "@/gen/types";
import { formatBytes } from "@/lib/bytes";
import { humanise, type Shape, type Tone } from "@/lib/words";
import { Button } from "@/ui/button";
import { CopyButton } from "@/ui/copy-button";
import { useHotkeys } from "@/ui/hotkeys";
import { Notice } from "@/ui/notice";
import { ErrorPanel, Skeleton } from "@/ui/panel";
import { Light } from "@/ui/state";

const VERDICTS: Record<ReplayVerdict, { word: string; tone: Tone; shape: Shape }> = {
  same: { word: "same bytes", tone: "up", shape: "check" },
  same_in_older_form: { word: "same values", tone: "up", shape: "check" },
  differs: { word: "differs", tone: "error", shape: "cross" },
  as_recorded: { word: "as recorded", tone: "neutral", shape: "ring" },
  not_replayable: { word: "cannot be replayed", tone: "warn", shape: "triangle" },
  not_made: { word: "not made", tone: "neutral", shape: "ring" },
};

/** What can be proven of an execution: that it gives the same again, and what is given away of it. */
export function useProof(executionId: string, atOnce: boolean) {
  const [replaying, setReplaying] = useState(atOnce);
  const exported = useAct("evidence_export");
  const replay = () => setReplaying(true);
  const exportEvidence = () => {
    if (!exported.isPending) exported.mutate({ kind: "execution", name: executionId });
  };
  useHotkeys([
    { keys: "y", label: "Replay the execution", group: "Lineage", run: replay },
    { keys: "e", label: "Export evidence of the execution", group: "Lineage", run: exportEvidence },
  ]);
  const buttons = (
    <>
      <Button
        onClick={replay}
        title="Compute every pure step again from its frozen inputs, and compare byte for byte (y)"
      >
        <RotateCcw /> <span className="max-[1400px]:sr-only">Replay</span>
      </Button>
      <Button
        onClick={exportEvidence}
        disabled={exported.isPending}
        title="Write everything that was recorded of this execution to one signed file (e)"
      >
        <FileArchive />{" "}
        <span className="max-[1400px]:sr-only">
          {exported.isPending ? "Exporting…" : "Export evidence"}
        </span>
      </Button>
    </>
  );
  const results = (
    <div className="space-y-3 not-empty:mb-3">
      {exported.error ? (
        <ErrorPanel
          what="No evidence was exported."
          error={exported.error}
          onRetry={exportEvidence}
        />
      ) : null}
      {exported.data ? <Exported {...exported.data} onClose={() => exported.reset()} /> : null}
      {replaying ? <Replay executionId={executionId} onClose={() => setReplaying(false)} /> : null}
    </div>
  );
  return { buttons, results };
}

function Exported({
  file,
  bytes,
  fingerprint,
  rows,
  rows_with_content,
  onClose,
}: {
  file: string;
  bytes: number;
  fingerprint: string;
  rows: number;
  rows_with_content: number;
  onClose: () => void;
}) {
  return (
    <Notice
      role="status"
      tone="up"
      shape="check"
      title={`Evidence exported: ${formatBytes(bytes)}`}
      actions={
        <>
          <CopyButton text={file} label="Copy the name of the file" />
          <Close what="the export" onClose={onClose} />
        </>
      }
    >
      <p className="mt-1 break-all">{file}</p>
      <p className="mt-1 text-muted">
        {rows_with_content} records with their content, and {rows} rows of the chain around them.
        Whoever gets it opens verify.html inside it in a browser, without a network, and compares
        this fingerprint of your key:
      </p>
      <p className="mt-1 flex items-center gap-2">
        <code className="text-12 break-all">{fingerprint}</code>
        <CopyButton text={fingerprint} label="Copy the fingerprint" />
      </p>
    </Notice>
  );
}

function Replay({ executionId, onClose }: { executionId: string; onClose: () => void }) {
  const { data, error, isFetching, refetch } = useRead("replay_get", {
    execution_id: executionId,
  });
  if (error) {
    return (
      <ErrorPanel
        what="The execution could not be replayed."
        error={error}
        onRetry={() => void refetch()}
      />
    );
  }
  if (!data) {
    return (
      <div aria-busy="true" aria-label="Replaying" className="rounded-card border bg-surface p-4">
        <Skeleton className="h-4 w-1/3" />
        <Skeleton className="mt-3 h-24" />
      </div>
    );
  }
  return (
    <section
      aria-label="Replay"
      data-testid="replay"
      className={`rounded-card border bg-surface ${data.holds ? "" : "border-error"}`}
    >
      <header className="flex items-center gap-2 border-b px-4 py-2">
        <Light
          tone={data.holds ? "up" : "error"}
          shape={data.holds ? "check" : "cross"}
          className="size-3.5"
        />
        <h2 className={`font-semibold ${data.holds ? "" : "text-error"}`}>{data.sentence}</h2>
        <span className="ml-auto text-12 text-muted">
          recorded by {data.recorded_by || "an unnamed version"}, replayed by {data.replayed_by}
        </span>
        <Button size="small" variant="ghost" disabled={isFetching} onClick={() => void refetch()}>
          <RotateCcw /> {isFetching ? "Replaying…" : "Again"}
        </Button>
        <Close what="the replay" onClose={onClose} />
      </header>
      <ul className="divide-y">
        {data.steps.map((step) => (
          <ReplayedStep key={step.sequence} step={step} />
        ))}
      </ul>
    </section>
  );
}

function ReplayedStep({ step }: { step: ReplayedStepDto }) {
  const { word, tone, shape } = VERDICTS[step.verdict];
  return (
    <li className="px-4 py-1.5" data-verdict={step.verdict}>
      <div className="flex items-baseline gap-2">
        <span className="tabular w-5 text-right text-12 text-muted">{step.step_number}</span>
        <span className="w-52">
          {humanise(step.step_name)}
          {step.attempt > 1 ? <span className="text-muted"> (attempt {step.attempt})</span> : null}
        </span>
        <span className="flex w-40 items-center gap-1.5">
          <Light tone={tone} shape={shape} className="size-3" />
          {word}
        </span>
        <span className="min-w-0 flex-1 text-muted">{step.detail}</span>
      </div>
      {step.differences.map((difference) => (
        <BothSides key={`${difference.part}${difference.path}`} difference={difference} />
      ))}
    </li>
  );
}

function BothSides({ difference }: { difference: ReplayDifferenceDto }) {
  const { part, path, recorded, replayed } = difference;
  return (
    <dl className="mt-1 mb-2 ml-7 grid grid-cols-[max-content_1fr] gap-x-3 gap-y-0.5 rounded-base bg-raised px-3 py-2">
      <dt className="text-muted">{humanise(part)}</dt>
      <dd>
        <code className="text-12 break-all">{path}</code>
      </dd>
      <dt className="text-muted">Recorded</dt>
      <dd>
        <code className="text-12 break-all">{recorded ?? "nothing"}</code>
      </dd>
      <dt className="text-muted">Now</dt>
      <dd>
        <code className="text-12 break-all">{replayed ?? "nothing"}</code>
      </dd>
    </dl>
  );
}

function Close({ what, onClose }: { what: string; onClose: () => void }) {
  return (
    <Button size="icon" variant="ghost" aria-label={`Close ${what}`} onClick={onClose}>
      <X />
    </Button>
  );
}
