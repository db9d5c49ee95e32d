import { createChart, CrosshairMode, type IChartApi } from "lightweight-charts";

import { formatStatistic } from "@/lib/share";

/** An empty chart of bars in panels. `top` is the share of the price panel that its legend covers. */
export const panelChart = (
  place: HTMLElement,
  { top, minBarSpacing }: { top: number; minBarSpacing: number },
): IChartApi =>
  createChart(place, {
    autoSize: true,
    layout: {
      fontFamily: getComputedStyle(document.body).fontFamily,
      fontSize: 12,
      // The licence asks for the name of its makers where the chart is shown.
      attributionLogo: true,
      panes: { enableResize: true },
    },
    rightPriceScale: { borderVisible: false, scaleMargins: { top, bottom: 0.06 } },
    timeScale: { borderVisible: false, rightOffset: 2, minBarSpacing },
    crosshair: { mode: CrosshairMode.Normal },
    // As on the page Portfolio: a locale that Intl does not know leaves the chart empty.
    localization: { locale: "en-US", dateFormat: "yyyy-MM-dd" },
  });

/** Large numbers in short, such as `1.2M`, for axes. */
export function short(value: number): string {
  const size = Math.abs(value);
  if (size < 10_000) return formatStatistic(value);
  const [unit, letter] = size >= 1e9 ? [1e9, "B"] : size >= 1e6 ? [1e6, "M"] : [1e3, "k"];
  return `${formatStatistic(value / unit, { places: 1 })}${letter}`;
}
