//! Losses of the day and distance from the highest value: of the account, or of one strategy.

use jiff::Timestamp;
use jiff::civil::Date;
use rust_decimal::Decimal;

use super::NewLock;
use crate::domain::records::LossStanding;
use crate::domain::{ClosedTrade, Reach, StrategyId, round_to_cents};

/// Results at the close of one day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Day {
    /// On the exchange's calendar.
    pub date: Date,
    /// Instant of the close.
    pub at: Timestamp,
    /// Realised and unrealised since the beginning, in the account's currency.
    pub result: Decimal,
}

/// Results of the account or of a strategy, as losses are counted from them. Results are counted, and
/// not the account's value, so that neither a deposit nor a withdrawal looks like one.
#[derive(Debug, Clone, Copy)]
pub struct LimitedLosses<'a> {
    /// At each close before today, oldest first.
    pub days: &'a [Day],
    /// Realised and unrealised since the beginning, now.
    pub result: Decimal,
    /// What stood before the first close; what was realised before today where no close is known.
    pub result_before: Decimal,
    /// Value of the account when it was opened.
    pub starting_value: Decimal,
    /// Result of the whole account now.
    pub account_result: Decimal,
    /// From here the highest result is looked for: a person lifted a lock then.
    pub since: Option<Timestamp>,
    /// A person opened the lock of today's loss.
    pub is_lifted_today: bool,
    /// Closed trades, newest first.
    pub trades: &'a [ClosedTrade],
}

/// What a limit is held against.
pub fn loss_standing(of: LimitedLosses<'_>) -> LossStanding {
    let before = of.days.last().map_or(of.result_before, |day| day.result);
    let loss_today = (before - of.result).max(Decimal::ZERO);
    let equity = of.starting_value + of.account_result;
    let days = of.days.iter().filter(|day| of.since.is_none_or(|since| day.at >= since));
    // Everything began at nothing; where no close is kept, with what was realised before today.
    let beginning = match of.since {
        Some(_) => of.result,
        None if of.days.is_empty() => of.result_before.max(of.result),
        None => of.result.max(Decimal::ZERO),
    };
    let fallen = days.map(|day| day.result).fold(beginning, Decimal::max) - of.result;
    let losses = of.trades.iter().take_while(|trade| trade.realized_pnl < Decimal::ZERO);
    LossStanding {
        loss_today: round_to_cents(loss_today),
        // What was lost is put to what there was before it was lost.
        loss_today_percent: percent(loss_today, equity + loss_today),
        drawdown_percent: percent(fallen, equity + fallen),
        is_lifted_today: of.is_lifted_today,
        straight_losses: u32::try_from(losses.count()).unwrap_or(u32::MAX),
    }
}

fn percent(part: Decimal, whole: Decimal) -> Decimal {
    if whole <= Decimal::ZERO {
        // Nothing is left to lose a share of: whatever was lost is all.
        return if part > Decimal::ZERO { Decimal::ONE_HUNDRED } else { Decimal::ZERO };
    }
    round_to_cents(part * Decimal::ONE_HUNDRED / whole)
}

/// The locks that the limits on losses ask for: of a strategy, or of the account if none is named.
/// `next_day` is when the next trading day begins, and `since` names the height that a drawdown is
/// counted from, so that each is locked for once.
pub fn limit_locks(
    strategy: Option<&StrategyId>,
    standing: &LossStanding,
    (most_loss, most_drawdown): (Option<Decimal>, Option<Decimal>),
    today: Date,
    next_day: Timestamp,
    since: Option<Timestamp>,
) -> Vec<NewLock> {
    let (who, reach) = match strategy {
        Some(strategy) => (format!("Strategy {strategy}"), Reach::Strategy),
        None => ("The account".to_owned(), Reach::Account),
    };
    let scope = strategy.map_or("", StrategyId::as_str);
    let new = |key: String, kind: &str, unlocks_at, sentence| NewLock {
        key,
        kind: kind.to_owned(),
        reach,
        strategy_id: strategy.cloned(),
        conid: None,
        symbol: None,
        unlocks_at,
        sentence,
        trades: Vec::new(),
    };
    let mut locks = Vec::new();
    if let Some(most) = most_loss.filter(|most| standing.loss_today_percent >= *most) {
        let sentence = format!(
            "{who} lost {} USD since the last close, {} % of the equity, and {most} % is the most \
             of a day: its entries are closed until {next_day}.",
            standing.loss_today, standing.loss_today_percent
        );
        let key = format!("daily_loss|{scope}|{today}");
        locks.push(new(key, "daily_loss", Some(next_day), sentence));
    }
    if let Some(most) = most_drawdown.filter(|most| standing.drawdown_percent >= *most) {
        let from = since.map_or_else(|| "its beginning".to_owned(), |since| since.to_string());
        let sentence = format!(
            "{who} stands {} % below its highest since {from}, and {most} % is the most: its \
             entries are closed until a person opens them.",
            standing.drawdown_percent
        );
        let key = format!("drawdown_limit|{scope}|{from}");
        locks.push(new(key, "drawdown_limit", None, sentence));
    }
    locks
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(date: &str, result: i64) -> Day {
        let date: Date = date.parse().unwrap();
        let at = date.at(20, 0, 0, 0).to_zoned(jiff::tz::TimeZone::UTC).unwrap().timestamp();
        Day { date, at, result: Decimal::from(result) }
    }

    fn losses(days: &[Day], result: i64) -> LimitedLosses<'_> {
        LimitedLosses {
            days,
            result: Decimal::from(result),
            result_before: Decimal::ZERO,
            starting_value: Decimal::from(10_000),
            account_result: Decimal::from(result),
            since: None,
            is_lifted_today: false,
            trades: &[],
        }
    }

    #[test]
    fn the_loss_of_a_day_is_counted_from_the_last_close() {
        let days = [day("2012-06-13", 500), day("2012-06-14", 300)];
        let lost = loss_standing(losses(&days, 94));
        assert_eq!(lost.loss_today, Decimal::from(206));
        assert_eq!(lost.loss_today_percent, Decimal::TWO, "206 of 10300");
        let won = loss_standing(losses(&days, 400));
        assert_eq!((won.loss_today, won.loss_today_percent), (Decimal::ZERO, Decimal::ZERO));
        let first_day = loss_standing(losses(&[], -100));
        assert_eq!(first_day.loss_today, Decimal::ONE_HUNDRED);
    }

    #[test]
    fn a_drawdown_is_counted_from_the_highest_close_or_from_where_it_was_lifted() {
        let days = [day("2012-06-12", 500), day("2012-06-13", 700), day("2012-06-14", 300)];
        let fallen = loss_standing(losses(&days, 165));
        assert_eq!(fallen.drawdown_percent, Decimal::from(5), "535 of 10700");
        let lifted = LimitedLosses { since: Some(days[2].at), ..losses(&days, 165) };
        assert_eq!(loss_standing(lifted).drawdown_percent, "1.31".parse().unwrap());
        let never_up = loss_standing(losses(&[], -500));
        assert_eq!(never_up.drawdown_percent, Decimal::from(5));
    }

    #[test]
    fn a_limit_locks_at_its_value_and_not_below() {
        let today: Date = "2012-06-15".parse().unwrap();
        let opens: Timestamp = "2012-06-18T13:30:00Z".parse().unwrap();
        let standing = LossStanding {
            loss_today: Decimal::from(206),
            loss_today_percent: Decimal::TWO,
            drawdown_percent: Decimal::from(5),
            is_lifted_today: false,
            straight_losses: 0,
        };
        let locks = |loss: i64, drawdown: i64| {
            let most = (Some(Decimal::from(loss)), Some(Decimal::from(drawdown)));
            limit_locks(None, &standing, most, today, opens, None)
        };
        let both = locks(2, 5);
        assert_eq!(both[0].kind, "daily_loss");
        assert_eq!(both[0].unlocks_at, Some(opens), "by itself, when the next day begins");
        assert_eq!(both[1].kind, "drawdown_limit");
        assert_eq!(both[1].unlocks_at, None, "only a person opens it");
        assert!(locks(3, 6).is_empty());
        assert!(limit_locks(None, &standing, (None, None), today, opens, None).is_empty());
    }
}
