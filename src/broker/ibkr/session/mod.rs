//! The brokerage session: opening it, choosing the account, telling paper from live.

mod look;
mod signs;

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::Value;
use tokio::sync::watch;

use super::IbkrClient;
use super::client::MAX_TEXT_CHARACTERS;
use super::models::{
    AuthStatus, BrokerageAccounts, Loose, PortfolioAccount, ServerInfo, record, rows,
};
use super::parse::bounded;
use crate::broker::{BrokerError, SessionState, Tickle};
use crate::domain::{AccountId, Environment, Instrument};
pub(super) use look::look;
use signs::{Signs, environment};

/// How often the state is asked for after the session was opened, a second apart.
const STATE_POLLS: u32 = 10;

/// How long an answer of `/sso/validate` is used, which IBKR gives once a minute.
const LOGIN_KEPT: SignedDuration = SignedDuration::from_mins(5);

/// What was learnt since the brokerage session began.
#[derive(Debug, Default)]
pub(super) struct SessionCache {
    pub(super) account: Option<AccountId>,
    session_id: Option<String>,
    /// The gateway was made to load the orders.
    pub(super) orders_primed: bool,
    /// How many empty lists of orders came in a row.
    pub(super) empty_order_lists: u32,
    /// The fills were asked for once.
    pub(super) fills_asked: bool,
    pub(super) instruments: HashMap<String, Instrument>,
}

impl SessionCache {
    /// Nothing that was learnt of one session holds in the next, where the gateway starts with
    /// empty lists again.
    fn begin(&mut self, account: AccountId, session_id: Option<String>, opened: bool) {
        let same = self.account.as_ref() == Some(&account) && self.session_id == session_id;
        if opened || !same {
            *self = Self { account: Some(account), session_id, ..Self::default() };
        }
    }
}

/// What is known of the session beside its caches.
#[derive(Debug)]
pub(super) struct SessionWatch {
    facts: Mutex<Facts>,
    /// Id of the session by the last tickle.
    session_id: watch::Sender<Option<String>>,
}

#[derive(Debug, Default)]
struct Facts {
    preferred: Option<AccountId>,
    /// `LOGIN_TYPE` and when it was asked for.
    login: Option<(Timestamp, Option<i64>)>,
    /// The session was seen open, and not seen lost since.
    was_ready: bool,
    /// What the last complete look found: the ids that were listed and the kind of each.
    account_types: HashMap<String, Option<String>>,
}

impl SessionWatch {
    pub(super) fn new() -> Self {
        Self { facts: Mutex::default(), session_id: watch::channel(None).0 }
    }

    fn facts(&self) -> MutexGuard<'_, Facts> {
        // Plain values that no panic leaves half-written.
        self.facts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl IbkrClient {
    /// The same, for the account that a person chose among several: [`Broker::connect`] selects it.
    ///
    /// [`Broker::connect`]: crate::broker::Broker::connect
    #[must_use]
    pub fn with_preferred_account(self, preferred: Option<AccountId>) -> Self {
        self.watch.facts().preferred = preferred;
        self
    }

    /// Selects an account of the login, on a person's word, and keeps to it. What was learnt of
    /// the account before is forgotten.
    ///
    /// # Errors
    ///
    /// If the login does not have the account, or its signs are not of the expected environment.
    pub async fn select_account(&self, account: &AccountId) -> Result<SessionState, BrokerError> {
        let before = self.watch.facts().preferred.replace(account.clone());
        let connected = connect(self).await;
        if connected.is_err() {
            self.watch.facts().preferred = before;
        }
        connected
    }

    /// Id of the session by the last tickle. Another one means that every subscription is dead.
    pub fn session_ids(&self) -> watch::Receiver<Option<String>> {
        self.watch.session_id.subscribe()
    }

    /// The account that was chosen by `connect`.
    pub(super) fn account(&self) -> Result<AccountId, BrokerError> {
        self.session().account.clone().ok_or_else(|| BrokerError::NoSession {
            evidence: "the gateway has not been connected to since the start".into(),
        })
    }
}

/// The flags of a state, absent ones taken for the worse.
#[derive(Debug, Default)]
struct Flags {
    authenticated: bool,
    connected: bool,
    competing: bool,
    server: Option<String>,
    words: String,
}

impl Flags {
    fn read(status: &AuthStatus) -> Self {
        let is = |flag: &Loose| flag.boolean().unwrap_or(false);
        let server = status.server_info.record::<ServerInfo>().and_then(|info| {
            let parts: Vec<String> = [info.server_name.text(), info.server_version.text()]
                .into_iter()
                .flatten()
                .collect();
            (!parts.is_empty()).then(|| bounded(&parts.join(" "), 100))
        });
        let words = status.fail.text().or_else(|| status.message.text()).unwrap_or_default();
        Self {
            authenticated: is(&status.authenticated),
            connected: is(&status.connected),
            competing: is(&status.competing),
            server,
            words: bounded(&words, MAX_TEXT_CHARACTERS),
        }
    }

    fn is_ready(&self) -> bool {
        self.authenticated && self.connected
    }
}

async fn ask_state(client: &IbkrClient) -> Result<Flags, BrokerError> {
    let request = "POST /iserver/auth/status";
    let answer = client.raw.auth_status().await?;
    let status = record::<AuthStatus>(&answer).ok_or_else(|| no_object(request))?;
    let flags = Flags::read(&status);
    if flags.competing { Err(BrokerError::Competing) } else { Ok(flags) }
}

pub(super) async fn connect(client: &IbkrClient) -> Result<SessionState, BrokerError> {
    let flags = ask_state(client).await?;
    let must_open = flags.connected && !flags.authenticated;
    if must_open {
        client.raw.open_session().await?;
    }
    complete(client, flags, must_open).await
}

/// Ends the session that competes, and opens one here.
pub(super) async fn take_over(client: &IbkrClient) -> Result<SessionState, BrokerError> {
    client.raw.take_session_over().await?;
    let flags = Flags { authenticated: false, ..Flags::default() };
    complete(client, flags, true).await
}

/// Waits for a session that was opened, and chooses the account.
async fn complete(
    client: &IbkrClient,
    mut flags: Flags,
    opened: bool,
) -> Result<SessionState, BrokerError> {
    if opened {
        for poll in 0..STATE_POLLS {
            if poll > 0 {
                client.clock.sleep(SignedDuration::from_secs(1)).await;
            }
            flags = match ask_state(client).await {
                // The other session takes a moment to end.
                Err(BrokerError::Competing) if poll + 1 < STATE_POLLS => continue,
                asked => asked?,
            };
            if flags.is_ready() {
                break;
            }
        }
    }
    if !flags.is_ready() {
        let said =
            if flags.words.is_empty() { String::new() } else { format!(", {}", flags.words) };
        return Err(BrokerError::NoSession {
            evidence: format!(
                "authenticated: {}, connected: {}{said}",
                flags.authenticated, flags.connected
            ),
        });
    }
    let (account, session_id) = choose_account(client).await?;
    client.session().begin(account.id.clone(), session_id, opened);
    Ok(SessionState {
        authenticated: flags.authenticated,
        connected: flags.connected,
        competing: false,
        server: flags.server,
        account_id: account.id,
        environment: account.environment,
    })
}

struct ChosenAccount {
    id: AccountId,
    environment: Environment,
}

/// Both lists of accounts must be asked for before anything else is: the one before orders, the
/// other before positions and money.
async fn choose_account(
    client: &IbkrClient,
) -> Result<(ChosenAccount, Option<String>), BrokerError> {
    let request = "GET /iserver/accounts";
    let answer = client.raw.accounts().await?;
    let brokerage = record::<BrokerageAccounts>(&answer).ok_or_else(|| no_object(request))?;
    let listed = brokerage.accounts.texts();
    let selected = brokerage
        .selected_account
        .text()
        .or_else(|| (listed.len() == 1).then(|| listed.first().cloned()).flatten());
    let id = preferred_or(client, &listed, selected).await?;
    let answer = client.raw.portfolio_accounts().await?;
    let account_type = rows(&answer)
        .filter_map(record::<PortfolioAccount>)
        .find(|row| {
            [&row.account_id, &row.id].iter().any(|l| l.text().as_deref() == Some(id.as_str()))
        })
        .ok_or_else(|| BrokerError::Protocol {
            request: "GET /portfolio/accounts".into(),
            cause: format!("the selected account {id} is not in it"),
        })?
        .r#type
        .text();
    let is_sandbox = brokerage.sandbox.boolean().unwrap_or(false);
    let signs = Signs {
        is_paper: brokerage.is_paper.boolean(),
        has_paper_prefix: id.as_str().starts_with("DU"),
        account_type,
        login_type: login_type(client, is_sandbox).await,
        is_sandbox,
    };
    let environment = environment(&id, &signs, client.expected)?;
    Ok((ChosenAccount { id, environment }, brokerage.session_id.text()))
}

/// The account that a person chose, selected at the gateway if it is not yet; without a choice the
/// one that the gateway has selected.
async fn preferred_or(
    client: &IbkrClient,
    listed: &[String],
    selected: Option<String>,
) -> Result<AccountId, BrokerError> {
    let request = "GET /iserver/accounts";
    let protocol = |cause| BrokerError::Protocol { request: request.into(), cause };
    let preferred = client.watch.facts().preferred.clone();
    let Some(preferred) = preferred else {
        let selected = selected.ok_or_else(|| {
            protocol(format!(
                "it lists {} accounts and names none as selected; choose one in Connection",
                listed.len()
            ))
        })?;
        return AccountId::new(selected).map_err(|error| protocol(error.to_string()));
    };
    if selected.as_deref() == Some(preferred.as_str()) {
        return Ok(preferred);
    }
    if !listed.iter().any(|id| id == preferred.as_str()) {
        let listed = bounded(&listed.join(", "), 200);
        return Err(BrokerError::NoSession {
            evidence: format!(
                "the login has the accounts {listed} and not {preferred}, which was chosen"
            ),
        });
    }
    client.raw.select_account(&preferred).await?;
    Ok(preferred)
}

/// `GET /sso/validate`.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "SCREAMING_SNAKE_CASE")]
struct Validation {
    login_type: Loose,
}

/// `LOGIN_TYPE`, asked for rarely; nothing where the gateway does not say it. The sandbox's own
/// gateway has no login.
async fn login_type(client: &IbkrClient, is_sandbox: bool) -> Option<i64> {
    if is_sandbox {
        return None;
    }
    let now = client.clock.now();
    if let Some((asked, login)) = client.watch.facts().login
        && asked <= now
        && now.duration_since(asked) < LOGIN_KEPT
    {
        return login;
    }
    let answer = client.raw.validate_login().await.ok()?;
    let login = record::<Validation>(&answer).and_then(|it| it.login_type.integer());
    client.watch.facts().login = Some((now, login));
    login
}

/// `POST /tickle`.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct TickleAnswer {
    session: Loose,
    sso_expires: Loose,
    iserver: Loose,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct TickledServer {
    auth_status: Loose,
}

pub(super) async fn tickle(client: &IbkrClient) -> Result<Tickle, BrokerError> {
    let answer = client.raw.tickle().await?;
    let tickle = read_tickle(&answer).ok_or_else(|| no_object("POST /tickle"))?;
    client.watch.session_id.send_if_modified(|known| {
        let is_new = tickle.session_id.is_some() && *known != tickle.session_id;
        if is_new {
            known.clone_from(&tickle.session_id);
        }
        is_new
    });
    Ok(tickle)
}

fn read_tickle(answer: &Value) -> Option<Tickle> {
    let read = record::<TickleAnswer>(answer)?;
    let status = read
        .iserver
        .record::<TickledServer>()
        .and_then(|server| server.auth_status.record::<AuthStatus>())
        .unwrap_or_default();
    let flags = Flags::read(&status);
    Some(Tickle {
        session_id: read.session.text().map(|id| bounded(&id, 100)),
        expires_in_millis: read.sso_expires.integer(),
        is_authenticated: flags.authenticated,
        is_competing: flags.competing,
    })
}

fn no_object(request: &str) -> BrokerError {
    BrokerError::Protocol { request: request.into(), cause: "it is no JSON object".into() }
}
