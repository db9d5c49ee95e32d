//! Replay in the terminal: every pure step again on its frozen inputs, held against the record byte
//! for byte. That a whole year gives the same bytes is tested where the year is run.

use std::path::Path;

use serde_json::Value;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor};

use super::terminal::{Terminal, everything_said};

/// Changes a data directory past the engine. At least one row must change.
pub(crate) async fn plant(data_dir: &Path, sql: &str) {
    let database = data_dir.join("throughline.db");
    let options = SqliteConnectOptions::new().filename(&database).foreign_keys(false);
    let mut connection = options.connect().await.unwrap();
    let unlock = "DROP TRIGGER IF EXISTS workflow_lineage_is_not_updated; \
                  DROP TRIGGER IF EXISTS workflow_lineage_is_not_deleted";
    connection.execute(unlock).await.unwrap();
    let done = connection.execute(AssertSqlSafe(sql.to_owned())).await.unwrap();
    assert!(done.rows_affected() > 0, "{sql} changed nothing");
    connection.close().await.unwrap();
}

/// The steps of a replay that have a verdict.
pub(crate) fn with_verdict<'a>(replayed: &'a Value, verdict: &str) -> Vec<&'a str> {
    let steps = replayed["steps"].as_array().unwrap();
    let found = steps.iter().filter(|step| step["verdict"] == verdict);
    found.map(|step| step["step_name"].as_str().unwrap()).collect()
}

/// One execution, as the binary made it.
fn recorded() -> (Terminal, String) {
    let terminal = Terminal::new();
    let run = terminal.json("run sample --at 2012-06-15T16:00:00-04:00 --json");
    let id = run["execution"]["id"].as_str().unwrap().to_owned();
    (terminal, id)
}

#[tokio::test]
async fn c6_1_an_execution_gives_the_same_bytes_again_and_a_planted_difference_is_found() {
    let (terminal, id) = recorded();
    let before = terminal.content();
    let replayed = terminal.json(&format!("replay {id} --json"));
    assert_eq!(replayed["holds"], true, "{replayed}");
    let same = with_verdict(&replayed, "same");
    for step in ["calculate_indicators", "generate_charts", "llm_analysis", "parse_signal"] {
        assert!(same.contains(&step), "{step} is not among {same:?}");
    }
    assert!(with_verdict(&replayed, "not_replayable").is_empty(), "{replayed}");
    assert_eq!(terminal.content(), before, "a replay writes nothing");

    // A stored value, and the same as the terminal shows it.
    let sql = "UPDATE workflow_lineage SET output_data = \
               replace(output_data, '\"confidence\":\"0', '\"confidence\":\"9') \
               WHERE step_name = 'parse_signal'";
    plant(terminal.data_dir(), sql).await;
    let output = terminal.run(["replay", &id, "--json"]);
    assert_eq!(output.status.code(), Some(1), "{}", everything_said(&output));
    let replayed: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(with_verdict(&replayed, "differs"), ["parse_signal"], "{replayed}");
    let steps = replayed["steps"].as_array().unwrap();
    let step = steps.iter().find(|step| step["verdict"] == "differs").unwrap();
    let difference = &step["differences"][0];
    assert_eq!(difference["path"], "$.confidence", "{difference}");
    let side = |name: &str| difference[name].as_str().unwrap().to_owned();
    assert_eq!(side("recorded").replacen('9', "0", 1), side("replayed"));
    let all = terminal.run(["replay", "--all", "--from", "2012-06-15", "--to", "2012-06-15"]);
    assert_eq!(all.status.code(), Some(1), "{}", everything_said(&all));
    assert!(String::from_utf8_lossy(&all.stdout).contains("$.confidence"));
    let none = terminal.json("replay --all --from 2012-06-16 --json");
    assert_eq!(none["executions"], 0, "{none}");
    terminal.refused(["replay", "nobody"], "there is no execution");
}

#[tokio::test]
async fn c6_1_a_changed_parameter_of_the_strategy_is_found_in_every_step_that_it_reaches() {
    let (terminal, id) = recorded();
    let sql = "UPDATE strategy_version SET toml = replace(toml, 'stop_atr_multiple = \"2\"', \
               'stop_atr_multiple = \"3\"') WHERE strategy_id = 'sample'";
    plant(terminal.data_dir(), sql).await;
    let output = terminal.run(["replay", &id, "--json"]);
    assert_eq!(output.status.code(), Some(1), "{}", everything_said(&output));
    let replayed: Value = serde_json::from_slice(&output.stdout).unwrap();
    let differing = with_verdict(&replayed, "differs");
    assert!(differing.contains(&"load_strategy"), "{differing:?}");
    // Bars, indicators and images hang on no limit.
    for step in ["calculate_indicators", "generate_charts"] {
        assert!(with_verdict(&replayed, "same").contains(&step), "{replayed}");
    }
}

#[tokio::test]
async fn c6_1_a_damaged_image_and_changed_bars_are_found() {
    let (terminal, id) = recorded();
    plant(terminal.data_dir(), "UPDATE blob SET content = X'00' WHERE media_type = 'image/png'")
        .await;
    let output = terminal.run(["replay", &id, "--json"]);
    assert_eq!(output.status.code(), Some(1), "{}", everything_said(&output));
    let replayed: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(with_verdict(&replayed, "differs"), ["generate_charts"], "{replayed}");
}
