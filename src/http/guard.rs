use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use tokio::sync::{Semaphore, watch};
use zeroize::Zeroizing;

use super::address::{OwnNames, Source, source};
use super::answer::{Refusal, sealed};
use super::budget::Budget;
use super::interface::WebInterface;
use super::requests::RequestSchemas;
use super::rpc::Allowed;
use super::sessions::Sessions;
use super::token::ApiToken;
use crate::api::{ApiError, ErrorCode};
use crate::app::Engine;
use crate::clock::{Clock as _, SystemClock};
use crate::secrets::RandomSource;

/// The cookie of a browser that has shown the token.
pub(super) const COOKIE: &str = "throughline_session";

/// Requests of known callers that are worked on at once; more wait.
const AT_ONCE: usize = 64;

/// Streams of events at once; more are refused.
pub(super) const MOST_STREAMS: usize = 16;

/// Requests of those who are known: so many at once, and so many in a second.
const KNOWN: (u64, u64) = (600, 300);

/// The same of all others together. They have a budget of their own, so that whoever floods the
/// server keeps nobody else out.
const STRANGERS: (u64, u64) = (60, 5);

/// What a request without anything costs of it, and one with a wrong token or cookie.
const WITHOUT: u64 = 1;
const WRONG: u64 = 4;

/// What every request needs.
pub(super) struct Shared {
    pub(super) engine: Arc<Engine>,
    pub(super) random: Arc<dyn RandomSource>,
    pub(super) allowed: Allowed,
    pub(super) sessions: Sessions,
    pub(super) interface: Option<WebInterface>,
    /// The `OpenAPI` document.
    pub(super) document: Bytes,
    /// What the requests of the commands look like.
    pub(super) requests: RequestSchemas,
    /// One for each stream of events.
    pub(super) streams: Arc<Semaphore>,
    /// Turns true when the server ends.
    pub(super) ending: watch::Receiver<bool>,
    names: OwnNames,
    places: Semaphore,
    budgets: Mutex<Budgets>,
}

struct Budgets {
    known: Budget,
    strangers: Budget,
}

/// By what a caller is known.
#[derive(Clone)]
pub(super) enum Shown {
    /// The token itself, by a program.
    Token(Zeroizing<String>),
    /// The cookie of a browser.
    Cookie(Zeroizing<String>),
}

impl Shared {
    pub(super) fn new(
        engine: Arc<Engine>,
        random: Arc<dyn RandomSource>,
        (allowed, interface): (Allowed, Option<WebInterface>),
        address: SocketAddr,
        (document, ending): (Bytes, watch::Receiver<bool>),
    ) -> Self {
        let now = SystemClock.monotonic_micros();
        let budget = |(most, per_second)| Budget::new(most, per_second, now);
        Self {
            engine,
            random,
            allowed,
            sessions: Sessions::default(),
            interface,
            document,
            requests: RequestSchemas::new(),
            streams: Arc::new(Semaphore::new(MOST_STREAMS)),
            ending,
            names: OwnNames::of(address),
            places: Semaphore::new(AT_ONCE),
            budgets: Mutex::new(Budgets { known: budget(KNOWN), strangers: budget(STRANGERS) }),
        }
    }

    /// The token that is kept now. It is read anew for every request, so that a renewed one counts
    /// at once; where there is none, nobody is known.
    pub(super) async fn token(&self) -> Result<Option<ApiToken>, Refusal> {
        ApiToken::kept(self.engine.vault()).await.map_err(|error| {
            let message = error.to_string();
            Refusal::new(StatusCode::SERVICE_UNAVAILABLE, ErrorCode::NotNow, message)
        })
    }

    /// Whether what was shown is worth anything at this moment.
    pub(super) async fn knows(&self, shown: &Shown) -> Result<bool, Refusal> {
        let Some(token) = self.token().await? else { return Ok(false) };
        Ok(match shown {
            Shown::Token(text) => token.is(text),
            Shown::Cookie(text) => {
                self.sessions.knows(text, &token, SystemClock.monotonic_micros())
            }
        })
    }

    /// Counts a request of somebody who is not known.
    pub(super) fn count_stranger(&self, is_wrong: bool) -> Result<(), Refusal> {
        let now = SystemClock.monotonic_micros();
        let cost = if is_wrong { WRONG } else { WITHOUT };
        if self.budgets().strangers.take(cost, now) { Ok(()) } else { Err(too_many()) }
    }

    fn count_known(&self) -> Result<(), Refusal> {
        let now = SystemClock.monotonic_micros();
        if self.budgets().known.take(1, now) { Ok(()) } else { Err(too_many()) }
    }

    fn budgets(&self) -> std::sync::MutexGuard<'_, Budgets> {
        self.budgets.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn too_many() -> Refusal {
    let message = "too many requests came in a short time";
    Refusal::new(StatusCode::TOO_MANY_REQUESTS, ErrorCode::NotNow, message)
        .with_hint("wait a second")
}

/// Lets a request in if it was meant for this server and comes from no other page. This is for
/// everything that is served.
pub(super) async fn own_address(
    State(shared): State<Arc<Shared>>,
    mut request: Request,
    next: Next,
) -> Response {
    let Some(host) = shared.names.named(request.headers(), request.uri()) else {
        let message = "this server answers under the address that it listens on, and under \
                       localhost with its port";
        let status = StatusCode::MISDIRECTED_REQUEST;
        return sealed(Refusal::new(status, ErrorCode::NotAllowed, message).into_response());
    };
    let found = source(request.headers(), host);
    if found == Source::Foreign && !is_visit(&request) {
        let message = "a page of another origin may ask nothing here";
        let status = StatusCode::FORBIDDEN;
        return sealed(Refusal::new(status, ErrorCode::NotAllowed, message).into_response());
    }
    request.extensions_mut().insert(found);
    sealed(next.run(request).await)
}

/// A person follows a link of another page to a page of ours. The cookie is not sent with it, and
/// that page learns nothing.
fn is_visit(request: &Request) -> bool {
    request.method() == Method::GET
        && !request.uri().path().starts_with("/api")
        && !request.headers().contains_key(header::ORIGIN)
        && request.headers().get("sec-fetch-mode").is_some_and(|mode| mode == "navigate")
}

/// Lets a request in if it shows the token, or the cookie of a browser that has. This is for the API.
pub(super) async fn known_caller(
    State(shared): State<Arc<Shared>>,
    mut request: Request,
    next: Next,
) -> Response {
    let does_more = !matches!(*request.method(), Method::GET | Method::HEAD)
        || request.headers().contains_key(header::UPGRADE);
    let is_own = request.extensions().get::<Source>() == Some(&Source::Own);
    match admit(&shared, shown(request.headers()), does_more && !is_own).await {
        Ok(shown) => {
            request.extensions_mut().insert(shown);
            // Closed never. Strangers take no place, however slowly they speak.
            let _place = shared.places.acquire().await;
            next.run(request).await
        }
        Err(refusal) => refusal.into_response(),
    }
}

/// Looks at what is shown. A browser sends the cookie by itself: with whatever does more than look, and
/// with a stream, the page that asks must say that it is ours.
async fn admit(
    shared: &Shared,
    shown: Option<Shown>,
    must_say_origin: bool,
) -> Result<Shown, Refusal> {
    let Some(shown) = shown else {
        shared.count_stranger(false)?;
        return Err(unknown("nobody is let in without the token"));
    };
    if !shared.knows(&shown).await? {
        shared.count_stranger(true)?;
        return Err(unknown(match shown {
            Shown::Token(_) => "this is not the token",
            Shown::Cookie(_) => "this browser is not logged in, or no longer",
        }));
    }
    if matches!(shown, Shown::Cookie(_)) && must_say_origin {
        let message = "a request with the cookie of a browser must name its origin";
        return Err(Refusal::new(StatusCode::FORBIDDEN, ErrorCode::NotAllowed, message)
            .with_hint("a program sends the token in the header Authorization instead"));
    }
    shared.count_known()?;
    Ok(shown)
}

fn unknown(message: &str) -> Refusal {
    Refusal::new(StatusCode::UNAUTHORIZED, ErrorCode::NotAllowed, message).with_hint(
        "throughline token show gives it; send it as Authorization: Bearer TOKEN, or log in at /login",
    )
}

/// What a request shows. A token goes before a cookie.
fn shown(headers: &HeaderMap) -> Option<Shown> {
    if let Some(value) = headers.get(header::AUTHORIZATION) {
        let text = value.to_str().unwrap_or_default();
        let (scheme, token) = text.split_once(' ').unwrap_or((text, ""));
        let token = if scheme.eq_ignore_ascii_case("bearer") { token.trim() } else { "" };
        return Some(Shown::Token(Zeroizing::new(token.to_owned())));
    }
    cookie(headers).map(Shown::Cookie)
}

/// The cookie of the session, if it is there.
pub(super) fn cookie(headers: &HeaderMap) -> Option<Zeroizing<String>> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(name, _)| *name == COOKIE)
        .map(|(_, value)| Zeroizing::new(value.to_owned()))
}

impl From<std::io::Error> for Refusal {
    fn from(error: std::io::Error) -> Self {
        ApiError::new(ErrorCode::Internal, format!("this computer gave no random bytes: {error}"))
            .into()
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn read(pairs: &[(header::HeaderName, &str)]) -> Option<(&'static str, String)> {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(name.clone(), HeaderValue::from_str(value).unwrap());
        }
        shown(&headers).map(|shown| match shown {
            Shown::Token(text) => ("token", text.to_string()),
            Shown::Cookie(text) => ("cookie", text.to_string()),
        })
    }

    #[test]
    fn a_token_is_read_from_its_header_and_a_session_from_its_cookie() {
        let authorization = header::AUTHORIZATION;
        assert_eq!(read(&[]), None);
        assert_eq!(read(&[(authorization.clone(), "Bearer ab")]), Some(("token", "ab".into())));
        assert_eq!(read(&[(authorization.clone(), "bearer  ab ")]), Some(("token", "ab".into())));
        // Another scheme shows nothing that could be right, not even with a good cookie beside it.
        for wrong in ["Basic ab", "ab", "Bearer"] {
            let both = [(authorization.clone(), wrong), (header::COOKIE, "throughline_session=s")];
            assert_eq!(read(&both), Some(("token", String::new())), "{wrong}");
        }
        for good in
            ["throughline_session=s", "a=b; throughline_session=s", "x=;throughline_session=s;y"]
        {
            assert_eq!(read(&[(header::COOKIE, good)]), Some(("cookie", "s".into())), "{good}");
        }
        for none in ["session=s", "Throughline_session=s", "throughline_session", ""] {
            assert_eq!(read(&[(header::COOKIE, none)]), None, "{none}");
        }
    }
}
