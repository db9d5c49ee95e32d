use rust_decimal::Decimal;

use crate::domain::{ClosedTrade, round_to_cents};

/// Numbers over closed trades only (workflow.md C2.1); `None` where there is no trade to speak of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statistics {
    /// Closed trades.
    pub total: usize,
    /// With a net gain.
    pub wins: usize,
    /// With a net loss.
    pub losses: usize,
    /// In percent.
    pub win_rate_percent: Option<Decimal>,
    /// Net, in USD.
    pub total_realized: Decimal,
    /// Net, in USD.
    pub average_win: Option<Decimal>,
    /// Net, in USD.
    pub average_loss: Option<Decimal>,
    /// Net, in USD.
    pub largest_win: Option<Decimal>,
    /// Net, in USD.
    pub largest_loss: Option<Decimal>,
    /// Over the trades that have one.
    pub average_r: Option<Decimal>,
    /// Σ net gains ÷ |Σ net losses|; nothing without a loss.
    pub profit_factor: Option<Decimal>,
    /// Σ net ÷ number of trades, in USD: what a trade came to on average.
    pub expectancy: Option<Decimal>,
}

/// Computes them.
pub fn statistics(trades: &[ClosedTrade]) -> Statistics {
    let results = || trades.iter().map(|trade| trade.realized_pnl);
    let wins: Vec<Decimal> = results().filter(|pnl| *pnl > Decimal::ZERO).collect();
    let losses: Vec<Decimal> = results().filter(|pnl| *pnl < Decimal::ZERO).collect();
    let multiples: Vec<Decimal> = trades.iter().filter_map(|trade| trade.r_multiple).collect();
    let win_rate = Decimal::from(wins.len() * 100).checked_div(Decimal::from(trades.len()));
    let lost: Decimal = losses.iter().map(Decimal::abs).sum();
    Statistics {
        total: trades.len(),
        wins: wins.len(),
        losses: losses.len(),
        win_rate_percent: win_rate.map(round_to_cents),
        total_realized: results().sum(),
        average_win: average(&wins),
        average_loss: average(&losses),
        largest_win: wins.iter().max().copied(),
        largest_loss: losses.iter().min().copied(),
        average_r: average(&multiples),
        profit_factor: wins.iter().sum::<Decimal>().checked_div(lost).map(round_to_cents),
        expectancy: average(&results().collect::<Vec<_>>()),
    }
}

fn average(values: &[Decimal]) -> Option<Decimal> {
    values.iter().sum::<Decimal>().checked_div(Decimal::from(values.len())).map(round_to_cents)
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::domain::{Conid, ExecutionId, ExitCause, StrategyId};

    fn trade(pnl: i64, r: Option<i64>) -> ClosedTrade {
        let execution = ExecutionId::new("sample_1").unwrap();
        ClosedTrade {
            strategy_id: StrategyId::new("sample").unwrap(),
            conid: Conid(1),
            symbol: "AAPL".into(),
            quantity: Decimal::TEN,
            entry_price: Decimal::from(100),
            exit_price: Decimal::from(100),
            opened_at: Timestamp::UNIX_EPOCH,
            closed_at: Timestamp::UNIX_EPOCH,
            gross_pnl: Decimal::from(pnl),
            commission: Decimal::ZERO,
            realized_pnl: Decimal::from(pnl),
            r_multiple: r.map(Decimal::from),
            exit_cause: ExitCause::Target,
            entry_execution_id: execution.clone(),
            exit_execution_id: execution,
        }
    }

    #[test]
    fn c2_1_statistics_count_closed_trades_only() {
        let numbers = statistics(&[trade(300, Some(2)), trade(-100, Some(-1)), trade(0, None)]);
        assert_eq!((numbers.total, numbers.wins, numbers.losses), (3, 1, 1));
        assert_eq!(numbers.win_rate_percent, Some("33.33".parse().unwrap()));
        assert_eq!(numbers.total_realized, Decimal::from(200));
        assert_eq!(numbers.average_r, Some("0.50".parse().unwrap()));
        assert_eq!(numbers.profit_factor, Some(Decimal::from(3)));
        assert_eq!(numbers.expectancy, Some("66.67".parse().unwrap()));
    }

    #[test]
    fn without_trades_there_is_no_rate() {
        let numbers = statistics(&[]);
        assert_eq!(numbers.win_rate_percent, None);
        assert_eq!(numbers.average_win, None);
        assert_eq!((numbers.profit_factor, numbers.expectancy), (None, None));
        let only_gains = statistics(&[trade(300, None)]);
        assert_eq!(only_gains.profit_factor, None, "a gain over no loss is no number");
    }
}
