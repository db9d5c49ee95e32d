use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Longest sentence of a notification, in characters.
pub const LONGEST_NOTIFICATION: usize = 300;

/// What a notification tells of.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    TS,
    schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum NotificationKind {
    /// An order that opens or closes a position on purpose was filled.
    OrderFilled,
    /// The broker refused an order.
    OrderRejected,
    /// Whether an order reached the broker is not known.
    OrderUnknown,
    /// A stop or a target closed a position, or a rule of protection stopped a strategy.
    ProtectionTriggered,
    /// An order waits for a person.
    ApprovalWanted,
    /// An execution failed.
    RunFailed,
    /// A planned run was not made.
    RunNotMade,
    /// A planned run was not made because the budget for language models is used up.
    BudgetReached,
    /// A schedule paused itself after failures.
    SchedulePaused,
    /// The session with the broker is lost.
    SessionLost,
    /// The session with the broker is back.
    SessionRestored,
    /// Our records were corrected after the broker's.
    Corrected,
    /// Trading was halted.
    Halted,
    /// Trading was resumed.
    Resumed,
    /// The computer slept while the program ran.
    ComputerSlept,
    /// A backup failed.
    BackupFailed,
    /// The webhook did not take a notification.
    WebhookFailed,
}

impl NotificationKind {
    /// Every kind, in the order in which they are shown.
    pub const ALL: [Self; 17] = [
        Self::OrderFilled,
        Self::ProtectionTriggered,
        Self::OrderRejected,
        Self::OrderUnknown,
        Self::ApprovalWanted,
        Self::RunFailed,
        Self::RunNotMade,
        Self::BudgetReached,
        Self::SchedulePaused,
        Self::SessionLost,
        Self::SessionRestored,
        Self::Corrected,
        Self::Halted,
        Self::Resumed,
        Self::ComputerSlept,
        Self::BackupFailed,
        Self::WebhookFailed,
    ];

    /// What a person reads above the sentence.
    pub fn title(self) -> &'static str {
        match self {
            Self::OrderFilled => "Order filled",
            Self::OrderRejected => "Order rejected",
            Self::OrderUnknown => "Order of unknown fate",
            Self::ProtectionTriggered => "Protection triggered",
            Self::ApprovalWanted => "Approval wanted",
            Self::RunFailed => "Run failed",
            Self::RunNotMade => "Run not made",
            Self::BudgetReached => "Budget reached",
            Self::SchedulePaused => "Schedule paused by itself",
            Self::SessionLost => "Session lost",
            Self::SessionRestored => "Session restored",
            Self::Corrected => "Records corrected",
            Self::Halted => "Trading halted",
            Self::Resumed => "Trading resumed",
            Self::ComputerSlept => "Computer slept",
            Self::BackupFailed => "Backup failed",
            Self::WebhookFailed => "Webhook failed",
        }
    }
}

/// How much a notification matters.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    TS,
    schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Good to know.
    Information,
    /// Something did not happen as planned.
    Warning,
    /// Money may be at risk, or a person is needed now. It breaks through quiet hours.
    Critical,
}

/// A way out of the list of notifications.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    TS,
    schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum NotificationChannel {
    /// The desktop's own notifications.
    Native,
    /// An address that is called.
    Webhook,
}

/// Something to tell a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewNotification {
    /// What it tells of, such as `filled:…`; a second one of the same key is dropped.
    pub key: String,
    /// Engine time.
    pub at: Timestamp,
    /// What it tells of.
    pub kind: NotificationKind,
    /// How much it matters.
    pub severity: Severity,
    /// One sentence; see [`NewNotification::new`].
    pub sentence: String,
    /// The page of the window that shows the cause, such as `/approvals`.
    pub link: String,
}

impl NewNotification {
    /// A notification. Its sentence may quote what came from outside: control characters are taken
    /// out of it, and it is cut at [`LONGEST_NOTIFICATION`].
    pub fn new(
        key: impl Into<String>,
        at: Timestamp,
        kind: NotificationKind,
        severity: Severity,
        sentence: &str,
        link: impl Into<String>,
    ) -> Self {
        let sentence = tidied(sentence);
        Self { key: key.into(), at, kind, severity, sentence, link: link.into() }
    }
}

/// One line without control and direction characters, not too long.
fn tidied(sentence: &str) -> String {
    let hidden = |c: char| {
        c.is_control()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
    };
    let line: String = sentence.chars().map(|c| if hidden(c) { ' ' } else { c }).collect();
    let line = line.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= LONGEST_NOTIFICATION {
        return line;
    }
    let cut: String = line.chars().take(LONGEST_NOTIFICATION - 1).collect();
    format!("{}…", cut.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_from_outside_is_one_bounded_line_without_hidden_characters() {
        assert_eq!(tidied("The broker\r\nsaid:\u{7}  \u{202e}no"), "The broker said: no");
        let long = tidied(&"word ".repeat(500));
        assert_eq!(long.chars().count(), LONGEST_NOTIFICATION);
        assert!(long.ends_with('…'));
        assert_eq!(tidied(&"é".repeat(LONGEST_NOTIFICATION)).chars().count(), LONGEST_NOTIFICATION);
    }

    #[test]
    fn every_kind_is_listed_once_with_a_title_of_its_own() {
        let mut titles: Vec<&str> = NotificationKind::ALL.iter().map(|kind| kind.title()).collect();
        titles.sort_unstable();
        titles.dedup();
        assert_eq!(titles.len(), NotificationKind::ALL.len());
    }
}
