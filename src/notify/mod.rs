//! What happened, and who is told: the list in the window, the desktop, an address of the person's
//! choice.
//!
//! A notification is written down by the store, in the transaction of the change that it tells of.
//! From there [`driver`] takes it along the ways that [`NotificationSettings`] names for its kind,
//! not before [`QuietHours`] are over unless it is critical. How far it came is written down too, so
//! that nothing is told twice after a restart and a webhook that failed is tried again. [`webhook`]
//! is the adapter that calls the address. Times are wall time here: it is a person who sleeps.

pub mod driver;
mod error;
mod port;
mod quiet;
mod settings;
pub mod webhook;

pub use error::{DeliveryError, SettingsFault};
pub use port::{Delivered, WebhookCall, WebhookSender};
pub use quiet::QuietHours;
pub use settings::{NotificationRoute, NotificationSettings, WebhookSettings};
