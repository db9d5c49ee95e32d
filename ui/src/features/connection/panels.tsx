import type { ClosureDto, ConnectionDto, LimiterDto, MaintenanceDto } from "@/gen/types";
import { plain } from "@/lib/text";
import { distance, exchangeDateTime, formatCountdown, shortDateTime } from "@/lib/time";
import { humanise } from "@/lib/words";
import { Badge } from "@/ui/badge";
import { Bar } from "@/ui/bar";
import { Countdown } from "@/ui/countdown";
import { Facts } from "@/ui/facts";
import { Missing } from "@/ui/number";
import { Panel } from "@/ui/panel";
import { Light, StateWord } from "@/ui/state";

/** Whether entries may be sent, and if not, why. */
export function Entries({ closures }: { closures: readonly ClosureDto[] }) {
  const wide = closures.filter((each) => each.symbol === null);
  return (
    <Panel
      title="Entries"
      actions={
        <Badge tone={closures.length === 0 ? "up" : "warn"}>
          {closures.length === 0 ? "Open" : wide.length > 0 ? "Closed" : "Closed in part"}
        </Badge>
      }
    >
      {closures.length === 0 ? (
        <p className="flex items-center gap-2 p-4">
          <Light tone="up" shape="check" /> Entries may be sent. Exits always may.
        </p>
      ) : (
        <>
          <ul className="divide-y">
            {closures.map((closure) => (
              <li
                key={`${closure.cause} ${closure.symbol ?? ""}`}
                className="flex gap-3 px-4 py-2.5"
              >
                <Light tone="warn" shape="triangle" className="mt-[3px]" />
                <div className="min-w-0">
                  <p className="font-medium">
                    {closure.symbol ? `${plain(closure.symbol)}: ` : ""}
                    {humanise(closure.cause)}
                  </p>
                  <p className="text-muted">{plain(closure.sentence)}</p>
                </div>
              </li>
            ))}
          </ul>
          <p className="border-t px-4 py-2 text-12 text-muted">
            Exits, stops and targets keep working in every case.
          </p>
        </>
      )}
    </Panel>
  );
}

const PUSH_UP = { word: "Up", tone: "up", shape: "disc" } as const;
const PUSH_DOWN = { word: "Down", tone: "warn", shape: "triangle" } as const;

/** What keeps the login alive, and when it ends. */
export function Session({ connection, now }: { connection: ConnectionDto; now: string | null }) {
  const {
    last_tickle: tickle,
    session_expires_in_seconds: left,
    next_reset: reset,
    push,
  } = connection;
  return (
    <Panel title="Session">
      <Facts
        className="grid-cols-2 p-4"
        facts={[
          [
            "Last sign of life",
            tickle === null ? (
              <Missing key="t" why="The gateway has not answered a tickle yet" />
            ) : (
              <span key="t" title={`${exchangeDateTime(tickle, true)} ET`}>
                {now === null ? shortDateTime(tickle) : `${distance(tickle, now) ?? "–"} ago`}
              </span>
            ),
          ],
          [
            "Login has left",
            left === null ? (
              <Missing key="l" why="The gateway does not say" />
            ) : (
              formatCountdown(left)
            ),
          ],
          [
            "Push channel",
            push === null ? (
              <Missing
                key="p"
                why="The sandbox has none: its exchange announces every change itself"
              />
            ) : (
              <StateWord key="p" state={push.connected_since === null ? PUSH_DOWN : PUSH_UP} />
            ),
          ],
          [
            "Last pushed",
            push?.last_frame == null ? (
              <Missing
                key="f"
                why={push === null ? "There is no push channel" : "Nothing came yet"}
              />
            ) : (
              <span key="f" title={`${exchangeDateTime(push.last_frame, true)} ET`}>
                {now === null
                  ? shortDateTime(push.last_frame)
                  : `${distance(push.last_frame, now) ?? "–"} ago`}
              </span>
            ),
          ],
          [
            "Next reset in",
            reset === null ? (
              <Missing key="r" why="The sandbox resets no login" />
            ) : (
              <Countdown
                key="r"
                now={now}
                until={reset}
                label="Next reset of the login"
                urgentBelow={1800}
              />
            ),
          ],
          [
            "Reset at",
            reset === null ? (
              <Missing key="a" why="The sandbox resets no login" />
            ) : (
              `${shortDateTime(reset)} ET`
            ),
          ],
        ]}
      />
      {push && (push.connected_since === null || push.refused_order_streams > 0) ? (
        <p className="border-t px-4 py-2 text-12 text-muted">
          {push.connected_since === null
            ? `The push channel is down${push.last_end === null ? "" : `: ${plain(push.last_end)}`}. Orders are polled until it is up.`
            : `The broker refused to stream orders ${push.refused_order_streams === 1 ? "once" : `${push.refused_order_streams} times`}; they are polled.`}
        </p>
      ) : null}
      {reset === null ? null : (
        <p className="border-t px-4 py-2 text-12 text-muted">
          At midnight of its region the broker ends every login. Log in again after it.
        </p>
      )}
    </Panel>
  );
}

/** Requests against the broker's limits. */
export function Limiter({ limiter, now }: { limiter: LimiterDto; now: string | null }) {
  const { last_second, last_minute, limit_per_second, waiting, penalty_ends } = limiter;
  return (
    <Panel
      title="Requests"
      actions={
        waiting > 0 ? (
          <Badge tone="warn">{waiting} waiting</Badge>
        ) : (
          <span className="text-12 text-muted">none waiting</span>
        )
      }
    >
      <div className="space-y-3 p-4">
        {penalty_ends ? (
          <div role="alert" className="rounded-base border border-error p-3">
            <p className="flex items-baseline justify-between gap-3 font-semibold text-error">
              Shut out for too many requests
              <Countdown
                now={now}
                until={penalty_ends}
                label="End of the penalty"
                className="text-18"
              />
            </p>
            <p className="mt-1 text-12 text-muted">
              The broker answered 429. Nothing but one sign of life a minute is sent until then;
              each request would begin the fifteen minutes again.
            </p>
          </div>
        ) : null}
        <div>
          <p className="tabular flex justify-between">
            <span className="text-muted">Last second</span>
            <span>
              {last_second} <span className="text-muted">of {limit_per_second}</span>
            </span>
          </p>
          <Bar
            className="mt-1"
            label="Requests in the last second"
            value={last_second}
            maximum={limit_per_second}
            tone={last_second >= limit_per_second ? "warn" : "accent"}
          />
        </div>
        <p className="tabular flex justify-between">
          <span className="text-muted">Last minute</span>
          <span>{last_minute}</span>
        </p>
      </div>
    </Panel>
  );
}

/** When the broker works on its machines. */
export function Maintenance({ windows }: { windows: readonly MaintenanceDto[] }) {
  return (
    <Panel title="Maintenance at Interactive Brokers">
      {windows.length === 0 ? (
        <p className="p-4 text-muted">The sandbox is never maintained.</p>
      ) : (
        <ul className="divide-y">
          {windows.map((each) => (
            <li key={`${each.region} ${each.words}`} className="flex items-start gap-3 px-4 py-2">
              <div className="min-w-0 flex-1">
                <p className="font-medium">{each.region}</p>
                <p className="tabular text-12 text-muted">{each.words}</p>
              </div>
              {each.is_now ? <Badge tone="warn">Now</Badge> : null}
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}
