//! Who is told what happened, wired: the notifier, its beat, and what a person sets about it.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::broadcast;

use super::backup::BackupError;
use super::engine::Drivers;
use super::{ClockMode, Engine};
use crate::api::ApiError;
use crate::broker::OpenQuestion;
use crate::domain::{NewNotification, NotificationKind, Severity};
use crate::executor::Changed;
use crate::notify::driver::{NativeNotification, Notifier, NotifierParts};
use crate::notify::webhook::HttpWebhook;
use crate::schedule::ClockJump;
use crate::secrets::SecretStore;
use crate::store::{Change, Durability};

use super::wiring::Wired;

/// How often it is looked whether there is something to tell.
const BEAT: Duration = Duration::from_secs(1);

/// Shortest sleep of the computer that is told: clocks are adjusted by less.
const SHORTEST_TOLD: SignedDuration = SignedDuration::from_mins(1);

/// The notifier of a data directory.
pub(super) fn notifier(wired: &Wired) -> Arc<Notifier> {
    Arc::new(Notifier::new(NotifierParts {
        store: Arc::clone(&wired.parts.store),
        secrets: Arc::clone(&wired.vault) as Arc<dyn SecretStore>,
        webhook: Arc::new(HttpWebhook::new()),
        zone: TimeZone::system(),
        installation_id: wired.installation.id.clone(),
        environment: wired.parts.account.environment,
    }))
}

impl Engine {
    /// Takes notifications where they go.
    pub(crate) fn notifier(&self) -> &Notifier {
        &self.notifier
    }

    /// Notifications for the desktop, for a host that can show them.
    pub fn native_notifications(&self) -> broadcast::Receiver<NativeNotification> {
        self.notifier.native()
    }

    /// A host says whether the desktop showed the last notification, and if not, why.
    pub fn note_desktop(&self, trouble: Option<String>) {
        self.notifier.note_desktop(trouble);
        self.parts.changes.tell(Changed::Notifications);
    }

    /// Tells a person something that no other record tells.
    pub async fn notify(&self, new: NewNotification) -> Result<(), ApiError> {
        let changes = vec![Change::Notification(new)];
        self.parts.recorder.commit(changes, Durability::Ordinary).await?;
        Ok(())
    }

    /// Whether this is the first time that something is done in this data directory; from then on
    /// it is not.
    pub async fn is_first_time(&self, what: &str) -> Result<bool, ApiError> {
        let key = format!("done_once:{what}");
        if self.parts.store.setting(&key).await?.is_some() {
            return Ok(false);
        }
        let changes = vec![Change::setting(key, "true")];
        self.parts.recorder.commit(changes, Durability::Ordinary).await?;
        Ok(true)
    }

    /// Sends notifications, in wall time, until the process ends.
    pub(super) async fn run_notifications(&self) {
        let mut has_failed = false;
        let mut told = BTreeSet::new();
        loop {
            // A fast-forward tells of weeks in seconds: its end decides what becomes of them.
            if self.clock_mode() != ClockMode::FastForward {
                match self.send_notifications(&mut told).await {
                    Ok(is_news) => {
                        has_failed = false;
                        if is_news {
                            self.parts.changes.tell(Changed::Notifications);
                        }
                    }
                    // Said once, not every second.
                    Err(error) if !has_failed => {
                        has_failed = true;
                        tracing::error!(%error, "notifications could not be sent");
                    }
                    Err(_) => {}
                }
            }
            tokio::time::sleep(BEAT).await;
        }
    }

    /// `told` holds the questions of the broker that were told already.
    async fn send_notifications(&self, told: &mut BTreeSet<String>) -> Result<bool, ApiError> {
        self.tell_questions(told).await?;
        let now = self.now();
        self.notifier.look_at_halt(self.parts.halt.state().as_ref(), now).await?;
        Ok(self.notifier.tick(self.parts.clock.wall_now(), now).await?)
    }

    /// A question waits for a minute and a half, and then its order is not sent.
    async fn tell_questions(&self, told: &mut BTreeSet<String>) -> Result<(), ApiError> {
        let open = self.desk.open();
        told.retain(|id| open.iter().any(|question| question.question_id == *id));
        for question in open {
            if !told.contains(&question.question_id) {
                self.notify(told_of_question(&question)).await?;
                told.insert(question.question_id);
            }
        }
        Ok(())
    }

    /// The wall clock and the monotonic clock went apart: what is planned is read again, and after
    /// a sleep nothing is taken for granted that was known before it.
    pub(super) async fn clock_jumped(
        &self,
        drivers: &mut Drivers,
        jump: ClockJump,
    ) -> Result<(), ApiError> {
        drivers.scheduler.clock_jumped(jump).await?;
        let ClockJump::Forward { from, to } = jump else { return Ok(()) };
        let slept = to.duration_since(from);
        if slept < SHORTEST_TOLD {
            return Ok(());
        }
        let kept = drivers.session.slept(from).await;
        self.kept(drivers, kept).await?;
        self.notify(told_of_sleep(from, to)).await
    }
}

/// The broker's words may be long: the sentence begins with what a person has to know.
fn told_of_question(question: &OpenQuestion) -> NewNotification {
    let sentence = format!(
        "The broker asks before it takes {}, and without an answer by {} it is not sent: {}",
        question.order,
        question.expires_at.strftime("%H:%M:%S UTC"),
        question.text
    );
    NewNotification::new(
        format!("question:{}", question.question_id),
        question.asked_at,
        NotificationKind::ApprovalWanted,
        Severity::Warning,
        &sentence,
        "/approvals",
    )
}

/// A backup that was begun in the window, which may be closed by now.
pub(super) fn told_of_backup(why: &BackupError, at: Timestamp) -> NewNotification {
    NewNotification::new(
        format!("backup:{}", at.as_microsecond()),
        at,
        NotificationKind::BackupFailed,
        Severity::Warning,
        &format!("No backup was made: {why}"),
        "/settings",
    )
}

fn told_of_sleep(from: Timestamp, to: Timestamp) -> NewNotification {
    let minutes = to.duration_since(from).as_mins();
    let lasted = match (minutes / 60, minutes % 60) {
        (0, minutes) => format!("{minutes} min"),
        (hours, minutes) => format!("{hours} h {minutes} min"),
    };
    let sentence = format!(
        "The computer slept for {lasted}, or its clock was set forward. Orders at the broker were \
         not watched; the account is compared before the next entry."
    );
    NewNotification::new(
        format!("slept:{}", to.as_microsecond()),
        to,
        NotificationKind::ComputerSlept,
        Severity::Warning,
        &sentence,
        "/connection",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::{EngineOptions, GatewayChoice};

    async fn engine(directory: &std::path::Path) -> Arc<Engine> {
        let options = EngineOptions {
            data_dir: directory.to_path_buf(),
            gateway: GatewayChoice::SandboxInProcess,
            ..EngineOptions::default()
        };
        Engine::open(options).await.unwrap()
    }

    #[tokio::test]
    async fn b3_after_a_sleep_the_gap_is_recorded_the_account_compared_and_a_person_told() {
        let directory = tempfile::tempdir().unwrap();
        let engine = engine(directory.path()).await;
        let mut drivers = engine.drivers.lock().await;
        drivers.reconciler.run_now().await.unwrap();
        let from = engine.now();
        let to = from + SignedDuration::from_mins(192);
        engine.simulated_clock().unwrap().advance_to(to);
        let before = drivers.reconciler.due_at();

        engine.clock_jumped(&mut drivers, ClockJump::Forward { from, to }).await.unwrap();

        let stretches = engine.store().blind_stretches_since(from).await.unwrap();
        assert_eq!(stretches.len(), 1, "{stretches:?}");
        assert_eq!(stretches[0].from, from);
        assert!(stretches[0].until.is_some_and(|until| until >= to));
        assert_ne!(drivers.reconciler.due_at(), before, "the comparison is due");
        assert!(engine.session().view().state == crate::domain::GatewayState::Ready);
        let told = engine.store().notifications().await.unwrap();
        assert_eq!(told.len(), 1, "{told:?}");
        assert_eq!(told[0].notification.kind, NotificationKind::ComputerSlept);
        assert!(told[0].notification.sentence.contains("3 h 12 min"));
    }

    #[tokio::test]
    async fn a_clock_that_is_adjusted_is_no_sleep() {
        let directory = tempfile::tempdir().unwrap();
        let engine = engine(directory.path()).await;
        let mut drivers = engine.drivers.lock().await;
        let from = engine.now();
        let to = from + SignedDuration::from_secs(59);
        engine.clock_jumped(&mut drivers, ClockJump::Forward { from, to }).await.unwrap();
        engine
            .clock_jumped(&mut drivers, ClockJump::Backward { from: to, to: from })
            .await
            .unwrap();
        assert!(engine.store().notifications().await.unwrap().is_empty());
    }

    #[tokio::test]
    async fn a_question_of_the_broker_is_told_once_while_it_waits() {
        let directory = tempfile::tempdir().unwrap();
        let engine = engine(directory.path()).await;
        engine.desk.set_patience(SignedDuration::from_mins(4));
        let desk = Arc::clone(&engine.desk);
        let ids = ["o163".to_owned()];
        let asked = desk.ask("a limit order for 10 AAPL", &ids, "Price exceeds the limit of 3 %.");
        tokio::pin!(asked);
        // Asked once and no further: the simulated clock does not wait for an answer.
        assert!(futures_util::poll!(asked.as_mut()).is_pending());
        let mut told = BTreeSet::new();
        engine.tell_questions(&mut told).await.unwrap();
        engine.tell_questions(&mut told).await.unwrap();
        let all = engine.store().notifications().await.unwrap();
        assert_eq!(all.len(), 1, "{all:?}");
        let notification = &all[0].notification;
        assert_eq!(notification.kind, NotificationKind::ApprovalWanted);
        assert!(notification.sentence.contains("10 AAPL"), "{}", notification.sentence);
        assert!(notification.sentence.contains("limit of 3 %"), "{}", notification.sentence);
        assert_eq!(notification.link, "/approvals");
    }

    #[tokio::test]
    async fn a_backup_that_fails_is_told_with_the_reason() {
        let directory = tempfile::tempdir().unwrap();
        let engine = engine(directory.path()).await;
        // Where the directory of the backups should be, a file lies.
        std::fs::write(crate::app::backup::backups_directory(directory.path()), "").unwrap();
        engine.begin_backup().unwrap();
        while engine.backups().under_way().is_some() {
            tokio::task::yield_now().await;
        }
        let all = engine.store().notifications().await.unwrap();
        assert_eq!(all.len(), 1, "{all:?}");
        assert_eq!(all[0].notification.kind, NotificationKind::BackupFailed);
        assert!(all[0].notification.sentence.starts_with("No backup was made: "));
    }

    #[tokio::test]
    async fn what_is_done_for_the_first_time_is_so_once() {
        let directory = tempfile::tempdir().unwrap();
        let engine = engine(directory.path()).await;
        assert!(engine.is_first_time("tray").await.unwrap());
        assert!(!engine.is_first_time("tray").await.unwrap());
        assert!(engine.is_first_time("other").await.unwrap());
    }
}
