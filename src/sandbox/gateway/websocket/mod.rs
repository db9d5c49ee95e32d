//! The push channel of the gateway, at `/v1/api/ws`.
//!
//! A client gets `system`, `act` and then `sts`; what it sends before `sts` is dropped. All frames
//! are binary. A heartbeat comes each ten seconds of the sandbox's time or of real time, whichever
//! is earlier, since either may stand still.

mod channel;
mod topics;

use std::sync::Arc;

use axum::extract::State;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade};
use axum::response::Response;
use jiff::SignedDuration;
use serde_json::Value;

use super::wire::Answer;
use super::{outage, respond};
use crate::clock::{Clock as _, SystemClock};
use crate::sandbox::facade::Sandbox;
use channel::Channel;

/// How often, at least, it is looked for what is new.
const LOOK: SignedDuration = SignedDuration::from_millis(200);
/// Largest message of a client, in bytes.
const MAX_MESSAGE_BYTES: usize = 64 * 1024;

/// Opens the channel. A request that is no upgrade is never answered, as observed.
pub(super) async fn open(
    State(sandbox): State<Arc<Sandbox>>,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Response {
    let in_place = {
        let mut inner = sandbox.lock();
        outage::in_place_of_all(&sandbox, &mut inner, &["ws"])
    };
    match (in_place, upgrade) {
        // The gateway upgrades without looking at the login.
        (None | Some(Answer::Text(401, _)), Ok(upgrade)) => upgrade
            .max_message_size(MAX_MESSAGE_BYTES)
            .on_upgrade(move |socket| run(sandbox, socket)),
        (None, Err(_)) => respond(Answer::Never),
        (Some(answer), _) => respond(answer),
    }
}

async fn run(sandbox: Arc<Sandbox>, mut socket: WebSocket) {
    let mut hints = sandbox.order_hints();
    let mut channel = Channel::new(&sandbox, SystemClock.monotonic_micros());
    loop {
        let faults = sandbox.faults();
        if faults.cut_line.is_on() {
            return;
        }
        if faults.websocket_close_1000.is_on() {
            let frame = CloseFrame { code: 1000, reason: "".into() };
            // The client may be gone already.
            let _ = socket.send(Message::Close(Some(frame))).await;
            return;
        }
        for frame in channel.news(&sandbox, SystemClock.monotonic_micros()) {
            if send(&sandbox, &mut socket, &frame).await.is_err() {
                return;
            }
        }
        tokio::select! {
            message = socket.recv() => {
                let text = match message {
                    Some(Ok(Message::Text(text))) => text.to_string(),
                    Some(Ok(Message::Binary(bytes))) => String::from_utf8_lossy(&bytes).into_owned(),
                    Some(Ok(Message::Ping(_) | Message::Pong(_))) => continue,
                    Some(Ok(Message::Close(_)) | Err(_)) | None => return,
                };
                for frame in channel.receive(&sandbox, &text) {
                    if send(&sandbox, &mut socket, &frame).await.is_err() {
                        return;
                    }
                }
            }
            changed = hints.changed() => {
                if changed.is_err() {
                    return;
                }
            }
            () = SystemClock.sleep(LOOK) => {}
        }
    }
}

async fn send(sandbox: &Sandbox, socket: &mut WebSocket, frame: &Value) -> Result<(), axum::Error> {
    let mut bytes = frame.to_string().into_bytes();
    if sandbox.faults().websocket_invalid_utf8.is_on() && bytes.pop() == Some(b'}') {
        bytes.extend_from_slice(b",\"note\":\"caf\xe9\"}");
    }
    socket.send(Message::Binary(bytes.into())).await
}
