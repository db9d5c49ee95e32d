//! Notifications with the real parts: a data directory, a server that is called over a socket.

use std::io;
use std::net::IpAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use axum::body::Bytes;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::{Router, routing};
use jiff::Timestamp;
use throughline::notify::webhook::{
    ATTEMPT_HEADER, HttpWebhook, ID_HEADER, Resolver, SIGNATURE_HEADER, sign,
};
use throughline::notify::{DeliveryError, WebhookCall, WebhookSender as _, WebhookSettings};
use throughline::secrets::Secret;

const SECRET: &str = "a secret of sixteen characters and more";

/// What the receiver was sent.
type Received = Arc<Mutex<Vec<(HeaderMap, Bytes)>>>;

/// A receiver of webhooks for tests. It answers `/ok` with 200, `/fails` with 500, `/elsewhere` with
/// a redirection to `/ok`, and `/slow` never.
async fn receiver() -> (u16, Received) {
    let received = Received::default();
    let take = |status: StatusCode, answer: &'static str| {
        let received = Arc::clone(&received);
        routing::post(move |headers: HeaderMap, body: Bytes| {
            received.lock().unwrap().push((headers, body));
            async move { (status, answer) }
        })
    };
    let elsewhere = || async {
        let mut headers = HeaderMap::new();
        headers.insert(header::LOCATION, HeaderValue::from_static("/ok"));
        (StatusCode::TEMPORARY_REDIRECT, headers)
    };
    let router = Router::new()
        .route("/ok", take(StatusCode::OK, "thank you"))
        .route("/fails", take(StatusCode::INTERNAL_SERVER_ERROR, "not today"))
        .route("/elsewhere", routing::post(elsewhere))
        .route("/slow", routing::post(std::future::pending::<StatusCode>));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move { axum::serve(listener, router).await });
    (port, received)
}

fn settings(url: String, allowed: &[&str]) -> WebhookSettings {
    let allowed_hosts = allowed.iter().map(|host| (*host).to_owned()).collect();
    WebhookSettings { is_on: true, url: Some(url), allowed_hosts }
}

fn call() -> WebhookCall {
    WebhookCall {
        id: "installation-7".to_owned(),
        attempt: 3,
        at: "2026-03-02T12:00:00Z".parse().unwrap(),
        body: r#"{"id":"installation-7","kind":"run_failed"}"#.to_owned(),
    }
}

/// Calls `/path` of the receiver by the name `localhost`.
async fn called(path: &str, allowed: &[&str]) -> (Result<String, DeliveryError>, Received) {
    let (port, received) = receiver().await;
    let webhook = HttpWebhook::with(Arc::new(Always("127.0.0.1")), Duration::from_millis(500));
    let settings = settings(format!("http://localhost:{port}{path}"), allowed);
    let secret = Secret::new(SECRET.to_owned());
    let result = webhook.deliver(&settings, &secret, &call()).await;
    (result.map(|delivered| format!("{} {}", delivered.status, delivered.said)), received)
}

/// Leads every name to one address, as a name server does that an outsider controls.
struct Always(&'static str);

#[async_trait]
impl Resolver for Always {
    async fn addresses(&self, _: &str, _: u16) -> io::Result<Vec<IpAddr>> {
        Ok(vec![self.0.parse().unwrap()])
    }
}

#[tokio::test]
async fn b3_a_webhook_can_check_who_called_and_when() {
    let (result, received) = called("/ok", &["localhost"]).await;
    assert_eq!(result.unwrap(), "200 thank you");
    let received = received.lock().unwrap();
    let (headers, body) = &received[0];
    let text = |name: &str| headers[name].to_str().unwrap();
    assert_eq!(text(ID_HEADER), "installation-7");
    assert_eq!(text(ATTEMPT_HEADER), "3");
    assert_eq!(text("content-type"), "application/json");
    let body = std::str::from_utf8(body).unwrap();
    assert_eq!(body, call().body);
    // As a receiver does it: the time out of the header, the code over the time and the body.
    let signature = text(SIGNATURE_HEADER);
    let seconds = signature.strip_prefix("t=").unwrap().split_once(',').unwrap().0;
    let at = Timestamp::from_second(seconds.parse().unwrap()).unwrap();
    assert_eq!(at, call().at);
    assert_eq!(signature, sign(&Secret::new(SECRET.to_owned()), at, body));
    let other = Secret::new("another secret of some length".to_owned());
    assert_ne!(signature, sign(&other, at, body));
    assert!(!format!("{headers:?}{body}").contains(SECRET), "the secret itself was sent");
}

#[tokio::test]
async fn b3_a_failure_is_worth_another_attempt_and_a_redirection_is_not_followed() {
    let (failed, received) = called("/fails", &["localhost"]).await;
    let failed = failed.unwrap_err();
    assert_eq!(failed.to_string(), "it answered 500: not today");
    assert!(failed.is_worth_another_attempt());
    assert_eq!(received.lock().unwrap().len(), 1);

    let (redirected, received) = called("/elsewhere", &["localhost"]).await;
    let redirected = redirected.unwrap_err();
    assert!(matches!(redirected, DeliveryError::Redirected { status: 307 }), "{redirected}");
    assert!(!redirected.is_worth_another_attempt());
    assert!(received.lock().unwrap().is_empty(), "the redirection was followed");

    let (slow, _) = called("/slow", &["localhost"]).await;
    let slow = slow.unwrap_err();
    assert!(matches!(slow, DeliveryError::TimedOut { .. }), "{slow}");
    assert!(slow.is_worth_another_attempt());
}

#[tokio::test]
async fn b3_a_private_address_is_called_only_if_its_host_is_allowed_by_name() {
    let secret = Secret::new(SECRET.to_owned());
    // A public name that leads into the private network, over https: what is forbidden is the way.
    for (address, kind) in [
        ("127.0.0.1", "this computer"),
        ("10.1.2.3", "a private address"),
        ("169.254.169.254", "a link-local address"),
        ("::1", "this computer"),
        ("fd00::1", "a private address"),
    ] {
        let webhook = HttpWebhook::with(Arc::new(Always(address)), Duration::from_secs(2));
        let settings = settings("https://hook.example/".to_owned(), &["other.example"]);
        let refused = webhook.deliver(&settings, &secret, &call()).await.unwrap_err();
        let DeliveryError::Forbidden { host, address: found, kind: named } = &refused else {
            panic!("{address} gave: {refused}");
        };
        assert_eq!((host.as_str(), *named), ("hook.example", kind));
        assert_eq!(*found, address.parse::<IpAddr>().unwrap());
        assert!(!refused.is_worth_another_attempt());
    }
    // An address in the place of a name needs no resolver to be refused.
    let webhook = HttpWebhook::with(Arc::new(Always("1.1.1.1")), Duration::from_secs(2));
    let literal = settings("https://192.168.1.1/".to_owned(), &[]);
    let refused = webhook.deliver(&literal, &secret, &call()).await.unwrap_err();
    assert!(matches!(refused, DeliveryError::Forbidden { .. }), "{refused}");
    // Not even http to this computer, unless it is allowed by name.
    let (refused, received) = called("/ok", &[]).await;
    assert!(matches!(refused.unwrap_err(), DeliveryError::Address(_)));
    assert!(received.lock().unwrap().is_empty());
}

/// A name that leads to a public address when it is checked and elsewhere when it is connected to
/// ("DNS rebinding"): the connection is made to what was checked. Here the name `localhost` is
/// "checked" as an address at which nobody listens, and the system would lead it to the receiver.
#[tokio::test]
async fn b3_the_connection_is_made_to_the_address_that_was_checked() {
    let (port, received) = receiver().await;
    let webhook = HttpWebhook::with(Arc::new(Always("127.0.0.9")), Duration::from_secs(2));
    let settings = settings(format!("http://localhost:{port}/ok"), &["localhost"]);
    let result = webhook.deliver(&settings, &Secret::new(SECRET.to_owned()), &call()).await;
    assert!(matches!(result, Err(DeliveryError::Unreachable { .. })), "{result:?}");
    assert!(received.lock().unwrap().is_empty(), "the name was resolved a second time");
}
