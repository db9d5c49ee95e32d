import { callState, count, formatCost, modelState } from "@/features/models/words";
import type { ModelCallDto, ModelDto } from "@/gen/types";
import { compare } from "@/lib/decimal";
import { plain } from "@/lib/text";
import { exchangeDateTime, formatDuration, shortDateTime } from "@/lib/time";
import { humanise } from "@/lib/words";
import type { Column } from "@/ui/data-table";
import { Missing } from "@/ui/number";
import { StateWord } from "@/ui/state";

/** What a strategy is called; its id where it is gone. */
export type NameOf = (strategyId: string) => string;

const KEYS = { present: "kept", absent: "none", unknown: "locked" } as const;

export const modelColumns = (nameOf: NameOf): Column<ModelDto>[] => [
  {
    id: "name",
    header: "Name",
    fixed: true,
    className: "whitespace-nowrap",
    text: ({ name }) => name,
    compare: (a, b) => a.name.localeCompare(b.name),
    cell: ({ name }) => <span className="font-semibold">{name}</span>,
  },
  {
    id: "provider",
    header: "Provider",
    className: "whitespace-nowrap",
    text: ({ provider }) => provider,
    compare: (a, b) => a.provider.localeCompare(b.provider),
    cell: ({ provider }) => provider,
  },
  {
    id: "model",
    header: "Model",
    text: ({ model }) => model,
    cell: ({ model }) => <span className="break-all">{plain(model)}</span>,
  },
  {
    id: "address",
    header: "Address",
    className: "max-[1400px]:hidden",
    text: ({ url }) => url,
    cell: ({ url }) => <span className="break-all text-muted">{plain(url)}</span>,
  },
  {
    id: "key",
    header: "Key",
    text: ({ key }) => KEYS[key],
    cell: ({ key, needs_key: needed }) => (
      <span className={key === "present" ? undefined : "text-muted"}>
        {key === "absent" && !needed ? "not needed" : KEYS[key]}
      </span>
    ),
  },
  {
    id: "state",
    header: "State",
    className: "whitespace-nowrap",
    text: (model) => modelState(model).word,
    cell: (model) => {
      const state = modelState(model);
      return (
        <span title={state.why ?? undefined}>
          <StateWord state={state} />
        </span>
      );
    },
  },
  {
    id: "strategies",
    header: "Used by",
    text: ({ strategies }) => strategies.map(nameOf).join(", "),
    cell: ({ strategies }) =>
      strategies.length === 0 ? (
        <span className="text-muted">no strategy</span>
      ) : (
        strategies.map(nameOf).join(", ")
      ),
  },
  {
    id: "today",
    header: "Today, USD",
    numeric: true,
    text: ({ spent_today: spent }) => spent,
    compare: (a, b) => compare(a.spent_today, b.spent_today),
    cell: ({ spent_today: spent }) => formatCost(spent),
  },
  {
    id: "total",
    header: "In all, USD",
    numeric: true,
    text: ({ spent_total: spent }) => spent,
    compare: (a, b) => compare(a.spent_total, b.spent_total),
    cell: ({ spent_total: spent }) => formatCost(spent),
  },
];

export const callColumns = (
  nameOf: NameOf,
  lineageLink: (executionId: string) => string,
): Column<ModelCallDto>[] => [
  {
    id: "time",
    header: "Asked, ET",
    fixed: true,
    className: "whitespace-nowrap tabular",
    text: ({ started_at: at }) => exchangeDateTime(at, true),
    compare: (a, b) => a.call_id - b.call_id,
    cell: ({ started_at: at }) => (
      <span title={exchangeDateTime(at, true)}>{shortDateTime(at)}</span>
    ),
  },
  {
    id: "model",
    header: "Model",
    className: "whitespace-nowrap",
    text: ({ name }) => name,
    compare: (a, b) => a.name.localeCompare(b.name),
    cell: ({ name }) => name,
  },
  {
    id: "purpose",
    header: "Asked for",
    className: "whitespace-nowrap",
    text: ({ purpose }) => purpose,
    cell: ({ purpose, images }) => (
      <>
        {humanise(purpose)}
        {images > 0 ? (
          <span className="text-12 text-muted">
            {" "}
            {images} {images === 1 ? "image" : "images"}
          </span>
        ) : null}
      </>
    ),
  },
  {
    id: "strategy",
    header: "Strategy",
    text: ({ strategy_id: id }) => (id === null ? "" : nameOf(id)),
    cell: ({ strategy_id: id, execution_id: execution }) =>
      execution === null ? (
        <span className="text-muted">{id === null ? "none" : nameOf(id)}</span>
      ) : (
        <a
          href={lineageLink(execution)}
          onClick={(event) => event.stopPropagation()}
          className="underline decoration-line-strong underline-offset-2 hover:decoration-current"
        >
          {id === null ? "Lineage" : nameOf(id)}
        </a>
      ),
  },
  {
    id: "outcome",
    header: "Outcome",
    className: "whitespace-nowrap",
    text: (call) => callState(call).word,
    cell: (call) => (
      <span title={call.error === null ? undefined : plain(call.error)}>
        <StateWord state={callState(call)} />
        {call.attempts > 1 ? (
          <span className="text-12 text-muted"> after {call.attempts} attempts</span>
        ) : null}
      </span>
    ),
  },
  {
    id: "input",
    header: "Tokens in",
    numeric: true,
    className: "max-[1200px]:hidden",
    text: ({ input_tokens: tokens }) => (tokens === null ? null : String(tokens)),
    compare: (a, b) => (a.input_tokens ?? -1) - (b.input_tokens ?? -1),
    cell: ({ input_tokens: tokens }) =>
      tokens === null ? <Missing why="The provider reported none" /> : count(tokens),
  },
  {
    id: "output",
    header: "Tokens out",
    numeric: true,
    className: "max-[1200px]:hidden",
    text: ({ output_tokens: tokens }) => (tokens === null ? null : String(tokens)),
    compare: (a, b) => (a.output_tokens ?? -1) - (b.output_tokens ?? -1),
    cell: ({ output_tokens: tokens }) =>
      tokens === null ? <Missing why="The provider reported none" /> : count(tokens),
  },
  {
    id: "cost",
    header: "Cost, USD",
    numeric: true,
    text: ({ cost }) => cost,
    compare: (a, b) => compare(a.cost, b.cost),
    cell: ({ cost, is_cost_estimated: estimated, status }) => (
      <span
        title={
          status === "started"
            ? "Reserved while the call is under way"
            : estimated
              ? "Estimated: the provider reported no tokens"
              : undefined
        }
      >
        {estimated || status === "started" ? <span className="text-muted">≈ </span> : null}
        {formatCost(cost)}
      </span>
    ),
  },
  {
    id: "latency",
    header: "Latency",
    numeric: true,
    text: ({ latency_us: latency }) => String(latency),
    compare: (a, b) => a.latency_us - b.latency_us,
    cell: ({ latency_us: latency, status }) =>
      status === "started" || status === "reused" ? (
        <Missing why={status === "reused" ? "Nobody was asked" : "Not known yet"} />
      ) : (
        formatDuration(latency)
      ),
  },
];
