import { Check, X } from "lucide-react";
import type { ReactNode } from "react";

import { Comparison } from "@/features/lineage/steps/comparison";
import { Ladder } from "@/ui/ladder";
import type { RendererProps } from "@/features/lineage/steps/types";
import type { SignalCheck } from "@/gen/types";
import { formatPercent, formatPrice, multiply } from "@/lib/decimal";
import { shortDateTime } from "@/lib/time";
import { ACTIONS, humanise } from "@/lib/words";
import { Badge } from "@/ui/badge";
import { cn } from "@/ui/cn";
import { SOLID_TONE } from "@/ui/tone";
import { VoteChips, VOTES } from "@/ui/votes";

function Price({
  label,
  value,
  tone,
  below,
}: {
  label: string;
  value: string | null;
  tone?: string;
  below?: ReactNode;
}) {
  return (
    <div className="min-w-0 flex-1 rounded-base border px-3 py-2">
      <p className="text-12 text-muted">{label}</p>
      <p className={cn("tabular text-18 font-semibold", tone)}>{formatPrice(value)}</p>
      <p className="tabular text-12 text-muted">{below}</p>
    </div>
  );
}

function CheckRow({ check }: { check: SignalCheck }) {
  return (
    <li className="flex gap-2 py-0.5">
      {check.passed ? (
        <Check aria-label="passed" className="mt-0.5 size-3.5 shrink-0 text-up" />
      ) : (
        <X aria-label="failed" className="mt-0.5 size-3.5 shrink-0 text-error" />
      )}
      <span>
        {humanise(check.name)} <span className="tabular text-muted">{check.detail}</span>
      </span>
    </li>
  );
}

/** Step 6: the signal that counts. */
export function Signal({ output, full, context }: RendererProps<"parse_signal">) {
  const { confirmation, checks } = output;
  const failed = checks.filter((check) => !check.passed);
  const percent = multiply(output.confidence, "100");
  const priced = output.entry_price !== null && output.stop_price !== null;
  return (
    <div>
      <div className="flex flex-wrap items-center gap-x-5 gap-y-3">
        <span
          className={cn(
            "rounded-base px-4 py-1 text-24 font-semibold tracking-[0.02em]",
            SOLID_TONE[ACTIONS[output.action]],
          )}
        >
          {output.action}
        </span>
        <div className="w-40">
          <p className="flex justify-between text-12 text-muted">
            Confidence <span className="tabular text-text">{formatPercent(percent)}</span>
          </p>
          <div
            role="meter"
            aria-label="Confidence"
            aria-valuemin={0}
            aria-valuemax={100}
            aria-valuenow={Number(percent ?? 0)}
            className="mt-1 h-1.5 overflow-hidden rounded-full bg-raised"
          >
            <div className="h-full bg-accent" style={{ width: `${Number(percent ?? 0)}%` }} />
          </div>
        </div>
        <div>
          <p className="text-12 text-muted">Trend</p>
          <p>{humanise(output.trend)}</p>
        </div>
        {output.proposed_action === output.action ? null : (
          <Badge tone="warn">Proposed {output.proposed_action}</Badge>
        )}
      </div>
      <div className="mt-3 flex flex-wrap items-center gap-x-3 gap-y-1.5">
        <VoteChips confirmation={confirmation} />
      </div>
      {priced ? (
        <>
          <div className="mt-4 flex gap-3">
            <Price label="Entry" value={output.entry_price} below="limit" />
            <Price
              label="Stop"
              value={output.stop_price}
              tone="text-down"
              below={`risk ${formatPrice(output.risk_per_share)}`}
            />
            <Price
              label="Target"
              value={output.target_price}
              tone="text-up"
              below={`reward ${formatPrice(output.reward_per_share)}`}
            />
            <div className="min-w-0 flex-1 rounded-base border px-3 py-2">
              <p className="text-12 text-muted">Risk to reward</p>
              <p className="tabular text-18 font-semibold">1:{formatPrice(output.r_multiple)}</p>
              <p className="text-12 text-muted">per share</p>
            </div>
          </div>
          <Ladder
            entry={output.entry_price}
            stop={output.stop_price}
            target={output.target_price}
            last={context.lastPrice}
          />
        </>
      ) : null}
      <p className="mt-3 max-w-[80ch]">{output.reason}</p>
      {full ? (
        <>
          <div className="mt-5 grid grid-cols-2 gap-8 max-[800px]:grid-cols-1">
            <section>
              <h3 className="mb-1 font-semibold">Confirmations</h3>
              <ul>
                {confirmation.votes.map((vote) => (
                  <li key={vote.name} className="flex items-baseline gap-2 py-0.5">
                    <span className={VOTES[vote.vote].className}>{VOTES[vote.vote].icon}</span>
                    <span>
                      {humanise(vote.name)}{" "}
                      <span className="tabular text-muted">{vote.detail}</span>
                    </span>
                  </li>
                ))}
              </ul>
            </section>
            <section>
              <h3 className="mb-1 font-semibold">Checks</h3>
              <ul>
                {checks.map((check) => (
                  <CheckRow key={check.name} check={check} />
                ))}
              </ul>
            </section>
          </div>
          <p className="tabular mt-4 text-12 text-muted">
            Nearer target {formatPrice(output.target_conservative)} (1:
            {formatPrice(output.r_conservative)}), farther {formatPrice(output.target_aggressive)}{" "}
            (1:
            {formatPrice(output.r_aggressive)}). Expires {shortDateTime(output.expires_at)} ET.
          </p>
          {context.analysis?.analyst.is_language_model ? (
            <div className="mt-5 border-t pt-3">
              <Comparison analysis={context.analysis} signal={output} />
            </div>
          ) : null}
        </>
      ) : failed.length > 0 ? (
        <ul className="mt-2">
          {failed.map((check) => (
            <CheckRow key={check.name} check={check} />
          ))}
        </ul>
      ) : (
        <p className="mt-1 flex items-center gap-1.5 text-12 text-muted">
          <Check aria-hidden="true" className="size-3.5 text-up" /> {checks.length} of{" "}
          {checks.length} checks passed
        </p>
      )}
    </div>
  );
}
