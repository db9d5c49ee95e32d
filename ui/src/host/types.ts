import type { Rpc } from "@/gen/commands";
import type { EngineEvent } from "@/gen/types";

/** Whatever carries commands to the engine and its events back. */
export interface Host {
  /** What the host is; a person is told when it is not a real engine. */
  readonly kind: "tauri" | "fake";
  /** Rejects with an `ApiError`. */
  rpc<K extends keyof Rpc>(command: K, request: Rpc[K][0]): Promise<Rpc[K][1]>;
  /** Calls back for every event until the returned function is called. */
  subscribe(onEvent: (event: EngineEvent) => void): Promise<() => void>;
  /** Ends the application and starts it anew; a host that cannot has no such method. */
  restart?(): Promise<void>;
}
