import type { Tone } from "@/lib/words";

export const TEXT_TONE: Record<Tone, string> = {
  neutral: "text-muted",
  up: "text-up",
  down: "text-down",
  warn: "text-warn",
  error: "text-error",
  info: "text-info",
  accent: "text-accent",
};
export const SOLID_TONE: Record<Tone, string> = {
  neutral: "bg-muted text-on-solid",
  up: "bg-up text-on-solid",
  down: "bg-down text-on-solid",
  warn: "bg-warn text-on-solid",
  error: "bg-error text-on-solid",
  info: "bg-info text-on-solid",
  accent: "bg-accent text-on-solid",
};
export const FILL_TONE: Record<Tone, string> = {
  neutral: "bg-muted",
  up: "bg-up",
  down: "bg-down",
  warn: "bg-warn",
  error: "bg-error",
  info: "bg-info",
  accent: "bg-accent",
};

/** Buying in the colour of up, selling in that of down; the word stands beside it. */
export const sideTone = (side: string): string => (side === "BUY" ? "text-up" : "text-down");
