//! The sandbox as a client of the Client Portal Gateway sees it.

mod client;
mod data;
mod journal;
mod order_types;
mod orders;
mod outside;
mod rest;
mod session;
mod shapes;
