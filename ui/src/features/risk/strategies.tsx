import type { StrategyRiskDto } from "@/gen/types";
import { compare, formatPercent } from "@/lib/decimal";
import { plain } from "@/lib/text";
import { cn } from "@/ui/cn";
import { Panel } from "@/ui/panel";
import { NUMERIC, Table, Td, Th } from "@/ui/simple-table";

function Held({ value, most }: { value: string; most: string | null }) {
  return (
    <Td className={cn(NUMERIC, most !== null && compare(value, most) >= 0 && "text-error")}>
      {formatPercent(value)}
      <span className="text-muted">{most === null ? "" : ` of ${formatPercent(most)}`}</span>
    </Td>
  );
}

/** What each strategy has lost, and what protects it. */
export function StrategyRisks({ strategies }: { strategies: readonly StrategyRiskDto[] }) {
  return (
    <Panel title="Strategies">
      {strategies.length === 0 ? (
        <p className="p-4 text-muted">There is no strategy yet.</p>
      ) : (
        <div className="overflow-x-auto p-4">
          <Table aria-label="Risk by strategy">
            <thead>
              <tr>
                <Th>Strategy</Th>
                <Th className={NUMERIC}>Lost today</Th>
                <Th className={NUMERIC}>Below its highest</Th>
                <Th className={NUMERIC}>Losses in a row</Th>
                <Th>Protections</Th>
              </tr>
            </thead>
            <tbody>
              {strategies.map((strategy) => {
                const { losses, warn_straight_losses: warn } = strategy;
                return (
                  <tr key={strategy.id}>
                    <Td className="font-medium">{plain(strategy.name)}</Td>
                    <Held
                      value={losses.loss_today_percent}
                      most={strategy.maximum_daily_loss_percent}
                    />
                    <Held
                      value={losses.drawdown_percent}
                      most={strategy.maximum_drawdown_percent}
                    />
                    <Td
                      className={cn(
                        NUMERIC,
                        warn !== null && losses.straight_losses > warn && "text-warn",
                      )}
                    >
                      {losses.straight_losses}
                    </Td>
                    <Td>
                      {strategy.protections.length === 0 ? (
                        <span className="text-muted">none</span>
                      ) : (
                        <ul className="space-y-0.5">
                          {strategy.protections.map((words) => (
                            <li key={words}>{plain(words)}</li>
                          ))}
                        </ul>
                      )}
                    </Td>
                  </tr>
                );
              })}
            </tbody>
          </Table>
        </div>
      )}
    </Panel>
  );
}
