import type { Host } from "@/host/types";
export function recordedHost(): Host {
  throw new Error("x");
}
