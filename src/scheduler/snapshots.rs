use jiff::{SignedDuration, Timestamp};

use crate::calendar::Calendar;
use crate::domain::round_to_cents;
use crate::executor::{Changed, ExecutorError, Parts};
use crate::store::{Change, Durability, RiskChange, SnapshotRow, StrategyDayRow};

/// A close that is longer ago than this cannot be valued any more.
const GRACE: SignedDuration = SignedDuration::from_mins(15);

/// Writes the account's value down at each close of the exchange (workflow.md C3.1).
pub struct SnapshotDriver {
    parts: Parts,
    calendar: Calendar,
    next: Option<Timestamp>,
}

impl SnapshotDriver {
    /// The first close after `started_at` that is still to be written down. One that the program
    /// was killed at is made up for, unless prices have moved on since.
    pub async fn load(parts: Parts, started_at: Timestamp) -> Result<Self, ExecutorError> {
        let calendar = Calendar::nyse();
        let now = parts.clock.now();
        let taken = parts.store.snapshots(Some(calendar.date_at(now)), None).await?;
        let from = match taken.last() {
            Some(snapshot) => snapshot.at.max(now),
            None => now.checked_sub(GRACE).unwrap_or(now).max(started_at),
        };
        let next = next_close(&calendar, from);
        Ok(Self { parts, calendar, next })
    }

    /// When it wants to be ticked next.
    pub fn due_at(&self) -> Option<Timestamp> {
        self.next
    }

    /// Takes the snapshot of the close that is due.
    pub async fn tick(&mut self) -> Result<(), ExecutorError> {
        let now = self.parts.clock.now();
        let Some(close) = self.next.filter(|close| *close <= now) else { return Ok(()) };
        self.next = next_close(&self.calendar, close.max(now));
        let positions = self.parts.account.positions();
        if !positions.is_empty() {
            match self.parts.broker.positions().await {
                Ok(listed) => self.parts.account.note_prices(
                    now,
                    listed.into_iter().filter_map(|held| Some((held.conid, held.market_price?))),
                ),
                Err(error) => tracing::warn!(%error, "the snapshot is valued at earlier prices"),
            }
        }
        let state = self.parts.account.portfolio_state(close);
        let snapshot = SnapshotRow {
            date: self.calendar.date_at(close),
            at: close,
            cash: state.cash,
            positions_value: state.positions_value,
            net_liquidation: state.net_liquidation,
            realized_pnl: state.realized_pnl,
            unrealized_pnl: state.unrealized_pnl,
            positions_json: serde_json::to_string(&positions).unwrap_or_else(|_| "[]".to_owned()),
        };
        let date = snapshot.date;
        let mut changes = vec![Change::Snapshot(snapshot)];
        for (strategy_id, (realized, unrealized)) in self.parts.account.strategy_results() {
            changes.push(Change::Risk(RiskChange::StrategyDay(StrategyDayRow {
                date,
                strategy_id,
                at: close,
                realized_pnl: round_to_cents(realized),
                unrealized_pnl: round_to_cents(unrealized),
            })));
        }
        self.parts.recorder.commit(changes, Durability::Ordinary).await?;
        self.parts.changes.tell(Changed::Portfolio);
        Ok(())
    }
}

/// The first close strictly after `instant`.
fn next_close(calendar: &Calendar, instant: Timestamp) -> Option<Timestamp> {
    let today = calendar.session_on(calendar.date_at(instant));
    match today {
        Some(session) if session.close > instant => Some(session.close),
        _ => calendar.next_session_after(instant).map(|session| session.close),
    }
}
