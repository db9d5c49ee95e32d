import { describe, expect, it } from "vitest";

import {
  add,
  compare,
  divide,
  formatDecimal,
  formatMoney,
  formatPercent,
  formatPrice,
  multiply,
  signOf,
  subtract,
} from "@/lib/decimal";

describe("decimals are formatted from their text", () => {
  it.each([
    ["100412.18", "100,412.18"],
    ["-1234567.005", "−1,234,567.01"],
    ["0.005", "0.01"],
    ["-0.004", "0.00"],
    ["999.995", "1,000.00"],
    ["9007199254740993.10", "9,007,199,254,740,993.10"],
    ["5", "5.00"],
  ])("%s as money is %s", (text, shown) => {
    expect(formatMoney(text)).toBe(shown);
  });

  it("shows what is missing as missing, never as zero", () => {
    for (const text of [null, undefined, "", "NaN", "1e5", "12,5", "--1"]) {
      expect(formatMoney(text)).toBe("–");
      expect(formatPercent(text)).toBe("–");
      expect(signOf(text)).toBeNull();
    }
  });

  it("always shows the sign of a change, and none on zero", () => {
    expect(formatMoney("12.3", true)).toBe("+12.30");
    expect(formatMoney("-12.3", true)).toBe("−12.30");
    expect(formatMoney("0.001", true)).toBe("0.00");
  });

  it("keeps the ticks of a price", () => {
    expect(formatPrice("567.4")).toBe("567.40");
    expect(formatPrice("1.0825")).toBe("1.0825");
    expect(formatDecimal("1000")).toBe("1,000");
  });
});

describe("sums are exact", () => {
  it("where doubles are not", () => {
    expect(add("0.1", "0.2")).toBe("0.3");
    expect(subtract("100000000000000.03", "0.01")).toBe("100000000000000.02");
    expect(multiply("272", "73.7793")).toBe("20067.9696");
    expect(divide("2", "3", 4)).toBe("0.6667");
    expect(divide("-2", "3", 4)).toBe("-0.6667");
    expect(divide("1", "0", 2)).toBeNull();
    expect(divide("0.5", "0.0025", 2)).toBe("200.00");
  });

  it("and missing stays missing", () => {
    expect(add("1", null)).toBeNull();
    expect(subtract(null, "1")).toBeNull();
    expect(multiply("x", "1")).toBeNull();
  });

  it("compares by value, and puts what is missing last", () => {
    const sorted = ["10", null, "9.99", "-3", "10.0"].sort(compare);
    expect(sorted).toEqual(["-3", "9.99", "10", "10.0", null]);
  });
});
