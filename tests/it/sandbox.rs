//! The sandbox as a client of the Client Portal Gateway sees it.

mod client;
mod data;
mod journal;
mod orders;
mod session;
mod shapes;
