//! The seven-panel chart at 1280×960, from ready indicators to PNG bytes.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use throughline::chart::{ChartBar, ChartRequest, ChartSeries, render};
use throughline::domain::Timeframe;

#[path = "../src/chart/tests/sample.rs"]
#[expect(clippy::unwrap_used, reason = "the sample is committed; a damaged one must stop the run")]
mod sample;

fn chart(criterion: &mut Criterion) {
    for (name, bars, timeframe, bars_shown) in [
        ("chart/daily_200_bars", sample::daily(), Timeframe::Daily, 200),
        ("chart/weekly_52_bars", sample::weekly(), Timeframe::Weekly, 52),
    ] {
        let series = sample::series(&bars);
        let request = ChartRequest {
            symbol: "AAPL",
            timeframe,
            note: "",
            bars: &bars,
            series: &series,
            bars_shown,
            width: 1280,
            height: 960,
        };
        criterion.bench_function(name, |bencher| bencher.iter(|| render(black_box(&request))));
    }
}

criterion_group!(benches, chart);
criterion_main!(benches);
