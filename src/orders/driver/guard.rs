//! The guard: writes down the locks on entries that follow from what was booked, as soon as it is
//! booked, so that every strategy's next decision finds them.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use crate::domain::StrategyId;
use crate::executor::{ExecutorError, Guarded, Parts, settle_locks};
use crate::strategy::StrategyDefinition;

/// How often it looks while time is real: losses that are not realised move with the price.
const LOOK: SignedDuration = SignedDuration::from_mins(1);

/// Settles the locks of every strategy whenever fills were booked, and in intervals.
pub struct GuardDriver {
    parts: Parts,
    /// Real time runs, so that it looks by the clock as well. In simulated time everything that
    /// changes a result is an event, and each entry is looked at by its own gate.
    in_real_time: bool,
    /// The state of the books at the last look.
    seen: Option<u64>,
    next: Option<Timestamp>,
    /// What guards each strategy, by the version that it was read from.
    guarded: BTreeMap<StrategyId, (u32, Guarded)>,
}

impl GuardDriver {
    /// A guard that is due at once.
    pub fn new(parts: Parts, in_real_time: bool) -> Self {
        let next = Some(parts.clock.now());
        Self { parts, in_real_time, seen: None, next, guarded: BTreeMap::new() }
    }

    /// When it wants to be ticked next: at once if something was booked since the last look.
    pub fn due_at(&self) -> Option<Timestamp> {
        if self.seen.is_some_and(|seen| seen != self.parts.account.revision()) {
            return Some(self.parts.clock.now());
        }
        self.next
    }

    /// Writes down what is to be locked now.
    pub async fn tick(&mut self) -> Result<(), ExecutorError> {
        let now = self.parts.clock.now();
        self.seen = Some(self.parts.account.revision());
        self.next = now.checked_add(LOOK).ok().filter(|_| self.in_real_time);
        self.read_strategies().await?;
        let guarded: Vec<Guarded> = self.guarded.values().map(|(_, of)| of.clone()).collect();
        settle_locks(&self.parts, &guarded).await?;
        Ok(())
    }

    async fn read_strategies(&mut self) -> Result<(), ExecutorError> {
        for row in self.parts.store.strategies().await? {
            let (id, version) = (row.version.strategy_id, row.version.version);
            if self.guarded.get(&id).is_some_and(|(known, _)| *known == version) {
                continue;
            }
            // A text that cannot be read runs no strategy either.
            let Ok(definition) = row.version.toml.parse::<StrategyDefinition>() else { continue };
            let StrategyDefinition { risk, protections, .. } = definition;
            let of = Guarded { strategy_id: id.clone(), risk, protections };
            self.guarded.insert(id, (version, of));
        }
        Ok(())
    }
}
