//! What can be said to the application when it is started.

use std::path::PathBuf;

/// Said by the entry that starts the application with the session of the desktop.
pub(crate) const HIDDEN: &str = "--hidden";

/// Automated trading at Interactive Brokers in which every decision can be followed.
#[derive(Debug, clap::Parser)]
#[command(name = "throughline-desktop", version)]
pub(crate) struct Arguments {
    /// The directory that holds the database and the log, instead of the usual one.
    #[arg(long, value_name = "PATH")]
    pub(crate) data_dir: Option<PathBuf>,

    /// Start in the tray, without a window. Where there is no tray, the window opens.
    #[arg(long)]
    pub(crate) hidden: bool,
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use clap::Parser;

    use super::{Arguments, HIDDEN};

    #[test]
    fn the_data_directory_can_be_named() {
        let named = Arguments::try_parse_from(["throughline-desktop", "--data-dir", "/tmp/a b"]);
        assert_eq!(named.unwrap().data_dir.as_deref(), Some(Path::new("/tmp/a b")));
        let usual = Arguments::try_parse_from(["throughline-desktop"]);
        assert_eq!(usual.unwrap().data_dir, None);
    }

    #[test]
    fn the_start_with_the_session_is_hidden_and_no_other() {
        assert!(Arguments::try_parse_from(["throughline-desktop", HIDDEN]).unwrap().hidden);
        assert!(!Arguments::try_parse_from(["throughline-desktop"]).unwrap().hidden);
    }

    #[test]
    fn an_unknown_argument_is_refused_by_name() {
        let error = Arguments::try_parse_from(["throughline-desktop", "--dada-dir", "x"]);
        assert!(error.unwrap_err().to_string().contains("--dada-dir"));
    }
}
