import { Fragment, useState } from "react";

import type { TextDiffDto, TextDiffKind, TextDiffLineDto } from "@/gen/types";
import { plain } from "@/lib/text";
import { Button } from "@/ui/button";
import { cn } from "@/ui/cn";

export type DiffView = "split" | "unified";

/** Unchanged lines that are shown around a change; longer runs are folded. */
const AROUND = 3;

const LINE: Record<TextDiffKind, string> = {
  same: "",
  removed: "bg-down/10",
  added: "bg-up/10",
};
const MARK: Record<TextDiffKind, string> = { same: "", removed: "bg-down/30", added: "bg-up/30" };
const SIGN: Record<TextDiffKind, string> = { same: " ", removed: "−", added: "+" };
const SAID: Record<TextDiffKind, string> = { same: "", removed: "removed: ", added: "added: " };

interface Pair {
  old: TextDiffLineDto | null;
  new: TextDiffLineDto | null;
}

/** Removed lines beside the added ones that stand in their place. */
export function pairs(lines: readonly TextDiffLineDto[]): Pair[] {
  const paired: Pair[] = [];
  for (let at = 0; at < lines.length;) {
    const line = lines[at];
    if (line?.kind === "same") {
      paired.push({ old: line, new: line });
      at += 1;
      continue;
    }
    const end = lines.findIndex((each, index) => index >= at && each.kind === "same");
    const run = lines.slice(at, end === -1 ? lines.length : end);
    const removed = run.filter(({ kind }) => kind === "removed");
    const added = run.filter(({ kind }) => kind === "added");
    for (let row = 0; row < Math.max(removed.length, added.length); row += 1)
      paired.push({ old: removed[row] ?? null, new: added[row] ?? null });
    at += run.length;
  }
  return paired;
}

interface Stretch<T> {
  folded: boolean;
  rows: T[];
}

/** Long runs of what did not change, folded but for the lines next to a change. */
export function fold<T>(rows: readonly T[], isSame: (row: T) => boolean): Stretch<T>[] {
  const near = rows.map((_, at) =>
    rows.slice(Math.max(0, at - AROUND), at + AROUND + 1).some((row) => !isSame(row)),
  );
  const stretches: Stretch<T>[] = [];
  rows.forEach((row, at) => {
    const folded = !near[at];
    const last = stretches.at(-1);
    if (last?.folded === folded) last.rows.push(row);
    else stretches.push({ folded, rows: [row] });
  });
  // One line in place of one line is no gain.
  return stretches.map((each) => (each.rows.length < 3 ? { ...each, folded: false } : each));
}

function Spans({ line }: { line: TextDiffLineDto }) {
  return (
    <>
      <span className="sr-only">{SAID[line.kind]}</span>
      {line.spans.map((span, index) =>
        span.is_changed ? (
          <mark key={index} className={cn("rounded-[2px] text-text", MARK[line.kind])}>
            {plain(span.text)}
          </mark>
        ) : (
          <Fragment key={index}>{plain(span.text)}</Fragment>
        ),
      )}
    </>
  );
}

const NUMBER = "tabular w-10 px-2 text-right align-top text-muted select-none";
const WORDS = "px-2 align-top break-words whitespace-pre-wrap";

function Half({ line, side }: { line: TextDiffLineDto | null; side: "old" | "new" }) {
  const kind = line?.kind ?? "same";
  return (
    <>
      <td
        className={cn(
          NUMBER,
          LINE[kind],
          side === "new" && "border-l",
          line === null && "bg-raised",
        )}
      >
        {line === null ? "" : side === "old" ? line.old_line : line.new_line}
      </td>
      <td className={cn(WORDS, "w-1/2", LINE[kind], line === null && "bg-raised")}>
        {line === null ? null : <Spans line={line} />}
      </td>
    </>
  );
}

function Folded({
  count,
  columns,
  onOpen,
}: {
  count: number;
  columns: number;
  onOpen: () => void;
}) {
  return (
    <tr>
      <td colSpan={columns} className="border-y bg-ground px-2 py-0.5 text-center">
        <Button variant="ghost" size="small" className="font-sans" onClick={onOpen}>
          Show {count} lines that are the same
        </Button>
      </td>
    </tr>
  );
}

/** What two texts differ in, line by line, with the words that changed marked. */
export function Diff({ diff, view }: { diff: TextDiffDto; view: DiffView }) {
  const [open, setOpen] = useState<ReadonlySet<number>>(new Set());
  const unfold = (index: number) => setOpen((before) => new Set(before).add(index));
  const caption = `What changed from ${diff.old} to ${diff.new}`;
  if (view === "split") {
    const stretches = fold(
      pairs(diff.lines),
      ({ old, new: later }) => old !== null && old === later,
    );
    return (
      <table className="w-full table-fixed border-collapse font-mono text-12 leading-[1.6]">
        <caption className="sr-only">{caption}</caption>
        <thead className="sr-only">
          <tr>
            <th>Line</th>
            <th>{diff.old}</th>
            <th>Line</th>
            <th>{diff.new}</th>
          </tr>
        </thead>
        <colgroup>
          <col className="w-10" />
          <col />
          <col className="w-10" />
          <col />
        </colgroup>
        <tbody>
          {stretches.map((stretch, index) =>
            stretch.folded && !open.has(index) ? (
              <Folded
                key={index}
                count={stretch.rows.length}
                columns={4}
                onOpen={() => unfold(index)}
              />
            ) : (
              stretch.rows.map((pair, row) => (
                <tr key={`${index}.${row}`}>
                  <Half line={pair.old} side="old" />
                  <Half line={pair.new} side="new" />
                </tr>
              ))
            ),
          )}
        </tbody>
      </table>
    );
  }
  const stretches = fold(diff.lines, ({ kind }) => kind === "same");
  return (
    <table className="w-full border-collapse font-mono text-12 leading-[1.6]">
      <caption className="sr-only">{caption}</caption>
      <thead className="sr-only">
        <tr>
          <th>Old line</th>
          <th>New line</th>
          <th>Sign</th>
          <th>Text</th>
        </tr>
      </thead>
      <tbody>
        {stretches.map((stretch, index) =>
          stretch.folded && !open.has(index) ? (
            <Folded
              key={index}
              count={stretch.rows.length}
              columns={4}
              onOpen={() => unfold(index)}
            />
          ) : (
            stretch.rows.map((line, row) => (
              <tr key={`${index}.${row}`} className={LINE[line.kind]}>
                <td className={NUMBER}>{line.old_line}</td>
                <td className={NUMBER}>{line.new_line}</td>
                <td aria-hidden="true" className="w-4 text-center align-top text-muted">
                  {SIGN[line.kind]}
                </td>
                <td className={WORDS}>
                  <Spans line={line} />
                </td>
              </tr>
            ))
          ),
        )}
      </tbody>
    </table>
  );
}
