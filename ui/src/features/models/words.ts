import type { BreakerState, ModelCallDto, ModelDto, ModelKind } from "@/gen/types";
import { formatDecimal } from "@/lib/decimal";
import { humanise, type Shape, type Tone } from "@/lib/words";

/** The protocols, in the order in which people look for them. */
export const KINDS: readonly { value: ModelKind; word: string; what: string; example: string }[] = [
  {
    value: "openai",
    word: "OpenAI",
    what: "The provider itself, with a key.",
    example: "the model's name at OpenAI",
  },
  {
    value: "anthropic",
    word: "Anthropic",
    what: "The provider itself, with a key.",
    example: "the model's name at Anthropic",
  },
  {
    value: "google",
    word: "Google",
    what: "Gemini, with a key.",
    example: "the model's name at Google",
  },
  {
    value: "ollama",
    word: "Ollama",
    what: "On this computer or in your network, without a key.",
    example: "as `ollama list` shows it",
  },
  {
    value: "openai_compatible",
    word: "OpenAI-compatible",
    what: "OpenRouter, vLLM, LM Studio, llama.cpp and others, by their address.",
    example: "as the server names it",
  },
];

interface StateWord {
  word: string;
  tone: Tone;
  shape: Shape;
}

export const BREAKERS: Record<BreakerState, StateWord> = {
  closed: { word: "Asked", tone: "up", shape: "disc" },
  open: { word: "Left alone", tone: "error", shape: "square" },
  half_open: { word: "Trying again", tone: "warn", shape: "half" },
};

/** What keeps a model from being asked, the nearest first, or that nothing does. */
export function modelState(model: ModelDto): StateWord & { why: string | null } {
  if (model.price === null)
    return {
      word: "No price",
      tone: "warn",
      shape: "triangle",
      why: "Without a price no budget could hold, so it is not asked.",
    };
  if (model.needs_key && model.key === "absent")
    return {
      word: "No key",
      tone: "warn",
      shape: "triangle",
      why: `${model.provider} answers nobody without a key.`,
    };
  if (model.key === "unknown" && model.needs_key)
    return {
      word: "Key locked",
      tone: "warn",
      shape: "triangle",
      why: "The vault of keys is closed.",
    };
  const { state, failures } = model.breaker;
  return {
    ...BREAKERS[state],
    word: state === "closed" ? "Ready" : BREAKERS[state].word,
    why:
      state === "closed"
        ? null
        : `${failures} ${failures === 1 ? "failure" : "failures"} in a row at its address.`,
  };
}

const CALLS: Record<string, StateWord> = {
  started: { word: "Under way", tone: "info", shape: "half" },
  answered: { word: "Answered", tone: "up", shape: "check" },
  reused: { word: "From the record", tone: "info", shape: "ring" },
  failed: { word: "Failed", tone: "error", shape: "square" },
  unknown: { word: "Unknown", tone: "warn", shape: "triangle" },
};

/** What a call came to. An answer that was cut off or declined is no answer. */
export function callState(call: ModelCallDto): StateWord {
  if (call.stop_reason === "refused") return { word: "Declined", tone: "warn", shape: "cross" };
  if (call.stop_reason === "truncated") return { word: "Cut off", tone: "warn", shape: "half" };
  return Object.hasOwn(CALLS, call.status)
    ? (CALLS[call.status] as StateWord)
    : { word: humanise(call.status), tone: "warn", shape: "triangle" };
}

/** Four places: a call costs less than a cent more often than not. */
export const formatCost = (text: string | null | undefined): string =>
  formatDecimal(text, { places: 4 });

export const count = (value: number | null): string =>
  value === null ? "–" : value.toLocaleString("en-US");
