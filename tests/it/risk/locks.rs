//! Protections: trades that were closed lock entries, the card says by which, and exits pass.

use serde_json::json;
use throughline::api::dto::RiskDto;
use throughline::api::{ErrorCode, dispatch};
use throughline::domain::records::{Outcome, RuleVerdict, Trigger};
use throughline::domain::{Reach, StrategyId};
use throughline::store::ExecutionRow;

use super::world::{World, refusal};

const COOL_DOWN: &str = "[[protections]]\nkind = \"cool_down\"\nlock_hours = 8760\n";

/// Two losses in a row of any strategy lock every strategy for half a year.
const STREAK: &str = "[[protections]]\nkind = \"straight_losses\"\nreach = \"account\"\n\
                      losses = 2\nlook_back_hours = 1440\nlock_hours = 4380\n";

/// Days that a test follows the sandbox at most.
const DAYS: usize = 200;

async fn newest(world: &World, strategy: Option<&str>) -> Vec<ExecutionRow> {
    let strategy = strategy.map(|id| StrategyId::new(id).unwrap());
    world.engine.store().executions(strategy.as_ref(), 2_000).await.unwrap()
}

/// Lets days pass until the strategy's scheduled run came to `outcome`.
async fn until(world: &World, strategy: &str, outcome: Outcome) -> ExecutionRow {
    let since = world.now();
    for _ in 0..DAYS {
        world.advance_hours(24).await;
        let found = newest(world, Some(strategy)).await.into_iter().find(|execution| {
            execution.as_of > since
                && execution.trigger == Trigger::Schedule
                && execution.outcome == Some(outcome)
        });
        if let Some(found) = found {
            return found;
        }
    }
    panic!("{strategy} came to no {outcome:?} within {DAYS} days");
}

async fn until_closed(world: &World) {
    for _ in 0..DAYS {
        if world.positions().await.is_empty() {
            return;
        }
        world.advance_hours(24).await;
    }
    panic!("the position was not closed within {DAYS} days");
}

#[tokio::test]
async fn an_exit_cools_down_outlives_a_restart_and_is_opened_by_a_person() {
    let world = World::new(COOL_DOWN).await;
    // Only this strategy trades, so that everything that follows is its own.
    for other in ["sample-fb", "sample-goog", "sample-ibm", "sample-msft"] {
        world.engine.set_strategy_active(other, false).await.unwrap();
    }
    let bought = world.run("sample").await;
    assert_eq!(bought.outcome, Some(Outcome::Bought), "{bought:?}");
    assert!(world.locks().await.is_empty());
    until_closed(&world).await;

    let locks = world.locks().await;
    let [lock] = locks.as_slice() else { panic!("one exit, one lock: {locks:?}") };
    assert_eq!((lock.lock.kind.as_str(), lock.lock.reach), ("cool_down", Reach::Symbol));
    assert_eq!(lock.lock.symbol.as_deref(), Some("AAPL"));
    assert_eq!(lock.lock.trades[0].entry_execution_id, bought.id, "the trade that caused it");

    let world = world.restart().await;
    assert_eq!(world.locks().await, locks, "a restart keeps the lock");
    let refused = until(&world, "sample", Outcome::Refused).await;
    let checked = world.checked(&refused).await;
    let rule = refusal(&checked.rules, "cool_down").expect("the card names the lock");
    let opens = lock.lock.unlocks_at.unwrap();
    assert_eq!(rule.value, format!("locked until {opens}"));
    assert!(rule.detail.contains("AAPL was closed"), "{rule:?}");
    assert!(checked.sentence.starts_with("Refused by cool_down"), "{}", checked.sentence);

    // Nobody opens it without a reason, and nobody opens what is not there.
    let id = lock.lock.lock_id;
    for (request, code) in [
        (json!({ "lock_id": id, "reason": "  " }), ErrorCode::InvalidRequest),
        (json!({ "lock_id": 99, "reason": "a test" }), ErrorCode::NotFound),
    ] {
        let error = dispatch(&world.engine, "protection_release", request).await.unwrap_err();
        assert_eq!(error.code, code, "{error:?}");
    }
    let request = json!({ "lock_id": id, "reason": "the market has turned" });
    let risk: RiskDto =
        serde_json::from_value(world.command("protection_release", request.clone()).await).unwrap();
    assert!(risk.locks.is_empty());
    assert_eq!(risk.past_locks[0].release_reason.as_deref(), Some("the market has turned"));
    let again = dispatch(&world.engine, "protection_release", request).await.unwrap_err();
    assert_eq!(again.code, ErrorCode::NotNow);
    let bought = until(&world, "sample", Outcome::Bought).await;
    assert!(refusal(&world.rules(&bought).await, "cool_down").is_none());
    assert!(world.locks().await.is_empty(), "the same trade does not lock again");
}

#[tokio::test]
async fn a_losing_streak_locks_the_account_and_what_is_held_is_sold_all_the_same() {
    let world = World::at("2011-12-30T16:00:00-05:00", STREAK).await;
    let mut locks = Vec::new();
    for _ in 0..52 {
        world.advance_hours(7 * 24).await;
        locks = world.locks().await;
        if !locks.is_empty() {
            break;
        }
    }
    let lock = locks.first().expect("a year without two losses in a row").lock.clone();
    assert_eq!((lock.kind.as_str(), lock.reach), ("straight_losses", Reach::Account));
    assert!(lock.trades.len() >= 2, "{lock:?}");
    assert!(lock.trades.iter().all(|trade| trade.realized_pnl.is_sign_negative()), "{lock:?}");

    let held = world.positions().await.len();
    world.advance_hours(45 * 24).await;
    let since: Vec<ExecutionRow> = newest(&world, None)
        .await
        .into_iter()
        .filter(|execution| execution.as_of > lock.locked_at)
        .collect();
    let bought = since.iter().filter(|e| e.outcome == Some(Outcome::Bought)).count();
    assert_eq!(bought, 0, "an entry passed the lock");
    let mut refused = Vec::new();
    for execution in since.iter().filter(|e| e.outcome == Some(Outcome::Refused)) {
        let rules = world.rules(execution).await;
        refused.extend(refusal(&rules, "straight_losses").map(|_| execution.symbol.clone()));
    }
    assert!(!refused.is_empty(), "no entry was refused in 45 days");
    let trades = world.engine.store().trades_closed_since(lock.locked_at).await.unwrap();
    println!("{held} held, {} closed under the lock, refused: {refused:?}", trades.len());
    assert_eq!(world.positions().await.len() + trades.len(), held, "only exits traded");
}

#[tokio::test]
async fn a_sell_signal_passes_the_gate_while_every_entry_is_locked() {
    // The account is locked while all five hold or wait; whoever has a SELL signal sells.
    let world = World::at("2012-06-08T16:00:00-04:00", "").await;
    for _ in 0..30 {
        world.advance_hours(24).await;
        if world.positions().await.len() >= 2 {
            break;
        }
    }
    world.lock_the_account().await;
    let since = world.now();
    for _ in 0..DAYS {
        world.advance_hours(24).await;
        let sold = newest(&world, None).await.into_iter().find(|execution| {
            execution.as_of > since
                && matches!(execution.outcome, Some(Outcome::Sold | Outcome::Exiting))
        });
        let Some(sold) = sold else { continue };
        let checked = world.checked(&sold).await;
        assert!(checked.approved, "{checked:?}");
        let row = checked.rules.iter().find(|rule| rule.rule == "drawdown_limit").unwrap();
        assert_eq!(row.verdict, RuleVerdict::NotApplicable, "{row:?}");
        return;
    }
    panic!("no SELL signal came for what was held");
}
