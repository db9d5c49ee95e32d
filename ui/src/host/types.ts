import type { Rpc } from "@/gen/commands";
import type { EngineEvent } from "@/gen/types";

/** What the desktop asks the window. */
export interface DesktopRequest {
  /** `ask_quit`: whether to quit. `ask_close`: the same, since no tray would show the program. */
  kind: "ask_quit" | "ask_close";
}

/** The desktop around the window. */
export interface Desktop {
  /** Hears what the desktop asks from now on. */
  listen(onRequest: (request: DesktopRequest) => void): Promise<void>;
  /** Closes the window; the engine runs on. */
  closeWindow(): Promise<void>;
  /** Ends the application. */
  quit(): Promise<void>;
  /** Whether the application starts with the session of the desktop. */
  startsAtLogin(): Promise<boolean>;
  setStartsAtLogin(isOn: boolean): Promise<boolean>;
}

/** Whatever carries commands to the engine and its events back. */
export interface Host {
  /** What the host is; a person is told when it is not a real engine. */
  readonly kind: "tauri" | "http" | "fake";
  /** Rejects with an `ApiError`. */
  rpc<K extends keyof Rpc>(command: K, request: Rpc[K][0]): Promise<Rpc[K][1]>;
  /** Calls back for every event until the returned function is called. */
  subscribe(onEvent: (event: EngineEvent) => void): Promise<() => void>;
  /** Ends the application and starts it anew; a host that cannot has no such method. */
  restart?(): Promise<void>;
  /** The desktop around the window, where there is one. */
  readonly desktop?: Desktop;
}
