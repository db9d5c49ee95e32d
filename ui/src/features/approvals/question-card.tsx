import { Check, X } from "lucide-react";

import { URGENT } from "@/features/approvals/approval-card";
import type { OpenQuestionDto } from "@/gen/types";
import { plain } from "@/lib/text";
import { exchangeDateTime, shortDateTime } from "@/lib/time";
import { BrokerWords } from "@/ui/broker-words";
import { Button } from "@/ui/button";
import { cn } from "@/ui/cn";
import { Countdown } from "@/ui/countdown";
import { Light } from "@/ui/state";

interface CardProps {
  question: OpenQuestionDto;
  now: string | null;
  chosen: boolean;
  busy: boolean;
  onChoose: () => void;
  onAnswer: (confirmed: boolean) => void;
}

/** A question of the broker, in its own words. No answer in time is a no. */
export function QuestionCard({ question, now, chosen, busy, onChoose, onAnswer }: CardProps) {
  return (
    <article
      aria-label={`The broker asks about ${plain(question.order)}`}
      data-testid="question"
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
            <span className="flex items-center gap-2 text-15 font-semibold">
              <Light tone="warn" shape="triangle" /> The broker asks about {plain(question.order)}
            </span>
            <span
              className="tabular text-muted"
              title={`${exchangeDateTime(question.asked_at, true)} ET`}
            >
              {shortDateTime(question.asked_at)}
            </span>
          </p>
          <BrokerWords text={question.text} className="mt-2 max-w-[80ch] text-15" />
          <p className="mt-2 text-12 text-muted">
            The order waits for the answer, and so does every order behind it.{" "}
            <code className="font-mono">{question.message_ids.map(plain).join(" ")}</code>
          </p>
        </div>
        <div className="text-right">
          <p className="text-12 text-muted">answered with no in</p>
          <Countdown
            now={now}
            until={question.expires_at}
            label="Answered with no"
            urgentBelow={URGENT}
            className="text-24 font-semibold"
          />
        </div>
      </div>
      <div className="flex justify-end gap-2 border-t px-4 py-3">
        <Button size="large" disabled={busy} onClick={() => onAnswer(false)}>
          <X /> No, do not send it
        </Button>
        <Button variant="primary" size="large" disabled={busy} onClick={() => onAnswer(true)}>
          <Check /> Yes, send it
        </Button>
      </div>
    </article>
  );
}
