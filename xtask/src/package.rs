//! `cargo xtask package`: what people install, made by Tauri's own bundler.

use std::path::PathBuf;
use std::process::{Command, ExitCode};

use clap::Args;

use crate::error::XtaskError;
use crate::{process, report, ui, workspace};

/// Tauri's command line as a package of npm, of the same release as the crate in `Cargo.lock`.
const BUNDLER: &str = "@tauri-apps/cli@2.12.5";

/// What `cargo xtask package` takes.
#[derive(Debug, Args)]
pub(crate) struct PackageOptions {
    /// Which kinds, as Tauri's bundler calls them: deb, rpm, appimage, app, dmg, nsis, msi.
    #[arg(long, value_delimiter = ',', default_value = DEFAULT_KIND)]
    bundles: Vec<String>,
    /// Bundle what was built before.
    #[arg(long)]
    no_build: bool,
}

const DEFAULT_KIND: &str = if cfg!(target_os = "macos") {
    "dmg"
} else if cfg!(windows) {
    "nsis"
} else {
    "deb"
};

/// Builds the application and the terminal program, and bundles them.
pub(crate) fn run(options: &PackageOptions) -> Result<ExitCode, XtaskError> {
    if !options.no_build {
        build()?;
    }
    bundle(&options.bundles)?;
    report::say(&format!("    the packages lie in {}", folder()?.display()));
    Ok(ExitCode::SUCCESS)
}

/// Both programs, optimised.
pub(crate) fn build() -> Result<(), XtaskError> {
    ui::build()?;
    report::phase("Building both programs, optimised", || {
        process::run(
            process::cargo()
                .current_dir(workspace::root())
                .args(["build", "--release", "--bins"])
                .args(["--package", "throughline-desktop", "--package", "throughline"]),
        )
    })
}

/// Bundles what lies in the release folder.
pub(crate) fn bundle(kinds: &[String]) -> Result<(), XtaskError> {
    let mut bundler = Command::new(if cfg!(windows) { "npx.cmd" } else { "npx" });
    bundler.args(["--yes", BUNDLER, "bundle", "--bundles", &kinds.join(",")]);
    bundler.arg("--config").arg(further_files()?);
    bundler.current_dir(workspace::root().join("src-tauri"));
    report::phase("Bundling", || process::run(&mut bundler))
}

/// Where the bundler puts what it makes.
pub(crate) fn folder() -> Result<PathBuf, XtaskError> {
    Ok(workspace::release_folder()?.join("bundle"))
}

/// The terminal program, its service and the interface that it serves to a browser go into the Linux
/// packages beside the application. The path of a build is known only now, so they are no part of
/// `tauri.conf.json`.
fn further_files() -> Result<String, XtaskError> {
    let service = workspace::root().join("packaging").join("systemd").join("throughline.service");
    let files = [
        ("/usr/bin/throughline", workspace::release_folder()?.join("throughline")),
        ("/usr/lib/systemd/user/throughline.service", service),
        ("/usr/share/throughline/ui", ui::folder().join("dist")),
    ];
    let files = files.map(|(target, source)| {
        let source = source.display().to_string().replace('\\', "/").replace('"', "\\\"");
        format!(r#""{target}":"{source}""#)
    });
    let files = format!("{{{}}}", files.join(","));
    Ok(format!(
        r#"{{"bundle":{{"linux":{{"deb":{{"files":{files}}},"rpm":{{"files":{files}}}}}}}}}"#
    ))
}
