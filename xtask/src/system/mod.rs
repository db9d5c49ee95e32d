//! What the operating system must bring, and installing it with the system's own package manager.

mod install;
mod manager;
mod needs;

pub(crate) use install::{Consent, ensure};
pub(crate) use needs::{DESKTOP, TESTS};

use std::process::Command;

use crate::error::XtaskError;
use crate::process;

/// The parts that no package manager brings: Apple's command-line tools, Microsoft's `WebView2`.
pub(crate) fn check_platform() -> Result<(), XtaskError> {
    if cfg!(target_os = "macos") && !process::succeeds(Command::new("xcode-select").arg("-p")) {
        return Err(XtaskError::Platform(
            "Apple's command-line developer tools are missing; install them with \
             `xcode-select --install` and try again",
        ));
    }
    if cfg!(target_os = "windows") && !webview2_is_installed() {
        return Err(XtaskError::Platform(
            "Microsoft's WebView2 runtime is missing, which shows the window; install it with \
             `winget install Microsoft.EdgeWebView2Runtime` and try again",
        ));
    }
    Ok(())
}

/// Looks where Microsoft's documentation says that the runtime registers its version
/// (learn.microsoft.com, "Distribute your app and the `WebView2` Runtime").
fn webview2_is_installed() -> bool {
    const CLIENT: &str = r"Microsoft\EdgeUpdate\Clients\{F3017226-FE2A-4295-8BDF-00C3A9A7E4C5}";
    [r"HKLM\SOFTWARE\WOW6432Node", r"HKLM\SOFTWARE", r"HKCU\Software"].iter().any(|hive| {
        let key = format!(r"{hive}\{CLIENT}");
        process::succeeds(Command::new("reg").args(["query", &key, "/v", "pv"]))
    })
}
