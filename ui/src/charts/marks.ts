import type { ChartBarDto, ChartMarkDto } from "@/gen/types";

/** Where the marks of a chart lie on its axis of bars. */
export interface Placed {
  /** Dates after the last bar, which carry nothing but marks that came later. */
  beyond: string[];
  points: PlacedPoint[];
  levels: PlacedLevel[];
}

export interface PlacedPoint {
  mark: ChartMarkDto;
  /** Date of the bar that it lies in. */
  date: string;
}

export interface PlacedLevel {
  mark: ChartMarkDto;
  from: string;
  to: string;
}

/** What happened at an instant, unlike a level, which holds for a while. */
const isPoint = ({ kind }: ChartMarkDto) => kind === "signal" || kind === "fill";

/** So many empty places are drawn at most; a longer time is drawn by its marks alone. */
const EMPTY_PLACES = 90;
const DAY = 86_400_000;

/** The dates of the marks behind the last bar, with the days or weeks between them. */
function daysBeyond(last: string, marks: readonly string[], before: string | undefined): string[] {
  const wanted = marks.filter((date) => date > last);
  const end = Math.max(...wanted.map((date) => Date.parse(date)));
  const start = Date.parse(last);
  const step = before !== undefined && start - Date.parse(before) >= 5 * DAY ? 7 * DAY : DAY;
  const between: string[] = [];
  if (wanted.length > 0 && (end - start) / step <= EMPTY_PLACES) {
    for (let at = start + step; at < end; at += step) {
      const day = new Date(at);
      const isOpen = step > DAY || (day.getUTCDay() !== 0 && day.getUTCDay() !== 6);
      if (isOpen) between.push(day.toISOString().slice(0, 10));
    }
  }
  return [...new Set([...wanted, ...between])].sort();
}

/**
 * Puts every mark into the bar that holds its day. What came later lies on days behind the last
 * bar and is left out unless it is asked for; without it no date is later than the last bar.
 */
export function placeMarks(
  bars: readonly Pick<ChartBarDto, "date">[],
  marks: readonly ChartMarkDto[],
  withLater: boolean,
): Placed {
  const dates = bars.map(({ date }) => date);
  const last = dates.at(-1);
  const [first] = dates;
  if (last === undefined || first === undefined) return { beyond: [], points: [], levels: [] };
  const shown = marks.filter((mark) => withLater || !mark.is_later);
  const dayOf = (instant: string) => instant.slice(0, 10);
  const later = shown
    .filter((mark) => mark.is_later)
    .flatMap(({ date, until }) => (until === null ? [date] : [date, dayOf(until)]));
  const beyond = daysBeyond(last, later, dates.at(-2));
  const axis = [...dates, ...beyond];
  // A mark of the run's own instant lies in the last bar, which may begin days before it.
  const barOf = (date: string, isLater: boolean): string | null => {
    if (!isLater && date > last) return last;
    return axis.findLast((each) => each <= date) ?? null;
  };
  const points: PlacedPoint[] = [];
  const levels: PlacedLevel[] = [];
  for (const mark of shown) {
    const date = barOf(mark.date, mark.is_later);
    const end =
      mark.until === null
        ? mark.is_later
          ? (axis.at(-1) ?? last)
          : last
        : barOf(dayOf(mark.until), mark.is_later);
    if (isPoint(mark)) {
      // A point before the first bar has no place; a level may reach into the chart.
      if (date !== null) points.push({ mark, date });
    } else if (end !== null) {
      levels.push({ mark, from: date ?? first, to: end });
    }
  }
  return { beyond, points, levels };
}
