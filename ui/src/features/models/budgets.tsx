import { useState } from "react";

import { useAct } from "@/api/context";
import type { NameOf } from "@/features/models/columns";
import { formatCost } from "@/features/models/words";
import type { BudgetsDto } from "@/gen/types";
import { compare, divide, formatDecimal, formatMoney, toPlotNumber } from "@/lib/decimal";
import type { Tone } from "@/lib/words";
import { Bar } from "@/ui/bar";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { Field } from "@/ui/field";
import { Panel } from "@/ui/panel";

/** From eighty percent on the reader is warned; at the limit nothing is asked any more. */
function toneOf(spent: string, limit: string): Tone {
  if (compare(spent, limit) >= 0) return "error";
  return compare(divide(spent, limit, 4), "0.8") >= 0 ? "warn" : "accent";
}

function Budget({ label, spent, limit }: { label: string; spent: string; limit: string | null }) {
  const tone = limit === null ? "accent" : toneOf(spent, limit);
  return (
    <div>
      <p className="tabular flex items-baseline gap-2">
        <span className="min-w-0 truncate">{label}</span>
        <span className="ml-auto whitespace-nowrap">
          {formatCost(spent)}{" "}
          <span className="text-muted">
            {limit === null ? "no limit" : `of ${formatMoney(limit)}`}
          </span>
        </span>
      </p>
      {limit === null ? null : (
        <>
          <Bar
            label={label}
            value={toPlotNumber(spent) ?? 0}
            maximum={toPlotNumber(limit) ?? 0}
            tone={tone}
            words={`${formatCost(spent)} of ${formatMoney(limit)} USD`}
            className="mt-1"
          />
          {tone === "error" ? (
            <p className="mt-1 text-12 text-error">Used up: no call is made.</p>
          ) : null}
        </>
      )}
    </div>
  );
}

/** How much may be spent, and how much was. */
export function Budgets({
  budgets,
  nameOf,
  onChange,
}: {
  budgets: BudgetsDto;
  nameOf: NameOf;
  onChange: () => void;
}) {
  return (
    <Panel
      title="Budgets, USD"
      actions={
        <Button size="small" onClick={onChange} title="Change the budgets (b)">
          Change
        </Button>
      }
    >
      <div className="space-y-3.5 p-4">
        <Budget label="Today" spent={budgets.spent_today} limit={budgets.day} />
        <Budget label="In all" spent={budgets.spent_total} limit={budgets.total} />
        <div className="border-t pt-3">
          <h3 className="mb-2 text-12 text-muted">
            Each strategy today
            {budgets.strategy_day === null ? "" : `, at most ${formatMoney(budgets.strategy_day)}`}
          </h3>
          {budgets.strategies_today.length === 0 ? (
            <p className="text-muted">No strategy has asked a model today.</p>
          ) : (
            <div className="space-y-2.5">
              {budgets.strategies_today.map((each) => (
                <Budget
                  key={each.strategy_id}
                  label={nameOf(each.strategy_id)}
                  spent={each.spent}
                  limit={budgets.strategy_day}
                />
              ))}
            </div>
          )}
        </div>
        <p className="text-12 text-muted">
          A call that could break a budget is not made. Days are UTC; what is reserved for calls
          under way counts as spent.
        </p>
      </div>
    </Panel>
  );
}

const LIMIT = /^\d{1,9}(\.\d{1,6})?$/;
const FIELDS = [
  { id: "day", label: "Everything on one day" },
  { id: "strategy_day", label: "Each strategy on one day" },
  { id: "total", label: "Everything ever" },
] as const;

/** Sets the budgets. An empty field is no limit. */
export function BudgetsDialog({ budgets, onClose }: { budgets: BudgetsDto; onClose: () => void }) {
  const [draft, setDraft] = useState({
    day: budgets.day ?? "",
    strategy_day: budgets.strategy_day ?? "",
    total: budgets.total ?? "",
  });
  const set = useAct("budgets_set");
  const faultOf = (text: string) =>
    text === "" || LIMIT.test(text) ? null : "An amount in USD, such as 5 or 2.50.";
  const faulty = FIELDS.some(({ id }) => faultOf(draft[id]) !== null);
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title="Budgets"
      description="In USD. An empty field is no limit."
      className="w-[min(440px,calc(100vw-32px))]"
    >
      <form
        noValidate
        className="space-y-3 p-5"
        onSubmit={(event) => {
          event.preventDefault();
          if (faulty) return;
          set.mutate(
            {
              day: draft.day || null,
              strategy_day: draft.strategy_day || null,
              total: draft.total || null,
            },
            { onSuccess: onClose },
          );
        }}
      >
        {FIELDS.map(({ id, label }) => (
          <Field
            key={id}
            label={label}
            hint={
              id === "strategy_day"
                ? ""
                : `${formatDecimal(id === "day" ? budgets.spent_today : budgets.spent_total, { places: 4 })} spent`
            }
            value={draft[id]}
            fault={faultOf(draft[id])}
            onChange={(value) => setDraft((before) => ({ ...before, [id]: value.trim() }))}
            inputMode="decimal"
            placeholder="no limit"
          />
        ))}
        {set.error ? (
          <p role="alert" className="text-12 text-error">
            {set.error.message} {set.error.hint}
          </p>
        ) : null}
        <div className="flex justify-end gap-2 pt-2">
          <Button size="large" onClick={onClose}>
            Cancel
          </Button>
          <Button size="large" variant="primary" type="submit" disabled={faulty || set.isPending}>
            Set the budgets
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
