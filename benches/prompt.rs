//! Rendering a prompt: reading the template, checking it, and filling it with what a run knows.
//!
//! The data are bars of a made-up walk with the indicators of the sample strategy in size: what is
//! timed hangs on how many values there are and not on what they say.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use jiff::civil::Date;
use rust_decimal::Decimal;
use throughline::domain::records::{
    IndicatorLine, IndicatorRecord, IndicatorTable, IndicatorValue, QuoteRecord,
};
use throughline::domain::{Availability, Bar, Conid, Instrument, Language, Timeframe, Trend};
use throughline::prompt::{
    EarlierAnalysis, PromptContext, PromptFacts, TimeframeFacts, render, shipped_by_id, validate,
};
use throughline::strategy::{StrategyDefinition, samples};

const BARS: i64 = 252;

fn bars() -> Vec<(Date, Bar)> {
    let first = jiff::civil::date(2011, 6, 15);
    (0..BARS)
        .filter_map(|day| {
            let date = first.checked_add(jiff::Span::new().days(day)).ok()?;
            let close = Decimal::new(57_000 + day * 37 % 911, 2);
            let at = jiff::Timestamp::from_second(1_308_148_200 + day * 86_400).ok()?;
            let range = Decimal::new(412, 2);
            Some((
                date,
                Bar {
                    at,
                    open: close,
                    high: close + range,
                    low: close - range,
                    close,
                    volume: Decimal::from(11_000_000 + day * 13),
                },
            ))
        })
        .collect()
}

fn table(timeframe: Timeframe, definition: &StrategyDefinition) -> IndicatorTable {
    let line = |name: &str| IndicatorLine {
        name: name.to_owned(),
        value: Some(Decimal::new(57_413_127, 5)),
        previous: Some(Decimal::new(57_398_772, 5)),
        recent: Vec::new(),
    };
    let indicators = definition
        .indicators
        .iter()
        .map(|wanted| IndicatorValue {
            indicator: IndicatorRecord { id: wanted.kind.to_lowercase(), ..wanted.clone() },
            label: wanted.kind.clone(),
            lines: ["value", "signal", "histogram"].map(line).to_vec(),
            reading: Some("the close is above it".to_owned()),
            warm_up_bars: 20,
            bars: 252,
            is_warm: true,
        })
        .collect();
    IndicatorTable { timeframe, as_of: "2012-06-15".to_owned(), indicators }
}

fn prompts(criterion: &mut Criterion) {
    let Some(sample) = samples::all().into_iter().next() else { return };
    let Ok(definition) = sample.toml.parse::<StrategyDefinition>() else { return };
    let instrument = Instrument {
        conid: Conid(265_598),
        symbol: "AAPL".to_owned(),
        company_name: "APPLE INC".to_owned(),
        exchange: "NASDAQ".to_owned(),
        currency: "USD".to_owned(),
        tick_size: Decimal::new(1, 2),
        tick_bands: Vec::new(),
    };
    let now = jiff::Timestamp::from_second(1_339_790_400).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    let quote = QuoteRecord {
        last: Decimal::new(57_413, 2),
        as_of: now,
        age_seconds: 0,
        source: "simulated exchange".to_owned(),
        availability: Availability::RealTime,
    };
    let bars = bars();
    let tables = [Timeframe::Daily, Timeframe::Weekly].map(|each| table(each, &definition));
    let reading = "A reading of some length. ".repeat(120);
    let facts = PromptFacts {
        instrument: &instrument,
        quote: &quote,
        timeframes: &[
            TimeframeFacts { timeframe: Timeframe::Daily, bars: &bars, bars_shown: 200 },
            TimeframeFacts { timeframe: Timeframe::Weekly, bars: &bars, bars_shown: 52 },
        ],
        indicators: &tables,
        risk: &definition.risk,
        strategy_name: &definition.name,
        strategy_description: &definition.description,
        autonomy: "auto",
        instructions: "",
        held_quantity: None,
        trend: Some(Trend::Bullish),
        now,
        language: Language::English,
        timeframe: Timeframe::Daily,
        analyses: &[
            EarlierAnalysis { timeframe: Timeframe::Daily, text: &reading },
            EarlierAnalysis { timeframe: Timeframe::Weekly, text: &reading },
        ],
    };
    let mut group = criterion.benchmark_group("prompt");
    for id in ["shipped-daily-en", "shipped-consolidation-zh"] {
        let Some(known) = shipped_by_id(id) else { continue };
        group.bench_function(id, |bencher| {
            bencher.iter(|| {
                let context = PromptContext::new(black_box(&facts));
                context.and_then(|context| render(black_box(known.text), &context))
            });
        });
        group.bench_function(format!("{id}, checked only"), |bencher| {
            bencher.iter(|| validate(black_box(known.text), known.prompt_type));
        });
    }
    group.finish();
}

criterion_group!(benches, prompts);
criterion_main!(benches);
