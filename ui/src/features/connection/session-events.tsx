import { useState } from "react";

import type { ConnectionEventDto } from "@/gen/types";
import { plain } from "@/lib/text";
import { exchangeDateTime, shortDateTime } from "@/lib/time";
import { humanise, type Shape, type Tone } from "@/lib/words";
import { Button } from "@/ui/button";
import { Panel } from "@/ui/panel";
import { Light } from "@/ui/state";
import { TEXT_TONE } from "@/ui/tone";

/** More are shown on demand. */
const FIRST = 8;

const LEVELS: Record<string, { word: string; tone: Tone; shape: Shape }> = {
  information: { word: "Information", tone: "neutral", shape: "ring" },
  warning: { word: "Warning", tone: "warn", shape: "triangle" },
  alarm: { word: "Alarm", tone: "error", shape: "square" },
};

/** A level that this window does not know is shown by its own name, and as a warning. */
function levelOf(level: string) {
  const known = Object.hasOwn(LEVELS, level) ? LEVELS[level] : undefined;
  return known ?? { word: humanise(level), tone: "warn" as const, shape: "triangle" as const };
}

/** What happened to the session, newest first. */
export function SessionEvents({ events }: { events: readonly ConnectionEventDto[] }) {
  const [all, setAll] = useState(false);
  const shown = all ? events : events.slice(0, FIRST);
  return (
    <Panel title="What happened to the session">
      {events.length === 0 ? (
        <p className="p-4 text-muted">Nothing since the start.</p>
      ) : (
        <ul aria-label="Events of the session, newest first" className="divide-y">
          {shown.map(({ at, level, sentence }, index) => {
            const { word, tone, shape } = levelOf(level);
            return (
              <li key={`${at} ${index}`} className="flex items-start gap-2.5 px-4 py-2">
                <Light tone={tone} shape={shape} className="mt-[3px]" />
                <div className="min-w-0 flex-1">
                  <p className="break-words">{plain(sentence)}</p>
                  <p className="tabular mt-0.5 text-12 text-muted">
                    <span className={TEXT_TONE[tone]}>{word}</span>
                    {" · "}
                    <time dateTime={at} title={`${exchangeDateTime(at, true)} ET`}>
                      {shortDateTime(at)} ET
                    </time>
                  </p>
                </div>
              </li>
            );
          })}
        </ul>
      )}
      {events.length > shown.length ? (
        <div className="border-t p-2 text-center">
          <Button variant="ghost" onClick={() => setAll(true)}>
            {events.length - shown.length} earlier events
          </Button>
        </div>
      ) : null}
    </Panel>
  );
}
