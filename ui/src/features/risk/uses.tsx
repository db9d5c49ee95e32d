import { LIMIT_FIELDS, limitLabel, limitText, USE_TONE } from "@/features/risk/words";
import type { LimitUseDto, RiskDto } from "@/gen/types";
import { toPlotNumber } from "@/lib/decimal";
import { plain } from "@/lib/text";
import { Bar } from "@/ui/bar";
import { Button } from "@/ui/button";
import { cn } from "@/ui/cn";
import { Panel } from "@/ui/panel";
import { TEXT_TONE } from "@/ui/tone";

const WORDS: Record<string, string> = { warned: "above its warning", reached: "reached" };

function Use({ use }: { use: LimitUseDto }) {
  const tone = USE_TONE[use.state] ?? "accent";
  const against = use.most ?? use.warn;
  const label = limitLabel(use.limit).replace(/^(Most|Warn of) /, "");
  const said = against === null ? "no limit" : limitText(use.limit, against);
  return (
    <li title={plain(use.sentence)}>
      <p className="tabular flex items-baseline gap-2">
        <span className="min-w-0 truncate first-letter:uppercase">{label}</span>
        <span className="ml-auto whitespace-nowrap">
          {limitText(use.limit, use.value)}{" "}
          <span className="text-muted">
            {use.most === null && use.warn !== null ? `warns above ${said}` : `of ${said}`}
          </span>
        </span>
      </p>
      {against === null ? null : (
        <Bar
          label={limitLabel(use.limit)}
          value={toPlotNumber(use.value) ?? 0}
          maximum={toPlotNumber(against) ?? 0}
          tone={tone}
          words={`${limitText(use.limit, use.value)} of ${said}`}
          className="mt-1"
        />
      )}
      {use.state === "below" ? null : (
        <p className={cn("mt-1 text-12", TEXT_TONE[tone])}>
          {WORDS[use.state]}: {plain(use.sentence)}
        </p>
      )}
    </li>
  );
}

/** How much of each limit of the account is used, and the limits that each order meets by itself. */
export function Uses({ risk, onEdit }: { risk: RiskDto; onEdit: () => void }) {
  const standing = risk.uses.map(({ limit }) => limit);
  const each = LIMIT_FIELDS.filter(
    ({ name }) => !standing.includes(name) && !name.startsWith("warn_"),
  );
  return (
    <Panel
      title="The account"
      actions={
        <Button size="small" onClick={onEdit} title="Edit the account's limits (e)">
          Change
        </Button>
      }
    >
      <ul className="space-y-3.5 p-4" aria-label="Limits of the account">
        {risk.uses.map((use) => (
          <Use key={use.limit} use={use} />
        ))}
      </ul>
      <div className="border-t p-4">
        <h3 className="mb-2 text-12 text-muted">Held against each order by itself</h3>
        <dl className="space-y-1">
          {each.map(({ name, label }) => {
            const value = risk.limits[name];
            return (
              <div key={name} className="flex gap-4">
                <dt className="min-w-0 truncate">{label}</dt>
                <dd className="tabular ml-auto whitespace-nowrap">
                  {value === null ? (
                    <span className="text-muted">the strategy&apos;s own</span>
                  ) : (
                    limitText(name, String(value))
                  )}
                </dd>
              </div>
            );
          })}
        </dl>
      </div>
    </Panel>
  );
}
