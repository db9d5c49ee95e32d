//! Later reports of fills that are booked: a corrected price or size, a commission that was not
//! known before.

use std::collections::BTreeSet;

use rust_decimal::Decimal;
use serde_json::json;

use crate::domain::{Conid, Fill, Leg, StrategyId};
use crate::executor::place::event_row;
use crate::executor::{ExecutorError, Parts};
use crate::portfolio::{AttributedFill, Ledger};
use crate::store::{Change, CorrectionRow, Durability, FillRow, OrderEventRow, OrderRow};

/// Replaces every booked fill of which the broker now says something else: in the ledger, in its
/// order, in positions and trades. Says how many were replaced.
pub(super) async fn take(parts: &Parts, fills: &[Fill]) -> Result<usize, ExecutorError> {
    let mut replaced = 0;
    for reported in fills {
        let Some(booked) = parts.account.changed_by(reported) else { continue };
        let id = booked.fill.client_order_id.clone();
        let order = match &id {
            Some(id) => parts.store.order(id).await?,
            None => None,
        };
        let Some(order) = order else { continue };
        replace(parts, order, &booked, reported).await?;
        replaced += 1;
    }
    Ok(replaced)
}

async fn replace(
    parts: &Parts,
    mut order: OrderRow,
    booked: &AttributedFill,
    reported: &Fill,
) -> Result<(), ExecutorError> {
    let earlier = booked.fill.fill_id.clone();
    let is_correction = earlier != reported.fill_id;
    let mut now_reported = booked.clone();
    now_reported.fill =
        Fill { client_order_id: Some(order.client_order_id.clone()), ..reported.clone() };
    if is_correction {
        now_reported.corrects = Some(earlier.clone());
    }
    let (ledger, trades) = parts.account.ledger_with(&earlier, &now_reported);

    let mut of_order: Vec<AttributedFill> = parts.account.booked_fills();
    of_order.retain(|fill| fill.fill.client_order_id.as_ref() == Some(&order.client_order_id));
    for fill in &mut of_order {
        if fill.fill.fill_id == earlier {
            *fill = now_reported.clone();
        }
    }
    let filled: Decimal = of_order.iter().map(|fill| fill.fill.quantity).sum();
    let paid: Decimal = of_order.iter().map(|fill| fill.fill.quantity * fill.fill.price).sum();
    order.filled_quantity = filled;
    order.average_price = paid.checked_div(filled);
    order.commission = of_order.iter().map(|fill| fill.fill.commission).sum();
    order.updated_at = parts.clock.now();

    let (kind, sentence) = if is_correction {
        let sentence = format!(
            "IBKR corrected a fill of {}: {} {} at {} instead of {} at {}.",
            order.client_order_id,
            order.symbol,
            reported.quantity,
            reported.price,
            booked.fill.quantity,
            booked.fill.price
        );
        ("fill_corrected", sentence)
    } else {
        let sentence = format!(
            "IBKR reported the commission of a fill of {}: {}.",
            order.client_order_id, reported.commission
        );
        ("commission_reported", sentence)
    };
    let words = Some(sentence.clone());
    let event = OrderEventRow { words, ..event_row(&order) };
    let mut changes = vec![Change::Order(order.clone()), Change::OrderEvent(event)];
    changes.push(if is_correction {
        Change::Fill(FillRow {
            fill: now_reported.fill.clone(),
            client_order_id: order.client_order_id.clone(),
            execution_id: order.execution_id.clone(),
            strategy_id: order.strategy_id.clone(),
            leg: order.leg,
            symbol: order.symbol.clone(),
            corrects: Some(earlier.clone()),
        })
    } else {
        Change::FillCommission { fill_id: earlier.clone(), commission: reported.commission }
    });
    for strategy_id in touched(parts, booked) {
        let conid = booked.fill.conid;
        changes.push(position_change(&ledger, &strategy_id, conid));
        let trades = trades
            .iter()
            .filter(|trade| trade.strategy_id == strategy_id && trade.conid == conid)
            .cloned()
            .collect();
        changes.push(Change::TradesRebuilt { strategy_id, conid, trades });
    }
    changes.push(Change::Correction(CorrectionRow {
        at: parts.clock.now(),
        kind: kind.to_owned(),
        symbol: Some(order.symbol),
        conid: Some(order.conid),
        sentence,
        evidence: fill_evidence(reported),
        is_alarm: false,
    }));
    parts.recorder.commit(changes, Durability::Full).await?;
    parts.account.replace(&earlier, now_reported);
    Ok(())
}

/// The strategies whose positions the fill can have changed.
fn touched(parts: &Parts, booked: &AttributedFill) -> BTreeSet<StrategyId> {
    if booked.leg != Leg::External {
        return BTreeSet::from([booked.strategy_id.clone()]);
    }
    let same = |fill: &AttributedFill| fill.fill.conid == booked.fill.conid;
    parts.account.booked_fills().into_iter().filter(same).map(|fill| fill.strategy_id).collect()
}

fn position_change(ledger: &Ledger, strategy_id: &StrategyId, conid: Conid) -> Change {
    match ledger.position(strategy_id, conid) {
        Some(position) => Change::Position(position.clone()),
        None => Change::PositionClosed { strategy_id: strategy_id.clone(), conid },
    }
}

/// A fill as evidence.
pub(super) fn fill_evidence(fill: &Fill) -> String {
    json!({
        "execution_id": fill.fill_id.as_str(),
        "order_ref": fill.client_order_id,
        "order_id": fill.broker_order_id,
        "conid": fill.conid.0,
        "side": fill.side,
        "size": fill.quantity,
        "price": fill.price,
        "commission": fill.is_commission_known.then_some(fill.commission),
        "liquidation": fill.is_liquidation,
        "time": fill.at.to_string(),
    })
    .to_string()
}
