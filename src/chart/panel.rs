//! What a panel shows, before anything is drawn.

use plotters::style::{Color, RGBAColor, RGBColor};

use super::axis::{Space, ValueAxis};
use super::number::NumberFormat;
use super::statistics::Statistics;
use super::theme::{MUTED, Metrics, TEXT};
use super::{ChartBar, visible};

/// How a line is drawn, on the panel and in its caption.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pattern {
    Solid,
    Dashed,
    Dotted,
    /// A filled square, for columns.
    Block,
}

/// A sample of a line before its name.
#[derive(Debug, Clone, Copy)]
pub(super) struct Swatch {
    pub(super) colour: RGBColor,
    pub(super) pattern: Pattern,
}

/// One entry of a caption: a sample of the line, its name, its value.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) swatch: Option<Swatch>,
    pub(super) name: String,
    pub(super) value: String,
    pub(super) value_colour: RGBColor,
}

impl Entry {
    /// The last value of a series. A series without any value is said to be missing, with what it
    /// lacks; one that has none on the last bar is given a dash.
    pub(super) fn of_series(
        name: &str,
        values: &[f64],
        colour: RGBColor,
        pattern: Pattern,
        format: NumberFormat,
    ) -> Self {
        let swatch = Some(Swatch { colour, pattern });
        if !values.iter().any(|value| visible(*value)) {
            return Self {
                swatch: None,
                name: format!("{name}: needs more bars"),
                value: String::new(),
                value_colour: MUTED,
            };
        }
        let value = match values.last() {
            Some(value) if visible(*value) => format.write(*value),
            _ => "–".to_owned(),
        };
        Self { swatch, name: name.to_owned(), value, value_colour: TEXT }
    }
}

/// One thing drawn on a panel. Every slice has one value for each bar shown.
#[derive(Debug, Clone)]
pub(super) enum Layer<'a> {
    /// Open, high, low and close.
    Candles(&'a [ChartBar]),
    /// A line, broken where a value is missing.
    Line { values: Vec<f64>, colour: RGBColor, thin: bool },
    /// The area between two lines, where both are there.
    Band { upper: Vec<f64>, lower: Vec<f64>, fill: RGBAColor },
    /// The area between two values, over the whole width.
    Zone { low: f64, high: f64, fill: RGBAColor },
    /// A horizontal line over the whole width.
    Level { value: f64, colour: RGBColor, pattern: Pattern },
    /// Columns that stand on zero, or hang from it.
    Columns(Vec<(f64, RGBColor)>),
}

impl Layer<'_> {
    /// A line of the ordinary width.
    pub(super) fn line(values: &[f64], colour: RGBColor) -> Self {
        Self::Line { values: values.to_vec(), colour, thin: false }
    }

    /// A thin line.
    pub(super) fn thin_line(values: &[f64], colour: RGBColor) -> Self {
        Self::Line { values: values.to_vec(), colour, thin: true }
    }

    /// A shaded area between two lines.
    pub(super) fn band(upper: &[f64], lower: &[f64], colour: RGBColor, opacity: f64) -> Self {
        Self::Band { upper: upper.to_vec(), lower: lower.to_vec(), fill: colour.mix(opacity) }
    }

    /// The lowest and highest value that the layer draws.
    fn extent(&self) -> Option<(f64, f64)> {
        fn over(values: impl Iterator<Item = f64>) -> Option<(f64, f64)> {
            values.filter(|value| visible(*value)).fold(None, |extent, value| {
                let (low, high) = extent.unwrap_or((value, value));
                Some((value.min(low), value.max(high)))
            })
        }
        match self {
            Self::Candles(bars) => {
                over(bars.iter().flat_map(|bar| [bar.open, bar.high, bar.low, bar.close]))
            }
            Self::Line { values, .. } => over(values.iter().copied()),
            Self::Band { upper, lower, .. } => over(upper.iter().chain(lower).copied()),
            Self::Columns(columns) => over(columns.iter().map(|column| column.0).chain([0.0])),
            Self::Zone { low, high, .. } => over([*low, *high].into_iter()),
            Self::Level { value, .. } => over([*value].into_iter()),
        }
    }
}

/// The values between which a panel reaches.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Reach {
    /// As far as what is drawn.
    Fitted,
    /// From zero upwards where nothing is negative.
    FromZero,
    /// Always the same, with ticks at these values.
    Fixed { low: f64, high: f64, ticks: &'static [f64] },
}

/// The value whose last figure is tagged on the axis, and whose extremes are marked.
#[derive(Debug, Clone)]
pub(super) struct Subject {
    pub(super) statistics: Statistics,
    /// The extremes; those of a price are not those of its close.
    pub(super) highest: (usize, f64),
    pub(super) lowest: (usize, f64),
    pub(super) colour: RGBColor,
    /// Whether the extremes carry their values, and not only an arrow.
    pub(super) labelled: bool,
}

impl Subject {
    /// The subject of a panel with one main series; nothing if it has no value yet.
    pub(super) fn of(values: &[f64], colour: RGBColor) -> Option<Self> {
        let values: Vec<f64> =
            values.iter().map(|value| if visible(*value) { *value } else { f64::NAN }).collect();
        Statistics::of(&values).map(|statistics| Self {
            statistics,
            highest: statistics.highest,
            lowest: statistics.lowest,
            colour,
            labelled: false,
        })
    }
}

/// One of the seven panels.
#[derive(Debug, Clone)]
pub(super) struct Panel<'a> {
    pub(super) name: &'static str,
    /// Its part of the height, relative to the other panels.
    pub(super) share: f64,
    pub(super) reach: Reach,
    pub(super) format: NumberFormat,
    pub(super) entries: Vec<Entry>,
    pub(super) layers: Vec<Layer<'a>>,
    pub(super) subject: Option<Subject>,
}

impl Panel<'_> {
    /// The room for values in a panel of this height in pixels.
    pub(super) fn space(&self, height: f64, metrics: &Metrics) -> Space {
        let arrow = metrics.mark * 2.2;
        let label = if self.subject.as_ref().is_some_and(|subject| subject.labelled) {
            metrics.text * 1.2
        } else {
            0.0
        };
        // Tall panels have their ticks further apart; low ones as close as can be read.
        let ticks = (height / 10.0).clamp(metrics.text * 1.2, metrics.text * 2.0);
        let free = arrow + label;
        Space { height, above: free, below: free, label: metrics.text, ticks }
    }

    /// The axis of the panel, without labels where the tag of the latest value stands. If that
    /// leaves hardly any, ticks stand closer.
    pub(super) fn axis(&self, space: Space) -> ValueAxis {
        let axis = self.axis_with(space);
        if axis.labels() >= 2 {
            return axis;
        }
        let closer = self.axis_with(Space { ticks: space.ticks * 0.5, ..space });
        if closer.labels() > axis.labels() { closer } else { axis }
    }

    fn axis_with(&self, space: Space) -> ValueAxis {
        let extents = self.layers.iter().filter_map(Layer::extent);
        let extent = extents.reduce(|(a, b), (c, d)| (a.min(c), b.max(d)));
        let (low, high) = extent.unwrap_or((0.0, 1.0));
        let mut axis = match self.reach {
            Reach::Fixed { low, high, ticks } => {
                ValueAxis::fixed(low..high, ticks, self.format, space)
            }
            Reach::FromZero if low >= 0.0 => {
                let mut axis = ValueAxis::fitting(0.0, high, space, self.format);
                // The room for the arrow below zero belongs to no value.
                axis.ticks.retain(|tick| tick.at >= 0.0);
                axis
            }
            Reach::FromZero | Reach::Fitted => ValueAxis::fitting(low, high, space, self.format),
        };
        if extent.is_none() {
            // An axis without data would be made up.
            axis.ticks.clear();
        }
        axis.make_room(self.latest(), space);
        axis
    }

    /// The latest value of the subject.
    pub(super) fn latest(&self) -> Option<f64> {
        self.subject.as_ref().and_then(|subject| subject.statistics.latest)
    }

    /// Index of the last bar.
    pub(super) fn last_bar(&self) -> f64 {
        let bars = self.layers.iter().find_map(|layer| match layer {
            Layer::Candles(bars) => Some(bars.len()),
            Layer::Line { values, .. } => Some(values.len()),
            Layer::Columns(columns) => Some(columns.len()),
            Layer::Band { .. } | Layer::Zone { .. } | Layer::Level { .. } => None,
        });
        bars.map_or(0.0, |bars| bars as f64 - 1.0)
    }

    /// The figures at the right end of the caption.
    pub(super) fn figures(&self) -> Vec<Entry> {
        let Some(subject) = &self.subject else { return Vec::new() };
        let write = |value| self.format.write(value);
        let dash = |pattern| Some(Swatch { colour: MUTED, pattern });
        let muted = |swatch, name: &str, value: f64| Entry {
            swatch,
            name: name.to_owned(),
            value: write(value),
            value_colour: MUTED,
        };
        vec![
            muted(None, "max", subject.highest.1),
            muted(None, "min", subject.lowest.1),
            muted(dash(Pattern::Dashed), "avg", subject.statistics.average),
            muted(dash(Pattern::Dotted), "median", subject.statistics.median),
        ]
    }
}
