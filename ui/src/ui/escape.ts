import type { KeyboardEvent } from "react";

/**
 * Closes a dialog at Escape. Radix gives the key to the layer that came last alone, and a message in
 * the corner is one, so that it would keep the key from the dialog under it.
 */
export function onEscape(close: () => void) {
  return (event: KeyboardEvent<HTMLElement>) => {
    // Whatever else takes the key, such as a menu of the dialog, says so or lies outside of it.
    if (event.key !== "Escape" || event.defaultPrevented) return;
    if (!(event.target instanceof Node) || !event.currentTarget.contains(event.target)) return;
    event.preventDefault();
    close();
  };
}
