import type { IndicatorChoiceDto, IndicatorGroupDto, IndicatorKindDto } from "@/gen/types";

/** The groups in the order of the catalogue. */
export const GROUPS: readonly { group: IndicatorGroupDto; word: string }[] = [
  { group: "trend", word: "Trend" },
  { group: "momentum", word: "Momentum" },
  { group: "volatility", word: "Volatility" },
  { group: "volume", word: "Volume" },
];

/** Kinds of which every word is in their names or their description. */
export function siftKinds(kinds: readonly IndicatorKindDto[], text: string): IndicatorKindDto[] {
  const words = text.toLowerCase().split(/\s+/);
  return kinds.filter((kind) => {
    const said = `${kind.kind} ${kind.name} ${kind.label} ${kind.description}`.toLowerCase();
    return words.every((word) => said.includes(word));
  });
}

/** The parameters of a form: those of the choice over the defaults. */
export const filled = (
  kind: IndicatorKindDto,
  parameters: Readonly<Record<string, string>> = {},
): Record<string, string> =>
  Object.fromEntries(
    kind.parameters.map(({ name, default: usual }) => [name, parameters[name] ?? usual]),
  );

/** Whether two choices are one indicator as far as what was typed tells. */
export const isSame = (a: IndicatorChoiceDto, b: IndicatorChoiceDto): boolean =>
  a.kind === b.kind &&
  Object.keys({ ...a.parameters, ...b.parameters }).every(
    (name) => a.parameters[name] === b.parameters[name],
  );

/** `19 bars`, `1 bar`, `none`. */
export const barCount = (bars: number): string =>
  bars === 0 ? "none" : `${bars} ${bars === 1 ? "bar" : "bars"}`;
