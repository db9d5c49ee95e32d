import { useRead } from "@/api/context";
import type { HealthLevel, HealthPart } from "@/gen/types";
import { plain } from "@/lib/text";
import type { Shape, Tone } from "@/lib/words";
import { cn } from "@/ui/cn";
import { Panel, Skeleton } from "@/ui/panel";
import { Reading } from "@/ui/reading";
import { Source } from "@/ui/source";
import { Light } from "@/ui/state";
import { TEXT_TONE } from "@/ui/tone";

/** How often it is read again, in milliseconds: room on a disk goes without an event. */
const GLANCE = 15_000;

const PARTS: Record<HealthPart, { word: string; page: string; href: string }> = {
  gateway: { word: "Gateway", page: "Connection", href: "#/connection" },
  database: { word: "Database", page: "Settings", href: "#/settings" },
  model: { word: "Model", page: "Models", href: "#/models" },
  schedule: { word: "Schedule", page: "Strategies", href: "#/strategies" },
  disk: { word: "Disk", page: "Settings", href: "#/settings" },
};

const LEVELS: Record<HealthLevel, { word: string; tone: Tone; shape: Shape }> = {
  well: { word: "well", tone: "up", shape: "disc" },
  resting: { word: "resting", tone: "neutral", shape: "ring" },
  watch: { word: "look at it", tone: "warn", shape: "triangle" },
  unwell: { word: "not well", tone: "error", shape: "square" },
};

/** A light for every part of the engine, with what to do where one is not well. */
export function Health({ now }: { now: string | null }) {
  const health = useRead("health_get", {}, { every: GLANCE });
  return (
    <Panel
      title="Health"
      actions={health.data ? <Source of="the engine" at={health.data.at} now={now} /> : null}
    >
      <Reading
        of={health}
        what="the health"
        skeleton={
          <div className="space-y-3 p-4">
            {Object.keys(PARTS).map((part) => (
              <Skeleton key={part} />
            ))}
          </div>
        }
      >
        {({ lights }) => (
          <ul className="divide-y">
            {lights.map(({ part, level, sentence, action }) => {
              const { word, page, href } = PARTS[part];
              const { tone, shape, word: state } = LEVELS[level];
              const isWrong = level === "watch" || level === "unwell";
              return (
                <li
                  key={part}
                  className="grid grid-cols-[12px_72px_minmax(0,1fr)] gap-x-2.5 px-4 py-2"
                >
                  <Light tone={tone} shape={shape} className="mt-[3px]" />
                  <a
                    href={href}
                    title={`Open ${page}`}
                    className="font-medium underline-offset-2 hover:underline"
                  >
                    {word}
                    <span className="sr-only">: {state}</span>
                  </a>
                  <div className="min-w-0 break-words">
                    <p className={isWrong ? TEXT_TONE[tone] : "text-muted"}>{plain(sentence)}</p>
                    {action !== null ? (
                      <p className={cn(isWrong || "text-muted", "mt-0.5")}>
                        {plain(action)}{" "}
                        <a
                          href={href}
                          className="text-accent underline-offset-2 hover:underline"
                          aria-label={`Open ${page} for the ${word.toLowerCase()}`}
                        >
                          Open {page}
                        </a>
                      </p>
                    ) : null}
                  </div>
                </li>
              );
            })}
          </ul>
        )}
      </Reading>
    </Panel>
  );
}
