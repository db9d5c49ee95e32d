//! Ten thousand bad requests.

use std::collections::BTreeMap;

use futures_util::future::join_all;
use reqwest::Method;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HOST, ORIGIN};
use serde_json::json;

use super::served::Served;

/// Clients that ask at the same time.
const AT_ONCE: usize = 8;
const REQUESTS: usize = 10_000;

#[tokio::test]
async fn c6_5_ten_thousand_bad_requests_leave_it_healthy() {
    let served = Served::new("");
    let clients = join_all((0..AT_ONCE).map(|client| ask_wrongly(&served, client)));
    // The person is let in while that goes on.
    let person = async {
        for _ in 0..20 {
            served.rpc("status_get", json!({})).await.good();
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    };
    let (counted, ()) = tokio::join!(clients, person);
    let mut statuses: BTreeMap<u16, usize> = BTreeMap::new();
    for (status, count) in counted.into_iter().flatten() {
        *statuses.entry(status).or_default() += count;
    }
    println!("{statuses:?}");
    assert_eq!(statuses.values().sum::<usize>(), REQUESTS);
    let refused = [401, 403, 404, 405, 421, 429];
    assert!(statuses.keys().all(|status| refused.contains(status)), "{statuses:?}");
    assert!(statuses[&429] > REQUESTS / 4, "whoever asks wrongly too often waits: {statuses:?}");
    let status = served.rpc("status_get", json!({})).await.good();
    assert_eq!(status["halt"], serde_json::Value::Null);
    served.end();
}

/// One client's share of the requests, one after another, and what they came to.
async fn ask_wrongly(served: &Served, client: usize) -> BTreeMap<u16, usize> {
    let mut statuses: BTreeMap<u16, usize> = BTreeMap::new();
    for number in (client..REQUESTS).step_by(AT_ONCE) {
        let get = |path| served.stranger(Method::GET, path);
        let asked = match number % 8 {
            0 => get("/api/session"),
            1 => get("/api/session").header(AUTHORIZATION, format!("Bearer {number:064x}")),
            2 => served.known(Method::GET, "/api/session").header(HOST, "evil.example"),
            3 => served
                .known(Method::POST, "/api/rpc/status_get")
                .header(ORIGIN, "http://evil.example"),
            4 => served
                .stranger(Method::POST, "/login")
                .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
                .body(format!("token={number}")),
            5 => served
                .stranger(Method::POST, "/api/rpc/halt")
                .header(CONTENT_TYPE, "application/json")
                .body("{".repeat(number)),
            6 => served.stranger(Method::PUT, "/api/../../etc/passwd"),
            _ => get("/api/events").header("cookie", format!("throughline_session={number}")),
        };
        let status = asked.send().await.unwrap().status().as_u16();
        *statuses.entry(status).or_default() += 1;
    }
    statuses
}
