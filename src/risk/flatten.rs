use rust_decimal::Decimal;

use super::RiskApproved;
use super::entry::{GateDecision, not_applicable};
use crate::domain::records::{CheckRiskOutput, RiskRule, RuleVerdict};
use crate::domain::{
    AccountId, ClientOrderId, Instrument, OrderIntent, OrderSide, OrderTerms, SingleOrderIntent,
    TimeInForce,
};

/// Closes a position, or a part of it, at whatever price there is, because a person flattens the
/// account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FlattenRequest {
    /// Our id of the order.
    pub client_order_id: ClientOrderId,
    /// The account that trades.
    pub account_id: AccountId,
    /// What is held.
    pub instrument: Instrument,
    /// Shares to close; above zero.
    pub quantity: Decimal,
    /// Shares that the broker lists at this moment; below zero for a short position.
    pub held_at_broker: Decimal,
    /// Orders in the contract that the broker lists as open at this moment, closing ones included.
    pub open_orders: usize,
}

/// Lets a closing order pass. Neither a halt nor a closed gate keeps a person in a position; what is
/// checked is that the order can only close: never more than the broker holds, and never beside
/// another order that could trade the same shares.
pub fn approve_flatten(request: FlattenRequest) -> GateDecision {
    let held = request.held_at_broker;
    let quantity = request.quantity;
    let covered = quantity > Decimal::ZERO && quantity <= held.abs() && quantity.is_integer();
    let alone = request.open_orders == 0;
    let verdict = |passed| if passed { RuleVerdict::Pass } else { RuleVerdict::Refuse };
    let rules = vec![
        RiskRule {
            rule: "closes_only_what_the_broker_holds".to_owned(),
            limit: format!("{held} shares"),
            value: format!("{quantity} shares"),
            used_percent: None,
            verdict: verdict(covered),
            detail: if covered {
                format!("Closes {quantity} of the {held} shares that the broker lists.")
            } else {
                format!("{quantity} shares cannot be closed while the broker lists {held}.")
            },
            limit_of: None,
        },
        RiskRule {
            rule: "no_second_sale".to_owned(),
            limit: "no other open order".to_owned(),
            value: request.open_orders.to_string(),
            used_percent: None,
            verdict: verdict(alone),
            detail: if alone {
                "The broker lists no other open order in this contract.".to_owned()
            } else {
                "Another order in this contract is open and could trade the same shares.".to_owned()
            },
            limit_of: None,
        },
        not_applicable("halt", "A halt closes entries; exits stay open."),
        not_applicable("entries_open", "Whatever closes entries, exits stay open."),
    ];
    let approved = covered && alone;
    let sentence = rules[usize::from(covered && !alone)].detail.clone();
    let output = CheckRiskOutput { approved, size: None, quantity, rules, sentence };
    let approved = approved.then(|| {
        RiskApproved::new(OrderIntent::Single(SingleOrderIntent {
            client_order_id: request.client_order_id,
            account_id: request.account_id,
            instrument: request.instrument,
            side: if held > Decimal::ZERO { OrderSide::Sell } else { OrderSide::Buy },
            quantity,
            terms: OrderTerms::Market,
            time_in_force: TimeInForce::Day,
            good_till: None,
            outside_regular_hours: false,
        }))
    });
    GateDecision { output, approved }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::Conid;

    fn request(quantity: i64, held: i64, open_orders: usize) -> FlattenRequest {
        FlattenRequest {
            client_order_id: ClientOrderId::new("sample_1-flatten").unwrap(),
            account_id: AccountId::new("DU1000001").unwrap(),
            instrument: Instrument {
                conid: Conid(265_598),
                symbol: "AAPL".into(),
                company_name: "APPLE INC".into(),
                exchange: "NASDAQ".into(),
                currency: "USD".into(),
                tick_size: Decimal::new(1, 2),
                tick_bands: Vec::new(),
            },
            quantity: Decimal::from(quantity),
            held_at_broker: Decimal::from(held),
            open_orders,
        }
    }

    proptest! {
        /// Whatever is asked, what passes never takes a position through zero.
        #[test]
        fn a_closing_order_only_closes(
            quantity in -50i64..150, held in -100i64..100, open_orders in 0usize..3,
        ) {
            let decision = approve_flatten(request(quantity, held, open_orders));
            prop_assert_eq!(decision.approved.is_some(), decision.output.approved);
            if let Some(approved) = decision.approved {
                let OrderIntent::Single(order) = approved.get() else { panic!("not one order") };
                let change = if order.side == OrderSide::Sell { -quantity } else { quantity };
                prop_assert!((held + change).abs() < held.abs());
                prop_assert!((held + change) * held >= 0, "{held} became {}", held + change);
                prop_assert_eq!(open_orders, 0);
            } else {
                prop_assert!(quantity <= 0 || quantity > held.abs() || open_orders > 0);
            }
        }
    }
}
