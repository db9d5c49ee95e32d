import { KeyRound, Pencil, Trash2 } from "lucide-react";

import { useRead } from "@/api/context";
import type { NameOf } from "@/features/models/columns";
import { KINDS, modelState } from "@/features/models/words";
import type { ModelDto } from "@/gen/types";
import { formatDecimal } from "@/lib/decimal";
import { plain } from "@/lib/text";
import { exchangeDateTime, shortDateTime } from "@/lib/time";
import { Button } from "@/ui/button";
import { Facts } from "@/ui/facts";
import { ErrorPanel, Panel, Skeleton } from "@/ui/panel";
import { NUMERIC, Table, Td, Th } from "@/ui/simple-table";
import { StateWord } from "@/ui/state";

interface DetailsProps {
  model: ModelDto;
  nameOf: NameOf;
  onEdit: () => void;
  onKey: () => void;
  onRemove: () => void;
}

/** One model: where it is, how it is asked, what it costs, who uses it. */
export function ModelDetails({ model, nameOf, onEdit, onKey, onRemove }: DetailsProps) {
  const state = modelState(model);
  return (
    <Panel
      title={model.name}
      actions={
        <>
          <Button size="small" variant="ghost" onClick={onEdit} title="Change it (e)">
            <Pencil /> Change
          </Button>
          <Button size="small" variant="ghost" onClick={onKey}>
            <KeyRound /> {model.key === "present" ? "Replace the key" : "Enter a key"}
          </Button>
          <Button size="small" variant="ghost" onClick={onRemove}>
            <Trash2 /> Remove
          </Button>
        </>
      }
    >
      <div className="space-y-4 p-4">
        <div>
          <StateWord state={state} />
          {state.why === null ? null : <p className="text-muted">{state.why}</p>}
          {model.breaker.until === null ? null : (
            <p className="tabular text-muted">
              It is tried again at {shortDateTime(model.breaker.until)} ET.
            </p>
          )}
          {model.last_error === null ? null : (
            <p className="mt-1 break-words">
              <span className="tabular text-muted">
                Failed last {shortDateTime(model.last_error.at)} ET:
              </span>{" "}
              {plain(model.last_error.sentence)}
            </p>
          )}
        </div>
        <Facts
          className="grid-cols-[repeat(auto-fill,minmax(190px,1fr))]"
          facts={[
            ["Protocol", KINDS.find(({ value }) => value === model.kind)?.word ?? model.kind],
            ["Model", plain(model.model)],
            ["Address", plain(model.url)],
            [
              "Key",
              model.key === "present"
                ? "kept by this computer"
                : model.key === "unknown"
                  ? "locked in the vault"
                  : model.needs_key
                    ? "none"
                    : "none, and none is needed",
            ],
            [
              "Temperature",
              model.temperature === null ? "its own" : formatDecimal(model.temperature),
            ],
            ["Longest reply", `${model.maximum_output_tokens.toLocaleString("en-US")} tokens`],
            ["Deadline of a call", `${model.deadline_seconds} s`],
            ["Calls today", `${model.calls_today}, ${model.reused_today} more from the record`],
            [
              "Used by",
              model.strategies.length === 0
                ? "no strategy"
                : model.strategies.map(nameOf).join(", "),
            ],
          ]}
        />
        <Prices name={model.name} />
      </div>
    </Panel>
  );
}

/** Every price that the model has had, since each call keeps the price of its day. */
function Prices({ name }: { name: string }) {
  const { data, error, refetch } = useRead("model_prices", { name });
  return (
    <div>
      <h3 className="mb-1 text-12 font-medium text-muted">Prices, USD for a million tokens</h3>
      {error ? (
        <ErrorPanel
          what="The prices could not be read."
          error={error}
          onRetry={() => void refetch()}
        />
      ) : !data ? (
        <Skeleton className="h-10" />
      ) : data.length === 0 ? (
        <p className="text-muted">
          None is set, so it is not asked. Choose Change and enter what the provider asks for.
        </p>
      ) : (
        <Table className="max-w-[440px]">
          <thead>
            <tr>
              <Th>From, ET</Th>
              <Th className={NUMERIC}>Read</Th>
              <Th className={NUMERIC}>Written</Th>
            </tr>
          </thead>
          <tbody>
            {data.map((price) => (
              <tr key={price.from}>
                <Td className="tabular">{exchangeDateTime(price.from)}</Td>
                <Td className={NUMERIC}>
                  {formatDecimal(price.input_per_million, { minimumPlaces: 2 })}
                </Td>
                <Td className={NUMERIC}>
                  {formatDecimal(price.output_per_million, { minimumPlaces: 2 })}
                </Td>
              </tr>
            ))}
          </tbody>
        </Table>
      )}
    </div>
  );
}
