//! The edge: one table of commands, the shapes they take and give, closed error codes.

pub mod commands;
mod dispatch;
pub mod dto;
mod error;
pub mod views;

pub use dispatch::dispatch;
pub use error::{ApiError, ErrorCode};
