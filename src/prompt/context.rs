//! What an execution knows, as the values of a template.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use minijinja::value::Value;
use rust_decimal::Decimal;

use super::hostile::{Fenced, word_or_fenced};
use super::number::Number;
use super::render::PromptError;
use crate::domain::records::{
    IndicatorLine, IndicatorTable, IndicatorValue, QuoteRecord, RiskParameters,
};
use crate::domain::{Bar, Instrument, Language, Timeframe, Trend};

/// Places of a value that is computed here.
const PLACES: u32 = 6;

/// The bars of one timeframe.
#[derive(Debug, Clone, Copy)]
pub struct TimeframeFacts<'a> {
    /// Length of a bar.
    pub timeframe: Timeframe,
    /// All bars with their dates at the exchange, oldest first.
    pub bars: &'a [(Date, Bar)],
    /// How many of the last bars the chart shows.
    pub bars_shown: usize,
}

/// An earlier reading of the same run.
#[derive(Debug, Clone, Copy)]
pub struct EarlierAnalysis<'a> {
    /// What it read.
    pub timeframe: Timeframe,
    /// The model's text.
    pub text: &'a str,
}

/// What an execution knows when it asks a model.
#[derive(Debug, Clone, Copy)]
pub struct PromptFacts<'a> {
    /// The contract.
    pub instrument: &'a Instrument,
    /// Its last price.
    pub quote: &'a QuoteRecord,
    /// Bars by timeframe.
    pub timeframes: &'a [TimeframeFacts<'a>],
    /// Indicators by timeframe, as step 3 recorded them.
    pub indicators: &'a [IndicatorTable],
    /// The limits of the strategy.
    pub risk: &'a RiskParameters,
    /// Name of the strategy.
    pub strategy_name: &'a str,
    /// What the strategy is for.
    pub strategy_description: &'a str,
    /// `observe`, `propose` or `auto`.
    pub autonomy: &'a str,
    /// What the strategy adds to each prompt, in a person's words; may be empty.
    pub instructions: &'a str,
    /// Shares that the strategy holds of the symbol; nothing where that is not known.
    pub held_quantity: Option<Decimal>,
    /// Direction by the 3-of-4 rule on the daily bars; nothing where it was not computed.
    pub trend: Option<Trend>,
    /// Engine time of the run.
    pub now: Timestamp,
    /// The prompt's language.
    pub language: Language,
    /// What this call reads; the consolidation reads from the daily bars.
    pub timeframe: Timeframe,
    /// Readings that were made before, in their order.
    pub analyses: &'a [EarlierAnalysis<'a>],
}

/// The values of a template.
#[derive(Debug, Clone)]
pub struct PromptContext {
    values: BTreeMap<&'static str, Value>,
}

impl PromptContext {
    /// Puts what an execution knows into the form that a template sees.
    ///
    /// # Errors
    /// [`PromptError::Incomplete`] if there are no bars of the timeframe.
    pub fn new(facts: &PromptFacts<'_>) -> Result<Self, PromptError> {
        let zone = TimeZone::get("America/New_York").unwrap_or(TimeZone::UTC);
        let instrument = facts.instrument;
        let mut values = BTreeMap::from([
            ("symbol", word_or_fenced(&instrument.symbol)),
            ("company_name", Fenced::name(&instrument.company_name).into_value()),
            ("exchange", word_or_fenced(&instrument.exchange)),
            ("currency", word_or_fenced(&instrument.currency)),
            ("tick_size", Number::value(instrument.tick_size)),
            ("current_price", Number::value(facts.quote.last)),
            ("price_time", Value::from(facts.quote.as_of.to_string())),
            ("price_age_seconds", Number::value(Decimal::from(facts.quote.age_seconds))),
            ("timeframe", Value::from(facts.timeframe.as_str())),
            ("language", Value::from(facts.language.as_str())),
            ("now", Value::from(facts.now.to_string())),
            ("today", Value::from(facts.now.to_zoned(zone).date().to_string())),
            ("strategy", strategy(facts)),
            ("risk", risk(facts.risk)),
        ]);
        for wanted in facts.timeframes {
            let table = facts.indicators.iter().find(|table| table.timeframe == wanted.timeframe);
            let Some(fields) = timeframe(wanted, table) else { continue };
            if wanted.timeframe == facts.timeframe {
                values.extend(fields.iter().map(|(name, value)| (*name, value.clone())));
                flatten(&mut values, table, wanted.bars);
            }
            let name = match wanted.timeframe {
                Timeframe::Daily => "daily",
                Timeframe::Weekly => "weekly",
            };
            values.insert(name, map(fields));
        }
        if !values.contains_key("close") {
            let what = format!("{} bars", facts.timeframe.label().to_lowercase());
            return Err(PromptError::Incomplete { what });
        }
        if !facts.instructions.trim().is_empty() {
            values.insert("instructions", Fenced::text(facts.instructions).into_value());
        }
        if let Some(held) = facts.held_quantity {
            values.insert("held_quantity", Number::value(held));
        }
        if let Some(trend) = facts.trend {
            values.insert("trend", Value::from(trend_name(trend)));
        }
        values.insert("previous_analyses", analyses(facts.analyses));
        for analysis in facts.analyses {
            let name = match analysis.timeframe {
                Timeframe::Daily => "analysis_daily",
                Timeframe::Weekly => "analysis_weekly",
            };
            values.insert(name, Fenced::text(analysis.text).into_value());
        }
        Ok(Self { values })
    }

    /// A value as it is rendered, shortened to 200 characters; nothing where there is none.
    pub fn shown(&self, name: &str) -> Option<String> {
        let value = self.values.get(name)?;
        let text = match value.len() {
            Some(length) if value.as_str().is_none() => format!("{length} items"),
            _ => value.to_string(),
        };
        Some(text.chars().take(200).collect())
    }

    pub(super) fn values(&self) -> Value {
        map(self.values.iter().map(|(name, value)| (*name, value.clone())))
    }
}

/// A value with fields. Collecting pairs would make a list of pairs.
fn map<K: Into<String>>(fields: impl IntoIterator<Item = (K, Value)>) -> Value {
    let fields: BTreeMap<String, Value> =
        fields.into_iter().map(|(name, value)| (name.into(), value)).collect();
    Value::from(fields)
}

fn strategy(facts: &PromptFacts<'_>) -> Value {
    map(vec![
        ("name", Fenced::name(facts.strategy_name).into_value()),
        ("description", Fenced::text(facts.strategy_description).into_value()),
        ("autonomy", word_or_fenced(facts.autonomy)),
    ])
}

fn risk(risk: &RiskParameters) -> Value {
    map(vec![
        ("risk_per_trade_percent", Number::value(risk.risk_per_trade_percent)),
        ("stop_atr_multiple", Number::value(risk.stop_atr_multiple)),
        ("target_atr_multiple", Number::value(risk.target_atr_multiple)),
        ("maximum_position_shares", Number::value(risk.maximum_position_shares)),
        ("maximum_position_percent", Number::value(risk.maximum_position_percent)),
        ("maximum_exposure_percent", Number::value(risk.maximum_exposure_percent)),
        ("maximum_open_positions", Number::value(Decimal::from(risk.maximum_open_positions))),
        ("minimum_r", Number::value(risk.minimum_r)),
    ])
}

fn timeframe(
    wanted: &TimeframeFacts<'_>,
    table: Option<&IndicatorTable>,
) -> Option<Vec<(&'static str, Value)>> {
    let ((date, bar), (first, _)) = (wanted.bars.last()?, wanted.bars.first()?);
    let indicators: Vec<&IndicatorValue> =
        table.iter().flat_map(|table| &table.indicators).collect();
    let by_id = map(indicators
        .iter()
        .map(|indicator| (indicator.indicator.id.clone(), described(indicator))));
    let list: Value = indicators.iter().map(|indicator| described(indicator)).collect();
    let shown = wanted.bars_shown.min(wanted.bars.len());
    Some(vec![
        ("timeframe", Value::from(wanted.timeframe.as_str())),
        ("bars", Number::value(Decimal::from(wanted.bars.len()))),
        ("bars_shown", Number::value(Decimal::from(shown))),
        ("bar_date", Value::from(date.to_string())),
        ("first_date", Value::from(first.to_string())),
        ("open", Number::value(bar.open)),
        ("high", Number::value(bar.high)),
        ("low", Number::value(bar.low)),
        ("close", Number::value(bar.close)),
        ("volume", Number::value(bar.volume)),
        ("indicators", by_id),
        ("indicator_list", list),
    ])
}

/// An indicator with its lines by name; what is warming up has no value.
fn described(indicator: &IndicatorValue) -> Value {
    let mut fields: BTreeMap<&str, Value> = BTreeMap::from([
        ("id", Value::from(indicator.indicator.id.as_str())),
        ("kind", Value::from(indicator.indicator.kind.as_str())),
        ("label", Value::from(indicator.label.as_str())),
        ("is_warm", Value::from(indicator.is_warm)),
    ]);
    if let Some(reading) = &indicator.reading {
        fields.insert("reading", Value::from(reading.as_str()));
    }
    let lines: Value = indicator.lines.iter().map(line).collect();
    fields.insert("lines", lines);
    if let Some(main) = main_line(&indicator.lines) {
        fields.extend(main.previous.map(|value| ("previous", Number::value(value))));
    }
    for line in &indicator.lines {
        // A line never takes the place of what describes the indicator.
        if let Some(value) = line.value {
            fields.entry(line.name.as_str()).or_insert_with(|| Number::value(value));
        }
    }
    map(fields)
}

fn line(line: &IndicatorLine) -> Value {
    let mut fields = vec![("name", Value::from(line.name.as_str()))];
    fields.extend(line.value.map(|value| ("value", Number::value(value))));
    fields.extend(line.previous.map(|value| ("previous", Number::value(value))));
    map(fields)
}

fn main_line(lines: &[IndicatorLine]) -> Option<&IndicatorLine> {
    lines.iter().find(|line| line.name == "value").or(lines.first())
}

/// The names that stand for one indicator whatever the strategy calls it.
fn flatten(
    values: &mut BTreeMap<&'static str, Value>,
    table: Option<&IndicatorTable>,
    bars: &[(Date, Bar)],
) {
    let Some(table) = table else { return };
    let find = |kind: &str, period: Option<&str>| {
        table.indicators.iter().find(|value| {
            let of_period = period.is_none_or(|period| {
                value.indicator.parameters.get("period").map(String::as_str) == Some(period)
            });
            value.indicator.kind == kind && of_period
        })
    };
    let value_of = |found: Option<&IndicatorValue>, name: &str| -> Option<Decimal> {
        found?.lines.iter().find(|line| line.name == name)?.value
    };
    for (name, kind, period) in [
        ("atr", "ATR", Some("14")),
        ("rsi", "RSI", Some("14")),
        ("ma20", "SMA", Some("20")),
        ("ma50", "SMA", Some("50")),
        ("ma200", "SMA", Some("200")),
    ] {
        // A moving average is the one of its period; of the others any will do.
        let is_average = kind == "SMA";
        let found = find(kind, period).or_else(|| (!is_average).then(|| find(kind, None))?);
        if let Some(value) = value_of(found, "value") {
            values.insert(name, Number::value(value));
        }
    }
    let macd = find("MACD", None);
    insert_with_lines(values, "macd", "value", macd, &["value", "signal", "histogram"]);
    let bands = find("BB", None);
    insert_with_lines(values, "bollinger", "middle", bands, &["upper", "middle", "lower"]);
    let supertrend = find("SUPERTREND", None);
    if let (Some(value), Some(direction)) =
        (value_of(supertrend, "value"), value_of(supertrend, "direction"))
    {
        let word = if direction > Decimal::ZERO { "up" } else { "down" };
        let fields = vec![
            ("value".to_owned(), Number::value(value)),
            ("direction".to_owned(), Value::from(word)),
        ];
        values.insert("supertrend", Number::with_fields(value, fields));
    }
    let atr = value_of(find("ATR", Some("14")).or_else(|| find("ATR", None)), "value");
    let close = bars.last().map(|(_, bar)| bar.close);
    if let (Some(atr), Some(close)) = (atr, close)
        && let Some(share) = atr.checked_div(close)
    {
        values.insert("volatility", Number::value(share.round_dp(PLACES).normalize()));
    }
}

/// An indicator of several lines, if it has them all.
fn insert_with_lines(
    values: &mut BTreeMap<&'static str, Value>,
    name: &'static str,
    main: &str,
    found: Option<&IndicatorValue>,
    lines: &[&str],
) {
    let Some(found) = found else { return };
    let value_of =
        |name: &str| found.lines.iter().find(|line| line.name == name).and_then(|line| line.value);
    let Some(value) = value_of(main) else { return };
    let fields: Vec<(String, Value)> = lines
        .iter()
        .filter_map(|line| Some(((*line).to_owned(), Number::value(value_of(line)?))))
        .collect();
    if fields.len() == lines.len() {
        values.insert(name, Number::with_fields(value, fields));
    }
}

fn analyses(analyses: &[EarlierAnalysis<'_>]) -> Value {
    analyses
        .iter()
        .map(|analysis| {
            map(vec![
                ("timeframe", Value::from(analysis.timeframe.as_str())),
                ("text", Fenced::text(analysis.text).into_value()),
            ])
        })
        .collect()
}

fn trend_name(trend: Trend) -> &'static str {
    match trend {
        Trend::StrongBullish => "strong_bullish",
        Trend::Bullish => "bullish",
        Trend::Neutral => "neutral",
        Trend::Bearish => "bearish",
        Trend::StrongBearish => "strong_bearish",
    }
}
