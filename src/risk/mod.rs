//! The risk gate. Nothing becomes an order without passing it, and that is a type:
//! [`RiskApproved`] can be made here and nowhere else.

mod approved;
mod commission;
mod entry;
mod exit;
mod modify;

pub use approved::RiskApproved;
pub use commission::fixed_commission;
pub use entry::{EntryRequest, GateDecision, check_entry};
pub use exit::{ExitRequest, approve_exit};
pub use modify::{ModifyRequest, approve_modify};
