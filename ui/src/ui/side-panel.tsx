import { X } from "lucide-react";
import { type ReactNode, useEffect, useRef } from "react";

import type { EngineError } from "@/api/api";
import { Button } from "@/ui/button";
import { cn } from "@/ui/cn";
import { ErrorPanel, Skeleton } from "@/ui/panel";

interface SidePanelProps {
  /** What it tells of, such as `order`. */
  noun: string;
  title: ReactNode;
  /** Beneath the title, once it is read. */
  note: ReactNode;
  /** The sentence where it could not be read. */
  unread: string;
  error: Error | EngineError | null | undefined;
  onRetry: () => void;
  onClose: () => void;
  /** What can be done, beneath it. */
  footer?: ReactNode;
  className?: string;
  /** What is told; nothing until it is read. */
  children: ReactNode;
}

/** One thing in full beside the table it is chosen from, so that the keys still move through it. */
export function SidePanel({
  noun,
  title,
  note,
  unread,
  error,
  onRetry,
  onClose,
  footer,
  className,
  children,
}: SidePanelProps) {
  const top = useRef<HTMLHeadingElement>(null);
  useEffect(() => top.current?.focus(), []);
  return (
    <aside
      aria-label={noun.charAt(0).toUpperCase() + noun.slice(1)}
      data-testid={`${noun}-story`}
      className={cn(
        "arrive absolute inset-y-0 right-0 z-20 flex w-[min(560px,100%)] flex-col border-l bg-surface shadow-float min-[1700px]:static min-[1700px]:shadow-none",
        className,
      )}
    >
      <header className="flex items-start gap-3 border-b px-5 py-3">
        <div className="min-w-0 flex-1">
          <h2 ref={top} tabIndex={-1} className="text-15 font-semibold outline-none">
            {title}
          </h2>
          {note}
        </div>
        <Button
          variant="ghost"
          size="icon"
          onClick={onClose}
          aria-label={`Close the ${noun}`}
          title="Close (Esc)"
        >
          <X />
        </Button>
      </header>
      <div className="min-h-0 flex-1 overflow-y-auto px-5 py-4">
        {children ??
          (error ? (
            <ErrorPanel what={unread} error={error} onRetry={onRetry} />
          ) : (
            <div aria-busy="true" aria-label={`Loading the ${noun}`} className="space-y-4">
              <Skeleton className="h-24" />
              <Skeleton className="h-40" />
            </div>
          ))}
      </div>
      {footer}
    </aside>
  );
}
