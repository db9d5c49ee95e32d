//! The two coordinates of a panel: bars from left to right, values from bottom to top.

use std::ops::Range;

use jiff::civil::Date;
use plotters::coord::ranged1d::{KeyPointHint, NoDefaultFormatting, Ranged, ValueFormatter};

use super::number::NumberFormat;

/// A place on an axis that has a grid line, and its label if there is room for one.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Tick {
    pub(super) at: f64,
    pub(super) label: Option<String>,
}

/// plotters asks twice: for all lines, and for those with labels.
fn key_points(ticks: &[Tick], hint: &impl KeyPointHint) -> Vec<f64> {
    let all = hint.weight().allow_light_points();
    ticks.iter().filter(|tick| tick.label.is_some() != all).map(|tick| tick.at).collect()
}

fn label(ticks: &[Tick], at: f64) -> String {
    ticks
        .iter()
        .find(|tick| tick.at.total_cmp(&at).is_eq())
        .and_then(|tick| tick.label.clone())
        .unwrap_or_default()
}

fn interpolate(share: f64, (from, to): (i32, i32)) -> i32 {
    from + (share * f64::from(to - from)).round() as i32
}

/// Bars by their index, with half a bar's room before the first and a little more after the last.
#[derive(Debug, Clone)]
pub(super) struct BarAxis {
    pub(super) range: Range<f64>,
    pub(super) ticks: Vec<Tick>,
}

impl Ranged for BarAxis {
    type FormatOption = NoDefaultFormatting;
    type ValueType = f64;

    fn map(&self, value: &f64, limit: (i32, i32)) -> i32 {
        interpolate((value - self.range.start) / (self.range.end - self.range.start), limit)
    }

    fn key_points<Hint: KeyPointHint>(&self, hint: Hint) -> Vec<f64> {
        key_points(&self.ticks, &hint)
    }

    fn range(&self) -> Range<f64> {
        self.range.clone()
    }
}

impl ValueFormatter<f64> for BarAxis {
    fn format_ext(&self, value: &f64) -> String {
        label(&self.ticks, *value)
    }
}

/// Where a date label may stand.
#[derive(Debug, Clone, Copy)]
enum Interval {
    Week,
    Months(i8),
    Years(i16),
}

impl Interval {
    /// From the finest to the coarsest; the first whose labels fit is taken.
    const ALL: [Self; 9] = [
        Self::Week,
        Self::Months(1),
        Self::Months(2),
        Self::Months(3),
        Self::Months(6),
        Self::Years(1),
        Self::Years(2),
        Self::Years(5),
        Self::Years(10),
    ];

    /// The number of the interval that a date lies in.
    fn number(self, date: Date) -> i64 {
        match self {
            Self::Week => {
                let days = date.duration_since(Date::ZERO).as_hours() / 24;
                // Makes the number change on Mondays.
                (days - i64::from(date.weekday().to_monday_zero_offset())).div_euclid(7)
            }
            Self::Months(months) => {
                (i64::from(date.year()) * 12 + i64::from(date.month()) - 1) / i64::from(months)
            }
            Self::Years(years) => i64::from(date.year()) / i64::from(years),
        }
    }

    fn label(self, date: Date) -> String {
        match self {
            Self::Week => date.strftime("%-d %b").to_string(),
            Self::Months(_) => date.strftime("%b %Y").to_string(),
            Self::Years(_) => date.strftime("%Y").to_string(),
        }
    }
}

impl BarAxis {
    /// An axis for these dates over `width` pixels, with `room` pixels free after the last bar.
    /// `measure` gives the width of a label.
    pub(super) fn new(
        dates: &[Date],
        width: f64,
        room: f64,
        measure: impl Fn(&str) -> f64,
    ) -> Self {
        let count = dates.len() as f64;
        let step = (width - room).max(1.0) / count;
        let range = -0.5..count - 0.5 + room / step;
        let gap = measure("00");
        let position = |index: usize| (index as f64 + 0.5) * step;

        let mut ticks: Vec<Tick> = Vec::new();
        for interval in Interval::ALL {
            ticks.clear();
            let mut crowded = false;
            let mut free_from = 0.0;
            for (index, pair) in (1..).zip(dates.windows(2)) {
                if interval.number(pair[0]) == interval.number(pair[1]) {
                    continue;
                }
                let text = interval.label(pair[1]);
                let half = measure(&text) / 2.0;
                let (start, end) = (position(index) - half, position(index) + half);
                let label = if start < 0.0 || end > width {
                    None
                } else if start < free_from {
                    crowded = true;
                    None
                } else {
                    free_from = end + gap;
                    Some(text)
                };
                ticks.push(Tick { at: index as f64, label });
            }
            if !crowded {
                break;
            }
        }
        Self { range, ticks }
    }

    /// Pixels from one bar to the next.
    pub(super) fn step(&self, width: f64) -> f64 {
        width / (self.range.end - self.range.start)
    }
}

/// Values of one panel.
#[derive(Debug, Clone)]
pub(super) struct ValueAxis {
    pub(super) range: Range<f64>,
    pub(super) ticks: Vec<Tick>,
}

impl Ranged for ValueAxis {
    type FormatOption = NoDefaultFormatting;
    type ValueType = f64;

    fn map(&self, value: &f64, limit: (i32, i32)) -> i32 {
        let share = (value - self.range.start) / (self.range.end - self.range.start);
        interpolate(share.clamp(0.0, 1.0), limit)
    }

    fn key_points<Hint: KeyPointHint>(&self, hint: Hint) -> Vec<f64> {
        key_points(&self.ticks, &hint)
    }

    fn range(&self) -> Range<f64> {
        self.range.clone()
    }
}

impl ValueFormatter<f64> for ValueAxis {
    fn format_ext(&self, value: &f64) -> String {
        label(&self.ticks, *value)
    }
}

/// The room in which the values of a panel are shown, in pixels.
#[derive(Debug, Clone, Copy)]
pub(super) struct Space {
    pub(super) height: f64,
    pub(super) above: f64,
    pub(super) below: f64,
    /// The height of a label.
    pub(super) label: f64,
    /// The least distance between two ticks.
    pub(super) ticks: f64,
}

impl ValueAxis {
    /// An axis that holds `low..=high` with the free pixels that `space` asks for.
    pub(super) fn fitting(low: f64, high: f64, space: Space, format: NumberFormat) -> Self {
        let (low, high) = widened(low, high);
        let inner = (space.height - space.above - space.below).max(space.height / 4.0);
        let per_pixel = (high - low) / inner;
        // Where the panel is too low for its margins they shrink in proportion.
        let outer = (space.height - inner) / (space.above + space.below).max(1.0);
        let range = low - space.below * outer * per_pixel..high + space.above * outer * per_pixel;
        let step = step_of_at_least(per_pixel * space.ticks);
        let format = format.for_step(step);
        let first = (range.start / step).ceil();
        let count = ((range.end - range.start) / step).floor().clamp(0.0, 100.0) as u32;
        let ticks = (0..=count)
            .map(|index| (first + f64::from(index)) * step)
            .filter(|at| range.contains(at))
            .map(|at| Tick { at, label: Some(format.write(at)) })
            .collect();
        let mut axis = Self { range, ticks };
        axis.clear_ends(space);
        axis
    }

    /// An axis over a range that is always the same, with these ticks.
    pub(super) fn fixed(range: Range<f64>, at: &[f64], format: NumberFormat, space: Space) -> Self {
        let tick = |&at: &f64| Tick { at, label: Some(format.for_step(at).write(at)) };
        let mut axis = Self { range, ticks: at.iter().map(tick).collect() };
        axis.clear_ends(space);
        axis
    }

    /// Removes the labels that would stick out of the panel.
    fn clear_ends(&mut self, space: Space) {
        let margin = space.label * 0.5 * (self.range.end - self.range.start) / space.height;
        for tick in &mut self.ticks {
            if tick.at - self.range.start < margin || self.range.end - tick.at < margin {
                tick.label = None;
            }
        }
    }

    /// Removes the labels that would touch a tag at this value, or one another.
    pub(super) fn make_room(&mut self, tag: Option<f64>, space: Space) {
        let reach = space.label * 1.2 * (self.range.end - self.range.start) / space.height;
        let mut below = f64::NEG_INFINITY;
        for tick in &mut self.ticks {
            let covered = tag.is_some_and(|tag| (tick.at - tag).abs() < reach);
            if covered || tick.at - below < reach {
                tick.label = None;
            } else if tick.label.is_some() {
                below = tick.at;
            }
        }
    }

    /// How many ticks have a label.
    pub(super) fn labels(&self) -> usize {
        self.ticks.iter().filter(|tick| tick.label.is_some()).count()
    }
}

/// A range with a height, also for values that are all the same or differ by rounding only.
fn widened(low: f64, high: f64) -> (f64, f64) {
    let magnitude = low.abs().max(high.abs());
    if high - low > magnitude * 1e-9 {
        return (low, high);
    }
    let half = if magnitude > 0.0 { magnitude * 0.01 } else { 1.0 };
    (low - half, high + half)
}

/// The smallest of 1, 2, 2.5 and 5 times a power of ten that is not below `least`.
fn step_of_at_least(least: f64) -> f64 {
    let power = 10_f64.powf(least.log10().floor());
    let step = [1.0, 2.0, 2.5, 5.0].map(|factor| factor * power);
    step.into_iter().find(|step| *step >= least).unwrap_or(10.0 * power)
}
