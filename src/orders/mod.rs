//! Orders: what an order can become, and the driver that watches them.

pub mod driver;
mod machine;

pub use machine::{IllegalTransition, OrderEvent, next_status};
