//! Every indicator, group by group. Formulas are TA-Lib's (<https://ta-lib.org/functions>) unless an
//! entry says otherwise.

pub(super) mod averages;
pub(super) mod momentum;
pub(super) mod trend;
pub(super) mod volatility;
pub(super) mod volume;
