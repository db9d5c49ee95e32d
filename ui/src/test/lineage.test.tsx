import { cleanup, fireEvent, screen, waitFor, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";

import type { LineageDto, PreviewRecord } from "@/gen/types";
import { FakeHost } from "@/host/fake";
import { STEPS } from "@/lib/steps";
import { RECORDING } from "@/test/recorded";
import { faults, openWindow } from "@/test/window";

const find = (test: (lineage: LineageDto) => boolean): LineageDto => {
  const found = RECORDING.lineages.find(test);
  if (!found) throw new Error("The recording holds no such execution.");
  return found;
};
const bought = find(({ execution }) => execution.outcome === "bought");
const held = find(({ execution }) => execution.outcome === "hold");
const failed = find(({ execution }) => execution.status === "failed");
const at = (lineage: LineageDto, search = "") => `/lineage/${lineage.execution.id}${search}`;

async function card(step: string): Promise<HTMLElement> {
  return waitFor(() => {
    const found = screen.getAllByTestId("step-card").find((each) => each.dataset["step"] === step);
    if (!found) throw new Error(`There is no card for ${step}.`);
    return found;
  });
}

describe("D3: the lineage page", () => {
  it("D3.1 shows strategies, executions, and twelve cards in order", async () => {
    openWindow("/lineage");
    await waitFor(() => expect(screen.getAllByTestId("step-card")).toHaveLength(12));
    expect(screen.getAllByTestId("step-card").map((each) => each.dataset["step"])).toEqual(
      STEPS.map((step) => step.name),
    );
    expect(screen.getByTestId("strategy-picker")).toBeVisible();
    const list = screen.getByRole("list", { name: "Executions, newest first" });
    await waitFor(() =>
      expect(within(list).getAllByRole("button")).toHaveLength(RECORDING.lineages.length),
    );
  });

  it("D3.6 opens by its address, with the sentence of the execution", async () => {
    openWindow(at(bought));
    expect(await screen.findByTestId("execution-sentence")).toHaveTextContent(
      bought.execution.sentence ?? "",
    );
    expect(screen.getByText("chain intact")).toBeVisible();
  });

  it("D3.5 shows the signal with badge, prices, confidence and 1:x", async () => {
    openWindow(at(bought));
    const signal = within(await card("parse_signal"));
    expect(signal.getByText("BUY")).toBeVisible();
    expect(signal.getByText("1:2.50")).toBeVisible();
    expect(signal.getByRole("meter", { name: "Confidence" })).toBeVisible();
    expect(signal.getByRole("img", { name: /^Stop .* entry .* target/ })).toBeVisible();
  });

  it("D3.3 shows real images labelled by timeframe, and one full size on a press", async () => {
    const { user } = openWindow(at(bought));
    const charts = within(await card("generate_charts"));
    await waitFor(() => expect(charts.getAllByTestId("chart-image")).toHaveLength(2));
    const images = charts.getAllByTestId("chart-image");
    expect(images[0]).toHaveAttribute("src", expect.stringMatching(/^data:image\/png;base64,/));
    expect(charts.getByText("Daily")).toBeVisible();
    await user.click(charts.getByRole("button", { name: "AAPL daily chart, full size" }));
    expect(await screen.findByRole("dialog", { name: "AAPL daily chart" })).toBeVisible();
  });

  it("D3.4 keeps the line breaks of the analysis and says how long it is and who wrote it", async () => {
    openWindow(at(bought));
    const analysis = within(await card("llm_analysis"));
    const text = analysis.getByRole("region", { name: /Text of the consolidation/ });
    expect(text.textContent).toContain("\n\n");
    expect(analysis.getByText("Built-in rule analyst")).toBeVisible();
    expect(analysis.getByText(/\d+ characters/)).toBeVisible();
  });

  it("D1.2 shows a failure with the sentence, the folded causes and what was not run", async () => {
    openWindow(at(failed));
    const broken = await card("fetch_market_data");
    expect(broken).toHaveAttribute("data-status", "error");
    expect(within(broken).getByText(/gave no answer within 30 s/)).toBeVisible();
    expect(within(broken).getByText("3 causes behind it")).toBeVisible();
    expect(within(broken).getByText(/session lost/)).not.toBeVisible();
    expect(await card("place_order")).toHaveAttribute("data-status", "not_run");
  });

  it("shows the broker's preview of a first order, or why there is none", async () => {
    const previewed = (preview: PreviewRecord): FakeHost => {
      const recording = structuredClone(RECORDING);
      for (const { steps } of recording.lineages) {
        const placing = steps.findLast((row) => row.step_name === "place_order");
        if (placing?.status === "success") Object.assign(placing.input as object, { preview });
      }
      return new FakeHost(recording, 40);
    };
    const amounts = { before: "0", after: "17234.5" };
    const given: PreviewRecord = {
      answer: "given",
      currency: "USD",
      commission: "1.05",
      total: "17235.55",
      initial_margin: amounts,
      maintenance_margin: amounts,
      equity: { before: "100000", after: "99998.95" },
      warning: "21/You trade <b>without</b> market data.",
    };
    openWindow(at(bought), previewed(given));
    const shown = within(await card("place_order")).getByRole("region", {
      name: "The broker's preview",
    });
    expect(shown).toHaveTextContent("Commission1.05");
    expect(shown).toHaveTextContent("Initial margin0.00 → 17,234.50");
    expect(shown).toHaveTextContent("“21/You trade <b>without</b> market data.”");
    cleanup();
    openWindow(at(bought), previewed({ answer: "missing", reason: "IBKR did not answer." }));
    expect(await card("place_order")).toHaveTextContent("None: IBKR did not answer.");
    cleanup();
    openWindow(at(bought));
    expect(await card("place_order")).not.toHaveTextContent("preview");
  });

  it("shows what was skipped with its reason", async () => {
    openWindow(at(held));
    const skipped = await card("check_risk");
    expect(skipped).toHaveAttribute("data-status", "skipped");
    expect(skipped).toHaveTextContent("The signal is HOLD");
  });

  it("shows later fills of the same order under their step", async () => {
    openWindow(at(bought));
    expect(within(await card("track_order")).getByText("Later")).toBeVisible();
    expect(within(await card("update_position")).getByText("Closed by the target")).toBeVisible();
  });

  it("D3.2 opens everything in a dialog, by press, by address, and closes by Escape", async () => {
    const { user, router } = openWindow(at(bought));
    const risk = within(await card("check_risk"));
    await user.click(risk.getByTestId("step-details-open"));
    const dialog = await screen.findByTestId("details-dialog");
    expect(within(dialog).getByRole("region", { name: "Input" })).toBeVisible();
    expect(within(dialog).getByRole("region", { name: "Output" })).toBeVisible();
    expect(router.state.location.search).toMatchObject({ step: "check_risk", attempt: 1 });
    await user.click(within(dialog).getByText("Raw JSON"));
    expect(within(dialog).getByText('"previous_hash"')).toBeVisible();
    expect(await faults()).toEqual([]);
    await user.keyboard("{Escape}");
    await waitFor(() => expect(screen.queryByTestId("details-dialog")).toBeNull());
  });

  it.each(STEPS.map((step) => step.name))(
    "has a dialog for %s without a broken renderer",
    async (name) => {
      const attempt = bought.steps.findLast((row) => row.step_name === name)?.attempt ?? 1;
      openWindow(at(bought, `?step=${name}&attempt=${attempt}`));
      const dialog = await screen.findByTestId("details-dialog");
      expect(within(dialog).queryByText(/shape that this version does not know/)).toBeNull();
    },
  );

  it("goes by keys: j, Enter, brackets", async () => {
    const { user, router } = openWindow(at(bought));
    await card("load_strategy");
    await user.keyboard("jj{Enter}");
    expect(await screen.findByTestId("details-dialog")).toHaveAccessibleName(/Fetch market data/);
    await user.keyboard("{Escape}");
    await waitFor(() => expect(screen.queryByTestId("details-dialog")).toBeNull());
    await user.keyboard("]");
    const index = RECORDING.lineages.indexOf(bought);
    await waitFor(() =>
      expect(router.state.location.pathname).toBe(
        `/lineage/${RECORDING.lineages[index + 1]?.execution.id ?? ""}`,
      ),
    );
  });

  it("fills in live: a run appears at once and its cards one after the other", async () => {
    const { user, host } = openWindow(
      `/lineage?strategy=${bought.execution.strategy_id}`,
      new FakeHost(RECORDING, 40),
    );
    await screen.findByTestId("execution-sentence");
    await user.click(screen.getByTestId("run-now"));
    await waitFor(async () =>
      expect(await card("complete")).toHaveAttribute("data-status", "waiting"),
    );
    await waitFor(
      async () => expect(await card("complete")).toHaveAttribute("data-status", "success"),
      { timeout: 4000 },
    );
    await waitFor(() =>
      expect(screen.getByTestId("execution-sentence")).toHaveTextContent(
        bought.execution.sentence ?? "",
      ),
    );
    const asked = host.calls.filter(({ command }) => command === "lineage_get").length;
    await new Promise((resolve) => setTimeout(resolve, 300));
    const later = host.calls.filter(({ command }) => command === "lineage_get").length;
    expect(later, "nothing is polled when nothing happens").toBe(asked);
  });

  it("D3 shows text from outside as text", async () => {
    const hostile = structuredClone(bought);
    const analysis = hostile.steps.find((row) => row.step_name === "llm_analysis");
    if (!analysis) throw new Error("no analysis");
    const output = analysis.output as { calls: { reply: string }[] };
    for (const call of output.calls)
      call.reply = '<img src=x onerror="alert(1)"><script>1</script>';
    openWindow(at(hostile), new FakeHost({ ...RECORDING, lineages: [hostile] }, 1));
    const text = within(await card("llm_analysis")).getByRole("region", { name: /Text of/ });
    expect(text).toHaveTextContent("<script>1</script>");
    expect(text.querySelector("img, script")).toBeNull();
  });

  it("tells a flattening: the rules, and what the broker listed instead of the account", async () => {
    const flattened = structuredClone(bought);
    const risk = flattened.steps.find((row) => row.step_name === "check_risk");
    if (!risk) throw new Error("no risk step");
    risk.input = { held_at_broker: "65", quantity: "65", open_orders: 0 };
    const sentence = "Closes 65 of the 65 shares that the broker lists.";
    risk.output = {
      approved: true,
      size: null,
      quantity: "65",
      rules: [
        {
          rule: "closes_only_what_the_broker_holds",
          limit: "65 shares",
          value: "65 shares",
          used_percent: null,
          verdict: "pass",
          detail: sentence,
        },
      ],
      sentence,
    };
    openWindow(
      at(flattened, `?step=check_risk&attempt=${risk.attempt}`),
      new FakeHost({ ...RECORDING, lineages: [flattened] }, 1),
    );
    const dialog = within(await screen.findByTestId("details-dialog"));
    const output = within(dialog.getByRole("region", { name: "Output" }));
    expect(output.getByText("Approved")).toBeVisible();
    expect(output.getByText("Closes only what the broker holds")).toBeVisible();
    expect(output.getByText("What the rules were given")).toBeVisible();
    expect(output.getByText("Held at broker")).toBeVisible();
    expect(output.queryByText(/as the broker reports it/)).toBeNull();
    expect(output.queryByRole("alert")).toBeNull();
  });

  it.each(STEPS.map((step) => step.name))(
    "shows an empty record of %s field by field",
    async (name) => {
      const strange = structuredClone(bought);
      strange.steps = strange.steps.filter((row) => row.step_name !== name || row.attempt === 1);
      const row = strange.steps.find((each) => each.step_name === name);
      if (!row) throw new Error(`no ${name}`);
      Object.assign(row, { status: "success", input: {}, output: {} });
      openWindow(
        at(strange, `?step=${name}&attempt=1`),
        new FakeHost({ ...RECORDING, lineages: [strange] }, 1),
      );
      const output = within(
        within(await screen.findByTestId("details-dialog")).getByRole("region", { name: "Output" }),
      );
      expect(output.getByText(/Not the usual record of this step/)).toBeVisible();
      expect(output.queryByRole("alert")).toBeNull();
      expect(within(await card(name)).getByText(/Not the usual record of this step/)).toBeVisible();
      expect(screen.getAllByTestId("step-card")).toHaveLength(12);
    },
  );

  it.each(STEPS.map((step) => step.name))("shows %s though its input is empty", async (name) => {
    const strange = structuredClone(bought);
    for (const row of strange.steps) row.input = {};
    const attempt = strange.steps.findLast((row) => row.step_name === name)?.attempt ?? 1;
    openWindow(
      at(strange, `?step=${name}&attempt=${attempt}`),
      new FakeHost({ ...RECORDING, lineages: [strange] }, 1),
    );
    const dialog = within(await screen.findByTestId("details-dialog"));
    const output = within(dialog.getByRole("region", { name: "Output" }));
    expect(output.queryByRole("alert")).toBeNull();
    expect(output.queryByText(/Not the usual record/)).toBeNull();
  });

  it.each([
    ["nothing", null],
    ["a list", []],
    ["a word", "lost"],
    ["a number", 7],
  ])("keeps all twelve cards when every record is %s", async (_name, value) => {
    for (const status of ["success", "started", "error", "skipped"] as const) {
      const strange = structuredClone(bought);
      for (const row of strange.steps) Object.assign(row, { status, input: value, output: value });
      openWindow(at(strange), new FakeHost({ ...RECORDING, lineages: [strange] }, 1));
      await card("complete");
      expect(screen.getAllByTestId("step-card")).toHaveLength(12);
      cleanup();
    }
  });

  it("shows a record that is strange inside as it is, and keeps the other cards", async () => {
    const strange = structuredClone(bought);
    const risk = strange.steps.find((row) => row.step_name === "check_risk");
    if (!risk) throw new Error("no risk step");
    risk.output = { approved: true, rules: { surprise: true }, sentence: "" };
    openWindow(at(strange), new FakeHost({ ...RECORDING, lineages: [strange] }, 1));
    const broken = within(await card("check_risk"));
    expect(await broken.findByText(/shape that this version does not know/)).toBeVisible();
    expect(broken.getByText(/surprise/)).toBeVisible();
    expect(within(await card("parse_signal")).getByText("BUY")).toBeVisible();
  });

  it("says what is wrong when an execution cannot be read, and tries again", async () => {
    const host = new FakeHost(RECORDING, 1);
    host.failures.set("lineage_get", {
      code: "storage",
      message: "The database is cut short at page 12.",
      hint: "Restore it from a copy.",
    });
    const { user } = openWindow(at(bought), host);
    expect(await screen.findByText("The database is cut short at page 12.")).toBeVisible();
    expect(screen.getByText("Restore it from a copy.")).toBeVisible();
    host.failures.clear();
    await user.click(screen.getByRole("button", { name: "Retry" }));
    expect(await screen.findByTestId("execution-sentence")).toBeVisible();
  });

  it("leads on when nothing has run yet", async () => {
    openWindow("/lineage", new FakeHost({ ...RECORDING, lineages: [] }, 1));
    expect(await screen.findByText("Nothing has run yet")).toBeVisible();
    expect(screen.getByTestId("run-now")).toBeVisible();
    expect(await faults()).toEqual([]);
  });

  it("filters executions by what is typed", async () => {
    openWindow("/lineage");
    const list = await screen.findByRole("list", { name: "Executions, newest first" });
    fireEvent.change(screen.getByRole("textbox"), { target: { value: "msft hold" } });
    await waitFor(() => expect(within(list).getAllByRole("button")).toHaveLength(1));
  });

  it("has no faults that axe can see", async () => {
    openWindow(at(bought));
    await card("complete");
    await waitFor(() => expect(screen.getAllByTestId("chart-image")).toHaveLength(2));
    expect(await faults()).toEqual([]);
  });
});

describe("C6: proof", () => {
  it("C6.1 replays the execution and says of each step whether it is the same", async () => {
    const { user } = openWindow(at(bought));
    await user.click(await screen.findByRole("button", { name: "Replay" }));
    const replay = within(await screen.findByTestId("replay"));
    expect(replay.getByText(/steps gave the same bytes again/)).toBeVisible();
    const rows = replay.getAllByRole("listitem");
    expect(rows).toHaveLength(bought.steps.length);
    expect(rows.filter((row) => row.dataset["verdict"] === "same").length).toBeGreaterThan(4);
    await user.click(replay.getByRole("button", { name: "Close the replay" }));
    expect(screen.queryByTestId("replay")).toBeNull();
  });

  it("C6.1 shows both sides of a difference, by the key Y", async () => {
    const { user } = openWindow(at(held));
    await screen.findByTestId("execution-sentence");
    await user.keyboard("y");
    const replay = within(await screen.findByTestId("replay"));
    expect(replay.getByText("Not the same any more: parse_signal.")).toBeVisible();
    expect(replay.getByText("$.confidence")).toBeVisible();
    expect(replay.getByText('"0.9"')).toBeVisible();
    expect(replay.getByText('"0.62"')).toBeVisible();
  });

  it("C6.2 exports evidence and shows the file and the fingerprint of the key", async () => {
    const { user } = openWindow(at(bought));
    await user.click(await screen.findByRole("button", { name: "Export evidence" }));
    expect(await screen.findByText(/^Evidence exported/)).toBeVisible();
    expect(screen.getByText(new RegExp(`evidence-execution-${bought.execution.id}`))).toBeVisible();
    expect(screen.getByText("5f2c".repeat(16))).toBeVisible();
  });
});
