import type { SpeechDto } from "@/gen/types";

/** So many executions are kept; as many may speak at once, and a page shows one. */
const MOST = 32;

const SILENCE: readonly SpeechDto[] = [];

/**
 * What models are saying, by execution and purpose. It is no answer of the engine and so not in the
 * cache of answers: the record replaces it as soon as the step is written down.
 */
export class SpeechStore {
  private readonly told = new Map<string, readonly SpeechDto[]>();
  private readonly listeners = new Map<string, Set<() => void>>();

  /** Takes what has been said until now, in place of what was known of the same purpose. */
  tell(executionId: string, speech: SpeechDto): void {
    const before = this.told.get(executionId) ?? SILENCE;
    const others = before.filter(({ purpose }) => purpose !== speech.purpose);
    this.told.delete(executionId);
    this.told.set(executionId, [...others, speech]);
    for (const [oldest] of this.told) {
      if (this.told.size <= MOST) break;
      this.told.delete(oldest);
    }
    for (const listener of this.listeners.get(executionId) ?? []) listener();
  }

  /** In the order in which it was last heard; the same list until something new is said. */
  of(executionId: string | null): readonly SpeechDto[] {
    return executionId === null ? SILENCE : (this.told.get(executionId) ?? SILENCE);
  }

  /** Calls back for everything that is said in one execution until the returned function is called. */
  listen(executionId: string | null, listener: () => void): () => void {
    if (executionId === null) return () => undefined;
    const here = this.listeners.get(executionId) ?? new Set();
    this.listeners.set(executionId, here.add(listener));
    return () => {
      here.delete(listener);
      if (here.size === 0) this.listeners.delete(executionId);
    };
  }
}
