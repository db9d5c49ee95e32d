import { Minus } from "lucide-react";
import type { ReactNode } from "react";

import type { Confirmation, ConfirmationVote, Vote } from "@/gen/types";
import { humanise } from "@/lib/words";
import { cn } from "@/ui/cn";
import { Arrow } from "@/ui/number";

export const VOTES: Record<Vote, { className: string; icon: ReactNode }> = {
  bullish: { className: "text-up", icon: <Arrow up /> },
  bearish: { className: "text-down", icon: <Arrow up={false} /> },
  neutral: { className: "text-muted", icon: <Minus aria-hidden="true" className="size-3" /> },
};

function Chip({ vote }: { vote: ConfirmationVote }) {
  const { className, icon } = VOTES[vote.vote];
  return (
    <li
      title={vote.detail}
      className={cn(
        "flex h-6 items-center gap-1.5 rounded-base border border-line-strong px-2 text-12 font-medium",
        className,
      )}
    >
      {icon}
      {humanise(vote.name)}
      <span className="sr-only">{vote.vote}</span>
    </li>
  );
}

/** The four confirmations, and what code concluded from them. */
export function VoteChips({ confirmation }: { confirmation: Confirmation }) {
  return (
    <>
      <ul className="flex flex-wrap gap-1.5">
        {confirmation.votes.map((vote) => (
          <Chip key={vote.name} vote={vote} />
        ))}
      </ul>
      <p className="text-12 text-muted">
        {confirmation.confirmed_count} of {confirmation.votes.length} {confirmation.side}
        {confirmation.passed ? ", confirmed" : ", not confirmed"}
      </p>
    </>
  );
}
