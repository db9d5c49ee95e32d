import { screen, waitFor, within } from "@testing-library/react";
import { describe, expect, it, vi } from "vitest";

import { FakeHost } from "@/host/fake";
import type { Desktop, DesktopRequest } from "@/host/types";
import { RECORDING } from "@/test/recorded";
import { faults, openWindow, pressInToast } from "@/test/window";

async function entry(label: string): Promise<HTMLElement> {
  const heading = await screen.findByRole("heading", { level: 3, name: new RegExp(`^${label}`) });
  const found = heading.closest("li");
  if (!found) throw new Error(`There is no entry ${label}.`);
  return found;
}

/** A desktop for tests: it does nothing but remember. */
function fakeDesktop() {
  let ask: (request: DesktopRequest) => void = () => undefined;
  let startsAtLogin = false;
  const closeWindow = vi.fn(() => Promise.resolve());
  const quit = vi.fn(() => Promise.resolve());
  const desktop: Desktop = {
    listen: (onRequest) => {
      ask = onRequest;
      return Promise.resolve();
    },
    closeWindow,
    quit,
    startsAtLogin: () => Promise.resolve(startsAtLogin),
    setStartsAtLogin: (isOn) => {
      startsAtLogin = isOn;
      return Promise.resolve(startsAtLogin);
    },
  };
  return { desktop, closeWindow, quit, ask: (kind: DesktopRequest["kind"]) => ask({ kind }) };
}

describe("Notifications", () => {
  it("are reached by g n, counted in the side bar, and marked as read by r", async () => {
    const { user, router, host } = openWindow("/strategies");
    expect(await screen.findByTestId("badge-notifications")).toHaveTextContent("2 unread");
    await user.keyboard("gn");
    await waitFor(() => expect(router.state.location.pathname).toBe("/notifications"));
    expect(await screen.findAllByTestId("notification")).toHaveLength(3);
    expect(await faults()).toEqual([]);
    await user.keyboard("r");
    expect(await screen.findByText("all read")).toBeVisible();
    expect(host.calls).toContainEqual({ command: "notifications_read", request: { until: 14 } });
    await waitFor(() => expect(screen.queryByTestId("badge-notifications")).toBeNull());
  });

  it("lead to their cause and say what became of the webhook", async () => {
    openWindow("/notifications");
    const [first, , last] = await screen.findAllByTestId("notification");
    expect(first).toHaveAttribute("href", "#/orders?order=sample-1-entry");
    expect(first).toHaveTextContent("is tried again: it did not answer within 5 seconds");
    expect(last).toHaveTextContent("Webhook: it answered 204");
  });

  it("are narrowed to the unread and the urgent", async () => {
    const { user } = openWindow("/notifications");
    await screen.findAllByTestId("notification");
    await user.click(screen.getByRole("radio", { name: "Unread" }));
    expect(screen.getAllByTestId("notification")).toHaveLength(2);
    await user.click(screen.getByRole("radio", { name: "All" }));
    expect(screen.getAllByTestId("notification")).toHaveLength(3);
  });

  it("are said in passing when they are new, with the way to the cause", async () => {
    const host = new FakeHost(RECORDING, 1);
    const { user, router } = openWindow("/strategies", host);
    await screen.findByTestId("badge-notifications");
    const list = await host.rpc("notifications_list", {});
    const [newest] = list.notifications;
    if (!newest) throw new Error("The recording has no notification.");
    const fresh = {
      ...newest,
      id: 15,
      title: "Trading halted",
      sentence: "Trading is halted by the file: lunch.",
      link: "/connection",
    };
    vi.spyOn(host, "rpc").mockImplementation((command, request) =>
      command === "notifications_list"
        ? Promise.resolve({ unread: 3, notifications: [fresh, ...list.notifications] } as never)
        : FakeHost.prototype.rpc.call(host, command, request as never),
    );
    host.emit("notifications");
    expect(await screen.findByText("Trading is halted by the file: lunch.")).toBeVisible();
    await pressInToast(user, "Look");
    await waitFor(() => expect(router.state.location.pathname).toBe("/connection"));
  });
});

describe("Settings of notifications", () => {
  it("change one cell of the matrix and take it back", async () => {
    const { user, host } = openWindow("/settings");
    const matrix = await entry("What goes where");
    const cell = within(matrix).getByRole("checkbox", { name: "Order filled: Desktop" });
    expect(cell).toBeChecked();
    await user.click(cell);
    await waitFor(() => expect(matrix).toHaveTextContent("changed"));
    const { settings } = await host.rpc("notification_settings_get", {});
    expect(settings.routes.filter(({ native }) => !native).map(({ kind }) => kind)).toEqual([
      "order_filled",
      "session_restored",
      "resumed",
    ]);
    await user.click(
      within(matrix).getByRole("button", { name: "What goes where: back to the default" }),
    );
    await waitFor(() => expect(matrix).not.toHaveTextContent("changed"));
    expect(
      within(matrix).getByRole("checkbox", { name: "Webhook failed: Webhook" }),
    ).toBeDisabled();
    expect(await faults()).toEqual([]);
  });

  it("switch quiet hours on in the time of this computer", async () => {
    const { user, host } = openWindow("/settings");
    const quiet = await entry("Quiet hours");
    expect(quiet).toHaveTextContent("What is critical breaks through");
    await user.click(within(quiet).getByRole("switch", { name: "Quiet hours" }));
    expect(await within(quiet).findByLabelText("Quiet from")).toHaveValue("22:00");
    expect(quiet).toHaveTextContent("Europe/Berlin");
    const { settings } = await host.rpc("notification_settings_get", {});
    expect(settings.quiet_hours).toEqual({ from: "22:00", until: "07:00" });
  });

  it("keep an address, make a secret up that is shown once, and send a test", async () => {
    const { user, host } = openWindow("/settings");
    const webhook = await entry("Webhook");
    const inside = within(webhook);
    expect(inside.getByRole("switch", { name: "Webhook" })).toBeDisabled();
    await user.type(inside.getByLabelText(/^Address/), "http://example.org/hook");
    await user.click(inside.getByRole("button", { name: "Save the address" }));
    expect(await screen.findByText(/it must begin with https/)).toBeVisible();
    await user.clear(inside.getByLabelText(/^Address/));
    await user.type(inside.getByLabelText(/^Address/), "https://example.org/hook");
    await user.click(inside.getByRole("button", { name: "Save the address" }));
    await waitFor(() => expect(inside.getByRole("switch", { name: "Webhook" })).toBeEnabled());
    await user.click(inside.getByRole("button", { name: "Send a test" }));
    expect(await inside.findByText("there is no secret to sign with")).toBeVisible();
    await user.click(inside.getByRole("button", { name: "Make one up" }));
    expect(await inside.findByText(/It is not shown again/)).toBeVisible();
    const given = host.calls.findLast(({ command }) => command === "webhook_secret_set");
    expect(given?.request).toEqual({ secret: expect.stringMatching(/^[0-9a-f]{64}$/) as string });
    await user.click(inside.getByRole("button", { name: "Send a test" }));
    expect(await inside.findByText("It answered 200: ok")).toBeVisible();
  });
});

describe("Quitting", () => {
  it("says what stays open at the broker, and quits only when that is chosen", async () => {
    const host = new FakeHost(RECORDING, 1);
    const { desktop, quit, ask } = fakeDesktop();
    host.desktop = desktop;
    const { user } = openWindow("/strategies", host);
    await screen.findByTestId("environment");
    ask("ask_quit");
    const dialog = await screen.findByTestId("quit-dialog");
    expect(await within(dialog).findByText(/stop 545.4 at the broker/)).toBeVisible();
    expect(dialog).toHaveTextContent("Schedules that do not run after quitting");
    expect(await faults()).toEqual([]);
    await user.click(within(dialog).getByRole("button", { name: "Cancel" }));
    await waitFor(() => expect(screen.queryByTestId("quit-dialog")).toBeNull());
    expect(quit).not.toHaveBeenCalled();
    await user.keyboard("{Control>}q{/Control}");
    await user.click(await screen.findByRole("button", { name: "Quit" }));
    expect(quit).toHaveBeenCalledOnce();
  });

  it("says so where no tray would show that it runs on", async () => {
    const host = new FakeHost(RECORDING, 1);
    const { desktop, closeWindow, quit, ask } = fakeDesktop();
    host.desktop = desktop;
    const { user } = openWindow("/strategies", host);
    await screen.findByTestId("environment");
    ask("ask_close");
    const dialog = await screen.findByTestId("quit-dialog");
    expect(dialog).toHaveTextContent("This desktop has no tray");
    await user.click(within(dialog).getByRole("button", { name: "Close the window only" }));
    expect(closeWindow).toHaveBeenCalledOnce();
    expect(quit).not.toHaveBeenCalled();
  });

  it("is asked for or not when the window is closed, and the start at login is switched", async () => {
    const host = new FakeHost(RECORDING, 1);
    host.desktop = fakeDesktop().desktop;
    const { user } = openWindow("/settings", host);
    const closed = await entry("When the window is closed");
    await user.click(await within(closed).findByRole("radio", { name: "Ask to quit" }));
    await waitFor(() => expect(closed).toHaveTextContent("changed"));
    const login = await entry("Start at login");
    await user.click(await within(login).findByRole("switch", { name: "Start at login" }));
    await waitFor(() => expect(login).toHaveTextContent("changed"));
    await expect(host.desktop.startsAtLogin()).resolves.toBe(true);
  });
});
