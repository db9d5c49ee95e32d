//! The loopback API, as programs and browsers of this computer meet it: the binary serves, and a real
//! HTTP client asks.

mod bodies;
mod classes;
mod entrance;
mod flood;
mod routes;
mod schema;
pub(crate) mod served;
mod stream;
