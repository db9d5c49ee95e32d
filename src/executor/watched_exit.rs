//! The execution that sells a position because the watch saw the price through a stop or a target
//! whose order is missing at the broker.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use rust_decimal::Decimal;
use serde_json::json;

use super::records::{StepName, Trigger};
use super::run::{Run, skipped_row, success_row};
use super::steps::{exit_protection, movable};
use super::{Executor, ExecutorError, NewExecution, running_row};
use crate::domain::{ExecutionId, ExitIntent, Instrument, Leg, MoveTargetIntent, Position};
use crate::risk::{ExitRequest, approve_exit};
use crate::store::{Change, ExecutionRow, OrderRow, RiskChange, WatchEventRow};

/// Why the steps before the risk gate were not made.
const SKIPPED: &str = "The watch over stops and targets acted: nothing is analysed.";

/// Sales that the watch sends at most for one position, level and day: the broker may refuse.
const MOST_SALES: u32 = 3;

/// A position that the watch wants to sell.
#[derive(Debug, Clone)]
pub(crate) struct WatchedSale {
    pub(crate) position: Position,
    pub(crate) strategy_version: u32,
    pub(crate) instrument: Instrument,
    /// [`Trigger::StopWatch`] or [`Trigger::TargetWatch`].
    pub(crate) trigger: Trigger,
    /// Shares to sell; above zero.
    pub(crate) quantity: Decimal,
    /// On the tick.
    pub(crate) limit_price: Decimal,
    /// The day at the exchange: one level of a position is sold on few times a day.
    pub(crate) date: Date,
    /// What was seen; written down with the intent, before anything is sent.
    pub(crate) seen: WatchEventRow,
    pub(crate) at: Timestamp,
}

/// `{strategy}_{UTC time}_{six hexadecimal digits}`: a pure function of the position, the level, the
/// day, and how many sales were made for them before.
fn execution_id(
    sale: &WatchedSale,
    installation_id: &str,
    count: u32,
) -> Result<ExecutionId, ExecutorError> {
    let Position { strategy_id, conid, execution_id, opened_at, .. } = &sale.position;
    let time = opened_at.to_zoned(TimeZone::UTC).strftime("%Y%m%dT%H%M%SZ").to_string();
    let (trigger, date) = (sale.trigger, sale.date);
    let text =
        format!("{installation_id}|{trigger:?}|{execution_id}|{conid}|{time}|{date}|{count}");
    let digest = blake3::hash(text.as_bytes()).to_hex();
    let day = date.strftime("%Y%m%dT000000Z").to_string();
    Ok(ExecutionId::new(format!("{strategy_id}_{day}_{}", &digest.as_str()[..6]))?)
}

impl Executor {
    /// Sells, written down first. The answer is nothing where nothing was sent: the sale was made
    /// already, or other orders sell the shares by now.
    pub(crate) async fn sell_watched(
        &self,
        sale: WatchedSale,
        installation_id: &str,
    ) -> Result<Option<ExecutionRow>, ExecutorError> {
        let parts = &self.parts;
        let mut free = None;
        for count in 0..MOST_SALES {
            let id = execution_id(&sale, installation_id, count)?;
            match parts.store.execution(&id).await? {
                None => {
                    free = Some(id);
                    break;
                }
                // What a crash interrupted is recovered, and never sent again.
                Some(before) if before.finished_at.is_none() => return Ok(None),
                Some(_) => {}
            }
        }
        let Some(id) = free else { return Ok(None) };
        // One at a time goes through the gate; what works is read again once it is this one's turn.
        let _alone = parts.account.order_lane.lock().await;
        let (strategy, conid) = (&sale.position.strategy_id, sale.position.conid);
        let working: Vec<OrderRow> = parts
            .store
            .working_orders()
            .await?
            .into_iter()
            .filter(|order| order.strategy_id == *strategy && order.conid == conid)
            .filter(|order| matches!(order.leg, Leg::Stop | Leg::Target | Leg::Exit))
            .collect();
        let held = parts.account.position(strategy, conid).map_or(Decimal::ZERO, |p| p.quantity);
        let target = working.iter().find_map(movable);
        let moved = working.iter().find(|order| order.leg == Leg::Target);
        if target.is_some() && moved.and_then(|order| order.price) <= sale.seen.price {
            // The target sells at the present price already.
            return Ok(None);
        }
        let others: Decimal = working
            .iter()
            .filter(|order| !(order.leg == Leg::Target && target.is_some()))
            .map(|order| order.quantity - order.filled_quantity)
            .sum();
        if held - others < sale.quantity {
            return Ok(None);
        }
        let account_id = parts.account.known_account()?;
        let (instrument, limit_price) = (sale.instrument.clone(), sale.limit_price);
        let request = match target {
            Some((client_order_id, broker_order_id, quantity)) => {
                ExitRequest::MoveTarget(MoveTargetIntent {
                    execution_id: id.clone(),
                    account_id,
                    instrument,
                    client_order_id,
                    broker_order_id,
                    quantity,
                    limit_price,
                })
            }
            None => ExitRequest::Order(ExitIntent {
                execution_id: id.clone(),
                account_id,
                instrument,
                quantity: sale.quantity,
                limit_price,
            }),
        };
        let protection = exit_protection(&working);
        let decision = approve_exit(request, held, protection.stop_is_working, &[]);
        let Some(approved) = decision.approved else {
            let detail = decision.output.sentence;
            tracing::warn!(symbol = sale.position.symbol, detail, "the watch's sale was refused");
            return Ok(None);
        };
        let new = NewExecution {
            strategy_id: strategy.clone(),
            strategy_version: sale.strategy_version,
            symbol: sale.position.symbol.clone(),
            model: None,
            trigger: sale.trigger,
            as_of: sale.at,
        };
        let execution = running_row(parts, id.clone(), new)?;
        for step in StepName::ALL.into_iter().filter(|step| *step < StepName::CheckRisk) {
            parts.recorder.record(skipped_row(parts, &execution, step, 1, SKIPPED), Vec::new());
        }
        let input = json!({
            "held": held,
            "quantity": sale.quantity,
            "level": sale.seen.level,
            "price": sale.seen.price,
            "price_source": sale.seen.price_source,
            "price_at": sale.seen.price_at,
            "why": sale.seen.sentence,
            "protection": protection,
        });
        let step = StepName::CheckRisk;
        let row = success_row(parts, &execution, step, 1, &input, &decision.output, 0)?;
        parts.recorder.record(row, Vec::new());
        let seen = WatchEventRow { execution_id: Some(id), ..sale.seen };
        let mut run = Run::take_up(parts, execution).await?;
        run.succeeded = 1;
        run.skipped = u32::from(StepName::CheckRisk.number()) - 1;
        run.first_changes = vec![Change::Risk(RiskChange::Watch(Box::new(seen)))];
        let result = run.place(approved, working, None).await;
        Ok(Some(run.ended(result).await?))
    }
}
