import { Check, Image, X } from "lucide-react";
import type { ReactNode } from "react";

import { useAct } from "@/api/context";
import { callState, count, formatCost } from "@/features/models/words";
import type { ModelDto, ModelTestDto } from "@/gen/types";
import { plain } from "@/lib/text";
import { formatDuration, formatSeconds } from "@/lib/time";
import { Button } from "@/ui/button";
import { Facts } from "@/ui/facts";
import { Panel, Skeleton } from "@/ui/panel";
import { StateWord } from "@/ui/state";

/** Asks the model once, with a picture, and tells what came of it. */
export function useModelTest() {
  return useAct("model_test");
}

export function TestPanel({
  model,
  test,
  onTest,
}: {
  model: ModelDto;
  test: ReturnType<typeof useModelTest>;
  onTest: () => void;
}) {
  const here = test.variables?.name === model.name;
  return (
    <Panel
      title="Connection test"
      actions={
        <Button size="small" disabled={test.isPending} onClick={onTest} title="Test it (t)">
          <Image /> {test.isPending && here ? "Looking…" : "Show it a picture"}
        </Button>
      }
    >
      <div className="p-4" aria-live="polite">
        {!here ? (
          <p className="max-w-[60ch] text-muted">
            Shows {model.name} a small picture and asks what it sees. That is one real call: it
            counts against the budgets and takes {formatSeconds(model.deadline_seconds)} at most.
          </p>
        ) : test.isPending ? (
          <div aria-busy="true">
            <p>{model.name} looks at a small picture…</p>
            <Skeleton className="mt-3 w-3/4" />
            <Skeleton className="mt-2 w-1/2" />
          </div>
        ) : test.error ? (
          <div>
            <StateWord state={{ word: "Not asked", tone: "error", shape: "square" }} />
            <p className="mt-1">{test.error.message}</p>
            {test.error.hint ? <p className="text-muted">{test.error.hint}</p> : null}
          </div>
        ) : test.data ? (
          <Result test={test.data} />
        ) : null}
      </div>
    </Panel>
  );
}

function Mark({ good, children }: { good: boolean; children: ReactNode }) {
  return (
    <li className="flex gap-1.5">
      {good ? (
        <Check aria-label="yes" className="mt-0.5 size-3.5 shrink-0 text-up" />
      ) : (
        <X aria-label="no" className="mt-0.5 size-3.5 shrink-0 text-error" />
      )}
      {children}
    </li>
  );
}

function Result({ test }: { test: ModelTestDto }) {
  const { call } = test;
  const state = call
    ? callState(call)
    : ({ word: "Not asked", tone: "error", shape: "square" } as const);
  return (
    <div className="space-y-3">
      <div>
        <StateWord state={state} />
        <p className="mt-1 break-words">{plain(test.sentence)}</p>
      </div>
      {test.succeeded ? (
        <ul className="space-y-0.5">
          <Mark good={test.sees_image}>
            {test.sees_image ? "It sees the picture" : "It does not see the picture"}
          </Mark>
          <Mark good={test.follows_schema}>
            {test.follows_schema
              ? "It keeps to the form of reply that was asked for"
              : "It does not keep to the form of reply that was asked for"}
          </Mark>
        </ul>
      ) : null}
      {call ? (
        <Facts
          facts={[
            ["Latency", formatDuration(call.latency_us)],
            ["Tokens in", count(call.input_tokens)],
            ["Tokens out", count(call.output_tokens)],
            [call.is_cost_estimated ? "Cost, USD, estimated" : "Cost, USD", formatCost(call.cost)],
            ["Answered by", call.answered_by === null ? null : plain(call.answered_by)],
          ]}
        />
      ) : null}
      {test.reply === null ? null : (
        <div>
          <p className="text-12 text-muted">What it said</p>
          <p
            tabIndex={0}
            role="region"
            aria-label="What the model said"
            className="mt-1 max-h-40 overflow-y-auto rounded-base bg-raised px-3 py-2 font-mono text-12 break-words whitespace-pre-wrap"
          >
            {plain(test.reply)}
          </p>
        </div>
      )}
    </div>
  );
}
