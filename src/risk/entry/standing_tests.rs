//! Limits of the account, losses and locks: each refuses, and each lets pass.

use proptest::prelude::*;

use super::tests::{account, decimal, request, verdict};
use super::*;
use crate::domain::records::{LockRecord, LossStanding};
use crate::domain::{BrokerOrderId, ExitIntent, Leg, MoveTargetIntent, Reach, StrategyId};
use crate::risk::{ExitRequest, approve_exit};
use crate::strategy::default_risk_parameters;

fn lock(kind: &str, unlocks_at: Option<&str>) -> LockRecord {
    LockRecord {
        lock_id: 1,
        kind: kind.into(),
        reach: Reach::Strategy,
        strategy_id: Some(StrategyId::new("sample").unwrap()),
        symbol: None,
        locked_at: "2012-06-14T20:00:00Z".parse().unwrap(),
        unlocks_at: unlocks_at.map(|at| at.parse().unwrap()),
        sentence: "3 of 3 losses by a stop: entries are locked.".into(),
        trades: Vec::new(),
    }
}

/// A BUY at 100 with a stop at 95 and a target at 110, of an account of 100 000.
fn checked(risk: &RiskParameters, standing: &RiskStanding) -> GateDecision {
    let bounds = EntryBounds { standing: Some(standing), ..EntryBounds::default() };
    check_bounded_entry(request("100", "95", "110"), risk, &account("100000"), bounds)
}

fn rule<'a>(decision: &'a GateDecision, name: &str) -> &'a RiskRule {
    decision.output.rules.iter().find(|rule| rule.rule == name).unwrap()
}

#[test]
fn a_lock_refuses_with_its_sentence_and_the_time_it_opens() {
    let mut standing = RiskStanding::default();
    let open = checked(&default_risk_parameters(), &standing);
    assert!(open.output.approved, "{}", open.output.sentence);
    assert_eq!(verdict(&open, "locks"), RuleVerdict::Pass);

    standing.locks = vec![lock("stop_loss_guard", Some("2012-06-18T20:00:00Z"))];
    let locked = checked(&default_risk_parameters(), &standing);
    assert!(locked.approved.is_none());
    assert_eq!(verdict(&locked, "stop_loss_guard"), RuleVerdict::Refuse);
    assert_eq!(rule(&locked, "stop_loss_guard").value, "locked until 2012-06-18T20:00:00Z");
    assert_eq!(
        locked.output.sentence,
        "Refused by stop_loss_guard: 3 of 3 losses by a stop: entries are locked."
    );

    standing.locks = vec![lock("drawdown_limit", None)];
    let locked = checked(&default_risk_parameters(), &standing);
    assert_eq!(rule(&locked, "drawdown_limit").value, "locked until a person opens it");
}

#[test]
fn the_stricter_of_two_limits_refuses_and_the_row_says_whose_it_is() {
    let mut standing = RiskStanding::default();
    standing.limits.maximum_open_positions = Some(1);
    let mut busy = account("100000");
    busy.open_positions = 1;
    let bounds = EntryBounds { standing: Some(&standing), ..EntryBounds::default() };
    let risk = default_risk_parameters();
    let refused = check_bounded_entry(request("100", "95", "110"), &risk, &busy, bounds);
    assert_eq!(rule(&refused, "maximum_open_positions").limit_of, Some(LimitOwner::Account));
    assert!(
        refused.output.sentence.starts_with("Refused by maximum_open_positions of the account")
    );

    standing.limits.maximum_open_positions = Some(50);
    let passed = checked(&risk, &standing);
    assert_eq!(rule(&passed, "maximum_open_positions").limit_of, Some(LimitOwner::Strategy));
    assert!(passed.output.approved);
}

#[test]
fn each_limit_of_the_account_cuts_or_refuses() {
    let risk = default_risk_parameters();
    let with = |change: fn(&mut RiskStanding)| {
        let mut standing = RiskStanding::default();
        change(&mut standing);
        checked(&risk, &standing)
    };
    assert_eq!(with(|_| {}).output.quantity, decimal("200"), "1 % of 100 000 at 5 a share");
    let smaller = with(|standing| standing.limits.risk_per_trade_percent = Some(decimal("0.5")));
    assert_eq!(smaller.output.quantity, decimal("100"));
    let shares = with(|standing| standing.limits.maximum_position_shares = Some(decimal("50")));
    assert_eq!(shares.output.quantity, decimal("50"));
    let percent = with(|standing| standing.limits.maximum_position_percent = Some(decimal("4")));
    assert_eq!(percent.output.quantity, decimal("40"));
    let exposure = with(|standing| standing.limits.maximum_exposure_percent = Some(decimal("3")));
    assert_eq!(exposure.output.quantity, decimal("30"));
    let warned = with(|standing| standing.limits.warn_exposure_percent = Some(decimal("10")));
    assert_eq!(verdict(&warned, "maximum_exposure"), RuleVerdict::Warn);
    let minimum = with(|standing| standing.limits.minimum_r = Some(decimal("2.5")));
    assert_eq!(verdict(&minimum, "minimum_r"), RuleVerdict::Refuse);
}

#[test]
fn a_target_that_promises_too_little_is_refused() {
    let mut risk = default_risk_parameters();
    risk.minimum_return_percent = Some(decimal("10"));
    let exactly = checked(&risk, &RiskStanding::default());
    assert_eq!(verdict(&exactly, "minimum_return"), RuleVerdict::Pass);
    risk.minimum_return_percent = Some(decimal("10.01"));
    let less = checked(&risk, &RiskStanding::default());
    assert_eq!(verdict(&less, "minimum_return"), RuleVerdict::Refuse);
    assert!(less.approved.is_none());
}

#[test]
fn the_concentration_counts_every_strategy_and_warns_before_it_cuts() {
    let mut risk = default_risk_parameters();
    let mut standing = RiskStanding { symbol_exposure: decimal("5000"), ..RiskStanding::default() };
    let warned = checked(&risk, &standing);
    assert_eq!(verdict(&warned, "concentration"), RuleVerdict::Warn, "25 % with this order");
    assert!(warned.output.approved);
    standing.symbol_exposure = Decimal::ZERO;
    assert_eq!(verdict(&checked(&risk, &standing), "concentration"), RuleVerdict::Pass);

    risk.maximum_concentration_percent = Some(decimal("24"));
    standing.symbol_exposure = decimal("20000");
    let cut = checked(&risk, &standing);
    assert_eq!(verdict(&cut, "maximum_concentration"), RuleVerdict::Adjusted);
    assert_eq!(cut.output.quantity, decimal("40"));
    standing.symbol_exposure = decimal("24000");
    let full = checked(&risk, &standing);
    assert_eq!(verdict(&full, "maximum_concentration"), RuleVerdict::Refuse);
    assert!(full.approved.is_none());
}

#[test]
fn losses_refuse_at_the_limit_of_whoever_lost() {
    let mut risk = default_risk_parameters();
    risk.maximum_daily_loss_percent = Some(decimal("2"));
    risk.maximum_drawdown_percent = Some(decimal("10"));
    let lost = |today: &str, fallen: &str| LossStanding {
        loss_today: decimal("1"),
        loss_today_percent: decimal(today),
        drawdown_percent: decimal(fallen),
        ..LossStanding::default()
    };
    let strategy = |standing: LossStanding| RiskStanding {
        strategy: standing,
        account: lost("90", "90"),
        ..RiskStanding::default()
    };
    assert!(checked(&risk, &strategy(lost("1.99", "9.99"))).output.approved);
    let daily = checked(&risk, &strategy(lost("2", "0")));
    assert_eq!(verdict(&daily, "maximum_daily_loss"), RuleVerdict::Refuse);
    let fallen = checked(&risk, &strategy(lost("0", "10")));
    assert_eq!(verdict(&fallen, "maximum_drawdown"), RuleVerdict::Refuse);
    let lifted = LossStanding { is_lifted_today: true, ..lost("2", "0") };
    let lifted = checked(&risk, &strategy(lifted));
    assert_eq!(verdict(&lifted, "maximum_daily_loss"), RuleVerdict::Warn);
    assert!(lifted.output.approved, "a person opened entries for today");

    let mut of_account = RiskStanding { account: lost("3", "0"), ..RiskStanding::default() };
    of_account.limits.maximum_daily_loss_percent = Some(decimal("3"));
    let refused = checked(&default_risk_parameters(), &of_account);
    assert_eq!(rule(&refused, "maximum_daily_loss").limit_of, Some(LimitOwner::Account));
    assert!(refused.approved.is_none());
    of_account.limits.maximum_daily_loss_percent = Some(decimal("3.01"));
    assert!(checked(&default_risk_parameters(), &of_account).output.approved);
}

#[test]
fn straight_losses_warn_and_do_not_refuse() {
    let standing = |straight_losses| RiskStanding {
        strategy: LossStanding { straight_losses, ..LossStanding::default() },
        ..RiskStanding::default()
    };
    let risk = default_risk_parameters();
    assert_eq!(verdict(&checked(&risk, &standing(3)), "straight_losses"), RuleVerdict::Pass);
    let four = checked(&risk, &standing(4));
    assert_eq!(verdict(&four, "straight_losses"), RuleVerdict::Warn, "more than three");
    assert!(four.output.approved);
}

proptest! {
    /// Whatever is locked, an exit of what is held passes, and its record says why the locks do not
    /// hold for it.
    #[test]
    fn no_lock_keeps_anybody_in_a_position(
        kinds in prop::collection::vec(
            prop::sample::select(vec![
                "stop_loss_guard", "cool_down", "low_profit", "drawdown", "straight_losses",
                "daily_loss", "drawdown_limit",
            ]),
            0..12,
        ),
        held in 1i64..5_000, moves_target in any::<bool>(), opens in any::<bool>(),
    ) {
        let locks: Vec<LockRecord> = kinds
            .iter()
            .map(|kind| lock(kind, opens.then_some("2012-06-18T20:00:00Z")))
            .collect();
        let EntryRequest { execution_id, account_id, instrument, .. } = request("100", "95", "110");
        let (quantity, limit_price) = (Decimal::from(held), decimal("90"));
        let exit = if moves_target {
            ExitRequest::MoveTarget(MoveTargetIntent {
                client_order_id: Leg::Target.client_order_id(&execution_id),
                broker_order_id: BrokerOrderId::new("71").unwrap(),
                execution_id, account_id, instrument, quantity, limit_price,
            })
        } else {
            ExitRequest::Order(ExitIntent {
                execution_id, account_id, instrument, quantity, limit_price,
            })
        };
        let decision = approve_exit(exit, quantity, moves_target, &locks);
        prop_assert!(decision.approved.is_some(), "{}", decision.output.sentence);
        let refusals = decision.output.rules.iter().filter(|r| r.verdict == RuleVerdict::Refuse);
        prop_assert_eq!(refusals.count(), 0);
        for kind in kinds {
            prop_assert_eq!(verdict(&decision, kind), RuleVerdict::NotApplicable);
        }
        // The same locks refuse the entry.
        let standing = RiskStanding { locks, ..RiskStanding::default() };
        let entry = checked(&default_risk_parameters(), &standing);
        prop_assert_eq!(entry.approved.is_some(), standing.locks.is_empty());
    }
}
