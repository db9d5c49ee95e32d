//! The table `[risk]` of a strategy.

use rust_decimal::Decimal;
use serde::Deserialize;

use super::{AnalystChoice, StrategyError};
use crate::domain::records::RiskParameters;

/// Least return that the target of a language model's BUY must promise where its strategy names
/// none, in percent (`MIN_PROFIT_MARGIN` of workflow.md §2). The built-in rule sets its target by
/// the ATR alone, so that no such floor applies to it unless the strategy names one.
pub const MINIMUM_RETURN_OF_MODELS: Decimal = Decimal::from_parts(5, 0, 0, false, 0);

/// The limits that hold where a strategy of the rule analyst names none (workflow.md §2).
pub fn default_risk_parameters() -> RiskParameters {
    RiskParameters {
        risk_per_trade_percent: Decimal::ONE,
        stop_atr_multiple: Decimal::TWO,
        target_atr_multiple: Decimal::from(4),
        maximum_position_shares: Decimal::from(1000),
        maximum_position_percent: Decimal::from(20),
        maximum_exposure_percent: Decimal::from(90),
        warn_exposure_percent: Decimal::from(75),
        maximum_open_positions: 10,
        minimum_r: Decimal::ONE,
        minimum_return_percent: None,
        maximum_concentration_percent: None,
        warn_concentration_percent: Some(Decimal::from(20)),
        maximum_daily_loss_percent: None,
        maximum_drawdown_percent: None,
        warn_straight_losses: Some(3),
    }
}

/// The table as serde sees it, before any check.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RiskText {
    risk_per_trade_percent: Option<String>,
    stop_atr_multiple: Option<String>,
    target_atr_multiple: Option<String>,
    maximum_position_shares: Option<String>,
    maximum_position_percent: Option<String>,
    maximum_exposure_percent: Option<String>,
    warn_exposure_percent: Option<String>,
    maximum_open_positions: Option<u32>,
    minimum_r: Option<String>,
    minimum_return_percent: Option<String>,
    maximum_concentration_percent: Option<String>,
    warn_concentration_percent: Option<String>,
    maximum_daily_loss_percent: Option<String>,
    maximum_drawdown_percent: Option<String>,
    warn_straight_losses: Option<u32>,
}

const PERCENT_RULE: &str = "use a number above 0 and up to 100";

impl RiskText {
    /// Checks every limit; what is not named gets its default.
    pub(super) fn read(&self, analyst: &AnalystChoice) -> Result<RiskParameters, StrategyError> {
        let defaults = default_risk_parameters();
        Ok(RiskParameters {
            risk_per_trade_percent: number(
                "risk.risk_per_trade_percent",
                self.risk_per_trade_percent.as_deref(),
                defaults.risk_per_trade_percent,
                Decimal::from(5),
                "use a number above 0 and up to 5: more than 5 % of the capital is not risked in one trade",
            )?,
            stop_atr_multiple: number(
                "risk.stop_atr_multiple",
                self.stop_atr_multiple.as_deref(),
                defaults.stop_atr_multiple,
                Decimal::from(20),
                "use a number above 0 and up to 20",
            )?,
            target_atr_multiple: number(
                "risk.target_atr_multiple",
                self.target_atr_multiple.as_deref(),
                defaults.target_atr_multiple,
                Decimal::from(50),
                "use a number above 0 and up to 50",
            )?,
            maximum_position_shares: number(
                "risk.maximum_position_shares",
                self.maximum_position_shares.as_deref(),
                defaults.maximum_position_shares,
                Decimal::from(1_000_000),
                "use a number above 0 and up to 1000000",
            )?,
            maximum_position_percent: percent(
                "risk.maximum_position_percent",
                self.maximum_position_percent.as_deref(),
                defaults.maximum_position_percent,
            )?,
            maximum_exposure_percent: percent(
                "risk.maximum_exposure_percent",
                self.maximum_exposure_percent.as_deref(),
                defaults.maximum_exposure_percent,
            )?,
            warn_exposure_percent: percent(
                "risk.warn_exposure_percent",
                self.warn_exposure_percent.as_deref(),
                defaults.warn_exposure_percent,
            )?,
            maximum_open_positions: count(
                "risk.maximum_open_positions",
                self.maximum_open_positions,
                defaults.maximum_open_positions,
            )?,
            minimum_r: percent("risk.minimum_r", self.minimum_r.as_deref(), defaults.minimum_r)?,
            minimum_return_percent: self.minimum_return(analyst)?,
            maximum_concentration_percent: named_percent(
                "risk.maximum_concentration_percent",
                self.maximum_concentration_percent.as_deref(),
            )?,
            warn_concentration_percent: named_percent(
                "risk.warn_concentration_percent",
                self.warn_concentration_percent.as_deref(),
            )?
            .or(defaults.warn_concentration_percent),
            maximum_daily_loss_percent: named_percent(
                "risk.maximum_daily_loss_percent",
                self.maximum_daily_loss_percent.as_deref(),
            )?,
            maximum_drawdown_percent: named_percent(
                "risk.maximum_drawdown_percent",
                self.maximum_drawdown_percent.as_deref(),
            )?,
            warn_straight_losses: match self.warn_straight_losses {
                None => defaults.warn_straight_losses,
                Some(losses) => Some(count("risk.warn_straight_losses", Some(losses), losses)?),
            },
        })
    }

    /// Zero switches the floor off that a language model has by default.
    fn minimum_return(&self, analyst: &AnalystChoice) -> Result<Option<Decimal>, StrategyError> {
        let field = "risk.minimum_return_percent";
        match self.minimum_return_percent.as_deref().map(str::trim) {
            None => Ok(match analyst {
                AnalystChoice::Rules => None,
                AnalystChoice::Model(_) => Some(MINIMUM_RETURN_OF_MODELS),
            }),
            Some("0") => Ok(None),
            Some(text) => number(
                field,
                Some(text),
                Decimal::ONE,
                Decimal::ONE_HUNDRED,
                "use a number above 0 and up to 100, or 0 for no floor",
            )
            .map(Some),
        }
    }
}

fn percent(
    field: &'static str,
    text: Option<&str>,
    default: Decimal,
) -> Result<Decimal, StrategyError> {
    number(field, text, default, Decimal::ONE_HUNDRED, PERCENT_RULE)
}

/// A percentage that holds only where it is named.
fn named_percent(
    field: &'static str,
    text: Option<&str>,
) -> Result<Option<Decimal>, StrategyError> {
    text.map(|text| percent(field, Some(text), Decimal::ONE)).transpose()
}

pub(super) fn count(
    field: &'static str,
    value: Option<u32>,
    default: u32,
) -> Result<u32, StrategyError> {
    match value {
        None => Ok(default),
        Some(count @ 1..=100) => Ok(count),
        Some(count) => Err(StrategyError::field(field, count, "use 1 to 100")),
    }
}

pub(super) fn number(
    field: &'static str,
    text: Option<&str>,
    default: Decimal,
    maximum: Decimal,
    rule: &str,
) -> Result<Decimal, StrategyError> {
    let Some(text) = text else { return Ok(default) };
    let value: Decimal =
        text.trim().parse().map_err(|_| StrategyError::field(field, text, rule))?;
    if value <= Decimal::ZERO || value > maximum {
        return Err(StrategyError::field(field, text, rule));
    }
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::strategy::{StrategyDefinition, samples};

    fn with(line: &str) -> Result<RiskParameters, StrategyError> {
        let text = samples::all()[0].toml.replace("[risk]", &format!("[risk]\n{line}"));
        text.parse::<StrategyDefinition>().map(|definition| definition.risk)
    }

    #[test]
    fn what_a_strategy_does_not_name_has_the_defaults_of_the_rule() {
        assert_eq!(with("").unwrap(), default_risk_parameters());
    }

    #[test]
    fn a_model_needs_five_percent_unless_its_strategy_says_otherwise() {
        let model = |line: &str| {
            let text = samples::all()[0]
                .toml
                .replace("analyst = \"rules\"", "analyst = \"model\"")
                .replace("[risk]", &format!("[model]\nname = \"m\"\n\n[risk]\n{line}"));
            text.parse::<StrategyDefinition>().unwrap().risk.minimum_return_percent
        };
        assert_eq!(model(""), Some(Decimal::from(5)));
        assert_eq!(model("minimum_return_percent = \"0\""), None);
        assert_eq!(model("minimum_return_percent = \"2.5\""), Some("2.5".parse().unwrap()));
    }

    #[test]
    fn a5_2_each_named_limit_is_taken_and_a_bad_one_is_named() {
        let taken = with(
            "maximum_concentration_percent = \"30\"\nwarn_concentration_percent = \"25\"\n\
             maximum_daily_loss_percent = \"2\"\nmaximum_drawdown_percent = \"15\"\n\
             warn_straight_losses = 4\nminimum_return_percent = \"3\"",
        )
        .unwrap();
        assert_eq!(taken.maximum_concentration_percent, Some(Decimal::from(30)));
        assert_eq!(taken.warn_concentration_percent, Some(Decimal::from(25)));
        assert_eq!(taken.maximum_daily_loss_percent, Some(Decimal::from(2)));
        assert_eq!(taken.maximum_drawdown_percent, Some(Decimal::from(15)));
        assert_eq!(taken.warn_straight_losses, Some(4));
        assert_eq!(taken.minimum_return_percent, Some(Decimal::from(3)));
        let cases = [
            ("maximum_concentration_percent = \"101\"", "risk.maximum_concentration_percent"),
            ("maximum_daily_loss_percent = \"0\"", "risk.maximum_daily_loss_percent"),
            ("maximum_drawdown_percent = \"-1\"", "risk.maximum_drawdown_percent"),
            ("warn_straight_losses = 0", "risk.warn_straight_losses"),
            ("minimum_return_percent = \"much\"", "risk.minimum_return_percent"),
        ];
        for (line, field) in cases {
            let said = with(line).unwrap_err().to_string();
            assert!(said.starts_with(field), "{line}: {said}");
        }
    }
}
