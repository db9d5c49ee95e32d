//! How requests reach a gateway.

mod address;
mod in_process;
mod pin;
mod push;
mod quotes;
mod tls;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use tokio::sync::watch;

pub use address::{AddressError, GatewayAddress};
pub use in_process::InProcessTransport;
pub use pin::{CertificatePin, Fingerprint, FingerprintError};
pub use push::{PushChannel, PushState};
pub use quotes::{QuoteBook, StreamedQuote, TooManyQuotes};
pub(super) use tls::USER_AGENT_VALUE;
pub use tls::{TlsOptions, TlsTransport};

/// Largest answer that is read, in bytes. A full list of 1000 orders is below one megabyte.
pub(super) const MAX_ANSWER_BYTES: usize = 8 * 1024 * 1024;

/// How long an answer may take. IBKR itself gives up on a request after ten seconds.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(15);

/// How long an answer about orders or history may take, which both may be slow.
const LONG_ANSWER_TIMEOUT: Duration = Duration::from_secs(30);

/// Carries one HTTP request to a Client Portal Gateway and its answer back. It follows no redirect
/// and repeats nothing.
#[async_trait]
pub trait GatewayTransport: Send + Sync {
    /// Sends the request once. Its URI is a path that begins with `/v1/api/`.
    async fn send(
        &self,
        request: http::Request<Bytes>,
    ) -> Result<http::Response<Bytes>, TransportError>;

    /// Counts up whenever the push channel says that an order changed.
    fn order_hints(&self) -> watch::Receiver<u64>;

    /// Where the gateway is; nothing in this process. Requests to one address share one limiter.
    fn address(&self) -> Option<GatewayAddress> {
        None
    }

    /// The certificate that is accepted and the one that was shown; nothing without TLS.
    fn pin(&self) -> Option<Arc<CertificatePin>> {
        None
    }
}

/// Why there is no answer. Whether the request arrived is known for those of which
/// [`TransportError::never_left`] says so; for no other.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TransportError {
    /// No connection could be made.
    #[error("no connection to the gateway: {cause}; start the gateway and check its address")]
    Connect {
        /// What the network said.
        cause: String,
    },
    /// Something took the connection and did not finish the handshake.
    #[error(
        "the gateway took the connection and did not greet within {seconds} s; restart the gateway"
    )]
    NoGreeting {
        /// How long was waited.
        seconds: u64,
    },
    /// What listens at the address speaks no TLS, or none that can be used.
    #[error(
        "what listens at the gateway's address does not speak TLS ({cause}); check the port, and \
         that `listenSsl` is true in the gateway's conf.yaml"
    )]
    NotTls {
        /// What the handshake ended with.
        cause: String,
    },
    /// The certificate was never accepted.
    #[error(
        "the gateway shows a certificate that nobody has accepted yet ({fingerprint}); compare it \
         and accept it in Connection"
    )]
    CertificateUnknown {
        /// SHA-256 of the leaf.
        fingerprint: Fingerprint,
    },
    /// Another certificate than the accepted one: perhaps another program listens there.
    #[error(
        "the gateway's certificate has changed: {pinned} was accepted and {shown} is shown; unless \
         you replaced it yourself, stop and find out what listens at this address"
    )]
    CertificateChanged {
        /// SHA-256 of the accepted leaf.
        pinned: Fingerprint,
        /// SHA-256 of the leaf that was shown.
        shown: Fingerprint,
    },
    /// The answer is no HTTP.
    #[error("what listens at the gateway's address does not speak HTTP: {cause}; check the port")]
    NotHttp {
        /// What is wrong with it.
        cause: String,
    },
    /// The line was cut before the answer was complete.
    #[error("the connection to the gateway broke before the answer was complete: {cause}")]
    Broken {
        /// What the network said.
        cause: String,
    },
    /// No answer in time.
    #[error("the gateway gave no answer within {seconds} s; it may have lost its line to IBKR")]
    TimedOut {
        /// How long was waited.
        seconds: u64,
    },
    /// The answer is larger than anything IBKR sends.
    #[error("the answer is larger than {limit_bytes} bytes and was not read")]
    TooLarge {
        /// The limit.
        limit_bytes: usize,
    },
    /// A call that only a sandbox takes, to a gateway that is none.
    #[error("{path} is a path of the sandbox, and this gateway is not one")]
    NotASandbox {
        /// What was to be called.
        path: String,
    },
}

impl TransportError {
    /// The request certainly did not arrive, since there was no connection to send it on.
    pub fn never_left(&self) -> bool {
        match self {
            Self::Connect { .. }
            | Self::NoGreeting { .. }
            | Self::NotTls { .. }
            | Self::CertificateUnknown { .. }
            | Self::CertificateChanged { .. }
            | Self::NotASandbox { .. } => true,
            Self::NotHttp { .. }
            | Self::Broken { .. }
            | Self::TimedOut { .. }
            | Self::TooLarge { .. } => false,
        }
    }
}
