//! Changes of signals: the SQL beside the columns that it fills.
//!
//! A signal follows what is recorded of its order, its execution and its trade. That is done here,
//! with the very change that decides it and in its transaction, so that no driver can forget it and
//! no crash can come between.

use jiff::Timestamp;
use sqlx::SqliteConnection;

use super::convert::{encode, integer, optional_text, text};
use super::error::Attempt;
use super::rows::{ExecutionRow, FillRow, OrderRow};
use super::rows_signals::PastSignal;
use crate::domain::records::Outcome;
use crate::domain::{ClosedTrade, Conid, Leg, Signal, SignalOutcome, StrategyId};

pub(super) async fn signal(connection: &mut SqliteConnection, row: Signal) -> Attempt<()> {
    sqlx::query(
        "INSERT INTO signal (execution_id, strategy_id, strategy_version, symbol, conid, action, \
         proposed_action, baseline_action, trend, confidence, last_price, entry_price, stop_price, \
         target_price, target_conservative, target_aggressive, r_multiple, r_conservative, \
         r_aggressive, confirmation, reason, analyst_kind, analyst_name, language, model, \
         provider, prompts, tokens, model_cost, generated_at, expires_at, status, executed_price, \
         executed_at, outcome, actual_r_multiple, gross_profit_loss, net_profit_loss, exit_price, \
         exit_at, exit_cause) \
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, \
         ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (execution_id) DO NOTHING",
    )
    .bind(row.execution_id.as_str())
    .bind(row.strategy_id.as_str())
    .bind(row.strategy_version)
    .bind(row.symbol)
    .bind(row.conid.0)
    .bind(text(&row.action)?)
    .bind(text(&row.proposed_action)?)
    .bind(optional_text(row.baseline_action.as_ref())?)
    .bind(text(&row.trend)?)
    .bind(row.confidence.to_string())
    .bind(row.last_price.to_string())
    .bind(row.entry_price.map(|price| price.to_string()))
    .bind(row.stop_price.map(|price| price.to_string()))
    .bind(row.target_price.map(|price| price.to_string()))
    .bind(row.target_conservative.map(|price| price.to_string()))
    .bind(row.target_aggressive.map(|price| price.to_string()))
    .bind(row.r_multiple.map(|r| r.to_string()))
    .bind(row.r_conservative.map(|r| r.to_string()))
    .bind(row.r_aggressive.map(|r| r.to_string()))
    .bind(serde_json::to_string(&row.confirmation).map_err(encode)?)
    .bind(row.reason)
    .bind(row.analyst_kind)
    .bind(row.analyst_name)
    .bind(row.language)
    .bind(row.model)
    .bind(row.provider)
    .bind(serde_json::to_string(&row.prompts).map_err(encode)?)
    .bind(integer(row.tokens)?)
    .bind(row.model_cost.to_string())
    .bind(row.generated_at.as_microsecond())
    .bind(row.expires_at.as_microsecond())
    .bind(text(&row.status)?)
    .bind(row.executed_price.map(|price| price.to_string()))
    .bind(row.executed_at.map(Timestamp::as_microsecond))
    .bind(text(&row.outcome)?)
    .bind(row.actual_r_multiple.map(|r| r.to_string()))
    .bind(row.gross_profit_loss.map(|amount| amount.to_string()))
    .bind(row.net_profit_loss.map(|amount| amount.to_string()))
    .bind(row.exit_price.map(|price| price.to_string()))
    .bind(row.exit_at.map(Timestamp::as_microsecond))
    .bind(optional_text(row.exit_cause.as_ref())?)
    .execute(connection)
    .await?;
    Ok(())
}

/// A signal out of older records, brought to where its order, execution and trade are.
pub(super) async fn past_signal(
    connection: &mut SqliteConnection,
    past: PastSignal,
) -> Attempt<()> {
    signal(connection, past.signal).await?;
    for order in &past.orders {
        follow_order(connection, order).await?;
    }
    for fill in &past.fills {
        follow_fill(connection, fill).await?;
    }
    follow_execution(connection, &past.execution).await?;
    if let Some(trade) = &past.trade {
        follow_trade(connection, trade).await?;
    }
    Ok(())
}

/// What was traded on an order was traded on its signal: on the BUY whose entry it is, or on the
/// SELL that decided the exit. A fill is the truth, also after the signal expired or was cancelled.
pub(super) async fn follow_order(
    connection: &mut SqliteConnection,
    order: &OrderRow,
) -> Attempt<()> {
    let Some(price) = order.average_price.filter(|_| !order.filled_quantity.is_zero()) else {
        return Ok(());
    };
    sqlx::query(
        "UPDATE signal SET status = 'executed', executed_price = ?3, \
         executed_at = coalesce(executed_at, ?4), \
         outcome = CASE outcome WHEN 'cancelled' THEN 'pending' ELSE outcome END \
         WHERE execution_id = ?1 AND action = ?2",
    )
    .bind(order.decided_by.as_str())
    .bind(followed_action(order.leg))
    .bind(price.to_string())
    .bind(order.updated_at.as_microsecond())
    .execute(connection)
    .await?;
    Ok(())
}

/// The first fill is when the signal was first traded on. It is written after its order, whose
/// instant is that of the last change.
pub(super) async fn follow_fill(connection: &mut SqliteConnection, row: &FillRow) -> Attempt<()> {
    sqlx::query(
        "UPDATE signal SET executed_at = min(executed_at, ?2) WHERE status = 'executed' \
         AND action = ?3 AND execution_id = \
         (SELECT decided_by FROM broker_order WHERE client_order_id = ?1)",
    )
    .bind(row.client_order_id.as_str())
    .bind(row.fill.at.as_microsecond())
    .bind(followed_action(row.leg))
    .execute(connection)
    .await?;
    Ok(())
}

/// Which signal an order serves: an entry the BUY that placed it, any other the SELL that decided
/// it. A stop or target that no SELL has moved was decided by a BUY, and serves none.
fn followed_action(leg: Leg) -> &'static str {
    if leg == Leg::Entry { "BUY" } else { "SELL" }
}

/// An execution that ended without a trade ends its signal: as expired if its order worked until
/// the end of the signal's lifetime, as cancelled otherwise.
pub(super) async fn follow_execution(
    connection: &mut SqliteConnection,
    execution: &ExecutionRow,
) -> Attempt<()> {
    let came_to_nothing = execution.outcome.is_some_and(|outcome| {
        matches!(
            outcome,
            Outcome::Refused
                | Outcome::NothingToSell
                | Outcome::NotFilled
                | Outcome::Rejected
                | Outcome::NotSent
                | Outcome::Failed
                | Outcome::Declined
                | Outcome::ApprovalExpired
        )
    });
    if !came_to_nothing {
        return Ok(());
    }
    sqlx::query(
        "UPDATE signal SET status = CASE WHEN EXISTS (SELECT 1 FROM broker_order \
         WHERE broker_order.execution_id = ?1 AND leg = 'entry' AND updated_at >= expires_at) \
         THEN 'expired' ELSE 'cancelled' END, \
         outcome = CASE action WHEN 'BUY' THEN 'cancelled' ELSE outcome END \
         WHERE execution_id = ?1 AND status = 'active'",
    )
    .bind(execution.id.as_str())
    .execute(connection)
    .await?;
    Ok(())
}

/// A closed trade is the outcome of the BUY that opened it.
pub(super) async fn follow_trade(
    connection: &mut SqliteConnection,
    trade: &ClosedTrade,
) -> Attempt<()> {
    sqlx::query(
        "UPDATE signal SET outcome = ?2, actual_r_multiple = ?3, gross_profit_loss = ?4, \
         net_profit_loss = ?5, exit_price = ?6, exit_at = ?7, exit_cause = ?8 \
         WHERE execution_id = ?1",
    )
    .bind(trade.entry_execution_id.as_str())
    .bind(text(&SignalOutcome::of_net(trade.realized_pnl))?)
    .bind(trade.r_multiple.map(|r| r.to_string()))
    .bind(trade.gross_pnl.to_string())
    .bind(trade.realized_pnl.to_string())
    .bind(trade.exit_price.to_string())
    .bind(trade.closed_at.as_microsecond())
    .bind(text(&trade.exit_cause)?)
    .execute(connection)
    .await?;
    Ok(())
}

/// Takes the outcomes back of all trades of a strategy in a contract, before they are made anew.
pub(super) async fn forget_trades(
    connection: &mut SqliteConnection,
    strategy_id: &StrategyId,
    conid: Conid,
) -> Attempt<()> {
    sqlx::query(
        "UPDATE signal SET outcome = 'pending', actual_r_multiple = NULL, \
         gross_profit_loss = NULL, net_profit_loss = NULL, exit_price = NULL, exit_at = NULL, \
         exit_cause = NULL \
         WHERE execution_id IN (SELECT entry_execution_id FROM closed_trade \
         WHERE strategy_id = ? AND conid = ?)",
    )
    .bind(strategy_id.as_str())
    .bind(conid.0)
    .execute(connection)
    .await?;
    Ok(())
}

/// Ends the lifetime of every signal that was not traded on until then.
pub(super) async fn expire(connection: &mut SqliteConnection, now: Timestamp) -> Attempt<()> {
    sqlx::query(
        "UPDATE signal SET status = 'expired', \
         outcome = CASE action WHEN 'BUY' THEN 'cancelled' ELSE outcome END \
         WHERE status = 'active' AND expires_at <= ?",
    )
    .bind(now.as_microsecond())
    .execute(connection)
    .await?;
    Ok(())
}
