import { Plus } from "lucide-react";
import { useState } from "react";

import { useRead } from "@/api/context";
import type { PromptReferenceEntryDto } from "@/gen/types";
import { INPUT } from "@/ui/field";
import { ErrorPanel, Skeleton } from "@/ui/panel";

/** Everything that a template may use; a press writes it at the cursor. */
export function Reference({ onInsert }: { onInsert: ((text: string) => void) | null }) {
  const [text, setText] = useState("");
  const { data, error, refetch } = useRead("prompt_reference", {});
  if (error)
    return (
      <ErrorPanel
        className="m-3"
        what="The reference could not be read."
        error={error}
        onRetry={() => void refetch()}
      />
    );
  if (!data) return <Skeleton className="m-3 h-64" />;
  const wanted = text.trim().toLowerCase();
  const groups = [
    { title: "Variables", entries: data.variables },
    { title: "Filters", entries: data.filters },
    { title: "Statements", entries: data.statements },
  ].map((group) => ({
    ...group,
    entries: group.entries.filter(({ name, description }) =>
      `${name} ${description}`.toLowerCase().includes(wanted),
    ),
  }));
  return (
    <section aria-label="Reference" className="flex min-h-0 flex-1 flex-col">
      <div className="border-b p-2">
        <input
          type="search"
          value={text}
          onChange={(event) => setText(event.target.value)}
          aria-label="Search the reference"
          placeholder="Variables, filters, statements"
          className={INPUT}
        />
      </div>
      <div className="min-h-0 flex-1 overflow-y-auto p-2">
        {groups.map((group) =>
          group.entries.length === 0 ? null : (
            <div key={group.title} className="mb-3">
              <h3 className="px-1.5 py-1 text-12 font-medium text-muted">{group.title}</h3>
              <ul>
                {group.entries.map((entry) => (
                  <Entry key={entry.name} entry={entry} onInsert={onInsert} />
                ))}
              </ul>
            </div>
          ),
        )}
        {groups.every(({ entries }) => entries.length === 0) ? (
          <p className="p-2 text-muted">Nothing of that name.</p>
        ) : null}
      </div>
    </section>
  );
}

function Entry({
  entry,
  onInsert,
}: {
  entry: PromptReferenceEntryDto;
  onInsert: ((text: string) => void) | null;
}) {
  const told = (
    <>
      <span className="flex items-center gap-1">
        <code className="font-mono text-12 break-all text-info">{entry.name}</code>
        {onInsert ? (
          <Plus
            aria-hidden="true"
            className="ml-auto size-3 shrink-0 text-muted opacity-0 group-hover:opacity-100 group-focus-visible:opacity-100"
          />
        ) : null}
      </span>
      <span className="block text-12 text-muted">{entry.description}</span>
    </>
  );
  return (
    <li>
      {onInsert ? (
        <button
          type="button"
          title={`Write ${entry.example}`}
          onClick={() => onInsert(entry.example)}
          className="group block w-full rounded-base px-1.5 py-1 text-left hover:bg-raised"
        >
          {told}
        </button>
      ) : (
        <div className="px-1.5 py-1" title={entry.example}>
          {told}
        </div>
      )}
    </li>
  );
}
