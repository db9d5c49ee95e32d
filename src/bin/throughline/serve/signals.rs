//! What tells the process to end.

use throughline::api::{ApiError, ErrorCode};

/// The polite requests to end: SIGTERM and SIGINT, on Windows Ctrl+C, Ctrl+Break, and the end of the
/// session or of the system.
pub(super) struct Signals {
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
    #[cfg(windows)]
    control_c: tokio::signal::windows::CtrlC,
    #[cfg(windows)]
    control_break: tokio::signal::windows::CtrlBreak,
    #[cfg(windows)]
    close: tokio::signal::windows::CtrlClose,
    #[cfg(windows)]
    shutdown: tokio::signal::windows::CtrlShutdown,
}

fn failed(error: &std::io::Error) -> ApiError {
    ApiError::new(ErrorCode::Internal, format!("signals cannot be waited for: {error}"))
}

#[cfg(unix)]
impl Signals {
    /// From now on a signal no longer ends the process by itself.
    pub(super) fn listen() -> Result<Self, ApiError> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            terminate: signal(SignalKind::terminate()).map_err(|error| failed(&error))?,
            interrupt: signal(SignalKind::interrupt()).map_err(|error| failed(&error))?,
        })
    }

    /// Waits for the next one.
    pub(super) async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

#[cfg(windows)]
impl Signals {
    /// From now on a signal no longer ends the process by itself.
    pub(super) fn listen() -> Result<Self, ApiError> {
        use tokio::signal::windows;
        Ok(Self {
            control_c: windows::ctrl_c().map_err(|error| failed(&error))?,
            control_break: windows::ctrl_break().map_err(|error| failed(&error))?,
            close: windows::ctrl_close().map_err(|error| failed(&error))?,
            shutdown: windows::ctrl_shutdown().map_err(|error| failed(&error))?,
        })
    }

    /// Waits for the next one.
    pub(super) async fn next(&mut self) {
        tokio::select! {
            _ = self.control_c.recv() => {}
            _ = self.control_break.recv() => {}
            _ = self.close.recv() => {}
            _ = self.shutdown.recv() => {}
        }
    }
}
