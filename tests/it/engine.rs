//! The engine on gateways other than the sandbox in its own process, and what its pages read.

mod absent;
mod between;
mod pages;
mod preview;
mod served;
mod session;
mod wrong_input;
