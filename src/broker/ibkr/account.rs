//! Orders, fills, positions and money: what the broker says that there is.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde_json::Value;
use tracing::warn;

use super::IbkrClient;
use super::client::MAX_TEXT_CHARACTERS;
use super::models::{
    LiveOrders, Loose, OrderRow, OrderStatusAnswer, PortfolioSummary, PositionRow, SummaryAmount,
    TradeRow, record, rows,
};
use super::parse;
use crate::broker::{AccountSummary, BrokerError, BrokerOrder, BrokerPosition};
use crate::domain::{
    AccountId, BrokerOrderId, ClientOrderId, Conid, Fill, FillId, OrderStatus, OrderType,
};

/// Empty lists of orders in a row before there are none.
const EMPTY_LISTS_TO_BELIEVE: u32 = 2;

/// A hundred positions are on a page.
const MAX_POSITION_PAGES: u32 = 100;

const MAX_DESCRIPTION_CHARACTERS: usize = 100;

pub(super) async fn live_orders(
    client: &IbkrClient,
) -> Result<Option<Vec<BrokerOrder>>, BrokerError> {
    let account = client.account()?;
    if !client.session().orders_primed {
        // Empties the gateway's list and makes it load the orders; the limiter then keeps the five
        // seconds that loading takes.
        client.raw.live_orders(true).await?;
        client.session().orders_primed = true;
    }
    let answer = client.raw.live_orders(false).await?;
    let (orders, is_loaded) = read_orders(&answer, &account)?;
    let mut session = client.session();
    if !orders.is_empty() {
        session.empty_order_lists = 0;
        return Ok(Some(orders));
    }
    if !is_loaded {
        session.empty_order_lists = 0;
        return Ok(None);
    }
    session.empty_order_lists = session.empty_order_lists.saturating_add(1);
    Ok((session.empty_order_lists >= EMPTY_LISTS_TO_BELIEVE).then_some(orders))
}

const ORDERS_REQUEST: &str = "GET /iserver/account/orders";

/// The orders of the account, and whether the gateway calls the list loaded.
fn read_orders(
    answer: &Value,
    account: &AccountId,
) -> Result<(Vec<BrokerOrder>, bool), BrokerError> {
    // Some builds answer with the bare list.
    let list = match record::<LiveOrders>(answer) {
        Some(list) => list,
        None => LiveOrders { orders: Loose::from(answer.clone()), ..LiveOrders::default() },
    };
    let is_loaded = list.snapshot.boolean().unwrap_or(true);
    let mut orders = Vec::new();
    for row in list.orders.records::<OrderRow>() {
        if is_of_another_account(account, [&row.acct, &row.account]) {
            continue;
        }
        match read_order(&row) {
            Ok(order) => orders.push(order),
            Err(lacking) => tolerate(ORDERS_REQUEST, &row.order_id, &row.order_ref, lacking)?,
        }
    }
    Ok((orders, is_loaded))
}

/// A row that cannot be read is passed over if it is somebody else's: one odd order that was
/// entered by hand must not blind the engine to its own. If it may be ours, the whole list is
/// refused, since an order that is missing from it would be taken for one that does not exist.
fn tolerate(
    request: &str,
    id: &Loose,
    order_ref: &Loose,
    lacking: &'static str,
) -> Result<(), BrokerError> {
    let shown = parse::bounded(&id.text().unwrap_or_else(|| "without an id".into()), 64);
    if client_order_id(order_ref).is_some() || id.text().is_none() {
        let cause = format!("the row {shown} has no readable {lacking}");
        return Err(BrokerError::Protocol { request: request.into(), cause });
    }
    warn!(row = %shown, lacking, "passed over a row that is not ours in the answer to {request}");
    Ok(())
}

fn is_of_another_account(account: &AccountId, names: [&Loose; 2]) -> bool {
    let mut given = names.into_iter().filter_map(Loose::text).peekable();
    given.peek().is_some() && !given.any(|name| name == account.as_str())
}

fn read_order(row: &OrderRow) -> Result<BrokerOrder, &'static str> {
    let id = row.order_id.text().and_then(|id| BrokerOrderId::new(id).ok()).ok_or("orderId")?;
    let conid = row.conid.integer().map(Conid).ok_or("conid")?;
    let side = row.side.text().and_then(|word| parse::side(&word)).ok_or("side")?;
    let status_text = row.status.text().ok_or("status")?;
    let (total, filled, remaining) =
        (row.total_size.decimal(), row.filled_quantity.decimal(), row.remaining_quantity.decimal());
    // Rows come in part: any two of the three quantities give the third.
    let (quantity, filled_quantity, remaining_quantity) = match (total, filled, remaining) {
        (Some(total), Some(filled), remaining) => {
            (total, filled, remaining.unwrap_or(total - filled))
        }
        (Some(total), None, Some(remaining)) => (total, total - remaining, remaining),
        (None, Some(filled), Some(remaining)) => (filled + remaining, filled, remaining),
        _ => return Err("quantity"),
    };
    let order_type = [&row.orig_order_type, &row.order_type]
        .into_iter()
        .filter_map(Loose::text)
        .find_map(|word| parse::order_type(&word));
    let price = match order_type {
        Some(OrderType::Stop | OrderType::TrailingStop) => {
            row.aux_price.decimal().or_else(|| row.price.decimal())
        }
        _ => row.price.decimal(),
    };
    let status = parse::order_status(&status_text);
    if status == OrderStatus::Unknown {
        warn!(order = %id, status = %parse::bounded(&status_text, 64), "unknown order status");
    }
    Ok(BrokerOrder {
        broker_order_id: id,
        client_order_id: client_order_id(&row.order_ref),
        conid,
        side,
        order_type,
        status: parse::refined_status(status, filled_quantity, remaining_quantity),
        status_text: parse::bounded(&status_text, MAX_TEXT_CHARACTERS),
        quantity,
        filled_quantity,
        remaining_quantity,
        price: price.filter(|price| *price > Decimal::ZERO),
        average_price: row.avg_price.decimal().filter(|price| *price > Decimal::ZERO),
    })
}

/// One order as `order/status` describes it; nothing if it is of another account.
pub(super) fn read_status(
    answer: &Value,
    asked: &BrokerOrderId,
    account: &AccountId,
) -> Result<Option<BrokerOrder>, BrokerError> {
    let protocol = |cause: String| BrokerError::Protocol {
        request: format!("GET /iserver/account/order/status/{asked}"),
        cause,
    };
    let status = rows(answer)
        .find_map(record::<OrderStatusAnswer>)
        .ok_or_else(|| protocol("it is no JSON object".into()))?;
    if is_of_another_account(account, [&status.account, &Loose::default()]) {
        return Ok(None);
    }
    if status.order_id.text().is_some_and(|id| id != asked.as_str()) {
        return Err(protocol("it is about another order".into()));
    }
    let order_type = status.order_type.text().and_then(|word| parse::order_type(&word));
    let row = OrderRow {
        order_id: Value::from(asked.as_str()).into(),
        order_ref: status.order_ref,
        conid: status.conid,
        side: status.side,
        orig_order_type: status.order_type,
        status: status.order_status,
        total_size: status.total_size,
        filled_quantity: status.cum_fill,
        remaining_quantity: status.size,
        price: match order_type {
            Some(OrderType::Stop | OrderType::TrailingStop) => status.stop_price,
            _ => status.limit_price,
        },
        avg_price: status.average_price,
        ..OrderRow::default()
    };
    let order =
        read_order(&row).map_err(|lacking| protocol(format!("it has no readable {lacking}")))?;
    Ok(Some(order))
}

/// Only what could be an id of ours; anything else was entered elsewhere.
fn client_order_id(order_ref: &Loose) -> Option<ClientOrderId> {
    order_ref.text().and_then(|text| ClientOrderId::new(text).ok())
}

pub(super) async fn fills(client: &IbkrClient) -> Result<Option<Vec<Fill>>, BrokerError> {
    let account = client.account()?;
    let answer = client.raw.trades().await?;
    let fills = read_fills(&answer, &account)?;
    // The gateway loads the fills when it is first asked, and answers with none until it has them.
    let asked_before = std::mem::replace(&mut client.session().fills_asked, true);
    Ok((asked_before || !fills.is_empty()).then_some(fills))
}

/// The fills of the account, each once. A correction of a fill has the same id but for the digits
/// after its last point, and replaces it.
fn read_fills(answer: &Value, account: &AccountId) -> Result<Vec<Fill>, BrokerError> {
    let mut latest: BTreeMap<String, (u64, Fill)> = BTreeMap::new();
    for row in rows(answer).filter_map(record::<TradeRow>) {
        if is_of_another_account(account, [&row.account, &row.account_code]) {
            continue;
        }
        let fill = match read_fill(&row) {
            Ok(fill) => fill,
            Err(lacking) => {
                tolerate(
                    "GET /iserver/account/trades",
                    &row.execution_id,
                    &row.order_ref,
                    lacking,
                )?;
                continue;
            }
        };
        let (stem, correction) = split_fill_id(fill.fill_id.as_str());
        let newest_so_far = latest.get(&stem).map(|(number, _)| *number);
        if newest_so_far.is_none_or(|number| correction > number) {
            latest.insert(stem, (correction, fill));
        }
    }
    let mut fills: Vec<Fill> = latest.into_values().map(|(_, fill)| fill).collect();
    fills.sort_by(|a, b| (a.at, &a.fill_id).cmp(&(b.at, &b.fill_id)));
    Ok(fills)
}

/// `0000e0d5.6576fd38.01.02` is the second edition of `0000e0d5.6576fd38.01`. An id of another form
/// has one edition only.
fn split_fill_id(id: &str) -> (String, u64) {
    let parts: Vec<&str> = id.split('.').collect();
    match parts.as_slice() {
        [stem @ .., last] if stem.len() == 3 => match last.parse() {
            Ok(number) => (stem.join("."), number),
            Err(_) => (id.into(), 0),
        },
        _ => (id.into(), 0),
    }
}

fn read_fill(row: &TradeRow) -> Result<Fill, &'static str> {
    let id = row.execution_id.text().filter(|id| id.len() <= 100).ok_or("execution_id")?;
    let at = row
        .trade_time_r
        .integer()
        .and_then(parse::instant)
        .or_else(|| row.trade_time.text().and_then(|text| parse::compact_instant(&text)))
        .ok_or("trade time")?;
    let positive = |value: &Loose| value.decimal().filter(|value| *value > Decimal::ZERO);
    Ok(Fill {
        fill_id: FillId::new(id),
        client_order_id: client_order_id(&row.order_ref),
        broker_order_id: row.order_id.text().and_then(|id| BrokerOrderId::new(id).ok()),
        conid: row.conid.integer().map(Conid).ok_or("conid")?,
        side: row.side.text().and_then(|word| parse::side(&word)).ok_or("side")?,
        quantity: positive(&row.size).ok_or("size")?,
        price: positive(&row.price).ok_or("price")?,
        // The shares changed hands whether or not the commission has been charged yet.
        commission: row.commission.decimal().unwrap_or_default(),
        is_commission_known: row.commission.decimal().is_some(),
        is_liquidation: row.liquidation_trade.text().as_deref() == Some("1"),
        at,
    })
}

/// Positions past the gateway's cache. If that cannot be emptied, its age is not known, and the
/// list is not given.
pub(super) async fn fresh_positions(
    client: &IbkrClient,
) -> Result<Vec<BrokerPosition>, BrokerError> {
    let account = client.account()?;
    client.raw.forget_positions(&account).await?;
    positions(client).await
}

pub(super) async fn positions(client: &IbkrClient) -> Result<Vec<BrokerPosition>, BrokerError> {
    let account = client.account()?;
    let mut positions = Vec::new();
    for page in 0..MAX_POSITION_PAGES {
        let answer = client.raw.positions(&account, page).await?;
        let mut is_past_the_end = true;
        for row in rows(&answer).filter_map(record::<PositionRow>) {
            is_past_the_end = false;
            positions.push(read_position(&row).map_err(|lacking| BrokerError::Protocol {
                request: positions_request(&account, page),
                cause: format!("a position has no readable {lacking}"),
            })?);
        }
        if is_past_the_end {
            return Ok(positions);
        }
    }
    Err(BrokerError::Protocol {
        request: positions_request(&account, MAX_POSITION_PAGES),
        cause: format!("there is no end after {MAX_POSITION_PAGES} pages"),
    })
}

fn positions_request(account: &AccountId, page: u32) -> String {
    format!("GET /portfolio/{account}/positions/{page}")
}

fn read_position(row: &PositionRow) -> Result<BrokerPosition, &'static str> {
    let conid = row.conid.integer().map(Conid).ok_or("conid")?;
    let description = row.ticker.text().or_else(|| row.contract_desc.text());
    Ok(BrokerPosition {
        conid,
        description: parse::bounded(
            &description.unwrap_or_else(|| conid.to_string()),
            MAX_DESCRIPTION_CHARACTERS,
        ),
        quantity: row.position.decimal().ok_or("position")?,
        average_cost: row.avg_cost.decimal().ok_or("avgCost")?,
        market_price: row.mkt_price.decimal().filter(|price| *price > Decimal::ZERO),
    })
}

pub(super) async fn summary(client: &IbkrClient) -> Result<AccountSummary, BrokerError> {
    let account = client.account()?;
    let answer = client.raw.summary(&account).await?;
    read_summary(&answer).map_err(|lacking| BrokerError::Protocol {
        request: format!("GET /portfolio/{account}/summary"),
        cause: format!("it has no readable {lacking}"),
    })
}

fn read_summary(answer: &Value) -> Result<AccountSummary, &'static str> {
    let summary = record::<PortfolioSummary>(answer).ok_or("content")?;
    let amount = |loose: &Loose| {
        let amount = loose.record::<SummaryAmount>()?;
        let is_null = amount.is_null.boolean().unwrap_or(false);
        let number = amount.amount.decimal().or_else(|| amount.value.decimal());
        number.filter(|_| !is_null)
    };
    let worth = summary.netliquidation.record::<SummaryAmount>().ok_or("netliquidation")?;
    Ok(AccountSummary {
        net_liquidation: amount(&summary.netliquidation).ok_or("netliquidation")?,
        total_cash: amount(&summary.totalcashvalue).ok_or("totalcashvalue")?,
        available_funds: amount(&summary.availablefunds).ok_or("availablefunds")?,
        gross_position_value: amount(&summary.grosspositionvalue).ok_or("grosspositionvalue")?,
        currency: worth.currency.text().map(|c| parse::bounded(&c, 3)).ok_or("currency")?,
        as_of: worth.timestamp.integer().and_then(parse::instant).ok_or("timestamp")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn account() -> AccountId {
        AccountId::new("DU2000002").unwrap()
    }

    fn order_row() -> Value {
        json!({
            "acct": "DU2000002", "account": "DU2000002", "conidex": "204511", "conid": 204_511,
            "orderId": 731_402, "order_ref": "sample_1-entry", "sizeAndFills": "4/10",
            "totalSize": 10.0, "filledQuantity": 4.0, "remainingQuantity": "6",
            "status": "Submitted", "origOrderType": "LIMIT", "orderType": "Limit",
            "price": "71.25", "avgPrice": "71.20", "side": "BUY", "timeInForce": "DAY"
        })
    }

    fn with(mut row: Value, key: &str, value: Value) -> Value {
        row[key] = value;
        row
    }

    fn orders(rows: &Value) -> Result<Vec<BrokerOrder>, BrokerError> {
        read_orders(&json!({"orders": rows, "snapshot": true}), &account()).map(|read| read.0)
    }

    #[test]
    fn a_working_order_is_read() {
        let order = orders(&json!([order_row()])).unwrap().remove(0);
        assert_eq!(order.broker_order_id.as_str(), "731402");
        assert_eq!(order.client_order_id.unwrap().as_str(), "sample_1-entry");
        assert_eq!(order.status, OrderStatus::PartiallyFilled);
        assert_eq!(order.status_text, "Submitted");
        assert_eq!(order.order_type, Some(OrderType::Limit));
        let numbers = [order.quantity, order.filled_quantity, order.remaining_quantity];
        assert_eq!(numbers, [Decimal::TEN, Decimal::from(4), Decimal::from(6)]);
        assert_eq!(order.price.unwrap().to_string(), "71.25");
        assert_eq!(order.average_price.unwrap().to_string(), "71.2");
    }

    #[test]
    fn the_price_of_a_stop_order_is_its_stop_price() {
        let stop = with(order_row(), "origOrderType", json!("STOP"));
        let cases = [
            (with(stop.clone(), "auxPrice", json!("68.10")), "68.1"),
            (with(stop, "auxPrice", json!("")), "71.25"),
        ];
        for (row, expected) in cases {
            let order = orders(&json!([row])).unwrap().remove(0);
            assert_eq!(order.price.unwrap().to_string(), expected);
        }
    }

    #[test]
    fn a_word_for_a_status_that_is_not_known_is_kept() {
        let order = orders(&json!([with(order_row(), "status", json!("HeldByMoon"))])).unwrap();
        assert_eq!(order[0].status, OrderStatus::Unknown);
        assert_eq!(order[0].status_text, "HeldByMoon");
    }

    #[test]
    fn a_partial_row_is_completed_from_what_it_has() {
        let row = with(order_row(), "totalSize", Value::Null);
        assert_eq!(orders(&json!(row)).unwrap()[0].quantity, Decimal::TEN);
        let row = with(order_row(), "filledQuantity", Value::Null);
        assert_eq!(orders(&json!(row)).unwrap()[0].filled_quantity, Decimal::from(4));
    }

    #[test]
    fn an_unreadable_row_of_ours_refuses_the_list_and_a_strangers_does_not() {
        let broken = with(order_row(), "conid", json!("none"));
        let ours = orders(&json!([order_row(), broken]));
        assert!(matches!(ours, Err(BrokerError::Protocol { .. })), "{ours:?}");
        let strangers = with(broken_copy(), "order_ref", Value::Null);
        assert_eq!(orders(&json!([order_row(), strangers])).unwrap().len(), 1);
        let nameless = with(with(order_row(), "orderId", json!("")), "order_ref", json!(""));
        assert!(orders(&json!([nameless])).is_err());
    }

    fn broken_copy() -> Value {
        with(order_row(), "conid", json!("none"))
    }

    #[test]
    fn orders_of_another_account_are_left_out() {
        let other = with(with(order_row(), "acct", json!("DU3")), "account", json!("DU3"));
        assert_eq!(orders(&json!([other])).unwrap(), []);
    }

    #[test]
    fn h15_an_empty_list_that_is_not_loaded_says_so() {
        let read = |answer| read_orders(&answer, &account()).unwrap();
        assert_eq!(read(json!({"orders": [], "snapshot": false})), (vec![], false));
        assert_eq!(read(json!({"orders": [], "snapshot": true})), (vec![], true));
        assert_eq!(read(json!({"orders": [order_row()], "snapshot": false})).0.len(), 1);
    }

    fn trade(id: &str, price: &str) -> Value {
        json!({
            "execution_id": id, "account": "DU2000002", "accountCode": "DU2000002",
            "order_ref": "sample_1-entry", "conid": "204511", "side": "B", "size": 4.0,
            "price": price, "commission": "1.01", "trade_time": "20260105-15:30:49",
            "trade_time_r": 1_767_627_049_000_i64
        })
    }

    #[test]
    fn a_fill_comes_once_and_a_correction_replaces_it() {
        let rows = json!([
            trade("0000a1b2.695b0001.01.01", "71.20"),
            trade("0000a1b2.695b0001.01.01", "71.20"),
            trade("0000a1b2.695b0001.01.02", "71.21"),
            trade("0000a1b2.695b0002.01.01", "71.22"),
            trade("another form", "71.23"),
        ]);
        let fills = read_fills(&rows, &account()).unwrap();
        let prices: Vec<String> = fills.iter().map(|fill| fill.price.to_string()).collect();
        assert_eq!(prices, ["71.21", "71.22", "71.23"]);
        assert_eq!(fills[0].at.to_string(), "2026-01-05T15:30:49Z");
        assert_eq!(fills[0].commission.to_string(), "1.01");
    }

    #[test]
    fn a_fill_of_ours_that_cannot_be_read_is_never_dropped() {
        let read = read_fills(&json!([trade("0000a1b2.695b0001.01.01", "")]), &account());
        assert!(matches!(read, Err(BrokerError::Protocol { .. })), "{read:?}");
    }

    #[test]
    fn money_is_read_from_numbers_and_texts() {
        let amount = |amount: Value| {
            json!({"amount": amount, "currency": "USD", "isNull": false, "timestamp": 1_767_627_049,
                   "value": null, "severity": 0})
        };
        let answer = json!({
            "netliquidation": amount(json!(100_250.37)), "totalcashvalue": amount(json!("99,500.5")),
            "availablefunds": amount(json!(99_000)), "grosspositionvalue": amount(json!(0.0)),
        });
        let summary = read_summary(&answer).unwrap();
        assert_eq!(summary.net_liquidation.to_string(), "100250.37");
        assert_eq!(summary.total_cash.to_string(), "99500.5");
        assert_eq!(summary.gross_position_value, Decimal::ZERO);
        assert_eq!(summary.as_of.to_string(), "2026-01-05T15:30:49Z");
        let mut missing = answer;
        missing["availablefunds"]["isNull"] = json!(true);
        assert_eq!(read_summary(&missing), Err("availablefunds"));
    }

    #[test]
    fn an_order_is_read_from_its_status() {
        let answer = json!({
            "sub_type": null, "order_id": 731_402, "conid": "204511", "side": "S",
            "account": "DU2000002", "size": "4.0", "total_size": "10.0", "cum_fill": "6.0",
            "order_type": "STOP", "stop_price": "68.05", "order_status": "Submitted",
            "average_price": "68.01", "tif": "GTC",
        });
        let id = BrokerOrderId::new("731402").unwrap();
        let order = read_status(&answer, &id, &account()).unwrap().unwrap();
        assert_eq!(order.status, OrderStatus::PartiallyFilled);
        assert_eq!(order.remaining_quantity, Decimal::from(4));
        assert_eq!(order.price.unwrap().to_string(), "68.05");
        let other = AccountId::new("DU3000003").unwrap();
        assert_eq!(read_status(&answer, &id, &other), Ok(None));
        let another = BrokerOrderId::new("731403").unwrap();
        assert!(read_status(&answer, &another, &account()).is_err());
    }
}
