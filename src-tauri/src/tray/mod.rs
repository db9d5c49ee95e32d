//! The sign in the tray: it lives as long as the engine, with or without a window.
//!
//! What it shows is a pure function of how the engine stands ([`model`]). On Linux the tray is spoken
//! to over D-Bus, elsewhere through Tauri.

mod model;
#[cfg(not(target_os = "linux"))]
#[path = "other.rs"]
mod native;
#[cfg(target_os = "linux")]
#[path = "linux.rs"]
mod native;

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tauri::{AppHandle, Manager};
use throughline::api::dto::{BackgroundDto, EventTopic};
use throughline::api::{ApiError, dispatch};
use throughline::app::{Engine, NativeNotification};

use crate::desktop::Desktop;
use crate::{notices, windows};
use model::Action;

/// Shortest time between two looks at the engine, however much happens there.
const BREATH: Duration = Duration::from_secs(2);

/// Longest time: a planned run passes without an event.
const LONGEST: Duration = Duration::from_secs(30);

/// How long a start without a window waits for a tray. A session of a desktop that has just begun
/// may bring it later than the programs that it starts.
const PATIENCE: Duration = Duration::from_secs(20);

/// Shows how the engine stands, until the engine is gone.
pub(crate) async fn follow(app: AppHandle, engine: Arc<Engine>) {
    let mut events = engine.events();
    let mut tray = native::Tray::new(&app).await;
    loop {
        // Without an answer the sign stays as it is: the window says what is wrong.
        if let Ok(background) = look(&engine).await {
            tray.show(&app, background).await;
        }
        tokio::time::sleep(BREATH).await;
        let news = async {
            loop {
                match events.recv().await {
                    Ok(event) if event.topic == EventTopic::Speech => {}
                    _ => return,
                }
            }
        };
        let _ = tokio::time::timeout(LONGEST, news).await;
        events = events.resubscribe();
    }
}

async fn look(engine: &Arc<Engine>) -> Result<BackgroundDto, ApiError> {
    let answer = dispatch(engine, "background_get", Value::Null).await?;
    serde_json::from_value(answer)
        .map_err(|error| ApiError::new(throughline::api::ErrorCode::Internal, error.to_string()))
}

/// Opens the window after a start without one, if there is no tray to open it from.
pub(crate) async fn open_without_tray(app: AppHandle) {
    tokio::time::sleep(PATIENCE).await;
    if !app.state::<Desktop>().has_tray() {
        windows::open(&app);
    }
}

/// Does what was chosen in the menu.
fn act(app: &AppHandle, action: Action) {
    match action {
        Action::Open => windows::open(app),
        Action::Quit => windows::ask_to_quit(app),
        Action::Halt => {
            let engine = app.state::<Arc<Engine>>();
            let halted = engine.halt("tray", "Halted in the tray");
            say(app, "Trading could not be halted", halted);
        }
        Action::Run(strategy) => {
            let request = json!({ "strategy_id": strategy, "symbol": null, "model": null });
            give(app, "strategy_run", request, "The strategy was not run");
        }
        Action::PauseAll => {
            let request = json!({ "active": false });
            give(app, "schedules_set_active", request, "The schedules were not paused");
        }
        Action::ResumeAll => {
            let request = json!({ "active": true });
            give(app, "schedules_set_active", request, "The schedules were not resumed");
        }
    }
}

/// Gives a command to the engine, without waiting for it.
fn give(app: &AppHandle, command: &'static str, request: Value, failed: &'static str) {
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        let engine = Arc::clone(&app.state::<Arc<Engine>>());
        let done = dispatch(&engine, command, request).await;
        say(&app, failed, done.map(drop));
    });
}

/// Says on the desktop that something failed: there may be no window.
fn say(app: &AppHandle, what: &str, done: Result<(), ApiError>) {
    let Err(error) = done else { return };
    let notice = NativeNotification {
        title: what.to_owned(),
        body: error.to_string(),
        link: "/dashboard".to_owned(),
        is_critical: true,
    };
    let app = app.clone();
    tauri::async_runtime::spawn(async move { notices::show(&app, notice).await });
}
