//! Whether the real window stays responsive while 200 strategies that are due in the same second run:
//! the page counts how long its thread was held, and the lineage says how late each run began.
//!
//! It needs a display and a driver of the window, which `cargo xtask measure` prepares.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a benchmark measures real time, prints it, and stops where something fails"
)]

#[cfg(target_os = "linux")]
#[expect(dead_code, reason = "the tests press keys as well")]
#[path = "../tests/it/webdriver.rs"]
mod webdriver;

#[cfg(target_os = "linux")]
mod crowd;

#[cfg(target_os = "linux")]
mod measured {
    use std::path::{Path, PathBuf};
    use std::time::Duration;

    use throughline::app::{Engine, EngineOptions, Reader, parse_instant};
    use tokio::runtime::Runtime;

    use crate::crowd::{STRATEGIES, add_strategies, ended, spans, tell};
    use crate::webdriver::Window;

    /// Every four milliseconds, the shortest that a page may ask for, the page looks at its clock. What
    /// lies between two looks is how long its thread was held, and how long a click would have waited.
    const WATCH: &str = "
        window.__held = []; let last = performance.now();
        setInterval(() => {
            const now = performance.now(); window.__held.push(now - last); last = now;
        }, 4);
        return true;";

    const HELD: &str = "
        const held = window.__held.slice().sort((a, b) => a - b); window.__held = [];
        const at = (share) => held[Math.min(held.length - 1, Math.floor(held.length * share))];
        return `${held.length} looks, median ${at(0.5).toFixed(1)} ms, 99 of 100 within ` +
            `${at(0.99).toFixed(1)} ms, longest ${at(1).toFixed(1)} ms, ` +
            `${held.filter((it) => it > 50).length} over 50 ms`;";

    const RUN_THE_CLOCK: &str = "
        window.__TAURI_INTERNALS__.invoke(
            'rpc', { command: 'sandbox_clock_set', request: { mode: 'running' } });
        return true;";

    pub(super) fn main() {
        let (Some(driver), Some(binary)) =
            (std::env::var_os("TAURI_DRIVER"), std::env::var_os("THROUGHLINE_DESKTOP_BINARY"))
        else {
            println!("NOT RUN: `cargo xtask measure` prepares the display that this needs");
            return;
        };
        let runtime = Runtime::new().unwrap();
        let directory = tempfile::tempdir().unwrap();
        runtime.block_on(prepare(directory.path()));
        let data_dir = directory.path().to_str().expect("a temporary path is text");
        let window =
            Window::open(&PathBuf::from(driver), &PathBuf::from(binary), &["--data-dir", data_dir]);
        window.wait_for("[data-testid=nav-dashboard][aria-current=page]");
        window.evaluate(WATCH);
        std::thread::sleep(Duration::from_secs(10));
        println!("the page at rest: {}", window.evaluate(HELD).as_str().unwrap());
        window.evaluate(RUN_THE_CLOCK);
        let spans = runtime.block_on(async {
            let reader = Reader::open(directory.path()).await.unwrap();
            while ended(&reader.store).await < STRATEGIES as u64 {
                tokio::time::sleep(Duration::from_millis(500)).await;
            }
            spans(&reader.store).await
        });
        println!("{STRATEGIES} strategies due in one second, with the window open:");
        tell(&spans);
        println!("the page meanwhile: {}", window.evaluate(HELD).as_str().unwrap());
    }

    async fn prepare(directory: &Path) {
        let from = parse_instant("2012-06-15T15:59:58-04:00").unwrap();
        let options = EngineOptions {
            data_dir: directory.to_path_buf(),
            start_at: Some(from),
            ..EngineOptions::default()
        };
        Engine::open(options).await.unwrap().close().await.unwrap();
        add_strategies(directory, from).await;
    }
}

fn main() {
    #[cfg(target_os = "linux")]
    measured::main();
}
