import type { ReactNode } from "react";

import type { Shape, Tone } from "@/lib/words";
import { cn } from "@/ui/cn";
import { Light } from "@/ui/state";
import { TEXT_TONE } from "@/ui/tone";

const EDGE: Partial<Record<Tone, string>> = {
  error: "border-error",
  warn: "border-warn",
  info: "border-info",
};

/** Something that a person is to know before anything else on the page. */
export function Notice({
  tone,
  shape,
  title,
  children,
  actions,
  role,
}: {
  tone: Tone;
  shape: Shape;
  title: ReactNode;
  children?: ReactNode;
  actions?: ReactNode;
  role?: "alert" | "status";
}) {
  return (
    <section
      role={role}
      className={cn("flex gap-3 rounded-card border bg-surface px-4 py-3", EDGE[tone])}
    >
      <Light tone={tone} shape={shape} className="mt-[3px] size-3.5" />
      <div className="min-w-0 flex-1">
        <h2 className={cn("font-semibold", TEXT_TONE[tone])}>{title}</h2>
        {children}
      </div>
      {actions ? <div className="flex shrink-0 items-start gap-2">{actions}</div> : null}
    </section>
  );
}
