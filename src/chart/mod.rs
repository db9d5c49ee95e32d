//! The chart that a language model and a person look at: seven panels over one date axis.
//!
//! Price with moving averages and Bollinger bands, trend line, volume, MACD, RSI, on-balance volume
//! and average true range, each annotated with its latest value, extremes, average and median.
//! Indicators come ready-made; this module only draws, and the same request gives the same bytes.
//!
//! ```text
//! panels ─▶ panel (what to show) ─▶ draw (plotters) ─▶ canvas (tiny-skia, swash) ─▶ PNG
//! ```

mod annotate;
mod axis;
mod canvas;
mod draw;
mod error;
mod number;
mod panel;
mod panels;
mod request;
mod statistics;
mod theme;
mod typeface;

#[cfg(test)]
mod tests;

use tiny_skia::Pixmap;

pub use error::ChartError;
use request::visible;
pub use request::{ChartBar, ChartImage, ChartRequest, ChartSeries};
use theme::Metrics;
use typeface::Typeface;

/// Fewest bars that make a chart.
pub const LEAST_BARS: usize = 20;
/// Shortest side of a chart in pixels.
pub const SMALLEST_SIDE: u32 = 320;
/// Longest side of a chart in pixels.
pub const LARGEST_SIDE: u32 = 4096;
/// Pixels of a chart's width that one bar needs at least; of more bars the latest are shown.
const PIXELS_PER_BAR: u32 = 2;

/// Draws the last `bars_shown` bars of the request, or as many as there are and have room (one for
/// every two pixels of width), and says in the result how many that were.
///
/// # Errors
/// A sentence if fewer than [`LEAST_BARS`] bars would be shown, a series has another length than
/// the bars, a bar holds a value that is not finite or beyond ±10¹⁵, or the size lies outside
/// [`SMALLEST_SIDE`]..=[`LARGEST_SIDE`].
pub fn render(request: &ChartRequest<'_>) -> Result<ChartImage, ChartError> {
    request.check()?;
    let (width, height) = (request.width, request.height);
    let room = (width / PIXELS_PER_BAR) as usize;
    let bars_shown = request.bars_shown.min(request.bars.len()).min(room);
    if bars_shown < LEAST_BARS {
        return Err(ChartError::TooFewBars { bars: bars_shown });
    }
    let first = request.bars.len() - bars_shown;
    let bars = &request.bars[first..];
    let panels = panels::all(bars, &request.series.from(first));

    let mut pixmap = Pixmap::new(width, height).ok_or(ChartError::Size { width, height })?;
    Typeface::with(|typeface| {
        let metrics = Metrics::of(width, height);
        draw::chart(&mut pixmap, typeface, &metrics, request, bars, &panels)
    })?;
    Ok(ChartImage {
        png: encode(&pixmap)?,
        width,
        height,
        bars_shown,
        panels: panels.iter().map(|panel| panel.name.to_owned()).collect(),
    })
}

/// The picture as PNG without an alpha channel: the background is opaque.
fn encode(pixmap: &Pixmap) -> Result<Vec<u8>, ChartError> {
    let mut rgb = Vec::with_capacity(pixmap.data().len() / 4 * 3);
    for pixel in pixmap.data().chunks_exact(4) {
        rgb.extend_from_slice(&pixel[..3]);
    }
    let mut bytes = Vec::with_capacity(rgb.len() / 16);
    let mut encoder = png::Encoder::new(&mut bytes, pixmap.width(), pixmap.height());
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    // One filter for all rows: choosing it row by row takes several times as long and saves a
    // sixteenth of the size.
    encoder.set_compression(png::Compression::Fast);
    encoder.set_filter(png::Filter::Paeth);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(&rgb)?;
    writer.finish()?;
    Ok(bytes)
}
