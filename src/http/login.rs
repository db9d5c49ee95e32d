//! The pages that a browser sees before the web interface: the login, and what is said where there is
//! no interface. They are written by hand, load nothing from elsewhere, and run no script.

use std::future::{Ready, ready};
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Form, FromRequest as _, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::answer::Refusal;
use super::guard::{COOKIE, Shared, Shown, cookie};
use crate::clock::{Clock as _, SystemClock};

const LOGIN: &str = include_str!("pages/login.html");
const WITHOUT_INTERFACE: &str = include_str!("pages/no-interface.html");
const STYLE: &str = include_str!("pages/page.css");
const TRIAL: &str = include_str!("pages/try.html");
const TRIAL_SCRIPT: &str = include_str!("pages/try.js");

/// How long a form may take to arrive, and how many bytes it may have.
const LONGEST_WAIT: Duration = Duration::from_secs(10);
pub(super) const LONGEST_FORM: usize = 4096;

/// What these pages may do: be styled, run the script of this server, and ask this server.
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; \
                      form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// What stands in the login page where a token was wrong.
const WRONG: &str = "<p role=\"alert\">This is not the token. <code>throughline token show</code> \
                     shows it.</p>";
const TOO_MANY: &str = "<p role=\"alert\">Too many tries. Wait a few seconds.</p>";

/// Where the message of the login page stands.
const PLACE: &str = "<!-- message -->";

fn page(status: StatusCode, text: String) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CONTENT_SECURITY_POLICY, POLICY),
    ];
    (status, headers, text).into_response()
}

fn text(media_type: &'static str, content: &'static str) -> Response {
    ([(header::CONTENT_TYPE, media_type)], content).into_response()
}

/// `GET /login`.
pub(super) fn show() -> Ready<Response> {
    ready(page(StatusCode::OK, LOGIN.replace(PLACE, "")))
}

/// What the form of the login page sends.
#[derive(Deserialize)]
pub(super) struct Login {
    token: String,
}

/// `POST /login`: opens a session if the token is right.
pub(super) async fn log_in(
    State(shared): State<Arc<Shared>>,
    request: Request,
) -> Result<Response, Refusal> {
    let arriving = Form::<Login>::from_request(request, &());
    let Ok(Ok(Form(login))) = tokio::time::timeout(LONGEST_WAIT, arriving).await else {
        return Err(Refusal::invalid("the login takes a form with the field token"));
    };
    let shown = login.token.trim();
    let token = shared.token().await?;
    let Some(token) = token.filter(|token| token.is(shown)) else {
        return Ok(match shared.count_stranger(true) {
            Ok(()) => page(StatusCode::UNAUTHORIZED, LOGIN.replace(PLACE, WRONG)),
            Err(_) => page(StatusCode::TOO_MANY_REQUESTS, LOGIN.replace(PLACE, TOO_MANY)),
        });
    };
    let now = SystemClock.monotonic_micros();
    let id = shared.sessions.open(&token, &*shared.random, now)?;
    // Without an end of its own the cookie goes with the browser; the server ends it after some hours.
    let cookie = format!("{COOKIE}={}; Path=/; HttpOnly; SameSite=Strict", *id);
    let mut response = Redirect::to("/").into_response();
    if let Ok(value) = HeaderValue::try_from(cookie) {
        response.headers_mut().insert(header::SET_COOKIE, value);
    }
    Ok(response)
}

/// `POST /logout`: ends the session of the browser.
#[expect(clippy::needless_pass_by_value, reason = "axum hands it over by value")]
pub(super) fn log_out(State(shared): State<Arc<Shared>>, headers: HeaderMap) -> Ready<Response> {
    if let Some(id) = cookie(&headers) {
        shared.sessions.close(&id);
    }
    let gone = format!("{COOKIE}=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0");
    ready(([(header::SET_COOKIE, gone)], Redirect::to("/login")).into_response())
}

/// Whether the browser is logged in.
pub(super) async fn is_logged_in(shared: &Shared, headers: &HeaderMap) -> Result<bool, Refusal> {
    match cookie(headers) {
        Some(id) => shared.knows(&Shown::Cookie(id)).await,
        None => Ok(false),
    }
}

/// `GET /`: the web interface, the login, or how the interface is built.
pub(super) async fn front(
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    if !is_logged_in(&shared, &headers).await? {
        return Ok(Redirect::to("/login").into_response());
    }
    Ok(match &shared.interface {
        Some(interface) => interface.front(),
        None => page(StatusCode::OK, WITHOUT_INTERFACE.to_owned()),
    })
}

/// `GET /try`: a page to try the API with.
pub(super) async fn trial(
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    if is_logged_in(&shared, &headers).await? {
        Ok(page(StatusCode::OK, TRIAL.to_owned()))
    } else {
        Ok(Redirect::to("/login").into_response())
    }
}

/// `GET /try.js`.
pub(super) fn trial_script() -> Ready<Response> {
    ready(text("text/javascript; charset=utf-8", TRIAL_SCRIPT))
}

/// `GET /page.css`.
pub(super) fn style() -> Ready<Response> {
    ready(text("text/css; charset=utf-8", STYLE))
}
