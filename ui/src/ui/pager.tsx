import { ChevronLeft, ChevronRight } from "lucide-react";

import { Button } from "@/ui/button";

interface PagerProps {
  /** What is counted, such as `signals`. */
  what: string;
  offset: number;
  /** Of a page. */
  size: number;
  total: number;
  onOffset: (offset: number) => void;
}

/** Which part of a long list is shown, and the ways to the others. */
export function Pager({ what, offset, size, total, onOffset }: PagerProps) {
  if (total <= size && offset === 0) return null;
  const last = Math.min(total, offset + size);
  return (
    <nav aria-label={`Pages of ${what}`} className="flex items-center justify-end gap-2">
      <span className="tabular text-12 text-muted">
        {Math.min(offset + 1, total).toLocaleString("en-US")} to {last.toLocaleString("en-US")} of{" "}
        {total.toLocaleString("en-US")} {what}
      </span>
      <Button
        size="icon"
        aria-label="Newer"
        disabled={offset === 0}
        onClick={() => onOffset(Math.max(0, offset - size))}
      >
        <ChevronLeft />
      </Button>
      <Button
        size="icon"
        aria-label="Older"
        disabled={last >= total}
        onClick={() => onOffset(last)}
      >
        <ChevronRight />
      </Button>
    </nav>
  );
}
