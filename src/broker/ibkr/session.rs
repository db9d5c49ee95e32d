//! The brokerage session: opening it, choosing the account, telling paper from live.

use std::collections::HashMap;

use jiff::SignedDuration;

use super::IbkrClient;
use super::client::MAX_TEXT_CHARACTERS;
use super::models::{
    AuthStatus, BrokerageAccounts, Loose, PortfolioAccount, ServerInfo, record, rows,
};
use super::parse::bounded;
use crate::broker::{BrokerError, SessionState};
use crate::domain::{AccountId, Environment, Instrument};

/// How often the state is asked for after the session was opened, a second apart.
const STATE_POLLS: u32 = 10;

/// The account of the simulated exchange.
const SANDBOX_ACCOUNT: &str = "DU1000001";

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

impl IbkrClient {
    /// The account that was chosen by `connect`.
    pub(super) fn account(&self) -> Result<AccountId, BrokerError> {
        self.session().account.clone().ok_or_else(|| BrokerError::NoSession {
            evidence: "the gateway has not been connected to since the start".into(),
        })
    }
}

/// The flags of a state, absent ones taken for the worse.
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
    let mut flags = ask_state(client).await?;
    let opened = flags.connected && !flags.authenticated;
    if opened {
        client.raw.open_session().await?;
        for poll in 0..STATE_POLLS {
            if poll > 0 {
                client.clock.sleep(SignedDuration::from_secs(1)).await;
            }
            flags = ask_state(client).await?;
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
        .or_else(|| (listed.len() == 1).then(|| listed.first().cloned()).flatten())
        .ok_or_else(|| BrokerError::Protocol {
            request: request.into(),
            cause: format!("it lists {} accounts and names none as selected", listed.len()),
        })?;
    let id = AccountId::new(selected).map_err(|error| BrokerError::Protocol {
        request: request.into(),
        cause: error.to_string(),
    })?;
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
    let signs = Signs {
        is_paper: brokerage.is_paper.boolean(),
        has_paper_prefix: id.as_str().starts_with("DU"),
        account_type,
        is_sandbox: brokerage.sandbox.boolean().unwrap_or(false),
    };
    let environment = environment(&id, &signs, client.expected)?;
    Ok((ChosenAccount { id, environment }, brokerage.session_id.text()))
}

/// What the answers say about the kind of account.
#[derive(Debug, Clone)]
struct Signs {
    is_paper: Option<bool>,
    has_paper_prefix: bool,
    account_type: Option<String>,
    is_sandbox: bool,
}

/// The environment that is expected, if all signs agree with it. A sign that is absent says
/// nothing; the prefix is always there.
fn environment(
    account: &AccountId,
    signs: &Signs,
    expected: Environment,
) -> Result<Environment, BrokerError> {
    let demo = signs.account_type.as_deref().map(|kind| kind.eq_ignore_ascii_case("DEMO"));
    let paper = signs.has_paper_prefix;
    let signs_agree = [signs.is_paper, demo].iter().flatten().all(|sign| *sign == paper);
    let is_expected = match expected {
        // The sandbox is a paper account that no gateway of IBKR has.
        Environment::Sandbox => paper && (signs.is_sandbox || account.as_str() == SANDBOX_ACCOUNT),
        Environment::Paper => paper && !signs.is_sandbox,
        Environment::Live => !paper && !signs.is_sandbox,
    };
    if signs_agree && is_expected {
        return Ok(expected);
    }
    let word = |sign: Option<bool>| sign.map_or("absent".to_owned(), |sign| sign.to_string());
    Err(BrokerError::EnvironmentMismatch {
        account: account.to_string(),
        evidence: format!(
            "{expected} is expected; isPaper: {}, prefix DU: {paper}, type: {}, sandbox: {}",
            word(signs.is_paper),
            signs.account_type.as_deref().map_or("absent".into(), |kind| bounded(kind, 40)),
            signs.is_sandbox,
        ),
    })
}

fn no_object(request: &str) -> BrokerError {
    BrokerError::Protocol { request: request.into(), cause: "it is no JSON object".into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signs(is_paper: Option<bool>, account_type: Option<&str>, is_sandbox: bool) -> Signs {
        Signs {
            is_paper,
            has_paper_prefix: true,
            account_type: account_type.map(Into::into),
            is_sandbox,
        }
    }

    #[test]
    fn signs_of_paper_and_live_must_agree_with_each_other_and_with_what_is_expected() {
        use Environment::{Live, Paper, Sandbox};
        let account = AccountId::new("DU2000002").unwrap();
        let paper = signs(Some(true), Some("DEMO"), false);
        let live =
            Signs { has_paper_prefix: false, ..signs(Some(false), Some("INDIVIDUAL"), false) };
        let cases = [
            (paper.clone(), Paper, true),
            (signs(None, None, false), Paper, true),
            (signs(Some(false), Some("DEMO"), false), Paper, false),
            (signs(Some(true), Some("INDIVIDUAL"), false), Paper, false),
            (paper.clone(), Live, false),
            (paper, Sandbox, false),
            (signs(Some(true), Some("DEMO"), true), Sandbox, true),
            (signs(Some(true), Some("DEMO"), true), Paper, false),
            (live.clone(), Live, true),
            (live.clone(), Paper, false),
            (Signs { is_paper: Some(true), ..live.clone() }, Live, false),
            (Signs { is_sandbox: true, ..live }, Live, false),
        ];
        for (signs, expected, agrees) in cases {
            let found = environment(&account, &signs, expected);
            assert_eq!(found.is_ok(), agrees, "{signs:?} for {expected}: {found:?}");
        }
    }
}
