import { CircleHelp } from "lucide-react";
import { Popover } from "radix-ui";

/** What a number means, and how it is computed. */
export interface Meaning {
  /** As it stands over the number. */
  label: string;
  /** In a sentence or two. */
  words: string;
  formula?: string;
}

/** A question mark beside a number; a press tells what the number means. */
export function Explain({ meaning }: { meaning: Meaning }) {
  return (
    <Popover.Root>
      <Popover.Trigger
        aria-label={`What is “${meaning.label}”?`}
        onClick={(event) => event.stopPropagation()}
        className="inline-grid size-4 place-items-center rounded-full align-[-3px] text-muted hover:text-text"
      >
        <CircleHelp aria-hidden="true" className="size-3" />
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Content
          sideOffset={4}
          collisionPadding={12}
          aria-label={meaning.label}
          className="arrive z-50 w-80 rounded-card border bg-surface p-3 text-13 font-normal text-text normal-case shadow-float"
        >
          <p className="font-semibold">{meaning.label}</p>
          <p className="mt-1 text-muted">{meaning.words}</p>
          {meaning.formula ? (
            <p className="mt-2 rounded-base bg-raised px-2 py-1.5 font-mono text-12 break-words">
              {meaning.formula}
            </p>
          ) : null}
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}
