import { useState } from "react";

import { recall, remember } from "@/lib/storage";

/** A text that is being written, and the version that it began with. */
export interface Draft {
  base: number;
  text: string;
}

const keyOf = (promptId: string) => `prompt.draft.${promptId}`;

function read(promptId: string): Draft | null {
  try {
    const value = JSON.parse(recall(keyOf(promptId)) ?? "null") as Partial<Draft> | null;
    return typeof value?.base === "number" && typeof value.text === "string"
      ? { base: value.base, text: value.text }
      : null;
  } catch {
    return null;
  }
}

/** What was typed into a prompt and not saved. It outlives the page and the window. */
export function useDraft(promptId: string) {
  const [draft, setDraft] = useState(() => read(promptId));
  return {
    draft,
    write: (next: Draft | null) => {
      setDraft(next);
      remember(keyOf(promptId), JSON.stringify(next));
    },
  };
}
