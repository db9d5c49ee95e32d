//! A quarter of the five sample strategies by the rule analyst: signals against the books.

use std::collections::BTreeMap;
use std::sync::Arc;

use rust_decimal::Decimal;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use throughline::api::dispatch;
use throughline::api::dto::{LeaderboardDto, PerformanceDto, SignalsPageDto};
use throughline::app::{Engine, EngineOptions, parse_instant};
use throughline::domain::records::Outcome;
use throughline::domain::{Signal, SignalAction, SignalOutcome, SignalStatus};
use throughline::store::{Page, SignalFilter};

const FROM: &str = "2012-01-03T12:00:00-05:00";
const TO: &str = "2012-03-16T17:00:00-04:00";

/// An average over several fills is a quotient, which two sums may round differently.
fn to_micros(price: Option<Decimal>) -> Option<Decimal> {
    price.map(|price| price.round_dp(6))
}

async fn all(engine: &Engine) -> Vec<Signal> {
    engine.store().signals(&SignalFilter::default(), Page::ALL).await.unwrap()
}

async fn ask<T: DeserializeOwned>(engine: &Arc<Engine>, name: &str, request: Value) -> T {
    let answer = dispatch(engine, name, request).await.unwrap();
    serde_json::from_value(answer).unwrap()
}

/// One run, looked at from several sides: it takes long, and its tasks end with their test.
#[tokio::test]
async fn b2_2_signals_agree_with_the_books() {
    let directory = tempfile::tempdir().unwrap();
    let engine = Engine::open(EngineOptions {
        data_dir: directory.path().to_path_buf(),
        start_at: Some(parse_instant(FROM).unwrap()),
        ..EngineOptions::default()
    })
    .await
    .unwrap();
    engine.advance_to(parse_instant(TO).unwrap(), |_| {}).await.unwrap();
    outcomes_equal_closed_trades_to_the_cent(&engine).await;
    every_execution_that_decided_made_one_signal_that_ended_as_it_did(&engine).await;
    lists_and_pages_hold_what_was_asked_for(&engine).await;
    performance_adds_up_to_the_portfolio(&engine).await;
    engine.close().await.unwrap();
}

async fn outcomes_equal_closed_trades_to_the_cent(engine: &Engine) {
    let signals: BTreeMap<_, _> =
        all(engine).await.into_iter().map(|signal| (signal.execution_id.clone(), signal)).collect();
    let trades = engine.store().trades().await.unwrap();
    assert!(trades.len() > 10, "{} trades prove little", trades.len());
    for trade in &trades {
        let signal = &signals[&trade.entry_execution_id];
        assert_eq!(signal.action, SignalAction::Buy);
        assert_eq!(signal.status, SignalStatus::Executed);
        assert_eq!(signal.outcome, SignalOutcome::of_net(trade.realized_pnl));
        assert_eq!(signal.gross_profit_loss, Some(trade.gross_pnl));
        assert_eq!(signal.net_profit_loss, Some(trade.realized_pnl));
        assert_eq!(signal.actual_r_multiple, trade.r_multiple);
        assert_eq!(signal.exit_price, Some(trade.exit_price));
        assert_eq!(signal.exit_at, Some(trade.closed_at));
        assert_eq!(signal.exit_cause, Some(trade.exit_cause));
        assert_eq!(to_micros(signal.executed_price), to_micros(Some(trade.entry_price)));
        assert_eq!(signal.executed_at, Some(trade.opened_at));
        // The trade belongs to the BUY; a SELL that closed it is executed and has no outcome.
        if trade.exit_execution_id != trade.entry_execution_id {
            let seller = &signals[&trade.exit_execution_id];
            assert_eq!(
                (seller.action, seller.status, seller.outcome),
                (SignalAction::Sell, SignalStatus::Executed, SignalOutcome::None)
            );
            assert_eq!(to_micros(seller.executed_price), to_micros(Some(trade.exit_price)));
        }
    }
    let closed = signals.values().filter(|signal| signal.net_profit_loss.is_some()).count();
    assert_eq!(closed, trades.len());
    for position in engine.store().positions().await.unwrap() {
        let signal = &signals[&position.execution_id];
        assert_eq!(
            (signal.status, signal.outcome),
            (SignalStatus::Executed, SignalOutcome::Pending)
        );
    }
}

async fn every_execution_that_decided_made_one_signal_that_ended_as_it_did(engine: &Engine) {
    let now = engine.now();
    let executions = engine.store().executions(None, u32::MAX).await.unwrap();
    let signals = all(engine).await;
    // FB was not listed yet: its runs failed before they came to a decision.
    let decided = executions.iter().filter(|row| row.outcome != Some(Outcome::Failed)).count();
    assert!(decided < executions.len() && decided > 150, "{decided} of {}", executions.len());
    assert_eq!(signals.len(), decided);
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for signal in &signals {
        let execution = executions.iter().find(|row| row.id == signal.execution_id).unwrap();
        let outcome = execution.outcome;
        *seen.entry(format!("{} {outcome:?} {:?}", signal.action, signal.status)).or_default() += 1;
        match outcome {
            Some(Outcome::Bought | Outcome::Sold) => {
                assert_eq!(signal.status, SignalStatus::Executed, "{signal:?}");
            }
            Some(Outcome::Hold) => {
                let is_over = signal.expires_at <= now;
                let expected = if is_over { SignalStatus::Expired } else { SignalStatus::Active };
                assert_eq!((signal.status, signal.outcome), (expected, SignalOutcome::None));
            }
            Some(Outcome::NotFilled) => {
                // An order for the day that was placed at a close works until the next, which is
                // where the lifetime ends.
                assert_eq!(signal.status, SignalStatus::Expired, "{signal:?}");
                assert_eq!(signal.outcome, SignalOutcome::Cancelled);
            }
            Some(Outcome::Refused | Outcome::NothingToSell) => {
                assert_eq!(signal.status, SignalStatus::Cancelled, "{signal:?}");
            }
            _ => {}
        }
        assert_eq!(signal.baseline_action, Some(signal.proposed_action));
        assert_eq!((signal.analyst_kind.as_str(), &signal.model), ("rules", &None));
    }
    println!("{seen:?}");
    for word in ["HOLD", "BUY", "SELL", "Executed", "Expired", "Cancelled", "NotFilled"] {
        assert!(seen.keys().any(|key| key.contains(word)), "no {word} was seen: {seen:?}");
    }
}

async fn lists_and_pages_hold_what_was_asked_for(engine: &Arc<Engine>) {
    let everything: SignalsPageDto = ask(engine, "signals_list", json!({ "limit": 500 })).await;
    let newest = everything.signals.iter().map(|listed| listed.signal.generated_at);
    assert!(newest.clone().zip(newest.skip(1)).all(|(a, b)| a >= b), "newest first");
    let won: SignalsPageDto =
        ask(engine, "signals_list", json!({ "outcome": "win", "symbol": "AAPL", "limit": 500 }))
            .await;
    assert!(won.signals.iter().all(|listed| {
        listed.signal.outcome == SignalOutcome::Win && listed.signal.symbol == "AAPL"
    }));
    let mut paged = Vec::new();
    while paged.len() < everything.total as usize {
        let request = json!({ "limit": 97, "offset": paged.len() });
        let page: SignalsPageDto = ask(engine, "signals_list", request).await;
        assert_eq!(page.total, everything.total);
        assert!(!page.signals.is_empty());
        paged.extend(page.signals.into_iter().map(|listed| listed.signal.execution_id));
    }
    let whole: Vec<_> =
        everything.signals.iter().map(|listed| listed.signal.execution_id.clone()).collect();
    assert_eq!(paged, whole);
    let day = json!({
        "from": "2012-02-01T00:00:00-05:00", "until": "2012-02-02T00:00:00-05:00", "limit": 500,
    });
    let day: SignalsPageDto = ask(engine, "signals_list", day).await;
    assert_eq!(day.total, 4, "one for each symbol that was listed");
    for bad in [json!({ "limit": 0 }), json!({ "limit": 1, "from": "yesterday" })] {
        assert!(dispatch(engine, "signals_list", bad).await.is_err());
    }
}

async fn performance_adds_up_to_the_portfolio(engine: &Arc<Engine>) {
    let request = json!({ "by": ["strategy", "day"] });
    let found: PerformanceDto = ask(engine, "performance_get", request).await;
    let trades = engine.store().trades().await.unwrap();
    let net: Decimal = trades.iter().map(|trade| trade.realized_pnl).sum();
    let of_groups: Decimal = found
        .groups
        .iter()
        .map(|group| group.numbers.net_profit_loss.parse::<Decimal>().unwrap())
        .sum();
    assert_eq!(found.total.net_profit_loss.parse::<Decimal>().unwrap(), net);
    assert_eq!(of_groups, net, "a signal is in one group of strategy and day");
    assert_eq!(found.total.wins + found.total.losses, u32::try_from(trades.len()).unwrap());
    let board: LeaderboardDto =
        ask(engine, "leaderboard_get", json!({ "by": ["strategy"], "minimum_outcomes": 1 })).await;
    let averages: Vec<Decimal> = board
        .ranked
        .iter()
        .map(|group| group.numbers.average_r.as_ref().unwrap().parse().unwrap())
        .collect();
    assert!(averages.len() > 1 && averages.is_sorted_by(|a, b| a >= b), "{averages:?}");
    // The card of a few trades claims nothing.
    let card: Value = ask(engine, "truth_card_get", json!({ "strategy_id": "sample" })).await;
    assert_eq!(card["verdict"], "not_enough", "{card}");
    let compared: Value = ask(
        engine,
        "performance_compare",
        json!({ "first": { "strategy_id": "sample" }, "second": { "symbol": "IBM" } }),
    )
    .await;
    assert_eq!(compared["is_enough"], false);
    assert!(compared["sentence"].as_str().unwrap().contains("not enough outcomes to tell"));
}
