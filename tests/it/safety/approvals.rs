//! Strategies that propose: nothing is sent before a person's yes, and what is sent after it has
//! passed the risk gate a second time.

use throughline::api::ErrorCode;
use throughline::api::dispatch;
use throughline::api::dto::{ApprovalDto, ApprovalStatus};
use throughline::domain::OrderStatus;
use throughline::domain::records::{CheckRiskOutput, Outcome, PlaceOrderInput, StepName};
use throughline::store::{ApprovalState, ExecutionStatus};

use super::setting::{Setting, instant, text};
use crate::runs::audit::{Audit, placed_orders};

async fn waiting(setting: &Setting) -> ApprovalDto {
    let listed = dispatch(&setting.engine, "approvals_list", serde_json::json!({})).await.unwrap();
    let listed: Vec<ApprovalDto> = serde_json::from_value(listed).unwrap();
    listed.into_iter().find(|row| row.status == ApprovalStatus::Pending).expect("nothing waits")
}

#[tokio::test]
async fn a_proposed_order_is_sent_after_a_persons_yes_and_the_card_says_whose() {
    let setting = Setting::new().await;
    let asked = setting.run("proposals").await;
    assert_eq!(asked.status, ExecutionStatus::AwaitingApproval, "{asked:?}");
    assert_eq!(placed_orders(setting.data_dir()), Vec::<String>::new());
    let approval = waiting(&setting).await;
    assert_eq!((approval.side.as_str(), approval.symbol.as_str()), ("BUY", "AAPL"));
    assert!(approval.risk_amount.is_some() && !approval.sentence.is_empty(), "{approval:?}");

    let decide = serde_json::json!({ "execution_id": approval.execution_id, "approve": true });
    let decided = dispatch(&setting.engine, "approval_decide", decide.clone()).await.unwrap();
    assert_eq!(decided["status"], "approved");
    let placed = placed_orders(setting.data_dir());
    assert_eq!(placed.len(), 3, "one bracket: {placed:?}");
    let again = dispatch(&setting.engine, "approval_decide", decide).await.unwrap_err();
    assert_eq!(again.code, ErrorCode::NotNow);
    assert!(again.message.contains("approved already"), "{again:?}");

    setting.advance("2012-06-19T16:30:00-04:00").await;
    let execution = setting.execution(&asked.id).await;
    assert_eq!(execution.outcome, Some(Outcome::Bought), "{execution:?}");
    let checked = setting.steps_of(&asked.id, StepName::CheckRisk).await;
    assert_eq!(checked.len(), 2, "the gate is asked twice");
    let second: CheckRiskOutput = serde_json::from_str(text(&checked[1].output)).unwrap();
    let rule = second.rules.iter().find(|rule| rule.rule == "approval").unwrap();
    assert!(rule.detail.contains("Approved in the window at"), "{rule:?}");
    let placing = setting.steps_of(&asked.id, StepName::PlaceOrder).await;
    assert_eq!(placing[0].status, "started");
    assert!(text(&placing[0].output).contains("Waits for a person's approval"));
    let input: PlaceOrderInput = serde_json::from_str(text(&placing[1].input)).unwrap();
    assert_eq!(input.approved.unwrap().by, "window");
    setting.engine.close().await.unwrap();
    Audit::of(setting.data_dir()).await.check().await;
}

#[tokio::test]
async fn a_declined_order_and_one_that_nobody_answers_are_never_sent() {
    let setting = Setting::new().await;
    let declined = setting.run("proposals").await;
    let row = setting.engine.decide_approval(declined.id.as_str(), false, "window").await.unwrap();
    assert_eq!(row.state, ApprovalState::Declined);
    let declined = setting.execution(&declined.id).await;
    assert_eq!(declined.outcome, Some(Outcome::Declined));
    assert!(declined.sentence.unwrap().contains("declined in the window"));

    // Asked at a Friday's close, a day to answer: it lapses on Saturday, with nobody there.
    let asked = setting.run("proposals").await;
    let approval = setting.engine.store().approval(&asked.id).await.unwrap().unwrap();
    let day = jiff::SignedDuration::from_hours(24);
    assert_eq!(approval.expires_at, approval.asked_at.checked_add(day).unwrap());
    setting.advance("2012-06-16T15:00:00-04:00").await;
    assert_eq!(setting.execution(&asked.id).await.status, ExecutionStatus::AwaitingApproval);
    setting.advance("2012-06-16T17:00:00-04:00").await;
    let lapsed = setting.execution(&asked.id).await;
    assert_eq!(lapsed.outcome, Some(Outcome::ApprovalExpired), "{lapsed:?}");
    let row = setting.engine.store().approval(&asked.id).await.unwrap().unwrap();
    assert_eq!(row.decided_at.unwrap(), approval.expires_at, "not later than it was due");
    let late = setting.engine.decide_approval(asked.id.as_str(), true, "window").await;
    assert!(late.unwrap_err().message.contains("expired already"));
    assert_eq!(placed_orders(setting.data_dir()), Vec::<String>::new());
    setting.engine.close().await.unwrap();
    Audit::of(setting.data_dir()).await.check().await;
}

#[tokio::test]
async fn a_price_that_ran_away_while_the_order_waited_refuses_it() {
    let setting = Setting::new().await;
    let asked = setting.run("proposals").await;
    let approval = setting.engine.store().approval(&asked.id).await.unwrap().unwrap();
    let mut order: serde_json::Value = serde_json::from_str(&approval.order_json).unwrap();
    // As if it had been asked at a price 20 % lower, with the stop as near as before.
    for key in ["limit_price", "stop_price", "target_price"] {
        let price: rust_decimal::Decimal = order[key].as_str().unwrap().parse().unwrap();
        order[key] = (price - rust_decimal::Decimal::from(100)).to_string().into();
    }
    let changed = throughline::store::ApprovalRow { order_json: order.to_string(), ..approval };
    let changes = vec![throughline::store::Change::Approval(changed)];
    let full = throughline::store::Durability::Full;
    setting.engine.store().commit(changes, full).await.unwrap();
    setting.engine.decide_approval(asked.id.as_str(), true, "window").await.unwrap();
    let refused = setting.execution(&asked.id).await;
    assert_eq!(refused.outcome, Some(Outcome::Refused), "{refused:?}");
    assert!(refused.sentence.unwrap().contains("The price went to"));
    assert_eq!(placed_orders(setting.data_dir()), Vec::<String>::new());
}

#[tokio::test]
async fn an_approval_outlives_a_restart_and_a_halt_which_refuses_the_yes() {
    let setting = Setting::new().await;
    let asked = setting.run("proposals").await;
    setting.engine.halt("window", "a person looks").unwrap();
    let setting = setting.restart().await;
    assert_eq!(setting.execution(&asked.id).await.status, ExecutionStatus::AwaitingApproval);
    let refused = setting.engine.decide_approval(asked.id.as_str(), true, "window").await;
    let refused = refused.unwrap_err();
    assert!(refused.message.contains("trading is halted (a person looks)"), "{refused:?}");
    assert_eq!(waiting(&setting).await.execution_id, asked.id.to_string(), "it goes on waiting");
    setting.engine.resume().unwrap();
    setting.engine.decide_approval(asked.id.as_str(), true, "window").await.unwrap();
    assert_eq!(placed_orders(setting.data_dir()).len(), 3);
}

#[tokio::test]
async fn killed_between_the_yes_and_the_order_it_is_placed_once_at_the_next_start() {
    let setting = Setting::new().await;
    let asked = setting.run("proposals").await;
    let approval = setting.engine.store().approval(&asked.id).await.unwrap().unwrap();
    // What is on the disk when the process is killed right after the yes was written down.
    let mut order: serde_json::Value = serde_json::from_str(&approval.order_json).unwrap();
    order["decided_by"] = "window".into();
    let approved = throughline::store::ApprovalRow {
        state: ApprovalState::Approved,
        decided_at: Some(setting.engine.now()),
        order_json: order.to_string(),
        ..approval
    };
    let changes = vec![throughline::store::Change::Approval(approved)];
    let full = throughline::store::Durability::Full;
    setting.engine.store().commit(changes, full).await.unwrap();
    let setting = setting.restart().await;
    let placed = placed_orders(setting.data_dir());
    assert_eq!(placed.len(), 3, "{placed:?}");
    let setting = setting.restart().await;
    assert_eq!(placed_orders(setting.data_dir()), placed, "a second start places nothing");
    setting.advance("2012-06-19T16:30:00-04:00").await;
    assert_eq!(setting.execution(&asked.id).await.outcome, Some(Outcome::Bought));
    setting.engine.close().await.unwrap();
    Audit::of(setting.data_dir()).await.check().await;
}

#[tokio::test]
async fn an_answer_lost_after_the_yes_is_looked_up_and_not_sent_again() {
    let setting = Setting::new().await;
    let asked = setting.run("proposals").await;
    setting.engine.sandbox().unwrap().faults().lose_next_order_answer.set(true);
    setting.engine.decide_approval(asked.id.as_str(), true, "window").await.unwrap();
    let orders = setting.orders_of(&asked.id).await;
    assert!(orders.iter().all(|order| order.status == OrderStatus::Unknown), "{orders:?}");
    setting.advance("2012-06-19T16:30:00-04:00").await;
    assert_eq!(setting.execution(&asked.id).await.outcome, Some(Outcome::Bought));
    assert_eq!(
        placed_orders(setting.data_dir())
            .iter()
            .filter(|placed| placed.starts_with(asked.id.as_str()))
            .count(),
        3
    );
}

#[tokio::test]
async fn while_an_order_waits_no_second_one_is_proposed_for_the_same_position() {
    let setting = Setting::new().await;
    setting.run("proposals").await;
    let second = setting.run("proposals").await;
    assert_eq!(second.outcome, Some(Outcome::Refused), "{second:?}");
    assert_eq!(setting.engine.store().pending_approvals().await.unwrap().len(), 1);
    assert!(setting.engine.now() >= instant(super::setting::BUYS));
}

#[tokio::test]
async fn what_does_not_wait_cannot_be_decided_and_says_so() {
    let setting = Setting::new().await;
    let ran = setting.run("sample").await;
    for execution in [ran.id.as_str(), "nonsense", "", "../../etc"] {
        let error = setting.engine.decide_approval(execution, true, "window").await.unwrap_err();
        assert_eq!(error.code, ErrorCode::NotFound, "{error:?}");
        assert!(error.message.contains("waits for approval") && error.hint.is_some(), "{error:?}");
    }
}
