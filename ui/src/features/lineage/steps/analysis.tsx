import { useState } from "react";

import { useRead } from "@/api/context";
import type { RendererProps } from "@/features/lineage/steps/types";
import type { AnalysisCall, BlobRef } from "@/gen/types";
import { blobText } from "@/lib/blobs";
import { formatMoney, formatPercent, formatPrice, multiply } from "@/lib/decimal";
import { ACTIONS, humanise } from "@/lib/words";
import { Badge } from "@/ui/badge";
import { cn } from "@/ui/cn";
import { CopyButton } from "@/ui/copy-button";
import { Facts } from "@/ui/facts";
import { ErrorPanel, Skeleton } from "@/ui/panel";
import { Segments } from "@/ui/segments";

/** Step 5: the analysis in its own words, and what it proposes. */
export function Analysis({ output, full }: RendererProps<"llm_analysis">) {
  const { analyst, calls, proposal } = output;
  // The consolidation is the conclusion, and the last to be made.
  const [purpose, setPurpose] = useState(calls.at(-1)?.purpose ?? "");
  const call = calls.find((each) => each.purpose === purpose);
  return (
    <div>
      <div className="mb-3 flex flex-wrap items-center gap-2">
        <Badge tone="accent">{call?.model ?? analyst.name}</Badge>
        <span className="text-12 text-muted">
          {analyst.is_language_model
            ? `${output.total_tokens.toLocaleString("en-US")} tokens · ${formatMoney(output.total_cost)} USD`
            : "Computed by rules, no language model"}
        </span>
        <span className="ml-auto" />
        <Segments
          label="Part of the analysis"
          value={purpose}
          options={calls.map((each) => ({ value: each.purpose, text: humanise(each.purpose) }))}
          onChange={setPurpose}
        />
      </div>
      {call ? (
        <Text call={call} full={full} />
      ) : (
        <p className="text-muted">No analysis was made.</p>
      )}
      {full ? (
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
  return (
    <div className={cn(full && call.rendered_prompt && "grid grid-cols-2 gap-6")}>
      <div>
        <div
          tabIndex={0}
          role="region"
          aria-label={`Text of the ${call.purpose} analysis`}
          className={cn(
            "overflow-y-auto rounded-base bg-raised px-4 py-3",
            full ? "max-h-[52vh]" : "max-h-56",
          )}
        >
          <p className="max-w-[68ch] break-words whitespace-pre-wrap">{call.reply}</p>
        </div>
        <p className="tabular mt-1.5 flex items-center gap-2 text-12 text-muted">
          {call.reply.length.toLocaleString("en-US")} characters
          {call.prompt ? ` · prompt ${call.prompt}` : ""}
          {call.model ? ` · ${call.input_tokens} tokens in, ${call.output_tokens} out` : ""}
          {full ? <CopyButton text={call.reply} label="Copy the text" /> : null}
        </p>
      </div>
      {full && call.rendered_prompt ? <Prompt blob={call.rendered_prompt} /> : null}
    </div>
  );
}

function Prompt({ blob }: { blob: BlobRef }) {
  const { data, error, refetch } = useRead("blob_get", { blob: blob.blob });
  if (error) {
    return (
      <ErrorPanel
        what="The prompt could not be read."
        error={error}
        onRetry={() => void refetch()}
      />
    );
  }
  if (!data) return <Skeleton className="h-40" />;
  return (
    <pre
      tabIndex={0}
      className="max-h-[52vh] overflow-y-auto rounded-base bg-raised px-4 py-3 font-mono text-12 break-words whitespace-pre-wrap"
    >
      {blobText(data)}
    </pre>
  );
}
