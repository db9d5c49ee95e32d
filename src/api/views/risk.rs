use jiff::Timestamp;
use rust_decimal::Decimal;

use crate::api::ApiError;
use crate::api::dto::{
    ChangedLimitDto, LimitUseDto, LimitsChangeDto, LockDto, RiskDto, StrategyRiskDto, WatchEventDto,
};
use crate::domain::records::{AccountLimits, LossStanding};
use crate::domain::{Availability, Conid, Leg, StrategyId, round_to_cents};
use crate::executor::{AccountBook, account_limits, all_losses};
use crate::risk::protection_words;
use crate::store::{
    EntryLockRow, OrderRow, RiskLimitsRow, Store, WatchEventRow, WatchTrigger, WatchVerdict,
};
use crate::strategy::StrategyDefinition;

/// Changes, locks that are over and looks of the watch that are shown.
const SHOWN: u32 = 20;

/// Limits of the account, what of them is used, locks, and what the watch saw.
pub async fn risk(
    store: &Store,
    account: &AccountBook,
    now: Timestamp,
) -> Result<RiskDto, ApiError> {
    let limits = account_limits(store).await?;
    let mut strategies = Vec::new();
    let mut ids: Vec<StrategyId> = Vec::new();
    for row in store.strategies().await? {
        let definition: StrategyDefinition = row.version.toml.parse()?;
        ids.push(row.version.strategy_id.clone());
        let risk = definition.risk;
        strategies.push(StrategyRiskDto {
            id: row.version.strategy_id.to_string(),
            name: definition.name,
            losses: LossStanding::default(),
            maximum_daily_loss_percent: text(risk.maximum_daily_loss_percent),
            maximum_drawdown_percent: text(risk.maximum_drawdown_percent),
            warn_straight_losses: risk.warn_straight_losses,
            protections: definition.protections.iter().map(protection_words).collect(),
        });
    }
    let (losses, of_strategies) = all_losses(store, account, now, &ids).await?;
    for (strategy, losses) in strategies.iter_mut().zip(of_strategies) {
        strategy.losses = losses;
    }
    // One more than is shown, since each change is told from the one before it.
    let rows = store.risk_limits(SHOWN + 1).await?;
    let all = store.entry_locks(10 * SHOWN).await?;
    let past = all.into_iter().filter(|lock| !lock.is_in_force(now));
    Ok(RiskDto {
        now: now.to_string(),
        uses: uses(&store.working_orders().await?, account, &limits, &losses, now),
        limits,
        changes: changes(&rows),
        strategies,
        locks: store.locks_in_force(now).await?.into_iter().map(lock).collect(),
        past_locks: past.take(usize::try_from(SHOWN).unwrap_or(usize::MAX)).map(lock).collect(),
        watch: store.watch_events(SHOWN).await?.into_iter().map(watch).collect(),
    })
}

fn text(value: Option<Decimal>) -> Option<String> {
    value.map(|value| value.to_string())
}

fn lock(row: EntryLockRow) -> LockDto {
    let release = row.release;
    LockDto {
        lock: row.lock,
        released_at: release.as_ref().map(|release| release.at.to_string()),
        released_by: release.as_ref().map(|release| release.by.clone()),
        release_reason: release.map(|release| release.reason),
    }
}

fn watch(row: WatchEventRow) -> WatchEventDto {
    WatchEventDto {
        at: row.at.to_string(),
        strategy_id: row.strategy_id.to_string(),
        symbol: row.symbol,
        trigger: match row.trigger {
            WatchTrigger::Stop => "stop",
            WatchTrigger::Target => "target",
        }
        .to_owned(),
        verdict: match row.verdict {
            WatchVerdict::Alarm => "alarm",
            WatchVerdict::Sell => "sell",
            WatchVerdict::Nothing => "nothing",
        }
        .to_owned(),
        level: row.level.to_string(),
        price: text(row.price),
        price_source: row.price_source.map(|source| availability(source).to_owned()),
        price_at: row.price_at.map(|at| at.to_string()),
        sentence: row.sentence,
        execution_id: row.execution_id.map(|id| id.to_string()),
    }
}

fn availability(source: Availability) -> &'static str {
    match source {
        Availability::RealTime => "real_time",
        Availability::Delayed => "delayed",
        Availability::Frozen => "frozen",
        Availability::FrozenDelayed => "frozen_delayed",
        Availability::Missing => "missing",
    }
}

/// Each change, told from the one before it; the first from no limits at all.
fn changes(rows: &[RiskLimitsRow]) -> Vec<LimitsChangeDto> {
    let none = AccountLimits::default();
    rows.iter()
        .enumerate()
        .take(usize::try_from(SHOWN).unwrap_or(usize::MAX))
        .map(|(index, row)| {
            let before = rows.get(index + 1).map_or(&none, |row| &row.limits);
            let limits = named(before).into_iter().zip(named(&row.limits));
            LimitsChangeDto {
                at: row.at.to_string(),
                by: row.changed_by.clone(),
                limits: limits
                    .filter(|((_, before), (_, after))| before != after)
                    .map(|((limit, before), (_, after))| ChangedLimitDto {
                        limit: limit.to_owned(),
                        before,
                        after,
                    })
                    .collect(),
            }
        })
        .collect()
}

/// Every limit by its name.
fn named(limits: &AccountLimits) -> Vec<(&'static str, Option<String>)> {
    let count = |value: Option<u32>| value.map(|value| value.to_string());
    vec![
        ("risk_per_trade_percent", text(limits.risk_per_trade_percent)),
        ("maximum_position_shares", text(limits.maximum_position_shares)),
        ("maximum_position_percent", text(limits.maximum_position_percent)),
        ("maximum_exposure_percent", text(limits.maximum_exposure_percent)),
        ("warn_exposure_percent", text(limits.warn_exposure_percent)),
        ("maximum_open_positions", count(limits.maximum_open_positions)),
        ("minimum_r", text(limits.minimum_r)),
        ("minimum_return_percent", text(limits.minimum_return_percent)),
        ("maximum_concentration_percent", text(limits.maximum_concentration_percent)),
        ("warn_concentration_percent", text(limits.warn_concentration_percent)),
        ("maximum_daily_loss_percent", text(limits.maximum_daily_loss_percent)),
        ("maximum_drawdown_percent", text(limits.maximum_drawdown_percent)),
        ("warn_straight_losses", count(limits.warn_straight_losses)),
    ]
}

/// What stands against each limit that counts something that stands; the others are held against one
/// order at a time.
fn uses(
    working: &[OrderRow],
    account: &AccountBook,
    limits: &AccountLimits,
    losses: &LossStanding,
    now: Timestamp,
) -> Vec<LimitUseDto> {
    let state = account.portfolio_state(now);
    let equity = state.net_liquidation;
    let percent = |value: Decimal| {
        round_to_cents((value * Decimal::ONE_HUNDRED).checked_div(equity).unwrap_or_default())
    };
    let entries = || working.iter().filter(|order| order.leg == Leg::Entry);
    let promised: Decimal = entries()
        .map(|order| (order.quantity - order.filled_quantity) * order.price.unwrap_or_default())
        .sum();
    let exposure = percent(state.positions_value + promised);
    let positions = account.positions();
    let waiting = entries().filter(|order| order.filled_quantity.is_zero()).count();
    let open = Decimal::from(positions.len() + waiting);
    let symbols = positions
        .iter()
        .map(|position| (position.conid, position.symbol.clone()))
        .chain(entries().map(|order| (order.conid, order.symbol.clone())));
    let most_in_one: Option<(Decimal, String)> = symbols
        .map(|(conid, symbol): (Conid, String)| {
            (percent(account.symbol_exposure(conid, working)), symbol)
        })
        .max();
    let (concentration, in_symbol) = most_in_one.unwrap_or_default();
    let count = |value: Option<u32>| value.map(Decimal::from);
    let stands_in = if in_symbol.is_empty() {
        "No symbol is held.".to_owned()
    } else {
        format!("{concentration} % of the equity stands in {in_symbol}, more than in any other.")
    };
    vec![
        limit_use(
            "maximum_exposure_percent",
            exposure,
            limits.maximum_exposure_percent,
            limits.warn_exposure_percent,
            format!("{exposure} % of the equity stands in positions and working entries."),
        ),
        limit_use(
            "maximum_open_positions",
            open,
            count(limits.maximum_open_positions),
            None,
            format!("{open} positions are open or being opened."),
        ),
        limit_use(
            "maximum_concentration_percent",
            concentration,
            limits.maximum_concentration_percent,
            limits.warn_concentration_percent,
            stands_in,
        ),
        limit_use(
            "maximum_daily_loss_percent",
            losses.loss_today_percent,
            limits.maximum_daily_loss_percent,
            None,
            format!("The account has lost {} USD since the last close.", losses.loss_today),
        ),
        limit_use(
            "maximum_drawdown_percent",
            losses.drawdown_percent,
            limits.maximum_drawdown_percent,
            None,
            format!("The account stands {} % below its highest.", losses.drawdown_percent),
        ),
        limit_use(
            "warn_straight_losses",
            Decimal::from(losses.straight_losses),
            None,
            count(limits.warn_straight_losses),
            format!("The account has {} losing trades in a row.", losses.straight_losses),
        ),
    ]
}

fn limit_use(
    limit: &str,
    value: Decimal,
    most: Option<Decimal>,
    warn: Option<Decimal>,
    sentence: String,
) -> LimitUseDto {
    let against = most.or(warn).filter(|against| !against.is_zero());
    let used = against.map(|against| round_to_cents(value * Decimal::ONE_HUNDRED / against));
    let is_reached = most.is_some_and(|most| value >= most);
    let is_warned = warn.is_some_and(|warn| value > warn);
    LimitUseDto {
        limit: limit.to_owned(),
        value: value.to_string(),
        most: text(most),
        warn: text(warn),
        used_percent: text(used),
        state: match (is_reached, is_warned) {
            (true, _) => "reached",
            (false, true) => "warned",
            (false, false) => "below",
        }
        .to_owned(),
        sentence,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_use_is_below_warned_or_reached() {
        let state = |value: i64| {
            let (most, warn) = (Some(Decimal::from(90)), Some(Decimal::from(75)));
            limit_use("maximum_exposure_percent", Decimal::from(value), most, warn, String::new())
                .state
        };
        assert_eq!([state(75), state(76), state(90)], ["below", "warned", "reached"]);
        let free = limit_use("maximum_open_positions", Decimal::TEN, None, None, String::new());
        assert_eq!((free.used_percent, free.state.as_str()), (None, "below"));
    }

    #[test]
    fn a_change_names_what_changed_and_from_what() {
        let row = |limits: AccountLimits| RiskLimitsRow {
            at: Timestamp::UNIX_EPOCH,
            changed_by: "window".into(),
            limits,
        };
        let first = AccountLimits { maximum_open_positions: Some(5), ..AccountLimits::default() };
        let second = AccountLimits { minimum_r: Some(Decimal::TWO), ..AccountLimits::default() };
        let told = changes(&[row(second), row(first)]);
        let words = |change: &LimitsChangeDto| -> Vec<String> {
            change
                .limits
                .iter()
                .map(|limit| format!("{} {:?} {:?}", limit.limit, limit.before, limit.after))
                .collect()
        };
        assert_eq!(
            words(&told[0]),
            ["maximum_open_positions Some(\"5\") None", "minimum_r None Some(\"2\")"]
        );
        assert_eq!(words(&told[1]), ["maximum_open_positions None Some(\"5\")"]);
    }
}
