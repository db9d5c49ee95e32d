use std::convert::Infallible;

use jiff::civil::Date;
use plotters::drawing::DrawingAreaErrorKind;
use thiserror::Error;

use super::{LARGEST_SIDE, LEAST_BARS, SMALLEST_SIDE};

/// Why a chart was not drawn.
#[derive(Debug, Error)]
pub enum ChartError {
    /// There is too little to draw.
    #[error(
        "a chart needs at least {LEAST_BARS} bars and {bars} were to be shown; fetch more bars"
    )]
    TooFewBars {
        /// Bars that would have been drawn.
        bars: usize,
    },
    /// A series was not computed on these bars.
    #[error(
        "the series {series} has {values} values for {bars} bars; compute it on the same bars as the chart"
    )]
    SeriesLength {
        /// Name of the series.
        series: &'static str,
        /// Values in the series.
        values: usize,
        /// Bars in the request.
        bars: usize,
    },
    /// A bar holds something that is no price or volume.
    #[error(
        "the {field} of the bar of {date} is {value}, which cannot be drawn; check the source of the prices"
    )]
    BarValue {
        /// Date of the bar.
        date: Date,
        /// Which of its values.
        field: &'static str,
        /// The value.
        value: f64,
    },
    /// The picture is too small to read or too large to send.
    #[error(
        "a chart of {width}x{height} pixels cannot be drawn; both sides must lie between {SMALLEST_SIDE} and {LARGEST_SIDE}"
    )]
    Size {
        /// Width asked for, in pixels.
        width: u32,
        /// Height asked for, in pixels.
        height: u32,
    },
    /// The font inside the program cannot be read.
    #[error("the chart's built-in font cannot be read; install the program again")]
    Typeface,
    /// The drawing library gave up.
    #[error("the chart could not be drawn")]
    Drawing(#[from] DrawingAreaErrorKind<Infallible>),
    /// The picture could not be written as PNG.
    #[error("the chart could not be written as PNG")]
    Encoding(#[from] png::EncodingError),
}
