import type { ApiError, ErrorCode } from "@/gen/types";

const codes: Record<ErrorCode, true> = {
  invalid_request: true,
  not_allowed: true,
  not_found: true,
  not_now: true,
  in_use: true,
  broker: true,
  model: true,
  storage: true,
  internal: true,
};

function isApiError(value: unknown): value is ApiError {
  if (typeof value !== "object" || value === null) return false;
  const { code, message } = value as Partial<ApiError>;
  return typeof message === "string" && typeof code === "string" && code in codes;
}

/** The engine's own error, or one that says what came instead. */
export function toApiError(value: unknown): ApiError {
  if (isApiError(value)) return value;
  const said = value instanceof Error ? value.message : typeof value === "string" ? value : null;
  return {
    code: "internal",
    message: said ?? "The engine answered with something that is not an error it knows.",
    hint: "Restart Throughline if this stays.",
  };
}
