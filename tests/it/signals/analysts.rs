//! Analysts that stand in for a language model. They are fakes, for tests alone.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use jiff::civil::Date;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use throughline::analyst::{Analysis, AnalysisRequest, Analyst, AnalystError};
use throughline::app::{Engine, EngineOptions, parse_instant};
use throughline::domain::records::{AnalysisCall, AnalystRecord, SignalProposal};
use throughline::domain::{Bar, SignalAction, StrategyId, Timeframe, Trend};
use throughline::performance::{BracketPrices, bracket_r};
use throughline::sandbox::data::bundled_series;
use throughline::store::{Change, Durability, StrategyVersionRow};
use throughline::strategy::samples;

/// Decides to buy by a function of the symbol, the date of the last bar, the price and ATR(14).
pub(super) struct Fake<F> {
    pub(super) name: &'static str,
    /// Of the entry, below the last price.
    pub(super) discount: Decimal,
    pub(super) buys: F,
}

#[async_trait]
impl<F: Fn(&str, Date, f64, f64) -> bool + Send + Sync> Analyst for Fake<F> {
    fn describe(&self) -> AnalystRecord {
        AnalystRecord {
            kind: "model".to_owned(),
            name: self.name.to_owned(),
            is_language_model: false,
            language: None,
            prompts: Vec::new(),
        }
    }

    async fn analyse(&self, request: &AnalysisRequest<'_>) -> Result<Analysis, AnalystError> {
        let table = request.tables.iter().find(|t| t.timeframe == Timeframe::Daily).unwrap();
        let values = table.indicators.iter().find(|value| value.indicator.id == "atr_14");
        let atr = values.and_then(|value| value.lines[0].value).unwrap();
        let date: Date = table.as_of.parse().unwrap();
        let last = request.last_price;
        let (price, range) = (last.to_f64().unwrap(), atr.to_f64().unwrap());
        let mut proposal = SignalProposal::hold("the fake holds");
        if (self.buys)(request.symbol, date, price, range) {
            let entry = last * (Decimal::ONE - self.discount);
            proposal.action = SignalAction::Buy;
            proposal.trend = Trend::Bullish;
            proposal.entry_price = Some(entry);
            proposal.stop_price = Some(entry - request.stop_atr_multiple * atr);
            proposal.target_conservative = Some(entry + atr);
            proposal.target_aggressive = Some(entry + Decimal::TWO * atr);
        }
        proposal.confidence = Decimal::new(75, 2);
        let mut call = AnalysisCall::computed("consolidation", proposal.reason.clone());
        (call.model, call.cost) = (Some(self.name.to_owned()), Decimal::new(2, 2));
        Ok(Analysis { calls: vec![call], proposal, failure: None, texts: Vec::new() })
    }
}

/// By lot, about one time in two.
pub(super) fn by_lot(seed: u64) -> Arc<dyn Analyst> {
    let buys = move |symbol: &str, date: Date, _: f64, _: f64| {
        blake3::hash(format!("{seed}|{symbol}|{date}").as_bytes()).as_bytes()[0] < 128
    };
    Arc::new(Fake { name: "lot", discount: Decimal::ZERO, buys })
}

/// Knows the bars to come, and buys where the target is reached before the stop.
pub(super) fn peeking() -> Arc<dyn Analyst> {
    let mut future: BTreeMap<String, Vec<(Date, Bar)>> = BTreeMap::new();
    for series in bundled_series().unwrap() {
        let days = series.days.iter().map(|day| {
            // As the simulated exchange trades them: adjusted for splits and dividends.
            let factor = day.adjusted_close.unwrap_or(day.close) / day.close;
            let bar = Bar {
                at: jiff::Timestamp::UNIX_EPOCH,
                open: day.open * factor,
                high: day.high * factor,
                low: day.low * factor,
                close: day.close * factor,
                volume: Decimal::from(day.volume),
            };
            (day.date, bar)
        });
        future.insert(series.symbol.clone(), days.collect());
    }
    let buys = move |symbol: &str, date: Date, price: f64, atr: f64| {
        let days = &future[symbol];
        let after: Vec<Bar> = days
            .iter()
            .filter(|(day, _)| *day > date)
            .map(|(_, bar)| bar.clone())
            .take(60)
            .collect();
        let prices = BracketPrices { entry: price, stop: price - atr, target: price + 1.5 * atr };
        bracket_r(&after, prices).is_some_and(|r| r > 0.0)
    };
    Arc::new(Fake { name: "peeking", discount: Decimal::ZERO, buys })
}

/// A sandbox with nothing but one strategy `quick`: four symbols, a near stop and a near target.
pub(super) async fn quick(directory: &Path, from: &str, analyst: Arc<dyn Analyst>) -> Arc<Engine> {
    let engine = Engine::open(EngineOptions {
        data_dir: directory.to_path_buf(),
        start_at: Some(parse_instant(from).unwrap()),
        analyst: Some(analyst),
        ..EngineOptions::default()
    })
    .await
    .unwrap();
    let sample = &samples::all()[0].toml;
    let symbols = sample.lines().find(|line| line.starts_with("symbols")).unwrap();
    let toml = sample
        .replace(symbols, r#"symbols = ["AAPL", "GOOG", "IBM", "MSFT"]"#)
        .replace("stop_atr_multiple = \"2\"", "stop_atr_multiple = \"1\"")
        .replace("target_atr_multiple = \"4\"", "target_atr_multiple = \"1.5\"");
    let id = StrategyId::new("quick").unwrap();
    let row = StrategyVersionRow {
        strategy_id: id.clone(),
        name: "Quick".into(),
        version: 1,
        hash: blake3::hash(toml.as_bytes()).to_hex().to_string(),
        toml,
        created_at: engine.now(),
    };
    let changes = vec![
        Change::StrategyVersion(row),
        Change::StrategyActive { strategy_id: id, active: false },
    ];
    engine.store().commit(changes, Durability::Full).await.unwrap();
    for strategy in engine.store().strategies().await.unwrap() {
        let id = strategy.version.strategy_id.as_str().to_owned();
        engine.set_strategy_active(&id, id == "quick").await.unwrap();
    }
    engine
}
