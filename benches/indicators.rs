//! Every indicator over 1e5 bars through [`compute`], parameters at their defaults.
//!
//! Criterion prints microseconds per pass; a hundredth of it is nanoseconds per bar.
//! `talib_reference.py` beside this file times TA-Lib's C library on the same bars.

use std::collections::BTreeMap;
use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use throughline::indicators::{BarColumns, IndicatorKind, IndicatorSpec, compute};

const BARS: usize = 100_000;

/// glibc gives freed memory back to the system in blocks above a threshold, which it raises to the
/// largest block freed so far, up to 32 MiB. Without a block of nearly that size, freed beforehand,
/// the figures of indicators with several lines are those of page faults. The script does the same.
const LARGEST_BLOCK: usize = 30 << 20;

/// A random walk in cents by a linear congruential generator (constants of Knuth's MMIX), which the
/// Python script repeats number by number.
fn random_walk() -> BarColumns {
    let mut state: u64 = 20_261_122;
    let mut uniform = move || {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 11) as f64 / 9_007_199_254_740_992.0
    };
    let mut bars = BarColumns::default();
    let mut last = 10_000.0;
    for _ in 0..BARS {
        let open: f64 = last;
        let close = (open + (uniform() - 0.5) * 300.0).floor().max(100.0);
        bars.open.push(open / 100.0);
        bars.high.push((open.max(close) + (uniform() * 100.0).floor()) / 100.0);
        bars.low.push((open.min(close) - (uniform() * 50.0).floor()) / 100.0);
        bars.close.push(close / 100.0);
        bars.volume.push((uniform() * 1e6).floor());
        last = close;
    }
    bars
}

fn indicators(criterion: &mut Criterion) {
    drop(black_box(vec![1_u8; LARGEST_BLOCK]));
    let bars = random_walk();
    let mut group = criterion.benchmark_group("indicators");
    group.throughput(Throughput::Elements(BARS as u64));
    for kind in IndicatorKind::ALL.iter().copied() {
        // The defaults are within their own ranges; an indicator left out would show in the report.
        let Ok(spec) = IndicatorSpec::new(kind, &BTreeMap::new()) else { continue };
        group.bench_function(kind.as_str(), |bencher| {
            bencher.iter(|| compute(black_box(&spec), black_box(&bars)));
        });
    }
    group.finish();
}

criterion_group!(benches, indicators);
criterion_main!(benches);
