import { Check, X } from "lucide-react";

import { useRead } from "@/api/context";
import { Fills, type LineageLink } from "@/features/orders/columns";
import { byPrice, canChange } from "@/features/orders/words";
import type {
  FillRecord,
  OrderDto,
  OrderStoryDto,
  OrderStoryEventDto,
  QuestionRecord,
} from "@/gen/types";
import { divide, formatDecimal, formatPercent, multiply, subtract, trimZeros } from "@/lib/decimal";
import { orderWords, typeWords } from "@/lib/order-words";
import { plain } from "@/lib/text";
import { exchangeDateTime } from "@/lib/time";
import { humanise, orderState } from "@/lib/words";
import { Badge } from "@/ui/badge";
import { BrokerWords } from "@/ui/broker-words";
import { Button } from "@/ui/button";
import { cn } from "@/ui/cn";
import { CopyButton } from "@/ui/copy-button";
import { Facts } from "@/ui/facts";
import { Amount } from "@/ui/number";
import { SidePanel } from "@/ui/side-panel";
import { NUMERIC, Table, Td, Th } from "@/ui/simple-table";
import { Light, StateWord } from "@/ui/state";
import { sideTone } from "@/ui/tone";

interface StoryProps {
  id: string;
  now: string | null;
  lineageLink: LineageLink;
  onClose: () => void;
  onOpen: (clientOrderId: string) => void;
  onChange: (what: "cancel" | "modify", order: OrderDto) => void;
}

/** The whole story of one order, beside the table, so that the keys still move through it. */
export function OrderStory({ id, lineageLink, onClose, onOpen, onChange }: StoryProps) {
  const { data, error, refetch } = useRead("order_get", { client_order_id: id });
  return (
    <SidePanel
      noun="order"
      title={
        <span className="tabular">
          {data ? `${orderWords(data.order)}, ${typeWords(data.order)}` : "Order"}
        </span>
      }
      note={
        data ? (
          <p className="mt-0.5 flex flex-wrap items-center gap-x-3 gap-y-1">
            <StateWord state={orderState(data.order.status)} />
            {data.order.is_external ? <Badge tone="info">External</Badge> : null}
            <span className="tabular text-12 text-muted">
              {humanise(data.order.leg)} · {plain(data.order.time_in_force)}
            </span>
          </p>
        ) : null
      }
      unread="The story of this order could not be read."
      error={error}
      onRetry={() => void refetch()}
      onClose={onClose}
      footer={
        data && canChange(data.order) ? (
          <footer className="flex gap-2 border-t px-5 py-3">
            <Button size="large" onClick={() => onChange("modify", data.order)} title="m">
              Change…
            </Button>
            <Button
              size="large"
              className="ml-auto border-error text-error"
              onClick={() => onChange("cancel", data.order)}
              title="x"
            >
              Cancel order for {formatDecimal(data.order.quantity)} {plain(data.order.symbol)}…
            </Button>
          </footer>
        ) : null
      }
    >
      {data ? <Story story={data} lineageLink={lineageLink} onOpen={onOpen} /> : null}
    </SidePanel>
  );
}

const Heading = ({ children }: { children: string }) => (
  <h3 className="mb-2 font-semibold">{children}</h3>
);

function Story({
  story,
  lineageLink,
  onOpen,
}: {
  story: OrderStoryDto;
  lineageLink: LineageLink;
  onOpen: (clientOrderId: string) => void;
}) {
  const { order, group, events, fills, questions, evidence } = story;
  return (
    <div className="space-y-6">
      {order.reason ? (
        <section>
          <Heading>The broker&apos;s words</Heading>
          <BrokerWords text={order.reason} />
        </section>
      ) : null}
      {order.status === "unknown" || evidence.length > 0 ? (
        <section>
          <Heading>Evidence of its fate</Heading>
          {evidence.length === 0 ? (
            <p className="text-muted">Nothing has been looked up yet.</p>
          ) : (
            <ol className="list-decimal space-y-1 pl-5">
              {evidence.map((sentence, index) => (
                <li key={index} className="break-words">
                  {plain(sentence)}
                </li>
              ))}
            </ol>
          )}
        </section>
      ) : null}
      <section>
        <div className="mb-3">
          <Fills order={order} className="justify-start" />
        </div>
        <Facts
          facts={[
            [
              "Average price",
              <Amount key="a" value={trimZeros(order.average_price)} why="Nothing is filled" />,
            ],
            ["Written down, ET", exchangeDateTime(order.created_at, true)],
            ["Last change, ET", exchangeDateTime(order.updated_at, true)],
          ]}
        />
      </section>
      {group.length > 0 ? (
        <section>
          <Heading>Its group</Heading>
          <GroupLadder order={order} group={group} onOpen={onOpen} />
        </section>
      ) : null}
      <section>
        <Heading>What happened</Heading>
        <Events events={events} />
      </section>
      {fills.length > 0 ? (
        <section>
          <Heading>Fills</Heading>
          <FillTable fills={fills} />
        </section>
      ) : null}
      {questions.length > 0 ? (
        <section>
          <Heading>The broker asked</Heading>
          <ul className="space-y-3">
            {questions.map((question, index) => (
              <Question key={index} question={question} />
            ))}
          </ul>
        </section>
      ) : null}
      <section className="space-y-1 border-t pt-4">
        <Id label="Our id" value={order.client_order_id} />
        {order.broker_order_id ? <Id label="Broker's id" value={order.broker_order_id} /> : null}
        {order.is_external || order.execution_id === "" ? (
          <p className="text-12 text-muted">
            It was placed elsewhere, so no decision of ours led to it.
          </p>
        ) : (
          <p>
            <a
              href={lineageLink(order.execution_id)}
              className="text-accent underline-offset-2 hover:underline"
            >
              The decision that placed it
            </a>{" "}
            <span className="text-muted">by {plain(order.strategy_id)}</span>
          </p>
        )}
      </section>
    </div>
  );
}

function Id({ label, value }: { label: string; value: string }) {
  return (
    <p className="flex items-center gap-2 text-12">
      <span className="w-20 shrink-0 text-muted">{label}</span>
      <code className="truncate font-mono">{plain(value)}</code>
      <CopyButton text={value} label={`Copy: ${label}`} />
    </p>
  );
}

/** Entry, stop and target from the highest price to the lowest, each with its way from the entry. */
function GroupLadder({
  order,
  group,
  onOpen,
}: {
  order: OrderDto;
  group: readonly OrderDto[];
  onOpen: (clientOrderId: string) => void;
}) {
  const rungs = byPrice([order, ...group]);
  const entry = rungs.find((each) => each.leg === "entry")?.price ?? null;
  return (
    <ul className="relative">
      <span
        aria-hidden="true"
        className="absolute top-4 bottom-4 left-[5.5px] w-px bg-line-strong"
      />
      {rungs.map((rung) => {
        const here = rung.client_order_id === order.client_order_id;
        const { word, tone, shape } = orderState(rung.status);
        const away =
          rung.leg === "entry"
            ? null
            : divide(multiply(subtract(rung.price, entry), "100"), entry, 4);
        return (
          <li key={rung.client_order_id}>
            <button
              type="button"
              disabled={here}
              aria-current={here ? "true" : undefined}
              onClick={() => onOpen(rung.client_order_id)}
              className={cn(
                "tabular grid w-full grid-cols-[12px_60px_76px_72px_minmax(0,1fr)_auto] items-center gap-x-2.5 rounded-base py-1.5 pr-2 text-left",
                here ? "bg-raised" : "hover:bg-raised",
              )}
            >
              <span
                className={cn(
                  "relative grid place-items-center",
                  here ? "bg-raised" : "bg-surface",
                )}
              >
                <Light tone={tone} shape={shape} />
              </span>
              <span className="font-medium">{humanise(rung.leg)}</span>
              <span className="text-right">
                <Amount value={rung.price} why="A market order has no price" />
              </span>
              <span className="text-right text-12 text-muted">
                {away === null ? "" : formatPercent(away, true)}
              </span>
              <span className={cn("truncate", sideTone(rung.side))}>
                {plain(rung.side)} {formatDecimal(rung.quantity)}
                <span className="text-muted"> {rung.time_in_force}</span>
              </span>
              <span className="text-12 text-muted">{word}</span>
            </button>
          </li>
        );
      })}
    </ul>
  );
}

function Events({ events }: { events: readonly OrderStoryEventDto[] }) {
  if (events.length === 0)
    return <p className="text-muted">It is written down; the broker has said nothing yet.</p>;
  return (
    <ol>
      {events.map((event, index) => {
        const state = orderState(event.status);
        return (
          <li key={index} className="relative flex gap-3 pb-3 last:pb-0">
            {index < events.length - 1 ? (
              <span
                aria-hidden="true"
                className="absolute top-4 bottom-0 left-[5.5px] w-px bg-accent"
              />
            ) : null}
            <Light tone={state.tone} shape={state.shape} className="mt-[3px]" />
            <div className="min-w-0 flex-1">
              <p className="flex flex-wrap items-baseline gap-x-3">
                <span className="font-medium">{state.word}</span>
                <span className="tabular text-12 text-muted">
                  {formatDecimal(event.filled_quantity)} filled,{" "}
                  {formatDecimal(event.remaining_quantity)} to go
                </span>
                <span className="tabular ml-auto text-12 text-muted">
                  {exchangeDateTime(event.at, true)}
                </span>
              </p>
              {event.words ? <BrokerWords text={event.words} className="mt-1" /> : null}
            </div>
          </li>
        );
      })}
    </ol>
  );
}

function FillTable({ fills }: { fills: readonly FillRecord[] }) {
  return (
    <Table>
      <thead>
        <tr>
          <Th>Time</Th>
          <Th className={NUMERIC}>Shares</Th>
          <Th className={NUMERIC}>Price</Th>
          <Th className={NUMERIC}>Commission, USD</Th>
        </tr>
      </thead>
      <tbody>
        {fills.map((fill) => (
          <tr key={fill.fill_id} title={`Fill ${plain(fill.fill_id)}`}>
            <Td className="tabular whitespace-nowrap">{exchangeDateTime(fill.at, true)}</Td>
            <Td className={NUMERIC}>{formatDecimal(fill.quantity)}</Td>
            <Td className={NUMERIC}>
              <Amount value={fill.price} />
            </Td>
            <Td className={NUMERIC}>
              <Amount value={fill.commission} places={2} />
            </Td>
          </tr>
        ))}
      </tbody>
    </Table>
  );
}

function Question({ question }: { question: QuestionRecord }) {
  return (
    <li>
      <BrokerWords text={question.text} />
      <p className="mt-1 flex flex-wrap items-center gap-1.5 pl-3.5 text-12 text-muted">
        {question.confirmed ? (
          <Check aria-hidden="true" className="size-3.5 text-up" />
        ) : (
          <X aria-hidden="true" className="size-3.5 text-error" />
        )}
        {question.confirmed ? "Yes" : "No"}: {plain(question.because)}
        <code className="font-mono">{question.message_ids.map(plain).join(" ")}</code>
      </p>
    </li>
  );
}
