//! Notifications of the desktop. The engine says what, the host shows it and says whether it could.

use std::sync::Arc;

use tauri::{AppHandle, Manager};
use throughline::app::{Engine, NativeNotification};
use tokio::sync::broadcast::error::RecvError;

/// Shows what the engine hands out, until the engine is gone.
pub(crate) async fn follow(app: AppHandle, engine: Arc<Engine>) {
    let mut notices = engine.native_notifications();
    loop {
        match notices.recv().await {
            Ok(notice) => show(&app, notice).await,
            // What was passed over stands in the list of the window.
            Err(RecvError::Lagged(_)) => {}
            Err(RecvError::Closed) => return,
        }
    }
}

/// Shows one, and lets the engine know if the desktop did not.
pub(crate) async fn show(app: &AppHandle, notice: NativeNotification) {
    let trouble = match ask_the_desktop(&notice).await {
        Ok(()) => None,
        Err(error) => {
            tracing::warn!(%error, "the desktop did not show a notification");
            Some(format!("the desktop refused: {error}"))
        }
    };
    if let Some(engine) = app.try_state::<Arc<Engine>>() {
        engine.note_desktop(trouble);
    }
}

/// Said once, when the window is closed for the first time.
pub(crate) fn still_running() -> NativeNotification {
    NativeNotification {
        title: "Throughline keeps running".to_owned(),
        body: "Strategies run on time without the window. Open it again from the tray; quit there \
               as well."
            .to_owned(),
        link: "/settings".to_owned(),
        is_critical: false,
    }
}

fn made(notice: &NativeNotification) -> notify_rust::Notification {
    let mut made = notify_rust::Notification::new();
    made.appname("Throughline").summary(&notice.title).body(&plain(&notice.body));
    #[cfg(target_os = "linux")]
    {
        made.icon("throughline-desktop");
        if notice.is_critical {
            // It stays until it is dismissed.
            made.urgency(notify_rust::Urgency::Critical);
        }
    }
    #[cfg(windows)]
    made.app_id("app.throughline.desktop");
    made
}

/// Desktops of Linux read the body as markup.
fn plain(body: &str) -> String {
    if cfg!(target_os = "linux") {
        body.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
    } else {
        body.to_owned()
    }
}

#[cfg(target_os = "linux")]
async fn ask_the_desktop(notice: &NativeNotification) -> Result<(), notify_rust::error::Error> {
    made(notice).show_async().await.map(drop)
}

#[cfg(not(target_os = "linux"))]
async fn ask_the_desktop(notice: &NativeNotification) -> Result<(), notify_rust::error::Error> {
    let made = made(notice);
    // Here the call waits for the desktop, and so it waits elsewhere.
    match tokio::task::spawn_blocking(move || made.show().map(drop)).await {
        Ok(result) => result,
        Err(_) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_from_outside_stays_text() {
        let shown = plain("<b>buy</b> & hold");
        if cfg!(target_os = "linux") {
            assert_eq!(shown, "&lt;b&gt;buy&lt;/b&gt; &amp; hold");
        } else {
            assert_eq!(shown, "<b>buy</b> & hold");
        }
    }
}
