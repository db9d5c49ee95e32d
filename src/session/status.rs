use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;

use crate::broker::{EnvironmentSign, ShownCertificate};
use crate::domain::{AccountId, GatewayState};

/// Events that are kept for the page; older ones are in the log.
const EVENTS_KEPT: usize = 50;

/// How loud an event is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventLevel {
    /// For the record.
    Information,
    /// Something is to be done soon, or something went wrong and is being looked after.
    Warning,
    /// A person is needed.
    Alarm,
}

impl EventLevel {
    /// The name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Information => "information",
            Self::Warning => "warning",
            Self::Alarm => "alarm",
        }
    }
}

/// Something that happened to the session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionEvent {
    /// Engine time.
    pub at: Timestamp,
    /// How loud.
    pub level: EventLevel,
    /// What happened and what to do.
    pub sentence: String,
}

/// Where the session stands, for whoever shows it.
#[derive(Debug, Clone)]
pub struct SessionView {
    /// Where the way to the broker stands.
    pub state: GatewayState,
    /// What showed it.
    pub evidence: String,
    /// Since when.
    pub since: Timestamp,
    /// Name and build of the server that answered.
    pub server: Option<String>,
    /// The certificate that was shown.
    pub certificate: Option<ShownCertificate>,
    /// Accounts of the login.
    pub accounts: Vec<AccountId>,
    /// The account that is selected at the gateway.
    pub selected_account: Option<AccountId>,
    /// Signs of paper and live.
    pub signs: Vec<EnvironmentSign>,
    /// Last answered tickle.
    pub last_tickle: Option<Timestamp>,
    /// When the login ends unless it is kept alive.
    pub login_ends: Option<Timestamp>,
    /// End of the penalty for too many requests.
    pub penalty_ends: Option<Timestamp>,
    /// Since when the account is not being watched.
    pub blind_since: Option<Timestamp>,
    /// What to do ahead of the next reset, once it is near.
    pub reminder: Option<String>,
    /// Newest last.
    pub events: VecDeque<SessionEvent>,
}

/// A [`SessionView`] that the keeper writes and everybody may read.
#[derive(Debug, Clone)]
pub struct SessionStatus {
    view: Arc<Mutex<SessionView>>,
}

impl SessionStatus {
    pub(super) fn new(now: Timestamp, blind_since: Timestamp) -> Self {
        let view = SessionView {
            state: GatewayState::NotAsked,
            evidence: "The gateway has not been asked yet.".to_owned(),
            since: now,
            server: None,
            certificate: None,
            accounts: Vec::new(),
            selected_account: None,
            signs: Vec::new(),
            last_tickle: None,
            login_ends: None,
            penalty_ends: None,
            blind_since: Some(blind_since),
            reminder: None,
            events: VecDeque::new(),
        };
        Self { view: Arc::new(Mutex::new(view)) }
    }

    /// How it stands now.
    pub fn view(&self) -> SessionView {
        self.lock().clone()
    }

    pub(super) fn change<T>(&self, change: impl FnOnce(&mut SessionView) -> T) -> T {
        change(&mut self.lock())
    }

    fn lock(&self) -> MutexGuard<'_, SessionView> {
        // The view holds plain values that are valid between any two statements.
        self.view.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl SessionView {
    pub(super) fn remember(&mut self, event: SessionEvent) {
        if self.events.len() >= EVENTS_KEPT {
            self.events.pop_front();
        }
        self.events.push_back(event);
    }
}
