//! The risk gate. Nothing becomes an order without passing it, and that is a type:
//! [`RiskApproved`] can be made here and nowhere else.

mod approved;
mod commission;
mod entry;
mod exit;
mod flatten;
mod limits;
mod losses;
mod mandate;
mod modify;
mod protections;
mod watch;

pub use approved::RiskApproved;
pub use commission::fixed_commission;
pub use entry::{EntryBounds, EntryRequest, GateDecision, check_bounded_entry, check_entry};
pub use exit::{ExitRequest, approve_exit};
pub use flatten::{FlattenRequest, approve_flatten};
pub use limits::{LimitError, check_account_limits};
pub use losses::{Day, LimitedLosses, limit_locks, loss_standing};
pub use mandate::{LONGEST_MANDATE, Mandate, MandateError, MandateTerms, check_typed_account};
pub use modify::{ModifyRequest, approve_modify};
pub use protections::{NewLock, ProtectedStrategy, evaluate, protection_words};
pub use watch::{Guardian, Look, WatchAct, WatchedLevel, watch};
