//! Schedules as a person at a terminal meets them.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::runs::terminal::Terminal;

fn preview(terminal: &Terminal, arguments: &[&str]) -> Value {
    let mut words = vec!["schedule", "preview", "--json"];
    words.extend(arguments);
    let output = terminal.run(words);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn a_preview_names_utc_and_local_times_and_the_cause_of_what_falls_out() {
    let terminal = Terminal::new();
    let shown = preview(
        &terminal,
        &[
            "--cron",
            "30 9 * * MON-FRI",
            "--exchange",
            "NYSE",
            "--from",
            "2026-11-25T00:00:00-05:00",
            "--count",
            "3",
        ],
    );
    assert_eq!(shown["time_zone"], "America/New_York");
    assert_eq!(shown["words"], "At 09:30, Monday to Friday");
    let runs = shown["runs"].as_array().unwrap();
    assert_eq!(runs.len(), 3);
    assert_eq!(runs[0]["utc"], "2026-11-25T14:30:00Z");
    assert_eq!(runs[0]["local"], "2026-11-25T09:30:00-05:00");
    assert_eq!((&runs[0]["runs"], &runs[0]["cause"]), (&Value::Bool(true), &Value::Null));
    assert_eq!((&runs[1]["runs"], &runs[1]["cause"]), (&Value::Bool(false), &"holiday".into()));
    assert!(runs[1]["sentence"].as_str().unwrap().contains("Thanksgiving"));
    assert_eq!(runs[2]["short_day"], true);
    assert!(!terminal.data_dir().exists(), "a preview needs no data directory");

    let abroad = preview(
        &terminal,
        &[
            "--at",
            "15 minutes before close",
            "--exchange",
            "TSE",
            "--timezone",
            "Europe/London",
            "--from",
            "2026-11-25T00:00:00Z",
            "--count",
            "1",
        ],
    );
    assert_eq!(abroad["runs"][0]["exchange"], "2026-11-25T15:15:00+09:00");
    assert_eq!(abroad["runs"][0]["local"], "2026-11-25T06:15:00+00:00");
}

#[test]
fn what_cannot_be_a_schedule_is_refused_in_a_sentence() {
    let terminal = Terminal::new();
    let long = "0,".repeat(4000);
    for (arguments, words) in [
        (vec!["--cron", "0 25 * * *"], "the hour is \"25\": use 0 to 23"),
        (vec!["--cron", "0 9 30 2 *"], "never comes"),
        (vec!["--cron", long.as_str()], "at most 120"),
        (vec!["--cron", "0 9 * * *", "--exchange", "MOEX"], "\"MOEX\" is no exchange"),
        (vec!["--cron", "0 9 * * *", "--timezone", "Mars/Olympus"], "is no time zone"),
        (vec!["--cron", "0 9 * * *", "--count", "501"], "1 to 500"),
        (vec!["--cron", "0 9 * * *", "--count", "0"], "1 to 500"),
        (vec!["--cron", "0 9 * * *", "--from", "soon"], "soon"),
        (vec!["--at", "5 hours before close"], "15 minutes before close"),
    ] {
        let mut all = vec!["schedule", "preview"];
        all.extend(arguments);
        terminal.refused(all, words);
    }
}

#[test]
fn a5_2_a_strategy_goes_out_as_a_file_and_comes_back_in_and_can_be_paused() {
    let terminal = Terminal::new();
    terminal.good("sandbox advance --to 2012-06-18T12:00:00-04:00");
    let file = terminal.data_dir().join("copy.toml");
    let path = file.to_str().unwrap();
    terminal.good(&format!("strategy export sample {path}"));
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(terminal.good(&format!("strategy validate {path}")).contains("valid"));

    let edited = text.replace("cron = \"0 16 * * MON-FRI\"", "cron = \"30 15 * * MON-FRI\"");
    assert_ne!(edited, text);
    std::fs::write(&file, &edited).unwrap();
    let saved = terminal.json(&format!("strategy create {path} --id sample --json"));
    assert_eq!((&saved["version"], &saved["active"]), (&2.into(), &true.into()));
    let new = terminal.json(&format!("strategy create {path} --json"));
    assert_eq!(
        (&new["id"], &new["version"], &new["active"]),
        (&"copy".into(), &1.into(), &false.into())
    );

    // The new time holds at once, and the old one no more.
    terminal.good("pause sample-ibm");
    terminal.good("sandbox advance --to 2012-06-18T16:30:00-04:00");
    let listed = terminal.json("schedule list --json");
    let last = listed["last"].as_array().unwrap();
    let of =
        |id: &str| -> Vec<&Value> { last.iter().filter(|row| row["strategy_id"] == id).collect() };
    assert_eq!(of("sample")[0]["planned_at"], "2012-06-18T19:30:00Z");
    assert!(of("sample")[0]["execution_id"].is_string(), "{:?}", of("sample")[0]);
    let at_the_old_time = "2012-06-18T20:00:00Z";
    assert!(of("sample").iter().all(|row| row["planned_at"] != at_the_old_time));
    assert!(of("sample-msft").iter().any(|row| row["planned_at"] == at_the_old_time));
    assert!(of("copy").is_empty());
    let ran = of("sample-ibm").iter().any(|row| row["planned_at"] == at_the_old_time);
    assert!(!ran, "a paused schedule runs nothing");
    let schedules = listed["schedules"].as_array().unwrap();
    let ibm = schedules.iter().find(|row| row["strategy_id"] == "sample-ibm").unwrap();
    assert_eq!(ibm["active"], false);
    assert_eq!(ibm["paused_because"], "a person paused it");
    let next: BTreeSet<&str> = listed["next"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["strategy_id"].as_str().unwrap())
        .collect();
    assert!(next.contains("sample") && !next.contains("sample-ibm"), "{next:?}");

    terminal.good("resume --all");
    let listed = terminal.json("schedule list --json");
    let paused = listed["last"].as_array().unwrap().iter().find(|row| row["cause"] == "paused");
    assert_eq!(paused.unwrap()["strategy_id"], "sample-ibm");

    std::fs::write(&file, edited.replace("15 * *", "99 * *")).unwrap();
    let output = terminal.run(["strategy", "validate", path, "--json"]);
    assert_eq!(output.status.code(), Some(1));
    let verdict: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(verdict["field"], "schedule.cron");
    terminal.refused(["strategy", "create", path], "the hour is \"99\"");
    terminal.refused(["pause", "nobody"], "there is no strategy \"nobody\"");
}
