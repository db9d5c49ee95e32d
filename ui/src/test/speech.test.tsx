import { act, screen, waitFor, within } from "@testing-library/react";
import { describe, expect, it, vi } from "vitest";

import { FakeHost } from "@/host/fake";
import { readPartialReply, readReply } from "@/lib/reply";
import { SpeechStore } from "@/live/speech";
import { ANALYSED_ID } from "@/test/fixtures/analysed";
import { RECORDING } from "@/test/recorded";
import { faults, openWindow } from "@/test/window";

async function card(step: string): Promise<HTMLElement> {
  return waitFor(() => {
    const found = screen.getAllByTestId("step-card").find((each) => each.dataset["step"] === step);
    if (!found) throw new Error(`There is no card for ${step}.`);
    return found;
  });
}

describe("what a model said", () => {
  it("stands beside what code made of it and what the rule analyst says", async () => {
    openWindow(`/lineage/${ANALYSED_ID}`);
    const analysis = within(await card("llm_analysis"));
    expect(analysis.getByText("claude-sonnet-4-5")).toBeVisible();
    expect(analysis.getByText(/11,720 tokens · 0.04 USD in 4 calls/)).toBeVisible();
    const table = within(
      analysis.getByRole("region", { name: "What the model said, and what code made of it" }),
    );
    const row = (name: string) => table.getByRole("rowheader", { name }).closest("tr");
    expect(row("The model said")).toHaveTextContent("BUY");
    expect(row("The model said")).toHaveTextContent("74.40");
    expect(row("Code made of it")).toHaveTextContent("HOLD, which differs");
    expect(row("The rule analyst says")).toHaveTextContent("70.55");
    expect(table.getByText(/One check of the proposal failed: stop below entry/)).toBeVisible();
  });

  it("shows a JSON reply by its fields, and as it came", async () => {
    const { user } = openWindow(`/lineage/${ANALYSED_ID}`);
    const analysis = within(await card("llm_analysis"));
    const text = analysis.getByRole("region", { name: "Text of the consolidation analysis" });
    expect(within(text).getByText("What weighed most")).toBeVisible();
    expect(text).not.toHaveTextContent('"reasoning"');
    await user.click(analysis.getByRole("button", { name: "Show it as it came" }));
    expect(text).toHaveTextContent('"reasoning"');
  });

  it("tells the repair, what was wrong before it, and what came from the record", async () => {
    const { user } = openWindow(`/lineage/${ANALYSED_ID}`);
    const analysis = within(await card("llm_analysis"));
    await user.click(analysis.getByRole("radio", { name: "Daily" }));
    expect(analysis.getByText(/this is its repair/)).toBeVisible();
    await user.click(analysis.getByRole("radio", { name: "First answer" }));
    expect(analysis.getByText(/72 is greater than the maximum of 1/)).toBeVisible();
    expect(analysis.getByRole("region", { name: /^Text of/ })).toHaveTextContent("7,200.00");
    await user.click(analysis.getByRole("radio", { name: "Weekly" }));
    expect(analysis.getByText("From the record, no cost")).toBeVisible();
    expect(await analysis.findByRole("img", { name: "Image 1 of the weekly call" })).toBeVisible();
  });

  it("fetches the prompt as it was sent only when somebody wants to read it", async () => {
    const { user, host } = openWindow(`/lineage/${ANALYSED_ID}`);
    const analysis = within(await card("llm_analysis"));
    expect(analysis.getByText("Decision, version 1")).toBeVisible();
    const asked = () =>
      host.calls.filter(
        ({ command, request }) =>
          command === "blob_get" && (request as { blob: string }).blob === "rendered-prompt",
      ).length;
    expect(asked()).toBe(0);
    await user.click(analysis.getByRole("button", { name: "Show the prompt as it was sent" }));
    expect(
      await analysis.findByRole("region", { name: "Prompt as it was sent" }),
    ).toHaveTextContent("You are shown the daily chart of AAPL");
    expect(asked()).toBe(1);
  });

  it("says why there is no usable answer", async () => {
    const lineages = structuredClone(RECORDING.lineages);
    const row = lineages
      .find(({ execution }) => execution.id === ANALYSED_ID)
      ?.steps.find((each) => each.step_name === "llm_analysis");
    if (!row) throw new Error("no analysis");
    Object.assign(row.output as object, {
      failure: "The budget of the day is used up.",
      calls: [],
    });
    openWindow(`/lineage/${ANALYSED_ID}`, new FakeHost({ ...RECORDING, lineages }, 1));
    const analysis = within(await card("llm_analysis"));
    expect(analysis.getByText("There is no usable answer: HOLD")).toBeVisible();
    expect(analysis.getByText("The budget of the day is used up.")).toBeVisible();
  });

  it("shows what a model says as text, in its fields too", async () => {
    const lineages = structuredClone(RECORDING.lineages);
    const row = lineages
      .find(({ execution }) => execution.id === ANALYSED_ID)
      ?.steps.find((each) => each.step_name === "llm_analysis");
    if (!row) throw new Error("no analysis");
    const { calls } = row.output as unknown as { calls: { reply: string }[] };
    for (const call of calls)
      call.reply = JSON.stringify({
        analysis: '<img src=x onerror="alert(1)">',
        action: "<b>BUY</b>",
        key_factors: [{ odd: true }],
        surprise: "\u202edesrever",
      });
    openWindow(`/lineage/${ANALYSED_ID}`, new FakeHost({ ...RECORDING, lineages }, 1));
    const text = within(await card("llm_analysis")).getByRole("region", { name: /^Text of/ });
    expect(text).toHaveTextContent('<img src=x onerror="alert(1)">');
    expect(text).toHaveTextContent("<b>BUY</b>");
    expect(text.querySelector("img, b")).toBeNull();
  });

  it("has no faults that axe can see", async () => {
    openWindow(`/lineage/${ANALYSED_ID}?step=llm_analysis&attempt=1`);
    await screen.findByTestId("details-dialog");
    expect(await faults()).toEqual([]);
  });
});

describe("while a model speaks", () => {
  it("fills the card, and fetches nothing again", async () => {
    const running = structuredClone(RECORDING.lineages[0]);
    if (!running) throw new Error("The recording holds no run.");
    running.execution.status = "running";
    running.steps = running.steps.filter(({ step_number: number }) => number < 5);
    const host = new FakeHost({ ...RECORDING, lineages: [running] }, 1);
    openWindow(`/lineage/${running.execution.id}`, host);
    expect(await card("llm_analysis")).toHaveAttribute("data-status", "waiting");
    const before = host.calls.length;
    const say = (purpose: string, attempt: number, text: string) =>
      act(() => host.emit("speech", running.execution.id, { purpose, attempt, text }));
    say("daily", 1, '{"trend": "bullish", "analysis": "The last cand');
    const analysis = within(await card("llm_analysis"));
    const region = analysis.getByRole("region", {
      name: "What the model says in the daily analysis",
    });
    expect(region).toHaveTextContent("The last cand");
    expect(analysis.getByText("Bullish")).toBeVisible();
    say("daily", 1, '{"trend": "bullish", "analysis": "The last candles hold.\\n\\nMo');
    expect(region).toHaveTextContent("The last candles hold. Mo");
    say("daily", 2, '{"trend": "neutral"');
    expect(analysis.getByText(/attempt 2: it repairs/)).toBeVisible();
    say("weekly", 1, "Not JSON at all");
    expect(analysis.getByRole("region", { name: /in the weekly analysis/ })).toHaveTextContent(
      "Not JSON at all",
    );
    expect(await card("llm_analysis")).toHaveAttribute("data-status", "started");
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(host.calls.length, "speech is not a reason to fetch").toBe(before);
    expect(await faults()).toEqual([]);
  });

  it("gives way to the record when the step is written down", async () => {
    const told = RECORDING.lineages.find(({ execution }) => execution.id === ANALYSED_ID);
    if (!told) throw new Error("The recording holds no run of a model.");
    const running = structuredClone(told);
    running.execution.status = "running";
    running.steps = running.steps.filter(({ step_number: number }) => number < 5);
    const host = new FakeHost(RECORDING, 1);
    const rpc = host.rpc.bind(host);
    host.rpc = (command, request) =>
      command === "lineage_get"
        ? Promise.resolve(structuredClone(running) as never)
        : rpc(command, request);
    openWindow(`/lineage/${ANALYSED_ID}`, host);
    await card("llm_analysis");
    act(() => host.emit("speech", ANALYSED_ID, { purpose: "daily", attempt: 1, text: "The la" }));
    expect(screen.getByText("the model speaks")).toBeVisible();
    running.steps.push(...told.steps.filter(({ step_number: number }) => number === 5));
    act(() => host.emit("executions", ANALYSED_ID));
    expect(
      await screen.findByRole("region", { name: "Text of the consolidation analysis" }),
    ).toBeVisible();
    expect(screen.queryByText("the model speaks")).toBeNull();
  });

  it("keeps a bounded number of executions, and wakes only who listens to one", () => {
    const store = new SpeechStore();
    const heard = vi.fn();
    const stop = store.listen("run-39", heard);
    for (let run = 0; run < 40; run += 1)
      store.tell(`run-${run}`, { purpose: "daily", attempt: 1, text: "a" });
    expect(heard).toHaveBeenCalledTimes(1);
    expect(store.of("run-0")).toHaveLength(0);
    expect(store.of("run-39")).toHaveLength(1);
    stop();
    store.tell("run-39", { purpose: "daily", attempt: 1, text: "ab" });
    expect(heard).toHaveBeenCalledTimes(1);
    expect(store.of("run-39").map(({ text }) => text)).toEqual(["ab"]);
  });
});

describe("a reply that is not whole", () => {
  const whole = {
    symbol: "AAPL",
    trend: "bullish",
    confidence: 0.72,
    support_levels: [70.1, 72.35],
    nested: { odd: [true, null, "a, b}"] },
    analysis: 'A "quoted" line.\nAnother \\ one, with 日線 and \u00e9.',
  };

  it("is read wherever it breaks off, and never says what was not said", () => {
    for (const text of [JSON.stringify(whole), JSON.stringify(whole, null, 2)]) {
      for (let end = 1; end <= text.length; end += 1) {
        const read = readPartialReply(text.slice(0, end));
        expect(read, text.slice(0, end)).not.toBeNull();
        for (const [name, value] of Object.entries(read ?? {})) {
          expect(Object.keys(whole)).toContain(name);
          const meant = whole[name as keyof typeof whole];
          if (typeof value === "string" && typeof meant === "string")
            expect(meant.startsWith(value)).toBe(true);
          if (typeof value === "number") expect(value).toBe(meant);
        }
      }
      expect(readPartialReply(text)).toEqual(whole);
    }
  });

  it("is nothing where it is no object", () => {
    for (const text of ["", "  ", "The trend is up.", "[1, 2", "null", '"BUY"'])
      expect(readPartialReply(text)).toBeNull();
    for (const text of ["[1]", "7", '{"a": 1} and more', "{"]) expect(readReply(text)).toBeNull();
    expect(readReply(' {"a": 1}\n')).toEqual({ a: 1 });
  });
});
