use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use rust_decimal::Decimal;

use super::*;
use crate::domain::{
    Conid, ExecutionId, ExitCause, Fill, FillId, Leg, OrderSide, StrategyId, round_to_cents,
};

const STARTING_CASH: i64 = 100_000;

/// A trade of the tests; the n-th is made n hours after the first.
#[derive(Debug, Clone)]
struct Trade {
    strategy: u8,
    conid: u8,
    side: OrderSide,
    quantity: i64,
    /// Hundredths of a cent: fractions of a cent are prices as well.
    price: i64,
    commission: i64,
    leg: Leg,
}

fn zone() -> TimeZone {
    TimeZone::get("America/New_York").unwrap()
}

fn start() -> Timestamp {
    "2012-06-15T14:00:00Z".parse().unwrap()
}

fn execution(name: &str) -> ExecutionId {
    ExecutionId::new(name).unwrap()
}

fn fills(trades: &[Trade]) -> Vec<AttributedFill> {
    let fill = |(number, trade): (usize, &Trade)| {
        let is_external = trade.leg == Leg::External;
        let name = if is_external { "external".to_owned() } else { format!("s{}", trade.strategy) };
        let decided_by = execution(&format!("{name}_{number}"));
        AttributedFill {
            fill: Fill {
                fill_id: FillId::new(format!("f{number}")),
                client_order_id: Some(trade.leg.client_order_id(&decided_by)),
                broker_order_id: None,
                conid: Conid(i64::from(trade.conid)),
                side: trade.side,
                quantity: Decimal::from(trade.quantity),
                price: Decimal::new(trade.price, 4),
                commission: Decimal::new(trade.commission, 3),
                is_commission_known: true,
                is_liquidation: false,
                at: start() + SignedDuration::from_hours(i64::try_from(number).unwrap()),
            },
            strategy_id: StrategyId::new(name).unwrap(),
            symbol: format!("SYM{}", trade.conid),
            leg: trade.leg,
            execution_id: decided_by.clone(),
            decided_by,
            stop_price: None,
            target_price: None,
            initial_risk: None,
            corrects: None,
        }
    };
    trades.iter().enumerate().map(fill).collect()
}

fn buy(quantity: i64, dollars: i64) -> Trade {
    Trade {
        strategy: 0,
        conid: 1,
        side: OrderSide::Buy,
        quantity,
        price: dollars * 10_000,
        commission: 1_000,
        leg: Leg::Entry,
    }
}

fn sell(quantity: i64, dollars: i64, leg: Leg) -> Trade {
    Trade { side: OrderSide::Sell, leg, ..buy(quantity, dollars) }
}

fn made(fills: &[AttributedFill], prices: &BTreeMap<Conid, Decimal>) -> Attribution {
    with(fills, prices, &BTreeMap::new(), None, None)
}

fn with(
    fills: &[AttributedFill],
    prices: &BTreeMap<Conid, Decimal>,
    analyses: &BTreeMap<ExecutionId, AnalysisFacts>,
    begin: Option<&ValueMark>,
    not_in_fills: Option<Decimal>,
) -> Attribution {
    attribution(AttributionInput {
        fills,
        starting_cash: Decimal::from(STARTING_CASH),
        begin,
        end: None,
        prices,
        not_in_fills,
        analyses,
    })
}

fn ledger_value(fills: &[AttributedFill], prices: &BTreeMap<Conid, Decimal>) -> Decimal {
    let mut ledger = Ledger::starting_with(Decimal::from(STARTING_CASH));
    for fill in fills {
        ledger.apply(fill);
    }
    ledger.state(start(), prices).net_liquidation
}

fn text(decimal: Decimal) -> String {
    decimal.normalize().to_string()
}

#[test]
fn c6_4_lots_are_closed_first_in_first_out_with_their_share_of_both_commissions() {
    let fills =
        fills(&[buy(10, 100), buy(10, 110), sell(4, 120, Leg::Stop), sell(12, 130, Leg::Target)]);
    let found = made(&fills, &BTreeMap::from([(Conid(1), Decimal::from(125))]));
    let lots: Vec<_> = found
        .lots
        .iter()
        .map(|lot| {
            let ends = (lot.lot.entry.fill_id.as_str(), lot.lot.exit.fill_id.as_str());
            (ends, text(lot.lot.quantity), text(lot.gross), text(lot.commission))
        })
        .collect();
    let expected = [
        // 4 × 20; of the commissions 0.40 of the entry's and all of the exit's.
        (("f0", "f2"), "4", "80", "1.4"),
        // 6 × 30; the other 0.60, and half of the exit's.
        (("f0", "f3"), "6", "180", "1.1"),
        // 6 × 20; 0.60 and the other half.
        (("f1", "f3"), "6", "120", "1.1"),
    ]
    .map(|(ends, quantity, gross, fee)| (ends, quantity.into(), gross.into(), fee.into()));
    assert_eq!(lots, expected);
    // Four shares of the second lot are left: 4 × 15 unrealised, 0.40 paid for them.
    assert_eq!(text(found.remainders[&Remainder::Unrealized]), "60");
    assert_eq!(text(found.remainders[&Remainder::OpenCommission]), "-0.4");
    assert_eq!(text(found.change()), "436");
}

#[test]
fn what_is_done_elsewhere_stands_under_its_own_name() {
    let external = |trade: Trade| Trade { leg: Leg::External, ..trade };
    let fills = fills(&[
        external(buy(10, 100)),
        buy(5, 100),
        // Ten of the external lot, then two of the strategy's.
        external(sell(12, 90, Leg::External)),
        // Three of the strategy's, and four that nobody held.
        external(sell(7, 110, Leg::External)),
    ]);
    let found = made(&fills, &BTreeMap::new());
    let causes: Vec<_> =
        found.lots.iter().map(|lot| (text(lot.lot.quantity), lot.lot.exit_cause)).collect();
    assert_eq!(causes, [("2".into(), ExitCause::External), ("3".into(), ExitCause::External)]);
    // 10 × −10, less the commission of the purchase and ten twelfths of that of the sale.
    assert_eq!(text(found.remainders[&Remainder::External]), "-101.83");
    // 4 × 110, less four sevenths of a commission.
    assert_eq!(text(found.remainders[&Remainder::Unowned]), "439.43");
    assert_eq!(found.end_value, ledger_value(&fills, &BTreeMap::new()));
}

#[test]
fn what_is_not_in_fills_is_part_of_the_change_under_its_own_name() {
    let dividend = "12.34".parse().unwrap();
    let found =
        with(&fills(&[buy(1, 100)]), &BTreeMap::new(), &BTreeMap::new(), None, Some(dividend));
    assert_eq!(found.remainders[&Remainder::NotInFills], dividend);
    assert_eq!(text(found.change()), "11.34");
}

#[test]
fn the_cost_of_an_analysis_goes_to_the_lots_that_it_opened_or_closed() {
    let fills = fills(&[buy(3, 100), sell(2, 120, Leg::Exit)]);
    let facts = |cost: &str| AnalysisFacts {
        at: start(),
        prompts: String::new(),
        analyst: "a sample".into(),
        trend: None,
        rsi: None,
        model_cost: cost.parse().unwrap(),
    };
    let analyses = BTreeMap::from([
        (execution("s0_0"), facts("0.03")),
        (execution("s0_1"), facts("0.05")),
        (execution("s0_9"), facts("0.0007")),
    ]);
    let found = with(&fills, &BTreeMap::new(), &analyses, None, None);
    // Two thirds of the entry's, and the exit's; the third share is held, and nothing came of one.
    assert_eq!(text(found.lots[0].model_cost), "0.07");
    assert_eq!(text(found.other_model_cost), "0.0107");
}

/// Any order of buys and sells, also by others and beyond what is held.
fn trades() -> impl Strategy<Value = Vec<Trade>> {
    let leg = prop::sample::select(vec![
        Leg::Entry,
        Leg::Stop,
        Leg::Target,
        Leg::Exit,
        Leg::Flatten,
        Leg::External,
    ]);
    let trade = (0u8..3, 0u8..3, any::<bool>(), 1i64..60, 1i64..4_000_000, 0i64..4_000, leg);
    let trade = trade.prop_map(|(strategy, conid, buys, quantity, price, commission, leg)| Trade {
        strategy,
        conid,
        side: if buys { OrderSide::Buy } else { OrderSide::Sell },
        quantity,
        price,
        commission,
        leg,
    });
    prop::collection::vec(trade, 1..60)
}

fn some_prices() -> impl Strategy<Value = BTreeMap<Conid, Decimal>> {
    prop::collection::btree_map(
        (0i64..3).prop_map(Conid),
        (1i64..4_000_000).prop_map(|price| Decimal::new(price, 4)),
        0..3,
    )
}

fn remainder(found: &Attribution) -> Decimal {
    found.remainders.values().sum()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    /// Every grouping with the remainders is the change of the account's value, which the ledger
    /// computes without any lot.
    #[test]
    fn c6_4_every_grouping_adds_up_to_the_account_to_the_cent(
        trades in trades(),
        prices in some_prices(),
    ) {
        let fills = fills(&trades);
        let found = made(&fills, &prices);
        let value = ledger_value(&fills, &prices);
        prop_assert_eq!(found.end_value, value);
        prop_assert_eq!(found.change(), value - Decimal::from(STARTING_CASH));
        for by in PnlDimension::ALL {
            let groups = found.groups(by, &BTreeMap::new(), &zone());
            let net: Decimal = groups.iter().map(|group| group.net).sum();
            prop_assert_eq!(net + remainder(&found), found.change(), "{:?}", by);
            let parts: Decimal = groups.iter().map(|group| group.gross - group.commission).sum();
            prop_assert_eq!(parts, net, "{:?}", by);
            prop_assert_eq!(groups.iter().map(|group| group.lots).sum::<usize>(), found.lots.len());
        }
    }

    /// A span that begins at any fill has what the whole has beyond it.
    #[test]
    fn c6_4_a_span_adds_up_to_the_cent(
        trades in trades(),
        earlier in some_prices(),
        prices in some_prices(),
        first in 0usize..60,
    ) {
        let fills = fills(&trades);
        let known = &fills[..fills.len().min(first + 1)];
        let mark = ValueMark { at: known[known.len() - 1].fill.at, prices: earlier.clone() };
        let found = with(&fills, &prices, &BTreeMap::new(), Some(&mark), None);
        prop_assert_eq!(found.begin_value, ledger_value(known, &earlier));
        prop_assert_eq!(found.end_value, ledger_value(&fills, &prices));
        let net: Decimal = found.lots.iter().map(|lot| lot.net).sum();
        prop_assert_eq!(net + remainder(&found), found.change());
    }

    /// Commissions are divided without loss: those of lots, of open lots and of what is not of a
    /// strategy are those of the fills.
    #[test]
    fn no_share_and_no_commission_is_lost(trades in trades()) {
        let fills = fills(&trades);
        let mut lots = Lots::starting_with(Decimal::ZERO);
        lots.apply_all(&fills);
        let gross: Decimal = lots.closed().iter().map(|lot| lot.gross).sum();
        let paid: Decimal = lots.closed().iter().map(|lot| lot.commission).sum();
        let made = gross - paid - lots.open_commission() - lots.open_cost() + lots.unowned();
        prop_assert_eq!(round_to_cents(made), round_to_cents(lots.cash()));
    }
}
