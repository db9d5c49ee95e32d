import {
  createHashHistory,
  createRootRoute,
  createRoute,
  createRouter,
  Navigate,
  redirect,
  type RouterHistory,
} from "@tanstack/react-router";
import { Suspense } from "react";

import { useRead } from "@/api/context";
import {
  ChartPage,
  GalleryPage,
  IndicatorsPage,
  PortfolioPage,
  PromptsPage,
  SignalsPage,
} from "@/app/lazy-pages";
import { chartLink, lineageLink, orderLink } from "@/app/links";
import { Shell } from "@/app/shell";
import {
  editSearch,
  EditStrategyAt,
  NewStrategyAt,
  StrategiesAt,
  strategiesSearch,
} from "@/app/strategy-pages";
import { useEngineActs } from "@/app/use-engine-acts";
import { useRunStrategy } from "@/app/use-run-strategy";
import { ApprovalsPage } from "@/features/approvals/view";
import { chartsSearch, isTimeframe } from "@/features/charts/search";
import { ConnectionPage } from "@/features/connection/view";
import { DashboardPage } from "@/features/dashboard/view";
import { executionsSearch } from "@/features/executions/search";
import { ExecutionsPage } from "@/features/executions/view";
import { LineagePage } from "@/features/lineage/view";
import { ModelsPage } from "@/features/models/view";
import { type OrdersTab, OrdersPage } from "@/features/orders/view";
import { NotificationsPage } from "@/features/notifications/view";
import { OutagesPage } from "@/features/outages/view";
import { portfolioSearch } from "@/features/portfolio/search";
import type { PromptTab } from "@/features/prompts/workbench";
import { RiskPage } from "@/features/risk/view";
import { SettingsPage } from "@/features/settings/view";
import { signalsSearch } from "@/features/signals/search";
import { SchedulesPage } from "@/features/strategies/schedules-page";
import { SymbolsPage } from "@/features/symbols/view";
import type { Timeframe } from "@/gen/types";
import { earlier, nextClose } from "@/lib/time";
import { Skeleton } from "@/ui/panel";

const root = createRootRoute({
  component: Shell,
  notFoundComponent: () => <Navigate to="/dashboard" />,
});

const index = createRoute({
  getParentRoute: () => root,
  path: "/",
  beforeLoad: () => {
    // eslint-disable-next-line @typescript-eslint/only-throw-error -- the router's way to redirect
    throw redirect({ to: "/dashboard" });
  },
});

const dashboard = createRoute({
  getParentRoute: () => root,
  path: "/dashboard",
  component: function Dashboard() {
    const { run, pending } = useRunStrategy();
    const status = useRead("status_get", {}).data;
    const acts = useEngineActs();
    const close = status?.clock_mode == null ? null : nextClose(status.now);
    return (
      <DashboardPage
        links={{ lineage: lineageLink, order: orderLink }}
        running={pending}
        onRun={run}
        onNextClose={
          close === null || acts.advancing
            ? null
            : () => acts.advanceTo(earlier(close, status?.data_to ?? null))
        }
      />
    );
  },
});

const executions = createRoute({
  getParentRoute: () => root,
  path: "/executions",
  validateSearch: executionsSearch,
  component: function Executions() {
    const navigate = executions.useNavigate();
    return (
      <ExecutionsPage
        search={executions.useSearch()}
        lineageLink={lineageLink}
        onSearch={(search, replace = false) => void navigate({ search, replace })}
      />
    );
  },
});

const settings = createRoute({
  getParentRoute: () => root,
  path: "/settings",
  component: SettingsPage,
});

const notifications = createRoute({
  getParentRoute: () => root,
  path: "/notifications",
  component: NotificationsPage,
});

interface LineageSearch {
  strategy?: string;
  step?: string;
  attempt?: number;
  /** The execution is replayed at once. */
  replay?: boolean;
}

function lineageSearch(search: Record<string, unknown>): LineageSearch {
  const { strategy, step, attempt, replay } = search;
  return {
    ...(typeof strategy === "string" ? { strategy } : {}),
    ...(typeof step === "string" ? { step } : {}),
    ...(typeof attempt === "number" && attempt >= 1 ? { attempt } : {}),
    ...(replay === true ? { replay } : {}),
  };
}

const lineage = createRoute({
  getParentRoute: () => root,
  path: "/lineage",
  validateSearch: lineageSearch,
  component: function Lineage() {
    return <LineageAt id={null} search={lineage.useSearch()} />;
  },
});

const lineageOf = createRoute({
  getParentRoute: () => root,
  path: "/lineage/$executionId",
  validateSearch: lineageSearch,
  component: function LineageOf() {
    return <LineageAt id={lineageOf.useParams().executionId} search={lineageOf.useSearch()} />;
  },
});

function LineageAt({ id, search }: { id: string | null; search: LineageSearch }) {
  const navigate = lineage.useNavigate();
  const { run, pending } = useRunStrategy();
  return (
    <LineagePage
      executionId={id}
      strategyId={search.strategy ?? null}
      step={search.step ?? null}
      attempt={search.attempt ?? null}
      replay={search.replay === true}
      running={pending}
      chartLink={chartLink}
      onRun={run}
      onStrategy={(strategy) =>
        void navigate({ to: "/lineage", search: strategy === null ? {} : { strategy } })
      }
      onExecution={(executionId, replace) =>
        void navigate({
          to: "/lineage/$executionId",
          params: { executionId },
          search: search.strategy === undefined ? {} : { strategy: search.strategy },
          replace,
        })
      }
      onStep={(step, attempt) => {
        if (id === null) return;
        void navigate({
          to: "/lineage/$executionId",
          params: { executionId: id },
          search: {
            ...(search.strategy === undefined ? {} : { strategy: search.strategy }),
            ...(step === null ? {} : { step }),
            ...(attempt === null ? {} : { attempt }),
          },
          replace: true,
        });
      }}
    />
  );
}

const strategies = createRoute({
  getParentRoute: () => root,
  path: "/strategies",
  validateSearch: strategiesSearch,
  component: function Strategies() {
    return <StrategiesAt search={strategies.useSearch()} lineageLink={lineageLink} />;
  },
});

const newStrategy = createRoute({
  getParentRoute: () => root,
  path: "/strategies/new",
  component: NewStrategyAt,
});

const editStrategy = createRoute({
  getParentRoute: () => root,
  path: "/strategies/$strategyId/edit",
  validateSearch: editSearch,
  component: function EditStrategy() {
    const { strategyId } = editStrategy.useParams();
    return (
      <EditStrategyAt strategyId={strategyId} section={editStrategy.useSearch().section ?? null} />
    );
  },
});

const schedules = createRoute({
  getParentRoute: () => root,
  path: "/schedules",
  component: () => <SchedulesPage lineageLink={lineageLink} />,
});

const portfolio = createRoute({
  getParentRoute: () => root,
  path: "/portfolio",
  validateSearch: portfolioSearch,
  component: function Portfolio() {
    const navigate = portfolio.useNavigate();
    return (
      <Suspense fallback={<Skeleton className="m-6 h-40" />}>
        <PortfolioPage
          search={portfolio.useSearch()}
          links={{ lineage: lineageLink, order: orderLink }}
          onSearch={(search, replace = false) => void navigate({ search, replace })}
        />
      </Suspense>
    );
  },
});

const risk = createRoute({
  getParentRoute: () => root,
  path: "/risk",
  component: () => <RiskPage lineageLink={lineageLink} />,
});

interface OrdersSearch {
  tab?: OrdersTab;
  order?: string;
}

const orders = createRoute({
  getParentRoute: () => root,
  path: "/orders",
  validateSearch: ({ tab, order }: Record<string, unknown>): OrdersSearch => ({
    ...(tab === "external" ? { tab } : {}),
    ...(typeof order === "string" ? { order } : {}),
  }),
  component: function Orders() {
    const { tab = "ours", order = null } = orders.useSearch();
    const navigate = orders.useNavigate();
    return (
      <OrdersPage
        tab={tab}
        orderId={order}
        lineageLink={lineageLink}
        onTab={(next) => void navigate({ search: next === "ours" ? {} : { tab: next } })}
        onOrder={(id) =>
          void navigate({
            search: {
              ...(tab === "ours" ? {} : { tab }),
              ...(id === null ? {} : { order: id }),
            },
            replace: true,
          })
        }
      />
    );
  },
});

const signals = createRoute({
  getParentRoute: () => root,
  path: "/signals",
  validateSearch: signalsSearch,
  component: function Signals() {
    const navigate = signals.useNavigate();
    return (
      <Suspense fallback={<Skeleton className="m-6 h-40" />}>
        <SignalsPage
          search={signals.useSearch()}
          links={{ lineage: lineageLink, chart: chartLink, order: orderLink }}
          onSearch={(search, replace = false) => void navigate({ search, replace })}
        />
      </Suspense>
    );
  },
});

const charts = createRoute({
  getParentRoute: () => root,
  path: "/charts",
  validateSearch: chartsSearch,
  component: function Charts() {
    const navigate = charts.useNavigate();
    return (
      <Suspense fallback={<Skeleton className="m-6 h-40" />}>
        <GalleryPage
          search={charts.useSearch()}
          links={{ lineage: lineageLink, chart: chartLink }}
          onSearch={(search) => void navigate({ search })}
        />
      </Suspense>
    );
  },
});

const chartOf = createRoute({
  getParentRoute: () => root,
  path: "/charts/$executionId",
  validateSearch: ({ timeframe }: Record<string, unknown>): { timeframe?: Timeframe } =>
    isTimeframe(timeframe) ? { timeframe } : {},
  component: function ChartOf() {
    const { executionId } = chartOf.useParams();
    const navigate = chartOf.useNavigate();
    return (
      <Suspense fallback={<Skeleton className="m-6 h-40" />}>
        <ChartPage
          executionId={executionId}
          timeframe={chartOf.useSearch().timeframe ?? "1d"}
          gallery="#/charts"
          links={{ lineage: lineageLink, chart: chartLink }}
          onTimeframe={(timeframe) => void navigate({ search: { timeframe }, replace: true })}
        />
      </Suspense>
    );
  },
});

const approvals = createRoute({
  getParentRoute: () => root,
  path: "/approvals",
  component: () => <ApprovalsPage lineageLink={lineageLink} />,
});

const connection = createRoute({
  getParentRoute: () => root,
  path: "/connection",
  component: ConnectionPage,
});

const outages = createRoute({
  getParentRoute: () => root,
  path: "/outages",
  component: OutagesPage,
});

interface ModelsSearch {
  model?: string;
  add?: true;
}

const models = createRoute({
  getParentRoute: () => root,
  path: "/models",
  validateSearch: ({ model, add }: Record<string, unknown>): ModelsSearch => ({
    ...(typeof model === "string" ? { model } : {}),
    ...(add === true ? { add } : {}),
  }),
  component: function Models() {
    const { model, add = false } = models.useSearch();
    const navigate = models.useNavigate();
    const kept = model === undefined ? {} : { model };
    return (
      <ModelsPage
        name={model ?? null}
        adding={add}
        lineageLink={lineageLink}
        onName={(name) => void navigate({ search: { model: name }, replace: true })}
        onAdding={(adding) =>
          void navigate({ search: adding ? { ...kept, add: true } : kept, replace: true })
        }
      />
    );
  },
});

interface PromptsSearch {
  prompt?: string;
  tab?: PromptTab;
  add?: true;
}

const prompts = createRoute({
  getParentRoute: () => root,
  path: "/prompts",
  validateSearch: ({ prompt, tab, add }: Record<string, unknown>): PromptsSearch => ({
    ...(typeof prompt === "string" ? { prompt } : {}),
    ...(tab === "preview" || tab === "versions" || tab === "playground" ? { tab } : {}),
    ...(add === true ? { add } : {}),
  }),
  component: function Prompts() {
    const { prompt, tab = "text", add = false } = prompts.useSearch();
    const navigate = prompts.useNavigate();
    const search = (next: { prompt?: string; tab?: PromptTab; add?: true }): PromptsSearch => ({
      ...(prompt === undefined ? {} : { prompt }),
      ...(tab === "text" ? {} : { tab }),
      ...next,
    });
    return (
      <Suspense fallback={<Skeleton className="m-6 h-40" />}>
        <PromptsPage
          promptId={prompt ?? null}
          tab={tab}
          adding={add}
          links={{ lineage: lineageLink, models: "#/models?add=true" }}
          onPrompt={(id) => void navigate({ search: search({ prompt: id }), replace: true })}
          onTab={(next) => void navigate({ search: search({ tab: next }), replace: true })}
          onAdding={(adding) =>
            void navigate({ search: search(adding ? { add: true } : {}), replace: true })
          }
        />
      </Suspense>
    );
  },
});

const symbols = createRoute({
  getParentRoute: () => root,
  path: "/symbols",
  component: SymbolsPage,
});

const indicators = createRoute({
  getParentRoute: () => root,
  path: "/indicators",
  validateSearch: ({ kind }: Record<string, unknown>): { kind?: string } =>
    typeof kind === "string" ? { kind } : {},
  component: function Indicators() {
    const { kind } = indicators.useSearch();
    const navigate = indicators.useNavigate();
    return (
      <Suspense fallback={<Skeleton className="m-6 h-40" />}>
        <IndicatorsPage
          kind={kind ?? null}
          onKind={(next) => void navigate({ search: { kind: next }, replace: true })}
        />
      </Suspense>
    );
  },
});

const routeTree = root.addChildren([
  index,
  dashboard,
  executions,
  settings,
  notifications,
  lineage,
  lineageOf,
  strategies,
  newStrategy,
  editStrategy,
  schedules,
  portfolio,
  risk,
  orders,
  signals,
  charts,
  chartOf,
  approvals,
  connection,
  outages,
  models,
  prompts,
  symbols,
  indicators,
]);

/** The addresses of the window, behind `#`, which works under every scheme. */
export const makeRouter = (history: RouterHistory = createHashHistory()) =>
  createRouter({ routeTree, history, defaultPreload: false });

declare module "@tanstack/react-router" {
  interface Register {
    router: ReturnType<typeof makeRouter>;
  }
}
