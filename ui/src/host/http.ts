import type { EngineEvent } from "@/gen/types";
import type { Host } from "@/host/types";

/** First and longest wait before the stream of events is tried again, in milliseconds. */
const FIRST_WAIT = 500;
const LONGEST_WAIT = 10_000;

/** The server that serves this page, where it is one of an engine. */
const at = (path: string): string => new URL(path, location.origin).href;

/** The engine that serves this page; nothing where the page comes from elsewhere. */
export async function servedHost(): Promise<Host | null> {
  try {
    const response = await fetch(at("/api/session"), { credentials: "same-origin" });
    if (response.status === 401) logIn();
    const said = response.headers.get("content-type") ?? "";
    return response.ok && said.startsWith("application/json") ? httpHost : null;
  } catch {
    return null;
  }
}

function logIn(): void {
  location.assign(at("/login"));
}

/** The body of an answer; what is no JSON is not from an engine. */
async function content(response: Response): Promise<unknown> {
  try {
    return await response.json();
  } catch {
    throw new Error(`The server answered ${response.status} without a sentence.`);
  }
}

/** The engine behind `throughline serve --http`. */
export const httpHost: Host = {
  kind: "http",
  async rpc(command, request) {
    let response: Response;
    try {
      response = await fetch(at(`/api/rpc/${command}`), {
        method: "POST",
        credentials: "same-origin",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify(request),
      });
    } catch (cause) {
      throw new Error("The engine does not answer. Is it still served?", { cause });
    }
    if (response.status === 401) logIn();
    const answer = await content(response);
    if (!response.ok) {
      // Hosts reject with an `ApiError`.
      throw answer;
    }
    return answer as never;
  },
  async subscribe(onEvent) {
    const stream = new EventStream(onEvent);
    await stream.open();
    return () => stream.close();
  },
};

/**
 * The events, over one connection after another. What happens between two connections is lost; the
 * number of the next event shows that, by the gap.
 */
class EventStream {
  readonly #onEvent: (event: EngineEvent) => void;
  #socket: WebSocket | null = null;
  #isOpen = true;
  #wait = FIRST_WAIT;

  constructor(onEvent: (event: EngineEvent) => void) {
    this.#onEvent = onEvent;
  }

  /** Resolves when events arrive, or when the first try has failed and others follow. */
  open(): Promise<void> {
    return new Promise((resolve) => {
      const socket = new WebSocket(at("/api/events").replace(/^http/, "ws"));
      this.#socket = socket;
      socket.onopen = () => {
        this.#wait = FIRST_WAIT;
        resolve();
      };
      socket.onmessage = ({ data }) => {
        if (typeof data === "string") this.#onEvent(JSON.parse(data) as EngineEvent);
      };
      socket.onclose = () => {
        resolve();
        this.#again();
      };
    });
  }

  close(): void {
    this.#isOpen = false;
    this.#socket?.close();
  }

  #again(): void {
    if (!this.#isOpen) return;
    setTimeout(() => {
      if (this.#isOpen) void this.open();
    }, this.#wait);
    this.#wait = Math.min(this.#wait * 2, LONGEST_WAIT);
  }
}
