import type { ReactNode } from "react";

import type { Tone } from "@/lib/words";
import { cn } from "@/ui/cn";
import { SOLID_TONE, TEXT_TONE } from "@/ui/tone";

interface BadgeProps {
  tone?: Tone;
  solid?: boolean;
  children: ReactNode;
  className?: string;
  title?: string;
}

/** A short word about the state of something. */
export function Badge({ tone = "neutral", solid = false, className, ...rest }: BadgeProps) {
  return (
    <span
      className={cn(
        "inline-flex h-5 items-center gap-1 rounded-[4px] px-1.5 text-12 font-medium whitespace-nowrap",
        solid ? SOLID_TONE[tone] : cn("border border-line-strong bg-surface", TEXT_TONE[tone]),
        className,
      )}
      {...rest}
    />
  );
}
