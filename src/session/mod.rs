//! The session keeper: it opens the way to the broker, keeps it open, notices when it is lost, and
//! says so. While there is no session that was proven by a real call, entries are closed.
//!
//! It is a driver: the engine ticks it when it is due. All it knows comes through the broker port,
//! and the calls that everybody else makes are watched on their way ([`WatchedBroker`]), so that a
//! fault shows at the first call that it breaks and not at the next heart-beat.

mod blind;
mod keeper;
mod pulse;
mod status;
mod watched;

pub use blind::{BlindStretch, BlindToday, blind_today};
pub use keeper::{Kept, SessionKeeper, SessionOptions};
pub use pulse::Pulse;
pub use status::{EventLevel, SessionEvent, SessionStatus, SessionView};
pub use watched::WatchedBroker;
