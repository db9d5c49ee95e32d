//! Each cause for which a planned run is not made, each policy, and claims over a crash.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use jiff::Timestamp;
use rust_decimal::Decimal;
use throughline::api::views;
use throughline::domain::{Conid, ModelName};
use throughline::executor::{ClosureCause, Halt};
use throughline::market::{MarketError, OpenHours, TradingDay, TradingHours, TradingSchedule};
use throughline::scheduler::BrokerDaysKeeper;
use throughline::store::{
    BudgetScope, Change, Durability, ExecutionStatus, ModelPriceRow, PausedBy,
};

use super::world::{World, strategy_text};

const EVERY_TEN: &str = "cron = \"*/10 * * * *\"";

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

async fn became(world: &World, planned_at: &str) -> String {
    world.became(at(planned_at)).await.unwrap_or_else(|| "unknown".to_owned())
}

#[tokio::test]
async fn a2_1_a_planned_time_runs_once_and_over_a_crash_not_again() {
    let mut world = World::new("2026-03-06T14:55:00Z", EVERY_TEN).await;
    world.pass(5);
    world.look().await;
    world.look().await;
    assert_eq!(world.begun.len(), 1);
    assert_eq!(became(&world, "2026-03-06T15:00:00Z").await, "run");
    world.crash().await;
    world.look().await;
    assert_eq!(world.begun.len(), 1, "it ran again after a crash");
}

#[tokio::test]
async fn h25_holidays_and_closed_days_are_written_down() {
    let mut world = World::new("2026-04-02T21:00:00Z", "cron = \"0 10 * * *\"").await;
    for _ in 0..4 {
        world.pass(24 * 60);
        world.look().await;
    }
    // Good Friday, then a weekend.
    assert_eq!(became(&world, "2026-04-03T14:00:00Z").await, "holiday");
    assert_eq!(became(&world, "2026-04-04T14:00:00Z").await, "holiday");
    let claims = world.claims().await;
    assert_eq!(claims[0].cause.as_deref(), Some("NYSE is closed on 2026-04-03: Good Friday"));
    assert_eq!(claims[1].cause.as_deref(), Some("NYSE is closed on 2026-04-04: Saturday"));
}

#[tokio::test]
async fn what_was_missed_tells_sleep_from_a_program_that_was_closed_and_runs_once() {
    let mut world = World::new("2026-03-06T14:55:00Z", EVERY_TEN).await;
    world.look().await;
    world.sleep_through(65);
    world.look().await;
    // It is 16:00: the latest of all that were missed is made, and it alone.
    let begun: Vec<String> = world.begun.iter().map(|run| run.as_of.to_string()).collect();
    assert_eq!(begun, ["2026-03-06T16:00:00Z"]);
    assert_eq!(became(&world, "2026-03-06T15:10:00Z").await, "asleep");
    world.end_runs(ExecutionStatus::Completed).await;
    world.pass(38);
    world.crash().await;
    world.look().await;
    assert_eq!(became(&world, "2026-03-06T16:10:00Z").await, "closed");
    assert_eq!(became(&world, "2026-03-06T16:30:00Z").await, "run", "eight minutes late");

    let mut strict =
        World::new("2026-03-06T14:55:00Z", &format!("{EVERY_TEN}\nmissed = \"skip\"")).await;
    strict.look().await;
    strict.sleep_through(7);
    strict.look().await;
    assert_eq!(became(&strict, "2026-03-06T15:00:00Z").await, "asleep", "two minutes late");
    // The loop was kept busy, for too short a time to have been asleep.
    for minutes in [3, 3, 1, 3] {
        strict.pass(minutes);
        strict.look().await;
    }
    assert_eq!(became(&strict, "2026-03-06T15:10:00Z").await, "late");
}

#[tokio::test]
async fn a_long_absence_of_a_dense_schedule_is_a_stretch_and_not_a_million_rows() {
    let mut world = World::new("2026-03-02T00:00:00Z", "cron = \"* * * * * *\"").await;
    world.sleep_through(3 * 24 * 60);
    world.crash().await;
    world.look().await;
    let claims = world.claims().await.len();
    assert!((101..=102).contains(&claims), "{claims} rows");
    assert_eq!(became(&world, "2026-03-04T12:00:00Z").await, "closed");
}

#[tokio::test]
async fn a2_2_an_edit_holds_at_once_and_a2_3_a_pause_keeps_the_schedule() {
    let mut world = World::new("2026-03-06T15:05:00Z", EVERY_TEN).await;
    world.edit("cron = \"7 * * * *\"").await;
    assert_eq!(world.scheduler.due_at(), Some(at("2026-03-06T15:07:00Z")));
    world.pause().await;
    assert_eq!(world.scheduler.due_at(), None);
    world.pass(125);
    world.look().await;
    world.resume().await;
    assert_eq!(became(&world, "2026-03-06T15:07:00Z").await, "paused");
    assert_eq!(became(&world, "2026-03-06T17:07:00Z").await, "paused");
    assert_eq!(world.scheduler.due_at(), Some(at("2026-03-06T18:07:00Z")));
    world.pass(58);
    // Due and not taken up yet.
    world.edit(EVERY_TEN).await;
    assert_eq!(became(&world, "2026-03-06T18:07:00Z").await, "changed");
    assert!(world.begun.is_empty());
}

#[tokio::test]
async fn while_halted_nothing_runs_that_has_nothing_to_close() {
    let mut world = World::new("2026-03-06T14:55:00Z", EVERY_TEN).await;
    let halt =
        Halt { since: world.now(), by: "terminal".into(), reason: "a test".into(), flatten: None };
    world.parts.halt.halt(&halt).unwrap();
    world.pass(5);
    world.look().await;
    assert_eq!(became(&world, "2026-03-06T15:00:00Z").await, "halted");
    world.parts.halt.resume().unwrap();
    world.pass(10);
    world.look().await;
    assert_eq!(became(&world, "2026-03-06T15:10:00Z").await, "run");
}

#[tokio::test]
async fn without_a_session_a_run_waits_for_its_grace_and_then_has_its_cause() {
    let mut world =
        World::new("2026-03-06T14:55:00Z", &format!("{EVERY_TEN}\ngrace_minutes = 3")).await;
    world.parts.gate.close(ClosureCause::NoSession, None, "Nobody is logged in.");
    world.pass(5);
    world.look().await;
    assert_eq!(became(&world, "2026-03-06T15:00:00Z").await, "unknown", "it waits");
    assert!(world.scheduler.due_at().unwrap() > world.now(), "it must not be asked all the time");
    world.pass(2);
    world.parts.gate.open(ClosureCause::NoSession, None);
    world.look().await;
    assert_eq!(became(&world, "2026-03-06T15:00:00Z").await, "run");
    world.end_runs(ExecutionStatus::Completed).await;
    world.parts.gate.close(ClosureCause::NoSession, None, "Nobody is logged in.");
    for _ in 0..6 {
        world.pass(2);
        world.look().await;
    }
    assert_eq!(became(&world, "2026-03-06T15:10:00Z").await, "offline");
    let claims = world.claims().await;
    assert_eq!(claims[1].cause.as_deref(), Some("Nobody is logged in."));
}

#[tokio::test]
async fn an_overlap_is_skipped_queued_or_ends_the_older_one() {
    let mut skips = World::new("2026-03-06T14:55:00Z", EVERY_TEN).await;
    for _ in 0..2 {
        skips.pass(10);
        skips.look().await;
    }
    assert_eq!(became(&skips, "2026-03-06T15:10:00Z").await, "overlap");

    let queue = format!("{EVERY_TEN}\noverlap = \"queue\"\ngrace_minutes = 5");
    let mut queues = World::new("2026-03-06T14:50:00Z", &queue).await;
    queues.pass(10);
    queues.look().await;
    queues.pass(10);
    queues.look().await;
    assert_eq!(became(&queues, "2026-03-06T15:10:00Z").await, "unknown", "it waits");
    queues.end_runs(ExecutionStatus::Completed).await;
    queues.pass(1);
    queues.look().await;
    assert_eq!(became(&queues, "2026-03-06T15:10:00Z").await, "run");

    let cancel = format!("{EVERY_TEN}\noverlap = \"cancel_older\"");
    let mut cancels = World::new("2026-03-06T14:50:00Z", &cancel).await;
    for _ in 0..2 {
        cancels.pass(10);
        cancels.look().await;
    }
    assert_eq!(became(&cancels, "2026-03-06T15:00:00Z").await, "run");
    // It begins only once the older one, which is of this process, was asked to end.
    assert_eq!(became(&cancels, "2026-03-06T15:10:00Z").await, "run");
    assert_eq!(cancels.begun.len(), 2);

    // The older one is of a process that is gone, so that nobody can say how far it has come.
    let mut cancels = World::new("2026-03-06T14:50:00Z", &cancel).await;
    cancels.pass(10);
    cancels.look().await;
    cancels.crash().await;
    cancels.pass(10);
    cancels.look().await;
    assert_eq!(became(&cancels, "2026-03-06T15:10:00Z").await, "overlap");
}

#[tokio::test]
async fn a_run_that_failed_before_its_order_is_tried_again_as_often_as_allowed() {
    let text = format!("{EVERY_TEN}\nretries = 1");
    let mut world = World::new("2026-03-06T14:55:00Z", &text).await;
    world.pass(5);
    world.look().await;
    world.end_runs(ExecutionStatus::Failed).await;
    world.look().await;
    assert_eq!(world.begun.len(), 1, "it rests first");
    world.pass(1);
    world.look().await;
    assert_eq!(world.begun.len(), 2);
    assert_eq!(world.begun[1].as_of, world.begun[0].as_of);
    let claim = &world.claims().await[0];
    assert_eq!((claim.attempt, claim.execution_id.as_ref()), (2, Some(&world.begun[1].id)));
    world.end_runs(ExecutionStatus::Failed).await;
    world.look().await;
    world.pass(2);
    world.look().await;
    assert_eq!(world.begun.len(), 2, "once again and no more");
}

#[tokio::test]
async fn a_run_that_waits_to_be_tried_again_waits_over_a_crash_and_not_over_a_pause() {
    let text = format!("{EVERY_TEN}\nretries = 1");
    let mut world = World::new("2026-03-06T14:55:00Z", &text).await;
    world.pass(5);
    world.look().await;
    world.end_runs(ExecutionStatus::Failed).await;
    world.crash().await;
    world.look().await;
    assert_eq!(world.begun.len(), 1, "it rests first");
    world.pass(1);
    world.look().await;
    assert_eq!(world.begun.len(), 2);
    assert_eq!(world.claims().await[0].attempt, 2);
    world.end_runs(ExecutionStatus::Failed).await;
    world.crash().await;
    world.pass(2);
    world.look().await;
    assert_eq!(world.begun.len(), 2, "the attempts of the process before count");

    world.pass(7);
    world.look().await;
    assert_eq!(world.begun.len(), 3);
    world.end_runs(ExecutionStatus::Failed).await;
    world.look().await;
    world.pause().await;
    world.pass(1);
    world.look().await;
    assert_eq!(world.begun.len(), 3, "a paused strategy tries nothing again");
}

#[tokio::test]
async fn with_its_budget_used_up_a_model_is_not_asked_and_the_planned_time_has_its_cause() {
    let text = strategy_text(EVERY_TEN)
        .replace("analyst = \"rules\"", "analyst = \"model\"\n\n[model]\nname = \"reader\"");
    let mut world = World::of("2026-03-06T14:55:00Z", text).await;
    let limits = BTreeMap::from([(BudgetScope::Day, Decimal::ZERO)]);
    world.parts.models.set_budgets(limits).await.unwrap();
    world.pass(5);
    world.look().await;
    assert_eq!(became(&world, "2026-03-06T15:00:00Z").await, "run", "a model without a price");
    world.end_runs(ExecutionStatus::Completed).await;
    let price = ModelPriceRow {
        name: ModelName::new("reader").unwrap(),
        from: at("2026-03-06T15:00:00Z"),
        input_per_million: Decimal::ONE,
        output_per_million: Decimal::ONE,
    };
    let changes = vec![Change::ModelPrice(price)];
    world.parts.recorder.commit(changes, Durability::Ordinary).await.unwrap();
    world.pass(10);
    world.look().await;
    assert_eq!(became(&world, "2026-03-06T15:10:00Z").await, "budget");
    let claim = world.claims().await.pop().unwrap();
    assert_eq!(claim.cause.as_deref(), Some("the budget of the day, 0 USD, is used up"));
}

#[tokio::test]
async fn after_so_many_failures_the_schedule_pauses_and_says_why() {
    let text = format!("{EVERY_TEN}\npause_after_failures = 2");
    let mut world = World::new("2026-03-06T14:55:00Z", &text).await;
    for _ in 0..3 {
        world.pass(10);
        world.look().await;
        world.end_runs(ExecutionStatus::Failed).await;
    }
    assert_eq!(world.begun.len(), 2);
    let pauses = world.parts.store.schedule_pauses().await.unwrap();
    assert_eq!(pauses[0].paused_by, PausedBy::Failures);
    assert_eq!(
        pauses[0].sentence,
        "the last 2 scheduled runs failed, and the strategy pauses after 2"
    );
    assert!(!world.parts.store.strategies().await.unwrap()[0].active);
    world.look().await;
    assert_eq!(world.scheduler.due_at(), None);
    world.is_paused = true;
    world.resume().await;
    assert_eq!(became(&world, "2026-03-06T15:20:00Z").await, "paused");
}

#[tokio::test]
async fn a_clock_that_is_set_back_runs_nothing_twice_and_does_not_put_the_schedule_to_sleep() {
    let mut world = World::new("2026-03-06T14:55:00Z", EVERY_TEN).await;
    world.look().await;
    world.pass(5);
    world.look().await;
    world.end_runs(ExecutionStatus::Completed).await;
    // Somebody sets the clock a year ahead, and then right.
    world.sleep_through(365 * 24 * 60);
    world.look().await;
    world.end_runs(ExecutionStatus::Completed).await;
    world.sleep_through(-365 * 24 * 60 - 3);
    world.look().await;
    let ran = world.begun.len();
    world.pass(4);
    world.look().await;
    assert_eq!(world.begun.len(), ran, "15:00 ran twice");
    world.pass(10);
    world.look().await;
    assert_eq!(world.begun.last().unwrap().as_of, at("2026-03-06T15:10:00Z"));
    assert_eq!(became(&world, "2026-03-06T15:10:00Z").await, "run");
}

/// A broker, made up for this test, that has no trading on 6 March 2026 and a short day on the 9th.
struct Closes;

#[async_trait]
impl TradingSchedule for Closes {
    async fn trading_hours(&self, _: Conid) -> Result<TradingHours, MarketError> {
        let day = |date: &str, opens: &str, closes: &str| TradingDay {
            date: date.parse().unwrap(),
            regular: vec![OpenHours { opens: at(opens), closes: at(closes) }],
            extended: Vec::new(),
        };
        Ok(TradingHours {
            time_zone: Some("US/Eastern".into()),
            days: vec![
                day("2026-03-05", "2026-03-05T14:30:00Z", "2026-03-05T21:00:00Z"),
                day("2026-03-09", "2026-03-09T13:30:00Z", "2026-03-09T17:00:00Z"),
            ],
        })
    }
}

#[tokio::test]
async fn h25_the_brokers_own_trading_days_hold_before_the_shipped_calendar() {
    let cron = "cron = \"0 15 * * *\"\nhours = \"trading\"";
    let mut world = World::new("2026-03-05T12:00:00Z", cron).await;
    let mut keeper = BrokerDaysKeeper::new(world.parts.clone(), Arc::new(Closes));
    assert!(keeper.tick().await.unwrap());
    world.scheduler.reload().await.unwrap();
    assert_eq!(keeper.due_at(), at("2026-03-05T18:00:00Z"));
    assert!(!keeper.tick().await.unwrap(), "told the same again");
    for _ in 0..6 {
        world.pass(24 * 60);
        world.look().await;
    }
    assert_eq!(became(&world, "2026-03-06T20:00:00Z").await, "holiday");
    assert_eq!(became(&world, "2026-03-09T19:00:00Z").await, "outside_hours", "it closed at 13:00");
    let claims = world.claims().await;
    let friday = claims.iter().find(|claim| claim.planned_at == at("2026-03-06T20:00:00Z"));
    assert_eq!(
        friday.unwrap().cause.as_deref(),
        Some("NYSE is closed on 2026-03-06: the broker's own schedule has no trading")
    );
    let listed = views::schedules(&world.parts.store, at("2026-03-05T12:00:00Z")).await.unwrap();
    assert_eq!(listed.disagreements.len(), 2, "{:?}", listed.disagreements);
    assert!(listed.disagreements[0].contains("the broker has NYSE closed"));
}
