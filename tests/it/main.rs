//! All integration tests, in one binary.

#[cfg(test)]
mod api;
#[cfg(test)]
mod background;
#[cfg(test)]
mod bindings;
#[cfg(test)]
mod browser;
#[cfg(test)]
mod conformance;
#[cfg(test)]
mod engine;
#[cfg(test)]
mod evidence;
#[cfg(test)]
#[cfg(target_os = "linux")]
mod fake_tray;
#[cfg(test)]
mod hazards;
#[cfg(test)]
mod ibkr_adapter;
#[cfg(test)]
mod keychain;
#[cfg(test)]
mod levels;
#[cfg(test)]
mod market;
#[cfg(test)]
mod models;
#[cfg(test)]
mod notifications;
#[cfg(test)]
mod portfolio;
#[cfg(test)]
mod prompts;
#[cfg(test)]
mod reconcile;
#[cfg(test)]
mod recordings;
#[cfg(test)]
mod reliability;
#[cfg(test)]
mod risk;
#[cfg(test)]
mod runs;
#[cfg(test)]
mod safety;
#[cfg(test)]
mod sandbox;
#[cfg(test)]
mod schedule;
#[cfg(test)]
mod served;
#[cfg(test)]
mod signals;
#[cfg(test)]
mod store;
#[cfg(test)]
mod strategies;
#[cfg(test)]
mod tidy;
#[cfg(test)]
mod transport;
#[cfg(test)]
mod webdriver;
#[cfg(test)]
mod window;
#[cfg(test)]
#[cfg(target_os = "linux")]
mod window_background;
