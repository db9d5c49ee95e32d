use std::collections::VecDeque;

use async_trait::async_trait;

use super::*;
use crate::notify::{QuietHours, WebhookSettings};

/// A webhook for tests: takes what it is given, and fails as often as it is told to.
#[derive(Default)]
struct FakeWebhook {
    failures: Mutex<VecDeque<u16>>,
    calls: Mutex<Vec<WebhookCall>>,
}

#[async_trait]
impl WebhookSender for FakeWebhook {
    async fn deliver(
        &self,
        _: &WebhookSettings,
        secret: &Secret<String>,
        call: &WebhookCall,
    ) -> Result<Delivered, DeliveryError> {
        assert_eq!(secret.expose(), "a secret for tests");
        self.calls.lock().unwrap().push(call.clone());
        match self.failures.lock().unwrap().pop_front() {
            Some(status) => Err(DeliveryError::Status { status, said: "no".to_owned() }),
            None => Ok(Delivered { status: 204, said: "nothing".to_owned() }),
        }
    }
}

/// Secrets in memory, for tests.
#[derive(Default)]
struct FakeSecrets(Mutex<Option<String>>);

#[async_trait]
impl SecretStore for FakeSecrets {
    async fn get(&self, _: &SecretName) -> Result<Option<Secret<String>>, SecretStoreError> {
        Ok(self.0.lock().unwrap().clone().map(Secret::new))
    }

    async fn set(&self, _: &SecretName, secret: Secret<String>) -> Result<(), SecretStoreError> {
        *self.0.lock().unwrap() = Some(secret.expose().clone());
        Ok(())
    }

    async fn delete(&self, _: &SecretName) -> Result<bool, SecretStoreError> {
        Ok(self.0.lock().unwrap().take().is_some())
    }
}

struct Bench {
    _directory: tempfile::TempDir,
    store: Arc<Store>,
    webhook: Arc<FakeWebhook>,
    secrets: Arc<FakeSecrets>,
    notifier: Notifier,
}

impl Bench {
    /// A notifier that has had its first look, with a webhook that is on.
    async fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let store = Arc::new(Store::open(directory.path()).await.unwrap());
        let (webhook, secrets) = (Arc::new(FakeWebhook::default()), Arc::default());
        let notifier = notifier(&store, &webhook, &secrets);
        notifier.set_secret(Some(Secret::new("a secret for tests".to_owned()))).await.unwrap();
        notifier.set(with_webhook()).await.unwrap();
        notifier.tick(at(0), at(0)).await.unwrap();
        Self { _directory: directory, store, webhook, secrets, notifier }
    }

    /// The same after a restart of the program.
    fn restarted(&self) -> Notifier {
        notifier(&self.store, &self.webhook, &self.secrets)
    }

    async fn tell(&self, key: &str, severity: Severity) {
        let kind = NotificationKind::RunFailed;
        let new = NewNotification::new(key, at(0), kind, severity, "It failed.", "/lineage");
        self.store.commit(vec![Change::Notification(new)], Durability::Ordinary).await.unwrap();
    }

    fn calls(&self) -> Vec<WebhookCall> {
        std::mem::take(&mut *self.webhook.calls.lock().unwrap())
    }
}

fn notifier(
    store: &Arc<Store>,
    webhook: &Arc<FakeWebhook>,
    secrets: &Arc<FakeSecrets>,
) -> Notifier {
    Notifier::new(NotifierParts {
        store: Arc::clone(store),
        secrets: Arc::clone(secrets) as Arc<dyn SecretStore>,
        webhook: Arc::clone(webhook) as Arc<dyn WebhookSender>,
        zone: TimeZone::UTC,
        installation_id: "bench".to_owned(),
        environment: Environment::Sandbox,
    })
}

fn with_webhook() -> NotificationSettings {
    let url = Some("https://example.org/hook".to_owned());
    let webhook = WebhookSettings { is_on: true, url, allowed_hosts: Vec::new() };
    NotificationSettings { webhook, ..NotificationSettings::default() }
}

/// Seconds after noon.
fn at(seconds: i64) -> Timestamp {
    "2026-03-02T12:00:00Z".parse::<Timestamp>().unwrap() + SignedDuration::from_secs(seconds)
}

#[tokio::test]
async fn a_notification_is_sent_once_and_not_again_after_a_restart() {
    let bench = Bench::new().await;
    let mut desktop = bench.notifier.native();
    bench.tell("failed:1", Severity::Warning).await;
    bench.tell("failed:1", Severity::Warning).await;
    assert!(bench.notifier.tick(at(1), at(1)).await.unwrap());
    assert_eq!(desktop.try_recv().unwrap().title, "Run failed");
    assert!(desktop.try_recv().is_err(), "the same was shown twice");
    let calls = bench.calls();
    assert_eq!(calls.len(), 1);
    let body: serde_json::Value = serde_json::from_str(&calls[0].body).unwrap();
    assert_eq!(body["id"], "bench-1");
    assert_eq!(body["kind"], "run_failed");
    assert_eq!(body["is_test"], false);

    let again = bench.restarted();
    let mut desktop = again.native();
    assert!(!again.tick(at(2), at(2)).await.unwrap());
    assert!(!again.tick(at(3), at(3)).await.unwrap());
    assert!(desktop.try_recv().is_err());
    assert!(bench.calls().is_empty());
}

#[tokio::test]
async fn what_was_written_down_before_the_start_is_sent_to_the_webhook_and_not_shown() {
    let bench = Bench::new().await;
    bench.tell("failed:1", Severity::Critical).await;
    let again = bench.restarted();
    let mut desktop = again.native();
    again.tick(at(1), at(1)).await.unwrap();
    assert!(desktop.try_recv().is_err(), "old news was shown as new");
    assert_eq!(bench.calls().len(), 1);
}

#[tokio::test]
async fn a_webhook_that_fails_is_tried_again_later_even_by_the_next_process() {
    let bench = Bench::new().await;
    bench.webhook.failures.lock().unwrap().extend([500, 503]);
    bench.tell("failed:1", Severity::Warning).await;
    bench.notifier.tick(at(1), at(1)).await.unwrap();
    assert_eq!(bench.calls()[0].attempt, 1);
    bench.notifier.tick(at(10), at(10)).await.unwrap();
    assert!(bench.calls().is_empty(), "it was tried before its time");
    let again = bench.restarted();
    again.tick(at(11), at(11)).await.unwrap();
    let second = bench.calls();
    assert_eq!((second[0].attempt, second[0].id.as_str()), (2, "bench-1"));
    again.tick(at(41), at(41)).await.unwrap();
    assert_eq!(bench.calls()[0].attempt, 3);
    again.tick(at(100_000), at(100_000)).await.unwrap();
    assert!(bench.calls().is_empty(), "it was sent again after it was taken");
}

#[tokio::test]
async fn attempts_come_to_an_end_and_the_list_says_so_once_an_hour() {
    let bench = Bench::new().await;
    bench.webhook.failures.lock().unwrap().extend([500; 16]);
    bench.tell("failed:1", Severity::Warning).await;
    bench.tell("failed:2", Severity::Warning).await;
    for hours in 0..40 {
        for second in 0..4 {
            let now = at(hours * 3600 + second);
            bench.notifier.tick(now, now).await.unwrap();
        }
    }
    assert_eq!(bench.calls().len(), 2 * (WAITS.len() + 1));
    let rows = bench.store.notifications().await.unwrap();
    let failed: Vec<_> = rows
        .iter()
        .filter(|row| row.notification.kind == NotificationKind::WebhookFailed)
        .collect();
    assert_eq!(failed.len(), 1, "{rows:?}");
    assert!(failed[0].notification.sentence.contains("500"));
}

#[tokio::test]
async fn what_a_person_must_mend_is_not_tried_again() {
    let bench = Bench::new().await;
    bench.webhook.failures.lock().unwrap().push_back(410);
    bench.tell("failed:1", Severity::Warning).await;
    for second in [1, 20, 100_000] {
        bench.notifier.tick(at(second), at(second)).await.unwrap();
    }
    assert_eq!(bench.calls().len(), 1);
    let deliveries = bench.store.webhook_deliveries().await.unwrap();
    assert_eq!(deliveries[0].status, DeliveryStatus::GivenUp);
    assert_eq!(deliveries[0].answer.as_deref(), Some("it answered 410: no"));
}

#[tokio::test]
async fn quiet_hours_hold_back_what_is_not_critical_and_end_in_one_notification() {
    let bench = Bench::new().await;
    let quiet = QuietHours { from: "11:00".to_owned(), until: "13:00".to_owned() };
    let settings = NotificationSettings { quiet_hours: Some(quiet), ..with_webhook() };
    bench.notifier.set(settings).await.unwrap();
    let mut desktop = bench.notifier.native();
    for number in 0..5 {
        bench.tell(&format!("failed:{number}"), Severity::Warning).await;
    }
    bench.tell("halt", Severity::Critical).await;
    bench.notifier.tick(at(1), at(1)).await.unwrap();
    assert!(desktop.try_recv().unwrap().is_critical, "what is critical breaks through");
    assert!(desktop.try_recv().is_err());
    assert_eq!(bench.calls().len(), 1);
    bench.notifier.tick(at(3599), at(3599)).await.unwrap();
    assert!(desktop.try_recv().is_err());
    bench.notifier.tick(at(3600), at(3600)).await.unwrap();
    assert_eq!(desktop.try_recv().unwrap().title, "5 things happened");
    assert!(desktop.try_recv().is_err());
    assert_eq!(bench.calls().len(), 5);
}

#[tokio::test]
async fn the_matrix_decides_and_a_fast_forward_keeps_to_the_list() {
    let bench = Bench::new().await;
    let mut settings = with_webhook();
    for route in &mut settings.routes {
        route.native = route.kind != NotificationKind::RunFailed;
    }
    bench.notifier.set(settings).await.unwrap();
    let mut desktop = bench.notifier.native();
    bench.tell("failed:1", Severity::Critical).await;
    bench.notifier.tick(at(1), at(1)).await.unwrap();
    assert!(desktop.try_recv().is_err());
    assert_eq!(bench.calls().len(), 1);
    bench.tell("failed:2", Severity::Critical).await;
    bench.notifier.keep_to_the_list().await.unwrap();
    bench.notifier.tick(at(2), at(2)).await.unwrap();
    assert!(bench.calls().is_empty());
    assert_eq!(bench.store.notifications().await.unwrap().len(), 2);
}

#[tokio::test]
async fn a_halt_is_told_once_and_again_when_it_is_another() {
    let bench = Bench::new().await;
    let halt = |since: i64| Halt {
        since: at(since),
        by: "file".to_owned(),
        reason: "lunch".to_owned(),
        flatten: None,
    };
    let notifier = &bench.notifier;
    notifier.look_at_halt(None, at(0)).await.unwrap();
    notifier.look_at_halt(Some(&halt(1)), at(1)).await.unwrap();
    notifier.look_at_halt(Some(&halt(1)), at(2)).await.unwrap();
    bench.restarted().look_at_halt(Some(&halt(1)), at(3)).await.unwrap();
    notifier.look_at_halt(None, at(4)).await.unwrap();
    notifier.look_at_halt(Some(&halt(1)), at(5)).await.unwrap();
    let rows = bench.store.notifications().await.unwrap();
    let kinds: Vec<_> = rows.iter().rev().map(|row| row.notification.kind).collect();
    let halted = NotificationKind::Halted;
    assert_eq!(kinds, [halted, NotificationKind::Resumed, halted]);
    assert!(rows[2].notification.sentence.contains("halted by the file: lunch."));
}

#[tokio::test]
async fn reading_goes_forward_only_and_not_past_the_newest() {
    let bench = Bench::new().await;
    bench.tell("failed:1", Severity::Warning).await;
    bench.tell("failed:2", Severity::Warning).await;
    bench.notifier.mark_read(99).await.unwrap();
    assert_eq!(bench.notifier.read_until().await.unwrap(), 2);
    bench.notifier.mark_read(1).await.unwrap();
    assert_eq!(bench.notifier.read_until().await.unwrap(), 2);
}

#[tokio::test]
async fn a_short_secret_is_refused_and_without_one_nothing_is_sent() {
    let bench = Bench::new().await;
    let refused = bench.notifier.set_secret(Some(Secret::new("short".to_owned()))).await;
    assert!(matches!(refused, Err(NotifyError::ShortSecret { length: 5 })));
    bench.notifier.set_secret(None).await.unwrap();
    assert!(!bench.notifier.has_secret().await.unwrap());
    bench.tell("failed:1", Severity::Warning).await;
    bench.notifier.tick(at(1), at(1)).await.unwrap();
    assert!(bench.calls().is_empty());
    let tried = bench.notifier.try_webhook(at(2)).await.unwrap();
    assert!(matches!(tried, Err(DeliveryError::NoSecret)));
}
