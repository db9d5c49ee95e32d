//! Orders and trades as the gateway lists them.

use jiff::ToSpan;
use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::Call;
use super::wire::{Answer, float, float_of, price_text, utc};
use super::wording::{
    average_text, child_type, description, price, size_and_fills, status_description, status_text,
    stop_price, tif, trail, type_code, type_name,
};
use crate::domain::OrderSide;
use crate::sandbox::SANDBOX_ACCOUNT;
use crate::sandbox::exchange::{Exchange, Execution, Kind, Origin};
use crate::sandbox::facade::{Inner, Sandbox};

/// Most orders in one list.
const MAX_ROWS: usize = 1_000;
/// Most days that trades go back.
const MAX_TRADE_DAYS: i64 = 7;

pub(super) fn live_orders(sandbox: &Sandbox, inner: &mut Inner, call: &Call<'_>) -> Answer {
    // `force` throws the list away, so that it is loaded for the next call.
    let is_forced = call.parameter("force").is_some_and(|force| force.eq_ignore_ascii_case("true"));
    let is_loaded = inner.session.has_live_orders && !is_forced;
    inner.session.has_live_orders = true;
    let has_filters = call.parameter("filters").is_some_and(|filters| !filters.is_empty());
    inner.session.has_filtered_orders =
        has_filters || (inner.session.has_filtered_orders && !is_forced);
    if !is_loaded || sandbox.faults().empty_live_orders_once.take() {
        return Answer::ok(json!({ "orders": [], "snapshot": false }));
    }
    let exchange = &inner.exchange;
    let filters = call.parameter("filters").unwrap_or_default().to_lowercase();
    let plain = |text: &str| text.to_lowercase().replace('_', "");
    let filters: Vec<String> =
        filters.split(',').filter(|filter| !filter.is_empty()).map(plain).collect();
    let today = exchange.calendar().date_at(exchange.now());
    let midnight = today.to_zoned(exchange.calendar().zone().clone()).ok().map(|at| at.timestamp());
    let rows: Vec<Value> = exchange
        .orders()
        .iter()
        .enumerate()
        .rev()
        .filter(|(_, order)| order.is_visible())
        .filter(|(_, order)| order.is_working() || Some(order.last_event_at) >= midnight)
        .filter(|(position, _)| {
            filters.is_empty() || filters.contains(&plain(status_text(exchange, *position)))
        })
        .take(MAX_ROWS)
        .map(|(position, _)| live_row(exchange, position))
        .collect();
    Answer::ok(json!({ "orders": rows, "snapshot": true }))
}

/// An order as the list of live orders shows it.
pub(super) fn live_row(exchange: &Exchange, position: usize) -> Value {
    let order = &exchange.orders()[position];
    let listing = &exchange.listings()[order.listing];
    let status = status_text(exchange, position);
    let total = exchange.total(position);
    let mut row = json!({
        "acct": SANDBOX_ACCOUNT,
        "account": SANDBOX_ACCOUNT,
        "conidex": listing.conid.to_string(),
        "conid": listing.conid,
        "orderId": order.id,
        "cashCcy": "USD",
        "sizeAndFills": size_and_fills(order, total),
        "orderDesc": description(exchange, position, total, None),
        "description1": listing.symbol,
        "ticker": listing.symbol,
        "secType": "STK",
        "listingExchange": listing.exchange,
        "remainingQuantity": float_of(exchange.remaining(position)),
        "filledQuantity": float_of(order.filled),
        "totalSize": float_of(total),
        "companyName": listing.company_name,
        "status": status,
        "order_ccp_status": if order.is_working() { "Submitted" } else { status },
        "origOrderType": type_code(order.kind),
        "orderType": type_name(order.kind),
        "supportsTaxOpt": "0",
        "lastExecutionTime": utc(order.last_event_at, "%y%m%d%H%M%S"),
        "lastExecutionTime_r": order.last_event_at.as_second() * 1_000,
        "bgColor": "#FFFFFF",
        "fgColor": "#000000",
        "isEventTrading": "0",
        "outsideRTH": false,
        "price": price(exchange, position),
        "timeInForce": if order.is_working() { tif(order.validity) } else { "CLOSE" },
        "side": if order.side == OrderSide::Buy { "BUY" } else { "SELL" },
    });
    if let Some(text) = order.order_ref() {
        row["order_ref"] = json!(text);
    }
    if let Some(stop) = stop_price(exchange, position) {
        row["auxPrice"] = json!(stop);
    }
    if let Some((amount, unit)) = trail(order.kind) {
        row["trailingAmt"] = json!(amount);
        row["trailingType"] = json!(unit);
    }
    if let Some(parent) = order.parent {
        row["parentId"] = json!(exchange.orders()[parent].id);
    }
    if let Some(average) = order.average_price() {
        row["avgPrice"] = json!(average_text(average));
    }
    row
}

pub(super) fn order_status(exchange: &Exchange, id: &str) -> Answer {
    let position = id.parse().ok().and_then(|id| exchange.position_of(id));
    let position = position.filter(|position| exchange.orders()[*position].is_visible());
    let Some(position) = position else {
        let shown: String = id.chars().take(64).collect();
        return Answer::error(503, &format!("Order {shown} is not found"));
    };
    let order = &exchange.orders()[position];
    let listing = &exchange.listings()[order.listing];
    let total = exchange.total(position);
    let is_done = !order.is_working();
    let side = if order.side == OrderSide::Buy { "B" } else { "S" };
    let mut status = json!({
        "sub_type": null,
        "request_id": order.id.to_string(),
        "server_id": "0",
        "order_id": order.id,
        "conidex": listing.conid.to_string(),
        "conid": listing.conid,
        "symbol": listing.symbol,
        "side": side,
        "contract_description_1": listing.symbol,
        "listing_exchange": listing.exchange,
        "option_acct": "c",
        "company_name": listing.company_name,
        "size": decimal_text(exchange.remaining(position)),
        "total_size": decimal_text(total),
        "currency": "USD",
        "account": SANDBOX_ACCOUNT,
        "order_type": type_code(order.kind),
        "cum_fill": decimal_text(order.filled),
        "order_status": status_text(exchange, position),
        "order_ccp_status": if is_done { "2" } else { "0" },
        "order_status_description": status_description(order),
        "tif": tif(order.validity),
        "fg_color": "#FFFFFF",
        "bg_color": "#000000",
        "order_not_editable": is_done,
        "editable_fields": "\u{1e}",
        "cannot_cancel_order": is_done,
        "deactivate_order": false,
        "sec_type": "STK",
        "order_description": description(exchange, position, total, None),
        "order_description_with_contract": description(exchange, position, total, Some(&listing.symbol)),
        "alert_active": 1,
        "child_order_type": child_type(order),
        "order_clearing_account": SANDBOX_ACCOUNT,
        "size_and_fills": size_and_fills(order, total),
        "outside_rth": false,
        "use_price_mgmt_algo": false,
        "order_time": utc(order.placed_at, "%y%m%d%H%M%S"),
    });
    if let Kind::Limit(_) | Kind::StopLimit { .. } = order.kind {
        status["limit_price"] = json!(price(exchange, position));
    }
    if let Some(stop) = stop_price(exchange, position) {
        status["stop_price"] = json!(stop);
    }
    if let Some((amount, unit)) = trail(order.kind) {
        status["trailing_amount"] = json!(amount);
        status["trailing_amount_unit"] = json!(unit);
    }
    if let Some(average) = order.average_price() {
        status["average_price"] = json!(average_text(average));
    }
    if let Some(parent) = order.parent {
        let parent = exchange.orders()[parent].id;
        status["parent_order_id"] = json!(parent);
        status["oca_group_id"] = json!(parent);
        status["oca_group_type"] = json!("ReduceOnFillNonBlock");
    }
    if !order.children.is_empty() {
        let children = order.children.iter().map(|child| exchange.orders()[*child].id);
        status["children_order_ids"] = children.collect();
    }
    if let Some(first) = order.group.first() {
        status["oca_group_id"] = json!(exchange.orders()[*first].id);
        status["oca_group_type"] = json!("ReduceOnFillNonBlock");
    }
    if let Some(text) = order.order_ref() {
        status["order_ref"] = json!(text);
    }
    Answer::ok(status)
}

pub(super) fn trades(sandbox: &Sandbox, inner: &mut Inner, call: &Call<'_>) -> Answer {
    if !std::mem::replace(&mut inner.session.has_trades, true) {
        return Answer::ok(json!([]));
    }
    let exchange = &inner.exchange;
    let days = call.parameter("days").and_then(|days| days.parse::<i64>().ok()).unwrap_or(0);
    let today = exchange.calendar().date_at(exchange.now());
    let back = days.clamp(0, MAX_TRADE_DAYS);
    let first = today.checked_sub(back.days()).unwrap_or(today);
    let recent = exchange
        .executions()
        .iter()
        .rev()
        .take_while(|execution| exchange.calendar().date_at(execution.at) >= first);
    let copies = if sandbox.faults().duplicate_fills.is_on() { 2 } else { 1 };
    let rows = recent.flat_map(|execution| {
        std::iter::repeat_n(execution, copies).map(|execution| trade_row(exchange, execution))
    });
    Answer::ok(rows.collect())
}

/// An execution as the list of trades shows it.
pub(super) fn trade_row(exchange: &Exchange, execution: &Execution) -> Value {
    let order = &exchange.orders()[execution.order];
    let listing = &exchange.listings()[order.listing];
    let price = Decimal::new(execution.cents, 2);
    let (side, verb) = match order.side {
        OrderSide::Buy => ("B", "Bot"),
        OrderSide::Sell => ("S", "Sold"),
    };
    let is_forced = order.origin == Origin::Liquidation;
    let shares = execution.shares;
    let price_text = price_text(price);
    let mut row = json!({
        "execution_id": execution.id,
        "symbol": listing.symbol,
        "supports_tax_opt": "0",
        "side": side,
        "order_description": format!("{verb} {shares} @ {price_text} on {}", listing.exchange),
        "trade_time": utc(execution.at, "%Y%m%d-%H:%M:%S"),
        "trade_time_r": execution.at.as_millisecond(),
        "size": float_of(shares),
        "price": price_text,
        "submitter": "sandbox",
        "exchange": listing.exchange,
        "commission": format!("{:.2}", execution.commission),
        "net_amount": float(price * Decimal::from(shares)),
        "account": SANDBOX_ACCOUNT,
        "accountCode": SANDBOX_ACCOUNT,
        "account_allocation_name": SANDBOX_ACCOUNT,
        "company_name": listing.company_name,
        "contract_description_1": listing.symbol,
        "sec_type": "STK",
        "listing_exchange": listing.exchange,
        "conid": listing.conid,
        "conidEx": listing.conid.to_string(),
        "clearing_id": "IB",
        "clearing_name": "IB",
        "liquidation_trade": if is_forced { "1" } else { "0" },
        "is_event_trading": "0",
    });
    if let Some(text) = order.order_ref() {
        row["order_ref"] = json!(text);
    }
    row
}

fn decimal_text(count: i64) -> String {
    format!("{count}.0")
}
