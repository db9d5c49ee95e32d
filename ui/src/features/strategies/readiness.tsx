import { ArrowRight } from "lucide-react";

import { useRead } from "@/api/context";
import { stageLink } from "@/features/strategies/links";
import type { ReadinessState } from "@/gen/types";
import { plain } from "@/lib/text";
import type { Shape, Tone } from "@/lib/words";
import { humanise } from "@/lib/words";
import { cn } from "@/ui/cn";
import { Panel, Skeleton } from "@/ui/panel";
import { Reading } from "@/ui/reading";
import { Light } from "@/ui/state";

const STATES: Record<ReadinessState, { word: string; tone: Tone; shape: Shape }> = {
  ready: { word: "ready", tone: "up", shape: "check" },
  attention: { word: "look at it", tone: "warn", shape: "triangle" },
  missing: { word: "missing", tone: "error", shape: "cross" },
  not_yet: { word: "not yet", tone: "neutral", shape: "ring" },
};

/** The thirteen stages of the workflow for one strategy, each a way to where it is mended. */
export function Readiness({ strategyId }: { strategyId: string }) {
  const read = useRead("readiness_get", { strategy_id: strategyId }, { keep: true });
  const ready = read.data?.stages.filter(({ state }) => state === "ready").length;
  return (
    <Panel
      title="Readiness"
      actions={
        read.data ? (
          <span className="tabular text-12 text-muted">
            {ready} of {read.data.stages.length} ready
          </span>
        ) : null
      }
    >
      <Reading of={read} what="the readiness" skeleton={<Skeleton className="m-4 h-40" />}>
        {({ stages }) => (
          <ol aria-label="Readiness" className="py-1.5">
            {stages.map((stage, index) => {
              const { word, tone, shape } = STATES[stage.state];
              return (
                <li key={stage.stage} className="relative">
                  {index < stages.length - 1 ? (
                    <span
                      aria-hidden="true"
                      className="absolute top-[22px] -bottom-2 left-[21px] w-px bg-line-strong"
                    />
                  ) : null}
                  <a
                    href={stageLink(strategyId, stage)}
                    className="group flex items-start gap-3 px-4 py-1 hover:bg-raised"
                  >
                    <Light tone={tone} shape={shape} className="relative mt-1 bg-surface" />
                    <span className="w-20 shrink-0 font-medium">
                      {humanise(stage.stage)}
                      <span className="sr-only">, {word}:</span>
                    </span>
                    <span className={cn("min-w-0 flex-1", stage.state === "ready" && "text-muted")}>
                      {plain(stage.sentence)}
                    </span>
                    <ArrowRight
                      aria-hidden="true"
                      className="mt-1 size-3.5 shrink-0 text-muted opacity-0 group-hover:opacity-100 group-focus-visible:opacity-100"
                    />
                  </a>
                </li>
              );
            })}
          </ol>
        )}
      </Reading>
    </Panel>
  );
}
