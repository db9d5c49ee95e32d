//! All integration tests, in one binary.

mod bindings;
mod levels;
mod store;
mod tidy;
