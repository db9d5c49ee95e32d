import { useState } from "react";

import { useToldAct } from "@/api/told-act";
import type { ConnectionDto, GatewayState } from "@/gen/types";
import { plain } from "@/lib/text";
import { distance, exchangeDateTime } from "@/lib/time";
import { GATEWAY_STATES } from "@/lib/words";
import { Button } from "@/ui/button";
import { cn } from "@/ui/cn";
import { CopyButton } from "@/ui/copy-button";
import { Confirm } from "@/ui/dialog";
import { Light } from "@/ui/state";
import { TEXT_TONE } from "@/ui/tone";

/** Never for a certificate that has changed: nobody knows who listens there. */
const LOGIN_HELPS: readonly GatewayState[] = [
  "login_needed",
  "certificate_unknown",
  "wrong_environment",
];

/** The page at which a person logs in. The window opens no browser: it shows the address. */
function LoginAddress({ url, toLook }: { url: string; toLook: boolean }) {
  return (
    <div className="mt-3">
      <p className="text-12 text-muted">
        {toLook
          ? "Open this page in a browser on this computer, and look at its certificate."
          : "Open this page in a browser on this computer, and log in there. Throughline never sees the password."}
      </p>
      <div className="mt-1 flex w-fit max-w-full items-center gap-1 rounded-base border border-line-strong bg-ground py-0.5 pr-1 pl-2.5">
        <code className="truncate font-mono text-12">{plain(url)}</code>
        <CopyButton text={url} label="Copy the address of the login page" words="Copy" />
      </div>
    </div>
  );
}

function TakeOver() {
  const [asking, setAsking] = useState(false);
  const take = useToldAct("connection_take_over");
  return (
    <>
      <Button
        variant="primary"
        size="large"
        disabled={take.isPending}
        onClick={() => setAsking(true)}
      >
        {take.isPending ? "Taking over…" : "Take over the session…"}
      </Button>
      <Confirm
        open={asking}
        onOpenChange={setAsking}
        title="Take over the session?"
        action="Take over the session"
        danger
        onConfirm={() =>
          take.run(
            {},
            {
              done: "The session was asked for. The other one is logged off by the broker.",
              failed: "The session was not taken over.",
            },
          )
        }
      >
        Trader Workstation, the phone or another program uses this login now and will be cut off.
        Orders that were placed there keep working. It is done once and never repeated by itself. A
        second user name for this program avoids the question.
      </Confirm>
    </>
  );
}

/** Where the way to the broker stands, what shows it, and what to do. */
export function StateCard({ connection, now }: { connection: ConnectionDto; now: string | null }) {
  const { state, words, action, evidence, since, login_url } = connection;
  const { word, tone, shape } = GATEWAY_STATES[state];
  return (
    <section
      aria-label="State"
      className="grid grid-cols-[minmax(0,1fr)_minmax(0,380px)] gap-x-4 rounded-card border bg-surface max-[1080px]:grid-cols-1"
    >
      <div className="p-4">
        <p className="flex items-center gap-2.5">
          <Light tone={tone} shape={shape} className="size-4" />
          <span
            role="status"
            data-testid="gateway-state"
            className={cn("text-18 font-semibold", TEXT_TONE[tone])}
          >
            {word}
          </span>
          <span
            className="tabular text-12 text-muted"
            title={`${exchangeDateTime(since, true)} ET`}
          >
            {now === null ? "" : `for ${distance(since, now) ?? "–"}`}
          </span>
        </p>
        <p className="mt-1.5 max-w-[72ch]">{plain(words)}</p>
        {action ? <p className="mt-1.5 max-w-[72ch] font-medium">{plain(action)}</p> : null}
        {login_url && LOGIN_HELPS.includes(state) ? (
          <LoginAddress url={login_url} toLook={state === "certificate_unknown"} />
        ) : null}
        {state === "competing" ? (
          <div className="mt-3">
            <TakeOver />
          </div>
        ) : null}
      </div>
      <div className="min-w-0 border-l p-4 max-[1080px]:border-t max-[1080px]:border-l-0">
        <h2 className="text-12 font-medium text-muted">What shows it</h2>
        <p
          tabIndex={0}
          aria-label="Evidence of the state"
          className="mt-1 max-h-28 overflow-y-auto font-mono text-12 leading-[1.6] break-words whitespace-pre-wrap"
        >
          {plain(evidence)}
        </p>
        {connection.server ? (
          <p className="mt-2 text-12 text-muted">{plain(connection.server)}</p>
        ) : null}
      </div>
    </section>
  );
}
