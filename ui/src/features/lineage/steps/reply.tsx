import type { ReactNode } from "react";

import { formatDecimal, formatPercent, formatPrice, MISSING, multiply } from "@/lib/decimal";
import { plain } from "@/lib/text";
import { ACTIONS, humanise, type Tone } from "@/lib/words";
import { Badge } from "@/ui/badge";
import { cn } from "@/ui/cn";
import { RecordView } from "@/ui/facts";

const TRENDS: Record<string, Tone> = {
  strong_bullish: "up",
  bullish: "up",
  neutral: "neutral",
  bearish: "down",
  strong_bearish: "down",
};

/** The fields that have a place of their own; any other one is shown under its name. */
const PRICES = ["entry_price", "stop_price", "target_conservative", "target_aggressive"] as const;
const LEVELS = ["support_levels", "resistance_levels"] as const;
const TEXTS = ["analysis", "reasoning", "target_basis"] as const;
const PLACED: readonly string[] = [
  "symbol",
  "timeframe",
  "action",
  "trend",
  "confidence",
  "key_factors",
  ...PRICES,
  ...LEVELS,
  ...TEXTS,
];

const PRICE_LABELS: Record<(typeof PRICES)[number], string> = {
  entry_price: "Entry",
  stop_price: "Stop",
  target_conservative: "Nearer target",
  target_aggressive: "Farther target",
};

const text = (value: unknown): string | null =>
  typeof value === "string" && value !== "" ? plain(value) : null;
const number = (value: unknown): string | null =>
  typeof value === "number" ? String(value) : typeof value === "string" ? value : null;

const isList = (value: unknown): value is readonly unknown[] => Array.isArray(value);

function Labelled({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div className="min-w-0">
      <dt className="text-12 text-muted">{label}</dt>
      <dd className="tabular">{children}</dd>
    </div>
  );
}

/** What a model answered, field by field; the words as they are, never as HTML. */
export function ReplyFields({ fields }: { fields: Record<string, unknown> }) {
  const action = text(fields["action"]);
  const trend = text(fields["trend"]);
  const confidence = formatPercent(multiply(number(fields["confidence"]), "100"));
  const factors: unknown = fields["key_factors"];
  const others = Object.fromEntries(
    Object.entries(fields).filter(([name]) => !PLACED.includes(name)),
  );
  return (
    <div className="max-w-[68ch] space-y-3">
      <dl className="flex flex-wrap items-end gap-x-6 gap-y-2">
        {action === null ? null : (
          <Labelled label="Decision">
            <Badge
              solid
              tone={
                Object.hasOwn(ACTIONS, action) ? ACTIONS[action as keyof typeof ACTIONS] : "warn"
              }
            >
              {action}
            </Badge>
          </Labelled>
        )}
        {trend === null ? null : (
          <Labelled label="Trend">
            <Badge tone={TRENDS[trend] ?? "warn"}>{humanise(trend)}</Badge>
          </Labelled>
        )}
        {confidence === MISSING ? null : (
          <Labelled label="Confidence, as stated">{confidence}</Labelled>
        )}
        {PRICES.map((name) =>
          name in fields ? (
            <Labelled key={name} label={PRICE_LABELS[name]}>
              {formatPrice(number(fields[name]))}
            </Labelled>
          ) : null,
        )}
        {LEVELS.map((name) => {
          const levels: unknown = fields[name];
          return isList(levels) ? (
            <Labelled key={name} label={name === "support_levels" ? "Support" : "Resistance"}>
              {levels.length === 0
                ? "none"
                : levels
                    .map((level) => formatDecimal(number(level), { minimumPlaces: 2 }))
                    .join(" · ")}
            </Labelled>
          ) : null;
        })}
      </dl>
      {TEXTS.map((name) => {
        const words = text(fields[name]);
        return words === null ? null : (
          <div key={name}>
            {name === "target_basis" ? (
              <h4 className="text-12 text-muted">What the targets rest on</h4>
            ) : null}
            <p className="break-words whitespace-pre-wrap">{words}</p>
          </div>
        );
      })}
      {isList(factors) && factors.length > 0 ? (
        <div>
          <h4 className="text-12 text-muted">What weighed most</h4>
          <ul className="list-disc pl-4">
            {factors.map((factor, index) => (
              <li key={index}>{text(factor) ?? <RecordView value={factor} />}</li>
            ))}
          </ul>
        </div>
      ) : null}
      {Object.keys(others).length > 0 ? <RecordView value={others} /> : null}
    </div>
  );
}

/** Words as they came, line breaks kept. */
export function Words({ children, mono = false }: { children: string; mono?: boolean }) {
  return (
    <p
      className={cn(
        "max-w-[68ch] break-words whitespace-pre-wrap",
        mono && "max-w-none font-mono text-12",
      )}
    >
      {plain(children)}
    </p>
  );
}
