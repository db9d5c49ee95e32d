//! What a person does with strategies and their schedules: save, pause, resume.

use super::Engine;
use crate::api::{ApiError, ErrorCode};
use crate::domain::StrategyId;
use crate::executor::{Changed, resolve_indicators};
use crate::schedule::NotRunCause;
use crate::scheduler::active_since_key;
use crate::store::{
    Change, Durability, EXTERNAL_STRATEGY, PausedBy, ScheduleChange, SchedulePauseRow, StrategyRow,
    StrategyVersionRow,
};
use crate::strategy::StrategyDefinition;

/// Longest text of a strategy, in bytes.
pub(crate) const LONGEST_TEXT: usize = 64 * 1024;

/// Reads the text of a strategy and checks everything in it, its indicators too.
pub(crate) fn checked_strategy(toml: &str) -> Result<StrategyDefinition, ApiError> {
    if toml.len() > LONGEST_TEXT {
        return Err(ApiError::new(
            ErrorCode::InvalidRequest,
            format!("the strategy has {} bytes, and at most {LONGEST_TEXT} are read", toml.len()),
        ));
    }
    let definition: StrategyDefinition = toml.parse()?;
    resolve_indicators(&definition)
        .map_err(|error| ApiError::new(ErrorCode::InvalidRequest, error.to_string()))?;
    Ok(definition)
}

impl Engine {
    /// Switches the schedule of a strategy on, or pauses it, from now on. A schedule that is paused
    /// is kept, and what it would have run is accounted for when it goes on.
    pub async fn set_strategy_active(&self, id: &str, active: bool) -> Result<(), ApiError> {
        let mut drivers = self.drivers_for_edit().await?;
        let row = self.strategy(id).await?;
        if active && row.archived_at.is_some() {
            return Err(ApiError::new(
                ErrorCode::NotNow,
                format!("{} is archived, and nothing archived runs", row.version.name),
            )
            .with_hint("take it out of the archive first"));
        }
        if row.active != active {
            let changes = self.switched(&drivers.scheduler, row, active).await?;
            self.parts.recorder.commit(changes, Durability::Ordinary).await?;
            drivers.scheduler.reload().await?;
        }
        self.schedules_changed();
        Ok(())
    }

    /// Pauses every strategy whose schedule is on, or lets every one go on that a person paused.
    /// Names those that it switched.
    pub async fn set_all_active(&self, active: bool) -> Result<Vec<String>, ApiError> {
        let mut drivers = self.drivers_for_edit().await?;
        let pauses = self.parts.store.schedule_pauses().await?;
        let by_person = |id: &StrategyId| {
            pauses.iter().any(|row| row.strategy_id == *id && row.paused_by == PausedBy::Person)
        };
        let (mut changes, mut switched) = (Vec::new(), Vec::new());
        for row in self.parts.store.strategies().await? {
            let resumes = row.archived_at.is_none() && by_person(&row.version.strategy_id);
            let concerned = if active { resumes } else { row.active };
            if concerned && row.active != active {
                switched.push(row.version.strategy_id.to_string());
                changes.extend(self.switched(&drivers.scheduler, row, active).await?);
            }
        }
        if !changes.is_empty() {
            self.parts.recorder.commit(changes, Durability::Ordinary).await?;
            drivers.scheduler.reload().await?;
        }
        self.schedules_changed();
        Ok(switched)
    }

    pub(super) async fn switched(
        &self,
        scheduler: &crate::scheduler::Scheduler,
        row: StrategyRow,
        active: bool,
    ) -> Result<Vec<Change>, ApiError> {
        let now = self.now();
        let strategy_id = row.version.strategy_id;
        let on = Change::StrategyActive { strategy_id: strategy_id.clone(), active };
        if !active {
            let pause = SchedulePauseRow {
                strategy_id,
                since: now,
                paused_by: PausedBy::Person,
                sentence: "a person paused it".to_owned(),
            };
            return Ok(vec![on, Change::Schedule(ScheduleChange::Paused(pause))]);
        }
        let definition: StrategyDefinition = row.version.toml.parse()?;
        let mut changes = self.paused_runs(scheduler, &strategy_id, &definition).await?;
        changes.push(on);
        changes.push(Change::setting(active_since_key(&strategy_id), now.to_string()));
        changes.push(Change::Schedule(ScheduleChange::Resumed(strategy_id)));
        Ok(changes)
    }

    /// What a paused strategy would have run until now; of one that was never switched on, nothing.
    async fn paused_runs(
        &self,
        scheduler: &crate::scheduler::Scheduler,
        strategy_id: &StrategyId,
        definition: &StrategyDefinition,
    ) -> Result<Vec<Change>, ApiError> {
        let pauses = self.parts.store.schedule_pauses().await?;
        let Some(pause) = pauses.into_iter().find(|pause| pause.strategy_id == *strategy_id) else {
            return Ok(accounted(strategy_id, definition, self.now()));
        };
        let sentence = format!("the schedule was paused: {}", pause.sentence);
        let cause = NotRunCause::Paused;
        let now = self.now();
        Ok(scheduler.settled(strategy_id, definition, now, cause, &sentence).await?)
    }

    /// Saves a strategy under an id: a new one, or a new version of the one that is there. Its
    /// schedule holds from now on; executions under way keep the version that they began with. A new
    /// strategy is switched off.
    pub async fn save_strategy(&self, id: &str, toml: &str) -> Result<StrategyRow, ApiError> {
        self.save_strategy_on(id, toml, None).await
    }

    /// The same, refused unless the newest version is the one that the text was made from; 0 for a
    /// strategy that must not be there yet. Two people never overwrite each other so.
    pub async fn save_strategy_on(
        &self,
        id: &str,
        toml: &str,
        based_on: Option<u32>,
    ) -> Result<StrategyRow, ApiError> {
        let definition = checked_strategy(toml)?;
        let strategy_id = StrategyId::new(id)
            .map_err(|error| ApiError::new(ErrorCode::InvalidRequest, error.to_string()))?;
        if id == EXTERNAL_STRATEGY {
            return Err(ApiError::new(
                ErrorCode::InvalidRequest,
                format!("the id {EXTERNAL_STRATEGY} is kept for what was done elsewhere"),
            )
            .with_hint("choose another id"));
        }
        let mut drivers = self.drivers_for_edit().await?;
        let strategies = self.parts.store.strategies().await?;
        let before = strategies.into_iter().find(|row| row.version.strategy_id == strategy_id);
        let newest = before.as_ref().map_or(0, |row| row.version.version);
        if let Some(based_on) = based_on.filter(|based_on| *based_on != newest) {
            return Err(overtaken(id, based_on, newest));
        }
        if before.as_ref().is_none_or(|row| row.version.toml != toml) {
            let mut changes = Vec::new();
            if let Some(row) = &before
                && let Ok(old) = row.version.toml.parse::<StrategyDefinition>()
            {
                changes = if row.active {
                    let (now, cause) = (self.now(), NotRunCause::Changed);
                    let sentence = "the strategy was changed before the run could begin";
                    drivers.scheduler.settled(&strategy_id, &old, now, cause, sentence).await?
                } else {
                    self.paused_runs(&drivers.scheduler, &strategy_id, &old).await?
                };
            }
            changes.extend(accounted(&strategy_id, &definition, self.now()));
            changes.push(Change::StrategyVersion(StrategyVersionRow {
                strategy_id: strategy_id.clone(),
                name: definition.name,
                version: before.map_or(0, |row| row.version.version) + 1,
                hash: blake3::hash(toml.as_bytes()).to_hex().to_string(),
                toml: toml.to_owned(),
                created_at: self.parts.clock.wall_now(),
            }));
            self.parts.recorder.commit(changes, Durability::Full).await?;
            drivers.scheduler.reload().await?;
            self.schedules_changed();
        }
        self.strategy(id).await
    }

    pub(super) fn schedules_changed(&self) {
        self.parts.changes.tell(Changed::Strategies);
        self.parts.changes.tell(Changed::Status);
        // The loop of real time may sleep until a time that holds no more.
        self.woken.notify_one();
    }
}

/// The refusal of a text that was made from another version than the newest.
fn overtaken(id: &str, based_on: u32, newest: u32) -> ApiError {
    let (message, hint) = match (based_on, newest) {
        (0, _) => (format!("there is a strategy \"{id}\" already"), "choose another id"),
        (_, 0) => (format!("there is no strategy \"{id}\" any more"), "save it under a new id"),
        _ => (
            format!(
                "version {newest} of {id} was saved in the meantime, and this is a change of version \
                 {based_on}"
            ),
            "look at what changed, and make the change again on the newest version",
        ),
    };
    ApiError::new(ErrorCode::NotNow, message).with_hint(hint)
}

/// Nothing that was planned until now is anybody's concern.
fn accounted(
    strategy_id: &StrategyId,
    definition: &StrategyDefinition,
    now: jiff::Timestamp,
) -> Vec<Change> {
    let mark = |symbol: &String| {
        Change::Schedule(ScheduleChange::Accounted {
            strategy_id: strategy_id.clone(),
            symbol: symbol.clone(),
            until: now,
        })
    };
    definition.symbols.iter().map(mark).collect()
}
