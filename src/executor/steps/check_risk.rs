use super::{Fetched, Loaded};
use crate::domain::records::{
    AccountState, CheckRiskInput, CheckRiskOutput, ParseSignalOutput, StepName,
};
use crate::domain::{ExitIntent, Leg, MoveTargetIntent, OrderIntent, SignalAction};
use crate::executor::{Effect, Made, Parts, Step, StepError};
use crate::risk::{EntryRequest, ExitRequest, RiskApproved, approve_exit, check_entry};
use crate::store::OrderRow;

/// Step 7: size and rules. Only from here comes what the broker port takes.
pub(crate) struct CheckRisk<'a> {
    pub(crate) loaded: &'a Loaded,
    pub(crate) fetched: &'a Fetched,
    pub(crate) signal: &'a ParseSignalOutput,
    pub(crate) account: AccountState,
    /// The orders that protect the position, for a SELL.
    pub(crate) protection: Vec<OrderRow>,
}

/// The verdict, and the proof if it is a yes.
pub(crate) struct Checked {
    pub(crate) record: CheckRiskOutput,
    pub(crate) approved: Option<RiskApproved<OrderIntent>>,
}

/// A signal without the prices that an order needs; ruled out by the checks of the step before.
#[derive(Debug, thiserror::Error)]
#[error("the signal is a {action} without {what}")]
struct IncompleteSignal {
    action: SignalAction,
    what: &'static str,
}

impl Step for CheckRisk<'_> {
    const NAME: StepName = StepName::CheckRisk;
    const EFFECT: Effect = Effect::Pure;
    type Input = CheckRiskInput;
    type Output = Checked;
    type Record = CheckRiskOutput;

    fn input(&self) -> CheckRiskInput {
        CheckRiskInput {
            action: self.signal.action,
            entry_price: self.signal.entry_price,
            stop_price: self.signal.stop_price,
            target_price: self.signal.target_price,
            risk: self.loaded.definition.risk.clone(),
            account: self.account.clone(),
        }
    }

    async fn run(self, parts: &Parts) -> Result<Made<Checked, CheckRiskOutput>, StepError> {
        let action = self.signal.action;
        let missing = |what: &'static str| IncompleteSignal { action, what };
        let entry_price = self.signal.entry_price.ok_or_else(|| missing("an entry price"))?;
        let instrument = self.fetched.record.instrument.clone();
        let execution_id = self.loaded.execution_id.clone();
        let account_id = parts.account.known_account()?;
        let decision = if action == SignalAction::Buy {
            check_entry(
                EntryRequest {
                    execution_id,
                    account_id,
                    instrument,
                    entry_price,
                    stop_price: self.signal.stop_price.ok_or_else(|| missing("a stop"))?,
                    target_price: self.signal.target_price.ok_or_else(|| missing("a target"))?,
                },
                &self.loaded.definition.risk,
                &self.account,
            )
        } else {
            let held = self.account.held_quantity;
            let request = match self.protection.iter().find_map(movable) {
                Some((client_order_id, broker_order_id, quantity)) => {
                    ExitRequest::MoveTarget(MoveTargetIntent {
                        execution_id,
                        account_id,
                        instrument,
                        client_order_id,
                        broker_order_id,
                        quantity,
                        limit_price: entry_price,
                    })
                }
                None => ExitRequest::Order(ExitIntent {
                    execution_id,
                    account_id,
                    instrument,
                    quantity: held,
                    limit_price: entry_price,
                }),
            };
            let stop_is_working = self
                .protection
                .iter()
                .any(|order| order.leg == Leg::Stop && !order.status.is_terminal());
            approve_exit(request, held, stop_is_working)
        };
        let record = decision.output.clone();
        let output = Checked { record: decision.output, approved: decision.approved };
        Ok(Made { output, record, blobs: Vec::new() })
    }
}

/// The target order, if it is working at the broker and can be moved.
fn movable(
    order: &OrderRow,
) -> Option<(crate::domain::ClientOrderId, crate::domain::BrokerOrderId, rust_decimal::Decimal)> {
    let working = order.leg == Leg::Target && !order.status.is_terminal();
    let broker_order_id = order.broker_order_id.clone().filter(|_| working)?;
    Some((order.client_order_id.clone(), broker_order_id, order.quantity))
}
