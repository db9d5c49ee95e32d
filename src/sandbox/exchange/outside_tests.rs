//! What befalls the account without its clients.

use super::tests::{CONID, at, buy_now, exchange_on, new, place, state};
use super::*;
use crate::domain::OrderSide::{Buy, Sell};

fn holding_ten() -> Exchange {
    let mut exchange = exchange_on(&[
        (2012, 6, 14, 10_000, 10_000, 10_000, 10_000, 39_100_000),
        (2012, 6, 15, 11_000, 11_000, 11_000, 11_000, 39_100_000),
    ]);
    exchange.advance_to(at("2012-06-14T14:00:00Z"));
    buy_now(&mut exchange, 10);
    exchange.advance_to(at("2012-06-14T15:00:00Z"));
    exchange
}

fn give(exchange: &mut Exchange, command: &Command) -> Result<Vec<usize>, Refusal> {
    exchange.check(command)?;
    Ok(exchange.apply(command))
}

#[test]
fn an_order_from_elsewhere_has_no_client_order_id_and_may_repeat_a_text() {
    let mut exchange = holding_ten();
    let order = NewOrder { client_order_id: None, ..new("", Sell, Kind::Market, Validity::Day, 4) };
    for order_ref in [None, Some("buy".to_owned())] {
        let elsewhere =
            Command::PlaceElsewhere { order: order.clone(), order_ref: order_ref.clone() };
        let position = give(&mut exchange, &elsewhere).unwrap()[0];
        assert_eq!(exchange.orders()[position].order_ref(), order_ref.as_deref());
    }
    exchange.advance_to(at("2012-06-14T15:01:00Z"));
    assert_eq!(exchange.account().shares(0), 2);
    assert_eq!(state(&exchange, "buy").filled, 10, "the client's own order is untouched");
    let short = Command::PlaceElsewhere { order, order_ref: None };
    assert!(matches!(give(&mut exchange, &short), Err(Refusal::Shares { .. })));
}

#[test]
fn a_liquidation_closes_the_position_over_working_orders() {
    let mut exchange = holding_ten();
    let target = new("target", Sell, Kind::Limit(11_000), Validity::Gtc, 10);
    place(&mut exchange, vec![target]).unwrap();
    let position = give(&mut exchange, &Command::Liquidate { conid: CONID }).unwrap()[0];
    assert!(!exchange.orders()[position].is_visible());
    exchange.advance_to(at("2012-06-14T15:01:00Z"));
    assert_eq!(exchange.account().shares(0), 0);
    exchange.advance_to(at("2012-06-15T13:30:00Z"));
    assert_eq!(state(&exchange, "target").state, State::Cancelled(CancelReason::NoShares));
    let again = give(&mut exchange, &Command::Liquidate { conid: CONID });
    assert_eq!(again, Err(Refusal::NoPosition(CONID)));
}

#[test]
fn a_correction_counts_the_id_up_and_moves_the_cash() {
    let mut exchange = holding_ten();
    let first = exchange.executions()[0].id.clone();
    assert!(first.ends_with(".01.01"), "{first}");
    let cash = exchange.account().cash();
    give(&mut exchange, &Command::CorrectLastExecution { cents: 10_050 }).unwrap();
    let corrected = exchange.executions()[0].clone();
    assert_eq!(exchange.executions().len(), 1, "it takes the other's place");
    assert_eq!(corrected.id, format!("{}02", first.strip_suffix("01").unwrap()));
    assert_eq!(exchange.account().cash(), cash - Decimal::from(5));
    assert_eq!(state(&exchange, "buy").average_price(), Some(Decimal::new(10_050, 2)));
    give(&mut exchange, &Command::CorrectLastExecution { cents: 10_000 }).unwrap();
    assert!(exchange.executions()[0].id.ends_with(".01.03"));
    assert_eq!(exchange.account().cash(), cash);
    let too_dear = Command::CorrectLastExecution { cents: 1_000_100 };
    assert!(matches!(give(&mut exchange, &too_dear), Err(Refusal::Cash { .. })));
    assert_eq!(
        give(&mut exchange, &Command::CorrectLastExecution { cents: 0 }),
        Err(Refusal::Price)
    );
}

#[test]
fn the_value_at_a_close_is_what_the_executions_made_of_it() {
    let mut exchange = holding_ten();
    exchange.advance_to(at("2012-06-15T15:00:00Z"));
    let order = new("second", Buy, Kind::Market, Validity::Day, 10);
    place(&mut exchange, vec![order]).unwrap();
    exchange.advance_to(at("2012-06-15T20:00:00Z"));
    let values: Vec<(String, Decimal)> = exchange
        .closing_values(jiff::civil::date(2012, 6, 13))
        .into_iter()
        .map(|value| (value.date.to_string(), value.net))
        .collect();
    let expected = [
        ("2012-06-13".to_owned(), Decimal::from(100_000)),
        ("2012-06-14".to_owned(), Decimal::from(99_999)),
        ("2012-06-15".to_owned(), Decimal::from(100_098)),
    ];
    assert_eq!(values, expected);
    assert_eq!(values[2].1, exchange.account().cash() + exchange.market_value());
}
