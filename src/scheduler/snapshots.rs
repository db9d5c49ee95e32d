use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use rust_decimal::Decimal;

use super::missed_closes::{MissedCloses, missed_closes};
use crate::calendar::Calendar;
use crate::domain::records::PortfolioState;
use crate::domain::{StrategyId, round_to_cents};
use crate::executor::{Changed, ExecutorError, Parts};
use crate::portfolio::SnapshotPosition;
use crate::store::{Change, Durability, RiskChange, SnapshotRow, StrategyDayRow};

/// A close that is longer ago than this is not valued at present prices any more.
pub(super) const GRACE: SignedDuration = SignedDuration::from_mins(15);

/// Writes the account's value down at each close of the exchange (workflow.md C3.1), and makes good
/// what was missed: while the program was off, the machine slept or the broker did not answer.
pub struct SnapshotDriver {
    parts: Parts,
    calendar: Calendar,
    next: Option<Timestamp>,
    missed: MissedCloses,
}

impl SnapshotDriver {
    /// The first close after `started_at` that is still to be written down, and all before it that
    /// were missed since the last one that was. One that the program was killed at is made up for at
    /// present prices, unless prices have moved on since.
    pub async fn load(parts: Parts, started_at: Timestamp) -> Result<Self, ExecutorError> {
        let calendar = Calendar::nyse();
        let now = parts.clock.now();
        let last = parts.store.last_snapshot(None).await?;
        let recent = now.checked_sub(GRACE).unwrap_or(now);
        let today = calendar.date_at(now);
        let from = match &last {
            Some(snapshot) if snapshot.date == today => snapshot.at.max(now),
            Some(snapshot) => recent.max(started_at).max(snapshot.at),
            None => recent.max(started_at),
        };
        // Before its first trade and its first snapshot an account has no value to make good.
        let first_trade = || parts.account.booked_fills().iter().map(|fill| fill.fill.at).min();
        let known = last.map(|snapshot| snapshot.at).or_else(first_trade);
        let missed = known.map(|known| missed_closes(&calendar, known, from)).unwrap_or_default();
        let next = next_close(&calendar, from);
        Ok(Self { missed: MissedCloses::new(missed, now), parts, calendar, next })
    }

    /// When it wants to be ticked next.
    pub fn due_at(&self) -> Option<Timestamp> {
        self.next.into_iter().chain(self.missed.due_at()).min()
    }

    /// Takes the snapshot of the close that is due, and makes good those that were missed.
    pub async fn tick(&mut self) -> Result<(), ExecutorError> {
        let now = self.parts.clock.now();
        if let Some(close) = self.next.filter(|close| *close <= now) {
            self.next = next_close(&self.calendar, close.max(now));
            if now.duration_since(close) > GRACE || !self.note_prices(now).await {
                // All closes from this one to now, the last of which may be too long ago as well.
                let before = close.checked_sub(SignedDuration::from_secs(1)).unwrap_or(close);
                self.missed.add(missed_closes(&self.calendar, before, now), now);
            } else {
                self.take(close).await?;
            }
        }
        if self.missed.due_at().is_some_and(|at| at <= now) {
            self.missed.make_good(&self.parts, &self.calendar).await?;
        }
        Ok(())
    }

    /// Asks for the prices of what is held; false if they are not to be had.
    async fn note_prices(&self, now: Timestamp) -> bool {
        if self.parts.account.positions().is_empty() {
            return true;
        }
        match self.parts.broker.positions().await {
            Ok(listed) => {
                let prices =
                    listed.into_iter().filter_map(|held| Some((held.conid, held.market_price?)));
                self.parts.account.note_prices(now, prices);
                true
            }
            Err(error) => {
                tracing::warn!(%error, "the snapshot of the close is made good later");
                false
            }
        }
    }

    async fn take(&self, close: Timestamp) -> Result<(), ExecutorError> {
        let account = &self.parts.account;
        let prices = account.last_prices();
        let positions = account.positions().into_iter();
        let positions: Vec<_> =
            positions.map(|position| SnapshotPosition::valued(position, &prices)).collect();
        let snapshot =
            row(self.calendar.date_at(close), &account.portfolio_state(close), &positions);
        write(&self.parts, snapshot, account.strategy_results()).await
    }
}

/// The snapshot of a trading day, taken as it happened.
pub(super) fn row(
    date: Date,
    state: &PortfolioState,
    positions: &[SnapshotPosition],
) -> SnapshotRow {
    SnapshotRow {
        date,
        at: state.at,
        cash: state.cash,
        positions_value: state.positions_value,
        net_liquidation: state.net_liquidation,
        realized_pnl: state.realized_pnl,
        unrealized_pnl: state.unrealized_pnl,
        positions_json: serde_json::to_string(positions).unwrap_or_else(|_| "[]".to_owned()),
        is_rebuilt: false,
    }
}

/// Writes a snapshot down, with what each strategy has realised and what it has not.
pub(super) async fn write(
    parts: &Parts,
    snapshot: SnapshotRow,
    results: BTreeMap<StrategyId, (Decimal, Decimal)>,
) -> Result<(), ExecutorError> {
    let (date, at) = (snapshot.date, snapshot.at);
    let mut changes = vec![Change::Snapshot(snapshot)];
    for (strategy_id, (realized, unrealized)) in results {
        changes.push(Change::Risk(RiskChange::StrategyDay(StrategyDayRow {
            date,
            strategy_id,
            at,
            realized_pnl: round_to_cents(realized),
            unrealized_pnl: round_to_cents(unrealized),
        })));
    }
    parts.recorder.commit(changes, Durability::Ordinary).await?;
    parts.changes.tell(Changed::Portfolio);
    Ok(())
}

/// The first close strictly after `instant`.
pub(super) fn next_close(calendar: &Calendar, instant: Timestamp) -> Option<Timestamp> {
    let today = calendar.session_on(calendar.date_at(instant));
    match today {
        Some(session) if session.close > instant => Some(session.close),
        _ => calendar.next_session_after(instant).map(|session| session.close),
    }
}
