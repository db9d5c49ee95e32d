import { screen, waitFor, within } from "@testing-library/react";
import { describe, expect, it, vi } from "vitest";

import type { Command } from "@/api/api";
import { FakeHost } from "@/host/fake";
import { baseOf } from "@/features/dashboard/totals";
import { preferred } from "@/lib/preferences";
import { HEALTH, UNWELL } from "@/test/fixtures/health";
import { RECORDING } from "@/test/recorded";
import { SCENES } from "@/test/scenes";
import { faults, openWindow } from "@/test/window";

// jsdom has no canvas; the chart itself is looked at in a browser.
vi.mock("@/charts/value-chart", () => ({
  ValueChart: class {
    show = vi.fn();
    dispose = vi.fn();
  },
}));

const requests = (host: FakeHost, command: string) =>
  host.calls.filter((call) => call.command === command).map(({ request }) => request);
const scene = (name: string) => {
  const change = SCENES[name];
  if (!change) throw new Error(`There is no scene ${name}.`);
  return new FakeHost(change(RECORDING), 1);
};
const panel = (name: string | RegExp) =>
  screen.findByRole("heading", { level: 2, name }).then((heading) => {
    const section = heading.closest("section");
    if (!section) throw new Error("The heading stands in no panel.");
    return within(section);
  });

describe("Dashboard", () => {
  it("is where the window opens", async () => {
    const { router } = openWindow("/");
    await waitFor(() => expect(router.state.location.pathname).toBe("/dashboard"));
  });

  it("is reached by g d", async () => {
    const { user, router } = openWindow("/strategies");
    await screen.findByTestId("environment");
    await user.keyboard("gd");
    await waitFor(() => expect(router.state.location.pathname).toBe("/dashboard"));
  });

  it("shows the account with where each number is from and how old it is", async () => {
    openWindow("/dashboard");
    const account = within(await screen.findByRole("region", { name: "The account" }));
    expect(await account.findByText("104,871.36")).toBeVisible();
    expect(account.getByText("Ready")).toBeVisible();
    expect(account.getByText(/^Sandbox, 29 s old$/)).toBeVisible();
    expect(account.getByRole("timer", { name: "Next run" })).toHaveTextContent("3 d 0 h");
    expect(account.getByText(/3 held/)).toHaveTextContent("3 held, 1 without price");
    const positions = await panel(/^Open positions/);
    expect(positions.getByText("our ledger, the broker's prices, now")).toBeVisible();
  });

  it("counts today's profit from the last close before today", () => {
    const { portfolio } = RECORDING;
    const last = portfolio.history.at(-1);
    const before = portfolio.history.at(-2);
    expect(last?.date).toBe("2012-07-20");
    expect(baseOf(portfolio)).toEqual({ value: before?.net_liquidation, date: before?.date });
    expect(baseOf({ ...portfolio, history: [] })).toEqual({ value: "100000", date: null });
  });

  it("tells how far a position is from its stop and its target, and never a zero for none", async () => {
    const [held, ...rest] = RECORDING.portfolio.positions;
    if (!held) throw new Error("The recording holds no position.");
    const bare = { ...held, position: { ...held.position, stop_price: "0", target_price: "0" } };
    const portfolio = { ...RECORDING.portfolio, positions: [bare, ...rest] };
    openWindow("/dashboard", new FakeHost({ ...RECORDING, portfolio }, 1));
    const table = await screen.findByRole("table", { name: "Open positions" });
    const [, msft, ibm] = within(table).getAllByRole("row");
    expect(msft).toHaveTextContent("no stop");
    expect(msft).toHaveTextContent("No target works at the broker for it");
    // 158.40 is 2.80 % below 162.97, and 182.05 is 11.71 % above it.
    expect(ibm).toHaveTextContent(/158\.40−2\.80/);
    expect(ibm).toHaveTextContent(/182\.05\+11\.71/);
    expect(within(ibm as HTMLElement).getByRole("img")).toHaveAccessibleName(
      "Stop 158.40, entry 165.2100, last 162.97, target 182.05",
    );
  });

  it("marks a price that is old", async () => {
    const positions = RECORDING.portfolio.positions.map((held) => ({
      ...held,
      price_as_of: held.last_price === null ? null : "2012-07-20T13:00:00Z",
    }));
    const portfolio = { ...RECORDING.portfolio, positions };
    openWindow("/dashboard", new FakeHost({ ...RECORDING, portfolio }, 1));
    const table = await screen.findByRole("table", { name: "Open positions" });
    await waitFor(() => expect(within(table).getAllByText("7 h").length).toBeGreaterThan(0));
  });

  it("lists what works, what runs next, and what was decided, each a way on", async () => {
    openWindow("/dashboard");
    const orders = await screen.findByRole("table", { name: "Working orders" });
    const [link] = within(orders).getAllByRole("link");
    expect(link?.getAttribute("href")).toMatch(/^#\/orders\?order=/);
    // What is unknown comes first.
    expect(within(orders).getAllByRole("row")[1]).toHaveTextContent("Unknown");
    const runs = await panel("Next runs");
    await waitFor(() => expect(runs.getAllByRole("timer").length).toBeGreaterThan(0));
    expect(runs.getByText(/The sandbox clock stands/)).toBeVisible();
    const executions = await panel("Latest executions");
    await waitFor(() => expect(executions.getAllByRole("listitem")).toHaveLength(8));
    const signals = await panel("Latest signals");
    await waitFor(() => expect(signals.getAllByRole("listitem")).toHaveLength(8));
  });

  it("says what to do where a part is not well, and where", async () => {
    const host = new FakeHost({ ...RECORDING, health: UNWELL }, 1);
    openWindow("/dashboard", host);
    const health = await panel("Health");
    expect(await health.findByText(/Open the login page in the browser/)).toBeVisible();
    expect(health.getByRole("link", { name: "Open Connection for the gateway" })).toHaveAttribute(
      "href",
      "#/connection",
    );
    expect(health.getByRole("link", { name: "Open Settings for the disk" })).toHaveAttribute(
      "href",
      "#/settings",
    );
    expect(health.getByRole("link", { name: "Disk: not well" })).toBeVisible();
  });

  it("tells nobody to do anything where all is well", async () => {
    const lights = HEALTH.lights.map((light) => ({
      ...light,
      level: "well" as const,
      action: null,
    }));
    openWindow("/dashboard", new FakeHost({ ...RECORDING, health: { ...HEALTH, lights } }, 1));
    const health = await panel("Health");
    await health.findByRole("link", { name: "Disk: well" });
    expect(health.queryByRole("link", { name: /^Open/ })).toBeNull();
  });

  it("tells a newcomer what to do first, and leads to it", async () => {
    const { user, host } = openWindow("/dashboard", scene("newcomer"));
    const steps = within(await screen.findByRole("region", { name: "First steps" }));
    expect(steps.getByText("2 of 6 done")).toBeVisible();
    expect(steps.getByText(/to run Momentum daily on AAPL now/)).toBeVisible();
    expect(steps.getByRole("link", { name: /Choose a model/ })).toHaveAttribute(
      "href",
      "#/models?add=true",
    );
    expect(screen.getByText(/^Nothing is held/)).toBeVisible();
    expect(screen.getByText("Nothing has run yet.")).toBeVisible();
    expect(screen.getByText("No signal has been made yet.")).toBeVisible();
    expect(screen.getByText("No day has closed yet")).toBeVisible();
    expect(screen.getByText("Nothing works at the broker.")).toBeVisible();
    expect(await faults()).toEqual([]);
    await user.click(steps.getByRole("button", { name: "Hide" }));
    expect(screen.queryByRole("region", { name: "First steps" })).toBeNull();
    expect(preferred("first-steps")).toBe("hidden");
    expect(requests(host, "strategy_run")).toEqual([]);
  });

  it("runs a strategy by r, and moves through the executions by j, k and Enter", async () => {
    const { user, host, router } = openWindow("/dashboard");
    await panel("Latest executions").then((list) => list.findAllByRole("listitem"));
    await user.keyboard("jjk");
    const list = await panel("Latest executions");
    const current = list.getAllByRole("listitem").filter((row) => row.ariaCurrent === "true");
    expect(current).toHaveLength(1);
    expect(current[0]).toBe(list.getAllByRole("listitem")[0]);
    await screen.findByRole("button", { name: "Run Momentum daily" });
    await user.keyboard("r");
    await waitFor(() =>
      expect(requests(host, "strategy_run")).toEqual([
        { strategy_id: "sample", symbol: null, model: null },
      ]),
    );
    await waitFor(() => expect(router.state.location.pathname).toMatch(/^\/lineage\//));
  });

  it("compares the records and moves the sandbox by its quick actions", async () => {
    const { user, host } = openWindow("/dashboard");
    const actions = within(await screen.findByRole("group", { name: "Quick actions" }));
    await user.click(await actions.findByRole("button", { name: "To the next close" }));
    await waitFor(() =>
      expect(requests(host, "sandbox_advance")).toEqual([{ to: "2012-07-23T20:00:00.000Z" }]),
    );
    await user.keyboard("b");
    await waitFor(() => expect(requests(host, "reconcile")).toEqual([{}]));
    expect(await screen.findByText(/were compared; 2 things were corrected/)).toBeVisible();
  });

  it("has no sandbox to move where time is real", async () => {
    openWindow("/dashboard", scene("paper"));
    await screen.findByRole("button", { name: "Run Momentum daily" });
    expect(screen.queryByRole("button", { name: "To the next close" })).toBeNull();
  });

  it("remembers the span of the chart", async () => {
    const { user } = openWindow("/dashboard");
    await screen.findByRole("radio", { name: "30 days" });
    await user.keyboard("1");
    await waitFor(() => expect(screen.getByRole("radio", { name: "30 days" })).toBeChecked());
    expect(preferred("value-span")).toBe("30");
  });

  it.each<[Command, string]>([
    ["portfolio_get", "The positions could not be read."],
    ["health_get", "The health could not be read."],
    ["orders_list", "The orders could not be read."],
    ["executions_search", "The executions could not be read."],
    ["signals_list", "The signals could not be read."],
    ["strategies_list", "The schedule could not be read."],
  ])("keeps the rest when %s fails, and tries again", async (command, sentence) => {
    const host = new FakeHost(RECORDING, 1);
    host.failures.set(command, { code: "storage", message: "Cut short.", hint: null });
    const { user } = openWindow("/dashboard", host);
    const alert = (await screen.findByText(sentence)).closest("[role=alert]");
    const others = [/^Open positions/, "Health", "Next runs", "Latest signals"];
    for (const name of others)
      expect(screen.getByRole("heading", { level: 2, name })).toBeVisible();
    host.failures.clear();
    await user.click(within(alert as HTMLElement).getByRole("button", { name: "Retry" }));
    await waitFor(() => expect(screen.queryByText(sentence)).toBeNull());
  });

  it("waits in the shape of what comes", () => {
    const host = new FakeHost(RECORDING, 1);
    host.rpc = () => new Promise(() => undefined);
    openWindow("/dashboard", host);
    return waitFor(() => {
      for (const what of ["the positions", "the health", "the orders", "the signals"])
        expect(screen.getByLabelText(`Loading ${what}`)).toBeVisible();
    });
  });

  it("has no faults that axe can see, on a good day and on a bad one", async () => {
    openWindow("/dashboard");
    await screen.findByRole("table", { name: "Open positions" });
    await screen.findByRole("table", { name: "Working orders" });
    expect(await faults()).toEqual([]);
  });

  it("has no faults that axe can see on a bad day", async () => {
    openWindow("/dashboard", scene("unwell"));
    await screen.findByText(/Open the login page in the browser/);
    expect(await faults()).toEqual([]);
  });
});
