import { useRef, useState } from "react";

import { useApi } from "@/api/context";
import { useAppearance } from "@/features/settings/appearance";
import { type Entry, found, type Group } from "@/features/settings/entry";
import { useNotificationSettings } from "@/features/settings/notifications";
import { useFacts } from "@/features/settings/facts";
import { Badge } from "@/ui/badge";
import { Button } from "@/ui/button";
import { useHotkeys } from "@/ui/hotkeys";
import { Empty, ErrorPanel, Guard } from "@/ui/panel";
import { SearchField } from "@/ui/search-field";

/** Everything that can be set, and where what is not set here is. */
export function SettingsPage() {
  const [typed, setTyped] = useState("");
  const field = useRef<HTMLInputElement>(null);
  useHotkeys([
    { keys: "/", label: "Search", group: "Settings", run: () => field.current?.focus() },
  ]);
  return (
    <div className="h-full overflow-y-auto">
      <div className="mx-auto max-w-[1080px] space-y-4 px-6 pt-4 pb-12">
        <header className="flex items-center gap-3">
          <h1 className="text-18 font-semibold">Settings</h1>
          <SearchField
            ref={field}
            value={typed}
            onChange={setTyped}
            label="Search settings"
            placeholder="Search settings  /"
            className="w-64"
          />
        </header>
        <Guard what="The settings could not be shown.">
          <Groups typed={typed} onClear={() => setTyped("")} />
        </Guard>
      </div>
    </div>
  );
}

function Groups({ typed, onClear }: { typed: string; onClear: () => void }) {
  const api = useApi();
  const appearance = useAppearance();
  const { groups: facts, faults: others } = useFacts();
  const notifications = useNotificationSettings();
  const all: readonly Group[] = [
    { id: "appearance", title: "Appearance", entries: appearance },
    ...notifications.groups,
    ...facts,
  ];
  const faults = [...notifications.faults, ...others];
  const groups = found(all, typed);
  const [fault] = faults;
  return (
    <div className="grid grid-cols-[176px_minmax(0,1fr)] items-start gap-6 max-[900px]:grid-cols-1">
      <nav aria-label="Groups of settings" className="sticky top-4 max-[900px]:hidden">
        <ul className="space-y-0.5">
          {all.map(({ id, title }) => (
            <li key={id}>
              <button
                type="button"
                disabled={!groups.some((group) => group.id === id)}
                onClick={() =>
                  document.getElementById(`settings-${id}`)?.scrollIntoView({ block: "start" })
                }
                className="h-7 w-full rounded-base px-2.5 text-left text-muted hover:bg-raised hover:text-text disabled:opacity-50"
              >
                {title}
              </button>
            </li>
          ))}
        </ul>
      </nav>
      <div className="min-w-0 space-y-4">
        {fault ? (
          <ErrorPanel
            what={
              faults.length === 1
                ? "A part of the settings could not be read."
                : `${faults.length} parts of the settings could not be read.`
            }
            error={fault}
            onRetry={() => void api.refreshAll()}
          />
        ) : null}
        {groups.length === 0 ? (
          <Empty
            title={`No setting has “${typed.trim()}” in it`}
            action={<Button onClick={onClear}>Show all</Button>}
          />
        ) : null}
        {groups.map(({ id, title, entries }) => (
          <section
            key={id}
            id={`settings-${id}`}
            aria-label={title}
            className="scroll-mt-4 rounded-card border bg-surface"
          >
            <h2 className="flex h-10 items-center border-b px-4 font-semibold">{title}</h2>
            <ul className="divide-y">
              {entries.map((entry) => (
                <Row key={entry.id} entry={entry} />
              ))}
            </ul>
          </section>
        ))}
      </div>
    </div>
  );
}

function Row({ entry }: { entry: Entry }) {
  const { label, words, control, isDefault, onReset } = entry;
  return (
    <li className="flex flex-wrap items-center gap-x-6 gap-y-2 px-4 py-2.5">
      <div className="min-w-60 flex-1">
        <h3 className="flex h-5 items-center gap-2 font-medium">
          {label}
          {isDefault === true ? <Badge className="font-normal">default</Badge> : null}
          {isDefault === false ? (
            <>
              <Badge tone="accent">changed</Badge>
              {onReset ? (
                <Button
                  size="small"
                  variant="ghost"
                  className="h-5"
                  onClick={onReset}
                  aria-label={`${label}: back to the default`}
                >
                  Reset
                </Button>
              ) : null}
            </>
          ) : null}
        </h3>
        <p className="mt-0.5 text-12 text-muted">{words}</p>
      </div>
      <div className="flex max-w-full min-w-0 justify-end text-right">{control}</div>
    </li>
  );
}
