import { useRead } from "@/api/context";
import { History } from "@/features/portfolio/history";
import { Overview } from "@/features/portfolio/overview";
import type { PortfolioSearch, PortfolioTab } from "@/features/portfolio/search";
import { StatisticsTab } from "@/features/portfolio/statistics";
import { Why } from "@/features/portfolio/why";
import { exchangeDateTime } from "@/lib/time";
import { without } from "@/lib/without";
import { useHotkeys } from "@/ui/hotkeys";
import { ErrorPanel, Guard, Skeleton } from "@/ui/panel";
import { Segments } from "@/ui/segments";

/** The ways from an amount to other pages. */
export interface PortfolioLinks {
  /** The lineage of an execution, opened at a step if one is named. */
  lineage: (executionId: string, step?: string) => string;
  order: (clientOrderId: string) => string;
}

export interface PortfolioPageProps {
  search: PortfolioSearch;
  onSearch: (search: PortfolioSearch, replace?: boolean) => void;
  links: PortfolioLinks;
}

const TABS: readonly { value: PortfolioTab; text: string }[] = [
  { value: "overview", text: "Overview" },
  { value: "why", text: "Why" },
  { value: "statistics", text: "Statistics" },
  { value: "history", text: "History" },
];

/** What the account is worth, what it holds, what it has earned, and why. */
export function PortfolioPage({ search, onSearch, links }: PortfolioPageProps) {
  const { data, error, refetch } = useRead("portfolio_get", {});
  const tab = search.tab ?? "overview";
  const show = (next: PortfolioTab) => {
    const rest = without(search, "tab", "group", "offset");
    onSearch(next === "overview" ? rest : { ...rest, tab: next });
  };
  useHotkeys([
    ...TABS.map(({ value, text }, index) => ({
      keys: String(index + 1),
      label: text,
      group: "Portfolio",
      run: () => show(value),
    })),
  ]);
  return (
    <div className="h-full overflow-y-auto">
      <div className="mx-auto max-w-[1440px] space-y-4 px-6 pt-4 pb-12">
        <header className="flex flex-wrap items-center gap-3">
          <h1 className="text-18 font-semibold">Portfolio</h1>
          <Segments label="View" value={tab} options={TABS} onChange={show} />
          {data ? (
            <p className="tabular ml-auto text-12 text-muted">
              {data.account_id} · {exchangeDateTime(data.state.at)} ET · USD
            </p>
          ) : null}
        </header>
        {data ? (
          <Guard key={tab} what="This part of the page could not be shown.">
            {tab === "overview" ? (
              <Overview portfolio={data} links={links} />
            ) : tab === "why" ? (
              <Why search={search} onSearch={onSearch} links={links} />
            ) : tab === "statistics" ? (
              <StatisticsTab search={search} onSearch={onSearch} trades={data.statistics} />
            ) : (
              <History portfolio={data} search={search} onSearch={onSearch} />
            )}
          </Guard>
        ) : error ? (
          <ErrorPanel
            what="The portfolio could not be read."
            error={error}
            onRetry={() => void refetch()}
          />
        ) : (
          <div aria-busy="true" aria-label="Loading the portfolio" className="space-y-4">
            <Skeleton className="h-[74px] rounded-card" />
            <Skeleton className="h-[340px] rounded-card" />
            <Skeleton className="h-40 rounded-card" />
          </div>
        )}
      </div>
    </div>
  );
}
