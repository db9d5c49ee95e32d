//! The engine on gateways other than the sandbox in its own process.

mod absent;
mod between;
mod preview;
mod served;
mod session;
mod wrong_input;
