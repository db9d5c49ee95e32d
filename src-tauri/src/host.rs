//! Starts the engine, then the tray and the window; closes them in the other order. The engine
//! outlives the window.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::Parser;
use tauri::webview::PageLoadEvent;
use tauri::{AppHandle, Manager, RunEvent};
use throughline::api::{ApiError, ErrorCode};
use throughline::app::{Engine, EngineOptions, EnvironmentChoice, default_data_dir};

use crate::arguments::{Arguments, HIDDEN};
use crate::commands::Subscriptions;
use crate::desktop::Desktop;
use crate::{commands, desktop, failure, notices, tray, windows};

/// Runs the application until somebody quits it. The status is 0 after a regular end, 1 if
/// the application could not start, 2 if there is no display for a window.
pub(crate) fn run() -> ExitCode {
    let arguments = Arguments::parse();
    throughline::telemetry::start_for_terminal();
    if !has_display() {
        tell(
            "There is no display to open a window on. `throughline run sample` does the same work \
             in the terminal.",
        );
        return ExitCode::from(2);
    }
    let built = tauri::Builder::default()
        // First, so that a second start ends before it asks for the data directory.
        .plugin(tauri_plugin_single_instance::init(|app, _, _| windows::open(app)))
        .plugin(
            tauri_plugin_autostart::Builder::new().args([HIDDEN]).app_name("Throughline").build(),
        )
        .register_uri_scheme_protocol(failure::SCHEME, |context, _| failure::serve(&context))
        .manage(Subscriptions::default())
        .manage(Desktop::default())
        .invoke_handler(tauri::generate_handler![
            commands::rpc,
            commands::subscribe,
            commands::restart,
            desktop::desktop_listen,
            desktop::window_close,
            desktop::quit,
            desktop::autostart_get,
            desktop::autostart_set
        ])
        .on_page_load(|webview, load| {
            if matches!(load.event(), PageLoadEvent::Started) {
                webview.state::<Subscriptions>().end_all();
                webview.state::<Desktop>().forget_page();
            }
        })
        .on_window_event(windows::on_event)
        .setup(|app| {
            // An error returned from here would end in a panic inside Tauri.
            if let Err(error) = start(app.handle(), arguments) {
                tell(&format!("The window could not be opened: {error}."));
                app.handle().exit(1);
            }
            Ok(())
        })
        .build(tauri::generate_context!());
    let app = match built {
        Ok(app) => app,
        Err(error) => {
            tell(&format!("The window system refused to start the application: {error}."));
            return ExitCode::FAILURE;
        }
    };
    let handle = app.handle().clone();
    let code = app.run_return(|app, event| match event {
        // The last window is closed. With an engine that is no reason to end.
        RunEvent::ExitRequested { code: None, api, .. }
            if app.try_state::<Arc<Engine>>().is_some() =>
        {
            api.prevent_exit();
        }
        RunEvent::Exit => {
            if let Some(engine) = app.try_state::<Arc<Engine>>()
                && let Err(error) = tauri::async_runtime::block_on(engine.close())
            {
                tell(&format!("Throughline did not close properly: {error}"));
            }
        }
        // A click on the application in the Dock of macOS.
        #[cfg(target_os = "macos")]
        RunEvent::Reopen { .. } => windows::open(app),
        _ => {}
    });
    let failed = code != 0 || handle.try_state::<ApiError>().is_some();
    if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

/// Opens the engine and then the window that uses it, so that no command ever meets a host
/// without an engine. If the engine does not open, the window says why.
fn start(app: &AppHandle, arguments: Arguments) -> tauri::Result<()> {
    let is_hidden = arguments.hidden;
    match tauri::async_runtime::block_on(open(arguments)) {
        Ok(engine) => {
            app.manage(Arc::clone(&engine));
            tauri::async_runtime::spawn(notices::follow(app.clone(), Arc::clone(&engine)));
            tauri::async_runtime::spawn(tray::follow(app.clone(), Arc::clone(&engine)));
            tauri::async_runtime::spawn(async move { engine.run_until_closed().await });
            if is_hidden {
                tauri::async_runtime::spawn(tray::open_without_tray(app.clone()));
                return Ok(());
            }
            windows::build(app)
        }
        Err(error) => {
            let hint = error.hint.as_deref().unwrap_or_default();
            tell(&format!("Throughline could not start: {error} {hint}"));
            failure::show(app, error)
        }
    }
}

async fn open(arguments: Arguments) -> Result<Arc<Engine>, ApiError> {
    let options = match arguments.data_dir {
        Some(path) => options_of(std::path::absolute(&path).map_err(|error| {
            let message = format!("{} cannot be a data directory: {error}", path.display());
            ApiError::new(ErrorCode::InvalidRequest, message)
        })?)?,
        None => options_of(default_data_dir()?)?,
    };
    Engine::open(options).await
}

/// The environment that was chosen in a home directory, in its place there.
fn options_of(home: PathBuf) -> Result<EngineOptions, ApiError> {
    let choice = EnvironmentChoice::read(&home)?;
    Ok(EngineOptions {
        data_dir: choice.data_dir(&home),
        gateway: choice.gateway(),
        home: Some(home),
        ..EngineOptions::default()
    })
}

/// Whether there is anything to open a window on. Asked here because the event loop, which would
/// find out later, panics.
#[cfg(target_os = "linux")]
fn has_display() -> bool {
    gtk::init().is_ok()
}

/// Only on Linux is a session without a display an everyday matter.
#[cfg(not(target_os = "linux"))]
fn has_display() -> bool {
    true
}

/// Tells whoever started the application from a terminal; without one nobody listens.
fn tell(sentence: &str) {
    let _ = writeln!(std::io::stderr(), "{sentence}");
}
