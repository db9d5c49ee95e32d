import {
  AreaSeries,
  ColorType,
  createChart,
  createSeriesMarkers,
  CrosshairMode,
  type IChartApi,
  type ISeriesApi,
  type ISeriesMarkersPluginApi,
  LineStyle,
  type SeriesMarker,
  type Time,
} from "lightweight-charts";

import { token } from "@/charts/tokens";
import type { ValuePointDto } from "@/gen/types";
import { formatMoney, toPlotNumber } from "@/lib/decimal";
import { onTheme } from "@/lib/theme";

/** What the pointer rests on. */
export interface ValueAt {
  date: string;
  value: string;
}

/** Trades of one day. */
export interface ValueMark {
  /** `YYYY-MM-DD`. */
  date: string;
  /** Opened, or closed with a gain or a loss together. */
  kind: "open" | "gain" | "loss";
  /** How many. */
  trades: number;
}

/** The value of the account over time, with the value at its opening as a dotted line. */
export class ValueChart {
  private readonly chart: IChartApi;
  private readonly series: ISeriesApi<"Area">;
  private readonly markers: ISeriesMarkersPluginApi<Time>;
  private readonly unfollow: () => void;
  private marks: readonly ValueMark[] = [];
  private points = new Map<string, string>();

  constructor(place: HTMLElement, onPoint: (point: ValueAt | null) => void) {
    this.chart = createChart(place, {
      autoSize: true,
      layout: {
        fontFamily: getComputedStyle(document.body).fontFamily,
        fontSize: 12,
        attributionLogo: true,
      },
      rightPriceScale: { borderVisible: false, scaleMargins: { top: 0.12, bottom: 0.08 } },
      timeScale: { borderVisible: false, fixLeftEdge: true, fixRightEdge: true },
      crosshair: { mode: CrosshairMode.Magnet, horzLine: { visible: false } },
      handleScale: { mouseWheel: false },
      localization: {
        // The window speaks English. Left out, the chart takes the system's locale, and one that
        // Intl does not know, such as "C", leaves the whole chart empty.
        locale: "en-US",
        priceFormatter: (price: number) => formatMoney(price.toFixed(2)),
      },
    });
    this.series = this.chart.addSeries(AreaSeries, {
      lineWidth: 2,
      priceLineVisible: false,
      lastValueVisible: true,
    });
    this.markers = createSeriesMarkers(this.series, []);
    this.chart.subscribeCrosshairMove(({ time }) => {
      const date = typeof time === "string" ? time : null;
      const value = date === null ? undefined : this.points.get(date);
      onPoint(date !== null && value !== undefined ? { date, value } : null);
    });
    this.unfollow = onTheme(() => this.paint());
    this.paint();
  }

  /** Shows this history, all of it, with trades on the days that it has. */
  show(history: readonly ValuePointDto[], opening: string, marks: readonly ValueMark[] = []): void {
    this.points = new Map(history.map((point) => [point.date, point.net_liquidation]));
    this.series.setData(
      history.flatMap((point) => {
        const value = toPlotNumber(point.net_liquidation);
        return value === null ? [] : [{ time: point.date, value }];
      }),
    );
    this.marks = marks.filter(({ date }) => this.points.has(date));
    this.paintMarks();
    for (const line of this.series.priceLines()) this.series.removePriceLine(line);
    const start = toPlotNumber(opening);
    if (start !== null) {
      this.series.createPriceLine({
        price: start,
        color: token("--muted"),
        lineWidth: 1,
        lineStyle: LineStyle.Dotted,
        axisLabelVisible: false,
        title: "opening",
      });
    }
    this.chart.timeScale().fitContent();
  }

  /** Frees the canvas and the listeners. */
  dispose(): void {
    this.unfollow();
    this.chart.remove();
  }

  private paintMarks(): void {
    this.markers.setMarkers(
      this.marks.map(({ date, kind, trades }): SeriesMarker<Time> => ({
        time: date,
        position: kind === "open" ? "belowBar" : "aboveBar",
        shape: kind === "open" ? "arrowUp" : kind === "gain" ? "circle" : "square",
        color: token(kind === "open" ? "--muted" : kind === "gain" ? "--up" : "--down"),
        size: 0.6,
        ...(trades > 1 ? { text: String(trades) } : {}),
      })),
    );
  }

  private paint(): void {
    const accent = token("--accent");
    this.chart.applyOptions({
      layout: {
        background: { type: ColorType.Solid, color: token("--surface") },
        textColor: token("--muted"),
      },
      grid: { vertLines: { visible: false }, horzLines: { color: token("--line") } },
      crosshair: {
        vertLine: { color: accent, labelBackgroundColor: accent, style: LineStyle.Solid },
      },
    });
    this.series.applyOptions({
      lineColor: accent,
      topColor: `${accent}33`,
      bottomColor: `${accent}00`,
    });
    this.paintMarks();
  }
}
