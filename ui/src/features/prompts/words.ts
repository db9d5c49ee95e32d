import type { PromptDto, PromptType } from "@/gen/types";

/** In the order in which a run needs them. */
export const TYPES: readonly { value: PromptType; word: string; what: string }[] = [
  { value: "daily", word: "Daily", what: "Asks what the daily chart shows." },
  { value: "weekly", word: "Weekly", what: "Asks what the weekly chart shows." },
  {
    value: "consolidation",
    word: "Consolidation",
    what: "Asks for a decision on what both charts show.",
  },
  { value: "daily_system", word: "Daily system", what: "Stands before the daily prompt." },
  { value: "weekly_system", word: "Weekly system", what: "Stands before the weekly prompt." },
  {
    value: "consolidation_system",
    word: "Consolidation system",
    what: "Stands before the consolidation.",
  },
];

export const typeWord = (type: PromptType): string =>
  TYPES.find(({ value }) => value === type)?.word ?? type;

/** Why a prompt cannot be edited; nothing if it can. */
export function closedBecause(prompt: PromptDto): string | null {
  if (prompt.is_shipped)
    return "It is part of the program: read it, and clone it to write your own.";
  if (prompt.is_deleted) return "It is deleted. Restore it to write on.";
  return null;
}
