import { formatDecimal, MISSING } from "@/lib/decimal";

/** A share from 0 to 1 as `53.4 %`. */
export const formatShare = (share: number | null | undefined, places = 1): string =>
  share == null || !Number.isFinite(share) ? MISSING : `${(share * 100).toFixed(places)}\u202f%`;

/** A statistic, which is a number and no amount. */
export function formatStatistic(
  value: number | null | undefined,
  { places = 2, signed = false }: { places?: number; signed?: boolean } = {},
): string {
  return value == null || !Number.isFinite(value)
    ? MISSING
    : formatDecimal(value.toFixed(places), { places, signed });
}

/** `1 trade`, `5 trades`. */
export const count = (number: number, one: string, many = `${one}s`): string =>
  `${number.toLocaleString("en-US")} ${number === 1 ? one : many}`;
