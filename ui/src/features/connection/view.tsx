import { RefreshCw } from "lucide-react";

import { useRead } from "@/api/context";
import { useToldAct } from "@/api/told-act";
import { Accounts } from "@/features/connection/accounts";
import { Arming } from "@/features/connection/arming";
import { BlindTime } from "@/features/connection/blind-time";
import { Certificate } from "@/features/connection/certificate";
import { EnvironmentSwitch } from "@/features/connection/environment";
import { FirstStart } from "@/features/connection/first-start";
import { NextStart } from "@/features/connection/next-start";
import { Entries, Limiter, Maintenance, Session } from "@/features/connection/panels";
import { Reconciliation } from "@/features/connection/reconciliation";
import { SessionEvents } from "@/features/connection/session-events";
import { StateCard } from "@/features/connection/state-card";
import type { ConnectionDto } from "@/gen/types";
import { ENVIRONMENTS } from "@/lib/words";
import { Button } from "@/ui/button";
import { cn } from "@/ui/cn";
import { useHotkeys } from "@/ui/hotkeys";
import { ErrorPanel, Guard, Skeleton } from "@/ui/panel";

/** How often the numbers that pass without an event are read again, in milliseconds. */
const GLANCE = 2000;

/** The gateway, the session, the account, and whether entries may be sent. */
export function ConnectionPage() {
  const { data, error, refetch } = useRead("connection_get", {}, { every: GLANCE });
  const status = useRead("status_get", {});
  const check = useToldAct("connection_check");
  const checkNow = () => {
    if (!check.isPending) check.run({}, { failed: "The gateway was not asked." });
  };
  useHotkeys([{ keys: "r", label: "Ask the gateway now", group: "Connection", run: checkNow }]);
  return (
    <div className="h-full overflow-y-auto">
      <div className="mx-auto max-w-[1440px] space-y-4 px-6 pt-4 pb-12">
        <header className="flex items-center gap-3">
          <h1 className="text-18 font-semibold">Connection</h1>
          {data ? (
            <>
              <span
                className={cn(
                  "rounded-[4px] px-1.5 py-0.5 text-12 font-semibold text-on-solid",
                  ENVIRONMENTS[data.environment].solid,
                )}
              >
                {ENVIRONMENTS[data.environment].word}
              </span>
              <span className="truncate text-muted">{data.gateway}</span>
            </>
          ) : null}
          <span className="ml-auto" />
          <Button
            size="large"
            onClick={checkNow}
            disabled={check.isPending}
            title="Ask the gateway now (r)"
          >
            <RefreshCw /> {check.isPending ? "Asking…" : "Ask now"}
          </Button>
        </header>
        {data ? (
          <>
            {error ? (
              <ErrorPanel
                what="The connection could not be read again; what follows is from before."
                error={error}
                onRetry={() => void refetch()}
              />
            ) : null}
            <Known connection={data} now={status.data?.now ?? null} />
          </>
        ) : error ? (
          <ErrorPanel
            what="The connection could not be read."
            error={error}
            onRetry={() => void refetch()}
          />
        ) : (
          <div aria-busy="true" aria-label="Loading the connection" className="space-y-4">
            <Skeleton className="h-36 rounded-card" />
            <Skeleton className="h-64 rounded-card" />
          </div>
        )}
      </div>
    </div>
  );
}

function Known({ connection, now }: { connection: ConnectionDto; now: string | null }) {
  const { certificate, arming, next_start: next } = connection;
  const accepted = certificate !== null && certificate.pinned === certificate.fingerprint;
  const shown = certificate ? (
    <Guard what="The certificate could not be shown.">
      <Certificate certificate={certificate} />
    </Guard>
  ) : null;
  return (
    <>
      {accepted ? null : shown}
      <StateCard connection={connection} now={now} />
      {next ? <NextStart connection={connection} next={next} /> : null}
      <div className="grid grid-cols-[minmax(0,1fr)_minmax(0,380px)] items-start gap-4 max-[1080px]:grid-cols-1">
        <div className="space-y-4">
          <Entries closures={connection.closures} />
          {arming ? (
            <Guard what="The arming could not be shown.">
              <Arming
                arming={arming}
                account={connection.accounts.find((each) => each.is_selected)?.account_id ?? null}
                now={now}
              />
            </Guard>
          ) : null}
          <Guard what="The reconciliation could not be shown.">
            <Reconciliation reconciliation={connection.reconciliation} now={now} />
          </Guard>
          <SessionEvents events={connection.events} />
          <Accounts connection={connection} />
          <FirstStart connection={connection} />
        </div>
        <div className="space-y-4">
          <Session connection={connection} now={now} />
          <BlindTime blind={connection.blind} now={now} />
          <Limiter limiter={connection.limiter} now={now} />
          {accepted ? shown : null}
          <Maintenance windows={connection.maintenance} />
          <EnvironmentSwitch key={connection.environment} connection={connection} />
        </div>
      </div>
    </>
  );
}
