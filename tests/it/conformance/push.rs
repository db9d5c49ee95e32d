//! The quirks of the push channel, over TLS against the served sandbox. The channel's clock moves
//! only when a case moves it, so that ten minutes of a subscription do not take ten minutes.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use throughline::broker::ibkr::{
    CertificatePin, GatewayTransport as _, IbkrClient, PushChannel, TlsOptions, TlsTransport,
};
use throughline::broker::{Broker as _, SubmitOutcome};
use throughline::clock::{Clock, SystemClock};
use throughline::domain::OrderStatus;
use throughline::sandbox::serve::{CertificateFiles, ServeOptions, Server};

use super::adapter;
use super::control::{InProcess, SandboxControl as _};
use super::suite::Suite;

/// How long something may take that must come.
const PATIENCE: Duration = Duration::from_secs(15);
/// How long to wait for what must not come.
const A_WHILE: Duration = Duration::from_millis(600);

/// A clock that a case moves. Waiting on it takes a moment of real time, whatever was asked for.
#[derive(Debug)]
struct LedClock {
    micros: AtomicI64,
}

impl LedClock {
    fn move_by(&self, duration: SignedDuration) {
        let micros = i64::try_from(duration.as_micros()).unwrap();
        self.micros.fetch_add(micros, Ordering::SeqCst);
    }
}

#[async_trait]
impl Clock for LedClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_microsecond(self.micros.load(Ordering::SeqCst)).unwrap()
    }

    fn wall_now(&self) -> Timestamp {
        SystemClock.wall_now()
    }

    fn monotonic_micros(&self) -> u64 {
        SystemClock.monotonic_micros()
    }

    async fn sleep(&self, _: SignedDuration) {
        SystemClock.sleep(SignedDuration::from_millis(10)).await;
    }
}

/// A served sandbox, an adapter on it, and what its push channel needs.
struct World {
    control: InProcess,
    server: Server,
    client: IbkrClient,
    transport: Arc<TlsTransport>,
    clock: Arc<LedClock>,
    folder: tempfile::TempDir,
}

async fn serve(control: &InProcess, listen: &str, folder: &tempfile::TempDir) -> Server {
    let options = ServeOptions {
        listen: listen.parse().unwrap(),
        certificate: CertificateFiles::kept_in(folder.path()).unwrap(),
        speed: 0,
    };
    Server::start(Arc::clone(&control.sandbox), options).await.unwrap()
}

async fn until(mut is_so: impl FnMut() -> bool, what: &str) {
    let waited = tokio::time::timeout(PATIENCE, async {
        while !is_so() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    });
    assert!(waited.await.is_ok(), "in vain: {what}");
}

impl World {
    async fn new() -> Self {
        let control = InProcess::open();
        let folder = tempfile::tempdir().unwrap();
        let server = serve(&control, "127.0.0.1:0", &folder).await;
        let pin = Arc::new(CertificatePin::new(Some(server.fingerprint().parse().unwrap())));
        let options = TlsOptions::new(format!("{}/v1/api", server.url()), pin);
        let transport = Arc::new(TlsTransport::new(options).unwrap());
        let client = adapter(Arc::clone(&transport) as Arc<_>, &control);
        let clock = Arc::new(LedClock { micros: AtomicI64::new(0) });
        Self { control, server, client, transport, clock, folder }
    }

    fn fault(&self, name: &str, is_on: bool) {
        self.control.sandbox.change_fault(name, is_on, None, None).unwrap();
    }

    fn push(&self) -> PushChannel {
        let clock = Arc::clone(&self.clock) as Arc<dyn Clock>;
        PushChannel::start(Arc::clone(&self.transport), clock, self.client.session_ids())
    }

    /// Lets so much time pass on both sides without the line falling silent in between.
    async fn pass(&self, push: &PushChannel, duration: SignedDuration) {
        let step = SignedDuration::from_secs(20);
        let mut left = duration;
        while left > SignedDuration::ZERO {
            let now = left.min(step);
            let heard = push.state().last_frame;
            self.clock.move_by(now);
            self.control.pass(now.max(SignedDuration::from_secs(10)));
            until(|| push.state().last_frame != heard, "a heartbeat").await;
            left -= now;
        }
    }
}

async fn connected(push: &PushChannel) {
    until(|| push.state().connected_since.is_some(), "a line with a session").await;
}

async fn ended(push: &PushChannel, words: &str) {
    let says = || push.state().last_end.is_some_and(|reason| reason.contains(words));
    until(says, &format!("an end because \"{words}\"")).await;
}

#[tokio::test]
async fn c25_a_line_that_opens_and_stays_silent_is_given_up() {
    let world = World::new().await;
    world.fault("websocket_silent_after_101", true);
    let push = world.push();
    tokio::time::sleep(A_WHILE).await;
    assert_eq!((push.state().connected_since, push.state().last_end), (None, None), "C25");
    world.clock.move_by(SignedDuration::from_secs(11));
    ended(&push, "no session was announced").await;
    world.fault("websocket_silent_after_101", false);
    world.clock.move_by(SignedDuration::from_secs(11));
    connected(&push).await;
    push.stop().await;
}

#[tokio::test]
async fn c26_quotes_orders_and_fills_are_asked_for_once_the_session_is_announced() {
    let world = World::new().await;
    let suite = Suite::begin(&world.client, &world.control).await;
    let mut hints = world.transport.order_hints();
    let push = world.push();
    push.quotes().subscribe(suite.stock.conid).unwrap();
    // The sandbox drops what comes before the announcement, as IBKR does: a quote proves the turn.
    until(|| push.quotes().latest(suite.stock.conid).is_some(), "a quote").await;
    let quote = push.quotes().latest(suite.stock.conid).unwrap();
    assert!(quote.fields.contains_key(&31) && quote.fields.contains_key(&6509), "C26 {quote:?}");
    hints.mark_unchanged();
    let report = suite.submit_near("c26").await;
    assert!(matches!(report.outcome, SubmitOutcome::Accepted(_)), "C26 {report:?}");
    tokio::time::timeout(PATIENCE, hints.changed()).await.expect("C26: a placed order").unwrap();
    hints.mark_unchanged();
    world.control.pass(SignedDuration::from_mins(2));
    tokio::time::timeout(PATIENCE, hints.changed()).await.expect("C26: a fill").unwrap();
    push.stop().await;
}

#[tokio::test]
async fn c27_frames_that_are_no_text_are_read_as_far_as_they_are() {
    let world = World::new().await;
    world.fault("websocket_invalid_utf8", true);
    let suite = Suite::begin(&world.client, &world.control).await;
    let push = world.push();
    push.quotes().subscribe(suite.stock.conid).unwrap();
    connected(&push).await;
    until(|| push.quotes().latest(suite.stock.conid).is_some(), "a quote").await;
    push.stop().await;
}

#[tokio::test]
async fn c28_a_refused_order_stream_is_asked_for_calmly_while_the_lists_stay_the_truth() {
    let world = World::new().await;
    world.fault("order_stream_refused", true);
    world.fault("fills_only_by_rest", true);
    let suite = Suite::begin(&world.client, &world.control).await;
    let mut hints = world.transport.order_hints();
    let push = world.push();
    until(|| push.state().refused_order_streams == 1, "a refusal").await;
    world.clock.move_by(SignedDuration::from_secs(4));
    tokio::time::sleep(A_WHILE).await;
    assert_eq!(push.state().refused_order_streams, 1, "C28: asked again too soon");
    world.clock.move_by(SignedDuration::from_secs(1));
    until(|| push.state().refused_order_streams == 2, "the second attempt after 5 s").await;
    // The answer about fills so far is a hint as well, and has come by now.
    hints.mark_unchanged();
    let report = suite.submit_near("c28").await;
    assert!(matches!(report.outcome, SubmitOutcome::Accepted(_)), "C28 {report:?}");
    tokio::time::sleep(A_WHILE).await;
    assert!(!hints.has_changed().unwrap(), "C28: there is no stream that could tell");
    assert!(suite.order("c28-entry").await.is_some(), "C28: the list has it");
    push.stop().await;
}

#[tokio::test]
async fn c29_a_quote_is_asked_for_anew_before_its_stream_lapses() {
    let world = World::new().await;
    let suite = Suite::begin(&world.client, &world.control).await;
    let push = world.push();
    push.quotes().subscribe(suite.stock.conid).unwrap();
    until(|| push.quotes().latest(suite.stock.conid).is_some(), "a quote").await;
    // IBKR ends a stream after ten minutes without a word.
    world.pass(&push, SignedDuration::from_mins(12)).await;
    let before = push.quotes().latest(suite.stock.conid).unwrap().updated_at;
    world.pass(&push, SignedDuration::from_mins(2)).await;
    let is_newer = || push.quotes().latest(suite.stock.conid).unwrap().updated_at > before;
    until(is_newer, "a quote after a quarter of an hour").await;
    assert_eq!(push.state().last_end, None, "C29: it was one line all the time");
    push.stop().await;
}

#[tokio::test]
async fn c30_a_replaced_session_ends_the_line_and_its_quotes_are_asked_for_on_a_new_one() {
    let world = World::new().await;
    let suite = Suite::begin(&world.client, &world.control).await;
    world.client.tickle().await.unwrap();
    let push = world.push();
    push.quotes().subscribe(suite.stock.conid).unwrap();
    until(|| push.quotes().latest(suite.stock.conid).is_some(), "a quote").await;
    // The old line beats on, and every subscription of it is dead: only the tickle shows that.
    world.fault("session_rollover", true);
    world.client.tickle().await.unwrap();
    ended(&push, "replaced by another").await;
    connected(&push).await;
    let before = push.quotes().latest(suite.stock.conid).unwrap().updated_at;
    world.control.pass(SignedDuration::from_mins(2));
    let is_newer = || push.quotes().latest(suite.stock.conid).unwrap().updated_at > before;
    until(is_newer, "a quote on the new line").await;
    push.stop().await;
}

#[tokio::test]
async fn c42_a_line_that_closes_with_code_1000_is_made_anew() {
    let world = World::new().await;
    let push = world.push();
    connected(&push).await;
    world.fault("websocket_close_1000", true);
    ended(&push, "closed the push channel").await;
    assert_eq!(push.state().connected_since, None, "C42");
    world.fault("websocket_close_1000", false);
    connected(&push).await;
    push.stop().await;
}

#[tokio::test]
async fn c43_a_line_that_beats_and_is_dead_hides_no_fill() {
    let world = World::new().await;
    let suite = Suite::begin(&world.client, &world.control).await;
    let mut hints = world.transport.order_hints();
    let push = world.push();
    connected(&push).await;
    tokio::time::sleep(A_WHILE).await;
    world.fault("websocket_dead_but_beating", true);
    hints.mark_unchanged();
    let report = suite.submit_near("c43").await;
    assert!(matches!(report.outcome, SubmitOutcome::Accepted(_)), "C43 {report:?}");
    world.pass(&push, SignedDuration::from_mins(2)).await;
    assert!(!hints.has_changed().unwrap(), "C43: the line says nothing of it");
    let entry = suite.order("c43-entry").await.unwrap();
    assert_eq!(entry.status, OrderStatus::Filled, "C43: the list does");
    push.stop().await;
}

#[tokio::test]
async fn c44_a_login_that_ends_ends_the_line_until_somebody_logs_in_again() {
    let world = World::new().await;
    let push = world.push();
    connected(&push).await;
    world.fault("login_lost", true);
    ended(&push, "the login ended").await;
    assert_eq!(push.state().connected_since, None, "C44");
    world.fault("login_lost", false);
    world.clock.move_by(SignedDuration::from_secs(11));
    connected(&push).await;
    push.stop().await;
}

#[tokio::test]
async fn h10_after_a_gateway_restart_no_old_quote_is_fresh_and_each_is_asked_for_again() {
    let world = World::new().await;
    let suite = Suite::begin(&world.client, &world.control).await;
    let conid = suite.stock.conid;
    let push = world.push();
    push.quotes().subscribe(conid).unwrap();
    until(|| push.quotes().latest(conid).is_some(), "a quote").await;
    let old = push.quotes().latest(conid).unwrap();
    let address = world.server.address().to_string();
    // A process that ends takes its open lines along; a server in this process does not.
    world.fault("cut_line", true);
    world.server.stop().await;
    until(|| push.state().connected_since.is_none(), "the end of the line").await;
    world.control.pass(SignedDuration::from_mins(5));
    let (now, limit) = (world.control.clock_now(), SignedDuration::from_mins(1));
    assert!(push.quotes().fresh(conid, now, limit).is_none(), "H10: a silent quote is stale");
    world.control.sandbox.change_fault("cut_line", false, None, None).unwrap();
    let server = serve(&world.control, &address, &world.folder).await;
    until(|| push.quotes().latest(conid).unwrap().updated_at > old.updated_at, "H10: a quote")
        .await;
    assert!(push.quotes().fresh(conid, now, limit).is_some(), "H10");
    push.stop().await;
    server.stop().await;
}
