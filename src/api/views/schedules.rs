use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::api::dto::{
    LastRunDto, NextRunDto, PlannedRunDto, ScheduleDto, SchedulePreviewDto, SchedulePreviewRequest,
    SchedulesDto, StrategyExportDto, StrategyValidationDto,
};
use crate::api::{ApiError, ErrorCode};
use crate::app::{checked_strategy, parse_instant};
use crate::calendar::{Calendar, CalendarError, Exchange};
use crate::schedule::{
    Hours, MissedRun, Overlap, PlannedRun, Rule, Schedule, ScheduleError, Verdict,
};
use crate::scheduler::{ToldDays, told_days};
use crate::store::{PausedBy, Store, StrategyRow};
use crate::strategy::{StrategyDefinition, StrategyError};

/// Planned times in the list of what comes next.
const NEXT: usize = 20;

/// Rows in the list of what came last.
const LAST: u32 = 100;

/// The planned times of a schedule that need not be anybody's. `now` is where it begins if the
/// request does not say; `told` is what the broker said of trading days.
pub fn schedule_preview(
    request: &SchedulePreviewRequest,
    now: Timestamp,
    told: &BTreeMap<Exchange, ToldDays>,
) -> Result<SchedulePreviewDto, ApiError> {
    let exchange = match &request.exchange {
        None => Exchange::Nyse,
        Some(name) => name.parse().map_err(|error: CalendarError| {
            ApiError::new(ErrorCode::InvalidRequest, error.to_string())
        })?,
    };
    let mut schedule =
        Schedule::new(Rule::parse(&request.rule)?, exchange, request.time_zone.as_deref())?;
    schedule.hours = match request.hours.as_deref() {
        None | Some("trading_day") => Hours::TradingDay,
        Some("trading") => Hours::Trading,
        Some(other) => {
            let shown: String = other.chars().take(40).collect();
            let message = format!("hours is \"{shown}\": use \"trading_day\" or \"trading\"");
            return Err(ApiError::new(ErrorCode::InvalidRequest, message));
        }
    };
    if let Some(told) = told.get(&exchange) {
        schedule.hear(&told.days);
    }
    let from = request.from.as_deref().map(parse_instant).transpose()?.unwrap_or(now);
    let preview = schedule.preview(from, request.count as usize)?;
    Ok(SchedulePreviewDto {
        rule: schedule.rule.text(),
        words: schedule.words(),
        exchange: exchange.to_string(),
        exchange_title: exchange.title().to_owned(),
        time_zone: schedule.time_zone().to_owned(),
        exchange_time_zone: exchange.zone_name().to_owned(),
        runs: preview.runs.iter().map(|run| planned(&schedule, run)).collect(),
        ends: preview.ends,
    })
}

fn planned(schedule: &Schedule, run: &PlannedRun) -> PlannedRunDto {
    let on = |zone: &TimeZone| {
        run.at.to_zoned(zone.clone()).strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
    };
    let falls_out = match &run.verdict {
        Verdict::Runs { .. } => None,
        Verdict::FallsOut(falls_out) => Some(falls_out),
    };
    PlannedRunDto {
        utc: run.at.to_string(),
        local: on(schedule.zone()),
        exchange: on(Calendar::of(schedule.exchange).zone()),
        runs: falls_out.is_none(),
        cause: falls_out.map(|falls_out| falls_out.cause().to_string()),
        sentence: falls_out.map(ToString::to_string),
        short_day: run.is_short_day(),
        clock: run.clock.iter().map(|mark| mark.as_str().to_owned()).collect(),
    }
}

/// Every schedule, what comes after `now`, and what became of what came last.
pub async fn schedules(store: &Store, now: Timestamp) -> Result<SchedulesDto, ApiError> {
    let pauses = store.schedule_pauses().await?;
    let told = told_days(store).await?;
    let mut listed = SchedulesDto {
        schedules: Vec::new(),
        next: Vec::new(),
        last: Vec::new(),
        disagreements: differences(&told, now),
    };
    let mut next: Vec<(Timestamp, NextRunDto)> = Vec::new();
    for row in store.strategies().await? {
        let definition: StrategyDefinition = row.version.toml.parse()?;
        let id = &row.version.strategy_id;
        for claim in store.schedule_claims(id, LAST).await? {
            listed.last.push(LastRunDto {
                strategy_id: id.to_string(),
                symbol: claim.symbol,
                planned_at: claim.planned_at.to_string(),
                until: None,
                execution_id: claim.execution_id.map(|id| id.to_string()),
                cause: claim.kind.map(|kind| kind.to_string()),
                sentence: claim.cause,
                attempt: claim.attempt,
            });
        }
        for gap in store.schedule_gaps(id, LAST).await? {
            listed.last.push(LastRunDto {
                strategy_id: id.to_string(),
                symbol: gap.symbol,
                planned_at: gap.since.to_string(),
                until: Some(gap.until.to_string()),
                execution_id: None,
                cause: Some(gap.kind.to_string()),
                sentence: Some(gap.cause),
                attempt: 1,
            });
        }
        let Some(mut schedule) = definition.schedule.clone() else { continue };
        if let Some(told) = told.get(&schedule.exchange) {
            schedule.hear(&told.days);
        }
        if row.active {
            let coming = schedule.preview(now, NEXT)?;
            next.extend(coming.runs.iter().map(|run| {
                let dto = NextRunDto {
                    strategy_id: id.to_string(),
                    symbols: definition.symbols.clone(),
                    planned: planned(&schedule, run),
                };
                (run.at, dto)
            }));
        }
        let pause = pauses.iter().find(|pause| pause.strategy_id == *id);
        listed.schedules.push(ScheduleDto {
            strategy_id: id.to_string(),
            strategy_name: definition.name.clone(),
            active: row.active,
            paused_since: pause.map(|pause| pause.since.to_string()),
            paused_because: pause.map(|pause| match pause.paused_by {
                PausedBy::Person => pause.sentence.clone(),
                PausedBy::Failures => format!("it paused itself: {}", pause.sentence),
            }),
            rule: schedule.rule.text(),
            words: schedule.words(),
            exchange: schedule.exchange.to_string(),
            time_zone: schedule.time_zone().to_owned(),
            hours: match schedule.hours {
                Hours::TradingDay => "trading_day".to_owned(),
                Hours::Trading => "trading".to_owned(),
            },
            missed: match schedule.policies.missed {
                MissedRun::Skip => "skip".to_owned(),
                MissedRun::RunOnce => "run_once".to_owned(),
            },
            grace_minutes: schedule.policies.grace.as_mins(),
            overlap: match schedule.policies.overlap {
                Overlap::Skip => "skip".to_owned(),
                Overlap::Queue => "queue".to_owned(),
                Overlap::CancelOlder => "cancel_older".to_owned(),
            },
            retries: schedule.policies.retries,
            pause_after_failures: schedule.policies.pause_after_failures,
        });
    }
    next.sort_by(|a, b| (a.0, &a.1.strategy_id).cmp(&(b.0, &b.1.strategy_id)));
    listed.next = next.into_iter().take(NEXT).map(|(_, dto)| dto).collect();
    // All are RFC 3339 UTC, which sorts as text within a second and otherwise by instant.
    let instant = |row: &LastRunDto| {
        let at = row.until.as_ref().unwrap_or(&row.planned_at);
        at.parse::<Timestamp>().unwrap_or(Timestamp::MIN)
    };
    listed.last.sort_by_key(|row| std::cmp::Reverse(instant(row)));
    listed.last.truncate(LAST as usize);
    Ok(listed)
}

/// Where the broker and the shipped calendar differ, from yesterday on, and what the broker told that
/// is of no use.
pub(super) fn differences(told: &BTreeMap<Exchange, ToldDays>, now: Timestamp) -> Vec<String> {
    let mut sentences = Vec::new();
    for (exchange, told) in told {
        sentences.extend(told.unused.clone());
        let yesterday = Calendar::of(*exchange).date_at(now).yesterday().unwrap_or_default();
        let found = told.disagreements(*exchange).into_iter();
        let coming = found.filter(|found| found.day.date >= yesterday);
        sentences.extend(coming.map(|found| found.sentence));
    }
    sentences
}

/// Whether a text is a strategy, and what is wrong if it is none.
pub fn strategy_validation(toml: &str) -> StrategyValidationDto {
    let field = match toml.parse::<StrategyDefinition>() {
        Err(StrategyError::Field { field, .. }) => Some(field.to_owned()),
        Err(StrategyError::Syntax { .. }) | Ok(_) => None,
    };
    match checked_strategy(toml) {
        Ok(definition) => StrategyValidationDto {
            valid: true,
            error: None,
            field: None,
            schedule_words: definition.schedule.as_ref().map(Schedule::words),
            name: Some(definition.name),
            symbols: definition.symbols,
        },
        Err(error) => StrategyValidationDto {
            valid: false,
            error: Some(error.message),
            field,
            name: None,
            symbols: Vec::new(),
            schedule_words: None,
        },
    }
}

/// A strategy as a file.
pub fn strategy_export(row: StrategyRow) -> StrategyExportDto {
    StrategyExportDto {
        file_name: format!("{}.toml", row.version.strategy_id),
        toml: row.version.toml,
    }
}

impl From<ScheduleError> for ApiError {
    fn from(error: ScheduleError) -> Self {
        Self::new(ErrorCode::InvalidRequest, error.to_string())
    }
}
