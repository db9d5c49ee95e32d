mod golden;
mod hostile;
mod sample;

use super::*;
use crate::domain::Timeframe;

fn request<'a>(bars: &'a [ChartBar], series: &'a ChartSeries) -> ChartRequest<'a> {
    ChartRequest {
        symbol: "AAPL",
        timeframe: Timeframe::Daily,
        note: "a note",
        bars,
        series,
        bars_shown: 200,
        width: 640,
        height: 480,
    }
}

/// Colours of the picture, three bytes a pixel.
fn decode(png: &[u8]) -> (u32, u32, Vec<u8>) {
    let mut reader = png::Decoder::new(std::io::Cursor::new(png)).read_info().unwrap();
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut pixels).unwrap();
    assert_eq!((info.color_type, info.bit_depth), (png::ColorType::Rgb, png::BitDepth::Eight));
    (info.width, info.height, pixels)
}

fn count(image: &ChartImage, colour: plotters::style::RGBColor) -> usize {
    let (_, _, pixels) = decode(&image.png);
    pixels.chunks_exact(3).filter(|pixel| **pixel == [colour.0, colour.1, colour.2]).count()
}

#[test]
fn seven_panels_of_the_last_bars_are_drawn() {
    let bars = sample::daily();
    let series = sample::series(&bars);
    let image = render(&request(&bars, &series)).unwrap();
    assert_eq!((image.width, image.height, image.bars_shown), (640, 480, 200));
    assert_eq!(
        image.panels,
        ["Price", "SuperTrend 10, 3", "Volume", "MACD 12, 26, 9", "RSI 14", "OBV", "ATR 14"]
    );
    let (width, height, _) = decode(&image.png);
    assert_eq!((width, height), (640, 480));
}

#[test]
fn more_bars_than_there_are_or_than_have_room_are_not_claimed() {
    let bars = sample::daily();
    let series = sample::series(&bars);
    let all = ChartRequest { bars_shown: 9_999, width: 1280, ..request(&bars, &series) };
    assert_eq!(render(&all).unwrap().bars_shown, 520);
    let narrow = ChartRequest { width: 320, ..all };
    assert_eq!(render(&narrow).unwrap().bars_shown, 160);
}

#[test]
fn a_series_that_needs_more_bars_is_said_to_be_missing_and_not_drawn_as_zero() {
    let bars = sample::weekly();
    let mut series = sample::series(&bars);
    assert!(
        series.sma_200.iter().all(|value| value.is_nan()),
        "104 weeks have no 200-week average"
    );
    let entries = |series: &ChartSeries| panels::all(&bars, series)[0].entries.clone();
    assert_eq!(entries(&series)[2].name, "SMA 200: needs more bars");
    assert_eq!(entries(&series)[2].value, "");

    // Orange is the colour of SMA 200 and of the signal line alone.
    let missing = vec![f64::NAN; bars.len()];
    series.macd_signal.clone_from(&missing);
    let without = render(&request(&bars, &series)).unwrap();
    assert_eq!(count(&without, theme::ORANGE), 0);
    series.sma_200 = bars.iter().map(|bar| bar.low).collect();
    let with = render(&request(&bars, &series)).unwrap();
    assert!(count(&with, theme::ORANGE) > 50);
}

#[test]
fn a_chart_without_any_indicator_still_has_its_panels() {
    let bars = &sample::daily()[..LEAST_BARS];
    let mut series = sample::series(bars);
    for values in [
        &mut series.supertrend,
        &mut series.supertrend_direction,
        &mut series.rsi,
        &mut series.obv,
        &mut series.atr,
    ] {
        values.fill(f64::NAN);
    }
    assert_eq!(render(&request(bars, &series)).unwrap().panels.len(), 7);
    for panel in &panels::all(bars, &series)[3..] {
        let entry = panel.entries[0].clone();
        assert!(entry.name.ends_with("needs more bars"), "{}: {entry:?}", panel.name);
        assert!(panel.subject.is_none() && panel.figures().is_empty());
    }
}

#[test]
fn the_histogram_has_four_tones() {
    let bars = sample::daily();
    let series = sample::series(&bars);
    let image = render(&ChartRequest { width: 1280, height: 960, ..request(&bars, &series) });
    let image = image.unwrap();
    for tone in [theme::UP, theme::UP_PALE, theme::DOWN, theme::DOWN_PALE] {
        assert!(count(&image, tone) > 20, "{tone:?}");
    }
}

#[test]
fn what_cannot_be_drawn_is_refused_in_a_sentence() {
    let bars = sample::daily();
    let series = sample::series(&bars);
    let good = request(&bars, &series);
    let refused = |request: ChartRequest<'_>| render(&request).unwrap_err().to_string();

    let few = ChartRequest { bars_shown: 19, ..good };
    assert_eq!(
        refused(few),
        "a chart needs at least 20 bars and 19 were to be shown; fetch more bars"
    );

    let mut short = series.clone();
    short.rsi.pop();
    assert_eq!(
        refused(ChartRequest { series: &short, ..good }),
        "the series rsi has 519 values for 520 bars; compute it on the same bars as the chart"
    );

    for value in [f64::NAN, f64::INFINITY, -1e300] {
        let mut wrong = bars.clone();
        wrong[7].low = value;
        let sentence = refused(ChartRequest { bars: &wrong, ..good });
        let expected =
            format!("the low of the bar of 2010-06-07 is {value}, which cannot be drawn");
        assert!(sentence.starts_with(&expected), "{sentence}");
    }

    for (width, height) in [(319, 480), (640, 4097), (0, 0), (u32::MAX, u32::MAX)] {
        let sentence = refused(ChartRequest { width, height, ..good });
        let expected = format!("a chart of {width}x{height} pixels cannot be drawn");
        assert!(sentence.starts_with(&expected), "{sentence}");
    }
}
