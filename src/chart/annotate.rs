//! Header, captions, and the marks on a panel.

use plotters::element::{Circle, DashedPathElement, PathElement, Polygon, Rectangle};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color, RGBColor};

use super::draw::{Area, Drawn, Plot, dashes, hairline, stroke, text_style};
use super::number::NumberFormat;
use super::panel::{Entry, Panel, Pattern, Reach, Swatch};
use super::panels::bar_colour;
use super::request::{ChartBar, ChartRequest};
use super::theme::{BACKGROUND, DOWN, MUTED, Metrics, TEXT, UP, YELLOW, units};
use super::typeface::Weight;
use crate::domain::Timeframe;

/// Characters shown of the symbol.
const LONGEST_SYMBOL: usize = 24;
/// Characters shown of the note.
const LONGEST_NOTE: usize = 120;

/// Text from outside, cut and without anything that is not to be seen.
fn bounded(text: &str, most: usize) -> String {
    text.chars().filter(|character| !is_unseen(*character)).take(most).collect()
}

/// Control characters, and those that hide or turn around the text beside them.
fn is_unseen(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// Texts from left to right on one line, ending where the next would pass the limit.
struct Line<'a, 'b> {
    root: &'a Area<'b>,
    metrics: &'a Metrics,
    x: f64,
    y: f64,
    limit: f64,
}

impl Line<'_, '_> {
    fn width(&self, text: &str, size: f64, weight: Weight) -> f64 {
        let style = text_style(size, weight, TEXT);
        let (width, _) = self.root.estimate_text_size(text, &style).unwrap_or_default();
        f64::from(width) / f64::from(units(1.0))
    }

    /// Writes the text if it fits, else ends the line.
    fn write(
        &mut self,
        text: &str,
        size: f64,
        weight: Weight,
        colour: RGBColor,
        gap: f64,
    ) -> Drawn {
        if text.is_empty() {
            return Ok(());
        }
        let width = self.width(text, size, weight);
        if self.x + width > self.limit {
            self.limit = 0.0;
            return Ok(());
        }
        let style = text_style(size, weight, colour);
        self.root.draw_text(text, &style, (units(self.x), units(self.y)))?;
        self.x += width + gap;
        Ok(())
    }

    fn entry_width(&self, entry: &Entry) -> f64 {
        let size = self.metrics.text;
        let swatch = entry.swatch.map_or(0.0, |swatch| self.swatch_width(swatch) + size * 0.4);
        let name = self.width(&entry.name, size, Weight::Regular);
        let value = self.width(&entry.value, size, Weight::Regular);
        let inner = if entry.name.is_empty() || entry.value.is_empty() { 0.0 } else { size * 0.4 };
        swatch + name + inner + value
    }

    fn swatch_width(&self, swatch: Swatch) -> f64 {
        self.metrics.text * if swatch.pattern == Pattern::Block { 0.6 } else { 1.3 }
    }

    fn entry(&mut self, entry: &Entry) -> Drawn {
        let size = self.metrics.text;
        if self.x + self.entry_width(entry) > self.limit {
            self.limit = 0.0;
            return Ok(());
        }
        if let Some(swatch) = entry.swatch {
            self.swatch(swatch)?;
        }
        self.write(&entry.name, size, Weight::Regular, MUTED, size * 0.4)?;
        self.write(&entry.value, size, Weight::Regular, entry.value_colour, 0.0)?;
        self.x += size * 1.1;
        Ok(())
    }

    fn swatch(&mut self, swatch: Swatch) -> Drawn {
        let width = self.swatch_width(swatch);
        let ends = [(units(self.x), units(self.y)), (units(self.x + width), units(self.y))];
        match (swatch.pattern, dashes(swatch.pattern, self.metrics)) {
            (Pattern::Block, _) => {
                let half = units(width / 2.0);
                let corners = [(ends[0].0, ends[0].1 - half), (ends[1].0, ends[1].1 + half)];
                self.root.draw(&Rectangle::new(corners, swatch.colour.filled()))?;
            }
            (_, Some((dash, gap))) => {
                let style = hairline(swatch.colour, self.metrics);
                self.root.draw(&DashedPathElement::new(ends, units(dash), units(gap), style))?;
            }
            (_, None) => {
                let style = stroke(swatch.colour, self.metrics.line * 1.4);
                self.root.draw(&PathElement::new(ends, style))?;
            }
        }
        self.x += width + self.metrics.text * 0.4;
        Ok(())
    }
}

/// Symbol, timeframe and the last bar's prices; below them the period and the note.
pub(super) fn header(
    root: &Area<'_>,
    metrics: &Metrics,
    request: &ChartRequest<'_>,
    bars: &[ChartBar],
    width: f64,
) -> Drawn {
    let (Some(first), Some(last)) = (bars.first(), bars.last()) else { return Ok(()) };
    let size = metrics.text;
    let limit = width - metrics.margin;
    let mut line = Line { root, metrics, x: metrics.margin, y: metrics.header * 0.35, limit };
    let symbol = bounded(request.symbol, LONGEST_SYMBOL);
    line.write(&symbol, metrics.title, Weight::SemiBold, TEXT, size * 0.8)?;
    line.write(request.timeframe.label(), metrics.title, Weight::Regular, MUTED, size * 1.4)?;
    let larger = size * 1.1;
    let format = NumberFormat::plain(last.close.abs());
    let colour = bar_colour(last);
    for (name, value) in [("O", last.open), ("H", last.high), ("L", last.low), ("C", last.close)] {
        line.write(name, larger, Weight::Regular, MUTED, size * 0.35)?;
        line.write(&format.write(value), larger, Weight::SemiBold, colour, size * 0.9)?;
    }
    if let Some(before) = bars.iter().rev().nth(1) {
        let change = last.close - before.close;
        let sign = if change > 0.0 { "+" } else { "" };
        let colour = if change < 0.0 { DOWN } else { UP };
        let mut text = format!("{sign}{}", format.write(change));
        if before.close > 0.0 {
            let percent = NumberFormat::fixed(2).write(change / before.close * 100.0);
            text = format!("{text} ({sign}{percent}%)");
        }
        line.write(&text, larger, Weight::SemiBold, colour, 0.0)?;
    }

    let day = |bar: &ChartBar| bar.date.strftime("%-d %b %Y").to_string();
    let mut line = Line { root, metrics, x: metrics.margin, y: metrics.header * 0.77, limit };
    let prefix = match request.timeframe {
        Timeframe::Daily => "",
        Timeframe::Weekly => "weeks of ",
    };
    let period = format!("{prefix}{} – {}, {} bars", day(first), day(last), bars.len());
    line.write(&period, size, Weight::Regular, MUTED, size)?;
    line.write(&bounded(request.note, LONGEST_NOTE), size, Weight::Regular, MUTED, 0.0)
}

/// Name and last values of a panel at the left, its figures at the right if there is room.
/// `strip` holds left edge, top and right edge in pixels.
pub(super) fn caption(
    root: &Area<'_>,
    metrics: &Metrics,
    panel: &Panel<'_>,
    (left, top, right): (f64, f64, f64),
) -> Drawn {
    let gap = metrics.text * 1.1;
    let y = (top + metrics.caption * 0.56).round();
    let mut line = Line { root, metrics, x: left, y, limit: right };
    line.write(panel.name, metrics.text, Weight::SemiBold, TEXT, gap)?;
    for entry in &panel.entries {
        line.entry(entry)?;
    }
    let figures = panel.figures();
    let widths = figures.iter().map(|entry| line.entry_width(entry) + gap);
    let start = right + gap - widths.sum::<f64>();
    if line.x <= start {
        line.x = start;
        // The sum of the parts may pass the edge by a rounding error.
        line.limit += 1.0;
        for entry in &figures {
            line.entry(entry)?;
        }
    }
    Ok(())
}

/// Arrows at the extremes, and dot and tag at the latest value.
pub(super) fn subject(
    root: &Area<'_>,
    plot: &Plot<'_>,
    panel: &Panel<'_>,
    metrics: &Metrics,
    axis_width: f64,
) -> Drawn {
    let Some(subject) = &panel.subject else { return Ok(()) };
    for ((index, value), above) in [(subject.highest, true), (subject.lowest, false)] {
        // The arrow at the lowest of columns stands below their foot.
        let tip = if panel.reach == Reach::FromZero && !above { value.min(0.0) } else { value };
        let (x, y) = plot.backend_coord(&(index as f64, tip));
        extreme(
            root,
            plot,
            metrics,
            (x, y),
            above,
            subject.labelled.then(|| panel.format.write(value)),
        )?;
    }
    let Some(latest) = subject.statistics.latest else { return Ok(()) };
    let bars = plot.plotting_area().get_x_axis_pixel_range();
    let last = plot.x_range().end;
    let (_, y) = plot.backend_coord(&(last, latest));
    let (x, _) = plot.backend_coord(&(panel.last_bar(), latest));
    root.draw(&Circle::new((x, y), units(metrics.mark), TEXT.filled()))?;
    root.draw(&Circle::new((x, y), units(metrics.mark * 0.75), YELLOW.filled()))?;

    // The tag keeps within the panel, so that it never covers a neighbour's caption.
    let half = units(metrics.text * 0.68);
    let rows = plot.plotting_area().get_y_axis_pixel_range();
    let middle = y.clamp(rows.start + half, (rows.end - half).max(rows.start + half));
    let (left, right) = (bars.end, bars.end + units(axis_width));
    root.draw(&Rectangle::new(
        [(left, middle - half), (right, middle + half)],
        subject.colour.filled(),
    ))?;
    let style = text_style(metrics.text, Weight::SemiBold, BACKGROUND);
    let text = panel.format.write(latest);
    root.draw_text(&text, &style, (left + units(metrics.text * 0.6), middle))
}

fn extreme(
    root: &Area<'_>,
    plot: &Plot<'_>,
    metrics: &Metrics,
    (x, y): (i32, i32),
    above: bool,
    label: Option<String>,
) -> Drawn {
    let direction = if above { -1 } else { 1 };
    let mark = units(metrics.mark);
    let tip = y + direction * mark / 2;
    let base = tip + direction * mark * 3 / 2;
    let corners = vec![(x, tip), (x - mark, base), (x + mark, base)];
    root.draw(&Polygon::new(corners, TEXT.filled()))?;
    let Some(label) = label else { return Ok(()) };

    let style = text_style(metrics.text, Weight::SemiBold, TEXT);
    let (width, height) = root.estimate_text_size(&label, &style)?;
    let (half, height) = (width.cast_signed() / 2, height.cast_signed());
    let bars = plot.plotting_area().get_x_axis_pixel_range();
    let pad = units(metrics.text * 0.2);
    let centre =
        x.clamp(bars.start + half + pad, (bars.end - half - pad).max(bars.start + half + pad));
    let middle = base + direction * (height / 2 + pad);
    // The lines of the panel would run through the figures.
    let plate = [
        (centre - half - pad, middle - height / 2 - pad),
        (centre + half + pad, middle + height / 2 + pad),
    ];
    root.draw(&Rectangle::new(plate, BACKGROUND.mix(0.8).filled()))?;
    let style = style.pos(Pos::new(HPos::Center, VPos::Center));
    root.draw_text(&label, &style, (centre, middle))
}
