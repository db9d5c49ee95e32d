import { useRead } from "@/api/context";
import { CAUSES, CLOCK_MARKS, localWords } from "@/schedule/words";
import type { PlannedRunDto } from "@/gen/types";
import { plain } from "@/lib/text";
import { Badge } from "@/ui/badge";
import { cn } from "@/ui/cn";
import { Skeleton } from "@/ui/panel";
import { Table, Td, Th } from "@/ui/simple-table";
import { useSettled } from "@/ui/use-settled";

export interface PreviewedSchedule {
  rule: string;
  exchange: string;
  /** The exchange's zone if empty. */
  time_zone: string;
  hours: string;
}

/** Marks of a planned time: why it falls out, a short day, a change of clocks. */
export function Marks({ run }: { run: PlannedRunDto }) {
  return (
    <span className="flex flex-wrap items-center gap-1.5">
      {run.cause === null ? null : (
        <Badge tone="warn" title={plain(run.sentence ?? "")}>
          {CAUSES[run.cause] ?? run.cause}
        </Badge>
      )}
      {run.short_day ? <Badge tone="info">Early close</Badge> : null}
      {run.clock.map((mark) => (
        <Badge key={mark} tone="info" title={CLOCK_MARKS[mark] ?? mark}>
          Clocks change
        </Badge>
      ))}
      {run.sentence === null ? null : (
        <span className="text-12 text-muted">{plain(run.sentence)}</span>
      )}
    </span>
  );
}

/** The next planned times of a schedule on both clocks, with what falls out and why. */
export function SchedulePreview({
  schedule,
  count = 20,
}: {
  schedule: PreviewedSchedule;
  count?: number;
}) {
  const settled = useSettled(JSON.stringify(schedule));
  const { rule, exchange, time_zone: zone, hours } = JSON.parse(settled) as PreviewedSchedule;
  const { data, error } = useRead(
    "schedule_preview",
    { rule, exchange, time_zone: zone === "" ? null : zone, hours, from: null, count },
    { enabled: rule.trim() !== "", keep: true },
  );
  if (error)
    return (
      <p role="status" className="text-error">
        {plain(error.message)}
      </p>
    );
  if (!data) return <Skeleton className="h-40" />;
  const isElsewhere = data.time_zone !== data.exchange_time_zone;
  const made = data.runs.filter((run) => run.runs).length;
  return (
    <div className={cn("min-w-0", settled !== JSON.stringify(schedule) && "opacity-60")}>
      <p aria-live="polite">
        <span className="font-medium">{plain(data.words)}</span>
        {", "}
        {data.exchange_title}, on the clock of {data.time_zone}.
      </p>
      <p className="mb-2 text-12 text-muted">
        {data.runs.length === 0
          ? "It names no time to come."
          : made === data.runs.length
            ? `The next ${data.runs.length} planned times, all of them runs.`
            : `The next ${data.runs.length} planned times, ${made} of them runs.`}
        {data.ends === null ? "" : ` ${plain(data.ends)}`}
      </p>
      {data.runs.length > 0 ? (
        <div
          tabIndex={0}
          role="region"
          aria-label="Planned times"
          className="max-h-[380px] overflow-y-auto"
        >
          <Table>
            <caption className="sr-only">The next planned times</caption>
            <thead className="sticky top-0 bg-surface">
              <tr>
                <Th>{isElsewhere ? data.time_zone : "Exchange time"}</Th>
                {isElsewhere ? <Th>{data.exchange}</Th> : null}
                <Th>UTC</Th>
                <Th>
                  <span className="sr-only">Remarks</span>
                </Th>
              </tr>
            </thead>
            <tbody>
              {data.runs.map((run) => (
                <tr key={run.utc} className={cn(!run.runs && "text-muted")}>
                  <Td className="tabular whitespace-nowrap">
                    <span className={cn(!run.runs && "line-through")}>{localWords(run.local)}</span>
                  </Td>
                  {isElsewhere ? (
                    <Td className="tabular whitespace-nowrap">{localWords(run.exchange)}</Td>
                  ) : null}
                  <Td className="tabular whitespace-nowrap text-muted">{run.utc.slice(11, 16)}</Td>
                  <Td>
                    <Marks run={run} />
                  </Td>
                </tr>
              ))}
            </tbody>
          </Table>
        </div>
      ) : null}
    </div>
  );
}
