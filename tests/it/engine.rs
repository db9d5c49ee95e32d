//! The engine on gateways other than the sandbox in its own process.

mod absent;
mod served;
mod session;
