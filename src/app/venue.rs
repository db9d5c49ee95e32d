//! Where the engine trades, and how time passes there: the sandbox in this process, a sandbox that
//! is served elsewhere, or a gateway of IBKR.

use std::sync::Arc;

use bytes::Bytes;
use http::Method;
use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use tokio::sync::watch;

use crate::api::{ApiError, ErrorCode};
use crate::broker::ibkr::{
    CertificatePin, GatewayTransport, InProcessTransport, PushChannel, TlsOptions, TlsTransport,
    TransportError,
};
use crate::clock::{Clock, SimulatedClock, SystemClock};
use crate::sandbox::Sandbox;

/// Longest text of a served sandbox that is shown.
const MAX_TEXT_CHARACTERS: usize = 200;

/// A gateway with the clock that is in force there.
pub(super) enum Venue {
    /// The sandbox in this process. The engine moves its clock.
    InProcess { sandbox: Arc<Sandbox>, clock: Arc<SimulatedClock> },
    /// A sandbox elsewhere, which follows this engine's simulated clock.
    Served { transport: Arc<TlsTransport>, clock: Arc<SimulatedClock>, info: ServedInfo },
    /// A gateway of IBKR, in real time.
    Gateway { transport: Arc<TlsTransport> },
}

/// What a served sandbox says of itself.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct ServedInfo {
    pub(super) seed: u64,
    pub(super) starting_cash: Decimal,
    pub(super) adjusted: bool,
    pub(super) attribution: String,
    pub(super) data_from: Timestamp,
    pub(super) data_to: Timestamp,
    pub(super) now: Timestamp,
    pub(super) client_order_ids: Vec<String>,
}

#[derive(Debug, Deserialize)]
struct NextEvent {
    at: Option<Timestamp>,
}

impl Venue {
    /// A sandbox that is served elsewhere. Its clock is not moved before it was looked at, so that
    /// an instant which turns out to be unusable leaves it where it is.
    pub(super) async fn served(url: &str, pin: Arc<CertificatePin>) -> Result<Self, ApiError> {
        let clock = Arc::new(SimulatedClock::starting_at(Timestamp::UNIX_EPOCH));
        let mut options = TlsOptions::new(url, Arc::clone(&pin));
        options.sandbox_clock = Some(Arc::clone(&clock) as Arc<dyn Clock>);
        let transport = Arc::new(tls(options)?);
        let info = match ask(&transport, "/sandbox/v1/info").await {
            // No money is behind a sandbox: its certificate is taken at first sight, and kept.
            Err(Asking::Transport(TransportError::CertificateUnknown { fingerprint })) => {
                pin.accept(fingerprint);
                ask(&transport, "/sandbox/v1/info").await
            }
            other => other,
        };
        let info: ServedInfo = info.map_err(|error| error.into_api(url))?;
        Ok(Self::Served { transport, clock, info })
    }

    /// A gateway of IBKR, which need not be there yet.
    pub(super) fn gateway(url: &str, pin: Arc<CertificatePin>) -> Result<Self, ApiError> {
        Ok(Self::Gateway { transport: Arc::new(tls(TlsOptions::new(url, pin))?) })
    }

    /// The way to it.
    pub(super) fn transport(&self) -> Arc<dyn GatewayTransport> {
        match self {
            Self::InProcess { sandbox, .. } => {
                let transport = InProcessTransport::new(sandbox.router(), sandbox.order_hints());
                Arc::new(transport.with_clock(self.clock()))
            }
            Self::Served { transport, .. } | Self::Gateway { transport } => {
                Arc::clone(transport) as Arc<dyn GatewayTransport>
            }
        }
    }

    /// Opens the push channel of a gateway of IBKR; its hints reach the drivers through the adapter.
    /// A sandbox has none: there the engine moves time, and looks at each step.
    pub(super) fn push_channel(
        &self,
        session_ids: watch::Receiver<Option<String>>,
    ) -> Option<PushChannel> {
        match self {
            Self::Gateway { transport } => {
                Some(PushChannel::start(Arc::clone(transport), self.clock(), session_ids))
            }
            Self::InProcess { .. } | Self::Served { .. } => None,
        }
    }

    /// Engine time.
    pub(super) fn clock(&self) -> Arc<dyn Clock> {
        match self {
            Self::InProcess { clock, .. } | Self::Served { clock, .. } => {
                Arc::clone(clock) as Arc<dyn Clock>
            }
            Self::Gateway { .. } => Arc::new(SystemClock),
        }
    }

    /// The clock that the engine moves; nothing in real time.
    pub(super) fn simulated(&self) -> Option<&Arc<SimulatedClock>> {
        match self {
            Self::InProcess { clock, .. } | Self::Served { clock, .. } => Some(clock),
            Self::Gateway { .. } => None,
        }
    }

    /// First and last instant for which there are prices; nothing where they do not end.
    pub(super) fn data_range(&self) -> Option<(Timestamp, Timestamp)> {
        match self {
            Self::InProcess { sandbox, .. } => Some(sandbox.data_range()),
            Self::Served { info, .. } => Some((info.data_from, info.data_to)),
            Self::Gateway { .. } => None,
        }
    }

    /// Lets everything happen on the simulated exchange up to the clock's present instant, and says
    /// when the next thing happens there.
    pub(super) async fn settle(&self) -> Result<Option<Timestamp>, ApiError> {
        match self {
            Self::InProcess { sandbox, .. } => {
                sandbox.settle();
                Ok(sandbox.next_event_at())
            }
            Self::Served { transport, .. } => {
                let next: Result<NextEvent, Asking> =
                    ask(transport, "/sandbox/v1/next-event").await;
                let url = transport.address().map(|address| address.to_string());
                let next = next.map_err(|error| error.into_api(&url.unwrap_or_default()))?;
                Ok(next.at)
            }
            Self::Gateway { .. } => Ok(None),
        }
    }
}

fn tls(options: TlsOptions) -> Result<TlsTransport, ApiError> {
    TlsTransport::new(options)
        .map_err(|error| ApiError::new(ErrorCode::InvalidRequest, error.to_string()))
}

/// Why a served sandbox gave no usable answer.
enum Asking {
    Transport(TransportError),
    Answer(String),
}

impl Asking {
    fn into_api(self, url: &str) -> ApiError {
        match self {
            Self::Transport(error) => {
                ApiError::new(ErrorCode::Broker, format!("the sandbox at {url}: {error}"))
                    .with_hint("serve one with: throughline sandbox serve")
            }
            Self::Answer(cause) => ApiError::new(
                ErrorCode::Broker,
                format!("what listens at {url} is not a served sandbox: {cause}"),
            )
            .with_hint(
                "serve one with: throughline sandbox serve; a gateway of IBKR is opened with \
                 --environment paper or live",
            ),
        }
    }
}

async fn ask<T: DeserializeOwned>(transport: &TlsTransport, path: &str) -> Result<T, Asking> {
    let answer =
        transport.control(Method::GET, path, Bytes::new()).await.map_err(Asking::Transport)?;
    let shown = |text: &str| text.chars().take(MAX_TEXT_CHARACTERS).collect::<String>();
    if !answer.status().is_success() {
        return Err(Asking::Answer(format!("{path} was answered with {}", answer.status())));
    }
    serde_json::from_slice(answer.body()).map_err(|error| {
        Asking::Answer(format!(
            "its answer to {path} cannot be read: {}",
            shown(&error.to_string())
        ))
    })
}
