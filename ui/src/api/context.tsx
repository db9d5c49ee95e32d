import { QueryClientProvider, useMutation, useQuery } from "@tanstack/react-query";
import { createContext, type ReactNode, use } from "react";

import type { Api, Command, EngineError, Request, Response } from "@/api/api";

const ApiContext = createContext<Api | null>(null);

export function ApiProvider({ api, children }: { api: Api; children: ReactNode }) {
  return (
    <ApiContext value={api}>
      <QueryClientProvider client={api.queries}>{children}</QueryClientProvider>
    </ApiContext>
  );
}

export function useApi(): Api {
  const api = use(ApiContext);
  if (!api) throw new Error("This part of the window was shown without an engine.");
  return api;
}

interface ReadOptions {
  /** Whether to ask at all. */
  enabled?: boolean;
  /** Milliseconds; only for what changes without an event. */
  every?: number | false;
}

/** Reads, and reads again whenever an event says that the answer is old. */
export function useRead<K extends Command>(
  command: K,
  request: Request<K>,
  { enabled = true, every = false }: ReadOptions = {},
) {
  const api = useApi();
  return useQuery<Response<K>, EngineError, Response<K>, readonly [K, Request<K>]>({
    ...api.query(command, request),
    enabled,
    refetchInterval: every,
  });
}

/** Acts. */
export function useAct<K extends Command>(command: K) {
  const api = useApi();
  return useMutation<Response<K>, EngineError, Request<K>>({
    mutationFn: (request) => api.act(command, request),
  });
}
