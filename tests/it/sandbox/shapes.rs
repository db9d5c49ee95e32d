//! The emulator's answers have the keys and types of the recorded ones.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use super::client::{Client, FRIDAY_MORNING, bracket, limit, market, options};

type Shape = BTreeMap<String, BTreeSet<String>>;

fn recorded(name: &str) -> Shape {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/data/ibkr-shapes")
        .join(format!("{name}.txt"));
    let text = fs::read_to_string(&path).unwrap();
    let line = |line: &str| {
        let mut words = line.split(' ').map(str::to_owned);
        (words.next().unwrap(), words.collect())
    };
    text.lines().map(line).collect()
}

fn shape_of(name: &str, answer: &Value) -> Shape {
    let mut found = Shape::new();
    walk(name, "", answer, &mut found);
    found
}

fn walk(name: &str, path: &str, value: &Value, found: &mut Shape) {
    let kind = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    if !path.is_empty() {
        found.entry(path.to_owned()).or_default().insert(kind.to_owned());
    }
    match value {
        Value::Object(fields) => {
            for (key, inner) in fields {
                let is_date = key.len() == 8 && key.chars().all(|c| c.is_ascii_digit());
                let is_value =
                    key == "DU1000001" || is_date || (name == "trsrv-stocks" && path.is_empty());
                let key = if is_value { "*" } else { key };
                walk(name, &format!("{path}.{key}"), inner, found);
            }
        }
        Value::Array(elements) => {
            for inner in elements {
                walk(name, &format!("{path}[]"), inner, found);
            }
        }
        _ => {}
    }
}

/// Every key that a recording has too must have one of the recorded types, and at least `least`
/// recorded keys must be served.
fn assert_shape(name: &str, answer: &Value, least: usize) {
    let recorded = recorded(name);
    let mut common = 0;
    for (path, kinds) in shape_of(name, answer) {
        if let Some(known) = recorded.get(&path) {
            common += 1;
            assert!(kinds.is_subset(known), "{name}{path} is {kinds:?}, recorded as {known:?}");
        }
    }
    assert!(common >= least, "{name}: {common} recorded keys are served, not {least}: {answer}");
}

#[tokio::test]
async fn answers_have_the_shape_of_the_recordings() {
    let client = Client::ready(options(), FRIDAY_MORNING).await;
    let snapshot = "iserver/marketdata/snapshot?conids=265598&fields=31,55,70,71,82,83,87,6008,6070,\
                    7051,7059,7184,7219,7221,7295,7741,7762,7768";
    for _ in 0..3 {
        client.get(snapshot).await;
    }

    let question = client.place(bracket("x", 10, "75.00", "70.00", "90.00")).await;
    assert_shape("order-question", &question, 9);
    let no = json!({ "confirmed": false });
    client.post(&format!("iserver/reply/{}", question[0]["id"].as_str().unwrap()), no).await;
    client.place_confirmed(bracket("y", 10, "75.00", "70.00", "90.00")).await;
    client.place_confirmed(json!([limit("z", "BUY", 10, "60.00")])).await;
    let accepted = client.place(json!([market("buy", "BUY", 10)])).await;
    assert_shape("order-accepted", &accepted, 4);
    client.wait(120);
    let id = client.live_order("z").await["orderId"].to_string();
    let cancelled = client.delete(&format!("iserver/account/DU1000001/order/{id}")).await.1;
    assert_shape("order-cancel", &cancelled, 4);

    for (name, path, least) in [
        ("auth-status", "iserver/auth/status", 11),
        ("tickle", "tickle", 18),
        ("iserver-accounts", "iserver/accounts", 40),
        ("secdef-search", "iserver/secdef/search?symbol=AAPL", 10),
        ("trsrv-stocks", "trsrv/stocks?symbols=AAPL,IBM", 10),
        ("contract-info-and-rules", "iserver/contract/265598/info-and-rules?isBuy=true", 34),
        ("marketdata-snapshot", snapshot, 22),
        ("marketdata-history", "iserver/marketdata/history?conid=265598&period=1y&bar=1d", 27),
        ("live-orders", "iserver/account/orders", 35),
        ("order-status", &format!("iserver/account/order/status/{id}"), 38),
        ("trades", "iserver/account/trades", 28),
        ("portfolio-accounts", "portfolio/accounts", 30),
        ("portfolio-positions", "portfolio/DU1000001/positions/0", 33),
        ("portfolio-summary", "portfolio/DU1000001/summary", 91),
        ("portfolio-ledger", "portfolio/DU1000001/ledger", 62),
        ("brokerage-summary", "iserver/account/DU1000001/summary", 17),
        ("trading-schedule", "contract/trading-schedule?conid=265598", 9),
    ] {
        let (status, answer) = client.get(path).await;
        assert_eq!(status, 200, "{path}: {answer}");
        assert_shape(name, &answer, least);
    }
    let body = json!({ "acctIds": ["DU1000001"], "period": "1M" });
    let preview = json!({ "orders": [limit("p", "BUY", 10, "60.00")] });
    for (name, path, body, least) in [
        ("ssodh-init", "iserver/auth/ssodh/init", json!({ "publish": true, "compete": false }), 10),
        (
            "marketdata-unsubscribe",
            "iserver/marketdata/unsubscribe",
            json!({ "conid": 265_598 }),
            1,
        ),
        ("order-preview", "iserver/account/DU1000001/orders/whatif", preview, 18),
        ("performance", "pa/performance", body, 38),
    ] {
        let (status, answer) = client.post(path, body).await;
        assert_eq!(status, 200, "{path}: {answer}");
        assert_shape(name, &answer, least);
    }
}

#[test]
#[should_panic(expected = "recorded as")]
fn a_wrong_type_is_seen() {
    assert_shape("order-accepted", &json!([{ "order_id": 5, "order_status": "Submitted" }]), 1);
}

#[test]
#[should_panic(expected = "recorded keys are served")]
fn a_missing_key_is_seen() {
    assert_shape("order-accepted", &json!([{ "order_id": "5" }]), 4);
}
