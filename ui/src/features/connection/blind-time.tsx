import type { BlindTimeDto } from "@/gen/types";
import { dayShare, formatSeconds, secondsBetween, shortDateTime } from "@/lib/time";
import { Facts } from "@/ui/facts";
import { Panel } from "@/ui/panel";
import { Light } from "@/ui/state";

const DAY = 86_400;

/** How much of the exchange's day the account was not watched. */
export function BlindTime({ blind, now }: { blind: BlindTimeDto; now: string | null }) {
  const { seconds_today: seconds, longest_seconds: longest, blind_since: since } = blind;
  const at = dayShare(now);
  const passed = at === null ? null : at * DAY;
  // A stretch that began yesterday counts from midnight.
  const current = since === null ? 0 : Math.max(0, secondsBetween(since, now) ?? 0);
  const currentShare = passed === null ? 0 : Math.min(current, passed) / DAY;
  const endedShare = Math.max(0, Math.min(seconds, passed ?? DAY) / DAY - currentShare);
  return (
    <Panel
      title="Blind time today"
      actions={
        since === null ? (
          <span className="flex items-center gap-1.5 text-12 text-muted">
            <Light tone="up" shape="disc" /> watched now
          </span>
        ) : (
          <span className="flex items-center gap-1.5 text-12 font-medium text-error">
            <Light tone="error" shape="square" /> blind now
          </span>
        )
      }
    >
      <div className="p-4">
        <div
          role="img"
          aria-label={`Of the day so far the account was not watched for ${formatSeconds(seconds)}`}
          className="relative h-4"
        >
          <div className="absolute inset-x-0 top-1 h-2 overflow-hidden rounded-full bg-raised ring-1 ring-line">
            {at === null ? null : (
              <>
                <div
                  className="absolute inset-y-0 left-0 bg-accent opacity-40"
                  style={{ width: `${at * 100}%` }}
                />
                <div
                  className="absolute inset-y-0 left-0 bg-warn"
                  style={{ width: `${endedShare * 100}%` }}
                />
                <div
                  className="absolute inset-y-0 bg-error"
                  style={{
                    left: `${(at - currentShare) * 100}%`,
                    width: `${currentShare * 100}%`,
                  }}
                />
              </>
            )}
          </div>
          {at === null ? null : (
            <div
              className="absolute inset-y-0 w-px bg-accent"
              style={{ left: `${at * 100}%` }}
              title="Now"
            />
          )}
        </div>
        <div aria-hidden="true" className="tabular relative mt-1 h-4 text-12 text-muted">
          <span className="absolute left-0">0:00</span>
          {[6, 12, 18].map((hour) => (
            <span
              key={hour}
              className="absolute -translate-x-1/2"
              style={{ left: `${(hour / 24) * 100}%` }}
            >
              {hour}:00
            </span>
          ))}
          <span className="absolute right-0">24:00</span>
        </div>
        <Facts
          className="mt-3 grid-cols-3"
          facts={[
            ["In all", formatSeconds(seconds)],
            ["Longest", formatSeconds(longest)],
            ["Since", since === null ? "not blind" : shortDateTime(since)],
          ]}
        />
        {endedShare > 0 ? (
          <p className="mt-3 text-12 text-muted">
            What has ended is drawn at the left as a share of the day; what lasts, where it lies.
          </p>
        ) : null}
      </div>
    </Panel>
  );
}
