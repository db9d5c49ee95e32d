import type { Shape, Tone } from "@/lib/words";
import { cn } from "@/ui/cn";
import { TEXT_TONE } from "@/ui/tone";

/** A light whose form says as much as its colour. */
export function Light({
  tone,
  shape,
  className,
}: {
  tone: Tone;
  shape: Shape;
  className?: string;
}) {
  return (
    <svg
      viewBox="0 0 12 12"
      aria-hidden="true"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.75"
      className={cn("size-3 shrink-0", TEXT_TONE[tone], className)}
    >
      {shape === "disc" ? <circle cx="6" cy="6" r="4" fill="currentColor" /> : null}
      {shape === "ring" ? <circle cx="6" cy="6" r="4" /> : null}
      {shape === "half" ? (
        <>
          <circle cx="6" cy="6" r="4" />
          <path d="M6 2a4 4 0 0 0 0 8Z" fill="currentColor" stroke="none" />
        </>
      ) : null}
      {shape === "triangle" ? (
        <path d="M6 1.75 10.75 10h-9.5Z" fill="currentColor" strokeLinejoin="round" />
      ) : null}
      {shape === "square" ? <path d="M2.5 2.5h7v7h-7Z" fill="currentColor" /> : null}
      {shape === "cross" ? <path d="m3 3 6 6m0-6-6 6" strokeLinecap="round" /> : null}
      {shape === "check" ? (
        <path d="m2.5 6.5 2.5 2.5 4.5-6" strokeLinecap="round" strokeLinejoin="round" />
      ) : null}
    </svg>
  );
}

/** The word of a state with its light. */
export function StateWord({
  state,
  className,
}: {
  state: { word: string; tone: Tone; shape: Shape };
  className?: string;
}) {
  return (
    <span
      className={cn(
        "inline-flex items-center gap-1.5 align-top font-medium whitespace-nowrap",
        TEXT_TONE[state.tone],
        className,
      )}
    >
      <Light tone={state.tone} shape={state.shape} />
      {state.word}
    </span>
  );
}
