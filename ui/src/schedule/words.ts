/** Why a planned time is no run, in a word or two. */
export const CAUSES: Readonly<Record<string, string>> = {
  holiday: "Holiday",
  outside_hours: "Outside of hours",
  unknown_day: "Day not known",
  asleep: "Asleep",
  closed: "Program closed",
  offline: "Off-line",
  halted: "Halted",
  paused: "Paused",
  overlap: "Run before it",
  budget: "Budget",
  late: "Too late",
  changed: "Changed",
};

/** What a change of clocks does to a planned time. */
export const CLOCK_MARKS: Readonly<Record<string, string>> = {
  clocks_changed: "clocks changed since the run before",
  time_skipped: "this time is skipped by the clock; it runs after the gap",
  first_of_two: "the first of two",
  second_of_two: "the second of two",
};

/** Exchanges whose trading days are known, by the name in a strategy. */
export const EXCHANGES: readonly { value: string; title: string }[] = [
  { value: "NYSE", title: "New York Stock Exchange" },
  { value: "NASDAQ", title: "NASDAQ" },
  { value: "LSE", title: "London Stock Exchange" },
  { value: "TSE", title: "Tokyo Stock Exchange" },
  { value: "TSX", title: "Toronto Stock Exchange" },
  { value: "HKEX", title: "Hong Kong Exchange" },
  { value: "XETRA", title: "Xetra" },
  { value: "EURONEXT", title: "Euronext" },
];

/** Time zones that are offered; any other IANA name may be written. */
export const ZONES: readonly string[] = [
  "America/New_York",
  "America/Chicago",
  "America/Los_Angeles",
  "Europe/London",
  "Europe/Berlin",
  "Europe/Zurich",
  "Asia/Tokyo",
  "Asia/Hong_Kong",
  "Asia/Taipei",
  "Asia/Singapore",
  "Australia/Sydney",
  "UTC",
];

/** `2012-06-15T16:00:00-04:00` as `Fri 15 Jun 2012 16:00`, without a look at any clock. */
export function localWords(text: string): string {
  const match = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}:\d{2})(:\d{2})?/.exec(text);
  if (!match) return text;
  const [, year, month, day, time, seconds] = match;
  const date = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day)));
  const words = date.toLocaleDateString("en-GB", {
    weekday: "short",
    day: "numeric",
    month: "short",
    year: "numeric",
    timeZone: "UTC",
  });
  return `${words.replace(",", "")} ${time}${seconds === undefined || seconds === ":00" ? "" : seconds}`;
}

/** An instant on the clock of a zone, in the form of {@link localWords}. */
export function zonedWords(instant: string, zone: string): string {
  const at = Date.parse(instant);
  if (Number.isNaN(at)) return instant;
  // Swedish dates are those of ISO 8601.
  const civil = new Date(at).toLocaleString("sv-SE", { timeZone: zone });
  return localWords(civil.replace(" ", "T"));
}
