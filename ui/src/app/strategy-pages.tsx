import { useNavigate } from "@tanstack/react-router";
import { lazy, Suspense } from "react";

import { useRunStrategy } from "@/app/use-run-strategy";
import { STRATEGY_TABS, type StrategyTab } from "@/features/strategies/details";
import { writeDraft } from "@/features/strategies/drafts";
import { SECTIONS, type SectionId } from "@/features/strategies/links";
import { StrategiesPage } from "@/features/strategies/view";
import { Skeleton } from "@/ui/panel";

const WizardPage = lazy(async () => ({
  default: (await import("@/features/strategies/wizard")).WizardPage,
}));
const EditorPage = lazy(async () => ({
  default: (await import("@/features/strategies/editor")).EditorPage,
}));

interface StrategiesSearch {
  strategy?: string;
  tab?: StrategyTab;
}

export function strategiesSearch({ strategy, tab }: Record<string, unknown>): StrategiesSearch {
  const known = STRATEGY_TABS.find((each) => each === tab && each !== "overview");
  return {
    ...(typeof strategy === "string" ? { strategy } : {}),
    ...(known === undefined ? {} : { tab: known }),
  };
}

export function editSearch({ section }: Record<string, unknown>): { section?: SectionId } {
  const known = SECTIONS.find((each) => each === section);
  return known === undefined ? {} : { section: known };
}

/** The list of strategies, at one of them. */
export function StrategiesAt({
  search: { strategy, tab = "overview" },
  lineageLink,
}: {
  search: StrategiesSearch;
  lineageLink: (executionId: string) => string;
}) {
  const { run, pending } = useRunStrategy();
  const navigate = useNavigate();
  const show = (id: string | undefined, shown: StrategyTab) =>
    void navigate({
      to: "/strategies",
      search: {
        ...(id === undefined ? {} : { strategy: id }),
        ...(shown === "overview" ? {} : { tab: shown }),
      },
      replace: true,
    });
  return (
    <StrategiesPage
      strategyId={strategy ?? null}
      tab={tab}
      running={pending}
      onStrategy={(id) => show(id, tab)}
      onTab={(next) => show(strategy, next)}
      onNew={(form) => {
        // What a file fills in is looked at as a whole, hence the last step.
        if (form) writeDraft(null, { base: 0, form, step: Number.MAX_SAFE_INTEGER, text: null });
        void navigate({ to: "/strategies/new" });
      }}
      onRun={run}
      lineageLink={lineageLink}
    />
  );
}

/** The wizard. */
export function NewStrategyAt() {
  const { run, pending } = useRunStrategy();
  const navigate = useNavigate();
  return (
    <Suspense fallback={<Skeleton className="m-6 h-40" />}>
      <WizardPage
        running={pending}
        onRun={run}
        onLeave={(id) =>
          void navigate({ to: "/strategies", search: id === null ? {} : { strategy: id } })
        }
      />
    </Suspense>
  );
}

/** A strategy on one page. */
export function EditStrategyAt({
  strategyId,
  section,
}: {
  strategyId: string;
  section: SectionId | null;
}) {
  const navigate = useNavigate();
  return (
    <Suspense fallback={<Skeleton className="m-6 h-40" />}>
      <EditorPage
        strategyId={strategyId}
        section={section}
        onLeave={() => void navigate({ to: "/strategies", search: { strategy: strategyId } })}
      />
    </Suspense>
  );
}
