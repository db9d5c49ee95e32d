//! The real application in a real window, driven as a person would drive it. `cargo xtask test`
//! runs it on a virtual display and says so by `THROUGHLINE_TEST_WINDOW=1`.

mod journey;

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::webdriver::{ESCAPE, Window, until};

/// Set by whoever has prepared a display. Without it a test would open windows on the desktop of
/// the person who runs it.
const PREPARED: &str = "THROUGHLINE_TEST_WINDOW";

/// Steps of an execution.
const STEPS: usize = 12;

/// Loading to placing the order. What follows may wait until the market fills the order, and the
/// sandbox clock stands still until it is told to move.
const STEPS_BEFORE_THE_MARKET_ANSWERS: usize = 8;

/// The card of a step that is recorded.
const FILLED_CARD: &str = "[data-testid=step-card]:not([data-status=waiting])";

pub(crate) fn prepared() -> bool {
    std::env::var_os(PREPARED).is_some_and(|value| value == "1")
}

pub(crate) fn open(data_dir: &Path) -> Window {
    Window::open(
        &named_by("TAURI_DRIVER"),
        &named_by("THROUGHLINE_DESKTOP_BINARY"),
        &["--data-dir", data_dir.to_str().expect("a temporary path is text")],
    )
}

/// The file that an environment variable names.
pub(crate) fn named_by(variable: &str) -> PathBuf {
    let path = PathBuf::from(std::env::var_os(variable).unwrap_or_else(|| {
        panic!("{PREPARED}=1 promises that {variable} names a program, and it is not set")
    }));
    assert!(path.is_file(), "{variable} names {}, which is no file", path.display());
    path
}

#[test]
fn a_person_runs_a_strategy_and_follows_it() {
    if !prepared() {
        eprintln!("NOT RUN: the window test needs {PREPARED}=1, as `cargo xtask test` sets it.");
        return;
    }
    let data_dir = tempfile::tempdir().unwrap();
    let window = open(data_dir.path());

    open_page(&window, "lineage");
    let cards = || window.all("[data-testid=step-card]").len();
    assert_eq!(cards(), 0, "a new data directory already has an execution");
    open_page(&window, "strategies");
    window.click(&window.wait_for("[data-testid=run-now]"));

    // A step has its card from the start; the card fills in when the step is recorded.
    let mut seen = 0;
    until("the steps up to the order", || {
        let filled = window.all(FILLED_CARD).len();
        assert!(filled >= seen, "{seen} cards were filled in, and then {filled}");
        seen = filled;
        (filled >= STEPS_BEFORE_THE_MARKET_ANSWERS).then_some(())
    });
    assert_eq!(cards(), STEPS);
    let failed = window.all("[data-testid=step-card][data-status=error]");
    assert!(failed.is_empty(), "a step failed: {}", window.text(&failed[0]));

    let details = "[data-step=generate_charts] [data-testid=step-details-open]";
    let button = window.wait_for(details);
    // To the middle of the window, where no message lies over it.
    window.evaluate(&format!(
        "document.querySelector({details:?}).scrollIntoView({{ block: 'center' }}); return true;"
    ));
    window.click(&button);
    window.wait_for("[data-testid=details-dialog]");
    until("the chart images in the dialog", || {
        window
            .evaluate(
                "const images = [...document.querySelectorAll(
                     '[data-testid=details-dialog] [data-testid=chart-image]')];
                 return images.length > 0 && images.every(
                     (image) => image.complete && image.naturalWidth > 0);",
            )
            .as_bool()?
            .then_some(())
    });
    take_picture("details");
    window.press(ESCAPE);
    until("the dialog to close", || {
        window.all("[data-testid=details-dialog]").is_empty().then_some(())
    });

    let light = show_in_theme(&window, "Light");
    take_picture("lineage-light");
    let dark = show_in_theme(&window, "Dark");
    take_picture("lineage-dark");
    assert!(light > 0.8 && dark < 0.2, "the ground is {light:.2} in light, {dark:.2} in dark");
    assert_eq!(cards(), STEPS, "changing the theme lost cards");
}

#[test]
fn a_start_that_fails_says_why_in_a_window() {
    if !prepared() {
        eprintln!("NOT RUN: the window test needs {PREPARED}=1, as `cargo xtask test` sets it.");
        return;
    }
    let file = tempfile::NamedTempFile::new().unwrap();
    let window = open(file.path());
    let message = window.text(&window.wait_for("[data-testid=failure-message]"));
    assert!(message.contains(file.path().to_str().unwrap()), "it only said: {message}");
    take_picture("failure");
}

/// In a locale that Intl does not know, such as "C", the value chart once stayed empty.
#[test]
fn c2_2_the_value_over_time_is_drawn_whatever_the_locale() {
    if !prepared() {
        eprintln!("NOT RUN: the window test needs {PREPARED}=1, as `cargo xtask test` sets it.");
        return;
    }
    let data = tempfile::tempdir().unwrap();
    let past: [&[&str]; 2] =
        [&["run", "sample"], &["sandbox", "advance", "--to", "2012-06-29T16:00:00-04:00"]];
    for arguments in past {
        let done = Command::new(env!("CARGO_BIN_EXE_throughline"))
            .arg("--data-dir")
            .arg(data.path())
            .args(arguments)
            .output()
            .unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    }
    let window = open(data.path());
    open_page(&window, "portfolio");
    until("the value chart to be drawn", || {
        let colours = window.evaluate(
            "const colours = new Set();
             for (const canvas of document.querySelectorAll('canvas')) {
                 const { width, height } = canvas;
                 if (width === 0 || height === 0) continue;
                 const { data } = canvas.getContext('2d').getImageData(0, 0, width, height);
                 for (let i = 0; i < data.length; i += 4) {
                     colours.add((data[i] << 16) | (data[i + 1] << 8) | data[i + 2]);
                 }
             }
             return colours.size;",
        );
        (colours.as_u64()? > 16).then_some(())
    });
    show_in_theme(&window, "Light");
    take_picture("portfolio-light");
    show_in_theme(&window, "Dark");
    take_picture("portfolio-dark");
}

/// Goes to a page by the side bar, and waits until the page is there.
fn open_page(window: &Window, page: &str) {
    window.click(&window.wait_for(&format!("[data-testid=nav-{page}]")));
    window.wait_for(&format!("[data-testid=nav-{page}][aria-current=page]"));
}

/// Chooses a theme in the menu of the status strip. Returns the brightness of the page's ground,
/// from 0 (black) to 1 (white).
fn show_in_theme(window: &Window, theme: &str) -> f64 {
    window.click(&window.wait_for("button[title=Theme]"));
    window.wait_for("[role=menuitemradio]");
    let choices = window.all("[role=menuitemradio]");
    let choice = choices.iter().find(|choice| window.text(choice) == theme);
    window.click(choice.unwrap_or_else(|| panic!("the menu does not offer {theme}")));
    until("the menu to close", || window.all("[role=menuitemradio]").is_empty().then_some(()));
    let brightness = window.evaluate(
        "const ground = getComputedStyle(document.body).backgroundColor;
         const [red, green, blue] = ground.match(/[\\d.]+/g).map(Number);
         return (red + green + blue) / 3 / 255;",
    );
    brightness.as_f64().expect("the ground has a colour")
}

/// Takes a picture of the whole display into `target/window-pictures`, for people to look at, and
/// refuses one that shows next to nothing. The driver's own screenshot breaks the session while
/// `WebKitGTK` draws in software, hence `ImageMagick`.
pub(crate) fn take_picture(name: &str) {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().expect("target/tmp has a parent");
    let folder = target.join("window-pictures");
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join(format!("{name}.png"));
    let taken = Command::new("import").args(["-window", "root"]).arg(&path).status();
    assert!(taken.is_ok_and(|status| status.success()), "`import` took no picture of the display");
    let counted = Command::new("identify").args(["-format", "%k"]).arg(&path).output().unwrap();
    let colours: u32 = String::from_utf8_lossy(&counted.stdout).trim().parse().unwrap();
    assert!(colours > 16, "{} shows {colours} colours: the window is blank", path.display());
}
