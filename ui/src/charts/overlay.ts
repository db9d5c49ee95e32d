import type {
  AutoscaleInfo,
  IChartApi,
  IPanePrimitive,
  IPrimitivePaneView,
  ISeriesApi,
  ISeriesPrimitive,
  SeriesAttachedParameter,
} from "lightweight-charts";

import type { Placed, PlacedLevel, PlacedPoint } from "@/charts/marks";
import { token } from "@/charts/tokens";
import type { ChartBarDto } from "@/gen/types";
import { toPlotNumber } from "@/lib/decimal";

/** Draws on a canvas in pixels of the window. */
function view(
  zOrder: "bottom" | "top",
  draw: (context: CanvasRenderingContext2D, size: { width: number; height: number }) => void,
): IPrimitivePaneView {
  return {
    zOrder: () => zOrder,
    renderer: () => ({
      draw: (target) =>
        target.useMediaCoordinateSpace(({ context, mediaSize }) => {
          context.save();
          draw(context, mediaSize);
          context.restore();
        }),
    }),
  };
}

/** How a level is drawn: each has a colour and a form of its own. */
const LEVELS: Record<string, { colour: string; dash: number[] }> = {
  entry: { colour: "--text", dash: [] },
  stop: { colour: "--down", dash: [5, 3] },
  target: { colour: "--up", dash: [1, 3] },
};

/** Own levels, signals and fills on the price, and the line behind which nothing was known. */
export class MarkOverlay implements ISeriesPrimitive {
  private chart: IChartApi | null = null;
  private series: ISeriesApi<"Candlestick"> | null = null;
  private update: () => void = () => undefined;
  private placed: Placed = { beyond: [], points: [], levels: [] };
  private bars = new Map<string, ChartBarDto>();
  private last: string | null = null;
  private run: string | null = null;

  attached({ chart, series, requestUpdate }: SeriesAttachedParameter): void {
    this.chart = chart;
    this.series = series as ISeriesApi<"Candlestick">;
    this.update = requestUpdate;
  }

  detached(): void {
    this.chart = null;
    this.series = null;
  }

  show(bars: readonly ChartBarDto[], placed: Placed, run: string): void {
    this.run = run;
    this.bars = new Map(bars.map((bar) => [bar.date, bar]));
    this.last = bars.at(-1)?.date ?? null;
    this.placed = placed;
    this.update();
  }

  /** Levels of the newest signal stay in view even where no price has been. */
  autoscaleInfo(): AutoscaleInfo | null {
    const prices = this.placed.levels
      .filter(({ to }) => to === this.last || this.placed.beyond.includes(to))
      .flatMap(({ mark }) => toPlotNumber(mark.price) ?? []);
    if (prices.length === 0) return null;
    return { priceRange: { minValue: Math.min(...prices), maxValue: Math.max(...prices) } };
  }

  paneViews(): readonly IPrimitivePaneView[] {
    return [
      view("bottom", (context, size) => this.drawNow(context, size)),
      view("top", (context) => {
        for (const level of this.placed.levels) this.drawLevel(context, level);
        for (const point of this.placed.points) this.drawPoint(context, point);
      }),
    ];
  }

  private x(date: string): number | null {
    return this.chart?.timeScale().timeToCoordinate(date) ?? null;
  }

  private y(price: string): number | null {
    const value = toPlotNumber(price);
    return value === null ? null : (this.series?.priceToCoordinate(value) ?? null);
  }

  private spacing(): number {
    return this.chart?.timeScale().options().barSpacing ?? 6;
  }

  private drawNow(
    context: CanvasRenderingContext2D,
    { width, height }: { width: number; height: number },
  ): void {
    if (this.last === null || this.placed.beyond.length === 0) return;
    const at = this.x(this.last);
    if (at === null) return;
    const edge = at + this.spacing() / 2;
    context.fillStyle = token("--raised");
    context.fillRect(edge, 0, width - edge, height);
    context.fillStyle = token("--accent");
    context.fillRect(edge, 0, 1, height);
    context.font = `500 12px ${getComputedStyle(document.body).fontFamily}`;
    context.textAlign = "right";
    context.fillText("the run saw this", edge - 6, height - 8);
    context.textAlign = "left";
    context.fillStyle = token("--muted");
    context.fillText("later", edge + 6, height - 8);
  }

  private drawLevel(context: CanvasRenderingContext2D, { mark, from, to }: PlacedLevel): void {
    const [left, right, at] = [this.x(from), this.x(to), this.y(mark.price)];
    const style = LEVELS[mark.kind];
    if (left === null || right === null || at === null || !style) return;
    const half = this.spacing() / 2;
    context.strokeStyle = token(style.colour);
    context.lineWidth = mark.is_later ? 1 : 1.5;
    // Those of the run itself stand out from those of other runs.
    context.globalAlpha = mark.execution_id === this.run ? 1 : 0.5;
    context.setLineDash(style.dash);
    context.beginPath();
    context.moveTo(left - half, at);
    context.lineTo(right + half, at);
    context.stroke();
    context.setLineDash([]);
    context.globalAlpha = 1;
  }

  private drawPoint(context: CanvasRenderingContext2D, { mark, date }: PlacedPoint): void {
    const at = this.x(date);
    if (at === null) return;
    const isBuy = mark.action === "BUY";
    context.strokeStyle = token(isBuy ? "--up" : "--down");
    context.fillStyle = mark.is_later ? token("--surface") : context.strokeStyle;
    context.lineWidth = 1.5;
    context.beginPath();
    if (mark.kind === "fill") {
      const y = this.y(mark.price);
      if (y === null) return;
      context.moveTo(at, y - 5);
      context.lineTo(at + 5, y);
      context.lineTo(at, y + 5);
      context.lineTo(at - 5, y);
    } else {
      // A signal stands clear of its bar: a BUY below, a SELL above.
      const bar = this.bars.get(date);
      const y = this.y((isBuy ? bar?.low : bar?.high) ?? mark.price);
      if (y === null) return;
      const away = isBuy ? 1 : -1;
      context.moveTo(at, y + 6 * away);
      context.lineTo(at + 5, y + 14 * away);
      context.lineTo(at - 5, y + 14 * away);
    }
    context.closePath();
    if (mark.kind === "fill" && !mark.is_later) {
      context.strokeStyle = token("--surface");
      context.fill();
      context.stroke();
    } else {
      context.fill();
      context.stroke();
    }
  }
}

/** A line of a legend. */
export interface LegendPart {
  text: string;
  /** Name of a colour of the theme. */
  colour: string;
  strong?: boolean;
}

/** The name of a panel and its values under the pointer, in its upper left corner. */
export class Legend implements IPanePrimitive {
  private parts: readonly LegendPart[] = [];

  say(parts: readonly LegendPart[]): void {
    this.parts = parts;
  }

  paneViews(): readonly IPrimitivePaneView[] {
    return [
      view("top", (context) => {
        const family = getComputedStyle(document.body).fontFamily;
        let left = 8;
        for (const { text, colour, strong } of this.parts) {
          context.font = `${strong ? 600 : 500} 12px ${family}`;
          const { width } = context.measureText(text);
          context.fillStyle = token("--surface");
          context.globalAlpha = 0.8;
          context.fillRect(left - 3, 3, width + 6, 17);
          context.globalAlpha = 1;
          context.fillStyle = token(colour);
          context.fillText(text, left, 16);
          left += width + 12;
        }
      }),
    ];
  }
}
