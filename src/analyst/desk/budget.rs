//! What was spent and what may be. The sums are kept in memory beside the record, so that a reservation
//! is one step that no other call can come between.

use std::collections::BTreeMap;

use jiff::civil::Date;
use rust_decimal::Decimal;

use crate::domain::StrategyId;
use crate::store::{BudgetScope, ModelCallRow, Store, StoreError};

/// A call that would cost more than may be spent. It was not made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "this call may cost {reserved} USD; {spent} of the {limit} USD that {} are spent or reserved; \
     raise the budget on the page Models, or wait until tomorrow", words(*scope)
)]
pub struct BudgetRefusal {
    /// Which budget.
    pub scope: BudgetScope,
    /// How much it allows, in USD.
    pub limit: Decimal,
    /// How much of it is spent or reserved, in USD.
    pub spent: Decimal,
    /// What the call may cost, in USD.
    pub reserved: Decimal,
}

fn words(scope: BudgetScope) -> &'static str {
    match scope {
        BudgetScope::Day => "may be spent in a day",
        BudgetScope::StrategyDay => "a strategy may spend in a day",
        BudgetScope::Total => "may be spent in all",
    }
}

/// What was spent, in USD, with what is reserved for calls under way.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Spending {
    /// Ever.
    pub total: Decimal,
    /// Today.
    pub today: Decimal,
    /// Today by strategy.
    pub strategies_today: BTreeMap<StrategyId, Decimal>,
    /// How much may be spent; what is missing is without limit.
    pub budgets: BTreeMap<BudgetScope, Decimal>,
}

#[derive(Debug, Default)]
struct DaySpending {
    all: Decimal,
    strategies: BTreeMap<StrategyId, Decimal>,
}

/// The sums.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    last_call_id: i64,
    total: Decimal,
    days: BTreeMap<Date, DaySpending>,
    budgets: BTreeMap<BudgetScope, Decimal>,
}

impl Ledger {
    pub(super) async fn load(store: &Store) -> Result<Self, StoreError> {
        let mut ledger = Self {
            last_call_id: store.last_model_call_id().await?,
            budgets: store.model_budgets().await?,
            ..Self::default()
        };
        for spent in store.model_spending().await? {
            ledger.add(spent.day, spent.strategy_id.as_ref(), spent.cost);
        }
        Ok(ledger)
    }

    /// The number of the next call.
    pub(super) fn next_call_id(&mut self) -> i64 {
        self.last_call_id += 1;
        self.last_call_id
    }

    /// Reserves an amount in all budgets that it concerns, or in none.
    pub(super) fn reserve(
        &mut self,
        day: Date,
        strategy: Option<&StrategyId>,
        amount: Decimal,
    ) -> Result<(), BudgetRefusal> {
        for (scope, limit) in &self.budgets {
            let spent = match (scope, strategy) {
                (BudgetScope::Total, _) => self.total,
                (BudgetScope::Day, _) => self.days.get(&day).map_or(Decimal::ZERO, |it| it.all),
                (BudgetScope::StrategyDay, Some(strategy)) => self.strategy(day, strategy),
                (BudgetScope::StrategyDay, None) => continue,
            };
            // What costs nothing is not refused, even where a budget is spent.
            if amount > Decimal::ZERO && spent + amount > *limit {
                return Err(BudgetRefusal {
                    scope: *scope,
                    limit: *limit,
                    spent: spent.normalize(),
                    reserved: amount.normalize(),
                });
            }
        }
        self.add(day, strategy, amount);
        Ok(())
    }

    /// Puts what a call has cost in the place of what was reserved for it.
    pub(super) fn settle(&mut self, row: &ModelCallRow) {
        self.add(row.day, row.strategy_id.as_ref(), row.cost - row.reserved);
    }

    pub(super) fn set_budgets(&mut self, budgets: BTreeMap<BudgetScope, Decimal>) {
        self.budgets = budgets;
    }

    pub(super) fn spending(&self, today: Date) -> Spending {
        let day = self.days.get(&today);
        Spending {
            total: self.total.normalize(),
            today: day.map_or(Decimal::ZERO, |day| day.all.normalize()),
            strategies_today: day.map_or_else(BTreeMap::new, |day| day.strategies.clone()),
            budgets: self.budgets.clone(),
        }
    }

    fn strategy(&self, day: Date, strategy: &StrategyId) -> Decimal {
        self.days
            .get(&day)
            .and_then(|day| day.strategies.get(strategy))
            .copied()
            .unwrap_or_default()
    }

    fn add(&mut self, day: Date, strategy: Option<&StrategyId>, amount: Decimal) {
        self.total += amount;
        let day = self.days.entry(day).or_default();
        day.all += amount;
        if let Some(strategy) = strategy {
            *day.strategies.entry(strategy.clone()).or_default() += amount;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn day(number: i8) -> Date {
        Date::constant(2026, 11, number)
    }

    fn ledger(limits: &[(BudgetScope, i64)]) -> Ledger {
        let budgets =
            limits.iter().map(|(scope, limit)| (*scope, Decimal::new(*limit, 2))).collect();
        Ledger { budgets, ..Ledger::default() }
    }

    #[test]
    fn each_budget_stops_what_it_covers() {
        let (a, b) = (StrategyId::new("a").unwrap(), StrategyId::new("b").unwrap());
        let mut ledger = ledger(&[
            (BudgetScope::StrategyDay, 10),
            (BudgetScope::Day, 25),
            (BudgetScope::Total, 40),
        ]);
        let cents = |amount| Decimal::new(amount, 2);
        ledger.reserve(day(1), Some(&a), cents(10)).unwrap();
        let refusal = ledger.reserve(day(1), Some(&a), cents(1)).unwrap_err();
        assert_eq!(refusal.scope, BudgetScope::StrategyDay);
        let sentence = refusal.to_string();
        assert!(sentence.contains("0.01 USD; 0.1 of the 0.10 USD that a strategy"), "{sentence}");
        ledger.reserve(day(1), Some(&b), cents(10)).unwrap();
        let refusal = ledger.reserve(day(1), None, cents(6)).unwrap_err();
        assert_eq!(refusal.scope, BudgetScope::Day);
        ledger.reserve(day(2), Some(&a), cents(10)).unwrap();
        ledger.reserve(day(2), Some(&b), cents(10)).unwrap();
        let refusal = ledger.reserve(day(3), None, cents(1)).unwrap_err();
        assert_eq!(refusal.scope, BudgetScope::Total);
        ledger.reserve(day(3), None, Decimal::ZERO).unwrap();
    }

    proptest! {
        #[test]
        fn no_order_of_reservations_exceeds_a_budget(
            amounts in proptest::collection::vec(0_i64..500, 1..60),
            limit in 0_i64..2_000,
        ) {
            let mut ledger = ledger(&[(BudgetScope::Day, limit)]);
            let mut accepted = 0;
            for amount in amounts {
                let taken = ledger.reserve(day(1), None, Decimal::new(amount, 2)).is_ok();
                prop_assert_eq!(taken, amount == 0 || accepted + amount <= limit);
                if taken {
                    accepted += amount;
                }
                prop_assert!(accepted <= limit);
            }
        }
    }
}
