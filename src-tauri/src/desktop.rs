//! What the window asks of the desktop, and what the desktop asks of the window.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::Serialize;
use tauri::ipc::Channel;
use tauri::{AppHandle, State};
use tauri_plugin_autostart::ManagerExt as _;
use throughline::api::{ApiError, ErrorCode};
use throughline::clock::{Stopwatch, SystemClock};

use crate::windows;

/// What the window is asked to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(crate) enum Request {
    /// Ask the person whether to quit.
    AskQuit,
    /// The window is to be closed and nothing would be left to be seen: ask whether to quit.
    AskClose,
}

/// Between the desktop and the page that the window shows.
#[derive(Default)]
pub(crate) struct Desktop {
    page: Mutex<Page>,
    has_tray: AtomicBool,
}

#[derive(Default)]
struct Page {
    channel: Option<Channel<Request>>,
    /// For a page that is not there yet.
    waiting: Option<Request>,
    opening: Option<Stopwatch>,
}

impl Desktop {
    /// Whether there is a tray that shows the application.
    pub(crate) fn has_tray(&self) -> bool {
        self.has_tray.load(Ordering::SeqCst)
    }

    /// The tray has come, or gone.
    pub(crate) fn note_tray(&self, is_there: bool) {
        if self.has_tray.swap(is_there, Ordering::SeqCst) != is_there {
            tracing::info!(is_there, "the tray of the desktop");
        }
    }

    /// Asks the page, at once or as soon as it is there. Says whether it is.
    pub(crate) fn ask(&self, request: Request) -> bool {
        let mut page = self.page();
        let is_told = page.channel.as_ref().is_some_and(|page| page.send(request.clone()).is_ok());
        if !is_told {
            page.channel = None;
            page.waiting = Some(request);
        }
        is_told
    }

    /// A window is being made: the time until its page is there is measured.
    pub(crate) fn opens(&self) {
        self.page().opening = Some(Stopwatch::start(&SystemClock));
    }

    /// The page was left, or its window closed.
    pub(crate) fn forget_page(&self) {
        self.page().channel = None;
    }

    fn is_there(&self, channel: Channel<Request>) {
        let mut page = self.page();
        if let Some(opening) = page.opening.take() {
            let milliseconds = opening.elapsed_micros(&SystemClock) / 1000;
            tracing::info!(milliseconds, "the window was opened and its page is there");
        }
        if let Some(request) = page.waiting.take() {
            // A page that has gone again asks anew when it is opened.
            let _ = channel.send(request);
        }
        page.channel = Some(channel);
    }

    fn page(&self) -> MutexGuard<'_, Page> {
        self.page.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The page is there, and hears from now on what the desktop asks.
#[tauri::command]
#[expect(clippy::needless_pass_by_value, reason = "Tauri hands the state over by value")]
pub(crate) fn desktop_listen(desktop: State<'_, Desktop>, channel: Channel<Request>) {
    desktop.is_there(channel);
}

/// Closes the window; the engine runs on.
#[tauri::command]
#[expect(clippy::needless_pass_by_value, reason = "Tauri hands the application over by value")]
pub(crate) fn window_close(app: AppHandle) {
    windows::close(&app);
}

/// Ends the application, which closes the engine.
#[tauri::command]
#[expect(clippy::needless_pass_by_value, reason = "Tauri hands the application over by value")]
pub(crate) fn quit(app: AppHandle) {
    app.exit(0);
}

/// Whether the application starts with the session of the desktop.
#[tauri::command]
#[expect(clippy::needless_pass_by_value, reason = "Tauri hands the application over by value")]
pub(crate) fn autostart_get(app: AppHandle) -> Result<bool, ApiError> {
    app.autolaunch().is_enabled().map_err(|error| refused(&error))
}

/// Lets the application start with the session of the desktop, hidden in the tray, or not.
#[tauri::command]
#[expect(clippy::needless_pass_by_value, reason = "Tauri hands the application over by value")]
pub(crate) fn autostart_set(app: AppHandle, is_on: bool) -> Result<bool, ApiError> {
    let starts = app.autolaunch();
    let done = if is_on { starts.enable() } else { starts.disable() };
    // To take away what is not there is an error to some systems.
    match (done, starts.is_enabled()) {
        (_, Ok(now)) if now == is_on => Ok(now),
        (Err(error), _) | (_, Err(error)) => Err(refused(&error)),
        (Ok(()), Ok(_)) => Err(ApiError::new(
            ErrorCode::NotNow,
            "the desktop did not keep whether the application starts with it",
        )),
    }
}

fn refused(error: &tauri_plugin_autostart::Error) -> ApiError {
    ApiError::new(ErrorCode::NotNow, format!("the desktop does not say what it starts: {error}"))
        .with_hint("add throughline-desktop --hidden to what your desktop starts")
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use serde_json::Value;

    use super::*;

    fn page() -> (Channel<Request>, Arc<Mutex<Vec<Value>>>) {
        let heard: Arc<Mutex<Vec<Value>>> = Arc::default();
        let ear = Arc::clone(&heard);
        let channel = Channel::new(move |body| {
            ear.lock().unwrap().push(body.deserialize().unwrap());
            Ok(())
        });
        (channel, heard)
    }

    #[test]
    fn a_question_waits_for_the_page_and_is_asked_once() {
        let desktop = Desktop::default();
        assert!(!desktop.ask(Request::AskQuit), "there is no page yet");
        let (channel, heard) = page();
        desktop.is_there(channel);
        assert_eq!(heard.lock().unwrap()[0]["kind"], "ask_quit");
        let (channel, again) = page();
        desktop.is_there(channel);
        assert!(again.lock().unwrap().is_empty(), "a page that is reloaded is not asked again");
        assert!(desktop.ask(Request::AskClose));
        assert_eq!(again.lock().unwrap()[0]["kind"], "ask_close");
        desktop.forget_page();
        assert!(!desktop.ask(Request::AskQuit));
    }
}
