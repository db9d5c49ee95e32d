//! What is sent over a pinned line, and what becomes of strange answers.

use std::sync::Arc;

use bytes::Bytes;
use http::Method;
use throughline::broker::ibkr::{
    CertificatePin, GatewayTransport, TlsOptions, TlsTransport, TransportError,
};
use throughline::clock::SimulatedClock;

use super::tls_server::{Answer, Identity, TlsServer};
use super::{get, post, transport};

async fn answered(answer: Answer) -> (TlsServer, TlsTransport) {
    let server = TlsServer::start(Identity::usual(), answer).await;
    let (_, transport) = transport(server.port, Some(server.fingerprint));
    (server, transport)
}

fn json(status: u16, headers: &'static str, body: &str) -> Answer {
    Answer::Json { status, headers, body: body.into() }
}

#[tokio::test]
async fn c05_every_request_names_its_program_and_the_length_of_its_body() {
    let (server, transport) = answered(json(200, "", "{}")).await;
    get(&transport, "/v1/api/tickle?a=b").await.unwrap();
    post(&transport, "/v1/api/tickle", "").await.unwrap();
    post(&transport, "/v1/api/logout", "{}").await.unwrap();
    let requests: Vec<String> = server.requests().iter().map(|it| it.to_lowercase()).collect();
    assert!(requests[0].starts_with("get /v1/api/tickle?a=b http/1.1\r\n"), "{}", requests[0]);
    for request in &requests {
        assert!(request.contains("user-agent: throughline/"), "{request}");
        assert!(!request.contains("cookie"), "{request}");
        assert!(!request.contains("throughline-sandbox"), "{request}");
    }
    assert!(requests[1].contains("content-length: 0\r\n"), "{}", requests[1]);
    assert!(requests[2].contains("content-length: 2\r\n"), "{}", requests[2]);
}

#[tokio::test]
async fn c06_a_redirect_is_handed_back_and_not_followed() {
    let headers = "location: https://api.ibkr.com/v1/api/x\r\n";
    let (server, transport) = answered(json(302, headers, "")).await;
    let answer = get(&transport, "/v1/api/x").await.unwrap();
    assert_eq!(answer.status(), 302);
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn c06_a_cookie_is_not_sent_back() {
    let (server, transport) = answered(json(200, "set-cookie: a=b\r\n", "{}")).await;
    get(&transport, "/v1/api/x").await.unwrap();
    get(&transport, "/v1/api/x").await.unwrap();
    assert!(!server.requests()[1].to_lowercase().contains("cookie"));
}

#[tokio::test]
async fn c07_no_answer_is_given_up_and_the_request_not_repeated() {
    let (server, transport) = answered(Answer::Silence).await;
    let error = post(&transport, "/v1/api/tickle", "{}").await.unwrap_err();
    assert!(matches!(error, TransportError::TimedOut { .. }), "{error:?}");
    assert!(!error.never_left());
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn c07_an_order_is_waited_for_longer_than_a_tickle() {
    let (_server, transport) = answered(Answer::Silence).await;
    let path = "/v1/api/iserver/account/DU1/orders";
    let error = post(&transport, path, "{}").await.unwrap_err();
    assert_eq!(error, TransportError::TimedOut { seconds: 2 });
}

#[tokio::test]
async fn c07_a_line_that_is_cut_leaves_an_order_unknown_and_sent_once() {
    let (server, transport) = answered(Answer::HangUp).await;
    let path = "/v1/api/iserver/account/DU1/orders";
    let error = post(&transport, path, "{}").await.unwrap_err();
    assert!(matches!(error, TransportError::Broken { .. }), "{error:?}");
    assert!(!error.never_left());
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn c08_an_answer_of_nine_megabytes_is_not_read() {
    let (_server, transport) = answered(Answer::Chunks { bytes: 9 * 1024 * 1024 }).await;
    // The long limit, so that a busy computer does not turn this into a time-out.
    let error = get(&transport, "/v1/api/iserver/marketdata/history").await.unwrap_err();
    assert_eq!(error, TransportError::TooLarge { limit_bytes: 8 * 1024 * 1024 });
}

#[tokio::test]
async fn c08_what_is_no_http_is_called_so() {
    let (_server, transport) = answered(Answer::Raw("220 mail ready\r\n\r\n".into())).await;
    let error = get(&transport, "/v1/api/tickle").await.unwrap_err();
    assert!(matches!(error, TransportError::NotHttp { .. }), "{error:?}");
}

#[tokio::test]
async fn c08_an_answer_that_ends_early_is_broken() {
    let short = "HTTP/1.1 200 OK\r\ncontent-length: 9\r\nconnection: close\r\n\r\n{}";
    let (_server, transport) = answered(Answer::Raw(short.into())).await;
    let error = get(&transport, "/v1/api/tickle").await.unwrap_err();
    // The server keeps the line open, as a gateway does that has lost its own in between.
    assert!(matches!(error, TransportError::TimedOut { .. }), "{error:?}");
}

#[tokio::test]
async fn c09_a_served_sandbox_is_told_the_simulated_time_and_hints_at_changes() {
    let headers = "throughline-sandbox-changes: 7\r\n";
    let server = TlsServer::start(Identity::usual(), json(200, headers, "{}")).await;
    let clock = SimulatedClock::starting_at("2026-01-05T15:00:00Z".parse().unwrap());
    let pin = Arc::new(CertificatePin::new(Some(server.fingerprint)));
    let mut options = TlsOptions::new(format!("https://127.0.0.1:{}", server.port), pin);
    options.sandbox_clock = Some(Arc::new(clock));
    let transport = TlsTransport::new(options).unwrap();
    let hints = transport.order_hints();
    for _ in 0..2 {
        transport.control(Method::GET, "/sandbox/v1/info", Bytes::new()).await.unwrap();
    }
    let requests = server.requests();
    assert!(requests[0].starts_with("GET /sandbox/v1/info "), "{}", requests[0]);
    assert!(requests[0].contains("throughline-sandbox-time: 2026-01-05T15:00:00Z\r\n"));
    assert_eq!(*hints.borrow(), 1, "the same count is no further change");
}

#[tokio::test]
async fn c09_a_gateway_of_ibkr_is_never_sent_the_sandboxs_calls() {
    let (server, transport) = answered(json(200, "", "{}")).await;
    let refused = transport.control(Method::GET, "/sandbox/v1/info", Bytes::new()).await;
    assert!(matches!(refused, Err(TransportError::NotASandbox { .. })), "{refused:?}");
    assert!(server.requests().is_empty());
}
