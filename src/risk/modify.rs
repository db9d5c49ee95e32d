use rust_decimal::Decimal;

use super::RiskApproved;
use super::entry::{GateDecision, not_applicable};
use crate::domain::records::{CheckRiskOutput, RiskRule, RuleVerdict};
use crate::domain::{Leg, ModifyIntent, OrderIntent, OrderTerms};

/// A change of a working order that a person asks for, with what was approved before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModifyRequest {
    /// The order as it is to become.
    pub intent: ModifyIntent,
    /// The part that the order plays.
    pub leg: Leg,
    /// Shares approved; never more.
    pub approved_quantity: Decimal,
    /// Shares filled already; never fewer.
    pub filled_quantity: Decimal,
    /// Price of the order now.
    pub present_price: Option<Decimal>,
    /// The stop price that was approved with the entry; a stop may rise above it, not fall below.
    pub initial_stop: Option<Decimal>,
    /// Stop and target of the bracket, between which the others stay.
    pub bracket: (Option<Decimal>, Option<Decimal>),
}

/// Lets a person's change pass if it raises neither the size nor the risk that was approved.
///
/// Nothing grows: the quantity only falls, and of a stop or a target it stays, since it follows the
/// position. An entry's limit only falls, and stays above its stop. A stop never falls below where
/// it was approved, nor reaches the target. A target stays above the stop. Neither a halt nor a
/// closure keeps a person from this, since no change that passes adds to the risk.
pub fn approve_modify(request: ModifyRequest) -> GateDecision {
    let rules = vec![
        quantity_rule(&request),
        price_rule(&request),
        not_applicable("halt", "A change that adds no risk is open while entries are closed."),
    ];
    let refused = rules.iter().find(|rule| rule.verdict == RuleVerdict::Refuse);
    let sentence = refused.map_or_else(
        || "The change adds neither size nor risk.".to_owned(),
        |rule| rule.detail.clone(),
    );
    let output = CheckRiskOutput {
        approved: refused.is_none(),
        size: None,
        quantity: request.intent.quantity,
        sentence,
        rules,
    };
    let approved = output.approved.then(|| RiskApproved::new(OrderIntent::Modify(request.intent)));
    GateDecision { output, approved }
}

fn rule(name: &str, limit: String, value: String, refusal: Option<String>) -> RiskRule {
    RiskRule {
        rule: name.to_owned(),
        limit,
        value,
        used_percent: None,
        verdict: if refusal.is_some() { RuleVerdict::Refuse } else { RuleVerdict::Pass },
        detail: refusal.unwrap_or_else(|| "Within what was approved.".to_owned()),
        limit_of: None,
    }
}

fn quantity_rule(request: &ModifyRequest) -> RiskRule {
    let (wanted, approved) = (request.intent.quantity, request.approved_quantity);
    let refusal = if wanted <= Decimal::ZERO || !wanted.is_integer() {
        Some(format!("{wanted} is no number of whole shares."))
    } else if wanted > approved {
        Some(format!("{approved} shares were approved; a change cannot make them {wanted}."))
    } else if wanted <= request.filled_quantity && wanted != approved {
        Some(format!(
            "{} shares are filled already; cancel the order instead of making it {wanted}.",
            request.filled_quantity
        ))
    } else if wanted != approved && matches!(request.leg, Leg::Stop | Leg::Target) {
        Some(format!(
            "The {} follows the position of {approved} shares; its quantity cannot be changed by \
             itself.",
            request.leg
        ))
    } else {
        None
    };
    rule("quantity_as_approved", format!("{approved} shares"), format!("{wanted} shares"), refusal)
}

fn price_rule(request: &ModifyRequest) -> RiskRule {
    let price = match request.intent.terms {
        OrderTerms::Limit { limit_price } => limit_price,
        OrderTerms::Stop { stop_price } => stop_price,
        _ => {
            return rule(
                "price_as_approved",
                "a limit or a stop price".to_owned(),
                "other terms".to_owned(),
                Some("Only the price of a limit or of a stop order can be changed.".to_owned()),
            );
        }
    };
    let (stop, target) = request.bracket;
    let present = request.present_price;
    let on_tick = request.intent.instrument.round_to_tick(price) == price;
    let above_target = target.is_some_and(|target| price >= target);
    let below_stop = stop.is_some_and(|stop| price <= stop);
    let refusal = if price <= Decimal::ZERO {
        Some(format!("{price} is no price."))
    } else if !on_tick {
        let tick = request.intent.instrument.tick_size_at(price);
        Some(format!("{price} is not a multiple of the price step {tick}."))
    } else {
        match request.leg {
            Leg::Entry if present.is_some_and(|present| price > present) => {
                Some(format!("A limit of {price} would pay more than was approved."))
            }
            Leg::Entry if below_stop => {
                Some(format!("An entry at {price} would lie at or below its own stop."))
            }
            Leg::Stop if request.initial_stop.is_some_and(|initial| price < initial) => {
                Some(format!("A stop at {price} would risk more than was approved at the entry."))
            }
            Leg::Stop if above_target => {
                Some(format!("A stop at {price} would lie at or above the target."))
            }
            Leg::Target if below_stop => {
                Some(format!("A target at {price} would lie at or below the stop."))
            }
            Leg::External => {
                Some("The order was placed elsewhere; change it where it was placed.".to_owned())
            }
            _ => None,
        }
    };
    let limit = present.map_or_else(|| "–".to_owned(), |present| present.to_string());
    rule("price_as_approved", limit, price.to_string(), refusal)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::{
        AccountId, BrokerOrderId, ClientOrderId, Conid, Instrument, OrderSide, TimeInForce,
    };

    /// An entry at 100.00 with its stop at 90.00 and its target at 120.00, for 10 shares.
    fn request(leg: Leg, cents: i64, quantity: i64) -> ModifyRequest {
        let price = Decimal::new(cents, 2);
        let (terms, present) = match leg {
            Leg::Stop => (OrderTerms::Stop { stop_price: price }, 9_300),
            Leg::Target => (OrderTerms::Limit { limit_price: price }, 12_000),
            _ => (OrderTerms::Limit { limit_price: price }, 10_000),
        };
        ModifyRequest {
            intent: ModifyIntent {
                client_order_id: ClientOrderId::new("a").unwrap(),
                broker_order_id: BrokerOrderId::new("7").unwrap(),
                account_id: AccountId::new("DU1000001").unwrap(),
                instrument: Instrument {
                    conid: Conid(1),
                    symbol: "AAPL".into(),
                    company_name: "APPLE INC".into(),
                    exchange: "NASDAQ".into(),
                    currency: "USD".into(),
                    tick_size: Decimal::new(1, 2),
                    tick_bands: Vec::new(),
                },
                side: if leg == Leg::Entry { OrderSide::Buy } else { OrderSide::Sell },
                quantity: Decimal::from(quantity),
                terms,
                time_in_force: TimeInForce::Gtc,
                good_till: None,
            },
            leg,
            approved_quantity: Decimal::TEN,
            filled_quantity: Decimal::from(2),
            present_price: Some(Decimal::new(present, 2)),
            initial_stop: Some(Decimal::new(9_000, 2)),
            bracket: (Some(Decimal::new(9_300, 2)), Some(Decimal::new(12_000, 2))),
        }
    }

    fn passes(leg: Leg, cents: i64, quantity: i64) -> bool {
        let decision = approve_modify(request(leg, cents, quantity));
        assert_eq!(decision.approved.is_some(), decision.output.approved);
        decision.output.approved
    }

    #[test]
    fn a_change_may_lower_and_never_raise() {
        assert!(passes(Leg::Entry, 9_950, 10));
        assert!(passes(Leg::Entry, 9_950, 5));
        assert!(!passes(Leg::Entry, 10_001, 10));
        assert!(!passes(Leg::Entry, 9_300, 10));
        assert!(!passes(Leg::Entry, 9_950, 11));
        assert!(!passes(Leg::Entry, 9_950, 2));
        assert!(passes(Leg::Stop, 9_500, 10));
        assert!(passes(Leg::Stop, 9_000, 10));
        assert!(!passes(Leg::Stop, 8_999, 10));
        assert!(!passes(Leg::Stop, 9_500, 9));
        assert!(!passes(Leg::Stop, 12_000, 10));
        assert!(passes(Leg::Target, 11_000, 10));
        assert!(!passes(Leg::Target, 9_300, 10));
        assert!(!passes(Leg::External, 9_950, 10));
    }

    proptest! {
        /// No change that passes makes more shares, a dearer entry, or a stop below the approved.
        #[test]
        fn what_passes_adds_no_risk(cents in 1i64..20_000, quantity in -5i64..30, leg in 0usize..3) {
            let leg = [Leg::Entry, Leg::Stop, Leg::Target][leg];
            if passes(leg, cents, quantity) {
                prop_assert!((1..=10).contains(&quantity));
                match leg {
                    Leg::Entry => prop_assert!((9_301..=10_000).contains(&cents)),
                    Leg::Stop => prop_assert!((9_000..12_000).contains(&cents)),
                    _ => prop_assert!(cents > 9_300),
                }
            }
        }
    }
}
