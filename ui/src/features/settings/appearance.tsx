import { useState, useSyncExternalStore } from "react";

import type { Entry } from "@/features/settings/entry";
import { chooseTheme, chosenTheme, onTheme, THEME_WORDS, THEMES } from "@/lib/theme";
import { forget, recall, remembered } from "@/lib/storage";
import { Button } from "@/ui/button";
import { Segments } from "@/ui/segments";
import { Switch } from "@/ui/switch";
import { usePreference } from "@/ui/use-preference";

const SPANS = [
  { value: "30", text: "30 days" },
  { value: "90", text: "90 days" },
  { value: "365", text: "1 year" },
  { value: "all", text: "All" },
] as const;

/** Whether a table remembers more than that it was looked at. */
function isChanged(key: string): boolean {
  try {
    const kept = JSON.parse(recall(key) ?? "null") as {
      sorting?: unknown[];
      columnVisibility?: Record<string, boolean>;
    } | null;
    const { sorting = [], columnVisibility = {} } = kept ?? {};
    return sorting.length > 0 || Object.values(columnVisibility).includes(false);
  } catch {
    // What cannot be read is no order and hides nothing.
    return false;
  }
}

/** How the window looks. Kept in the window, not in the engine. */
export function useAppearance(): readonly Entry[] {
  const theme = useSyncExternalStore(onTheme, chosenTheme);
  const [sideBar, setSideBar] = usePreference("side-bar");
  const [steps, setSteps] = usePreference("first-steps");
  const [span, setSpan] = usePreference("value-span");
  const [tables, setTables] = useState(() => remembered("table.").filter(isChanged));
  const resetTables = () => {
    for (const key of tables) forget(key);
    setTables([]);
  };
  return [
    {
      id: "theme",
      label: "Theme",
      words: "Light, dark, or what the system asks for.",
      also: "appearance colour color night",
      control: (
        <Segments
          label="Theme"
          value={theme}
          options={THEMES.map((value) => ({ value, text: THEME_WORDS[value] }))}
          onChange={chooseTheme}
        />
      ),
      isDefault: theme === "system",
      onReset: () => chooseTheme("system"),
    },
    {
      id: "side-bar",
      label: "Side bar",
      words: "Open with the names of the pages, or folded to their signs (Ctrl+B).",
      also: "navigation menu width fold",
      control: (
        <Segments
          label="Side bar"
          value={sideBar}
          options={[
            { value: "open", text: "Open" },
            { value: "folded", text: "Folded" },
          ]}
          onChange={setSideBar}
        />
      ),
      isDefault: sideBar === "open",
      onReset: () => setSideBar("open"),
    },
    {
      id: "first-steps",
      label: "First steps",
      words: "The short list on the dashboard, until all of it is done.",
      also: "newcomer onboarding help start",
      control: (
        <Switch
          checked={steps === "shown"}
          onChange={(shown) => setSteps(shown ? "shown" : "hidden")}
          label="First steps on the dashboard"
        />
      ),
      isDefault: steps === "shown",
      onReset: () => setSteps("shown"),
    },
    {
      id: "value-span",
      label: "Span of the value chart",
      words: "How far back the value is drawn on the dashboard and on Portfolio.",
      also: "equity curve range history",
      control: (
        <Segments label="Span of the value chart" value={span} options={SPANS} onChange={setSpan} />
      ),
      isDefault: span === "all",
      onReset: () => setSpan("all"),
    },
    {
      id: "tables",
      label: "Tables",
      words: "Hidden columns and the order of rows are remembered for each table.",
      also: "columns sort reset",
      control: (
        <span className="flex items-center gap-3">
          <span className="tabular text-muted">
            {tables.length === 0
              ? "all as they come"
              : tables.length === 1
                ? "1 table is changed"
                : `${tables.length} tables are changed`}
          </span>
          {tables.length > 0 ? (
            <Button size="small" onClick={resetTables}>
              Reset all
            </Button>
          ) : null}
        </span>
      ),
      isDefault: tables.length === 0,
    },
  ];
}
