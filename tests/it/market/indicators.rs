use jiff::SignedDuration;
use serde_json::{Value, json};
use throughline::api::ErrorCode;
use throughline::api::dto::{
    IndicatorCheckDto, IndicatorKindDto, IndicatorPreviewDto, IndicatorSetDto,
};

use super::{ask, conid, cut_the_line, opened, refused};

#[tokio::test]
async fn every_kind_of_the_catalogue_is_previewed_on_the_bars_of_a_contract() {
    let directory = tempfile::tempdir().unwrap();
    let engine = opened(&directory).await;
    let conid = conid(&engine, "AAPL").await;
    let kinds: Vec<IndicatorKindDto> = ask(&engine, "indicator_kinds_list", json!({})).await;
    assert!(kinds.len() > 45, "{} kinds", kinds.len());
    for some in kinds.chunks(12) {
        let indicators: Vec<Value> =
            some.iter().map(|kind| json!({ "kind": kind.kind, "parameters": {} })).collect();
        let request = json!({ "conid": conid, "timeframe": "1d", "indicators": indicators });
        let preview: IndicatorPreviewDto = ask(&engine, "indicator_preview", request).await;
        assert!(preview.bars.len() > 400 && preview.simulated && !preview.told.stale);
        for (made, kind) in preview.indicators.iter().zip(some) {
            assert_eq!((&made.label, made.warm_up_bars), (&kind.label, kind.warm_up_bars));
            assert!(made.reading.is_some(), "{}", made.label);
            assert_eq!(made.lines.len(), kind.lines.len());
            for line in &made.lines {
                assert_eq!(line.values.len(), preview.bars.len(), "{}", made.label);
                assert!(line.values.last().unwrap().is_some(), "{}", made.label);
            }
        }
    }
    engine.close().await.unwrap();
}

#[tokio::test]
async fn a_preview_is_refused_in_words_and_shown_stale_while_the_line_is_cut() {
    let directory = tempfile::tempdir().unwrap();
    let engine = opened(&directory).await;
    let conid = conid(&engine, "AAPL").await;
    let of =
        |indicators: Value| json!({ "conid": conid, "timeframe": "1w", "indicators": indicators });
    let macd = json!([{ "kind": "MACD", "parameters": { "fast_period": "40" } }]);
    for (request, words) in [
        (of(json!([])), "choose 1 to 12 indicators"),
        (of(macd), "fast_period 40 is not below slow_period 26"),
        (
            of(json!([{ "kind": "OBV", "parameters": {} }, { "kind": "obv", "parameters": {} }])),
            "twice",
        ),
    ] {
        let (code, message) = refused(&engine, "indicator_preview", request).await;
        assert_eq!(code, ErrorCode::InvalidRequest);
        assert!(message.contains(words), "{message}");
    }
    let sma = of(json!([{ "kind": "SMA", "parameters": { "period": "10" } }]));
    let fresh: IndicatorPreviewDto = ask(&engine, "indicator_preview", sma.clone()).await;
    let later = engine.now() + SignedDuration::from_mins(20);
    engine.advance_to(later, |_| {}).await.unwrap();
    cut_the_line(&engine, true).await;
    let stale: IndicatorPreviewDto = ask(&engine, "indicator_preview", sma).await;
    assert!(stale.told.stale && stale.told.as_of == fresh.told.as_of);
    assert_eq!(stale.bars.len(), fresh.bars.len());
    engine.close().await.unwrap();
}

#[tokio::test]
async fn a5_2_a_form_is_told_of_every_parameter_that_is_wrong() {
    let directory = tempfile::tempdir().unwrap();
    let engine = opened(&directory).await;
    let request =
        json!({ "kind": "ULTOSC", "parameters": { "short_period": "20", "long_period": "0" } });
    let check: IndicatorCheckDto = ask(&engine, "indicator_check", request).await;
    let fields: Vec<_> = check.problems.iter().map(|p| p.parameter.as_deref().unwrap()).collect();
    assert_eq!(fields, ["long_period", "short_period"]);
    engine.close().await.unwrap();
}

#[tokio::test]
async fn sets_of_indicators_are_kept_over_a_restart_beside_the_shipped_ones() {
    let directory = tempfile::tempdir().unwrap();
    let engine = opened(&directory).await;
    let shipped: Vec<IndicatorSetDto> = ask(&engine, "indicator_sets_list", json!({})).await;
    let names: Vec<_> = shipped.iter().map(|set| set.name.as_str()).collect();
    assert_eq!(names, ["Momentum", "Trend", "Mean reversion", "Volume"]);
    assert!(shipped.iter().all(|set| set.is_shipped && set.warm_up_bars > 0));
    let mine = |id: Value, name: &str, period: &str| {
        json!({
            "set_id": id, "name": name, "description": "For a test.",
            "indicators": [{ "kind": "rsi", "parameters": { "period": period } }],
        })
    };
    let made: Vec<IndicatorSetDto> =
        ask(&engine, "indicator_set_save", mine(Value::Null, "Mine", "9")).await;
    let own = made.iter().find(|set| !set.is_shipped).unwrap();
    assert_eq!(own.labels, ["RSI(9)"]);
    let id = own.id.clone();
    for (request, words) in [
        (mine(Value::Null, "MINE", "9"), "already"),
        (mine(Value::Null, "momentum", "9"), "already"),
        (mine(json!("shipped-trend"), "Other", "9"), "part of the program"),
        (mine(json!("set-99"), "Other", "9"), "no set of indicators"),
        (mine(Value::Null, "Other", "0"), "give a whole number"),
    ] {
        let (_, message) = refused(&engine, "indicator_set_save", request).await;
        assert!(message.contains(words), "{message}");
    }
    let _: Value = ask(&engine, "indicator_set_save", mine(json!(id), "Mine", "21")).await;
    engine.close().await.unwrap();
    let engine = opened(&directory).await;
    let kept: Vec<IndicatorSetDto> = ask(&engine, "indicator_sets_list", json!({})).await;
    let own = kept.iter().find(|set| set.id == id).unwrap();
    assert_eq!((own.name.as_str(), own.labels.as_slice()), ("Mine", &["RSI(21)".to_owned()][..]));
    let request = json!({ "set_id": "shipped-volume" });
    let (code, _) = refused(&engine, "indicator_set_delete", request).await;
    assert_eq!(code, ErrorCode::InvalidRequest);
    let left: Vec<IndicatorSetDto> =
        ask(&engine, "indicator_set_delete", json!({ "set_id": id })).await;
    assert_eq!(left.len(), 4);
    engine.close().await.unwrap();
}
