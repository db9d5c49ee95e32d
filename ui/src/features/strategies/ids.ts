import { plain } from "@/lib/text";

/** Longest id of a strategy, in characters. */
const LONGEST = 32;

/** An id made of a name: lower-case letters, digits and hyphens; one that nobody has yet. */
export function idFor(name: string, taken: readonly string[]): string {
  const made = plain(name)
    .normalize("NFKD")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .slice(0, LONGEST - 4)
    .replace(/^-+|-+$/g, "");
  const id = made === "" ? "strategy" : made;
  if (!taken.includes(id)) return id;
  for (let number = 2; ; number += 1) {
    const next = `${id}-${number}`;
    if (!taken.includes(next)) return next;
  }
}

/** What is wrong with an id that was typed; nothing if it can be used. */
export function idFault(id: string, taken: readonly string[]): string | null {
  if (!/^[A-Za-z0-9_-]{1,32}$/.test(id)) return "1 to 32 letters, digits, hyphens or underscores.";
  return taken.includes(id) ? `There is a strategy ${id} already.` : null;
}
