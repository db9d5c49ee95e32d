//! The seven panels.

use plotters::style::{Color, RGBColor};

use super::number::NumberFormat;
use super::panel::{Entry, Layer, Panel, Pattern, Reach, Subject};
use super::theme::{
    BLUE, BROWN, DARK_RED, DOWN, DOWN_PALE, GREEN, MUTED, ORANGE, PURPLE, SLATE, TEAL, UP, UP_PALE,
};
use super::{ChartBar, ChartSeries, visible};

/// RSI from which an instrument counts as overbought.
const OVERBOUGHT: f64 = 70.0;
/// RSI below which an instrument counts as oversold.
const OVERSOLD: f64 = 30.0;

/// Green where the bar closed no lower than it opened, red otherwise.
pub(super) fn bar_colour(bar: &ChartBar) -> RGBColor {
    if bar.close >= bar.open { UP } else { DOWN }
}

/// The panels from top to bottom, over these bars and the values of the same bars.
///
/// The shares are those of the requirement (0.35, 0.15, 0.10, 0.15, 0.15, 0.10, 0.10); they add up
/// to 1.10 and are meant relative to each other.
pub(super) fn all<'a>(bars: &'a [ChartBar], series: &ChartSeries) -> [Panel<'a>; 7] {
    let closes: Vec<f64> = bars.iter().map(|bar| bar.close).collect();
    let price = NumberFormat::plain(largest(&closes));
    [
        price_panel(bars, &closes, series, price),
        supertrend_panel(&closes, series, price),
        volume_panel(bars),
        macd_panel(series),
        rsi_panel(&series.rsi),
        balance_panel(&series.obv),
        range_panel(&series.atr, price),
    ]
}

fn largest(values: &[f64]) -> f64 {
    values
        .iter()
        .filter(|value| visible(**value))
        .fold(0.0, |largest, value| value.abs().max(largest))
}

/// The average dashed and the median dotted.
fn central_levels<'a>(subject: Option<&Subject>) -> Vec<Layer<'a>> {
    let Some(subject) = subject else { return Vec::new() };
    let level = |value, pattern| Layer::Level { value, colour: SLATE, pattern };
    vec![
        level(subject.statistics.average, Pattern::Dashed),
        level(subject.statistics.median, Pattern::Dotted),
    ]
}

fn price_panel<'a>(
    bars: &'a [ChartBar],
    closes: &[f64],
    series: &ChartSeries,
    format: NumberFormat,
) -> Panel<'a> {
    let mut subject = Subject::of(closes, bars.last().map_or(MUTED, bar_colour));
    if let Some(subject) = &mut subject {
        // The extremes of a price are those of the day, not of its close.
        let of = |pick: fn(&ChartBar) -> f64| {
            Subject::of(&bars.iter().map(pick).collect::<Vec<_>>(), MUTED)
        };
        if let (Some(highs), Some(lows)) = (of(|bar| bar.high), of(|bar| bar.low)) {
            subject.highest = highs.highest;
            subject.lowest = lows.lowest;
        }
        subject.labelled = true;
    }
    let (upper, middle, lower) =
        (&series.bollinger_upper, &series.bollinger_middle, &series.bollinger_lower);
    let mut layers = vec![Layer::band(upper, lower, BLUE, 0.055)];
    layers.extend(central_levels(subject.as_ref()));
    layers.extend([
        Layer::thin_line(upper, SLATE),
        Layer::thin_line(middle, SLATE),
        Layer::thin_line(lower, SLATE),
        Layer::Candles(bars),
        Layer::line(&series.sma_200, ORANGE),
        Layer::line(&series.sma_50, GREEN),
        Layer::line(&series.sma_20, BLUE),
    ]);
    let mut bollinger = Entry::of_series("BB 20, 2", upper, SLATE, Pattern::Solid, format);
    if !bollinger.value.is_empty() {
        for values in [middle, lower] {
            let part = Entry::of_series("", values, SLATE, Pattern::Solid, format);
            bollinger.value.push_str("  ");
            bollinger.value.push_str(&part.value);
        }
    }
    Panel {
        name: "Price",
        share: 0.35,
        reach: Reach::Fitted,
        format,
        entries: vec![
            Entry::of_series("SMA 20", &series.sma_20, BLUE, Pattern::Solid, format),
            Entry::of_series("SMA 50", &series.sma_50, GREEN, Pattern::Solid, format),
            Entry::of_series("SMA 200", &series.sma_200, ORANGE, Pattern::Solid, format),
            bollinger,
        ],
        layers,
        subject,
    }
}

fn supertrend_panel<'a>(closes: &[f64], series: &ChartSeries, format: NumberFormat) -> Panel<'a> {
    // Two lines with gaps, so that the line breaks where the trend turns.
    let with_direction = |wanted: fn(f64) -> bool| -> Vec<f64> {
        let values = series.supertrend.iter().zip(&series.supertrend_direction);
        values
            .map(|(value, direction)| if wanted(*direction) { *value } else { f64::NAN })
            .collect()
    };
    let rising = with_direction(|direction| direction > 0.0);
    let falling = with_direction(|direction| direction < 0.0);
    let (direction, colour) = match series.supertrend_direction.last() {
        Some(direction) if *direction > 0.0 => (" up", GREEN),
        Some(direction) if *direction < 0.0 => (" down", DARK_RED),
        _ => ("", MUTED),
    };
    let subject = Subject::of(&series.supertrend, colour);
    let mut layers = vec![
        Layer::band(closes, &rising, GREEN, 0.10),
        Layer::band(&falling, closes, DARK_RED, 0.09),
    ];
    layers.extend(central_levels(subject.as_ref()));
    layers.extend([
        Layer::thin_line(closes, SLATE),
        Layer::line(&rising, GREEN),
        Layer::line(&falling, DARK_RED),
    ]);
    let mut entry = Entry::of_series("", &series.supertrend, colour, Pattern::Solid, format);
    if entry.value.is_empty() {
        "needs more bars".clone_into(&mut entry.name);
    } else {
        entry.value.push_str(direction);
        entry.value_colour = colour;
    }
    Panel {
        name: "SuperTrend 10, 3",
        share: 0.15,
        reach: Reach::Fitted,
        format,
        entries: vec![entry, Entry::of_series("close", closes, SLATE, Pattern::Solid, format)],
        layers,
        subject,
    }
}

fn volume_panel<'a>(bars: &[ChartBar]) -> Panel<'a> {
    let volumes: Vec<f64> = bars.iter().map(|bar| bar.volume).collect();
    let format = NumberFormat::millions(largest(&volumes));
    let colour = bars.last().map_or(MUTED, bar_colour);
    let subject = Subject::of(&volumes, colour);
    let mut layers =
        vec![Layer::Columns(bars.iter().map(|bar| (bar.volume, bar_colour(bar))).collect())];
    layers.extend(central_levels(subject.as_ref()));
    Panel {
        name: "Volume",
        share: 0.10,
        reach: Reach::FromZero,
        format,
        entries: vec![Entry::of_series("", &volumes, colour, Pattern::Block, format)],
        layers,
        subject,
    }
}

/// Bright where the histogram moves away from zero, pale where it comes back.
fn histogram_colour(value: f64, before: f64) -> RGBColor {
    let falling = value < before;
    match (value >= 0.0, falling) {
        (true, false) => UP,
        (true, true) => UP_PALE,
        (false, true) => DOWN,
        (false, false) => DOWN_PALE,
    }
}

fn macd_panel<'a>(series: &ChartSeries) -> Panel<'a> {
    let (line, signal, histogram) = (&series.macd, &series.macd_signal, &series.macd_histogram);
    let format = NumberFormat::plain(largest(line).max(largest(signal)).max(largest(histogram)));
    let columns: Vec<(f64, RGBColor)> = histogram
        .iter()
        .enumerate()
        .map(|(index, value)| {
            let before = index.checked_sub(1).map_or(f64::NAN, |before| histogram[before]);
            (*value, histogram_colour(*value, before))
        })
        .collect();
    let last_colour = columns.last().map_or(MUTED, |column| column.1);
    let subject = Subject::of(line, BLUE);
    let mut layers = vec![
        Layer::Columns(columns),
        Layer::Level { value: 0.0, colour: SLATE, pattern: Pattern::Solid },
    ];
    layers.extend(central_levels(subject.as_ref()));
    layers.extend([Layer::line(signal, ORANGE), Layer::line(line, BLUE)]);
    if subject.is_none() {
        layers.clear();
    }
    Panel {
        name: "MACD 12, 26, 9",
        share: 0.15,
        reach: Reach::Fitted,
        format,
        entries: vec![
            Entry::of_series("MACD", line, BLUE, Pattern::Solid, format),
            Entry::of_series("signal", signal, ORANGE, Pattern::Solid, format),
            Entry::of_series("histogram", histogram, last_colour, Pattern::Block, format),
        ],
        layers,
        subject,
    }
}

fn rsi_panel<'a>(rsi: &[f64]) -> Panel<'a> {
    let format = NumberFormat::fixed(1);
    let subject = Subject::of(rsi, PURPLE);
    let mut layers = vec![
        Layer::Zone { low: OVERSOLD, high: OVERBOUGHT, fill: PURPLE.mix(0.08) },
        Layer::Level { value: OVERBOUGHT, colour: DOWN, pattern: Pattern::Dashed },
        Layer::Level { value: OVERSOLD, colour: UP, pattern: Pattern::Dashed },
    ];
    layers.extend(central_levels(subject.as_ref()));
    layers.push(Layer::line(rsi, PURPLE));
    Panel {
        name: "RSI 14",
        share: 0.15,
        reach: Reach::Fixed {
            low: 0.0,
            high: 100.0,
            ticks: &[10.0, OVERSOLD, 50.0, OVERBOUGHT, 90.0],
        },
        format,
        entries: vec![single("", rsi, PURPLE, format)],
        layers,
        subject,
    }
}

fn balance_panel<'a>(obv: &[f64]) -> Panel<'a> {
    let format = NumberFormat::scaled(largest(obv));
    let subject = Subject::of(obv, TEAL);
    let mut layers = central_levels(subject.as_ref());
    layers.push(Layer::line(obv, TEAL));
    Panel {
        name: "OBV",
        share: 0.10,
        reach: Reach::Fitted,
        format,
        entries: vec![single("", obv, TEAL, format)],
        layers,
        subject,
    }
}

fn range_panel<'a>(atr: &[f64], format: NumberFormat) -> Panel<'a> {
    let subject = Subject::of(atr, BROWN);
    let mut layers = central_levels(subject.as_ref());
    layers.push(Layer::line(atr, BROWN));
    Panel {
        name: "ATR 14",
        share: 0.10,
        reach: Reach::Fitted,
        format,
        entries: vec![single("", atr, BROWN, format)],
        layers,
        subject,
    }
}

/// The caption of a panel that is named after its only series.
fn single(name: &str, values: &[f64], colour: RGBColor, format: NumberFormat) -> Entry {
    let mut entry = Entry::of_series(name, values, colour, Pattern::Solid, format);
    if entry.value.is_empty() {
        "needs more bars".clone_into(&mut entry.name);
    }
    entry
}
