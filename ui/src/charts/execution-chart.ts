import {
  CandlestickSeries,
  ColorType,
  HistogramSeries,
  type IChartApi,
  type ISeriesApi,
  LineSeries,
  LineStyle,
  type Time,
} from "lightweight-charts";

import { panelChart, short } from "@/charts/frame";
import { placeMarks } from "@/charts/marks";
import { Legend, type LegendPart, MarkOverlay } from "@/charts/overlay";
import { token } from "@/charts/tokens";
import type { ChartBarDto, ChartDataDto } from "@/gen/types";
import { formatPrice, toPlotNumber } from "@/lib/decimal";
import { formatStatistic } from "@/lib/share";
import { onTheme } from "@/lib/theme";

/** A line of a panel: where its values are, and how it is told from the others. */
interface LineStyleOf {
  name: string;
  label: string;
  colour: string;
  width?: 1 | 2;
  style?: LineStyle;
}

interface PanelOf {
  /** As the recorded image names it. */
  id: string;
  title: string;
  /** Its share of the height. */
  weight: number;
  lines: readonly LineStyleOf[];
  /** Levels that the panel is read by. */
  guides?: readonly number[];
}

const FULL = LineStyle.Solid;

/** The seven panels of the recorded image, in its order. */
const PANELS: readonly PanelOf[] = [
  {
    id: "price",
    title: "Price",
    weight: 34,
    lines: [
      { name: "bollinger_upper", label: "BB 20, 2", colour: "--muted" },
      { name: "bollinger_lower", label: "", colour: "--muted" },
      { name: "sma_20", label: "SMA 20", colour: "--info" },
      { name: "sma_50", label: "SMA 50", colour: "--sandbox", width: 2 },
      { name: "sma_200", label: "SMA 200", colour: "--warn", width: 2, style: LineStyle.Dashed },
    ],
  },
  { id: "supertrend", title: "SuperTrend 10, 3", weight: 12, lines: [] },
  { id: "volume", title: "Volume", weight: 9, lines: [] },
  {
    id: "macd",
    title: "MACD 12, 26, 9",
    weight: 13,
    lines: [
      { name: "macd", label: "MACD", colour: "--info" },
      { name: "macd_signal", label: "signal", colour: "--warn", style: LineStyle.Dashed },
    ],
    guides: [0],
  },
  {
    id: "rsi",
    title: "RSI 14",
    weight: 11,
    lines: [{ name: "rsi", label: "", colour: "--sandbox" }],
    guides: [30, 70],
  },
  { id: "obv", title: "OBV", weight: 10, lines: [{ name: "obv", label: "", colour: "--accent" }] },
  { id: "atr", title: "ATR 14", weight: 10, lines: [{ name: "atr", label: "", colour: "--warn" }] },
];

type Values = readonly (number | null)[];
interface Painted {
  series: ISeriesApi<"Line">;
  line: LineStyleOf;
}

/**
 * The recorded data of an execution as seven panels that can be moved and zoomed. It is told
 * everything it draws, and asks for nothing: no bar is later than the run.
 */
export class ExecutionChart {
  private readonly chart: IChartApi;
  private readonly candles: ISeriesApi<"Candlestick">;
  private readonly volume: ISeriesApi<"Histogram">;
  private readonly histogram: ISeriesApi<"Histogram">;
  private readonly trend: { line: ISeriesApi<"Line">; close: ISeriesApi<"Line"> };
  private readonly painted: Painted[] = [];
  private readonly legends: Legend[] = [];
  private readonly overlay = new MarkOverlay();
  private readonly unfollow: () => void;
  private readonly onBar: (index: number | null) => void;
  private bars: readonly ChartBarDto[] = [];
  private index = new Map<string, number>();
  private values = new Map<string, Values>();
  private shown = 0;
  private beyond = 0;
  private cursor: number | null = null;

  constructor(place: HTMLElement, onBar: (index: number | null) => void) {
    this.onBar = onBar;
    this.chart = panelChart(place, { top: 0.22, minBarSpacing: 1 });
    const plain = { priceLineVisible: false, lastValueVisible: false } as const;
    const large = { type: "custom", formatter: short, minMove: 0.01 } as const;
    this.candles = this.chart.addSeries(CandlestickSeries, {
      priceLineVisible: false,
      borderVisible: true,
    });
    this.candles.attachPrimitive(this.overlay);
    const trendLine = (width: 1 | 2) =>
      this.chart.addSeries(
        LineSeries,
        { ...plain, lineWidth: width, crosshairMarkerVisible: false },
        1,
      );
    this.trend = { close: trendLine(1), line: trendLine(2) };
    this.volume = this.chart.addSeries(HistogramSeries, { ...plain, priceFormat: large }, 2);
    this.histogram = this.chart.addSeries(HistogramSeries, plain, 3);
    for (const [pane, panel] of PANELS.entries()) {
      for (const line of panel.lines) {
        const series = this.chart.addSeries(
          LineSeries,
          {
            ...plain,
            lineWidth: line.width ?? 1,
            lineStyle: line.style ?? FULL,
            crosshairMarkerVisible: false,
            ...(panel.id === "obv" ? { priceFormat: large } : {}),
          },
          pane,
        );
        this.painted.push({ series, line });
      }
      const [first] = this.painted.slice(-panel.lines.length);
      for (const price of panel.guides ?? []) {
        first?.series.createPriceLine({
          price,
          lineWidth: 1,
          lineStyle: LineStyle.Dotted,
          axisLabelVisible: false,
          color: token("--muted"),
        });
      }
    }
    for (const [pane, panel] of PANELS.entries()) {
      const api = this.chart.panes()[pane];
      const legend = new Legend();
      api?.setStretchFactor(panel.weight);
      api?.attachPrimitive(legend);
      this.legends.push(legend);
    }
    this.chart.subscribeCrosshairMove(({ time }) => {
      this.cursor = typeof time === "string" ? (this.index.get(time) ?? null) : null;
      this.tell();
      this.onBar(this.cursor);
    });
    this.unfollow = onTheme(() => this.paint());
  }

  /** Shows the data; what came later only if asked for. */
  show(data: ChartDataDto, withLater: boolean): void {
    this.bars = data.bars;
    this.index = new Map(data.bars.map((bar, index) => [bar.date, index]));
    this.values = new Map(data.series.map(({ name, values }) => [name, values]));
    const placed = placeMarks(data.bars, data.marks, withLater);
    const isNew = this.shown !== data.bars_shown || this.beyond === 0;
    this.shown = data.bars_shown;
    this.beyond = placed.beyond.length;
    this.candles.setData([
      ...data.bars.flatMap(({ date, ...bar }) => {
        const [open, high, low, close] = [bar.open, bar.high, bar.low, bar.close].map(toPlotNumber);
        return open == null || high == null || low == null || close == null
          ? []
          : [{ time: date, open, high, low, close }];
      }),
      ...placed.beyond.map((date) => ({ time: date })),
    ]);
    this.overlay.show(data.bars, placed, data.execution_id);
    this.paint();
    if (isNew || this.beyond > 0) this.fit();
  }

  /** The bars of the recorded image, and what came later where it is shown. */
  fit(): void {
    const last = this.bars.length - 1;
    this.chart.timeScale().setVisibleLogicalRange({
      from: Math.max(0, last - this.shown + 1) - 0.5,
      to: last + this.beyond + 2,
    });
  }

  /** All recorded bars, those for the warm-up too. */
  fitAll(): void {
    this.chart.timeScale().setVisibleLogicalRange({
      from: -0.5,
      to: this.bars.length - 1 + this.beyond + 2,
    });
  }

  /** Moves the pointer's line by so many bars, for the keyboard. */
  move(by: number): void {
    const last = this.bars.length - 1;
    const next = Math.min(last, Math.max(0, (this.cursor ?? last + (by < 0 ? 1 : 0)) + by));
    const bar = this.bars[next];
    const close = toPlotNumber(bar?.close);
    if (!bar || close === null) return;
    this.chart.setCrosshairPosition(close, bar.date, this.candles);
    this.cursor = next;
    this.tell();
    this.onBar(next);
    const range = this.chart.timeScale().getVisibleLogicalRange();
    if (range && next < range.from) this.pan(next - range.from - 2);
    if (range && next > range.to) this.pan(next - range.to + 2);
  }

  /** Shows so many times as many bars. */
  zoom(factor: number): void {
    const range = this.chart.timeScale().getVisibleLogicalRange();
    if (!range) return;
    const width = Math.min(
      this.bars.length + this.beyond + 2,
      Math.max(10, (range.to - range.from) * factor),
    );
    this.chart.timeScale().setVisibleLogicalRange({ from: range.to - width, to: range.to });
  }

  /** Takes the pointer's line away. */
  leave(): void {
    this.chart.clearCrosshairPosition();
    this.cursor = null;
    this.tell();
    this.onBar(null);
  }

  /** Frees the canvas and the listeners. */
  dispose(): void {
    this.unfollow();
    this.chart.remove();
  }

  private pan(bars: number): void {
    const range = this.chart.timeScale().getVisibleLogicalRange();
    if (range)
      this.chart
        .timeScale()
        .setVisibleLogicalRange({ from: range.from + bars, to: range.to + bars });
  }

  private at(name: string, index: number): number | null {
    return this.values.get(name)?.[index] ?? null;
  }

  private isUp(index: number): boolean {
    const bar = this.bars[index];
    return bar !== undefined && (toPlotNumber(bar.close) ?? 0) >= (toPlotNumber(bar.open) ?? 0);
  }

  /** A value for each bar, with a gap where there is none. */
  private points(value: (index: number) => number | null) {
    return this.bars.map(({ date }, index) => {
      const known = value(index);
      return known === null ? { time: date as Time } : { time: date as Time, value: known };
    });
  }

  private tell(): void {
    const index = this.cursor ?? this.bars.length - 1;
    const bar = this.bars[index];
    for (const [pane, panel] of PANELS.entries()) {
      const parts: LegendPart[] = [{ text: panel.title, colour: "--text", strong: true }];
      const say = (label: string, value: number | null, colour: string) =>
        parts.push({
          text: `${label} ${value === null ? "–" : Math.abs(value) >= 1e5 ? short(value) : formatStatistic(value)}`.trim(),
          colour,
        });
      if (panel.id === "supertrend") {
        const isUp = this.at("supertrend_direction", index) === 1;
        say(isUp ? "up" : "down", this.at("supertrend", index), isUp ? "--up" : "--down");
        say("close", toPlotNumber(bar?.close), "--muted");
      } else if (panel.id === "volume") {
        say("", toPlotNumber(bar?.volume), this.isUp(index) ? "--up" : "--down");
      } else {
        for (const { name, label, colour } of panel.lines) say(label, this.at(name, index), colour);
        if (panel.id === "macd") say("histogram", this.at("macd_histogram", index), "--muted");
      }
      this.legends[pane]?.say(parts);
    }
    // A legend is drawn with its pane; an option that does not change anything has it drawn.
    this.chart.timeScale().applyOptions({});
  }

  private paint(): void {
    const [up, down, surface, muted] = ["--up", "--down", "--surface", "--muted"].map(token) as [
      string,
      string,
      string,
      string,
    ];
    const line = token("--line");
    this.chart.applyOptions({
      layout: {
        background: { type: ColorType.Solid, color: surface },
        textColor: muted,
        panes: { separatorColor: token("--line-strong"), separatorHoverColor: token("--raised") },
      },
      grid: { vertLines: { color: line }, horzLines: { color: line } },
      crosshair: {
        vertLine: {
          color: token("--accent"),
          labelBackgroundColor: token("--accent"),
          style: FULL,
        },
        horzLine: { color: muted, labelBackgroundColor: muted, style: LineStyle.Dotted },
      },
    });
    // Hollow upward and full downward, so that a bar is told without its colour.
    this.candles.applyOptions({
      upColor: surface,
      downColor: down,
      borderUpColor: up,
      borderDownColor: down,
      wickUpColor: up,
      wickDownColor: down,
    });
    for (const { series, line: style } of this.painted) {
      series.applyOptions({ color: token(style.colour) });
      series.setData(this.points((index) => this.at(style.name, index)));
    }
    this.trend.close.applyOptions({ color: muted });
    this.trend.close.setData(this.points((index) => toPlotNumber(this.bars[index]?.close)));
    // One line in two colours: it lies below the close while the trend is up, and above it after.
    this.trend.line.setData(
      this.bars.map(({ date }, index) => {
        const value = this.at("supertrend", index);
        const color = this.at("supertrend_direction", index) === 1 ? up : down;
        return value === null ? { time: date as Time } : { time: date as Time, value, color };
      }),
    );
    this.volume.setData(
      this.bars.flatMap(({ date, volume }, index) => {
        const value = toPlotNumber(volume);
        const color = this.isUp(index) ? `${up}99` : down;
        return value === null ? [] : [{ time: date, value, color }];
      }),
    );
    this.histogram.setData(
      this.bars.flatMap(({ date }, index) => {
        const value = this.at("macd_histogram", index);
        if (value === null) return [];
        // Paler where it shrinks towards zero, as on the image.
        const isFading = Math.abs(value) < Math.abs(this.at("macd_histogram", index - 1) ?? 0);
        const color = `${value >= 0 ? up : down}${isFading ? "66" : ""}`;
        return [{ time: date, value, color }];
      }),
    );
    this.tell();
  }
}

/** A bar in words, for those who cannot see the chart and for the line above it. */
export const barWords = (bar: ChartBarDto): string =>
  `${bar.date}: open ${formatPrice(bar.open)}, high ${formatPrice(bar.high)}, low ${formatPrice(bar.low)}, close ${formatPrice(bar.close)}`;
