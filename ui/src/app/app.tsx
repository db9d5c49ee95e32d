import { QueryClient } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { useEffect, useState } from "react";

import { Api } from "@/api/api";
import { ApiProvider } from "@/api/context";
import { makeRouter } from "@/app/router";
import type { Host } from "@/host/types";
import { followEvents } from "@/live/events";
import { HotkeyProvider } from "@/ui/hotkeys";
import { ToastProvider } from "@/ui/toast";

const queryClient = () =>
  new QueryClient({
    defaultOptions: {
      // The engine is in the same process: an error is an answer, and no network comes or goes.
      queries: { retry: false, networkMode: "always", refetchOnWindowFocus: false },
      mutations: { retry: false, networkMode: "always" },
    },
  });

/** The whole window over one host. */
export function App({
  host,
  router: given,
}: {
  host: Host;
  router?: ReturnType<typeof makeRouter>;
}) {
  const [api] = useState(() => new Api(host, queryClient()));
  const [router] = useState(() => given ?? makeRouter());
  useEffect(() => {
    let stop: (() => void) | null = null;
    let gone = false;
    followEvents(api).then(
      (close) => {
        if (gone) close();
        else stop = close;
      },
      // Without events the pages still show what they fetched; the status strip says what is wrong.
      () => void api.refreshAll(),
    );
    return () => {
      gone = true;
      stop?.();
    };
  }, [api]);
  return (
    <ApiProvider api={api}>
      <HotkeyProvider>
        <ToastProvider>
          <RouterProvider router={router} />
        </ToastProvider>
      </HotkeyProvider>
    </ApiProvider>
  );
}
