//! The edge: one table of commands, the shapes they take and give, closed error codes.

pub mod commands;
pub mod dto;
mod error;

pub use error::{ApiError, ErrorCode};
