//! All integration tests, in one binary.

mod keychain;
mod webdriver;
mod window;
