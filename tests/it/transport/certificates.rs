//! The pin: what is accepted, and everything that is not.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::tls_server::{Answer, Identity, TlsServer};
use super::{get, transport};
use throughline::broker::ibkr::{Fingerprint, TransportError};

fn json() -> Answer {
    Answer::Json { status: 200, headers: "", body: "{}".into() }
}

#[tokio::test]
async fn c01_a_certificate_that_nobody_accepted_is_refused_and_shown() {
    let server = TlsServer::start(Identity::usual(), json()).await;
    let (pin, transport) = transport(server.port, None);
    let refused = get(&transport, "/v1/api/tickle").await.unwrap_err();
    let fingerprint = server.fingerprint;
    assert_eq!(refused, TransportError::CertificateUnknown { fingerprint });
    assert!(refused.never_left());
    assert_eq!(pin.shown(), Some(fingerprint));
    assert_eq!(server.requests(), Vec::<String>::new(), "nothing is sent to a stranger");

    pin.accept(fingerprint);
    assert_eq!(get(&transport, "/v1/api/tickle").await.unwrap().status(), 200);
}

#[tokio::test]
async fn c02_another_certificate_than_the_accepted_one_is_a_hard_stop() {
    let server = TlsServer::start(Identity::usual(), json()).await;
    let pinned = Identity::usual().fingerprint();
    let (pin, transport) = transport(server.port, Some(pinned));
    let changed = TransportError::CertificateChanged { pinned, shown: server.fingerprint };
    for _ in 0..2 {
        assert_eq!(get(&transport, "/v1/api/tickle").await.unwrap_err(), changed);
    }
    assert_eq!(pin.accepted(), Some(pinned), "only a person changes what is accepted");
    assert_eq!(server.requests(), Vec::<String>::new());
}

#[tokio::test]
async fn c02_a_line_made_under_an_earlier_acceptance_is_not_used_again() {
    let server = TlsServer::start(Identity::usual(), json()).await;
    let (pin, transport) = transport(server.port, Some(server.fingerprint));
    get(&transport, "/v1/api/a").await.unwrap();
    get(&transport, "/v1/api/b").await.unwrap();
    assert_eq!(server.connections(), 1, "the line is kept between requests");

    pin.forget();
    let refused = get(&transport, "/v1/api/c").await.unwrap_err();
    assert!(matches!(refused, TransportError::CertificateUnknown { .. }), "{refused:?}");
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test]
async fn c03_an_expired_certificate_without_names_is_accepted_by_its_fingerprint() {
    let server = TlsServer::start(Identity::expired_without_names(), json()).await;
    let (_, transport) = transport(server.port, Some(server.fingerprint));
    assert_eq!(get(&transport, "/v1/api/tickle").await.unwrap().status(), 200);
}

#[tokio::test]
async fn c03_a_copied_certificate_without_its_key_is_refused() {
    let identity = Identity::usual();
    let pinned = identity.fingerprint();
    let server = TlsServer::start(identity.with_key_of(Identity::usual()), json()).await;
    let (_, transport) = transport(server.port, Some(pinned));
    let refused = get(&transport, "/v1/api/tickle").await.unwrap_err();
    assert!(matches!(refused, TransportError::NotTls { .. }), "{refused:?}");
    assert_eq!(server.requests(), Vec::<String>::new());
}

#[tokio::test]
async fn c04_plain_http_on_the_port_is_told_from_a_closed_port() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((mut line, _)) = listener.accept().await {
            let mut part = [0; 1024];
            let _ = line.read(&mut part).await;
            let _ = line.write_all(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n").await;
        }
    });
    let refused = get(&transport(port, None).1, "/v1/api/tickle").await.unwrap_err();
    assert!(matches!(refused, TransportError::NotTls { .. }), "{refused:?}");
    assert!(refused.to_string().contains("listenSsl"), "{refused} says what to do");
}

#[tokio::test]
async fn c04_a_server_that_hangs_up_during_the_handshake_speaks_no_tls() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((mut line, _)) = listener.accept().await {
            // What was sent is read first, since a line that is closed on unread bytes is reset.
            let mut part = [0; 4096];
            let _ = line.read(&mut part).await;
        }
    });
    let refused = get(&transport(port, None).1, "/v1/api/tickle").await.unwrap_err();
    assert!(matches!(refused, TransportError::NotTls { .. }), "{refused:?}");
}

#[tokio::test]
async fn c04_a_closed_port_says_to_start_the_gateway() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let refused = get(&transport(port, None).1, "/v1/api/tickle").await.unwrap_err();
    assert!(matches!(refused, TransportError::Connect { .. }), "{refused:?}");
    assert!(refused.never_left());
    assert!(refused.to_string().contains("start the gateway"), "{refused}");
}

/// The certificate of the real gateway, where its copy is at hand.
#[test]
fn c03_the_certificate_that_ibkr_ships_is_known() {
    let path = std::path::Path::new("/work/shared/ibkr/gateway-observed/gateway-cert.pem");
    let Ok(pem) = std::fs::read(path) else { return };
    let certificate =
        <rustls::pki_types::CertificateDer<'_> as rustls::pki_types::pem::PemObject>::from_pem_slice(
            &pem,
        )
        .unwrap();
    assert!(Fingerprint::of_der(&certificate).is_shipped());
}
