import type { ReadinessStageDto } from "@/gen/types";

/** The part of a strategy that a section of its form fills in. */
export const SECTIONS = [
  "symbols",
  "indicators",
  "analyst",
  "schedule",
  "risk",
  "autonomy",
] as const;
export type SectionId = (typeof SECTIONS)[number];

/** The page on which a strategy is changed, at one of its sections. */
export const editLink = (id: string, section?: SectionId): string =>
  `#/strategies/${encodeURIComponent(id)}/edit${section === undefined ? "" : `?section=${section}`}`;

/** Where a stage of the workflow is mended or looked at. */
export function stageLink(
  strategyId: string,
  { place, execution_id: execution, step }: ReadinessStageDto,
): string {
  switch (place) {
    case "connection":
      return "#/connection";
    case "models":
      return "#/models";
    case "prompts":
      return "#/prompts";
    case "symbols":
    case "indicators":
    case "analyst":
      return editLink(strategyId, place);
    case "strategy":
      return editLink(strategyId);
    case "schedule":
      return "#/schedules";
    case "run":
      return `#/strategies?strategy=${encodeURIComponent(strategyId)}`;
    case "lineage":
    case "orders":
    case "portfolio":
      return execution === null
        ? `#/${place}`
        : `#/lineage/${encodeURIComponent(execution)}${step === null ? "" : `?step=${step}`}`;
  }
}
