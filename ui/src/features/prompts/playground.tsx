import { useState } from "react";

import { useAct, useRead } from "@/api/context";
import { PlaygroundEstimate } from "@/features/prompts/playground-estimate";
import { PlaygroundReplies } from "@/features/prompts/playground-replies";
import { PlaygroundSession } from "@/features/prompts/playground-results";
import {
  LISTED,
  looksAtPrices,
  PlaygroundSetup,
  useExperiment,
} from "@/features/prompts/playground-setup";
import type { PromptDetailDto, PromptDto, StrategyDto } from "@/gen/types";
import { useHotkeys } from "@/ui/hotkeys";
import { Empty, ErrorPanel, Skeleton } from "@/ui/panel";
import { useSettled } from "@/ui/use-settled";

/** Addresses of other pages. */
export interface PlaygroundLinks {
  lineage: (executionId: string) => string;
  /** Where a model is added. */
  models: string;
}

interface PlaygroundProps {
  detail: PromptDetailDto;
  /** What is written and not saved. */
  draft: string | null;
  prompts: readonly PromptDto[];
  strategies: readonly StrategyDto[];
  links: PlaygroundLinks;
}

/**
 * One prompt, or two side by side, on recorded runs: what it would take, what came out. Nothing here
 * leads to an order.
 */
export function Playground(props: PlaygroundProps) {
  const models = useRead("models_list", {});
  const executions = useRead("executions_list", LISTED);
  const error = models.error ?? executions.error;
  if (error)
    return (
      <ErrorPanel
        className="m-4"
        what="The playground could not be read."
        error={error}
        onRetry={() => {
          void models.refetch();
          void executions.refetch();
        }}
      />
    );
  if (!models.data || !executions.data)
    return (
      <div aria-busy="true" aria-label="Loading the playground" className="space-y-3 p-4">
        <Skeleton className="w-1/2" />
        <Skeleton className="h-24" />
        <Skeleton className="h-40" />
      </div>
    );
  if (models.data.models.length === 0)
    return (
      <Empty
        title="There is no model to ask"
        className="mt-8"
        action={
          <a className="text-accent underline" href={props.links.models}>
            Add a model
          </a>
        }
      >
        The playground asks a model with this prompt on what earlier runs saw. Add one on the page
        Models.
      </Empty>
    );
  if (!executions.data.some(looksAtPrices))
    return (
      <Empty title="Nothing has run yet" className="mt-8">
        The playground needs recorded runs: run a strategy first, on its page or with r. The rule
        analyst will do, since its runs record the charts as well.
      </Empty>
    );
  return <Ready {...props} models={models.data.models.map(({ name }) => name)} />;
}

function Ready({
  detail,
  draft,
  prompts,
  strategies,
  links,
  models,
}: PlaygroundProps & { models: readonly string[] }) {
  const { data: playground, error: unread, refetch } = useRead("playground_get", {});
  const session = playground?.session ?? null;
  const running = session?.phase === "running";
  // What came out stands first; the next experiment is put together when somebody wants one.
  const [preparing, setPreparing] = useState(false);
  const shown = !running && (preparing || (playground !== undefined && session === null));
  const experiment = useExperiment(detail, draft);
  const wanted = useSettled(JSON.stringify(experiment.request));
  const settled = wanted === JSON.stringify(experiment.request);
  const estimate = useRead("playground_estimate", experiment.request, {
    // While one is under way, its calls would make every estimate old again and again.
    enabled: settled && experiment.fault === null && shown,
  });
  const start = useAct("playground_start");
  const cancel = useAct("playground_cancel");
  const [open, setOpen] = useState<string | null>(null);
  const end = () => {
    if (running && !cancel.isPending) cancel.mutate({});
  };
  useHotkeys([
    {
      keys: "x",
      label: "Cancel the playground's experiment",
      group: "Prompts",
      run: end,
    },
  ]);
  return (
    <div
      tabIndex={0}
      role="region"
      aria-label="Playground"
      className="min-h-0 flex-1 overflow-y-auto"
    >
      <p className="border-b bg-ground px-4 py-2 text-12 text-muted">
        Asks a model with this prompt on what recorded runs saw: the same charts, prices and
        indicators. No order, no signal and no step comes of it. The last experiment is kept until
        the engine ends.
      </p>
      {shown ? (
        <div className="grid grid-cols-[minmax(0,1fr)_minmax(0,1fr)] border-b max-[1200px]:grid-cols-1">
          <PlaygroundSetup
            detail={detail}
            draft={draft}
            prompts={prompts}
            strategies={strategies}
            models={models}
            experiment={experiment}
          />
          <PlaygroundEstimate
            estimate={settled ? (estimate.data ?? null) : null}
            error={settled ? estimate.error : null}
            fault={experiment.fault}
            starting={start.isPending}
            refused={start.error}
            onRetry={() => void estimate.refetch()}
            onStart={(accepted) =>
              start.mutate(
                { experiment: experiment.request, accepted_cost: accepted },
                { onSuccess: () => setPreparing(false) },
              )
            }
          />
        </div>
      ) : null}
      {unread ? (
        <ErrorPanel
          className="m-4"
          what="The experiment could not be read."
          error={unread}
          onRetry={() => void refetch()}
        />
      ) : session ? (
        <PlaygroundSession
          session={session}
          cancelling={cancel.isPending}
          onAnother={shown ? null : () => setPreparing(true)}
          links={links}
          onCancel={end}
          onOpen={setOpen}
        />
      ) : playground ? (
        <p className="p-4 text-muted">Nothing has been tried since the engine was started.</p>
      ) : (
        <Skeleton className="m-4 h-40" />
      )}
      {open !== null && session ? (
        <PlaygroundReplies
          executionId={open}
          number={session.number}
          links={links}
          onClose={() => setOpen(null)}
        />
      ) : null}
    </div>
  );
}
