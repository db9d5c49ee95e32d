import { part } from "@/features/lineage/steps/shape";
import type { RendererProps } from "@/features/lineage/steps/types";
import { formatDecimal, formatPercent } from "@/lib/decimal";
import { plain } from "@/lib/text";
import { exchangeDateTime } from "@/lib/time";
import { humanise, LANGUAGES } from "@/lib/words";
import { Badge } from "@/ui/badge";
import { type Fact, Facts } from "@/ui/facts";
import { NUMERIC, Table, Td, Th } from "@/ui/simple-table";

/** Step 1: what was going to run, for whom, on which session. */
export function Strategy({ output, full }: RendererProps<"load_strategy">) {
  const { risk, session } = output;
  // Records from before language models do not hold these.
  const language = part(output.analyst, "language") ?? null;
  const prompts = part(output.analyst, "prompts") ?? [];
  const sessionWords = !session.connected
    ? "not connected"
    : !session.authenticated
      ? "not logged in"
      : session.competing
        ? "competing session"
        : "connected";
  const facts: Fact[] = [
    ["Version", `${output.version}`],
    ["Trigger", humanise(output.trigger)],
    ["As of", `${exchangeDateTime(output.as_of)} ET`],
    [
      "Schedule",
      output.schedule ? <code className="font-mono text-12">{output.schedule}</code> : "by hand",
    ],
    ["Account", output.account_id],
    ["Session", sessionWords],
    ["Risk per trade", formatPercent(risk.risk_per_trade_percent)],
    [
      "Stop, target",
      `${formatDecimal(risk.stop_atr_multiple)}×, ${formatDecimal(risk.target_atr_multiple)}× ATR`,
    ],
  ];
  return (
    <div>
      <div className="mb-3 flex flex-wrap items-center gap-2">
        <span className="text-15 font-semibold">{output.name}</span>
        <Badge>{output.symbol}</Badge>
        <Badge tone={output.environment === "live" ? "error" : "neutral"}>
          {output.environment}
        </Badge>
        <Badge>{output.autonomy}</Badge>
        <Badge tone="accent">{output.analyst.name}</Badge>
        {language === null ? null : <Badge>{LANGUAGES[language] ?? language}</Badge>}
      </div>
      {full ? <p className="mb-4 max-w-[68ch] text-muted">{output.description}</p> : null}
      <Facts facts={facts} />
      {full ? (
        <>
          <h3 className="mt-5 mb-2 font-semibold">Limits</h3>
          <Facts
            facts={[
              ["Most shares", formatDecimal(risk.maximum_position_shares)],
              ["Most in one position", formatPercent(risk.maximum_position_percent)],
              ["Most exposure", formatPercent(risk.maximum_exposure_percent)],
              ["Warns from", formatPercent(risk.warn_exposure_percent)],
              ["Open positions", `${risk.maximum_open_positions}`],
              ["Least reward", `1:${formatDecimal(risk.minimum_r, { minimumPlaces: 1 })}`],
              ["Server", session.server ?? "not said"],
              ["Symbols", output.symbols.join(", ")],
              ["Time zone", output.time_zone],
            ]}
          />
          {prompts.length === 0 ? null : (
            <>
              <h3 className="mt-5 mb-2 font-semibold">Prompts of this run</h3>
              <Facts
                facts={prompts.map((prompt) => [
                  humanise(prompt.prompt_type),
                  `${plain(prompt.name)}, version ${prompt.version}`,
                ])}
              />
            </>
          )}
          <h3 className="mt-5 mb-1 font-semibold">Indicators</h3>
          <Table>
            <thead>
              <tr>
                <Th>Indicator</Th>
                <Th>Id</Th>
                <Th className={NUMERIC}>Parameters</Th>
              </tr>
            </thead>
            <tbody>
              {output.indicators.map((indicator) => (
                <tr key={indicator.id}>
                  <Td>{indicator.kind}</Td>
                  <Td className="font-mono text-12">{indicator.id}</Td>
                  <Td className={NUMERIC}>
                    {Object.entries(indicator.parameters)
                      .map(([name, value]) => `${humanise(name)} ${value}`)
                      .join(" · ") || "none"}
                  </Td>
                </tr>
              ))}
            </tbody>
          </Table>
          <p className="mt-4 text-12 text-muted">
            Frozen as <code className="font-mono break-all">{output.version_hash}</code>
          </p>
        </>
      ) : null}
    </div>
  );
}
