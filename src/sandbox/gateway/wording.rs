//! An order in the gateway's words.

use rust_decimal::Decimal;

use super::wire::price_text;
use crate::domain::OrderSide;
use crate::sandbox::exchange::{CancelReason, Exchange, Kind, Order, State, Trail, Validity};

/// The gateway's word for what has become of an order. It has none for an order that has filled in
/// part: that is `Submitted`.
pub(super) fn status_text(exchange: &Exchange, position: usize) -> &'static str {
    let order = &exchange.orders()[position];
    match order.state {
        State::Filled => "Filled",
        State::Cancelled(_) => "Cancelled",
        State::Working if order.filled > 0 => "Submitted",
        State::Working => {
            let waits_for_parent = exchange.executable(position) == 0;
            let waits_for_stop = order.kind.has_stop() && !order.is_triggered;
            let is_open = exchange.calendar().is_open(exchange.now());
            if waits_for_parent || waits_for_stop || !is_open {
                "PreSubmitted"
            } else {
                "Submitted"
            }
        }
    }
}

/// The type as a list of orders shows it; in capitals, as an order's status does.
pub(super) fn type_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Market => "Market",
        Kind::Limit(_) => "Limit",
        Kind::Stop(_) => "Stop",
        Kind::StopLimit { .. } => "Stop Limit",
        Kind::Trail { .. } => "Trailing Stop",
    }
}

/// The type in capitals.
pub(super) fn type_code(kind: Kind) -> String {
    type_name(kind).to_uppercase().replace(' ', "_")
}

/// The time in force.
pub(super) fn tif(validity: Validity) -> &'static str {
    match validity {
        Validity::Day => "DAY",
        Validity::Gtc => "GTC",
        Validity::Ioc => "IOC",
        Validity::Gtd(_) => "GTD",
    }
}

/// The price of an order as text: a stop order's is its stop, a market order's is empty.
pub(super) fn price(exchange: &Exchange, position: usize) -> String {
    let order = &exchange.orders()[position];
    let cents = order.kind.cents().or_else(|| exchange.stop_of(position));
    cents.map_or_else(String::new, |cents| price_text(Decimal::new(cents, 2)))
}

/// The stop of an order as text, as it stands now.
pub(super) fn stop_price(exchange: &Exchange, position: usize) -> Option<String> {
    exchange.stop_of(position).map(|cents| price_text(Decimal::new(cents, 2)))
}

/// What a trailing order trails by: the number, and `amt` or `%`.
pub(super) fn trail(kind: Kind) -> Option<(String, &'static str)> {
    match kind {
        Kind::Trail { by: Trail::Amount(cents), .. } => {
            Some((price_text(Decimal::new(cents, 2)), "amt"))
        }
        Kind::Trail { by: Trail::BasisPoints(points), .. } => {
            Some((Decimal::new(points, 2).normalize().to_string(), "%"))
        }
        _ => None,
    }
}

/// An average price with as many decimal places as it needs.
pub(super) fn average_text(average: Decimal) -> String {
    average.round_dp(8).normalize().to_string()
}

/// `0/10` while an order works; the shares alone once all of it has filled.
pub(super) fn size_and_fills(order: &Order, total: i64) -> String {
    if order.state == State::Filled {
        order.filled.to_string()
    } else {
        format!("{}/{total}", order.filled)
    }
}

/// The order in one line, such as `Buy 1 Limit 457.00, GTC`.
pub(super) fn description(
    exchange: &Exchange,
    position: usize,
    total: i64,
    symbol: Option<&str>,
) -> String {
    let order = &exchange.orders()[position];
    let verb = match (order.state == State::Filled, order.side) {
        (false, OrderSide::Buy) => "Buy",
        (false, OrderSide::Sell) => "Sell",
        (true, OrderSide::Buy) => "Bought",
        (true, OrderSide::Sell) => "Sold",
    };
    let symbol = symbol.map(|symbol| format!("{symbol} ")).unwrap_or_default();
    let price = match order.kind {
        Kind::StopLimit { stop, limit } => {
            let text = |cents| price_text(Decimal::new(cents, 2));
            format!(" {} Limit {}", text(stop), text(limit))
        }
        _ => match price(exchange, position) {
            price if price.is_empty() => price,
            price => format!(" {price}"),
        },
    };
    let name = match order.kind {
        Kind::StopLimit { .. } => "Stop",
        kind => type_name(kind),
    };
    let validity = match order.validity {
        Validity::Day => "Day",
        other => tif(other),
    };
    format!("{verb} {total} {symbol}{name}{price}, {validity}")
}

/// What became of an order, in a sentence.
pub(super) fn status_description(order: &Order) -> &'static str {
    match order.state {
        State::Working => "Order Submitted",
        State::Filled => "Order Filled",
        State::Cancelled(CancelReason::Requested) => "Order Cancelled",
        State::Cancelled(CancelReason::Expired) => "Order Cancelled: its time is over",
        State::Cancelled(CancelReason::GroupFilled) => "Order Cancelled: its OCA group has filled",
        State::Cancelled(CancelReason::ParentEnded) => "Order Cancelled: its parent has ended",
        State::Cancelled(CancelReason::NoCash) => "Order Cancelled: the cash does not pay for it",
        State::Cancelled(CancelReason::NoShares) => "Order Cancelled: there are no shares to sell",
    }
}

/// `3` stands for an order that is no child and has none, as in the recordings.
pub(super) fn child_type(order: &Order) -> &'static str {
    match (order.parent, order.children.is_empty(), order.kind.has_stop()) {
        (Some(_), _, true) => "B",
        (Some(_), _, false) => "A",
        (None, false, _) => "0",
        (None, true, _) => "3",
    }
}
