import { Channel, invoke, isTauri } from "@tauri-apps/api/core";

import type { EngineEvent } from "@/gen/types";
import type { DesktopRequest, Host } from "@/host/types";

/** Whether this page runs inside the application's window. */
export const insideTauri = isTauri;

/** The engine behind the window that shows this page. */
export const tauriHost: Host = {
  kind: "tauri",
  rpc: (command, request) => invoke("rpc", { command, request }),
  async subscribe(onEvent) {
    const channel = new Channel<EngineEvent>();
    let open = true;
    channel.onmessage = (event) => {
      if (open) onEvent(event);
    };
    await invoke("subscribe", { channel });
    return () => {
      open = false;
    };
  },
  restart: () => invoke("restart"),
  desktop: {
    listen: (onRequest) => {
      const channel = new Channel<DesktopRequest>();
      channel.onmessage = onRequest;
      return invoke("desktop_listen", { channel });
    },
    closeWindow: () => invoke("window_close"),
    quit: () => invoke("quit"),
    startsAtLogin: () => invoke("autostart_get"),
    setStartsAtLogin: (isOn) => invoke("autostart_set", { isOn }),
  },
};
