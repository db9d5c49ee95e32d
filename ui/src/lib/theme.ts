import { recall, remember } from "@/lib/storage";

export type Theme = "dark" | "light" | "system";
export const THEMES: readonly Theme[] = ["system", "light", "dark"];
export const THEME_WORDS: Record<Theme, string> = {
  system: "As the system",
  light: "Light",
  dark: "Dark",
};

const dark = () => window.matchMedia("(prefers-color-scheme: dark)");
const listeners = new Set<() => void>();

export function chosenTheme(): Theme {
  return THEMES.find((theme) => theme === recall("theme")) ?? "system";
}

/** What is shown: the choice, or what the system asks for. */
export function shownTheme(): "dark" | "light" {
  const theme = chosenTheme();
  return theme === "system" ? (dark().matches ? "dark" : "light") : theme;
}

function apply(): void {
  const root = document.documentElement;
  // Colours that fade at their own pace are unreadable half-way.
  root.dataset["changing"] = "";
  root.dataset["theme"] = shownTheme();
  requestAnimationFrame(() => requestAnimationFrame(() => delete root.dataset["changing"]));
  for (const listener of listeners) listener();
}

export function chooseTheme(theme: Theme): void {
  remember("theme", theme);
  apply();
}

/** Calls back when what is shown has changed. */
export function onTheme(listener: () => void): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

/** Shows the theme and follows the system. */
export function startTheme(): void {
  apply();
  dark().addEventListener("change", apply);
}
