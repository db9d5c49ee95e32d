//! A client that sends what it is told, without any cleverness.

use std::path::PathBuf;
use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::http::{Method, Request};
use jiff::{SignedDuration, Timestamp};
use rust_decimal::Decimal;
use serde_json::{Value, json};
use throughline::clock::{Clock, SimulatedClock};
use throughline::sandbox::{Sandbox, SandboxOptions};
use tower::ServiceExt as _;

pub(super) const AAPL: i64 = 265_598;
pub(super) const IBM: i64 = 8_314;

/// A sandbox with its clock.
pub(super) struct Client {
    pub(super) sandbox: Arc<Sandbox>,
    pub(super) clock: Arc<SimulatedClock>,
}

/// Friday, 15 June 2012, half an hour after the opening.
pub(super) const FRIDAY_MORNING: &str = "2012-06-15T14:00:00Z";

pub(super) fn options() -> SandboxOptions {
    SandboxOptions { enforce_pacing: false, ..SandboxOptions::default() }
}

impl Client {
    pub(super) fn open(options: SandboxOptions, at: &str) -> Self {
        let clock = Arc::new(SimulatedClock::starting_at(at.parse().unwrap()));
        let sandbox = Sandbox::open(options, Arc::clone(&clock)).unwrap();
        Self { sandbox, clock }
    }

    /// A client that has asked for the accounts, and for all lists that are empty the first time.
    pub(super) async fn ready(options: SandboxOptions, at: &str) -> Self {
        let client = Self::open(options, at);
        for path in [
            "iserver/accounts",
            "portfolio/accounts",
            "iserver/account/orders",
            "iserver/account/trades",
        ] {
            assert_eq!(client.get(path).await.0, 200, "{path}");
        }
        client
    }

    pub(super) async fn with_journal(path: PathBuf, at: &str) -> Self {
        Self::ready(SandboxOptions { journal: Some(path), ..options() }, at).await
    }

    pub(super) fn advance_to(&self, at: &str) {
        self.clock.advance_to(at.parse().unwrap());
    }

    pub(super) fn wait(&self, seconds: i64) {
        self.clock.advance_to(self.now() + SignedDuration::from_secs(seconds));
    }

    pub(super) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub(super) async fn get(&self, path: &str) -> (u16, Value) {
        self.send(Method::GET, path, None).await.unwrap()
    }

    pub(super) async fn post(&self, path: &str, body: Value) -> (u16, Value) {
        self.send(Method::POST, path, Some(body)).await.unwrap()
    }

    pub(super) async fn delete(&self, path: &str) -> (u16, Value) {
        self.send(Method::DELETE, path, None).await.unwrap()
    }

    /// Gives an error if the connection breaks.
    pub(super) async fn send(
        &self,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> Result<(u16, Value), axum::Error> {
        let body = body.map_or_else(Body::empty, |body| Body::from(body.to_string()));
        let uri = format!("/v1/api/{path}");
        let request = Request::builder().method(method).uri(uri).body(body).unwrap();
        let response = self.sandbox.router().oneshot(request).await.unwrap();
        let status = response.status().as_u16();
        let bytes = to_bytes(response.into_body(), usize::MAX).await?;
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        Ok((status, serde_json::from_str(&text).unwrap_or(Value::String(text))))
    }

    pub(super) async fn place(&self, orders: Value) -> Value {
        let path = "iserver/account/DU1000001/orders";
        let (status, answer) = self.post(path, json!({ "orders": orders })).await;
        assert_eq!(status, 200, "{answer}");
        answer
    }

    /// Places orders and says yes to every question. Gives the ids of the questions too.
    pub(super) async fn place_confirmed(&self, orders: Value) -> (Value, Vec<String>) {
        let mut answer = self.place(orders).await;
        let mut asked = Vec::new();
        while let Some(id) = answer[0]["id"].as_str().map(str::to_owned) {
            asked.push(answer[0]["messageIds"][0].as_str().unwrap().to_owned());
            let yes = json!({ "confirmed": true });
            answer = self.post(&format!("iserver/reply/{id}"), yes).await.1;
        }
        (answer, asked)
    }

    pub(super) async fn live_orders(&self) -> Vec<Value> {
        let (_, answer) = self.get("iserver/account/orders").await;
        answer["orders"].as_array().unwrap().clone()
    }

    pub(super) async fn live_order(&self, order_ref: &str) -> Value {
        let orders = self.live_orders().await;
        let found = orders.iter().find(|order| order["order_ref"] == order_ref);
        found.unwrap_or_else(|| panic!("{order_ref} is not listed")).clone()
    }

    pub(super) async fn trades(&self) -> Vec<Value> {
        self.get("iserver/account/trades?days=7").await.1.as_array().unwrap().clone()
    }

    /// Everything that the account and its orders look like from outside, as one text.
    pub(super) async fn everything(&self) -> String {
        let mut text = String::new();
        for path in [
            "iserver/account/orders",
            "iserver/account/trades?days=7",
            "portfolio/DU1000001/positions/0",
            "portfolio/DU1000001/summary",
            "portfolio/DU1000001/ledger",
        ] {
            text.push_str(&self.get(path).await.1.to_string());
            text.push('\n');
        }
        text
    }
}

pub(super) fn market(id: &str, side: &str, quantity: u32) -> Value {
    json!({
        "cOID": id, "conid": AAPL, "orderType": "MKT", "side": side, "tif": "DAY",
        "quantity": quantity,
    })
}

pub(super) fn limit(id: &str, side: &str, quantity: u32, price: &str) -> Value {
    let mut order = market(id, side, quantity);
    order["orderType"] = json!("LMT");
    order["price"] = serde_json::from_str(price).unwrap();
    order
}

pub(super) fn bracket(id: &str, quantity: u32, entry: &str, stop: &str, target: &str) -> Value {
    let parent = limit(&format!("{id}-entry"), "BUY", quantity, entry);
    let child = |leg: &str, kind: &str, price: &str| {
        let mut order = limit(&format!("{id}-{leg}"), "SELL", quantity, price);
        order["orderType"] = json!(kind);
        order["parentId"] = parent["cOID"].clone();
        order["tif"] = json!("GTC");
        order
    };
    let (stop, target) = (child("stop", "STP", stop), child("target", "LMT", target));
    json!([parent, stop, target])
}

/// A decimal out of a JSON number or text.
pub(super) fn decimal(value: &Value) -> Decimal {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned).parse().unwrap()
}
