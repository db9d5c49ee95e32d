//! The same command in two empty data directories gives the same document.

use serde_json::Value;

use super::terminal::Terminal;

const RUN: &str = "run sample --at 2012-06-15T16:00:00-04:00 --json";

/// What may differ between two runs: ids, times of recording, durations.
const MAY_DIFFER: [&str; 5] = ["execution_id", "fill_id", "id", "recorded_at", "duration_us"];

/// Blanks what may differ, by key and wherever an id is part of a longer text, and nothing else.
fn normal(mut document: Value) -> Value {
    let execution = document["execution"]["id"].as_str().unwrap().to_owned();
    blank(&mut document, &execution);
    document
}

fn blank(value: &mut Value, execution: &str) {
    match value {
        Value::Object(fields) => {
            for (key, field) in fields.iter_mut() {
                // An indicator's id such as `sma_20` is its name, and stays.
                let is_indicator = key == "id" && field.as_str() != Some(execution);
                if MAY_DIFFER.contains(&key.as_str()) && !is_indicator {
                    *field = Value::String("…".to_owned());
                } else {
                    blank(field, execution);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| blank(item, execution)),
        Value::String(text) => *text = text.replace(execution, "…"),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Every number of the document that is not whole, with the way to it.
fn fractions(value: &Value, path: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            for (key, field) in fields {
                fractions(field, &format!("{path}.{key}"), found);
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                fractions(item, &format!("{path}[{index}]"), found);
            }
        }
        Value::Number(number) if !number.is_i64() && !number.is_u64() => {
            found.push(format!("{path} = {number}"));
        }
        _ => {}
    }
}

/// The values of every field of these names.
fn fields<'a>(value: &'a Value, names: &[&str], found: &mut Vec<&'a Value>) {
    match value {
        Value::Object(object) => {
            for (key, field) in object {
                if names.contains(&key.as_str()) {
                    found.push(field);
                }
                fields(field, names, found);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| fields(item, names, found)),
        _ => {}
    }
}

#[test]
fn twice_in_two_empty_directories_the_document_and_the_exchange_are_the_same() {
    let (first, second) = (Terminal::new(), Terminal::new());
    let (one, other) = (first.json(RUN), second.json(RUN));
    assert_eq!(one["execution"]["outcome"], "bought", "a run without an order would prove little");
    // Ids come from the installation and its seed, so that even they are equal.
    assert_eq!(one["execution"]["id"], other["execution"]["id"]);
    let (one, other) = (normal(one), normal(other));
    assert_eq!(one, other);
    let journals = [&first, &second].map(|terminal| std::fs::read(terminal.journal()).unwrap());
    assert!(!journals[0].is_empty());
    assert_eq!(journals[0], journals[1], "the exchanges were told different things");
}

#[test]
fn another_seed_gives_another_document_and_another_way_of_the_price() {
    let (first, second) = (Terminal::new(), Terminal::new());
    let one = first.json(RUN);
    let other = second.json(&format!("--seed 7 {RUN}"));
    let seeds =
        [&one, &other].map(|document| document["steps"][0]["metadata"]["exchange_seed"].clone());
    assert_eq!(seeds, [1, 7]);
    assert_ne!(normal(one.clone()), normal(other.clone()));
    // What was decided hangs on the closed bars, which no seed changes.
    let decided = |document: &Value| {
        let steps = document["steps"].as_array().unwrap();
        let step = steps.iter().find(|step| step["step_name"] == "parse_signal").unwrap();
        step["output"]["confirmation"].clone()
    };
    assert_eq!(decided(&one), decided(&other));
    // The fill at the opening price is the same on every way; what follows is not.
    let way = |terminal: &Terminal| -> Vec<(String, String)> {
        terminal.good("sandbox advance --to 2012-07-13T16:00:00-04:00");
        let orders = terminal.json("orders --json");
        let filled = orders.as_array().unwrap().iter().filter(|o| o["filled_quantity"] != "0");
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        filled.map(|o| (text(&o["updated_at"]), text(&o["average_price"]))).collect()
    };
    let (one, other) = (way(&first), way(&second));
    assert!(one.len() > 5, "{one:?}");
    assert_ne!(one, other, "the fills are the same in time and price");
}

#[test]
fn every_document_is_one_and_has_its_decimals_as_texts() {
    let terminal = Terminal::new();
    terminal.good(RUN);
    let id = terminal.json("lineage list --json")[0]["id"].as_str().unwrap().to_owned();
    let show = format!("lineage show {id} --json");
    for words in ["portfolio --json", "positions --json", "orders --json", &show] {
        let document = terminal.json(words);
        let mut found = Vec::new();
        fractions(&document, "", &mut found);
        assert_eq!(found, Vec::<String>::new(), "{words}");
        let money = ["price", "quantity", "cash", "commission", "net_liquidation", "cost_basis"];
        let mut values = Vec::new();
        fields(&document, &money, &mut values);
        assert!(!values.is_empty(), "{words} has no money in it");
        for value in values {
            let text = value.as_str().or_else(|| value.is_null().then_some("0"));
            let text = text.unwrap_or_else(|| panic!("{words}: {value} is not a text"));
            assert!(text.parse::<rust_decimal::Decimal>().is_ok(), "{words}: {text}");
        }
    }
    let mut found = Vec::new();
    fractions(&Terminal::new().json(RUN), "", &mut found);
    assert_eq!(found, Vec::<String>::new(), "run");
}
