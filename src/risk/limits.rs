//! The strategy's limits and the account's, put together: the stricter one holds.

use rust_decimal::Decimal;

use crate::domain::records::{AccountLimits, LimitOwner, RiskParameters};

/// A limit, and whose it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Bound<T> {
    pub(super) value: T,
    pub(super) owner: LimitOwner,
}

/// The limits that hold for one entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Limits {
    pub(super) risk_per_trade_percent: Bound<Decimal>,
    pub(super) maximum_position_shares: Bound<Decimal>,
    pub(super) maximum_position_percent: Bound<Decimal>,
    pub(super) maximum_exposure_percent: Bound<Decimal>,
    pub(super) warn_exposure_percent: Bound<Decimal>,
    pub(super) maximum_open_positions: Bound<u32>,
    pub(super) minimum_r: Bound<Decimal>,
    pub(super) minimum_return_percent: Option<Bound<Decimal>>,
    pub(super) maximum_concentration_percent: Option<Bound<Decimal>>,
    pub(super) warn_concentration_percent: Option<Bound<Decimal>>,
}

impl Limits {
    pub(super) fn of(strategy: &RiskParameters, account: &AccountLimits) -> Self {
        Self {
            risk_per_trade_percent: least(
                strategy.risk_per_trade_percent,
                account.risk_per_trade_percent,
            ),
            maximum_position_shares: least(
                strategy.maximum_position_shares,
                account.maximum_position_shares,
            ),
            maximum_position_percent: least(
                strategy.maximum_position_percent,
                account.maximum_position_percent,
            ),
            maximum_exposure_percent: least(
                strategy.maximum_exposure_percent,
                account.maximum_exposure_percent,
            ),
            warn_exposure_percent: least(
                strategy.warn_exposure_percent,
                account.warn_exposure_percent,
            ),
            maximum_open_positions: least(
                strategy.maximum_open_positions,
                account.maximum_open_positions,
            ),
            minimum_r: greatest(strategy.minimum_r, account.minimum_r),
            minimum_return_percent: one_of(
                strategy.minimum_return_percent,
                account.minimum_return_percent,
                greatest,
            ),
            maximum_concentration_percent: one_of(
                strategy.maximum_concentration_percent,
                account.maximum_concentration_percent,
                least,
            ),
            warn_concentration_percent: one_of(
                strategy.warn_concentration_percent,
                account.warn_concentration_percent,
                least,
            ),
        }
    }
}

/// The smaller one; the strategy's own where both say the same.
fn least<T: PartialOrd>(strategy: T, account: Option<T>) -> Bound<T> {
    match account {
        Some(account) if account < strategy => Bound { value: account, owner: LimitOwner::Account },
        _ => Bound { value: strategy, owner: LimitOwner::Strategy },
    }
}

/// The larger one; the strategy's own where both say the same.
fn greatest<T: PartialOrd>(strategy: T, account: Option<T>) -> Bound<T> {
    match account {
        Some(account) if account > strategy => Bound { value: account, owner: LimitOwner::Account },
        _ => Bound { value: strategy, owner: LimitOwner::Strategy },
    }
}

fn one_of(
    strategy: Option<Decimal>,
    account: Option<Decimal>,
    stricter: fn(Decimal, Option<Decimal>) -> Bound<Decimal>,
) -> Option<Bound<Decimal>> {
    match (strategy, account) {
        (Some(strategy), account) => Some(stricter(strategy, account)),
        (None, Some(account)) => Some(Bound { value: account, owner: LimitOwner::Account }),
        (None, None) => None,
    }
}

/// Why a limit of the account cannot be set.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field} is {value}: {rule}")]
pub struct LimitError {
    /// Name of the limit, such as `maximum_exposure_percent`.
    pub field: &'static str,
    /// As asked for.
    pub value: String,
    /// What it may be.
    pub rule: &'static str,
}

/// Checks every limit that a person sets for the account. The first that cannot be is named.
pub fn check_account_limits(limits: &AccountLimits) -> Result<(), LimitError> {
    const PERCENT: &str = "use a number above 0 and up to 100, or nothing for no limit";
    let hundred = Decimal::ONE_HUNDRED;
    let amounts = [
        (
            "risk_per_trade_percent",
            limits.risk_per_trade_percent,
            Decimal::from(5),
            "use a number above 0 and up to 5: more than 5 % of the capital is not risked in one \
             trade",
        ),
        (
            "maximum_position_shares",
            limits.maximum_position_shares,
            Decimal::from(1_000_000),
            "use a number above 0 and up to 1000000, or nothing for no limit",
        ),
        ("maximum_position_percent", limits.maximum_position_percent, hundred, PERCENT),
        ("maximum_exposure_percent", limits.maximum_exposure_percent, hundred, PERCENT),
        ("warn_exposure_percent", limits.warn_exposure_percent, hundred, PERCENT),
        ("minimum_r", limits.minimum_r, hundred, PERCENT),
        ("minimum_return_percent", limits.minimum_return_percent, hundred, PERCENT),
        ("maximum_concentration_percent", limits.maximum_concentration_percent, hundred, PERCENT),
        ("warn_concentration_percent", limits.warn_concentration_percent, hundred, PERCENT),
        ("maximum_daily_loss_percent", limits.maximum_daily_loss_percent, hundred, PERCENT),
        ("maximum_drawdown_percent", limits.maximum_drawdown_percent, hundred, PERCENT),
    ];
    for (field, value, most, rule) in amounts {
        if let Some(value) = value
            && (value <= Decimal::ZERO || value > most)
        {
            return Err(LimitError { field, value: value.to_string(), rule });
        }
    }
    let counts = [
        ("maximum_open_positions", limits.maximum_open_positions),
        ("warn_straight_losses", limits.warn_straight_losses),
    ];
    for (field, value) in counts {
        if let Some(value) = value
            && !(1..=100).contains(&value)
        {
            let rule = "use 1 to 100, or nothing for no limit";
            return Err(LimitError { field, value: value.to_string(), rule });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::strategy::default_risk_parameters;

    #[test]
    fn the_stricter_limit_holds_and_says_whose_it_is() {
        let strategy = default_risk_parameters();
        let alone = Limits::of(&strategy, &AccountLimits::default());
        assert_eq!(alone.maximum_position_percent.owner, LimitOwner::Strategy);
        assert_eq!(alone.minimum_return_percent, None);
        let account = AccountLimits {
            maximum_position_percent: Some(Decimal::TEN),
            maximum_exposure_percent: Some(Decimal::from(95)),
            maximum_open_positions: Some(10),
            minimum_r: Some(Decimal::TWO),
            minimum_return_percent: Some(Decimal::from(4)),
            ..AccountLimits::default()
        };
        let both = Limits::of(&strategy, &account);
        let of = |bound: Bound<Decimal>| (bound.value, bound.owner);
        assert_eq!(of(both.maximum_position_percent), (Decimal::TEN, LimitOwner::Account));
        assert_eq!(of(both.maximum_exposure_percent), (Decimal::from(90), LimitOwner::Strategy));
        assert_eq!(both.maximum_open_positions.owner, LimitOwner::Strategy, "the same");
        assert_eq!(of(both.minimum_r), (Decimal::TWO, LimitOwner::Account));
        assert_eq!(
            both.minimum_return_percent.map(of),
            Some((Decimal::from(4), LimitOwner::Account))
        );
    }

    #[test]
    fn a_limit_that_cannot_be_is_named() {
        assert_eq!(check_account_limits(&AccountLimits::default()), Ok(()));
        let over = |change: fn(&mut AccountLimits)| {
            let mut limits = AccountLimits::default();
            change(&mut limits);
            check_account_limits(&limits).map_err(|error| error.field)
        };
        assert_eq!(over(|limits| limits.minimum_r = Some(Decimal::ONE)), Ok(()));
        assert_eq!(
            over(|limits| limits.risk_per_trade_percent = Some(Decimal::from(6))),
            Err("risk_per_trade_percent")
        );
        assert_eq!(
            over(|limits| limits.maximum_drawdown_percent = Some(Decimal::ZERO)),
            Err("maximum_drawdown_percent")
        );
        assert_eq!(
            over(|limits| limits.maximum_open_positions = Some(0)),
            Err("maximum_open_positions")
        );
    }
}
