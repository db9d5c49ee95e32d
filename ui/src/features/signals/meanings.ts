import type { Meaning } from "@/ui/explain";

/** What every number of the page means. docs/signals.md says the same at length. */
export const MEANINGS = {
  signals: {
    label: "Signals",
    words: "All signals that fit, HOLD included. Every run that comes to a decision makes one.",
  },
  executed: {
    label: "Executed",
    words: "Signals on which at least one share was traded.",
  },
  winRate: {
    label: "Win rate",
    words:
      "Closed trades that gained after all commissions, among all closed trades. The bar is Wilson's 95 % interval: with few trades it is wide, and the rate says little.",
    formula:
      "p = wins ÷ (wins + losses); (p + z²/2n ± z·√(p(1−p)/n + z²/4n²)) ÷ (1 + z²/n), z = 1.96",
  },
  averageR: {
    label: "Average R",
    words: "The mean gain of the closed trades in units of the risk taken. A stop-out makes −1 R.",
    formula: "R = (exit − entry) ÷ (intended entry − stop at entry)",
  },
  bestR: { label: "Best and worst R", words: "The best and the worst of the closed trades." },
  net: {
    label: "Net P&L",
    words: "Profit and loss of the closed trades after commissions. Open trades do not count.",
    formula: "gross − commissions of entry and exit",
  },
  cost: {
    label: "Model cost",
    words: "What the analyses of all these signals cost, HOLD included.",
  },
  netOfCost: {
    label: "Net of model cost",
    words: "What is left after commissions and after the analyses are paid.",
    formula: "net P&L − model cost of all signals",
  },
  difference: {
    label: "Difference",
    words:
      "First minus second with its 95 % interval: Newcombe's for win rates (1998, method 10), a bootstrap of 2,000 resamples for R. An interval that holds zero is no difference.",
  },
  leaderboard: {
    label: "Leaderboard",
    words:
      "Groups by their average R. Few trades make high averages by luck, so groups with fewer closed trades than asked for are left out: compare the intervals, not the places.",
  },
  verdict: {
    label: "Verdict",
    words:
      "Edge: enough closed trades, p below 0.05, and an average R above 0. One strategy in twenty without any edge is called edge by chance.",
    formula: "p = (1 + draws with at least the strategy's mean R) ÷ (1 + draws)",
  },
  calibration: {
    label: "Calibration",
    words:
      "The closed trades by tenths of the stated confidence, and how many of each won. On the diagonal the confidence can be taken at its word; below it, it promises too much.",
  },
  brier: {
    label: "Brier score",
    words:
      "The mean squared distance of confidence and outcome, 1 for a win and 0 for a loss. 0 is perfect.",
    formula: "mean of (confidence − outcome)²",
  },
  brierBase: {
    label: "Score of the base rate",
    words: "What stating the win rate every time would score.",
    formula: "w × (1 − w), with w the win rate",
  },
  skill: {
    label: "Skill",
    words: "How much better the stated confidence is than the base rate. Below 0 it is worse.",
    formula: "1 − score ÷ score of the base rate",
  },
  longBias: {
    label: "Long bias",
    words:
      "BUY among BUY and SELL, beside the share of days that closed above the day before. An analyst that says BUY whatever the market does shows here.",
    formula: "BUY ÷ (BUY + SELL); days up ÷ days",
  },
  costPerSignal: {
    label: "Cost per signal",
    words: "What the analyses cost, shared among all signals, HOLD included.",
    formula: "model cost ÷ signals",
  },
  costPerExecuted: {
    label: "Cost per traded signal",
    words: "What the analyses cost, shared among the signals that were traded on.",
    formula: "model cost ÷ executed",
  },
  coin: {
    label: "The coin",
    words:
      "Entries at moments drawn by lot, in each symbol as many as the strategy made, again and again. Nine in ten draws lie inside the bar. A strategy that chose its moments well lies to the right of it.",
  },
  rules: {
    label: "Rule analyst",
    words:
      "What the built-in rule proposed to buy on the same data, measured in the same way: with the strategy's own stop and target, from the recorded daily bars.",
  },
  always: {
    label: "Every opportunity",
    words: "A BUY at every run at which one could have been made.",
  },
  hold: {
    label: "Buy and hold",
    words:
      "The strategy's average stake in each symbol, bought at the close of the day of the first entry and sold at that of the last exit, before commissions.",
  },
} as const satisfies Record<string, Meaning>;
