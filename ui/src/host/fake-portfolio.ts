import type { Rpc } from "@/gen/commands";
import type {
  ApiError,
  ClosedTrade,
  PnlDimension,
  PnlGroupDto,
  PnlLotDto,
  PortfolioDto,
} from "@/gen/types";
import { add, subtract } from "@/lib/decimal";
import { exchangeDate } from "@/lib/time";

/** What the page *Portfolio* reads. */
export interface PortfolioRecording {
  portfolio: PortfolioDto;
}

type Fail = (code: ApiError["code"], message: string, hint?: string | null) => never;
type PortfolioCommand =
  | "portfolio_get"
  | "balances_get"
  | "pnl_get"
  | "pnl_lots"
  | "portfolio_statistics_get"
  | "snapshots_list";

const DAY = 86_400_000;

/** The group of a recorded trade. What the recording does not tell is said to be not recorded. */
function groupOf(by: PnlDimension, trade: ClosedTrade): string {
  switch (by) {
    case "strategy":
      return trade.strategy_id;
    case "symbol":
      return trade.symbol;
    case "exit_cause":
      return trade.exit_cause;
    case "holding":
      return Date.parse(trade.closed_at) - Date.parse(trade.opened_at) < 5 * DAY
        ? "1 to 5 days"
        : "5 to 20 days";
    case "hour":
      return "09:00 to 10:00 ET";
    case "weekday":
      return "Monday";
    case "prompt":
      return "no prompt";
    case "model":
      return "Rule analyst";
    case "indicator":
    case "trend":
      return "not recorded";
  }
}

const lotOf = (by: PnlDimension, trade: ClosedTrade, index: number): PnlLotDto => ({
  strategy_id: trade.strategy_id,
  symbol: trade.symbol,
  quantity: trade.quantity,
  opened_at: trade.opened_at,
  closed_at: trade.closed_at,
  entry_price: trade.entry_price,
  exit_price: trade.exit_price,
  gross: trade.gross_pnl,
  commission: trade.commission,
  net: trade.realized_pnl,
  model_cost: "0",
  exit_cause: trade.exit_cause,
  entry_execution_id: trade.entry_execution_id,
  exit_execution_id: trade.exit_execution_id,
  entry_fill_id: `entry-${String(index)}`,
  exit_fill_id: `exit-${String(index)}`,
  entry_order_id: `${trade.entry_execution_id}-entry`,
  exit_order_id: `${trade.exit_execution_id}-${trade.exit_cause}`,
  group: groupOf(by, trade),
});

function together(key: string, label: string, lots: readonly PnlLotDto[]): PnlGroupDto {
  const sum = (of: (lot: PnlLotDto) => string) =>
    lots.reduce((total, lot) => add(total, of(lot)) ?? total, "0.00");
  return {
    key,
    label,
    lots: lots.length,
    wins: lots.filter(({ net }) => !net.startsWith("-")).length,
    gross: sum((lot) => lot.gross),
    commission: sum((lot) => lot.commission),
    net: sum((lot) => lot.net),
    model_cost: "0",
    net_of_model_cost: sum((lot) => lot.net),
  };
}

/** Answers out of the recording: a recorded trade stands for one lot. */
export function portfolioAnswers(
  recording: () => PortfolioRecording,
  fail: Fail,
): { [K in PortfolioCommand]: (request: Rpc[K][0]) => Rpc[K][1] } {
  const lots = (by: PnlDimension, from: string | null, to: string | null) =>
    recording()
      .portfolio.trades.map((trade, index) => lotOf(by, trade, index))
      .filter(({ closed_at: at }) => {
        const day = exchangeDate(at);
        return (from === null || day >= from) && (to === null || day <= to);
      });
  return {
    portfolio_get: () => recording().portfolio,
    balances_get: () => {
      const { state } = recording().portfolio;
      return {
        balances: [
          {
            currency: "USD",
            cash: state.cash,
            settled_cash: state.cash,
            accrued_interest: "0",
            accrued_dividends: null,
            exchange_rate: "1",
            cash_in_base: state.cash,
            as_of: state.at,
          },
        ],
      };
    },
    pnl_get: ({ by, from, to }) => {
      if (from !== null && to !== null && from > to)
        fail("invalid_request", "the first day is after the last; exchange the two");
      const { portfolio } = recording();
      const found = lots(by, from, to);
      const groups = [...new Set(found.map(({ group }) => group))].map((key) =>
        together(
          key,
          key,
          found.filter(({ group }) => group === key),
        ),
      );
      const total = together("", "All closed lots", found);
      const begin = portfolio.history.findLast(({ date }) => from !== null && date < from);
      const beginValue = begin?.net_liquidation ?? portfolio.starting_cash;
      const { net_liquidation: endValue } = portfolio.state;
      const change = subtract(endValue, beginValue) ?? "0";
      return {
        by,
        begin: begin?.date ?? null,
        end: null,
        begin_value: beginValue,
        end_value: endValue,
        change,
        groups: groups.toSorted((a, b) => Number(b.net) - Number(a.net)),
        total,
        remainders: [
          {
            kind: "unrealized",
            label: "Unrealised",
            amount: subtract(change, total.net),
            explanation: "Value of what is held minus what it cost.",
          },
          {
            kind: "not_in_fills",
            label: "Dividends, interest, fees, deposits",
            amount: from === null ? "0.00" : null,
            explanation: "Known from the opening until now alone.",
          },
        ],
        other_model_cost: "0",
      };
    },
    pnl_lots: ({ by, key, from, to, offset, limit }) => {
      const found = lots(by, from, to).filter(({ group }) => key === null || group === key);
      return { lots: found.slice(offset, offset + limit), total: found.length, offset };
    },
    portfolio_statistics_get: ({ from, to, benchmark }) => {
      const days = recording().portfolio.history.filter(
        ({ date }) => (from === null || date >= from) && (to === null || date <= to),
      );
      const none = benchmark !== null && benchmark !== "IBM";
      return {
        begin: null,
        end: days.at(-1)?.date ?? null,
        returns:
          days.length < 2
            ? null
            : {
                days: days.length,
                total_return: 0.0487,
                annual_return: 0.0868,
                annual_volatility: 0.1142,
                sharpe: 0.79,
                sortino: 1.14,
                maximum_drawdown: {
                  depth: -0.0634,
                  peak: "2012-04-03",
                  trough: "2012-05-18",
                  recovered: "2012-07-03",
                },
                calmar: 1.37,
                exposure: 0.452,
                days_invested: 0.917,
              },
        turnover: days.length < 2 ? null : 2.14,
        money_weighted_return: days.length < 2 ? null : 0.0912,
        rebuilt_days: days.filter(({ is_rebuilt: isRebuilt }) => isRebuilt).length,
        benchmarks: ["AAPL", "FB", "GOOG", "IBM", "MSFT"],
        benchmark:
          benchmark === null || none || days.length < 2
            ? null
            : {
                symbol: benchmark,
                total_return: 0.0312,
                excess_return: 0.0175,
                beta: 0.41,
                alpha: 0.0489,
                closes: [],
              },
        no_benchmark: none ? `No execution has recorded daily bars of ${benchmark}.` : null,
      };
    },
    snapshots_list: ({ from, to, page }) => {
      const { history } = recording().portfolio;
      const found = history
        .map((point, index) => ({ point, before: history[index - 1] }))
        .filter(
          ({ point: { date } }) => (from === null || date >= from) && (to === null || date <= to),
        )
        .toReversed();
      const shown = found.slice(page * 30, page * 30 + 30);
      return {
        snapshots: shown.map(({ point, before }) => ({
          date: point.date,
          at: `${point.date}T20:00:00Z`,
          cash: point.cash,
          positions_value: subtract(point.net_liquidation, point.cash) ?? "0",
          net_liquidation: point.net_liquidation,
          change: before ? subtract(point.net_liquidation, before.net_liquidation) : null,
          realized_pnl: "0.00",
          unrealized_pnl: subtract(point.net_liquidation, "100000") ?? "0",
          positions: recording().portfolio.positions.map(({ position }) => ({
            ...position,
            price: null,
            value: null,
          })),
          is_rebuilt: point.is_rebuilt,
        })),
        total: found.length,
        page,
        page_size: 30,
      };
    },
  };
}
