//! All that is known of one indicator, in one place.

use super::bars::Column;
use super::compute::Run;
use super::kind::{IndicatorGroup, IndicatorPanel};
use super::parameter::{ParameterRule, ParameterSpec};
use super::reading::Reading;
use super::{IndicatorError, IndicatorOutput};

/// An indicator: how it is called, what it takes, how it is computed and read.
#[derive(Debug)]
pub(super) struct Entry {
    /// The name in configurations and records.
    pub(super) code: &'static str,
    /// The name in labels, where it is not the code.
    pub(super) label: &'static str,
    /// The name in words.
    pub(super) name: &'static str,
    /// One sentence.
    pub(super) description: &'static str,
    pub(super) group: IndicatorGroup,
    pub(super) panel: IndicatorPanel,
    /// In the order in which an id names them.
    pub(super) parameters: &'static [ParameterSpec],
    pub(super) rules: &'static [ParameterRule],
    pub(super) reads: Reads,
    pub(super) compute: fn(&Run<'_>) -> Result<IndicatorOutput, IndicatorError>,
    /// What it says at the last bar; nothing while a line that it rests on warms up.
    pub(super) reading: fn(&Reading<'_>) -> Option<String>,
}

/// The columns that an indicator is computed from.
#[derive(Debug, Clone, Copy)]
pub(super) enum Reads {
    /// The price that the parameter of this position names.
    Source(usize),
    /// The same, and the volume.
    SourceAndVolume(usize),
    /// These.
    Columns(&'static [Column]),
}

impl Reads {
    pub(super) const CLOSE: Self = Self::Columns(&[Column::CLOSE]);
    pub(super) const HIGH_LOW: Self = Self::Columns(&[Column::HIGH, Column::LOW]);
    pub(super) const RANGE: Self = Self::Columns(&[Column::HIGH, Column::LOW, Column::CLOSE]);
    pub(super) const CLOSE_VOLUME: Self = Self::Columns(&[Column::CLOSE, Column::Volume]);
    pub(super) const VOLUME: Self = Self::Columns(&[Column::Volume]);
    pub(super) const RANGE_VOLUME: Self =
        Self::Columns(&[Column::HIGH, Column::LOW, Column::CLOSE, Column::Volume]);
}
