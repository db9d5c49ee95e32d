import { useState } from "react";

import { useRead } from "@/api/context";
import { useStrategyDraft } from "@/features/strategies/drafts";
import { type SectionId } from "@/features/strategies/links";
import type { FormProblem, StrategyForm, StrategyFormCheckDto } from "@/gen/types";
import { useSettled } from "@/ui/use-settled";

/** Which section fills a field in. */
export function sectionOf(field: string): SectionId {
  const head = field.split(".")[0] ?? "";
  switch (head) {
    case "indicators":
    case "analyst":
    case "schedule":
    case "risk":
      return head;
    case "protections":
      return "risk";
    case "autonomy":
    case "approval_minutes":
    case "allow_delayed":
      return "autonomy";
    default:
      return "symbols";
  }
}

/** What the engine says of a form, as the fields of it ask. */
export class Findings {
  readonly check: StrategyFormCheckDto | undefined;

  constructor(check: StrategyFormCheckDto | undefined) {
    this.check = check;
  }

  /** Without what is wrong, while somebody fills a section in for the first time. */
  quiet(): Findings {
    return new Findings(this.check && { ...this.check, problems: [] });
  }

  /** What is wrong with a field. */
  fault(field: string): string | null {
    return this.check?.problems.find((problem) => problem.field === field)?.message ?? null;
  }

  /** What a run would stumble over. */
  warning(field: string): string | null {
    return this.check?.warnings.find((problem) => problem.field === field)?.message ?? null;
  }

  /** What is wrong inside of a part, by the name that the field has there. */
  inside(part: string): Readonly<Record<string, string>> {
    const start = `${part}.`;
    return Object.fromEntries(
      (this.check?.problems ?? [])
        .filter(({ field }) => field.startsWith(start))
        .map(({ field, message }) => [field.slice(start.length), message]),
    );
  }

  problemsOf(section: SectionId): FormProblem[] {
    return (this.check?.problems ?? []).filter(({ field }) => sectionOf(field) === section);
  }

  warningsOf(section: SectionId): FormProblem[] {
    return (this.check?.warnings ?? []).filter(({ field }) => sectionOf(field) === section);
  }
}

interface FormStart {
  strategyId: string | null;
  /** The version that it begins with; 0 for a new one. */
  version: number;
  form: StrategyForm;
}

/** A form that is filled in: kept as a draft with each change, and checked by the engine. */
export function useStrategyForm({ strategyId, version, form: begin }: FormStart) {
  const { draft, change } = useStrategyDraft(strategyId);
  const [restored, setRestored] = useState(draft !== null);
  const unchanged = { base: version, form: begin, step: 0, text: null };
  const { form, base, step, text: written } = draft ?? unchanged;
  const text = JSON.stringify(form);
  const settled = useSettled(text, 200);
  const checked = useRead(
    "strategy_form_check",
    { strategy_id: strategyId, form: JSON.parse(settled) as StrategyForm },
    { keep: true },
  );
  return {
    form,
    /** The version that the form was made from. */
    base,
    /** The version on which somebody else has gone on in the meantime; nothing without. */
    overtaken: base !== version ? version : null,
    step,
    /** Whether something was filled in and not saved. */
    isChanged: draft !== null,
    /** Whether it was there when the page was opened. */
    restored,
    findings: new Findings(checked.data),
    /** The engine has not answered yet about what stands in the form. */
    isChecking: settled !== text || checked.isPlaceholderData || checked.isPending,
    error: checked.error,
    /** The text in the place of the form, where that is being written. */
    text: written,
    set: (fields: Partial<StrategyForm>) =>
      change((before) => {
        const kept = before ?? unchanged;
        return { ...kept, form: { ...kept.form, ...fields } };
      }),
    write: (next: string) => change((before) => ({ ...(before ?? unchanged), text: next })),
    /** Leaves the text for the form that it fills in. */
    take: (read: StrategyForm) =>
      change((before) => ({ ...(before ?? unchanged), form: read, text: null })),
    goTo: (next: number) => change((before) => ({ ...(before ?? unchanged), step: next })),
    /** Makes it a change of the newest version. */
    rebase: () => change((before) => ({ ...(before ?? unchanged), base: version })),
    /** Forgets what was not saved. */
    reset: () => {
      setRestored(false);
      change(() => null);
    },
  };
}

export type FormHandle = ReturnType<typeof useStrategyForm>;
