const PREFIX = "throughline.";

/** What the window remembers. A browser that keeps nothing is no reason to fail. */
export function recall(key: string): string | null {
  try {
    return localStorage.getItem(`${PREFIX}${key}`);
  } catch {
    return null;
  }
}

export function remember(key: string, value: string): void {
  try {
    localStorage.setItem(`${PREFIX}${key}`, value);
  } catch {
    // Private modes refuse; the choice then lasts as long as the window.
  }
}

/** The keys that begin so and are remembered. */
export function remembered(beginning: string): string[] {
  try {
    return Object.keys(localStorage)
      .filter((key) => key.startsWith(`${PREFIX}${beginning}`))
      .map((key) => key.slice(PREFIX.length));
  } catch {
    return [];
  }
}

export function forget(key: string): void {
  try {
    localStorage.removeItem(`${PREFIX}${key}`);
  } catch {
    // What is not kept need not be forgotten.
  }
}
