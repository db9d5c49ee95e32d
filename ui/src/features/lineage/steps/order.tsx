import { Check, X } from "lucide-react";

import { part } from "@/features/lineage/steps/shape";
import type { RendererProps } from "@/features/lineage/steps/types";
import type {
  BeforeAndAfter,
  OrderLegRecord,
  PreviewRecord,
  QuestionRecord,
  SubmitResult,
} from "@/gen/types";
import { formatDecimal, formatMoney, formatPrice, multiply } from "@/lib/decimal";
import { humanise, ORDER_STATES, type Tone } from "@/lib/words";
import { Badge } from "@/ui/badge";
import { cn } from "@/ui/cn";
import { sideTone } from "@/ui/tone";

const RESULTS: Record<SubmitResult, { word: string; tone: Tone }> = {
  accepted: { word: "Accepted", tone: "up" },
  rejected: { word: "Rejected", tone: "error" },
  unknown: { word: "Unknown: looked up, never sent again", tone: "warn" },
};

function LegLine({
  leg,
  place,
  full,
}: {
  leg: OrderLegRecord;
  /** A child hangs on its parent; the last one ends the line. */
  place: "alone" | "child" | "last";
  full: boolean;
}) {
  const child = place !== "alone";
  return (
    <li className={cn("relative", child && "ml-6")}>
      {child ? (
        <>
          <span
            aria-hidden="true"
            className={cn(
              "absolute -top-2 -left-3.5 border-l border-line-strong",
              place === "last" ? "h-[25px]" : "bottom-0",
            )}
          />
          <span
            aria-hidden="true"
            className="absolute top-[17px] -left-3.5 w-3 border-t border-line-strong"
          />
        </>
      ) : null}
      <div className="tabular flex flex-wrap items-center gap-x-4 gap-y-1 rounded-base border px-3 py-1.5">
        <span className="w-12 font-semibold">{humanise(leg.leg)}</span>
        <span className={cn("font-medium", sideTone(leg.side))}>
          {leg.side} {formatDecimal(leg.quantity)}
        </span>
        <span>
          {humanise(leg.order_type).toLowerCase()}{" "}
          <span className="font-medium">{leg.price === null ? "" : formatPrice(leg.price)}</span>
        </span>
        <span className="text-muted">{leg.time_in_force}</span>
        {child || leg.price === null ? null : (
          <span className="text-muted">total {formatMoney(multiply(leg.quantity, leg.price))}</span>
        )}
        <Badge tone={ORDER_STATES[leg.status].tone} className="ml-auto">
          {humanise(leg.status)}
        </Badge>
        {full ? (
          <span className="w-full font-mono text-12 break-all text-muted">
            {leg.client_order_id}
            {leg.broker_order_id ? ` · broker ${leg.broker_order_id}` : ""}
          </span>
        ) : null}
      </div>
    </li>
  );
}

/** An entry with its stop and target below it, or the one order that there is. */
function Bracket({ legs, full }: { legs: readonly OrderLegRecord[]; full: boolean }) {
  const parent = legs.find((leg) => leg.leg === "entry");
  const children = legs.filter((leg) => leg !== parent);
  return (
    <ul className="space-y-2">
      {parent ? <LegLine leg={parent} place="alone" full={full} /> : null}
      {children.map((leg, index) => (
        <LegLine
          key={leg.client_order_id}
          leg={leg}
          place={!parent ? "alone" : index === children.length - 1 ? "last" : "child"}
          full={full}
        />
      ))}
    </ul>
  );
}

function Question({ question }: { question: QuestionRecord }) {
  return (
    <li className="border-l-2 border-line-strong pl-3">
      <p className="break-words whitespace-pre-wrap">“{question.text}”</p>
      <p className="mt-0.5 flex flex-wrap items-center gap-1.5 text-12 text-muted">
        {question.confirmed ? (
          <Check aria-hidden="true" className="size-3.5 text-up" />
        ) : (
          <X aria-hidden="true" className="size-3.5 text-error" />
        )}
        {question.confirmed ? "Yes" : "No"}: {question.because}
        <code className="font-mono">{question.message_ids.join(" ")}</code>
      </p>
    </li>
  );
}

function Change({ name, change }: { name: string; change: BeforeAndAfter }) {
  if (change.before === null && change.after === null) return null;
  const shown = (amount: string | null) => (amount === null ? "–" : formatMoney(amount));
  return (
    <div>
      <dt className="text-muted">{name}</dt>
      <dd className="tabular">
        {shown(change.before)} → {shown(change.after)}
      </dd>
    </div>
  );
}

/** What the broker estimated before the first order of a strategy. */
function Preview({ preview }: { preview: PreviewRecord }) {
  return (
    <section aria-label="The broker's preview" className="mt-4 text-12">
      <h3 className="mb-1.5 font-medium text-muted">The broker's preview of this first order</h3>
      {preview.answer === "missing" ? (
        <p className="text-muted">None: {preview.reason}</p>
      ) : (
        <>
          <dl className="flex flex-wrap gap-x-6 gap-y-2">
            {preview.commission === null ? null : (
              <div>
                <dt className="text-muted">Commission</dt>
                <dd className="tabular">{formatMoney(preview.commission)}</dd>
              </div>
            )}
            <Change name="Initial margin" change={preview.initial_margin} />
            <Change name="Maintenance margin" change={preview.maintenance_margin} />
          </dl>
          {preview.warning ? (
            <p className="mt-1.5 break-words whitespace-pre-wrap text-warn">“{preview.warning}”</p>
          ) : null}
        </>
      )}
    </section>
  );
}

/** Step 8: what was sent, what the broker asked, and what came of it. */
export function Order({ input, output, full }: RendererProps<"place_order">) {
  const result = RESULTS[output.result];
  const [kind, symbol, account, preview] = [
    part(input, "kind"),
    part(input, "symbol"),
    part(input, "account_id"),
    part(input, "preview"),
  ];
  return (
    <div>
      <div className="mb-3 flex flex-wrap items-center gap-2">
        <Badge solid tone={result.tone}>
          {result.word}
        </Badge>
        {output.reconciled ? <Badge tone="info">Found by reconciliation</Badge> : null}
        {kind && symbol && account ? (
          <span className="text-muted">
            {humanise(kind)} for {symbol} in {account}
          </span>
        ) : null}
      </div>
      {output.reason ? (
        <p className={cn("mb-3", output.result !== "accepted" && "font-medium")}>{output.reason}</p>
      ) : null}
      <Bracket legs={output.legs} full={full} />
      {output.questions.length > 0 ? (
        <div className="mt-4">
          <h3 className="mb-1.5 text-12 font-medium text-muted">The broker asked</h3>
          <ul className="space-y-2.5">
            {output.questions.map((question) => (
              <Question key={question.message_ids.join(" ") + question.text} question={question} />
            ))}
          </ul>
        </div>
      ) : null}
      {preview ? <Preview preview={preview} /> : null}
    </div>
  );
}

/** Before the broker's answer: what is about to be sent. */
export function OrderIntent({ legs }: { legs: readonly OrderLegRecord[] }) {
  return (
    <div>
      <p className="mb-3 text-muted">Written down before it is sent; no answer is recorded yet.</p>
      <Bracket legs={legs} full={false} />
    </div>
  );
}
