//! Language models: each provider's documented protocol against a scripted server, the desk before
//! them, and where keys go. Nothing here asks a real provider.

mod analyst;
mod commands;
mod desk;
mod outcomes;
mod playground;
mod protocols;
mod replies;
mod script;
mod secrecy;
mod server;
