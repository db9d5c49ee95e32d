//! A signal reads back as it was written, and follows its order, its execution and its trade in
//! the transactions that write those.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use throughline::domain::records::{Confirmation, ConfirmationVote, Outcome, PromptRecord, Vote};
use throughline::domain::{
    ClosedTrade, Conid, ExitCause, Leg, Signal, SignalAction, SignalOutcome, SignalStatus, Trend,
};
use throughline::store::{
    Change, Durability, ExecutionStatus, OrderRow, Page, SignalFilter, Store,
};

use super::{at, decimal, execution, execution_id, fill, open_with_execution, order, strategy_id};

fn prompt(version: u32) -> PromptRecord {
    PromptRecord {
        prompt_id: "daily-en".into(),
        name: "Daily, with \"quotes\"".into(),
        version,
        prompt_type: "daily".into(),
        language: "en".into(),
        hash: "00".into(),
    }
}

fn signal(execution: &str, action: SignalAction) -> Signal {
    let made = at("2012-06-15T20:00:00Z");
    Signal {
        execution_id: execution_id(execution),
        strategy_id: strategy_id(),
        strategy_version: 1,
        symbol: "AAPL".into(),
        conid: Conid(265_598),
        action,
        proposed_action: SignalAction::Buy,
        baseline_action: Some(SignalAction::Hold),
        trend: Trend::StrongBullish,
        confidence: decimal("0.875"),
        last_price: decimal("17.51"),
        entry_price: Some(decimal("17.50")),
        stop_price: Some(decimal("16.10")),
        target_price: Some(decimal("20.30")),
        target_conservative: None,
        target_aggressive: Some(decimal("20.30")),
        r_multiple: Some(decimal("2.00")),
        r_conservative: None,
        r_aggressive: Some(decimal("2.00")),
        confirmation: Confirmation {
            votes: vec![ConfirmationVote {
                name: "macd".into(),
                vote: Vote::Bullish,
                detail: "1 > 0".into(),
            }],
            confirmed_count: 1,
            side: Vote::Bullish,
            passed: false,
        },
        reason: "because".into(),
        analyst_kind: "model".into(),
        analyst_name: "A model".into(),
        language: Some("zh".into()),
        model: Some("m-1".into()),
        provider: Some("p".into()),
        prompts: BTreeMap::from([("daily".to_owned(), prompt(3))]),
        tokens: 12_345,
        model_cost: decimal("0.0213"),
        generated_at: made,
        expires_at: made + SignedDuration::from_hours(24),
        status: SignalStatus::Active,
        executed_price: None,
        executed_at: None,
        outcome: SignalOutcome::at_first(action),
        actual_r_multiple: None,
        gross_profit_loss: None,
        net_profit_loss: None,
        exit_price: None,
        exit_at: None,
        exit_cause: None,
    }
}

fn trade(net: &str) -> ClosedTrade {
    ClosedTrade {
        strategy_id: strategy_id(),
        conid: Conid(265_598),
        symbol: "AAPL".into(),
        quantity: decimal("60"),
        entry_price: decimal("17.4990"),
        exit_price: decimal("20.30"),
        opened_at: at("2012-06-18T13:30:00.5Z"),
        closed_at: at("2012-06-20T14:00:00Z"),
        gross_pnl: decimal(net) + decimal("2"),
        commission: decimal("2"),
        realized_pnl: decimal(net),
        r_multiple: Some(decimal("2.00")),
        exit_cause: ExitCause::Target,
        entry_execution_id: execution_id("e1"),
        exit_execution_id: execution_id("e1"),
    }
}

async fn commit(store: &Store, changes: Vec<Change>) {
    store.commit(changes, Durability::Ordinary).await.unwrap();
}

async fn read(store: &Store, execution: &str) -> Signal {
    store.signal(&execution_id(execution)).await.unwrap().unwrap()
}

fn filled(leg: Leg, by: &str) -> OrderRow {
    OrderRow {
        decided_by: execution_id(by),
        filled_quantity: decimal("60"),
        average_price: Some(decimal("17.4990")),
        updated_at: at("2012-06-18T13:30:00.5Z"),
        ..order("e1", leg)
    }
}

#[tokio::test]
async fn a_signal_reads_back_and_a_second_of_its_execution_changes_nothing() {
    let (_directory, store) = open_with_execution("e1").await;
    let made = signal("e1", SignalAction::Buy);
    let other = Signal { reason: "another".into(), ..made.clone() };
    let changes = [made.clone(), other].map(|signal| Change::Signal(Box::new(signal)));
    commit(&store, changes.into()).await;
    assert_eq!(read(&store, "e1").await, made);
    assert_eq!(store.next_signal_expiry().await.unwrap(), Some(made.expires_at));
}

#[tokio::test]
async fn b2_2_a_buy_follows_its_entry_and_its_trade() {
    let (_directory, store) = open_with_execution("e1").await;
    commit(&store, vec![Change::Signal(Box::new(signal("e1", SignalAction::Buy)))]).await;
    // What works without a fill changes nothing, and neither does the bracket's stop.
    commit(&store, vec![Change::Order(order("e1", Leg::Entry))]).await;
    commit(&store, vec![Change::Order(filled(Leg::Stop, "e1"))]).await;
    assert_eq!(read(&store, "e1").await.status, SignalStatus::Active);
    commit(&store, vec![Change::Order(filled(Leg::Entry, "e1"))]).await;
    let traded = read(&store, "e1").await;
    assert_eq!((traded.status, traded.outcome), (SignalStatus::Executed, SignalOutcome::Pending));
    assert_eq!(traded.executed_price, Some(decimal("17.4990")));
    assert_eq!(traded.executed_at, Some(at("2012-06-18T13:30:00.5Z")));
    let mut first = fill(&order("e1", Leg::Entry), "f1");
    first.fill.at = at("2012-06-18T13:30:00.25Z");
    commit(&store, vec![Change::Fill(first.clone())]).await;
    let traded = read(&store, "e1").await;
    assert_eq!(traded.executed_at, Some(first.fill.at), "the first share, not the last");

    commit(&store, vec![Change::Trade(trade("166.06"))]).await;
    let won = read(&store, "e1").await;
    assert_eq!((won.outcome, won.exit_cause), (SignalOutcome::Win, Some(ExitCause::Target)));
    assert_eq!(won.net_profit_loss, Some(decimal("166.06")));
    assert_eq!(won.gross_profit_loss, Some(decimal("168.06")));
    assert_eq!(won.actual_r_multiple, Some(decimal("2.00")));

    // A correction of a fill makes the trades anew, or leaves none.
    let rebuilt = |trades| Change::TradesRebuilt {
        strategy_id: strategy_id(),
        conid: Conid(265_598),
        trades,
    };
    commit(&store, vec![rebuilt(vec![trade("-0.01")])]).await;
    assert_eq!(read(&store, "e1").await.outcome, SignalOutcome::Loss);
    commit(&store, vec![rebuilt(Vec::new())]).await;
    assert_eq!(read(&store, "e1").await, traded);
}

#[tokio::test]
async fn a_sell_follows_the_exit_that_it_decided_and_leaves_the_outcome_to_the_buy() {
    let (_directory, store) = open_with_execution("e1").await;
    let changes = vec![
        Change::Execution(execution("e2")),
        Change::Signal(Box::new(signal("e1", SignalAction::Buy))),
        Change::Signal(Box::new(signal("e2", SignalAction::Sell))),
        Change::Order(filled(Leg::Entry, "e1")),
    ];
    commit(&store, changes).await;
    assert_eq!(read(&store, "e2").await.status, SignalStatus::Active);
    // The bracket's own target, moved by the second execution.
    let closed = ClosedTrade { exit_execution_id: execution_id("e2"), ..trade("10") };
    let changes = vec![Change::Order(filled(Leg::Target, "e2")), Change::Trade(closed)];
    commit(&store, changes).await;
    let sold = read(&store, "e2").await;
    assert_eq!((sold.status, sold.outcome), (SignalStatus::Executed, SignalOutcome::None));
    assert_eq!(sold.net_profit_loss, None);
    assert_eq!(read(&store, "e1").await.outcome, SignalOutcome::Win);
}

#[tokio::test]
async fn an_execution_that_came_to_nothing_ends_its_signal() {
    let (_directory, store) = open_with_execution("e1").await;
    let cases = [
        (Outcome::Refused, SignalStatus::Cancelled),
        (Outcome::NothingToSell, SignalStatus::Cancelled),
        (Outcome::NotFilled, SignalStatus::Cancelled),
        (Outcome::Rejected, SignalStatus::Cancelled),
        (Outcome::NotSent, SignalStatus::Cancelled),
        (Outcome::Failed, SignalStatus::Cancelled),
        (Outcome::Declined, SignalStatus::Cancelled),
        (Outcome::ApprovalExpired, SignalStatus::Cancelled),
        // A person may still act on what was only observed, and an order may be on its way.
        (Outcome::Observed, SignalStatus::Active),
        (Outcome::Hold, SignalStatus::Active),
        (Outcome::Exiting, SignalStatus::Active),
        (Outcome::Unknown, SignalStatus::Active),
    ];
    for (number, (outcome, expected)) in cases.into_iter().enumerate() {
        let name = format!("x{number}");
        let mut row = execution(&name);
        let made = signal(&name, SignalAction::Buy);
        commit(&store, vec![Change::Execution(row.clone()), Change::Signal(Box::new(made))]).await;
        (row.status, row.outcome) = (ExecutionStatus::Completed, Some(outcome));
        commit(&store, vec![Change::Execution(row)]).await;
        let over = read(&store, &name).await;
        assert_eq!(over.status, expected, "{outcome:?}");
        let cancelled = expected == SignalStatus::Cancelled;
        let outcome = if cancelled { SignalOutcome::Cancelled } else { SignalOutcome::Pending };
        assert_eq!(over.outcome, outcome);
    }
}

#[tokio::test]
async fn an_entry_that_worked_to_the_end_of_the_lifetime_expired_and_a_late_fill_outweighs_it() {
    let (_directory, store) = open_with_execution("e1").await;
    let made = signal("e1", SignalAction::Buy);
    let ended = OrderRow { updated_at: made.expires_at, ..order("e1", Leg::Entry) };
    let mut row = execution("e1");
    (row.status, row.outcome) = (ExecutionStatus::Completed, Some(Outcome::NotFilled));
    let changes =
        vec![Change::Signal(Box::new(made)), Change::Order(ended), Change::Execution(row)];
    commit(&store, changes).await;
    let over = read(&store, "e1").await;
    assert_eq!((over.status, over.outcome), (SignalStatus::Expired, SignalOutcome::Cancelled));
    commit(&store, vec![Change::Order(filled(Leg::Entry, "e1"))]).await;
    let traded = read(&store, "e1").await;
    assert_eq!((traded.status, traded.outcome), (SignalStatus::Executed, SignalOutcome::Pending));
}

#[tokio::test]
async fn lifetimes_end_at_their_instant_and_not_before() {
    let (_directory, store) = open_with_execution("e1").await;
    let made = signal("e1", SignalAction::Hold);
    let end = made.expires_at;
    commit(&store, vec![Change::Signal(Box::new(made))]).await;
    let early = end - SignedDuration::from_micros(1);
    commit(&store, vec![Change::SignalsExpired(early)]).await;
    assert_eq!(read(&store, "e1").await.status, SignalStatus::Active);
    commit(&store, vec![Change::SignalsExpired(end)]).await;
    let over = read(&store, "e1").await;
    assert_eq!((over.status, over.outcome), (SignalStatus::Expired, SignalOutcome::None));
    assert_eq!(store.next_signal_expiry().await.unwrap(), None);
}

#[tokio::test]
async fn a_filter_narrows_by_what_it_names() {
    let (_directory, store) = open_with_execution("e1").await;
    let mut other = signal("e2", SignalAction::Hold);
    other.model = None;
    other.prompts = BTreeMap::from([("daily".to_owned(), prompt(4))]);
    other.generated_at = at("2012-06-16T20:00:00Z");
    let changes = vec![
        Change::Execution(execution("e2")),
        Change::Signal(Box::new(signal("e1", SignalAction::Buy))),
        Change::Signal(Box::new(other)),
    ];
    commit(&store, changes).await;
    let none = SignalFilter::default;
    let cases = [
        (none(), vec!["e2", "e1"]),
        (SignalFilter { action: Some(SignalAction::Buy), ..none() }, vec!["e1"]),
        (SignalFilter { symbol: Some("' OR 1 = 1 --".into()), ..none() }, vec![]),
        (SignalFilter { model: Some("m-1".into()), ..none() }, vec!["e1"]),
        (SignalFilter { status: Some(SignalStatus::Executed), ..none() }, vec![]),
        (SignalFilter { outcome: Some(SignalOutcome::None), ..none() }, vec!["e2"]),
        (SignalFilter { prompt_id: Some("daily-en".into()), ..none() }, vec!["e2", "e1"]),
        (
            SignalFilter { prompt_id: Some("daily-en".into()), prompt_version: Some(4), ..none() },
            vec!["e2"],
        ),
        (SignalFilter { from: Some(at("2012-06-16T20:00:00Z")), ..none() }, vec!["e2"]),
        (SignalFilter { until: Some(at("2012-06-16T20:00:00Z")), ..none() }, vec!["e1"]),
        (SignalFilter { strategy_id: Some(strategy_id()), ..none() }, vec!["e2", "e1"]),
    ];
    for (filter, expected) in cases {
        let found = store.signals(&filter, Page::ALL).await.unwrap();
        let names: Vec<&str> = found.iter().map(|signal| signal.execution_id.as_str()).collect();
        assert_eq!(names, expected, "{filter:?}");
        let count = store.signal_count(&filter).await.unwrap();
        assert_eq!(count, u64::try_from(expected.len()).unwrap());
    }
    let second = Page { offset: 1, limit: 1 };
    let found = store.signals(&none(), second).await.unwrap();
    assert_eq!(found[0].execution_id, execution_id("e1"));
}
