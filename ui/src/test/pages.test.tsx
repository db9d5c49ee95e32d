import { act, screen, waitFor, within } from "@testing-library/react";
import { describe, expect, it, vi } from "vitest";

import { FakeHost } from "@/host/fake";
import { RECORDING } from "@/test/recorded";
import { faults, openWindow, pressInToast } from "@/test/window";

// jsdom has no canvas; the chart itself is looked at in a browser.
vi.mock("@/charts/value-chart", () => ({
  ValueChart: class {
    show = vi.fn();
    dispose = vi.fn();
  },
}));

describe("the frame", () => {
  it("names the environment, the account and its value", async () => {
    openWindow("/lineage");
    expect(await screen.findByTestId("environment")).toHaveTextContent("sandbox");
    const strip = within(screen.getByRole("banner", { name: "Status" }));
    expect(strip.getByText(RECORDING.status.account_id)).toBeVisible();
    expect(strip.getByText("104,871.36")).toBeVisible();
  });

  it("says plainly that recorded answers are no engine", async () => {
    openWindow("/lineage");
    expect(await screen.findByText(/no engine is running/)).toBeVisible();
  });

  it("goes to a page by g and its letter, and tells of it under ?", async () => {
    const { user, router } = openWindow("/lineage");
    await screen.findByTestId("environment");
    await user.keyboard("gp");
    await waitFor(() => expect(router.state.location.pathname).toBe("/portfolio"));
    await user.keyboard("?");
    expect(await screen.findByRole("dialog", { name: "Keys" })).toHaveTextContent("Portfolio");
  });

  it("halts after a confirmation, says since when, and resumes after another", async () => {
    const { user, host } = openWindow("/strategies");
    await user.click(await screen.findByRole("button", { name: "Halt" }));
    const asked = await screen.findByRole("alertdialog", { name: "Halt trading?" });
    expect(host.calls.some(({ command }) => command === "halt")).toBe(false);
    await user.click(within(asked).getByRole("button", { name: "Halt trading" }));
    expect(await screen.findByText(/^Halted .* by the window$/)).toBeVisible();
    await user.click(screen.getByRole("button", { name: "Resume" }));
    await user.click(await screen.findByRole("button", { name: "Resume trading" }));
    expect(await screen.findByRole("button", { name: "Halt" })).toBeVisible();
  });

  it("moves the sandbox to the next close", async () => {
    const { user, host } = openWindow("/strategies");
    await user.click(await screen.findByTitle("The sandbox clock"));
    await user.click(await screen.findByRole("button", { name: /To the next close/ }));
    await waitFor(() =>
      expect(host.calls).toContainEqual({
        command: "sandbox_advance",
        request: { to: "2012-07-23T20:00:00.000Z" },
      }),
    );
  });

  it("refuses a day that lies before the present or outside the data", async () => {
    const { user, host } = openWindow("/strategies");
    await user.click(await screen.findByTitle("The sandbox clock"));
    const field = await screen.findByRole("textbox", { name: "To the close of this day" });
    for (const [day, fault] of [
      ["2012-02-30", /Write a day/],
      ["2012-01-03", /before the sandbox's present/],
      ["2031-01-03", /Prices end on 2013-03-01/],
    ] as const) {
      await user.clear(field);
      await user.type(field, day);
      await user.click(screen.getByRole("button", { name: "To its close" }));
      expect(await screen.findByText(fault)).toBeVisible();
    }
    expect(host.calls.some(({ command }) => command === "sandbox_advance")).toBe(false);
  });

  it("has a palette with verbs", async () => {
    const { user, host } = openWindow("/strategies");
    await screen.findByTestId("environment");
    await user.keyboard("{Control>}k{/Control}");
    await user.type(await screen.findByPlaceholderText("Run, go to, open…"), "run momentum");
    await user.keyboard("{Enter}");
    await waitFor(() =>
      expect(host.calls.some(({ command }) => command === "strategy_run")).toBe(true),
    );
  });

  it("fetches everything again when events were lost", async () => {
    const host = new FakeHost(RECORDING, 1);
    openWindow("/strategies", host);
    await screen.findByRole("table", { name: "Strategies" });
    const asked = () => host.calls.filter(({ command }) => command === "strategies_list").length;
    const before = asked();
    act(() => {
      host.emit("orders");
    });
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(asked(), "an event about orders leaves strategies alone").toBe(before);
    act(() => {
      host.lose(3);
      host.emit("orders");
    });
    await waitFor(() => expect(asked()).toBe(before + 1));
  });

  it("says when the engine does not answer", async () => {
    const host = new FakeHost(RECORDING, 1);
    host.failures.set("status_get", {
      code: "internal",
      message: "The engine stopped.",
      hint: null,
    });
    openWindow("/strategies", host);
    expect(
      await screen.findByText(/The engine does not answer: The engine stopped./),
    ).toBeVisible();
  });

  it("keeps the chosen theme", async () => {
    const { user } = openWindow("/strategies");
    await user.click(await screen.findByRole("button", { name: /^Theme/ }));
    await user.click(await screen.findByRole("menuitemradio", { name: "Dark" }));
    expect(document.documentElement.dataset["theme"]).toBe("dark");
    expect(localStorage.getItem("throughline.theme")).toBe("dark");
  });
});

describe("Strategies", () => {
  it("lists every strategy, and runs the chosen one by its button", async () => {
    const { user, router } = openWindow("/strategies");
    const table = await screen.findByRole("table", { name: "Strategies" });
    expect(within(table).getAllByRole("row")).toHaveLength(RECORDING.strategies.length + 1);
    await user.click(screen.getByTestId("run-now"));
    await waitFor(() =>
      expect(router.state.location.pathname).toMatch(/^\/lineage\/sample-played/),
    );
  });

  it("pauses a schedule at once, and takes it back", async () => {
    const { user } = openWindow("/strategies");
    const name = "Schedule of Momentum daily";
    await user.click(await screen.findByRole("switch", { name }));
    await waitFor(() => expect(screen.getByRole("switch", { name })).not.toBeChecked());
    await pressInToast(user, "Undo");
    await waitFor(() => expect(screen.getByRole("switch", { name })).toBeChecked());
  });

  it("says why a run was refused", async () => {
    const host = new FakeHost(RECORDING, 1);
    host.failures.set("strategy_run", {
      code: "not_now",
      message: "AAPL has no prices after 2013-03-01.",
      hint: "Import newer prices.",
    });
    const { user } = openWindow("/strategies", host);
    await user.click(await screen.findByTestId("run-now"));
    expect(await screen.findByText(/has no prices after 2013-03-01. Import newer/)).toBeVisible();
  });

  it("has no faults that axe can see", async () => {
    openWindow("/strategies");
    await screen.findByRole("table", { name: "Strategies" });
    expect(await faults()).toEqual([]);
  });
});

describe("C1: Portfolio", () => {
  it("C1.1 shows value, cash, positions and both kinds of profit", async () => {
    openWindow("/portfolio");
    const terms = await screen.findAllByRole("term");
    expect(terms.map((term) => term.textContent)).toEqual(
      expect.arrayContaining(["Value", "Cash", "Positions", "Realised P&L", "Unrealised P&L"]),
    );
  });

  it("shows a missing price as missing, with the reason, and never as 0", async () => {
    openWindow("/portfolio");
    const table = await screen.findByRole("table", { name: "Positions" });
    const goog = within(table).getByText("GOOG").closest("tr");
    expect(goog).toHaveTextContent("There is no last price for it");
    expect(goog).not.toHaveTextContent("0.00 %");
  });

  it("leads from a trade to the decision behind it", async () => {
    openWindow("/portfolio");
    const table = await screen.findByRole("table", { name: "Closed trades" });
    const [trade] = RECORDING.portfolio.trades;
    expect(within(table).getAllByRole("link")[0]).toHaveAttribute(
      "href",
      `#/lineage/${trade?.entry_execution_id ?? ""}`,
    );
  });

  it("sorts by amount, not by text", async () => {
    const { user } = openWindow("/portfolio");
    const table = await screen.findByRole("table", { name: "Positions" });
    const symbols = () =>
      within(table)
        .getAllByRole("row")
        .slice(1)
        .map((row) => row.querySelector("td .font-semibold")?.textContent);
    await user.click(within(table).getByRole("button", { name: "Shares" }));
    expect(symbols()).toEqual(["MSFT", "IBM", "GOOG"]);
    await user.click(within(table).getByRole("button", { name: "Shares" }));
    expect(symbols()).toEqual(["GOOG", "IBM", "MSFT"]);
  });

  it("has no faults that axe can see", async () => {
    openWindow("/portfolio");
    await screen.findByRole("table", { name: "Positions" });
    expect(await faults()).toEqual([]);
  });

  it("says so when nothing is held and nothing was traded", async () => {
    const portfolio = { ...RECORDING.portfolio, positions: [], trades: [], history: [] };
    openWindow("/portfolio", new FakeHost({ ...RECORDING, portfolio }, 1));
    expect(await screen.findByText("Nothing is held")).toBeVisible();
    expect(screen.getByText("No trade has closed yet")).toBeVisible();
    expect(screen.getByText("No day has closed yet")).toBeVisible();
  });
});
