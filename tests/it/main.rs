//! All integration tests, in one binary.

mod levels;
mod store;
mod tidy;
