//! Signals and how they did.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::exchange_time;
use super::lineage::names;
use crate::api::dto::{
    LeaderboardDto, LeaderboardGetRequest, PerformanceCompareRequest, PerformanceComparisonDto,
    PerformanceDto, PerformanceFilter, PerformanceGetRequest, PerformanceGroupDto,
    PerformanceKeyDto, SignalDto, SignalsListRequest, SignalsPageDto,
};
use crate::api::views::truth::{difference, numbers as numbers_dto};
use crate::api::{ApiError, ErrorCode};
use crate::domain::{ExecutionId, Leg, Signal, StrategyId};
use crate::performance::{Group, compare, group, leaderboard, numbers};
use crate::store::{Page, SignalFilter, Store};

/// Signals, newest first.
pub async fn signals(
    store: &Store,
    request: SignalsListRequest,
) -> Result<SignalsPageDto, ApiError> {
    if !(1..=500).contains(&request.limit) {
        return Err(invalid(format!(
            "{} signals cannot be listed; ask for 1 to 500",
            request.limit
        )));
    }
    let filter = SignalFilter {
        strategy_id: strategy_id(request.strategy_id.as_deref())?,
        symbol: request.symbol,
        action: request.action,
        status: request.status,
        outcome: request.outcome,
        model: request.model,
        prompt_id: request.prompt_id,
        prompt_version: request.prompt_version,
        from: instant(request.from.as_deref())?,
        until: instant(request.until.as_deref())?,
    };
    let page = Page { offset: request.offset, limit: request.limit };
    let found = store.signals(&filter, page).await?;
    let total = store.signal_count(&filter).await?;
    Ok(SignalsPageDto { signals: listed(store, found).await?, total, offset: request.offset })
}

/// The signal of an execution.
pub async fn signal(store: &Store, execution: &str) -> Result<SignalDto, ApiError> {
    let shown: String = execution.chars().take(64).collect();
    let missing = || {
        ApiError::new(ErrorCode::NotFound, format!("execution \"{shown}\" made no signal"))
            .with_hint("throughline signals shows those that there are")
    };
    let id = ExecutionId::new(execution).map_err(|_| missing())?;
    let found = store.signal(&id).await?.ok_or_else(missing)?;
    listed(store, vec![found]).await?.into_iter().next().ok_or_else(missing)
}

async fn listed(store: &Store, signals: Vec<Signal>) -> Result<Vec<SignalDto>, ApiError> {
    let names = names(store).await?;
    let working: BTreeMap<ExecutionId, String> = store
        .working_orders()
        .await?
        .into_iter()
        .filter(|order| order.leg == Leg::Entry)
        .map(|order| (order.execution_id, order.client_order_id.to_string()))
        .collect();
    let name = |id: &StrategyId| names.get(id).cloned().unwrap_or_else(|| id.to_string());
    Ok(signals
        .into_iter()
        .map(|signal| SignalDto {
            strategy_name: name(&signal.strategy_id),
            exchange_time: exchange_time(signal.generated_at),
            working_entry: working.get(&signal.execution_id).cloned(),
            signal,
        })
        .collect())
}

/// How signals did, by group and in all.
pub async fn performance(
    store: &Store,
    request: PerformanceGetRequest,
) -> Result<PerformanceDto, ApiError> {
    let signals = store.signals(&filter(request.of)?, Page::ALL).await?;
    let groups = if request.by.is_empty() { Vec::new() } else { group(&signals, &request.by) };
    Ok(PerformanceDto {
        groups: groups.into_iter().map(group_dto).collect(),
        total: numbers_dto(numbers(&signals)),
        by: request.by,
    })
}

/// Two sides beside each other.
pub async fn comparison(
    store: &Store,
    request: PerformanceCompareRequest,
) -> Result<PerformanceComparisonDto, ApiError> {
    let first = store.signals(&filter(request.first)?, Page::ALL).await?;
    let second = store.signals(&filter(request.second)?, Page::ALL).await?;
    let found = compare(&first, &second);
    Ok(PerformanceComparisonDto {
        first: numbers_dto(found.first),
        second: numbers_dto(found.second),
        win_rate: found.win_rate.map(difference),
        average_r: found.average_r.map(difference),
        is_enough: found.is_enough,
        sentence: found.sentence,
    })
}

/// Groups by their average R, best first.
pub async fn ranking(
    store: &Store,
    request: LeaderboardGetRequest,
) -> Result<LeaderboardDto, ApiError> {
    if request.by.is_empty() || request.minimum_outcomes == 0 {
        return Err(invalid(
            "a leaderboard needs something to group by and at least 1 closed trade a group",
        ));
    }
    let signals = store.signals(&filter(request.of)?, Page::ALL).await?;
    let board = leaderboard(group(&signals, &request.by), request.minimum_outcomes);
    Ok(LeaderboardDto {
        ranked: board.ranked.into_iter().map(group_dto).collect(),
        minimum_outcomes: request.minimum_outcomes,
        too_few: u32::try_from(board.too_few).unwrap_or(u32::MAX),
    })
}

fn filter(of: PerformanceFilter) -> Result<SignalFilter, ApiError> {
    Ok(SignalFilter {
        strategy_id: strategy_id(of.strategy_id.as_deref())?,
        symbol: of.symbol,
        model: of.model,
        prompt_id: of.prompt_id,
        prompt_version: of.prompt_version,
        from: instant(of.from.as_deref())?,
        until: instant(of.until.as_deref())?,
        ..SignalFilter::default()
    })
}

fn group_dto(group: Group) -> PerformanceGroupDto {
    let key = group.key;
    let words = [
        key.prompt.as_ref().map(|prompt| format!("{} v{}", prompt.name, prompt.version)),
        key.strategy_id.as_ref().map(ToString::to_string),
        key.model.clone(),
        key.day.map(|day| day.to_string()),
    ];
    let label: Vec<String> = words.into_iter().flatten().collect();
    PerformanceGroupDto {
        label: if label.is_empty() { "no prompt".to_owned() } else { label.join(" · ") },
        key: PerformanceKeyDto {
            prompt: key.prompt,
            strategy_id: key.strategy_id.map(String::from),
            model: key.model,
            day: key.day.map(|day| day.to_string()),
        },
        numbers: numbers_dto(group.numbers),
    }
}

pub(super) fn strategy_id(text: Option<&str>) -> Result<Option<StrategyId>, ApiError> {
    text.map(StrategyId::new).transpose().map_err(|error| invalid(error.to_string()))
}

pub(super) fn instant(text: Option<&str>) -> Result<Option<Timestamp>, ApiError> {
    text.map(|text| {
        text.parse().map_err(|_| {
            let shown: String = text.chars().take(40).collect();
            invalid(format!("\"{shown}\" is no instant"))
                .with_hint("write one such as 2012-06-15T16:00:00-04:00")
        })
    })
    .transpose()
}

pub(super) fn invalid(message: impl Into<String>) -> ApiError {
    ApiError::new(ErrorCode::InvalidRequest, message)
}
