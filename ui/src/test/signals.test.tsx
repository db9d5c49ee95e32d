import { screen, waitFor, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";

import { FakeHost } from "@/host/fake";
import { RECORDING } from "@/test/recorded";
import { faults, openWindow } from "@/test/window";

const GOOG = "sample-goog-20120720T200000Z-91c2";
const rowsOf = async (name: string) =>
  within(await screen.findByRole("table", { name }))
    .getAllByRole("row")
    .slice(1);
const requests = (host: FakeHost, command: string) =>
  host.calls.filter((call) => call.command === command).map(({ request }) => request);

describe("Signals", () => {
  it("lists signals page by page", async () => {
    const { user, host } = openWindow("/signals");
    expect(await rowsOf("Signals")).toHaveLength(50);
    await user.click(screen.getByRole("button", { name: "Older" }));
    await waitFor(() =>
      expect(requests(host, "signals_list")).toContainEqual(
        expect.objectContaining({ offset: 50, limit: 50 }),
      ),
    );
    expect(await screen.findByText(/^51 to 100 of/)).toBeVisible();
  });

  it("narrows by what is chosen, and shows all again", async () => {
    const { user, host } = openWindow("/signals");
    await rowsOf("Signals");
    await user.click(screen.getByRole("button", { name: "Action all" }));
    await user.click(await screen.findByRole("menuitemradio", { name: "SELL" }));
    await waitFor(() =>
      expect(requests(host, "signals_list")).toContainEqual(
        expect.objectContaining({ action: "SELL", offset: 0 }),
      ),
    );
    await waitFor(() => expect(screen.queryByText("HOLD")).toBeNull());
    const [row] = await rowsOf("Signals");
    expect(row).toHaveTextContent(/^SELL/);
    await user.click(screen.getByRole("button", { name: "Clear" }));
    await waitFor(async () => expect(await rowsOf("Signals")).toHaveLength(50));
  });

  it("asks for whole days of the exchange, and takes no day that does not exist", async () => {
    const { user, host } = openWindow("/signals?from=2012-06-01&until=2012-06-15");
    await rowsOf("Signals");
    expect(requests(host, "signals_list")[0]).toMatchObject({
      from: "2012-06-01T04:00:00.000Z",
      until: "2012-06-16T04:00:00.000Z",
    });
    const asked = requests(host, "signals_list").length;
    const from = screen.getByRole("textbox", { name: "From" });
    await user.clear(from);
    await user.type(from, "2012-02-30{Enter}");
    expect(from).toHaveAttribute("aria-invalid", "true");
    expect(requests(host, "signals_list")).toHaveLength(asked);
  });

  it("tells a signal whole, with the ways to its lineage, its chart and its orders", async () => {
    const { user, router } = openWindow("/signals");
    await rowsOf("Signals");
    await user.keyboard("j");
    const story = within(await screen.findByTestId("signal-story"));
    expect(router.state.location.search).toMatchObject({ signal: GOOG });
    expect(await story.findByText("Target of the bracket")).toBeVisible();
    expect(story.getByText("4 of 4 bullish, confirmed")).toBeVisible();
    expect(story.getByRole("link", { name: "Lineage" })).toHaveAttribute(
      "href",
      `#/lineage/${GOOG}`,
    );
    expect(story.getByRole("link", { name: "Chart" })).toHaveAttribute(
      "href",
      `#/charts/${GOOG}?timeframe=1d`,
    );
    expect((await story.findAllByRole("link", { name: /GOOG/ })).length).toBeGreaterThan(0);
    await user.keyboard("{Escape}");
    await waitFor(() => expect(screen.queryByTestId("signal-story")).toBeNull());
  });

  it("cancels only after a confirmation that names the signal", async () => {
    const { user, host } = openWindow(`/signals?signal=${GOOG}`);
    await user.click(await screen.findByRole("button", { name: "Cancel BUY of GOOG…" }));
    expect(requests(host, "signal_cancel")).toEqual([]);
    const asked = within(await screen.findByRole("alertdialog"));
    await user.click(asked.getByRole("button", { name: "Cancel BUY of GOOG" }));
    await waitFor(() => expect(requests(host, "signal_cancel")).toEqual([{ execution_id: GOOG }]));
  });

  it("shows a missing number as missing, with the reason", async () => {
    openWindow("/signals?action=HOLD");
    const [row] = await rowsOf("Signals");
    expect(row).toHaveTextContent("Nothing is traded on a HOLD");
  });

  it("has no faults that axe can see, with a story open", async () => {
    openWindow(`/signals?signal=${GOOG}`);
    await screen.findByText("Target of the bracket");
    expect(await faults()).toEqual([]);
  });

  it("leads on when there is none, and says what is wrong when they cannot be read", async () => {
    openWindow("/signals", new FakeHost({ ...RECORDING, signals: [] }, 1));
    expect(await screen.findByText("No signal has been made yet")).toBeVisible();
  });

  it("says what is wrong when they cannot be read, and tries again", async () => {
    const host = new FakeHost(RECORDING, 1);
    host.failures.set("signals_list", { code: "storage", message: "Cut short.", hint: null });
    const { user } = openWindow("/signals", host);
    expect(await screen.findByText("The signals could not be read.")).toBeVisible();
    host.failures.clear();
    await user.click(screen.getByRole("button", { name: "Retry" }));
    expect(await rowsOf("Signals")).toHaveLength(50);
  });
});

describe("Performance", () => {
  it("groups by prompt, strategy, model and day", async () => {
    const { user, host } = openWindow("/signals?tab=performance");
    await rowsOf("Performance by prompt version");
    for (const [text, by] of [
      ["Strategy", "strategy"],
      ["Model", "model"],
      ["Day", "day"],
    ] as const) {
      await user.click(screen.getByRole("radio", { name: text }));
      await rowsOf(`Performance by ${text.toLowerCase()}`);
      expect(requests(host, "performance_get")).toContainEqual(
        expect.objectContaining({ by: [by] }),
      );
    }
  });

  it("draws the win rate with its interval, and tells what it means", async () => {
    const { user } = openWindow("/signals?tab=performance");
    const [row] = await rowsOf("Performance by prompt version");
    if (!row) throw new Error("There is no group.");
    expect(
      within(row).getByRole("img", { name: /^95 % interval .* closed trades$/ }),
    ).toBeVisible();
    const [help] = screen.getAllByRole("button", { name: "What is “Win rate”?" });
    if (!help) throw new Error("The win rate is not explained.");
    await user.click(help);
    expect(await screen.findByRole("dialog", { name: "Win rate" })).toHaveTextContent(/z = 1.96/);
  });

  it("compares two versions, and says when that tells nothing", async () => {
    const { host } = openWindow("/signals?tab=performance");
    expect(await screen.findByText(/^Not enough outcomes to tell/)).toBeVisible();
    expect(requests(host, "performance_compare")[0]).toMatchObject({
      first: { prompt_id: "weekly-analysis", prompt_version: 1 },
      second: { prompt_id: "daily-analysis", prompt_version: 3 },
    });
  });

  it("ranks only what has enough closed trades", async () => {
    const { user, host } = openWindow("/signals?tab=performance");
    const before = (await rowsOf("Leaderboard")).length;
    await user.click(screen.getByRole("button", { name: "At least 20 closed trades" }));
    await user.click(await screen.findByRole("menuitemradio", { name: "5 closed trades" }));
    await waitFor(() =>
      expect(requests(host, "leaderboard_get")).toContainEqual(
        expect.objectContaining({ minimum_outcomes: 5 }),
      ),
    );
    await waitFor(async () => expect((await rowsOf("Leaderboard")).length).toBeGreaterThan(before));
  });

  it("has no faults that axe can see", async () => {
    openWindow("/signals?tab=performance");
    await rowsOf("Leaderboard");
    expect(await faults()).toEqual([]);
  });
});

describe("the truth card", () => {
  it.each([
    ["sample", "Edge"],
    ["sample-goog", "No edge"],
    ["sample-ibm", "Not enough"],
  ])("says of %s: %s", async (strategy, word) => {
    openWindow(`/signals?tab=truth&strategy=${strategy}`);
    const verdict = await screen.findByRole("region", { name: "Verdict" });
    expect(within(verdict).getByText(word)).toBeVisible();
    expect(await faults()).toEqual([]);
  });

  it("draws the coin, the reliability curve and the long bias in words too", async () => {
    openWindow("/signals?tab=truth&strategy=sample");
    expect(await screen.findByText("p = 0.0122")).toBeVisible();
    expect(screen.getByRole("img", { name: /^Reliability curve: stated 54/ })).toBeVisible();
    expect(screen.getByText("78 of 109")).toBeVisible();
  });

  it("says so when there is nothing to draw by lot", async () => {
    openWindow("/signals?tab=truth&strategy=sample-ibm");
    expect(await screen.findByText(/The coin was not thrown/)).toBeVisible();
  });
});
