//! The raw client: one function for each endpoint, and the judgement of an answer before it is
//! read.

use std::sync::Arc;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, LOCATION, USER_AGENT};
use http::{Method, StatusCode};
use jiff::SignedDuration;
use serde_json::Value;
use tokio::sync::{RwLock, RwLockWriteGuard, watch};

use super::pacing::{Departure, Limiter, Penalty, Priority};
use super::parse::bounded;
use super::transport::{GatewayTransport, TransportError, USER_AGENT_VALUE};
use crate::broker::{BrokerError, ShownCertificate};
use crate::clock::Clock;
use crate::domain::{AccountId, BrokerOrderId, Conid};

const BASE_PATH: &str = "/v1/api";

/// Longest text of the broker that is kept.
pub(super) const MAX_TEXT_CHARACTERS: usize = 500;

/// How often a read is repeated after a fault that passes by itself.
const READ_RETRIES: u32 = 2;

/// An answer before it is judged.
#[derive(Debug, Clone)]
pub(super) struct Reply {
    pub(super) status: StatusCode,
    pub(super) is_html: bool,
    pub(super) location: Option<String>,
    pub(super) body: Bytes,
}

impl Reply {
    pub(super) fn new(response: http::Response<Bytes>) -> Self {
        let header = |name| response.headers().get(name).and_then(|value| value.to_str().ok());
        let is_html = header(CONTENT_TYPE).is_some_and(|kind| kind.contains("html"))
            || first_byte(response.body()) == Some(b'<');
        let location = header(LOCATION).map(|to| bounded(to, 200));
        Self { status: response.status(), is_html, location, body: response.into_body() }
    }

    /// The body, if its first byte says JSON and it is.
    pub(super) fn json(&self) -> Result<Value, String> {
        if self.is_html {
            return Err("an HTML page where JSON is due".into());
        }
        if !matches!(first_byte(&self.body), Some(b'{' | b'[')) {
            return Err(format!("no JSON but \"{}\"", self.plain_text(100)));
        }
        serde_json::from_slice(&self.body).map_err(|error| format!("broken JSON: {error}"))
    }

    /// The broker's words: the `error` of a JSON answer, else its text.
    pub(super) fn words(&self) -> String {
        if self.is_html {
            return "an HTML page".into();
        }
        let error = self.json().ok().and_then(|value| {
            ["error", "message"].iter().find_map(|key| {
                value.get(key)?.as_str().map(|text| bounded(text, MAX_TEXT_CHARACTERS))
            })
        });
        error.unwrap_or_else(|| match self.plain_text(MAX_TEXT_CHARACTERS) {
            text if text.is_empty() => "an empty answer".into(),
            text => text,
        })
    }

    /// Whether it says nothing in words: a page for people, or nothing at all.
    pub(super) fn is_wordless(&self) -> bool {
        self.is_html || self.body.iter().all(u8::is_ascii_whitespace)
    }

    fn plain_text(&self, max_characters: usize) -> String {
        // Four bytes are the longest character, so that no more than that is decoded.
        let part = &self.body[..self.body.len().min(max_characters * 4)];
        bounded(&String::from_utf8_lossy(part), max_characters)
    }

    /// The JSON of a good answer, or what the bad one means. Unauthenticated answers are not
    /// uniform: 401, a redirect, a login page with status 200 and several error texts all occur.
    pub(super) fn judge(&self, request: &str) -> Result<Value, BrokerError> {
        let no_session = |evidence: String| Err(BrokerError::NoSession { evidence });
        let refused = |text: String| {
            Err(BrokerError::Refused {
                request: request.into(),
                status: self.status.as_u16(),
                text,
            })
        };
        if self.status.is_redirection() {
            let to = self.location.as_deref().unwrap_or("nowhere");
            return no_session(format!("{request} was answered with a redirect to {to}"));
        }
        if self.status == StatusCode::UNAUTHORIZED {
            return no_session(format!("{request} was answered with status 401"));
        }
        let words = self.words();
        if !self.status.is_success() {
            return if words.contains("no bridge") { no_session(words) } else { refused(words) };
        }
        if self.is_html {
            return no_session(format!("{request} was answered with a page for people"));
        }
        let value = self
            .json()
            .map_err(|cause| BrokerError::Protocol { request: request.into(), cause })?;
        match value.get("error").filter(|error| !error.is_null()) {
            None => Ok(value),
            Some(_)
                if ["no session", "not logged in", "no bridge"]
                    .iter()
                    .any(|w| words.contains(w)) =>
            {
                no_session(words)
            }
            Some(_) => refused(words),
        }
    }

    /// A fault of a read that passes by itself.
    fn is_passing_fault(&self) -> bool {
        // "Order … is not found" with 503 is an answer.
        (self.status == StatusCode::SERVICE_UNAVAILABLE && !self.words().contains("not found"))
            || (self.status == StatusCode::INTERNAL_SERVER_ERROR
                && self.words().contains("Chart data unavailable"))
    }

    pub(super) fn wants_accounts_first(&self) -> bool {
        self.status == StatusCode::BAD_REQUEST && self.words().contains("query /accounts")
    }
}

fn first_byte(body: &Bytes) -> Option<u8> {
    body.iter().copied().find(|byte| !byte.is_ascii_whitespace())
}

/// Why a request has no answer.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unanswered {
    /// The request did not leave.
    #[error("{cause}")]
    NotSent { cause: String },
    /// It may have arrived.
    #[error(transparent)]
    Transport(#[from] TransportError),
}

impl From<Penalty> for Unanswered {
    fn from(penalty: Penalty) -> Self {
        let ends = penalty.ends;
        let cause = format!("IBKR shut this address out for too many requests until {ends}");
        Self::NotSent { cause }
    }
}

fn priority(method: &Method, path: &str) -> Priority {
    let bare = path.split_once('?').map_or(path, |(bare, _)| bare);
    Priority::of(method, bare)
}

/// Permission to send while nothing else may be sent.
pub(super) struct OrderLane<'a> {
    raw: &'a RawClient,
    _alone: RwLockWriteGuard<'a, ()>,
}

/// Requests and answers, without knowledge of what they mean.
pub(super) struct RawClient {
    transport: Arc<dyn GatewayTransport>,
    clock: Arc<dyn Clock>,
    limiter: Arc<Limiter>,
    /// Reads share it; an order and the questions about it have it alone, since IBKR answers 503
    /// to a reply that anything else came before.
    lane: RwLock<()>,
}

impl RawClient {
    pub(super) fn new(transport: Arc<dyn GatewayTransport>, clock: Arc<dyn Clock>) -> Self {
        let limiter = Limiter::of(transport.address(), Arc::clone(&clock));
        Self { transport, clock, limiter, lane: RwLock::new(()) }
    }

    pub(super) fn order_hints(&self) -> watch::Receiver<u64> {
        self.transport.order_hints()
    }

    /// Waits until nothing else is under way, and keeps it so.
    pub(super) async fn order_lane(&self) -> OrderLane<'_> {
        OrderLane { raw: self, _alone: self.lane.write().await }
    }

    pub(super) async fn auth_status(&self) -> Result<Value, BrokerError> {
        self.post("/iserver/auth/status", "{}").await
    }

    /// Opens the brokerage session without taking it from anybody.
    pub(super) async fn open_session(&self) -> Result<Value, BrokerError> {
        self.post("/iserver/auth/ssodh/init", r#"{"publish":true,"compete":false}"#).await
    }

    pub(super) async fn accounts(&self) -> Result<Value, BrokerError> {
        self.get("/iserver/accounts").await
    }

    pub(super) async fn portfolio_accounts(&self) -> Result<Value, BrokerError> {
        self.get("/portfolio/accounts").await
    }

    /// `force` makes the gateway load the orders anew, and answers with none.
    pub(super) async fn live_orders(&self, force: bool) -> Result<Value, BrokerError> {
        self.get(if force {
            "/iserver/account/orders?force=true"
        } else {
            "/iserver/account/orders"
        })
        .await
    }

    pub(super) async fn trades(&self) -> Result<Value, BrokerError> {
        self.get("/iserver/account/trades?days=7").await
    }

    pub(super) async fn positions(
        &self,
        account: &AccountId,
        page: u32,
    ) -> Result<Value, BrokerError> {
        self.get(&format!("/portfolio/{account}/positions/{page}")).await
    }

    /// Makes the gateway forget the positions that it keeps for minutes (ibkr.md §4).
    pub(super) async fn forget_positions(&self, account: &AccountId) -> Result<Value, BrokerError> {
        self.post(&format!("/portfolio/{account}/positions/invalidate"), "{}").await
    }

    pub(super) async fn summary(&self, account: &AccountId) -> Result<Value, BrokerError> {
        self.get(&format!("/portfolio/{account}/summary")).await
    }

    pub(super) async fn ledger(&self, account: &AccountId) -> Result<Value, BrokerError> {
        self.get(&format!("/portfolio/{account}/ledger")).await
    }

    /// `symbol` must have been checked.
    pub(super) async fn stocks(&self, symbol: &str) -> Result<Value, BrokerError> {
        self.get(&format!("/trsrv/stocks?symbols={symbol}")).await
    }

    pub(super) async fn contract_info(&self, conid: Conid) -> Result<Value, BrokerError> {
        self.get(&format!("/iserver/contract/{conid}/info-and-rules?isBuy=true")).await
    }

    /// Without the exchange, which is the contract's own then.
    pub(super) async fn trading_schedule(&self, conid: Conid) -> Result<Value, BrokerError> {
        self.get(&format!("/contract/trading-schedule?conid={conid}")).await
    }

    /// `period` must have been checked. `end` is the latest instant, as `YYYYMMDD-HH:mm:ss` in
    /// UTC: IBKR calls it `startTime`, and goes back from there.
    pub(super) async fn history(
        &self,
        conid: Conid,
        period: &str,
        bar: &str,
        end: Option<&str>,
    ) -> Result<Value, BrokerError> {
        let query = format!("conid={conid}&period={period}&bar={bar}&outsideRth=false");
        let end = end.map(|end| format!("&startTime={end}")).unwrap_or_default();
        self.get(&format!("/iserver/marketdata/history?{query}{end}")).await
    }

    /// Last price (31), bid (84), ask (86) and availability (6509).
    pub(super) async fn snapshot(&self, conid: Conid) -> Result<Value, BrokerError> {
        self.get(&format!("/iserver/marketdata/snapshot?conids={conid}&fields=31,84,86,6509")).await
    }

    /// Last price (31), its change (82) and availability (6509) of several contracts.
    pub(super) async fn snapshots(&self, conids: &[Conid]) -> Result<Value, BrokerError> {
        let list = conids.iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
        self.get(&format!("/iserver/marketdata/snapshot?conids={list}&fields=31,82,6509")).await
    }

    /// `symbol` must have been checked. Without `name=true`, which would spoil later questions
    /// about options.
    pub(super) async fn search(&self, symbol: &str) -> Result<Value, BrokerError> {
        self.get(&format!("/iserver/secdef/search?symbol={symbol}")).await
    }

    pub(super) async fn order_status(&self, order: &BrokerOrderId) -> Result<Value, BrokerError> {
        self.get(&format!("/iserver/account/order/status/{order}")).await
    }

    /// Asks what an order would do. Sends none, and is not repeated either.
    pub(super) async fn preview(
        &self,
        account: &AccountId,
        body: Bytes,
    ) -> Result<Value, BrokerError> {
        let path = format!("/iserver/account/{account}/orders/whatif");
        let request = format!("POST {path}");
        self.exchange_between_orders(Method::POST, &path, body)
            .await
            .map_err(|error| unreachable(&request, &error))?
            .judge(&request)
    }

    /// A read: repeated after a fault that passes by itself, and after the accounts were asked for
    /// where the gateway wants that first.
    async fn get(&self, path: &str) -> Result<Value, BrokerError> {
        let request = format!("GET {path}");
        let mut retries = 0;
        let mut accounts_asked = false;
        loop {
            let answer = self.exchange_between_orders(Method::GET, path, Bytes::new()).await;
            let passing = match &answer {
                Ok(reply) => reply.is_passing_fault(),
                Err(Unanswered::Transport(error)) => {
                    // After a time-out the gateway is stuck; more requests would pile up in it.
                    matches!(error, TransportError::Connect { .. } | TransportError::Broken { .. })
                }
                Err(Unanswered::NotSent { .. }) => false,
            };
            if passing && retries < READ_RETRIES {
                retries += 1;
                self.clock.sleep(SignedDuration::from_secs(i64::from(retries))).await;
                continue;
            }
            let reply = answer.map_err(|error| unreachable(&request, &error))?;
            if reply.wants_accounts_first() && !accounts_asked {
                accounts_asked = true;
                self.exchange_between_orders(Method::GET, "/iserver/accounts", Bytes::new())
                    .await
                    .map_err(|error| unreachable("GET /iserver/accounts", &error))?;
                continue;
            }
            return reply.judge(&request);
        }
    }

    /// A POST that moves no money. Never repeated.
    async fn post(&self, path: &str, body: &'static str) -> Result<Value, BrokerError> {
        let request = format!("POST {path}");
        self.exchange_between_orders(Method::POST, path, Bytes::from_static(body.as_bytes()))
            .await
            .map_err(|error| unreachable(&request, &error))?
            .judge(&request)
    }

    async fn exchange_between_orders(
        &self,
        method: Method,
        path: &str,
        body: Bytes,
    ) -> Result<Reply, Unanswered> {
        let priority = priority(&method, path);
        loop {
            // The lane is not held while waiting, or an order would wait behind reads that wait.
            let departure = self.limiter.depart(path, priority).await?;
            let Ok(_shared) = self.lane.try_read() else {
                drop(departure);
                drop(self.lane.read().await);
                continue;
            };
            return self.dispatch(departure, method, path, body).await;
        }
    }

    /// One request and its answer, for whoever holds the lane.
    async fn exchange(&self, method: Method, path: &str, body: Bytes) -> Result<Reply, Unanswered> {
        let departure = self.limiter.depart(path, priority(&method, path)).await?;
        self.dispatch(departure, method, path, body).await
    }

    async fn dispatch(
        &self,
        mut departure: Departure<'_>,
        method: Method,
        path: &str,
        body: Bytes,
    ) -> Result<Reply, Unanswered> {
        let request = http::Request::builder()
            .method(method)
            .uri(format!("{BASE_PATH}{path}"))
            .header(USER_AGENT, USER_AGENT_VALUE)
            .header(CONTENT_TYPE, "application/json")
            .body(body)
            .map_err(|error| Unanswered::NotSent { cause: error.to_string() })?;
        departure.leave();
        let reply = Reply::new(self.transport.send(request).await?);
        if reply.status == StatusCode::TOO_MANY_REQUESTS {
            self.limiter.penalise();
        }
        Ok(reply)
    }

    /// A request whose answer the caller judges by itself. Never repeated.
    pub(super) async fn probe(
        &self,
        method: Method,
        path: &str,
        body: &'static str,
    ) -> Result<Reply, Unanswered> {
        self.exchange_between_orders(method, path, Bytes::from_static(body.as_bytes())).await
    }

    pub(super) async fn tickle(&self) -> Result<Value, BrokerError> {
        self.post("/tickle", "{}").await
    }

    /// Opens the brokerage session and ends the one that competes.
    pub(super) async fn take_session_over(&self) -> Result<Value, BrokerError> {
        self.post("/iserver/auth/ssodh/init", r#"{"publish":true,"compete":true}"#).await
    }

    pub(super) async fn validate_login(&self) -> Result<Value, BrokerError> {
        let request = "GET /sso/validate";
        self.probe(Method::GET, "/sso/validate", "")
            .await
            .map_err(|error| unreachable(request, &error))?
            .judge(request)
    }

    pub(super) async fn select_account(&self, account: &AccountId) -> Result<Value, BrokerError> {
        let request = "POST /iserver/account";
        let body = serde_json::json!({ "acctId": account.as_str() }).to_string();
        self.exchange_between_orders(Method::POST, "/iserver/account", body.into())
            .await
            .map_err(|error| unreachable(request, &error))?
            .judge(request)
    }

    pub(super) fn limiter(&self) -> &Limiter {
        &self.limiter
    }

    /// The certificate that the gateway showed last.
    pub(super) fn shown_certificate(&self) -> Option<ShownCertificate> {
        let pin = self.transport.pin()?;
        Some(ShownCertificate {
            fingerprint: pin.shown()?.to_string(),
            pinned: pin.accepted().map(|accepted| accepted.to_string()),
        })
    }
}

/// The order calls. None is ever repeated.
impl OrderLane<'_> {
    pub(super) async fn place(
        &self,
        account: &AccountId,
        body: Bytes,
    ) -> Result<Reply, Unanswered> {
        self.post(&format!("/iserver/account/{account}/orders"), body).await
    }

    pub(super) async fn modify(
        &self,
        account: &AccountId,
        order: &BrokerOrderId,
        body: Bytes,
    ) -> Result<Reply, Unanswered> {
        self.post(&format!("/iserver/account/{account}/order/{order}"), body).await
    }

    /// `order` must have been checked: the id `-1` cancels everything.
    pub(super) async fn cancel(
        &self,
        account: &AccountId,
        order: &BrokerOrderId,
    ) -> Result<Reply, Unanswered> {
        let path = format!("/iserver/account/{account}/order/{order}");
        self.raw.exchange(Method::DELETE, &path, Bytes::new()).await
    }

    /// `reply_id` must have been checked.
    pub(super) async fn reply(&self, reply_id: &str, confirmed: bool) -> Result<Reply, Unanswered> {
        let body = format!(r#"{{"confirmed":{confirmed}}}"#);
        self.post(&format!("/iserver/reply/{reply_id}"), body.into()).await
    }

    pub(super) async fn answer_prompt(&self, body: Bytes) -> Result<Reply, Unanswered> {
        self.post("/iserver/notification", body).await
    }

    async fn post(&self, path: &str, body: Bytes) -> Result<Reply, Unanswered> {
        self.raw.exchange(Method::POST, path, body).await
    }
}

fn unreachable(request: &str, error: &Unanswered) -> BrokerError {
    BrokerError::Unreachable { request: request.into(), cause: error.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reply(status: u16, content_type: &str, body: &str) -> Reply {
        let response = http::Response::builder()
            .status(status)
            .header(CONTENT_TYPE, content_type)
            .header(LOCATION, "/sso/Login?forwardTo=22")
            .body(Bytes::copy_from_slice(body.as_bytes()))
            .unwrap();
        Reply::new(response)
    }

    fn judged(status: u16, content_type: &str, body: &str) -> Result<Value, BrokerError> {
        reply(status, content_type, body).judge("GET /x")
    }

    #[test]
    fn every_sign_of_a_missing_session_is_recognised() {
        let json = "application/json";
        let cases = [
            (302, "text/plain", ""),
            (401, "text/plain", "Access Denied"),
            (200, "text/html", "<html>Login</html>"),
            (200, "text/plain", "  <!DOCTYPE html>"),
            (200, json, r#"{"error":"no session"}"#),
            (200, json, r#"{"error":"not logged in"}"#),
            (400, json, r#"{"error":"Bad Request: no bridge","statusCode":400}"#),
        ];
        for (status, kind, body) in cases {
            let judged = judged(status, kind, body);
            assert!(matches!(judged, Err(BrokerError::NoSession { .. })), "{body}: {judged:?}");
        }
    }

    #[test]
    fn a_refusal_carries_the_brokers_words_cut_to_500_characters() {
        let long = "é".repeat(2000);
        let body = format!(r#"{{"error":"{long}"}}"#);
        for (status, body) in [(500, body.as_str()), (200, &body), (500, &long)] {
            let Err(BrokerError::Refused { text, .. }) = judged(status, "text/plain", body) else {
                panic!("{status} was not a refusal")
            };
            assert_eq!(text.chars().count(), MAX_TEXT_CHARACTERS);
        }
    }

    #[test]
    fn what_is_not_json_is_a_breach_of_the_protocol() {
        for body in ["", "Success", "{\"a\":", "12"] {
            let judged = judged(200, "application/json", body);
            assert!(matches!(judged, Err(BrokerError::Protocol { .. })), "{body:?}: {judged:?}");
        }
        assert!(judged(200, "application/json", r#" {"error":null,"a":1}"#).is_ok());
    }
}
