//! A gateway behind TLS on this computer.

use std::error::Error as StdError;
use std::fmt;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use http::header::{CONTENT_LENGTH, HeaderMap, HeaderValue, USER_AGENT};
use http::{Method, StatusCode};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::pin::{self, PinRefusal};
use super::{
    ANSWER_TIMEOUT, AddressError, CertificatePin, GatewayAddress, GatewayTransport,
    LONG_ANSWER_TIMEOUT, MAX_ANSWER_BYTES, TransportError,
};
use crate::clock::Clock;

/// How long a connection and its handshake may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// How long a connection without requests is kept: shorter than a gateway keeps it, so that no
/// order is sent on a line that is being closed.
const IDLE_TIMEOUT: Duration = Duration::from_secs(20);

/// IBKR's edge refuses requests without one.
pub(in crate::broker::ibkr) const USER_AGENT_VALUE: &str =
    concat!("throughline/", env!("CARGO_PKG_VERSION"));

/// The caller's simulated time, told to a served sandbox with each request.
const SANDBOX_TIME: &str = "throughline-sandbox-time";

/// How many changes of orders a served sandbox has seen, told with each answer.
const SANDBOX_CHANGES: &str = "throughline-sandbox-changes";

/// How to reach a gateway.
#[derive(Debug, Clone)]
pub struct TlsOptions {
    /// Such as `https://localhost:5000`.
    pub base_url: String,
    /// The certificate that is accepted.
    pub pin: Arc<CertificatePin>,
    /// The simulated time that a served sandbox is driven with. Nothing for a gateway of IBKR.
    pub sandbox_clock: Option<Arc<dyn Clock>>,
    /// How long an answer may take.
    pub answer_timeout: Duration,
    /// How long an answer about orders or history may take.
    pub long_answer_timeout: Duration,
}

impl TlsOptions {
    /// The usual limits, for a gateway of IBKR.
    pub fn new(base_url: impl Into<String>, pin: Arc<CertificatePin>) -> Self {
        Self {
            base_url: base_url.into(),
            pin,
            sandbox_clock: None,
            answer_timeout: ANSWER_TIMEOUT,
            long_answer_timeout: LONG_ANSWER_TIMEOUT,
        }
    }
}

/// A transport over HTTP/1.1 and TLS to a gateway on this computer, whose certificate is pinned.
///
/// It keeps cookies of nobody, uses no proxy, follows no redirect and repeats nothing.
pub struct TlsTransport {
    address: GatewayAddress,
    pin: Arc<CertificatePin>,
    sandbox_clock: Option<Arc<dyn Clock>>,
    answer_timeout: Duration,
    long_answer_timeout: Duration,
    http: Mutex<HttpClient>,
    order_hints: watch::Sender<u64>,
    sandbox_changes: Mutex<Option<u64>>,
}

/// Connections that were made under one decision about the certificate.
struct HttpClient {
    generation: u64,
    client: reqwest::Client,
}

impl TlsTransport {
    /// A transport that has not connected yet.
    ///
    /// # Errors
    ///
    /// If the address is not one on this computer, or TLS cannot be set up.
    pub fn new(options: TlsOptions) -> Result<Self, AddressError> {
        let address: GatewayAddress = options.base_url.parse()?;
        let http = HttpClient {
            generation: options.pin.generation(),
            client: http_client(&address, &options.pin)?,
        };
        Ok(Self {
            address,
            pin: options.pin,
            sandbox_clock: options.sandbox_clock,
            answer_timeout: options.answer_timeout,
            long_answer_timeout: options.long_answer_timeout,
            http: Mutex::new(http),
            order_hints: watch::channel(0).0,
            sandbox_changes: Mutex::new(None),
        })
    }

    /// Calls a path of a served sandbox outside of `/v1/api`, such as `/sandbox/v1/info`.
    ///
    /// # Errors
    ///
    /// [`TransportError::NotASandbox`] without a `sandbox_clock`, and what [`Self::send`] ends in.
    ///
    /// [`Self::send`]: GatewayTransport::send
    pub async fn control(
        &self,
        method: Method,
        path: &str,
        body: Bytes,
    ) -> Result<http::Response<Bytes>, TransportError> {
        if self.sandbox_clock.is_none() {
            return Err(TransportError::NotASandbox { path: path.into() });
        }
        let mut request = http::Request::new(body);
        *request.method_mut() = method;
        *request.uri_mut() = path.parse().map_err(|error: http::uri::InvalidUri| {
            TransportError::NotHttp { cause: format!("{path} is no path: {error}") }
        })?;
        let json = HeaderValue::from_static("application/json");
        request.headers_mut().insert(http::header::CONTENT_TYPE, json);
        self.exchange(request).await
    }

    /// Counts the hints at changed orders up.
    pub(super) fn hint_at_orders(&self) {
        self.order_hints.send_modify(|count| *count = count.wrapping_add(1));
    }

    /// A TLS connection of its own, for the push channel.
    pub(super) async fn connect(&self) -> Result<TlsStream<TcpStream>, TransportError> {
        let seconds = CONNECT_TIMEOUT.as_secs();
        tokio::time::timeout(CONNECT_TIMEOUT, self.handshake())
            .await
            .unwrap_or(Err(TransportError::NoGreeting { seconds }))
    }

    async fn handshake(&self) -> Result<TlsStream<TcpStream>, TransportError> {
        let no_line = |cause: String| TransportError::Connect { cause };
        let config = pin::client_config(Arc::clone(&self.pin))
            .map_err(|error| no_line(error.to_string()))?;
        let name =
            self.address.host().try_into().map_err(
                |error: rustls::pki_types::InvalidDnsNameError| no_line(error.to_string()),
            )?;
        let addresses = self.address.socket_addresses();
        let line = TcpStream::connect(addresses.as_slice())
            .await
            .map_err(|error| no_line(error.to_string()))?;
        TlsConnector::from(Arc::new(config)).connect(name, line).await.map_err(|error| {
            handshake_fault(&error)
                .unwrap_or_else(|| TransportError::NotTls { cause: error.to_string() })
        })
    }

    /// The client for what is accepted now.
    fn http_client(&self) -> Result<reqwest::Client, TransportError> {
        let mut http = self.http.lock().unwrap_or_else(PoisonError::into_inner);
        let generation = self.pin.generation();
        if http.generation != generation {
            let client = http_client(&self.address, &self.pin)
                .map_err(|error| TransportError::Connect { cause: error.to_string() })?;
            *http = HttpClient { generation, client };
        }
        Ok(http.client.clone())
    }

    async fn exchange(
        &self,
        request: http::Request<Bytes>,
    ) -> Result<http::Response<Bytes>, TransportError> {
        let limit = if is_slow(&request) { self.long_answer_timeout } else { self.answer_timeout };
        // The limit on the connection is reqwest's own, so that the two can be told apart.
        tokio::time::timeout(CONNECT_TIMEOUT + limit, self.call(request, limit))
            .await
            .unwrap_or(Err(TransportError::TimedOut { seconds: limit.as_secs() }))
    }

    async fn call(
        &self,
        request: http::Request<Bytes>,
        limit: Duration,
    ) -> Result<http::Response<Bytes>, TransportError> {
        let (parts, body) = request.into_parts();
        let path = parts.uri.path_and_query().map_or("/", http::uri::PathAndQuery::as_str);
        let mut headers = parts.headers;
        headers.entry(USER_AGENT).or_insert(HeaderValue::from_static(USER_AGENT_VALUE));
        if body.is_empty() && parts.method != Method::GET {
            // The gateway answers 411 to a request that does not say how long it is.
            headers.insert(CONTENT_LENGTH, HeaderValue::from_static("0"));
        }
        if let Some(clock) = &self.sandbox_clock
            && let Ok(now) = HeaderValue::from_str(&clock.now().to_string())
        {
            headers.insert(SANDBOX_TIME, now);
        }
        let mut answer = self
            .http_client()?
            .request(parts.method, format!("{}{path}", self.address))
            .headers(headers)
            .body(body)
            .timeout(limit)
            .send()
            .await
            .map_err(|error| fault(&error, limit))?;
        let (status, headers) = (answer.status(), std::mem::take(answer.headers_mut()));
        let mut read = BytesMut::new();
        while let Some(part) = answer.chunk().await.map_err(|error| fault(&error, limit))? {
            if read.len() + part.len() > MAX_ANSWER_BYTES {
                return Err(TransportError::TooLarge { limit_bytes: MAX_ANSWER_BYTES });
            }
            read.extend_from_slice(&part);
        }
        self.note_sandbox_changes(&headers);
        Ok(response(status, headers, read.freeze()))
    }

    /// Turns the sandbox's count of changes into hints, as the push channel does with a gateway.
    fn note_sandbox_changes(&self, headers: &HeaderMap) {
        if self.sandbox_clock.is_none() {
            return;
        }
        let count = headers.get(SANDBOX_CHANGES).and_then(|it| it.to_str().ok()?.parse().ok());
        let Some(count) = count else { return };
        let mut known = self.sandbox_changes.lock().unwrap_or_else(PoisonError::into_inner);
        if *known != Some(count) {
            *known = Some(count);
            self.hint_at_orders();
        }
    }
}

fn response(status: StatusCode, headers: HeaderMap, body: Bytes) -> http::Response<Bytes> {
    let mut response = http::Response::new(body);
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    response
}

fn http_client(
    address: &GatewayAddress,
    pin: &Arc<CertificatePin>,
) -> Result<reqwest::Client, AddressError> {
    let config = pin::client_config(Arc::clone(pin))
        .map_err(|error| AddressError::Tls { cause: error.to_string() })?;
    reqwest::Client::builder()
        .tls_backend_preconfigured(config)
        .https_only(true)
        .http1_only()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .referer(false)
        .connect_timeout(CONNECT_TIMEOUT)
        .pool_idle_timeout(IDLE_TIMEOUT)
        .resolve_to_addrs("localhost", &address.socket_addresses())
        .build()
        .map_err(|error| AddressError::Tls { cause: error.to_string() })
}

/// Orders, the questions about them, and history may take long.
fn is_slow(request: &http::Request<Bytes>) -> bool {
    let path = request.uri().path();
    // A preview is a read, and whatever waits behind it has the patience of one.
    let is_order = request.method() != Method::GET
        && !path.ends_with("/orders/whatif")
        && (path.contains("/iserver/account/")
            || path.contains("/iserver/reply/")
            || path.ends_with("/iserver/notification"));
    is_order || path.ends_with("/iserver/marketdata/history")
}

/// What reqwest's words come to.
fn fault(error: &reqwest::Error, limit: Duration) -> TransportError {
    let mut text = String::new();
    let mut cause: Option<&(dyn StdError + 'static)> = Some(error);
    while let Some(error) = cause {
        if let Some(fault) = handshake_fault(error) {
            return fault;
        }
        if let Some(error) = error.downcast_ref::<hyper::Error>()
            && error.is_parse()
        {
            return TransportError::NotHttp { cause: error.to_string() };
        }
        // The innermost cause says most; the outer ones repeat the address.
        text = error.to_string();
        cause = error.source();
    }
    if error.is_connect() {
        if error.is_timeout() {
            TransportError::NoGreeting { seconds: CONNECT_TIMEOUT.as_secs() }
        } else {
            TransportError::Connect { cause: text }
        }
    } else if error.is_timeout() {
        TransportError::TimedOut { seconds: limit.as_secs() }
    } else {
        TransportError::Broken { cause: text }
    }
}

/// What an error of the handshake comes to; nothing if it is none.
fn handshake_fault(error: &(dyn StdError + 'static)) -> Option<TransportError> {
    if let Some(error) = error.downcast_ref::<io::Error>() {
        // Each layer wraps the error of the one below, and an I/O error hides what it wraps from
        // its chain of causes.
        if let Some(inner) = error.get_ref()
            && let Some(fault) = handshake_fault(inner)
        {
            return Some(fault);
        }
        // rustls's word for a peer that hangs up in the middle of the handshake.
        let is_hang_up = error.to_string() == "tls handshake eof";
        return is_hang_up.then(|| TransportError::NotTls {
            cause: "it hung up in the middle of the handshake".into(),
        });
    }
    error.downcast_ref::<rustls::Error>().map(tls_fault)
}

fn tls_fault(error: &rustls::Error) -> TransportError {
    if let rustls::Error::InvalidCertificate(rustls::CertificateError::Other(other)) = error
        && let Some(refusal) = other.0.downcast_ref::<PinRefusal>()
    {
        return match *refusal {
            PinRefusal::Unknown { shown } => {
                TransportError::CertificateUnknown { fingerprint: shown }
            }
            PinRefusal::Changed { pinned, shown } => {
                TransportError::CertificateChanged { pinned, shown }
            }
        };
    }
    TransportError::NotTls { cause: error.to_string() }
}

impl fmt::Debug for TlsTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TlsTransport").field("address", &self.address).finish_non_exhaustive()
    }
}

#[async_trait]
impl GatewayTransport for TlsTransport {
    async fn send(
        &self,
        request: http::Request<Bytes>,
    ) -> Result<http::Response<Bytes>, TransportError> {
        self.exchange(request).await
    }

    fn order_hints(&self) -> watch::Receiver<u64> {
        self.order_hints.subscribe()
    }

    fn address(&self) -> Option<GatewayAddress> {
        Some(self.address.clone())
    }

    fn pin(&self) -> Option<Arc<CertificatePin>> {
        Some(Arc::clone(&self.pin))
    }
}
