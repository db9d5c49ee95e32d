//! The same kills, where the exchange is a process of its own that lives on: what it was told just
//! before a kill stands, as at a broker.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::audit::placed_orders;
use super::draws::number;
use super::kill::{Campaign, Place};
use super::terminal::Terminal;
use crate::served::start::Process;

/// Kills in the ordinary test command; `THROUGHLINE_SERVED_KILLS` asks for more.
const KILLS: u64 = 12;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_before_a_served_exchange_nothing_is_sent_twice_and_nothing_recorded_is_lost() {
    let kills = number("THROUGHLINE_SERVED_KILLS", KILLS);
    let mut campaign = Campaign::of(u32::try_from(kills).unwrap());
    let mut exchange = 0;
    while campaign.left() > 0 {
        exchange += 1;
        // The engine leads: the exchange's own clock stands.
        let served = Process::start(&format!(
            "--seed {exchange} --start 2012-06-15T10:00:00-04:00 --speed 0"
        ));
        let terminal = Terminal::new();
        let words = format!("--gateway {}", served.url);
        let place = Place {
            data_dir: terminal.data_dir().to_owned(),
            exchange_dir: served.directory.path().to_owned(),
            words: words.clone(),
        };
        campaign.one_directory(&place).await;
        the_living_exchange_agrees(&served, &terminal, &words).await;
    }
    campaign.finish(exchange);
}

/// The audit reads the journal; the process that was spoken with must say the same.
async fn the_living_exchange_agrees(served: &Process, terminal: &Terminal, words: &str) {
    let info = served.get("/sandbox/v1/info").await;
    let ids = info["client_order_ids"].as_array().unwrap();
    let told: BTreeSet<&str> = ids.iter().map(|id| id.as_str().unwrap()).collect();
    assert_eq!(told.len(), ids.len(), "an order is there twice: {ids:?}");
    let written = placed_orders(served.directory.path());
    assert_eq!(told, written.iter().map(String::as_str).collect());
    let report: Value = terminal.json(&format!("{words} reconcile --json"));
    assert_eq!(report["succeeded"], true, "{report}");
    let corrections = report["corrections"].as_array().unwrap();
    let differs = |kind: &Value| {
        ["position_differs", "cash_differs", "external_order"].iter().any(|one| kind == one)
    };
    assert!(!corrections.iter().any(|one| differs(&one["kind"])), "{report}");
}

/// Nothing but its reply passes a question that stands open, and whoever was to reply is gone.
#[tokio::test]
async fn a_question_that_a_kill_left_open_is_waited_out_at_the_next_start() {
    let words = "--start 2012-06-15T10:00:00-04:00 --speed 0 --faults question_chain";
    let served = Process::start(words);
    served.get("/v1/api/iserver/accounts").await;
    let order = json!({
        "conid": 265_598, "side": "BUY", "orderType": "MKT", "tif": "DAY", "quantity": 1,
        "cOID": "asked",
    });
    let asked = served.post("iserver/account/DU1000001/orders", json!({ "orders": [order] })).await;
    assert!(asked[0]["message"].is_array(), "{asked}");
    let terminal = Terminal::new();
    let gateway = format!("--gateway {}", served.url);
    let report: Value = terminal.json(&format!("{gateway} reconcile --json"));
    assert_eq!(report["succeeded"], true, "{report}");
    assert_eq!(placed_orders(served.directory.path()), Vec::<String>::new());
}
