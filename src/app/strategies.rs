//! What a person does with strategies beside their schedules: put away, take out, copy.

use super::Engine;
use crate::api::{ApiError, ErrorCode};
use crate::store::{Change, Durability, StrategyRow};
use crate::strategy::{StrategyDefinition, StrategyForm};

impl Engine {
    /// Puts a strategy away, or takes it into use again. One that is put away runs no more and keeps
    /// everything that it did; one that comes back is switched off. What it holds at the broker stays
    /// there, with its stop and its target.
    pub async fn set_strategy_archived(&self, id: &str, archived: bool) -> Result<(), ApiError> {
        let mut drivers = self.drivers_for_edit().await?;
        let row = self.strategy(id).await?;
        if row.archived_at.is_some() == archived {
            return Ok(());
        }
        let strategy_id = row.version.strategy_id.clone();
        let mut changes = Vec::new();
        if row.active {
            changes = self.switched(&drivers.scheduler, row, false).await?;
        }
        let archived_at = archived.then(|| self.parts().clock.wall_now());
        changes.push(Change::StrategyArchived { strategy_id, archived_at });
        self.parts().recorder.commit(changes, Durability::Full).await?;
        drivers.scheduler.reload().await?;
        self.schedules_changed();
        Ok(())
    }

    /// Copies the newest version of a strategy under a new id and a new name. The copy is switched
    /// off.
    pub async fn duplicate_strategy(
        &self,
        id: &str,
        new_id: &str,
        name: &str,
    ) -> Result<StrategyRow, ApiError> {
        let row = self.strategy(id).await?;
        let definition: StrategyDefinition = row.version.toml.parse()?;
        let mut form = StrategyForm::of(&definition);
        name.clone_into(&mut form.name);
        if let Err(problems) = form.read() {
            let said: Vec<String> = problems.into_iter().map(|problem| problem.message).collect();
            return Err(ApiError::new(
                ErrorCode::InvalidRequest,
                format!("the copy has no usable name: {}", said.join(" ")),
            ));
        }
        self.save_strategy_on(new_id, &form.toml(), Some(0)).await
    }
}
