//! The exchange's rules, each on a day whose prices are known.

use jiff::civil::date;

use super::*;
use crate::domain::OrderSide::{self, Buy, Sell};
use crate::sandbox::data::{DailyPrice, PriceSeries};

pub(super) const CONID: i64 = 265_598;

/// Year, month, day, open, high, low, close and volume of AAPL; prices in cents.
pub(super) type Row = (i16, i8, i8, i64, i64, i64, i64, u64);

fn series(days: &[Row]) -> PriceSeries {
    let price = |cents| Decimal::new(cents, 2);
    let day = |&(year, month, day, open, high, low, close, volume)| DailyPrice {
        date: date(year, month, day),
        open: price(open),
        high: price(high),
        low: price(low),
        close: price(close),
        volume,
        adjusted_close: None,
    };
    PriceSeries { symbol: "AAPL".into(), days: days.iter().map(day).collect() }
}

pub(super) fn exchange_on(days: &[Row]) -> Exchange {
    let listings = Listing::build(&[series(days)], true).unwrap();
    Exchange::new(7, listings, Decimal::from(100_000))
}

/// Thursday flat at 100; Friday falls from 100 to 90, with plenty of volume.
pub(super) fn falling() -> Exchange {
    let mut exchange = exchange_on(&[
        (2012, 6, 14, 10_000, 10_000, 10_000, 10_000, 39_100_000),
        (2012, 6, 15, 10_000, 10_000, 9_000, 9_000, 39_100_000),
        (2012, 6, 18, 9_500, 9_900, 9_400, 9_800, 39_100_000),
    ]);
    exchange.advance_to(at("2012-06-14T20:00:00Z"));
    exchange
}

pub(super) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub(super) fn new(
    id: &str,
    side: OrderSide,
    kind: Kind,
    validity: Validity,
    quantity: i64,
) -> NewOrder {
    NewOrder {
        client_order_id: Some(id.into()),
        parent: None,
        conid: CONID,
        side,
        kind,
        validity,
        quantity,
        is_single_group: false,
    }
}

pub(super) fn child(id: &str, parent: &str, kind: Kind, quantity: i64) -> NewOrder {
    NewOrder { parent: Some(parent.into()), ..new(id, Sell, kind, Validity::Gtc, quantity) }
}

pub(super) fn place(exchange: &mut Exchange, orders: Vec<NewOrder>) -> Result<Vec<usize>, Refusal> {
    let command = Command::Place { orders };
    exchange.check(&command)?;
    Ok(exchange.apply(&command))
}

pub(super) fn buy_now(exchange: &mut Exchange, quantity: i64) {
    place(exchange, vec![new("buy", Buy, Kind::Market, Validity::Day, quantity)]).unwrap();
}

pub(super) fn state<'a>(exchange: &'a Exchange, id: &str) -> &'a Order {
    &exchange.orders()[exchange.position_of_client_order_id(id).unwrap()]
}

#[test]
fn a_market_order_fills_at_the_next_print() {
    let mut exchange = falling();
    buy_now(&mut exchange, 10);
    assert_eq!(exchange.next_event_at(), Some(at("2012-06-15T13:30:00Z")), "the next opening");
    exchange.advance_to(at("2012-06-15T13:29:59Z"));
    assert_eq!(state(&exchange, "buy").filled, 0);
    exchange.advance_to(at("2012-06-15T13:30:00Z"));
    assert_eq!(state(&exchange, "buy").state, State::Filled);
    assert_eq!(exchange.executions()[0].cents, 10_000);
    assert_eq!(exchange.account().cash(), Decimal::from(100_000 - 1_000 - 1));
    // Exactly on a print, that print is past.
    let order = new("second", Buy, Kind::Market, Validity::Day, 1);
    place(&mut exchange, vec![order]).unwrap();
    assert_eq!(exchange.next_event_at(), Some(at("2012-06-15T13:31:00Z")));
}

#[test]
fn a_limit_fills_at_the_limit_or_better() {
    let mut exchange = falling();
    let order = new("limit", Buy, Kind::Limit(9_500), Validity::Gtc, 10);
    place(&mut exchange, vec![order]).unwrap();
    exchange.advance_to(at("2012-06-15T20:00:00Z"));
    let execution = &exchange.executions()[0];
    assert!(execution.cents <= 9_500 && execution.cents > 9_450, "{execution:?}");
    assert!(execution.at > at("2012-06-15T13:30:00Z"));
}

#[test]
fn over_a_gap_a_limit_and_a_stop_fill_at_the_opening() {
    // Friday closes at 90, Monday opens at 95: a sell limit of 93 gets 95.
    let mut exchange = falling();
    buy_now(&mut exchange, 10);
    exchange.advance_to(at("2012-06-15T20:00:00Z"));
    let limit = new("limit", Sell, Kind::Limit(9_300), Validity::Day, 4);
    place(&mut exchange, vec![limit]).unwrap();
    exchange.advance_to(at("2012-06-18T20:00:00Z"));
    assert_eq!(state(&exchange, "limit").filled_cents, 4 * 9_500);

    // Down from 100 to 80 over night: a stop of 95 gets 80.
    let mut exchange = exchange_on(&[
        (2012, 6, 14, 10_000, 10_000, 10_000, 10_000, 39_100_000),
        (2012, 6, 15, 8_000, 8_100, 7_900, 8_000, 39_100_000),
    ]);
    exchange.advance_to(at("2012-06-14T15:00:00Z"));
    buy_now(&mut exchange, 10);
    exchange.advance_to(at("2012-06-14T19:00:00Z"));
    let stop = new("stop", Sell, Kind::Stop(9_500), Validity::Gtc, 10);
    place(&mut exchange, vec![stop]).unwrap();
    exchange.advance_to(at("2012-06-15T20:00:00Z"));
    assert_eq!(state(&exchange, "stop").filled_cents, 10 * 8_000);
    assert_eq!(exchange.executions()[1].at, at("2012-06-15T13:30:00Z"));
}

#[test]
fn no_more_than_a_tenth_of_a_print_is_filled_and_the_rest_later() {
    // 391 prints of 100 shares.
    let mut exchange = exchange_on(&[(2012, 6, 14, 10_000, 10_000, 10_000, 10_000, 39_100)]);
    exchange.advance_to(at("2012-06-14T13:30:00Z"));
    buy_now(&mut exchange, 25);
    exchange.advance_to(at("2012-06-14T13:32:00Z"));
    assert_eq!(state(&exchange, "buy").filled, 20);
    assert!(state(&exchange, "buy").is_working());
    exchange.advance_to(at("2012-06-14T13:33:00Z"));
    let shares: Vec<i64> = exchange.executions().iter().map(|fill| fill.shares).collect();
    assert_eq!(shares, [10, 10, 5]);
    // The order's commission is that of one order: the minimum of 1.00, charged once.
    assert_eq!(exchange.account().fees(), Decimal::ONE);
}

#[test]
fn two_orders_share_a_print() {
    let mut exchange = exchange_on(&[(2012, 6, 14, 10_000, 10_000, 10_000, 10_000, 39_100)]);
    exchange.advance_to(at("2012-06-14T13:30:00Z"));
    let order = |id| new(id, Buy, Kind::Market, Validity::Day, 8);
    place(&mut exchange, vec![order("first")]).unwrap();
    place(&mut exchange, vec![order("second")]).unwrap();
    exchange.advance_to(at("2012-06-14T13:31:00Z"));
    assert_eq!((state(&exchange, "first").filled, state(&exchange, "second").filled), (8, 2));
}

#[test]
fn a_day_order_lives_until_the_close_of_its_session() {
    let mut exchange = falling();
    // Placed after Thursday's close: good for Friday, which does not reach 80.
    let order = new("day", Buy, Kind::Limit(8_000), Validity::Day, 10);
    place(&mut exchange, vec![order]).unwrap();
    assert_eq!(exchange.next_event_at(), Some(at("2012-06-15T20:00:00Z")));
    exchange.advance_to(at("2012-06-15T19:59:59Z"));
    assert!(state(&exchange, "day").is_working());
    exchange.advance_to(at("2012-06-15T20:00:00Z"));
    assert_eq!(state(&exchange, "day").state, State::Cancelled(CancelReason::Expired));
}

#[test]
fn over_a_holiday_a_day_order_waits_for_the_next_session() {
    let mut exchange = exchange_on(&[(2012, 7, 3, 100, 100, 100, 100, 1_000)]);
    // 3 July 2012 closed at 13:00 in New York, and the fourth is a holiday.
    exchange.advance_to(at("2012-07-03T17:30:00Z"));
    place(&mut exchange, vec![new("day", Buy, Kind::Limit(50), Validity::Day, 10)]).unwrap();
    assert_eq!(state(&exchange, "day").expires_at, Some(at("2012-07-05T20:00:00Z")));
}

fn bracket(exchange: &mut Exchange, quantity: i64, entry: Kind, stop: i64, target: i64) {
    let orders = vec![
        new("entry", Buy, entry, Validity::Day, quantity),
        child("stop", "entry", Kind::Stop(stop), quantity),
        child("target", "entry", Kind::Limit(target), quantity),
    ];
    place(exchange, orders).unwrap();
}

#[test]
fn a_bracket_closes_once() {
    let mut exchange = falling();
    bracket(&mut exchange, 10, Kind::Market, 9_500, 11_000);
    let stop = exchange.position_of_client_order_id("stop").unwrap();
    assert_eq!(exchange.executable(stop), 0, "a child waits for its parent");
    exchange.advance_to(at("2012-06-15T20:00:00Z"));
    assert_eq!(state(&exchange, "entry").state, State::Filled);
    assert_eq!(state(&exchange, "stop").state, State::Filled);
    assert_eq!(state(&exchange, "target").state, State::Cancelled(CancelReason::GroupFilled));
    assert_eq!(exchange.account().shares(0), 0);
    assert!(exchange.executions()[1].cents <= 9_500);
}

#[test]
fn the_children_of_an_entry_that_never_fills_end_with_it() {
    let mut exchange = falling();
    bracket(&mut exchange, 10, Kind::Limit(8_000), 7_500, 11_000);
    exchange.advance_to(at("2012-06-15T20:00:00Z"));
    assert_eq!(state(&exchange, "entry").state, State::Cancelled(CancelReason::Expired));
    for id in ["stop", "target"] {
        assert_eq!(state(&exchange, id).state, State::Cancelled(CancelReason::ParentEnded));
    }
}

#[test]
fn children_follow_what_the_entry_filled_and_reduce_each_other() {
    // Thin prints of 100 shares, flat, then a fall that triggers the stop.
    let mut exchange = exchange_on(&[
        (2012, 6, 14, 10_000, 10_000, 10_000, 10_000, 39_100),
        (2012, 6, 15, 10_000, 10_200, 10_000, 10_000, 39_100),
        (2012, 6, 18, 9_000, 9_000, 8_900, 8_950, 39_100_000),
    ]);
    exchange.advance_to(at("2012-06-14T19:54:00Z"));
    bracket(&mut exchange, 100, Kind::Market, 9_500, 10_200);
    exchange.advance_to(at("2012-06-14T20:00:00Z"));
    // Six prints were left in the day; the last of them is also the end of the entry.
    assert_eq!(state(&exchange, "entry").state, State::Cancelled(CancelReason::Expired));
    assert_eq!(state(&exchange, "entry").filled, 60);
    let stop = exchange.position_of_client_order_id("stop").unwrap();
    let target = exchange.position_of_client_order_id("target").unwrap();
    assert_eq!((exchange.total(stop), exchange.total(target)), (60, 60));
    // Friday touches the target in a few prints only.
    exchange.advance_to(at("2012-06-15T20:00:00Z"));
    let sold = exchange.orders()[target].filled;
    assert!((1..60).contains(&sold), "the target filled {sold}");
    assert_eq!(exchange.remaining(stop), 60 - sold);
    exchange.advance_to(at("2012-06-18T20:00:00Z"));
    assert_eq!(exchange.orders()[stop].filled, 60 - sold);
    assert_eq!(exchange.account().shares(0), 0);
    assert!(exchange.orders().iter().all(|order| !order.is_working()));
}

#[test]
fn what_is_not_held_cannot_be_sold() {
    let mut exchange = falling();
    let sell = |id, quantity| new(id, Sell, Kind::Limit(20_000), Validity::Gtc, quantity);
    let refusal = place(&mut exchange, vec![sell("naked", 1)]).unwrap_err();
    assert!(refusal.to_string().contains("can't sell short"), "{refusal}");
    buy_now(&mut exchange, 10);
    exchange.advance_to(at("2012-06-15T13:30:00Z"));
    place(&mut exchange, vec![sell("most", 8)]).unwrap();
    assert!(place(&mut exchange, vec![sell("too many", 3)]).is_err(), "eight are bound");
    place(&mut exchange, vec![sell("rest", 2)]).unwrap();
}

#[test]
fn what_cannot_be_paid_is_not_bought() {
    let mut exchange = falling();
    let buy = |id, quantity| new(id, Buy, Kind::Limit(10_000), Validity::Gtc, quantity);
    assert!(matches!(place(&mut exchange, vec![buy("all", 1_000)]), Err(Refusal::Cash { .. })));
    place(&mut exchange, vec![buy("most", 990)]).unwrap();
    assert!(place(&mut exchange, vec![buy("more", 10)]).is_err(), "99 000 USD are bound");
}

#[test]
fn an_order_that_the_cash_does_not_reach_for_over_a_gap_is_cut() {
    let mut exchange = exchange_on(&[
        (2012, 6, 14, 10_000, 10_000, 10_000, 10_000, 39_100_000),
        (2012, 6, 15, 20_000, 20_000, 20_000, 20_000, 39_100_000),
    ]);
    exchange.advance_to(at("2012-06-14T20:00:00Z"));
    buy_now(&mut exchange, 900);
    exchange.advance_to(at("2012-06-15T20:00:00Z"));
    assert_eq!(state(&exchange, "buy").filled, 499);
    assert_eq!(state(&exchange, "buy").state, State::Cancelled(CancelReason::NoCash));
    assert!(exchange.account().cash() >= Decimal::ZERO);
}

#[test]
fn orders_that_make_no_sense_are_refused() {
    let mut exchange = falling();
    let limit = |id: &str, cents| new(id, Buy, Kind::Limit(cents), Validity::Day, 1);
    place(&mut exchange, vec![limit("twice", 100)]).unwrap();
    let cases = [
        (vec![limit("twice", 100)], Refusal::Duplicate("twice".into())),
        (vec![limit("a", 100), limit("a", 100)], Refusal::Duplicate("a".into())),
        (vec![limit("b", 0)], Refusal::Price),
        (vec![new("c", Buy, Kind::Market, Validity::Day, 0)], Refusal::Quantity(0)),
        (vec![child("d", "nobody", Kind::Market, 1)], Refusal::UnknownParent("nobody".into())),
        (vec![limit("e", 100), child("f", "e", Kind::Limit(200), 2)], Refusal::Child),
        (vec![NewOrder { conid: 1, ..limit("g", 100) }], Refusal::UnknownConid(1)),
    ];
    for (orders, expected) in cases {
        assert_eq!(place(&mut exchange, orders), Err(expected));
    }
    assert_eq!(exchange.orders().len(), 1);
}

#[test]
fn an_order_is_modified_and_cancelled() {
    let mut exchange = falling();
    let order = new("limit", Buy, Kind::Limit(8_000), Validity::Day, 10);
    place(&mut exchange, vec![order]).unwrap();
    let order_id = state(&exchange, "limit").id;
    let change = Change { kind: Kind::Limit(9_900), validity: Validity::Gtc, quantity: 5 };
    let modify = Command::Modify { order_id, change };
    exchange.check(&modify).unwrap();
    exchange.apply(&modify);
    exchange.advance_to(at("2012-06-15T20:00:00Z"));
    assert_eq!(state(&exchange, "limit").filled, 5);
    assert_eq!(exchange.check(&modify), Err(Refusal::NotWorking(order_id)));
    assert_eq!(exchange.check(&Command::Cancel { order_id: 5 }), Err(Refusal::UnknownOrder(5)));

    let order = new("second", Buy, Kind::Limit(1), Validity::Gtc, 10);
    place(&mut exchange, vec![order]).unwrap();
    let cancel = Command::Cancel { order_id: state(&exchange, "second").id };
    exchange.check(&cancel).unwrap();
    exchange.apply(&cancel);
    assert_eq!(state(&exchange, "second").state, State::Cancelled(CancelReason::Requested));
    assert_eq!(exchange.next_event_at(), None);
}

#[test]
fn before_its_first_day_an_instrument_cannot_be_traded() {
    let mut exchange = exchange_on(&[(2012, 6, 15, 100, 100, 100, 100, 1_000)]);
    exchange.advance_to(at("2012-06-14T20:00:00Z"));
    let order = new("early", Buy, Kind::Market, Validity::Gtc, 1);
    assert!(matches!(place(&mut exchange, vec![order]), Err(Refusal::NotTradedYet(_))));
}
