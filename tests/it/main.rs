//! All integration tests, in one binary.

mod keychain;
mod levels;
mod tidy;
mod webdriver;
mod window;
