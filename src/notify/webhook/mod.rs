//! Calls the address of a webhook.
//!
//! The name is resolved here, every address that it leads to is held against `reach`, and the
//! connection is made to those very addresses: a name that leads elsewhere a moment later ("DNS
//! rebinding") gains nothing. No redirection is followed and no proxy stands in between.
//!
//! The body is signed with HMAC-SHA256 (RFC 2104) together with the time of the attempt, so that an
//! old call cannot be played back: see [`sign`].

mod reach;

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::Timestamp;
use sha2::Sha256;

use super::{Delivered, DeliveryError, WebhookCall, WebhookSender, WebhookSettings};
use crate::secrets::Secret;

/// Carries the time and the signature: `t=SECONDS,v1=HEXADECIMAL`.
pub const SIGNATURE_HEADER: &str = "Throughline-Signature";

/// Carries the id of the notification, the same for every attempt.
pub const ID_HEADER: &str = "Throughline-Notification";

/// Carries the number of the attempt.
pub const ATTEMPT_HEADER: &str = "Throughline-Attempt";

/// How long a call may take from the first question for the address to the end of the answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// Bytes of an answer that are read.
const MOST_READ: usize = 4096;

/// Characters of an answer that are shown.
const MOST_SHOWN: usize = 200;

/// Finds the addresses that a name leads to.
#[async_trait]
pub trait Resolver: Send + Sync {
    /// All of them; an error in the words of the system.
    async fn addresses(&self, host: &str, port: u16) -> io::Result<Vec<IpAddr>>;
}

/// Asks the system.
struct SystemResolver;

#[async_trait]
impl Resolver for SystemResolver {
    async fn addresses(&self, host: &str, port: u16) -> io::Result<Vec<IpAddr>> {
        Ok(tokio::net::lookup_host((host, port)).await?.map(|address| address.ip()).collect())
    }
}

/// Calls webhooks over HTTP.
pub struct HttpWebhook {
    resolver: Arc<dyn Resolver>,
    patience: Duration,
}

impl HttpWebhook {
    /// Asks the system for addresses and waits five seconds for an answer.
    pub fn new() -> Self {
        Self::with(Arc::new(SystemResolver), PATIENCE)
    }

    /// With another source of addresses and another patience.
    pub fn with(resolver: Arc<dyn Resolver>, patience: Duration) -> Self {
        // One provider of cryptography for the process; an error says that it is there already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        Self { resolver, patience }
    }

    /// The addresses that may be connected to.
    async fn checked(
        &self,
        settings: &WebhookSettings,
        url: &reqwest::Url,
    ) -> Result<Vec<SocketAddr>, DeliveryError> {
        let host = url.host_str().unwrap_or_default().to_owned();
        let port = url.port_or_known_default().unwrap_or(443);
        let literal = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
        let found = match literal {
            Ok(address) => vec![address],
            Err(_) => self.resolver.addresses(&host, port).await.map_err(|error| {
                DeliveryError::Unresolved { host: host.clone(), detail: error.to_string() }
            })?,
        };
        if found.is_empty() {
            let detail = "the name has no address".to_owned();
            return Err(DeliveryError::Unresolved { host, detail });
        }
        if !settings.allows(&host)
            && let Some((address, kind)) =
                found.iter().find_map(|address| Some((*address, reach::forbidden(*address)?)))
        {
            return Err(DeliveryError::Forbidden { host, address, kind });
        }
        Ok(found.into_iter().map(|address| SocketAddr::new(address, port)).collect())
    }

    async fn call(
        &self,
        settings: &WebhookSettings,
        secret: &Secret<String>,
        call: &WebhookCall,
    ) -> Result<Delivered, DeliveryError> {
        let Some(url) = settings.checked_url()? else {
            return Err(super::SettingsFault::NoAddress.into());
        };
        let addresses = self.checked(settings, &url).await?;
        let unreachable =
            |error: reqwest::Error| DeliveryError::Unreachable { detail: innermost(&error) };
        // A client for this call alone: it knows no other address for the name than the checked ones.
        let client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .referer(false)
            .resolve_to_addrs(url.host_str().unwrap_or_default(), &addresses)
            .user_agent(concat!("throughline/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(unreachable)?;
        let mut answer = client
            .post(url)
            .header(reqwest::header::CONTENT_TYPE, "application/json")
            .header(SIGNATURE_HEADER, sign(secret, call.at, &call.body))
            .header(ID_HEADER, &call.id)
            .header(ATTEMPT_HEADER, call.attempt)
            .body(call.body.clone())
            .send()
            .await
            .map_err(unreachable)?;
        let status = answer.status().as_u16();
        if answer.status().is_redirection() {
            return Err(DeliveryError::Redirected { status });
        }
        let is_success = answer.status().is_success();
        let mut said = Vec::new();
        // An answer that breaks off was still an answer.
        while said.len() < MOST_READ
            && let Ok(Some(piece)) = answer.chunk().await
        {
            let room = MOST_READ - said.len();
            said.extend_from_slice(&piece[..piece.len().min(room)]);
        }
        let said = shown(&said);
        if is_success {
            Ok(Delivered { status, said })
        } else {
            Err(DeliveryError::Status { status, said })
        }
    }
}

impl Default for HttpWebhook {
    fn default() -> Self {
        Self::new()
    }
}

#[async_trait]
impl WebhookSender for HttpWebhook {
    async fn deliver(
        &self,
        settings: &WebhookSettings,
        secret: &Secret<String>,
        call: &WebhookCall,
    ) -> Result<Delivered, DeliveryError> {
        match tokio::time::timeout(self.patience, self.call(settings, secret, call)).await {
            Ok(result) => result,
            Err(_) => Err(DeliveryError::TimedOut { seconds: self.patience.as_secs().max(1) }),
        }
    }
}

/// The value of [`SIGNATURE_HEADER`]: the HMAC-SHA256, keyed with the secret, of the time in seconds
/// since 1970, a full stop and the body.
pub fn sign(secret: &Secret<String>, at: Timestamp, body: &str) -> String {
    let seconds = at.as_second();
    // A key of any length is a key (RFC 2104 §3).
    let Ok(mut code) = Hmac::<Sha256>::new_from_slice(secret.expose().as_bytes()) else {
        return format!("t={seconds}");
    };
    code.update(format!("{seconds}.").as_bytes());
    code.update(body.as_bytes());
    let mut text = format!("t={seconds},v1=");
    for byte in code.finalize().into_bytes() {
        for half in [byte >> 4, byte & 15] {
            text.extend(char::from_digit(u32::from(half), 16));
        }
    }
    text
}

/// The beginning of an answer as one line.
fn shown(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let line = line.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.is_empty() {
        return "nothing".to_owned();
    }
    line.chars().take(MOST_SHOWN).collect()
}

fn innermost(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string().chars().take(MOST_SHOWN).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Computed with `openssl dgst -sha256 -hmac` over `1767225600.{"a":1}`.
    const EXPECTED: &str =
        "t=1767225600,v1=c500b2a8f71c35d3ec329a2e9ce0f9f8e1ea869f43ba71acddc45e9164849b83";

    #[test]
    fn the_signature_covers_the_time_and_the_body() {
        let secret = Secret::new("Jefe-Jefe-Jefe-Jefe".to_owned());
        let at: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
        let signature = sign(&secret, at, r#"{"a":1}"#);
        assert_eq!(signature, EXPECTED);
        assert_ne!(sign(&secret, at, r#"{"a":2}"#), signature);
        let later = at + jiff::SignedDuration::from_secs(1);
        assert_ne!(sign(&secret, later, r#"{"a":1}"#), signature);
    }

    #[test]
    fn an_answer_is_shown_as_one_short_line() {
        assert_eq!(shown(b" ok\r\n\tthen "), "ok then");
        assert_eq!(shown(b"\x1b[2J"), "[2J");
        assert_eq!(shown(b""), "nothing");
        assert_eq!(shown(&[b'x'; 4096]).len(), MOST_SHOWN);
    }
}
