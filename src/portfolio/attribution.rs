//! Where every dollar of the account's change came from.
//!
//! Closed lots stand in groups; what is no closed lot of a strategy stands under its own name. The
//! sum of both is the change of the account's value, to the cent, for every grouping.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use rust_decimal::Decimal;

use super::dimension::{PnlDimension, PnlGroupKey, group_of};
use super::ledger::AttributedFill;
use super::lots::{ClosedLot, Lots};
use super::model_cost::{ModelCosts, model_costs};
use crate::domain::{Conid, ExecutionId, Trend, round_to_cents};

/// What is known of the analysis behind an execution.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnalysisFacts {
    /// When it was made.
    pub at: Timestamp,
    /// The prompts with their versions, such as `daily-en v2, weekly-en v1`; empty without a prompt.
    pub prompts: String,
    /// The model that answered, or the name of the analyst that is none.
    pub analyst: String,
    /// Direction that it saw.
    pub trend: Option<Trend>,
    /// RSI of the daily bars at that time.
    pub rsi: Option<Decimal>,
    /// What it cost, in USD; paid to the provider of the model and no part of the account.
    pub model_cost: Decimal,
}

/// An instant at which the prices of what was held are known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValueMark {
    /// Engine time; what was traded at this very instant is in the value.
    pub at: Timestamp,
    /// Prices per share, in USD; a position without one is valued at its average cost.
    pub prices: BTreeMap<Conid, Decimal>,
}

/// Everything that an attribution is made from.
#[derive(Debug, Clone, Copy)]
pub struct AttributionInput<'a> {
    /// All fills that count.
    pub fills: &'a [AttributedFill],
    /// Cash at the opening of the account, in USD.
    pub starting_cash: Decimal,
    /// Where the span begins; nothing for the opening of the account.
    pub begin: Option<&'a ValueMark>,
    /// Where it ends; nothing for now, at `prices`.
    pub end: Option<&'a ValueMark>,
    /// Last prices; a position without one is valued at its average cost.
    pub prices: &'a BTreeMap<Conid, Decimal>,
    /// The broker's cash minus ours, in USD: what changed the account and was no fill, such as a
    /// dividend, interest, a fee or a deposit. Nothing where it is not known.
    pub not_in_fills: Option<Decimal>,
    /// What is known of analyses, by their executions.
    pub analyses: &'a BTreeMap<ExecutionId, AnalysisFacts>,
}

/// A part of the change that is no closed lot of a strategy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Remainder {
    /// Lots that were bought elsewhere and are closed.
    External,
    /// Sales of shares that no fill of ours bought.
    Unowned,
    /// Change of the difference between the value of open lots and their cost.
    Unrealized,
    /// Change of the commissions paid for open lots.
    OpenCommission,
    /// What the broker's cash has changed by beyond our fills.
    NotInFills,
}

/// A closed lot with its amounts in whole cents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttributedLot {
    /// The lot.
    pub lot: ClosedLot,
    /// Before commissions, in USD.
    pub gross: Decimal,
    /// Of entry and exit, in USD.
    pub commission: Decimal,
    /// `gross` − `commission`.
    pub net: Decimal,
    /// Its share of what the analyses behind entry and exit cost, in USD.
    pub model_cost: Decimal,
}

/// Closed lots that share something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PnlGroup {
    /// What they share.
    pub key: PnlGroupKey,
    /// How many.
    pub lots: usize,
    /// Of these, with a net gain.
    pub wins: usize,
    /// Before commissions, in USD.
    pub gross: Decimal,
    /// In USD.
    pub commission: Decimal,
    /// `gross` − `commission`.
    pub net: Decimal,
    /// In USD.
    pub model_cost: Decimal,
}

/// Where the change of an account's value in a span came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attribution {
    /// Value at the beginning, in USD.
    pub begin_value: Decimal,
    /// Value at the end, with what was not in fills, in USD.
    pub end_value: Decimal,
    /// Closed lots of strategies, in the order in which they were closed.
    pub lots: Vec<AttributedLot>,
    /// Everything else that changed the value.
    pub remainders: BTreeMap<Remainder, Decimal>,
    /// What analyses cost beside those behind `lots`: that led to no trade, or to one that is open.
    pub other_model_cost: Decimal,
}

/// Divides the change of the account's value among closed lots and named remainders.
///
/// Amounts are in whole cents: what rounding leaves over goes to the next part, so that the parts
/// add up to the difference of the two values exactly.
pub fn attribution(input: AttributionInput<'_>) -> Attribution {
    let mut fills: Vec<&AttributedFill> = input.fills.iter().collect();
    fills.sort_by_key(|fill| fill.fill.at);
    let until = |mark: &ValueMark| fills.partition_point(|fill| fill.fill.at <= mark.at);
    let end = input.end.map_or(fills.len(), until);
    let begin = input.begin.map_or(0, until).min(end);
    let nothing = BTreeMap::new();
    let mut lots = Lots::starting_with(input.starting_cash);
    lots.apply_all(fills[..begin].iter().copied());
    let first = State::of(&lots, input.begin.map_or(&nothing, |mark| &mark.prices));
    lots.apply_all(fills[begin..end].iter().copied());
    let last = State::of(&lots, input.end.map_or(input.prices, |mark| &mark.prices));
    let costs = model_costs(&lots, input.analyses);
    let not_in_fills = input.not_in_fills.unwrap_or_default();
    let mut cents = Cents::starting_at(first.value());
    let attributed = own_lots(&lots, first.closed, &costs, &mut cents);
    let external: Decimal = lots.closed()[first.closed..]
        .iter()
        .filter(|lot| lot.is_external())
        .map(ClosedLot::net)
        .sum();
    let remainders = [
        (Remainder::External, external),
        (Remainder::Unowned, last.unowned - first.unowned),
        (Remainder::OpenCommission, first.open_commission - last.open_commission),
        (Remainder::Unrealized, last.unrealized() - first.unrealized()),
        (Remainder::NotInFills, not_in_fills),
    ];
    let remainders =
        remainders.into_iter().map(|(name, amount)| (name, cents.next(amount))).collect();
    let in_span = |at: Timestamp| {
        input.begin.is_none_or(|mark| mark.at < at) && input.end.is_none_or(|mark| at <= mark.at)
    };
    Attribution {
        begin_value: round_to_cents(first.value()),
        end_value: round_to_cents(last.value() + not_in_fills),
        lots: attributed,
        remainders,
        other_model_cost: costs.of_others(in_span),
    }
}

fn own_lots(lots: &Lots, from: usize, costs: &ModelCosts, cents: &mut Cents) -> Vec<AttributedLot> {
    let mut commissions = Cents::starting_at(Decimal::ZERO);
    let mut attributed = Vec::new();
    for (index, lot) in lots.closed().iter().enumerate().skip(from) {
        if lot.is_external() {
            continue;
        }
        let net = cents.next(lot.net());
        let commission = commissions.next(lot.commission);
        attributed.push(AttributedLot {
            lot: lot.clone(),
            gross: net + commission,
            commission,
            net,
            model_cost: costs.of_closed(index),
        });
    }
    attributed
}

impl Attribution {
    /// End minus beginning, in USD.
    pub fn change(&self) -> Decimal {
        self.end_value - self.begin_value
    }

    /// The lots in groups, in the groups' own order; where they have none, by net, best first.
    pub fn groups(
        &self,
        by: PnlDimension,
        analyses: &BTreeMap<ExecutionId, AnalysisFacts>,
        zone: &TimeZone,
    ) -> Vec<PnlGroup> {
        let mut groups: BTreeMap<PnlGroupKey, PnlGroup> = BTreeMap::new();
        for lot in &self.lots {
            let key = lot.key(by, analyses, zone);
            let group = groups.entry(key.clone()).or_insert_with(|| PnlGroup::empty(key));
            group.add(lot);
        }
        let mut groups: Vec<PnlGroup> = groups.into_values().collect();
        groups.sort_by(|a, b| a.key.place.cmp(&b.key.place).then(b.net.cmp(&a.net)));
        groups
    }
}

impl AttributedLot {
    /// Its group.
    pub fn key(
        &self,
        by: PnlDimension,
        analyses: &BTreeMap<ExecutionId, AnalysisFacts>,
        zone: &TimeZone,
    ) -> PnlGroupKey {
        group_of(by, &self.lot, analyses.get(&self.lot.entry.execution_id), zone)
    }
}

impl PnlGroup {
    fn empty(key: PnlGroupKey) -> Self {
        Self {
            key,
            lots: 0,
            wins: 0,
            gross: Decimal::ZERO,
            commission: Decimal::ZERO,
            net: Decimal::ZERO,
            model_cost: Decimal::ZERO,
        }
    }

    fn add(&mut self, lot: &AttributedLot) {
        self.lots += 1;
        self.wins += usize::from(lot.net > Decimal::ZERO);
        self.gross += lot.gross;
        self.commission += lot.commission;
        self.net += lot.net;
        self.model_cost += lot.model_cost;
    }
}

/// The account between two fills.
struct State {
    cash: Decimal,
    positions_value: Decimal,
    open_cost: Decimal,
    open_commission: Decimal,
    unowned: Decimal,
    closed: usize,
}

impl State {
    fn of(lots: &Lots, prices: &BTreeMap<Conid, Decimal>) -> Self {
        Self {
            cash: lots.cash(),
            positions_value: lots.positions_value(prices),
            open_cost: lots.open_cost(),
            open_commission: lots.open_commission(),
            unowned: lots.unowned(),
            closed: lots.closed().len(),
        }
    }

    fn value(&self) -> Decimal {
        self.cash + self.positions_value
    }

    fn unrealized(&self) -> Decimal {
        self.positions_value - self.open_cost
    }
}

/// Rounds amounts one after the other so that their sum is the rounded sum.
struct Cents {
    exact: Decimal,
    rounded: Decimal,
}

impl Cents {
    fn starting_at(exact: Decimal) -> Self {
        Self { exact, rounded: round_to_cents(exact) }
    }

    fn next(&mut self, amount: Decimal) -> Decimal {
        self.exact += amount;
        let before = self.rounded;
        self.rounded = round_to_cents(self.exact);
        self.rounded - before
    }
}
