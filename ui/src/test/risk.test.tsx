import { screen, waitFor, within } from "@testing-library/react";
import { describe, expect, it, vi } from "vitest";

import { FakeHost } from "@/host/fake";
import { NO_LIMITS, RISK } from "@/test/fixtures/risk";
import { RECORDING } from "@/test/recorded";
import { faults, openWindow, pressInToast } from "@/test/window";

// jsdom has no canvas; the chart itself is looked at in a browser.
vi.mock("@/charts/value-chart", () => ({
  ValueChart: class {
    show = vi.fn();
    dispose = vi.fn();
  },
}));

const locked = () => new FakeHost({ ...RECORDING, risk: RISK }, 1);
const requests = (host: FakeHost, command: string) =>
  host.calls.filter((call) => call.command === command).map(({ request }) => request);

describe("Risk", () => {
  it("shows each lock with its cause, its end and the way to each trade", async () => {
    openWindow("/risk", locked());
    const locks = await screen.findByRole("list", { name: "Locks in force" });
    expect(locks).toHaveTextContent("2 of 2 losses by a stop within 10 days");
    expect(within(locks).getByRole("timer", { name: /^Opens: Stop-loss guard/ })).toHaveTextContent(
      "46:12:00",
    );
    const trades = within(locks).getByRole("list", { name: /^Trades that caused it/ });
    expect(within(trades).getAllByRole("link", { name: "Lineage" })).toHaveLength(2);
    expect(trades).toHaveTextContent("−412.80");
    expect(await faults()).toEqual([]);
  });

  it("opens a lock with a reason only, and keeps the reason in sight", async () => {
    const { user, host } = openWindow("/risk", locked());
    await user.click(await screen.findByRole("button", { name: /^Open Stop-loss guard/ }));
    const asked = within(await screen.findByRole("dialog"));
    expect(asked.getByRole("button", { name: "Open the lock" })).toBeDisabled();
    await user.type(asked.getByRole("textbox", { name: /Reason/ }), "the gap was a split");
    await user.click(asked.getByRole("button", { name: "Open the lock" }));
    await waitFor(() =>
      expect(requests(host, "protection_release")).toEqual([
        { lock_id: 7, reason: "the gap was a split" },
      ]),
    );
    expect(await screen.findByText(/No lock is in force/)).toBeVisible();
    expect(await screen.findByText(/the gap was a split/)).toBeVisible();
  });

  it("measures what of each limit is used", async () => {
    openWindow("/risk", locked());
    const meter = await screen.findByRole("meter", { name: "Most exposure" });
    expect(meter).toHaveAttribute("aria-valuetext", "44.10\u202f% of 60.00\u202f%");
    expect(screen.getByText(/above its warning: 44.10 %/)).toBeVisible();
    const watch = screen.getByRole("list", { name: "What the watch saw" });
    expect(watch).toHaveTextContent("stop 70.55, price 70.41 (real time)");
  });

  it("checks each limit beside its field, sets all of them, and takes them back", async () => {
    const { user, host } = openWindow("/risk", locked());
    await screen.findByRole("list", { name: "Limits of the account" });
    await user.keyboard("e");
    const form = within(await screen.findByRole("dialog", { name: "Limits of the account" }));
    const drawdown = form.getByRole("textbox", { name: /^Most drawdown/ });
    await user.type(drawdown, "120");
    expect(form.getByText("Above 0 and up to 100.")).toBeVisible();
    expect(form.getByRole("button", { name: "Set the limits" })).toBeDisabled();
    await user.clear(drawdown);
    await user.type(drawdown, "15");
    const positions = form.getByRole("textbox", { name: /^Most open positions/ });
    await user.clear(positions);
    await user.type(positions, "2.5");
    expect(form.getByText("A whole number, such as 5.")).toBeVisible();
    await user.clear(positions);
    await user.click(form.getByRole("button", { name: "Set the limits" }));
    const set = {
      ...NO_LIMITS,
      maximum_exposure_percent: "60",
      warn_exposure_percent: "40",
      maximum_daily_loss_percent: "2",
      maximum_drawdown_percent: "15",
    };
    await waitFor(() => expect(requests(host, "risk_limits_set")).toEqual([{ limits: set }]));
    await pressInToast(user, "Undo");
    await waitFor(() =>
      expect(requests(host, "risk_limits_set").at(-1)).toEqual({ limits: RISK.limits }),
    );
  });

  it("says on the dashboard that entries are locked, and nothing while none are", async () => {
    openWindow("/dashboard", locked());
    expect(await screen.findByText("Some entries are locked")).toBeVisible();
    expect(screen.getByText(/Exits pass\./)).toBeVisible();
    expect(screen.getByRole("link", { name: "Look at it" })).toHaveAttribute("href", "#/risk");
  });

  it("is silent on the dashboard while nothing is locked", async () => {
    const { host } = openWindow("/dashboard");
    await waitFor(() => expect(requests(host, "risk_get")).toHaveLength(1));
    expect(screen.queryByText(/entries are (locked|closed)/)).toBeNull();
  });

  it("says when every entry of the account is closed", async () => {
    const [lock] = RISK.locks;
    if (!lock) throw new Error("The fixture has a lock.");
    const account = {
      ...lock,
      lock: {
        ...lock.lock,
        kind: "drawdown_limit",
        reach: "account" as const,
        strategy_id: null,
        unlocks_at: null,
      },
    };
    const host = new FakeHost({ ...RECORDING, risk: { ...RISK, locks: [account] } }, 1);
    openWindow("/risk", host);
    expect(await screen.findByText("All entries are closed")).toBeVisible();
    expect(screen.getByText("until a person opens it")).toBeVisible();
  });

  it("names a lock on the risk card of the lineage, with the time it opens", async () => {
    const lineages = structuredClone(RECORDING.lineages);
    const lineage = lineages.find(({ execution }) => execution.outcome === "bought");
    const step = lineage?.steps.find(({ step_name: name }) => name === "check_risk");
    if (!lineage || !step) throw new Error("The recording has a bought position.");
    Object.assign(step.input as object, {
      standing: { locks: RISK.locks.map(({ lock }) => lock) },
    });
    Object.assign(step.output as object, { approved: false });
    openWindow(`/lineage/${lineage.execution.id}`, new FakeHost({ ...RECORDING, lineages }, 1));
    expect(await screen.findByText("Locked:")).toBeVisible();
    expect(screen.getByText(/It opens 2012-07-22 14:12 ET/)).toBeVisible();
  });
});
