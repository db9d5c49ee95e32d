use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::BlindStretch;
use super::pulse::{Pulse, lies_with_the_session};
use super::status::{EventLevel, SessionEvent, SessionStatus};
use crate::broker::{
    Broker, BrokerError, GatewayLook, Region, SessionState, Tickle, maintenance_window, next_reset,
};
use crate::clock::Clock;
use crate::domain::GatewayState;
use crate::executor::{Changed, Changes, ClosureCause, TradingGate};

/// How often the session is kept alive. It ends after some six idle minutes (ibkr.md §1.4).
const TICKLE: SignedDuration = SignedDuration::from_secs(60);

/// How long after a first failure it is looked again: two in a row make a lost session.
const SECOND_LOOK: SignedDuration = SignedDuration::from_secs(5);

/// The back-off while there is no session doubles from this …
const FIRST_WAIT: SignedDuration = SignedDuration::from_secs(5);

/// … to this.
const LONGEST_WAIT: SignedDuration = SignedDuration::from_secs(60);

/// How old the last answer that needed the brokerage session may become before one is asked for.
/// The heart-beat of the push channel and the answer to a tickle both outlive a dead session.
const PROOF_LASTS: SignedDuration = SignedDuration::from_mins(5);

/// How long after an attempt to open the brokerage session another is made by itself.
const BETWEEN_OPENINGS: SignedDuration = SignedDuration::from_mins(10);

/// A session that is away for longer than this needs a person.
const ALARM_AFTER: SignedDuration = SignedDuration::from_mins(5);

/// How long ahead of a reset the person is told of it.
const REMINDER: SignedDuration = SignedDuration::from_mins(60);

/// How a keeper goes about it.
#[derive(Debug, Clone, Copy)]
pub struct SessionOptions {
    /// The region whose midnight resets the login; nothing where no login is reset.
    pub resets: Option<Region>,
    /// Time is simulated: while nothing goes wrong the keeper asks for no tick, so that a year
    /// passes as fast as it can.
    pub is_simulated: bool,
}

/// What a tick brought about.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Kept {
    /// There is a session again, or another one: what was missed is to be compared.
    pub came_back: bool,
    /// The blind stretch that began or ended, to be written down.
    pub blind: Option<BlindStretch>,
}

/// Keeps the session.
pub struct SessionKeeper {
    broker: Arc<dyn Broker>,
    pulse: Arc<Pulse>,
    clock: Arc<dyn Clock>,
    gate: TradingGate,
    changes: Changes,
    options: SessionOptions,
    status: SessionStatus,
    next: Option<Timestamp>,
    failures: u32,
    wait: SignedDuration,
    session_id: Option<String>,
    last_opening: Option<Timestamp>,
    reminded_of: Option<Timestamp>,
    has_raised_alarm: bool,
    ran_before: bool,
}

impl SessionKeeper {
    /// A keeper that has not asked yet: entries are closed. `broker` is the adapter itself, and
    /// `pulse` that of the [`super::WatchedBroker`] around it. `blind_since` is when the account was
    /// last watched, or now.
    pub fn new(
        broker: Arc<dyn Broker>,
        pulse: Arc<Pulse>,
        clock: Arc<dyn Clock>,
        gate: TradingGate,
        changes: Changes,
        options: SessionOptions,
        blind_since: Timestamp,
    ) -> Self {
        let now = clock.now();
        gate.close(
            ClosureCause::NoSession,
            None,
            "The gateway has not been reached since the start: see Connection.",
        );
        Self {
            broker,
            pulse,
            clock,
            gate,
            changes,
            options,
            status: SessionStatus::new(now, blind_since),
            next: Some(now),
            failures: 0,
            wait: FIRST_WAIT,
            session_id: None,
            last_opening: None,
            reminded_of: None,
            has_raised_alarm: false,
            ran_before: false,
        }
    }

    /// Takes a session that was opened while the engine was: what the sandbox answered then is
    /// proof enough.
    pub fn begin_with(&mut self, session: &SessionState) {
        self.status.change(|view| {
            view.server.clone_from(&session.server);
            view.accounts = vec![session.account_id.clone()];
            view.selected_account = Some(session.account_id.clone());
        });
        self.found();
        self.status.change(|view| {
            "The session was opened with the engine.".clone_into(&mut view.evidence);
        });
    }

    /// Where the session stands, for whoever shows it.
    pub fn status(&self) -> SessionStatus {
        self.status.clone()
    }

    /// When it wants to be ticked next.
    pub fn due_at(&self) -> Option<Timestamp> {
        if self.is_ready() && self.failures == 0 && self.pulse.trouble().is_some() {
            return Some(self.clock.now());
        }
        self.next
    }

    /// Keeps the session alive, or looks for it.
    pub async fn tick(&mut self) -> Kept {
        self.mind_the_reset();
        let kept =
            if self.is_ready() { self.keep_alive().await } else { self.look_for_it(false).await };
        self.mind_the_absence();
        self.changes.tell(Changed::Connection);
        kept
    }

    /// Looks at once and opens what can be opened, on a person's word.
    pub async fn check(&mut self) -> Kept {
        self.mind_the_reset();
        let kept = if self.is_ready() {
            let look = self.broker.look().await;
            if look.state == GatewayState::Ready {
                self.take_note(&look);
                self.prove().await
            } else {
                self.failures = 1;
                self.failed(self.clock.now(), look.evidence.clone()).await
            }
        } else {
            self.look_for_it(true).await
        };
        self.changes.tell(Changed::Connection);
        kept
    }

    /// The computer slept since `from`: what was known of the session is not known any more, and the
    /// account was not watched. It is looked at once.
    pub async fn slept(&mut self, from: Timestamp) -> Kept {
        let kept = if self.is_ready() {
            self.lost(from, "the computer slept".to_owned()).await
        } else {
            self.look_for_it(false).await
        };
        self.changes.tell(Changed::Connection);
        kept
    }

    /// Ends the session that competes with ours, on a person's word and never otherwise.
    pub async fn take_over(&mut self) -> Result<Kept, BrokerError> {
        self.event(EventLevel::Warning, "The other session is being ended, as was asked for.");
        self.broker.take_over().await?;
        let kept = self.prove().await;
        self.changes.tell(Changed::Connection);
        Ok(kept)
    }

    fn is_ready(&self) -> bool {
        self.status.change(|view| view.state == GatewayState::Ready)
    }

    async fn keep_alive(&mut self) -> Kept {
        let now = self.clock.now();
        let trouble = self.pulse.take_trouble();
        if trouble.is_some() {
            self.failures += 1;
        }
        let since = trouble.map_or(now, |trouble| trouble.at);
        match self.broker.tickle().await {
            Ok(tickle) => self.tickled(&tickle, since).await,
            Err(error) => self.failed(since, error.to_string()).await,
        }
    }

    async fn tickled(&mut self, tickle: &Tickle, since: Timestamp) -> Kept {
        let now = self.clock.now();
        if tickle.is_competing {
            return self.lost(since, "another session uses the login".to_owned()).await;
        }
        if !tickle.is_authenticated {
            return self.failed(since, "the tickle says: not authenticated".to_owned()).await;
        }
        self.status.change(|view| {
            view.last_tickle = Some(now);
            view.login_ends = tickle
                .expires_in_millis
                .and_then(|left| now.checked_add(SignedDuration::from_millis(left)).ok());
        });
        let is_another = self.session_id.is_some()
            && tickle.session_id.is_some()
            && self.session_id != tickle.session_id;
        self.session_id = tickle.session_id.clone().or_else(|| self.session_id.take());
        if is_another {
            // Everything that was subscribed in the old session is dead, though it still beats.
            self.event(EventLevel::Information, "The gateway began a new session.");
            return self.open(since).await;
        }
        let proof = self.pulse.last_brokerage_answer();
        let is_fresh = proof.is_some_and(|at| now.duration_since(at) < PROOF_LASTS);
        if self.failures == 0 && is_fresh {
            self.next = self.next_tickle();
            return Kept::default();
        }
        match self.broker.live_orders().await {
            Ok(_) => {
                self.pulse.answered(self.clock.now());
                self.failures = 0;
                self.next = self.next_tickle();
                Kept::default()
            }
            Err(error) => self.failed(since, error.to_string()).await,
        }
    }

    /// One failure may be the network's; two in a row are a lost session.
    async fn failed(&mut self, since: Timestamp, evidence: String) -> Kept {
        self.failures += 1;
        if self.failures >= 2 {
            return self.lost(since, evidence).await;
        }
        tracing::info!(evidence, "the session did not answer once");
        self.next = self.clock.now().checked_add(SECOND_LOOK).ok();
        Kept::default()
    }

    async fn lost(&mut self, since: Timestamp, evidence: String) -> Kept {
        self.failures = 0;
        self.wait = FIRST_WAIT;
        self.has_raised_alarm = false;
        self.gate.close(
            ClosureCause::NoSession,
            None,
            format!("There is no session with the broker ({evidence}): see Connection."),
        );
        let now = self.clock.now();
        self.status.change(|view| {
            view.state = GatewayState::NotAsked;
            view.evidence.clone_from(&evidence);
            view.since = now;
            view.blind_since = Some(since);
        });
        self.event(EventLevel::Warning, &format!("The session is lost: {evidence}"));
        let look = self.broker.look().await;
        let mut kept = Kept::default();
        if look.state == GatewayState::Ready {
            // The look does not ask what failed. What it cannot see is asked for on the way back.
            kept = self.open(since).await;
        } else {
            self.take_note(&look);
            self.wait_after(&look);
        }
        kept.blind.get_or_insert(BlindStretch { from: since, until: None, cause: evidence });
        kept
    }

    async fn look_for_it(&mut self, by_hand: bool) -> Kept {
        let look = self.broker.look().await;
        self.take_note(&look);
        let now = self.clock.now();
        let since = self.status.change(|view| view.blind_since).unwrap_or(now);
        let may_open = match look.state {
            GatewayState::Ready => true,
            // Opened once; more often would only shut out whoever else uses the login.
            GatewayState::LoginOnly => {
                by_hand
                    || self
                        .last_opening
                        .is_none_or(|last| now.duration_since(last) >= BETWEEN_OPENINGS)
            }
            _ => {
                if look.state != GatewayState::Competing {
                    // A login that comes back may be opened anew.
                    self.last_opening = None;
                }
                false
            }
        };
        if may_open {
            if look.state == GatewayState::LoginOnly {
                self.last_opening = Some(now);
            }
            return self.open(since).await;
        }
        self.wait_after(&look);
        Kept::default()
    }

    /// Opens the brokerage session and proves it by a call that needs it.
    async fn open(&mut self, since: Timestamp) -> Kept {
        match self.broker.connect().await {
            Ok(session) => {
                self.status.change(|view| {
                    view.server = session.server.or_else(|| view.server.take());
                    view.selected_account = Some(session.account_id);
                });
                self.status.change(|view| view.blind_since.get_or_insert(since).to_owned());
                self.prove().await
            }
            Err(error) => {
                self.refused(&error);
                Kept::default()
            }
        }
    }

    /// "Authenticated" says nothing of the bridge behind it: only the answer to a call that needs
    /// it does.
    async fn prove(&mut self) -> Kept {
        match self.broker.live_orders().await {
            Ok(_) => self.found(),
            Err(error) => {
                self.refused(&error);
                Kept::default()
            }
        }
    }

    fn found(&mut self) -> Kept {
        let now = self.clock.now();
        self.pulse.answered(now);
        self.failures = 0;
        self.wait = FIRST_WAIT;
        self.last_opening = None;
        self.has_raised_alarm = false;
        self.next = self.next_tickle();
        self.gate.open(ClosureCause::NoSession, None);
        let (was_ready, blind_since) = self.status.change(|view| {
            let was_ready = view.state == GatewayState::Ready;
            if !was_ready {
                view.state = GatewayState::Ready;
                view.since = now;
                "Orders were asked for and answered.".clone_into(&mut view.evidence);
            }
            view.penalty_ends = None;
            (was_ready, view.blind_since.take())
        });
        if was_ready && blind_since.is_none() {
            return Kept::default();
        }
        let sentence =
            if self.ran_before { "The session is back." } else { "The session is open." };
        self.ran_before = true;
        self.event(EventLevel::Information, sentence);
        let blind = blind_since.map(|from| BlindStretch {
            from,
            until: Some(now),
            cause: "the session was away".to_owned(),
        });
        Kept { came_back: true, blind }
    }

    /// The way was open as far as could be seen, and a call was refused all the same.
    fn refused(&mut self, error: &BrokerError) {
        let state = match error {
            BrokerError::Competing => GatewayState::Competing,
            BrokerError::EnvironmentMismatch { .. } => GatewayState::WrongEnvironment,
            BrokerError::Unreachable { .. } => GatewayState::GatewayStuck,
            BrokerError::Refused { status: 429, .. } => GatewayState::Penalised,
            BrokerError::Refused { status: 502..=504, .. } => GatewayState::Maintenance,
            BrokerError::NoSession { .. }
            | BrokerError::Refused { .. }
            | BrokerError::Protocol { .. } => GatewayState::LoginOnly,
        };
        if !lies_with_the_session(error) {
            tracing::warn!(%error, "the session could not be proven");
        }
        self.turn_to(state, &error.to_string());
        self.back_off();
    }

    fn take_note(&mut self, look: &GatewayLook) {
        // A look that finds all well proves nothing yet.
        if look.state != GatewayState::Ready {
            self.turn_to(look.state, &look.evidence);
        }
        self.status.change(|view| {
            view.certificate.clone_from(&look.certificate);
            view.server = look.server.clone().or_else(|| view.server.take());
            if !look.accounts.is_empty() {
                view.accounts.clone_from(&look.accounts);
            }
            if look.selected_account.is_some() {
                view.selected_account.clone_from(&look.selected_account);
            }
            if !look.signs.is_empty() {
                view.signs.clone_from(&look.signs);
            }
            view.penalty_ends = look.penalty_ends;
        });
    }

    fn turn_to(&mut self, state: GatewayState, evidence: &str) {
        let now = self.clock.now();
        let changed = self.status.change(|view| {
            let changed = view.state != state;
            if changed {
                view.since = now;
                view.state = state;
            }
            evidence.clone_into(&mut view.evidence);
            changed
        });
        if changed {
            let sentence = format!("{}: {evidence}", state.words());
            self.gate.close(
                ClosureCause::NoSession,
                None,
                format!("There is no session with the broker. {sentence}; see Connection."),
            );
            self.event(EventLevel::Warning, &sentence);
        }
    }

    fn wait_after(&mut self, look: &GatewayLook) {
        match look.state {
            // It is looked at, not fought over.
            GatewayState::Competing => {
                self.next = self.clock.now().checked_add(LONGEST_WAIT).ok();
            }
            GatewayState::Penalised => {
                let next = self.clock.now().checked_add(LONGEST_WAIT).ok();
                self.next = look.penalty_ends.max(next);
            }
            _ => self.back_off(),
        }
    }

    fn back_off(&mut self) {
        self.next = self.clock.now().checked_add(self.wait).ok();
        self.wait = (self.wait * 2).min(LONGEST_WAIT);
    }

    fn next_tickle(&self) -> Option<Timestamp> {
        if self.options.is_simulated { None } else { self.clock.now().checked_add(TICKLE).ok() }
    }

    /// Entries are closed in the window around the reset, and a person hears of it ahead.
    fn mind_the_reset(&mut self) {
        let Some(region) = self.options.resets else { return };
        let now = self.clock.now();
        let window = maintenance_window(now, region);
        if window.is_now {
            self.gate.close(
                ClosureCause::ResetWindow,
                None,
                format!(
                    "IBKR resets the logins of {}: no order is sent {}.",
                    region.name(),
                    window.words
                ),
            );
        } else {
            self.gate.open(ClosureCause::ResetWindow, None);
        }
        let reset = next_reset(now, region);
        if reset.duration_since(now) > REMINDER {
            self.status.change(|view| view.reminder = None);
        } else if self.reminded_of != Some(reset) {
            self.reminded_of = Some(reset);
            let sentence = format!(
                "IBKR ends every login at {reset}, midnight in {}. Log in again at the gateway \
                 afterwards; until then nothing is watched or sent.",
                region.name()
            );
            self.event(EventLevel::Information, &sentence);
            self.status.change(|view| view.reminder = Some(sentence));
        }
    }

    fn mind_the_absence(&mut self) {
        let now = self.clock.now();
        let (is_ready, since, state) =
            self.status.change(|view| (view.state == GatewayState::Ready, view.since, view.state));
        let away = self.status.change(|view| view.blind_since).unwrap_or(since);
        if !is_ready && !self.has_raised_alarm && now.duration_since(away) >= ALARM_AFTER {
            self.has_raised_alarm = true;
            let sentence = format!(
                "The account has not been watched since {away} ({state}). A person is needed: see \
                 Connection."
            );
            self.event(EventLevel::Alarm, &sentence);
        }
    }

    fn event(&self, level: EventLevel, sentence: &str) {
        match level {
            EventLevel::Information => tracing::info!(sentence, "session"),
            EventLevel::Warning => tracing::warn!(sentence, "session"),
            EventLevel::Alarm => tracing::error!(sentence, "session"),
        }
        let event = SessionEvent { at: self.clock.now(), level, sentence: sentence.to_owned() };
        self.status.change(|view| view.remember(event));
        self.changes.tell(Changed::Connection);
    }
}
