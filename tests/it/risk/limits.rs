//! Limits of the account: they bind beside the strategy's own, and each change is kept.

use serde_json::json;
use throughline::api::dto::RiskDto;
use throughline::api::{ErrorCode, dispatch};
use throughline::domain::records::{LimitOwner, Outcome};

use super::world::{World, refusal};
use crate::runs::terminal::Terminal;
use crate::safety::setting::HOLDS;

async fn risk(world: &World) -> RiskDto {
    serde_json::from_value(world.command("risk_get", json!({})).await).unwrap()
}

#[tokio::test]
async fn a_limit_of_the_account_refuses_says_whose_it_is_and_passes_once_it_is_gone() {
    let world = World::new("").await;
    assert_eq!(risk(&world).await.limits.minimum_r, None, "none is set at first");
    let set = json!({ "limits": { "minimum_r": "9", "maximum_open_positions": 4 } });
    world.command("risk_limits_set", set.clone()).await;
    let refused = world.run("sample").await;
    assert_eq!(refused.outcome, Some(Outcome::Refused), "{refused:?}");
    let checked = world.checked(&refused).await;
    let rule = refusal(&checked.rules, "minimum_r").unwrap();
    assert_eq!((rule.limit_of, rule.limit.as_str()), (Some(LimitOwner::Account), "9 R"));
    assert!(checked.sentence.starts_with("Refused by minimum_r of the account"));

    // The same again changes nothing; a bad one is named and nothing of it is set.
    world.command("risk_limits_set", set).await;
    let bad = json!({ "limits": { "maximum_drawdown_percent": "120" } });
    let error = dispatch(&world.engine, "risk_limits_set", bad).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::InvalidRequest);
    assert!(error.message.starts_with("maximum_drawdown_percent is 120"), "{error:?}");
    let unknown = json!({ "limits": { "maximum_luck": "1" } });
    assert!(dispatch(&world.engine, "risk_limits_set", unknown).await.is_err());

    world.command("risk_limits_set", json!({ "limits": {} })).await;
    let bought = world.run("sample").await;
    assert_eq!(bought.outcome, Some(Outcome::Bought), "{bought:?}");
    let changes = risk(&world).await.changes;
    assert_eq!(changes.len(), 2, "{changes:?}");
    let first: Vec<&str> = changes[1].limits.iter().map(|limit| limit.limit.as_str()).collect();
    assert_eq!(first, ["maximum_open_positions", "minimum_r"]);
    assert_eq!(changes[0].limits[1].before.as_deref(), Some("9"));
}

#[tokio::test]
async fn a_lost_day_closes_entries_until_the_next_trading_day_opens() {
    let world = World::new("").await;
    for other in ["sample-fb", "sample-goog", "sample-msft", "sample-ibm"] {
        world.engine.set_strategy_active(other, false).await.unwrap();
    }
    assert_eq!(world.run("sample").await.outcome, Some(Outcome::Bought));
    world.advance(HOLDS).await;
    assert_eq!(world.positions().await.len(), 1);
    // A hundredth of a percent is lost on any day on which the price falls.
    let limits = json!({ "limits": { "maximum_daily_loss_percent": "0.01" } });
    world.command("risk_limits_set", limits).await;
    let mut lock = None;
    for _ in 0..20 {
        world.advance_hours(24).await;
        // The gate of each entry asks what was lost until then.
        world.run("sample-ibm").await;
        lock = world.locks().await.into_iter().find(|lock| lock.lock.kind == "daily_loss");
        if lock.is_some() {
            break;
        }
    }
    let lock = lock.expect("20 days without a loss").lock;
    let opens = lock.unlocks_at.expect("it opens by itself");
    let calendar = throughline::calendar::Calendar::nyse();
    let next = calendar.session_on(calendar.date_at(opens)).unwrap();
    assert_eq!(opens, next.open);
    assert!(calendar.date_at(opens) > calendar.date_at(lock.locked_at));
    assert!(lock.sentence.contains("The account lost"), "{lock:?}");
    let world = world.restart().await;
    assert_eq!(world.locks().await.len(), 1, "a restart keeps it");
    let minute = jiff::SignedDuration::from_mins(1);
    world.engine.advance_to(opens.checked_add(minute).unwrap(), |_| {}).await.unwrap();
    let still = world.locks().await.into_iter().find(|row| row.lock.lock_id == lock.lock_id);
    assert!(still.is_none(), "the next trading day has opened");
}

#[tokio::test]
async fn a_drawdown_of_a_strategy_waits_for_a_person_and_is_counted_anew_from_there() {
    let world = World::new("").await;
    world.save_risk("sample", "maximum_drawdown_percent = \"0.01\"").await;
    assert_eq!(world.run("sample").await.outcome, Some(Outcome::Bought));
    let mut lock = None;
    for _ in 0..40 {
        world.advance_hours(24).await;
        world.run("sample").await;
        lock = world.locks().await.into_iter().find(|lock| lock.lock.kind == "drawdown_limit");
        if lock.is_some() {
            break;
        }
    }
    let lock = lock.expect("40 days without a fall").lock;
    assert_eq!((lock.unlocks_at, lock.strategy_id.unwrap().as_str()), (None, "sample"));
    let shown = risk(&world).await;
    let own = shown.strategies.iter().find(|strategy| strategy.id == "sample").unwrap();
    assert_eq!(own.maximum_drawdown_percent.as_deref(), Some("0.01"));
    let request = json!({ "lock_id": lock.lock_id, "reason": "a test" });
    world.command("protection_release", request).await;
    assert!(world.locks().await.is_empty());
    let own = risk(&world).await.strategies.into_iter().find(|strategy| strategy.id == "sample");
    assert_eq!(own.unwrap().losses.drawdown_percent, rust_decimal::Decimal::ZERO, "from there");
}

#[test]
fn the_terminal_shows_limits_and_locks() {
    let terminal = Terminal::new();
    terminal.good("run sample --at 2012-06-15T16:00:00-04:00");
    let risk = terminal.json("risk --json");
    assert_eq!(risk["uses"][0]["limit"], "maximum_exposure_percent", "{risk}");
    assert_eq!(risk["locks"].as_array().map(Vec::len), Some(0), "{risk}");
    let shown = terminal.good("risk");
    assert!(shown.contains("No lock is in force."), "{shown}");
}
