//! From an intent to the body of its request.

use bytes::Bytes;
use rust_decimal::Decimal;

use super::super::rules::OrderToCheck;
use super::wire::{Ticket, WireOrders, wire_order, wire_type};
use crate::domain::{
    AccountId, BracketIntent, BrokerOrderId, ClientOrderId, ExitIntent, Instrument, Leg,
    ModifyIntent, MoveTargetIntent, OrderIntent, OrderSide, OrderTerms, SingleOrderIntent,
    TimeInForce, Trail,
};

/// Our ids of the orders of one request, and what is known of which row belongs to which.
pub(super) enum Sent {
    Bracket {
        entry: ClientOrderId,
        stop: ClientOrderId,
        target: ClientOrderId,
    },
    One(ClientOrderId),
    /// A change of an order that the broker has.
    Changed(ClientOrderId, BrokerOrderId),
}

/// Where a request goes.
pub(super) enum Call<'a> {
    Place,
    Modify(&'a BrokerOrderId),
}

/// A request that is ready to leave.
pub(super) struct Prepared<'a> {
    pub(super) account: &'a AccountId,
    pub(super) instrument: &'a Instrument,
    pub(super) call: Call<'a>,
    pub(super) body: Bytes,
    pub(super) sent: Sent,
    /// Each order of the request, for the check before it leaves.
    pub(super) checks: Vec<OrderToCheck<'a>>,
    pub(super) opens_position: bool,
    /// The request in words, for a person who is asked about it.
    pub(super) words: String,
}

pub(super) type Preparation<'a> = Result<Prepared<'a>, serde_json::Error>;

pub(super) fn prepare(intent: &OrderIntent) -> Preparation<'_> {
    match intent {
        OrderIntent::Bracket(intent) => prepare_bracket(intent),
        OrderIntent::MoveTarget(intent) => prepare_moved_target(intent),
        OrderIntent::Exit(intent) => prepare_exit(intent),
        OrderIntent::Single(intent) => prepare_single(intent),
        OrderIntent::Modify(intent) => prepare_change(intent),
    }
}

/// A ticket in regular hours without a date.
fn ticket(
    side: OrderSide,
    quantity: Decimal,
    terms: OrderTerms,
    time_in_force: TimeInForce,
) -> Ticket {
    Ticket { side, quantity, terms, time_in_force, good_till: None, outside_regular_hours: false }
}

fn to_check<'a>(
    account: &'a AccountId,
    instrument: &'a Instrument,
    ticket: Ticket,
) -> OrderToCheck<'a> {
    OrderToCheck {
        account,
        instrument,
        quantity: ticket.quantity,
        terms: ticket.terms,
        time_in_force: ticket.time_in_force,
        good_till: ticket.good_till,
        outside_regular_hours: ticket.outside_regular_hours,
    }
}

/// A parent and two children that hang on its client order id. The broker cancels one child when
/// the other fills, and holds both until the parent has filled.
pub(super) fn prepare_bracket(intent: &BracketIntent) -> Preparation<'_> {
    let id = |leg: Leg| leg.client_order_id(&intent.execution_id);
    let (entry, stop, target) = (id(Leg::Entry), id(Leg::Stop), id(Leg::Target));
    let (buy, sell) = (OrderSide::Buy, OrderSide::Sell);
    let limit = |limit_price| OrderTerms::Limit { limit_price };
    let quantity = intent.quantity;
    let at_stop = OrderTerms::Stop { stop_price: intent.stop_price };
    let tickets = [
        ticket(buy, quantity, limit(intent.limit_price), TimeInForce::Day),
        ticket(sell, quantity, at_stop, TimeInForce::Gtc),
        ticket(sell, quantity, limit(intent.target_price), TimeInForce::Gtc),
    ];
    let order = |ticket| wire_order(&intent.account_id, &intent.instrument, ticket);
    let child = |id, ticket| order(ticket).map(|o| o.named(id).child_of(entry.as_str()));
    let orders = vec![
        order(tickets[0])?.named(entry.as_str()),
        child(stop.as_str(), tickets[1])?,
        child(target.as_str(), tickets[2])?,
    ];
    let body = serde_json::to_vec(&WireOrders { orders })?.into();
    let words = format!(
        "{}, with a stop at {} and a target at {}",
        in_words(&intent.instrument, tickets[0]),
        intent.stop_price.normalize(),
        intent.target_price.normalize()
    );
    Ok(Prepared {
        account: &intent.account_id,
        instrument: &intent.instrument,
        call: Call::Place,
        body,
        sent: Sent::Bracket { entry, stop, target },
        checks: tickets
            .into_iter()
            .map(|ticket| to_check(&intent.account_id, &intent.instrument, ticket))
            .collect(),
        opens_position: true,
        words,
    })
}

fn prepare_one<'a>(
    account: &'a AccountId,
    instrument: &'a Instrument,
    id: ClientOrderId,
    ticket: Ticket,
) -> Preparation<'a> {
    let orders = vec![wire_order(account, instrument, ticket)?.named(id.as_str())];
    let body = serde_json::to_vec(&WireOrders { orders })?.into();
    Ok(Prepared {
        account,
        instrument,
        call: Call::Place,
        body,
        sent: Sent::One(id),
        checks: vec![to_check(account, instrument, ticket)],
        opens_position: ticket.side == OrderSide::Buy,
        words: in_words(instrument, ticket),
    })
}

fn prepare_exit(intent: &ExitIntent) -> Preparation<'_> {
    let id = Leg::Exit.client_order_id(&intent.execution_id);
    let terms = OrderTerms::Limit { limit_price: intent.limit_price };
    let ticket = ticket(OrderSide::Sell, intent.quantity, terms, TimeInForce::Day);
    prepare_one(&intent.account_id, &intent.instrument, id, ticket)
}

fn prepare_single(intent: &SingleOrderIntent) -> Preparation<'_> {
    let ticket = Ticket {
        side: intent.side,
        quantity: intent.quantity,
        terms: intent.terms,
        time_in_force: intent.time_in_force,
        good_till: intent.good_till,
        outside_regular_hours: intent.outside_regular_hours,
    };
    prepare_one(&intent.account_id, &intent.instrument, intent.client_order_id.clone(), ticket)
}

/// A change restates the whole order, as one object. The path names the order, so that no client
/// order id is needed, which would look like a second order of that id.
fn prepare_restated<'a>(
    account: &'a AccountId,
    instrument: &'a Instrument,
    (id, order): (&ClientOrderId, &'a BrokerOrderId),
    ticket: Ticket,
) -> Preparation<'a> {
    let body = serde_json::to_vec(&wire_order(account, instrument, ticket)?)?.into();
    Ok(Prepared {
        account,
        instrument,
        call: Call::Modify(order),
        body,
        sent: Sent::Changed(id.clone(), order.clone()),
        checks: vec![to_check(account, instrument, ticket)],
        // The position was decided on when the order was placed.
        opens_position: false,
        words: format!("Change order {order} to {}", in_words(instrument, ticket)),
    })
}

fn prepare_moved_target(intent: &MoveTargetIntent) -> Preparation<'_> {
    let terms = OrderTerms::Limit { limit_price: intent.limit_price };
    prepare_restated(
        &intent.account_id,
        &intent.instrument,
        (&intent.client_order_id, &intent.broker_order_id),
        ticket(OrderSide::Sell, intent.quantity, terms, TimeInForce::Gtc),
    )
}

fn prepare_change(intent: &ModifyIntent) -> Preparation<'_> {
    let ticket = Ticket {
        good_till: intent.good_till,
        ..ticket(intent.side, intent.quantity, intent.terms, intent.time_in_force)
    };
    prepare_restated(
        &intent.account_id,
        &intent.instrument,
        (&intent.client_order_id, &intent.broker_order_id),
        ticket,
    )
}

/// Such as `BUY 10 ORCH LMT 71.2 DAY`.
fn in_words(instrument: &Instrument, ticket: Ticket) -> String {
    let prices = match ticket.terms {
        OrderTerms::Market => String::new(),
        OrderTerms::Limit { limit_price } => format!(" {}", limit_price.normalize()),
        OrderTerms::Stop { stop_price } => format!(" {}", stop_price.normalize()),
        OrderTerms::StopLimit { stop_price, limit_price } => {
            format!(" {} limit {}", stop_price.normalize(), limit_price.normalize())
        }
        OrderTerms::TrailingStop { trail: Trail::Amount(by), stop_price } => {
            format!(" {} by {}", stop_price.normalize(), by.normalize())
        }
        OrderTerms::TrailingStop { trail: Trail::Percent(by), stop_price } => {
            format!(" {} by {} %", stop_price.normalize(), by.normalize())
        }
    };
    format!(
        "{} {} {} {}{prices} {}",
        ticket.side,
        ticket.quantity.normalize(),
        instrument.symbol,
        wire_type(ticket.terms.order_type()),
        ticket.time_in_force.as_str()
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::broker::ibkr::sample_instrument;
    use crate::domain::ExecutionId;
    use serde_json::{Value, json};

    pub(in super::super) fn bracket() -> BracketIntent {
        BracketIntent {
            execution_id: ExecutionId::new("sample_1").unwrap(),
            account_id: AccountId::new("DU2000002").unwrap(),
            instrument: sample_instrument(),
            quantity: Decimal::TEN,
            limit_price: "71.20".parse().unwrap(),
            stop_price: "68.05".parse().unwrap(),
            target_price: "77.5".parse().unwrap(),
        }
    }

    #[test]
    fn a_bracket_is_a_parent_and_two_children_in_one_group() {
        let common = |order: Value| {
            let mut order = order;
            for (key, value) in [
                ("acctId", json!("DU2000002")),
                ("conid", json!(204_511)),
                ("secType", json!("204511:STK")),
                ("quantity", json!(10)),
                ("outsideRTH", json!(false)),
            ] {
                order[key] = value;
            }
            order
        };
        let expected = json!({"orders": [
            common(json!({"cOID": "sample_1-entry", "orderType": "LMT", "side": "BUY",
                          "tif": "DAY", "price": 71.2})),
            common(json!({"cOID": "sample_1-stop", "parentId": "sample_1-entry",
                          "isSingleGroup": true, "orderType": "STP", "side": "SELL",
                          "tif": "GTC", "price": 68.05})),
            common(json!({"cOID": "sample_1-target", "parentId": "sample_1-entry",
                          "isSingleGroup": true, "orderType": "LMT", "side": "SELL",
                          "tif": "GTC", "price": 77.5})),
        ]});
        let intent = bracket();
        let prepared = prepare_bracket(&intent).unwrap();
        assert_eq!(serde_json::from_slice::<Value>(&prepared.body).unwrap(), expected);
        assert_eq!(
            prepared.words,
            "BUY 10 ORCH LMT 71.2 DAY, with a stop at 68.05 and a target at 77.5"
        );
        assert_eq!(prepared.checks.len(), 3);
    }

    #[test]
    fn a_change_names_the_order_in_its_path_and_restates_it() {
        let intent = OrderIntent::Modify(ModifyIntent {
            client_order_id: ClientOrderId::new("sample_1-stop").unwrap(),
            broker_order_id: BrokerOrderId::new("731402").unwrap(),
            account_id: AccountId::new("DU2000002").unwrap(),
            instrument: sample_instrument(),
            side: OrderSide::Sell,
            quantity: Decimal::TEN,
            terms: OrderTerms::Stop { stop_price: "69.5".parse().unwrap() },
            time_in_force: TimeInForce::Gtc,
            good_till: None,
        });
        let prepared = prepare(&intent).unwrap();
        assert!(matches!(prepared.call, Call::Modify(order) if order.as_str() == "731402"));
        assert!(!prepared.opens_position);
        let expected = json!({
            "acctId": "DU2000002", "conid": 204_511, "secType": "204511:STK", "orderType": "STP",
            "side": "SELL", "tif": "GTC", "quantity": 10, "price": 69.5, "outsideRTH": false,
        });
        assert_eq!(serde_json::from_slice::<Value>(&prepared.body).unwrap(), expected);
        assert_eq!(prepared.words, "Change order 731402 to SELL 10 ORCH STP 69.5 GTC");
    }
}
