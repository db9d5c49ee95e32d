//! What can be said to the application when it is started.

use std::path::PathBuf;

/// Automated trading at Interactive Brokers in which every decision can be followed.
#[derive(Debug, clap::Parser)]
#[command(name = "throughline-desktop", version)]
pub(crate) struct Arguments {
    /// The directory that holds the database and the log, instead of the usual one.
    #[arg(long, value_name = "PATH")]
    pub(crate) data_dir: Option<PathBuf>,
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use clap::Parser;

    use super::Arguments;

    #[test]
    fn the_data_directory_can_be_named() {
        let named = Arguments::try_parse_from(["throughline-desktop", "--data-dir", "/tmp/a b"]);
        assert_eq!(named.unwrap().data_dir.as_deref(), Some(Path::new("/tmp/a b")));
        let usual = Arguments::try_parse_from(["throughline-desktop"]);
        assert_eq!(usual.unwrap().data_dir, None);
    }

    #[test]
    fn an_unknown_argument_is_refused_by_name() {
        let error = Arguments::try_parse_from(["throughline-desktop", "--dada-dir", "x"]);
        assert!(error.unwrap_err().to_string().contains("--dada-dir"));
    }
}
