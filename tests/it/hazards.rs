//! The hazards of other traders' incidents that no part by itself can show: each case carries its
//! number and runs on the whole engine.

mod look_ahead;
mod power_cut;
mod restart;
mod silent_feed;
mod unwatched_fills;

use std::path::Path;
use std::sync::Arc;

use throughline::app::{Engine, EngineOptions};
use throughline::domain::ExecutionId;
use throughline::store::ExecutionRow;

use super::runs::audit::instant;

/// A Friday's close, at which the sample strategy buys AAPL.
const BUYS: &str = "2012-06-15T16:00:00-04:00";

/// Opens a data directory, and begins it at [`BUYS`] if it is new.
async fn open(directory: &Path) -> Arc<Engine> {
    let is_new = !directory.join("throughline.db").exists();
    let options = EngineOptions {
        data_dir: directory.to_path_buf(),
        start_at: is_new.then(|| instant(BUYS)),
        ..EngineOptions::default()
    };
    Engine::open(options).await.unwrap()
}

async fn run_sample(engine: &Arc<Engine>) -> ExecutionRow {
    let begun = engine.begin_run("sample", None, None, None).await.unwrap();
    let id: ExecutionId = begun[0].id.clone();
    engine.finish_run(begun, |_| {}).await.unwrap();
    engine.store().execution(&id).await.unwrap().unwrap()
}
