use std::sync::Arc;

use super::{Calculated, Fetched, Loaded};
use crate::analyst::ChartSeen;
use crate::chart::{ChartBar, ChartImage, ChartRequest, render};
use crate::domain::records::{ChartRecord, GenerateChartsInput, GenerateChartsOutput, StepName};
use crate::executor::{Effect, Made, Parts, Step, StepError};
use crate::store::BlobBytes;

/// Size of a chart in pixels.
const WIDTH: u32 = 1280;
const HEIGHT: u32 = 960;

/// Step 4: the images that an analyst sees.
pub(crate) struct GenerateCharts<'a> {
    pub(crate) loaded: &'a Loaded,
    pub(crate) fetched: &'a Fetched,
    pub(crate) calculated: &'a Calculated,
}

/// A timeframe of which there is no series, which the steps before rule out.
#[derive(Debug, thiserror::Error)]
#[error("the {timeframe} series that the chart draws is missing")]
struct MissingSeries {
    timeframe: crate::domain::Timeframe,
}

impl Step for GenerateCharts<'_> {
    const NAME: StepName = StepName::GenerateCharts;
    const EFFECT: Effect = Effect::Pure;
    type Input = GenerateChartsInput;
    type Output = Vec<ChartSeen>;
    type Record = GenerateChartsOutput;

    fn input(&self) -> GenerateChartsInput {
        let timeframes = &self.loaded.definition.timeframes;
        GenerateChartsInput {
            bars_shown: timeframes
                .iter()
                .map(|wanted| (wanted.timeframe, wanted.bars_shown))
                .collect(),
            width: WIDTH,
            height: HEIGHT,
        }
    }

    async fn run(self, _: &Parts) -> Result<Made<Vec<ChartSeen>, GenerateChartsOutput>, StepError> {
        self.made()
    }
}

impl GenerateCharts<'_> {
    /// Draws them. It needs nothing but itself, so that a record of it can be computed again.
    pub(crate) fn made(self) -> Result<Made<Vec<ChartSeen>, GenerateChartsOutput>, StepError> {
        let prices = &self.fetched.record;
        let note = match (&prices.adjustment, prices.simulated) {
            (Some(adjustment), true) => format!("simulated exchange · {adjustment}"),
            (None, true) => "simulated exchange".to_owned(),
            (adjustment, false) => adjustment.clone().unwrap_or_default(),
        };
        let mut charts = Vec::new();
        let mut seen = Vec::new();
        let mut blobs = Vec::new();
        for (wanted, (timeframe, bars)) in
            self.loaded.definition.timeframes.iter().zip(&self.fetched.bars)
        {
            let timeframe = *timeframe;
            let (Some(series), Some(columns)) =
                (self.calculated.series.get(&timeframe), self.calculated.columns.get(&timeframe))
            else {
                return Err(MissingSeries { timeframe }.into());
            };
            let chart_bars: Vec<ChartBar> = bars
                .iter()
                .enumerate()
                .map(|(index, (date, _))| ChartBar {
                    date: *date,
                    open: columns.open[index],
                    high: columns.high[index],
                    low: columns.low[index],
                    close: columns.close[index],
                    volume: columns.volume[index],
                })
                .collect();
            let image = render(&ChartRequest {
                symbol: &self.loaded.symbol,
                timeframe,
                note: &note,
                bars: &chart_bars,
                series,
                bars_shown: wanted.bars_shown,
                width: WIDTH,
                height: HEIGHT,
            })?;
            let ChartImage { png, width, height, bars_shown, panels } = image;
            let blob = BlobBytes { media_type: "image/png".into(), bytes: png };
            seen.push(ChartSeen {
                timeframe,
                image: blob.reference(),
                png: Arc::from(blob.bytes.as_slice()),
            });
            let first = chart_bars.len().saturating_sub(bars_shown);
            charts.push(ChartRecord {
                timeframe,
                image: blob.reference(),
                width,
                height,
                bars_shown,
                first: chart_bars.get(first).map(|bar| bar.date.to_string()).unwrap_or_default(),
                last: chart_bars.last().map(|bar| bar.date.to_string()).unwrap_or_default(),
                panels,
            });
            blobs.push(blob);
        }
        Ok(Made { output: seen, record: GenerateChartsOutput { charts }, blobs })
    }
}
