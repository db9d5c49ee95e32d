use std::collections::{BTreeMap, BTreeSet, VecDeque};

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::faults::Faults;
use super::orders::{Pending, Prompt};
use super::wire::Answer;
use crate::sandbox::{SANDBOX_ACCOUNT, Sandbox};

/// Requests per second over all paths (IBKR, *Pacing Limitations*).
const REQUESTS_PER_SECOND: usize = 10;
/// The paths that may be asked once in five seconds.
const SLOW_INTERVAL: SignedDuration = SignedDuration::from_secs(5);
/// How long the penalty box holds a client.
const PENALTY: SignedDuration = SignedDuration::from_mins(15);
/// A question that is not answered for so long lapses, and its order with it.
pub(super) const QUESTION_LIFETIME: SignedDuration = SignedDuration::from_secs(30);
/// What a gateway session has left at first, in milliseconds.
const SESSION_MILLIS: i64 = 600_000;

/// What the gateway remembers of its client. It ends with the process, as a login does.
#[derive(Debug, Default)]
pub(in crate::sandbox) struct Session {
    /// `/iserver/accounts` was asked.
    pub(super) knows_accounts: bool,
    /// `/portfolio/accounts` was asked.
    pub(super) knows_portfolio_accounts: bool,
    /// How often the snapshot of each subscribed contract was asked for.
    pub(super) snapshots: BTreeMap<i64, u32>,
    /// The list of live orders was asked for once.
    pub(super) has_live_orders: bool,
    /// The list of trades was asked for once.
    pub(super) has_trades: bool,
    /// Message ids that are not asked about any more.
    pub(super) suppressed: BTreeSet<String>,
    /// The order that waits for the answer to a question.
    pub(super) pending: Option<Pending>,
    /// A refusal with a prompt that waits for its answer.
    pub(super) prompt: Option<Prompt>,
    /// The next order that is accepted is answered with a prompt first.
    pub(in crate::sandbox) prompts_next_order: bool,
    /// An answer of one order comes as the object alone, not as a list of one.
    pub(in crate::sandbox) answers_single_orders_bare: bool,
    /// A WebSocket has subscribed to profit and loss.
    pub(in crate::sandbox) follows_profit_and_loss: bool,
    /// The list of live orders was filtered, and not forced since: on real gateways the order
    /// stream stays silent then.
    pub(in crate::sandbox) has_filtered_orders: bool,
    /// The client has logged out, and nobody has logged in since.
    pub(in crate::sandbox) is_logged_out: bool,
    /// How often the login session has become another one.
    pub(super) rollovers: u64,
    /// The day in New York on which somebody logged in, or on which the sandbox was first asked.
    pub(super) day_of_login: Option<Date>,
    /// Subscriptions to orders on the push channel so far.
    pub(super) order_stream_attempts: u64,
    /// What the broker has told everybody.
    pub(super) bulletins: Vec<String>,
    /// Questions asked so far.
    pub(super) questions_asked: u64,
    /// Requests beyond the limits so far.
    pub(in crate::sandbox) too_fast: u64,
    recent: VecDeque<Timestamp>,
    last_slow: Vec<(&'static str, Timestamp)>,
    penalised_until: Option<Timestamp>,
}

impl Session {
    /// Counts a request, and says whether it is one too many. `slow` names a path with a limit of
    /// its own.
    pub(super) fn is_too_fast(
        &mut self,
        now: Timestamp,
        slow: Option<&'static str>,
        faults: &Faults,
    ) -> bool {
        if self.is_penalised(now) {
            return true;
        }
        while self.recent.front().is_some_and(|then| now.duration_since(*then).as_secs() >= 1) {
            self.recent.pop_front();
        }
        let last = self.last_slow.iter().position(|(path, _)| Some(*path) == slow);
        let is_slow_again =
            last.is_some_and(|place| now.duration_since(self.last_slow[place].1) < SLOW_INTERVAL);
        if self.recent.len() >= REQUESTS_PER_SECOND || is_slow_again {
            self.too_fast += 1;
            if faults.penalty_box.is_on() {
                self.penalise(now);
            }
            return true;
        }
        self.recent.push_back(now);
        match (slow, last) {
            (Some(_), Some(place)) => self.last_slow[place].1 = now,
            (Some(path), None) => self.last_slow.push((path, now)),
            (None, _) => {}
        }
        false
    }

    /// Puts the client into the penalty box.
    pub(super) fn penalise(&mut self, now: Timestamp) {
        self.penalised_until = now.checked_add(PENALTY).ok();
    }

    /// Whether the client is in the penalty box.
    pub(super) fn is_penalised(&self, now: Timestamp) -> bool {
        self.penalised_until.is_some_and(|until| now < until)
    }

    /// Whether a question is waiting for its answer.
    pub(super) fn has_open_question(&mut self, now: Timestamp) -> bool {
        let has_lapsed =
            |pending: &mut Pending| now.duration_since(pending.asked_at) >= QUESTION_LIFETIME;
        self.pending.take_if(has_lapsed);
        self.pending.is_some()
    }
}

/// The fields that `auth/status`, `ssodh/init` and `tickle` share.
fn status_fields(faults: &Faults) -> Value {
    let is_competing = faults.competing_session.is_on();
    let is_authenticated = !faults.brokerage_session_missing.is_on() && !is_competing;
    json!({
        "authenticated": is_authenticated,
        "established": is_authenticated,
        "competing": is_competing,
        "connected": true,
        "message": "",
        "MAC": "00:00:00:00:00:00",
        "serverInfo": server_info(),
        "hardware_info": "sandbox|00:00:00:00:00:00",
    })
}

fn server_info() -> Value {
    json!({
        "serverName": "Sandbox",
        "serverVersion": concat!("Throughline sandbox ", env!("CARGO_PKG_VERSION")),
    })
}

pub(super) fn auth_status(faults: &Faults) -> Answer {
    let mut status = status_fields(faults);
    status["fail"] = json!("");
    Answer::ok(status)
}

/// Opens the brokerage session. A competing one is only pushed out with `compete`.
pub(super) fn open_brokerage_session(body: &Value, faults: &Faults) -> Answer {
    if body.get("publish").and_then(Value::as_bool) != Some(true) {
        return Answer::error(500, "Internal Server Error: publish must be true");
    }
    if body.get("compete").and_then(Value::as_bool) == Some(true) {
        faults.competing_session.set(false);
    }
    if !faults.competing_session.is_on() {
        faults.brokerage_session_missing.set(false);
    }
    Answer::ok(status_fields(faults))
}

/// What the push channel says of the session.
pub(super) fn pushed_status(faults: &Faults, is_logged_in: bool) -> Value {
    let mut status = status_fields(faults);
    if !is_logged_in {
        status["authenticated"] = json!(false);
        status["established"] = json!(false);
        status["connected"] = json!(false);
    }
    status["fail"] = json!("");
    status["username"] = json!("sandbox");
    status
}

pub(super) fn tickle(now: Timestamp, seed: u64, rollovers: u64, faults: &Faults) -> Answer {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&seed.to_le_bytes());
    if rollovers > 0 {
        hasher.update(&rollovers.to_le_bytes());
    }
    let id = hasher.finalize().to_hex();
    Answer::ok(json!({
        "session": &id[..32],
        "ssoExpires": SESSION_MILLIS - now.as_millisecond().rem_euclid(60_000),
        "collission": faults.competing_session.is_on(),
        "userId": 1_000_001,
        "hmds": { "error": "no bridge" },
        "iserver": { "authStatus": status_fields(faults) },
    }))
}

pub(super) fn accounts(session: &mut Session) -> Answer {
    session.knows_accounts = true;
    Answer::ok(account_list())
}

/// What `/iserver/accounts` answers, and the push channel says first.
pub(super) fn account_list() -> Value {
    json!({
        "accounts": [SANDBOX_ACCOUNT],
        "acctProps": {
            SANDBOX_ACCOUNT: {
                "hasChildAccounts": false,
                "supportsCashQty": false,
                "liteUnderPro": false,
                "noFXConv": false,
                "isProp": false,
                "supportsFractions": false,
                "allowCustomerTime": false,
                "autoFx": false,
            },
        },
        "aliases": { SANDBOX_ACCOUNT: SANDBOX_ACCOUNT },
        "allowFeatures": {
            "showGFIS": false,
            "showEUCostReport": false,
            "allowFXConv": false,
            "allowFinancialLens": false,
            "allowMTA": false,
            "allowTypeAhead": false,
            "allowEventTrading": false,
            "snapshotRefreshTimeout": 30,
            "liteUser": false,
            "showWebNews": false,
            "research": false,
            "debugPnl": false,
            "showTaxOpt": false,
            "allowCrypto": false,
            "allowedAssetTypes": "STK",
        },
        "chartPeriods": { "STK": ["*"] },
        "groups": [],
        "profiles": [],
        "selectedAccount": SANDBOX_ACCOUNT,
        "serverInfo": server_info(),
        "sessionId": "sandbox",
        "isFT": false,
        "isPaper": true,
    })
}

/// `GET /sso/validate`. What stands for a person is the sandbox itself.
pub(super) fn validate(sandbox: &Sandbox) -> Answer {
    let now = sandbox.clock_now().as_millisecond();
    Answer::ok(json!({
        "USER_ID": 1_000_001,
        "USER_NAME": "sandbox",
        "RESULT": true,
        "SF_ENABLED": false,
        "IS_FREE_TRIAL": false,
        "CREDENTIAL": "sandbox",
        "IP": "127.0.0.1",
        "EXPIRES": SESSION_MILLIS - now.rem_euclid(60_000),
        "QUALIFIED_FOR_MOBILE_AUTH": null,
        "LANDING_APP": "UNIVERSAL",
        "IS_MASTER": false,
        "lastAccessed": now,
        "LOGIN_TYPE": 2,
        "PAPER_USER_NAME": "sandbox",
        "features": {
            "env": "SANDBOX",
            "wlms": false,
            "realtime": true,
            "bond": false,
            "optionChains": false,
            "calendar": false,
            "newMf": false,
        },
        "region": "NJ",
    }))
}

/// `POST /logout`. Afterwards only [`Sandbox::log_in`] helps, which stands for the browser.
pub(super) fn log_out(session: &mut Session) -> Answer {
    *session = Session { is_logged_out: true, ..Session::default() };
    Answer::ok(json!({ "status": true }))
}

/// What a path answers while nobody is logged in.
pub(super) fn logged_out(segments: &[&str]) -> Answer {
    match segments {
        ["iserver", "auth", "status"] => Answer::ok(json!({
            "authenticated": false,
            "competing": false,
            "connected": false,
            "MAC": "00:00:00:00:00:00",
        })),
        ["tickle"] => Answer::ok(json!({ "error": "no session" })),
        ["iserver", "reauthenticate"] => Answer::ok(json!({ "error": "not logged in" })),
        _ => Answer::Text(401, "Access Denied"),
    }
}

/// `POST /iserver/reauthenticate`, which IBKR has deprecated.
pub(super) fn reauthenticate() -> Answer {
    Answer::ok(json!({ "message": "triggered" }))
}

/// `POST /iserver/account`: there is one account, and it is selected.
pub(super) fn select_account(body: &Value) -> Answer {
    match body.get("acctId") {
        Some(id) if id == SANDBOX_ACCOUNT => {
            Answer::ok(json!({ "success": "Account already set" }))
        }
        Some(_) => Answer::error(500, "Internal Server Error: unknown account"),
        None => Answer::error(400, "Bad Request: acctId is required"),
    }
}

/// `POST /iserver/dynaccount`: the account has no such property.
pub(super) fn select_dynamic_account() -> Answer {
    Answer::error(503, "Details currently unavailable: the account has no dynamic accounts")
}

/// `POST /iserver/questions/suppress/reset`.
pub(super) fn ask_again(session: &mut Session) -> Answer {
    session.suppressed.clear();
    Answer::ok(json!({ "status": "submitted" }))
}
