import { screen, waitFor, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";

import { FakeHost } from "@/host/fake";
import { formatBytes } from "@/lib/bytes";
import { preferred } from "@/lib/preferences";
import { remember } from "@/lib/storage";
import { RECORDING } from "@/test/recorded";
import { SCENES } from "@/test/scenes";
import { faults, openWindow } from "@/test/window";

async function entry(label: string): Promise<HTMLElement> {
  const heading = await screen.findByRole("heading", { level: 3, name: new RegExp(`^${label}`) });
  const found = heading.closest("li");
  if (!found) throw new Error(`There is no entry ${label}.`);
  return found;
}

describe("Settings", () => {
  it("is reached by g and a comma, and has its groups", async () => {
    const { user, router } = openWindow("/strategies");
    await screen.findByTestId("environment");
    await user.keyboard("g,");
    await waitFor(() => expect(router.state.location.pathname).toBe("/settings"));
    for (const name of [
      "Appearance",
      "Data",
      "Environment and safety",
      "Models and prompts",
      "About",
    ])
      expect(await screen.findByRole("region", { name })).toBeVisible();
  });

  it("changes the theme, marks it as changed, and takes it back", async () => {
    const { user } = openWindow("/settings");
    const theme = await entry("Theme");
    expect(theme).toHaveTextContent("default");
    await user.click(within(theme).getByRole("radio", { name: "Dark" }));
    expect(document.documentElement.dataset["theme"]).toBe("dark");
    expect(theme).toHaveTextContent("changed");
    await user.click(within(theme).getByRole("button", { name: "Theme: back to the default" }));
    expect(localStorage.getItem("throughline.theme")).toBe("system");
    expect(theme).toHaveTextContent("default");
  });

  it("folds the side bar of this very window", async () => {
    const { user } = openWindow("/settings");
    const bar = await entry("Side bar");
    expect(screen.getByRole("button", { name: "Fold the side bar" })).toBeVisible();
    await user.click(within(bar).getByRole("radio", { name: "Folded" }));
    expect(await screen.findByRole("button", { name: "Unfold the side bar" })).toBeVisible();
    expect(preferred("side-bar")).toBe("folded");
    await user.keyboard("{Control>}b{/Control}");
    await waitFor(() => expect(bar).toHaveTextContent("default"));
  });

  it("shows the first steps again", async () => {
    remember("first-steps", "hidden");
    const { user } = openWindow("/settings");
    const steps = await entry("First steps");
    expect(steps).toHaveTextContent("changed");
    await user.click(within(steps).getByRole("switch"));
    expect(preferred("first-steps")).toBe("shown");
  });

  it("forgets what tables remember", async () => {
    const sorted = { sorting: [{ id: "symbol", desc: true }], columnVisibility: {} };
    remember("table.orders", JSON.stringify(sorted));
    remember("table.signals", JSON.stringify({ sorting: [], columnVisibility: { r: false } }));
    remember("table.trades", JSON.stringify({ sorting: [], columnVisibility: {} }));
    remember("table.models", "{");
    const { user } = openWindow("/settings");
    const tables = await entry("Tables");
    expect(tables).toHaveTextContent("2 tables are changed");
    await user.click(within(tables).getByRole("button", { name: "Reset all" }));
    expect(tables).toHaveTextContent("all as they come");
    expect(localStorage.getItem("throughline.table.orders")).toBeNull();
  });

  it("tells where the files are and how large they are", async () => {
    openWindow("/settings");
    const database = await entry("Database");
    await waitFor(() => expect(database).toHaveTextContent("41.2 MB and a log of 4.1 MB"));
    expect(database).toHaveTextContent("throughline.db");
    expect(await entry("Room on the disk")).toHaveTextContent("182.4 GB free of 511.9 GB");
    expect(await entry("Kill switch")).toHaveTextContent("Not halted");
  });

  it("shows what is set elsewhere, with the way there and whether it is the default", async () => {
    openWindow("/settings");
    const environment = await entry("Environment");
    await waitFor(() => expect(environment).toHaveTextContent("Sandbox"));
    expect(environment).toHaveTextContent("default");
    expect(within(environment).getByRole("link", { name: "Open Connection" })).toHaveAttribute(
      "href",
      "#/connection",
    );
    await waitFor(async () => expect(await entry("Models")).toHaveTextContent(/\d configured/));
    expect(await entry("Models")).toHaveTextContent("changed");
    await waitFor(async () => expect(await entry("Version")).toHaveTextContent("0.1.0"));
  });

  it("shows the mandate where money is real", async () => {
    const live = SCENES["live"];
    if (!live) throw new Error("There is no scene live.");
    openWindow("/settings", new FakeHost(live(RECORDING), 1));
    expect(await entry("Mandate of live trading")).toBeVisible();
    await waitFor(async () => expect(await entry("Environment")).toHaveTextContent("changed"));
  });

  it("is searched by any word, also by one that stands on no label", async () => {
    const { user } = openWindow("/settings");
    await entry("Theme");
    await user.keyboard("/");
    await user.keyboard("color");
    await waitFor(() => expect(screen.getAllByRole("heading", { level: 3 })).toHaveLength(1));
    expect(await entry("Theme")).toBeVisible();
    expect(screen.getByRole("button", { name: "Data" })).toBeDisabled();
    await user.clear(screen.getByRole("searchbox"));
    await user.type(screen.getByRole("searchbox"), "colour of money");
    expect(await screen.findByText("No setting has “colour of money” in it")).toBeVisible();
    await user.click(screen.getByRole("button", { name: "Show all" }));
    expect(await entry("Version")).toBeVisible();
  });

  it("keeps what can be set when the engine cannot be read", async () => {
    const host = new FakeHost(RECORDING, 1);
    host.failures.set("health_get", { code: "storage", message: "Cut short.", hint: null });
    const { user } = openWindow("/settings", host);
    expect(await screen.findByText("A part of the settings could not be read.")).toBeVisible();
    expect(await entry("Theme")).toBeVisible();
    expect(await entry("Data directory")).toHaveTextContent("Cut short.");
    host.failures.clear();
    await user.click(screen.getByRole("button", { name: "Retry" }));
    await waitFor(async () =>
      expect(await entry("Data directory")).toHaveTextContent("/home/trader"),
    );
  });

  it("has no faults that axe can see", async () => {
    openWindow("/settings");
    await waitFor(async () => expect(await entry("Database")).toHaveTextContent("41.2 MB"));
    expect(await faults()).toEqual([]);
  });
});

describe("sizes", () => {
  it.each([
    [0, "0.0 kB"],
    [41_250_816, "41.2 MB"],
    [999_960_000, "999.9 MB"],
    [2_000_000_000_000, "2.0 TB"],
    [null, "–"],
  ])("tells %s bytes as %s", (bytes, words) => {
    expect(formatBytes(bytes)).toBe(words);
  });
});
