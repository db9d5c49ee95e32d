//! Embeds the built UI and generates the permissions of the commands of the host.

use std::error::Error;
use std::path::Path;

const BUILT_UI: &str = "../ui/dist";

fn main() -> Result<(), Box<dyn Error>> {
    // The whole folder: a changed asset has to be embedded again.
    println!("cargo::rerun-if-changed={BUILT_UI}");
    if !Path::new(BUILT_UI).join("index.html").is_file() {
        return Err(
            "the window needs the built UI, and ui/dist/index.html is missing: run `npm ci \
                    && npm run build` in ui/, or build with `cargo xtask`, which does it first"
                .into(),
        );
    }
    let commands = tauri_build::AppManifest::new().commands(&[
        "rpc",
        "subscribe",
        "restart",
        "desktop_listen",
        "window_close",
        "quit",
        "autostart_get",
        "autostart_set",
    ]);
    tauri_build::try_build(tauri_build::Attributes::new().app_manifest(commands))?;
    Ok(())
}
