import { useState } from "react";

import { useAct, useApi } from "@/api/context";
import { LIMIT_FIELDS, limitFault, type LimitName } from "@/features/risk/words";
import type { AccountLimits } from "@/gen/types";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { Field } from "@/ui/field";
import { useToast } from "@/ui/toast";

type Draft = Record<LimitName, string>;

const draftOf = (limits: AccountLimits): Draft => {
  const entries = LIMIT_FIELDS.map(({ name }) => [name, String(limits[name] ?? "")]);
  return Object.fromEntries(entries) as Draft;
};

/** The limits that were typed; an empty field is no limit. */
function limitsOf(draft: Draft): AccountLimits {
  const amounts = LIMIT_FIELDS.map(({ name, unit }) => {
    const text = draft[name];
    return [name, text === "" ? null : unit === "count" ? Number(text) : text];
  });
  return Object.fromEntries(amounts) as AccountLimits;
}

/** Sets the limits of the account, and offers to take it back. */
export function LimitsDialog({ limits, onClose }: { limits: AccountLimits; onClose: () => void }) {
  const [draft, setDraft] = useState(() => draftOf(limits));
  const api = useApi();
  const toast = useToast();
  const set = useAct("risk_limits_set");
  const faulty = LIMIT_FIELDS.some((field) => limitFault(field, draft[field.name]) !== null);
  const takeBack = () => {
    void api.act("risk_limits_set", { limits }).then(
      () => toast({ title: "The limits are as they were." }),
      (error: unknown) =>
        toast({
          title: "The limits could not be put back.",
          detail: error instanceof Error ? error.message : null,
          tone: "error",
        }),
    );
  };
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title="Limits of the account"
      description="They bind every strategy beside its own limits; the stricter one wins. An empty field is no limit."
      className="w-[min(760px,calc(100vw-32px))]"
    >
      <form
        noValidate
        className="overflow-y-auto p-5"
        onSubmit={(event) => {
          event.preventDefault();
          if (faulty || set.isPending) return;
          set.mutate(
            { limits: limitsOf(draft) },
            {
              onSuccess: () => {
                toast({
                  title: "The limits are set.",
                  action: { label: "Undo", run: takeBack },
                });
                onClose();
              },
            },
          );
        }}
      >
        <div className="grid grid-cols-2 gap-x-6 gap-y-3 max-[640px]:grid-cols-1">
          {LIMIT_FIELDS.map((field) => (
            <Field
              key={field.name}
              label={field.label}
              hint={field.hint}
              value={draft[field.name]}
              fault={limitFault(field, draft[field.name])}
              onChange={(value) =>
                setDraft((before) => ({ ...before, [field.name]: value.trim() }))
              }
              inputMode="decimal"
              placeholder="no limit"
            />
          ))}
        </div>
        {set.error ? (
          <p role="alert" className="mt-3 text-12 text-error">
            {set.error.message} {set.error.hint}
          </p>
        ) : null}
        <div className="flex justify-end gap-2 pt-4">
          <Button size="large" onClick={onClose}>
            Cancel
          </Button>
          <Button size="large" variant="primary" type="submit" disabled={faulty || set.isPending}>
            Set the limits
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
