import { useEffect, useState } from "react";

import { useApi } from "@/api/context";
import type { Desktop, DesktopRequest } from "@/host/types";

export interface Quitting {
  /** What is asked at the moment. */
  asked: DesktopRequest["kind"] | null;
  /** Asks whether to quit; nothing where the page runs in no application. */
  ask: (() => void) | null;
  desktop: Desktop | undefined;
  close: () => void;
}

/** Whether the person is being asked to quit, by the desktop or by a key. */
export function useQuitting(): Quitting {
  const { desktop } = useApi().host;
  const [asked, setAsked] = useState<DesktopRequest["kind"] | null>(null);
  useEffect(() => {
    if (!desktop) return;
    let open = true;
    void desktop.listen(({ kind }) => {
      if (open) setAsked(kind);
    });
    return () => {
      open = false;
    };
  }, [desktop]);
  return {
    asked,
    ask: desktop ? () => setAsked("ask_quit") : null,
    desktop,
    close: () => setAsked(null),
  };
}
