//! Chance scores "no edge", and knowledge of the future scores "edge". Both are fakes in a sandbox
//! that trades through the whole engine.

use std::sync::Arc;

use throughline::analyst::Analyst;
use throughline::api::dispatch;
use throughline::api::dto::{TruthCardDto, TruthVerdict};

use super::analysts::{by_lot, peeking, quick};

const FROM: &str = "2012-01-03T12:00:00-05:00";
/// Fifty-eight sessions of a rising market: in four symbols enough trades, in debug a bearable time.
const TO: &str = "2012-03-27T17:00:00-04:00";

async fn card(analyst: Arc<dyn Analyst>) -> TruthCardDto {
    let directory = tempfile::tempdir().unwrap();
    let engine = quick(directory.path(), FROM, analyst).await;
    engine.advance_to(TO.parse().unwrap(), |_| {}).await.unwrap();
    let request = serde_json::json!({ "strategy_id": "quick" });
    let card = dispatch(&engine, "truth_card_get", request).await.unwrap();
    engine.close().await.unwrap();
    let card: TruthCardDto = serde_json::from_value(card).unwrap();
    println!("{}", card.sentence);
    assert!(card.numbers.wins + card.numbers.losses >= card.minimum_outcomes, "{card:#?}");
    card
}

#[tokio::test]
async fn an_analyst_that_draws_lots_has_no_edge() {
    let card = card(by_lot(1)).await;
    assert_eq!(card.verdict, TruthVerdict::NoEdge, "{}", card.sentence);
    let coin = card.baselines.coin.unwrap();
    assert!(coin.p_value >= 0.05, "{coin:?}");
    let own = card.baselines.strategy.mean_r.unwrap();
    assert!((coin.low..=coin.high).contains(&own), "{own} is not among the lots: {coin:?}");
    // It says nothing but BUY, at two cents a word.
    assert_eq!(card.long_bias.sells, 0);
    assert!((card.long_bias.buy_share.unwrap().value - 1.0).abs() < 1e-12);
    assert!(card.long_bias.days > 200 && card.long_bias.up_days < card.long_bias.days);
    assert_eq!(card.cost.per_signal.as_deref(), Some("0.02"));
    // It always states 75 %, which its hit rate does not bear out.
    assert_eq!(card.calibration.bins.len(), 1);
    let bin = &card.calibration.bins[0];
    assert!((bin.mean_confidence - 0.75).abs() < 1e-9);
    assert!(card.calibration.brier_score > card.calibration.brier_of_base_rate);
}

#[tokio::test]
async fn an_analyst_that_knows_the_future_has_an_edge() {
    let card = card(peeking()).await;
    assert_eq!(card.verdict, TruthVerdict::Edge, "{}", card.sentence);
    let coin = card.baselines.coin.unwrap();
    assert!(coin.p_value < 0.01, "{coin:?}");
    assert!(card.baselines.strategy.mean_r.unwrap() > coin.high);
    assert!(card.numbers.win_rate.unwrap().low > 0.5, "{:?}", card.numbers);
    let held = card.baselines.buy_and_hold.unwrap();
    assert_eq!(held.strategy_profit_loss, card.numbers.net_profit_loss);
}
