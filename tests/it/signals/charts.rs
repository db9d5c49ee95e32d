//! The data behind a recorded chart: what the execution saw, and nothing later unmarked.

use jiff::Timestamp;
use serde_json::json;
use throughline::api::dispatch;
use throughline::api::dto::{ChartDataDto, ChartMarkKind, ChartsPageDto};
use throughline::app::{Engine, EngineOptions, parse_instant};
use throughline::domain::Timeframe;
use throughline::domain::records::{CalculateIndicatorsOutput, FetchMarketDataOutput, StepName};

const MIDDLE: &str = "2012-06-19T16:00:00-04:00";

#[tokio::test]
async fn a_chart_holds_what_its_execution_saw_and_flags_what_came_later() {
    let directory = tempfile::tempdir().unwrap();
    let engine = Engine::open(EngineOptions {
        data_dir: directory.path().to_path_buf(),
        start_at: Some(parse_instant("2012-06-13T12:00:00-04:00").unwrap()),
        ..EngineOptions::default()
    })
    .await
    .unwrap();
    engine.advance_to(parse_instant("2012-06-27T12:00:00-04:00").unwrap(), |_| {}).await.unwrap();
    let request = json!({ "symbol": "AAPL", "until": "2012-06-20T00:00:00Z", "limit": 1 });
    let page = dispatch(&engine, "charts_list", request).await.unwrap();
    let page: ChartsPageDto = serde_json::from_value(page).unwrap();
    assert_eq!(page.charts.len(), 2, "a daily and a weekly one");
    let daily = &page.charts[0];
    assert_eq!(daily.timeframe, Timeframe::Daily);
    assert_eq!(daily.as_of.parse::<Timestamp>().unwrap(), parse_instant(MIDDLE).unwrap());
    let image = dispatch(&engine, "blob_get", json!({ "blob": daily.image.blob })).await.unwrap();
    assert_eq!(image["media_type"], "image/png");
    let weekly: ChartsPageDto = serde_json::from_value(
        dispatch(&engine, "charts_list", json!({ "timeframe": "1w", "limit": 3 })).await.unwrap(),
    )
    .unwrap();
    assert!(weekly.charts.iter().all(|chart| chart.timeframe == Timeframe::Weekly));
    assert_eq!(weekly.charts.len(), 3);

    let request = json!({ "execution_id": daily.execution_id, "timeframe": "1d" });
    let data = dispatch(&engine, "chart_data_get", request).await.unwrap();
    let data: ChartDataDto = serde_json::from_value(data).unwrap();
    bars_and_lines_are_those_of_the_record(&engine, &data).await;
    marks_after_the_run_are_later(&data);
    for bad in [
        json!({ "execution_id": "none", "timeframe": "1d" }),
        json!({ "execution_id": daily.execution_id, "timeframe": "1m" }),
    ] {
        assert!(dispatch(&engine, "chart_data_get", bad).await.is_err());
    }
    engine.close().await.unwrap();
}

async fn bars_and_lines_are_those_of_the_record(engine: &Engine, data: &ChartDataDto) {
    let id = throughline::domain::ExecutionId::new(data.execution_id.clone()).unwrap();
    let output = async |step| engine.store().last_success(&id, step).await.unwrap().unwrap();
    let fetched = output(StepName::FetchMarketData).await.row.output;
    let fetched: FetchMarketDataOutput = serde_json::from_str(&fetched).unwrap();
    let record = &fetched.timeframes[0];
    assert_eq!(data.bars.len(), record.count);
    assert_eq!(data.bars.last().unwrap().date, "2012-06-19", "no bar is later than the run");
    let (_, recorded) = engine.store().blob(&record.bars.blob).await.unwrap().unwrap();
    let recorded: Vec<[String; 6]> = serde_json::from_slice(&recorded).unwrap();
    for (bar, row) in data.bars.iter().zip(&recorded) {
        let shown = [&bar.date, &bar.open, &bar.high, &bar.low, &bar.close, &bar.volume];
        assert_eq!(shown, row.each_ref());
    }
    let calculated = output(StepName::CalculateIndicators).await.row.output;
    let calculated: CalculateIndicatorsOutput = serde_json::from_str(&calculated).unwrap();
    let table = &calculated.timeframes[0];
    assert_eq!(data.indicators.len(), table.indicators.len());
    for (shown, recorded) in data.indicators.iter().zip(&table.indicators) {
        assert_eq!(shown.id, recorded.indicator.id);
        for (line, record) in shown.lines.iter().zip(&recorded.lines) {
            assert_eq!(line.values.len(), data.bars.len());
            let last = line.values.last().copied().flatten();
            let expected: Option<f64> =
                record.value.map(|value| value.to_string().parse().unwrap());
            match (last, expected) {
                (Some(last), Some(expected)) => assert!((last - expected).abs() < 1e-5),
                other => assert_eq!(other.0.is_some(), other.1.is_some(), "{}", shown.id),
            }
        }
    }
    for name in ["sma_200", "supertrend", "macd_histogram", "rsi", "obv", "atr"] {
        let line = data.series.iter().find(|line| line.name == name).unwrap();
        assert_eq!(line.values.len(), data.bars.len());
        assert!(line.values.last().unwrap().is_some(), "{name} has no last value");
    }
}

fn marks_after_the_run_are_later(data: &ChartDataDto) {
    let as_of: Timestamp = data.as_of.parse().unwrap();
    let instants: Vec<Timestamp> = data.marks.iter().map(|mark| mark.at.parse().unwrap()).collect();
    assert!(instants.is_sorted(), "oldest first");
    for (mark, at) in data.marks.iter().zip(&instants) {
        assert_eq!(mark.is_later, *at > as_of, "{mark:?}");
        let ends_later =
            mark.until.as_ref().is_some_and(|until| until.parse::<Timestamp>().unwrap() > as_of);
        assert!(mark.is_later || !ends_later, "it tells of the future: {mark:?}");
    }
    let has = |kind, later| data.marks.iter().any(|m| m.kind == kind && m.is_later == later);
    for kind in [ChartMarkKind::Signal, ChartMarkKind::Entry, ChartMarkKind::Stop] {
        assert!(has(kind, false), "no {kind:?} before the run: {:#?}", data.marks);
    }
    assert!(has(ChartMarkKind::Fill, false), "no fill before the run");
    assert!(has(ChartMarkKind::Signal, true), "nothing came later");
}
