//! What the changes themselves tell a person.

use jiff::{SignedDuration, Timestamp};
use throughline::domain::{
    Conid, ExitCause, Leg, NewNotification, NotificationChannel, NotificationKind,
    NotificationKind as Kind, OrderStatus, Severity, StrategyId,
};
use throughline::schedule::NotRunCause;
use throughline::store::{
    ApprovalRow, ApprovalState, BlindStretchRow, Change, CorrectionRow, DeliveryStatus, Durability,
    ExecutionStatus, NOTIFICATIONS_KEPT, NotificationDeliveryRow, PausedBy, ScheduleChange,
    ScheduleClaimRow, SchedulePauseRow, Store,
};

use super::{execution, execution_id, open_with_execution, order};

fn at(minutes: i64) -> Timestamp {
    "2026-03-02T15:00:00Z".parse::<Timestamp>().unwrap() + SignedDuration::from_mins(minutes)
}

async fn commit(store: &Store, change: Change) {
    store.commit(vec![change], Durability::Ordinary).await.unwrap();
}

/// Kinds and sentences, oldest first.
async fn told(store: &Store) -> Vec<(NotificationKind, String)> {
    let rows = store.notifications().await.unwrap();
    rows.into_iter().rev().map(|row| (row.notification.kind, row.notification.sentence)).collect()
}

#[tokio::test]
async fn b3_an_order_is_told_when_it_is_filled_refused_or_lost_and_never_twice() {
    let (directory, store) = open_with_execution("e1").await;
    let mut entry = order("e1", Leg::Entry);
    entry.status = OrderStatus::Submitted;
    commit(&store, Change::Order(entry.clone())).await;
    assert!(told(&store).await.is_empty(), "a working order is no news");
    entry.status = OrderStatus::Unknown;
    commit(&store, Change::Order(entry.clone())).await;
    entry.updated_at += SignedDuration::from_secs(1);
    commit(&store, Change::Order(entry.clone())).await;
    entry.status = OrderStatus::Filled;
    entry.filled_quantity = entry.quantity;
    entry.average_price = Some("100.50".parse().unwrap());
    commit(&store, Change::Order(entry.clone())).await;
    commit(&store, Change::Order(entry.clone())).await;
    store.close().await;
    let store = Store::open(directory.path()).await.unwrap();
    commit(&store, Change::Order(entry.clone())).await;
    let told = told(&store).await;
    let kinds: Vec<_> = told.iter().map(|(kind, _)| *kind).collect();
    assert_eq!(kinds, [NotificationKind::OrderUnknown, NotificationKind::OrderFilled]);
    assert!(told[1].1.starts_with("Bought ") && told[1].1.contains("at 100.5 (entry of "));
    let rows = store.notifications().await.unwrap();
    assert_eq!(rows[0].notification.link, format!("/orders?order={}", entry.client_order_id));
    assert_eq!(rows[1].notification.severity, Severity::Critical);
}

#[tokio::test]
async fn b3_what_the_broker_says_of_a_refusal_is_bounded() {
    let (_directory, store) = open_with_execution("e1").await;
    let mut entry = order("e1", Leg::Entry);
    entry.status = OrderStatus::Rejected;
    entry.reason = Some(format!("no\u{202e}\n{}", "margin ".repeat(500)));
    commit(&store, Change::Order(entry)).await;
    let told = told(&store).await;
    assert_eq!(told[0].0, NotificationKind::OrderRejected);
    assert!(told[0].1.chars().count() <= 300 && !told[0].1.contains(['\u{202e}', '\n']));
}

#[tokio::test]
async fn b3_a_stop_is_told_with_its_trade_and_an_old_order_of_others_not_at_all() {
    let (_directory, store) = open_with_execution("e1").await;
    for leg in [Leg::Stop, Leg::External] {
        let mut over = order("e1", leg);
        over.status = OrderStatus::Filled;
        commit(&store, Change::Order(over)).await;
    }
    assert!(told(&store).await.is_empty());
    let trade = throughline::domain::ClosedTrade {
        strategy_id: StrategyId::new("sample").unwrap(),
        conid: Conid(1),
        symbol: "AAPL".to_owned(),
        quantity: "10".parse().unwrap(),
        entry_price: "100".parse().unwrap(),
        exit_price: "95.50".parse().unwrap(),
        opened_at: at(0),
        closed_at: at(1),
        gross_pnl: "-45".parse().unwrap(),
        commission: "2".parse().unwrap(),
        realized_pnl: "-47.00".parse().unwrap(),
        r_multiple: None,
        exit_cause: ExitCause::Stop,
        entry_execution_id: execution_id("e1"),
        exit_execution_id: execution_id("e1"),
    };
    commit(&store, Change::Trade(trade)).await;
    let told = told(&store).await;
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].1, "The stop closed 10 AAPL of sample at 95.5: a loss of 47.00 USD.");
}

#[tokio::test]
async fn b3_runs_approvals_sessions_and_corrections_are_told_once_each() {
    let (_directory, store) = open_with_execution("e1").await;
    let mut failed = execution("e1");
    failed.status = ExecutionStatus::Failed;
    failed.sentence = Some("no prices".to_owned());
    let approval = ApprovalRow {
        execution_id: execution_id("e1"),
        asked_at: at(0),
        expires_at: at(15),
        state: ApprovalState::Pending,
        decided_at: None,
        order_json: "{}".to_owned(),
    };
    let strategy_id = StrategyId::new("sample").unwrap();
    let not_run = |kind: NotRunCause, minutes: i64| {
        Change::Schedule(ScheduleChange::NotRun(ScheduleClaimRow {
            strategy_id: StrategyId::new("sample").unwrap(),
            symbol: "AAPL".to_owned(),
            planned_at: at(minutes),
            execution_id: None,
            kind: Some(kind),
            cause: Some("it is so".to_owned()),
            attempt: 1,
        }))
    };
    let paused = Change::Schedule(ScheduleChange::Paused(SchedulePauseRow {
        strategy_id,
        since: at(3),
        paused_by: PausedBy::Failures,
        sentence: "3 runs failed in a row".to_owned(),
    }));
    let stretch = |until: Option<Timestamp>| {
        Change::BlindStretch(BlindStretchRow { from: at(4), until, cause: "no answer".to_owned() })
    };
    let correction = Change::Correction(CorrectionRow {
        at: at(5),
        kind: "missing_fill".to_owned(),
        symbol: None,
        conid: None,
        sentence: "A fill was added.".to_owned(),
        evidence: "{}".to_owned(),
        is_alarm: true,
    });
    for change in [
        Change::Execution(failed),
        Change::Approval(approval),
        not_run(NotRunCause::Asleep, 1),
        not_run(NotRunCause::Holiday, 2),
        not_run(NotRunCause::Budget, 3),
        paused,
        stretch(None),
        stretch(None),
        stretch(Some(at(6))),
        stretch(Some(at(6))),
        correction,
    ] {
        commit(&store, change.clone()).await;
        let is_correction = matches!(change, Change::Correction(_));
        if !is_correction && !matches!(change, Change::BlindStretch(_)) {
            commit(&store, change).await;
        }
    }
    let told = told(&store).await;
    let kinds: Vec<_> = told.iter().map(|(kind, _)| *kind).collect();
    let expected = [
        Kind::RunFailed,
        Kind::ApprovalWanted,
        Kind::RunNotMade,
        Kind::BudgetReached,
        Kind::SchedulePaused,
        Kind::SessionLost,
        Kind::SessionRestored,
        Kind::Corrected,
    ];
    assert_eq!(kinds, expected, "{told:#?}");
    assert!(told[0].1.ends_with("failed: no prices"));
    assert!(told[1].1.contains("it lapses at 2026-03-02 15:15 UTC"));
    assert!(told[2].1.contains("planned for 2026-03-02 15:01 UTC was not made: it is so"));
}

#[tokio::test]
async fn b3_the_newest_200_are_kept_with_their_deliveries() {
    let (_directory, store) = open_with_execution("e1").await;
    let tell = |number: u32| {
        Change::Notification(NewNotification::new(
            format!("test:{number}"),
            at(0),
            NotificationKind::BackupFailed,
            Severity::Warning,
            &format!("Number {number}."),
            "/settings",
        ))
    };
    let delivery = |notification_id: i64| {
        Change::NotificationDelivery(NotificationDeliveryRow {
            notification_id,
            channel: NotificationChannel::Webhook,
            status: DeliveryStatus::Pending,
            attempts: 0,
            due_at: at(0),
            answer: None,
        })
    };
    for number in 1..=NOTIFICATIONS_KEPT + 50 {
        let changes = vec![tell(number), delivery(i64::from(number))];
        store.commit(changes, Durability::Ordinary).await.unwrap();
    }
    // One that was removed in the meantime is not delivered, and is no error.
    commit(&store, delivery(1)).await;
    let rows = store.notifications().await.unwrap();
    assert_eq!(rows.len(), NOTIFICATIONS_KEPT as usize);
    assert_eq!(rows[0].notification.sentence, "Number 250.");
    let due = store.due_deliveries(NotificationChannel::Webhook, at(0)).await.unwrap();
    assert_eq!(due.len(), NOTIFICATIONS_KEPT as usize);
    assert_eq!(due[0].1.notification.sentence, "Number 51.");
    assert!(store.due_deliveries(NotificationChannel::Native, at(0)).await.unwrap().is_empty());
}
