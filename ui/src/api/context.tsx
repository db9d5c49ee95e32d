import {
  keepPreviousData,
  QueryClientProvider,
  useMutation,
  useQuery,
} from "@tanstack/react-query";
import { createContext, type ReactNode, use, useCallback, useSyncExternalStore } from "react";

import type { Api, Command, EngineError, Request, Response } from "@/api/api";
import type { SpeechDto } from "@/gen/types";

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
  /** Shows the answer to the question before until the new one is there. */
  keep?: boolean;
}

/** Reads, and reads again whenever an event says that the answer is old. */
export function useRead<K extends Command>(
  command: K,
  request: Request<K>,
  { enabled = true, every = false, keep = false }: ReadOptions = {},
) {
  const api = useApi();
  return useQuery<Response<K>, EngineError, Response<K>, readonly [K, Request<K>]>({
    ...api.query(command, request),
    enabled,
    refetchInterval: every,
    ...(keep ? { placeholderData: keepPreviousData } : {}),
  });
}

/** Acts. */
export function useAct<K extends Command>(command: K) {
  const api = useApi();
  return useMutation<Response<K>, EngineError, Request<K>>({
    mutationFn: (request) => api.act(command, request),
  });
}

/** What models are saying in an execution, last heard last. */
export function useSpeech(executionId: string | null): readonly SpeechDto[] {
  const { speech } = useApi();
  const listen = useCallback(
    (listener: () => void) => speech.listen(executionId, listener),
    [speech, executionId],
  );
  return useSyncExternalStore(listen, () => speech.of(executionId));
}
