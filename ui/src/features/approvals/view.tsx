import { useState } from "react";

import { useRead } from "@/api/context";
import { useToldAct } from "@/api/told-act";
import { AllowList } from "@/features/approvals/allow-list";
import { ApprovalCard, approvalWords } from "@/features/approvals/approval-card";
import { History } from "@/features/approvals/history";
import { QuestionCard } from "@/features/approvals/question-card";
import type { ApprovalDto, OpenQuestionDto } from "@/gen/types";
import { plain } from "@/lib/text";
import { Confirm } from "@/ui/dialog";
import { useHotkeys } from "@/ui/hotkeys";
import { Empty, ErrorPanel, Guard, Skeleton } from "@/ui/panel";

/** Something that waits for a yes or a no. */
type Waiting =
  | { kind: "question"; key: string; expiresAt: string; question: OpenQuestionDto }
  | { kind: "approval"; key: string; expiresAt: string; approval: ApprovalDto };

interface ApprovalsPageProps {
  lineageLink: (executionId: string) => string;
}

/** What waits for a person: orders of strategies that only propose, and questions of the broker. */
export function ApprovalsPage({ lineageLink }: ApprovalsPageProps) {
  const approvals = useRead("approvals_list", {});
  const questions = useRead("questions_list", {});
  const now = useRead("status_get", {}).data?.now ?? null;
  const decide = useToldAct("approval_decide");
  const answer = useToldAct("question_answer");
  const [chosen, setChosen] = useState<string | null>(null);
  const [asking, setAsking] = useState<{ of: Waiting; yes: boolean } | null>(null);

  const waiting: Waiting[] = [
    ...(questions.data?.open ?? []).map((question): Waiting => ({
      kind: "question",
      key: question.question_id,
      expiresAt: question.expires_at,
      question,
    })),
    ...(approvals.data ?? [])
      .filter(({ status }) => status === "pending")
      .map((approval): Waiting => ({
        kind: "approval",
        key: approval.execution_id,
        expiresAt: approval.expires_at,
        approval,
      })),
  ].toSorted((a, b) => a.expiresAt.localeCompare(b.expiresAt));
  const selected = waiting.find(({ key }) => key === chosen) ?? waiting[0] ?? null;
  const history = (approvals.data ?? []).filter(({ status }) => status !== "pending");

  const settle = (of: Waiting, yes: boolean) => {
    if (of.kind === "approval") {
      const words = approvalWords(of.approval);
      decide.run(
        { execution_id: of.approval.execution_id, approve: yes },
        {
          done: yes ? `${words} is approved and goes to the broker.` : `${words} is declined.`,
          failed: `${words} was not decided.`,
        },
      );
    } else {
      answer.run(
        { question_id: of.question.question_id, confirmed: yes },
        {
          done: yes ? "The broker was told yes." : "The broker was told no.",
          failed: "The answer did not reach the broker.",
        },
      );
    }
  };
  const move = (by: number) => {
    const at = selected ? waiting.indexOf(selected) : 0;
    const next = waiting[Math.min(waiting.length - 1, Math.max(0, at + by))];
    if (next) {
      setChosen(next.key);
      document.getElementById(`waits-${next.key}`)?.scrollIntoView({ block: "nearest" });
    }
  };
  const ask = (yes: boolean) => () => {
    if (selected) setAsking({ of: selected, yes });
  };
  useHotkeys([
    { keys: "j", label: "Next card", group: "Approvals", run: () => move(1) },
    { keys: "k", label: "Card before", group: "Approvals", run: () => move(-1) },
    { keys: "y", label: "Approve, or answer yes", group: "Approvals", run: ask(true) },
    { keys: "n", label: "Decline, or answer no", group: "Approvals", run: ask(false) },
  ]);

  const error = approvals.error ?? questions.error;
  const busy = decide.isPending || answer.isPending;
  return (
    <div className="h-full overflow-y-auto">
      <div className="mx-auto max-w-[1440px] space-y-4 px-6 pt-4 pb-12">
        <header className="flex items-baseline gap-3">
          <h1 className="text-18 font-semibold">Approvals</h1>
          {approvals.data && questions.data ? (
            <p className="tabular text-12 text-muted">
              {waiting.length === 0 ? "nothing waits" : `${waiting.length} waiting`}
            </p>
          ) : null}
          {waiting.length > 0 ? (
            <p className="ml-auto text-12 text-muted">
              <Key>j</Key> <Key>k</Key> choose, <Key>y</Key> yes, <Key>n</Key> no
            </p>
          ) : null}
        </header>
        {error ? (
          <ErrorPanel
            what="What waits for you could not be read."
            error={error}
            onRetry={() => {
              void approvals.refetch();
              void questions.refetch();
            }}
          />
        ) : null}
        {approvals.data && questions.data ? (
          <>
            {waiting.length === 0 ? (
              <div className="rounded-card border bg-surface">
                <Empty title="Nothing waits for you">
                  A strategy with the autonomy “propose” asks here before each order. Questions of
                  the broker that the list below does not answer come here as well.
                </Empty>
              </div>
            ) : (
              <ul aria-label="Waiting for a decision" className="space-y-3">
                {waiting.map((each) => (
                  <li key={each.key} id={`waits-${each.key}`}>
                    <Guard what="This card could not be shown.">
                      {each.kind === "approval" ? (
                        <ApprovalCard
                          approval={each.approval}
                          now={now}
                          chosen={each === selected}
                          busy={busy}
                          lineageLink={lineageLink}
                          onChoose={() => setChosen(each.key)}
                          onDecide={(yes) => settle(each, yes)}
                        />
                      ) : (
                        <QuestionCard
                          question={each.question}
                          now={now}
                          chosen={each === selected}
                          busy={busy}
                          onChoose={() => setChosen(each.key)}
                          onAnswer={(yes) => settle(each, yes)}
                        />
                      )}
                    </Guard>
                  </li>
                ))}
              </ul>
            )}
            <History approvals={history} lineageLink={lineageLink} />
            <AllowList allowed={questions.data.allowed} />
          </>
        ) : error ? null : (
          <div aria-busy="true" aria-label="Loading the approvals" className="space-y-4">
            <Skeleton className="h-44 rounded-card" />
            <Skeleton className="h-56 rounded-card" />
          </div>
        )}
      </div>
      {asking ? (
        <Confirm
          open
          onOpenChange={() => setAsking(null)}
          title={
            asking.of.kind === "approval"
              ? `${asking.yes ? "Approve" : "Decline"} ${approvalWords(asking.of.approval)}?`
              : `Answer the broker with ${asking.yes ? "yes" : "no"}?`
          }
          action={
            asking.of.kind === "approval"
              ? `${asking.yes ? "Approve" : "Decline"} ${approvalWords(asking.of.approval)}`
              : `Answer ${asking.yes ? "yes" : "no"}`
          }
          danger={!asking.yes}
          onConfirm={() => settle(asking.of, asking.yes)}
        >
          {asking.of.kind === "approval"
            ? plain(asking.of.approval.sentence)
            : plain(asking.of.question.text)}
        </Confirm>
      ) : null}
    </div>
  );
}

const Key = ({ children }: { children: string }) => (
  <kbd className="rounded-[4px] border border-line-strong bg-raised px-1.5 font-sans">
    {children}
  </kbd>
);
