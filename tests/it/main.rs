//! All integration tests, in one binary.
//!
//! It is built for tests only; `cfg(test)` on a module tells Clippy so, which then lets helper
//! functions panic as it lets tests.

#[cfg(test)]
mod keychain;
mod levels;
mod tidy;
#[cfg(test)]
mod webdriver;
#[cfg(test)]
mod window;
