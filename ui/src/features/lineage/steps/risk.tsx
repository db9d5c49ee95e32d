import { part } from "@/features/lineage/steps/shape";
import type { RendererProps } from "@/features/lineage/steps/types";
import type { RuleVerdict, SizeArithmetic } from "@/gen/types";
import {
  formatDecimal,
  formatMoney,
  formatPercent,
  formatPrice,
  toPlotNumber,
} from "@/lib/decimal";
import { exchangeDateTime } from "@/lib/time";
import { humanise, type Tone } from "@/lib/words";
import { Badge } from "@/ui/badge";
import { cn } from "@/ui/cn";
import { Facts, RecordView } from "@/ui/facts";
import { NUMERIC, Table, Td, Th } from "@/ui/simple-table";
import { FILL_TONE, TEXT_TONE } from "@/ui/tone";

const VERDICTS: Record<RuleVerdict, { word: string; tone: Tone }> = {
  pass: { word: "Pass", tone: "up" },
  warn: { word: "Near", tone: "warn" },
  adjusted: { word: "Cut down", tone: "info" },
  refuse: { word: "Refused", tone: "error" },
  not_applicable: { word: "–", tone: "neutral" },
};

function Arithmetic({ size }: { size: SizeArithmetic }) {
  return (
    <p className="tabular text-15">
      {formatPercent(size.risk_percent)} of {formatMoney(size.capital)} ={" "}
      {formatMoney(size.risk_amount)} <span className="text-muted">÷</span>{" "}
      {formatPrice(size.risk_per_share)} a share <span className="text-muted">=</span>{" "}
      <span className={size.quantity === size.quantity_by_risk ? "font-semibold" : ""}>
        {formatDecimal(size.quantity_by_risk)} shares
      </span>
      {size.quantity === size.quantity_by_risk ? null : (
        <>
          <span className="text-muted">, after every rule </span>
          <span className="font-semibold">{formatDecimal(size.quantity)} shares</span>
        </>
      )}
    </p>
  );
}

function Gauge({ percent, tone }: { percent: string | null; tone: Tone }) {
  const value = toPlotNumber(percent);
  if (value === null) return null;
  return (
    <div className="flex items-center gap-2" title={`${formatPercent(percent)} of the limit`}>
      <div className="h-1.5 w-20 overflow-hidden rounded-full bg-raised">
        <div
          className={cn("h-full rounded-full", FILL_TONE[tone])}
          style={{ width: `${Math.min(100, Math.max(value, 0))}%` }}
        />
      </div>
    </div>
  );
}

/** Step 7: the size, and what every rule says to it. */
export function Risk({ input, output, full }: RendererProps<"check_risk">) {
  // Flattening asks the broker what it holds, and not what the account is worth.
  const account = part(input, "account");
  const locks = part(input, "standing")?.locks ?? [];
  return (
    <div>
      <div className="mb-3 flex flex-wrap items-center gap-3">
        <Badge solid tone={output.approved ? "up" : "warn"}>
          {output.approved ? "Approved" : "Refused"}
        </Badge>
        {output.size ? <Arithmetic size={output.size} /> : null}
      </div>
      {output.size && output.approved && !full ? null : (
        <p className="mb-3 max-w-[80ch] text-muted">{output.sentence}</p>
      )}
      {locks.map((lock) => (
        <p key={lock.lock_id} className="mb-3 flex max-w-[84ch] flex-wrap gap-x-2">
          <span className="text-warn">
            {output.approved ? "A lock is in force, and exits pass:" : "Locked:"}
          </span>
          <span>{lock.sentence}</span>
          <span className="text-muted">
            {lock.unlocks_at === null
              ? "It opens when a person opens it."
              : `It opens ${exchangeDateTime(lock.unlocks_at)} ET.`}
          </span>
        </p>
      ))}
      <Table>
        <thead>
          <tr>
            <Th>Rule</Th>
            <Th className={NUMERIC}>Value</Th>
            <Th className={NUMERIC}>Limit</Th>
            <Th>Used</Th>
            <Th>Verdict</Th>
            {full ? <Th>Why</Th> : null}
          </tr>
        </thead>
        <tbody>
          {output.rules.map((rule, index) => {
            const verdict = VERDICTS[rule.verdict];
            return (
              // The account's limit and the strategy's own may stand side by side under one name.
              <tr key={`${rule.rule} ${index}`} title={full ? undefined : rule.detail}>
                <Td className="whitespace-nowrap">
                  {humanise(rule.rule)}
                  {rule.limit_of === "account" ? (
                    <span className="text-12 text-muted"> of the account</span>
                  ) : null}
                </Td>
                <Td className={NUMERIC}>{rule.value}</Td>
                <Td className={cn(NUMERIC, "text-muted")}>{rule.limit}</Td>
                <Td className="align-middle">
                  <Gauge percent={rule.used_percent} tone={verdict.tone} />
                </Td>
                <Td className={cn("font-medium whitespace-nowrap", TEXT_TONE[verdict.tone])}>
                  {verdict.word}
                </Td>
                {full ? <Td className="text-muted">{rule.detail}</Td> : null}
              </tr>
            );
          })}
        </tbody>
      </Table>
      {!full ? null : account ? (
        <>
          <h3 className="mt-5 mb-2 font-semibold">The account, as the broker reports it</h3>
          <Facts
            facts={[
              ["Net liquidation, USD", formatMoney(account.net_liquidation)],
              ["Cash, USD", formatMoney(account.cash)],
              ["Available, USD", formatMoney(account.available_funds)],
              ["Exposure, USD", formatMoney(account.exposure)],
              ["Open positions", `${account.open_positions}`],
              ["Held of this symbol", formatDecimal(account.held_quantity)],
              ["Entry working", account.has_working_entry ? "yes" : "no"],
              ["Trading", account.halted ? "halted" : "not halted"],
            ]}
          />
        </>
      ) : (
        <>
          <h3 className="mt-5 mb-2 font-semibold">What the rules were given</h3>
          <div className="max-w-[560px]">
            <RecordView value={input} />
          </div>
        </>
      )}
    </div>
  );
}
