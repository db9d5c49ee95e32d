import { screen, waitFor, within } from "@testing-library/react";
import { describe, expect, it, vi } from "vitest";

import { marksOf } from "@/features/portfolio/history";
import { portfolioSearch } from "@/features/portfolio/search";
import type { PnlDto } from "@/gen/types";
import { FakeHost } from "@/host/fake";
import { add, subtract } from "@/lib/decimal";
import { RECORDING } from "@/test/recorded";
import { faults, openWindow } from "@/test/window";

// jsdom has no canvas; the chart itself is looked at in a browser.
vi.mock("@/charts/value-chart", () => ({
  ValueChart: class {
    show = vi.fn();
    dispose = vi.fn();
  },
}));

const { portfolio } = RECORDING;

/** The amounts of the groups and of what stands under its own name, together. */
const together = ({ groups, remainders }: PnlDto): string =>
  [...groups.map(({ net }) => net), ...remainders.map(({ amount }) => amount)].reduce<string>(
    (sum, amount) => add(sum, amount ?? "0") ?? sum,
    "0",
  );

describe("the tab Why", () => {
  it("shows groups and named parts that add up to the change", async () => {
    const { host } = openWindow("/portfolio?tab=why");
    const list = await screen.findByRole("list", { name: "Profit and loss by group" });
    expect(within(list).getByText("Unrealised")).toBeVisible();
    const pnl = await host.rpc("pnl_get", { by: "strategy", from: null, to: null });
    expect(within(list).getAllByRole("button")).toHaveLength(pnl.groups.length);
    expect(subtract(together(pnl), pnl.change)).toMatch(/^-?0(\.0+)?$/);
    expect(screen.getByText("Change of the account")).toBeVisible();
  });

  it("leads in two presses from a bar to the step that placed the order", async () => {
    const { user } = openWindow("/portfolio?tab=why");
    const list = await screen.findByRole("list", { name: "Profit and loss by group" });
    const [trade] = portfolio.trades;
    await user.click(
      within(list).getByRole("button", { name: new RegExp(`^${trade?.strategy_id ?? "none"}:`) }),
    );
    const lots = await screen.findByRole("table", { name: `Lots of ${trade?.strategy_id ?? ""}` });
    const [entry] = within(lots).getAllByRole("link", { name: /^Why: the entry of/ });
    expect(entry).toHaveAttribute(
      "href",
      `#/lineage/${trade?.entry_execution_id ?? ""}?step=place_order`,
    );
  });

  it("leads in two presses from an amount of the overview to that step", async () => {
    const first = openWindow("/portfolio");
    expect(
      await screen.findByRole("link", { name: "Why: what Realised P&L consists of" }),
    ).toHaveAttribute("href", "#/portfolio?tab=why");
    // As the press does in the window, whose address is behind the #.
    await first.router.navigate({ to: "/portfolio", search: { tab: "why" } });
    const lots = await screen.findByRole("table", { name: "All closed lots" });
    expect(within(lots).getAllByRole("row").slice(1)).toHaveLength(portfolio.trades.length);
    expect(within(lots).getAllByRole("link", { name: /^Why: the exit of/ })[0]).toHaveAttribute(
      "href",
      expect.stringContaining("?step=place_order"),
    );
  });

  it("groups anew by a press, and keeps the grouping in the address", async () => {
    const { user, router } = openWindow("/portfolio?tab=why&group=sample");
    await screen.findByRole("table", { name: "Lots of sample" });
    await user.click(screen.getByRole("radio", { name: "Closed by" }));
    await waitFor(() => expect(router.state.location.search).toMatchObject({ by: "exit_cause" }));
    expect(router.state.location.search).not.toHaveProperty("group");
    const list = await screen.findByRole("list", { name: "Profit and loss by group" });
    expect(within(list).getByRole("button", { name: /target/ })).toBeVisible();
  });

  it("says what is not known instead of showing nothing", async () => {
    openWindow("/portfolio?tab=why&from=2012-07-01");
    const list = await screen.findByRole("list", { name: "Profit and loss by group" });
    expect(within(list).getByText("Dividends, interest, fees, deposits")).toBeVisible();
    expect(within(list).getAllByText(/Known from the opening until now/)[0]).toBeInTheDocument();
  });

  it("says what failed, with a way to try again", async () => {
    const host = new FakeHost(RECORDING, 1);
    host.failures.set("pnl_get", { code: "storage", message: "the disk is full", hint: null });
    const { user } = openWindow("/portfolio?tab=why", host);
    const alert = await screen.findByRole("alert");
    expect(alert).toHaveTextContent("The profit and loss could not be read.");
    host.failures.clear();
    await user.click(within(alert).getByRole("button", { name: /Retry/ }));
    expect(await screen.findByText("Where the money came from")).toBeVisible();
  });

  it("is empty without a trade", async () => {
    const state = { ...portfolio.state, net_liquidation: portfolio.starting_cash };
    const bare = { ...portfolio, trades: [], positions: [], history: [], state };
    openWindow("/portfolio?tab=why", new FakeHost({ ...RECORDING, portfolio: bare }, 1));
    expect(await screen.findByText("Nothing has changed the account in this time")).toBeVisible();
  });

  it("has no faults that axe can see", async () => {
    openWindow("/portfolio?tab=why&group=sample");
    await screen.findByRole("table", { name: /^Lots of/ });
    expect(await faults()).toEqual([]);
  });
});

describe("the tab Statistics", () => {
  it("tells the formula of every number", async () => {
    const { user } = openWindow("/portfolio?tab=statistics&benchmark=IBM");
    await screen.findByText("Sharpe ratio");
    const questions = screen.getAllByRole("button", { name: /^What is/ });
    expect(questions).toHaveLength(screen.getAllByRole("term").length);
    await user.click(screen.getByRole("button", { name: "What is “Sortino ratio”?" }));
    const told = await screen.findByRole("dialog", { name: "Sortino ratio" });
    expect(told).toHaveTextContent("mean(min(r, 0)²)");
  });

  it("says why there is no benchmark", async () => {
    openWindow("/portfolio?tab=statistics&benchmark=AAPL");
    expect(
      await screen.findByText(/No execution has recorded daily bars of AAPL\. Choose another/),
    ).toBeVisible();
    expect(screen.queryByText("Beta")).toBeNull();
  });

  it("shows nothing in the place of numbers that there are not", async () => {
    const bare = { ...portfolio, history: [] };
    openWindow("/portfolio?tab=statistics", new FakeHost({ ...RECORDING, portfolio: bare }, 1));
    expect(await screen.findByText("No day has closed in this time")).toBeVisible();
    expect(screen.queryByText("Sharpe ratio")).toBeNull();
  });

  it("has no faults that axe can see", async () => {
    openWindow("/portfolio?tab=statistics&benchmark=IBM");
    await screen.findByText("Sharpe ratio");
    expect(await faults()).toEqual([]);
  });
});

describe("the tab History", () => {
  it("C3.2 lists thirty days a page, newest first, and marks what was made good later", async () => {
    const { user } = openWindow("/portfolio?tab=history");
    const table = await screen.findByRole("table", { name: "Value at each close" });
    const rows = within(table).getAllByRole("row").slice(1);
    expect(rows).toHaveLength(30);
    expect(rows[0]).toHaveTextContent(portfolio.history.at(-1)?.date ?? "none");
    expect(within(table).getByText("rebuilt").closest("tr")).toHaveTextContent("2012-07-05");
    await user.click(screen.getByRole("button", { name: "Older" }));
    await waitFor(() =>
      expect(screen.getByRole("navigation", { name: "Pages of days" })).toHaveTextContent(
        "31 to 60",
      ),
    );
  });

  it("narrows to days", async () => {
    openWindow("/portfolio?tab=history&from=2012-07-02&until=2012-07-06");
    const table = await screen.findByRole("table", { name: "Value at each close" });
    const days = portfolio.history.filter(
      ({ date }) => date >= "2012-07-02" && date <= "2012-07-06",
    );
    expect(days.length).toBeGreaterThan(0);
    expect(within(table).getAllByRole("row").slice(1)).toHaveLength(days.length);
  });

  it("marks the days of trades, with what they came to together", () => {
    const [trade] = portfolio.trades;
    if (!trade) throw new Error("no trade was recorded");
    const lost = { ...trade, realized_pnl: "-5000.00" };
    expect(marksOf([trade])).toEqual([
      { date: "2012-06-18", kind: "open", trades: 1 },
      { date: "2012-07-19", kind: "gain", trades: 1 },
    ]);
    expect(marksOf([trade, lost]).at(-1)).toEqual({
      date: "2012-07-19",
      kind: "loss",
      trades: 2,
    });
  });
});

describe("the tab Overview", () => {
  it("C5.1 tells how far stop and target are, and of which lots a position is", async () => {
    const { user } = openWindow("/portfolio");
    const table = await screen.findByRole("table", { name: "Positions" });
    const msft = within(table).getByText("MSFT").closest("tr");
    expect(msft).toHaveTextContent("9.76 % off");
    await user.click(within(table).getByRole("button", { name: /shares of MSFT/ }));
    const lots = await screen.findByRole("table", { name: "Lots of MSFT" });
    expect(within(lots).getAllByRole("row").slice(1)).toHaveLength(2);
    expect(within(lots).getAllByRole("link")[0]).toHaveAttribute(
      "href",
      expect.stringContaining("?step=place_order"),
    );
  });

  it("C1.1 asks for the cash by currency when a person wants it, on the sandbox", async () => {
    const { host, user } = openWindow("/portfolio");
    await screen.findByRole("table", { name: "Positions" });
    const asked = () => host.calls.filter(({ command }) => command === "balances_get").length;
    expect(asked()).toBe(0);
    await user.click(screen.getByRole("button", { name: "Ask IBKR" }));
    const table = await screen.findByRole("table", { name: "Cash by currency" });
    expect(within(table).getByText("USD").closest("tr")).toHaveTextContent("57,313.27");
    expect(within(table).getByText("IBKR did not say")).toBeInTheDocument();
    expect(asked()).toBe(1);
  });

  it("changes the view by a key", async () => {
    const { user, router } = openWindow("/portfolio");
    await screen.findByRole("table", { name: "Positions" });
    await user.keyboard("3");
    await waitFor(() => expect(router.state.location.search).toEqual({ tab: "statistics" }));
  });
});

describe("the address of the page", () => {
  it("keeps what makes sense and drops the rest", () => {
    expect(
      portfolioSearch({ tab: "why", by: "hour", from: "2012-07-02", until: "soon", offset: -3 }),
    ).toEqual({ tab: "why", by: "hour", from: "2012-07-02" });
    expect(portfolioSearch({ tab: "overview", by: "colour", group: 7 })).toEqual({});
  });
});
