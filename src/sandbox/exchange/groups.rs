//! Orders that belong together: a parent with its children, and groups in which one order's fill
//! makes the others smaller (IBKR's OCA type `ReduceOnFillNonBlock`).

use super::Exchange;
use super::order::{CancelReason, State};
use crate::domain::OrderSide;

/// Which orders share what they bind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Bond {
    Alone(usize),
    /// By the first order of the group.
    Group(usize),
    Children(usize),
}

impl Exchange {
    /// After a fill in a group, takes it off the others: filled wholly, it cancels them; filled in
    /// part, it makes them smaller.
    pub(super) fn settle_siblings(&mut self, position: usize) {
        for sibling in self.siblings(position) {
            if !self.orders[sibling].is_working() {
                continue;
            }
            self.touch(sibling);
            let is_whole = self.orders[position].state == State::Filled;
            if is_whole || self.remaining(sibling) == 0 {
                self.end(sibling, CancelReason::GroupFilled);
            }
        }
    }

    /// The other orders of an order's group: those with the same parent, or those that were placed
    /// as a single group without one.
    fn siblings(&self, position: usize) -> Vec<usize> {
        let order = &self.orders[position];
        let members = match order.parent {
            Some(parent) => &self.orders[parent].children,
            None => &order.group,
        };
        members.iter().copied().filter(|member| *member != position).collect()
    }

    /// Shares that the fills of its group have taken off an order. Children of one parent close the
    /// same position, share for share; the orders of other groups may differ in size and contract,
    /// and shrink in proportion.
    pub(super) fn taken_off(&self, position: usize) -> i64 {
        let order = &self.orders[position];
        let taken = |sibling: usize| {
            let sibling = &self.orders[sibling];
            if order.parent.is_some() || sibling.quantity == order.quantity {
                sibling.filled
            } else {
                // Rounded up, so that two orders of a group never fill in full.
                (order.quantity * sibling.filled + sibling.quantity - 1) / sibling.quantity
            }
        };
        self.siblings(position).into_iter().map(taken).sum()
    }

    fn bond(&self, position: usize) -> Bond {
        let order = &self.orders[position];
        match (order.parent, order.group.first()) {
            (Some(parent), _) => Bond::Children(parent),
            (None, Some(first)) => Bond::Group(*first),
            (None, None) => Bond::Alone(position),
        }
    }

    /// The sum over working orders of one side of what each binds. The orders of one group bind as
    /// much as the largest among them, since they fill only once together. The group of `except`
    /// is left out.
    pub(super) fn bound<T>(
        &self,
        side: OrderSide,
        listing: Option<usize>,
        except: Option<usize>,
        amount: impl Fn(usize) -> T,
    ) -> T
    where
        T: Copy + Ord + std::iter::Sum<T>,
    {
        let except = except.map(|position| self.bond(position));
        let mut bonds: Vec<(Bond, T)> = Vec::new();
        for position in self.working.iter().copied() {
            let order = &self.orders[position];
            let bond = self.bond(position);
            let counts = order.side == side
                && listing.is_none_or(|listing| order.listing == listing)
                && Some(bond) != except;
            if !counts {
                continue;
            }
            let bound = amount(position);
            match bonds.iter_mut().find(|(other, _)| *other == bond) {
                Some((_, most)) => *most = bound.max(*most),
                None => bonds.push((bond, bound)),
            }
        }
        bonds.into_iter().map(|(_, bound)| bound).sum()
    }
}
