//! The body of a call. It names no account, no price feed and no secret: only what the list shows.

use jiff::Timestamp;
use serde::Serialize;

use crate::domain::{Environment, NotificationKind, Severity};
use crate::store::NotificationRow;

/// Version of the shape below; a field that is added does not change it.
const VERSION: u8 = 1;

#[derive(Serialize)]
struct Body<'a> {
    version: u8,
    id: String,
    /// Nothing in a test.
    kind: Option<NotificationKind>,
    title: &'a str,
    severity: Severity,
    sentence: &'a str,
    environment: Environment,
    /// Engine time.
    at: String,
    /// Wall time of this attempt.
    sent_at: String,
    is_test: bool,
}

/// The body that tells of a notification.
pub(super) fn of(
    row: &NotificationRow,
    installation_id: &str,
    environment: Environment,
    now: Timestamp,
) -> String {
    let told = &row.notification;
    text(&Body {
        version: VERSION,
        id: format!("{installation_id}-{}", row.notification_id),
        kind: Some(told.kind),
        title: told.kind.title(),
        severity: told.severity,
        sentence: &told.sentence,
        environment,
        at: told.at.to_string(),
        sent_at: now.to_string(),
        is_test: false,
    })
}

/// The body of a test.
pub(super) fn of_test(installation_id: &str, environment: Environment, now: Timestamp) -> String {
    text(&Body {
        version: VERSION,
        id: format!("{installation_id}-test-{}", now.as_millisecond()),
        kind: None,
        title: "Test",
        severity: Severity::Information,
        sentence: "Throughline reaches this webhook.",
        environment,
        at: now.to_string(),
        sent_at: now.to_string(),
        is_test: true,
    })
}

/// Plain values always have a JSON text.
fn text(body: &Body<'_>) -> String {
    serde_json::to_string(body).unwrap_or_default()
}
