//! The tables `[[protections]]` of a strategy.

use rust_decimal::Decimal;
use serde::Deserialize;

use super::StrategyError;
use super::risk_text::{count, number};
use crate::domain::{Protection, ProtectionRule, Reach};

/// Most protections of one strategy.
const MOST: usize = 20;

/// A year.
const MOST_HOURS: u32 = 8_760;

/// One table as serde sees it, before any check.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ProtectionText {
    kind: String,
    reach: Option<String>,
    look_back_hours: Option<u32>,
    lock_hours: Option<u32>,
    stops: Option<u32>,
    losses: Option<u32>,
    minimum_trades: Option<u32>,
    minimum_return_percent: Option<String>,
    maximum_percent: Option<String>,
}

/// Checks every table.
pub(super) fn protections(texts: &[ProtectionText]) -> Result<Vec<Protection>, StrategyError> {
    if texts.len() > MOST {
        return Err(StrategyError::field("protections", texts.len(), "name at most 20"));
    }
    texts.iter().map(ProtectionText::read).collect()
}

impl ProtectionText {
    fn read(&self) -> Result<Protection, StrategyError> {
        let trades = || count("protections.minimum_trades", self.minimum_trades, 1);
        let rule = match self.kind.as_str() {
            "stop_loss_guard" => ProtectionRule::StopLossGuard {
                stops: named_count("protections.stops", self.stops)?,
            },
            "cool_down" => ProtectionRule::CoolDown,
            "low_profit" => ProtectionRule::LowProfit {
                minimum_return_percent: self.minimum_return()?,
                minimum_trades: trades()?,
            },
            "drawdown" => ProtectionRule::Drawdown {
                maximum_percent: self.maximum_percent()?,
                minimum_trades: trades()?,
            },
            "straight_losses" => ProtectionRule::StraightLosses {
                losses: named_count("protections.losses", self.losses)?,
            },
            other => {
                return Err(StrategyError::field(
                    "protections.kind",
                    other,
                    "use stop_loss_guard, cool_down, low_profit, drawdown or straight_losses",
                ));
            }
        };
        self.check_nothing_else(&rule)?;
        let is_cool_down = rule == ProtectionRule::CoolDown;
        let reach = match self.reach.as_deref() {
            Some(text) => text.parse().map_err(|_| {
                StrategyError::field("protections.reach", text, "use symbol, strategy or account")
            })?,
            None if is_cool_down => Reach::Symbol,
            None => Reach::Strategy,
        };
        let look_back_hours = if is_cool_down {
            None
        } else {
            Some(hours("protections.look_back_hours", self.look_back_hours)?)
        };
        let lock_hours = hours("protections.lock_hours", self.lock_hours)?;
        Ok(Protection { rule, reach, look_back_hours, lock_hours })
    }

    /// A parameter of another kind would be taken for one that holds.
    fn check_nothing_else(&self, rule: &ProtectionRule) -> Result<(), StrategyError> {
        let kind = rule.as_str();
        let over_trades =
            matches!(rule, ProtectionRule::LowProfit { .. } | ProtectionRule::Drawdown { .. });
        let given = [
            ("protections.stops", self.stops.is_some(), kind == "stop_loss_guard"),
            ("protections.losses", self.losses.is_some(), kind == "straight_losses"),
            ("protections.minimum_trades", self.minimum_trades.is_some(), over_trades),
            (
                "protections.minimum_return_percent",
                self.minimum_return_percent.is_some(),
                kind == "low_profit",
            ),
            ("protections.maximum_percent", self.maximum_percent.is_some(), kind == "drawdown"),
            (
                "protections.look_back_hours",
                self.look_back_hours.is_some(),
                *rule != ProtectionRule::CoolDown,
            ),
        ];
        match given.into_iter().find(|(_, is_given, belongs)| *is_given && !*belongs) {
            None => Ok(()),
            Some((field, _, _)) => Err(StrategyError::field(
                field,
                "given",
                format!("it says nothing for {kind}; leave it out"),
            )),
        }
    }

    fn minimum_return(&self) -> Result<Decimal, StrategyError> {
        let field = "protections.minimum_return_percent";
        let rule = "use a number from -100 to 100; entries lock when the returns add up to less";
        let text = self.minimum_return_percent.as_deref().unwrap_or_default();
        let value: Decimal =
            text.trim().parse().map_err(|_| StrategyError::field(field, text, rule))?;
        if value.abs() > Decimal::ONE_HUNDRED {
            return Err(StrategyError::field(field, text, rule));
        }
        Ok(value)
    }

    fn maximum_percent(&self) -> Result<Decimal, StrategyError> {
        number(
            "protections.maximum_percent",
            Some(self.maximum_percent.as_deref().unwrap_or_default()),
            Decimal::ONE,
            Decimal::ONE_HUNDRED,
            "use a number above 0 and up to 100",
        )
    }
}

fn named_count(field: &'static str, value: Option<u32>) -> Result<u32, StrategyError> {
    match value {
        Some(_) => count(field, value, 1),
        None => Err(StrategyError::field(field, "", "use 1 to 100")),
    }
}

fn hours(field: &'static str, value: Option<u32>) -> Result<u32, StrategyError> {
    let rule = "use 1 to 8760 hours, which is a year";
    match value {
        Some(hours @ 1..=MOST_HOURS) => Ok(hours),
        Some(hours) => Err(StrategyError::field(field, hours, rule)),
        None => Err(StrategyError::field(field, "", rule)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::strategy::{StrategyDefinition, samples};

    fn read(tables: &str) -> Result<Vec<Protection>, StrategyError> {
        let text = format!("{}\n{tables}", samples::all()[0].toml);
        text.parse::<StrategyDefinition>().map(|definition| definition.protections)
    }

    #[test]
    fn a_strategy_that_names_none_has_none() {
        assert_eq!(read("").unwrap(), Vec::new());
    }

    #[test]
    fn each_kind_is_read() {
        let read = read(
            "[[protections]]\nkind = \"stop_loss_guard\"\nreach = \"account\"\nstops = 3\n\
             look_back_hours = 240\nlock_hours = 48\n\
             [[protections]]\nkind = \"cool_down\"\nlock_hours = 24\n\
             [[protections]]\nkind = \"low_profit\"\nreach = \"symbol\"\n\
             minimum_return_percent = \"-2.5\"\nminimum_trades = 4\nlook_back_hours = 720\n\
             lock_hours = 168\n\
             [[protections]]\nkind = \"drawdown\"\nmaximum_percent = \"6\"\n\
             look_back_hours = 720\nlock_hours = 168\n\
             [[protections]]\nkind = \"straight_losses\"\nlosses = 4\nlook_back_hours = 720\n\
             lock_hours = 72\n",
        )
        .unwrap();
        let percent = |text: &str| text.parse().unwrap();
        let expected = [
            (ProtectionRule::StopLossGuard { stops: 3 }, Reach::Account, Some(240), 48),
            (ProtectionRule::CoolDown, Reach::Symbol, None, 24),
            (
                ProtectionRule::LowProfit {
                    minimum_return_percent: percent("-2.5"),
                    minimum_trades: 4,
                },
                Reach::Symbol,
                Some(720),
                168,
            ),
            (
                ProtectionRule::Drawdown { maximum_percent: percent("6"), minimum_trades: 1 },
                Reach::Strategy,
                Some(720),
                168,
            ),
            (ProtectionRule::StraightLosses { losses: 4 }, Reach::Strategy, Some(720), 72),
        ];
        let expected: Vec<Protection> = expected
            .into_iter()
            .map(|(rule, reach, look_back_hours, lock_hours)| Protection {
                rule,
                reach,
                look_back_hours,
                lock_hours,
            })
            .collect();
        assert_eq!(read, expected);
    }

    #[test]
    fn a5_2_a_bad_table_is_refused_with_the_field_that_is_wrong() {
        let cases = [
            ("kind = \"luck\"\nlock_hours = 1", "protections.kind is \"luck\""),
            ("kind = \"cool_down\"", "protections.lock_hours"),
            ("kind = \"cool_down\"\nlock_hours = 0", "protections.lock_hours is \"0\""),
            ("kind = \"cool_down\"\nlock_hours = 9000", "which is a year"),
            ("kind = \"cool_down\"\nlock_hours = 1\nstops = 2", "nothing for cool_down"),
            ("kind = \"cool_down\"\nlock_hours = 1\nlook_back_hours = 2", "look_back_hours"),
            (
                "kind = \"cool_down\"\nlock_hours = 1\nreach = \"moon\"",
                "symbol, strategy or account",
            ),
            (
                "kind = \"stop_loss_guard\"\nlook_back_hours = 2\nlock_hours = 1",
                "protections.stops",
            ),
            ("kind = \"straight_losses\"\nlosses = 3\nlock_hours = 1", "look_back_hours"),
            (
                "kind = \"low_profit\"\nlook_back_hours = 2\nlock_hours = 1",
                "protections.minimum_return_percent",
            ),
            (
                "kind = \"drawdown\"\nmaximum_percent = \"0\"\nlook_back_hours = 2\nlock_hours = 1",
                "protections.maximum_percent is \"0\"",
            ),
            ("kind = \"cool_down\"\nlock_hours = 1\nhourly = 3", "hourly"),
        ];
        for (table, expected) in cases {
            let said = read(&format!("[[protections]]\n{table}\n")).unwrap_err().to_string();
            assert!(said.contains(expected), "{table}: {said}");
        }
        let many = "[[protections]]\nkind = \"cool_down\"\nlock_hours = 1\n".repeat(21);
        assert!(read(&many).unwrap_err().to_string().contains("at most 20"));
    }
}
