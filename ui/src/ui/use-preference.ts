import { useSyncExternalStore } from "react";

import {
  onPreference,
  type Preference,
  prefer,
  preferred,
  type Preferred,
} from "@/lib/preferences";

/** A preference and the way to change it, the same everywhere in the window. */
export function usePreference<K extends Preference>(
  name: K,
): [Preferred<K>, (value: Preferred<K>) => void] {
  const value = useSyncExternalStore(onPreference, () => preferred(name));
  return [value, (next) => prefer(name, next)];
}
