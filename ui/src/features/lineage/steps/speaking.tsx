import { useEffect, useRef, useState } from "react";

import { ReplyFields, Words } from "@/features/lineage/steps/reply";
import type { SpeechDto } from "@/gen/types";
import { readPartialReply } from "@/lib/reply";
import { humanise } from "@/lib/words";
import { Badge } from "@/ui/badge";
import { Segments } from "@/ui/segments";

/** What a model is saying, while it says it. */
export function Speaking({ speech }: { speech: readonly SpeechDto[] }) {
  const [chosen, setChosen] = useState<string | null>(null);
  const newest = speech.at(-1);
  const shown = speech.find(({ purpose }) => purpose === chosen) ?? newest;
  const place = useRef<HTMLDivElement>(null);
  // Follows the words, unless somebody has scrolled up to read.
  const follows = useRef(true);
  useEffect(() => {
    const element = place.current;
    if (element && follows.current) element.scrollTop = element.scrollHeight;
  }, [shown?.text]);
  if (!shown) return null;
  const fields = readPartialReply(shown.text);
  return (
    <div>
      <div className="mb-2 flex flex-wrap items-center gap-2">
        <Badge tone="info">{shown === newest ? "Speaking" : "Has spoken"}</Badge>
        {shown.attempt > 1 ? (
          <span className="text-12 text-muted">
            attempt {shown.attempt}: it repairs an answer that did not hold
          </span>
        ) : null}
        <span className="tabular text-12 text-muted">
          {shown.text.length.toLocaleString("en-US")} characters until now
        </span>
        <span className="ml-auto" />
        <Segments
          label="Part of the analysis"
          value={shown.purpose}
          options={speech
            .map(({ purpose }) => ({ value: purpose, text: humanise(purpose) }))
            .toSorted((a, b) => ORDER.indexOf(a.value) - ORDER.indexOf(b.value))}
          onChange={setChosen}
        />
      </div>
      <div
        ref={place}
        tabIndex={0}
        role="region"
        aria-busy="true"
        aria-label={`What the model says in the ${shown.purpose} analysis`}
        onScroll={({ currentTarget: at }) => {
          follows.current = at.scrollHeight - at.scrollTop - at.clientHeight < 24;
        }}
        className="h-56 overflow-y-auto rounded-base bg-raised px-4 py-3"
      >
        {fields ? <ReplyFields fields={fields} /> : <Words>{shown.text}</Words>}
      </div>
    </div>
  );
}

const ORDER = ["daily", "weekly", "consolidation"];
