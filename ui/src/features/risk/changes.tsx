import { limitLabel, limitText } from "@/features/risk/words";
import type { LimitsChangeDto } from "@/gen/types";
import { shortDateTime } from "@/lib/time";
import { Panel } from "@/ui/panel";

/** How the account's limits came to be what they are. */
export function Changes({ changes }: { changes: readonly LimitsChangeDto[] }) {
  if (changes.length === 0) return null;
  return (
    <Panel title="Changes of the limits">
      <ul className="divide-y">
        {changes.map(({ at, by, limits }) => (
          <li key={at + by + limits.map(({ limit }) => limit).join()} className="px-4 py-2">
            <p className="tabular text-12 text-muted">
              {shortDateTime(at)} ET in the {by}
            </p>
            <ul>
              {limits.map(({ limit, before, after }) => (
                <li key={limit} className="flex gap-3">
                  <span className="min-w-0 truncate">{limitLabel(limit)}</span>
                  <span className="tabular ml-auto shrink-0">
                    <span className="text-muted">{limitText(limit, before)} →</span>{" "}
                    {limitText(limit, after)}
                  </span>
                </li>
              ))}
            </ul>
          </li>
        ))}
      </ul>
    </Panel>
  );
}
