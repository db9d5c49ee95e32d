import { Check, X } from "lucide-react";
import type { ReactNode } from "react";

import type { ApprovalDto } from "@/gen/types";
import { divide, formatDecimal, formatMoney, formatPrice, multiply, subtract } from "@/lib/decimal";
import { plain } from "@/lib/text";
import { exchangeDateTime, shortDateTime } from "@/lib/time";
import { Button } from "@/ui/button";
import { cn } from "@/ui/cn";
import { Countdown } from "@/ui/countdown";
import { Ladder } from "@/ui/ladder";
import { Amount } from "@/ui/number";
import { sideTone } from "@/ui/tone";

/** `BUY 65 GOOG`. */
export const approvalWords = ({ side, quantity, symbol }: ApprovalDto): string =>
  `${plain(side)} ${formatDecimal(quantity)} ${plain(symbol)}`;

interface CardProps {
  approval: ApprovalDto;
  now: string | null;
  /** The keys act on it. */
  chosen: boolean;
  busy: boolean;
  lineageLink: (executionId: string) => string;
  onChoose: () => void;
  onDecide: (approve: boolean) => void;
}

/** Under this many seconds a countdown is urgent. */
export const URGENT = 60;

function Value({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div>
      <dt className="text-12 text-muted">{label}</dt>
      <dd className="tabular font-semibold">{children}</dd>
    </div>
  );
}

/** An order that waits for a person. */
export function ApprovalCard(props: CardProps) {
  const { approval, now, chosen, busy, lineageLink, onChoose, onDecide } = props;
  const { limit_price: limit, stop_price: stop, target_price: target } = approval;
  const reward = divide(subtract(target, limit), subtract(limit, stop), 2);
  return (
    <article
      aria-label={approvalWords(approval)}
      data-testid="approval"
      aria-current={chosen ? "true" : undefined}
      onClick={onChoose}
      className={cn(
        "rounded-card border bg-surface",
        chosen && "border-accent shadow-[inset_1px_0_0_var(--accent)]",
      )}
    >
      <div className="flex flex-wrap items-start gap-x-6 gap-y-3 p-4">
        <div className="min-w-0 flex-1">
          <p className="flex flex-wrap items-baseline gap-x-3">
            <span className="text-18 font-semibold">
              <span className={sideTone(approval.side)}>{plain(approval.side)}</span>{" "}
              <span className="tabular">{formatDecimal(approval.quantity)}</span>{" "}
              {plain(approval.symbol)}
            </span>
            <span className="text-muted">
              {plain(approval.strategy_name)},{" "}
              <span className="tabular" title={`${exchangeDateTime(approval.asked_at, true)} ET`}>
                asked {shortDateTime(approval.asked_at)}
              </span>
            </span>
          </p>
          <p className="mt-1 max-w-[80ch]">{plain(approval.sentence)}</p>
        </div>
        <div className="text-right">
          <p className="text-12 text-muted">lapses in</p>
          <Countdown
            now={now}
            until={approval.expires_at}
            label={`${approvalWords(approval)} lapses`}
            urgentBelow={URGENT}
            className="text-24 font-semibold"
          />
        </div>
      </div>
      <div className="flex flex-wrap items-end gap-x-10 gap-y-3 border-t px-4 py-3">
        <dl className="flex flex-wrap gap-x-6 gap-y-2">
          <Value label="Limit">{formatPrice(limit)}</Value>
          <Value label="Stop">
            <Amount value={stop} why="It has no protective stop" />
          </Value>
          <Value label="Target">
            <Amount value={target} why="It has no target" />
          </Value>
          <Value label="Total">{formatMoney(multiply(approval.quantity, limit))}</Value>
          <Value label="At risk">
            <Amount value={approval.risk_amount} places={2} why="There is no stop to reckon with" />
          </Value>
          <Value label="Risk to reward">
            {reward === null ? (
              <Amount value={null} why="Needs a stop and a target" />
            ) : (
              `1:${reward}`
            )}
          </Value>
        </dl>
        <div className="min-w-48 flex-1 [&>div]:mt-0">
          <Ladder entry={limit} stop={stop} target={target} last={null} />
        </div>
      </div>
      <div className="flex items-center gap-2 border-t px-4 py-3">
        <a
          href={lineageLink(approval.execution_id)}
          className="mr-auto text-accent underline-offset-2 hover:underline"
        >
          The decision, step by step
        </a>
        <Button size="large" disabled={busy} onClick={() => onDecide(false)}>
          <X /> Decline
        </Button>
        <Button variant="primary" size="large" disabled={busy} onClick={() => onDecide(true)}>
          <Check /> Approve {approvalWords(approval)}
        </Button>
      </div>
    </article>
  );
}
