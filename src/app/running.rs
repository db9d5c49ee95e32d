use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::RecvError;

use super::{ClockMode, Engine, handover};
use crate::api::dto::{EngineEvent, EventTopic, SpeechDto};
use crate::api::{ApiError, ErrorCode};
use crate::clock::Stopwatch;
use crate::executor::Changed;

/// How often a running sandbox clock is moved.
const BEAT: Duration = Duration::from_millis(500);

/// Events kept for a slow host; one that is slower sees a gap and fetches everything again.
const EVENTS_KEPT: usize = 1024;

impl Engine {
    /// What changes, from now on, counted so that a gap shows.
    pub fn events(self: &Arc<Self>) -> broadcast::Receiver<EngineEvent> {
        let sender = self.events.get_or_init(|| {
            let sender = broadcast::Sender::new(EVENTS_KEPT);
            let (forward, mut changes) = (sender.clone(), self.parts.changes.listen());
            let sequence = AtomicU64::new(0);
            let mut questions = self.desk.changes();
            let asked = self.parts.changes.clone();
            tokio::spawn(async move {
                while questions.changed().await.is_ok() {
                    asked.tell(Changed::Approvals);
                }
            });
            tokio::spawn(async move {
                loop {
                    let changed = match changes.recv().await {
                        Ok(changed) => changed,
                        Err(RecvError::Lagged(missed)) => {
                            // The jump in the count tells the host that it missed something.
                            sequence.fetch_add(missed, Ordering::Relaxed);
                            Changed::Status
                        }
                        Err(RecvError::Closed) => break,
                    };
                    let next = sequence.fetch_add(1, Ordering::Relaxed) + 1;
                    // An error only means that no host listens at the moment.
                    let _ = forward.send(event(next, changed));
                }
            });
            sender
        });
        sender.subscribe()
    }

    /// Lets the sandbox clock run, or pauses it.
    pub fn set_running(&self, mode: &str) -> Result<(), ApiError> {
        self.simulated_clock()?;
        if self.clock_mode() == ClockMode::FastForward {
            return Err(ApiError::new(ErrorCode::NotNow, "the sandbox clock is on its way")
                .with_hint("wait until it has arrived"));
        }
        match mode {
            "paused" => self.set_clock_mode(ClockMode::Paused),
            "running" => self.set_clock_mode(ClockMode::Running),
            other => {
                let shown: String = other.chars().take(20).collect();
                return Err(ApiError::new(
                    ErrorCode::InvalidRequest,
                    format!("\"{shown}\" is no way for the clock to move"),
                )
                .with_hint("use \"paused\" or \"running\""));
            }
        }
        Ok(())
    }

    /// Lets everything happen that happens by itself, until the process ends. In the sandbox the
    /// clock is moved along with the wall clock while it runs.
    pub async fn run_until_closed(self: &Arc<Self>) {
        let _taking = handover::take(self);
        let drivers = async {
            match self.venue.simulated() {
                Some(_) => self.run_simulated().await,
                None => self.run_in_real_time().await,
            }
        };
        // On the heap: with everything that can happen inside it, this is large.
        tokio::join!(Box::pin(drivers), self.run_notifications());
    }

    async fn run_simulated(&self) {
        let mut watch = Stopwatch::start(self.parts.clock.as_ref());
        loop {
            tokio::time::sleep(BEAT).await;
            let elapsed = watch.elapsed_micros(self.parts.clock.as_ref());
            watch = Stopwatch::start(self.parts.clock.as_ref());
            // The kill switch is looked at while time stands as well.
            if let Err(error) = self.tick_safety().await {
                tracing::error!(%error, "what keeps the account safe could not be done");
            }
            if self.clock_mode() != ClockMode::Running {
                continue;
            }
            let step = SignedDuration::from_micros(i64::try_from(elapsed).unwrap_or(0));
            let last = self.data_range().map_or(Timestamp::MAX, |(_, last)| last);
            let to = self.now().checked_add(step).unwrap_or(last).min(last);
            let Ok(mut drivers) = self.drivers.try_lock() else { continue };
            if let Err(error) = self.forward(&mut drivers, to, None, &mut |_| {}).await {
                tracing::error!(%error, "the running clock was stopped by a failure");
                self.set_clock_mode(ClockMode::Paused);
            }
            drop(drivers);
            if to == last {
                self.set_clock_mode(ClockMode::Paused);
            }
            self.parts.changes.tell(Changed::Status);
        }
    }
}

fn event(sequence: u64, changed: Changed) -> EngineEvent {
    let mut speech = None;
    let (topic, execution_id) = match changed {
        Changed::Execution(id) => (EventTopic::Executions, Some(id.to_string())),
        Changed::Orders => (EventTopic::Orders, None),
        Changed::Portfolio => (EventTopic::Portfolio, None),
        Changed::Status => (EventTopic::Status, None),
        Changed::Strategies => (EventTopic::Strategies, None),
        Changed::Connection => (EventTopic::Connection, None),
        Changed::Approvals => (EventTopic::Approvals, None),
        Changed::Faults => (EventTopic::Faults, None),
        Changed::Prompts => (EventTopic::Prompts, None),
        Changed::Signals => (EventTopic::Signals, None),
        Changed::Models => (EventTopic::Models, None),
        Changed::Playground => (EventTopic::Playground, None),
        Changed::Risk => (EventTopic::Risk, None),
        Changed::Symbols => (EventTopic::Symbols, None),
        Changed::Indicators => (EventTopic::Indicators, None),
        Changed::Notifications => (EventTopic::Notifications, None),
        Changed::Speech(said) => {
            speech = Some(SpeechDto {
                purpose: said.purpose,
                attempt: said.attempt,
                text: said.text.to_string(),
            });
            (EventTopic::Speech, Some(said.execution_id.to_string()))
        }
    };
    EngineEvent { sequence, topic, execution_id, speech }
}
