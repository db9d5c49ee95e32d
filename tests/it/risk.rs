//! Risk in the sandbox, through the engine: locks that come of trades, limits of the account, and
//! the watch over stops and targets. Entries are refused with their card, and exits pass.

mod limits;
mod locks;
mod world;
