//! Our records against the broker's. What differs is named here and nothing else is done: the
//! driver books it, asks again, and raises an alarm for what is left.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;

use crate::domain::{
    BrokerOrderId, ClientOrderId, Conid, Fill, FillId, StrategyId, round_to_cents,
};

/// How an order is named: by our id, by the broker's, or by both.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderName {
    /// Our id; of the broker's records the `order_ref`, which others can write on an order as well.
    pub client_order_id: Option<ClientOrderId>,
    /// The broker's id.
    pub broker_order_id: Option<BrokerOrderId>,
}

impl OrderName {
    /// Whether both name one order. The broker's id decides where both have it, since a text on an
    /// order may be anybody's; symbol and time never do.
    pub fn is_same_as(&self, other: &Self) -> bool {
        match (&self.broker_order_id, &other.broker_order_id) {
            (Some(ours), Some(theirs)) => ours == theirs,
            _ => self.client_order_id.is_some() && self.client_order_id == other.client_order_id,
        }
    }

    /// The order that a fill names.
    pub fn of_fill(fill: &Fill) -> Self {
        Self {
            client_order_id: fill.client_order_id.clone(),
            broker_order_id: fill.broker_order_id.clone(),
        }
    }
}

/// A fill that is booked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BookedFill {
    /// The broker's id.
    pub fill_id: FillId,
    /// Its commission is known.
    pub is_commission_known: bool,
}

/// Shares of a strategy and what protects them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holding {
    /// Whose.
    pub strategy_id: StrategyId,
    /// Of what.
    pub conid: Conid,
    /// Ticker symbol.
    pub symbol: String,
    /// Shares held.
    pub held: Decimal,
    /// Shares that working stops would sell.
    pub stopped: Decimal,
    /// An order to open or to close it works, so that the two need not agree at this moment.
    pub is_changing: bool,
}

/// Our records.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Books {
    /// Every order, also those that are over.
    pub orders: Vec<OrderName>,
    /// Every fill that counts.
    pub fills: Vec<BookedFill>,
    /// Fills that a later edition replaced.
    pub replaced: BTreeSet<FillId>,
    /// Shares by contract, over all strategies.
    pub positions: BTreeMap<Conid, Decimal>,
    /// Holdings with their protection.
    pub holdings: Vec<Holding>,
    /// Cash by our ledger, in the account's currency.
    pub cash: Decimal,
}

/// The broker's records.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Statement {
    /// Orders that are open or were active today.
    pub orders: Vec<OrderName>,
    /// Fills of seven days.
    pub fills: Vec<Fill>,
    /// Shares by contract.
    pub positions: BTreeMap<Conid, Decimal>,
    /// Cash, in the account's currency.
    pub cash: Decimal,
}

/// One difference, with the broker's record that shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Difference {
    /// A fill of one of our orders that is not booked.
    MissingFill(Fill),
    /// A fill of an order that we do not know.
    ForeignFill(Fill),
    /// A later edition of a fill that is booked: the same id but for its last two digits.
    LaterEdition {
        /// What it replaces.
        earlier: FillId,
        /// As it is reported now.
        fill: Fill,
    },
    /// The commission of a fill that was booked without one.
    CommissionReported(Fill),
    /// An order that we do not know.
    ForeignOrder(OrderName),
    /// Shares of a contract.
    PositionDiffers {
        /// Of what.
        conid: Conid,
        /// By our ledger.
        ours: Decimal,
        /// By the broker.
        theirs: Decimal,
    },
    /// Cash.
    CashDiffers {
        /// By our ledger.
        ours: Decimal,
        /// By the broker.
        theirs: Decimal,
    },
    /// Shares and working stops disagree.
    StopDiffers(Holding),
}

impl Difference {
    /// The name of a correction.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::MissingFill(_) => "missing_fill",
            Self::ForeignFill(_) => "external_fill",
            Self::LaterEdition { .. } => "fill_corrected",
            Self::CommissionReported(_) => "commission_reported",
            Self::ForeignOrder(_) => "external_order",
            // Shares that none of ours ever bought are somebody's, not an error.
            Self::PositionDiffers { ours, .. } if ours.is_zero() => "external_position",
            Self::PositionDiffers { .. } => "position_differs",
            Self::CashDiffers { .. } => "cash_differs",
            Self::StopDiffers(holding) if holding.held.is_zero() => "stop_without_position",
            Self::StopDiffers(_) => "stop_missing",
        }
    }

    /// Whether it is settled by booking. The others stand until somebody acts.
    pub fn is_bookable(&self) -> bool {
        match self {
            Self::MissingFill(_)
            | Self::ForeignFill(_)
            | Self::LaterEdition { .. }
            | Self::CommissionReported(_)
            | Self::ForeignOrder(_) => true,
            Self::PositionDiffers { .. } | Self::CashDiffers { .. } | Self::StopDiffers(_) => false,
        }
    }
}

/// Everything in which the two differ.
pub fn compare(books: &Books, statement: &Statement) -> Vec<Difference> {
    let mut differences = Vec::new();
    for order in &statement.orders {
        if !books.orders.iter().any(|ours| ours.is_same_as(order)) {
            differences.push(Difference::ForeignOrder(order.clone()));
        }
    }
    for fill in newest_editions(&statement.fills) {
        differences.extend(fill_difference(books, fill));
    }
    let conids: BTreeSet<Conid> =
        books.positions.keys().chain(statement.positions.keys()).copied().collect();
    for conid in conids {
        let of = |positions: &BTreeMap<Conid, Decimal>| {
            positions.get(&conid).copied().unwrap_or_default()
        };
        let (ours, theirs) = (of(&books.positions), of(&statement.positions));
        if ours != theirs {
            differences.push(Difference::PositionDiffers { conid, ours, theirs });
        }
    }
    let (ours, theirs) = (round_to_cents(books.cash), round_to_cents(statement.cash));
    // Cash cannot be compared while the broker has charged what it has not told.
    if ours != theirs && books.fills.iter().all(|fill| fill.is_commission_known) {
        differences.push(Difference::CashDiffers { ours, theirs });
    }
    let unprotected = |holding: &&Holding| !holding.is_changing && holding.held != holding.stopped;
    differences
        .extend(books.holdings.iter().filter(unprotected).cloned().map(Difference::StopDiffers));
    differences
}

fn fill_difference(books: &Books, fill: &Fill) -> Option<Difference> {
    if books.replaced.contains(&fill.fill_id) {
        return None;
    }
    if let Some(booked) = books.fills.iter().find(|booked| booked.fill_id == fill.fill_id) {
        let reported = !booked.is_commission_known && fill.is_commission_known;
        return reported.then(|| Difference::CommissionReported(fill.clone()));
    }
    let edition = Edition::of(&fill.fill_id);
    let same = books.fills.iter().find(|booked| edition.is_of_one_fill(&booked.fill_id));
    if let Some(booked) = same {
        let is_later = edition.number > Edition::of(&booked.fill_id).number;
        let earlier = booked.fill_id.clone();
        return is_later.then(|| Difference::LaterEdition { earlier, fill: fill.clone() });
    }
    let name = OrderName::of_fill(fill);
    let is_ours = !fill.is_liquidation && books.orders.iter().any(|ours| ours.is_same_as(&name));
    Some(if is_ours {
        Difference::MissingFill(fill.clone())
    } else {
        Difference::ForeignFill(fill.clone())
    })
}

/// Each fill once, in its newest edition, in the order in which they were given.
fn newest_editions(fills: &[Fill]) -> Vec<&Fill> {
    let mut newest: Vec<&Fill> = Vec::new();
    for fill in fills {
        let edition = Edition::of(&fill.fill_id);
        match newest.iter_mut().find(|kept| edition.is_of_one_fill(&kept.fill_id)) {
            Some(kept) if edition.number > Edition::of(&kept.fill_id).number => *kept = fill,
            Some(_) => {}
            None => newest.push(fill),
        }
    }
    newest
}

/// The edition of a fill: IBKR corrects a fill by reporting it again under an id of which the
/// digits after the last of three points have counted up (`0000e0d5.6576fd38.01.02`; ibkr.md).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Edition<'a> {
    stem: &'a str,
    /// From 1; 0 for an id of another form, which has one edition only.
    pub number: u32,
}

impl<'a> Edition<'a> {
    /// The edition that an id names.
    pub fn of(id: &'a FillId) -> Self {
        let text = id.as_str();
        let has_three_points = text.bytes().filter(|byte| *byte == b'.').count() == 3;
        match text.rsplit_once('.') {
            Some((stem, digits)) if has_three_points => match digits.parse() {
                Ok(number) => Self { stem, number },
                Err(_) => Self { stem: text, number: 0 },
            },
            _ => Self { stem: text, number: 0 },
        }
    }

    /// What all editions of one fill have in common.
    pub fn stem(&self) -> &'a str {
        self.stem
    }

    /// Whether an id names an edition of the same fill.
    pub fn is_of_one_fill(&self, id: &FillId) -> bool {
        Edition::of(id).stem == self.stem
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use proptest::prelude::*;

    use super::*;
    use crate::domain::OrderSide;

    fn fill(id: &str, client: Option<&str>, broker: Option<&str>) -> Fill {
        Fill {
            fill_id: FillId::new(id),
            client_order_id: client.map(|id| ClientOrderId::new(id).unwrap()),
            broker_order_id: broker.map(|id| BrokerOrderId::new(id).unwrap()),
            conid: Conid(1),
            side: OrderSide::Buy,
            quantity: Decimal::TEN,
            price: Decimal::ONE_HUNDRED,
            commission: Decimal::ONE,
            is_commission_known: true,
            is_liquidation: false,
            at: Timestamp::UNIX_EPOCH,
        }
    }

    fn order(client: Option<&str>, broker: Option<&str>) -> OrderName {
        OrderName::of_fill(&fill("x", client, broker))
    }

    fn booked(id: &str, is_commission_known: bool) -> BookedFill {
        BookedFill { fill_id: FillId::new(id), is_commission_known }
    }

    #[test]
    fn h19_a_fill_belongs_to_an_order_by_its_id_and_not_by_symbol_or_text() {
        let books = Books { orders: vec![order(Some("a-stop"), Some("7"))], ..Books::default() };
        let of = |fill: Fill| {
            compare(&books, &Statement { fills: vec![fill], ..Statement::default() }).remove(0)
        };
        let ours = fill("f.1.1.01", Some("a-stop"), Some("7"));
        assert_eq!(of(ours.clone()), Difference::MissingFill(ours));
        let without_text = fill("f.1.1.01", None, Some("7"));
        assert_eq!(of(without_text.clone()), Difference::MissingFill(without_text));
        // The same contract, the same side, even the same text, and another order.
        let other = fill("f.1.1.01", Some("a-stop"), Some("8"));
        assert_eq!(of(other.clone()), Difference::ForeignFill(other));
        let nameless = fill("f.1.1.01", None, None);
        assert_eq!(of(nameless.clone()), Difference::ForeignFill(nameless));
    }

    #[test]
    fn a_later_edition_replaces_and_an_earlier_one_is_ignored() {
        let books = Books {
            fills: vec![booked("a.b.1.02", true)],
            replaced: BTreeSet::from([FillId::new("a.b.1.01")]),
            ..Books::default()
        };
        let of = |id: &str| {
            let fills = vec![fill(id, None, Some("7"))];
            compare(&books, &Statement { fills, ..Statement::default() })
        };
        assert_eq!(of("a.b.1.01"), []);
        assert_eq!(of("a.b.1.02"), []);
        let later = of("a.b.1.03").remove(0);
        assert_eq!(later.kind(), "fill_corrected");
        assert!(matches!(
            later,
            Difference::LaterEdition { earlier, .. } if earlier == FillId::new("a.b.1.02")
        ));
        assert_eq!(of("a.b.2.01").remove(0).kind(), "external_fill");
    }

    #[test]
    fn an_unreported_commission_is_unknown_and_cash_waits_for_it() {
        let mut books = Books { fills: vec![booked("a", false)], ..Books::default() };
        let mut reported = fill("a", None, None);
        reported.is_commission_known = false;
        let mut statement =
            Statement { fills: vec![reported], cash: Decimal::ONE, ..Statement::default() };
        assert_eq!(compare(&books, &statement), []);
        statement.fills[0].is_commission_known = true;
        assert_eq!(compare(&books, &statement)[0].kind(), "commission_reported");
        books.fills[0].is_commission_known = true;
        assert_eq!(compare(&books, &statement)[0].kind(), "cash_differs");
    }

    #[test]
    fn h20_a_position_without_its_stop_and_a_stop_without_its_position_are_found() {
        let holding = |held: i64, stopped: i64, is_changing| Holding {
            strategy_id: StrategyId::new("sample").unwrap(),
            conid: Conid(1),
            symbol: "AAPL".into(),
            held: Decimal::from(held),
            stopped: Decimal::from(stopped),
            is_changing,
        };
        let kinds = |holding: Holding| {
            let books = Books { holdings: vec![holding], ..Books::default() };
            let found = compare(&books, &Statement::default());
            found.iter().map(Difference::kind).collect::<Vec<_>>()
        };
        assert_eq!(kinds(holding(10, 10, false)), [""; 0]);
        assert_eq!(kinds(holding(10, 4, false)), ["stop_missing"]);
        assert_eq!(kinds(holding(10, 4, true)), [""; 0]);
        assert_eq!(kinds(holding(0, 10, false)), ["stop_without_position"]);
    }

    #[test]
    fn h06_a_forced_liquidation_is_never_taken_for_an_order_of_ours() {
        let books = Books { orders: vec![order(Some("a-stop"), Some("7"))], ..Books::default() };
        let mut forced = fill("f", Some("a-stop"), Some("7"));
        forced.is_liquidation = true;
        let statement = Statement { fills: vec![forced], ..Statement::default() };
        assert_eq!(compare(&books, &statement)[0].kind(), "external_fill");
    }

    fn ids() -> impl Strategy<Value = Vec<(u8, u32)>> {
        proptest::collection::vec((0u8..6, 1u32..5), 0..12)
    }

    fn id(stem: u8, edition: u32) -> String {
        format!("a.b.{stem}.{edition:02}")
    }

    proptest! {
        /// Books that say what the statement says have no difference, however often each fill is
        /// reported and whatever earlier editions come with it.
        #[test]
        fn what_is_booked_does_not_differ(ids in ids(), cash in -1000i64..1000) {
            let fills: Vec<Fill> =
                ids.iter().map(|(stem, edition)| fill(&id(*stem, *edition), None, Some("7"))).collect();
            let booked: Vec<BookedFill> = newest_editions(&fills)
                .into_iter()
                .map(|fill| BookedFill { fill_id: fill.fill_id.clone(), is_commission_known: true })
                .collect();
            let cash = Decimal::new(cash, 2);
            let positions = BTreeMap::from([(Conid(1), Decimal::TEN)]);
            let orders = vec![order(Some("a-entry"), Some("7"))];
            let books = Books {
                orders: orders.clone(), fills: booked, positions: positions.clone(), cash,
                ..Books::default()
            };
            let statement = Statement { orders, fills, positions, cash };
            prop_assert_eq!(compare(&books, &statement), vec![]);
        }

        /// Every fill that is not booked is named exactly once.
        #[test]
        fn every_missing_fill_is_named_once(ids in ids(), known in 0u8..6) {
            let fills: Vec<Fill> =
                ids.iter().map(|(stem, edition)| fill(&id(*stem, *edition), None, Some("7"))).collect();
            let books = Books {
                orders: vec![order(None, Some("7"))],
                fills: vec![booked(&id(known, 9), true)],
                ..Books::default()
            };
            let stems: BTreeSet<u8> =
                ids.iter().map(|(stem, _)| *stem).filter(|stem| *stem != known).collect();
            let statement = Statement { fills, ..Statement::default() };
            let found = compare(&books, &statement);
            prop_assert_eq!(found.len(), stems.len());
            prop_assert!(found.iter().all(|found| found.kind() == "missing_fill"));
        }

        /// Positions differ exactly where the numbers differ.
        #[test]
        fn positions_are_compared_contract_by_contract(
            ours in proptest::collection::btree_map(0i64..5, -9i64..9, 0..5),
            theirs in proptest::collection::btree_map(0i64..5, -9i64..9, 0..5),
        ) {
            let map = |of: &BTreeMap<i64, i64>| {
                of.iter().map(|(conid, quantity)| (Conid(*conid), Decimal::from(*quantity))).collect()
            };
            let books = Books { positions: map(&ours), ..Books::default() };
            let statement = Statement { positions: map(&theirs), ..Statement::default() };
            let expected = (0..5)
                .filter(|conid| {
                    ours.get(conid).copied().unwrap_or(0) != theirs.get(conid).copied().unwrap_or(0)
                })
                .count();
            prop_assert_eq!(compare(&books, &statement).len(), expected);
        }
    }
}
