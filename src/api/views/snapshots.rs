//! The account's value by day, and statistics over it.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::civil::Date;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive as _;

use super::pnl::{day, positions};
use super::truth::recorded_bars;
use crate::api::ApiError;
use crate::api::dto::{
    BenchmarkCloseDto, BenchmarkDto, DrawdownDto, PortfolioStatisticsDto,
    PortfolioStatisticsRequest, ReturnsDto, SnapshotDto, SnapshotsDto, SnapshotsListRequest,
};
use crate::calendar::Calendar;
use crate::executor::AccountBook;
use crate::portfolio::{
    DayValue, ReturnStatistics, against_benchmark, money_weighted_return, return_statistics,
    turnover,
};
use crate::store::{Page, SnapshotRow, Store};
use crate::strategy::StrategyDefinition;

/// Snapshots of a page (workflow.md C3.2).
const PAGE_SIZE: u32 = 30;

/// A page of the account's values, newest first.
pub async fn snapshots(
    store: &Store,
    request: SnapshotsListRequest,
) -> Result<SnapshotsDto, ApiError> {
    let (from, to) = (day(request.from.as_deref())?, day(request.to.as_deref())?);
    let offset = request.page.saturating_mul(PAGE_SIZE);
    // One more, to tell what the oldest of the page has changed by.
    let page = Page { offset, limit: PAGE_SIZE + 1 };
    let (rows, total) = store.snapshot_page(from, to, page).await?;
    let mut earlier = rows.iter().skip(1).map(|row| Some(row.net_liquidation)).collect::<Vec<_>>();
    if let Some(last) = rows.last().filter(|_| rows.len() <= PAGE_SIZE as usize) {
        let before = last.date.yesterday().ok();
        let before = match before {
            Some(before) => store.last_snapshot(Some(before)).await?,
            None => None,
        };
        earlier.push(before.map(|row| row.net_liquidation));
    }
    let shown = rows.iter().zip(earlier).take(PAGE_SIZE as usize);
    let snapshots: Result<Vec<SnapshotDto>, ApiError> =
        shown.map(|(row, earlier)| snapshot(row, earlier)).collect();
    Ok(SnapshotsDto {
        snapshots: snapshots?,
        total: u32::try_from(total).unwrap_or(u32::MAX),
        page: request.page,
        page_size: PAGE_SIZE,
    })
}

fn snapshot(row: &SnapshotRow, earlier: Option<Decimal>) -> Result<SnapshotDto, ApiError> {
    Ok(SnapshotDto {
        date: row.date.to_string(),
        at: row.at.to_string(),
        cash: row.cash.to_string(),
        positions_value: row.positions_value.to_string(),
        net_liquidation: row.net_liquidation.to_string(),
        change: earlier.map(|earlier| (row.net_liquidation - earlier).to_string()),
        realized_pnl: row.realized_pnl.to_string(),
        unrealized_pnl: row.unrealized_pnl.to_string(),
        positions: positions(row)?,
        is_rebuilt: row.is_rebuilt,
    })
}

/// Statistics over the account's value by day.
pub async fn portfolio_statistics(
    store: &Store,
    account: &AccountBook,
    request: PortfolioStatisticsRequest,
) -> Result<PortfolioStatisticsDto, ApiError> {
    let calendar = Calendar::nyse();
    let (from, to) = (day(request.from.as_deref())?, day(request.to.as_deref())?);
    let rows = store.snapshots(from, to).await?;
    let before = match from.and_then(|from| from.yesterday().ok()) {
        Some(before) => store.last_snapshot(Some(before)).await?,
        None => None,
    };
    let first_value = match (&before, rows.first()) {
        (Some(row), _) => Some((row.date, row.net_liquidation, row.positions_value)),
        // The opening stands on the day before the first close.
        (None, Some(first)) => {
            first.date.yesterday().ok().map(|day| (day, account.starting_cash(), Decimal::ZERO))
        }
        (None, None) => None,
    };
    let all = first_value
        .into_iter()
        .chain(rows.iter().map(|row| (row.date, row.net_liquidation, row.positions_value)));
    let values: Vec<DayValue> = all
        .filter_map(|(date, value, positions)| {
            Some(DayValue { date, value: value.to_f64()?, positions_value: positions.to_f64()? })
        })
        .collect();
    let benchmarks = symbols(store).await?;
    let wanted = request.benchmark.map(|symbol| symbol.trim().to_uppercase());
    let (benchmark, no_benchmark) = match wanted.filter(|symbol| !symbol.is_empty()) {
        None => (None, None),
        Some(symbol) => match benchmark(store, &symbol, &values).await? {
            Ok(found) => (Some(found), None),
            Err(why) => (None, Some(why)),
        },
    };
    let flows = flows(&values);
    Ok(PortfolioStatisticsDto {
        begin: before.map(|row| row.date.to_string()),
        end: rows.last().map(|row| row.date.to_string()),
        returns: return_statistics(&values).map(returns),
        turnover: traded(account, &calendar, &values).and_then(|it| turnover(it, &values[1..])),
        money_weighted_return: money_weighted_return(&flows),
        rebuilt_days: count(rows.iter().filter(|row| row.is_rebuilt).count()),
        benchmarks: benchmarks.into_iter().collect(),
        benchmark,
        no_benchmark,
    })
}

/// What was paid in and what it has become. Deposits and withdrawals are not told apart from
/// dividends by what IBKR reports, so that none is taken for one.
fn flows(values: &[DayValue]) -> Vec<(Date, f64)> {
    match values {
        [first, .., last] => vec![(first.date, -first.value), (last.date, last.value)],
        _ => Vec::new(),
    }
}

/// Bought and sold on the days after the first value, in USD; nothing without such a day.
fn traded(account: &AccountBook, calendar: &Calendar, values: &[DayValue]) -> Option<f64> {
    let (first, last) = (values.first()?.date, values.get(1..)?.last()?.date);
    let is_inside = |at: Timestamp| {
        let date = calendar.date_at(at);
        first < date && date <= last
    };
    let fills = account.booked_fills();
    let inside = fills.iter().filter(|fill| is_inside(fill.fill.at));
    inside.map(|fill| fill.fill.quantity * fill.fill.price).sum::<Decimal>().to_f64()
}

/// Symbols of all strategies: their executions record daily bars.
async fn symbols(store: &Store) -> Result<BTreeSet<String>, ApiError> {
    let mut symbols = BTreeSet::new();
    for row in store.strategies().await? {
        // A strategy that an older version wrote need not be readable by this one.
        if let Ok(definition) = row.version.toml.parse::<StrategyDefinition>() {
            symbols.extend(definition.symbols);
        }
    }
    Ok(symbols)
}

/// The account beside a symbol by its recorded closes, or why that cannot be.
async fn benchmark(
    store: &Store,
    symbol: &str,
    values: &[DayValue],
) -> Result<Result<BenchmarkDto, String>, ApiError> {
    let mut bars: BTreeMap<Date, Decimal> = BTreeMap::new();
    for row in store.strategies().await? {
        for (date, bar) in recorded_bars(store, &row.version.strategy_id, symbol).await? {
            bars.insert(date, bar.close);
        }
    }
    if bars.is_empty() {
        let shown: String = symbol.chars().take(20).collect();
        return Ok(Err(format!("No execution has recorded daily bars of {shown}.")));
    }
    let Some((first, days)) = values.split_first() else {
        return Ok(Err("There is no day to compare yet.".to_owned()));
    };
    // The value before the first day is beside the last close before that day.
    let at_first = bars.range(..=first.date).next_back().map(|(_, close)| *close);
    let closes: Option<Vec<Decimal>> = std::iter::once(at_first)
        .chain(days.iter().map(|day| bars.get(&day.date).copied()))
        .collect();
    let Some(closes) = closes else {
        let missing = days.iter().find(|day| !bars.contains_key(&day.date));
        let day = missing.map_or(first.date, |day| day.date);
        return Ok(Err(format!("There is no close of {symbol} on record for {day}.")));
    };
    let numbers: Vec<f64> = closes.iter().filter_map(Decimal::to_f64).collect();
    let Some(found) = against_benchmark(values, &numbers) else {
        return Ok(Err("There is no day to compare yet.".to_owned()));
    };
    let closes = values.iter().zip(closes).map(|(day, close)| BenchmarkCloseDto {
        date: day.date.to_string(),
        close: close.to_string(),
    });
    Ok(Ok(BenchmarkDto {
        symbol: symbol.to_owned(),
        total_return: found.total_return,
        excess_return: found.excess_return,
        beta: found.beta,
        alpha: found.alpha,
        closes: closes.collect(),
    }))
}

fn returns(found: ReturnStatistics) -> ReturnsDto {
    ReturnsDto {
        days: count(found.days),
        total_return: found.total_return,
        annual_return: found.annual_return,
        annual_volatility: found.annual_volatility,
        sharpe: found.sharpe,
        sortino: found.sortino,
        maximum_drawdown: found.maximum_drawdown.map(|fall| DrawdownDto {
            depth: fall.depth,
            peak: fall.peak.to_string(),
            trough: fall.trough.to_string(),
            recovered: fall.recovered.map(|date| date.to_string()),
        }),
        calmar: found.calmar,
        exposure: found.exposure,
        days_invested: found.days_invested,
    }
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
