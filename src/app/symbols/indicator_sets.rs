//! Named sets of indicators: those of a person, and those that come with the program.

use std::collections::{BTreeMap, BTreeSet};

use super::super::Engine;
use super::watchlists::{checked_name, invalid, same};
use crate::api::dto::IndicatorChoiceDto;
use crate::api::{ApiError, ErrorCode};
use crate::domain::records::IndicatorRecord;
use crate::executor::Changed;
use crate::indicators::{IndicatorError, IndicatorKind, IndicatorSpec};
use crate::store::{IndicatorSetRow, SymbolChange};
use crate::strategy::{StrategyDefinition, samples};

/// Most sets of a person, and what is bounded in one.
const MOST_SETS: usize = 200;
const LONGEST_NAME: usize = 60;
const LONGEST_DESCRIPTION: usize = 300;
/// As many as a strategy takes.
const MOST_INDICATORS: usize = 40;

/// What the ids of shipped sets begin with.
const SHIPPED: &str = "shipped-";

/// A set that comes with the program.
#[derive(Debug, Clone)]
pub(crate) struct ShippedSet {
    pub(crate) id: &'static str,
    pub(crate) name: &'static str,
    pub(crate) description: &'static str,
    pub(crate) indicators: Vec<IndicatorRecord>,
}

/// Kind and the parameters that are not the usual ones.
type Chosen = (IndicatorKind, &'static [(&'static str, &'static str)]);

const TREND: &[Chosen] = &[
    (IndicatorKind::Ema, &[("period", "21")]),
    (IndicatorKind::Ema, &[("period", "55")]),
    (IndicatorKind::SuperTrend, &[]),
    (IndicatorKind::Ichimoku, &[]),
    (IndicatorKind::Adx, &[]),
    (IndicatorKind::Dmi, &[]),
    (IndicatorKind::Atr, &[]),
];
const MEAN_REVERSION: &[Chosen] = &[
    (IndicatorKind::BollingerBands, &[]),
    (IndicatorKind::PercentB, &[]),
    (IndicatorKind::Rsi, &[("period", "2"), ("overbought", "90"), ("oversold", "10")]),
    (IndicatorKind::Stochastic, &[]),
    (IndicatorKind::WilliamsR, &[]),
    (IndicatorKind::Sma, &[("period", "200")]),
    (IndicatorKind::Atr, &[]),
];
const VOLUME: &[Chosen] = &[
    (IndicatorKind::Volume, &[]),
    (IndicatorKind::Vwap, &[]),
    (IndicatorKind::Obv, &[]),
    (IndicatorKind::Mfi, &[]),
    (IndicatorKind::ChaikinMoneyFlow, &[]),
    (IndicatorKind::ChaikinOscillator, &[]),
    (IndicatorKind::Atr, &[]),
];

/// The sets that come with the program. The first is what the sample strategies compute.
pub(crate) fn shipped_sets() -> Result<Vec<ShippedSet>, ApiError> {
    let unusable = |error: &dyn std::error::Error| {
        ApiError::new(ErrorCode::Internal, format!("a shipped set cannot be read: {error}"))
    };
    let mut sets = Vec::new();
    if let Some(sample) = samples::all().into_iter().next() {
        let definition: StrategyDefinition = sample.toml.parse()?;
        sets.push(ShippedSet {
            id: "shipped-momentum",
            name: "Momentum",
            description: "What the sample strategies compute, with all that the 3-of-4 rule reads.",
            indicators: definition.indicators,
        });
    }
    let further = [
        ("shipped-trend", "Trend", "Which way the price goes, and how strongly.", TREND),
        (
            "shipped-mean-reversion",
            "Mean reversion",
            "How far the price is from its mean, with the long average beside it.",
            MEAN_REVERSION,
        ),
        ("shipped-volume", "Volume", "Whether the volume goes with the price.", VOLUME),
    ];
    for (id, name, description, chosen) in further {
        let indicators: Result<Vec<_>, IndicatorError> = chosen
            .iter()
            .map(|(kind, parameters)| {
                let parameters: BTreeMap<String, String> = parameters
                    .iter()
                    .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                    .collect();
                IndicatorSpec::new(*kind, &parameters).map(|spec| record(&spec))
            })
            .collect();
        let indicators = indicators.map_err(|error| unusable(&error))?;
        sets.push(ShippedSet { id, name, description, indicators });
    }
    Ok(sets)
}

fn record(spec: &IndicatorSpec) -> IndicatorRecord {
    IndicatorRecord {
        id: spec.id(),
        kind: spec.kind().as_str().to_owned(),
        parameters: spec.parameters(),
    }
}

/// Checks indicators as a person chose them; the first that is wrong is named.
pub(crate) fn chosen(
    indicators: &[IndicatorChoiceDto],
    most: usize,
) -> Result<Vec<IndicatorSpec>, ApiError> {
    if indicators.is_empty() || indicators.len() > most {
        return Err(invalid(format!("choose 1 to {most} indicators, not {}", indicators.len())));
    }
    let mut ids = BTreeSet::new();
    let mut specs = Vec::new();
    for choice in indicators {
        let spec = IndicatorKind::from_name(&choice.kind)
            .and_then(|kind| IndicatorSpec::new(kind, &choice.parameters))
            .map_err(|error| invalid(error.to_string()))?;
        if !ids.insert(spec.id()) {
            return Err(invalid(format!("{} is there twice", spec.label()))
                .with_hint("change its parameters, or take one away"));
        }
        specs.push(spec);
    }
    Ok(specs)
}

impl Engine {
    /// Makes a set of indicators, or replaces one of a person's.
    pub(crate) async fn save_indicator_set(
        &self,
        id: Option<String>,
        name: &str,
        description: &str,
        indicators: &[IndicatorChoiceDto],
    ) -> Result<(), ApiError> {
        let name = checked_name("set of indicators", name, LONGEST_NAME)?;
        let description = description.trim();
        if description.chars().count() > LONGEST_DESCRIPTION {
            return Err(invalid(format!(
                "the description has at most {LONGEST_DESCRIPTION} characters"
            )));
        }
        let records = chosen(indicators, MOST_INDICATORS)?.iter().map(record).collect();
        let sets = self.parts.store.indicator_sets().await?;
        let shipped = shipped_sets()?;
        let is_taken =
            sets.iter().any(|set| Some(&set.id) != id.as_ref() && same(&set.name, &name))
                || shipped.iter().any(|set| same(set.name, &name));
        if is_taken {
            return Err(invalid(format!("there is a set called {name} already"))
                .with_hint("give another name"));
        }
        let at = self.parts.clock.wall_now();
        let (id, created_at) = match id {
            Some(id) => {
                let kept = sets.iter().find(|set| set.id == id).ok_or_else(|| no_set(&id))?;
                (id, kept.created_at)
            }
            None if sets.len() >= MOST_SETS => {
                return Err(invalid(format!("there are {MOST_SETS} sets, which are the most"))
                    .with_hint("remove one of them"));
            }
            None => {
                let free = (1_u32..).map(|number| format!("set-{number}"));
                let is_taken = |id: &String| sets.iter().any(|set| set.id == *id);
                let id = free.take(MOST_SETS + 1).find(|id| !is_taken(id)).unwrap_or_default();
                (id, at)
            }
        };
        let row = IndicatorSetRow {
            id,
            name,
            description: description.to_owned(),
            indicators: records,
            created_at,
            updated_at: at,
        };
        self.change_symbols(vec![SymbolChange::IndicatorSet(row)]).await?;
        self.parts.changes.tell(Changed::Indicators);
        Ok(())
    }

    /// Removes a set of a person's. Strategies that took a copy keep it.
    pub(crate) async fn remove_indicator_set(&self, id: &str) -> Result<(), ApiError> {
        let sets = self.parts.store.indicator_sets().await?;
        if sets.iter().all(|set| set.id != id) {
            return Err(no_set(id));
        }
        self.change_symbols(vec![SymbolChange::IndicatorSetRemoved(id.to_owned())]).await?;
        self.parts.changes.tell(Changed::Indicators);
        Ok(())
    }
}

fn no_set(id: &str) -> ApiError {
    if id.starts_with(SHIPPED) {
        return ApiError::new(
            ErrorCode::InvalidRequest,
            format!("the set {id} is part of the program and stays as it is"),
        )
        .with_hint("save it under a name of your own");
    }
    let shown: String = id.chars().take(40).collect();
    ApiError::new(ErrorCode::NotFound, format!("there is no set of indicators \"{shown}\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shipped_set_can_be_computed_and_says_what_it_is() {
        let sets = shipped_sets().unwrap();
        assert_eq!(sets.len(), 4);
        for set in sets {
            assert!(set.id.starts_with(SHIPPED) && set.description.ends_with('.'));
            let choices: Vec<_> = set
                .indicators
                .into_iter()
                .map(|it| IndicatorChoiceDto { kind: it.kind, parameters: it.parameters })
                .collect();
            assert!(chosen(&choices, MOST_INDICATORS).unwrap().len() >= 7, "{}", set.id);
        }
    }

    #[test]
    fn the_same_indicator_twice_is_refused() {
        let sma = |period: &str| IndicatorChoiceDto {
            kind: "SMA".into(),
            parameters: [("period".to_owned(), period.to_owned())].into(),
        };
        assert_eq!(chosen(&[sma("20"), sma("50")], 40).unwrap().len(), 2);
        let error = chosen(&[sma("20"), sma("20.0")], 40).unwrap_err();
        assert_eq!(error.message, "SMA(20) is there twice");
        assert!(chosen(&[], 40).is_err());
        assert!(chosen(&[sma("0")], 40).unwrap_err().message.contains("give a whole number"));
    }
}
