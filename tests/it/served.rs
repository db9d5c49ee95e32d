//! The sandbox's gateway, served on its own, as a client on this computer sees it.

mod faults;
pub(crate) mod gateway;
mod ibind;
pub(crate) mod start;
mod stream;
