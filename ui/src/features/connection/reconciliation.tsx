import { ChevronRight, RefreshCw } from "lucide-react";
import { useState } from "react";

import { useToldAct } from "@/api/told-act";
import type { CorrectionDto, ReconciliationDto } from "@/gen/types";
import { plain } from "@/lib/text";
import { distance, exchangeDateTime, shortDateTime } from "@/lib/time";
import { humanise } from "@/lib/words";
import { Badge } from "@/ui/badge";
import { Button } from "@/ui/button";
import { cn } from "@/ui/cn";
import { CopyButton } from "@/ui/copy-button";
import { Countdown } from "@/ui/countdown";
import { JsonView } from "@/ui/json-view";
import { Panel } from "@/ui/panel";
import { Light } from "@/ui/state";

/** More are shown on demand. */
const FIRST = 8;

/** The broker's own record: as a tree where it is JSON, else as it is. */
function Evidence({ text }: { text: string }) {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return <p className="font-mono text-12 break-words whitespace-pre-wrap">{plain(text)}</p>;
  }
  return <JsonView value={value} />;
}

function Correction({ correction }: { correction: CorrectionDto }) {
  const { at, kind, symbol, sentence, evidence, is_alarm } = correction;
  return (
    <details className={cn("group", is_alarm && "bg-raised")}>
      <summary className="flex items-start gap-2.5 px-4 py-2">
        <ChevronRight
          aria-hidden="true"
          className="mt-0.5 size-3.5 shrink-0 text-muted group-open:rotate-90"
        />
        <Light
          tone={is_alarm ? "error" : "neutral"}
          shape={is_alarm ? "square" : "ring"}
          className="mt-[3px]"
        />
        <div className="min-w-0 flex-1">
          <p>
            <span className={cn("font-medium", is_alarm && "text-error")}>
              {symbol ? `${plain(symbol)}: ` : ""}
              {humanise(kind)}
            </span>{" "}
            {is_alarm ? <Badge tone="error">Needs you</Badge> : null}
          </p>
          <p className="text-muted">{plain(sentence)}</p>
        </div>
        <span
          className="tabular shrink-0 text-12 text-muted"
          title={`${exchangeDateTime(at, true)} ET`}
        >
          {shortDateTime(at)}
        </span>
      </summary>
      <div className="relative mr-4 mb-3 ml-[38px] max-h-72 overflow-auto rounded-base border bg-ground p-3">
        <div className="float-right">
          <CopyButton text={evidence} label="Copy the broker's record" />
        </div>
        <Evidence text={evidence} />
      </div>
    </details>
  );
}

/** The last comparison of our records with the broker's. */
export function Reconciliation({
  reconciliation,
  now,
}: {
  reconciliation: ReconciliationDto;
  now: string | null;
}) {
  const { at, succeeded, sentence, next_at, corrections } = reconciliation;
  const [all, setAll] = useState(false);
  const run = useToldAct("reconcile");
  const ordered = [
    ...corrections.filter((each) => each.is_alarm),
    ...corrections.filter((each) => !each.is_alarm),
  ];
  const shown = all ? ordered : ordered.slice(0, FIRST);
  return (
    <Panel
      title="Reconciliation with the broker"
      actions={
        <Button
          size="small"
          disabled={run.isPending}
          onClick={() =>
            run.run(
              {},
              {
                done: (answer) => answer.reconciliation.sentence,
                failed: "Our records could not be compared with the broker's.",
              },
            )
          }
        >
          <RefreshCw /> {run.isPending ? "Comparing…" : "Compare now"}
        </Button>
      }
    >
      <div className="flex items-start gap-2.5 p-4">
        <Light
          tone={at === null ? "neutral" : succeeded ? "up" : "error"}
          shape={at === null ? "ring" : succeeded ? "check" : "square"}
          className="mt-[3px]"
        />
        <div className="min-w-0">
          <p>{plain(sentence)}</p>
          <p className="tabular mt-0.5 text-12 text-muted">
            {at === null
              ? "Not compared since the start."
              : `Last ${shortDateTime(at)} ET${now === null ? "" : `, ${distance(at, now) ?? "–"} ago`}.`}{" "}
            {next_at === null ? null : (
              <>
                Next in <Countdown now={now} until={next_at} label="Next comparison" />.
              </>
            )}
          </p>
        </div>
      </div>
      {ordered.length > 0 ? (
        <div className="divide-y border-t">
          {shown.map((correction, index) => (
            <Correction
              key={`${correction.at} ${correction.kind} ${index}`}
              correction={correction}
            />
          ))}
          {ordered.length > shown.length ? (
            <div className="p-2 text-center">
              <Button variant="ghost" onClick={() => setAll(true)}>
                {ordered.length - shown.length} earlier corrections
              </Button>
            </div>
          ) : null}
        </div>
      ) : at === null ? null : (
        <p className="border-t px-4 py-2 text-12 text-muted">
          Nothing had to be corrected: orders, fills, positions and cash agree.
        </p>
      )}
    </Panel>
  );
}
