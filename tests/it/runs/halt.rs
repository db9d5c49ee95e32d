//! The kill switch is a file: no entry is sent while it is there, and exits go on.

use throughline::domain::records::{Outcome, SkippedRecord};
use throughline::domain::{Leg, SignalAction, StrategyId};
use throughline::schedule::NotRunCause;

use super::audit::{Audit, instant, placed_orders};
use super::terminal::Terminal;

const RUN: &str = "run sample --at 2012-06-15T16:00:00-04:00";

#[tokio::test]
async fn while_halted_no_entry_is_sent_and_exits_go_on() {
    let terminal = Terminal::new();
    terminal.good(RUN);
    // From here AAPL holds a position (seed 1), which is sold on a signal later.
    terminal.good("sandbox advance --to 2012-07-20T15:00:00-04:00");
    let held = terminal.json("positions --json").as_array().unwrap().len();
    assert!(held > 0, "without a position this would prove little");
    std::fs::write(terminal.data_dir().join("HALT"), "a person with an editor").unwrap();
    let placed = placed_orders(terminal.data_dir());
    terminal.good("sandbox advance --to 2012-08-10T16:00:00-04:00");
    assert_eq!(placed_orders(terminal.data_dir()), placed, "an order was placed while halted");

    let audit = Audit::of(terminal.data_dir()).await;
    audit.check().await;
    let halted_at = instant("2012-07-20T15:00:00-04:00");
    let since: Vec<_> = audit.executions.iter().filter(|e| e.as_of > halted_at).collect();
    assert!(since.iter().all(|e| e.outcome != Some(Outcome::Bought)), "something was bought");
    // What holds nothing has nothing to close, and its planned run is not made.
    let mut halted = 0;
    for id in ["sample", "sample-fb", "sample-goog", "sample-ibm", "sample-msft"] {
        let id = StrategyId::new(id).unwrap();
        let claims = audit.reader.store.schedule_claims(&id, 1_000).await.unwrap();
        let of_halt = claims.iter().filter(|claim| claim.kind == Some(NotRunCause::Halted));
        halted += of_halt.filter(|claim| claim.planned_at > halted_at).count();
    }
    assert!(halted > 0, "no planned run has the halt for its cause");
    let sold = |outcome| matches!(outcome, Some(Outcome::Sold | Outcome::Exiting));
    assert!(since.iter().any(|e| sold(e.outcome)), "no exit by signal went on");
    let closed = audit.fills.iter().filter(|row| row.fill.at > halted_at);
    assert!(closed.clone().count() > 0 && closed.clone().all(|row| row.leg != Leg::Entry));

    terminal.good("resume");
    terminal.good("sandbox advance --to 2012-09-14T16:00:00-04:00");
    let entries = placed_orders(terminal.data_dir());
    assert!(entries.len() > placed.len(), "after the halt nothing is bought any more");
    Audit::of(terminal.data_dir()).await.check().await;
}

#[test]
fn a_halt_from_the_terminal_outlives_the_process_and_holds_for_a_run() {
    let terminal = Terminal::new();
    terminal.good("halt");
    let document = terminal.json(&format!("{RUN} --json"));
    assert_eq!(document["execution"]["outcome"], "refused", "{}", document["execution"]);
    let steps = document["steps"].as_array().unwrap();
    let signal = steps.iter().find(|step| step["step_name"] == "parse_signal").unwrap();
    assert_eq!(signal["output"]["action"], serde_json::json!(SignalAction::Buy));
    // The card of a refused entry says why.
    let placed = steps.iter().find(|step| step["step_name"] == "place_order").unwrap();
    let record: SkippedRecord = serde_json::from_value(placed["output"].clone()).unwrap();
    assert!(record.reason.contains("halt"), "{}", record.reason);
    assert_eq!(placed_orders(terminal.data_dir()), Vec::<String>::new());
    terminal.good("resume");
    let document = terminal.json("run sample --json");
    assert_eq!(document["execution"]["outcome"], "bought", "{}", document["execution"]);
}
