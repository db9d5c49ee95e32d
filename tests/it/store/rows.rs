//! What is written reads back the same.

use throughline::domain::records::{Outcome, Trigger};
use throughline::domain::{
    BrokerOrderId, ClosedTrade, Conid, Environment, ExitCause, Leg, OrderSide, OrderStatus,
    OrderType, Position, TimeInForce,
};
use throughline::store::{
    ApprovalRow, ApprovalState, BlindStretchRow, Change, CorrectionRow, Durability,
    ExecutionStatus, MandateRow, OrderEventRow, OrderEvidenceRow, Page, ScheduleClaimRow,
    SnapshotRow, StoreError, StrategyRow, StrategyVersionRow,
};

use super::{
    at, decimal, execution, execution_id, fill, open_with_execution, order, strategy_id, version,
};

#[tokio::test]
async fn settings_are_set_and_replaced() {
    let (_directory, store) = open_with_execution("e1").await;
    for value in ["first", "second"] {
        let setting = Change::Setting { key: "seed".into(), value: value.into() };
        store.commit(vec![setting], Durability::Full).await.unwrap();
        assert_eq!(store.setting("seed").await.unwrap().as_deref(), Some(value));
    }
    assert_eq!(store.setting("unset").await.unwrap(), None);
    assert_eq!(store.settings().await.unwrap(), vec![("seed".into(), "second".into())]);
}

#[tokio::test]
async fn a_strategy_shows_its_newest_version_and_whether_it_is_active() {
    let (_directory, store) = open_with_execution("e1").await;
    let second = StrategyVersionRow { version: 2, hash: "bb".into(), ..version() };
    let changes = vec![
        Change::StrategyVersion(version()),
        Change::StrategyVersion(second.clone()),
        Change::StrategyActive { strategy_id: strategy_id(), active: true },
    ];
    store.commit(changes, Durability::Ordinary).await.unwrap();
    let listed = store.strategies().await.unwrap();
    assert_eq!(listed, vec![StrategyRow { version: second, active: true, archived_at: None }]);
    let first = store.strategy_version(&strategy_id(), 1).await.unwrap();
    assert_eq!(first, Some(version()));

    let changed = StrategyVersionRow { hash: "cc".into(), ..version() };
    let refused = store.commit(vec![Change::StrategyVersion(changed)], Durability::Ordinary).await;
    assert!(matches!(refused, Err(StoreError::VersionTaken { version: 1, .. })), "{refused:?}");
}

#[tokio::test]
async fn every_state_of_an_execution_reads_back() {
    let (_directory, store) = open_with_execution("e1").await;
    let outcomes = [
        Outcome::Bought,
        Outcome::Sold,
        Outcome::Exiting,
        Outcome::Hold,
        Outcome::Refused,
        Outcome::NothingToSell,
        Outcome::NotFilled,
        Outcome::Rejected,
        Outcome::Unknown,
        Outcome::NotSent,
        Outcome::Observed,
        Outcome::Failed,
        Outcome::Declined,
        Outcome::ApprovalExpired,
        Outcome::Flattened,
        Outcome::External,
    ];
    for status in [ExecutionStatus::AwaitingApproval, ExecutionStatus::Tracking] {
        let mut row = execution("e1");
        row.status = status;
        store.commit(vec![Change::Execution(row.clone())], Durability::Ordinary).await.unwrap();
        assert_eq!(store.execution(&row.id).await.unwrap(), Some(row));
    }
    for outcome in outcomes {
        let mut row = execution("e1");
        row.status = ExecutionStatus::Completed;
        row.outcome = Some(outcome);
        row.sentence = Some("It did what it is for.".into());
        row.duration_us = 58_000;
        row.finished_at = Some(at("2026-11-22T13:00:03.000001Z"));
        store.commit(vec![Change::Execution(row.clone())], Durability::Ordinary).await.unwrap();
        assert_eq!(store.execution(&row.id).await.unwrap(), Some(row));
    }
    let triggers =
        [Trigger::Schedule, Trigger::Manual, Trigger::Replay, Trigger::Flatten, Trigger::External];
    for trigger in triggers {
        for environment in [Environment::Sandbox, Environment::Paper, Environment::Live] {
            let mut row = execution("e1");
            (row.trigger, row.environment) = (trigger, environment);
            store.commit(vec![Change::Execution(row.clone())], Durability::Ordinary).await.unwrap();
            assert_eq!(store.execution(&row.id).await.unwrap(), Some(row));
        }
    }
}

#[tokio::test]
async fn executions_come_newest_first_and_the_unfinished_oldest_first() {
    let (_directory, store) = open_with_execution("e1").await;
    let mut changes = Vec::new();
    let later = [
        ("e2", ExecutionStatus::Tracking, "2012-06-18T20:00:00Z"),
        ("e3", ExecutionStatus::Failed, "2012-06-14T20:00:00Z"),
        ("e4", ExecutionStatus::Completed, "2012-06-19T20:00:00Z"),
    ];
    for (name, status, as_of) in later {
        let mut row = execution(name);
        (row.status, row.as_of) = (status, at(as_of));
        changes.push(Change::Execution(row));
    }
    store.commit(changes, Durability::Ordinary).await.unwrap();
    let names = |rows: Vec<throughline::store::ExecutionRow>| {
        rows.into_iter().map(|row| row.id.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(names(store.executions(None, 10).await.unwrap()), ["e4", "e2", "e1", "e3"]);
    let mine = store.executions(Some(&strategy_id()), 2).await.unwrap();
    assert_eq!(names(mine), ["e4", "e2"]);
    assert_eq!(names(store.unfinished_executions().await.unwrap()), ["e1", "e2"]);
}

#[tokio::test]
async fn orders_events_and_fills_read_back_in_every_state() {
    let (_directory, store) = open_with_execution("e1").await;
    let statuses = [
        OrderStatus::Intended,
        OrderStatus::Unknown,
        OrderStatus::PreSubmitted,
        OrderStatus::Submitted,
        OrderStatus::PartiallyFilled,
        OrderStatus::PendingCancel,
        OrderStatus::Filled,
        OrderStatus::Cancelled,
        OrderStatus::Rejected,
        OrderStatus::Inactive,
    ];
    let mut row = order("e1", Leg::Entry);
    row.broker_order_id = Some(BrokerOrderId::new("1234567").unwrap());
    row.average_price = Some(decimal("17.4990"));
    row.reason = Some("as the broker says".into());
    for status in statuses {
        row.status = status;
        let event = OrderEventRow {
            client_order_id: row.client_order_id.clone(),
            at: row.updated_at,
            status,
            filled_quantity: decimal("60"),
            remaining_quantity: decimal("40"),
            words: Some("PreSubmitted".into()),
        };
        let changes = vec![Change::Order(row.clone()), Change::OrderEvent(event.clone())];
        store.commit(changes, Durability::Full).await.unwrap();
        assert_eq!(store.order(&row.client_order_id).await.unwrap(), Some(row.clone()));
        let working = store.working_orders().await.unwrap();
        assert_eq!(working.is_empty(), status.is_terminal(), "{status}");
        let events = store.order_events(&[row.client_order_id.clone()]).await.unwrap();
        assert_eq!(events.last(), Some(&event));
    }
    assert_eq!(store.order_events(&[]).await.unwrap(), vec![]);

    for leg in [Leg::Stop, Leg::Target, Leg::Exit, Leg::Flatten, Leg::External] {
        let mut other = order("e1", leg);
        other.side = OrderSide::Sell;
        other.order_type = if leg == Leg::Stop { OrderType::Stop } else { OrderType::Market };
        other.time_in_force = TimeInForce::Gtc;
        store.commit(vec![Change::Order(other.clone())], Durability::Ordinary).await.unwrap();
        assert_eq!(store.order(&other.client_order_id).await.unwrap(), Some(other));
    }
    let kinds = [
        (OrderType::StopLimit, TimeInForce::Ioc, None),
        (OrderType::TrailingStop, TimeInForce::Gtd, Some(at("2012-07-01T20:00:00Z"))),
    ];
    for (order_type, time_in_force, good_till) in kinds {
        let mut other = order("e1", Leg::Exit);
        (other.order_type, other.time_in_force) = (order_type, time_in_force);
        (other.aux_price, other.good_till) = (Some(decimal("0.25")), good_till);
        store.commit(vec![Change::Order(other.clone())], Durability::Ordinary).await.unwrap();
        assert_eq!(store.order(&other.client_order_id).await.unwrap(), Some(other));
    }
    assert_eq!(store.orders_of(&execution_id("e1")).await.unwrap().len(), 6);
    assert_eq!(store.orders().await.unwrap()[0].leg, Leg::External);

    let first = fill(&row, "0000e0d5.6576fd38.01.01");
    let mut repeated = first.clone();
    repeated.fill.quantity = decimal("999");
    for reported in [first.clone(), repeated] {
        store.commit(vec![Change::Fill(reported)], Durability::Full).await.unwrap();
    }
    assert_eq!(store.fills().await.unwrap(), vec![first.clone()]);
    assert_eq!(store.fills_of(&execution_id("e1")).await.unwrap(), vec![first.clone()]);
    assert_eq!(store.fill(&first.fill.fill_id).await.unwrap(), Some(first));
}

#[tokio::test]
async fn positions_trades_and_daily_values_read_back() {
    let (_directory, store) = open_with_execution("e1").await;
    let position = Position {
        strategy_id: strategy_id(),
        conid: Conid(265_598),
        symbol: "AAPL".into(),
        quantity: decimal("100"),
        average_cost: decimal("17.4990"),
        commission: decimal("1.00"),
        stop_price: decimal("16.10"),
        target_price: decimal("20.30"),
        initial_risk: decimal("1.40"),
        execution_id: execution_id("e1"),
        opened_at: at("2012-06-18T13:30:00Z"),
    };
    store.commit(vec![Change::Position(position.clone())], Durability::Full).await.unwrap();
    let mut larger = position.clone();
    larger.quantity = decimal("160");
    store.commit(vec![Change::Position(larger.clone())], Durability::Full).await.unwrap();
    assert_eq!(store.positions().await.unwrap(), vec![larger.clone()]);
    assert_eq!(store.position(&strategy_id(), Conid(265_598)).await.unwrap(), Some(larger));

    let trade = |exit_cause, closed_at: &str, r_multiple| ClosedTrade {
        strategy_id: strategy_id(),
        conid: Conid(265_598),
        symbol: "AAPL".into(),
        quantity: decimal("100"),
        entry_price: decimal("17.4990"),
        exit_price: decimal("20.30"),
        opened_at: at("2012-06-18T13:30:00Z"),
        closed_at: at(closed_at),
        gross_pnl: decimal("280.10"),
        commission: decimal("2.00"),
        realized_pnl: decimal("278.10"),
        r_multiple,
        exit_cause,
        entry_execution_id: execution_id("e1"),
        exit_execution_id: execution_id("e1"),
    };
    let trades = [
        trade(ExitCause::Stop, "2012-07-02T14:00:00Z", Some(decimal("2.00"))),
        trade(ExitCause::Target, "2012-07-03T14:00:00Z", None),
        trade(ExitCause::Signal, "2012-07-05T14:00:00Z", None),
        trade(ExitCause::Flatten, "2012-07-06T14:00:00Z", None),
        trade(ExitCause::External, "2012-07-09T14:00:00Z", None),
        trade(ExitCause::Liquidation, "2012-07-10T14:00:00Z", None),
    ];
    let closed = Change::PositionClosed { strategy_id: strategy_id(), conid: Conid(265_598) };
    let changes = trades.iter().cloned().map(Change::Trade).chain([closed]).collect();
    store.commit(changes, Durability::Full).await.unwrap();
    assert_eq!(store.positions().await.unwrap(), vec![]);
    let mut newest_first = trades.to_vec();
    newest_first.reverse();
    assert_eq!(store.trades().await.unwrap(), newest_first);
    let twice = store.commit(vec![Change::Trade(trades[0].clone())], Durability::Full).await;
    assert!(matches!(twice, Err(StoreError::Conflict { .. })), "{twice:?}");

    let snapshot = |date: &str, cash: &str| SnapshotRow {
        date: date.parse().unwrap(),
        at: at("2012-06-18T20:00:00Z"),
        cash: decimal(cash),
        positions_value: decimal("1749.90"),
        net_liquidation: decimal("99998.90"),
        realized_pnl: decimal("0"),
        unrealized_pnl: decimal("-1.00"),
        positions_json: "[]".into(),
        is_rebuilt: date == "2012-06-18",
    };
    let days = [snapshot("2012-06-18", "98249.00"), snapshot("2012-06-19", "98250.00")];
    let changes = vec![snapshot("2012-06-19", "1"), days[1].clone(), days[0].clone()].into_iter();
    store.commit(changes.map(Change::Snapshot).collect(), Durability::Ordinary).await.unwrap();
    assert_eq!(store.snapshots(None, None).await.unwrap(), days.to_vec());
    let second_day = "2012-06-19".parse().unwrap();
    assert_eq!(store.snapshots(Some(second_day), None).await.unwrap(), days[1..].to_vec());
    assert_eq!(store.snapshots(None, Some(days[0].date)).await.unwrap(), days[..1].to_vec());
    let page = |offset| store.snapshot_page(None, None, Page { offset, limit: 1 });
    assert_eq!(page(0).await.unwrap(), (vec![days[1].clone()], 2), "the newest comes first");
    assert_eq!(page(1).await.unwrap(), (vec![days[0].clone()], 2));
    assert_eq!(store.last_snapshot(None).await.unwrap(), Some(days[1].clone()));
    assert_eq!(store.last_snapshot(Some(days[0].date)).await.unwrap(), Some(days[0].clone()));
}

#[tokio::test]
async fn a_planned_run_is_taken_once() {
    let (_directory, store) = open_with_execution("e1").await;
    let claim = |planned_at: &str| ScheduleClaimRow {
        strategy_id: strategy_id(),
        symbol: "AAPL".into(),
        planned_at: at(planned_at),
        execution_id: Some(execution_id("e1")),
        kind: None,
        cause: None,
        attempt: 1,
    };
    let first = claim("2012-06-15T20:05:00Z");
    let mut missed = claim("2012-06-18T20:05:00Z");
    (missed.execution_id, missed.cause) = (None, Some("The engine was not running.".into()));
    let changes = vec![Change::ScheduleClaim(missed.clone()), Change::ScheduleClaim(first.clone())];
    store.commit(changes, Durability::Full).await.unwrap();

    let again = vec![
        Change::Setting { key: "must not stay".into(), value: String::new() },
        Change::ScheduleClaim(first.clone()),
    ];
    let refused = store.commit(again, Durability::Full).await;
    assert!(matches!(refused, Err(StoreError::AlreadyClaimed { .. })), "{refused:?}");
    assert_eq!(store.setting("must not stay").await.unwrap(), None);

    let id = strategy_id();
    let found = store.schedule_claim(&id, "AAPL", first.planned_at).await.unwrap();
    assert_eq!(found, Some(first.clone()));
    assert_eq!(store.schedule_claim(&id, "MSFT", first.planned_at).await.unwrap(), None);
    let until = store.accounted_until(&id, "AAPL").await.unwrap();
    assert_eq!(until, Some(first.planned_at), "as far as the last that was written down");
    assert_eq!(store.schedule_claims(&id, 10).await.unwrap(), vec![missed, first]);
}

#[tokio::test]
async fn what_a_brokers_account_brings_reads_back() {
    let (_directory, store) = open_with_execution("e1").await;
    let moment = at("2012-06-18T13:30:00Z");
    let states = [
        ApprovalState::Approved,
        ApprovalState::Declined,
        ApprovalState::Expired,
        ApprovalState::Pending,
    ];
    for state in states {
        let row = ApprovalRow {
            execution_id: execution_id("e1"),
            asked_at: moment,
            expires_at: at("2012-06-18T20:00:00Z"),
            state,
            decided_at: (state != ApprovalState::Pending).then_some(moment),
            order_json: "{}".into(),
        };
        store.commit(vec![Change::Approval(row.clone())], Durability::Full).await.unwrap();
        assert_eq!(store.approval(&row.execution_id).await.unwrap(), Some(row.clone()));
        assert_eq!(store.approvals(10).await.unwrap(), std::slice::from_ref(&row));
        let waits = store.pending_approvals().await.unwrap();
        assert_eq!(waits, if state == ApprovalState::Pending { vec![row] } else { vec![] });
    }

    let entry = order("e1", Leg::Entry);
    let evidence = OrderEvidenceRow {
        client_order_id: entry.client_order_id.clone(),
        at: moment,
        sentence: "Looked for and not found.".into(),
    };
    let correction = CorrectionRow {
        at: moment,
        kind: "missing_fill".into(),
        symbol: Some("AAPL".into()),
        conid: Some(Conid(265_598)),
        sentence: "Booked.".into(),
        evidence: "{}".into(),
        is_alarm: true,
    };
    let blind = BlindStretchRow { from: moment, until: None, cause: "no answer".into() };
    let mandate = MandateRow {
        account_id: throughline::domain::AccountId::new("DU1000001").unwrap(),
        armed_at: moment,
        ends_at: at("2012-07-18T13:30:00Z"),
        maximum_order_value: decimal("5000"),
        maximum_entries_per_day: 3,
        maximum_daily_loss: decimal("250.50"),
        disarmed_at: None,
    };
    let allow = |is_on| Change::QuestionAllow { message_id: "o163".into(), is_on };
    let changes = vec![
        Change::Order(entry.clone()),
        Change::OrderEvidence(evidence.clone()),
        Change::Correction(correction.clone()),
        Change::BlindStretch(blind.clone()),
        Change::Mandate(mandate.clone()),
        allow(true),
        allow(false),
    ];
    store.commit(changes, Durability::Full).await.unwrap();
    assert_eq!(store.order_evidence(&entry.client_order_id).await.unwrap(), [evidence]);
    assert_eq!(store.corrections(5).await.unwrap(), std::slice::from_ref(&correction));
    let last = store.last_correction("missing_fill", Some(Conid(265_598))).await.unwrap();
    assert_eq!(last, Some(correction));
    assert_eq!(store.last_correction("missing_fill", None).await.unwrap(), None);
    assert_eq!(store.blind_stretches_since(moment).await.unwrap(), std::slice::from_ref(&blind));
    assert_eq!(store.last_mandate(&mandate.account_id).await.unwrap(), Some(mandate.clone()));
    assert_eq!(store.question_allowances().await.unwrap(), [("o163".into(), false)].into());

    let ended = BlindStretchRow { until: Some(at("2012-06-18T14:00:00Z")), ..blind };
    let taken_back = MandateRow { disarmed_at: Some(moment), ..mandate };
    let changes = vec![Change::BlindStretch(ended.clone()), Change::Mandate(taken_back.clone())];
    store.commit(changes, Durability::Full).await.unwrap();
    assert_eq!(store.blind_stretches_since(moment).await.unwrap(), [ended]);
    let later = at("2012-06-18T15:00:00Z");
    assert_eq!(store.blind_stretches_since(later).await.unwrap(), []);
    assert_eq!(store.last_mandate(&taken_back.account_id).await.unwrap(), Some(taken_back));
}
