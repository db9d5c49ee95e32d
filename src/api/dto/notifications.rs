//! Notifications, what goes where, and what runs on in the background.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::domain::{Environment, NotificationChannel, NotificationKind, Severity};
use crate::notify::NotificationSettings;

/// The page *Notifications*.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct NotificationsDto {
    /// Newest first, at most 200.
    pub notifications: Vec<NotificationDto>,
    /// How many of them nobody has read yet.
    pub unread: u32,
}

/// A notification.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct NotificationDto {
    /// Counts up.
    #[ts(type = "number")]
    pub id: i64,
    /// What it tells of.
    pub kind: NotificationKind,
    /// The kind in words.
    pub title: String,
    /// How much it matters.
    pub severity: Severity,
    /// One sentence.
    pub sentence: String,
    /// The page that shows the cause, such as `/approvals`.
    pub link: String,
    /// Engine time, RFC 3339 UTC.
    pub at: String,
    /// Whether somebody has read it.
    pub is_read: bool,
    /// Whether it is said in passing in the window.
    pub is_toast: bool,
    /// What became of its call of the webhook; nothing if it was not to go there.
    pub webhook: Option<WebhookDeliveryDto>,
}

/// What became of a call of the webhook.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct WebhookDeliveryDto {
    /// Whether it was taken.
    pub is_sent: bool,
    /// Whether nothing more is tried.
    pub is_over: bool,
    /// How often it was tried.
    pub attempts: u32,
    /// What came of the last attempt; nothing before the first.
    pub answer: Option<String>,
    /// Wall time of the next attempt, RFC 3339 UTC; nothing if there is none.
    pub next_at: Option<String>,
}

/// What goes where, and whether it can.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct NotificationSettingsDto {
    /// What is set; one route a kind.
    pub settings: NotificationSettings,
    /// What holds until it is changed.
    pub usual: NotificationSettings,
    /// The kinds in words, in the order of the routes.
    pub titles: Vec<String>,
    /// Whether there is a secret to sign calls of the webhook with.
    pub has_secret: bool,
    /// Zone of the quiet hours: that of this computer.
    pub time_zone: String,
    /// End of the quiet hours if they hold now, RFC 3339 UTC.
    pub quiet_until: Option<String>,
    /// Why the desktop shows nothing; nothing if it does, or was not asked yet.
    pub desktop_trouble: Option<String>,
}

/// Which way is to be tried.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NotificationTestRequest {
    /// Desktop or webhook.
    pub channel: NotificationChannel,
}

/// What came of a test.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct NotificationTestDto {
    /// Whether it was taken.
    pub is_taken: bool,
    /// What was answered, or why nothing was.
    pub sentence: String,
}

/// Everything up to this notification was read.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NotificationsReadRequest {
    /// The newest that was read.
    #[ts(type = "number")]
    pub until: i64,
}

/// How the program stands as a whole, for a sign in the tray.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum BackgroundState {
    /// All is well.
    Running,
    /// Something waits for a person.
    Attention,
    /// There is no session with the broker.
    NoSession,
    /// Trading is halted.
    Halted,
}

/// What becomes of the program when its window is closed.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, TS, schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum WhenClosed {
    /// It runs on in the tray.
    #[default]
    KeepRunning,
    /// It asks whether to quit.
    Quit,
}

/// What runs without a window, and what would stay behind without the program.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct BackgroundDto {
    /// As a whole.
    pub state: BackgroundState,
    /// The same in a sentence.
    pub sentence: String,
    /// Where orders go.
    pub environment: Environment,
    /// The account; empty until the broker has answered for the first time.
    pub account_id: String,
    /// Strategies whose schedule is on, the first ten by id.
    pub strategies: Vec<BackgroundStrategyDto>,
    /// How many more there are.
    pub more_strategies: u32,
    /// Whether a schedule is on.
    pub can_pause: bool,
    /// Whether a schedule is paused by a person.
    pub can_resume: bool,
    /// The next planned run in words; nothing if none is planned.
    pub next: Option<String>,
    /// What becomes of the program when its window is closed.
    pub when_closed: WhenClosed,
    /// Orders that go on working at the broker without the program.
    pub orders: Vec<String>,
    /// Positions that stay open, each with what protects it at the broker.
    pub positions: Vec<String>,
    /// Schedules that do not run without the program.
    pub schedules: Vec<String>,
    /// Whether the account stands still while the program does not run, as the sandbox inside it does.
    pub stands_still: bool,
}

/// A strategy that can be run from the tray.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct BackgroundStrategyDto {
    /// Id.
    pub id: String,
    /// Name.
    pub name: String,
}

/// Sets what becomes of the program when its window is closed.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BackgroundSetRequest {
    /// Keep running, or ask to quit.
    pub when_closed: WhenClosed,
}
