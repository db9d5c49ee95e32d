import type { StrategyDto } from "@/gen/types";
export function StrategiesPage(_: {
  onRun: (s: StrategyDto, symbol?: string | null) => void;
  running: boolean;
  lineageLink: (id: string) => string;
}) {
  return null;
}
