import type { ReactNode } from "react";

import type { EngineError } from "@/api/api";
import { ErrorPanel } from "@/ui/panel";

interface ReadingProps<T> {
  /** What was read, and how that went. */
  of: { data: T | undefined; error: EngineError | null; refetch: () => unknown };
  /** What it is, as in `the positions`. */
  what: string;
  /** In the place of what is not read yet. */
  skeleton: ReactNode;
  children: (data: T) => ReactNode;
}

/** One read of a page: under way, failed with a way to try again, or shown. */
export function Reading<T>({ of, what, skeleton, children }: ReadingProps<T>) {
  const { data, error, refetch } = of;
  const name = what.charAt(0).toUpperCase() + what.slice(1);
  if (data === undefined) {
    return error ? (
      <ErrorPanel
        className="m-3"
        what={`${name} could not be read.`}
        error={error}
        onRetry={() => void refetch()}
      />
    ) : (
      <div role="group" aria-busy="true" aria-label={`Loading ${what}`}>
        {skeleton}
      </div>
    );
  }
  return (
    <>
      {error ? (
        <ErrorPanel
          className="m-3"
          what={`${name} could not be read again; what follows is from before.`}
          error={error}
          onRetry={() => void refetch()}
        />
      ) : null}
      {children(data)}
    </>
  );
}
