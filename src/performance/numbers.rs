use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::proportion::{Proportion, wilson};
use crate::domain::{Signal, SignalAction, SignalOutcome, SignalStatus, round_to_cents};

/// How signals did (workflow.md §3). Only closed trades count as wins and losses; what is open,
/// expired or cancelled is neither.
#[derive(Debug, Clone, PartialEq)]
pub struct Numbers {
    /// All signals.
    pub signals: u32,
    /// BUY among them.
    pub buys: u32,
    /// SELL among them.
    pub sells: u32,
    /// HOLD among them.
    pub holds: u32,
    /// Signals on which something was traded.
    pub executed: u32,
    /// Closed trades that gained after commissions.
    pub wins: u32,
    /// Closed trades that did not.
    pub losses: u32,
    /// Wins ÷ closed trades.
    pub win_rate: Option<Proportion>,
    /// Mean R of the closed trades, to two places.
    pub average_r: Option<Decimal>,
    /// Best R.
    pub best_r: Option<Decimal>,
    /// Worst R.
    pub worst_r: Option<Decimal>,
    /// Before commissions, in the account's currency.
    pub gross_profit_loss: Decimal,
    /// After commissions.
    pub net_profit_loss: Decimal,
    /// Cost of the analyses of all these signals, in USD.
    pub model_cost: Decimal,
    /// After commissions and model cost.
    pub net_of_model_cost: Decimal,
    /// Mean stated confidence of BUY and SELL.
    pub average_confidence: Option<f64>,
}

impl Numbers {
    /// Closed trades.
    pub fn outcomes(&self) -> u32 {
        self.wins + self.losses
    }
}

/// Adds signals up, one at a time.
#[derive(Debug, Clone, Default)]
pub(super) struct Tally {
    signals: u32,
    buys: u32,
    sells: u32,
    executed: u32,
    wins: u32,
    losses: u32,
    r_sum: Decimal,
    r_count: u32,
    best_r: Option<Decimal>,
    worst_r: Option<Decimal>,
    gross: Decimal,
    net: Decimal,
    model_cost: Decimal,
    confidence: f64,
}

impl Tally {
    pub(super) fn add(&mut self, signal: &Signal) {
        self.signals += 1;
        self.model_cost += signal.model_cost;
        match signal.action {
            SignalAction::Buy => self.buys += 1,
            SignalAction::Sell => self.sells += 1,
            SignalAction::Hold => {}
        }
        if signal.action != SignalAction::Hold {
            self.confidence += signal.confidence.to_f64().unwrap_or_default();
        }
        self.executed += u32::from(signal.status == SignalStatus::Executed);
        match signal.outcome {
            SignalOutcome::Win => self.wins += 1,
            SignalOutcome::Loss => self.losses += 1,
            SignalOutcome::Pending | SignalOutcome::Cancelled | SignalOutcome::None => return,
        }
        self.gross += signal.gross_profit_loss.unwrap_or_default();
        self.net += signal.net_profit_loss.unwrap_or_default();
        if let Some(r) = signal.actual_r_multiple {
            self.r_sum += r;
            self.r_count += 1;
            self.best_r = Some(self.best_r.map_or(r, |best| best.max(r)));
            self.worst_r = Some(self.worst_r.map_or(r, |worst| worst.min(r)));
        }
    }

    pub(super) fn numbers(&self) -> Numbers {
        let decided = self.buys + self.sells;
        Numbers {
            signals: self.signals,
            buys: self.buys,
            sells: self.sells,
            holds: self.signals - decided,
            executed: self.executed,
            wins: self.wins,
            losses: self.losses,
            win_rate: wilson(self.wins, self.wins + self.losses),
            average_r: self.r_sum.checked_div(Decimal::from(self.r_count)).map(round_to_cents),
            best_r: self.best_r,
            worst_r: self.worst_r,
            gross_profit_loss: self.gross,
            net_profit_loss: self.net,
            model_cost: self.model_cost,
            net_of_model_cost: self.net - self.model_cost,
            average_confidence: (decided > 0).then(|| self.confidence / f64::from(decided)),
        }
    }
}

/// Adds signals up.
pub fn numbers<'a>(signals: impl IntoIterator<Item = &'a Signal>) -> Numbers {
    let mut tally = Tally::default();
    signals.into_iter().for_each(|signal| tally.add(signal));
    tally.numbers()
}

#[cfg(test)]
mod tests {
    use super::super::samples::{closed, signal};
    use super::*;

    fn decimal(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    #[test]
    fn only_closed_trades_are_wins_and_losses() {
        let mut bought = signal(SignalAction::Buy);
        bought.status = SignalStatus::Executed;
        bought.model_cost = decimal("0.02");
        let mut expired = signal(SignalAction::Buy);
        (expired.status, expired.outcome) = (SignalStatus::Expired, SignalOutcome::Cancelled);
        let signals = [
            closed("1.75", "340.10"),
            closed("-1.02", "-199.90"),
            closed("0", "-2"),
            bought,
            expired,
            signal(SignalAction::Hold),
            signal(SignalAction::Sell),
        ];
        let found = numbers(&signals);
        assert_eq!((found.signals, found.buys, found.sells, found.holds), (7, 5, 1, 1));
        assert_eq!((found.executed, found.wins, found.losses), (4, 1, 2));
        assert_eq!(found.average_r, Some(decimal("0.24")));
        assert_eq!((found.best_r, found.worst_r), (Some(decimal("1.75")), Some(decimal("-1.02"))));
        assert_eq!(found.net_profit_loss, decimal("138.20"));
        assert_eq!(found.net_of_model_cost, decimal("138.18"));
        assert!((found.win_rate.unwrap().value - 1.0 / 3.0).abs() < 1e-12);
    }

    #[test]
    fn without_a_closed_trade_there_is_no_rate() {
        let found = numbers(&[signal(SignalAction::Hold)]);
        assert_eq!((found.win_rate, found.average_r, found.average_confidence), (None, None, None));
        assert_eq!(found.net_profit_loss, Decimal::ZERO);
    }
}
