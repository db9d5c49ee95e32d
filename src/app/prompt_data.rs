//! Real data to show a prompt with: those of a recorded execution, or the sandbox's prices on a
//! date, taken in by the same adapter and computed by the same functions as in a run.

use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;

use crate::analyst::rules;
use crate::api::{ApiError, ErrorCode};
use crate::broker::Broker as _;
use crate::broker::ibkr::{IbkrClient, InProcessTransport, QuestionPolicy};
use crate::calendar::Calendar;
use crate::clock::{Clock, SimulatedClock};
use crate::domain::records::{IndicatorTable, QuoteRecord, RiskParameters};
use crate::domain::{Bar, Environment, Instrument, Language, Timeframe, Trend};
use crate::executor::{dated, indicator_table, resolve_indicators};
use crate::market::MarketData as _;
use crate::prompt::{EarlierAnalysis, PromptContext, PromptFacts, TimeframeFacts};
use crate::rerun::FrozenInputs;
use crate::sandbox::{Sandbox, SandboxOptions, data};
use crate::store::Store;
use crate::strategy::{StrategyDefinition, confirm, samples};

/// Days that are looked back for a session, from a date on which there was none.
const LONGEST_CLOSURE: usize = 10;

/// What a prompt is shown with.
pub(crate) struct PromptData {
    /// Whose data it is, in words.
    pub(crate) label: String,
    /// What it lacks, in sentences.
    pub(crate) notes: Vec<String>,
    instrument: Instrument,
    quote: QuoteRecord,
    timeframes: Vec<TimeframeData>,
    tables: Vec<IndicatorTable>,
    risk: RiskParameters,
    strategy_name: String,
    strategy_description: String,
    autonomy: String,
    now: Timestamp,
    analyses: Vec<(Timeframe, String)>,
}

struct TimeframeData {
    timeframe: Timeframe,
    bars: Vec<(Date, Bar)>,
    bars_shown: usize,
}

impl PromptData {
    /// The values of a template that reads a timeframe.
    pub(crate) fn context(
        &self,
        timeframe: Timeframe,
        language: Language,
        consolidates: bool,
    ) -> Result<PromptContext, ApiError> {
        let timeframes: Vec<TimeframeFacts<'_>> = self
            .timeframes
            .iter()
            .map(|data| TimeframeFacts {
                timeframe: data.timeframe,
                bars: &data.bars,
                bars_shown: data.bars_shown,
            })
            .collect();
        // A reading sees those that were made before it.
        let analyses: Vec<EarlierAnalysis<'_>> = self
            .analyses
            .iter()
            .filter(|(made, _)| consolidates || *made < timeframe)
            .map(|(timeframe, text)| EarlierAnalysis { timeframe: *timeframe, text })
            .collect();
        PromptContext::new(&PromptFacts {
            instrument: &self.instrument,
            quote: &self.quote,
            timeframes: &timeframes,
            indicators: &self.tables,
            risk: &self.risk,
            strategy_name: &self.strategy_name,
            strategy_description: &self.strategy_description,
            autonomy: &self.autonomy,
            instructions: "",
            held_quantity: None,
            trend: self.trend(),
            now: self.now,
            language,
            timeframe,
            analyses: &analyses,
        })
        .map_err(|error| ApiError::new(ErrorCode::NotNow, error.to_string()))
    }

    fn trend(&self) -> Option<Trend> {
        let table = self.tables.iter().find(|table| table.timeframe == Timeframe::Daily)?;
        let daily = self.timeframes.iter().find(|data| data.timeframe == Timeframe::Daily)?;
        let close = daily.bars.last().map(|(_, bar)| bar.close)?;
        Some(rules::trend(&confirm(table, close)))
    }
}

/// The data of a recorded execution.
pub(crate) async fn of_execution(store: &Store, id: &str) -> Result<PromptData, ApiError> {
    let frozen = FrozenInputs::read(store, id).await?;
    let shown = |timeframe| {
        let chart = frozen.charts.iter().find(|chart| chart.timeframe == timeframe);
        chart.map(|chart| chart.bars_shown)
    };
    let timeframes = frozen
        .bars
        .iter()
        .map(|(timeframe, bars)| TimeframeData {
            timeframe: *timeframe,
            bars: bars.clone(),
            bars_shown: shown(*timeframe).unwrap_or(bars.len()),
        })
        .collect();
    let analyses = frozen
        .analysis
        .iter()
        .flat_map(|analysis| &analysis.calls)
        .filter(|call| call.model.is_some() && call.problems.is_empty());
    let analyses: Vec<(Timeframe, String)> = analyses
        .filter_map(|call| match call.purpose.as_str() {
            "daily" => Some((Timeframe::Daily, call.reply.clone())),
            "weekly" => Some((Timeframe::Weekly, call.reply.clone())),
            _ => None,
        })
        .collect();
    let FrozenInputs { execution, loaded, fetched, tables, .. } = frozen;
    let notes = if analyses.is_empty() {
        vec!["No model read the charts of this run, so that there are no earlier readings.".into()]
    } else {
        Vec::new()
    };
    Ok(PromptData {
        label: format!(
            "execution {}: {} as of {}",
            execution.id, execution.symbol, execution.as_of
        ),
        notes,
        instrument: fetched.instrument,
        quote: fetched.quote,
        timeframes,
        tables,
        risk: loaded.risk,
        strategy_name: loaded.name,
        strategy_description: loaded.description,
        autonomy: loaded.autonomy,
        now: loaded.as_of,
        analyses,
    })
}

/// The sandbox's prices of a symbol at the close of a date, as the sample strategy sees them. A
/// sandbox of its own is opened for it, so that no clock and no order is touched.
pub(crate) async fn of_sandbox(
    data_dir: &Path,
    symbol: &str,
    date: Option<&str>,
) -> Result<PromptData, ApiError> {
    let invalid = |message: String| ApiError::new(ErrorCode::InvalidRequest, message);
    let imported_prices = data::load_all(&data::prices_directory(data_dir))
        .map_err(|error| ApiError::new(ErrorCode::Storage, error.to_string()))?;
    let options =
        SandboxOptions { imported_prices, enforce_pacing: false, ..SandboxOptions::default() };
    let clock = Arc::new(SimulatedClock::starting_at(Timestamp::UNIX_EPOCH));
    let sandbox = Sandbox::open(options, Arc::clone(&clock))?;
    let (first, last) = sandbox.data_range();
    let calendar = Calendar::nyse();
    let date = match date {
        Some(text) => text.parse::<Date>().map_err(|_| {
            let shown: String = text.chars().take(40).collect();
            invalid(format!("\"{shown}\" is no date; write it such as 2012-06-15"))
        })?,
        None => calendar.date_at(last),
    };
    let close = session_close(&calendar, date)
        .filter(|close| *close > first && *close <= last)
        .ok_or_else(|| {
            let (from, to) = (calendar.date_at(first), calendar.date_at(last));
            invalid(format!("there are no prices on {date}; they reach from {from} to {to}"))
        })?;
    clock.advance_to(close);
    let transport = InProcessTransport::new(sandbox.router(), sandbox.order_hints());
    let shared = Arc::clone(&clock) as Arc<dyn Clock>;
    let client = IbkrClient::new(
        Arc::new(transport.with_clock(Arc::clone(&shared))),
        shared,
        QuestionPolicy::default(),
        Environment::Sandbox,
    );
    client.connect().await?;
    let broker_says =
        |error: crate::market::MarketError| ApiError::new(ErrorCode::NotFound, error.to_string());
    let instrument = client.find_stock(symbol).await.map_err(broker_says)?;
    let sample = samples::all()
        .into_iter()
        .next()
        .ok_or_else(|| ApiError::new(ErrorCode::Internal, "the program has no sample strategy"))?;
    let definition: StrategyDefinition = sample.toml.parse()?;
    let internal =
        |error: &dyn std::error::Error| ApiError::new(ErrorCode::Internal, error.to_string());
    let indicators = resolve_indicators(&definition).map_err(|error| internal(&error))?;
    let (mut timeframes, mut tables) = (Vec::new(), Vec::new());
    for wanted in &definition.timeframes {
        let bars = client
            .history(instrument.conid, wanted.timeframe, &wanted.period)
            .await
            .map_err(broker_says)?;
        let bars = dated(bars).map_err(|error| internal(&error))?;
        let table = indicator_table(wanted.timeframe, &bars, &indicators)
            .map_err(|error| ApiError::new(ErrorCode::NotNow, error.to_string()))?;
        tables.push(table);
        let (timeframe, bars_shown) = (wanted.timeframe, wanted.bars_shown);
        timeframes.push(TimeframeData { timeframe, bars, bars_shown });
    }
    let quote = client.quote(instrument.conid).await.map_err(broker_says)?;
    Ok(PromptData {
        label: format!(
            "{} at the close of {}, from the sandbox's prices, as the sample strategy sees them",
            instrument.symbol,
            calendar.date_at(close)
        ),
        notes: vec![
            "No model has read these charts, so that there are no earlier readings.".into(),
        ],
        quote: QuoteRecord {
            last: quote.last,
            as_of: quote.as_of,
            age_seconds: close.duration_since(quote.as_of).as_secs().max(0),
            source: "simulated exchange".to_owned(),
            availability: quote.availability,
        },
        instrument,
        timeframes,
        tables,
        risk: definition.risk,
        strategy_name: definition.name,
        strategy_description: definition.description,
        autonomy: definition.autonomy.as_str().to_owned(),
        now: close,
        analyses: Vec::new(),
    })
}

/// The close of a date's session, or of the last one before it.
fn session_close(calendar: &Calendar, date: Date) -> Option<Timestamp> {
    let mut date = date;
    for _ in 0..LONGEST_CLOSURE {
        if let Some(session) = calendar.session_on(date) {
            return Some(session.close);
        }
        date = date.yesterday().ok()?;
    }
    None
}
