import { useState } from "react";

import type { StrategyForm } from "@/gen/types";
import { forget, recall, remember, remembered } from "@/lib/storage";

/** What somebody has filled in and not saved. */
export interface StrategyDraft {
  /** The version that it began with; 0 for a new strategy. */
  base: number;
  form: StrategyForm;
  /** Where in the wizard somebody was. */
  step: number;
  /** The text that is written in the place of the form, right or wrong; nothing in the form. */
  text: string | null;
}

const PREFIX = "strategy.draft.";
const keyOf = (id: string | null) => `${PREFIX}${id === null ? "new" : `of.${id}`}`;

/** Whether a kept value has the outer shape of a form. What is in its fields the engine checks. */
function isForm(value: Partial<StrategyForm> | undefined): value is StrategyForm {
  return (
    typeof value?.name === "string" &&
    typeof value.description === "string" &&
    typeof value.autonomy === "string" &&
    typeof value.approval_minutes === "string" &&
    typeof value.allow_delayed === "boolean" &&
    Array.isArray(value.symbols) &&
    Array.isArray(value.indicators) &&
    typeof value.analyst?.kind === "string" &&
    typeof value.risk === "object" &&
    Array.isArray(value.protections) &&
    value.schedule !== undefined
  );
}

/** The draft of a strategy, of a new one without an id. */
export function readDraft(id: string | null): StrategyDraft | null {
  try {
    const value = JSON.parse(recall(keyOf(id)) ?? "null") as Partial<StrategyDraft> | null;
    return typeof value?.base === "number" && typeof value.step === "number" && isForm(value.form)
      ? {
          base: value.base,
          form: value.form,
          step: value.step,
          text: typeof value.text === "string" ? value.text : null,
        }
      : null;
  } catch {
    return null;
  }
}

export function writeDraft(id: string | null, draft: StrategyDraft | null): void {
  if (draft) remember(keyOf(id), JSON.stringify(draft));
  else forget(keyOf(id));
}

/** What was filled in and not saved. It outlives the page and the window. */
export function useStrategyDraft(id: string | null) {
  const [draft, setDraft] = useState(() => readDraft(id));
  return {
    draft,
    change: (make: (before: StrategyDraft | null) => StrategyDraft | null) =>
      setDraft((before) => {
        const next = make(before);
        writeDraft(id, next);
        return next;
      }),
  };
}

/** What to say on the list about something that was begun and not saved. */
export function draftNotice(): { title: string; href: string } | null {
  const begun = readDraft(null);
  if (begun) {
    const name = begun.form.name.trim();
    return {
      title: name === "" ? "A new strategy is not saved yet" : `${name} is not saved yet`,
      href: "#/strategies/new",
    };
  }
  const [changed] = remembered(`${PREFIX}of.`);
  if (changed === undefined) return null;
  const id = changed.slice(`${PREFIX}of.`.length);
  return {
    title: `A change of ${id} is not saved yet`,
    href: `#/strategies/${encodeURIComponent(id)}/edit`,
  };
}
