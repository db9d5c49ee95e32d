use jiff::Timestamp;

use super::lineage::executions;
use crate::api::dto::StrategyDto;
use crate::api::{ApiError, ErrorCode};
use crate::executor::indicator_labels;
use crate::risk::protection_words;
use crate::schedule::{Schedule, Verdict};
use crate::store::{Store, StrategyRow};
use crate::strategy::{AnalystChoice, StrategyDefinition};

/// Executions shown with a strategy.
const RECENT: u32 = 5;

/// Every strategy. `now` is the instant after which the next run is looked for.
pub async fn strategies(store: &Store, now: Timestamp) -> Result<Vec<StrategyDto>, ApiError> {
    let mut listed = Vec::new();
    for row in store.strategies().await? {
        listed.push(strategy(store, row, now).await?);
    }
    Ok(listed)
}

/// One strategy.
pub async fn strategy(
    store: &Store,
    row: StrategyRow,
    now: Timestamp,
) -> Result<StrategyDto, ApiError> {
    let definition: StrategyDefinition = row.version.toml.parse()?;
    let indicators = indicator_labels(&definition)
        .map_err(|error| ApiError::new(ErrorCode::Internal, error.to_string()))?;
    let id = row.version.strategy_id.to_string();
    let schedule = definition.schedule.as_ref();
    Ok(StrategyDto {
        recent: executions(store, Some(&id), RECENT).await?,
        id,
        name: definition.name,
        description: definition.description,
        version: row.version.version,
        active: row.active,
        archived: row.archived_at.is_some(),
        symbols: definition.symbols,
        schedule: schedule.map(|schedule| schedule.rule.text()),
        schedule_words: schedule.map(Schedule::words),
        time_zone: schedule.map_or_else(String::new, |schedule| schedule.time_zone().to_owned()),
        next_run: schedule
            .filter(|_| row.active)
            .and_then(|schedule| next_run(schedule, now))
            .map(|at| at.to_string()),
        autonomy: definition.autonomy.as_str().to_owned(),
        analyst: match &definition.analyst {
            AnalystChoice::Rules => "Built-in rule analyst".to_owned(),
            AnalystChoice::Model(choice) => format!("{} ({})", choice.name, choice.language),
        },
        indicators,
        risk: definition.risk,
        protections: definition.protections.iter().map(protection_words).collect(),
        toml: row.version.toml,
    })
}

/// Planned times looked at for one on a trading day: a schedule may name holidays only.
const PLANNED_TIMES: usize = 30;

/// The next planned time that will be a run: on a holiday the plan is kept and nothing is run.
pub(super) fn next_run(schedule: &Schedule, now: Timestamp) -> Option<Timestamp> {
    let mut at = now;
    for _ in 0..PLANNED_TIMES {
        at = schedule.next_after(at).ok()??;
        if matches!(schedule.verdict(at), Verdict::Runs { .. }) {
            return Some(at);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::Exchange;
    use crate::schedule::Rule;

    #[test]
    fn a2_1_the_next_run_is_on_a_trading_day() {
        let nyse =
            |cron: &str| Schedule::new(Rule::parse(cron).unwrap(), Exchange::Nyse, None).unwrap();
        let schedule = nyse("0 16 * * MON-FRI");
        let new_years_eve: Timestamp = "2012-12-31T21:00:00Z".parse().unwrap();
        let next = next_run(&schedule, new_years_eve).unwrap();
        assert_eq!(next.to_string(), "2013-01-02T21:00:00Z");
        let christmas = nyse("0 16 25 12 *");
        assert_eq!(next_run(&christmas, new_years_eve), None, "it names holidays only");
    }
}
