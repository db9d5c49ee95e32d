import type { Meaning } from "@/ui/explain";

/** What every number of the page means. docs/portfolio.md says the same at length. */
export const MEANINGS = {
  why: {
    label: "Where the money came from",
    words:
      "Every closed lot stands in one group. What is no closed lot of a strategy stands under its own name. The bars add up to the change of the account, to the cent. Lots are closed first in, first out.",
    formula: "Σ groups + Σ remainders = value at the end − value at the beginning",
  },
  trades: { label: "Trades", words: "Closed trades. What is held does not count." },
  winRate: {
    label: "Win rate",
    words: "Trades that gained after commission, among all closed trades.",
    formula: "wins ÷ trades",
  },
  averageWin: {
    label: "Average and largest win",
    words: "Of the trades that gained after commission.",
    formula: "Σ net of wins ÷ wins",
  },
  averageLoss: {
    label: "Average and largest loss",
    words: "Of the trades that lost after commission.",
    formula: "Σ net of losses ÷ losses",
  },
  totalRealized: {
    label: "Total realised",
    words: "All closed trades after commission.",
    formula: "Σ (gross − commission)",
  },
  averageR: {
    label: "Average R",
    words: "Mean gain in units of the risk taken at entry. A stop-out makes −1 R.",
    formula: "R = (exit − entry) ÷ (intended entry − stop at entry)",
  },
  profitFactor: {
    label: "Profit factor",
    words: "What was gained for each dollar lost. Above 1 the trades gained.",
    formula: "Σ net of wins ÷ |Σ net of losses|",
  },
  expectancy: {
    label: "Expectancy",
    words: "What a trade came to on average, in USD.",
    formula: "Σ net ÷ trades",
  },
  timeWeighted: {
    label: "Time-weighted return",
    words:
      "What a dollar became that was in the account all the time. r is the change of the value from one close to the next.",
    formula: "∏(1 + r) − 1",
  },
  moneyWeighted: {
    label: "Money-weighted return",
    words:
      "The yearly rate at which the money that was paid in became the value at the end. IBKR does not tell deposits from dividends, so no deposit after the beginning is assumed.",
    formula: "rate at which Σ flow × (1 + rate)^(−years) = 0",
  },
  annualReturn: {
    label: "Yearly return",
    words: "The time-weighted return, as if it went on like this for 252 trading days.",
    formula: "(1 + return)^(252 ÷ days) − 1",
  },
  volatility: {
    label: "Volatility",
    words: "How much the daily returns scatter, for a year.",
    formula: "standard deviation of r (n − 1) × √252",
  },
  sharpe: {
    label: "Sharpe ratio",
    words:
      "Mean daily return for each unit of scatter, for a year. The risk-free rate is taken as 0.",
    formula: "mean(r) ÷ standard deviation of r (n − 1) × √252",
  },
  sortino: {
    label: "Sortino ratio",
    words: "As the Sharpe ratio, with falls alone as the risk.",
    formula: "mean(r) × 252 ÷ (√mean(min(r, 0)²) × √252)",
  },
  drawdown: {
    label: "Maximum drawdown",
    words: "The deepest fall of the value at the close from the highest before it.",
    formula: "min(V ÷ highest V before it − 1)",
  },
  calmar: {
    label: "Calmar ratio",
    words: "Yearly return for each unit of the deepest fall.",
    formula: "yearly return ÷ |maximum drawdown|",
  },
  exposure: {
    label: "Exposure",
    words: "Share of the value that was in positions at the closes, on average.",
    formula: "mean(value of positions ÷ value of the account)",
  },
  invested: {
    label: "Days invested",
    words: "Share of the days at whose close anything was held.",
    formula: "days with a position ÷ days",
  },
  turnover: {
    label: "Turnover",
    words: "How often the account was turned over in the span.",
    formula: "(bought + sold) ÷ 2 ÷ mean value",
  },
  benchmarkReturn: {
    label: "Benchmark",
    words: "What holding the symbol would have made over the same days, without commission.",
    formula: "∏(1 + b) − 1, with b its change from close to close",
  },
  excess: {
    label: "Beyond the benchmark",
    words: "The account's time-weighted return minus the benchmark's.",
    formula: "return − return of the benchmark",
  },
  beta: {
    label: "Beta",
    words: "By how much the account moved when the benchmark moved by 1.",
    formula: "cov(r, b) ÷ var(b)",
  },
  alpha: {
    label: "Alpha",
    words: "Yearly return beyond what beta explains.",
    formula: "(1 + mean(r − beta × b))^252 − 1",
  },
} as const satisfies Record<string, Meaning>;
