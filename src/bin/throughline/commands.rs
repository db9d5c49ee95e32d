use std::path::Path;
use std::process::ExitCode;

use serde_json::{Value, json};
use throughline::api::commands::{StrategyRunRequest, StrategyRunResponse};
use throughline::api::dto::{ExecutionStatus, LineageDto};
use throughline::api::{ApiError, ErrorCode, views};
use throughline::app::{Engine, EngineOptions, Reader, parse_instant};
use throughline::clock::{Clock as _, SystemClock};
use throughline::sandbox::data;

use crate::act::Actor;
use crate::arguments::{
    Arguments, Command, GatewayCommand, ImportCommand, SandboxCommand, StrategyCommand,
};
use crate::output::{self, BOLD, ClockBar, GOOD, MUTED, styled};
use crate::place::Place;
use crate::{
    account, backup, cards, connection, doctor, evidence, lineage, model, pnl, prompt, replay,
    risk, safety, sandbox, schedule, serve, signals, strategy as strategy_file, token,
};

/// How often a run of another process is looked at.
const BETWEEN_LOOKS: jiff::SignedDuration = jiff::SignedDuration::from_millis(200);

/// Ten minutes of looks, after which it is shown as far as it has come.
const MOST_LOOKS: u32 = 3_000;

/// Does what was asked for. An error here is bad input or a thing that could not be begun.
pub(crate) async fn execute(arguments: Arguments) -> Result<ExitCode, ApiError> {
    let place = Place::of(&arguments)?;
    let data_dir = place.data_dir.clone();
    let seed = arguments.seed;
    match arguments.command {
        Command::Run { strategy, at, model, json } => {
            run(&place, &strategy, model.as_deref(), at.as_deref(), json.json).await
        }
        Command::Sandbox { command: SandboxCommand::Advance { to, json } } => {
            advance(&place, &to, json.json).await
        }
        Command::Sandbox { command: SandboxCommand::Serve(arguments) } => {
            sandbox::serve(&data_dir, seed, arguments).await
        }
        Command::Sandbox { command: SandboxCommand::Fault(arguments) } => {
            sandbox::fault(&data_dir, arguments).await
        }
        Command::Strategy { command } => strategy(&place, command).await,
        Command::Schedule { command } => schedule::schedule(&data_dir, command).await,
        Command::Prompt { command } => prompt::prompt(&place, command).await,
        Command::Lineage { command } => lineage::lineage(&data_dir, command).await,
        Command::Evidence { command } => evidence::evidence(&data_dir, command).await,
        Command::Replay(arguments) => replay::replay(&data_dir, arguments).await,
        Command::Orders { json } => account::orders(&data_dir, json.json).await,
        Command::Positions { json } => account::positions(&data_dir, json.json).await,
        Command::Portfolio { json } => account::portfolio(&data_dir, json.json).await,
        Command::Pnl(arguments) => pnl::pnl(&data_dir, arguments).await,
        Command::Risk { json } => risk::risk(&data_dir, json.json).await,
        Command::Signals(arguments) => signals::signals(&data_dir, arguments).await,
        Command::Performance(arguments) => signals::performance(&data_dir, arguments).await,
        Command::Truth { strategy, json } => signals::truth(&data_dir, &strategy, json.json).await,
        Command::Import { command: ImportCommand::Prices { file, symbol, replace } } => {
            import(&data_dir, &file, &symbol, replace)
        }
        Command::Halt { reason, flatten: false, json, .. } => {
            safety::halt(&data_dir, &reason, json.json)
        }
        Command::Halt { flatten: true, account, json, .. } => {
            safety::flatten(&place, account.as_deref().unwrap_or_default(), json.json).await
        }
        Command::Pause { strategy } => {
            schedule::set_active(&place, strategy.as_deref(), false).await
        }
        Command::Resume { strategy: None, all: false } => safety::resume(&data_dir),
        Command::Resume { strategy, .. } => {
            schedule::set_active(&place, strategy.as_deref(), true).await
        }
        Command::Approvals { json } => safety::approvals(&data_dir, json.json).await,
        Command::Approve { execution, json } => {
            safety::decide(&place, &execution, true, json.json).await
        }
        Command::Decline { execution, json } => {
            safety::decide(&place, &execution, false, json.json).await
        }
        Command::Connection { json } => connection::connection(&place, json.json).await,
        Command::Gateway { command: GatewayCommand::Trust { fingerprint } } => {
            connection::trust(&place, &fingerprint).await
        }
        Command::Reconcile { json } => connection::reconcile(&place, json.json).await,
        Command::Model { command } => model::model(&place, command).await,
        Command::Backup(arguments) => backup::backup(&data_dir, arguments).await,
        Command::Restore(arguments) => backup::restore(&place, arguments).await,
        Command::Serve(arguments) => serve::serve(&place, arguments).await,
        Command::Token { command } => token::token(&data_dir, command).await,
        Command::Doctor { json } => doctor::doctor(&data_dir, json.json).await,
    }
}

async fn run(
    place: &Place,
    strategy: &str,
    model: Option<&str>,
    at: Option<&str>,
    as_json: bool,
) -> Result<ExitCode, ApiError> {
    let at = at.map(parse_instant).transpose()?;
    let engine = match Engine::open(EngineOptions { start_at: at, ..place.options() }).await {
        Err(error) if error.code == ErrorCode::InUse && at.is_none() => {
            return run_elsewhere(Actor::Elsewhere(error), place, strategy, model, as_json).await;
        }
        opened => opened?,
    };
    let bar = ClockBar::new();
    let result = run_on(&engine, strategy, model, at, &bar).await;
    bar.finish();
    let documents = match result {
        Ok(documents) => documents,
        Err(error) => {
            engine.close().await?;
            return Err(error);
        }
    };
    let failed = show_run(place, &documents, as_json)?;
    engine.close().await?;
    Ok(ExitCode::from(u8::from(failed)))
}

/// Shows the cards of a run, and says whether an execution failed.
fn show_run(place: &Place, documents: &[LineageDto], as_json: bool) -> Result<bool, ApiError> {
    let failed =
        documents.iter().any(|document| document.execution.status == ExecutionStatus::Failed);
    if as_json {
        let documents: Vec<Value> = documents.iter().map(without_hashes).collect();
        match documents.as_slice() {
            [only] => output::json(only)?,
            several => output::json(&several)?,
        }
    } else {
        for document in documents {
            cards::print(document);
        }
        output::line(styled(
            MUTED,
            format!(
                "Data: {} · seen again with: throughline lineage list",
                place.data_dir.display()
            ),
        ));
    }
    Ok(failed)
}

/// A run by the engine that has the data directory open. It is watched until its orders are sent.
async fn run_elsewhere(
    elsewhere: Actor,
    place: &Place,
    strategy: &str,
    model: Option<&str>,
    as_json: bool,
) -> Result<ExitCode, ApiError> {
    let request = StrategyRunRequest {
        strategy_id: strategy.to_owned(),
        symbol: None,
        model: model.map(str::to_owned),
    };
    let begun: StrategyRunResponse = elsewhere.give(place, "strategy_run", request).await?;
    let reader = Reader::open(&place.data_dir).await?;
    let mut documents = Vec::new();
    for id in begun.execution_ids {
        let mut document = views::lineage(&reader.store, &id).await?;
        for _ in 0..MOST_LOOKS {
            if document.execution.status != ExecutionStatus::Running {
                break;
            }
            SystemClock.sleep(BETWEEN_LOOKS).await;
            document = views::lineage(&reader.store, &id).await?;
        }
        documents.push(document);
    }
    reader.store.close().await;
    let failed = show_run(place, &documents, as_json)?;
    Ok(ExitCode::from(u8::from(failed)))
}

async fn run_on(
    engine: &Engine,
    strategy: &str,
    model: Option<&str>,
    at: Option<jiff::Timestamp>,
    bar: &ClockBar,
) -> Result<Vec<throughline::api::dto::LineageDto>, ApiError> {
    // An unknown strategy is refused before any time passes.
    engine.strategy(strategy).await?;
    engine.require_session().await?;
    if let Some(at) = at
        && (at < engine.opened_at() || at > engine.now())
    {
        engine.advance_to(at, |progress| bar.show(progress)).await?;
    }
    let begun = engine.begin_run(strategy, None, model, at).await?;
    let ids: Vec<String> = begun.iter().map(|execution| execution.id.to_string()).collect();
    engine.finish_run(begun, |progress| bar.show(progress)).await?;
    let mut documents = Vec::new();
    for id in ids {
        documents.push(views::lineage(engine.store(), &id).await?);
    }
    Ok(documents)
}

/// The document of a run. Hashes and places in the chain hang on the time of recording, so they are
/// left to `lineage show`.
fn without_hashes(document: &throughline::api::dto::LineageDto) -> Value {
    let mut value = json!(document);
    if let Some(steps) = value.get_mut("steps").and_then(Value::as_array_mut) {
        for step in steps.iter_mut().filter_map(Value::as_object_mut) {
            for key in ["sequence", "previous_hash", "hash"] {
                step.remove(key);
            }
        }
    }
    value
}

async fn advance(place: &Place, to: &str, as_json: bool) -> Result<ExitCode, ApiError> {
    let to = parse_instant(to)?;
    let engine = Engine::open(place.options()).await?;
    let before = engine.store().counts().await?;
    let bar = ClockBar::new();
    let result = engine.advance_to(to, |progress| bar.show(progress)).await;
    bar.finish();
    let after = engine.store().counts().await?;
    let now = engine.now();
    let summary = json!({
        "now": now.to_string(),
        "exchange_time": views::exchange_time(now),
        "executions": after.executions - before.executions,
        "orders": after.orders - before.orders,
        "fills": after.fills - before.fills,
        "closed_trades": after.trades - before.trades,
        "open_positions": after.positions,
    });
    engine.close().await?;
    result?;
    if as_json {
        output::json(&summary)?;
    } else {
        output::line(format!(
            "{}  {} executions, {} orders, {} fills, {} trades closed, {} positions open",
            styled(BOLD, views::exchange_time(now)),
            summary["executions"],
            summary["orders"],
            summary["fills"],
            summary["closed_trades"],
            summary["open_positions"],
        ));
    }
    Ok(ExitCode::SUCCESS)
}

async fn strategy(place: &Place, command: StrategyCommand) -> Result<ExitCode, ApiError> {
    match command {
        StrategyCommand::Create { file, id, json } => {
            strategy_file::create(place, &file, id.as_deref(), json.json).await
        }
        StrategyCommand::Export { strategy, file } => {
            strategy_file::export(&place.data_dir, &strategy, file).await
        }
        StrategyCommand::Validate { file, json } => strategy_file::validate(&file, json.json),
        StrategyCommand::List { json } => list_strategies(&place.data_dir, json.json).await,
        StrategyCommand::Show { strategy, json } => {
            show_strategy(&place.data_dir, &strategy, json.json).await
        }
    }
}

async fn list_strategies(data_dir: &Path, as_json: bool) -> Result<ExitCode, ApiError> {
    let reader = Reader::open(data_dir).await?;
    let strategies = views::strategies(&reader.store, reader.now).await?;
    if as_json {
        output::json(&strategies)?;
        return Ok(ExitCode::SUCCESS);
    }
    for strategy in strategies {
        let state = if strategy.active { "active" } else { "paused" };
        let words = strategy.schedule_words.unwrap_or_default();
        output::line(format!(
            "{} {:<24} v{:<3} {:<8} {:<10} {}",
            styled(BOLD, format!("{:<14}", strategy.id)),
            strategy.name,
            strategy.version,
            state,
            strategy.symbols.join(","),
            styled(MUTED, format!("{words} {}", strategy.time_zone)),
        ));
    }
    Ok(ExitCode::SUCCESS)
}

async fn show_strategy(
    data_dir: &Path,
    strategy: &str,
    as_json: bool,
) -> Result<ExitCode, ApiError> {
    let reader = Reader::open(data_dir).await?;
    let row = reader.strategy(strategy).await?;
    let shown = views::strategy(&reader.store, row, reader.now).await?;
    if as_json {
        output::json(&shown)?;
    } else {
        output::line(format!("{}  version {}", styled(BOLD, &shown.id), shown.version));
        output::line(output::printable(&shown.toml));
    }
    Ok(ExitCode::SUCCESS)
}

fn import(data_dir: &Path, file: &Path, symbol: &str, replace: bool) -> Result<ExitCode, ApiError> {
    let invalid = |message: String| ApiError::new(ErrorCode::InvalidRequest, message);
    let series = data::import::parse_file(file, symbol)
        .map_err(|error| invalid(format!("{} was not imported: {error}", file.display())))?;
    let directory = data::prices_directory(data_dir);
    data::save_series(&directory, &series, replace).map_err(|error| {
        invalid(error.to_string()).with_hint("--replace takes the place of prices that are there")
    })?;
    let days = &series.days;
    let range = days.first().zip(days.last()).map(|(a, b)| format!("{} to {}", a.date, b.date));
    output::line(format!(
        "{} {} days of {symbol}, {}.",
        styled(GOOD, "imported:"),
        days.len(),
        range.unwrap_or_default()
    ));
    Ok(ExitCode::SUCCESS)
}
