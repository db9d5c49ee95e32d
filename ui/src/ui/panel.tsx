import { RotateCcw } from "lucide-react";
import { Component, type ReactNode } from "react";

import type { EngineError } from "@/api/api";
import { Button } from "@/ui/button";
import { cn } from "@/ui/cn";
import { CopyButton } from "@/ui/copy-button";

/** A surface with a title. */
export function Panel({
  title,
  actions,
  children,
  className,
}: {
  title?: ReactNode;
  actions?: ReactNode;
  children: ReactNode;
  className?: string;
}) {
  return (
    <section className={cn("rounded-card border bg-surface", className)}>
      {title ? (
        <header className="flex h-10 items-center gap-2 border-b px-4">
          <h2 className="font-semibold">{title}</h2>
          <div className="ml-auto flex items-center gap-1">{actions}</div>
        </header>
      ) : null}
      {children}
    </section>
  );
}

/** What failed, what to do, and what can be copied for whoever helps. */
export function ErrorPanel({
  error,
  what,
  onRetry,
  className,
}: {
  error: Error | EngineError;
  what: string;
  onRetry?: () => void;
  className?: string;
}) {
  const hint = "hint" in error ? error.hint : null;
  const code = "code" in error ? error.code : error.name;
  return (
    <div role="alert" className={cn("rounded-card border border-error bg-surface p-4", className)}>
      <p className="font-semibold text-error">{what}</p>
      <p className="mt-1">{error.message}</p>
      {hint ? <p className="mt-1 text-muted">{hint}</p> : null}
      <div className="mt-3 flex items-center gap-2">
        {onRetry ? (
          <Button size="small" onClick={onRetry}>
            <RotateCcw /> Retry
          </Button>
        ) : null}
        <CopyButton text={`${code}: ${error.message}`} label="Copy the error" />
        <code className="text-12 text-muted">{code}</code>
      </div>
    </div>
  );
}

/** One sentence, one line drawing, one way on. */
export function Empty({
  title,
  children,
  action,
  className,
}: {
  title: string;
  children?: ReactNode;
  action?: ReactNode;
  className?: string;
}) {
  return (
    <div className={cn("flex flex-col items-center px-6 py-12 text-center", className)}>
      <svg
        viewBox="0 0 120 56"
        aria-hidden="true"
        className="mb-4 w-[120px] text-accent"
        fill="none"
      >
        <path d="M8 28h22m12 0h36m12 0h22" stroke="currentColor" strokeWidth="1.5" />
        <circle cx="36" cy="28" r="6" stroke="currentColor" strokeWidth="1.5" />
        <circle
          cx="84"
          cy="28"
          r="6"
          stroke="currentColor"
          strokeWidth="1.5"
          strokeDasharray="3 3"
        />
        <path d="M50 40c6-14 12-2 18-18" stroke="currentColor" strokeWidth="1.5" opacity="0.45" />
      </svg>
      <p className="text-15 font-semibold">{title}</p>
      {children ? <p className="mt-1 max-w-[56ch] text-muted">{children}</p> : null}
      {action ? <div className="mt-4">{action}</div> : null}
    </div>
  );
}

export const Skeleton = ({ className }: { className?: string }) => (
  <div aria-hidden="true" className={cn("skeleton h-4", className)} />
);

/** Keeps a panel that breaks from taking the page with it. */
export class Guard extends Component<
  { what: string; fallback?: ReactNode; children: ReactNode },
  { error: Error | null }
> {
  override state: { error: Error | null } = { error: null };

  static getDerivedStateFromError(error: unknown) {
    return { error: error instanceof Error ? error : new Error(String(error)) };
  }

  override render() {
    const { error } = this.state;
    if (!error) return this.props.children;
    return (
      <>
        <ErrorPanel
          what={this.props.what}
          error={error}
          onRetry={() => this.setState({ error: null })}
        />
        {this.props.fallback}
      </>
    );
  }
}
