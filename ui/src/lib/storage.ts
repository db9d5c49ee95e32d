/** What the window remembers. A browser that keeps nothing is no reason to fail. */
export function recall(key: string): string | null {
  try {
    return localStorage.getItem(`throughline.${key}`);
  } catch {
    return null;
  }
}

export function remember(key: string, value: string): void {
  try {
    localStorage.setItem(`throughline.${key}`, value);
  } catch {
    // Private modes refuse; the choice then lasts as long as the window.
  }
}
