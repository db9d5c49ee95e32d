//! Answers that others recorded, decoded without loss. The recordings are third-party data that
//! stay outside the repository; where they are absent the walk says so, and the bodies that are
//! generated here are still tried.

use std::path::{Path, PathBuf};

use proptest::prelude::*;
use serde_json::{Map, Value, json};
use throughline::broker::ibkr::decode::decode;

/// Where the recordings are looked for.
const FOLDER: &str = "/work/shared/ibkr/recordings";

/// Endpoints that the adapter uses, with the recordings that others named otherwise.
const ENDPOINTS: [(&str, &[&str]); 19] = [
    ("POST /iserver/auth/status", &["ibind/auth_status", "Session/GET-auth-status"]),
    ("POST /iserver/auth/ssodh/init", &["Session/POST-ssodh-init"]),
    ("GET /iserver/accounts", &["Accounts/GET-iserver-accounts"]),
    ("GET /portfolio/accounts", &["ibind/accounts", "Portfolio/GET-portfolio-accounts"]),
    (
        "GET /iserver/account/orders",
        &["ibind/live_orders", "Orders/GET-live-orders", "Orders/GET-live-orders-empty"],
    ),
    ("GET /iserver/account/order/status/*", &["ibind/order_status"]),
    ("GET /iserver/account/trades", &["Orders/GET-trades-empty"]),
    ("POST /iserver/account/*/orders", &["Orders/POST-place-order-confirmation"]),
    ("POST /iserver/reply/*", &["Orders/POST-reply-submitted"]),
    ("POST /iserver/account/*/orders/whatif", &["Orders/POST-whatif-order"]),
    ("DELETE /iserver/account/*/order/*", &["Orders/DELETE-cancel-order"]),
    (
        "GET /portfolio/*/positions/*",
        &[
            "ibind/positions",
            "Portfolio/GET-portfolio-positions-page0",
            "Portfolio/GET-portfolio-positions-empty",
        ],
    ),
    ("GET /portfolio/*/summary", &[]),
    ("GET /trsrv/stocks", &["ibind/stocks", "Contracts/GET-trsrv-stocks"]),
    ("GET /iserver/secdef/search", &["Contracts/GET-secdef-search"]),
    ("GET /iserver/contract/*/info-and-rules", &["Contracts/GET-contract-info-and-rules"]),
    ("GET /iserver/marketdata/history", &["ibind/history", "MarketData/GET-history"]),
    ("GET /contract/trading-schedule", &["Contracts/GET-trading-schedule"]),
    (
        "GET /iserver/marketdata/snapshot",
        &["MarketData/GET-snapshot", "ibkr_client_portal/get_market_data"],
    ),
];

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "json") {
            found.push(path);
        }
    }
}

fn endpoint_of(path: &Path) -> Option<&'static str> {
    let name = path.with_extension("");
    let name = name.to_string_lossy();
    ENDPOINTS
        .iter()
        .find(|(_, names)| names.iter().any(|known| name.ends_with(known)))
        .map(|(endpoint, _)| *endpoint)
}

/// The answers in a file: one project wraps each in its request, another keeps several by symbol or
/// by order.
fn bodies(path: &Path, endpoint: &str) -> Vec<Value> {
    let whole: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    if let Some(body) = whole.pointer("/Response/Body") {
        return vec![body.clone()];
    }
    let is_keyed = endpoint.ends_with("order/status/*") || endpoint.ends_with("history");
    match whole {
        Value::Object(by_name) if is_keyed => by_name.into_iter().map(|(_, body)| body).collect(),
        whole => vec![whole],
    }
}

/// Every path of `left` that `right` lacks or has otherwise.
fn differences(left: &Value, right: &Value, place: &str, found: &mut Vec<String>) {
    match (left, right) {
        (Value::Object(left), Value::Object(right)) => {
            for (key, value) in left {
                let place = format!("{place}/{key}");
                match right.get(key) {
                    Some(other) => differences(value, other, &place, found),
                    None => found.push(format!("{place} is lost")),
                }
            }
            for key in right.keys().filter(|key| !left.contains_key(*key)) {
                found.push(format!("{place}/{key} was made up"));
            }
        }
        (Value::Array(left), Value::Array(right)) if left.len() == right.len() => {
            for (index, (a, b)) in left.iter().zip(right).enumerate() {
                differences(a, b, &format!("{place}/{index}"), found);
            }
        }
        _ if left == right => {}
        _ => found.push(format!("{place} was {left} and became {right}")),
    }
}

fn assert_lossless(endpoint: &str, body: &Value, what: &str) {
    let again = decode(endpoint, body).unwrap_or_else(|error| panic!("{what}: {error}"));
    let mut found = Vec::new();
    differences(body, &again, "", &mut found);
    assert!(found.is_empty(), "{what}: {found:#?}");
}

#[test]
fn every_recording_of_an_endpoint_in_use_decodes_without_loss() {
    let folder = Path::new(FOLDER);
    if !folder.is_dir() {
        println!("{FOLDER} is not there, so that no recording was decoded");
        return;
    }
    let mut paths = Vec::new();
    files(folder, &mut paths);
    paths.sort();
    let (mut decoded, mut unused) = (0, Vec::new());
    for path in &paths {
        let Some(endpoint) = endpoint_of(path) else {
            unused.push(path.strip_prefix(folder).unwrap().display().to_string());
            continue;
        };
        for body in bodies(path, endpoint) {
            assert_lossless(endpoint, &body, &path.display().to_string());
            decoded += 1;
        }
    }
    println!("{decoded} answers decoded; of endpoints not in use: {}", unused.join(", "));
    assert!(decoded >= 25, "only {decoded} answers were found to decode");
}

#[test]
fn fields_that_nobody_knows_are_kept_as_they_are() {
    let odd = json!({"conid": "7", "order_id": null, "new": {"a": [1, "2", null, 1e-7]}, "31": {}});
    for (endpoint, _) in ENDPOINTS {
        let body = if endpoint.ends_with("summary") || endpoint.ends_with("stocks") {
            json!({"key": odd})
        } else {
            odd.clone()
        };
        assert_lossless(endpoint, &body, endpoint);
    }
}

#[test]
fn what_is_no_object_is_a_typed_error() {
    for body in [json!("no"), json!(7), json!(null), json!(["no"])] {
        let error = decode("GET /iserver/account/trades", &body).unwrap_err();
        assert!(error.to_string().contains("where an object is due"), "{error}");
    }
    assert!(decode("GET /fyi/unreadnumber", &json!({})).is_err());
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (-1.0e6..1.0e6).prop_map(|number: f64| Value::from(number)),
        "\\PC{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::vec((known_key(), inner), 0..6)
                .prop_map(|fields| Value::Object(fields.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

/// Keys that the records know, so that their types are mixed up, and others.
fn known_key() -> impl Strategy<Value = String> {
    prop_oneof![
        prop::sample::select(vec![
            "orders",
            "orderId",
            "order_id",
            "conid",
            "contracts",
            "rules",
            "incrementRules",
            "data",
            "t",
            "o",
            "31",
            "6509",
            "serverInfo",
            "message",
            "messageIds",
            "amount",
            "error",
            "sections",
            "acct",
            "status",
            "price",
        ])
        .prop_map(String::from),
        "[a-z]{1,6}",
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn no_answer_breaks_a_decoder_and_what_decodes_is_whole(body in any_json()) {
        for (endpoint, _) in ENDPOINTS {
            if let Ok(again) = decode(endpoint, &body) {
                let mut found = Vec::new();
                differences(&body, &again, "", &mut found);
                prop_assert!(found.is_empty(), "{}: {:?}", endpoint, found);
            }
        }
    }
}
