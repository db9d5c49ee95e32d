import { afterEach, beforeEach, expect, test, vi } from "vitest";

import type { EngineEvent } from "@/gen/types";
import { httpHost, servedHost } from "@/host/http";
import { toApiError } from "@/lib/errors";

/** What the fake server answers; it stands for `throughline serve --http`. */
const answered = vi.fn<(url: string, init?: RequestInit) => Promise<Response>>();

/** A connection that a test opens, feeds and closes; it stands for the stream of events. */
class FakeSocket {
  static all: FakeSocket[] = [];
  onopen: (() => void) | null = null;
  onclose: (() => void) | null = null;
  onmessage: ((message: { data: unknown }) => void) | null = null;
  readonly url: string;
  constructor(url: string) {
    this.url = url;
    FakeSocket.all.push(this);
  }
  close() {
    this.onclose?.();
  }
}

const json = (status: number, body: unknown): Promise<Response> =>
  Promise.resolve(
    new Response(JSON.stringify(body), { status, headers: { "content-type": "application/json" } }),
  );

beforeEach(() => {
  FakeSocket.all = [];
  answered.mockReset();
  vi.stubGlobal("fetch", answered);
  vi.stubGlobal("WebSocket", FakeSocket);
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test("a page that an engine serves finds it, and another page does not", async () => {
  answered.mockReturnValueOnce(json(200, { allowed: ["read"] }));
  expect(await servedHost()).toBe(httpHost);
  answered.mockReturnValueOnce(Promise.resolve(new Response("<html>", { status: 200 })));
  expect(await servedHost()).toBeNull();
  answered.mockReturnValueOnce(json(404, {}));
  expect(await servedHost()).toBeNull();
  answered.mockRejectedValueOnce(new TypeError("refused"));
  expect(await servedHost()).toBeNull();
});

test("a command is posted as JSON with the cookie, and its answer given", async () => {
  answered.mockReturnValueOnce(json(200, [{ id: "sample" }]));
  expect(await httpHost.rpc("strategies_list", {})).toEqual([{ id: "sample" }]);
  const [url, init] = answered.mock.calls[0] ?? [];
  expect(new URL(url ?? "").pathname).toBe("/api/rpc/strategies_list");
  expect(init).toMatchObject({ method: "POST", credentials: "same-origin", body: "{}" });
  expect(new Headers(init?.headers).get("content-type")).toBe("application/json");
});

test("the engine's own error arrives with its code and its hint", async () => {
  const refusal = { code: "not_allowed", message: "not here", hint: "--allow trade" };
  answered.mockReturnValueOnce(json(403, refusal));
  const thrown: unknown = await httpHost.rpc("resume", {}).catch((error: unknown) => error);
  expect(toApiError(thrown)).toEqual(refusal);
});

test("what is no answer of an engine becomes a sentence", async () => {
  answered.mockReturnValueOnce(Promise.resolve(new Response("<html>", { status: 502 })));
  await expect(httpHost.rpc("resume", {})).rejects.toThrow("502");
  answered.mockRejectedValueOnce(new TypeError("refused"));
  await expect(httpHost.rpc("resume", {})).rejects.toThrow("does not answer");
});

test("events arrive, and a lost stream is opened again until it is closed", async () => {
  const event = (sequence: number): EngineEvent => ({
    sequence,
    topic: "orders",
    execution_id: null,
    speech: null,
  });
  const heard: number[] = [];
  const opening = httpHost.subscribe(({ sequence }) => heard.push(sequence));
  expect(FakeSocket.all[0]?.url).toMatch(/^ws:\/\/.*\/api\/events$/);
  FakeSocket.all[0]?.onopen?.();
  const close = await opening;
  FakeSocket.all[0]?.onmessage?.({ data: JSON.stringify(event(1)) });
  FakeSocket.all[0]?.onclose?.();
  await vi.advanceTimersByTimeAsync(500);
  FakeSocket.all[1]?.onopen?.();
  FakeSocket.all[1]?.onmessage?.({ data: JSON.stringify(event(7)) });
  expect(heard).toEqual([1, 7]);
  close();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(FakeSocket.all).toHaveLength(2);
});
