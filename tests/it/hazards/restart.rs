//! H21: duplicate orders after a restart.

use std::collections::BTreeSet;

use crate::runs::audit::{Audit, placed_orders};
use crate::runs::terminal::Terminal;

/// The process is killed the moment the exchange has taken its order, and started again three
/// times: each order is at the exchange once, and what runs later is another order.
#[tokio::test]
async fn h21_a_restart_after_an_order_was_taken_sends_it_no_second_time() {
    let terminal = Terminal::new();
    // The journal begins with the account and the answer to the exchange's question.
    let order_was_taken = || {
        let journal = std::fs::read_to_string(terminal.journal()).unwrap_or_default();
        journal.lines().any(|line| line.contains(r#""place""#)) && journal.ends_with('\n')
    };
    let mut child = terminal.start("run sample --at 2012-06-15T16:00:00-04:00");
    while !order_was_taken() {
        assert!(child.try_wait().unwrap().is_none(), "it ended without an order");
        tokio::task::yield_now().await;
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let first = placed_orders(terminal.data_dir());
    assert_eq!(first.len(), 3, "one bracket: {first:?}");
    for to in
        ["2012-06-15T16:30:00-04:00", "2012-06-18T15:00:00-04:00", "2012-06-20T16:30:00-04:00"]
    {
        terminal.good(&format!("sandbox advance --to {to}"));
        let placed = placed_orders(terminal.data_dir());
        let distinct: BTreeSet<&String> = placed.iter().collect();
        assert_eq!(distinct.len(), placed.len(), "an order was sent twice: {placed:?}");
        assert_eq!(placed[..3], first[..], "the first bracket stands as it was");
    }
    Audit::of(terminal.data_dir()).await.check().await;
}
