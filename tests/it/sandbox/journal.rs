//! The exchange outlives the process.

use std::fs;
use std::path::Path;

use serde_json::json;
use throughline::clock::SimulatedClock;
use throughline::sandbox::data::import::parse_csv;
use throughline::sandbox::{Sandbox, SandboxError, SandboxOptions};

use super::client::{Client, FRIDAY_MORNING, bracket, market, options};

/// Opens as after a kill: nothing of the old process is left but the file.
fn reopen(journal: &Path, change: impl FnOnce(&mut SandboxOptions)) -> Result<(), SandboxError> {
    let clock = SimulatedClock::starting_at(FRIDAY_MORNING.parse().unwrap());
    let mut options = SandboxOptions { journal: Some(journal.to_path_buf()), ..options() };
    change(&mut options);
    Sandbox::open(options, clock.into()).map(|_| ())
}

#[tokio::test]
async fn after_a_kill_at_any_command_the_exchange_goes_on_as_if_nothing_had_happened() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("sandbox").join("journal.jsonl");
    let lasting = Client::ready(options(), FRIDAY_MORNING).await;
    for day in 0..12 {
        // A new process for each day, with the clock where the last one stood.
        let at = lasting.now().to_string();
        let killed = Client::with_journal(path.clone(), &at).await;
        for client in [&lasting, &killed] {
            client.place_confirmed(bracket(&format!("{day}"), 50, "81.00", "78.00", "83.00")).await;
            client.wait(40_000);
        }
        assert_eq!(lasting.everything().await, killed.everything().await, "day {day}");
        lasting.wait(50_000);
    }
    let reopened = Client::with_journal(path, &lasting.now().to_string()).await;
    assert_eq!(lasting.everything().await, reopened.everything().await);
    assert!(!lasting.trades().await.is_empty());
}

#[tokio::test]
async fn an_answered_order_is_in_the_journal_before_its_answer() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("journal.jsonl");
    let client = Client::with_journal(path.clone(), FRIDAY_MORNING).await;
    client.place(json!([market("kept", "BUY", 1)])).await;
    assert!(fs::read_to_string(&path).unwrap().contains("\"kept\""));
    // The clock of the next process may be behind the journal.
    let next = Client::with_journal(path, "2012-06-01T14:00:00Z").await;
    assert_eq!(next.sandbox.last_journal_time(), Some(FRIDAY_MORNING.parse().unwrap()));
    assert_eq!(next.live_orders().await.len(), 1);
    let again = next.place(json!([market("kept", "BUY", 1)])).await;
    assert!(again["error"].as_str().unwrap().contains("already registered"));
}

#[tokio::test]
async fn a_line_that_was_cut_off_is_dropped_wherever_it_was_cut() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("journal.jsonl");
    let client = Client::with_journal(path.clone(), FRIDAY_MORNING).await;
    client.place(json!([market("first", "BUY", 1)])).await;
    let whole = fs::read(&path).unwrap().len();
    client.place(json!([market("second", "BUY", 1)])).await;
    let all = fs::read(&path).unwrap();
    drop(client);
    for length in [whole, whole + 1, whole + 40, all.len() - 1] {
        fs::write(&path, &all[..length]).unwrap();
        let client = Client::with_journal(path.clone(), FRIDAY_MORNING).await;
        assert_eq!(client.live_orders().await.len(), 1, "cut to {length}");
        // What comes after is readable again.
        client.place(json!([market("third", "BUY", 1)])).await;
        drop(client);
        let client = Client::with_journal(path.clone(), FRIDAY_MORNING).await;
        assert_eq!(client.live_orders().await.len(), 2, "cut to {length}");
    }
    // Even the first line may be cut.
    fs::write(&path, &all[..20]).unwrap();
    reopen(&path, |_| {}).unwrap();
}

#[tokio::test]
async fn damage_in_the_middle_and_other_settings_are_sentences() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("journal.jsonl");
    let client = Client::with_journal(path.clone(), FRIDAY_MORNING).await;
    for id in ["first", "second", "third"] {
        client.place(json!([market(id, "BUY", 1)])).await;
    }
    drop(client);
    let text = fs::read_to_string(&path).unwrap();
    let refusal = |content: &str| {
        fs::write(&path, content).unwrap();
        reopen(&path, |_| {}).unwrap_err().to_string()
    };
    let changed = refusal(&text.replace("second", "sccond"));
    assert!(changed.contains("damaged at line 3: its checksum does not hold"), "{changed}");
    let lines: Vec<&str> = text.lines().collect();
    let missing = refusal(&format!("{}\n{}\n{}\n", lines[0], lines[1], lines[3]));
    assert!(missing.contains("damaged at line 3"), "{missing}");
    let nonsense = refusal(&format!("{}\nnonsense\n{}\n", lines[0], lines[1]));
    assert!(nonsense.contains("damaged at line 2: it cannot be read"), "{nonsense}");

    fs::write(&path, &text).unwrap();
    let seed = reopen(&path, |options| options.seed = 2).unwrap_err().to_string();
    assert!(seed.contains("was begun with the seed 1") && seed.contains("with 2"), "{seed}");
    let prices = reopen(&path, |options| options.adjusted = false).unwrap_err().to_string();
    assert!(prices.contains("prices adjusted"), "{prices}");
    reopen(&path, |_| {}).unwrap();
}

#[tokio::test]
async fn orders_are_not_replayed_on_other_prices() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("journal.jsonl");
    let own = |close: &str| {
        let csv = format!("date,open,high,low,close,volume\n2012-06-14,10,20,10,{close},39100\n");
        vec![parse_csv(csv.as_bytes(), "OWN").unwrap()]
    };
    let options =
        SandboxOptions { journal: Some(path.clone()), imported_prices: own("11"), ..options() };
    let client = Client::ready(options, FRIDAY_MORNING).await;
    let (_, stocks) = client.get("trsrv/stocks?symbols=OWN").await;
    let mut order = market("own", "BUY", 1);
    order["conid"] = stocks["OWN"][0]["contracts"][0]["conid"].clone();
    client.place(json!([order])).await;
    drop(client);
    let missing = reopen(&path, |_| {}).unwrap_err().to_string();
    assert!(missing.contains("orders in OWN") && missing.contains("missing now"), "{missing}");
    let other = reopen(&path, |options| options.imported_prices = own("12"));
    assert!(other.unwrap_err().to_string().contains("different now"));
    reopen(&path, |options| options.imported_prices = own("11")).unwrap();
}
