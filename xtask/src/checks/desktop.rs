//! The checks with a real window and a real keychain, each on a display and bus of its own, and the one
//! with a real browser, which needs neither.

use super::{Check, list, tools};
use crate::display::DesktopSession;
use crate::error::XtaskError;
use crate::{process, workspace};

pub(super) const CHECKS: &[Check] = &[
    Check { name: "Desktop: the real keychain", work: || in_session(&["keychain::"]) },
    Check {
        name: "Desktop: the real window",
        work: || in_session(&["window::", "window_background::"]),
    },
    Check { name: "Desktop: the web interface in Chromium", work: browser },
];

/// The interface is built by an earlier check, and its packages bring what drives the browser.
fn browser() -> Result<(), XtaskError> {
    let mut tests =
        list::cargo_command(&["test", "--workspace", "--test", "it", "--", "browser::"]);
    tests.env("THROUGHLINE_TEST_BROWSER", "1");
    let name = process::shown(&tests);
    process::run_tests(&mut tests, &name)
}

/// Runs the integration tests of these modules. The variables tell them that what they need is there,
/// so that they fail, and do not skip themselves, without it.
fn in_session(modules: &[&str]) -> Result<(), XtaskError> {
    // What is still to be built is built before the session, which need not wait for it.
    list::cargo(&["test", "--workspace", "--test", "it", "--no-run"])?;
    let session = DesktopSession::open()?;
    let mut tests = list::cargo_command(&["test", "--workspace", "--test", "it", "--"]);
    // The tests share the one display and the one driver port.
    tests.args(["--test-threads", "1"]).args(modules);
    tests
        .env("THROUGHLINE_TEST_KEYCHAIN", "1")
        .env("THROUGHLINE_TEST_WINDOW", "1")
        .env("THROUGHLINE_DESKTOP_BINARY", workspace::built_binary("throughline-desktop")?)
        .env("TAURI_DRIVER", tools::tauri_driver()?);
    process::run_tests(&mut session.command(&tests), &process::shown(&tests))
}
