import { screen, waitFor, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";

import { executionsSearch, marked } from "@/features/executions/search";
import { FakeHost } from "@/host/fake";
import { RECORDING } from "@/test/recorded";
import { faults, openWindow } from "@/test/window";

const GOOG = "sample-goog-20120720T200000Z-91c2";
const rows = async () =>
  within(await screen.findByRole("table", { name: "Executions" }))
    .getAllByRole("row")
    .slice(1);
const requests = (host: FakeHost, command: string) =>
  host.calls.filter((call) => call.command === command).map(({ request }) => request);
const searches = (host: FakeHost) =>
  requests(host, "executions_search") as { limit: number; offset: number }[];

describe("A4: Executions", () => {
  it("A4.2 lists at most 100, newest first, each with its outcome and a way to its lineage", async () => {
    const { user, host } = openWindow("/executions");
    const listed = await rows();
    expect(listed).toHaveLength(100);
    expect(listed[0]).toHaveTextContent("2012-07-20 16:00");
    const [first] = listed;
    expect(
      within(first as HTMLElement)
        .getByRole("link")
        .getAttribute("href"),
    ).toMatch(/^#\/lineage\//);
    await user.click(screen.getByRole("button", { name: "Older" }));
    await waitFor(() =>
      expect(searches(host)).toContainEqual(expect.objectContaining({ offset: 100, limit: 100 })),
    );
    expect(await screen.findByText(/^101 to 200 of/)).toBeVisible();
  });

  it("is reached by g e", async () => {
    const { user, router } = openWindow("/strategies");
    await screen.findByTestId("environment");
    await user.keyboard("ge");
    await waitFor(() => expect(router.state.location.pathname).toBe("/executions"));
  });

  it.each([
    ["Trigger", "By hand", { trigger: "manual" }],
    ["Status", "Failed", { status: "failed" }],
    ["Outcome", "Refused by risk", { outcome: "refused" }],
    ["Signal", "SELL", { action: "SELL" }],
    ["Strategy", "Momentum daily", { strategy_id: "sample" }],
    ["Symbol", "IBM", { symbol: "IBM" }],
  ])("narrows by %s, and keeps that in the address", async (label, choice, expected) => {
    const { user, host, router } = openWindow("/executions");
    await rows();
    await user.click(await screen.findByRole("button", { name: `${label} all` }));
    await user.click(await screen.findByRole("menuitemradio", { name: choice }));
    await waitFor(() => expect(searches(host)).toContainEqual(expect.objectContaining(expected)));
    expect(Object.values(router.state.location.search)).toEqual(Object.values(expected));
    await user.click(await screen.findByRole("button", { name: "Clear" }));
    await waitFor(() => expect(router.state.location.search).toEqual({}));
  });

  it("asks for whole days of the exchange, out of the address", async () => {
    const { host } = openWindow("/executions?from=2012-06-01&until=2012-06-15&action=BUY");
    await rows();
    expect(searches(host)[0]).toMatchObject({
      from: "2012-06-01T04:00:00.000Z",
      until: "2012-06-16T04:00:00.000Z",
      action: "BUY",
      offset: 0,
    });
    expect(screen.getByRole("button", { name: "Signal BUY" })).toBeVisible();
  });

  it("looks for letters once the typing pauses", async () => {
    const { user, host, router } = openWindow("/executions");
    await rows();
    await user.keyboard("/");
    expect(screen.getByRole("searchbox", { name: "Search executions" })).toHaveFocus();
    await user.keyboard("ibm");
    await waitFor(() =>
      expect(searches(host)).toContainEqual(expect.objectContaining({ text: "ibm" })),
    );
    expect(router.state.location.search).toEqual({ text: "ibm" });
    expect(searches(host).filter((each) => "text" in each && each.text === "i")).toEqual([]);
    await user.keyboard("{Escape}");
    await waitFor(() => expect(router.state.location.search).toEqual({}));
  });

  it("leaves out of the address what makes no sense", () => {
    expect(
      executionsSearch({ status: "<b>", from: "2012", offset: -3, trigger: "manual", text: 2012 }),
    ).toEqual({ trigger: "manual", text: "2012" });
  });

  it("moves by j and k, opens by Enter", async () => {
    const { user } = openWindow("/executions");
    const listed = await rows();
    await user.keyboard("jjk");
    expect(listed[0]).toHaveAttribute("aria-current", "true");
    await user.keyboard("{Enter}");
    expect(window.location.hash).toMatch(/^#\/lineage\//);
  });

  it("compares two by keys, marks what differs, swaps and ends it", async () => {
    const { user, router } = openWindow("/executions?action=BUY&symbol=GOOG&from=2012-06-20");
    await rows();
    await user.keyboard("jc");
    expect(await screen.findByText(/choose another to compare it with/)).toBeVisible();
    await user.keyboard("jjc");
    const told = within(await screen.findByTestId("comparison-story"));
    await told.findByRole("region", { name: "Decision" });
    const { first, second } = router.state.location.search as { first: string; second: string };
    expect(first).not.toBe(second);
    const decision = within(told.getByRole("region", { name: "Decision" }));
    const line = (label: string) => decision.getByText(label).closest("tr");
    expect(line("Signal")).toHaveAttribute("data-differs", "false");
    expect(line("Entry")).toHaveAttribute("data-differs", "true");
    expect(told.getByRole("link", { name: "Lineage of the first" })).toHaveAttribute(
      "href",
      `#/lineage/${encodeURIComponent(first)}`,
    );
    expect(await faults()).toEqual([]);
    await user.keyboard("s");
    await waitFor(() =>
      expect(router.state.location.search).toMatchObject({ first: second, second: first }),
    );
    await user.keyboard("{Escape}");
    await waitFor(() =>
      expect(router.state.location.search).toEqual({
        action: "BUY",
        symbol: "GOOG",
        from: "2012-06-20",
      }),
    );
  });

  it("tells the difference of the values and why there is none", async () => {
    const ids = RECORDING.signals
      .filter(({ signal }) => signal.net_profit_loss !== null)
      .map(({ signal }) => signal.execution_id);
    const hold = RECORDING.signals.find(({ signal }) => signal.action === "HOLD");
    openWindow(
      `/executions?status=failed&first=${ids[0] ?? ""}&second=${hold?.signal.execution_id ?? ""}`,
    );
    const told = within(await screen.findByTestId("comparison-story"));
    const net = (await told.findByText("Net P&L, USD")).closest("tr");
    expect(net).toHaveTextContent("Nothing is traded on a HOLD");
    expect(net).toHaveAttribute("data-differs", "true");
    const confidence = told.getByText("Confidence").closest("tr");
    expect(confidence?.lastChild).toHaveTextContent(/^[+−]\d/);
  });

  it("says which of the two could not be read", async () => {
    openWindow(`/executions?status=failed&first=${GOOG}&second=nowhere`);
    expect(await screen.findByText("One of the two could not be read.")).toBeVisible();
    expect(screen.getByText(/There is no execution "nowhere"/)).toBeVisible();
  });

  it("takes an execution into the comparison and out again", () => {
    expect(marked({}, "a")).toEqual({ first: "a" });
    expect(marked({ first: "a" }, "b")).toEqual({ first: "a", second: "b" });
    expect(marked({ first: "a", second: "b" }, "c")).toEqual({ first: "a", second: "c" });
    expect(marked({ first: "a", second: "b", symbol: "IBM" }, "a")).toEqual({
      first: "b",
      symbol: "IBM",
    });
    expect(marked({ first: "a" }, "a")).toEqual({});
  });

  it("leads on when nothing has run, and when nothing fits", async () => {
    const host = new FakeHost({ ...RECORDING, lineages: [], past: [] }, 1);
    const { user, router } = openWindow("/executions?symbol=IBM", host);
    expect(await screen.findByText("No execution fits")).toBeVisible();
    await user.click(screen.getByRole("button", { name: "Show all" }));
    expect(await screen.findByText("Nothing has run yet")).toBeVisible();
    expect(router.state.location.search).toEqual({});
  });

  it("says what is wrong when they cannot be read, and tries again", async () => {
    const host = new FakeHost(RECORDING, 1);
    host.failures.set("executions_search", { code: "storage", message: "Cut short.", hint: null });
    const { user } = openWindow("/executions", host);
    expect(await screen.findByText("The executions could not be read.")).toBeVisible();
    host.failures.clear();
    await user.click(screen.getByRole("button", { name: "Retry" }));
    expect(await rows()).toHaveLength(100);
  });

  it("has no faults that axe can see", async () => {
    openWindow("/executions?status=completed&from=2012-07-12");
    await rows();
    expect(await faults()).toEqual([]);
  });
});
