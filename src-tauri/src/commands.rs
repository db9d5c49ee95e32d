//! The commands of the host. Everything else is a row of the engine's command table.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::Value;
use tauri::State;
use tauri::ipc::Channel;
use throughline::api::dto::EngineEvent;
use throughline::api::{ApiError, ErrorCode, dispatch};
use throughline::app::Engine;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio::task::JoinSet;

/// Passes one command of the window to the engine.
///
/// It runs as a task of its own, so that a fault inside the engine becomes an answer and the
/// window does not wait for ever.
#[tauri::command]
pub(crate) async fn rpc(
    engine: State<'_, Arc<Engine>>,
    command: String,
    request: Value,
) -> Result<Value, ApiError> {
    let engine = Arc::clone(&engine);
    let named = command.clone();
    let task = tokio::spawn(async move { dispatch(&engine, &command, request).await });
    task.await.unwrap_or_else(|fault| {
        let message = format!("\"{named}\" met a fault inside the program: {fault}");
        Err(ApiError::new(ErrorCode::Internal, message)
            .with_hint("What was recorded is kept. Start Throughline again and look at the log."))
    })
}

/// Sends the engine's events to the window until the page is left.
#[tauri::command]
pub(crate) async fn subscribe(
    engine: State<'_, Arc<Engine>>,
    subscriptions: State<'_, Subscriptions>,
    channel: Channel<EngineEvent>,
) -> Result<(), ApiError> {
    // Taken here and not in the task: what happens from now on is in it.
    subscriptions.add(forward(engine.events(), channel));
    Ok(())
}

/// Ends the application, which closes the engine, and starts it anew: what was chosen for the next
/// start takes effect.
#[tauri::command]
#[expect(clippy::needless_pass_by_value, reason = "Tauri hands the application over by value")]
pub(crate) fn restart(app: tauri::AppHandle) {
    app.request_restart();
}

/// The event streams of the page that the window shows.
#[derive(Default)]
pub(crate) struct Subscriptions(Mutex<JoinSet<()>>);

impl Subscriptions {
    fn add(&self, stream: impl Future<Output = ()> + Send + 'static) {
        let mut streams = self.streams();
        while streams.try_join_next().is_some() {}
        streams.spawn(stream);
    }

    /// Ends all streams. A page that is reloaded leaves its channels behind without closing them.
    pub(crate) fn end_all(&self) {
        self.streams().abort_all();
    }

    fn streams(&self) -> MutexGuard<'_, JoinSet<()>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn forward(mut events: Receiver<EngineEvent>, channel: Channel<EngineEvent>) {
    loop {
        match events.recv().await {
            Ok(event) => {
                if channel.send(event).is_err() {
                    return;
                }
            }
            // The next event arrives with a gap in its sequence, by which the page knows.
            Err(RecvError::Lagged(_)) => {}
            Err(RecvError::Closed) => return,
        }
    }
}

#[cfg(test)]
mod tests {
    use throughline::api::dto::EventTopic;
    use tokio::sync::{broadcast, mpsc};

    use super::*;

    fn event(sequence: u64) -> EngineEvent {
        EngineEvent { sequence, topic: EventTopic::Executions, execution_id: None, speech: None }
    }

    /// A channel as the window has one, and what arrives at its other end.
    fn page() -> (Channel<EngineEvent>, mpsc::UnboundedReceiver<Value>) {
        let (sender, arrived) = mpsc::unbounded_channel();
        let channel = Channel::new(move |body| {
            let _ = sender.send(body.deserialize().unwrap());
            Ok(())
        });
        (channel, arrived)
    }

    #[tokio::test]
    async fn events_arrive_in_order_and_a_slow_page_sees_the_gap() {
        let (engine, events) = broadcast::channel(2);
        for sequence in 1..=5 {
            engine.send(event(sequence)).unwrap();
        }
        drop(engine);
        let (channel, mut arrived) = page();
        forward(events, channel).await;
        let mut sequences = Vec::new();
        while let Some(event) = arrived.recv().await {
            sequences.push(event["sequence"].as_u64().unwrap());
        }
        assert_eq!(sequences, [4, 5]);
    }

    #[tokio::test]
    async fn a_page_that_is_left_gets_nothing_more() {
        let (engine, events) = broadcast::channel(8);
        let (channel, mut arrived) = page();
        let subscriptions = Subscriptions::default();
        subscriptions.add(forward(events, channel));
        engine.send(event(1)).unwrap();
        assert_eq!(arrived.recv().await.unwrap()["topic"], "executions");
        subscriptions.end_all();
        // The stream held the only sender of this page, and the only receiver of the engine.
        assert!(arrived.recv().await.is_none());
        assert!(engine.send(event(2)).is_err());
    }
}
