//! Replays in the terminal. They read beside an engine that may be running, and write nothing.

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use clap::Args;
use jiff::civil::Date;
use throughline::analyst::Analyst;
use throughline::analyst::rules::RuleAnalyst;
use throughline::api::dto::{ReplayDto, ReplayVerdict};
use throughline::api::{ApiError, ErrorCode, views};
use throughline::calendar::Calendar;
use throughline::rerun::{ReplayPeriod, ReplaySummary, replay as replay_one, replay_all};
use throughline::store::Store;

use crate::arguments::Json;
use crate::output::{self, BAD, BOLD, GOOD, MUTED, StepBar, WARN, styled};

/// Differing executions that are shown in full.
const MOST_SHOWN: usize = 100;

#[derive(Debug, Args)]
pub(crate) struct Replay {
    /// Id of the execution.
    #[arg(required_unless_present = "all", conflicts_with = "all")]
    execution: Option<String>,
    /// Every execution.
    #[arg(long)]
    all: bool,
    /// Of this day at the exchange or later, such as 2012-06-15.
    #[arg(long, value_name = "DATE", requires = "all")]
    from: Option<String>,
    /// Of this day at the exchange or earlier.
    #[arg(long, value_name = "DATE", requires = "all")]
    to: Option<String>,
    #[command(flatten)]
    json: Json,
}

pub(crate) async fn replay(data_dir: &Path, arguments: Replay) -> Result<ExitCode, ApiError> {
    let period = period(arguments.from.as_deref(), arguments.to.as_deref())?;
    let store = Store::open_read_only(data_dir).await?;
    let result = match &arguments.execution {
        Some(execution) => one(&store, execution, arguments.json.json).await,
        None => many(&store, period, arguments.json.json).await,
    };
    store.close().await;
    Ok(ExitCode::from(u8::from(!result?)))
}

async fn one(store: &Store, execution: &str, as_json: bool) -> Result<bool, ApiError> {
    let replayed = views::replayed(replay_one(store, &RuleAnalyst, execution).await?);
    if as_json {
        output::json(&replayed)?;
    } else {
        print(&replayed);
    }
    Ok(replayed.holds)
}

async fn many(store: &Store, period: ReplayPeriod, as_json: bool) -> Result<bool, ApiError> {
    let rules: Arc<dyn Analyst> = Arc::new(RuleAnalyst);
    let bar = StepBar::new();
    let mut differing = Vec::new();
    let mut done = 0;
    let summary = replay_all(store, &rules, period, |replayed, total| {
        done += 1;
        bar.show("replaying", done, total);
        if !replayed.holds() && differing.len() < MOST_SHOWN {
            differing.push(views::replayed(replayed.clone()));
        }
    })
    .await;
    bar.finish();
    let summary = summary?;
    let holds = summary.differing == 0;
    if as_json {
        output::json(&views::replays(summary, differing))?;
    } else {
        differing.iter().for_each(print);
        print_summary(&summary);
    }
    Ok(holds)
}

fn print(replayed: &ReplayDto) {
    let style = if replayed.holds { GOOD } else { BAD };
    output::line(format!(
        "{}  {}",
        styled(BOLD, &replayed.execution_id),
        styled(style, output::printable(&replayed.sentence))
    ));
    for step in &replayed.steps {
        let verdict = match step.verdict {
            ReplayVerdict::Same => styled(GOOD, "same bytes"),
            ReplayVerdict::SameInOlderForm => styled(GOOD, "same values"),
            ReplayVerdict::Differs => styled(BAD, "differs"),
            ReplayVerdict::AsRecorded => styled(MUTED, "as recorded"),
            ReplayVerdict::NotReplayable => styled(WARN, "not replayable"),
            ReplayVerdict::NotMade => styled(MUTED, "not made"),
        };
        let attempt = match step.attempt {
            1 => String::new(),
            several => format!(" ({several})"),
        };
        output::line(format!(
            "  {:>2} {:<26} {verdict}  {}",
            step.step_number,
            format!("{}{attempt}", step.step_name),
            styled(MUTED, output::printable(&step.detail))
        ));
        for difference in &step.differences {
            let side = |value: &Option<String>| {
                value.as_deref().map_or_else(|| "–".to_owned(), output::printable)
            };
            output::line(format!("       {} {}", difference.part, difference.path));
            output::line(format!("         recorded {}", side(&difference.recorded)));
            output::line(format!("         now      {}", side(&difference.replayed)));
        }
    }
}

fn print_summary(summary: &ReplaySummary) {
    let verdict = if summary.differing == 0 {
        styled(GOOD, "the same:")
    } else {
        styled(BAD, format!("{} differ:", summary.differing))
    };
    output::line(format!("{verdict} {} executions replayed", summary.executions));
    for (step, of_step) in &summary.steps {
        let counts: Vec<String> = of_step
            .iter()
            .map(|(verdict, count)| format!("{count} {}", verdict.replace('_', " ")))
            .collect();
        output::line(format!(
            "  {:>2} {:<22} {}",
            step.number(),
            step.as_str(),
            styled(MUTED, counts.join(", "))
        ));
    }
}

fn period(from: Option<&str>, to: Option<&str>) -> Result<ReplayPeriod, ApiError> {
    let from = from.map(day).transpose()?;
    let to = to.map(day).transpose()?;
    if from.zip(to).is_some_and(|(from, to)| to < from) {
        return Err(ApiError::new(ErrorCode::InvalidRequest, "the period ends before it begins"));
    }
    let until = to.map(|to| to.tomorrow().map_err(|_| no_day(&to.to_string()))).transpose()?;
    Ok(ReplayPeriod {
        from: from.map(midnight).transpose()?,
        until: until.map(midnight).transpose()?,
    })
}

/// A day at the exchange.
pub(crate) fn day(text: &str) -> Result<Date, ApiError> {
    text.parse().map_err(|_| no_day(text))
}

fn no_day(text: &str) -> ApiError {
    let shown: String = text.chars().take(40).collect();
    ApiError::new(ErrorCode::InvalidRequest, format!("\"{shown}\" is not a day"))
        .with_hint("write year, month and day, such as 2012-06-15")
}

fn midnight(day: Date) -> Result<jiff::Timestamp, ApiError> {
    let zone = Calendar::nyse().zone().clone();
    let begins = day.to_zoned(zone).map_err(|_| no_day(&day.to_string()))?;
    Ok(begins.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_period_is_whole_days_at_the_exchange() {
        let found = period(Some("2012-03-10"), Some("2012-03-11")).unwrap();
        // The clocks go forward on the second day, which has 23 hours.
        assert_eq!(found.from, Some("2012-03-10T00:00:00-05:00".parse().unwrap()));
        assert_eq!(found.until, Some("2012-03-12T00:00:00-04:00".parse().unwrap()));
        assert_eq!(period(None, None).unwrap(), ReplayPeriod::default());
        for (from, to) in [("2012-13-01", "2012-12-01"), ("yesterday", "2012-01-01")] {
            assert!(period(Some(from), Some(to)).is_err(), "{from}");
        }
        assert!(period(Some("2012-02-02"), Some("2012-02-01")).is_err());
    }
}
