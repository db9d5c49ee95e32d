use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::lineage::names;
use crate::api::ApiError;
use crate::api::dto::{ApprovalDto, ApprovalStatus, ArmingDto, FlattenDto};
use crate::domain::{Environment, StrategyId, round_to_cents};
use crate::executor::{Parts, proposed, standing_mandate};
use crate::safety::FlattenReport;
use crate::store::{ApprovalRow, ApprovalState, Store};

/// Orders that are shown: those that wait, and the newest of those that were decided.
const SHOWN: u32 = 100;

/// Orders that were put to a person: those that wait first, then the others, newest first.
pub async fn approvals(store: &Store) -> Result<Vec<ApprovalDto>, ApiError> {
    let mut rows = store.pending_approvals().await?;
    let decided = store.approvals(SHOWN).await?;
    rows.extend(decided.into_iter().filter(|row| row.state != ApprovalState::Pending));
    let names = names(store).await?;
    let mut listed = Vec::with_capacity(rows.len());
    for row in rows {
        listed.push(dto(store, row, &names).await?);
    }
    Ok(listed)
}

/// One of them.
pub async fn approval(store: &Store, row: ApprovalRow) -> Result<ApprovalDto, ApiError> {
    dto(store, row, &names(store).await?).await
}

async fn dto(
    store: &Store,
    row: ApprovalRow,
    names: &BTreeMap<StrategyId, String>,
) -> Result<ApprovalDto, ApiError> {
    let order = proposed(&row)?;
    let execution = store.execution(&row.execution_id).await?;
    let strategy_id = execution.map(|execution| execution.strategy_id);
    let strategy_name = strategy_id.as_ref().and_then(|id| names.get(id).cloned());
    let strategy_id = strategy_id.map(|id| id.to_string()).unwrap_or_default();
    let text = |price: Option<Decimal>| price.map(|price| price.to_string());
    let at_stake = order
        .limit_price
        .zip(order.stop_price)
        .map(|(limit, stop)| round_to_cents((limit - stop) * order.quantity).to_string());
    Ok(ApprovalDto {
        execution_id: row.execution_id.to_string(),
        strategy_name: strategy_name.unwrap_or_else(|| strategy_id.clone()),
        strategy_id,
        symbol: order.instrument.symbol,
        side: order.action.to_string(),
        quantity: order.quantity.to_string(),
        limit_price: text(order.limit_price).unwrap_or_default(),
        stop_price: text(order.stop_price),
        target_price: text(order.target_price),
        risk_amount: at_stake,
        sentence: order.sentence,
        asked_at: row.asked_at.to_string(),
        expires_at: row.expires_at.to_string(),
        status: match row.state {
            ApprovalState::Pending => ApprovalStatus::Pending,
            ApprovalState::Approved => ApprovalStatus::Approved,
            ApprovalState::Declined => ApprovalStatus::Declined,
            ApprovalState::Expired => ApprovalStatus::Expired,
        },
        decided_at: row.decided_at.map(|at| at.to_string()),
    })
}

/// Permission to trade real money; nothing outside live.
pub async fn arming(parts: &Parts) -> Result<Option<ArmingDto>, ApiError> {
    if parts.account.environment != Environment::Live {
        return Ok(None);
    }
    let mandate = standing_mandate(parts, parts.clock.now()).await?;
    Ok(Some(ArmingDto {
        account_id: parts.account.account_id().map(ToString::to_string).unwrap_or_default(),
        is_armed: mandate.is_some(),
        armed_at: mandate.as_ref().map(|row| row.armed_at.to_string()),
        ends_at: mandate.as_ref().map(|row| row.ends_at.to_string()),
        maximum_order_value: mandate.as_ref().map(|row| row.maximum_order_value.to_string()),
        maximum_entries_per_day: mandate.as_ref().map(|row| row.maximum_entries_per_day),
        maximum_daily_loss: mandate.as_ref().map(|row| row.maximum_daily_loss.to_string()),
    }))
}

/// What flattening came to.
pub fn flattened(report: FlattenReport) -> FlattenDto {
    FlattenDto {
        is_flat: report.is_flat,
        sentence: report.sentence,
        cancelled_orders: report.cancelled_orders,
        closing_orders: report.closing_orders,
        remaining_positions: report.remaining_positions,
        remaining_orders: report.remaining_orders,
        read_at: report.read_at.to_string(),
    }
}
