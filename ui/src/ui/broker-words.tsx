import { plain } from "@/lib/text";
import { cn } from "@/ui/cn";

/** What the broker said, as text and nothing else. Long words break and long texts scroll. */
export function BrokerWords({ text, className }: { text: string; className?: string }) {
  return (
    <blockquote
      className={cn(
        "max-h-60 overflow-y-auto border-l-2 border-line-strong pl-3 break-words whitespace-pre-wrap",
        className,
      )}
    >
      <bdi>{plain(text)}</bdi>
    </blockquote>
  );
}
