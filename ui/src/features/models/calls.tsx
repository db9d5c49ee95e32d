import { useState } from "react";

import { useRead } from "@/api/context";
import { callColumns, type NameOf } from "@/features/models/columns";
import { callState, count, formatCost } from "@/features/models/words";
import type { ModelCallDto } from "@/gen/types";
import { blobText } from "@/lib/blobs";
import { plain } from "@/lib/text";
import { exchangeDateTime, formatDuration } from "@/lib/time";
import { humanise } from "@/lib/words";
import { DataTable } from "@/ui/data-table";
import { Dialog } from "@/ui/dialog";
import { Facts } from "@/ui/facts";
import { ErrorPanel, Skeleton } from "@/ui/panel";
import { Segments } from "@/ui/segments";
import { StateWord } from "@/ui/state";

/** So many of the newest calls are shown. */
const SHOWN = 200;

/** What was asked, what it came to, what it cost. */
export function Calls({
  name,
  nameOf,
  lineageLink,
}: {
  /** The model that is selected. */
  name: string;
  nameOf: NameOf;
  lineageLink: (executionId: string) => string;
}) {
  const [only, setOnly] = useState(true);
  const [open, setOpen] = useState<number | null>(null);
  const { data, error, refetch } = useRead("model_calls_list", {
    name: only ? name : null,
    strategy_id: null,
    execution_id: null,
    limit: SHOWN,
  });
  const call = data?.find(({ call_id: id }) => id === open);
  if (error)
    return (
      <ErrorPanel
        what="The calls could not be read."
        error={error}
        onRetry={() => void refetch()}
      />
    );
  if (!data) return <Skeleton className="h-48 rounded-card" />;
  return (
    <>
      <DataTable
        name="model-calls"
        caption="Calls"
        title={
          <span className="flex items-center gap-3">
            <h2 className="font-semibold">Calls</h2>
            <Segments
              label="Whose calls"
              value={only ? "one" : "all"}
              options={[
                { value: "one", text: name },
                { value: "all", text: "All models" },
              ]}
              onChange={(value) => setOnly(value === "one")}
            />
            {data.length === SHOWN ? (
              <span className="text-12 text-muted">the newest {SHOWN}</span>
            ) : null}
          </span>
        }
        columns={callColumns(nameOf, lineageLink)}
        rows={data}
        rowKey={({ call_id: id }) => String(id)}
        empty={
          <p className="p-4 text-muted">
            {only ? `${name} has not been asked yet.` : "No model has been asked yet."} A test or a
            run is a call.
          </p>
        }
        onSelect={(id) => setOpen(Number(id))}
      />
      {call ? <CallDialog call={call} nameOf={nameOf} onClose={() => setOpen(null)} /> : null}
    </>
  );
}

function CallDialog({
  call,
  nameOf,
  onClose,
}: {
  call: ModelCallDto;
  nameOf: NameOf;
  onClose: () => void;
}) {
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title={`Call ${call.call_id} of ${call.name}`}
      description={`${humanise(call.purpose)} · ${exchangeDateTime(call.started_at, true)} ET`}
      className="w-[min(760px,calc(100vw-32px))]"
    >
      <div className="space-y-4 overflow-y-auto p-5">
        <div>
          <StateWord state={callState(call)} />
          {call.error === null ? null : <p className="mt-1 break-words">{plain(call.error)}</p>}
          {call.reused_from === null ? null : (
            <p className="mt-1 text-muted">
              The same images, prompt, model and parameters were answered in call {call.reused_from}
              , so nobody was asked and nothing was paid.
            </p>
          )}
        </div>
        <Facts
          facts={[
            ["Model", plain(call.model)],
            ["Answered by", call.answered_by === null ? null : plain(call.answered_by)],
            ["Strategy", call.strategy_id === null ? "none" : nameOf(call.strategy_id)],
            ["Images", String(call.images)],
            ["Attempts", String(call.attempts)],
            ["Latency", call.status === "reused" ? null : formatDuration(call.latency_us)],
            ["Tokens in", count(call.input_tokens)],
            ["Tokens out", count(call.output_tokens)],
            [call.is_cost_estimated ? "Cost, USD, estimated" : "Cost, USD", formatCost(call.cost)],
            ["Ended", call.stop_reason === null ? null : humanise(call.stop_reason)],
          ]}
        />
        {call.reply_blob === null ? null : <Reply blob={call.reply_blob} />}
      </div>
    </Dialog>
  );
}

function Reply({ blob }: { blob: string }) {
  const { data, error, refetch } = useRead("blob_get", { blob });
  if (error)
    return (
      <ErrorPanel
        what="The reply could not be read."
        error={error}
        onRetry={() => void refetch()}
      />
    );
  if (!data) return <Skeleton className="h-32" />;
  return (
    <div>
      <h3 className="mb-1 text-12 font-medium text-muted">What it said</h3>
      <pre
        tabIndex={0}
        role="region"
        aria-label="What the model said"
        className="max-h-[44vh] overflow-y-auto rounded-base bg-raised px-4 py-3 font-mono text-12 break-words whitespace-pre-wrap"
      >
        {plain(blobText(data))}
      </pre>
    </div>
  );
}
