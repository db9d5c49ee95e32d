import {
  AreaSeries,
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
import { Legend, type LegendPart } from "@/charts/overlay";
import { token } from "@/charts/tokens";
import type { IndicatorPreviewDto, PreviewedIndicatorDto } from "@/gen/types";
import { toPlotNumber } from "@/lib/decimal";
import { onTheme } from "@/lib/theme";

/** Panels below the price that a chart has room for; what is beyond them is said and not drawn. */
export const MOST_PANELS = 4;

/** Levels by which an oscillator is read, where they are not its parameters. */
const LEVELS: Readonly<Record<string, readonly number[]>> = {
  ADX: [25],
  AO: [0],
  CCI: [-100, 100],
  CHOP: [38.2, 61.8],
  CMF: [0],
  CMO: [-50, 50],
  COPPOCK: [0],
  EFI: [0],
  LINEARREG_SLOPE: [0],
  MACD: [0],
  MFI: [20, 80],
  MOM: [0],
  PERCENTB: [0, 1],
  PPO: [0],
  ROC: [0],
  RSI: [30, 70],
  STOCH: [20, 80],
  STOCHRSI: [20, 80],
  TRIX: [0],
  TSI: [0],
  ULTOSC: [30, 70],
  VORTEX: [1],
  WILLR: [-80, -20],
  ADOSC: [0],
};

/** The levels of an indicator; the id of an RSI names those that are not the usual ones. */
function levelsOf({ kind, id }: PreviewedIndicatorDto): readonly number[] {
  const [, , ...own] = kind === "RSI" ? id.split("_").map(Number) : [];
  return own.length === 2 ? own : (LEVELS[kind] ?? []);
}

/** Lines are told apart by colour and by form. */
const COLOURS = ["--info", "--warn", "--sandbox", "--accent", "--text"] as const;
const FORMS = [LineStyle.Solid, LineStyle.Dashed, LineStyle.Dotted, LineStyle.LargeDashed] as const;

/** What is drawn as columns and not as a line. */
const isColumns = (kind: string, line: string): boolean =>
  line === "histogram" || (kind === "VOLUME" && line === "value");

/** The lines that are drawn: a direction is in the words and no value to draw. */
const drawn = ({ lines }: PreviewedIndicatorDto) =>
  lines.filter(({ name }) => name !== "direction");

/** The indicators that have a panel of their own on the chart, and those for which there is no room. */
export function placePanels(indicators: readonly PreviewedIndicatorDto[]): {
  panels: PreviewedIndicatorDto[];
  left: PreviewedIndicatorDto[];
} {
  const own = indicators.filter(({ panel }) => panel === "own");
  return { panels: own.slice(0, MOST_PANELS), left: own.slice(MOST_PANELS) };
}

interface Painted {
  series: ISeriesApi<"Line"> | ISeriesApi<"Histogram">;
  colour: string;
  isColumns: boolean;
  values: readonly (number | null)[];
}

interface Pane {
  legend: Legend;
  indicators: readonly PreviewedIndicatorDto[];
}

/**
 * Bars with indicators over them and in panels below. The bars on which an indicator has no value
 * yet are shaded in its panel. It is made anew for other indicators, and told of other bars.
 */
export class IndicatorChart {
  private readonly chart: IChartApi;
  private readonly candles: ISeriesApi<"Candlestick">;
  private readonly shades: { series: ISeriesApi<"Area">; bars: number }[] = [];
  private readonly painted: Painted[] = [];
  private readonly panes: Pane[] = [];
  private readonly unfollow: () => void;
  private readonly data: IndicatorPreviewDto;
  private cursor: number | null = null;

  constructor(place: HTMLElement, data: IndicatorPreviewDto) {
    this.data = data;
    this.chart = panelChart(place, { top: 0.16, minBarSpacing: 0.5 });
    const over = data.indicators.filter(({ panel }) => panel === "price");
    this.shade(0, Math.max(0, ...over.map((each) => each.warm_up_bars)));
    this.candles = this.chart.addSeries(CandlestickSeries, { priceLineVisible: false });
    this.lines(0, over);
    this.panes.push({ legend: new Legend(), indicators: over });
    for (const [index, indicator] of placePanels(data.indicators).panels.entries()) {
      this.shade(index + 1, indicator.warm_up_bars);
      this.lines(index + 1, [indicator]);
      this.panes.push({ legend: new Legend(), indicators: [indicator] });
    }
    for (const [pane, { legend }] of this.panes.entries()) {
      const api = this.chart.panes()[pane];
      api?.setStretchFactor(pane === 0 ? 3 : 1.3);
      api?.attachPrimitive(legend);
    }
    const index = new Map(data.bars.map(({ date }, bar) => [date, bar]));
    this.chart.subscribeCrosshairMove(({ time }) => {
      this.cursor = typeof time === "string" ? (index.get(time) ?? null) : null;
      this.tell();
    });
    this.unfollow = onTheme(() => this.paint());
    this.candles.setData(
      data.bars.flatMap(({ date, ...bar }) => {
        const [open, high, low, close] = [bar.open, bar.high, bar.low, bar.close].map(toPlotNumber);
        return open == null || high == null || low == null || close == null
          ? []
          : [{ time: date, open, high, low, close }];
      }),
    );
    this.paint();
    this.chart.timeScale().setVisibleLogicalRange({ from: -0.5, to: data.bars.length + 1 });
  }

  /** Frees the canvas and the listeners. */
  dispose(): void {
    this.unfollow();
    this.chart.remove();
  }

  /** An area over the whole height, behind everything, on the bars without a value. */
  private shade(pane: number, bars: number): void {
    const series = this.chart.addSeries(
      AreaSeries,
      {
        priceScaleId: "warm-up",
        priceLineVisible: false,
        lastValueVisible: false,
        lineVisible: false,
        crosshairMarkerVisible: false,
        autoscaleInfoProvider: () => ({ priceRange: { minValue: 0, maxValue: 1 } }),
      },
      pane,
    );
    series.priceScale().applyOptions({ scaleMargins: { top: 0, bottom: 0 }, visible: false });
    this.shades.push({ series, bars });
  }

  private lines(pane: number, indicators: readonly PreviewedIndicatorDto[]): void {
    let at = 0;
    for (const indicator of indicators) {
      // The lines of one indicator over the price share its colour.
      const shared = COLOURS[at % COLOURS.length] ?? COLOURS[0];
      for (const [line, { name, values }] of drawn(indicator).entries()) {
        const isOver = indicator.panel === "price";
        const colour = isOver ? shared : (COLOURS[line % COLOURS.length] ?? COLOURS[0]);
        const plain = {
          priceLineVisible: false,
          lastValueVisible: false,
          priceFormat: { type: "custom", formatter: short, minMove: 0.000_001 },
        } as const;
        const columns = isColumns(indicator.kind, name);
        const series = columns
          ? this.chart.addSeries(HistogramSeries, plain, pane)
          : this.chart.addSeries(
              LineSeries,
              {
                ...plain,
                lineWidth: 1,
                lineStyle: FORMS[line % FORMS.length] ?? LineStyle.Solid,
                crosshairMarkerVisible: false,
              },
              pane,
            );
        if (line === 0)
          for (const price of isOver ? [] : levelsOf(indicator))
            series.createPriceLine({
              price,
              lineWidth: 1,
              lineStyle: LineStyle.Dotted,
              axisLabelVisible: false,
              color: token("--muted"),
            });
        this.painted.push({ series, colour, isColumns: columns, values });
      }
      at += 1;
    }
  }

  private tell(): void {
    const index = this.cursor ?? this.data.bars.length - 1;
    for (const [pane, { legend, indicators }] of this.panes.entries()) {
      const parts: LegendPart[] =
        pane === 0 ? [{ text: "Price", colour: "--text", strong: true }] : [];
      for (const [at, indicator] of indicators.entries()) {
        const isOver = indicator.panel === "price";
        parts.push({
          text: indicator.label,
          colour: isOver ? (COLOURS[at % COLOURS.length] ?? "--text") : "--text",
          strong: !isOver,
        });
        const lines = drawn(indicator);
        const said = lines.map(({ values }) => {
          const value = values[index] ?? null;
          return value === null ? "–" : short(value);
        });
        if (isOver || lines.length === 1)
          parts.push({
            text: said.join(" / "),
            colour: COLOURS[(isOver ? at : 0) % COLOURS.length] ?? "--text",
          });
        else
          for (const [line, { name }] of lines.entries())
            parts.push({
              text: `${name.replace("_", " ")} ${said[line] ?? "–"}`,
              colour: COLOURS[line % COLOURS.length] ?? "--text",
            });
      }
      legend.say(parts);
    }
    // A legend is drawn with its pane; an option that does not change anything has it drawn.
    this.chart.timeScale().applyOptions({});
  }

  private paint(): void {
    const { bars } = this.data;
    const [up, down, surface, muted, line] = [
      token("--up"),
      token("--down"),
      token("--surface"),
      token("--muted"),
      token("--line"),
    ];
    this.chart.applyOptions({
      layout: {
        background: { type: ColorType.Solid, color: surface },
        textColor: muted,
        panes: { separatorColor: token("--line-strong"), separatorHoverColor: token("--raised") },
      },
      grid: { vertLines: { color: line }, horzLines: { color: line } },
      crosshair: {
        vertLine: { color: token("--accent"), labelBackgroundColor: token("--accent") },
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
    for (const { series, bars: count } of this.shades) {
      series.applyOptions({ topColor: `${muted}2e`, bottomColor: `${muted}2e` });
      series.setData(bars.slice(0, count).map(({ date }) => ({ time: date, value: 1 })));
    }
    for (const { series, colour, isColumns: columns, values } of this.painted) {
      series.applyOptions({ color: columns ? `${token(colour)}99` : token(colour) });
      series.setData(
        bars.map(({ date }, index) => {
          const value = values[index] ?? null;
          return value === null ? { time: date as Time } : { time: date as Time, value };
        }),
      );
    }
    this.tell();
  }
}
