//! Flattening: every order cancelled, every position closed, and the proof read from the broker.

use throughline::api::dispatch;
use throughline::api::dto::FlattenDto;
use throughline::domain::records::{Outcome, StepName, Trigger};
use throughline::domain::{ExitCause, Leg};
use throughline::store::ExecutionRow;

use super::setting::{HOLDS, Setting};
use crate::runs::audit::{Audit, placed_orders};
use crate::runs::terminal::Terminal;

const ACCOUNT: &str = "DU1000001";

async fn holding() -> Setting {
    let setting = Setting::new().await;
    let bought = setting.run("sample").await;
    assert_eq!(bought.outcome, Some(Outcome::Bought), "{bought:?}");
    setting.advance(HOLDS).await;
    let (held, open) = setting.exchange().await;
    assert!(!held.is_empty() && open > 0, "nothing to flatten: {held:?}, {open} orders");
    setting
}

async fn flatten(setting: &Setting) -> FlattenDto {
    let request = serde_json::json!({ "account_id": ACCOUNT });
    let report = dispatch(&setting.engine, "flatten", request).await.unwrap();
    serde_json::from_value(report).unwrap()
}

async fn flattenings(setting: &Setting) -> Vec<ExecutionRow> {
    let all = setting.engine.store().executions(None, 500).await.unwrap();
    all.into_iter().filter(|execution| execution.trigger == Trigger::Flatten).collect()
}

/// Closes the engine and holds everything that was recorded against the exchange.
async fn audit(setting: Setting) -> Audit {
    setting.engine.close().await.unwrap();
    let audit = Audit::of(setting.data_dir()).await;
    audit.check().await;
    audit
}

#[tokio::test]
async fn flattened_is_proven_by_a_fresh_read_and_told_position_by_position() {
    let setting = holding().await;
    let (held, _) = setting.exchange().await;
    let report = flatten(&setting).await;
    assert!(report.is_flat, "{report:?}");
    assert!(report.remaining_positions.is_empty() && report.remaining_orders.is_empty());
    assert_eq!(report.closing_orders as usize, held.len(), "{report:?}");
    assert_eq!(setting.exchange().await, (Vec::new(), 0));
    assert!(setting.engine.store().positions().await.unwrap().is_empty());

    let closed = flattenings(&setting).await;
    assert_eq!(closed.len(), held.len());
    for execution in &closed {
        assert_eq!(execution.outcome, Some(Outcome::Flattened), "{execution:?}");
        let skipped = setting.steps_of(&execution.id, StepName::LlmAnalysis).await;
        let reason = super::setting::text(&skipped[0].output);
        assert!(reason.contains("flattened by a person"), "{reason}");
        let ids: Vec<_> = setting.orders_of(&execution.id).await;
        assert_eq!(ids.len(), 1);
        assert_eq!(ids[0].client_order_id, Leg::Flatten.client_order_id(&execution.id));
    }
    let trades = setting.engine.store().trades().await.unwrap();
    assert!(trades.iter().any(|trade| trade.exit_cause == ExitCause::Flatten), "{trades:?}");
    assert!(setting.engine.status().await.unwrap().halt.is_some(), "it stays halted");

    // Once more, with nothing left: nothing is sent.
    let placed = placed_orders(setting.data_dir());
    let report = flatten(&setting).await;
    assert!(report.is_flat && report.closing_orders == 0, "{report:?}");
    assert_eq!(placed_orders(setting.data_dir()), placed);
    audit(setting).await;
}

#[tokio::test]
async fn what_cannot_be_closed_at_night_is_named_and_closed_at_the_opening_after_a_restart() {
    let setting = holding().await;
    setting.advance("2012-06-19T17:00:00-04:00").await;
    let report = flatten(&setting).await;
    assert!(!report.is_flat, "{report:?}");
    assert!(report.sentence.contains("the exchange is closed"), "{}", report.sentence);
    let named = report.remaining_positions.iter().any(|left| left.starts_with("AAPL "));
    assert!(named && !report.remaining_orders.is_empty(), "{report:?}");
    let orders = flattenings(&setting).await.len();
    let setting = setting.restart().await;
    setting.advance("2012-06-20T09:45:00-04:00").await;
    assert_eq!(setting.exchange().await, (Vec::new(), 0));
    assert_eq!(flattenings(&setting).await.len(), orders, "no second order after the restart");
    let again = setting.restart().await;
    again.advance("2012-06-20T10:45:00-04:00").await;
    assert_eq!(flattenings(&again).await.len(), orders, "a flattening that is done is over");
    audit(again).await;
}

#[tokio::test]
async fn cut_off_before_its_first_order_it_goes_on_at_the_next_start() {
    let setting = holding().await;
    // What is on the disk when the process is killed right after the kill switch was set.
    let halt = serde_json::json!({
        "since": "2012-06-19T15:00:00Z", "by": "window", "reason": "flatten", "flatten": ACCOUNT,
    });
    setting.engine.close().await.unwrap();
    std::fs::write(setting.data_dir().join("HALT"), halt.to_string()).unwrap();
    let engine = super::setting::open(setting.data_dir()).await;
    let setting = Setting { engine, directory: setting.directory };
    setting.advance("2012-06-19T11:30:00-04:00").await;
    assert_eq!(setting.exchange().await, (Vec::new(), 0));
    audit(setting).await;
}

#[tokio::test]
async fn a_closing_order_whose_answer_is_lost_is_looked_up_and_nothing_is_sold_twice() {
    let setting = holding().await;
    setting.engine.sandbox().unwrap().faults().lose_next_order_answer.set(true);
    let report = flatten(&setting).await;
    assert!(report.is_flat, "{report:?}");
    assert_eq!(setting.exchange().await, (Vec::new(), 0));
    let sent: Vec<String> = placed_orders(setting.data_dir());
    let closing = sent.iter().filter(|id| id.ends_with("-flatten")).count();
    assert_eq!(closing, report.closing_orders as usize, "{sent:?}");
    audit(setting).await;
}

#[tokio::test]
async fn a_closing_order_that_never_arrives_is_replaced_by_another_one() {
    let setting = holding().await;
    setting.engine.sandbox().unwrap().faults().lose_next_order_request.set(true);
    let report = flatten(&setting).await;
    assert!(report.is_flat, "{report:?}");
    assert_eq!(setting.exchange().await, (Vec::new(), 0));
    let outcomes: Vec<_> = flattenings(&setting).await.into_iter().map(|e| e.outcome).collect();
    assert!(outcomes.contains(&Some(Outcome::NotSent)), "{outcomes:?}");
    assert!(outcomes.contains(&Some(Outcome::Flattened)), "{outcomes:?}");
    audit(setting).await;
}

#[tokio::test]
async fn a_working_entry_is_cancelled_and_not_left_to_fill_behind_the_flattening() {
    let setting = Setting::new().await;
    let asked = setting.run("proposals").await;
    setting.engine.decide_approval(asked.id.as_str(), true, "window").await.unwrap();
    let report = flatten(&setting).await;
    assert!(report.is_flat, "{report:?}");
    assert!(report.cancelled_orders > 0, "{report:?}");
    setting.advance("2012-06-19T11:00:00-04:00").await;
    assert_eq!(setting.exchange().await, (Vec::new(), 0));
    assert_eq!(setting.execution(&asked.id).await.outcome, Some(Outcome::NotFilled));
    audit(setting).await;
}

#[tokio::test]
async fn shares_that_were_bought_elsewhere_are_sold_as_well() {
    let setting = holding().await;
    let sandbox = setting.engine.sandbox().unwrap();
    sandbox.place_elsewhere(265_598, throughline::domain::OrderSide::Buy, 50).unwrap();
    setting.advance("2012-06-19T11:05:00-04:00").await;
    let report = flatten(&setting).await;
    assert!(report.is_flat, "{report:?}");
    assert_eq!(setting.exchange().await, (Vec::new(), 0));
    let filed = flattenings(&setting).await;
    let external = filed.iter().filter(|e| e.strategy_id.as_str() == "external").count();
    assert!(external == 1 && filed.len() > 1, "{filed:?}");
}

#[tokio::test]
async fn another_account_than_the_one_that_trades_is_a_sentence_and_halts_nothing() {
    let setting = Setting::new().await;
    for typed in ["", "DU1000002", "du1000001", "DU1000001 "] {
        let request = serde_json::json!({ "account_id": typed });
        let error = dispatch(&setting.engine, "flatten", request).await.unwrap_err();
        assert!(error.message.contains("type that id exactly"), "{error:?}");
    }
    assert!(!setting.data_dir().join("HALT").exists());
}

#[test]
fn the_terminal_flattens_and_says_what_is_left() {
    let terminal = Terminal::new();
    terminal.good("run sample --at 2012-06-15T16:00:00-04:00");
    terminal.good("sandbox advance --to 2012-06-19T11:00:00-04:00");
    let wrong = ["halt", "--flatten", "--account", "U7654321"];
    terminal.refused(wrong, "\"U7654321\" is not the account that trades, DU1000001");
    let report = terminal.json("halt --flatten --account DU1000001 --json");
    assert_eq!(report["is_flat"], true, "{report}");
    assert_eq!(terminal.json("positions --json").as_array().unwrap().len(), 0);
    let refused = terminal.json("run sample --at 2012-06-20T16:00:00-04:00 --json");
    assert_ne!(refused["execution"]["outcome"], "bought", "the halt holds");
}
