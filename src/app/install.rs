//! What a data directory is given at its first opening, and what is read back at every later one.

use std::path::Path;

use jiff::Timestamp;
use rust_decimal::Decimal;

use super::opening;
use super::options::{EngineOptions, GatewayChoice};
use super::paths::parse_instant;
use crate::api::{ApiError, ErrorCode};
use crate::clock::{Clock, SystemClock};
use crate::domain::{Environment, StrategyId};
use crate::executor::Opening;
use crate::sandbox::Sandbox;
use crate::store::{Change, Durability, Store, StrategyVersionRow};
use crate::strategy::{StrategyDefinition, samples};

/// Seed of the simulated exchange unless another is asked for.
pub(super) const DEFAULT_SEED: u64 = 1;

/// Where the sandbox clock stands at first, unless another instant is asked for: a Friday's close,
/// at which the sample strategy buys.
const DEFAULT_START: &str = "2012-06-15T16:00:00-04:00";

/// Cash that the sandbox account is opened with, in USD.
pub(super) const SANDBOX_STARTING_CASH: Decimal = Decimal::from_parts(100_000, 0, 0, false, 0);

/// What stays with a data directory.
#[derive(Debug, Clone)]
pub(super) struct Installation {
    /// Of the simulated exchange; nothing where it is real.
    pub(super) seed: Option<u64>,
    pub(super) id: String,
    /// Where the engine's time stood last, as far as it was written down.
    pub(super) engine_time: Timestamp,
    pub(super) is_new: bool,
}

/// A data directory belongs to one environment for ever, and a sandbox's to the sandbox that it
/// began on.
pub(super) async fn check_environment(
    store: &Store,
    gateway: &GatewayChoice,
) -> Result<(), ApiError> {
    let Some(stored) = store.setting("environment").await? else { return Ok(()) };
    let asked = gateway.environment().to_string();
    if stored != asked {
        return Err(ApiError::new(
            ErrorCode::InvalidRequest,
            format!(
                "this data directory belongs to the {stored} environment, and {asked} was asked for"
            ),
        )
        .with_hint("environments never mix: name another directory with --data-dir"));
    }
    let kind = sandbox_kind(gateway);
    let before = store.setting("sandbox").await?.unwrap_or_else(|| IN_PROCESS.to_owned());
    if let Some(kind) = kind
        && before != kind
        && !is_unused(store).await?
    {
        return Err(ApiError::new(
            ErrorCode::InvalidRequest,
            format!(
                "this data directory trades on a sandbox {before}, and one {kind} was asked for"
            ),
        )
        .with_hint("each sandbox has orders of its own: name another directory with --data-dir"));
    }
    Ok(())
}

const IN_PROCESS: &str = "in the program itself";
const SERVED: &str = "that is served elsewhere";

/// Which kind of sandbox it is, in words that fit into a sentence.
fn sandbox_kind(gateway: &GatewayChoice) -> Option<&'static str> {
    match gateway {
        GatewayChoice::SandboxInProcess => Some(IN_PROCESS),
        GatewayChoice::SandboxServed { .. } => Some(SERVED),
        GatewayChoice::Ibkr { .. } => None,
    }
}

/// Reads the installation of a paper or live account, or makes it.
pub(super) async fn real_installation(
    store: &Store,
    options: &EngineOptions,
) -> Result<Installation, ApiError> {
    let now = SystemClock.now();
    if let Some(id) = store.setting("installation_id").await? {
        return Ok(Installation { seed: None, id, engine_time: now, is_new: false });
    }
    // Two installations on one account never make the same order id: neither directory and instant
    // agree.
    let text = format!("throughline {} {now}", options.data_dir.display());
    let id = blake3::hash(text.as_bytes()).to_hex();
    let id = id.as_str()[..16].to_owned();
    Ok(Installation { seed: None, id, engine_time: now, is_new: true })
}

/// Reads the installation on a sandbox, or makes it. A served sandbox has its seed already.
pub(super) async fn installation(
    store: &Store,
    options: &EngineOptions,
    served_seed: Option<u64>,
) -> Result<Installation, ApiError> {
    if let (Some(asked), Some(served)) = (options.seed, served_seed)
        && asked != served
    {
        return Err(ApiError::new(
            ErrorCode::InvalidRequest,
            format!("the served sandbox has seed {served}, and {asked} was asked for"),
        )
        .with_hint("leave --seed out, or serve a sandbox with that seed"));
    }
    let asked_seed = options.seed.or(served_seed);
    let stored_seed = store.setting("seed").await?;
    let Some(stored_seed) = stored_seed else { return first_opening(options, asked_seed) };
    let seed: u64 = stored_seed.parse().map_err(|_| damaged("seed", &stored_seed))?;
    let asks_for_other = asked_seed.is_some_and(|asked| asked != seed);
    if (asks_for_other || options.start_at.is_some()) && is_unused(store).await? {
        return first_opening(options, asked_seed);
    }
    if let Some(asked) = asked_seed.filter(|asked| *asked != seed) {
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
    Ok(Installation { seed: Some(seed), id, engine_time, is_new: false })
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

fn first_opening(
    options: &EngineOptions,
    asked_seed: Option<u64>,
) -> Result<Installation, ApiError> {
    let seed = asked_seed.unwrap_or(DEFAULT_SEED);
    let engine_time = match options.start_at {
        Some(at) => at,
        None => parse_instant(DEFAULT_START)?,
    };
    // The sandbox's ids come from its seed, so that the same seed gives the same document.
    let id = blake3::hash(format!("throughline sandbox {seed}").as_bytes()).to_hex();
    let id = id.as_str()[..16].to_owned();
    Ok(Installation { seed: Some(seed), id, engine_time, is_new: true })
}

/// Writes a new installation down, with the sample strategies. Their schedules are on in the sandbox
/// alone: with an account, trading begins when a person says so.
pub(super) async fn write_first(
    store: &Store,
    installation: &Installation,
    gateway: &GatewayChoice,
    account: Option<&Opening>,
    clock: &dyn Clock,
) -> Result<(), ApiError> {
    let environment = gateway.environment();
    let mut changes = vec![
        Change::setting("installation_id", installation.id.clone()),
        Change::setting("environment", environment.to_string()),
        Change::setting("engine_time", installation.engine_time.to_string()),
        Change::setting("started_at", installation.engine_time.to_string()),
    ];
    changes.extend(installation.seed.map(|seed| Change::setting("seed", seed.to_string())));
    changes.extend(sandbox_kind(gateway).map(|kind| Change::setting("sandbox", kind.to_owned())));
    changes.extend(account.into_iter().flat_map(opening::changes));
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
                created_at: clock.wall_now(),
            }));
            let active = environment == Environment::Sandbox;
            changes.push(Change::StrategyActive { strategy_id, active });
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
