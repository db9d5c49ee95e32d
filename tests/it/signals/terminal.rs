//! Signals, how they did, and the truth card in the terminal.

use crate::runs::terminal::Terminal;

#[test]
fn the_terminal_shows_signals_and_claims_nothing_from_one() {
    let terminal = Terminal::new();
    terminal.good("run sample --at 2012-06-15T16:00:00-04:00");
    let page = terminal.json("signals --strategy sample --action buy --json");
    assert_eq!(page["total"], 1, "{page}");
    let signal = &page["signals"][0]["signal"];
    assert_eq!(
        (signal["status"].as_str(), signal["outcome"].as_str()),
        (Some("executed"), Some("pending"))
    );
    let shown = terminal.good("signals");
    assert!(shown.contains("AAPL") && shown.contains("executed"), "{shown}");

    let found = terminal.json("performance --by strategy,model --json");
    assert_eq!(found["total"]["executed"], 1, "{found}");
    assert_eq!(found["total"]["win_rate"], serde_json::Value::Null, "{found}");
    assert_eq!(found["groups"][0]["label"], "sample · Built-in rule analyst");
    let board = terminal.json("performance --ranked 1 --json");
    assert_eq!((&board["ranked"], &board["too_few"]), (&serde_json::json!([]), &1.into()));
    assert!(terminal.good("performance").contains("1 executed"));

    let card = terminal.json("truth sample --json");
    assert_eq!(card["verdict"], "not_enough", "{card}");
    assert!(terminal.good("truth sample").contains("NOT ENOUGH"));
    terminal.refused(["truth", "nobody"], "there is no strategy");
    terminal.refused(["signals", "--limit", "0"], "cannot be listed");
}
