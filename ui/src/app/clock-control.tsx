import { ChevronDown, FastForward, Pause, Play, StepForward } from "lucide-react";
import { Popover } from "radix-ui";
import { type ReactNode, type SubmitEvent, useState } from "react";

import type { EngineActs } from "@/app/use-engine-acts";
import type { StatusDto } from "@/gen/types";
import { closeOf, earlier, exchangeDate, later, nextClose } from "@/lib/time";
import { Button } from "@/ui/button";
import { cn } from "@/ui/cn";

function Step({
  children,
  to,
  keys,
  onGo,
}: {
  children: ReactNode;
  to: string | null;
  keys?: string;
  onGo: (to: string) => void;
}) {
  return (
    <button
      type="button"
      disabled={to === null}
      onClick={() => {
        if (to !== null) onGo(to);
      }}
      className="flex h-7 w-full items-center gap-2 rounded-[4px] px-2 text-left hover:bg-raised disabled:opacity-50 [&_svg]:size-3.5 [&_svg]:text-muted"
    >
      {children}
      {keys ? <kbd className="ml-auto font-sans text-12 text-muted">{keys}</kbd> : null}
    </button>
  );
}

/** The engine's time; in the sandbox also the way to move it. */
export function ClockControl({ status, acts }: { status: StatusDto; acts: EngineActs }) {
  const [open, setOpen] = useState(false);
  const [date, setDate] = useState("");
  const [fault, setFault] = useState<string | null>(null);
  const mode = acts.advancing ? "fast_forward" : status.clock_mode;
  const time = (
    <>
      <span
        aria-hidden="true"
        title={status.exchange_open ? "The exchange is open" : "The exchange is closed"}
        className={cn(
          "size-1.5 rounded-full",
          status.exchange_open ? "bg-up" : "border border-muted",
        )}
      />
      <span className="tabular font-medium">{status.exchange_time}</span>
      <span className="text-muted max-[1500px]:sr-only">
        {status.exchange_open ? "open" : "closed"}
      </span>
    </>
  );
  if (mode === null) {
    return <div className="flex h-full items-center gap-2 border-r px-3">{time}</div>;
  }

  const now = status.now;
  const atEnd = status.data_to !== null && Date.parse(now) >= Date.parse(status.data_to);
  const bounded = (to: string | null) =>
    to === null || atEnd ? null : earlier(to, status.data_to);
  const go = (to: string) => {
    setOpen(false);
    acts.advanceTo(to);
  };
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const to = closeOf(date);
    if (to === null) setFault("Write a day as YYYY-MM-DD, such as 2012-12-31.");
    else if (Date.parse(to) <= Date.parse(now)) setFault("That lies before the sandbox's present.");
    else if (status.data_to !== null && exchangeDate(to) > exchangeDate(status.data_to))
      setFault(`Prices end on ${exchangeDate(status.data_to)}.`);
    else {
      setFault(null);
      go(to);
    }
  };
  return (
    <Popover.Root open={open} onOpenChange={setOpen}>
      <Popover.Trigger asChild>
        <button
          type="button"
          disabled={acts.advancing}
          title="The sandbox clock"
          className="flex h-full shrink-0 items-center gap-2 border-r px-3 max-[1500px]:px-2.5 hover:bg-raised [&_svg]:size-3.5 [&_svg]:text-muted"
        >
          {time}
          <span className="flex items-center gap-1 text-12 text-muted">
            {mode === "running" ? <Play /> : mode === "fast_forward" ? <FastForward /> : <Pause />}
            <span className={cn(mode === "paused" && "max-[1500px]:sr-only")}>
              {mode === "running" ? "1×" : mode === "fast_forward" ? "moving…" : "paused"}
            </span>
          </span>
          <ChevronDown />
        </button>
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Content
          align="start"
          sideOffset={4}
          aria-label="The sandbox clock"
          className="arrive z-50 w-72 rounded-card border bg-surface p-1 shadow-float"
        >
          <p className="px-2 py-1 text-12 text-muted">Move the sandbox forward</p>
          <Step to={bounded(nextClose(now))} onGo={go} keys="Ctrl+.">
            <StepForward /> To the next close
          </Step>
          <Step to={bounded(later(now, { days: 1 }))} onGo={go}>
            <FastForward /> One day
          </Step>
          <Step to={bounded(later(now, { months: 1 }))} onGo={go}>
            <FastForward /> One month
          </Step>
          <form onSubmit={submit} className="flex gap-1.5 px-2 py-1.5" noValidate>
            <input
              value={date}
              onChange={(event) => setDate(event.target.value)}
              aria-label="To the close of this day"
              aria-invalid={fault !== null}
              placeholder={status.data_to ? `to ${exchangeDate(status.data_to)}` : "YYYY-MM-DD"}
              className="tabular h-7 min-w-0 flex-1 rounded-base border border-line-strong bg-ground px-2 placeholder:text-muted"
            />
            <Button type="submit" disabled={date.trim() === ""}>
              To its close
            </Button>
          </form>
          {fault ? (
            <p role="alert" className="px-2 pb-1.5 text-12 text-error">
              {fault}
            </p>
          ) : null}
          <div className="my-1 h-px bg-line" />
          <Step
            to={mode === "running" ? "paused" : "running"}
            onGo={() => {
              setOpen(false);
              acts.setClock(mode === "running" ? "paused" : "running");
            }}
          >
            {mode === "running" ? <Pause /> : <Play />}
            {mode === "running" ? "Pause the clock" : "Let it run, one second a second"}
          </Step>
          {atEnd ? <p className="px-2 py-1.5 text-12 text-muted">The prices end here.</p> : null}
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}
