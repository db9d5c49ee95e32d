import type { Rpc } from "@/gen/commands";
import type { ApiError } from "@/gen/types";

type Fail = (code: ApiError["code"], message: string, hint?: string | null) => never;
type ScheduleCommand =
  | "schedule_preview"
  | "schedules_list"
  | "schedules_set_active"
  | "strategy_export"
  | "strategy_save"
  | "strategy_validate";

/** Planning trading days and reading strategy files is the engine's; no page asks for either yet. */
export function scheduleAnswers(fail: Fail): {
  [K in ScheduleCommand]: (request: Rpc[K][0]) => Rpc[K][1];
} {
  const unplanned = () =>
    fail("not_now", "The recorded engine plans nothing.", "Use the application itself.");
  return {
    schedule_preview: unplanned,
    schedules_list: unplanned,
    schedules_set_active: unplanned,
    strategy_export: unplanned,
    strategy_save: unplanned,
    strategy_validate: unplanned,
  };
}
