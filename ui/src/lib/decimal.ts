/**
 * Decimals arrive as texts and stay texts: `Number` would round what a person is to read.
 * Sums are made on whole numbers of the smallest unit.
 */

/** What stands where there is no value. Never zero. */
export const MISSING = "–";
/** A true minus sign, as wide as a plus. */
const MINUS = "\u2212";

interface Scaled {
  units: bigint;
  places: number;
}

function parse(text: string | null | undefined): Scaled | null {
  const match = /^([+-]?)(\d+)(?:\.(\d+))?$/.exec(text?.trim() ?? "");
  if (!match) return null;
  const [, sign, whole = "0", fraction = ""] = match;
  const units = BigInt(whole + fraction);
  return { units: sign === "-" ? -units : units, places: fraction.length };
}

function atPlaces(value: Scaled, places: number): bigint {
  if (places >= value.places) return value.units * 10n ** BigInt(places - value.places);
  const divisor = 10n ** BigInt(value.places - places);
  const half = divisor / 2n;
  // Halves away from zero, as the engine rounds.
  return value.units < 0n ? -((-value.units + half) / divisor) : (value.units + half) / divisor;
}

function toText(units: bigint, places: number): string {
  const digits = (units < 0n ? -units : units).toString().padStart(places + 1, "0");
  const whole = digits.slice(0, digits.length - places);
  const fraction = places > 0 ? `.${digits.slice(digits.length - places)}` : "";
  return `${units < 0n ? "-" : ""}${whole}${fraction}`;
}

export interface DecimalFormat {
  /** Exactly so many places; without it as many as the text has. */
  places?: number;
  /** At least so many places, where `places` is not given. */
  minimumPlaces?: number;
  /** Shows a plus sign too. */
  signed?: boolean;
}

/** Thousands separated, rounded as asked; `–` for what is missing or not a number. */
export function formatDecimal(text: string | null | undefined, format: DecimalFormat = {}): string {
  const value = parse(text);
  if (!value) return MISSING;
  const places = format.places ?? Math.max(value.places, format.minimumPlaces ?? 0);
  const units = atPlaces(value, places);
  const [whole = "0", fraction] = toText(units < 0n ? -units : units, places).split(".");
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ",");
  const sign = units < 0n ? MINUS : format.signed && units > 0n ? "+" : "";
  return `${sign}${grouped}${fraction === undefined ? "" : `.${fraction}`}`;
}

/** Two places, for amounts of money. */
export const formatMoney = (text: string | null | undefined, signed = false): string =>
  formatDecimal(text, { places: 2, signed });

/** At least two places, so that a price shows its whole tick. */
export const formatPrice = (text: string | null | undefined): string =>
  formatDecimal(text, { minimumPlaces: 2 });

/** Two places and the sign of percent. */
export function formatPercent(text: string | null | undefined, signed = false): string {
  const shown = formatDecimal(text, { places: 2, signed });
  return shown === MISSING ? shown : `${shown}\u202f%`;
}

/** Without the zeros at the end that say nothing, for averages. */
export const trimZeros = (text: string | null): string | null =>
  text?.replace(/(\.\d*?)0+$/, "$1").replace(/\.$/, "") ?? null;

/** −1, 0 or 1; nothing for what is not a number. */
export function signOf(text: string | null | undefined): -1 | 0 | 1 | null {
  const value = parse(text);
  if (!value) return null;
  return value.units > 0n ? 1 : value.units < 0n ? -1 : 0;
}

/** The price of a stop or a target; a zero stands for one that does not work at the broker. */
export const protection = (price: string | null | undefined): string | null =>
  price == null || signOf(price) !== 1 ? null : price;

/** left − right, exactly. */
export function subtract(
  left: string | null | undefined,
  right: string | null | undefined,
): string | null {
  const [a, b] = [parse(left), parse(right)];
  if (!a || !b) return null;
  const places = Math.max(a.places, b.places);
  return toText(atPlaces(a, places) - atPlaces(b, places), places);
}

/** left + right, exactly. */
export function add(
  left: string | null | undefined,
  right: string | null | undefined,
): string | null {
  const b = parse(right);
  return b ? subtract(left, toText(-b.units, b.places)) : null;
}

/** left × right, exactly. */
export function multiply(
  left: string | null | undefined,
  right: string | null | undefined,
): string | null {
  const [a, b] = [parse(left), parse(right)];
  return a && b ? toText(a.units * b.units, a.places + b.places) : null;
}

/** left ÷ right to so many places; nothing for a division by zero. */
export function divide(
  left: string | null | undefined,
  right: string | null | undefined,
  places: number,
): string | null {
  const [a, b] = [parse(left), parse(right)];
  if (!a || !b || b.units === 0n) return null;
  const extra = places + 1 + Math.max(0, b.places - a.places);
  const quotient = (a.units * 10n ** BigInt(extra)) / b.units;
  const value = { units: quotient, places: a.places + extra - b.places };
  return toText(atPlaces(value, places), places);
}

/** For orders that are shown: negative, zero or positive. What is missing comes last. */
export function compare(left: string | null | undefined, right: string | null | undefined): number {
  const difference = signOf(subtract(left, right));
  if (difference !== null) return difference;
  return Number(signOf(left) === null) - Number(signOf(right) === null);
}

/** A number for drawing, where a pixel is coarser than a double. Never for text. */
export function toPlotNumber(text: string | null | undefined): number | null {
  return parse(text) ? Number(text) : null;
}
