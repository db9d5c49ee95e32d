import { Pause, Play } from "lucide-react";

import { useRead } from "@/api/context";
import { useToldAct } from "@/api/told-act";
import { CAUSES, localWords, zonedWords } from "@/schedule/words";
import { Marks } from "@/schedule/preview";
import { useSetActive } from "@/features/strategies/acts";
import { editLink } from "@/features/strategies/links";
import type { LastRunDto, ScheduleDto, SchedulesDto } from "@/gen/types";
import { count } from "@/lib/share";
import { plain } from "@/lib/text";
import { EXCHANGE_ZONE, exchangeDateTime } from "@/lib/time";
import { Badge } from "@/ui/badge";
import { Button } from "@/ui/button";
import { Countdown } from "@/ui/countdown";
import { Notice } from "@/ui/notice";
import { Missing } from "@/ui/number";
import { Empty, Panel, Skeleton } from "@/ui/panel";
import { Reading } from "@/ui/reading";
import { Table, Td, Th } from "@/ui/simple-table";
import { Switch } from "@/ui/switch";

const LINK = "text-accent underline-offset-2 hover:underline";

const MISSED: Readonly<Record<string, string>> = {
  skip: "A missed run is left out",
  run_once: "Of what was missed, the latest is run",
};
const OVERLAP: Readonly<Record<string, string>> = {
  skip: "while the run before goes on, a new one is left out",
  queue: "while the run before goes on, a new one waits",
  cancel_older: "a new run ends the one before it",
};

/** The policies of a schedule in one sentence. */
export const policyWords = (schedule: ScheduleDto): string =>
  [
    `${MISSED[schedule.missed] ?? schedule.missed}, up to ${count(schedule.grace_minutes, "minute")} late`,
    OVERLAP[schedule.overlap] ?? schedule.overlap,
    schedule.retries === 0
      ? "a failed run is not tried again"
      : `a failed run is tried again, at most ${count(schedule.retries, "time")}`,
    ...(schedule.pause_after_failures === null
      ? []
      : [`after ${count(schedule.pause_after_failures, "failure")} in a row it pauses itself`]),
  ].join("; ") + ".";

/** Every schedule: what runs next, what ran last, and what was not run and why. */
export function SchedulesPage({ lineageLink }: { lineageLink: (id: string) => string }) {
  const read = useRead("schedules_list", {}, { keep: true });
  const status = useRead("status_get", {}).data;
  const all = useToldAct("schedules_set_active");
  const schedules = read.data?.schedules ?? [];
  const active = schedules.filter((schedule) => schedule.active).length;
  const setAll = (on: boolean) =>
    all.run(
      { active: on },
      {
        done: on
          ? "Every schedule that a person paused goes on."
          : "Every schedule is paused, and kept.",
        failed: on ? "The schedules do not go on." : "The schedules were not paused.",
      },
    );
  return (
    <div className="h-full overflow-y-auto">
      <div className="mx-auto max-w-[1440px] space-y-4 px-6 pt-4 pb-12">
        <header className="flex items-center gap-2">
          <h1 className="text-18 font-semibold">Schedules</h1>
          {read.data ? (
            <span className="tabular text-muted">
              {active} of {schedules.length} on
            </span>
          ) : null}
          <span className="ml-auto" />
          <Button disabled={all.isPending || active === 0} onClick={() => setAll(false)}>
            <Pause /> Pause all
          </Button>
          <Button
            disabled={all.isPending || active === schedules.length}
            onClick={() => setAll(true)}
          >
            <Play /> Let all go on
          </Button>
        </header>
        {status?.clock_mode === "paused" && active > 0 ? (
          <p className="text-12 text-muted">
            The sandbox clock stands: what is planned waits until it is moved.
          </p>
        ) : null}
        <Reading
          of={read}
          what="the schedules"
          skeleton={<Skeleton className="h-56 rounded-card" />}
        >
          {(listed) =>
            listed.schedules.length === 0 ? (
              <Empty
                title="No strategy has a schedule"
                className="mt-[8vh]"
                action={
                  <Button asChild variant="primary">
                    <a href="#/strategies/new">New strategy</a>
                  </Button>
                }
              >
                With a schedule a strategy runs by itself on trading days.
              </Empty>
            ) : (
              <Listed listed={listed} now={status?.now ?? null} lineageLink={lineageLink} />
            )
          }
        </Reading>
      </div>
    </div>
  );
}

function Listed({
  listed,
  now,
  lineageLink,
}: {
  listed: SchedulesDto;
  now: string | null;
  lineageLink: (id: string) => string;
}) {
  const setActive = useSetActive();
  const zoneOf = (id: string) =>
    listed.schedules.find((schedule) => schedule.strategy_id === id)?.time_zone ?? EXCHANGE_ZONE;
  const nameOf = (id: string) =>
    plain(listed.schedules.find((each) => each.strategy_id === id)?.strategy_name ?? id);
  const nextOf = (id: string) =>
    listed.next.find(({ strategy_id, planned }) => strategy_id === id && planned.runs);
  return (
    <>
      {listed.disagreements.length > 0 ? (
        <Notice
          tone="warn"
          shape="triangle"
          role="status"
          title="The broker's trading days differ from the shipped calendar"
        >
          <ul className="mt-1 space-y-0.5">
            {listed.disagreements.map((sentence) => (
              <li key={sentence}>{plain(sentence)}.</li>
            ))}
          </ul>
        </Notice>
      ) : null}
      <Panel title="Schedules">
        <div className="overflow-x-auto px-4 pb-2">
          <Table>
            <caption className="sr-only">Schedules</caption>
            <thead>
              <tr>
                <Th>Strategy</Th>
                <Th>When</Th>
                <Th>Next run</Th>
                <Th>Last</Th>
                <Th>
                  <span className="sr-only">On or paused</span>
                </Th>
              </tr>
            </thead>
            <tbody>
              {listed.schedules.map((schedule) => {
                const { strategy_id: id, active } = schedule;
                const next = active ? nextOf(id) : undefined;
                const last = listed.last.find((row) => row.strategy_id === id);
                return (
                  <tr key={id}>
                    <Td>
                      <a
                        href={`#/strategies?strategy=${encodeURIComponent(id)}`}
                        className="font-semibold underline-offset-2 hover:underline"
                      >
                        {plain(schedule.strategy_name)}
                      </a>
                    </Td>
                    <Td className="max-w-[44ch]">
                      <a href={editLink(id, "schedule")} className={LINK} title="Change it">
                        {plain(schedule.words)}
                      </a>
                      <p className="text-12 text-muted" title={policyWords(schedule)}>
                        <code className="font-mono">{plain(schedule.rule)}</code>,{" "}
                        {schedule.exchange}, {schedule.time_zone}
                      </p>
                    </Td>
                    <Td className="tabular whitespace-nowrap">
                      {next ? (
                        <>
                          <Countdown
                            now={now}
                            until={next.planned.utc}
                            label={`Next run of ${plain(schedule.strategy_name)}`}
                            className="font-medium"
                          />
                          <p className="text-12 text-muted">{localWords(next.planned.local)}</p>
                        </>
                      ) : active ? (
                        <Missing why="None of its next planned times is a run" />
                      ) : (
                        <span className="text-muted">
                          paused
                          {schedule.paused_since === null
                            ? ""
                            : ` since ${exchangeDateTime(schedule.paused_since)} ET`}
                          {schedule.paused_because === null ? null : (
                            <span className="block max-w-[32ch] truncate text-12">
                              {plain(schedule.paused_because)}
                            </span>
                          )}
                        </span>
                      )}
                    </Td>
                    <Td>
                      {last ? (
                        <Last row={last} lineageLink={lineageLink} />
                      ) : (
                        <Missing why="It has not run yet" />
                      )}
                    </Td>
                    <Td className="text-right">
                      <Switch
                        checked={active}
                        label={`Schedule of ${plain(schedule.strategy_name)}`}
                        onChange={(on) => setActive({ id, name: schedule.strategy_name }, on)}
                      />
                    </Td>
                  </tr>
                );
              })}
            </tbody>
          </Table>
        </div>
      </Panel>
      <div className="grid grid-cols-2 items-start gap-4 max-[1080px]:grid-cols-1">
        <Panel title="What comes next">
          {listed.next.length === 0 ? (
            <p className="p-4 text-muted">Nothing is planned: no schedule is on.</p>
          ) : (
            <ul aria-label="What comes next" className="max-h-[420px] divide-y overflow-y-auto">
              {listed.next.map(({ strategy_id: id, symbols, planned }) => (
                <li
                  key={`${id} ${planned.utc}`}
                  className="grid grid-cols-[152px_minmax(0,1fr)] gap-x-3 px-4 py-1.5"
                >
                  <span className="tabular text-muted">{localWords(planned.exchange)}</span>
                  <span className="min-w-0">
                    <span className="font-medium">{nameOf(id)}</span>{" "}
                    <span className="text-12 text-muted">{symbols.map(plain).join(", ")}</span>
                    <Marks run={planned} />
                  </span>
                </li>
              ))}
            </ul>
          )}
        </Panel>
        <Panel title="What became of the last">
          {listed.last.length === 0 ? (
            <p className="p-4 text-muted">No planned time has come yet.</p>
          ) : (
            <ul
              aria-label="What became of the last"
              className="max-h-[420px] divide-y overflow-y-auto"
            >
              {listed.last.map((row) => (
                <li
                  key={`${row.strategy_id} ${row.symbol} ${row.planned_at} ${row.until ?? ""}`}
                  className="grid grid-cols-[152px_minmax(0,1fr)] gap-x-3 px-4 py-1.5"
                >
                  <span className="tabular text-muted">
                    {zonedWords(row.planned_at, zoneOf(row.strategy_id))}
                    {row.until === null
                      ? ""
                      : ` to ${zonedWords(row.until, zoneOf(row.strategy_id))}`}
                  </span>
                  <span className="min-w-0">
                    <span className="font-medium">{nameOf(row.strategy_id)}</span>{" "}
                    <span className="text-12 text-muted">{plain(row.symbol)}</span>
                    <Last row={row} lineageLink={lineageLink} />
                  </span>
                </li>
              ))}
            </ul>
          )}
        </Panel>
      </div>
    </>
  );
}

/** A run with the way to its lineage, or why it was not made. */
function Last({ row, lineageLink }: { row: LastRunDto; lineageLink: (id: string) => string }) {
  if (row.execution_id !== null)
    return (
      <span className="block">
        <a href={lineageLink(row.execution_id)} className={LINK}>
          Run
        </a>
        {row.attempt > 1 ? (
          <span className="text-12 text-muted"> at attempt {row.attempt}</span>
        ) : null}
      </span>
    );
  return (
    <span className="block">
      <Badge tone="warn">{CAUSES[row.cause ?? ""] ?? "Not run"}</Badge>{" "}
      <span className="text-12 text-muted">{plain(row.sentence ?? "")}</span>
    </span>
  );
}
