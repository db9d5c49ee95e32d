//! A desktop's tray for `cargo xtask measure`, whose display has none: it stands on the session bus
//! until it is ended, and shows nothing.

#[cfg(target_os = "linux")]
#[path = "../tests/it/fake_tray.rs"]
mod fake_tray;

#[cfg(target_os = "linux")]
fn main() -> zbus::Result<()> {
    let _bus = fake_tray::show(std::sync::Arc::default())?;
    loop {
        std::thread::park();
    }
}

#[cfg(not(target_os = "linux"))]
fn main() {}
