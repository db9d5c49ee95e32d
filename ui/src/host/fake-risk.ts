import type { Rpc } from "@/gen/commands";
import type { ApiError, RiskDto } from "@/gen/types";

/** What an engine answered about limits and locks. */
export interface RiskRecording {
  risk: RiskDto;
}

type Fail = (code: ApiError["code"], message: string, hint?: string | null) => never;
type RiskCommand = "risk_get" | "risk_limits_set" | "protection_release";

/** Keeps what is set, and opens what is to be opened. Nothing is held against any limit here. */
export function riskAnswers(
  recording: () => RiskRecording,
  changed: () => void,
  fail: Fail,
): { [K in RiskCommand]: (request: Rpc[K][0]) => Rpc[K][1] } {
  return {
    risk_get: () => recording().risk,
    risk_limits_set: ({ limits }): RiskDto => {
      const { risk } = recording();
      risk.limits = limits;
      changed();
      return risk;
    },
    protection_release: ({ lock_id: id, reason }): RiskDto => {
      const { risk } = recording();
      const found = risk.locks.find(({ lock }) => lock.lock_id === id);
      if (!found) return fail("not_found", `there is no lock ${id}`);
      risk.locks = risk.locks.filter((lock) => lock !== found);
      risk.past_locks.unshift({
        ...found,
        released_at: risk.now,
        released_by: "window",
        release_reason: reason,
      });
      changed();
      return risk;
    },
  };
}
