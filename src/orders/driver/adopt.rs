//! What was done elsewhere on the account, recorded as *external*: an order that was placed in
//! another program, a fill whose order nobody listed, a liquidation by force. Each gets an order
//! and an execution of its own, so that every dollar has a card.

use jiff::Timestamp;
use rust_decimal::Decimal;

use super::editions::fill_evidence;
use crate::broker::BrokerOrder;
use crate::domain::records::{Outcome, StepName, Trigger};
use crate::domain::{
    BrokerOrderId, ClientOrderId, Conid, ExecutionId, Fill, IdError, Leg, OrderSide, OrderStatus,
    OrderType, StrategyId, TimeInForce,
};
use crate::executor::place::event_row;
use crate::executor::{
    ExecutorError, NewExecution, Parts, Totals, close_execution, running_row, skipped_row,
};
use crate::orders::reconcile::Edition;
use crate::store::{
    Change, CorrectionRow, EXTERNAL_STRATEGY, OrderEventRow, OrderRow, StrategyVersionRow,
};

/// What is recorded of the strategy that stands for everything done elsewhere.
const EXTERNAL_TOML: &str = "name = \"External\"\n";

/// Something that was done elsewhere.
pub(super) struct Foreign {
    id: ClientOrderId,
    broker_order_id: Option<BrokerOrderId>,
    conid: Conid,
    side: OrderSide,
    order_type: Option<OrderType>,
    quantity: Decimal,
    price: Option<Decimal>,
    status: OrderStatus,
    words: Option<String>,
    is_liquidation: bool,
    at: Timestamp,
    evidence: String,
}

/// Our id of the order that a fill of somebody else's order is booked to. It follows from the
/// broker's record alone, so that the order is adopted once. A liquidation has no order of its own
/// at the broker (all have the id −1), so that its fill names it.
pub(super) fn external_order_id(fill: &Fill) -> ClientOrderId {
    match &fill.broker_order_id {
        Some(id) if !fill.is_liquidation && !id.as_str().starts_with('-') => {
            external_id(id.as_str())
        }
        _ => external_id(Edition::of(&fill.fill_id).stem()),
    }
}

fn external_id(name: &str) -> ClientOrderId {
    let digest = blake3::hash(name.as_bytes()).to_hex();
    let text = format!("external-{}", &digest.as_str()[..16]);
    ClientOrderId::new(text).unwrap_or_else(|_| Leg::External.client_order_id(&nobody()))
}

/// The strategy under which is filed what was done elsewhere. Adding it again changes nothing.
pub(crate) fn external_strategy(wall_now: Timestamp) -> Result<StrategyVersionRow, IdError> {
    Ok(StrategyVersionRow {
        strategy_id: StrategyId::new(EXTERNAL_STRATEGY)?,
        name: "External".to_owned(),
        version: 1,
        toml: EXTERNAL_TOML.to_owned(),
        hash: blake3::hash(EXTERNAL_TOML.as_bytes()).to_hex().to_string(),
        created_at: wall_now,
    })
}

/// Twenty-five characters out of the allowed ones are always an id, so this is never reached.
fn nobody() -> ExecutionId {
    match ExecutionId::new(EXTERNAL_STRATEGY) {
        Ok(id) => id,
        Err(error) => unreachable!("{error}"),
    }
}

impl Foreign {
    /// An order that the broker lists.
    pub(super) fn order(listed: &BrokerOrder, now: Timestamp) -> Self {
        // Filled is what its fills say, and a word that is not known says nothing.
        let status = match listed.status {
            OrderStatus::Filled | OrderStatus::PartiallyFilled => OrderStatus::Submitted,
            OrderStatus::Unknown | OrderStatus::Intended => OrderStatus::PreSubmitted,
            status => status,
        };
        Self {
            id: external_id(listed.broker_order_id.as_str()),
            broker_order_id: Some(listed.broker_order_id.clone()),
            conid: listed.conid,
            side: listed.side,
            order_type: listed.order_type,
            quantity: listed.quantity,
            price: listed.price,
            status,
            words: Some(listed.status_text.clone()),
            is_liquidation: false,
            at: now,
            evidence: order_evidence(listed),
        }
    }

    /// The order of a fill, of which nothing else is known.
    pub(super) fn fill(fill: &Fill) -> Self {
        Self {
            id: external_order_id(fill),
            broker_order_id: fill
                .broker_order_id
                .clone()
                .filter(|id| !fill.is_liquidation && !id.as_str().starts_with('-')),
            conid: fill.conid,
            side: fill.side,
            order_type: None,
            quantity: fill.quantity,
            price: None,
            status: OrderStatus::Submitted,
            words: None,
            is_liquidation: fill.is_liquidation,
            at: fill.at,
            evidence: fill_evidence(fill),
        }
    }

    /// Our id of it.
    pub(super) fn id(&self) -> &ClientOrderId {
        &self.id
    }

    /// What is traded.
    pub(super) fn conid(&self) -> Conid {
        self.conid
    }

    /// The rows that record it, with the correction that says so.
    pub(super) fn changes(
        &self,
        parts: &Parts,
        symbol: &str,
    ) -> Result<Vec<Change>, ExecutorError> {
        let version = external_strategy(parts.clock.wall_now())?;
        let strategy_id = version.strategy_id.clone();
        let sentence = self.sentence(symbol);
        let mut changes = vec![Change::StrategyVersion(version)];
        let execution_id = ExecutionId::new(self.id.as_str())?;
        let new = NewExecution {
            strategy_id: strategy_id.clone(),
            strategy_version: 1,
            symbol: symbol.to_owned(),
            model: None,
            trigger: Trigger::External,
            as_of: self.at,
        };
        let mut execution = running_row(parts, execution_id.clone(), new)?;
        let decisions = StepName::ALL.into_iter().filter(|step| *step <= StepName::PlaceOrder);
        let mut skipped = 0;
        for step in decisions {
            let reason = "Nothing was decided here: it was done elsewhere.";
            changes.push(Change::Lineage(skipped_row(parts, &execution, step, 1, reason)));
            skipped += 1;
        }
        let totals = Totals { succeeded: 1, skipped, ..Totals::default() };
        let outcome = Outcome::External;
        let told = sentence.clone();
        close_execution(parts, &mut execution, 1, outcome, told, &totals, &mut changes)?;
        let order = OrderRow {
            client_order_id: self.id.clone(),
            broker_order_id: self.broker_order_id.clone(),
            execution_id: execution_id.clone(),
            decided_by: execution_id,
            strategy_id,
            account_id: parts.account.known_account()?,
            conid: self.conid,
            symbol: symbol.to_owned(),
            leg: Leg::External,
            side: self.side,
            // The nearest that is known: a price makes a limit order of it.
            order_type: self.order_type.unwrap_or(if self.price.is_some() {
                OrderType::Limit
            } else {
                OrderType::Market
            }),
            quantity: self.quantity,
            price: self.price,
            aux_price: None,
            time_in_force: TimeInForce::Day,
            good_till: None,
            status: self.status,
            filled_quantity: Decimal::ZERO,
            average_price: None,
            commission: Decimal::ZERO,
            reason: Some(self.note().to_owned()),
            created_at: self.at,
            updated_at: parts.clock.now(),
        };
        let event = OrderEventRow { words: self.words.clone(), ..event_row(&order) };
        changes.push(Change::OrderEvent(event));
        changes.push(Change::Order(order));
        changes.push(Change::Correction(CorrectionRow {
            at: parts.clock.now(),
            kind: self.kind().to_owned(),
            symbol: Some(symbol.to_owned()),
            conid: Some(self.conid),
            sentence,
            evidence: self.evidence.clone(),
            is_alarm: self.is_liquidation,
        }));
        Ok(changes)
    }

    fn kind(&self) -> &'static str {
        if self.is_liquidation {
            "liquidation"
        } else if self.words.is_some() {
            "external_order"
        } else {
            "external_fill"
        }
    }

    fn sentence(&self, symbol: &str) -> String {
        let (side, quantity) = (self.side, self.quantity);
        if self.is_liquidation {
            return format!(
                "IBKR closed {quantity} {symbol} by force ({side}). Entries in {symbol} are closed; \
                 look at the account's margin before anything else."
            );
        }
        format!("{side} {quantity} {symbol} was placed elsewhere, not by Throughline.")
    }

    fn note(&self) -> &'static str {
        if self.is_liquidation {
            "IBKR sold by force; there is no order of ours behind it."
        } else if self.words.is_none() {
            "Only its fills are known; type and duration are IBKR's usual ones."
        } else if self.order_type.is_none() {
            "IBKR's word for its type is not known here."
        } else {
            "Placed elsewhere; its duration is not reported."
        }
    }
}

fn order_evidence(listed: &BrokerOrder) -> String {
    serde_json::json!({
        "order_id": listed.broker_order_id,
        "order_ref": listed.client_order_id,
        "conid": listed.conid.0,
        "side": listed.side,
        "status": listed.status_text,
        "quantity": listed.quantity,
        "filled": listed.filled_quantity,
        "price": listed.price,
    })
    .to_string()
}
