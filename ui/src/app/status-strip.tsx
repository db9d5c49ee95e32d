import { Link } from "@tanstack/react-router";
import { Octagon, OctagonX, Play, UserCheck } from "lucide-react";
import type { ReactNode } from "react";

import { ClockControl } from "@/app/clock-control";
import { SessionCells } from "@/app/session-cells";
import { ThemeControl } from "@/app/theme-control";
import type { EngineActs } from "@/app/use-engine-acts";
import type { ConnectionDto, StatusDto } from "@/gen/types";
import { distance, exchangeDateTime, shortDateTime } from "@/lib/time";
import { ENVIRONMENTS } from "@/lib/words";
import { Button } from "@/ui/button";
import { cn } from "@/ui/cn";
import { Amount, Change } from "@/ui/number";
import { Skeleton } from "@/ui/panel";

const Cell = ({
  children,
  className,
  title,
}: {
  children: ReactNode;
  className?: string;
  title?: string | undefined;
}) => (
  <div
    title={title}
    className={cn(
      "flex h-full shrink-0 items-center gap-2 border-r px-3 max-[1500px]:px-2.5",
      className,
    )}
  >
    {children}
  </div>
);

interface StripProps {
  status: StatusDto | undefined;
  connection: ConnectionDto | undefined;
  /** Approvals and questions that wait for the reader. */
  waiting: number;
  acts: EngineActs;
  /** Said when the engine does not answer. */
  trouble: string | null;
  onHalt: () => void;
  onFlatten: () => void;
  onResume: () => void;
}

/** Where orders go, what the account is worth, what time it is, and how to stop. Never leaves. */
export function StatusStrip(props: StripProps) {
  const { status, connection, waiting, acts, trouble, onHalt, onFlatten, onResume } = props;
  return (
    <header
      aria-label="Status"
      className="flex h-9 shrink-0 items-center overflow-x-auto overflow-y-hidden border-b bg-surface whitespace-nowrap"
    >
      {status ? (
        <>
          <div
            data-testid="environment"
            className={cn(
              "flex h-full shrink-0 items-center px-3.5 text-12 font-semibold tracking-[0.06em] text-on-solid uppercase",
              ENVIRONMENTS[status.environment].solid,
            )}
          >
            {status.environment}
          </div>
          <Cell
            className={cn(status.halt && "max-[1500px]:hidden")}
            title={`Net liquidation of ${status.account_id}; change since the account was opened`}
          >
            <span className="text-muted">{status.account_id}</span>
            <Amount
              value={status.net_liquidation}
              places={2}
              why="The broker has not answered yet"
              className="font-medium"
            />
            <span className="text-12 text-muted max-[1500px]:hidden">USD</span>
            <Change value={status.change_percent} percent arrow why="Not known yet" />
          </Cell>
          <ClockControl status={status} acts={acts} />
          {connection ? (
            <SessionCells connection={connection} halted={status.halt !== null} />
          ) : null}
          {waiting > 0 ? (
            <Link
              to="/approvals"
              title={`${waiting} waiting for you (g a)`}
              className="flex h-full shrink-0 items-center gap-1.5 border-r px-3 font-medium text-accent hover:bg-raised [&_svg]:size-3.5"
            >
              <UserCheck aria-hidden="true" />
              <span className="tabular">{waiting}</span>
              <span className="max-[1500px]:sr-only">to approve</span>
            </Link>
          ) : null}
          <Cell
            className={status.halt ? "max-[1840px]:hidden" : "max-[1620px]:hidden"}
            title={status.next_run ? `${exchangeDateTime(status.next_run)} ET` : undefined}
          >
            <span className="text-muted">Next run</span>
            {status.next_run ? (
              <span className="tabular">
                {shortDateTime(status.next_run)}
                <span className="text-muted"> in {distance(status.now, status.next_run)}</span>
              </span>
            ) : (
              <span className="text-muted">none planned</span>
            )}
          </Cell>
          {status.running_executions > 0 ? (
            <Cell className="max-[1840px]:hidden">
              <span aria-hidden="true" className="size-1.5 rounded-full bg-accent" />
              <span className="tabular">{status.running_executions} under way</span>
            </Cell>
          ) : null}
          {status.lineage_dropped > 0 ? (
            <Cell className="font-medium text-error">
              {status.lineage_dropped} lineage records lost
            </Cell>
          ) : null}
        </>
      ) : trouble ? (
        <Cell className="text-error" title={trouble}>
          The engine does not answer: {trouble}
        </Cell>
      ) : (
        <Cell>
          <Skeleton className="w-[420px]" />
        </Cell>
      )}
      <div className="sticky right-0 ml-auto flex h-full shrink-0 items-center gap-1 bg-surface pr-1.5 pl-2">
        <ThemeControl />
        {status?.halt ? (
          <>
            <span
              role="status"
              title={status.halt.reason}
              className="flex h-6 items-center gap-1.5 rounded-base bg-error px-2 text-12 font-medium text-on-solid [&_svg]:size-3.5"
            >
              <OctagonX aria-hidden="true" /> Halted {shortDateTime(status.halt.since)} by the{" "}
              {status.halt.by}
            </span>
            <Button
              size="small"
              onClick={onFlatten}
              title="Cancel every order, close every position"
            >
              Flatten…
            </Button>
            <Button size="small" onClick={onResume}>
              <Play /> Resume
            </Button>
          </>
        ) : (
          <Button
            size="small"
            onClick={onHalt}
            title="Halt trading (Ctrl+Shift+H)"
            disabled={!status}
            className="border-error text-error"
          >
            <Octagon /> Halt
          </Button>
        )}
      </div>
    </header>
  );
}
