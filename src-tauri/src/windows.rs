//! The window: it comes and goes, and the engine stays.

use std::sync::Arc;

use tauri::{AppHandle, Manager, Window, WindowEvent, Wry};
use throughline::api::dispatch;
use throughline::app::Engine;

use crate::commands::Subscriptions;
use crate::desktop::{Desktop, Request};
use crate::notices;

/// The label of the window that shows the engine.
pub(crate) const MAIN: &str = "main";

/// Brings the window to the front, and makes it anew if it was closed.
pub(crate) fn open(app: &AppHandle) {
    let app = app.clone();
    // Not on the thread that was asked: on Windows a window that is made there waits for itself.
    tauri::async_runtime::spawn(async move {
        if let Err(error) = show(&app) {
            tracing::error!(%error, "the window could not be opened");
        }
    });
}

fn show(app: &AppHandle) -> tauri::Result<()> {
    let windows = app.webview_windows();
    if !windows.is_empty() {
        for window in windows.values() {
            // A window that is being closed refuses, and then there is nothing to show.
            let _ =
                window.unminimize().and_then(|()| window.show()).and_then(|()| window.set_focus());
        }
        return Ok(());
    }
    // Without an engine there is only the window that says why, and it ends with the application.
    if app.try_state::<Arc<Engine>>().is_some() { build(app) } else { Ok(()) }
}

/// Makes the window.
pub(crate) fn build(app: &AppHandle) -> tauri::Result<()> {
    app.state::<Desktop>().opens();
    for window in &app.config().app.windows {
        tauri::WebviewWindowBuilder::from_config(app, window)?.build()?;
    }
    Ok(())
}

/// Closes the window and lets go of its web view. The engine runs on.
pub(crate) fn close(app: &AppHandle) {
    if let Some(window) = app.get_webview_window(MAIN)
        && let Err(error) = window.destroy()
    {
        tracing::error!(%error, "the window could not be closed");
    }
}

/// Opens the window and asks in it whether to quit.
pub(crate) fn ask_to_quit(app: &AppHandle) {
    app.state::<Desktop>().ask(Request::AskQuit);
    open(app);
}

/// What becomes of the window and the program when the person closes the window.
#[derive(Debug, PartialEq, Eq)]
enum Closing {
    /// The window goes, the program runs on in the tray.
    KeepRunning,
    /// The person is asked.
    Ask(Request),
}

/// A program that runs on without a window must be seen in the tray; where there is none, the
/// person decides, and not a setting that was made where there was one.
fn closing(wants_to_quit: bool, has_tray: bool) -> Closing {
    match (wants_to_quit, has_tray) {
        (true, _) => Closing::Ask(Request::AskQuit),
        (false, true) => Closing::KeepRunning,
        (false, false) => Closing::Ask(Request::AskClose),
    }
}

/// Follows the windows of the application.
pub(crate) fn on_event(window: &Window<Wry>, event: &WindowEvent) {
    if window.label() != MAIN {
        return;
    }
    match event {
        WindowEvent::CloseRequested { api, .. } => {
            api.prevent_close();
            let app = window.app_handle().clone();
            tauri::async_runtime::spawn(async move { close_requested(&app).await });
        }
        WindowEvent::Destroyed => {
            window.state::<Subscriptions>().end_all();
            window.state::<Desktop>().forget_page();
        }
        _ => {}
    }
}

async fn close_requested(app: &AppHandle) {
    let engine = Arc::clone(&app.state::<Arc<Engine>>());
    let desktop = app.state::<Desktop>();
    // An engine that does not answer does not keep the window from being closed.
    let background = dispatch(&engine, "background_get", serde_json::Value::Null).await;
    let wants_to_quit = background.is_ok_and(|background| background["when_closed"] == "quit");
    match closing(wants_to_quit, desktop.has_tray()) {
        Closing::KeepRunning => {
            close(app);
            if engine.is_first_time("told_of_tray").await.unwrap_or(false) {
                notices::show(app, notices::still_running()).await;
            }
        }
        Closing::Ask(request) => {
            // A page that does not run cannot ask. What protects a position is at the broker.
            if !desktop.ask(request) {
                app.exit(0);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_never_runs_on_where_nobody_sees_it_unless_the_person_says_so() {
        assert_eq!(closing(false, true), Closing::KeepRunning);
        assert_eq!(closing(false, false), Closing::Ask(Request::AskClose));
        assert_eq!(closing(true, true), Closing::Ask(Request::AskQuit));
        assert_eq!(closing(true, false), Closing::Ask(Request::AskQuit));
    }
}
