//! The hazards that are the session's, on a scripted broker: a fake, which answers what each case
//! sets and counts what it was asked.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use throughline::broker::{
    AccountSummary, Broker, BrokerError, BrokerOrder, BrokerPosition, CancelOutcome,
    CurrencyBalance, GatewayLook, LimiterState, OrderPreview, Region, SessionState, SubmitReport,
    Tickle,
};
use throughline::clock::{Clock, SimulatedClock};
use throughline::domain::{AccountId, BrokerOrderId, Environment, Fill, GatewayState, OrderIntent};
use throughline::executor::{Changes, ClosureCause, TradingGate};
use throughline::risk::RiskApproved;
use throughline::session::{EventLevel, Kept, Pulse, SessionKeeper, SessionOptions, WatchedBroker};
use tokio::sync::watch;

#[derive(Debug, Clone)]
struct Script {
    look: GatewayState,
    tickle_answers: bool,
    bridge: bool,
    session_id: &'static str,
}

struct Scripted {
    script: Mutex<Script>,
    connects: AtomicU32,
    looks: AtomicU32,
    take_overs: AtomicU32,
}

fn no_bridge() -> BrokerError {
    BrokerError::NoSession { evidence: "Bad Request: no bridge".into() }
}

fn session() -> SessionState {
    SessionState {
        authenticated: true,
        connected: true,
        competing: false,
        server: None,
        account_id: AccountId::new("DU2000002").unwrap(),
        environment: Environment::Paper,
    }
}

#[async_trait]
impl Broker for Scripted {
    async fn connect(&self) -> Result<SessionState, BrokerError> {
        self.connects.fetch_add(1, Ordering::SeqCst);
        Ok(session())
    }
    async fn submit(&self, _: &RiskApproved<OrderIntent>) -> SubmitReport {
        unreachable!("no case sends an order")
    }
    async fn live_orders(&self) -> Result<Option<Vec<BrokerOrder>>, BrokerError> {
        if self.script.lock().unwrap().bridge { Ok(Some(Vec::new())) } else { Err(no_bridge()) }
    }
    async fn fills(&self) -> Result<Option<Vec<Fill>>, BrokerError> {
        Err(no_bridge())
    }
    async fn positions(&self) -> Result<Vec<BrokerPosition>, BrokerError> {
        Err(no_bridge())
    }
    async fn account_summary(&self) -> Result<AccountSummary, BrokerError> {
        Err(no_bridge())
    }
    async fn balances(&self) -> Result<Vec<CurrencyBalance>, BrokerError> {
        Err(no_bridge())
    }
    async fn look(&self) -> GatewayLook {
        self.looks.fetch_add(1, Ordering::SeqCst);
        GatewayLook {
            state: self.script.lock().unwrap().look,
            evidence: "as the script says".into(),
            certificate: None,
            server: None,
            accounts: Vec::new(),
            selected_account: None,
            signs: Vec::new(),
            penalty_ends: None,
        }
    }
    async fn tickle(&self) -> Result<Tickle, BrokerError> {
        let script = self.script.lock().unwrap().clone();
        if !script.tickle_answers {
            return Err(no_bridge());
        }
        Ok(Tickle {
            session_id: Some(script.session_id.into()),
            expires_in_millis: Some(600_000),
            is_authenticated: true,
            is_competing: false,
        })
    }
    async fn take_over(&self) -> Result<SessionState, BrokerError> {
        self.take_overs.fetch_add(1, Ordering::SeqCst);
        Ok(session())
    }
    async fn cancel(&self, _: &BrokerOrderId) -> CancelOutcome {
        unreachable!("no case cancels")
    }
    async fn order(&self, _: &BrokerOrderId) -> Result<Option<BrokerOrder>, BrokerError> {
        Err(no_bridge())
    }
    async fn preview(&self, _: &OrderIntent) -> Result<OrderPreview, BrokerError> {
        Err(no_bridge())
    }
    async fn limiter(&self) -> LimiterState {
        LimiterState::default()
    }
    fn order_hints(&self) -> watch::Receiver<u64> {
        // The push channel stays silent, or beats on: the keeper does not ask it.
        watch::channel(0).1
    }
}

struct Case {
    broker: Arc<Scripted>,
    watched: WatchedBroker,
    clock: Arc<SimulatedClock>,
    gate: TradingGate,
    keeper: SessionKeeper,
}

impl Case {
    fn at(instant: &str, look: GatewayState) -> Self {
        let script =
            Mutex::new(Script { look, tickle_answers: true, bridge: true, session_id: "one" });
        let broker = Arc::new(Scripted {
            script,
            connects: AtomicU32::new(0),
            looks: AtomicU32::new(0),
            take_overs: AtomicU32::new(0),
        });
        let clock = Arc::new(SimulatedClock::starting_at(instant.parse().unwrap()));
        let (pulse, gate) = (Arc::new(Pulse::default()), TradingGate::default());
        let as_broker = || Arc::clone(&broker) as Arc<dyn Broker>;
        let as_clock = || Arc::clone(&clock) as Arc<dyn Clock>;
        let resets = Some(Region::NorthAmerica);
        let watched = WatchedBroker::new(as_broker(), Arc::clone(&pulse), as_clock(), resets);
        let keeper = SessionKeeper::new(
            as_broker(),
            pulse,
            as_clock(),
            gate.clone(),
            Changes::new(),
            SessionOptions { resets, is_simulated: false },
            clock.now(),
        );
        Self { broker, watched, clock, gate, keeper }
    }

    fn noon(look: GatewayState) -> Self {
        Self::at("2026-06-15T12:00:00-04:00", look)
    }

    fn set(&self, change: impl FnOnce(&mut Script)) {
        change(&mut self.broker.script.lock().unwrap());
    }

    /// Ticks once, when it is due.
    async fn tick(&mut self) -> Kept {
        self.clock.advance_to(self.keeper.due_at().unwrap());
        self.keeper.tick().await
    }

    /// Ticks whatever is due for so long.
    async fn pass(&mut self, minutes: i64) -> bool {
        let end = self.clock.now() + SignedDuration::from_mins(minutes);
        let mut came_back = false;
        while self.keeper.due_at().is_some_and(|due| due <= end) {
            came_back |= self.tick().await.came_back;
        }
        self.clock.advance_to(end);
        came_back
    }

    fn closed(&self, cause: ClosureCause) -> bool {
        self.gate.closures().iter().any(|closure| closure.cause == cause)
    }

    fn state(&self) -> GatewayState {
        self.keeper.status().view().state
    }

    fn loudest(&self, level: EventLevel) -> bool {
        self.keeper.status().view().events.iter().any(|event| event.level == level)
    }
}

#[tokio::test]
async fn h02_entries_are_closed_in_the_reset_window_and_open_after_it() {
    let mut case = Case::at("2026-06-15T23:40:00-04:00", GatewayState::Ready);
    assert!(case.tick().await.came_back);
    assert!(!case.closed(ClosureCause::ResetWindow));
    let reminder = case.keeper.status().view().reminder;
    assert!(reminder.is_some_and(|sentence| sentence.contains("Log in again")));
    case.pass(7).await;
    assert!(case.closed(ClosureCause::ResetWindow));
    case.pass(60).await;
    assert!(!case.closed(ClosureCause::ResetWindow));
}

#[tokio::test]
async fn h07_a_session_that_stays_away_raises_an_alarm_and_counts_as_blind() {
    let mut case = Case::noon(GatewayState::Ready);
    case.tick().await;
    case.set(|script| {
        script.tickle_answers = false;
        script.look = GatewayState::LoginNeeded;
    });
    assert!(!case.pass(10).await);
    assert_eq!(case.state(), GatewayState::LoginNeeded);
    assert!(case.loudest(EventLevel::Alarm));
    let since: Timestamp = case.keeper.status().view().blind_since.unwrap();
    assert!(case.clock.now().duration_since(since) >= SignedDuration::from_mins(8));
    case.set(|script| {
        script.tickle_answers = true;
        script.look = GatewayState::Ready;
    });
    assert!(case.pass(2).await, "it picks up by itself");
    assert_eq!(case.keeper.status().view().blind_since, None);
    assert!(!case.closed(ClosureCause::NoSession));
}

#[tokio::test]
async fn h08_a_session_whose_heart_beat_goes_on_is_missed_by_the_second_watch_dog() {
    let mut case = Case::noon(GatewayState::Ready);
    case.tick().await;
    // Tickles are answered and the push channel says nothing: only a real call fails.
    case.set(|script| script.bridge = false);
    case.pass(4).await;
    assert_eq!(case.state(), GatewayState::Ready, "nobody has asked yet");
    case.pass(4).await;
    assert_ne!(case.state(), GatewayState::Ready);
    assert!(case.closed(ClosureCause::NoSession));
}

#[tokio::test]
async fn h09_a_login_that_nobody_completes_is_told_within_its_limit() {
    let mut case = Case::noon(GatewayState::LoginNeeded);
    case.pass(4).await;
    assert!(!case.loudest(EventLevel::Alarm));
    case.pass(3).await;
    assert!(case.loudest(EventLevel::Alarm));
    let looks = case.broker.looks.load(Ordering::SeqCst);
    assert!((5..20).contains(&looks), "{looks} looks in seven minutes is no calm back-off");
    assert_eq!(case.broker.connects.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn h16_authenticated_without_a_bridge_keeps_entries_closed() {
    let mut case = Case::noon(GatewayState::Ready);
    case.set(|script| script.bridge = false);
    assert!(!case.tick().await.came_back);
    assert!(case.closed(ClosureCause::NoSession));
    assert_eq!(case.state(), GatewayState::LoginOnly);
    case.set(|script| script.bridge = true);
    assert!(case.pass(1).await);
    assert!(!case.closed(ClosureCause::NoSession));
}

#[tokio::test]
async fn h17_a_competing_session_is_shown_and_never_fought() {
    let mut case = Case::noon(GatewayState::Competing);
    case.pass(60).await;
    assert_eq!(case.state(), GatewayState::Competing);
    assert_eq!(case.broker.connects.load(Ordering::SeqCst), 0);
    assert_eq!(case.broker.take_overs.load(Ordering::SeqCst), 0);
    assert!(case.keeper.take_over().await.unwrap().came_back);
    assert_eq!(case.broker.take_overs.load(Ordering::SeqCst), 1);
    assert_eq!(case.state(), GatewayState::Ready);
}

#[tokio::test]
async fn one_failure_is_not_a_lost_session_and_two_in_a_row_are() {
    let mut case = Case::noon(GatewayState::Ready);
    case.tick().await;
    case.set(|script| script.tickle_answers = false);
    case.tick().await;
    assert_eq!(case.state(), GatewayState::Ready);
    case.set(|script| script.look = GatewayState::GatewayDown);
    case.tick().await;
    assert_eq!(case.state(), GatewayState::GatewayDown);
}

#[tokio::test]
async fn a_call_that_fails_is_noticed_at_once_and_not_at_the_next_heart_beat() {
    let mut case = Case::noon(GatewayState::Ready);
    case.tick().await;
    case.set(|script| {
        script.bridge = false;
        script.tickle_answers = false;
        script.look = GatewayState::GatewayStuck;
    });
    assert!(case.watched.live_orders().await.is_err());
    assert_eq!(case.keeper.due_at(), Some(case.clock.now()));
    case.tick().await;
    assert_eq!(case.state(), GatewayState::GatewayStuck);
}

#[tokio::test]
async fn another_session_id_is_a_reconnect_and_asks_for_a_comparison() {
    let mut case = Case::noon(GatewayState::Ready);
    case.tick().await;
    assert!(!case.tick().await.came_back);
    case.set(|script| script.session_id = "two");
    assert!(case.tick().await.came_back);
}
