import { recall, remember } from "@/lib/storage";

/** What a person may prefer, the default first. The theme has a file of its own. */
export const PREFERENCES = {
  "side-bar": ["open", "folded"],
  "first-steps": ["shown", "hidden"],
  "value-span": ["all", "365", "90", "30"],
} as const;

export type Preference = keyof typeof PREFERENCES;
export type Preferred<K extends Preference> = (typeof PREFERENCES)[K][number];

const listeners = new Set<() => void>();

/** What is preferred; what was never chosen, and what nobody knows any more, is the default. */
export function preferred<K extends Preference>(name: K): Preferred<K> {
  const values: readonly Preferred<K>[] = PREFERENCES[name];
  const kept = recall(name);
  return values.find((value) => value === kept) ?? PREFERENCES[name][0];
}

export function prefer<K extends Preference>(name: K, value: Preferred<K>): void {
  remember(name, value);
  for (const listener of listeners) listener();
}

/** Calls back when a preference has changed. */
export function onPreference(listener: () => void): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}
