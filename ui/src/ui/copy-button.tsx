import { Check, Copy } from "lucide-react";
import { useEffect, useState } from "react";

import { Button } from "@/ui/button";

/** Puts a text on the clipboard and says so. */
export function CopyButton({
  text,
  label,
  words,
}: {
  text: string | (() => string);
  label: string;
  /** Shown beside the icon. */
  words?: string;
}) {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), 1500);
    return () => clearTimeout(timer);
  }, [copied]);
  const write = () => {
    void navigator.clipboard.writeText(typeof text === "string" ? text : text()).then(() => {
      setCopied(true);
    });
  };
  return (
    <Button variant="ghost" size="small" aria-label={label} title={label} onClick={write}>
      {copied ? <Check /> : <Copy />}
      {words ? (copied ? "Copied" : words) : null}
      <span className="sr-only" aria-live="polite">
        {copied ? "Copied" : ""}
      </span>
    </Button>
  );
}
