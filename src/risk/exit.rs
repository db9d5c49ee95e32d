use rust_decimal::Decimal;

use super::RiskApproved;
use super::entry::{GateDecision, not_applicable};
use crate::domain::records::{CheckRiskOutput, LockRecord, RiskRule, RuleVerdict};
use crate::domain::{ExitIntent, MoveTargetIntent, OrderIntent};

/// How a position is to be closed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ExitRequest {
    /// Through the target of its bracket.
    MoveTarget(MoveTargetIntent),
    /// With an order of its own.
    Order(ExitIntent),
}

/// Lets an exit pass. Exits stay open when entries are closed: neither a halt nor any limit keeps a
/// person in a position. The only rule is that no more is sold than is held.
///
/// `locks` are those that close entries at this moment; the record says that they do not hold here.
///
/// `stop_is_working` says that a stop of the position works at the broker: beside it, an order of
/// its own could sell the same shares a second time, so only the target may be moved.
pub fn approve_exit(
    request: ExitRequest,
    held_quantity: Decimal,
    stop_is_working: bool,
    locks: &[LockRecord],
) -> GateDecision {
    let quantity = match &request {
        ExitRequest::MoveTarget(intent) => intent.quantity,
        ExitRequest::Order(intent) => intent.quantity,
    };
    let covered = quantity > Decimal::ZERO && quantity <= held_quantity;
    let second_sale = stop_is_working && matches!(request, ExitRequest::Order(_));
    let passed = covered && !second_sale;
    let mut rules = vec![RiskRule {
        rule: "sell_only_what_is_held".to_owned(),
        limit: format!("{held_quantity} shares"),
        value: format!("{quantity} shares"),
        used_percent: None,
        verdict: if covered { RuleVerdict::Pass } else { RuleVerdict::Refuse },
        detail: if covered {
            format!("Sells {quantity} of {held_quantity} shares held.")
        } else {
            format!("{quantity} shares cannot be sold while {held_quantity} are held.")
        },
        limit_of: None,
    }];
    rules.push(RiskRule {
        rule: "no_second_sale".to_owned(),
        limit: "one order that sells".to_owned(),
        value: if second_sale { "a stop is working too" } else { "one" }.to_owned(),
        used_percent: None,
        verdict: if second_sale { RuleVerdict::Refuse } else { RuleVerdict::Pass },
        detail: if second_sale {
            "The stop still works and the target does not, so another order could sell the shares \
             twice; cancel the stop at the broker first."
        } else {
            "Stop and target are one group: what one sells, the other does not."
        }
        .to_owned(),
        limit_of: None,
    });
    rules.push(not_applicable("halt", "A halt closes entries; exits stay open."));
    rules.push(not_applicable("maximum_exposure", "An exit lowers the exposure."));
    for lock in locks {
        rules.push(not_applicable(&lock.kind, "A lock closes entries; exits stay open."));
    }
    let output = CheckRiskOutput {
        approved: passed,
        size: None,
        quantity,
        sentence: rules[usize::from(second_sale)].detail.clone(),
        rules,
    };
    let approved = passed.then(|| {
        RiskApproved::new(match request {
            ExitRequest::MoveTarget(intent) => OrderIntent::MoveTarget(intent),
            ExitRequest::Order(intent) => OrderIntent::Exit(intent),
        })
    });
    GateDecision { output, approved }
}
