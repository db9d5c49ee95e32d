//! What systemd is told, where it asks: that the engine is ready, that it lives, that it ends. The
//! protocol is that of `sd_notify(3)`; without the variable `NOTIFY_SOCKET` nothing is said.

use std::sync::Arc;

use throughline::app::Engine;
use tokio::task::JoinSet;

/// Says that the engine is ready, and from then on that it lives, if the manager watches that. The
/// task ends with what is returned.
#[cfg(target_os = "linux")]
pub(super) fn begin(engine: &Arc<Engine>) -> JoinSet<()> {
    use sd_notify::NotifyState;
    use throughline::clock::{Clock as _, SystemClock};

    let words = format!("{} account", engine.gateway().environment());
    tell(&[NotifyState::Ready, NotifyState::Status(&words)]);
    let mut tasks = JoinSet::new();
    if let Some(interval) = sd_notify::watchdog_enabled() {
        let engine = Arc::clone(engine);
        // Half of the interval, as `sd_watchdog_enabled(3)` advises; the other half is for a slow
        // answer. An engine that does not answer is not told of as living, and is begun again.
        let half = interval / 2;
        tasks.spawn(async move {
            loop {
                if tokio::time::timeout(half, engine.answers()).await.is_ok() {
                    tell(&[NotifyState::Watchdog]);
                }
                SystemClock.sleep(half.try_into().unwrap_or(jiff::SignedDuration::MAX)).await;
            }
        });
    }
    tasks
}

/// Says that it ends.
#[cfg(target_os = "linux")]
pub(super) fn end() {
    tell(&[sd_notify::NotifyState::Stopping]);
}

#[cfg(target_os = "linux")]
fn tell(states: &[sd_notify::NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(states) {
        tracing::warn!(%error, "the service manager could not be told");
    }
}

#[cfg(not(target_os = "linux"))]
pub(super) fn begin(_engine: &Arc<Engine>) -> JoinSet<()> {
    JoinSet::new()
}

#[cfg(not(target_os = "linux"))]
pub(super) fn end() {}
