//! The execution that closes one position because a person flattened the account.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use rust_decimal::Decimal;
use serde_json::json;

use super::records::{StepName, Trigger};
use super::run::{Run, skipped_row, success_row};
use super::{Executor, ExecutorError, NewExecution, running_row};
use crate::domain::{Conid, ExecutionId, Instrument, Leg, StrategyId};
use crate::risk::{FlattenRequest, approve_flatten};
use crate::store::ExecutionRow;

/// Why the steps before the risk gate were not made.
const SKIPPED: &str = "The account was flattened by a person: nothing is analysed.";

/// Shares to close with one market order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PositionToClose {
    /// Whose shares.
    pub strategy_id: StrategyId,
    /// The version under which the execution is filed.
    pub strategy_version: u32,
    /// What is held.
    pub conid: Conid,
    /// Ticker symbol, or the broker's description.
    pub symbol: String,
    /// Shares to close; above zero.
    pub quantity: Decimal,
    /// Shares that the broker lists; below zero when short.
    pub held_at_broker: Decimal,
    /// Orders that the broker lists as open in the contract.
    pub open_orders: usize,
    /// When the person asked for it.
    pub asked_at: Timestamp,
}

/// `{strategy}_{UTC time}_{six hexadecimal digits}`: a pure function of the flattening, the position
/// and how many orders of this flattening were needed for it before.
fn execution_id(
    position: &PositionToClose,
    installation_id: &str,
    count: u32,
) -> Result<ExecutionId, ExecutorError> {
    let time = position.asked_at.to_zoned(TimeZone::UTC).strftime("%Y%m%dT%H%M%SZ").to_string();
    let (strategy, conid) = (&position.strategy_id, position.conid);
    let text = format!("{installation_id}|flatten|{strategy}|{conid}|{time}|{count}");
    let digest = blake3::hash(text.as_bytes()).to_hex();
    Ok(ExecutionId::new(format!("{strategy}_{time}_{}", &digest.as_str()[..6]))?)
}

impl Executor {
    /// Sends one market order that closes a position or a part of it, written down first. Nothing is
    /// sent if `most` orders of this flattening were sent for the position already; then the answer
    /// is nothing.
    pub async fn close_position(
        &self,
        position: &PositionToClose,
        installation_id: &str,
        most: u32,
    ) -> Result<Option<ExecutionRow>, ExecutorError> {
        let mut free = None;
        for count in 0..most {
            let id = execution_id(position, installation_id, count)?;
            if self.parts.store.execution(&id).await?.is_none() {
                free = Some(id);
                break;
            }
        }
        let Some(id) = free else { return Ok(None) };
        let decision = approve_flatten(FlattenRequest {
            client_order_id: Leg::Flatten.client_order_id(&id),
            account_id: self.parts.account.known_account()?,
            // A market order names the contract alone; what is not known is left empty.
            instrument: Instrument {
                conid: position.conid,
                symbol: position.symbol.clone(),
                company_name: String::new(),
                exchange: String::new(),
                currency: String::new(),
                tick_size: Decimal::ZERO,
                tick_bands: Vec::new(),
            },
            quantity: position.quantity,
            held_at_broker: position.held_at_broker,
            open_orders: position.open_orders,
        });
        let Some(approved) = decision.approved else {
            let detail = decision.output.sentence;
            tracing::warn!(symbol = position.symbol, detail, "a closing order was refused");
            return Ok(None);
        };
        let parts = &self.parts;
        let new = NewExecution {
            strategy_id: position.strategy_id.clone(),
            strategy_version: position.strategy_version,
            symbol: position.symbol.clone(),
            model: None,
            trigger: Trigger::Flatten,
            as_of: position.asked_at,
        };
        let execution = running_row(parts, id, new)?;
        for step in StepName::ALL.into_iter().filter(|step| *step < StepName::CheckRisk) {
            let row = skipped_row(parts, &execution, step, 1, SKIPPED);
            parts.recorder.record(row, Vec::new());
        }
        let input = json!({
            "held_at_broker": position.held_at_broker,
            "quantity": position.quantity,
            "open_orders": position.open_orders,
        });
        let step = StepName::CheckRisk;
        let row = success_row(parts, &execution, step, 1, &input, &decision.output, 0)?;
        parts.recorder.record(row, Vec::new());
        let mut run = Run::take_up(parts, execution).await?;
        run.succeeded = 1;
        run.skipped = u32::from(StepName::CheckRisk.number()) - 1;
        let result = run.place(approved, Vec::new(), None).await;
        Ok(Some(run.ended(result).await?))
    }
}
