//! A fake of the Client Portal Gateway that plays answers from a script. It knows no rules of
//! trading; the sandbox's gateway does.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::response::Response;
use serde_json::Value;
use throughline::broker::ibkr::InProcessTransport;
use tokio::sync::watch;

/// One answer of the script.
#[derive(Debug, Clone)]
pub(super) enum Answer {
    /// Status 200 with JSON.
    Json(String),
    /// Any status with any text and a content type.
    Text(u16, &'static str, String),
    /// The request arrives, and no answer ever comes.
    Lost,
}

impl Answer {
    pub(super) fn json(text: &str) -> Self {
        Self::Json(text.into())
    }

    pub(super) fn error(status: u16, words: &str) -> Self {
        let body = format!(r#"{{"error":"{words}","statusCode":{status}}}"#);
        Self::Text(status, "application/json", body)
    }
}

/// A request as it arrived.
#[derive(Debug, Clone)]
pub(super) struct Seen {
    /// Such as `POST /iserver/accounts`, without the query.
    pub(super) what: String,
    pub(super) query: Option<String>,
    pub(super) body: Value,
}

#[derive(Debug, Default)]
struct Script {
    /// For each request the answers in turn; the last is repeated.
    answers: HashMap<String, Vec<Answer>>,
    seen: Vec<Seen>,
}

#[derive(Debug, Clone, Default)]
pub(super) struct ScriptedGateway {
    script: Arc<Mutex<Script>>,
}

impl ScriptedGateway {
    /// A gateway with a session, one paper account, the rules of one contract and nothing else.
    pub(super) fn with_session() -> Self {
        let gateway = Self::default();
        gateway.on("POST /iserver/auth/status", &[Answer::json(&data("auth_status"))]);
        gateway.on("GET /iserver/accounts", &[Answer::json(&data("accounts"))]);
        gateway.on("GET /portfolio/accounts", &[Answer::json(&data("portfolio_accounts"))]);
        gateway.on(
            "GET /iserver/contract/204511/info-and-rules",
            &[Answer::json(&data("info_and_rules"))],
        );
        gateway
    }

    pub(super) fn on(&self, what: &str, answers: &[Answer]) {
        self.script.lock().unwrap().answers.insert(what.into(), answers.to_vec());
    }

    pub(super) fn seen(&self) -> Vec<Seen> {
        self.script.lock().unwrap().seen.clone()
    }

    pub(super) fn last(&self) -> Seen {
        self.seen().pop().expect("nothing was sent yet")
    }

    pub(super) fn count(&self, what: &str) -> usize {
        self.seen().iter().filter(|seen| seen.what == what).count()
    }

    pub(super) fn transport(&self) -> InProcessTransport {
        let router = Router::new().fallback(play).with_state(self.clone());
        InProcessTransport::new(router, watch::channel(0).1)
    }

    fn next_answer(&self, seen: Seen) -> Answer {
        let mut script = self.script.lock().unwrap();
        let answer = match script.answers.get_mut(&seen.what) {
            Some(answers) if answers.len() > 1 => answers.remove(0),
            Some(answers) => answers[0].clone(),
            None => Answer::Text(404, "text/plain", format!("no script for {}", seen.what)),
        };
        script.seen.push(seen);
        answer
    }
}

/// An answer of `tests/data/ibkr`: shaped as IBKR's, with numbers of our own.
pub(super) fn data(name: &str) -> String {
    let path = format!("{}/tests/data/ibkr/{name}.json", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

async fn play(State(gateway): State<ScriptedGateway>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, 1_000_000).await.unwrap();
    let path = parts.uri.path().strip_prefix("/v1/api").expect("every path begins with /v1/api");
    // IBKR's edge answers 403 and 411 to requests without these.
    assert!(parts.headers.contains_key("user-agent"), "{path} without a User-Agent");
    assert!(parts.method != "POST" || !body.is_empty(), "POST {path} without a body");
    let seen = Seen {
        what: format!("{} {path}", parts.method),
        query: parts.uri.query().map(Into::into),
        body: serde_json::from_slice(&body).unwrap_or(Value::Null),
    };
    let (status, kind, text) = match gateway.next_answer(seen) {
        Answer::Json(text) => (200, "application/json; charset=utf-8", text),
        Answer::Text(status, kind, text) => (status, kind, text),
        Answer::Lost => std::future::pending().await,
    };
    // Gives whatever else would send now the chance to do so.
    tokio::task::yield_now().await;
    Response::builder()
        .status(status)
        .header("content-type", kind)
        .header("location", "/sso/Login?forwardTo=22")
        .body(Body::from(text))
        .unwrap()
}
