import { describe, expect, it } from "vitest";

import {
  closeOf,
  distance,
  earlier,
  exchangeDateTime,
  formatDuration,
  later,
  nextClose,
} from "@/lib/time";

describe("the exchange's clock", () => {
  it("is shown in New York's time, summer and winter", () => {
    expect(exchangeDateTime("2012-06-15T20:00:00Z")).toBe("2012-06-15 16:00");
    expect(exchangeDateTime("2012-01-13T21:00:05Z", true)).toBe("2012-01-13 16:00:05");
    expect(exchangeDateTime("not a time")).toBe("–");
  });

  it.each([
    ["a Friday morning", "2012-06-15T13:30:00Z", "2012-06-15T20:00:00.000Z"],
    ["a Friday at the close", "2012-06-15T20:00:00Z", "2012-06-18T20:00:00.000Z"],
    ["the weekend before the clocks change", "2012-03-09T21:00:00Z", "2012-03-12T20:00:00.000Z"],
    ["the weekend before they change back", "2012-11-02T20:00:00Z", "2012-11-05T21:00:00.000Z"],
  ])("finds the next close from %s", (_, now, expected) => {
    expect(nextClose(now)).toBe(expected);
  });

  it("keeps the time of day over a change of the clocks, and the end of a month in its month", () => {
    expect(later("2012-03-10T21:00:00Z", { days: 1 })).toBe("2012-03-11T20:00:00.000Z");
    expect(later("2012-01-31T21:00:00Z", { months: 1 })).toBe("2012-02-29T21:00:00.000Z");
    expect(later("2012-12-31T21:00:00Z", { months: 1 })).toBe("2013-01-31T21:00:00.000Z");
  });

  it("takes only days that there are", () => {
    expect(closeOf("2012-06-15")).toBe("2012-06-15T20:00:00.000Z");
    expect(closeOf("2012-02-30")).toBeNull();
    expect(closeOf("15.6.2012")).toBeNull();
  });

  it("stays within the data", () => {
    expect(earlier("2013-05-01T00:00:00Z", "2013-03-01T21:00:00Z")).toBe(
      "2013-03-01T21:00:00.000Z",
    );
    expect(earlier("2012-05-01T00:00:00Z", null)).toBe("2012-05-01T00:00:00Z");
  });
});

describe("spans of time", () => {
  it("are told in one unit", () => {
    expect(distance("2012-06-15T20:00:00Z", "2012-06-18T20:00:00Z")).toBe("3 d");
    expect(distance("2012-06-15T20:00:00Z", "2012-06-16T19:00:00Z")).toBe("23 h");
    expect([3, 402, 48_200, 30_211_403].map(formatDuration)).toEqual([
      "0.00 ms",
      "0.4 ms",
      "48 ms",
      "30.21 s",
    ]);
  });
});
