//! Logs: what a developer reads when something went wrong. What a user reads is the lineage.

use tracing_subscriber::EnvFilter;

/// Logs warnings and errors to standard error; `THROUGHLINE_LOG` asks for more, in the words of
/// `tracing-subscriber`, such as `throughline=debug`.
pub fn start_for_terminal() {
    let filter =
        EnvFilter::try_from_env("THROUGHLINE_LOG").unwrap_or_else(|_| EnvFilter::new("warn"));
    // A second start, as in tests, changes nothing.
    let _ = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_target(false)
        .try_init();
}
