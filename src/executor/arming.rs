//! Permission to open positions with real money: given by a person for one account, bounded, and
//! over by itself.

use jiff::Timestamp;
use rust_decimal::Decimal;

use super::records::MandateState;
use super::{Changed, ClosureCause, ExecutorError, Parts};
use crate::calendar::Calendar;
use crate::domain::{Environment, Leg};
use crate::risk::{Mandate, MandateError, MandateTerms};
use crate::store::{Change, Durability, MandateRow};

/// Why entries are closed before live trading is armed.
pub const NOT_ARMED: &str = "Live trading is not armed; type the account id in Connection and set \
                             its limits to arm it.";

/// Why live trading was not armed.
#[derive(Debug, thiserror::Error)]
pub enum ArmingError {
    /// Nothing to arm.
    #[error("only live trading is armed, and this data directory is for {environment}")]
    NotLive {
        /// What it is for.
        environment: Environment,
    },
    /// A wrong account, amount or end.
    #[error(transparent)]
    Terms(#[from] MandateError),
    /// Something else closes entries.
    #[error("live trading cannot be armed while entries are closed: {closures}")]
    Closed {
        /// The sentences that close them.
        closures: String,
    },
    /// The record could not be kept, or the account is not known.
    #[error(transparent)]
    Executor(#[from] ExecutorError),
}

/// The mandate that holds at this moment, with what of it is used; nothing outside live, before
/// arming, after disarming and after its end.
pub(super) async fn mandate_in_force(parts: &Parts) -> Result<Option<MandateState>, ExecutorError> {
    let now = parts.clock.now();
    let Some(row) = standing_mandate(parts, now).await? else { return Ok(None) };
    let calendar = Calendar::nyse();
    let today = calendar.date_at(now);
    let orders = parts.store.orders().await?;
    let entries = orders
        .iter()
        .filter(|order| order.leg == Leg::Entry && calendar.date_at(order.created_at) == today);
    // Results by our own ledger, so that neither a deposit nor a withdrawal looks like one.
    let snapshots = parts.store.snapshots(None, None).await?;
    let last_close = snapshots.iter().rev().find(|snapshot| snapshot.date < today);
    let before = last_close
        .map_or(Decimal::ZERO, |snapshot| snapshot.realized_pnl + snapshot.unrealized_pnl);
    let state = parts.account.portfolio_state(now);
    let result = state.realized_pnl + state.unrealized_pnl;
    Ok(Some(MandateState {
        maximum_order_value: row.maximum_order_value,
        maximum_entries_per_day: row.maximum_entries_per_day,
        maximum_daily_loss: row.maximum_daily_loss,
        ends_at: row.ends_at,
        now,
        entries_today: u32::try_from(entries.count()).unwrap_or(u32::MAX),
        loss_today: (before - result).max(Decimal::ZERO),
    }))
}

/// The row of the mandate that holds at `now`.
pub async fn standing_mandate(
    parts: &Parts,
    now: Timestamp,
) -> Result<Option<MandateRow>, ExecutorError> {
    if parts.account.environment != Environment::Live {
        return Ok(None);
    }
    let Some(account) = parts.account.account_id() else { return Ok(None) };
    let last = parts.store.last_mandate(account).await?;
    Ok(last.filter(|row| row.disarmed_at.is_none() && row.ends_at > now))
}

/// Closes or opens entries by the mandate that holds now, and says when to look again.
pub async fn settle_arming(parts: &Parts) -> Result<Option<Timestamp>, ExecutorError> {
    if parts.account.environment != Environment::Live {
        return Ok(None);
    }
    let mandate = standing_mandate(parts, parts.clock.now()).await?;
    let changed = if mandate.is_some() {
        parts.gate.open(ClosureCause::NotArmed, None)
    } else {
        let was_open = !is_closed_for(parts, ClosureCause::NotArmed);
        parts.gate.close(ClosureCause::NotArmed, None, NOT_ARMED);
        was_open
    };
    if changed {
        parts.changes.tell(Changed::Connection);
    }
    Ok(mandate.map(|row| row.ends_at))
}

fn is_closed_for(parts: &Parts, cause: ClosureCause) -> bool {
    parts.gate.closures().iter().any(|closure| closure.cause == cause)
}

/// Arms live trading under a mandate. What else closes entries, an outstanding comparison with the
/// broker's records above all, has to be settled first.
pub async fn arm(parts: &Parts, terms: &MandateTerms) -> Result<(), ArmingError> {
    let environment = parts.account.environment;
    if environment != Environment::Live {
        return Err(ArmingError::NotLive { environment });
    }
    let now = parts.clock.now();
    let mandate = Mandate::new(terms, &parts.account.known_account()?, now)?;
    let closures: Vec<String> = parts
        .gate
        .closures()
        .into_iter()
        .filter(|closure| closure.cause != ClosureCause::NotArmed)
        .map(|closure| closure.sentence)
        .collect();
    if !closures.is_empty() {
        return Err(ArmingError::Closed { closures: closures.join(" ") });
    }
    let row = MandateRow {
        account_id: mandate.account_id,
        armed_at: mandate.armed_at,
        ends_at: mandate.ends_at,
        maximum_order_value: mandate.maximum_order_value,
        maximum_entries_per_day: mandate.maximum_entries_per_day,
        maximum_daily_loss: mandate.maximum_daily_loss,
        disarmed_at: None,
    };
    commit(parts, row).await?;
    Ok(())
}

/// Takes the mandate back. Entries are closed before the record is written, so that a full disk
/// does not keep them open. Says whether there was one.
pub async fn disarm(parts: &Parts) -> Result<bool, ExecutorError> {
    let now = parts.clock.now();
    let Some(row) = standing_mandate(parts, now).await? else { return Ok(false) };
    parts.gate.close(ClosureCause::NotArmed, None, NOT_ARMED);
    commit(parts, MandateRow { disarmed_at: Some(now), ..row }).await?;
    Ok(true)
}

async fn commit(parts: &Parts, row: MandateRow) -> Result<(), ExecutorError> {
    parts.recorder.commit(vec![Change::Mandate(row)], Durability::Full).await?;
    settle_arming(parts).await?;
    parts.changes.tell(Changed::Connection);
    parts.changes.tell(Changed::Status);
    Ok(())
}
