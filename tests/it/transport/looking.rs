//! What one look shows of each thing that can listen at the gateway's address.

use std::sync::Arc;

use throughline::broker::Broker;
use throughline::broker::ibkr::{Fingerprint, IbkrClient, QuestionPolicy};
use throughline::clock::SimulatedClock;
use throughline::domain::{Environment, GatewayState};

use super::tls_server::{Answer, Identity, TlsServer};
use super::transport;

fn client(port: u16, pinned: Option<Fingerprint>) -> IbkrClient {
    let clock = SimulatedClock::starting_at("2026-01-05T18:00:00Z".parse().unwrap());
    let transport = Arc::new(transport(port, pinned).1);
    IbkrClient::new(transport, Arc::new(clock), QuestionPolicy::default(), Environment::Paper)
}

fn text(status: u16, body: &str) -> Answer {
    let length = body.len();
    Answer::Raw(format!("HTTP/1.1 {status} X\r\ncontent-length: {length}\r\n\r\n{body}"))
}

#[tokio::test]
async fn c11_what_listens_is_named_by_what_it_answers() {
    let cases = [
        (text(404, "Access Denied"), GatewayState::IpNotAllowed),
        (text(404, "404 page not found"), GatewayState::NotAGateway),
        (text(200, "hello"), GatewayState::NotAGateway),
        (text(200, r#"{"hello":"world"}"#), GatewayState::NotAGateway),
        (Answer::Raw("220 mail ready\r\n\r\n".into()), GatewayState::NotAGateway),
        (text(401, ""), GatewayState::LoginNeeded),
        (text(503, "service unavailable"), GatewayState::Maintenance),
        (Answer::Silence, GatewayState::GatewayStuck),
        (text(429, "Too Many Requests"), GatewayState::Penalised),
    ];
    for (answer, expected) in cases {
        let shown = format!("{answer:?}");
        let server = TlsServer::start(Identity::usual(), answer).await;
        let look = client(server.port, Some(server.fingerprint)).look().await;
        assert_eq!(look.state, expected, "{shown}: {}", look.evidence);
        assert!(look.evidence.contains("/iserver/auth/status"), "{}", look.evidence);
        assert_eq!(look.penalty_ends.is_some(), expected == GatewayState::Penalised);
        let certificate = look.certificate.unwrap();
        assert_eq!(certificate.fingerprint, server.fingerprint.to_string());
        assert_eq!(certificate.pinned, Some(certificate.fingerprint.clone()));
    }
}

#[tokio::test]
async fn c11_a_look_stops_at_the_certificate_and_at_a_closed_port() {
    let server = TlsServer::start(Identity::usual(), text(200, "{}")).await;
    let other = Identity::usual().fingerprint();
    let cases =
        [(None, GatewayState::CertificateUnknown), (Some(other), GatewayState::CertificateChanged)];
    for (pinned, expected) in cases {
        let look = client(server.port, pinned).look().await;
        assert_eq!(look.state, expected, "{}", look.evidence);
        let certificate = look.certificate.unwrap();
        assert_eq!(certificate.fingerprint, server.fingerprint.to_string());
        assert_eq!(certificate.pinned, pinned.map(|it| it.to_string()));
    }
    assert!(server.requests().is_empty());

    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = closed.local_addr().unwrap().port();
    drop(closed);
    let look = client(port, None).look().await;
    assert_eq!((look.state, look.certificate), (GatewayState::GatewayDown, None));
}
