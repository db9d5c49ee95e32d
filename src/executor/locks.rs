//! Locks on entries: what the trades so far and the limits on losses ask for is written down, and
//! what the risk gate has to know of it is read. Exits are never asked about.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use rust_decimal::Decimal;

use super::records::{AccountLimits, LossStanding, RiskParameters, RiskStanding};
use super::{AccountBook, Changed, ExecutorError, Parts};
use crate::calendar::Calendar;
use crate::domain::{ClosedTrade, Conid, ExitCause, Protection, StrategyId};
use crate::risk::{
    Day, LimitedLosses, NewLock, ProtectedStrategy, evaluate, limit_locks, loss_standing,
};
use crate::store::{Change, Durability, EntryLockRow, OrderRow, RiskChange, Store, StoreError};

/// Locks that are looked through for one that a person opened.
const LOCKS_LOOKED_AT: u32 = 500;

/// Losing trades in a row are counted up to this many.
const STRAIGHT_LOSSES_COUNTED: u32 = 100;

/// What guards one strategy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Guarded {
    pub(crate) strategy_id: StrategyId,
    pub(crate) risk: RiskParameters,
    pub(crate) protections: Vec<Protection>,
}

/// What the locks hang on at one moment.
struct Moment<'a> {
    store: &'a Store,
    account: &'a AccountBook,
    now: Timestamp,
    calendar: Calendar,
    limits: AccountLimits,
    /// In force or over, newest first.
    locks: Vec<EntryLockRow>,
}

/// Limits of the account that are in force.
pub(crate) async fn account_limits(store: &Store) -> Result<AccountLimits, StoreError> {
    let last = store.risk_limits(1).await?;
    Ok(last.into_iter().next().map(|row| row.limits).unwrap_or_default())
}

/// Writes down every lock that the account's limits and these strategies ask for now. Says whether
/// there was a new one.
pub(crate) async fn settle_locks(
    parts: &Parts,
    guarded: &[Guarded],
) -> Result<bool, ExecutorError> {
    let moment = Moment::of(parts).await?;
    moment.settle(parts, guarded).await
}

/// What the risk gate has to know before a strategy opens a position in a contract.
pub(super) async fn standing(
    parts: &Parts,
    guarded: &Guarded,
    conid: Conid,
    working: &[OrderRow],
) -> Result<RiskStanding, ExecutorError> {
    let moment = Moment::of(parts).await?;
    moment.settle(parts, std::slice::from_ref(guarded)).await?;
    let in_force = parts.store.locks_in_force(moment.now).await?;
    Ok(RiskStanding {
        symbol_exposure: parts.account.symbol_exposure(conid, working),
        account: moment.account_losses().await?,
        strategy: moment.strategy_losses(&guarded.strategy_id).await?,
        protections: u32::try_from(guarded.protections.len()).unwrap_or(u32::MAX),
        locks: in_force
            .into_iter()
            .filter(|lock| lock.reaches(&guarded.strategy_id, conid))
            .map(|lock| lock.lock)
            .collect(),
        limits: moment.limits,
    })
}

/// Losses of the account and of each strategy that ever traded, for whoever shows them.
pub(crate) async fn all_losses(
    store: &Store,
    account: &AccountBook,
    now: Timestamp,
    strategies: &[StrategyId],
) -> Result<(LossStanding, Vec<LossStanding>), StoreError> {
    let moment = Moment::read(store, account, now).await?;
    let account = moment.account_losses().await?;
    let mut of_strategies = Vec::new();
    for strategy in strategies {
        of_strategies.push(moment.strategy_losses(strategy).await?);
    }
    Ok((account, of_strategies))
}

impl<'a> Moment<'a> {
    async fn of(parts: &'a Parts) -> Result<Self, StoreError> {
        Self::read(&parts.store, &parts.account, parts.clock.now()).await
    }

    async fn read(
        store: &'a Store,
        account: &'a AccountBook,
        now: Timestamp,
    ) -> Result<Self, StoreError> {
        Ok(Self {
            store,
            account,
            now,
            calendar: Calendar::nyse(),
            limits: account_limits(store).await?,
            locks: store.entry_locks(LOCKS_LOOKED_AT).await?,
        })
    }

    async fn settle(&self, parts: &Parts, guarded: &[Guarded]) -> Result<bool, ExecutorError> {
        let mut locks = self.by_limits(guarded).await?;
        locks.extend(self.by_protections(guarded).await?);
        if locks.is_empty() {
            return Ok(false);
        }
        let keys: Vec<String> = locks.iter().map(|lock| lock.key.clone()).collect();
        let known = self.store.known_lock_causes(&keys).await?;
        let mut told = BTreeSet::new();
        let mut changes = Vec::new();
        for lock in locks {
            if known.contains(&lock.key) || !told.insert(lock.key.clone()) {
                continue;
            }
            tracing::warn!(kind = lock.kind, "{}", lock.sentence);
            let lock = Box::new(lock);
            changes.push(Change::Risk(RiskChange::Lock { lock, at: self.now }));
        }
        if changes.is_empty() {
            return Ok(false);
        }
        parts.recorder.commit(changes, Durability::Full).await?;
        parts.changes.tell(Changed::Risk);
        Ok(true)
    }

    async fn by_limits(&self, guarded: &[Guarded]) -> Result<Vec<NewLock>, StoreError> {
        let mut locks = Vec::new();
        let of_account =
            (self.limits.maximum_daily_loss_percent, self.limits.maximum_drawdown_percent);
        if of_account.0.is_some() || of_account.1.is_some() {
            let standing = self.account_losses().await?;
            locks.extend(self.limit_locks(None, &standing, of_account));
        }
        for Guarded { strategy_id, risk, .. } in guarded {
            let most = (risk.maximum_daily_loss_percent, risk.maximum_drawdown_percent);
            if most.0.is_some() || most.1.is_some() {
                let standing = self.strategy_losses(strategy_id).await?;
                locks.extend(self.limit_locks(Some(strategy_id), &standing, most));
            }
        }
        Ok(locks)
    }

    fn limit_locks(
        &self,
        strategy: Option<&StrategyId>,
        standing: &LossStanding,
        most: (Option<Decimal>, Option<Decimal>),
    ) -> Vec<NewLock> {
        let today = self.calendar.date_at(self.now);
        let mut next = self.calendar.next_session_after(self.now);
        while let Some(session) = next.filter(|session| session.date <= today) {
            next = self.calendar.next_session_after(session.close);
        }
        // Beyond the calendar nothing is planned to open.
        let opens = next.map_or(Timestamp::MAX, |session| session.open);
        limit_locks(strategy, standing, most, today, opens, self.lifted(strategy))
    }

    async fn by_protections(&self, guarded: &[Guarded]) -> Result<Vec<NewLock>, StoreError> {
        let hours = guarded.iter().flat_map(|of| &of.protections).map(|protection| {
            // A cool-down is over after its own hours, whatever was closed before them.
            protection.look_back_hours.unwrap_or(0).max(protection.lock_hours)
        });
        let Some(longest) = hours.max() else { return Ok(Vec::new()) };
        let look_back = SignedDuration::from_hours(longest.into());
        let since = self.now.checked_sub(look_back).unwrap_or(Timestamp::MIN);
        let trades = self.store.trades_closed_since(since).await?;
        if trades.is_empty() {
            return Ok(Vec::new());
        }
        let trades = self.as_stopped(trades).await?;
        let value = self.account.portfolio_state(self.now).net_liquidation;
        let locks = guarded.iter().flat_map(|of| {
            let Guarded { strategy_id, protections, .. } = of;
            evaluate(ProtectedStrategy { strategy_id, protections }, &trades, value, self.now)
        });
        Ok(locks.collect())
    }

    /// A sale by the watch in the place of a stop that was missing is a stop.
    async fn as_stopped(
        &self,
        mut trades: Vec<ClosedTrade>,
    ) -> Result<Vec<ClosedTrade>, StoreError> {
        let by_watch = self.store.stop_watch_executions().await?;
        for trade in &mut trades {
            if by_watch.contains(&trade.exit_execution_id) {
                trade.exit_cause = ExitCause::Stop;
            }
        }
        Ok(trades)
    }

    async fn account_losses(&self) -> Result<LossStanding, StoreError> {
        let today = self.calendar.date_at(self.now);
        let days: Vec<Day> = self
            .store
            .snapshots(None, today.yesterday().ok())
            .await?
            .into_iter()
            .map(|row| Day {
                date: row.date,
                at: row.at,
                result: row.realized_pnl + row.unrealized_pnl,
            })
            .collect();
        let trades = self.store.last_trades(None, STRAIGHT_LOSSES_COUNTED).await?;
        let state = self.account.portfolio_state(self.now);
        let result = state.realized_pnl + state.unrealized_pnl;
        Ok(self.losses(None, &days, result, Decimal::ZERO, &trades))
    }

    async fn strategy_losses(&self, strategy: &StrategyId) -> Result<LossStanding, StoreError> {
        let today = self.calendar.date_at(self.now);
        let days: Vec<Day> = self
            .store
            .strategy_days(strategy, today)
            .await?
            .into_iter()
            .map(|row| Day {
                date: row.date,
                at: row.at,
                result: row.realized_pnl + row.unrealized_pnl,
            })
            .collect();
        let trades = self.store.last_trades(Some(strategy), STRAIGHT_LOSSES_COUNTED).await?;
        let results = self.account.strategy_results();
        let (realized, unrealized) = results.get(strategy).copied().unwrap_or_default();
        // Where no close is kept yet, what was realised before today counts as there.
        let today_realized: Decimal = trades
            .iter()
            .take_while(|trade| self.calendar.date_at(trade.closed_at) == today)
            .map(|trade| trade.realized_pnl)
            .sum();
        let before = realized - today_realized;
        Ok(self.losses(Some(strategy), &days, realized + unrealized, before, &trades))
    }

    fn losses(
        &self,
        strategy: Option<&StrategyId>,
        days: &[Day],
        result: Decimal,
        result_before: Decimal,
        trades: &[ClosedTrade],
    ) -> LossStanding {
        let state = self.account.portfolio_state(self.now);
        loss_standing(LimitedLosses {
            days,
            result,
            result_before,
            starting_value: self.account.starting_value(),
            account_result: state.realized_pnl + state.unrealized_pnl,
            since: self.lifted(strategy),
            is_lifted_today: self.is_lifted_today(strategy),
            trades,
        })
    }

    /// When a person last opened the lock of a drawdown.
    fn lifted(&self, strategy: Option<&StrategyId>) -> Option<Timestamp> {
        let of = |lock: &&EntryLockRow| {
            lock.lock.kind == "drawdown_limit" && lock.lock.strategy_id.as_ref() == strategy
        };
        self.locks.iter().filter(of).find_map(|lock| lock.release.as_ref().map(|by| by.at))
    }

    fn is_lifted_today(&self, strategy: Option<&StrategyId>) -> bool {
        let today = self.calendar.date_at(self.now);
        self.locks.iter().any(|lock| {
            lock.lock.kind == "daily_loss"
                && lock.lock.strategy_id.as_ref() == strategy
                && lock.release.is_some()
                && self.calendar.date_at(lock.lock.locked_at) == today
        })
    }
}
