import { Link } from "@tanstack/react-router";
import { PanelLeftClose, PanelLeftOpen } from "lucide-react";
import { Fragment } from "react";

import { isThere, type Page, PAGE_GROUPS } from "@/app/pages";
import type { StatusDto } from "@/gen/types";
import { Button } from "@/ui/button";
import { cn } from "@/ui/cn";

/** The mark: the line with one step on it. */
function Mark() {
  return (
    <svg viewBox="0 0 20 20" aria-hidden="true" className="size-5 shrink-0 text-accent" fill="none">
      <path d="M10 1v5m0 8v5" stroke="currentColor" strokeWidth="1.75" strokeLinecap="round" />
      <rect
        x="6.2"
        y="6.2"
        width="7.6"
        height="7.6"
        rx="1.6"
        transform="rotate(45 10 10)"
        stroke="currentColor"
        strokeWidth="1.75"
      />
    </svg>
  );
}

function Item({
  page,
  folded,
  count,
  urgent,
}: {
  page: Page;
  folded: boolean;
  count: number;
  /** Somebody waits for the reader. */
  urgent: boolean;
}) {
  const Icon = page.icon;
  return (
    <Link
      to={page.path}
      data-testid={`nav-${page.id}`}
      title={folded ? page.title : undefined}
      className="group relative flex h-7 items-center gap-2.5 rounded-base px-2.5 text-text transition-colors duration-[120ms] hover:bg-raised"
      activeProps={{ className: "bg-raised font-medium", "aria-current": "page" }}
    >
      <span
        aria-hidden="true"
        className="absolute inset-y-1 -left-2 hidden w-px bg-accent group-aria-[current=page]:block"
      />
      <Icon
        aria-hidden="true"
        strokeWidth={1.75}
        className="size-4 shrink-0 text-muted group-aria-[current=page]:text-accent"
      />
      <span className={folded ? "sr-only" : "truncate"}>{page.title}</span>
      {count > 0 && urgent ? (
        <span
          data-testid={`badge-${page.id}`}
          className={cn(
            "tabular grid h-[18px] min-w-[18px] place-items-center rounded-full bg-accent px-1 text-12 font-semibold text-on-solid",
            folded ? "absolute -top-1 -right-1" : "ml-auto",
          )}
        >
          {count}
          <span className="sr-only"> {page.id === "notifications" ? "unread" : "waiting"}</span>
        </span>
      ) : count > 0 && !folded ? (
        <span className="tabular ml-auto text-12 text-muted">{count}</span>
      ) : null}
    </Link>
  );
}

export function SideBar({
  folded,
  onFold,
  status,
  waiting,
  unread,
}: {
  folded: boolean;
  onFold: () => void;
  status: StatusDto | undefined;
  /** Approvals and questions that wait for the reader. */
  waiting: number;
  /** Notifications that nobody has read. */
  unread: number;
}) {
  const counts: Record<string, number> = {
    orders: status?.working_orders ?? 0,
    executions: status?.running_executions ?? 0,
    approvals: waiting,
    notifications: unread,
  };
  return (
    <nav
      aria-label="Pages"
      className={cn(
        "flex shrink-0 flex-col border-r bg-ground transition-[width] duration-[120ms]",
        folded ? "w-[52px]" : "w-[200px]",
      )}
    >
      <div className="flex h-9 shrink-0 items-center gap-2.5 px-4">
        <Mark />
        {folded ? null : (
          <span className="text-15 font-semibold tracking-[-0.01em]">Throughline</span>
        )}
      </div>
      <div className="flex-1 overflow-x-hidden overflow-y-auto px-2 py-2">
        {PAGE_GROUPS.map((group, index) => (
          <Fragment key={group[0]?.id}>
            {index > 0 ? <div className="mx-2.5 my-2 h-px bg-line" /> : null}
            {group
              .filter((page) => isThere(page, status?.environment))
              .map((page) => (
                <Item
                  key={page.id}
                  page={page}
                  folded={folded}
                  count={counts[page.id] ?? 0}
                  urgent={page.id === "approvals" || page.id === "notifications"}
                />
              ))}
          </Fragment>
        ))}
      </div>
      <div className="flex items-center gap-2 border-t p-2">
        <Button
          variant="ghost"
          size="icon"
          onClick={onFold}
          aria-label={folded ? "Unfold the side bar" : "Fold the side bar"}
          title={`${folded ? "Unfold" : "Fold"} the side bar (Ctrl+B)`}
        >
          {folded ? <PanelLeftOpen /> : <PanelLeftClose />}
        </Button>
        {folded || !status ? null : (
          <span className="ml-auto pr-1 text-12 text-muted">{status.version}</span>
        )}
      </div>
    </nav>
  );
}
