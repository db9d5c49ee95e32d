import { SchedulePreview } from "@/schedule/preview";
import type { SectionId } from "@/features/strategies/links";
import { sectionTitle } from "@/features/strategies/sections";
import { type Findings, sectionOf } from "@/features/strategies/use-form";
import { sentencesOf } from "@/features/strategies/words";
import type { FormProblem, StrategyForm } from "@/gen/types";
import { plain } from "@/lib/text";
import { Button } from "@/ui/button";
import { CopyButton } from "@/ui/copy-button";
import { Skeleton } from "@/ui/panel";
import { Light } from "@/ui/state";

/** What is to be said, each with the way to its section. */
export function Said({
  problems,
  isFault,
  onSection,
}: {
  problems: readonly FormProblem[];
  isFault: boolean;
  onSection: (id: SectionId) => void;
}) {
  if (problems.length === 0) return null;
  return (
    <ul aria-label={isFault ? "What is wrong" : "What a run would stumble over"}>
      {problems.map(({ field, message }) => {
        const section = sectionOf(field);
        return (
          <li key={`${field} ${message}`} className="flex items-start gap-2 py-1">
            <Light
              tone={isFault ? "error" : "warn"}
              shape={isFault ? "cross" : "triangle"}
              className="mt-1"
            />
            <span className="min-w-0 flex-1">{plain(message)}</span>
            <Button size="small" onClick={() => onSection(section)}>
              {sectionTitle(section)}
            </Button>
          </li>
        );
      })}
    </ul>
  );
}

/** Everything that was filled in: as sentences, as planned runs, and as the file that is kept. */
export function Review({
  form,
  findings,
  onSection,
}: {
  form: StrategyForm;
  findings: Findings;
  onSection: (id: SectionId) => void;
}) {
  const { check } = findings;
  if (!check) return <Skeleton className="h-64" />;
  const { problems, warnings, toml } = check;
  return (
    <div className="space-y-5">
      {problems.length + warnings.length > 0 ? (
        <div className="rounded-base border px-3 py-2">
          <Said problems={problems} isFault onSection={onSection} />
          <Said problems={warnings} isFault={false} onSection={onSection} />
        </div>
      ) : null}
      <ul aria-label="What it will do" className="space-y-1">
        {sentencesOf(form, check.indicators, check.schedule_words).map((sentence) => (
          <li key={sentence} className="flex gap-2">
            <span aria-hidden="true" className="mt-[9px] h-px w-2.5 shrink-0 bg-accent" />
            <span className="max-w-[80ch]">{sentence}</span>
          </li>
        ))}
      </ul>
      {form.schedule === null || form.schedule.rule.trim() === "" ? null : (
        <section aria-label="Next runs">
          <h3 className="mb-1 font-semibold">Next runs</h3>
          <SchedulePreview schedule={form.schedule} count={5} />
        </section>
      )}
      <section aria-label="As a file">
        <div className="mb-1 flex items-center gap-2">
          <h3 className="font-semibold">As a file</h3>
          <span className="ml-auto" />
          <CopyButton text={toml} label="Copy the strategy as TOML" words="Copy" />
        </div>
        <pre
          tabIndex={0}
          aria-label="The strategy as TOML"
          className="max-h-72 overflow-auto rounded-base border bg-ground p-3 font-mono text-12 leading-[1.6]"
        >
          {plain(toml)}
        </pre>
      </section>
    </div>
  );
}
