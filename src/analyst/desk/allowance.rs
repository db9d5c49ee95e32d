//! What a set of calls may cost together, beside the budgets: what a person accepted before it began.

use std::sync::{Mutex, PoisonError};

use rust_decimal::Decimal;

/// A call that would cost more than was accepted. It was not made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "this call may cost {reserved} USD; {spent} of the {limit} USD that were accepted are spent or \
     reserved"
)]
pub struct AllowanceRefusal {
    /// How much was accepted, in USD.
    pub limit: Decimal,
    /// How much of it is spent or reserved, in USD.
    pub spent: Decimal,
    /// What the call may cost, in USD.
    pub reserved: Decimal,
}

/// An amount that calls share. What a call may cost is reserved before it is made, so that the
/// amount is not passed also where calls are made side by side.
#[derive(Debug)]
pub struct Allowance {
    limit: Decimal,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    spent: Decimal,
    refusal: Option<AllowanceRefusal>,
}

impl Allowance {
    /// An allowance in USD of which nothing is spent.
    pub fn new(limit: Decimal) -> Self {
        Self { limit, state: Mutex::default() }
    }

    /// What is spent, with what is reserved for calls under way, in USD.
    pub fn spent(&self) -> Decimal {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).spent.normalize()
    }

    /// The first call that was refused.
    pub fn refusal(&self) -> Option<AllowanceRefusal> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).refusal
    }

    pub(super) fn reserve(&self, amount: Decimal) -> Result<(), AllowanceRefusal> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let after = state.spent.checked_add(amount);
        if let Some(after) = after.filter(|after| *after <= self.limit) {
            state.spent = after;
            return Ok(());
        }
        let refusal = AllowanceRefusal {
            limit: self.limit,
            spent: state.spent.normalize(),
            reserved: amount.normalize(),
        };
        state.refusal.get_or_insert(refusal);
        Err(refusal)
    }

    /// Puts what a call has cost in the place of what was reserved for it.
    pub(super) fn settle(&self, reserved: Decimal, cost: Decimal) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.spent += cost - reserved;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn reservations_never_pass_what_was_accepted(
            limit in 0_i64..2_000, amounts in proptest::collection::vec(0_i64..500, 1..40),
        ) {
            let allowance = Allowance::new(Decimal::new(limit, 2));
            let mut taken = 0;
            for amount in amounts {
                let is_taken = allowance.reserve(Decimal::new(amount, 2)).is_ok();
                prop_assert_eq!(is_taken, taken + amount <= limit);
                if is_taken {
                    // A call costs half of what was reserved for it.
                    allowance.settle(Decimal::new(amount, 2), Decimal::new(amount / 2, 2));
                    taken += amount / 2;
                } else {
                    prop_assert!(allowance.refusal().is_some());
                }
                prop_assert_eq!(allowance.spent(), Decimal::new(taken, 2).normalize());
            }
        }
    }

    #[test]
    fn a_refusal_names_the_amounts_and_what_costs_nothing_passes() {
        let allowance = Allowance::new(Decimal::new(10, 2));
        allowance.reserve(Decimal::new(10, 2)).unwrap();
        allowance.reserve(Decimal::ZERO).unwrap();
        let sentence = allowance.reserve(Decimal::new(1, 3)).unwrap_err().to_string();
        assert!(sentence.contains("cost 0.001 USD; 0.1 of the 0.10 USD"), "{sentence}");
        assert!(allowance.reserve(Decimal::MAX).is_err(), "an amount beyond all numbers");
    }
}
