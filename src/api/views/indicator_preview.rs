//! Indicators on the bars of a contract, and named sets of them.

use super::charts::series;
use super::exchange_date;
use super::indicators::{bars as bar_count, panel};
use super::symbols::told;
use crate::api::dto::{
    ChartBarDto, IndicatorChoiceDto, IndicatorPreviewDto, IndicatorPreviewRequest, IndicatorSetDto,
    PreviewedIndicatorDto,
};
use crate::api::{ApiError, ErrorCode};
use crate::app::Engine;
use crate::app::symbols::{chosen, shipped_sets};
use crate::domain::Bar;
use crate::domain::records::IndicatorRecord;
use crate::executor::columns;
use crate::indicators::{IndicatorError, IndicatorKind, IndicatorSpec, compute, reading};

/// Most indicators of one preview.
const MOST_PREVIEWED: usize = 12;

/// Indicators on the bars of a contract.
pub async fn indicator_preview(
    engine: &Engine,
    request: &IndicatorPreviewRequest,
) -> Result<IndicatorPreviewDto, ApiError> {
    let specs = chosen(&request.indicators, MOST_PREVIEWED)?;
    let found = engine.symbol_bars(request.conid, request.timeframe).await?;
    let indicators = previewed(&found.bars, &specs)?;
    Ok(IndicatorPreviewDto {
        conid: request.conid,
        timeframe: request.timeframe,
        bars: found.bars.iter().map(bar).collect(),
        indicators,
        simulated: engine.parts().price_notes.simulated,
        told: told(engine, found.fetched_at, found.failure),
    })
}

fn previewed(
    bars: &[Bar],
    specs: &[IndicatorSpec],
) -> Result<Vec<PreviewedIndicatorDto>, ApiError> {
    let columns = columns(bars.iter());
    let last_close = columns.close.last().copied().unwrap_or(f64::NAN);
    let mut indicators = Vec::new();
    for spec in specs {
        let output = compute(spec, &columns).map_err(|error| uncomputable(&error))?;
        indicators.push(PreviewedIndicatorDto {
            kind: spec.kind().as_str().to_owned(),
            id: spec.id(),
            label: spec.label(),
            panel: panel(spec.kind()),
            warm_up_bars: bar_count(output.warm_up_bars),
            reading: reading(spec, &output, last_close),
            lines: output.lines.into_iter().map(|line| series(line.name, line.values)).collect(),
        });
    }
    Ok(indicators)
}

fn bar(bar: &Bar) -> ChartBarDto {
    ChartBarDto {
        date: exchange_date(bar.at),
        open: bar.open.to_string(),
        high: bar.high.to_string(),
        low: bar.low.to_string(),
        close: bar.close.to_string(),
        volume: bar.volume.to_string(),
    }
}

/// The shipped sets, and a person's own after them.
pub async fn indicator_sets(engine: &Engine) -> Result<Vec<IndicatorSetDto>, ApiError> {
    let mut sets = Vec::new();
    for set in shipped_sets()? {
        sets.push(described(set.id, set.name, set.description, true, set.indicators)?);
    }
    for set in engine.store().indicator_sets().await? {
        sets.push(described(&set.id, &set.name, &set.description, false, set.indicators)?);
    }
    Ok(sets)
}

fn described(
    id: &str,
    name: &str,
    description: &str,
    is_shipped: bool,
    indicators: Vec<IndicatorRecord>,
) -> Result<IndicatorSetDto, ApiError> {
    let mut labels = Vec::new();
    let mut warm_up = 0;
    for indicator in &indicators {
        let spec = IndicatorKind::from_name(&indicator.kind)
            .and_then(|kind| IndicatorSpec::new(kind, &indicator.parameters))
            .map_err(|error| uncomputable(&error))?;
        labels.push(spec.label());
        warm_up = warm_up.max(spec.warm_up_bars().map_err(|error| uncomputable(&error))?);
    }
    Ok(IndicatorSetDto {
        id: id.to_owned(),
        name: name.to_owned(),
        description: description.to_owned(),
        is_shipped,
        indicators: indicators
            .into_iter()
            .map(|it| IndicatorChoiceDto { kind: it.kind, parameters: it.parameters })
            .collect(),
        labels,
        warm_up_bars: bar_count(warm_up),
    })
}

fn uncomputable(error: &IndicatorError) -> ApiError {
    ApiError::new(ErrorCode::Storage, format!("an indicator cannot be computed: {error}"))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::json;

    use super::*;

    const DAILY: &str = include_str!("../../../tests/data/chart/aapl-2010-2012.csv");
    /// The last rows of the file that the window's tests show.
    const SHOWN: usize = 160;
    /// Figures of a value in the fixture, which is for looking and not for comparing.
    const FIGURES: usize = 6;

    fn bars() -> Vec<Bar> {
        let mut reader = csv::Reader::from_reader(DAILY.as_bytes());
        let bars: Vec<Bar> = reader
            .records()
            .map(|row| {
                let row = row.unwrap();
                let number = |index: usize| row[index].parse().unwrap();
                Bar {
                    at: format!("{}T13:30:00Z", &row[0]).parse().unwrap(),
                    open: number(1),
                    high: number(2),
                    low: number(3),
                    close: number(4),
                    volume: number(5),
                }
            })
            .collect();
        bars[bars.len() - SHOWN..].to_vec()
    }

    fn every_kind() -> Vec<IndicatorSpec> {
        IndicatorKind::ALL
            .iter()
            .map(|kind| IndicatorSpec::new(*kind, &BTreeMap::new()).unwrap())
            .collect()
    }

    #[test]
    fn a_preview_has_a_value_for_each_bar_and_none_while_it_warms_up() {
        let bars = bars();
        let previewed = previewed(&bars, &every_kind()).unwrap();
        assert_eq!(previewed.len(), IndicatorKind::ALL.len());
        for it in &previewed {
            assert!(it.reading.is_some(), "{}", it.id);
            for line in it
                .lines
                .iter()
                .filter(|line| (it.kind.as_str(), line.name.as_str()) != ("VOLUME", "value"))
            {
                assert_eq!(line.values.len(), SHOWN, "{}", it.id);
                let first = line.values.iter().position(Option::is_some);
                assert_eq!(first, Some(it.warm_up_bars as usize), "{} {}", it.id, line.name);
            }
        }
    }

    /// The window's tests show what the engine computes: `UPDATE=1 cargo test --lib of_the_window`
    /// writes it anew.
    #[test]
    fn the_previews_of_the_window_s_tests_are_the_engine_s() {
        let mut indicators = previewed(&bars(), &every_kind()).unwrap();
        let lines = indicators.iter_mut().flat_map(|it| &mut it.lines);
        for value in lines.flat_map(|line| &mut line.values) {
            *value = value.map(|value| format!("{value:.FIGURES$e}").parse().unwrap());
        }
        let bars: Vec<ChartBarDto> = bars().iter().map(bar).collect();
        let said = json!({ "bars": bars, "indicators": indicators });
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("ui/src/test/fixtures/indicator-previews.json");
        if std::env::var_os("UPDATE").is_some() {
            std::fs::write(&path, serde_json::to_string(&said).unwrap() + "\n").unwrap();
        }
        let kept = std::fs::read_to_string(&path).unwrap();
        let kept: serde_json::Value = serde_json::from_str(&kept).unwrap();
        assert!(kept == said, "run `UPDATE=1 cargo test --lib of_the_window`");
    }
}
