import { screen, waitFor, within } from "@testing-library/react";
import { describe, expect, it, vi } from "vitest";

import { placePanels } from "@/charts/indicator-chart";
import { isSame, siftKinds } from "@/features/indicators/words";
import { FakeHost } from "@/host/fake";
import { RECORDING } from "@/test/recorded";
import { faults, openWindow } from "@/test/window";

// jsdom has no canvas; the chart itself is looked at in a browser.
vi.mock("lightweight-charts", () => ({
  ColorType: {},
  CrosshairMode: {},
  LineStyle: {},
  AreaSeries: {},
  CandlestickSeries: {},
  HistogramSeries: {},
  LineSeries: {},
  createChart: () => {
    const series = {
      applyOptions: vi.fn(),
      createPriceLine: vi.fn(),
      priceScale: () => ({ applyOptions: vi.fn() }),
      setData: vi.fn(),
    };
    return {
      addSeries: () => series,
      applyOptions: vi.fn(),
      panes: () => [],
      remove: vi.fn(),
      subscribeCrosshairMove: vi.fn(),
      timeScale: () => ({ applyOptions: vi.fn(), setVisibleLogicalRange: vi.fn() }),
    };
  },
}));

const requests = (host: FakeHost, command: string) =>
  host.calls.filter((call) => call.command === command).map(({ request }) => request);

describe("the catalogue", () => {
  const { indicatorKinds: kinds, previewed } = RECORDING;

  it("is the engine's, and every word narrows it", () => {
    expect(kinds.length).toBeGreaterThan(45);
    expect(siftKinds(kinds, "relative strength").map(({ kind }) => kind)).toEqual(["RSI"]);
    expect(siftKinds(kinds, "keltner true").map(({ kind }) => kind)).toEqual(["KC"]);
    expect(siftKinds(kinds, "no such thing")).toEqual([]);
  });

  it("draws what there is room for and leaves the rest to be said", () => {
    const { panels, left } = placePanels(previewed);
    expect(panels).toHaveLength(4);
    expect(panels.every(({ panel }) => panel === "own")).toBe(true);
    expect(left.length).toBe(previewed.filter(({ panel }) => panel === "own").length - 4);
  });

  it("tells choices apart by their parameters", () => {
    const sma = (period: string) => ({ kind: "SMA", parameters: { period } });
    expect(isSame(sma("20"), sma("20"))).toBe(true);
    expect(isSame(sma("20"), sma("50"))).toBe(false);
  });
});

describe("Indicators", () => {
  it("lists them by group, and shows one with its ranges, its warm-up and what it says", async () => {
    openWindow("/indicators?kind=MACD");
    const trend = within(await screen.findByRole("list", { name: "Trend" }));
    expect(trend.getByRole("button", { name: /Simple moving average/ })).toBeVisible();
    const form = within(await screen.findByRole("region", { name: /convergence/ }));
    expect(form.getByLabelText(/Fast period/)).toHaveValue("12");
    expect(form.getAllByText("1 to 100 bars").length).toBe(3);
    expect(form.getByText("fast period < slow period")).toBeVisible();
    expect(await form.findByText("33 bars")).toBeVisible();
    await waitFor(() => expect(form.getByTestId("reading")).toHaveTextContent("its signal line"));
  });

  it("a5_2 says beside the field what is wrong, and previews nothing that is refused", async () => {
    const { user, host } = openWindow("/indicators?kind=RSI");
    const form = within(await screen.findByRole("region", { name: "Relative strength index" }));
    const period = form.getByLabelText(/^Period/);
    await user.clear(period);
    await user.type(period, "101");
    expect(await form.findByRole("alert")).toHaveTextContent("give a whole number from 1 to 100");
    expect(period).toBeInvalid();
    expect(form.getByRole("button", { name: "Add to the set" })).toBeDisabled();
    expect(JSON.stringify(requests(host, "indicator_preview"))).not.toContain("101");
    await user.click(form.getByRole("button", { name: "Usual values" }));
    await waitFor(() => expect(form.queryByRole("alert")).toBeNull());
    expect(period).toHaveValue("14");
  });

  it("goes through them by keys, and filters", async () => {
    const { user, router } = openWindow("/indicators?kind=SMA");
    await screen.findByRole("list", { name: "Trend" });
    await user.keyboard("j");
    await waitFor(() => expect(router.state.location.search).toEqual({ kind: "EMA" }));
    await user.keyboard("/");
    await user.keyboard("money flow");
    expect(screen.queryByRole("list", { name: "Trend" })).toBeNull();
    expect(screen.getByRole("list", { name: "Volume" })).toHaveTextContent("Chaikin money flow");
    await user.keyboard("{Escape}");
    expect(screen.getByRole("list", { name: "Trend" })).toBeVisible();
  });

  it("puts a set together, saves it, and shows its indicators together", async () => {
    const { user, host } = openWindow("/indicators?kind=ATR");
    const sets = within(await screen.findByRole("region", { name: "Sets of indicators" }));
    expect(sets.getByText(/Nothing is in it yet/)).toBeVisible();
    const add = await screen.findByRole("button", { name: "Add to the set" });
    await waitFor(() => expect(add).toBeEnabled());
    await user.keyboard("a");
    expect(await sets.findByText("ATR(14)")).toBeVisible();
    await user.click(screen.getByRole("button", { name: /Money flow index/ }));
    await waitFor(() => expect(add).toBeEnabled());
    await user.click(add);
    expect(await sets.findByText("MFI(14)")).toBeVisible();
    await waitFor(() =>
      expect(JSON.stringify(requests(host, "indicator_preview").at(-1))).toMatch(/ATR.*MFI/),
    );
    await user.keyboard("w");
    const dialog = within(await screen.findByRole("dialog", { name: "Save the set" }));
    await user.type(dialog.getByLabelText("Name"), "Two of mine");
    await user.click(dialog.getByRole("button", { name: "Save" }));
    await waitFor(() =>
      expect(requests(host, "indicator_set_save")).toMatchObject([
        { set_id: null, name: "Two of mine", indicators: [{ kind: "ATR" }, { kind: "MFI" }] },
      ]),
    );
    await waitFor(() =>
      expect(sets.getByLabelText("Open a set")).toHaveDisplayValue("Two of mine"),
    );
  });

  it("opens a shipped set, which cannot be deleted, and deletes one's own after asking", async () => {
    const { user, host } = openWindow("/indicators");
    const sets = within(await screen.findByRole("region", { name: "Sets of indicators" }));
    await sets.findByRole("option", { name: "Momentum (shipped)" });
    await user.selectOptions(sets.getByLabelText("Open a set"), "shipped-momentum");
    expect(await sets.findByText("EMA(20)")).toBeVisible();
    expect(sets.queryByRole("button", { name: "Delete it" })).toBeNull();
    expect(sets.getByRole("button", { name: "Save the set" })).toBeDisabled();
    await user.click(sets.getByRole("button", { name: "Take EMA(20) out" }));
    expect(sets.getByRole("button", { name: "Save the set" })).toBeEnabled();
    await user.selectOptions(sets.getByLabelText("Open a set"), "set-1");
    await user.click(sets.getByRole("button", { name: "Delete it" }));
    await user.click(await screen.findByRole("button", { name: "Delete Evening look" }));
    await waitFor(() =>
      expect(requests(host, "indicator_set_delete")).toEqual([{ set_id: "set-1" }]),
    );
  });

  it("asks which one is meant where a symbol means two", async () => {
    const { user, host } = openWindow("/indicators?kind=SMA");
    await user.type(await screen.findByLabelText("Look for a symbol"), "orch{Enter}");
    const listings = within(await screen.findByRole("list", { name: "Listings" }));
    await user.click(listings.getByRole("button", { name: /ORCHID/ }));
    await waitFor(() =>
      expect(requests(host, "indicator_preview").at(-1)).toMatchObject({ conid: 204513 }),
    );
  });

  it("says that the bars are old while the broker is away, and when nothing can be drawn", async () => {
    const host = new FakeHost({ ...RECORDING, marketFailure: "the line is cut" }, 1);
    openWindow("/indicators", host);
    expect(await screen.findByText("stale")).toBeVisible();
  });

  it("offers a way on where no symbol is saved, and shows an error that can be tried again", async () => {
    const bare = RECORDING.symbols.map((symbol) => ({ ...symbol, saved: false }));
    openWindow("/indicators", new FakeHost({ ...RECORDING, symbols: bare }, 1));
    expect(await screen.findByText("No symbol to draw on yet")).toBeVisible();
  });

  it("has no faults that axe can see", async () => {
    openWindow("/indicators?kind=BB");
    await screen.findByRole("region", { name: "Bollinger Bands" });
    await screen.findByRole("list", { name: "What the indicators say" });
    expect(await faults()).toEqual([]);
  });
});
