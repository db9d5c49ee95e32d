use std::collections::BTreeMap;

use jiff::Timestamp;
use rust_decimal::Decimal;

use super::attribution::AnalysisFacts;
use super::lots::{ClosedLot, Lots};
use crate::domain::ExecutionId;

/// Places after the point to which a cost is divided: analyses cost fractions of a cent.
const COST_PLACES: u32 = 6;

/// What analyses cost, by what came of them.
pub(super) struct ModelCosts {
    closed: BTreeMap<usize, Decimal>,
    others: Vec<(Timestamp, Decimal)>,
}

impl ModelCosts {
    /// The share of a closed lot, by its place.
    pub(super) fn of_closed(&self, lot: usize) -> Decimal {
        self.closed.get(&lot).copied().unwrap_or_default()
    }

    /// What analyses of certain times cost that no closed lot of a strategy bears.
    pub(super) fn of_others(&self, is_asked: impl Fn(Timestamp) -> bool) -> Decimal {
        self.others.iter().filter(|(at, _)| is_asked(*at)).map(|(_, cost)| cost).sum()
    }
}

/// Divides the cost of each analysis by shares among the lots that it opened or closed. Shares that
/// are still held keep theirs until they are sold.
pub(super) fn model_costs(
    lots: &Lots,
    analyses: &BTreeMap<ExecutionId, AnalysisFacts>,
) -> ModelCosts {
    let mut bearers: BTreeMap<&ExecutionId, Vec<(Option<usize>, Decimal)>> = BTreeMap::new();
    for (index, lot) in lots.closed().iter().enumerate().filter(|(_, lot)| !lot.is_external()) {
        for execution in deciders(lot) {
            bearers.entry(execution).or_default().push((Some(index), lot.quantity.abs()));
        }
    }
    for lot in lots.open() {
        let bearer = (None, lot.quantity.abs());
        bearers.entry(&lot.entry.execution_id).or_default().push(bearer);
    }
    let mut costs = ModelCosts { closed: BTreeMap::new(), others: Vec::new() };
    for (execution, facts) in analyses.iter().filter(|(_, facts)| !facts.model_cost.is_zero()) {
        let shares = bearers.get(execution).map_or(&[][..], Vec::as_slice);
        let whole: Decimal = shares.iter().map(|(_, quantity)| quantity).sum();
        let mut left = facts.model_cost;
        let mut quantity_left = whole;
        for (lot, quantity) in shares {
            quantity_left -= quantity;
            let share = if quantity_left.is_zero() {
                left
            } else {
                (facts.model_cost * quantity)
                    .checked_div(whole)
                    .unwrap_or_default()
                    .round_dp(COST_PLACES)
            };
            left -= share;
            match lot {
                Some(lot) => *costs.closed.entry(*lot).or_default() += share,
                None => costs.others.push((facts.at, share)),
            }
        }
        if !left.is_zero() {
            costs.others.push((facts.at, left));
        }
    }
    costs
}

/// The executions that decided a lot, each once. A stop or a target fills by the decision of the
/// entry.
fn deciders(lot: &ClosedLot) -> impl Iterator<Item = &ExecutionId> {
    let entry = &lot.entry.execution_id;
    let exit = Some(&lot.exit.execution_id).filter(|exit| *exit != entry);
    std::iter::once(entry).chain(exit)
}
