//! One look at the gateway, from the outside in: address, certificate, login, brokerage session,
//! accounts. It opens nothing and takes nothing over.

use http::{Method, StatusCode};
use jiff::{SignedDuration, Timestamp};

use super::signs::{Signs, environment};
use super::{AuthStatus, BrokerageAccounts, Flags, PortfolioAccount, login_type, record, rows};
use crate::broker::ibkr::IbkrClient;
use crate::broker::ibkr::client::{Reply, Unanswered};
use crate::broker::ibkr::parse::bounded;
use crate::broker::ibkr::transport::TransportError;
use crate::broker::{GatewayLook, is_maintenance_anywhere};
use crate::domain::{AccountId, GatewayState};

const STATUS: &str = "POST /iserver/auth/status";
const ACCOUNTS: &str = "GET /iserver/accounts";

/// Between two questions of one look.
const PAUSE: SignedDuration = SignedDuration::from_secs(1);

/// A state with what showed it.
struct Finding {
    state: GatewayState,
    evidence: String,
}

impl Finding {
    fn new(state: GatewayState, evidence: impl Into<String>) -> Self {
        Self { state, evidence: evidence.into() }
    }

    /// What one odd answer can show of a session that is well; two in a row are believed.
    fn may_pass(&self) -> bool {
        matches!(self.state, GatewayState::LoginNeeded | GatewayState::LoginOnly)
    }
}

pub(in crate::broker::ibkr) async fn look(client: &IbkrClient) -> GatewayLook {
    let mut look = GatewayLook {
        state: GatewayState::NotAsked,
        evidence: String::new(),
        certificate: None,
        server: None,
        accounts: Vec::new(),
        selected_account: None,
        signs: Vec::new(),
        penalty_ends: None,
    };
    let mut finding = inward(client, &mut look).await;
    if finding.may_pass() && client.watch.facts().was_ready {
        let first = finding.evidence;
        client.clock.sleep(PAUSE).await;
        finding = inward(client, &mut look).await;
        if finding.may_pass() {
            finding.evidence = format!("{}; a second before: {first}", finding.evidence);
        }
    }
    match finding.state {
        GatewayState::Ready => client.watch.facts().was_ready = true,
        GatewayState::LoginNeeded | GatewayState::LoginOnly => {
            let mut facts = client.watch.facts();
            facts.was_ready = false;
            facts.login = None;
        }
        _ => {}
    }
    look.penalty_ends = client.raw.limiter().state().penalty_ends;
    look.certificate = client.raw.shown_certificate();
    look.state = finding.state;
    look.evidence = finding.evidence;
    look
}

/// The way inward, as far as it gets.
async fn inward(client: &IbkrClient, look: &mut GatewayLook) -> Finding {
    steps(client, look).await.unwrap_or_else(|stopped_by| stopped_by)
}

async fn steps(client: &IbkrClient, look: &mut GatewayLook) -> Result<Finding, Finding> {
    let mut flags = ask_flags(client).await?;
    if !flags.is_ready() && !flags.competing {
        // The first answer of a session can say once that nobody is logged in.
        let _ = client.raw.probe(Method::POST, "/tickle", "{}").await;
        client.clock.sleep(PAUSE).await;
        flags = ask_flags(client).await?;
    }
    look.server.clone_from(&flags.server);
    let said = if flags.words.is_empty() { String::new() } else { format!(" ({})", flags.words) };
    let evidence = format!(
        "{STATUS} said authenticated: {}, connected: {}, competing: {}{said}",
        flags.authenticated, flags.connected, flags.competing
    );
    if flags.competing {
        return Err(Finding::new(GatewayState::Competing, evidence));
    }
    if !flags.is_ready() {
        let state =
            if flags.connected { GatewayState::LoginOnly } else { GatewayState::LoginNeeded };
        return Err(Finding::new(state, evidence));
    }
    // A session can say that it is open and be of no use; a real call tells.
    let answer = ask(client, Method::GET, ACCOUNTS).await?;
    let brokerage = record::<BrokerageAccounts>(&answer).ok_or_else(|| {
        Finding::new(GatewayState::LoginOnly, format!("{ACCOUNTS} answered without accounts"))
    })?;
    look.accounts =
        brokerage.accounts.texts().into_iter().filter_map(|id| AccountId::new(id).ok()).collect();
    let preferred = client.watch.facts().preferred.clone();
    look.selected_account = preferred
        .filter(|account| look.accounts.contains(account))
        .or_else(|| AccountId::new(brokerage.selected_account.text()?).ok())
        .or_else(|| look.accounts.first().filter(|_| look.accounts.len() == 1).cloned());
    let Some(account) = look.selected_account.clone() else {
        let evidence = format!("{ACCOUNTS} lists {} accounts", look.accounts.len());
        return Err(Finding::new(GatewayState::LoginOnly, evidence));
    };
    let is_sandbox = brokerage.sandbox.boolean().unwrap_or(false);
    let signs = Signs {
        is_paper: brokerage.is_paper.boolean(),
        has_paper_prefix: account.as_str().starts_with("DU"),
        account_type: account_type(client, &account).await?,
        login_type: login_type(client, is_sandbox).await,
        is_sandbox,
    };
    look.signs = signs.list();
    match environment(&account, &signs, client.expected) {
        Ok(expected) => {
            let evidence = format!("{evidence}; {ACCOUNTS} named {account}, {expected}");
            Ok(Finding::new(GatewayState::Ready, evidence))
        }
        Err(error) => Err(Finding::new(GatewayState::WrongEnvironment, error.to_string())),
    }
}

async fn ask_flags(client: &IbkrClient) -> Result<Flags, Finding> {
    let answer = ask(client, Method::POST, STATUS).await?;
    // What another program answers is JSON too, and says nothing of a login.
    if answer.get("authenticated").is_none() {
        let evidence = format!("{STATUS} was answered by something that knows no sessions");
        return Err(Finding::new(GatewayState::NotAGateway, evidence));
    }
    Ok(record::<AuthStatus>(&answer).map(|status| Flags::read(&status)).unwrap_or_default())
}

/// The kind of an account, which does not change while the login lasts: it is asked for once,
/// since IBKR answers once in five seconds.
async fn account_type(client: &IbkrClient, account: &AccountId) -> Result<Option<String>, Finding> {
    if let Some(known) = client.watch.facts().account_types.get(account.as_str()) {
        return Ok(known.clone());
    }
    let answer = ask(client, Method::GET, "GET /portfolio/accounts").await?;
    let found = rows(&answer).filter_map(record::<PortfolioAccount>).find(|row| {
        [&row.account_id, &row.id].iter().any(|id| id.text().as_deref() == Some(account.as_str()))
    });
    let kind = found.and_then(|row| row.r#type.text());
    client.watch.facts().account_types.insert(account.to_string(), kind.clone());
    Ok(kind)
}

/// One request, named by its method and path, and its JSON; or the state that its answer shows.
async fn ask(
    client: &IbkrClient,
    method: Method,
    request: &str,
) -> Result<serde_json::Value, Finding> {
    let path = request.split_once(' ').map_or(request, |(_, path)| path);
    let body = if method == Method::POST { "{}" } else { "" };
    let now = client.clock.now();
    match client.raw.probe(method, path, body).await {
        Ok(reply) => judge(&reply, request),
        Err(error) => Err(unanswered(&error, request, now)),
    }
}

fn unanswered(error: &Unanswered, request: &str, now: Timestamp) -> Finding {
    let state = match error {
        Unanswered::NotSent { .. } => GatewayState::Penalised,
        Unanswered::Transport(error) => match error {
            TransportError::Connect { .. } | TransportError::NotTls { .. } => {
                GatewayState::GatewayDown
            }
            TransportError::CertificateUnknown { .. } => GatewayState::CertificateUnknown,
            TransportError::CertificateChanged { .. } => GatewayState::CertificateChanged,
            TransportError::NotHttp { .. }
            | TransportError::TooLarge { .. }
            | TransportError::NotASandbox { .. } => GatewayState::NotAGateway,
            TransportError::NoGreeting { .. }
            | TransportError::TimedOut { .. }
            | TransportError::Broken { .. } => {
                if is_maintenance_anywhere(now) {
                    GatewayState::Maintenance
                } else {
                    GatewayState::GatewayStuck
                }
            }
        },
    };
    Finding::new(state, format!("{request}: {error}"))
}

/// The JSON of a good answer, or the state that a bad one shows: first the status, then the first
/// byte, then the words.
fn judge(reply: &Reply, request: &str) -> Result<serde_json::Value, Finding> {
    let words = reply.words();
    let status = reply.status;
    let found = |state| {
        let to = reply.location.as_deref().map_or(String::new(), |to| format!(" to {to}"));
        let evidence = format!("{request} was answered with status {status}{to}: {words}");
        Err(Finding::new(state, bounded(&evidence, 400)))
    };
    if status.is_redirection() {
        let to = reply.location.as_deref().unwrap_or_default();
        let is_login = to.contains("/sso/") || to.contains("ibkr.com");
        return found(if is_login { GatewayState::LoginNeeded } else { GatewayState::NotAGateway });
    }
    match status {
        StatusCode::TOO_MANY_REQUESTS => return found(GatewayState::Penalised),
        StatusCode::UNAUTHORIZED => return found(GatewayState::LoginNeeded),
        StatusCode::NOT_FOUND if words == "Access Denied" => {
            return found(GatewayState::IpNotAllowed);
        }
        StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED => {
            return found(GatewayState::NotAGateway);
        }
        StatusCode::BAD_GATEWAY | StatusCode::SERVICE_UNAVAILABLE | StatusCode::GATEWAY_TIMEOUT => {
            return found(GatewayState::Maintenance);
        }
        _ if words.contains("no bridge") => return found(GatewayState::LoginOnly),
        // IBKR's edge refuses the gateway's request (403), or a server behind it fails (500).
        _ if !status.is_success() => return found(GatewayState::GatewayStuck),
        _ => {}
    }
    if reply.is_html {
        return found(GatewayState::LoginNeeded);
    }
    let Ok(value) = reply.json() else { return found(GatewayState::NotAGateway) };
    match value.get("error").filter(|error| !error.is_null()) {
        None => Ok(value),
        Some(_) if ["no session", "not logged in"].iter().any(|it| words.contains(it)) => {
            found(GatewayState::LoginNeeded)
        }
        Some(_) => found(GatewayState::GatewayStuck),
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use http::header::{CONTENT_TYPE, LOCATION};

    use super::*;

    fn state(status: u16, location: &str, kind: &str, body: &'static str) -> GatewayState {
        let response = http::Response::builder()
            .status(status)
            .header(CONTENT_TYPE, kind)
            .header(LOCATION, location)
            .body(Bytes::from_static(body.as_bytes()))
            .unwrap();
        match judge(&Reply::new(response), STATUS) {
            Ok(_) => GatewayState::Ready,
            Err(finding) => {
                assert!(finding.evidence.contains(&status.to_string()), "{}", finding.evidence);
                finding.state
            }
        }
    }

    #[test]
    fn each_answer_shows_its_state() {
        use GatewayState::{
            GatewayStuck, IpNotAllowed, LoginNeeded, LoginOnly, Maintenance, NotAGateway,
            Penalised, Ready,
        };
        let (json, text, html) = ("application/json", "text/plain", "text/html");
        let cases = [
            (404, "", text, "Access Denied", IpNotAllowed),
            (404, "", text, "404 page not found", NotAGateway),
            (404, "", html, "<html>nginx</html>", NotAGateway),
            (302, "/sso/Login?forwardTo=22", text, "", LoginNeeded),
            (302, "https://api.ibkr.com/v1/api", text, "", LoginNeeded),
            (302, "/wiki/Home", text, "", NotAGateway),
            (401, "", text, "Access Denied", LoginNeeded),
            (200, "", html, "<html>Login</html>", LoginNeeded),
            (200, "", json, r#"{"error":"no session"}"#, LoginNeeded),
            (200, "", json, r#"{"error":"not logged in"}"#, LoginNeeded),
            (400, "", json, r#"{"error":"Bad Request: no bridge","statusCode":400}"#, LoginOnly),
            (200, "", json, r#"{"error":"no bridge"}"#, LoginOnly),
            (429, "", text, "Too Many Requests", Penalised),
            (502, "", html, "<html>", Maintenance),
            (503, "", text, "service unavailable", Maintenance),
            (504, "", text, "", Maintenance),
            (403, "", html, "<html>Access Denied</html>", GatewayStuck),
            (500, "", json, r#"{"error":"unknown"}"#, GatewayStuck),
            (200, "", text, "hello", NotAGateway),
            (200, "", json, r#"{"authenticated":true}"#, Ready),
        ];
        for (status, location, kind, body, expected) in cases {
            assert_eq!(state(status, location, kind, body), expected, "{status} {location} {body}");
        }
    }

    #[test]
    fn no_answer_is_maintenance_near_midnight_and_a_stuck_gateway_otherwise() {
        let late = Unanswered::Transport(TransportError::TimedOut { seconds: 15 });
        let at = |text: &str| unanswered(&late, STATUS, text.parse().unwrap()).state;
        assert_eq!(at("2026-01-06T05:10:00Z"), GatewayState::Maintenance);
        assert_eq!(at("2026-01-05T18:00:00Z"), GatewayState::GatewayStuck);
    }
}
