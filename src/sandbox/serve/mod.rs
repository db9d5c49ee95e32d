//! The sandbox's gateway, served on its own: HTTPS and WebSocket on the loopback interface.
//!
//! Beside the gateway's paths there are some of the sandbox's own, under `/sandbox/v1/`, and three
//! headers. `Throughline-Sandbox-Time` in a request moves the sandbox's clock forward to an instant
//! before the request is handled; from then on the client leads the clock, and it no longer runs by
//! itself. `Throughline-Sandbox-Changes` (how often orders have changed) and
//! `Throughline-Sandbox-Now` are in every answer.

mod certificate;
mod client;
mod control;
mod tls;

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use jiff::{SignedDuration, Timestamp};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

pub use certificate::{CertificateError, CertificateFiles};
pub use client::{ControlClient, ControlError, FaultRequest, FaultRow};

use super::facade::Sandbox;
use crate::clock::{Clock as _, SystemClock};
use crate::domain::{LateAnswer, NoAnswer};

/// In a request: the instant to which the sandbox's clock moves before the request is handled,
/// RFC 3339.
pub const TIME_HEADER: &str = "throughline-sandbox-time";
/// In an answer: how often orders have changed so far.
pub const CHANGES_HEADER: &str = "throughline-sandbox-changes";
/// In an answer: the instant on the sandbox's clock, RFC 3339 UTC.
pub const NOW_HEADER: &str = "throughline-sandbox-now";

/// How often the clock is moved while it runs by itself.
const TICK: SignedDuration = SignedDuration::from_millis(50);
/// How long connections are given to end when the server stops. One that hangs, as a fault makes
/// them, would otherwise never let go.
const LAST_ANSWERS: SignedDuration = SignedDuration::from_secs(1);

/// What a sandbox is served with.
#[derive(Debug, Clone)]
pub struct ServeOptions {
    /// A loopback address; port 0 takes a free one.
    pub listen: SocketAddr,
    /// What the server shows and proves itself with.
    pub certificate: CertificateFiles,
    /// Simulated seconds in a second, as long as no client leads the clock; 0 lets it stand.
    pub speed: u32,
}

/// Why a sandbox is not served.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// Anybody on the network could trade on it.
    #[error(
        "the sandbox is served to this computer only, and {0} is not an address of its loopback; \
         use 127.0.0.1 with a port, such as 127.0.0.1:5000"
    )]
    NotLoopback(SocketAddr),
    /// The port is taken, or not this user's to take.
    #[error("{address} could not be listened on: {source}; use another port, or 0 for a free one")]
    Listen {
        /// Which address.
        address: SocketAddr,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// There is no certificate.
    #[error(transparent)]
    Certificate(#[from] CertificateError),
}

/// A sandbox that is being served, until it is stopped or dropped.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    fingerprint: String,
    stop: Option<oneshot::Sender<()>>,
    serving: JoinHandle<()>,
    running: JoinHandle<()>,
}

/// What every request needs.
#[derive(Clone)]
struct Served {
    sandbox: Arc<Sandbox>,
    is_led: Arc<AtomicBool>,
}

impl Server {
    /// Begins to listen, and serves until the server is stopped.
    pub async fn start(sandbox: Arc<Sandbox>, options: ServeOptions) -> Result<Self, ServeError> {
        if !options.listen.ip().is_loopback() {
            return Err(ServeError::NotLoopback(options.listen));
        }
        let (acceptor, fingerprint) = options.certificate.acceptor()?;
        let listen_error = |source| ServeError::Listen { address: options.listen, source };
        let listener = TcpListener::bind(options.listen).await.map_err(listen_error)?;
        let address = listener.local_addr().map_err(listen_error)?;
        let listener = tls::TlsListener::new(listener, address, acceptor);

        let served = Served { sandbox: Arc::clone(&sandbox), is_led: Arc::default() };
        let router = sandbox
            .router()
            .merge(control::router(Arc::clone(&sandbox)))
            .layer(from_fn_with_state(served.clone(), with_time));
        let (stop, stopped) = oneshot::channel::<()>();
        let serving = tokio::spawn(async move {
            let (ending, ended) = oneshot::channel::<()>();
            let graceful = axum::serve(listener, router).with_graceful_shutdown(async move {
                // A server that is dropped is stopped too.
                let _ = stopped.await;
                let _ = ending.send(());
            });
            let limit = async {
                let _ = ended.await;
                SystemClock.sleep(LAST_ANSWERS).await;
            };
            tokio::select! {
                _ = graceful => {}
                () = limit => {}
            }
        });
        let running = tokio::spawn(run_clock(served, options.speed));
        Ok(Self { address, fingerprint, stop: Some(stop), serving, running })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The address for a client, such as `https://127.0.0.1:5000`.
    pub fn url(&self) -> String {
        format!("https://{}", self.address)
    }

    /// SHA-256 of the certificate, as pairs of hexadecimal digits with colons.
    pub fn fingerprint(&self) -> &str {
        &self.fingerprint
    }

    /// Ends it: answers that are under way have a moment to arrive.
    pub async fn stop(mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        self.running.abort();
        // The task gives nothing and does not panic.
        let _ = (&mut self.serving).await;
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.running.abort();
        self.serving.abort();
    }
}

/// Lets the clock run by itself until a client leads it.
async fn run_clock(served: Served, speed: u32) {
    let mut before = SystemClock.monotonic_micros();
    while !served.is_led.load(Ordering::SeqCst) {
        SystemClock.sleep(TICK).await;
        let now = SystemClock.monotonic_micros();
        let micros = i64::try_from(now.saturating_sub(before)).unwrap_or(0);
        before = now;
        let step = SignedDuration::from_micros(micros.saturating_mul(i64::from(speed)));
        if let Ok(next) = served.sandbox.clock_now().checked_add(step)
            && !served.is_led.load(Ordering::SeqCst)
        {
            served.sandbox.move_clock_to(next);
            served.sandbox.settle();
        }
    }
}

/// Moves the clock if the client says so, and puts the sandbox's headers into the answer.
async fn with_time(State(served): State<Served>, request: Request, next: Next) -> Response {
    let Ok(asked) = asked_time(request.headers()) else {
        let sentence = "the header Throughline-Sandbox-Time holds no instant; write it as \
                        2012-06-15T16:00:00-04:00";
        return (StatusCode::BAD_REQUEST, sentence).into_response();
    };
    if let Some(asked) = asked {
        served.is_led.store(true, Ordering::SeqCst);
        served.sandbox.move_clock_to(asked);
    }
    let mut response = next.run(request).await;
    if response.extensions().get::<NoAnswer>().is_some() {
        return std::future::pending().await;
    }
    if let Some(LateAnswer(delay)) = response.extensions().get().copied() {
        SystemClock.sleep(delay).await;
    }
    let changes = HeaderValue::from(*served.sandbox.order_hints().borrow());
    response.headers_mut().insert(CHANGES_HEADER, changes);
    if let Ok(now) = HeaderValue::try_from(served.sandbox.clock_now().to_string()) {
        response.headers_mut().insert(NOW_HEADER, now);
    }
    response
}

/// The header is there, and holds something else.
struct NoInstant;

fn asked_time(headers: &HeaderMap) -> Result<Option<Timestamp>, NoInstant> {
    let Some(value) = headers.get(TIME_HEADER) else { return Ok(None) };
    let instant = value.to_str().ok().and_then(|text| text.parse().ok());
    instant.map(Some).ok_or(NoInstant)
}
