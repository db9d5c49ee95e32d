//! How a step did over a stretch of time.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use rust_decimal::Decimal;

use super::lineage::shown_step;
use super::signals::strategy_id;
use crate::api::dto::{StepErrorDto, StepStatisticsDto, StepStatisticsRequest};
use crate::api::{ApiError, ErrorCode};
use crate::store::{StepFailure, Store};

/// Most days that are looked back: ten years.
const MOST_DAYS: u32 = 3_650;

/// Causes that are named.
const MOST_CAUSES: usize = 10;

/// Statistics of a step; `now` is wall time, which is what was recorded.
pub async fn step_statistics(
    store: &Store,
    now: Timestamp,
    request: StepStatisticsRequest,
) -> Result<StepStatisticsDto, ApiError> {
    let StepStatisticsRequest { step_name, days, strategy_id: strategy } = request;
    let step = shown_step(&step_name)?;
    let strategy = strategy_id(strategy.as_deref())?;
    if !(1..=MOST_DAYS).contains(&days) {
        return Err(ApiError::new(
            ErrorCode::InvalidRequest,
            format!("statistics of {days} days are not made; ask for 1 to {MOST_DAYS}"),
        ));
    }
    let from = now.saturating_sub(SignedDuration::from_hours(24 * i64::from(days)));
    let from = from.unwrap_or(Timestamp::MIN);
    let figures = store.step_figures(step, from, strategy.as_ref()).await?;
    let failures = if figures.successes < figures.runs {
        store.step_failures(step, from, strategy.as_ref()).await?
    } else {
        Vec::new()
    };
    let rate = (figures.runs > 0).then(|| {
        let share = Decimal::from(figures.successes) * Decimal::ONE_HUNDRED;
        format!("{:.2}", share / Decimal::from(figures.runs))
    });
    Ok(StepStatisticsDto {
        step_name,
        step_number: step.number(),
        days,
        from: from.to_string(),
        runs: figures.runs,
        successes: figures.successes,
        skipped: figures.skipped,
        success_rate_percent: rate,
        mean_us: figures.mean_us,
        minimum_us: figures.minimum_us,
        maximum_us: figures.maximum_us,
        p50_us: figures.p50_us,
        p95_us: figures.p95_us,
        errors: by_cause(failures),
    })
}

/// Groups failures, which come newest first, by what caused them.
fn by_cause(failures: Vec<StepFailure>) -> Vec<StepErrorDto> {
    let mut groups: BTreeMap<String, StepErrorDto> = BTreeMap::new();
    for failure in failures {
        let cause = cause_of(&failure.error);
        let group = groups.entry(cause.clone()).or_insert_with(|| StepErrorDto {
            cause,
            count: 0,
            example: failure.error,
            execution_id: failure.execution_id,
            recorded_at: failure.recorded_at.to_string(),
        });
        group.count += 1;
    }
    let mut groups: Vec<StepErrorDto> = groups.into_values().collect();
    groups.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| b.recorded_at.cmp(&a.recorded_at)));
    groups.truncate(MOST_CAUSES);
    groups
}

/// What failures of one kind have in common: the last cause of the chain, without the numbers and the
/// quoted values of the single case.
fn cause_of(error: &str) -> String {
    let last = error.lines().rfind(|line| !line.trim().is_empty()).unwrap_or_default();
    let last = last.trim().trim_start_matches("caused by: ");
    let mut cause = String::with_capacity(last.len());
    let mut characters = last.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '"' => {
                // To the next quotation mark, or to the end where there is none.
                while characters.next().is_some_and(|next| next != '"') {}
                cause.push_str("\"…\"");
            }
            digit if digit.is_ascii_digit() => {
                while characters
                    .next_if(|next| next.is_ascii_digit() || matches!(next, '.' | ','))
                    .is_some()
                {}
                cause.push('#');
            }
            other => cause.push(other),
        }
    }
    cause
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cause_is_what_single_failures_have_in_common() {
        for (error, cause) in [
            ("the bars could not be read\ncaused by: HTTP 503 after 1.5 s", "HTTP # after # s"),
            ("no price of \"AAPL\" since 16:00", "no price of \"…\" since #:#"),
            ("an \"unfinished quotation", "an \"…\""),
            ("first\ncaused by: second\ncaused by: third\n", "third"),
            ("", ""),
        ] {
            assert_eq!(cause_of(error), cause, "{error:?}");
        }
    }

    #[test]
    fn the_commonest_cause_comes_first_with_its_newest_case() {
        let failure = |minute: i64, error: &str| StepFailure {
            execution_id: format!("e{minute}"),
            error: error.to_owned(),
            recorded_at: Timestamp::from_second(60 * minute).unwrap(),
        };
        let found = by_cause(vec![
            failure(9, "no quote for 30 s"),
            failure(8, "refused"),
            failure(7, "no quote for 12 s"),
            failure(6, "timed out"),
        ]);
        let shown: Vec<_> = found.iter().map(|group| (group.cause.as_str(), group.count)).collect();
        assert_eq!(shown, [("no quote for # s", 2), ("refused", 1), ("timed out", 1)]);
        assert_eq!(
            (found[0].execution_id.as_str(), found[0].example.as_str()),
            ("e9", "no quote for 30 s")
        );
        let many = (0..30).map(|at| failure(at, &"x".repeat(at as usize + 1))).collect();
        assert_eq!(by_cause(many).len(), MOST_CAUSES);
    }
}
