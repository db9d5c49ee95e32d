//! What holds for whatever a client does.

use std::sync::LazyLock;

use proptest::prelude::*;

use super::tests::{at, child, new};
use super::*;
use crate::domain::OrderSide::{self, Buy, Sell};
use crate::sandbox::data::bundled_series;

/// What a random client does.
#[derive(Debug, Clone)]
enum Act {
    Wait(i64),
    Bracket { conid: i64, quantity: i64, is_limit: bool, stop: i64, target: i64 },
    Single { conid: i64, side: OrderSide, quantity: i64, shift: i64, kind: u8, validity: u8 },
    Group { conid: i64, first: i64, second: i64, shift: i64, side: OrderSide },
    Elsewhere { conid: i64, side: OrderSide, quantity: i64 },
    Liquidate(i64),
    Correct(i64),
    Cancel(usize),
    Resize(usize, i64),
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let conid = || prop::sample::select(vec![265_598_i64, 8_314, 272_093]);
    let side = || any::<bool>().prop_map(|is_buy| if is_buy { Buy } else { Sell });
    let act = prop_oneof![
        3 => (1_i64..200_000).prop_map(Act::Wait),
        2 => (conid(), 1_i64..800, any::<bool>(), 1_i64..10, 1_i64..10).prop_map(
            |(conid, quantity, is_limit, stop, target)| Act::Bracket {
                conid, quantity, is_limit, stop, target
            }
        ),
        4 => (conid(), side(), 1_i64..800, -5_i64..5, 0_u8..6, 0_u8..4).prop_map(
            |(conid, side, quantity, shift, kind, validity)| Act::Single {
                conid, side, quantity, shift, kind, validity
            }
        ),
        2 => (conid(), 1_i64..400, 1_i64..400, 0_i64..3, side()).prop_map(
            |(conid, first, second, shift, side)| Act::Group { conid, first, second, shift, side }
        ),
        1 => (conid(), side(), 1_i64..100).prop_map(
            |(conid, side, quantity)| Act::Elsewhere { conid, side, quantity }
        ),
        1 => conid().prop_map(Act::Liquidate),
        1 => (-50_i64..50).prop_map(Act::Correct),
        1 => any::<usize>().prop_map(Act::Cancel),
        1 => (any::<usize>(), 1_i64..1_000).prop_map(|(order, size)| Act::Resize(order, size)),
    ];
    prop::collection::vec(act, 1..40)
}

fn bundled_exchange(seed: u64) -> Exchange {
    static LISTINGS: LazyLock<Vec<Listing>> =
        LazyLock::new(|| Listing::build(&bundled_series().unwrap(), true).unwrap());
    let mut exchange = Exchange::new(seed, LISTINGS.clone(), Decimal::from(100_000));
    exchange.advance_to(at("2012-01-03T15:00:00Z"));
    exchange
}

fn command_of(exchange: &Exchange, act: &Act, number: usize) -> Option<Command> {
    let last = |conid| {
        let (listing, _) = exchange.listing_of(conid).unwrap();
        exchange.last_print(listing).unwrap().cents
    };
    let order_at = |place: usize| {
        let orders = exchange.orders();
        (!orders.is_empty()).then(|| &orders[place % orders.len()])
    };
    match *act {
        Act::Wait(_) => None,
        Act::Bracket { conid, quantity, is_limit, stop, target } => {
            let last = last(conid);
            let kind = if is_limit { Kind::Limit(last) } else { Kind::Market };
            let entry = format!("{number}-entry");
            let leg = |name: &str, kind| NewOrder {
                conid,
                ..child(&format!("{number}-{name}"), &entry, kind, quantity)
            };
            Some(Command::Place {
                orders: vec![
                    NewOrder { conid, ..new(&entry, Buy, kind, Validity::Day, quantity) },
                    leg("stop", Kind::Stop(last - last * stop / 100)),
                    leg("target", Kind::Limit(last + last * target / 100)),
                ],
            })
        }
        Act::Single { conid, side, quantity, shift, kind, validity } => {
            let cents = last(conid) + last(conid) * shift / 100;
            let kind = match kind {
                0 => Kind::Market,
                1 => Kind::Limit(cents),
                2 => Kind::Stop(cents),
                3 => Kind::StopLimit { stop: cents, limit: cents + shift * 10 },
                4 => Kind::Trail { by: Trail::Amount(100 + shift * 10), stop: None },
                _ => Kind::Trail { by: Trail::BasisPoints(300 + shift * 20), stop: Some(cents) },
            };
            let validity = match validity {
                0 => Validity::Day,
                1 => Validity::Gtc,
                2 => Validity::Ioc,
                _ => Validity::Gtd(exchange.now() + jiff::SignedDuration::from_hours(30)),
            };
            let order = new(&format!("{number}"), side, kind, validity, quantity);
            Some(Command::Place { orders: vec![NewOrder { conid, ..order }] })
        }
        Act::Group { conid, first, second, shift, side } => {
            let away = last(conid) * shift / 100;
            let member = |name: &str, cents, quantity| NewOrder {
                conid,
                is_single_group: true,
                ..new(
                    &format!("{number}-{name}"),
                    side,
                    Kind::Limit(cents),
                    Validity::Gtc,
                    quantity,
                )
            };
            Some(Command::Place {
                orders: vec![
                    member("one", last(conid) - away, first),
                    member("two", last(conid) + away, second),
                ],
            })
        }
        Act::Elsewhere { conid, side, quantity } => Some(Command::PlaceElsewhere {
            order: NewOrder {
                client_order_id: None,
                conid,
                ..new("", side, Kind::Market, Validity::Day, quantity)
            },
            order_ref: None,
        }),
        Act::Liquidate(conid) => Some(Command::Liquidate { conid }),
        Act::Correct(by) => exchange
            .executions()
            .last()
            .map(|last| Command::CorrectLastExecution { cents: last.cents + by }),
        Act::Cancel(place) => order_at(place).map(|order| Command::Cancel { order_id: order.id }),
        Act::Resize(place, quantity) => order_at(place).map(|order| Command::Modify {
            order_id: order.id,
            change: Change { kind: order.kind, validity: order.validity, quantity },
        }),
    }
}

/// Runs acts and gives the entries that were accepted.
fn run(exchange: &mut Exchange, acts: &[Act]) -> Vec<Entry> {
    let mut entries = Vec::new();
    for (number, act) in acts.iter().enumerate() {
        if let Act::Wait(seconds) = act {
            exchange.advance_to(exchange.now() + jiff::SignedDuration::from_secs(*seconds));
        }
        if let Some(command) = command_of(exchange, act, number)
            && exchange.check(&command).is_ok()
        {
            entries.push(Entry { at: exchange.now(), command: command.clone() });
            exchange.apply(&command);
        }
    }
    entries
}

fn everything(exchange: &Exchange) -> String {
    format!("{:?} {:?} {:?}", exchange.orders(), exchange.executions(), exchange.account())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    /// Cash, positions at cost, fees and realised P&L agree with the executions to the last digit,
    /// and nothing is ever sold short or bought on credit.
    #[test]
    fn the_books_reconcile_with_the_executions(seed: u64, acts in acts()) {
        let mut exchange = bundled_exchange(seed);
        run(&mut exchange, &acts);
        let account = exchange.account();
        let (mut cash, mut fees) = (account.starting_cash(), Decimal::ZERO);
        let mut shares = vec![0_i64; exchange.listings().len()];
        let mut filled = vec![0_i64; exchange.orders().len()];
        for execution in exchange.executions() {
            let order = &exchange.orders()[execution.order];
            let sign = if order.side == Buy { 1 } else { -1 };
            cash -= Decimal::new(sign * execution.shares * execution.cents, 2);
            cash -= execution.commission;
            fees += execution.commission;
            shares[order.listing] += sign * execution.shares;
            filled[execution.order] += execution.shares;
            prop_assert!(shares[order.listing] >= 0, "sold short");
            prop_assert!(cash >= Decimal::ZERO, "bought on credit");
        }
        let cost: Decimal = account.holdings().map(|(_, holding)| holding.cost).sum();
        prop_assert_eq!(account.cash(), cash);
        prop_assert_eq!(account.fees(), fees);
        prop_assert_eq!(cash + cost + fees - account.realized(), account.starting_cash());
        for (listing, holding) in account.holdings() {
            prop_assert_eq!(holding.quantity, shares[listing]);
        }
        for (position, order) in exchange.orders().iter().enumerate() {
            prop_assert_eq!(order.filled, filled[position]);
            prop_assert!(order.filled <= order.quantity);
            let value = Decimal::new(order.filled_cents, 2);
            prop_assert_eq!(order.commission, commission::commission(order.filled, value));
            // Shares of a group's orders, by what each was for, never make more than one whole.
            let whole: i64 = order.group.iter().map(|of| exchange.orders()[*of].quantity).product();
            let parts: i64 = order
                .group
                .iter()
                .map(|of| &exchange.orders()[*of])
                .map(|member| member.filled * whole / member.quantity)
                .sum();
            // A change of size in the middle of it moves the proportion.
            let was_resized = acts.iter().any(|act| matches!(act, Act::Resize(..)));
            prop_assert!(parts <= whole || was_resized, "two of a group filled: {parts}/{whole}");
            // A group never closes more than its parent opened.
            let closed: i64 =
                order.children.iter().map(|child| exchange.orders()[*child].filled).sum();
            prop_assert!(order.children.is_empty() || closed <= order.filled);
        }
    }

    /// The state depends on seed, commands and now alone, and not on the steps by which time went.
    #[test]
    fn a_replay_in_other_steps_gives_the_same_state(seed: u64, acts in acts()) {
        let mut first = bundled_exchange(seed);
        let entries = run(&mut first, &acts);
        let mut second = bundled_exchange(seed);
        for entry in &entries {
            while let Some(event) = second.next_event_at().filter(|event| *event <= entry.at) {
                second.advance_to(event);
            }
            second.advance_to(entry.at);
            second.apply(&entry.command);
        }
        second.advance_to(first.now());
        prop_assert_eq!(everything(&first), everything(&second));
    }

    /// However the price goes, the stop of a trailing order only ever comes closer to it.
    #[test]
    fn a_trailing_stop_never_loosens(
        seed: u64, is_sell: bool, amount in 1_i64..2_000, is_percent: bool,
        initial in prop::option::of(90_i64..110), steps in prop::collection::vec(1_i64..40_000, 1..30),
    ) {
        let mut exchange = bundled_exchange(seed);
        let last = exchange.last_print(exchange.listing_of(265_598).unwrap().0).unwrap().cents;
        if is_sell {
            let buy = new("buy", Buy, Kind::Market, Validity::Day, 10);
            exchange.apply(&Command::Place { orders: vec![buy] });
            exchange.advance_to(at("2012-01-03T16:00:00Z"));
        }
        let by = if is_percent { Trail::BasisPoints(amount) } else { Trail::Amount(amount) };
        let kind = Kind::Trail { by, stop: initial.map(|percent| last * percent / 100) };
        let side = if is_sell { Sell } else { Buy };
        let order = Command::Place { orders: vec![new("trail", side, kind, Validity::Gtc, 10)] };
        prop_assert_eq!(exchange.check(&order), Ok(()));
        let position = exchange.apply(&order)[0];
        let mut before = exchange.stop_of(position).unwrap();
        for step in steps {
            exchange.advance_to(exchange.now() + jiff::SignedDuration::from_secs(step));
            let stop = exchange.stop_of(position).unwrap();
            let is_tighter = if is_sell { stop >= before } else { stop <= before };
            prop_assert!(is_tighter, "from {} to {}", before, stop);
            if exchange.orders()[position].is_triggered {
                break;
            }
            let print = exchange.last_print(exchange.orders()[position].listing).unwrap();
            // A stop that is through at its acceptance trades at the next print.
            let is_clear = if is_sell { print.cents > stop } else { print.cents < stop };
            prop_assert!(is_clear || print.at <= exchange.orders()[position].placed_at);
            before = stop;
        }
    }
}
