//! Throughline: automated trading at Interactive Brokers in which every decision can be followed.
//!
//! The folders are the architecture. A level uses lower levels only, and `tests/it/levels.rs`
//! reads the imports and fails on a breach:
//!
//! | level | modules |
//! |---|---|
//! | 0 values | [`domain`], [`clock`] |
//! | 1 pure logic | [`indicators`], [`chart`], [`prompt`], [`strategy`], [`risk`], [`orders`] (state machine, ledger), [`portfolio`], [`performance`], [`calendar`], [`schedule`] |
//! | 2 ports | [`broker`], [`market`], [`analyst`], [`secrets`], [`notify`] |
//! | 3 adapters | `broker::ibkr`, [`sandbox`], `analyst::rules`, `analyst::providers`, `secrets::keychain`, `secrets::vault`, `notify::webhook`, [`store`] |
//! | 4 drivers | [`scheduler`], [`executor`], [`session`], `orders::driver`, `analyst::desk`, `analyst::language_model`, [`lineage`], [`safety`], [`rerun`], [`evidence`], `notify::driver` |
//! | 5 edge | [`api`], [`app`], [`http`], [`telemetry`], `bin/throughline` |
//!
//! Level 1 has no async, no I/O, no clock and no logging. Only [`clock`] reads the time, only
//! [`store`] speaks SQL, only [`broker::ibkr`] knows the wire format of Interactive Brokers, and
//! nothing but [`risk`] can make the [`risk::RiskApproved`] that [`broker::Broker::submit`] takes.

pub mod analyst;
pub mod api;
pub mod app;
pub mod broker;
pub mod calendar;
pub mod chart;
pub mod clock;
pub mod domain;
pub mod evidence;
pub mod executor;
pub mod http;
pub mod indicators;
pub mod lineage;
pub mod market;
pub mod notify;
pub mod orders;
pub mod performance;
pub mod portfolio;
pub mod prompt;
pub mod rerun;
pub mod risk;
pub mod safety;
pub mod sandbox;
pub mod schedule;
pub mod scheduler;
pub mod secrets;
pub mod session;
pub mod store;
pub mod strategy;
pub mod telemetry;
