import { createContext, type ReactNode, use, useEffect, useState } from "react";

/** A key, or `g` and a letter, and what it does. */
export interface Hotkey {
  /** `event.key`, such as `j`, `Enter`, `?`; `g l` for one after the other; `mod+k`. */
  keys: string;
  /** What it does, for the help. */
  label: string;
  /** Under which heading the help shows it. */
  group: string;
  run: () => void;
  /** Works while a dialog is open or a field has the focus. */
  always?: boolean;
}

class Registry {
  private readonly layers = new Set<{ current: readonly Hotkey[] }>();
  private prefix: { key: string; until: number } | null = null;

  add(layer: { current: readonly Hotkey[] }): () => void {
    this.layers.add(layer);
    return () => void this.layers.delete(layer);
  }

  all(): Hotkey[] {
    return [...this.layers].flatMap((layer) => layer.current);
  }

  handle(event: KeyboardEvent): void {
    if (event.defaultPrevented || event.altKey) return;
    const mod = event.ctrlKey || event.metaKey;
    const shift = event.shiftKey ? "shift+" : "";
    const pressed = mod ? `mod+${shift}${event.key.toLowerCase()}` : event.key;
    const after = this.prefix && this.prefix.until > event.timeStamp ? this.prefix.key : null;
    this.prefix = null;
    const wanted = after ? `${after} ${pressed}` : pressed;
    const target = event.target instanceof Element ? event.target : null;
    const typing = target?.closest("input, textarea, select, [contenteditable=true]") != null;
    const covered =
      document.querySelector("[role=dialog], [role=alertdialog], [role=menu]") != null;
    // Enter belongs to a button or a link that has the focus.
    const pressable = pressed === "Enter" && target?.closest("button, a, summary") != null;
    // What was mounted last is nearest to the person.
    const found = this.all()
      .reverse()
      .find((each) => each.keys === wanted);
    if (found && (found.always || !(typing || covered || pressable))) {
      event.preventDefault();
      found.run();
    } else if (
      !typing &&
      !covered &&
      this.all().some((each) => each.keys.startsWith(`${wanted} `))
    ) {
      this.prefix = { key: wanted, until: event.timeStamp + 1200 };
    }
  }
}

const HotkeyContext = createContext<Registry | null>(null);

export function HotkeyProvider({ children }: { children: ReactNode }) {
  const [registry] = useState(() => new Registry());
  useEffect(() => {
    const listen = (event: KeyboardEvent) => registry.handle(event);
    window.addEventListener("keydown", listen);
    return () => window.removeEventListener("keydown", listen);
  }, [registry]);
  return <HotkeyContext value={registry}>{children}</HotkeyContext>;
}

function useRegistry(): Registry {
  const registry = use(HotkeyContext);
  if (!registry) throw new Error("Keys were used outside of the window's frame.");
  return registry;
}

/** Binds keys while the caller is on the page. */
export function useHotkeys(keys: readonly Hotkey[]): void {
  const registry = useRegistry();
  const [layer] = useState<{ current: readonly Hotkey[] }>(() => ({ current: [] }));
  useEffect(() => registry.add(layer), [registry, layer]);
  useEffect(() => {
    // eslint-disable-next-line react-hooks/immutability -- a mailbox to the registry, never drawn
    layer.current = keys;
  });
}

/** What the keys do at this moment. */
export function useHotkeyList(): () => Hotkey[] {
  const registry = useRegistry();
  return () => registry.all();
}
