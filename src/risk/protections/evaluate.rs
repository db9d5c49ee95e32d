use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use rust_decimal::Decimal;

use super::NewLock;
use super::words::hours_in_words;
use crate::domain::records::LockTrade;
use crate::domain::{
    ClosedTrade, Conid, Protection, ProtectionRule, Reach, StrategyId, round_to_cents,
};

/// Trades that are named with a lock; of more, the last ones.
const MOST_NAMED: usize = 20;

/// A strategy with its protections.
#[derive(Debug, Clone, Copy)]
pub struct ProtectedStrategy<'a> {
    /// Whose.
    pub strategy_id: &'a StrategyId,
    /// In the order of its file.
    pub protections: &'a [Protection],
}

/// Every lock that a strategy's protections ask for at `now`, whether it is written down already or
/// not. `trades` are those of the whole account, oldest first; what was closed after `now` does not
/// count. `account_value` is the value of the account in its currency.
///
/// As in freqtrade, a lock counts from the close of the last trade that caused it, so that the
/// answer does not depend on when it is asked for.
pub fn evaluate(
    of: ProtectedStrategy<'_>,
    trades: &[ClosedTrade],
    account_value: Decimal,
    now: Timestamp,
) -> Vec<NewLock> {
    let mut locks = Vec::new();
    for protection in of.protections {
        for (conid, group) in groups(protection.reach, of.strategy_id, trades, now) {
            let inside = look_back(protection, &group, now);
            let Some((caused_by, why)) = cause(&protection.rule, &inside, account_value) else {
                continue;
            };
            locks.extend(lock(of.strategy_id, protection, conid, &caused_by, &why, now));
        }
    }
    locks
}

/// The trades that a protection looks at: by symbol, those of the strategy, or all.
fn groups<'a>(
    reach: Reach,
    strategy: &StrategyId,
    trades: &'a [ClosedTrade],
    now: Timestamp,
) -> Vec<(Option<Conid>, Vec<&'a ClosedTrade>)> {
    let closed = trades.iter().filter(|trade| trade.closed_at <= now);
    match reach {
        Reach::Account => vec![(None, closed.collect())],
        Reach::Strategy => {
            vec![(None, closed.filter(|trade| trade.strategy_id == *strategy).collect())]
        }
        Reach::Symbol => {
            let mut by_symbol: BTreeMap<Conid, Vec<&ClosedTrade>> = BTreeMap::new();
            for trade in closed.filter(|trade| trade.strategy_id == *strategy) {
                by_symbol.entry(trade.conid).or_default().push(trade);
            }
            by_symbol.into_iter().map(|(conid, group)| (Some(conid), group)).collect()
        }
    }
}

fn look_back<'a>(
    protection: &Protection,
    trades: &[&'a ClosedTrade],
    now: Timestamp,
) -> Vec<&'a ClosedTrade> {
    let Some(hours) = protection.look_back_hours else { return trades.to_vec() };
    let since = now.checked_sub(SignedDuration::from_hours(hours.into())).unwrap_or(Timestamp::MIN);
    trades.iter().copied().filter(|trade| trade.closed_at > since).collect()
}

/// The trades that set a rule off, oldest first, and why in words without a full stop.
fn cause<'a>(
    rule: &ProtectionRule,
    trades: &[&'a ClosedTrade],
    account_value: Decimal,
) -> Option<(Vec<&'a ClosedTrade>, String)> {
    let is_loss = |trade: &ClosedTrade| trade.realized_pnl < Decimal::ZERO;
    let enough = |trades: &[&ClosedTrade], count: u32| {
        !trades.is_empty() && trades.len() >= usize::try_from(count).unwrap_or(usize::MAX)
    };
    match rule {
        ProtectionRule::CoolDown => {
            let last = trades.iter().max_by_key(|trade| trade.closed_at)?;
            Some((vec![last], format!("{} was closed", last.symbol)))
        }
        ProtectionRule::StopLossGuard { stops } => {
            let stopped: Vec<&ClosedTrade> = trades
                .iter()
                .copied()
                .filter(|trade| trade.exit_cause.is_stop() && is_loss(trade))
                .collect();
            enough(&stopped, *stops).then(|| {
                let why = format!("{} of {stops} losses by a stop", stopped.len());
                (stopped, why)
            })
        }
        ProtectionRule::StraightLosses { losses } => {
            let row = straight_losses(trades);
            enough(&row, *losses).then(|| {
                let why = format!("{} of {losses} losses in a row", row.len());
                (row, why)
            })
        }
        ProtectionRule::LowProfit { minimum_return_percent, minimum_trades } => {
            let sum: Decimal = trades.iter().map(|trade| return_percent(trade)).sum();
            (enough(trades, *minimum_trades) && sum < *minimum_return_percent).then(|| {
                let why = format!(
                    "the returns of {} trades add up to {} %, and {minimum_return_percent} % is \
                     the least",
                    trades.len(),
                    round_to_cents(sum)
                );
                (trades.to_vec(), why)
            })
        }
        ProtectionRule::Drawdown { maximum_percent, minimum_trades } => {
            let fallen = drawdown_percent(trades, account_value);
            (enough(trades, *minimum_trades) && fallen >= *maximum_percent).then(|| {
                let why = format!(
                    "{} trades took the account {} % below its highest, and {maximum_percent} % is \
                     the most",
                    trades.len(),
                    round_to_cents(fallen)
                );
                (trades.to_vec(), why)
            })
        }
    }
}

/// The losing trades at the end of a list that is sorted by time, oldest first.
fn straight_losses<'a>(trades: &[&'a ClosedTrade]) -> Vec<&'a ClosedTrade> {
    let losses = trades.iter().rev().take_while(|trade| trade.realized_pnl < Decimal::ZERO).count();
    trades[trades.len() - losses..].to_vec()
}

/// What a trade brought on what was paid for it, commission deducted.
fn return_percent(trade: &ClosedTrade) -> Decimal {
    let paid = trade.entry_price * trade.quantity;
    (trade.realized_pnl * Decimal::ONE_HUNDRED).checked_div(paid).unwrap_or_default()
}

/// How far the account's value lies below its highest, by these trades alone: the value before them
/// is what it is now without their results.
fn drawdown_percent(trades: &[&ClosedTrade], account_value: Decimal) -> Decimal {
    let total: Decimal = trades.iter().map(|trade| trade.realized_pnl).sum();
    let mut value = account_value - total;
    let mut highest = value;
    for trade in trades {
        value += trade.realized_pnl;
        highest = highest.max(value);
    }
    if highest <= Decimal::ZERO {
        return Decimal::ZERO;
    }
    (highest - value) * Decimal::ONE_HUNDRED / highest
}

fn lock(
    strategy: &StrategyId,
    protection: &Protection,
    conid: Option<Conid>,
    caused_by: &[&ClosedTrade],
    why: &str,
    now: Timestamp,
) -> Option<NewLock> {
    let last = caused_by.iter().max_by_key(|trade| trade.closed_at)?;
    let lock_for = SignedDuration::from_hours(protection.lock_hours.into());
    let unlocks_at = last.closed_at.checked_add(lock_for).unwrap_or(Timestamp::MAX);
    if unlocks_at <= now {
        return None;
    }
    let kind = protection.rule.as_str();
    let symbol = conid.map(|_| last.symbol.clone());
    let (scope, strategy_id) = match protection.reach {
        Reach::Symbol => (format!("{strategy} in {}", last.symbol), Some(strategy.clone())),
        Reach::Strategy => (strategy.to_string(), Some(strategy.clone())),
        Reach::Account => ("every strategy".to_owned(), None),
    };
    let window = protection
        .look_back_hours
        .map_or_else(String::new, |hours| format!(" within {}", hours_in_words(hours)));
    let named = caused_by.len().saturating_sub(MOST_NAMED);
    Some(NewLock {
        // Whoever changes a protection gets locks of the new one.
        key: format!(
            "{kind}|{:?}|{}|{}|{}|{}|{}",
            protection.rule,
            protection.reach,
            strategy_id.as_ref().map_or("", StrategyId::as_str),
            conid.map_or(0, |conid| conid.0),
            last.closed_at,
            last.entry_execution_id,
        ),
        kind: kind.to_owned(),
        reach: protection.reach,
        strategy_id,
        conid,
        symbol,
        unlocks_at: Some(unlocks_at),
        sentence: format!(
            "{}{window}: entries of {scope} are locked for {}, until {unlocks_at}.",
            first_upper(why),
            hours_in_words(protection.lock_hours)
        ),
        trades: caused_by[named..].iter().map(|trade| LockTrade::of(trade)).collect(),
    })
}

fn first_upper(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
