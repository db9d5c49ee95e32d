import { Clock, PowerOff } from "lucide-react";
import { useRef, useState } from "react";

import { useApi, useRead } from "@/api/context";
import { useToldAct } from "@/api/told-act";
import { fits, grouped, isSet } from "@/features/outages/groups";
import { Schedule } from "@/features/outages/schedule";
import type { FaultDto } from "@/gen/types";
import { shortDateTime } from "@/lib/time";
import { Badge } from "@/ui/badge";
import { Button } from "@/ui/button";
import { cn } from "@/ui/cn";
import { useHotkeys } from "@/ui/hotkeys";
import { Empty, ErrorPanel, Guard, Skeleton } from "@/ui/panel";
import { SearchField } from "@/ui/search-field";
import { Switch } from "@/ui/switch";
import { useToast } from "@/ui/toast";

/** Everything that can go wrong with a gateway, at a switch. Only in the sandbox. */
export function OutagesPage() {
  const status = useRead("status_get", {});
  const sandbox = status.data?.environment === "sandbox";
  return (
    <div className="h-full overflow-y-auto">
      <div className="mx-auto max-w-[1180px] space-y-4 px-6 pt-4 pb-12">
        {status.data && !sandbox ? (
          <>
            <h1 className="text-18 font-semibold">Outage lab</h1>
            <Empty title="There is an outage lab in the sandbox only" className="mt-[10vh]">
              This window is connected to Interactive Brokers, whose gateway nobody should break on
              purpose. Switch to the sandbox on the page Connection.
            </Empty>
          </>
        ) : (
          <Lab now={status.data?.now ?? null} />
        )}
      </div>
    </div>
  );
}

function Lab({ now }: { now: string | null }) {
  const [typed, setTyped] = useState("");
  const search = useRef<HTMLInputElement>(null);
  const { data, error, refetch } = useRead("faults_list", {});
  const allOff = useAllOff();
  const set = data?.filter(isSet) ?? [];
  const groups = grouped(data?.filter((fault) => fits(fault, typed)) ?? []);
  useHotkeys([
    { keys: "/", label: "Search", group: "Outage lab", run: () => search.current?.focus() },
    { keys: "0", label: "All faults off", group: "Outage lab", run: () => allOff.run(set) },
  ]);
  return (
    <>
      <header className="flex flex-wrap items-center gap-3">
        <h1 className="text-18 font-semibold">Outage lab</h1>
        {data ? (
          <span className="tabular text-muted">
            {set.length} of {data.length} set
          </span>
        ) : null}
        <SearchField
          ref={search}
          value={typed}
          onChange={setTyped}
          label="Search faults"
          placeholder="Search…   /"
          className="w-56"
        />
        <Button
          size="large"
          disabled={set.length === 0 || allOff.isPending}
          onClick={() => allOff.run(set)}
          title="All faults off (0)"
        >
          <PowerOff /> All off
        </Button>
      </header>
      <p className="max-w-[80ch] text-muted">
        Break the sandbox&apos;s gateway on purpose and watch what the engine makes of it. A fault
        acts now, or between two times of the sandbox clock.
      </p>
      {error ? (
        <ErrorPanel
          what={
            data
              ? "The faults could not be read again; what follows is from before."
              : "The faults could not be read."
          }
          error={error}
          onRetry={() => void refetch()}
        />
      ) : null}
      {data ? (
        groups.length === 0 ? (
          <Empty
            title={data.length === 0 ? "This gateway has no switches" : "No fault fits"}
            action={
              data.length === 0 ? null : <Button onClick={() => setTyped("")}>Show all</Button>
            }
          />
        ) : (
          groups.map(({ title, faults }) => (
            <section key={title} aria-label={title} className="rounded-card border bg-surface">
              <h2 className="flex h-9 items-center gap-2 border-b px-4 font-semibold">
                {title}
                <span className="tabular font-normal text-muted">{faults.length}</span>
              </h2>
              <ul className="divide-y">
                {faults.map((fault) => (
                  <li key={fault.name}>
                    <Guard what="This fault could not be shown.">
                      <Fault fault={fault} now={now} />
                    </Guard>
                  </li>
                ))}
              </ul>
            </section>
          ))
        )
      ) : error ? null : (
        <div aria-busy="true" aria-label="Loading the faults" className="space-y-4">
          <Skeleton className="h-56 rounded-card" />
          <Skeleton className="h-56 rounded-card" />
        </div>
      )}
    </>
  );
}

function Fault({ fault, now }: { fault: FaultDto; now: string | null }) {
  const { name, title, words, acts_once, is_on, from, until } = fault;
  const [planning, setPlanning] = useState(false);
  const set = useToldAct("fault_set");
  const scheduled = !is_on && from !== null;
  return (
    <div className={cn("relative px-4 py-2.5", is_on && "shadow-[inset_2px_0_0_var(--error)]")}>
      <div className="flex items-start gap-4">
        <div className="min-w-0 flex-1">
          <p className="flex flex-wrap items-center gap-x-2">
            <span className="font-medium">{title}</span>
            <code className="font-mono text-12 text-muted">{name}</code>
            {acts_once ? <Badge>Once</Badge> : null}
            {is_on ? (
              <Badge solid tone="error">
                In force{until === null ? "" : ` until ${shortDateTime(until)} ET`}
              </Badge>
            ) : null}
            {scheduled ? (
              <Badge tone="warn">
                <Clock aria-hidden="true" className="size-3" /> {shortDateTime(from)}
                {until === null ? " ET on" : ` to ${shortDateTime(until)} ET`}
              </Badge>
            ) : null}
          </p>
          <p className="mt-0.5 max-w-[84ch] text-muted">{words}</p>
        </div>
        <Button
          size="small"
          variant="ghost"
          aria-expanded={planning}
          aria-label={`Schedule ${title}`}
          onClick={() => setPlanning(!planning)}
        >
          <Clock /> Schedule
        </Button>
        <span className="pt-0.5">
          <Switch
            checked={is_on}
            disabled={set.isPending}
            label={title}
            onChange={(next) =>
              set.run(
                { name, is_on: next, from: null, until: null },
                { failed: `“${title}” was not switched.` },
              )
            }
          />
        </span>
      </div>
      {planning ? <Schedule fault={fault} now={now} onClose={() => setPlanning(false)} /> : null}
    </div>
  );
}

/** Switches off one after the other, and says which refused. */
function useAllOff() {
  const api = useApi();
  const toast = useToast();
  const [isPending, setPending] = useState(false);
  const run = (faults: readonly FaultDto[]) => {
    if (isPending || faults.length === 0) return;
    setPending(true);
    const off = async (fault: FaultDto): Promise<string | null> => {
      try {
        const request = { name: fault.name, is_on: false, from: null, until: null };
        await api.act("fault_set", request);
        return null;
      } catch {
        return fault.title;
      }
    };
    const all = async () => {
      const refused: string[] = [];
      for (const fault of faults) {
        const title = await off(fault);
        if (title !== null) refused.push(title);
      }
      setPending(false);
      toast(
        refused.length === 0
          ? { title: "Every fault is off." }
          : { title: "Not every fault is off.", detail: refused.join(", "), tone: "error" },
      );
    };
    void all();
  };
  return { run, isPending };
}
