//! The loopback API: the table of commands, the events and the lineage over HTTP, for programs and
//! browsers on this computer. `docs/api.md` is its description for a reader.
//!
//! Who may ask is decided in one place, the guard, before anything else looks at a request: the
//! request names this computer as its host, comes from no other page, and carries the token of the
//! installation or the cookie of a browser that once showed it. What a command may do is decided by
//! its class: commands that read are answered, the others where they were allowed by name, and those
//! that touch a secret never.

mod address;
mod answer;
mod budget;
mod document;
mod events;
mod guard;
mod interface;
mod lineage;
mod login;
mod requests;
mod rpc;
mod server;
mod sessions;
mod token;

pub use address::bind_loopback;
pub use document::open_api;
pub use interface::WebInterface;
pub use rpc::Allowed;
pub use server::{HttpOptions, HttpServer};
pub use token::{ApiToken, TokenError};
