import type { ReactNode } from "react";

/** One setting, or one fact that a person looks for among the settings. */
export interface Entry {
  id: string;
  label: string;
  /** What it does, in a sentence. */
  words: string;
  /** Further words under which it is found. */
  also?: string;
  /** The value or the switch, with what can be done. */
  control: ReactNode;
  /** For what has a default: whether it stands at it. */
  isDefault?: boolean;
  /** Takes it back to its default. */
  onReset?: () => void;
}

export interface Group {
  id: string;
  title: string;
  entries: readonly Entry[];
}

/** The groups with the entries in which every typed word occurs. */
export function found(groups: readonly Group[], typed: string): readonly Group[] {
  const words = typed.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return groups;
  return groups
    .map((group) => ({
      ...group,
      entries: group.entries.filter(({ label, words: sentence, also = "" }) => {
        const text = `${group.title} ${label} ${sentence} ${also}`.toLowerCase();
        return words.every((word) => text.includes(word));
      }),
    }))
    .filter(({ entries }) => entries.length > 0);
}
