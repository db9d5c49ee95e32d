//! Logs: what a developer reads when something went wrong. What a user reads is the lineage.

use tracing_subscriber::EnvFilter;

/// Warnings and errors of our own. The rasteriser warns of every bar without a body, which is no
/// fault: such a bar is a line.
const DEFAULT_FILTER: &str = "warn,tiny_skia=error,tiny_skia_path=error";

/// The same with what a service is expected to say: that it began, what it found, that it ends.
const SERVICE_FILTER: &str = "warn,throughline=info,tiny_skia=error,tiny_skia_path=error";

/// Logs warnings and errors to standard error; `THROUGHLINE_LOG` asks for more, in the words of
/// `tracing-subscriber`, such as `throughline=debug`.
pub fn start_for_terminal() {
    let filter = EnvFilter::try_from_env("THROUGHLINE_LOG")
        .unwrap_or_else(|_| EnvFilter::new(DEFAULT_FILTER));
    // A second start, as in tests, changes nothing.
    let _ = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_target(false)
        .try_init();
}

/// Logs to standard error as one JSON object a line, for whatever keeps the output of a service.
/// `THROUGHLINE_LOG` asks for more or less in the same words.
pub fn start_for_service() {
    let filter = EnvFilter::try_from_env("THROUGHLINE_LOG")
        .unwrap_or_else(|_| EnvFilter::new(SERVICE_FILTER));
    let _ = tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_current_span(false)
        .with_span_list(false)
        .try_init();
}
