//! What can stop a task, each as a sentence for the person at the terminal.

use std::io;
use std::path::PathBuf;

/// Why a task cannot go on.
#[derive(Debug, thiserror::Error)]
pub(crate) enum XtaskError {
    /// The program of a command could not be started at all.
    #[error("`{program}` could not be started: {source}; is it installed and on the PATH?")]
    NotStarted {
        /// What was to be run.
        program: String,
        /// The system's word.
        source: io::Error,
    },
    /// A command ran and did not succeed.
    #[error("`{command}` ended with {status}")]
    CommandFailed {
        /// As one would type it.
        command: String,
        /// "exit status: 101", or the signal.
        status: String,
    },
    /// A test command succeeded without having run a test, which proves nothing.
    #[error("`{command}` ran no test; the tests it names are missing")]
    NoTestRan {
        /// As one would type it.
        command: String,
    },
    /// No check has such a name.
    #[error("no check is left to run; the checks are\n\n    {names}")]
    NothingToDo {
        /// All names, one a line.
        names: String,
    },
    /// Packages are missing and nobody can be asked.
    #[error(
        "this machine lacks {missing}; there is no terminal to ask for consent on. \
         Install them with\n\n    {command}\n\nor let this command do it with `--yes`"
    )]
    ConsentNeeded {
        /// What they are for, in words.
        missing: String,
        /// The command that would install them.
        command: String,
    },
    /// The person said no.
    #[error(
        "nothing was installed; {missing} is still missing. To install by hand:\n\n    {command}"
    )]
    ConsentRefused {
        /// What they are for, in words.
        missing: String,
        /// The command that would install them.
        command: String,
    },
    /// Neither the system nor the table knows a package for it.
    #[error(
        "this machine lacks {missing}, and which package of this system holds it is not known \
         here; install it in the way of your system and try again"
    )]
    NoKnownPackage {
        /// What is lacking, in words.
        missing: String,
    },
    /// The package manager succeeded and the thing is still not there.
    #[error("{missing} is still missing after the packages were installed")]
    StillMissing {
        /// What is lacking, in words.
        missing: String,
    },
    /// Installing needs root.
    #[error(
        "installing packages needs root and there is no `sudo` here; as root, run\n\n    {command}"
    )]
    NeedsRoot {
        /// The command that would install them.
        command: String,
    },
    /// Node.js is not there.
    #[error(
        "Node.js {minimum} or newer is needed to build the window, and `node` was not found; \
         install it from your system's packages or nodejs.org"
    )]
    NodeMissing {
        /// The oldest version that will do.
        minimum: String,
    },
    /// Node.js is too old.
    #[error(
        "Node.js {minimum} or newer is needed to build the window, but `node --version` says \
         {found}; install a newer one from your system's packages or nodejs.org"
    )]
    NodeTooOld {
        /// The oldest version that will do.
        minimum: String,
        /// What is installed.
        found: String,
    },
    /// A component of the platform that only its owner can install.
    #[error("{0}")]
    Platform(&'static str),
    /// The virtual display did not come up.
    #[error("Xvfb ended before it opened a display; run `Xvfb -displayfd 1` to see why")]
    NoVirtualDisplay,
    /// A file of ours could not be read or written.
    #[error("{} could not be {action}: {source}", .path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// "read" or "written".
        action: &'static str,
        /// The system's word.
        source: io::Error,
    },
    /// There is no home folder to keep tools in.
    #[error(
        "no home folder is known for this user (is HOME set?), so there is nowhere to keep the test tools"
    )]
    NoHome,
}
