import type { Api } from "@/api/api";
import type { EngineEvent, EventTopic } from "@/gen/types";

/** A fast-forward raises thousands of events; the window fetches at most so often, in milliseconds. */
const BREATH = 120;

/**
 * Follows the engine's events and fetches again what they touch. One round of fetching ends before
 * the next begins, so that a burst neither piles up requests nor loses its last event.
 */
export async function followEvents(api: Api): Promise<() => void> {
  let last: number | null = null;
  let open = true;
  let busy = false;
  let lost = false;
  const topics = new Set<EventTopic>();
  const executions = new Set<string>();
  let anyExecution = false;

  async function drain(): Promise<void> {
    if (busy) return;
    busy = true;
    while (open && (lost || topics.size > 0)) {
      const everything = lost;
      const changed = [...topics];
      const ids = anyExecution ? undefined : new Set(executions);
      lost = false;
      anyExecution = false;
      topics.clear();
      executions.clear();
      await (everything ? api.refreshAll() : api.refresh(changed, ids));
      await new Promise((resolve) => setTimeout(resolve, BREATH));
    }
    busy = false;
  }

  const close = await api.host.subscribe((event: EngineEvent) => {
    if (last !== null && event.sequence !== last + 1) lost = true;
    last = event.sequence;
    if (event.topic === "speech") {
      if (event.execution_id !== null && event.speech)
        api.speech.tell(event.execution_id, event.speech);
      if (lost) void drain();
      return;
    }
    topics.add(event.topic);
    if (event.execution_id === null) anyExecution = true;
    else executions.add(event.execution_id);
    void drain();
  });
  return () => {
    open = false;
    close();
  };
}
