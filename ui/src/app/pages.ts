import {
  Activity,
  Bell,
  Cable,
  CalendarClock,
  ChartCandlestick,
  ChartPie,
  Cpu,
  GitCommitVertical,
  History,
  LayoutDashboard,
  ListOrdered,
  type LucideIcon,
  MessageSquareText,
  Radio,
  Search,
  Settings,
  ShieldAlert,
  Unplug,
  UserCheck,
  Workflow,
} from "lucide-react";

import type { Environment } from "@/gen/types";

export interface Page {
  id: string;
  path: string;
  title: string;
  icon: LucideIcon;
  /** The letter after `g`. */
  key: string;
  /** Only the sandbox has it. */
  sandboxOnly?: boolean;
}

/** Every page, in the order and the groups of the side bar. */
export const PAGE_GROUPS: readonly (readonly Page[])[] = [
  [
    { id: "dashboard", path: "/dashboard", title: "Dashboard", icon: LayoutDashboard, key: "d" },
    { id: "portfolio", path: "/portfolio", title: "Portfolio", icon: ChartPie, key: "p" },
    { id: "risk", path: "/risk", title: "Risk", icon: ShieldAlert, key: "r" },
    { id: "orders", path: "/orders", title: "Orders", icon: ListOrdered, key: "o" },
    { id: "approvals", path: "/approvals", title: "Approvals", icon: UserCheck, key: "a" },
    { id: "signals", path: "/signals", title: "Signals", icon: Radio, key: "s" },
  ],
  [
    { id: "strategies", path: "/strategies", title: "Strategies", icon: Workflow, key: "t" },
    { id: "schedules", path: "/schedules", title: "Schedules", icon: CalendarClock, key: "w" },
    { id: "symbols", path: "/symbols", title: "Symbols", icon: Search, key: "y" },
    { id: "indicators", path: "/indicators", title: "Indicators", icon: Activity, key: "i" },
    { id: "prompts", path: "/prompts", title: "Prompts", icon: MessageSquareText, key: "m" },
    { id: "models", path: "/models", title: "Models", icon: Cpu, key: "k" },
  ],
  [
    { id: "lineage", path: "/lineage", title: "Lineage", icon: GitCommitVertical, key: "l" },
    { id: "charts", path: "/charts", title: "Charts", icon: ChartCandlestick, key: "h" },
    { id: "executions", path: "/executions", title: "Executions", icon: History, key: "e" },
  ],
  [
    {
      id: "notifications",
      path: "/notifications",
      title: "Notifications",
      icon: Bell,
      key: "n",
    },
    { id: "connection", path: "/connection", title: "Connection", icon: Cable, key: "c" },
    {
      id: "outages",
      path: "/outages",
      title: "Outage lab",
      icon: Unplug,
      key: "f",
      sandboxOnly: true,
    },
    { id: "settings", path: "/settings", title: "Settings", icon: Settings, key: "," },
  ],
];

export const PAGES: readonly Page[] = PAGE_GROUPS.flat();

/** The pages of an environment. While it is not known, those that every environment has. */
export const isThere = (page: Page, environment: Environment | undefined): boolean =>
  !page.sandboxOnly || environment === "sandbox";
