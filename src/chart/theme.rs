//! Colours of the light template, and sizes that grow with the picture.

use plotters::style::RGBColor;

use super::canvas::SUBPIXELS;

pub(super) const BACKGROUND: RGBColor = RGBColor(255, 255, 255);
pub(super) const GRID: RGBColor = RGBColor(236, 239, 244);
pub(super) const FRAME: RGBColor = RGBColor(196, 202, 212);
pub(super) const TEXT: RGBColor = RGBColor(19, 23, 34);
pub(super) const MUTED: RGBColor = RGBColor(93, 101, 117);
pub(super) const UP: RGBColor = RGBColor(8, 153, 110);
pub(super) const DOWN: RGBColor = RGBColor(222, 51, 62);
pub(super) const UP_PALE: RGBColor = RGBColor(158, 216, 194);
pub(super) const DOWN_PALE: RGBColor = RGBColor(246, 178, 180);
pub(super) const DARK_RED: RGBColor = RGBColor(139, 0, 0);
pub(super) const BLUE: RGBColor = RGBColor(33, 98, 232);
pub(super) const GREEN: RGBColor = RGBColor(56, 142, 40);
pub(super) const ORANGE: RGBColor = RGBColor(240, 124, 0);
pub(super) const SLATE: RGBColor = RGBColor(112, 126, 158);
pub(super) const PURPLE: RGBColor = RGBColor(120, 72, 190);
pub(super) const TEAL: RGBColor = RGBColor(0, 121, 140);
pub(super) const BROWN: RGBColor = RGBColor(141, 85, 36);
pub(super) const YELLOW: RGBColor = RGBColor(255, 208, 0);

/// Lengths in pixels for one size of picture.
#[derive(Debug, Clone, Copy)]
pub(super) struct Metrics {
    /// Size of ordinary text.
    pub(super) text: f64,
    /// Size of the symbol in the header.
    pub(super) title: f64,
    /// Height of the header, which holds two rows.
    pub(super) header: f64,
    /// Height of the strip above each panel that holds its caption.
    pub(super) caption: f64,
    /// Height of the shared date axis.
    pub(super) dates: f64,
    /// Space at the left and right edges.
    pub(super) margin: f64,
    /// Width of an indicator's line.
    pub(super) line: f64,
    /// Width of wicks, grid and frame, odd so that a wick has a middle.
    pub(super) hair: f64,
    /// Half the width of an arrow at an extreme, and the radius of the latest value's dot.
    pub(super) mark: f64,
}

impl Metrics {
    /// Sizes in proportion to 1280×960, where text is 14 pixels; never below what can be read.
    pub(super) fn of(width: u32, height: u32) -> Self {
        let text =
            (14.0 * (f64::from(width) / 1280.0).min(f64::from(height) / 960.0)).clamp(8.0, 48.0);
        let scale = text / 14.0;
        Self {
            text,
            title: text * 1.5,
            header: (text * 3.7).round(),
            caption: (text * 1.6).round(),
            dates: (text * 1.9).round(),
            margin: (text * 0.7).round(),
            line: (1.6 * scale).max(1.2),
            hair: ((scale / 2.0).floor() * 2.0 + 1.0).max(1.0),
            mark: (4.5 * scale).max(2.5),
        }
    }
}

/// Pixels in the sub-pixel units of the canvas.
pub(super) fn units(pixels: f64) -> i32 {
    (pixels * f64::from(SUBPIXELS)).round() as i32
}
