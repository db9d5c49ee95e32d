//! H10: after a gateway restart the bars stay silent. What follows is a refusal, not a decision.

use jiff::civil::date;
use throughline::domain::records::{Outcome, ParseSignalOutput, StepName};
use throughline::sandbox::data::{bundled_series, prices_directory, save_series};
use throughline::store::StoredPayload;

use super::{open, run_sample};
use crate::runs::audit::placed_orders;

#[tokio::test]
async fn h10_a_feed_that_fell_silent_is_not_decided_on() {
    let directory = tempfile::tempdir().unwrap();
    // AAPL stops two sessions before the run; the other symbols, and so the exchange, go on.
    let mut series = bundled_series().unwrap();
    let mut apple = series.remove(0);
    assert_eq!(apple.symbol, "AAPL");
    apple.days.retain(|day| day.date <= date(2012, 6, 13));
    save_series(&prices_directory(directory.path()), &apple, true).unwrap();
    let engine = open(directory.path()).await;
    let execution = run_sample(&engine).await;
    assert_eq!(execution.outcome, Some(Outcome::Hold), "{execution:?}");
    let steps = engine.store().stored_steps_of(&execution.id).await.unwrap();
    let parsed = steps.iter().find(|step| step.step_name == StepName::ParseSignal.as_str());
    let StoredPayload::Inline(text) = &parsed.unwrap().output else { panic!("kept as a blob") };
    let signal: ParseSignalOutput = serde_json::from_str(text).unwrap();
    for name in ["price_is_current", "bars_are_current"] {
        let check = signal.checks.iter().find(|check| check.name == name).unwrap();
        assert!(!check.passed, "{check:?}");
        assert!(check.detail.contains("2012-06-13"), "{check:?}");
    }
    assert_eq!(placed_orders(directory.path()), Vec::<String>::new());
    engine.close().await.unwrap();
}
