//! Every dollar of a stretch with all kinds of exits, partial fills, trades made elsewhere, a
//! correction and fees.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use rust_decimal::Decimal;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use throughline::api::dispatch;
use throughline::api::dto::{
    PnlDto, PnlLotDto, PnlLotsDto, PnlRemainderKind, PortfolioDto, PortfolioStatisticsDto,
};
use throughline::app::{Engine, EngineOptions, parse_instant};
use throughline::domain::{ExitCause, Leg, OrderSide};
use throughline::portfolio::PnlDimension;

use crate::runs::audit::Audit;
use crate::runs::terminal::command;

const FROM: &str = "2012-01-03T12:00:00-05:00";
const TRADED_ELSEWHERE: &str = "2012-02-08T11:00:00-05:00";
const SOLD_ELSEWHERE: &str = "2012-02-09T11:00:00-05:00";
const FLATTENED: &str = "2012-03-20T11:00:00-04:00";
const TO: &str = "2012-04-05T11:00:00-04:00";

fn decimal(text: &str) -> Decimal {
    text.parse().unwrap()
}

async fn ask<T: DeserializeOwned>(engine: &Arc<Engine>, name: &str, request: Value) -> T {
    serde_json::from_value(dispatch(engine, name, request).await.unwrap()).unwrap()
}

async fn advance(engine: &Engine, to: &str) {
    engine.advance_to(parse_instant(to).unwrap(), |_| {}).await.unwrap();
}

/// Takes AAPL in with a hundredth of its volume, so that its orders fill in parts.
fn import_thin_volume(data_dir: &Path) {
    let prices = concat!(env!("CARGO_MANIFEST_DIR"), "/src/sandbox/data/prices/AAPL.csv");
    let text = std::fs::read_to_string(prices).unwrap();
    let thin: Vec<String> = text
        .lines()
        .enumerate()
        .map(|(number, line)| {
            let mut cells: Vec<String> = line.split(',').map(str::to_owned).collect();
            if number > 0 {
                cells[5] = (cells[5].parse::<u64>().unwrap() / 100).to_string();
            }
            cells.join(",")
        })
        .collect();
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("thin.csv");
    std::fs::write(&file, thin.join("\n")).unwrap();
    let mut import = command(data_dir);
    import.args(["import", "prices"]).arg(&file).args(["--symbol", "AAPL", "--replace"]);
    let output = import.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// Groups and remainders are the change, in whole cents.
fn adds_up(pnl: &PnlDto) {
    let groups: Decimal = pnl.groups.iter().map(|group| decimal(&group.net)).sum();
    let remainders: Decimal =
        pnl.remainders.iter().filter_map(|part| part.amount.as_deref()).map(decimal).sum();
    assert_eq!(groups + remainders, decimal(&pnl.change), "{pnl:#?}");
    assert_eq!(decimal(&pnl.end_value) - decimal(&pnl.begin_value), decimal(&pnl.change));
    for group in &pnl.groups {
        let net = decimal(&group.gross) - decimal(&group.commission);
        assert_eq!(net, decimal(&group.net), "{group:?}");
        assert_eq!(net, net.round_dp(2), "{group:?}");
    }
}

fn remainder(pnl: &PnlDto, kind: PnlRemainderKind) -> Decimal {
    let part = pnl.remainders.iter().find(|part| part.kind == kind).unwrap();
    decimal(part.amount.as_deref().unwrap())
}

/// One run, looked at from several sides: it takes long.
#[tokio::test]
async fn c6_4_every_grouping_adds_up_to_the_account_and_every_fill_reaches_its_decision() {
    let directory = tempfile::tempdir().unwrap();
    import_thin_volume(directory.path());
    let engine = Engine::open(EngineOptions {
        data_dir: directory.path().to_path_buf(),
        start_at: Some(parse_instant(FROM).unwrap()),
        ..EngineOptions::default()
    })
    .await
    .unwrap();
    advance(&engine, TRADED_ELSEWHERE).await;
    let sandbox = Arc::clone(engine.sandbox().unwrap());
    let held = engine.store().positions().await.unwrap();
    let first = held.first().expect("nothing is held that could be sold elsewhere").conid.0;
    sandbox.place_elsewhere(first, OrderSide::Buy, 40).unwrap();
    advance(&engine, SOLD_ELSEWHERE).await;
    sandbox.place_elsewhere(first, OrderSide::Sell, 40).unwrap();
    // Shares that a stop may sell are bound, so that nobody but the broker takes a strategy's.
    let held = engine.store().positions().await.unwrap();
    let taken = held.iter().rfind(|position| position.conid.0 != first);
    sandbox.liquidate(taken.expect("nothing else is held").conid.0).unwrap();
    advance(&engine, FLATTENED).await;
    engine.flatten("DU1000001", "window").await.unwrap();
    engine.resume().unwrap();
    advance(&engine, TO).await;
    of_the_whole(&engine).await;
    of_any_span(&engine).await;
    statistics_rest_on_the_same_values(&engine).await;
    engine.close().await.unwrap();
    drop(engine);
    let audit = Audit::of(directory.path()).await;
    audit.check().await;
    every_lot_leads_to_two_fills(&audit).await;
}

async fn of_the_whole(engine: &Arc<Engine>) {
    let portfolio: PortfolioDto = ask(engine, "portfolio_get", json!({})).await;
    let mut groups: BTreeMap<PnlDimension, usize> = BTreeMap::new();
    for by in PnlDimension::ALL {
        let pnl: PnlDto = ask(engine, "pnl_get", json!({ "by": by })).await;
        adds_up(&pnl);
        assert_eq!(decimal(&pnl.end_value), portfolio.state.net_liquidation, "{by:?}");
        assert_eq!(pnl.begin_value, portfolio.starting_cash, "{by:?}");
        groups.insert(by, pnl.groups.len());
        let lots: PnlLotsDto =
            ask(engine, "pnl_lots", json!({ "by": by, "offset": 0, "limit": 500 })).await;
        assert_eq!(lots.total, pnl.total.lots, "{by:?}");
        for group in &pnl.groups {
            let of_group = lots.lots.iter().filter(|lot| lot.group == group.key);
            let net: Decimal = of_group.map(|lot| decimal(&lot.net)).sum();
            assert_eq!(net, decimal(&group.net), "the lots of {} by {by:?}", group.label);
        }
    }
    println!("groups: {groups:?}");
    assert_eq!(groups[&PnlDimension::Strategy], 4, "FB was not listed yet");
    for by in [PnlDimension::Indicator, PnlDimension::Holding, PnlDimension::Weekday] {
        assert!(groups[&by] > 1, "{by:?} tells nothing apart: {groups:?}");
    }
    let pnl: PnlDto = ask(engine, "pnl_get", json!({ "by": "strategy" })).await;
    let spread = remainder(&pnl, PnlRemainderKind::External);
    assert_ne!(spread, Decimal::ZERO, "what was bought and sold elsewhere has its own name");
    assert_eq!(remainder(&pnl, PnlRemainderKind::NotInFills), Decimal::ZERO);
    assert_eq!(remainder(&pnl, PnlRemainderKind::Unowned), Decimal::ZERO);
}

async fn of_any_span(engine: &Arc<Engine>) {
    let snapshots = engine.store().snapshots(None, None).await.unwrap();
    for (from, to) in [
        (Some("2012-02-01"), Some("2012-02-29")),
        (Some("2012-02-09"), Some("2012-02-09")),
        (Some("2012-03-20"), None),
        (None, Some("2012-03-15")),
    ] {
        let request = json!({ "by": "symbol", "from": from, "to": to });
        let pnl: PnlDto = ask(engine, "pnl_get", request).await;
        adds_up(&pnl);
        // The values are those that were written down at the closes.
        for (day, value) in [(&pnl.begin, &pnl.begin_value), (&pnl.end, &pnl.end_value)] {
            if let Some(day) = day {
                let taken = snapshots.iter().find(|row| row.date.to_string() == *day).unwrap();
                assert_eq!(decimal(value), taken.net_liquidation, "{day}");
            }
        }
    }
    let whole: PnlDto = ask(engine, "pnl_get", json!({ "by": "symbol" })).await;
    let halves = [json!({ "to": "2012-03-15" }), json!({ "from": "2012-03-16" })];
    let mut sum = Decimal::ZERO;
    for mut half in halves {
        half["by"] = json!("symbol");
        let pnl: PnlDto = ask(engine, "pnl_get", half).await;
        sum += decimal(&pnl.change);
    }
    assert_eq!(sum, decimal(&whole.change), "two halves are the whole");
    let request = json!({ "by": "symbol", "from": "2012-03-02", "to": "2012-03-01" });
    let refused = dispatch(engine, "pnl_get", request).await.unwrap_err();
    assert!(refused.message.contains("after the last"), "{refused:?}");
    let refused = dispatch(engine, "pnl_get", json!({ "by": "symbol", "from": "March" })).await;
    assert!(refused.unwrap_err().message.contains("is no day"));
}

async fn statistics_rest_on_the_same_values(engine: &Arc<Engine>) {
    let request = json!({ "benchmark": "ibm" });
    let found: PortfolioStatisticsDto = ask(engine, "portfolio_statistics_get", request).await;
    let snapshots = engine.store().snapshots(None, None).await.unwrap();
    let returns = found.returns.unwrap();
    assert_eq!(returns.days as usize, snapshots.len());
    let last = snapshots.last().unwrap().net_liquidation;
    let expected: f64 = (last / decimal("100000") - Decimal::ONE).try_into().unwrap();
    assert!((returns.total_return - expected).abs() < 1e-9, "{returns:?}");
    let benchmark = found.benchmark.unwrap_or_else(|| panic!("{:?}", found.no_benchmark));
    assert_eq!(benchmark.closes.len(), snapshots.len() + 1);
    assert!(found.turnover.is_some_and(|turnover| turnover > 0.0));
    let unknown: PortfolioStatisticsDto =
        ask(engine, "portfolio_statistics_get", json!({ "benchmark": "NONE" })).await;
    assert!(unknown.benchmark.is_none() && unknown.no_benchmark.is_some());
}

async fn every_lot_leads_to_two_fills(audit: &Audit) {
    let fills: BTreeSet<&str> = audit.fills.iter().map(|row| row.fill.fill_id.as_str()).collect();
    let by_order =
        |id: &str| audit.fills.iter().filter(|row| row.client_order_id.as_str() == id).count();
    let several = audit.orders.iter().filter(|order| by_order(order.client_order_id.as_str()) > 1);
    assert!(several.count() > 0, "no order was filled in parts");
    let directory = audit.data_dir();
    let output = command(directory).args(["pnl", "--by", "exit", "--json"]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let pnl: PnlDto = serde_json::from_slice(&output.stdout).unwrap();
    adds_up(&pnl);
    let causes: BTreeSet<&str> = pnl.groups.iter().map(|group| group.key.as_str()).collect();
    let all = ["stop", "target", "signal", "flatten", "liquidation"];
    assert_eq!(causes, BTreeSet::from(all), "an exit of each kind");
    let text = command(directory).args(["pnl", "--by", "holding"]).output().unwrap();
    let text = String::from_utf8(text.stdout).unwrap();
    assert!(text.contains("Change of the account") && text.contains(&pnl.change), "{text}");
    let request = serde_json::from_value(json!({ "by": "exit_cause", "offset": 0, "limit": 500 }));
    let reader = &audit.reader;
    let lots = throughline::api::views::pnl_lots(&reader.store, &reader.account, request.unwrap());
    for lot in lots.await.unwrap().lots {
        for id in [&lot.entry_fill_id, &lot.exit_fill_id] {
            assert!(fills.contains(id.as_str()), "{lot:?}");
        }
        decision_is_recorded(audit, &lot);
    }
}

/// The executions that a lot names have recorded what they decided.
fn decision_is_recorded(audit: &Audit, lot: &PnlLotDto) {
    let has = |execution: &str, step: &str| {
        audit.steps_of(execution).any(|row| row.step_name == step && row.status == "success")
    };
    assert!(has(&lot.entry_execution_id, "parse_signal"), "{lot:?}");
    assert!(has(&lot.entry_execution_id, "place_order"), "{lot:?}");
    match lot.exit_cause {
        ExitCause::External | ExitCause::Liquidation => {
            let order = audit
                .orders
                .iter()
                .find(|order| Some(order.client_order_id.as_str()) == lot.exit_order_id.as_deref());
            assert_eq!(order.unwrap().leg, Leg::External, "{lot:?}");
        }
        _ => assert!(has(&lot.exit_execution_id, "place_order"), "{lot:?}"),
    }
}
