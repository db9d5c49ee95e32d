//! Displays: whether there is one, and one of our own for the tests.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

use crate::error::XtaskError;
use crate::process;

/// Whether a window can be opened. Only Linux can be without a display.
pub(crate) fn is_available() -> bool {
    !cfg!(target_os = "linux")
        || ["DISPLAY", "WAYLAND_DISPLAY"]
            .iter()
            .any(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty()))
}

/// A virtual display with a window manager, and folders of its own for everything that a desktop
/// session keeps, so that a test meets neither the person's windows nor their keyrings.
#[derive(Debug)]
pub(crate) struct DesktopSession {
    display: String,
    folders: TempDir,
    children: Vec<Child>,
}

impl DesktopSession {
    /// Opens the display. Without a window manager the window stays black, hence openbox.
    pub(crate) fn open() -> Result<Self, XtaskError> {
        let folders = private_folder()?;
        // With -displayfd Xvfb picks a free number and writes it once it accepts connections.
        // With -fbdir the screen can be read from a file, in the format of `xwd`.
        let mut xvfb = spawn(
            Command::new("Xvfb")
                .arg("-fbdir")
                .arg(folders.path())
                .args(["-displayfd", "1", "-screen", "0", "1280x900x24", "-nolisten", "tcp"])
                .stdout(Stdio::piped())
                .stderr(Stdio::null()),
        )?;
        let mut number = String::new();
        if let Some(stdout) = xvfb.stdout.as_mut() {
            // A read error leaves the number empty, which is handled below.
            let _ = BufReader::new(stdout).read_line(&mut number);
        }
        let mut session =
            Self { display: format!(":{}", number.trim()), folders, children: vec![xvfb] };
        if number.trim().is_empty() {
            return Err(XtaskError::NoVirtualDisplay);
        }
        let openbox = spawn(
            session.enter(&mut Command::new("openbox")).stdout(Stdio::null()).stderr(Stdio::null()),
        )?;
        session.children.push(openbox);
        Ok(session)
    }

    /// Wraps a command so that it runs on this display, on a message bus of its own, and with a
    /// real, unlocked Secret Service (GNOME Keyring) on that bus.
    pub(crate) fn command(&self, program: &Command) -> Command {
        const UNLOCK_AND_RUN: &str = "printf test-password \
            | gnome-keyring-daemon --unlock --components=secrets >/dev/null && exec \"$@\"";
        let mut command = Command::new("dbus-run-session");
        command.args(["--", "sh", "-c", UNLOCK_AND_RUN, "sh"]);
        command.arg(program.get_program()).args(program.get_args());
        if let Some(folder) = program.get_current_dir() {
            command.current_dir(folder);
        }
        for (name, value) in program.get_envs() {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        self.enter(&mut command);
        command
    }

    /// The name of the display.
    pub(crate) fn display(&self) -> &str {
        &self.display
    }

    /// The file that holds what the screen shows.
    pub(crate) fn screen_file(&self) -> PathBuf {
        self.folders.path().join("Xvfb_screen0")
    }

    fn enter<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        let folder = |name: &str| self.folders.path().join(name);
        command
            .env("DISPLAY", &self.display)
            .env_remove("WAYLAND_DISPLAY")
            .env_remove("DBUS_SESSION_BUS_ADDRESS")
            .env("GDK_BACKEND", "x11")
            // Xvfb has no graphics card: WebKitGTK has to draw in software.
            .env("WEBKIT_DISABLE_DMABUF_RENDERER", "1")
            .env("WEBKIT_DISABLE_COMPOSITING_MODE", "1")
            .env("LIBGL_ALWAYS_SOFTWARE", "1")
            .env("NO_AT_BRIDGE", "1")
            .env("XDG_DATA_HOME", folder("data"))
            .env("XDG_CONFIG_HOME", folder("config"))
            .env("XDG_CACHE_HOME", folder("cache"))
            .env("XDG_RUNTIME_DIR", folder("runtime"))
    }
}

impl Drop for DesktopSession {
    fn drop(&mut self) {
        // The window manager goes before its display. A child that has ended by itself cannot be
        // killed, which is no error here.
        for child in self.children.iter_mut().rev() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

fn private_folder() -> Result<TempDir, XtaskError> {
    let file_error = |path: &Path| {
        let path = path.to_owned();
        move |source| XtaskError::File { path, action: "written", source }
    };
    let temporary = std::env::temp_dir();
    // The builder makes the folder for this user alone, which XDG_RUNTIME_DIR has to be.
    let folders = tempfile::Builder::new()
        .prefix("throughline-session-")
        .tempdir()
        .map_err(file_error(&temporary))?;
    for name in ["data", "config", "cache", "runtime"] {
        let folder = folders.path().join(name);
        make_private(&folder).map_err(file_error(&folder))?;
    }
    Ok(folders)
}

#[cfg(unix)]
fn make_private(folder: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    std::fs::DirBuilder::new().mode(0o700).create(folder)
}

#[cfg(not(unix))]
fn make_private(folder: &Path) -> std::io::Result<()> {
    std::fs::create_dir(folder)
}

fn spawn(command: &mut Command) -> Result<Child, XtaskError> {
    command
        .stdin(Stdio::null())
        .spawn()
        .map_err(|source| XtaskError::NotStarted { program: process::shown(command), source })
}
