//! All integration tests, in one binary.

mod bindings;
mod keychain;
mod levels;
mod store;
mod tidy;
mod webdriver;
mod window;
