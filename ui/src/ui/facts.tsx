import type { ReactNode } from "react";

import type { BlobRef, JsonValue } from "@/gen/types";
import { MISSING } from "@/lib/decimal";
import { humanise } from "@/lib/words";
import { cn } from "@/ui/cn";

export type Fact = readonly [label: string, value: ReactNode];

/** Labels over values, in columns. */
export function Facts({ facts, className }: { facts: readonly Fact[]; className?: string }) {
  return (
    <dl
      className={cn(
        "grid grid-cols-[repeat(auto-fill,minmax(132px,1fr))] gap-x-6 gap-y-2.5",
        className,
      )}
    >
      {facts.map(([label, value]) => (
        <div key={label} className="min-w-0">
          <dt className="text-12 text-muted">{label}</dt>
          <dd className="tabular break-words">{value ?? MISSING}</dd>
        </div>
      ))}
    </dl>
  );
}

/** Whether a value is a reference to a blob, which is better told than spelt out. */
function isBlob(value: object): value is BlobRef {
  const { blob, media_type, bytes } = value as Partial<BlobRef>;
  return typeof blob === "string" && typeof media_type === "string" && typeof bytes === "number";
}

/** A few short values, which fit on one line. */
function isSmall(value: object): boolean {
  const values = Object.values(value as Record<string, JsonValue>);
  return (
    !Array.isArray(value) &&
    values.length <= 3 &&
    values.every((each) => typeof each !== "object" && String(each).length <= 12)
  );
}

/** Any record as nested labels and values: for inputs, and for shapes that nobody knows yet. */
export function RecordView({ value }: { value: unknown }): ReactNode {
  if (value === null || value === undefined) return <span className="text-muted">{MISSING}</span>;
  if (typeof value === "string") {
    const long = value.length > 32 && !value.includes(" ");
    return (
      <span
        className={cn(
          "tabular break-words whitespace-pre-wrap",
          long && "font-mono text-12 break-all",
        )}
      >
        {value}
      </span>
    );
  }
  if (typeof value === "number") return <span className="tabular">{String(value)}</span>;
  if (typeof value === "boolean") return <span>{value ? "yes" : "no"}</span>;
  if (Array.isArray(value)) {
    if (value.length === 0) return <span className="text-muted">none</span>;
    if (value.every((each) => typeof each !== "object")) {
      return <span className="tabular break-words">{value.map(String).join(", ")}</span>;
    }
    return (
      <ol className="space-y-2">
        {value.map((each: unknown, index) => (
          <li key={index} className="border-l pl-3">
            <RecordView value={each} />
          </li>
        ))}
      </ol>
    );
  }
  const entries = Object.entries(value as Record<string, unknown>);
  if (isBlob(value)) {
    return (
      <span className="tabular" title={value.blob}>
        <code className="font-mono text-12">{value.blob.slice(0, 8)}…</code>{" "}
        <span className="text-12 text-muted">
          {value.media_type}, {value.bytes.toLocaleString("en-US")} bytes
        </span>
      </span>
    );
  }
  if (entries.length === 0) return <span className="text-muted">none</span>;
  return (
    <dl className="space-y-1">
      {entries.map(([key, each]) => {
        if (typeof each === "object" && each !== null && isSmall(each)) {
          const words = Object.entries(each).map(
            ([name, of]) => `${humanise(name).toLowerCase()} ${String(of)}`,
          );
          return <Line key={key} name={key} value={words.join(", ") || "none"} />;
        }
        const nested =
          typeof each === "object" &&
          each !== null &&
          Object.keys(each).length > 0 &&
          !isBlob(each);
        return nested ? (
          <div key={key}>
            <dt className="text-12 text-muted">{humanise(key)}</dt>
            <dd className="mt-0.5 border-l pl-3">
              <RecordView value={each} />
            </dd>
          </div>
        ) : (
          <Line key={key} name={key} value={each} />
        );
      })}
    </dl>
  );
}

function Line({ name, value }: { name: string; value: unknown }) {
  return (
    <div className="flex justify-between gap-4">
      <dt className="shrink-0 text-12 leading-[19px] text-muted">{humanise(name)}</dt>
      <dd className="min-w-0 text-right">
        <RecordView value={value} />
      </dd>
    </div>
  );
}
