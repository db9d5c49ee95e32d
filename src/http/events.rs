use std::sync::Arc;

use axum::Extension;
use axum::extract::State;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::http::StatusCode;
use axum::response::Response;
use jiff::SignedDuration;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::watch;

use super::answer::Refusal;
use super::guard::{MOST_STREAMS, Shared, Shown};
use crate::api::ErrorCode;
use crate::api::dto::EngineEvent;
use crate::clock::{Clock as _, SystemClock};

/// How often a stream that is quiet is tried, and the caller looked at again.
const BETWEEN_LOOKS: SignedDuration = SignedDuration::from_secs(15);

/// Longest message that is taken, in bytes. Nothing is expected.
const LONGEST: usize = 4096;

/// `GET /api/events`: the events of the engine, one JSON object a message.
pub(super) async fn events(
    State(shared): State<Arc<Shared>>,
    Extension(shown): Extension<Shown>,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, Refusal> {
    let upgrade = upgrade.map_err(|_| {
        let message = "events are a stream, and this request does not ask for one";
        Refusal::new(StatusCode::UPGRADE_REQUIRED, ErrorCode::InvalidRequest, message)
            .with_hint("connect with WebSocket")
    })?;
    let Ok(place) = Arc::clone(&shared.streams).try_acquire_owned() else {
        let message = format!("there are {MOST_STREAMS} streams of events already");
        let status = StatusCode::TOO_MANY_REQUESTS;
        return Err(Refusal::new(status, ErrorCode::NotNow, message).with_hint("close one"));
    };
    // Taken here and not in the stream: what happens from now on is in it.
    let received = shared.engine.events();
    Ok(upgrade.max_message_size(LONGEST).max_frame_size(LONGEST).on_upgrade(async move |socket| {
        let _place = place;
        forward(socket, received, &shared, &shown).await;
    }))
}

/// Waits for the end of the server.
async fn until(ending: &mut watch::Receiver<bool>) {
    // Dropped means ended as well.
    let _ = ending.wait_for(|ends| *ends).await;
}

/// Sends events until the caller goes away or is no longer known, or the server ends.
async fn forward(
    mut socket: WebSocket,
    mut events: Receiver<EngineEvent>,
    shared: &Shared,
    shown: &Shown,
) {
    let mut ending = shared.ending.clone();
    let clock = SystemClock;
    let mut look = clock.sleep(BETWEEN_LOOKS);
    loop {
        tokio::select! {
            event = events.recv() => match event {
                Ok(event) => {
                    let Ok(text) = serde_json::to_string(&event) else { continue };
                    if socket.send(Message::text(text)).await.is_err() {
                        return;
                    }
                }
                // The next event arrives with a gap in its sequence, by which the caller knows.
                Err(RecvError::Lagged(_)) => {}
                Err(RecvError::Closed) => break,
            },
            // Answers to our pings come this way; anything else is let go.
            arrived = socket.recv() => match arrived {
                Some(Ok(Message::Close(_)) | Err(_)) | None => return,
                Some(Ok(_)) => {}
            },
            () = &mut look => {
                if !shared.knows(shown).await.unwrap_or(false)
                    || socket.send(Message::Ping(bytes::Bytes::new())).await.is_err()
                {
                    break;
                }
                look = clock.sleep(BETWEEN_LOOKS);
            }
            () = until(&mut ending) => break,
        }
    }
    // Who is gone hears it no more.
    let _ = socket.send(Message::Close(None)).await;
}
