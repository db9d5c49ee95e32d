//! Each order type and time in force, on days whose prices are known.

use super::tests::{at, buy_now, child, exchange_on, falling, new, place, state};
use super::*;
use crate::domain::OrderSide::{Buy, Sell};

const PLENTY: u64 = 39_100_000;

/// Thursday flat at 100 with ten shares bought; Friday from 100 to 110, Monday down to 90.
fn holding_ten() -> Exchange {
    let mut exchange = exchange_on(&[
        (2012, 6, 14, 10_000, 10_000, 10_000, 10_000, PLENTY),
        (2012, 6, 15, 10_000, 11_000, 10_000, 11_000, PLENTY),
        (2012, 6, 18, 11_000, 11_000, 9_000, 9_000, PLENTY),
        (2012, 6, 19, 9_000, 9_500, 9_000, 9_500, PLENTY),
    ]);
    exchange.advance_to(at("2012-06-14T14:00:00Z"));
    buy_now(&mut exchange, 10);
    exchange.advance_to(at("2012-06-14T20:00:00Z"));
    assert_eq!(exchange.account().shares(0), 10);
    exchange
}

fn trail(by: Trail, stop: Option<i64>) -> Kind {
    Kind::Trail { by, stop }
}

#[test]
fn a_stop_limit_waits_for_its_stop_and_then_for_its_limit() {
    let mut exchange = holding_ten();
    let kind = Kind::StopLimit { stop: 10_000, limit: 9_800 };
    place(&mut exchange, vec![new("stop", Sell, kind, Validity::Gtc, 10)]).unwrap();
    // Friday's first print is the stop exactly, and better than the limit.
    exchange.advance_to(at("2012-06-15T20:00:00Z"));
    assert_eq!(state(&exchange, "stop").state, State::Filled);
    assert_eq!(exchange.executions()[1].cents, 10_000);
}

#[test]
fn a_stop_limit_that_is_gapped_over_waits_until_the_price_comes_back() {
    let mut exchange = exchange_on(&[
        (2012, 6, 14, 10_000, 10_000, 10_000, 10_000, PLENTY),
        (2012, 6, 15, 8_000, 9_000, 8_000, 9_000, PLENTY),
        (2012, 6, 18, 9_000, 9_700, 9_000, 9_700, PLENTY),
    ]);
    exchange.advance_to(at("2012-06-14T14:00:00Z"));
    buy_now(&mut exchange, 10);
    exchange.advance_to(at("2012-06-14T20:00:00Z"));
    let kind = Kind::StopLimit { stop: 9_500, limit: 9_400 };
    place(&mut exchange, vec![new("stop", Sell, kind, Validity::Gtc, 10)]).unwrap();
    exchange.advance_to(at("2012-06-15T20:00:00Z"));
    let order = state(&exchange, "stop");
    assert!(order.is_triggered && order.filled == 0, "{order:?}");
    // Its limit can be changed now, its stop cannot.
    let id = order.id;
    let change = |stop, limit| Command::Modify {
        order_id: id,
        change: Change {
            kind: Kind::StopLimit { stop, limit },
            validity: Validity::Gtc,
            quantity: 10,
        },
    };
    assert_eq!(exchange.check(&change(9_600, 9_400)), Err(Refusal::NotEditable(id)));
    exchange.check(&change(9_500, 9_600)).unwrap();
    exchange.apply(&change(9_500, 9_600));
    exchange.advance_to(at("2012-06-18T20:00:00Z"));
    assert!(exchange.executions()[1].cents >= 9_600, "{:?}", exchange.executions()[1]);
}

#[test]
fn a_trailing_stop_follows_the_best_print_and_sells_behind_it() {
    for (by, highest_fill) in [(Trail::Amount(150), 10_850), (Trail::BasisPoints(200), 10_780)] {
        let mut exchange = holding_ten();
        let order = new("trail", Sell, trail(by, None), Validity::Gtc, 10);
        let position = place(&mut exchange, vec![order]).unwrap()[0];
        assert_eq!(exchange.stop_of(position), Some(by.behind(10_000, Sell)));
        exchange.advance_to(at("2012-06-15T20:00:00Z"));
        assert_eq!(exchange.stop_of(position), Some(highest_fill), "behind Friday's 110");
        assert_eq!(state(&exchange, "trail").filled, 0);
        exchange.advance_to(at("2012-06-18T20:00:00Z"));
        assert_eq!(state(&exchange, "trail").state, State::Filled);
        let sold = exchange.executions()[1].cents;
        assert!(sold <= highest_fill && sold > highest_fill - 100, "sold at {sold}");
        assert_eq!(exchange.stop_of(position), Some(highest_fill), "where it was when it traded");
    }
}

#[test]
fn a_trailing_stop_begins_where_it_was_told_to_if_that_is_closer() {
    let mut exchange = holding_ten();
    let kind = |stop| trail(Trail::Amount(500), Some(stop));
    let close = new("close", Sell, kind(9_900), Validity::Gtc, 5);
    let far = new("far", Sell, kind(9_000), Validity::Gtc, 5);
    let close = place(&mut exchange, vec![close]).unwrap()[0];
    let far = place(&mut exchange, vec![far]).unwrap()[0];
    assert_eq!(exchange.stop_of(close), Some(9_900));
    assert_eq!(exchange.stop_of(far), Some(9_500), "the trail is closer");
}

#[test]
fn a_trailing_stop_to_buy_follows_the_price_down() {
    let mut exchange = exchange_on(&[
        (2012, 6, 14, 10_000, 10_000, 10_000, 10_000, PLENTY),
        (2012, 6, 15, 9_000, 9_000, 9_000, 9_000, PLENTY),
        (2012, 6, 18, 9_500, 9_500, 9_500, 9_500, PLENTY),
    ]);
    exchange.advance_to(at("2012-06-14T20:00:00Z"));
    let order = new("trail", Buy, trail(Trail::Amount(100), None), Validity::Gtc, 10);
    let position = place(&mut exchange, vec![order]).unwrap()[0];
    assert_eq!(exchange.stop_of(position), Some(10_100));
    // Friday trades at 90, Monday opens at 95: through 91.
    exchange.advance_to(at("2012-06-15T20:00:00Z"));
    assert_eq!(exchange.stop_of(position), Some(9_100));
    exchange.advance_to(at("2012-06-18T13:30:00Z"));
    assert_eq!(state(&exchange, "trail").filled_cents, 10 * 9_500);
}

#[test]
fn a_trailing_child_begins_to_follow_when_its_parent_fills() {
    let mut exchange = exchange_on(&[
        (2012, 6, 14, 12_000, 12_000, 12_000, 12_000, PLENTY),
        (2012, 6, 15, 10_000, 10_000, 10_000, 10_000, PLENTY),
        (2012, 6, 18, 10_000, 10_000, 9_000, 9_000, PLENTY),
    ]);
    exchange.advance_to(at("2012-06-14T20:00:00Z"));
    let entry = new("entry", Buy, Kind::Limit(10_000), Validity::Day, 10);
    let stop = child("stop", "entry", trail(Trail::Amount(200), None), 10);
    place(&mut exchange, vec![entry, stop]).unwrap();
    let stop = exchange.position_of_client_order_id("stop").unwrap();
    exchange.advance_to(at("2012-06-15T13:29:59Z"));
    assert_eq!(exchange.stop_of(stop), None, "the 120 before the entry is none of its business");
    exchange.advance_to(at("2012-06-15T20:00:00Z"));
    assert_eq!(state(&exchange, "entry").filled, 10);
    assert_eq!(exchange.stop_of(stop), Some(9_800));
    exchange.advance_to(at("2012-06-18T20:00:00Z"));
    let sold = exchange.executions()[1].cents;
    assert!((9_700..=9_800).contains(&sold), "sold at {sold}");
}

#[test]
fn a_trail_without_a_length_is_refused() {
    let mut exchange = holding_ten();
    for by in
        [Trail::Amount(0), Trail::Amount(10_000), Trail::BasisPoints(0), Trail::BasisPoints(10_000)]
    {
        let order = new("trail", Sell, trail(by, None), Validity::Gtc, 10);
        assert_eq!(place(&mut exchange, vec![order]), Err(Refusal::Price), "{by:?}");
    }
}

#[test]
fn immediate_or_cancel_lives_for_one_print() {
    // Prints of 1 000 shares: a tenth of them fills.
    let mut exchange = exchange_on(&[
        (2012, 6, 14, 10_000, 10_000, 10_000, 10_000, 391_000),
        (2012, 6, 15, 10_000, 10_000, 10_000, 10_000, 391_000),
    ]);
    exchange.advance_to(at("2012-06-14T15:00:00Z"));
    place(&mut exchange, vec![new("part", Buy, Kind::Market, Validity::Ioc, 150)]).unwrap();
    place(&mut exchange, vec![new("none", Buy, Kind::Limit(9_999), Validity::Ioc, 10)]).unwrap();
    assert_eq!(exchange.next_event_at(), Some(at("2012-06-14T15:01:00Z")));
    exchange.advance_to(at("2012-06-14T15:01:00Z"));
    for (id, filled) in [("part", 100), ("none", 0)] {
        assert_eq!(state(&exchange, id).state, State::Cancelled(CancelReason::Expired));
        assert_eq!(state(&exchange, id).filled, filled, "{id}");
    }
    // After the close, the next print is the opening.
    exchange.advance_to(at("2012-06-14T21:00:00Z"));
    place(&mut exchange, vec![new("late", Buy, Kind::Market, Validity::Ioc, 10)]).unwrap();
    exchange.advance_to(at("2012-06-15T13:30:00Z"));
    assert_eq!(state(&exchange, "late").state, State::Filled);
    let entry = new("entry", Buy, Kind::Market, Validity::Day, 1);
    let mut stop = child("stop", "entry", Kind::Stop(9_000), 1);
    stop.validity = Validity::Ioc;
    assert_eq!(place(&mut exchange, vec![entry, stop]), Err(Refusal::ImmediateChild));
}

#[test]
fn good_till_date_ends_at_its_instant() {
    let mut exchange = falling();
    let until = at("2012-06-18T14:00:00Z");
    let order = |until| new("gtd", Buy, Kind::Limit(5_000), Validity::Gtd(until), 10);
    let now = exchange.now();
    assert_eq!(place(&mut exchange, vec![order(now)]), Err(Refusal::Past(now)));
    place(&mut exchange, vec![order(until)]).unwrap();
    exchange.advance_to(at("2012-06-18T13:59:59Z"));
    assert!(state(&exchange, "gtd").is_working());
    exchange.advance_to(until);
    assert_eq!(state(&exchange, "gtd").state, State::Cancelled(CancelReason::Expired));
}

fn grouped(id: &str, kind: Kind, quantity: i64) -> NewOrder {
    NewOrder { is_single_group: true, ..new(id, Sell, kind, Validity::Gtc, quantity) }
}

#[test]
fn a_group_without_a_parent_sells_once() {
    let mut exchange = holding_ten();
    let orders =
        vec![grouped("stop", Kind::Stop(9_500), 10), grouped("target", Kind::Limit(10_500), 10)];
    place(&mut exchange, orders).unwrap();
    // Both bind the same ten shares, and each can be changed.
    let more = new("more", Sell, Kind::Limit(20_000), Validity::Gtc, 1);
    assert!(matches!(place(&mut exchange, vec![more]), Err(Refusal::Shares { .. })));
    let change = Change { kind: Kind::Limit(10_600), validity: Validity::Gtc, quantity: 10 };
    let modify = Command::Modify { order_id: state(&exchange, "target").id, change };
    exchange.check(&modify).unwrap();
    exchange.apply(&modify);
    exchange.advance_to(at("2012-06-15T20:00:00Z"));
    assert_eq!(state(&exchange, "target").state, State::Filled);
    assert_eq!(state(&exchange, "stop").state, State::Cancelled(CancelReason::GroupFilled));
    assert_eq!(exchange.account().shares(0), 0);
}

#[test]
fn a_part_that_fills_takes_its_share_off_a_member_of_another_size() {
    // A hundred shares a print: ten fill at each.
    let mut exchange = exchange_on(&[
        (2012, 6, 14, 10_000, 10_000, 10_000, 10_000, PLENTY),
        (2012, 6, 15, 10_000, 10_000, 10_000, 10_000, 39_100),
    ]);
    exchange.advance_to(at("2012-06-14T14:00:00Z"));
    buy_now(&mut exchange, 100);
    exchange.advance_to(at("2012-06-14T20:00:00Z"));
    let orders =
        vec![grouped("half", Kind::Limit(20_000), 50), grouped("all", Kind::Limit(10_000), 100)];
    place(&mut exchange, orders).unwrap();
    exchange.advance_to(at("2012-06-15T13:30:00Z"));
    let half = exchange.position_of_client_order_id("half").unwrap();
    assert_eq!((state(&exchange, "all").filled, exchange.total(half)), (10, 45));
    exchange.advance_to(at("2012-06-15T20:00:00Z"));
    assert_eq!(state(&exchange, "half").state, State::Cancelled(CancelReason::GroupFilled));
}
