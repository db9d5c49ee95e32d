//! Reconciliation and the life of orders, against a broker that says exactly what a test wants.

mod cases;
pub(crate) mod fake;
mod person;
mod watching;
