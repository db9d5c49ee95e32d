//! The real application without its window: in a tray, and where there is none. Run as the tests of
//! [`crate::window`] are.

use std::collections::HashMap;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};

use throughline::clock::{Clock as _, SystemClock};
use zbus::blocking::{Connection, Proxy};
use zbus::zvariant::{OwnedValue, Value};

use crate::fake_tray;
use crate::webdriver::until;
use crate::window::{named_by, open, prepared, take_picture};

/// A desktop with a tray. The tray goes with it.
struct Desktop {
    bus: Connection,
    items: Arc<Mutex<Vec<String>>>,
}

impl Desktop {
    fn with_tray() -> Self {
        let items = Arc::<Mutex<Vec<String>>>::default();
        let bus = fake_tray::show(Arc::clone(&items)).expect("the tests run on a bus of their own");
        Self { bus, items }
    }

    /// The service of the item that was registered last.
    fn item(&self) -> String {
        until("the application in the tray", || self.items.lock().unwrap().last().cloned())
    }

    fn proxy(&self, path: &'static str, interface: &'static str) -> Proxy<'_> {
        Proxy::new(&self.bus, self.item(), path, interface).expect("a proxy of the item")
    }

    fn activate(&self) {
        let item = self.proxy("/StatusNotifierItem", "org.kde.StatusNotifierItem");
        item.call_method("Activate", &(0_i32, 0_i32)).expect("the item takes a click");
    }

    fn status(&self) -> String {
        let item = self.proxy("/StatusNotifierItem", "org.kde.StatusNotifierItem");
        item.get_property("Status").expect("the item has a status")
    }

    /// The labels of the menu with their ids, submenus included.
    fn menu(&self) -> Vec<(i32, String)> {
        let menu = self.proxy("/MenuBar", "com.canonical.dbusmenu");
        let properties: Vec<String> = Vec::new();
        let (_, root): (u32, Line) =
            menu.call("GetLayout", &(0_i32, -1_i32, properties)).expect("the item has a menu");
        let mut labels = Vec::new();
        collect(root, &mut labels);
        labels
    }

    fn choose(&self, label: &str) {
        let menu = self.menu();
        let (id, _) = menu
            .iter()
            .find(|(_, shown)| shown == label)
            .unwrap_or_else(|| panic!("the menu has no \"{label}\": {menu:?}"));
        let click = (*id, "clicked", Value::from(0_i32), 0_u32);
        let proxy = self.proxy("/MenuBar", "com.canonical.dbusmenu");
        proxy.call_method("Event", &click).expect("the menu takes a click");
    }
}

/// An item of a menu: its id, its properties, the items below it.
type Line = (i32, HashMap<String, OwnedValue>, Vec<OwnedValue>);

fn collect((id, properties, below): Line, labels: &mut Vec<(i32, String)>) {
    if let Some(label) = properties.get("label").and_then(|label| <&str>::try_from(label).ok()) {
        labels.push((id, label.to_owned()));
    }
    for line in below {
        collect(Value::from(line).try_into().expect("an item has three parts"), labels);
    }
}

/// The application, ended with the test.
struct Application(Child);

impl Application {
    fn start(data_dir: &Path, further: &[&str]) -> Self {
        let child = Command::new(named_by("THROUGHLINE_DESKTOP_BINARY"))
            .arg("--data-dir")
            .arg(data_dir)
            .args(further)
            .stdin(Stdio::null())
            .spawn()
            .expect("the application starts");
        Self(child)
    }

    fn is_running(&mut self) -> bool {
        self.0.try_wait().expect("its state can be asked").is_none()
    }
}

impl Drop for Application {
    fn drop(&mut self) {
        // One that has ended by itself cannot be killed, which is no error here.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The windows of the application that can be seen.
fn windows() -> Vec<String> {
    let found = Command::new("xdotool")
        .args(["search", "--onlyvisible", "--name", "^Throughline$"])
        .stderr(Stdio::null())
        .output()
        .expect("xdotool runs");
    String::from_utf8_lossy(&found.stdout).lines().map(str::to_owned).collect()
}

fn wait_for_window() -> String {
    until("the window to be seen", || windows().into_iter().next())
}

fn wait_for_no_window() {
    until("the window to be gone", || windows().is_empty().then_some(()));
}

/// Asks the window to close, by the key of the window manager for it, as its cross does.
fn close(window: &str) {
    let asked = Command::new("xdotool")
        .args(["windowactivate", "--sync", window, "key", "--clearmodifiers", "alt+F4"])
        .status();
    assert!(asked.is_ok_and(|status| status.success()), "the window could not be asked to close");
}

#[test]
fn b3_closing_the_window_leaves_the_engine_running_and_a_second_start_reopens_it() {
    if !prepared() {
        eprintln!("NOT RUN: the window test needs a display, as `cargo xtask test` makes one.");
        return;
    }
    let desktop = Desktop::with_tray();
    let data = tempfile::tempdir().unwrap();
    let mut application = Application::start(data.path(), &[]);
    let first = wait_for_window();
    desktop.item();
    until("the menu of the running engine", || {
        desktop.menu().iter().any(|(_, label)| label == "Quit…").then_some(())
    });
    close(&first);
    wait_for_no_window();
    assert!(application.is_running(), "the program ended with its window");
    let labels: Vec<String> = desktop.menu().into_iter().map(|(_, label)| label).collect();
    assert!(labels.iter().any(|label| label == "Open Throughline"), "{labels:?}");

    let mut second = Application::start(data.path(), &[]);
    wait_for_window();
    until("the second start to end", || (!second.is_running()).then_some(()));
    assert!(application.is_running());

    close(&wait_for_window());
    wait_for_no_window();
    let begin = SystemClock.monotonic_micros();
    desktop.activate();
    wait_for_window();
    let took = SystemClock.monotonic_micros().saturating_sub(begin) / 1000;
    eprintln!("the window was there {took} ms after the click on the tray");

    // Halting needs no window.
    close(&wait_for_window());
    wait_for_no_window();
    assert_ne!(desktop.status(), "NeedsAttention");
    desktop.choose("Halt now: no more entries");
    until("the kill switch", || data.path().join("HALT").exists().then_some(()));
    until("the tray to say so", || (desktop.status() == "NeedsAttention").then_some(()));

    // Quitting is asked in the window, which comes back for it.
    desktop.choose("Quit…");
    wait_for_window();
    assert!(application.is_running(), "it quit without asking");
}

/// H26: a web view that fails while nobody sees it must not take the engine with it. There is none
/// while the window is closed, and the engine works on: it runs strategies, and follows their orders
/// for as many days of the sandbox as they take.
#[test]
fn h26_the_engine_works_on_without_a_web_view_and_the_window_comes_back() {
    if !prepared() {
        eprintln!("NOT RUN: the window test needs a display, as `cargo xtask test` makes one.");
        return;
    }
    let desktop = Desktop::with_tray();
    let data = tempfile::tempdir().unwrap();
    let mut application = Application::start(data.path(), &[]);
    let window = wait_for_window();
    desktop.item();
    close(&window);
    wait_for_no_window();

    let strategies = ["sample", "sample-goog", "sample-msft"];
    for strategy in strategies {
        terminal(data.path(), &format!("run {strategy}"));
        assert!(application.is_running(), "it ended with {strategy}");
    }
    let listed = terminal(data.path(), "lineage list --json");
    let listed: serde_json::Value = serde_json::from_str(&listed).unwrap();
    for strategy in strategies {
        let ran = |run: &serde_json::Value| run["strategy_id"] == strategy;
        assert!(listed.as_array().unwrap().iter().any(ran), "{strategy} is not in {listed}");
    }

    desktop.activate();
    wait_for_window();
}

/// Runs the program for the terminal on a data directory, and gives what it printed.
fn terminal(data_dir: &Path, words: &str) -> String {
    let done = Command::new(env!("CARGO_BIN_EXE_throughline"))
        .arg("--data-dir")
        .arg(data_dir)
        .args(words.split_whitespace())
        .output()
        .expect("the program for the terminal starts");
    assert!(done.status.success(), "{words}: {}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8(done.stdout).expect("it prints text")
}

#[test]
fn b3_a_hidden_start_shows_no_window_until_it_is_asked_for() {
    if !prepared() {
        eprintln!("NOT RUN: the window test needs a display, as `cargo xtask test` makes one.");
        return;
    }
    let desktop = Desktop::with_tray();
    let data = tempfile::tempdir().unwrap();
    let mut application = Application::start(data.path(), &["--hidden"]);
    until("the menu of the running engine", || {
        desktop.menu().iter().any(|(_, label)| label == "Quit…").then_some(())
    });
    assert!(windows().is_empty(), "a window was opened");
    assert!(application.is_running());
    desktop.activate();
    wait_for_window();
}

#[test]
fn b3_without_a_tray_closing_asks_and_quitting_says_what_stays() {
    if !prepared() {
        eprintln!("NOT RUN: the window test needs a display, as `cargo xtask test` makes one.");
        return;
    }
    let data = tempfile::tempdir().unwrap();
    let window = open(data.path());
    window.wait_for("[data-testid=environment]");
    close(&wait_for_window());
    let dialog = window.wait_for("[data-testid=quit-dialog]");
    let text = until("what stays open", || {
        Some(window.text(&dialog)).filter(|text| text.contains("Schedules that do not run"))
    });
    assert!(text.contains("This desktop has no tray"), "it only said: {text}");
    take_picture("quit");
    let buttons = window.all("[data-testid=quit-dialog] button");
    window.click(&buttons[0]);
    until("the dialog to close", || {
        window.all("[data-testid=quit-dialog]").is_empty().then_some(())
    });
    close(&wait_for_window());
    window.wait_for("[data-testid=quit-dialog]");
    let buttons = window.all("[data-testid=quit-dialog] button");
    window.click_to_end(buttons.last().expect("the dialog has buttons"));
    wait_for_no_window();
}
