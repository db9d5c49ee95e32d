import { screen, waitFor, within } from "@testing-library/react";
import { describe, expect, it, vi } from "vitest";

import { placeMarks } from "@/charts/marks";
import type { ChartMarkDto } from "@/gen/types";
import { FakeHost } from "@/host/fake";
import { RECORDING } from "@/test/recorded";
import { faults, openWindow } from "@/test/window";

const AAPL = "sample-20120615T200000Z-7f3a";
const show = vi.hoisted(() => vi.fn());

// jsdom has no canvas; the chart itself is looked at in a browser.
vi.mock("@/charts/execution-chart", () => ({
  barWords: () => "a bar",
  ExecutionChart: class {
    show = show;
    dispose = vi.fn();
  },
}));

const mark = (change: Partial<ChartMarkDto>): ChartMarkDto => ({
  kind: "fill",
  at: "2012-06-14T20:00:00Z",
  date: "2012-06-14",
  until: null,
  price: "10.00",
  action: "BUY",
  quantity: "1",
  leg: "entry",
  execution_id: "a",
  is_later: false,
  ...change,
});
const DAILY = ["2012-06-13", "2012-06-14", "2012-06-15"].map((date) => ({ date }));
const WEEKLY = ["2012-06-04", "2012-06-11"].map((date) => ({ date }));

describe("where marks lie", () => {
  it("shows nothing that came later, and no day behind the last bar, unless asked", () => {
    const marks = [mark({}), mark({ date: "2012-06-20", is_later: true })];
    const without = placeMarks(DAILY, marks, false);
    expect(without.points.map(({ date }) => date)).toEqual(["2012-06-14"]);
    expect(without.beyond).toEqual([]);
    const all = placeMarks(DAILY, marks, true);
    expect(all.points.at(-1)?.date).toBe("2012-06-20");
    expect(all.beyond).toEqual(["2012-06-18", "2012-06-19", "2012-06-20"]);
  });

  it("puts a day into the week that holds it, and a later one of that week behind it", () => {
    const marks = [mark({}), mark({ date: "2012-06-15", is_later: true })];
    const { points } = placeMarks(WEEKLY, marks, true);
    expect(points.map(({ date }) => date)).toEqual(["2012-06-11", "2012-06-15"]);
  });

  it("lets a level end with the last bar, and drops one that ended before the first", () => {
    const level = (change: Partial<ChartMarkDto>) => mark({ kind: "stop", ...change });
    const { levels } = placeMarks(
      DAILY,
      [
        level({}),
        level({ date: "2012-06-01", until: "2012-06-04T20:00:00Z" }),
        level({ date: "2012-06-01", until: "2012-06-13T20:00:00Z" }),
      ],
      false,
    );
    expect(levels.map(({ from, to }) => [from, to])).toEqual([
      ["2012-06-14", "2012-06-15"],
      ["2012-06-13", "2012-06-13"],
    ]);
  });
});

describe("the gallery", () => {
  it("shows the recorded images, full size on a press, and for download", async () => {
    const { user } = openWindow("/charts");
    const list = await screen.findByRole("list", { name: "Recorded images" });
    expect(within(list).getAllByRole("listitem")).toHaveLength(8);
    const [link] = await within(list).findAllByRole("link", { name: /^Download the AAPL daily/ });
    expect(link).toHaveAttribute("download", "AAPL-daily-2012-06-15-16-00.png");
    const [picture] = within(list).getAllByRole("button", { name: /^AAPL daily .* full size$/ });
    if (picture) await user.click(picture);
    expect(await screen.findByRole("dialog", { name: /^AAPL daily chart/ })).toBeVisible();
  });

  it("narrows by timeframe and by day", async () => {
    const { user, host } = openWindow("/charts?from=2012-06-14");
    const list = await screen.findByRole("list", { name: "Recorded images" });
    expect(within(list).getAllByRole("listitem")).toHaveLength(6);
    await user.click(screen.getByRole("button", { name: "Timeframe all" }));
    await user.click(await screen.findByRole("menuitemradio", { name: "Weekly" }));
    await waitFor(() => expect(screen.getAllByRole("figure")).toHaveLength(3));
    expect(host.calls.at(-1)).toMatchObject({ command: "charts_list" });
  });

  it("has no faults that axe can see", async () => {
    openWindow("/charts");
    await screen.findAllByRole("img");
    expect(await faults()).toEqual([]);
  });

  it("leads on when there is none", async () => {
    openWindow("/charts", new FakeHost({ ...RECORDING, lineages: [] }, 1));
    expect(await screen.findByText("No chart has been drawn yet")).toBeVisible();
  });

  it("says what is wrong when they cannot be read", async () => {
    const host = new FakeHost(RECORDING, 1);
    host.failures.set("charts_list", { code: "storage", message: "Cut short.", hint: null });
    openWindow("/charts", host);
    expect(await screen.findByText("The charts could not be read.")).toBeVisible();
  });
});

describe("the interactive chart", () => {
  it("shows what came later only when it is switched on", async () => {
    const { user } = openWindow(`/charts/${AAPL}`);
    const marks = within(await screen.findByRole("complementary", { name: "Marks" }));
    expect(show).toHaveBeenLastCalledWith(expect.anything(), false);
    expect(marks.queryByText("later")).toBeNull();
    await user.click(screen.getByRole("switch", { name: "Show what came after the run" }));
    expect(show).toHaveBeenLastCalledWith(expect.anything(), true);
    expect(marks.getAllByText("later").length).toBeGreaterThan(0);
  });

  it("goes from daily to weekly by a key, and keeps it in the address", async () => {
    const { user, router } = openWindow(`/charts/${AAPL}`);
    await screen.findByTestId("bar");
    await user.keyboard("w");
    await waitFor(() => expect(router.state.location.search).toEqual({ timeframe: "1w" }));
  });

  it("names the makers of the chart, as their licence asks", async () => {
    openWindow(`/charts/${AAPL}`);
    expect(await screen.findByText(/TradingView Lightweight Charts/)).toBeVisible();
  });

  it("is reached from the lineage", async () => {
    openWindow(`/lineage/${AAPL}`);
    expect(
      await screen.findByRole("link", { name: "Interactive AAPL daily chart" }),
    ).toHaveAttribute("href", `#/charts/${AAPL}?timeframe=1d`);
  });

  it("has no faults that axe can see", async () => {
    openWindow(`/charts/${AAPL}`);
    await screen.findByTestId("bar");
    expect(await faults()).toEqual([]);
  });

  it("says so when the run recorded no such bars", async () => {
    openWindow("/charts/nobody");
    expect(await screen.findByText(/could not be read/)).toBeVisible();
  });
});
