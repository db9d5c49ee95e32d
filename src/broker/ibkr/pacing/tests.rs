use std::collections::HashMap;
use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use async_trait::async_trait;
use proptest::prelude::*;

use super::*;
use crate::clock::SimulatedClock;

fn start() -> Timestamp {
    "2026-01-05T15:00:00Z".parse().unwrap()
}

fn limiter() -> (Arc<SimulatedClock>, Limiter) {
    let clock = Arc::new(SimulatedClock::starting_at(start()));
    (Arc::clone(&clock), Limiter::new(clock))
}

async fn send(limiter: &Limiter, path: &str) {
    limiter.depart(path, Priority::Data).await.unwrap_or_else(|_| panic!("no penalty")).leave();
}

/// A clock whose sleepers wait until the test moves it, so that several can wait at once.
#[derive(Debug)]
struct HeldClock {
    now: Mutex<Timestamp>,
    moved: Notify,
}

impl HeldClock {
    fn advance(&self, by: SignedDuration) {
        *self.now.lock().unwrap() += by;
        self.moved.notify_waiters();
    }
}

#[async_trait]
impl Clock for HeldClock {
    fn now(&self) -> Timestamp {
        *self.now.lock().unwrap()
    }

    fn wall_now(&self) -> Timestamp {
        self.now()
    }

    fn monotonic_micros(&self) -> u64 {
        0
    }

    async fn sleep(&self, duration: SignedDuration) {
        let until = self.now() + duration;
        loop {
            let moved = self.moved.notified();
            tokio::pin!(moved);
            moved.as_mut().enable();
            if self.now() >= until {
                return;
            }
            moved.await;
        }
    }
}

#[tokio::test]
async fn ten_requests_leave_in_a_second_and_the_eleventh_after_it() {
    let (clock, limiter) = limiter();
    for _ in 0..10 {
        send(&limiter, "/trsrv/stocks").await;
    }
    assert_eq!(clock.now(), start());
    send(&limiter, "/trsrv/stocks").await;
    assert_eq!(clock.now().to_string(), "2026-01-05T15:00:01.02Z");
}

#[tokio::test]
async fn orders_are_asked_for_once_in_five_seconds_whatever_the_query() {
    let (clock, limiter) = limiter();
    send(&limiter, "/iserver/account/orders?force=true").await;
    send(&limiter, "/iserver/account/trades?days=7").await;
    assert_eq!(clock.now(), start(), "paths are paced apart");
    send(&limiter, "/iserver/account/orders").await;
    assert_eq!(clock.now().to_string(), "2026-01-05T15:00:05.02Z");
}

#[tokio::test]
async fn a_request_that_did_not_leave_does_not_count() {
    let (clock, limiter) = limiter();
    for _ in 0..20 {
        drop(limiter.depart("/iserver/account/orders", Priority::Status).await);
    }
    send(&limiter, "/iserver/account/orders").await;
    assert_eq!(clock.now(), start());
    assert_eq!(limiter.state().last_second, 1);
}

#[tokio::test]
async fn during_a_penalty_one_tickle_a_minute_leaves_and_nothing_else() {
    let (clock, limiter) = limiter();
    limiter.penalise();
    let ends = start() + PENALTY;
    assert_eq!(limiter.state().penalty_ends, Some(ends));
    let mut tickles = 0;
    for second in 1..=900 {
        if second == 450 {
            limiter.penalise();
        }
        let refused = limiter.depart("/iserver/accounts", Priority::Cancel).await;
        assert_eq!(refused.err(), Some(Penalty { ends }), "a second 429 does not prolong it");
        if let Ok(mut tickle) = limiter.depart("/tickle", Priority::Tickle).await {
            tickle.leave();
            tickles += 1;
        }
        clock.advance_to(start() + SignedDuration::from_secs(second));
    }
    assert_eq!(tickles, 14);
    assert_eq!(limiter.state().penalty_ends, None);
    send(&limiter, "/iserver/accounts").await;
}

#[tokio::test]
async fn whoever_waits_when_the_penalty_begins_is_refused() {
    let clock = Arc::new(HeldClock { now: Mutex::new(start()), moved: Notify::new() });
    let limiter = Limiter::new(clock);
    send(&limiter, "/iserver/account/orders").await;
    let mut second = pin!(limiter.depart("/iserver/account/orders", Priority::Status));
    let mut context = Context::from_waker(Waker::noop());
    assert!(second.as_mut().poll(&mut context).is_pending());
    limiter.penalise();
    assert!(matches!(second.poll(&mut context), Poll::Ready(Err(Penalty { .. }))));
    assert_eq!(limiter.state().waiting, 0);
}

#[tokio::test]
async fn four_histories_are_under_way_at_once() {
    let (_, limiter) = limiter();
    let path = "/iserver/marketdata/history?conid=1";
    let mut under_way = Vec::new();
    for _ in 0..4 {
        let mut departure = limiter.depart(path, Priority::Data).await.ok().unwrap();
        departure.leave();
        under_way.push(departure);
    }
    let mut fifth = pin!(limiter.depart(path, Priority::Data));
    let mut context = Context::from_waker(Waker::noop());
    assert!(fifth.as_mut().poll(&mut context).is_pending());
    send(&limiter, "/trsrv/stocks").await;
    under_way.pop();
    assert!(matches!(fifth.poll(&mut context), Poll::Ready(Ok(_))));
}

#[tokio::test]
async fn twenty_that_wait_leave_by_priority() {
    let clock = Arc::new(HeldClock { now: Mutex::new(start()), moved: Notify::new() });
    let limiter = Arc::new(Limiter::new(Arc::clone(&clock) as Arc<dyn Clock>));
    for _ in 0..10 {
        send(&limiter, "/trsrv/stocks").await;
    }
    let left = Arc::new(Mutex::new(Vec::new()));
    let rising =
        [Priority::Cancel, Priority::Reply, Priority::Place, Priority::Status, Priority::Data];
    let tasks: Vec<_> = (0..20)
        .map(|index| {
            let priority = rising[(index * 3) % 5];
            let (limiter, left) = (Arc::clone(&limiter), Arc::clone(&left));
            tokio::spawn(async move {
                let mut departure = limiter.depart("/x", priority).await.ok().unwrap();
                left.lock().unwrap().push((priority, departure.id));
                departure.leave();
            })
        })
        .collect();
    let settle = async || {
        for _ in 0..200 {
            tokio::task::yield_now().await;
        }
    };
    settle().await;
    assert_eq!(limiter.state().waiting, 20);
    for expected in [10, 20] {
        clock.advance(SignedDuration::from_secs(2));
        settle().await;
        assert_eq!(left.lock().unwrap().len(), expected, "ten leave in each window");
    }
    for task in tasks {
        task.await.unwrap();
    }
    let left = left.lock().unwrap();
    assert!(left.is_sorted(), "by priority, then by who came first: {left:?}");
}

#[tokio::test]
async fn twenty_at_once_on_the_computers_own_clock_keep_the_limit() {
    let limiter = Arc::new(Limiter::new(Arc::new(crate::clock::SystemClock)));
    let tasks: Vec<_> = (0..20)
        .map(|_| {
            let limiter = Arc::clone(&limiter);
            tokio::spawn(async move {
                limiter.depart("/x", Priority::Data).await.ok().unwrap().leave();
                limiter.clock.now()
            })
        })
        .collect();
    let mut left = Vec::new();
    for task in tasks {
        left.push(task.await.unwrap());
    }
    left.sort();
    assert!(left[10].duration_since(left[0]) >= SignedDuration::from_secs(1), "{left:?}");
}

#[tokio::test]
async fn a_clock_that_was_set_back_holds_nothing_for_longer_than_its_window() {
    let clock = Arc::new(HeldClock { now: Mutex::new(start()), moved: Notify::new() });
    let limiter = Limiter::new(Arc::clone(&clock) as Arc<dyn Clock>);
    send(&limiter, "/iserver/account/orders").await;
    limiter.penalise();
    clock.advance(-SignedDuration::from_hours(3));
    let ends = limiter.state().penalty_ends.unwrap();
    assert_eq!(ends.duration_since(clock.now()), PENALTY);
    clock.advance(SignedDuration::from_hours(4));
    send(&limiter, "/iserver/account/orders").await;
    clock.advance(-SignedDuration::from_mins(30));
    let waiting = Waiting { id: 99, priority: Priority::Status, limit: Some(0) };
    let now = clock.now();
    let mut queue = limiter.queue();
    queue.waiting.push(waiting);
    let Turn::NextAt(at) = queue.turn(now, waiting) else { panic!("it waits") };
    assert!(at.duration_since(now) <= SignedDuration::from_secs(6), "{at}");
}

#[tokio::test]
async fn clients_of_one_address_share_a_limiter() {
    let clock: Arc<dyn Clock> = Arc::new(SimulatedClock::starting_at(start()));
    let address = |port: u16| Some(format!("https://localhost:{port}").parse().unwrap());
    let one = Limiter::of(address(6_001), Arc::clone(&clock));
    let same = Limiter::of(address(6_001), Arc::clone(&clock));
    let other = Limiter::of(address(6_002), Arc::clone(&clock));
    assert!(Arc::ptr_eq(&one, &same) && !Arc::ptr_eq(&one, &other));
    assert!(!Arc::ptr_eq(&Limiter::of(None, Arc::clone(&clock)), &Limiter::of(None, clock)));
}

const PATHS: [&str; 8] = [
    "/iserver/account/orders",
    "/iserver/account/trades?days=7",
    "/iserver/marketdata/history?conid=1",
    "/iserver/marketdata/snapshot?conids=1",
    "/sso/validate",
    "/tickle",
    "/fyi/notifications",
    "/trsrv/stocks?symbols=A",
];

proptest! {
    /// Whatever is sent and however time moves in between: no stretch of a second holds more than
    /// ten requests, and no path more than its own limit.
    #[test]
    fn no_limit_is_ever_exceeded(
        steps in prop::collection::vec((0..PATHS.len(), 0_i64..700), 1..150),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let (clock, limiter) = limiter();
        let mut left: Vec<(Timestamp, &str)> = Vec::new();
        for (path, millis) in steps {
            clock.advance_to(clock.now() + SignedDuration::from_millis(millis));
            runtime.block_on(send(&limiter, PATHS[path]));
            left.push((clock.now(), bare(PATHS[path])));
        }
        let most_within = |times: &[Timestamp], span: SignedDuration| {
            times
                .iter()
                .map(|from| {
                    let within = |at: &&Timestamp| **at >= *from && **at <= *from + span;
                    times.iter().filter(within).count()
                })
                .max()
                .unwrap_or(0)
        };
        let all: Vec<Timestamp> = left.iter().map(|(at, _)| *at).collect();
        prop_assert!(most_within(&all, SignedDuration::from_secs(1)) <= PER_SECOND);
        let mut by_path: HashMap<&str, Vec<Timestamp>> = HashMap::new();
        for (at, path) in left {
            by_path.entry(path).or_default().push(at);
        }
        for (path, times) in by_path {
            for limit in PATH_LIMITS.iter().filter(|limit| limit.covers(path)) {
                prop_assert!(most_within(&times, limit.within) <= limit.most, "{path}");
            }
        }
    }
}

/// Requests at and after a restart, of limiters that follow one another on one clock and file.
fn follow(clock: &Arc<SimulatedClock>, file: &std::path::Path) -> Limiter {
    let limiter = Limiter::new(Arc::clone(clock) as Arc<dyn Clock>);
    limiter.go_on_from(file.to_owned());
    limiter
}

#[tokio::test]
async fn a_process_that_follows_at_once_asks_no_faster_than_one_that_goes_on() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("pacing.json");
    let clock = Arc::new(SimulatedClock::starting_at(start()));
    let first = follow(&clock, &file);
    send(&first, "/portfolio/accounts").await;
    send(&first, "/tickle").await;
    assert_eq!(clock.now(), start(), "nothing was sent before the first process of all");
    drop(first);
    let second = follow(&clock, &file);
    send(&second, "/tickle").await;
    let after = |now: Timestamp| now.duration_since(start()).as_millis();
    assert_eq!(after(clock.now()), 1_020, "what is limited by the second waits a second");
    send(&second, "/portfolio/accounts").await;
    assert_eq!(after(clock.now()), 5_020, "and what is limited by five waits those");
    drop(second);
    clock.advance_to(start() + SignedDuration::from_mins(10));
    let third = follow(&clock, &file);
    send(&third, "/tickle").await;
    send(&third, "/portfolio/accounts").await;
    assert_eq!(clock.now(), start() + SignedDuration::from_mins(10), "much later nothing waits");
}

#[tokio::test]
async fn the_interval_is_counted_from_the_answer_since_nobody_sees_the_arrival() {
    let clock = Arc::new(SimulatedClock::starting_at(start()));
    let limiter = Limiter::new(Arc::clone(&clock) as Arc<dyn Clock>);
    let path = "/portfolio/accounts";
    let mut first = limiter.depart(path, Priority::Data).await.unwrap_or_else(|_| unreachable!());
    first.leave();
    clock.advance_to(start() + SignedDuration::from_millis(300));
    drop(first);
    send(&limiter, path).await;
    assert_eq!(clock.now().duration_since(start()).as_millis(), 5_320);
    let burst = clock.now();
    let mut departures = Vec::new();
    for _ in 0..9 {
        let left = limiter.depart("/trsrv/stocks", Priority::Data).await;
        departures.push(left.unwrap_or_else(|_| unreachable!()));
    }
    clock.advance_to(burst + SignedDuration::from_millis(200));
    departures.iter_mut().for_each(Departure::leave);
    departures.clear();
    send(&limiter, "/trsrv/stocks").await;
    send(&limiter, "/trsrv/stocks").await;
    assert_eq!(clock.now().duration_since(burst).as_millis(), 1_220, "ten arrived by 0.2 s");
}

#[tokio::test]
async fn what_a_killed_process_has_sent_may_have_arrived_later_than_it_left() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("pacing.json");
    let clock = Arc::new(SimulatedClock::starting_at(start()));
    let first = follow(&clock, &file);
    let path = "/portfolio/accounts";
    let mut unanswered =
        first.depart(path, Priority::Data).await.unwrap_or_else(|_| unreachable!());
    unanswered.leave();
    std::mem::forget(unanswered);
    clock.advance_to(start() + SignedDuration::from_secs(2));
    send(&follow(&clock, &file), path).await;
    assert_eq!(clock.now().duration_since(start()).as_millis(), 6_020);
}

#[tokio::test]
async fn ten_a_second_holds_over_a_restart_whatever_was_asked_for() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("pacing.json");
    let clock = Arc::new(SimulatedClock::starting_at(start()));
    let first = follow(&clock, &file);
    send(&first, "/portfolio/accounts").await;
    let later = start() + SignedDuration::from_mins(10);
    clock.advance_to(later);
    for _ in 0..10 {
        send(&first, "/trsrv/stocks").await;
    }
    drop(first);
    assert_eq!(clock.now(), later);
    send(&follow(&clock, &file), "/trsrv/stocks").await;
    assert_eq!(clock.now().duration_since(later).as_millis(), 1_020);
}

#[tokio::test]
async fn a_penalty_outlives_the_process() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("pacing.json");
    let clock = Arc::new(SimulatedClock::starting_at(start()));
    follow(&clock, &file).penalise();
    clock.advance_to(start() + SignedDuration::from_mins(14));
    let next = follow(&clock, &file);
    let ends = start() + SignedDuration::from_mins(15);
    assert_eq!(next.state().penalty_ends, Some(ends));
    let refused = next.depart("/iserver/account/orders", Priority::Status).await.err();
    assert_eq!(refused, Some(Penalty { ends }));
    clock.advance_to(ends);
    send(&next, "/iserver/account/orders").await;
}
