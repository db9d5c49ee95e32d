//! The tray of a desktop on the session bus, for tests and measurements: it shows nothing.

#![allow(
    clippy::unused_self,
    clippy::used_underscore_binding,
    reason = "the methods are those of the interface, and are called by its macro"
)]

use std::sync::{Arc, Mutex, PoisonError};

use zbus::blocking::{Connection, connection};

/// The tray of a desktop, as far as an item needs it to be shown.
struct FakeTray {
    items: Arc<Mutex<Vec<String>>>,
}

#[zbus::interface(name = "org.kde.StatusNotifierWatcher")]
impl FakeTray {
    fn register_status_notifier_item(&self, service: &str) {
        self.items.lock().unwrap_or_else(PoisonError::into_inner).push(service.to_owned());
    }

    fn register_status_notifier_host(&self, _service: &str) {}

    #[zbus(property)]
    fn is_status_notifier_host_registered(&self) -> bool {
        true
    }

    #[zbus(property)]
    fn registered_status_notifier_items(&self) -> Vec<String> {
        self.items.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    #[zbus(property)]
    fn protocol_version(&self) -> i32 {
        0
    }
}

/// A tray that notes in `items` what registers with it, and goes with the connection.
pub(crate) fn show(items: Arc<Mutex<Vec<String>>>) -> zbus::Result<Connection> {
    connection::Builder::session()?
        .name("org.kde.StatusNotifierWatcher")?
        .serve_at("/StatusNotifierWatcher", FakeTray { items })?
        .build()
}
