use std::collections::BTreeMap;

use jiff::civil::Date;
use rust_decimal::Decimal;
use rust_decimal::prelude::{FromPrimitive, ToPrimitive};

use super::{Fetched, Loaded};
use crate::chart::ChartSeries;
use crate::domain::records::{
    CalculateIndicatorsInput, CalculateIndicatorsOutput, IndicatorLine, IndicatorRecord,
    IndicatorTable, IndicatorValue, StepName,
};
use crate::domain::{Bar, Timeframe};
use crate::executor::{Effect, Made, Parts, Step, StepError};
use crate::indicators::{
    BarColumns, IndicatorError, IndicatorKind, IndicatorOutput, IndicatorSpec, compute, reading,
};

/// Values kept for a small plot.
const RECENT_VALUES: usize = 60;

/// Places after the point in records.
const RECORD_PLACES: u32 = 6;

/// Step 3: every indicator on every timeframe.
pub(crate) struct CalculateIndicators<'a> {
    pub(crate) loaded: &'a Loaded,
    pub(crate) fetched: &'a Fetched,
}

/// The tables, and the series that the charts draw.
pub(crate) struct Calculated {
    pub(crate) tables: Vec<IndicatorTable>,
    pub(crate) columns: BTreeMap<Timeframe, BarColumns>,
    pub(crate) series: BTreeMap<Timeframe, ChartSeries>,
}

impl Step for CalculateIndicators<'_> {
    const NAME: StepName = StepName::CalculateIndicators;
    const EFFECT: Effect = Effect::Pure;
    type Input = CalculateIndicatorsInput;
    type Output = Calculated;
    type Record = CalculateIndicatorsOutput;

    fn input(&self) -> CalculateIndicatorsInput {
        let timeframes = &self.fetched.record.timeframes;
        CalculateIndicatorsInput {
            bars: timeframes.iter().map(|bars| (bars.timeframe, bars.bars.clone())).collect(),
            indicators: self.loaded.record.indicators.clone(),
        }
    }

    async fn run(
        self,
        _: &Parts,
    ) -> Result<Made<Calculated, CalculateIndicatorsOutput>, StepError> {
        self.made()
    }
}

impl CalculateIndicators<'_> {
    /// Computes them. It needs nothing but itself, so that a record of it can be computed again.
    pub(crate) fn made(self) -> Result<Made<Calculated, CalculateIndicatorsOutput>, StepError> {
        let mut made =
            Calculated { tables: Vec::new(), columns: BTreeMap::new(), series: BTreeMap::new() };
        for (timeframe, bars) in &self.fetched.bars {
            let columns = columns(bars.iter().map(|(_, bar)| bar));
            made.tables.push(table_of(*timeframe, bars, &columns, &self.loaded.indicators)?);
            made.series.insert(*timeframe, chart_series(&columns)?);
            made.columns.insert(*timeframe, columns);
        }
        let record = CalculateIndicatorsOutput { timeframes: made.tables.clone() };
        Ok(Made { output: made, record, blobs: Vec::new() })
    }
}

/// The table of one timeframe.
pub(crate) fn table(
    timeframe: Timeframe,
    bars: &[(Date, Bar)],
    wanted: &[(IndicatorRecord, IndicatorSpec)],
) -> Result<IndicatorTable, IndicatorError> {
    table_of(timeframe, bars, &columns(bars.iter().map(|(_, bar)| bar)), wanted)
}

fn table_of(
    timeframe: Timeframe,
    bars: &[(Date, Bar)],
    columns: &BarColumns,
    wanted: &[(IndicatorRecord, IndicatorSpec)],
) -> Result<IndicatorTable, IndicatorError> {
    let last_close = columns.close.last().copied().unwrap_or(f64::NAN);
    let mut indicators = Vec::new();
    for (record, spec) in wanted {
        let output = compute(spec, columns)?;
        indicators.push(IndicatorValue {
            indicator: record.clone(),
            label: spec.label(),
            lines: output.lines.iter().map(|line| recorded(line.name, &line.values)).collect(),
            reading: reading(spec, &output, last_close),
            warm_up_bars: output.warm_up_bars,
            bars: columns.len(),
            is_warm: output.lines.iter().all(|line| line.last().is_some()),
        });
    }
    Ok(IndicatorTable {
        timeframe,
        as_of: bars.last().map(|(date, _)| date.to_string()).unwrap_or_default(),
        indicators,
    })
}

/// Bars by column, for arithmetic.
pub fn columns<'a>(bars: impl Iterator<Item = &'a Bar>) -> BarColumns {
    let number = |value: Decimal| value.to_f64().unwrap_or(f64::NAN);
    let mut columns = BarColumns::default();
    for bar in bars {
        columns.open.push(number(bar.open));
        columns.high.push(number(bar.high));
        columns.low.push(number(bar.low));
        columns.close.push(number(bar.close));
        columns.volume.push(number(bar.volume));
    }
    columns
}

fn recorded(name: &str, values: &[f64]) -> IndicatorLine {
    let decimal = |value: f64| {
        Decimal::from_f64(value).map(|value| value.round_dp(RECORD_PLACES).normalize())
    };
    let recent: Vec<Option<Decimal>> = values
        .iter()
        .skip(values.len().saturating_sub(RECENT_VALUES))
        .map(|value| decimal(*value))
        .collect();
    IndicatorLine {
        name: name.to_owned(),
        value: recent.last().copied().flatten(),
        previous: recent.len().checked_sub(2).and_then(|index| recent[index]),
        recent,
    }
}

/// What the seven panels draw, whatever the strategy computes (workflow.md §4).
pub fn chart_series(columns: &BarColumns) -> Result<ChartSeries, IndicatorError> {
    let run = |kind: IndicatorKind, parameters: &[(&str, &str)]| {
        let parameters = parameters
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        compute(&IndicatorSpec::new(kind, &parameters)?, columns)
    };
    let take = |output: &mut IndicatorOutput, name: &str| {
        output
            .lines
            .iter_mut()
            .find(|line| line.name == name)
            .map_or_else(|| vec![f64::NAN; columns.len()], |line| std::mem::take(&mut line.values))
    };
    let sma = |period: &str| -> Result<Vec<f64>, IndicatorError> {
        Ok(take(&mut run(IndicatorKind::Sma, &[("period", period)])?, "value"))
    };
    let mut bands = run(IndicatorKind::BollingerBands, &[])?;
    let mut supertrend = run(IndicatorKind::SuperTrend, &[])?;
    let mut macd = run(IndicatorKind::Macd, &[])?;
    Ok(ChartSeries {
        sma_20: sma("20")?,
        sma_50: sma("50")?,
        sma_200: sma("200")?,
        bollinger_upper: take(&mut bands, "upper"),
        bollinger_middle: take(&mut bands, "middle"),
        bollinger_lower: take(&mut bands, "lower"),
        supertrend: take(&mut supertrend, "value"),
        supertrend_direction: take(&mut supertrend, "direction"),
        macd: take(&mut macd, "value"),
        macd_signal: take(&mut macd, "signal"),
        macd_histogram: take(&mut macd, "histogram"),
        rsi: take(&mut run(IndicatorKind::Rsi, &[])?, "value"),
        obv: take(&mut run(IndicatorKind::Obv, &[])?, "value"),
        atr: take(&mut run(IndicatorKind::Atr, &[])?, "value"),
    })
}
