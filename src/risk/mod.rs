//! The risk gate. Nothing becomes an order without passing it, and that is a type:
//! [`RiskApproved`] can be made here and nowhere else.

mod approved;

pub use approved::RiskApproved;
