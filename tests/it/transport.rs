//! The way to a gateway over TLS, against servers that behave and that do not.

mod answers;
mod certificates;
mod looking;
mod push;
pub(crate) mod tls_server;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use throughline::broker::ibkr::{CertificatePin, GatewayTransport, TlsOptions, TlsTransport};
use throughline::broker::ibkr::{Fingerprint, TransportError};

/// A transport to a port of this computer that accepts `pinned`.
fn transport(port: u16, pinned: Option<Fingerprint>) -> (Arc<CertificatePin>, TlsTransport) {
    let pin = Arc::new(CertificatePin::new(pinned));
    let options = TlsOptions {
        answer_timeout: Duration::from_millis(300),
        long_answer_timeout: Duration::from_secs(2),
        ..TlsOptions::new(format!("https://localhost:{port}/v1/api"), Arc::clone(&pin))
    };
    (pin, TlsTransport::new(options).unwrap())
}

async fn get(
    transport: &TlsTransport,
    path: &str,
) -> Result<http::Response<Bytes>, TransportError> {
    transport.send(http::Request::get(path).body(Bytes::new()).unwrap()).await
}

async fn post(
    transport: &TlsTransport,
    path: &str,
    body: &'static str,
) -> Result<http::Response<Bytes>, TransportError> {
    transport.send(http::Request::post(path).body(Bytes::from(body)).unwrap()).await
}
