import { screen, waitFor, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";

import { grouped } from "@/features/outages/groups";
import { FakeHost } from "@/host/fake";
import { LIVE_CONNECTION } from "@/test/fixtures/connections";
import { RECORDING } from "@/test/recorded";
import { faults, openWindow } from "@/test/window";

const requests = (host: FakeHost) =>
  host.calls.filter(({ command }) => command === "fault_set").map(({ request }) => request);

describe("the outage lab", () => {
  it.each([
    ["cut_line", "Line"],
    ["penalty_once", "Line"],
    ["redirect_to_login", "Session"],
    ["not_authenticated_once", "Session"],
    ["brokerage_session_missing", "Session"],
    ["clock_jump", "Session"],
    ["refuse_next_order", "Orders"],
    ["bracket_rows_reversed", "Orders"],
    ["unknown_status_word", "Orders"],
    ["fill_after_cancel", "Fills"],
    ["order_stream_refused", "Push"],
    ["stop_smd_after_minutes", "Push"],
    ["delayed_quotes", "Market data"],
    ["forced_liquidation", "Account"],
    ["manual_trade_elsewhere", "Account"],
    ["one_that_is_not_known_yet", "Line"],
  ])("puts %s under %s", (name, title) => {
    const [fault] = RECORDING.faults;
    if (!fault) throw new Error("The recording holds no fault.");
    expect(grouped([{ ...fault, name }]).map((group) => group.title)).toEqual([title]);
  });

  it("groups every fault by what it strikes", async () => {
    openWindow("/outages");
    const group = async (name: string) => within(await screen.findByRole("region", { name }));
    expect((await group("Line")).getByText("Cut the line")).toBeVisible();
    expect((await group("Session")).getByText("Midnight reset")).toBeVisible();
    expect((await group("Orders")).getByText("Lose the answer to an order")).toBeVisible();
    expect((await group("Fills")).getByText("Repeat fills")).toBeVisible();
    expect((await group("Push")).getByText("A socket that only beats")).toBeVisible();
    expect((await group("Account")).getByText("A trade elsewhere")).toBeVisible();
    expect(screen.getAllByRole("switch")).toHaveLength(RECORDING.faults.length);
  });

  it("switches a fault on, and all of them off", async () => {
    const { user, host } = openWindow("/outages");
    await user.click(await screen.findByRole("switch", { name: "HTML with status 200" }));
    await waitFor(() =>
      expect(screen.getByRole("switch", { name: "HTML with status 200" })).toBeChecked(),
    );
    host.calls.length = 0;
    await user.click(screen.getByRole("button", { name: "All off" }));
    expect(await screen.findByText("Every fault is off.")).toBeVisible();
    const off = { is_on: false, from: null, until: null };
    expect(requests(host)).toEqual([
      { name: "cut_line", ...off },
      { name: "penalty_box", ...off },
      { name: "html_200", ...off },
    ]);
  });

  it("says which fault would not go off", async () => {
    const host = new FakeHost(RECORDING, 1);
    host.failures.set("fault_set", { code: "not_now", message: "Busy.", hint: null });
    const { user } = openWindow("/outages", host);
    await user.click(await screen.findByRole("button", { name: "All off" }));
    expect(await screen.findByText("Not every fault is off.")).toBeVisible();
    expect(screen.getByText("Cut the line, 429 with the penalty")).toBeVisible();
  });

  it("schedules a fault on the sandbox clock", async () => {
    const { user, host } = openWindow("/outages");
    await user.click(await screen.findByRole("button", { name: "Schedule Midnight reset" }));
    const form = within(screen.getByRole("form", { name: "Schedule of Midnight reset" }));
    const from = form.getByRole("textbox", { name: /^From/ });
    expect(from).toHaveValue("2012-07-20 16:00");
    await user.clear(from);
    await user.type(from, "2012-07-23 09:30");
    await user.type(form.getByRole("textbox", { name: /^Until/ }), "2012-07-23 09:00");
    await user.click(form.getByRole("button", { name: "Set" }));
    expect(await form.findByText("It has to end after it begins.")).toBeVisible();
    expect(requests(host)).toEqual([]);
    await user.clear(form.getByRole("textbox", { name: /^Until/ }));
    await user.type(form.getByRole("textbox", { name: /^Until/ }), "2012-07-23 10:00");
    await user.click(form.getByRole("button", { name: "Set" }));
    await waitFor(() =>
      expect(requests(host)).toEqual([
        {
          name: "midnight_reset",
          is_on: true,
          from: "2012-07-23T13:30:00.000Z",
          until: "2012-07-23T14:00:00.000Z",
        },
      ]),
    );
    expect(await screen.findByText(/23 Jul 09:30 to 23 Jul 10:00 ET/)).toBeVisible();
  });

  it("is searched by / and what is typed", async () => {
    const { user } = openWindow("/outages");
    await screen.findByText("Cut the line");
    await user.keyboard("/");
    await user.keyboard("fifteen minutes");
    await waitFor(() => expect(screen.getAllByRole("switch")).toHaveLength(1));
    await user.keyboard("zzz");
    expect(await screen.findByText("No fault fits")).toBeVisible();
  });

  it("is only in the sandbox", async () => {
    const status = { ...RECORDING.status, environment: "live" as const, clock_mode: "paused" };
    openWindow("/outages", new FakeHost({ ...RECORDING, status, connection: LIVE_CONNECTION }, 1));
    expect(await screen.findByText("There is an outage lab in the sandbox only")).toBeVisible();
    expect(screen.queryByTestId("nav-outages")).toBeNull();
    expect(screen.queryByRole("switch")).toBeNull();
  });

  it("has no faults that axe can see", async () => {
    const { user } = openWindow("/outages");
    await user.click(await screen.findByRole("button", { name: "Schedule Midnight reset" }));
    expect(await faults()).toEqual([]);
  });

  it("says what is wrong when the faults cannot be read, and tries again", async () => {
    const host = new FakeHost(RECORDING, 1);
    host.failures.set("faults_list", { code: "internal", message: "No switchboard.", hint: null });
    const { user } = openWindow("/outages", host);
    expect(await screen.findByText("No switchboard.")).toBeVisible();
    host.failures.clear();
    await user.click(screen.getByRole("button", { name: "Retry" }));
    expect(await screen.findByText("Cut the line")).toBeVisible();
  });

  it("says so when a gateway has no switches", async () => {
    openWindow("/outages", new FakeHost({ ...RECORDING, faults: [] }, 1));
    expect(await screen.findByText("This gateway has no switches")).toBeVisible();
  });
});
