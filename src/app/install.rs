//! What a data directory is given at its first opening, and what is read back at every later one.

use std::path::Path;

use jiff::Timestamp;
use rust_decimal::Decimal;

use super::EngineOptions;
use super::paths::parse_instant;
use crate::api::{ApiError, ErrorCode};
use crate::domain::StrategyId;
use crate::sandbox::Sandbox;
use crate::store::{Change, Durability, Store, StrategyVersionRow};
use crate::strategy::{StrategyDefinition, samples};

/// Seed of the simulated exchange unless another is asked for.
const DEFAULT_SEED: u64 = 1;

/// Where the sandbox clock stands at first, unless another instant is asked for: a Friday's close,
/// at which the sample strategy buys.
const DEFAULT_START: &str = "2012-06-15T16:00:00-04:00";

/// Cash that the sandbox account is opened with, in USD.
pub(super) const SANDBOX_STARTING_CASH: Decimal = Decimal::from_parts(100_000, 0, 0, false, 0);

/// What stays with a data directory.
#[derive(Debug, Clone)]
pub(super) struct Installation {
    pub(super) seed: u64,
    pub(super) id: String,
    /// Where the engine's time stood last, as far as it was written down.
    pub(super) engine_time: Timestamp,
    pub(super) is_new: bool,
}

/// Reads the installation, or makes it.
pub(super) async fn installation(
    store: &Store,
    options: &EngineOptions,
) -> Result<Installation, ApiError> {
    let stored_seed = store.setting("seed").await?;
    let Some(stored_seed) = stored_seed else { return first_opening(options) };
    let seed: u64 = stored_seed.parse().map_err(|_| damaged("seed", &stored_seed))?;
    let asks_for_other = options.seed.is_some_and(|asked| asked != seed);
    if (asks_for_other || options.start_at.is_some()) && is_unused(store).await? {
        return first_opening(options);
    }
    if let Some(asked) = options.seed.filter(|asked| *asked != seed) {
        return Err(ApiError::new(
            ErrorCode::InvalidRequest,
            format!("this data directory was opened with seed {seed}, and {asked} was asked for"),
        )
        .with_hint("leave --seed out, or name an empty directory with --data-dir"));
    }
    let id = store.setting("installation_id").await?.unwrap_or_default();
    let mut engine_time = match store.setting("engine_time").await? {
        Some(text) => parse_instant(&text)?,
        None => parse_instant(DEFAULT_START)?,
    };
    // The setting is written at rest; after a crash the records themselves are later than it.
    for execution in store.executions(None, 1).await? {
        engine_time = engine_time.max(execution.as_of);
    }
    for order in store.orders().await? {
        engine_time = engine_time.max(order.updated_at);
    }
    Ok(Installation { seed, id, engine_time, is_new: false })
}

/// Whether nothing was recorded since the first opening, so that its seed and its start bind
/// nothing yet: a first command that was refused leaves both open.
async fn is_unused(store: &Store) -> Result<bool, ApiError> {
    for strategy in store.strategies().await? {
        if !store.schedule_claims(&strategy.version.strategy_id, 1).await?.is_empty() {
            return Ok(false);
        }
    }
    let has_values = !store.snapshots(None, None).await?.is_empty();
    Ok(!has_values && store.counts().await?.executions == 0)
}

fn first_opening(options: &EngineOptions) -> Result<Installation, ApiError> {
    let seed = options.seed.unwrap_or(DEFAULT_SEED);
    let engine_time = match options.start_at {
        Some(at) => at,
        None => parse_instant(DEFAULT_START)?,
    };
    // The sandbox's ids come from its seed, so that the same seed gives the same document.
    let id = blake3::hash(format!("throughline sandbox {seed}").as_bytes()).to_hex();
    Ok(Installation { seed, id: id.as_str()[..16].to_owned(), engine_time, is_new: true })
}

/// Writes a new installation down, with the sample strategies.
pub(super) async fn write_first(
    store: &Store,
    installation: &Installation,
    wall_now: Timestamp,
) -> Result<(), ApiError> {
    let setting = |key: &str, value: String| Change::Setting { key: key.to_owned(), value };
    let mut changes = vec![
        setting("seed", installation.seed.to_string()),
        setting("installation_id", installation.id.clone()),
        setting("environment", "sandbox".to_owned()),
        setting("engine_time", installation.engine_time.to_string()),
        setting("started_at", installation.engine_time.to_string()),
        setting("starting_cash", SANDBOX_STARTING_CASH.to_string()),
    ];
    if store.strategies().await?.is_empty() {
        for sample in samples::all() {
            let definition: StrategyDefinition = sample.toml.parse()?;
            let strategy_id = StrategyId::new(sample.id)
                .map_err(|error| ApiError::new(ErrorCode::Internal, error.to_string()))?;
            changes.push(Change::StrategyVersion(StrategyVersionRow {
                strategy_id: strategy_id.clone(),
                name: definition.name,
                version: 1,
                hash: blake3::hash(sample.toml.as_bytes()).to_hex().to_string(),
                toml: sample.toml,
                created_at: wall_now,
            }));
            changes.push(Change::StrategyActive { strategy_id, active: true });
        }
    }
    store.commit(changes, Durability::Full).await?;
    Ok(())
}

fn damaged(key: &str, value: &str) -> ApiError {
    ApiError::new(
        ErrorCode::Storage,
        format!("the setting {key} is \"{value}\", which is not usable"),
    )
}

/// Where the simulated exchange keeps its side of the account.
pub(super) fn journal_path(data_dir: &Path) -> std::path::PathBuf {
    Sandbox::journal_in(data_dir)
}
