use std::collections::BTreeMap;

use rust_decimal::Decimal;

use crate::domain::OrderSide;

/// Shares of one instrument.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(in crate::sandbox) struct Holding {
    /// Shares held; never below zero.
    pub(in crate::sandbox) quantity: i64,
    /// What the shares that are held were bought for, without commission, in USD.
    pub(in crate::sandbox) cost: Decimal,
    /// Proceeds less cost of what was sold, without commission, in USD.
    pub(in crate::sandbox) realized: Decimal,
}

impl Holding {
    /// Cost per share, in USD.
    pub(in crate::sandbox) fn average_cost(&self) -> Decimal {
        if self.quantity == 0 { Decimal::ZERO } else { self.cost / Decimal::from(self.quantity) }
    }
}

/// The account: cash, holdings, fees. At all times
/// cash + cost of the holdings + fees − realised P&L = starting cash, to the last digit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::sandbox) struct Account {
    starting_cash: Decimal,
    cash: Decimal,
    fees: Decimal,
    holdings: BTreeMap<usize, Holding>,
}

impl Account {
    pub(super) fn new(starting_cash: Decimal) -> Self {
        Self { starting_cash, cash: starting_cash, fees: Decimal::ZERO, holdings: BTreeMap::new() }
    }

    /// What the account began with, in USD.
    pub(in crate::sandbox) fn starting_cash(&self) -> Decimal {
        self.starting_cash
    }

    /// In USD.
    pub(in crate::sandbox) fn cash(&self) -> Decimal {
        self.cash
    }

    /// Commissions so far, in USD.
    #[cfg(test)]
    pub(in crate::sandbox) fn fees(&self) -> Decimal {
        self.fees
    }

    /// Realised P&L of all instruments, before commission, in USD.
    pub(in crate::sandbox) fn realized(&self) -> Decimal {
        self.holdings.values().map(|holding| holding.realized).sum()
    }

    /// Everything ever held, by the position of its listing; the quantity may be zero by now.
    pub(in crate::sandbox) fn holdings(&self) -> impl Iterator<Item = (usize, &Holding)> {
        self.holdings.iter().map(|(listing, holding)| (*listing, holding))
    }

    /// What is and was held of a listing.
    pub(in crate::sandbox) fn holding(&self, listing: usize) -> Holding {
        self.holdings.get(&listing).cloned().unwrap_or_default()
    }

    /// Shares held of a listing.
    pub(in crate::sandbox) fn shares(&self, listing: usize) -> i64 {
        self.holdings.get(&listing).map_or(0, |holding| holding.quantity)
    }

    /// Books that an execution had another value and another commission, by how much more.
    pub(super) fn correct(
        &mut self,
        listing: usize,
        side: OrderSide,
        value: Decimal,
        commission: Decimal,
    ) {
        let holding = self.holdings.entry(listing).or_default();
        match side {
            OrderSide::Buy => {
                holding.cost += value;
                self.cash -= value;
            }
            OrderSide::Sell => {
                holding.realized += value;
                self.cash += value;
            }
        }
        self.cash -= commission;
        self.fees += commission;
    }

    /// Books an execution.
    pub(super) fn book(
        &mut self,
        listing: usize,
        side: OrderSide,
        shares: i64,
        value: Decimal,
        commission: Decimal,
    ) {
        let holding = self.holdings.entry(listing).or_default();
        match side {
            OrderSide::Buy => {
                holding.quantity += shares;
                holding.cost += value;
                self.cash -= value;
            }
            OrderSide::Sell => {
                // Rounded, so that no digit is lost when it is taken from the cost; the last
                // shares take all of it with them.
                let cost = if shares == holding.quantity {
                    holding.cost
                } else {
                    (holding.cost * Decimal::from(shares) / Decimal::from(holding.quantity))
                        .round_dp(6)
                };
                holding.quantity -= shares;
                holding.cost -= cost;
                holding.realized += value - cost;
                self.cash += value;
            }
        }
        self.cash -= commission;
        self.fees += commission;
    }
}
