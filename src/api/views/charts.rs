//! Recorded chart images, and the data behind them.

use jiff::Timestamp;

use super::exchange_time;
use super::lineage::names;
use super::recorded::{days, market_data, output, unreadable};
use super::signals::{instant, invalid, strategy_id};
use crate::api::dto::{
    ChartBarDto, ChartDataDto, ChartDataGetRequest, ChartImageDto, ChartIndicatorDto, ChartMarkDto,
    ChartMarkKind, ChartSeriesDto, ChartsListRequest, ChartsPageDto,
};
use crate::api::{ApiError, ErrorCode};
use crate::calendar::Calendar;
use crate::chart::ChartSeries;
use crate::domain::records::{GenerateChartsOutput, LoadStrategyOutput, StepName};
use crate::domain::{ExecutionId, OrderSide, Signal, SignalAction, SignalStatus};
use crate::executor::{chart_series, columns};
use crate::indicators::{IndicatorError, IndicatorKind, IndicatorSpec, compute};
use crate::store::{ChartFilter, ExecutionRow, FillRow, Page, SignalFilter, Store};

/// Chart images, newest first.
pub async fn charts(store: &Store, request: ChartsListRequest) -> Result<ChartsPageDto, ApiError> {
    if !(1..=100).contains(&request.limit) {
        return Err(invalid(format!(
            "the charts of {} executions cannot be listed; ask for 1 to 100",
            request.limit
        )));
    }
    let filter = ChartFilter {
        strategy_id: strategy_id(request.strategy_id.as_deref())?,
        symbol: request.symbol,
        from: instant(request.from.as_deref())?,
        until: instant(request.until.as_deref())?,
    };
    let page = Page { offset: request.offset, limit: request.limit };
    let names = names(store).await?;
    let mut charts = Vec::new();
    for id in store.executions_with_charts(&filter, page).await? {
        let drawn: Option<GenerateChartsOutput> =
            output(store, &id, StepName::GenerateCharts).await?;
        let (Some(drawn), Some(execution)) = (drawn, store.execution(&id).await?) else { continue };
        let strategy_name = names
            .get(&execution.strategy_id)
            .cloned()
            .unwrap_or_else(|| execution.strategy_id.to_string());
        for chart in drawn.charts {
            if request.timeframe.is_some_and(|timeframe| timeframe != chart.timeframe) {
                continue;
            }
            charts.push(ChartImageDto {
                execution_id: id.to_string(),
                strategy_id: execution.strategy_id.to_string(),
                strategy_name: strategy_name.clone(),
                symbol: execution.symbol.clone(),
                timeframe: chart.timeframe,
                as_of: execution.as_of.to_string(),
                exchange_time: exchange_time(execution.as_of),
                image: chart.image,
                width: chart.width,
                height: chart.height,
                bars_shown: u32::try_from(chart.bars_shown).unwrap_or(u32::MAX),
                first: chart.first,
                last: chart.last,
                panels: chart.panels,
            });
        }
    }
    let total_executions = store.chart_execution_count(&filter).await?;
    Ok(ChartsPageDto { charts, total_executions, offset: request.offset })
}

/// Exactly what an execution saw of one timeframe. The lines are computed again from the recorded
/// bars by the functions that computed them for the run.
pub async fn chart_data(
    store: &Store,
    request: ChartDataGetRequest,
) -> Result<ChartDataDto, ApiError> {
    let shown: String = request.execution_id.chars().take(64).collect();
    let missing = || {
        ApiError::new(
            ErrorCode::NotFound,
            format!("execution \"{shown}\" recorded no {} bars", request.timeframe.label()),
        )
    };
    let id = ExecutionId::new(request.execution_id.clone()).map_err(|_| missing())?;
    let execution = store.execution(&id).await?.ok_or_else(missing)?;
    let market = market_data(store, &id).await?.ok_or_else(missing)?;
    let record = market
        .timeframes
        .iter()
        .find(|record| record.timeframe == request.timeframe)
        .ok_or_else(missing)?;
    let bars = days(store, record).await?;
    let columns = columns(bars.iter().map(|(_, bar)| bar));
    let drawn: Option<GenerateChartsOutput> = output(store, &id, StepName::GenerateCharts).await?;
    let bars_shown = drawn
        .and_then(|drawn| drawn.charts.into_iter().find(|c| c.timeframe == request.timeframe))
        .map_or(bars.len(), |chart| chart.bars_shown);
    let loaded: Option<LoadStrategyOutput> = output(store, &id, StepName::LoadStrategy).await?;
    let uncomputable = |error: IndicatorError| {
        unreadable(format!("the lines of {id} cannot be computed again: {error}"))
    };
    let mut indicators = Vec::new();
    for wanted in loaded.map(|loaded| loaded.indicators).unwrap_or_default() {
        let kind = IndicatorKind::from_name(&wanted.kind).map_err(uncomputable)?;
        let spec = IndicatorSpec::new(kind, &wanted.parameters).map_err(uncomputable)?;
        let computed = compute(&spec, &columns).map_err(uncomputable)?;
        indicators.push(ChartIndicatorDto {
            id: wanted.id,
            label: spec.label(),
            lines: computed.lines.into_iter().map(|line| series(line.name, line.values)).collect(),
        });
    }
    Ok(ChartDataDto {
        execution_id: id.to_string(),
        strategy_id: execution.strategy_id.to_string(),
        symbol: execution.symbol.clone(),
        timeframe: request.timeframe,
        as_of: execution.as_of.to_string(),
        bars_shown: u32::try_from(bars_shown).unwrap_or(u32::MAX),
        series: panel_lines(chart_series(&columns).map_err(uncomputable)?),
        indicators,
        marks: marks(store, &execution).await?,
        bars: bars
            .into_iter()
            .map(|(date, bar)| ChartBarDto {
                date: date.to_string(),
                open: bar.open.to_string(),
                high: bar.high.to_string(),
                low: bar.low.to_string(),
                close: bar.close.to_string(),
                volume: bar.volume.to_string(),
            })
            .collect(),
        simulated: market.simulated,
        adjustment: market.adjustment,
        attribution: market.attribution,
    })
}

fn panel_lines(drawn: ChartSeries) -> Vec<ChartSeriesDto> {
    [
        ("sma_20", drawn.sma_20),
        ("sma_50", drawn.sma_50),
        ("sma_200", drawn.sma_200),
        ("bollinger_upper", drawn.bollinger_upper),
        ("bollinger_middle", drawn.bollinger_middle),
        ("bollinger_lower", drawn.bollinger_lower),
        ("supertrend", drawn.supertrend),
        ("supertrend_direction", drawn.supertrend_direction),
        ("macd", drawn.macd),
        ("macd_signal", drawn.macd_signal),
        ("macd_histogram", drawn.macd_histogram),
        ("rsi", drawn.rsi),
        ("obv", drawn.obv),
        ("atr", drawn.atr),
    ]
    .into_iter()
    .map(|(name, values)| series(name, values))
    .collect()
}

pub(super) fn series(name: &str, values: Vec<f64>) -> ChartSeriesDto {
    let known = |value: f64| value.is_finite().then_some(value);
    ChartSeriesDto { name: name.to_owned(), values: values.into_iter().map(known).collect() }
}

/// Signals, their levels and fills of the strategy in the symbol. What they say was fixed when they
/// were made, so that nothing that came after the run shows in a mark that is not `later`.
async fn marks(store: &Store, execution: &ExecutionRow) -> Result<Vec<ChartMarkDto>, ApiError> {
    let filter = SignalFilter {
        strategy_id: Some(execution.strategy_id.clone()),
        symbol: Some(execution.symbol.clone()),
        ..SignalFilter::default()
    };
    let mut marks: Vec<(Timestamp, ChartMarkDto)> = Vec::new();
    for signal in store.signals(&filter, Page::ALL).await? {
        if signal.action != SignalAction::Hold {
            signal_marks(&signal, execution.as_of, &mut marks);
        }
    }
    for fill in store.fills().await? {
        if fill.strategy_id == execution.strategy_id && fill.symbol == execution.symbol {
            marks.push((fill.fill.at, fill_mark(&fill, execution.as_of)));
        }
    }
    marks.sort_by_key(|(at, _)| *at);
    Ok(marks.into_iter().map(|(_, mark)| mark).collect())
}

fn signal_marks(signal: &Signal, as_of: Timestamp, marks: &mut Vec<(Timestamp, ChartMarkDto)>) {
    let at = signal.generated_at;
    let is_later = at > as_of;
    // A level holds until the trade is closed, or, without a trade, as long as the signal lives.
    let over = if signal.status == SignalStatus::Executed {
        signal.exit_at
    } else {
        Some(signal.expires_at)
    };
    let until = over.filter(|over| is_later || *over <= as_of);
    let levels = [
        (ChartMarkKind::Signal, Some(signal.entry_price.unwrap_or(signal.last_price))),
        (ChartMarkKind::Entry, signal.entry_price),
        (ChartMarkKind::Stop, signal.stop_price),
        (ChartMarkKind::Target, signal.target_price),
    ];
    let is_entry = signal.action == SignalAction::Buy;
    for (kind, price) in levels {
        let is_shown = is_entry || kind == ChartMarkKind::Signal;
        let Some(price) = price.filter(|_| is_shown) else { continue };
        let is_signal = kind == ChartMarkKind::Signal;
        marks.push((
            at,
            ChartMarkDto {
                kind,
                at: at.to_string(),
                date: date(at),
                until: until.filter(|_| !is_signal).map(|until| until.to_string()),
                price: price.to_string(),
                action: is_signal.then_some(signal.action),
                quantity: None,
                leg: None,
                execution_id: signal.execution_id.to_string(),
                is_later,
            },
        ));
    }
}

fn fill_mark(row: &FillRow, as_of: Timestamp) -> ChartMarkDto {
    let fill = &row.fill;
    ChartMarkDto {
        kind: ChartMarkKind::Fill,
        at: fill.at.to_string(),
        date: date(fill.at),
        until: None,
        price: fill.price.to_string(),
        action: Some(match fill.side {
            OrderSide::Buy => SignalAction::Buy,
            OrderSide::Sell => SignalAction::Sell,
        }),
        quantity: Some(fill.quantity.to_string()),
        leg: Some(row.leg.as_str().to_owned()),
        execution_id: row.execution_id.to_string(),
        is_later: fill.at > as_of,
    }
}

fn date(at: Timestamp) -> String {
    Calendar::nyse().date_at(at).to_string()
}
