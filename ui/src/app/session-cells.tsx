import { Link } from "@tanstack/react-router";
import { EyeOff } from "lucide-react";
import { Popover } from "radix-ui";

import type { ConnectionDto } from "@/gen/types";
import { plain } from "@/lib/text";
import { formatSeconds } from "@/lib/time";
import { GATEWAY_STATES } from "@/lib/words";
import { cn } from "@/ui/cn";
import { Light } from "@/ui/state";
import { TEXT_TONE } from "@/ui/tone";

const CELL =
  "flex h-full shrink-0 items-center gap-1.5 border-r px-3 hover:bg-raised max-[1500px]:px-2.5";

/** The session, the entries and the blind time, in the status strip. */
export function SessionCells({
  connection,
  halted,
}: {
  connection: ConnectionDto;
  halted: boolean;
}) {
  const { state, words, closures, blind } = connection;
  const { word, tone, shape } = GATEWAY_STATES[state];
  const isBlind = blind.blind_since !== null;
  const wide = closures.some((closure) => closure.symbol === null);
  const closed = halted || wide;
  const entries = closed
    ? "Entries closed"
    : closures.length > 0
      ? "Entries limited"
      : "Entries open";
  return (
    <>
      <Link
        to="/connection"
        data-testid="session"
        title={`${plain(words)} (g c)`}
        className={cn(CELL, tone !== "up" && ["font-medium", TEXT_TONE[tone]])}
      >
        <Light tone={tone} shape={shape} />
        <span className="sr-only">Session: </span>
        {word}
      </Link>
      <Popover.Root>
        <Popover.Trigger
          data-testid="entries"
          title={
            halted
              ? "Trading is halted"
              : closures.map((closure) => plain(closure.sentence)).join("\n") ||
                "Entries may be sent"
          }
          className={cn(CELL, (closed || closures.length > 0) && "font-medium text-warn")}
        >
          <Light
            tone={closed || closures.length > 0 ? "warn" : "up"}
            shape={closed ? "cross" : closures.length > 0 ? "half" : "check"}
          />
          {entries}
        </Popover.Trigger>
        <Popover.Portal>
          <Popover.Content
            align="start"
            sideOffset={4}
            aria-label="Why entries are closed"
            className="arrive z-50 w-96 rounded-card border bg-surface p-4 whitespace-normal shadow-float"
          >
            {closures.length === 0 && !halted ? (
              <p>Entries may be sent. Exits always may.</p>
            ) : (
              <ul className="space-y-2">
                {halted ? <li>Trading is halted: no entry is sent until it is resumed.</li> : null}
                {closures.map((closure) => (
                  <li key={`${closure.cause} ${closure.symbol ?? ""}`}>
                    {closure.symbol ? (
                      <span className="font-semibold">{plain(closure.symbol)}: </span>
                    ) : null}
                    {plain(closure.sentence)}
                  </li>
                ))}
              </ul>
            )}
            <Popover.Close asChild>
              <Link
                to="/connection"
                className="mt-3 inline-block text-accent underline-offset-2 hover:underline"
              >
                Open Connection
              </Link>
            </Popover.Close>
          </Popover.Content>
        </Popover.Portal>
      </Popover.Root>
      <Link
        to="/connection"
        data-testid="blind"
        title="How long today the account was not watched"
        className={cn(CELL, isBlind ? "font-medium text-error" : "text-muted")}
      >
        <EyeOff aria-hidden="true" className="size-3.5" />
        <span className="sr-only">Blind today: </span>
        <span className="tabular">{formatSeconds(blind.seconds_today)}</span>
      </Link>
    </>
  );
}
