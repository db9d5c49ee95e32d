use rust_decimal::Decimal;

use super::{Answered, Call, yes};
use crate::api::commands::{AccountRequest, Empty, HaltRequest};
use crate::api::dto::{HaltDto, StatusDto};
use crate::api::{ApiError, ErrorCode, views};
use crate::app::Engine;
use crate::executor::{Changed, Halt};

/// Status, health, halt, flatten.
pub(super) async fn answer(mut call: Call<'_>) -> Result<Answered<'_>, ApiError> {
    let engine = call.engine;
    match call.name {
        "status_get" => {
            call.read::<Empty>()?;
            yes(engine.status().await?)
        }
        "health_get" => {
            call.read::<Empty>()?;
            yes(views::health(engine).await?)
        }
        "halt" => {
            let request: HaltRequest = call.read()?;
            engine.halt("window", &request.reason)?;
            yes(engine.status().await?)
        }
        "resume" => {
            call.read::<Empty>()?;
            engine.resume()?;
            yes(engine.status().await?)
        }
        "flatten" => {
            let request: AccountRequest = call.read()?;
            yes(views::flattened(engine.flatten(&request.account_id, "window").await?))
        }
        _ => Ok(Answered::NotMine(call)),
    }
}

impl Engine {
    /// The strip at the top of every page.
    pub async fn status(&self) -> Result<StatusDto, ApiError> {
        let now = self.now();
        let parts = self.parts();
        let state = parts.account.portfolio_state(now);
        let change = parts.account.opening().and_then(|opening| {
            let change = (state.net_liquidation - opening.value) * Decimal::ONE_HUNDRED;
            change.checked_div(opening.value).map(|percent| percent.round_dp(2).to_string())
        });
        let account_id = parts.account.account_id();
        let range = self.data_range();
        let working = self.store().working_orders().await?.len();
        let unfinished = self.store().unfinished_executions().await?.len();
        Ok(StatusDto {
            environment: parts.account.environment,
            account_id: account_id.map(ToString::to_string).unwrap_or_default(),
            net_liquidation: account_id.map(|_| state.net_liquidation.to_string()),
            change_percent: change,
            now: now.to_string(),
            exchange_time: views::exchange_time(now),
            exchange_open: crate::calendar::Calendar::nyse().is_open(now),
            data_from: range.map(|(from, _)| from.to_string()),
            data_to: range.map(|(_, to)| to.to_string()),
            clock_mode: range.map(|_| self.clock_mode().as_str().to_owned()),
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
            flatten: None,
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
