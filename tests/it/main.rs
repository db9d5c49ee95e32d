//! All integration tests, in one binary.

mod bindings;
mod ibkr_adapter;
mod keychain;
mod levels;
mod sandbox;
mod store;
mod tidy;
mod webdriver;
mod window;
