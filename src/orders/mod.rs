//! Orders: what an order can become, how our records and the broker's differ, and the driver that
//! watches them.

pub mod driver;
mod machine;
pub mod reconcile;

pub use machine::{IllegalTransition, OrderEvent, next_status};
