//! Schedules in the terminal. A preview needs no data directory.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::ExitCode;

use clap::{Args, Subcommand};
use throughline::api::commands::{Empty, StrategySetActiveRequest};
use throughline::api::dto::{
    PlannedRunDto, SchedulePreviewRequest, SchedulesDto, SchedulesSetActiveRequest, StrategyDto,
};
use throughline::api::{ApiError, views};
use throughline::app::Reader;
use throughline::clock::{Clock, SystemClock};

use crate::act::Actor;
use crate::arguments::Json;
use crate::output::{self, ACCENT, BOLD, GOOD, MUTED, WARN, styled};
use crate::place::Place;

#[derive(Debug, Subcommand)]
pub(crate) enum ScheduleCommand {
    /// Show when a schedule would run, and why it would not where it falls out.
    Preview(Preview),
    /// List the schedules, what comes next, and what became of what came last.
    List {
        #[command(flatten)]
        json: Json,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Preview {
    /// Cron expression, such as "0 16 * * MON-FRI"; six fields begin with the second.
    #[arg(long, value_name = "EXPRESSION", required_unless_present = "at")]
    cron: Option<String>,
    /// Distance from the session, such as "15 minutes before close".
    #[arg(long, value_name = "WORDS", conflicts_with = "cron")]
    at: Option<String>,
    /// NYSE, NASDAQ, LSE, TSE, TSX, HKEX, XETRA or EURONEXT.
    #[arg(long, default_value = "NYSE")]
    exchange: String,
    /// Zone on whose clock the expression is read; the exchange's if left out.
    #[arg(long, value_name = "ZONE")]
    timezone: Option<String>,
    /// Runs while the exchange trades only.
    #[arg(long)]
    trading_only: bool,
    /// First instant that is looked at, such as 2026-03-06T00:00:00-05:00; now if left out.
    #[arg(long, value_name = "TIME")]
    from: Option<String>,
    /// How many planned times, 1 to 500.
    #[arg(long, value_name = "NUMBER", default_value_t = 20)]
    count: u32,
    #[command(flatten)]
    json: Json,
}

pub(crate) async fn schedule(
    data_dir: &Path,
    command: ScheduleCommand,
) -> Result<ExitCode, ApiError> {
    match command {
        ScheduleCommand::Preview(arguments) => preview(arguments),
        ScheduleCommand::List { json } => list(data_dir, json.json).await,
    }
}

fn preview(arguments: Preview) -> Result<ExitCode, ApiError> {
    let request = SchedulePreviewRequest {
        rule: arguments.cron.or(arguments.at).unwrap_or_default(),
        exchange: Some(arguments.exchange),
        time_zone: arguments.timezone,
        hours: arguments.trading_only.then(|| "trading".to_owned()),
        from: arguments.from,
        count: arguments.count,
    };
    let shown = views::schedule_preview(&request, SystemClock.now(), &BTreeMap::new())?;
    if arguments.json.json {
        output::json(&shown)?;
        return Ok(ExitCode::SUCCESS);
    }
    output::line(format!("{}  {}", styled(BOLD, &shown.rule), shown.words));
    output::line(styled(
        MUTED,
        format!("{} · {} ({})", shown.exchange_title, shown.time_zone, shown.exchange),
    ));
    for run in &shown.runs {
        output::line(row(run));
    }
    if let Some(ends) = &shown.ends {
        output::line(styled(WARN, format!("Here it ends: {ends}.")));
    }
    Ok(ExitCode::SUCCESS)
}

fn row(run: &PlannedRunDto) -> String {
    let state = if run.runs { styled(GOOD, "runs     ") } else { styled(MUTED, "falls out") };
    let mut notes: Vec<&str> = run.clock.iter().map(|mark| words(mark)).collect();
    if run.short_day {
        notes.push("the exchange closes early");
    }
    notes.extend(run.sentence.as_deref());
    format!("{}  {}  {state}  {}", run.utc, run.local, notes.join("; "))
}

/// A mark of [`PlannedRunDto::clock`] for people.
fn words(mark: &str) -> &'static str {
    match mark {
        "clocks_changed" => "the clocks changed since the time before",
        "time_skipped" => "its time of day is skipped on that day",
        "first_of_two" => "the first of two such times on that day",
        "second_of_two" => "the second of two such times on that day",
        _ => "the clock is out of the ordinary",
    }
}

async fn list(data_dir: &Path, as_json: bool) -> Result<ExitCode, ApiError> {
    let reader = Reader::open(data_dir).await?;
    let shown = views::schedules(&reader.store, reader.now).await?;
    if as_json {
        output::json(&shown)?;
        return Ok(ExitCode::SUCCESS);
    }
    for schedule in &shown.schedules {
        let state = match (&schedule.paused_because, schedule.active) {
            (_, true) => styled(GOOD, "active"),
            (Some(why), false) => styled(WARN, format!("paused: {}", output::printable(why))),
            (None, false) => styled(MUTED, "off"),
        };
        output::line(format!(
            "{} {:<20} {} · {} ({})  {state}",
            styled(BOLD, format!("{:<14}", schedule.strategy_id)),
            schedule.rule,
            schedule.words,
            schedule.time_zone,
            schedule.exchange
        ));
    }
    output::line(styled(ACCENT, "Next"));
    for next in &shown.next {
        let symbols = next.symbols.join(",");
        output::line(format!("  {:<14} {symbols:<10} {}", next.strategy_id, row(&next.planned)));
    }
    output::line(styled(ACCENT, "Last"));
    for last in &shown.last {
        let until = last.until.as_ref().map(|until| format!(" to {until}")).unwrap_or_default();
        let became = match (&last.execution_id, &last.cause, &last.sentence) {
            (Some(execution), _, _) => styled(GOOD, execution),
            (None, cause, sentence) => {
                let cause = cause.as_deref().unwrap_or("not run");
                let sentence = output::printable(sentence.as_deref().unwrap_or_default());
                styled(MUTED, format!("{cause}: {sentence}"))
            }
        };
        output::line(format!(
            "  {:<14} {:<10} {}{until}  {became}",
            last.strategy_id, last.symbol, last.planned_at
        ));
    }
    Ok(ExitCode::SUCCESS)
}

/// The same through the engine that is running.
async fn switched_elsewhere(
    elsewhere: &Actor,
    place: &Place,
    strategy: Option<&str>,
    active: bool,
) -> Result<Vec<String>, ApiError> {
    if let Some(id) = strategy {
        let request = StrategySetActiveRequest { strategy_id: id.to_owned(), active };
        let shown: StrategyDto = elsewhere.give(place, "strategy_set_active", request).await?;
        return Ok(vec![shown.id]);
    }
    let before = states(elsewhere.give(place, "schedules_list", Empty {}).await?);
    let request = SchedulesSetActiveRequest { active };
    let after = states(elsewhere.give(place, "schedules_set_active", request).await?);
    Ok(after
        .difference(&before)
        .filter(|(_, is)| *is == active)
        .map(|(id, _)| id.clone())
        .collect())
}

fn states(schedules: SchedulesDto) -> BTreeSet<(String, bool)> {
    schedules.schedules.into_iter().map(|each| (each.strategy_id, each.active)).collect()
}

/// Pauses a strategy or lets it go on; without a name, all.
pub(crate) async fn set_active(
    place: &Place,
    strategy: Option<&str>,
    active: bool,
) -> Result<ExitCode, ApiError> {
    let switched = match Actor::at(place).await? {
        Actor::Here(engine) => {
            let switched = match strategy {
                Some(id) => {
                    engine.set_strategy_active(id, active).await.map(|()| vec![id.to_owned()])
                }
                None => engine.set_all_active(active).await,
            };
            engine.close().await?;
            switched?
        }
        elsewhere @ Actor::Elsewhere(_) => {
            switched_elsewhere(&elsewhere, place, strategy, active).await?
        }
    };
    let state = if active { "goes on" } else { "is paused" };
    for id in &switched {
        output::line(format!("{} {state}.", output::printable(id)));
    }
    if switched.is_empty() {
        output::line(if active { "No schedule is paused." } else { "No schedule is on." });
    }
    Ok(ExitCode::SUCCESS)
}
