use proptest::prelude::*;
use rust_decimal::Decimal;

use super::*;
use crate::domain::{ClosedTrade, ExecutionId, ExitCause, Protection, ProtectionRule};

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn strategy(name: &str) -> StrategyId {
    StrategyId::new(name).unwrap()
}

/// A trade of ten shares bought at 100 that brings `pnl` after commission.
fn trade(of: &str, symbol: &str, closed: &str, pnl: i64, exit_cause: ExitCause) -> ClosedTrade {
    let closed_at = at(closed);
    ClosedTrade {
        strategy_id: strategy(of),
        conid: Conid(if symbol == "AAPL" { 1 } else { 2 }),
        symbol: symbol.into(),
        quantity: Decimal::TEN,
        entry_price: Decimal::ONE_HUNDRED,
        exit_price: Decimal::ONE_HUNDRED,
        opened_at: closed_at,
        closed_at,
        gross_pnl: Decimal::from(pnl),
        commission: Decimal::ZERO,
        realized_pnl: Decimal::from(pnl),
        r_multiple: None,
        exit_cause,
        entry_execution_id: ExecutionId::new(format!("{of}_{}", closed_at.as_second())).unwrap(),
        exit_execution_id: ExecutionId::new(format!("{of}_x_{}", closed_at.as_second())).unwrap(),
    }
}

fn protection(rule: ProtectionRule, reach: Reach) -> Protection {
    let look_back_hours = (rule != ProtectionRule::CoolDown).then_some(240);
    Protection { rule, reach, look_back_hours, lock_hours: 48 }
}

fn locks(protection: Protection, trades: &[ClosedTrade], now: &str) -> Vec<NewLock> {
    let of = strategy("a");
    let protections = [protection];
    let protected = ProtectedStrategy { strategy_id: &of, protections: &protections };
    evaluate(protected, trades, Decimal::from(10_000), at(now))
}

const NOW: &str = "2012-06-15T16:00:00Z";

#[test]
fn a_stop_loss_guard_locks_after_its_stops_and_lets_fewer_pass() {
    let guard = || protection(ProtectionRule::StopLossGuard { stops: 2 }, Reach::Strategy);
    let one = trade("a", "AAPL", "2012-06-13T15:00:00Z", -50, ExitCause::Stop);
    let two = trade("a", "IBM", "2012-06-14T20:00:00Z", -40, ExitCause::Stop);
    let found = locks(guard(), &[one.clone(), two.clone()], NOW);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].unlocks_at, Some(at("2012-06-16T20:00:00Z")), "48 hours after the last");
    assert_eq!(found[0].trades.len(), 2);
    assert_eq!(found[0].strategy_id, Some(strategy("a")));
    assert_eq!(
        found[0].sentence,
        "2 of 2 losses by a stop within 10 days: entries of a are locked for 2 days, until \
         2012-06-16T20:00:00Z."
    );
    assert!(locks(guard(), std::slice::from_ref(&one), NOW).is_empty(), "one stop is not two");
    let other = trade("b", "AAPL", "2012-06-14T20:00:00Z", -40, ExitCause::Stop);
    assert!(locks(guard(), &[one.clone(), other], NOW).is_empty(), "another strategy's");
    let won = trade("a", "IBM", "2012-06-14T20:00:00Z", 40, ExitCause::Stop);
    assert!(locks(guard(), &[one.clone(), won], NOW).is_empty(), "a stop that brought a gain");
    let sold = trade("a", "IBM", "2012-06-14T20:00:00Z", -40, ExitCause::Signal);
    assert!(locks(guard(), &[one.clone(), sold], NOW).is_empty(), "sold by a signal");
    let old = trade("a", "IBM", "2012-06-01T20:00:00Z", -40, ExitCause::Stop);
    assert!(locks(guard(), &[old, one], NOW).is_empty(), "before the look-back");
}

#[test]
fn the_reach_says_whose_trades_count_and_whose_entries_lock() {
    let trades = [
        trade("a", "AAPL", "2012-06-14T15:00:00Z", -50, ExitCause::Stop),
        trade("b", "IBM", "2012-06-14T20:00:00Z", -40, ExitCause::Stop),
    ];
    let guard = |reach| protection(ProtectionRule::StopLossGuard { stops: 2 }, reach);
    let account = locks(guard(Reach::Account), &trades, NOW);
    assert_eq!((account.len(), &account[0].strategy_id, account[0].conid), (1, &None, None));
    assert!(locks(guard(Reach::Strategy), &trades, NOW).is_empty());
    let cool = locks(protection(ProtectionRule::CoolDown, Reach::Symbol), &trades, NOW);
    assert_eq!(cool.len(), 1, "the other strategy's exit cools nothing of this one");
    assert_eq!((cool[0].conid, cool[0].symbol.as_deref()), (Some(Conid(1)), Some("AAPL")));
}

#[test]
fn a_cool_down_ends_its_hours_after_the_exit() {
    let trades = [trade("a", "AAPL", "2012-06-14T16:00:00Z", 70, ExitCause::Target)];
    let cool = || protection(ProtectionRule::CoolDown, Reach::Symbol);
    assert_eq!(locks(cool(), &trades, NOW).len(), 1);
    assert_eq!(locks(cool(), &trades, "2012-06-16T15:59:59Z").len(), 1);
    assert!(locks(cool(), &trades, "2012-06-16T16:00:00Z").is_empty());
    assert!(locks(cool(), &trades, "2012-06-14T15:00:00Z").is_empty(), "not closed by then");
}

#[test]
fn low_profit_adds_returns_up() {
    // Ten shares at 100 are 1000: −30 and +10 are −3 % and +1 %.
    let trades = [
        trade("a", "AAPL", "2012-06-13T15:00:00Z", -30, ExitCause::Signal),
        trade("a", "AAPL", "2012-06-14T15:00:00Z", 10, ExitCause::Signal),
    ];
    let low = |percent: i64, minimum_trades| {
        let minimum_return_percent = Decimal::from(percent);
        let rule = ProtectionRule::LowProfit { minimum_return_percent, minimum_trades };
        locks(protection(rule, Reach::Symbol), &trades, NOW).len()
    };
    assert_eq!(low(0, 2), 1);
    assert_eq!(low(-1, 1), 1);
    assert_eq!(low(-2, 1), 0, "exactly the least is enough");
    assert_eq!(low(0, 3), 0, "two trades say nothing where three are asked for");
}

#[test]
fn a_drawdown_is_counted_from_the_highest_value_of_the_window() {
    // The account is worth 10 000 now, so 9 900 before: up to 10 200, down to 10 000 is 1.96 %.
    let trades = [
        trade("a", "AAPL", "2012-06-12T15:00:00Z", 300, ExitCause::Target),
        trade("a", "AAPL", "2012-06-13T15:00:00Z", -150, ExitCause::Stop),
        trade("a", "AAPL", "2012-06-14T15:00:00Z", -50, ExitCause::Stop),
    ];
    let fallen = |percent: &str, minimum_trades| {
        let maximum_percent = percent.parse().unwrap();
        let rule = ProtectionRule::Drawdown { maximum_percent, minimum_trades };
        locks(protection(rule, Reach::Account), &trades, NOW).len()
    };
    assert_eq!(fallen("1.9", 1), 1);
    assert_eq!(fallen("2", 1), 0);
    assert_eq!(fallen("1.9", 4), 0);
}

#[test]
fn straight_losses_end_with_a_gain() {
    let rule = || protection(ProtectionRule::StraightLosses { losses: 2 }, Reach::Strategy);
    let mut trades = vec![
        trade("a", "AAPL", "2012-06-13T18:00:00Z", -10, ExitCause::Signal),
        trade("a", "IBM", "2012-06-14T15:00:00Z", -10, ExitCause::Stop),
    ];
    assert_eq!(locks(rule(), &trades, NOW).len(), 1);
    trades.push(trade("a", "IBM", "2012-06-14T20:00:00Z", 10, ExitCause::Target));
    assert!(locks(rule(), &trades, NOW).is_empty());
    trades.push(trade("a", "IBM", "2012-06-15T15:00:00Z", -10, ExitCause::Target));
    assert!(locks(rule(), &trades, NOW).is_empty(), "one since the gain");
}

#[test]
fn the_same_trades_have_the_same_key_and_another_trade_has_another() {
    let guard = || protection(ProtectionRule::StopLossGuard { stops: 1 }, Reach::Strategy);
    let first = [trade("a", "AAPL", "2012-06-14T15:00:00Z", -10, ExitCause::Stop)];
    let one = locks(guard(), &first, NOW)[0].key.clone();
    assert_eq!(one, locks(guard(), &first, "2012-06-15T17:00:00Z")[0].key);
    let both = [first[0].clone(), trade("a", "IBM", "2012-06-15T15:00:00Z", -1, ExitCause::Stop)];
    assert_ne!(one, locks(guard(), &both, NOW)[0].key);
    let stricter = Protection { lock_hours: 49, ..guard() };
    assert_eq!(one, locks(stricter, &first, NOW)[0].key, "the hours are not the cause");
}

#[test]
fn each_kind_reads_well() {
    let read = |rule, reach| protection_words(&protection(rule, reach));
    assert_eq!(
        read(ProtectionRule::StopLossGuard { stops: 3 }, Reach::Account),
        "After 3 losses by a stop of the account within 10 days, entries of the whole account are \
         locked for 2 days."
    );
    assert_eq!(
        read(ProtectionRule::CoolDown, Reach::Symbol),
        "After each exit in a symbol, entries of the symbol are locked for 2 days."
    );
}

proptest! {
    /// A lock always has a trade of the past as its cause, lies ahead, and reaches what it says.
    #[test]
    fn a_lock_lies_ahead_and_has_a_cause(
        results in prop::collection::vec((-90i64..60, 0i64..400, any::<bool>(), any::<bool>()), 0..30),
        kind in 0usize..5, reach in 0usize..3, count in 1u32..5,
    ) {
        let now = at(NOW);
        let mut trades: Vec<ClosedTrade> = results
            .into_iter()
            .map(|(pnl, hours, own, stopped)| {
                let closed = now.checked_sub(jiff::SignedDuration::from_hours(hours)).unwrap();
                let cause = if stopped { ExitCause::Stop } else { ExitCause::Signal };
                let (of, symbol) = (if own { "a" } else { "b" }, if stopped { "AAPL" } else { "IBM" });
                trade(of, symbol, &closed.to_string(), pnl, cause)
            })
            .collect();
        trades.sort_by_key(|trade| trade.closed_at);
        let percent = Decimal::from(count);
        let rule = [
            ProtectionRule::StopLossGuard { stops: count },
            ProtectionRule::CoolDown,
            ProtectionRule::LowProfit { minimum_return_percent: percent, minimum_trades: count },
            ProtectionRule::Drawdown { maximum_percent: percent, minimum_trades: count },
            ProtectionRule::StraightLosses { losses: count },
        ][kind].clone();
        let reach = [Reach::Symbol, Reach::Strategy, Reach::Account][reach];
        for lock in locks(protection(rule, reach), &trades, NOW) {
            prop_assert!(lock.unlocks_at.is_some_and(|at| at > now));
            prop_assert!(!lock.trades.is_empty());
            prop_assert!(lock.trades.iter().all(|trade| trade.closed_at <= now));
            prop_assert_eq!(lock.strategy_id.is_none(), reach == Reach::Account);
            prop_assert_eq!(lock.conid.is_some(), reach == Reach::Symbol);
        }
    }
}
