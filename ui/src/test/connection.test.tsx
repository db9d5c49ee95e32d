import { screen, waitFor, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";

import { addressFault } from "@/features/connection/environment";
import type { ConnectionDto } from "@/gen/types";
import { FakeHost } from "@/host/fake";
import { isWorking } from "@/lib/words";
import {
  ANOTHER,
  LIVE_CONNECTION,
  PAPER_CONNECTION,
  PINNED,
  SANDBOX_CONNECTION,
} from "@/test/fixtures/connections";
import { RECORDING } from "@/test/recorded";
import { faults, openWindow } from "@/test/window";

function open(connection: ConnectionDto, address = "/connection") {
  const status = {
    ...RECORDING.status,
    environment: connection.environment,
    ...(connection.environment === "sandbox" ? {} : { clock_mode: "paused" }),
  };
  return openWindow(address, new FakeHost({ ...RECORDING, status, connection }, 1));
}

const requests = (host: FakeHost, command: string) =>
  host.calls.filter((call) => call.command === command).map(({ request }) => request);

describe("Connection", () => {
  it("says where the session stands, what shows it, and what to do", async () => {
    open(PAPER_CONNECTION);
    expect(await screen.findByTestId("gateway-state")).toHaveTextContent("Login needed");
    expect(screen.getByText(/302 Found/)).toBeVisible();
    expect(screen.getByText(/Log in on the gateway's page with the paper/)).toBeVisible();
    expect(
      screen.getByRole("button", { name: "Copy the address of the login page" }),
    ).toBeVisible();
    expect(screen.getByRole("timer", { name: "Next reset of the login" })).toHaveTextContent(
      "8:00:00",
    );
  });

  it("says whether the broker pushes, since when, and what the channel lacks", async () => {
    open(PAPER_CONNECTION);
    const up = (await screen.findByText("Push channel")).parentElement;
    expect(up).toHaveTextContent("Up");
    expect(screen.getByText("Last pushed").parentElement).toHaveTextContent("3 s ago");
    expect(screen.getByText(/refused to stream orders 2 times; they are polled/)).toBeVisible();
  });

  it("says why the push channel is down, and that the sandbox has none", async () => {
    const { push } = PAPER_CONNECTION;
    if (!push) throw new Error("The recording holds no push channel.");
    const down = { ...PAPER_CONNECTION, push: { ...push, connected_since: null } };
    open(down);
    expect((await screen.findByText("Push channel")).parentElement).toHaveTextContent("Down");
    expect(screen.getByText(/is down: the gateway closed the line/)).toBeVisible();
  });

  it.each([
    ["sandbox", SANDBOX_CONNECTION],
    ["paper", PAPER_CONNECTION],
    ["live", LIVE_CONNECTION],
  ])("has no faults that axe can see in %s", async (_name, connection) => {
    open(connection);
    await screen.findByTestId("gateway-state");
    expect(await faults()).toEqual([]);
  });

  it("asks to compare the certificate on first contact, and names the shipped one", async () => {
    const certificate = { fingerprint: PINNED, pinned: null, is_shipped: true };
    const { user, host } = open({
      ...PAPER_CONNECTION,
      state: "certificate_unknown",
      certificate,
    });
    expect(await screen.findByText(/First contact/)).toBeVisible();
    expect(screen.getByText(/ships with every copy of its gateway/)).toBeVisible();
    await user.click(screen.getByRole("button", { name: "It is the same: accept it" }));
    await waitFor(() =>
      expect(requests(host, "certificate_trust")).toEqual([{ fingerprint: PINNED }]),
    );
    expect(await screen.findByText("the accepted one")).toBeVisible();
  });

  it("stops hard at a changed certificate, with both fingerprints and no way to log in", async () => {
    const { user, host } = open({
      ...PAPER_CONNECTION,
      state: "certificate_changed",
      certificate: { fingerprint: ANOTHER, pinned: PINNED, is_shipped: false },
    });
    const stop = await screen.findByText(/^Stopped: the gateway shows another/);
    expect(stop.closest("[role=alert]")).toHaveTextContent("Accepted before");
    expect(screen.getByLabelText(`Accepted before: ${PINNED}`)).toBeVisible();
    expect(screen.getByLabelText(`Shown now: ${ANOTHER}`)).toBeVisible();
    expect(screen.queryByRole("button", { name: /login page/ })).toBeNull();
    await user.click(screen.getByRole("button", { name: "I know why it changed…" }));
    expect(requests(host, "certificate_trust")).toEqual([]);
    await user.click(await screen.findByRole("button", { name: "Accept the new certificate" }));
    await waitFor(() =>
      expect(requests(host, "certificate_trust")).toEqual([{ fingerprint: ANOTHER }]),
    );
  });

  it("takes a competing session over only after a confirmation", async () => {
    const { user, host } = open({ ...PAPER_CONNECTION, state: "competing" });
    await user.click(await screen.findByRole("button", { name: "Take over the session…" }));
    expect(requests(host, "connection_take_over")).toEqual([]);
    const asked = await screen.findByRole("alertdialog", { name: "Take over the session?" });
    await user.click(within(asked).getByRole("button", { name: "Take over the session" }));
    await waitFor(() => expect(requests(host, "connection_take_over")).toHaveLength(1));
  });

  it("shows alarms before other corrections, with the broker's own record", async () => {
    const { user } = open(SANDBOX_CONNECTION);
    const alarm = await screen.findByText(/Stop missing/);
    const other = screen.getByText(/External order/);
    expect(alarm.compareDocumentPosition(other)).toBe(Node.DOCUMENT_POSITION_FOLLOWING);
    await user.click(other);
    expect(screen.getByText('"Sold 25"')).toBeVisible();
  });

  it("counts the penalty down", async () => {
    open({
      ...SANDBOX_CONNECTION,
      state: "penalised",
      limiter: { ...SANDBOX_CONNECTION.limiter, penalty_ends: "2012-07-20T20:11:24Z" },
    });
    expect(await screen.findByRole("timer", { name: "End of the penalty" })).toHaveTextContent(
      "11:24",
    );
  });

  it("arms live only with the account typed and limits that make sense", async () => {
    const { user, host } = open(LIVE_CONNECTION);
    const arm = await screen.findByRole("button", { name: "Arm live trading for U1000001" });
    await user.click(arm);
    expect(await screen.findByText(/Type U1000001/)).toBeVisible();
    const type = async (name: RegExp, text: string) =>
      user.type(screen.getByRole("textbox", { name }), text);
    await type(/Most for one entry/, "5000");
    await type(/Most entries in a trading day/, "3");
    await type(/day's loss/, "400");
    await type(/Mandate ends/, "2013-07-20");
    await type(/^Account id/, "U1000002");
    await user.click(arm);
    expect(screen.getByText(/At most 90 days ahead/)).toBeVisible();
    expect(requests(host, "live_arm")).toEqual([]);
    await user.clear(screen.getByRole("textbox", { name: /^Account id/ }));
    await type(/^Account id/, "U1000001");
    await user.clear(screen.getByRole("textbox", { name: /Mandate ends/ }));
    await type(/Mandate ends/, "2012-08-17");
    await user.click(arm);
    await waitFor(() =>
      expect(requests(host, "live_arm")).toEqual([
        {
          typed_account_id: "U1000001",
          maximum_order_value: "5000",
          maximum_entries_per_day: 3,
          maximum_daily_loss: "400",
          ends_at: "2012-08-17T20:00:00.000Z",
        },
      ]),
    );
    await user.click(await screen.findByRole("button", { name: "Disarm live trading now" }));
    await waitFor(() => expect(requests(host, "live_disarm")).toHaveLength(1));
  });

  it("changes the environment for the next start, with an address on this computer", async () => {
    const { user, host } = open(SANDBOX_CONNECTION);
    await user.click(await screen.findByRole("radio", { name: "Paper" }));
    const address = screen.getByRole("textbox", { name: "Address of the gateway" });
    await user.clear(address);
    await user.type(address, "https://example.org:5000");
    const use = screen.getByRole("button", { name: "Use paper from the next start on" });
    await user.click(use);
    expect(await screen.findByText(/has to run on this computer/)).toBeVisible();
    expect(requests(host, "connection_set")).toEqual([]);
    await user.clear(address);
    await user.type(address, "https://localhost:5001");
    await user.click(use);
    await waitFor(() =>
      expect(requests(host, "connection_set")).toEqual([
        { environment: "paper", address: "https://localhost:5001" },
      ]),
    );
    expect(
      await screen.findByText("At the next start: paper at https://localhost:5001"),
    ).toBeVisible();
  });

  it("tells the newest events of the session with time and level, the rest on demand", async () => {
    const events = Array.from({ length: 11 }, (_, index) => ({
      at: `2012-07-20T19:${50 - index}:00Z`,
      level: index === 0 ? "alarm" : "information",
      sentence: `Event ${index + 1}.`,
    }));
    const { user } = open({ ...PAPER_CONNECTION, events });
    const list = await screen.findByRole("list", { name: "Events of the session, newest first" });
    const rows = within(list).getAllByRole("listitem");
    expect(rows).toHaveLength(8);
    expect(rows[0]).toHaveTextContent("Event 1.");
    expect(rows[0]).toHaveTextContent(/Alarm · .*15:50 ET/);
    expect(rows[1]).toHaveTextContent("Information");
    await user.click(screen.getByRole("button", { name: "3 earlier events" }));
    expect(within(list).getAllByRole("listitem")).toHaveLength(11);
  });

  it("restarts into the next environment only after saying what stays live", async () => {
    const { user, host } = open({
      ...PAPER_CONNECTION,
      next_start: { environment: "live", address: "https://localhost:5001" },
    });
    expect(
      await screen.findByText("At the next start: live at https://localhost:5001"),
    ).toBeVisible();
    expect(
      screen.getByText(/Until then orders go to paper .* Live means real money/),
    ).toBeVisible();
    expect(await faults()).toEqual([]);
    await user.click(screen.getByRole("button", { name: "Restart now" }));
    const asked = within(
      await screen.findByRole("alertdialog", { name: "Restart Throughline now?" }),
    );
    const live = RECORDING.orders.filter(({ status }) => isWorking(status) || status === "unknown");
    expect(live.length).toBeGreaterThan(1);
    expect(await asked.findByText(`${live.length} orders stay live at the broker:`)).toBeVisible();
    expect(asked.getByText(/Nothing here watches DU1000001 until/)).toBeVisible();
    expect(host.restarts).toBe(0);
    await user.click(asked.getByRole("button", { name: "Restart now" }));
    await waitFor(() => expect(host.restarts).toBe(1));
  });

  it("says so when the application cannot be started anew", async () => {
    const next_start = { environment: "sandbox" as const, address: null };
    const { user, host } = open({ ...PAPER_CONNECTION, next_start });
    host.restart = () => Promise.reject(new Error("The window may not do that."));
    await user.click(await screen.findByRole("button", { name: "Restart now" }));
    const asked = within(await screen.findByRole("alertdialog"));
    await user.click(asked.getByRole("button", { name: "Restart now" }));
    expect(await screen.findByText("The window may not do that.")).toBeVisible();
  });

  it("takes a choice for the next start back", async () => {
    const { user, host } = open({
      ...SANDBOX_CONNECTION,
      next_start: { environment: "paper", address: "https://localhost:5000" },
    });
    expect(
      await screen.findByRole("button", { name: "Use paper from the next start on" }),
    ).toBeDisabled();
    await user.click(screen.getByRole("radio", { name: "Sandbox" }));
    await user.click(screen.getByRole("button", { name: "Use sandbox from the next start on" }));
    await waitFor(() => expect(screen.queryByText(/^At the next start/)).toBeNull());
    expect(requests(host, "connection_set")).toEqual([{ environment: "sandbox", address: null }]);
  });

  it.each([
    ["https://localhost:5000", null],
    ["https://127.0.0.1:5000/", null],
    ["http://localhost:5000", /https only/],
    ["https://localhost.example.org", /this computer/],
    ["https://localhost@example.org", /this computer/],
    ["https://user@localhost:5000", /without a path/],
    ["https://localhost:5000/v1", /without a path/],
    ["localhost", /such as/],
  ])("judges the address %s", (address, fault) => {
    const said = addressFault(address);
    if (fault === null) expect(said).toBeNull();
    else expect(said).toMatch(fault);
  });

  it("says what is wrong when the connection cannot be read, and tries again", async () => {
    const host = new FakeHost(RECORDING, 1);
    host.failures.set("connection_get", {
      code: "broker",
      message: "The gateway's answer is no JSON.",
      hint: "Look whether another program has port 5000.",
    });
    const { user } = openWindow("/connection", host);
    expect(await screen.findByText("The gateway's answer is no JSON.")).toBeVisible();
    host.failures.clear();
    await user.click(screen.getByRole("button", { name: "Retry" }));
    expect(await screen.findByTestId("gateway-state")).toHaveTextContent("Ready");
  });
});

describe("the status strip", () => {
  it("says why entries are closed, on demand, from every page", async () => {
    const { user } = open(PAPER_CONNECTION, "/portfolio");
    expect(await screen.findByTestId("session")).toHaveTextContent("Login needed");
    expect(screen.getByTestId("blind")).toHaveTextContent("25 min");
    const entries = screen.getByTestId("entries");
    expect(entries).toHaveTextContent("Entries closed");
    await user.click(entries);
    expect(await screen.findByRole("dialog", { name: "Why entries are closed" })).toHaveTextContent(
      "There is no session in which orders can be sent.",
    );
  });

  it("halts and flattens only with the account typed, and shows the proof", async () => {
    const { user, host } = openWindow("/orders");
    await user.click(await screen.findByRole("button", { name: "Halt" }));
    const dialog = within(await screen.findByRole("alertdialog", { name: "Halt trading?" }));
    await user.click(dialog.getByRole("checkbox"));
    const act = dialog.getByRole("button", { name: "Halt and flatten DU1000001" });
    expect(act).toBeDisabled();
    await user.type(dialog.getByRole("textbox", { name: /^Account id/ }), "DU1000001");
    await user.click(act);
    expect(await screen.findByTestId("flatten-proof")).toHaveTextContent("The account is flat");
    expect(host.calls.filter(({ command }) => command === "halt" || command === "flatten")).toEqual(
      [
        { command: "halt", request: { reason: "Halted and flattened in the window" } },
        { command: "flatten", request: { account_id: "DU1000001" } },
      ],
    );
  });

  it("says in red when the account is not flat, and what is left", async () => {
    const flatten = {
      ...RECORDING.flatten,
      is_flat: false,
      sentence: "One position is left: the exchange is closed.",
      remaining_positions: ["AAPL 100"],
    };
    const { user } = openWindow("/orders", new FakeHost({ ...RECORDING, flatten }, 1));
    await user.click(await screen.findByRole("button", { name: "Halt" }));
    await user.click(await screen.findByRole("checkbox"));
    await user.type(screen.getByRole("textbox", { name: /^Account id/ }), "DU1000001{Enter}");
    const proof = await screen.findByTestId("flatten-proof");
    expect(proof).toHaveTextContent("The account is not flat");
    expect(proof).toHaveTextContent("AAPL 100");
  });

  it("flattens even where the halt fails", async () => {
    const host = new FakeHost(RECORDING, 1);
    host.failures.set("halt", { code: "storage", message: "The disk is full.", hint: null });
    const { user } = openWindow("/orders", host);
    await user.click(await screen.findByRole("button", { name: "Halt" }));
    await user.click(await screen.findByRole("checkbox"));
    await user.type(screen.getByRole("textbox", { name: /^Account id/ }), "DU1000001{Enter}");
    await waitFor(() => expect(requests(host, "flatten")).toHaveLength(1));
  });
});
