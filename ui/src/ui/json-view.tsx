import { ChevronRight } from "lucide-react";
import { useState } from "react";

import { cn } from "@/ui/cn";

/** Longer lists are shown in part, so that a page with bars stays quick. */
const SHOWN = 200;

function Leaf({ value }: { value: unknown }) {
  if (typeof value === "string")
    return <span className="break-words whitespace-pre-wrap text-up">{JSON.stringify(value)}</span>;
  if (typeof value === "number") return <span className="text-info">{String(value)}</span>;
  if (typeof value === "boolean") return <span className="text-warn">{String(value)}</span>;
  return <span className="text-muted">null</span>;
}

function Key({ name }: { name: string | null }) {
  return name === null ? null : (
    <>
      <span className="text-text">{JSON.stringify(name)}</span>
      <span className="text-muted">: </span>
    </>
  );
}

function Node({
  name,
  value,
  depth,
  open,
}: {
  name: string | null;
  value: unknown;
  depth: number;
  open: number;
}) {
  const [unfolded, setUnfolded] = useState(depth < open);
  if (typeof value !== "object" || value === null) {
    return (
      <div className="pl-4">
        <Key name={name} />
        <Leaf value={value} />
      </div>
    );
  }
  const list = Array.isArray(value);
  const entries: [string | null, unknown][] = list
    ? value.map((each) => [null, each])
    : Object.entries(value);
  const [left, right] = list ? ["[", "]"] : ["{", "}"];
  if (entries.length === 0) {
    return (
      <div className="pl-4">
        <Key name={name} />
        <span className="text-muted">{left + right}</span>
      </div>
    );
  }
  return (
    <div>
      <button
        type="button"
        aria-expanded={unfolded}
        onClick={() => setUnfolded(!unfolded)}
        className="inline-flex max-w-full items-center text-left hover:bg-raised"
      >
        <ChevronRight
          aria-hidden="true"
          className={cn("size-4 shrink-0 p-0.5 text-muted", unfolded && "rotate-90")}
        />
        <span>
          <Key name={name} />
          <span className="text-muted">
            {left}
            {unfolded ? "" : ` ${entries.length} ${list ? "items" : "fields"} ${right}`}
          </span>
        </span>
      </button>
      {unfolded ? (
        <>
          <div className="ml-2 border-l pl-2">
            {entries.slice(0, SHOWN).map(([key, each], index) => (
              <Node key={key ?? index} name={key} value={each} depth={depth + 1} open={open} />
            ))}
            {entries.length > SHOWN ? (
              <div className="pl-4 text-muted">… {entries.length - SHOWN} more, in the copy</div>
            ) : null}
          </div>
          <div className="pl-4 text-muted">{right}</div>
        </>
      ) : null}
    </div>
  );
}

/** JSON, highlighted and foldable. */
export function JsonView({ value, open = 2 }: { value: unknown; open?: number }) {
  return (
    <div className="font-mono text-12 leading-[1.6]">
      <Node name={null} value={value} depth={0} open={open} />
    </div>
  );
}
