//! From panels to pixels.

use std::convert::Infallible;

use jiff::civil::Date;
use plotters::chart::{ChartBuilder, ChartContext};
use plotters::coord::Shift;
use plotters::coord::cartesian::Cartesian2d;
use plotters::drawing::{DrawingArea, DrawingAreaErrorKind, IntoDrawingArea};
use plotters::element::{CandleStick, Circle, DashedPathElement, PathElement, Polygon, Rectangle};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color, FontDesc, FontFamily, FontStyle, RGBColor, ShapeStyle, TextStyle};
use tiny_skia::Pixmap;

use super::annotate;
use super::axis::{BarAxis, Space, ValueAxis};
use super::canvas::Canvas;
use super::error::ChartError;
use super::panel::{Layer, Panel, Pattern};
use super::panels::bar_colour;
use super::request::{ChartBar, ChartRequest, visible};
use super::theme::{BACKGROUND, FRAME, GRID, MUTED, Metrics, units};
use super::typeface::{Typeface, Weight};

pub(super) type Drawn = Result<(), DrawingAreaErrorKind<Infallible>>;
pub(super) type Area<'a> = DrawingArea<Canvas<'a>, Shift>;
pub(super) type Plot<'a> = ChartContext<'a, Canvas<'a>, Cartesian2d<BarAxis, ValueAxis>>;

/// The largest part of the width that the labels of the value axis may take.
const WIDEST_AXIS: f64 = 0.3;

/// A panel with its place in the picture, in pixels.
struct Place {
    top: f64,
    space: Space,
    axis: ValueAxis,
}

/// Draws everything onto the picture.
pub(super) fn chart(
    pixmap: &mut Pixmap,
    typeface: &mut Typeface,
    metrics: &Metrics,
    request: &ChartRequest<'_>,
    bars: &[ChartBar],
    panels: &[Panel<'_>],
) -> Result<(), ChartError> {
    let (width, height) = (f64::from(pixmap.width()), f64::from(pixmap.height()));
    let places = places(panels, height, metrics);
    let measure =
        |text: &str| f64::from(typeface.width(text, Weight::Regular, metrics.text as f32));
    let axis_width = axis_width(panels, &places, metrics, width, &measure);
    let plot_width = width - metrics.margin - axis_width;
    let dates: Vec<Date> = bars.iter().map(|bar| bar.date).collect();
    let bar_axis = BarAxis::new(&dates, plot_width, metrics.text, measure);

    let root = Canvas { pixmap, typeface }.into_drawing_area();
    root.fill(&BACKGROUND)?;
    annotate::header(&root, metrics, request, bars, width)?;
    for (index, (panel, place)) in panels.iter().zip(&places).enumerate() {
        let last = index + 1 == panels.len();
        let strip = (metrics.margin, place.top - metrics.caption, width - metrics.margin);
        annotate::caption(&root, metrics, panel, strip)?;
        if index > 0 {
            let y = units(place.top - metrics.caption);
            root.draw(&PathElement::new(
                vec![(0, y), (units(width), y)],
                hairline(FRAME, metrics),
            ))?;
        }
        let bottom = place.top + place.space.height + if last { metrics.dates } else { 0.0 };
        let area = root.clone().shrink(
            (units(metrics.margin), units(place.top)),
            (units(width - metrics.margin), units(bottom - place.top)),
        );
        let mut builder = ChartBuilder::on(&area);
        builder.right_y_label_area_size(units(axis_width));
        if last {
            builder.x_label_area_size(units(metrics.dates));
        }
        let mut plot = builder.build_cartesian_2d(bar_axis.clone(), place.axis.clone())?;
        frame(&mut plot, metrics)?;
        let step = bar_axis.step(plot_width);
        for layer in &panel.layers {
            draw_layer(&plot, layer, metrics, step)?;
        }
        annotate::subject(&root, &plot, panel, metrics, axis_width)?;
    }
    root.present()?;
    Ok(())
}

fn places(panels: &[Panel<'_>], height: f64, metrics: &Metrics) -> Vec<Place> {
    let shares: f64 = panels.iter().map(|panel| panel.share).sum();
    let strips = metrics.caption * panels.len() as f64;
    let free = height - metrics.header - metrics.dates - strips;
    let mut top = metrics.header;
    panels
        .iter()
        .map(|panel| {
            top += metrics.caption;
            let panel_height = (free * panel.share / shares).floor();
            let space = panel.space(panel_height, metrics);
            let place = Place { top, space, axis: panel.axis(space) };
            top += panel_height;
            place
        })
        .collect()
}

/// Room for the widest label of any panel, so that all panels share one right edge.
fn axis_width(
    panels: &[Panel<'_>],
    places: &[Place],
    metrics: &Metrics,
    width: f64,
    measure: &impl Fn(&str) -> f64,
) -> f64 {
    let ticks = places.iter().flat_map(|place| &place.axis.ticks);
    let labels = ticks.filter_map(|tick| tick.label.as_deref().map(measure));
    let tags = panels
        .iter()
        .filter_map(|panel| panel.latest().map(|latest| measure(&panel.format.write(latest))));
    let widest = labels.chain(tags).fold(0.0, f64::max);
    (widest + metrics.text * 1.7).min(width * WIDEST_AXIS).round()
}

pub(super) fn text_style(size: f64, weight: Weight, colour: RGBColor) -> TextStyle<'static> {
    let style = match weight {
        Weight::Regular => FontStyle::Normal,
        Weight::SemiBold => FontStyle::Bold,
    };
    let font = FontDesc::new(FontFamily::SansSerif, f64::from(units(size)), style);
    let pos = Pos::new(HPos::Left, VPos::Center);
    TextStyle { font, color: colour.to_backend_color(), pos }
}

pub(super) fn stroke(colour: RGBColor, width: f64) -> ShapeStyle {
    ShapeStyle { color: colour.to_rgba(), filled: false, stroke_width: units(width).unsigned_abs() }
}

pub(super) fn hairline(colour: RGBColor, metrics: &Metrics) -> ShapeStyle {
    stroke(colour, metrics.hair)
}

/// Length of a dash and of the gap after it, in pixels.
pub(super) fn dashes(pattern: Pattern, metrics: &Metrics) -> Option<(f64, f64)> {
    match pattern {
        Pattern::Solid | Pattern::Block => None,
        Pattern::Dashed => Some((metrics.text * 0.5, metrics.text * 0.35)),
        Pattern::Dotted => Some((metrics.text * 0.14, metrics.text * 0.3)),
    }
}

fn frame(plot: &mut Plot<'_>, metrics: &Metrics) -> Drawn {
    let grid = hairline(GRID, metrics);
    plot.configure_mesh()
        .bold_line_style(grid)
        .light_line_style(grid)
        .axis_style(hairline(FRAME, metrics))
        .label_style(text_style(metrics.text, Weight::Regular, MUTED))
        .set_all_tick_mark_size(units(metrics.text * 0.3))
        .draw()
}

/// The stretches of a line without gaps, as points of bar and value.
fn stretches(values: &[f64]) -> impl Iterator<Item = Vec<(f64, f64)>> {
    let indexed: Vec<(f64, f64)> =
        values.iter().enumerate().map(|(index, value)| (index as f64, *value)).collect();
    indexed
        .split(|(_, value)| !visible(*value))
        .filter(|stretch| !stretch.is_empty())
        .map(<[_]>::to_vec)
        .collect::<Vec<_>>()
        .into_iter()
}

/// Width of candles and columns: odd, so that a wick has a middle, and with a gap between them.
fn body_width(step: f64) -> f64 {
    let most = (step * 0.8).min(step.floor() - 1.0).floor();
    if most < 1.0 { 1.0 } else { most - (most + 1.0) % 2.0 }
}

fn draw_layer(plot: &Plot<'_>, layer: &Layer<'_>, metrics: &Metrics, step: f64) -> Drawn {
    let area = plot.plotting_area();
    let bars = plot.x_range();
    match layer {
        Layer::Candles(candles) => {
            let body = units(body_width(step)).unsigned_abs();
            for (index, bar) in candles.iter().enumerate() {
                let style = ShapeStyle { filled: true, ..hairline(bar_colour(bar), metrics) };
                area.draw(&CandleStick::new(
                    index as f64,
                    bar.open,
                    bar.high,
                    bar.low,
                    bar.close,
                    style,
                    style,
                    body,
                ))?;
            }
        }
        Layer::Line { values, colour, thin } => {
            let width = if *thin { metrics.line * 0.65 } else { metrics.line };
            for stretch in stretches(values) {
                match stretch[..] {
                    [only] => {
                        let dot = Circle::new(only, units(metrics.line), colour.filled());
                        area.draw(&dot)?;
                    }
                    _ => area.draw(&PathElement::new(stretch, stroke(*colour, width)))?,
                }
            }
        }
        Layer::Band { upper, lower, fill } => {
            let both: Vec<f64> = upper
                .iter()
                .zip(lower)
                .map(|(upper, lower)| if visible(*lower) { *upper } else { f64::NAN })
                .collect();
            for mut outline in stretches(&both) {
                let back: Vec<(f64, f64)> = outline
                    .iter()
                    .rev()
                    .map(|(index, _)| (*index, lower[*index as usize]))
                    .collect();
                outline.extend(back);
                area.draw(&Polygon::new(outline, fill.filled()))?;
            }
        }
        Layer::Zone { low, high, fill } => {
            area.draw(&Rectangle::new([(bars.start, *high), (bars.end, *low)], fill.filled()))?;
        }
        Layer::Level { value, colour, pattern } => {
            let ends = [(bars.start, *value), (bars.end, *value)];
            let style = hairline(*colour, metrics);
            match dashes(*pattern, metrics) {
                None => area.draw(&PathElement::new(ends, style))?,
                Some((dash, gap)) => {
                    area.draw(&DashedPathElement::new(ends, units(dash), units(gap), style))?;
                }
            }
        }
        Layer::Columns(columns) => {
            let body = units(body_width(step)).unsigned_abs();
            for (index, (value, colour)) in columns.iter().enumerate() {
                if visible(*value) && *value != 0.0 {
                    // A candle without wick is a column of whole pixels around its bar.
                    let (low, high) = (value.min(0.0), value.max(0.0));
                    let style = colour.filled();
                    area.draw(&CandleStick::new(
                        index as f64,
                        low,
                        high,
                        low,
                        high,
                        style,
                        style,
                        body,
                    ))?;
                }
            }
        }
    }
    Ok(())
}
