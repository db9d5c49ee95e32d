import { readFileSync } from "node:fs";

import { describe, expect, it } from "vitest";

// Tests run in the folder of package.json.
const css = readFileSync("src/theme.css", "utf8");

function tokens(selector: string): Record<string, string> {
  const from = css.indexOf(`${selector} {`);
  const block = css.slice(from, css.indexOf("}", from));
  return Object.fromEntries(
    [...block.matchAll(/--([\w-]+): (#[0-9a-f]{6});/g)].map(([, name = "", value = ""]) => [
      name,
      value,
    ]),
  );
}

/** Relative luminance, WCAG 2.2. */
function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const value = parseInt(colour.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(a: string, b: string): number {
  const [low = 0, high = 0] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (high + 0.05) / (low + 0.05);
}

const WORDS = ["text", "muted", "accent", "up", "down", "warn", "error", "info"];
const SOLIDS = [...WORDS.slice(1), "sandbox", "paper", "live"];

describe.each([
  ["light", tokens(":root")],
  ["dark", { ...tokens(":root"), ...tokens(':root[data-theme="dark"]') }],
])("every colour of the %s theme can be read", (_, theme) => {
  const pairs = [
    ...WORDS.flatMap((word) => ["ground", "surface", "raised"].map((on) => [word, on] as const)),
    ...SOLIDS.map((solid) => ["on-solid", solid] as const),
  ];
  it.each(pairs)("%s on %s", (word, on) => {
    const [front, back] = [theme[word], theme[on]];
    expect(front, `--${word} is no colour`).toBeDefined();
    expect(back, `--${on} is no colour`).toBeDefined();
    expect(contrast(front ?? "", back ?? "")).toBeGreaterThanOrEqual(4.5);
  });
});
