use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::commands::{
    BlobGetRequest, Empty, ExecutionsListRequest, HaltRequest, LineageGetRequest,
    SandboxAdvanceRequest, SandboxClockRequest, StrategyRunRequest, StrategyRunResponse,
    StrategySetActiveRequest, command,
};
use super::dto::{HaltDto, StatusDto};
use super::{ApiError, ErrorCode, views};
use crate::app::{Engine, parse_instant};
use crate::executor::{Changed, Halt};

/// Gives a command of the table to the engine. Every host comes through here.
pub async fn dispatch(engine: &Arc<Engine>, name: &str, request: Value) -> Result<Value, ApiError> {
    let Some(row) = command(name) else {
        let shown: String = name.chars().take(40).collect();
        return Err(ApiError::new(ErrorCode::NotFound, format!("there is no command \"{shown}\"")));
    };
    let store = engine.store();
    match row.name {
        "status_get" => {
            read::<Empty>(name, request)?;
            answer(engine.status().await?)
        }
        "strategies_list" => {
            read::<Empty>(name, request)?;
            answer(views::strategies(store, engine.now()).await?)
        }
        "strategy_run" => {
            let request: StrategyRunRequest = read(name, request)?;
            run_strategy(engine, request).await
        }
        "strategy_set_active" => {
            let request: StrategySetActiveRequest = read(name, request)?;
            engine.set_strategy_active(&request.strategy_id, request.active).await?;
            let row = engine.strategy(&request.strategy_id).await?;
            answer(views::strategy(store, row, engine.now()).await?)
        }
        "executions_list" => {
            let request: ExecutionsListRequest = read(name, request)?;
            answer(views::executions(store, request.strategy_id.as_deref(), request.limit).await?)
        }
        "lineage_get" => {
            let request: LineageGetRequest = read(name, request)?;
            answer(views::lineage(store, &request.execution_id).await?)
        }
        "lineage_verify" => {
            read::<Empty>(name, request)?;
            answer(views::verify(store).await?)
        }
        "blob_get" => {
            let request: BlobGetRequest = read(name, request)?;
            answer(views::blob(store, &request.blob).await?)
        }
        "orders_list" => {
            read::<Empty>(name, request)?;
            answer(views::orders(store).await?)
        }
        "portfolio_get" => {
            read::<Empty>(name, request)?;
            answer(views::portfolio(store, &engine.parts().account, engine.now()).await?)
        }
        "sandbox_advance" => {
            let request: SandboxAdvanceRequest = read(name, request)?;
            engine.advance_to(parse_instant(&request.to)?, |_| {}).await?;
            answer(engine.status().await?)
        }
        "sandbox_clock_set" => {
            let request: SandboxClockRequest = read(name, request)?;
            engine.set_running(&request.mode)?;
            answer(engine.status().await?)
        }
        "halt" => {
            let request: HaltRequest = read(name, request)?;
            engine.halt("window", &request.reason)?;
            answer(engine.status().await?)
        }
        "resume" => {
            read::<Empty>(name, request)?;
            engine.resume()?;
            answer(engine.status().await?)
        }
        other => Err(ApiError::new(
            ErrorCode::Internal,
            format!("the command {other} is in the table and nothing answers it"),
        )),
    }
}

/// Begins the executions, answers with their ids, and runs them while the host watches.
async fn run_strategy(
    engine: &Arc<Engine>,
    request: StrategyRunRequest,
) -> Result<Value, ApiError> {
    let begun = engine.begin_run(&request.strategy_id, request.symbol.as_deref(), None).await?;
    let execution_ids = begun.iter().map(|execution| execution.id.to_string()).collect();
    let engine = Arc::clone(engine);
    tokio::spawn(async move {
        if let Err(error) = engine.finish_run(begun, |_| {}).await {
            tracing::error!(%error, "a run that was asked for by hand was cut off");
            engine.parts().changes.tell(Changed::Status);
        }
    });
    answer(StrategyRunResponse { execution_ids })
}

fn read<T: DeserializeOwned>(name: &str, request: Value) -> Result<T, ApiError> {
    // A host may leave the content of an empty request out.
    let request = if request.is_null() { Value::Object(serde_json::Map::new()) } else { request };
    serde_json::from_value(request).map_err(|error| {
        ApiError::new(
            ErrorCode::InvalidRequest,
            format!("the request of {name} is not usable: {error}"),
        )
    })
}

fn answer(value: impl Serialize) -> Result<Value, ApiError> {
    serde_json::to_value(value).map_err(|error| {
        ApiError::new(ErrorCode::Internal, format!("the answer could not be written: {error}"))
    })
}

impl Engine {
    /// The strip at the top of every page.
    pub async fn status(&self) -> Result<StatusDto, ApiError> {
        let now = self.now();
        let parts = self.parts();
        let state = parts.account.portfolio_state(now);
        let starting = parts.account.starting_cash();
        let change = (state.net_liquidation - starting) * rust_decimal::Decimal::ONE_HUNDRED;
        let change = change.checked_div(starting).map(|percent| percent.round_dp(2).to_string());
        let (from, to) = self.data_range();
        let working = self.store().working_orders().await?.len();
        let unfinished = self.store().unfinished_executions().await?.len();
        Ok(StatusDto {
            environment: parts.account.environment,
            account_id: parts.account.account_id.to_string(),
            net_liquidation: Some(state.net_liquidation.to_string()),
            change_percent: change,
            now: now.to_string(),
            exchange_time: views::exchange_time(now),
            exchange_open: crate::calendar::Calendar::nyse().is_open(now),
            data_from: Some(from.to_string()),
            data_to: Some(to.to_string()),
            clock_mode: Some(self.clock_mode().as_str().to_owned()),
            next_run: self.next_run().await?.map(|at| at.to_string()),
            halt: parts.halt.state().map(|halt| HaltDto {
                since: halt.since.to_string(),
                by: halt.by,
                reason: halt.reason,
            }),
            running_executions: u32::try_from(unfinished).unwrap_or(u32::MAX),
            working_orders: u32::try_from(working).unwrap_or(u32::MAX),
            lineage_dropped: u32::try_from(parts.recorder.dropped()).unwrap_or(u32::MAX),
            version: env!("CARGO_PKG_VERSION").to_owned(),
        })
    }

    async fn next_run(&self) -> Result<Option<jiff::Timestamp>, ApiError> {
        let mut next = None;
        for strategy in views::strategies(self.store(), self.now()).await? {
            let at = strategy.next_run.and_then(|at| at.parse().ok());
            next = match (next, at) {
                (Some(earlier), Some(at)) if earlier <= at => Some(earlier),
                (earlier, at) => at.or(earlier),
            };
        }
        Ok(next)
    }

    /// Halts trading: entries are refused until it is resumed.
    pub fn halt(&self, by: &str, reason: &str) -> Result<(), ApiError> {
        let reason: String = reason.trim().chars().take(200).collect();
        let halt = Halt {
            since: self.parts().clock.wall_now(),
            by: by.to_owned(),
            reason: if reason.is_empty() { "no reason given".to_owned() } else { reason },
        };
        self.parts().halt.halt(&halt).map_err(|error| {
            ApiError::new(ErrorCode::Storage, format!("trading could not be halted: {error}"))
                .with_hint("make an empty file named HALT in the data directory")
        })?;
        self.parts().changes.tell(Changed::Status);
        Ok(())
    }

    /// Lets entries pass again.
    pub fn resume(&self) -> Result<(), ApiError> {
        self.parts().halt.resume().map_err(|error| {
            ApiError::new(ErrorCode::Storage, format!("trading could not be resumed: {error}"))
                .with_hint("remove the file HALT from the data directory")
        })?;
        self.parts().changes.tell(Changed::Status);
        Ok(())
    }
}
