use rust_decimal::Decimal;

use crate::domain::records::{
    AccountState, ApprovedTerms, CheckRiskInput, CheckRiskOutput, ExitProtection, MandateState,
    MovableTarget, RiskParameters, RiskStanding, StepName,
};
use crate::domain::{
    AccountId, BrokerOrderId, ClientOrderId, ExecutionId, ExitIntent, Instrument, Leg,
    MoveTargetIntent, OrderIntent, SignalAction,
};
use crate::executor::{Effect, Made, Parts, Step, StepError};
use crate::risk::{
    EntryBounds, EntryRequest, ExitRequest, RiskApproved, approve_exit, check_bounded_entry,
};
use crate::store::OrderRow;

/// Step 7: size and rules. Only from here comes what the broker port takes.
pub(crate) struct CheckRisk {
    pub(crate) execution_id: ExecutionId,
    pub(crate) account_id: AccountId,
    pub(crate) instrument: Instrument,
    pub(crate) action: SignalAction,
    pub(crate) entry_price: Option<Decimal>,
    pub(crate) stop_price: Option<Decimal>,
    pub(crate) target_price: Option<Decimal>,
    pub(crate) risk: RiskParameters,
    pub(crate) account: AccountState,
    pub(crate) mandate: Option<MandateState>,
    /// What a person approved, when the gate is asked for the second time.
    pub(crate) approved: Option<ApprovedTerms>,
    /// Limits of the account, losses and locks; nothing in a record from before there were any.
    pub(crate) standing: Option<RiskStanding>,
    /// What works at the broker for the position, for a SELL.
    pub(crate) protection: ExitProtection,
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

impl Step for CheckRisk {
    const NAME: StepName = StepName::CheckRisk;
    const EFFECT: Effect = Effect::Pure;
    type Input = CheckRiskInput;
    type Output = Checked;
    type Record = CheckRiskOutput;

    fn input(&self) -> CheckRiskInput {
        CheckRiskInput {
            action: self.action,
            entry_price: self.entry_price,
            stop_price: self.stop_price,
            target_price: self.target_price,
            risk: self.risk.clone(),
            account: self.account.clone(),
            mandate: self.mandate.clone(),
            approved: self.approved.clone(),
            standing: self.standing.clone(),
            protection: (self.action == SignalAction::Sell).then(|| self.protection.clone()),
        }
    }

    async fn run(self, _: &Parts) -> Result<Made<Checked, CheckRiskOutput>, StepError> {
        self.made()
    }
}

impl CheckRisk {
    /// Asks the gate. It needs nothing but itself, so that a record of it can be computed again.
    pub(crate) fn made(self) -> Result<Made<Checked, CheckRiskOutput>, StepError> {
        let action = self.action;
        let missing = |what: &'static str| IncompleteSignal { action, what };
        let entry_price = self.entry_price.ok_or_else(|| missing("an entry price"))?;
        let instrument = self.instrument;
        let execution_id = self.execution_id;
        let account_id = self.account_id;
        let decision = if action == SignalAction::Buy {
            check_bounded_entry(
                EntryRequest {
                    execution_id,
                    account_id,
                    instrument,
                    entry_price,
                    stop_price: self.stop_price.ok_or_else(|| missing("a stop"))?,
                    target_price: self.target_price.ok_or_else(|| missing("a target"))?,
                },
                &self.risk,
                &self.account,
                EntryBounds {
                    mandate: self.mandate.as_ref(),
                    approved: self.approved.as_ref(),
                    standing: self.standing.as_ref(),
                },
            )
        } else {
            let held = self.account.held_quantity;
            let request = match self.protection.target {
                Some(MovableTarget { client_order_id, broker_order_id, quantity }) => {
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
            let locks = self.standing.as_ref().map(|standing| standing.locks.as_slice());
            let stop_is_working = self.protection.stop_is_working;
            approve_exit(request, held, stop_is_working, locks.unwrap_or_default())
        };
        let record = decision.output.clone();
        let output = Checked { record: decision.output, approved: decision.approved };
        Ok(Made { output, record, blobs: Vec::new() })
    }
}

/// What of the orders of a position works at the broker.
pub(crate) fn exit_protection(orders: &[OrderRow]) -> ExitProtection {
    let target = orders.iter().find_map(movable);
    ExitProtection {
        target: target.map(|(client_order_id, broker_order_id, quantity)| MovableTarget {
            client_order_id,
            broker_order_id,
            quantity,
        }),
        stop_is_working: orders
            .iter()
            .any(|order| order.leg == Leg::Stop && !order.status.is_terminal()),
    }
}

/// The target order, if it is working at the broker and can be moved.
pub(crate) fn movable(order: &OrderRow) -> Option<(ClientOrderId, BrokerOrderId, Decimal)> {
    let working = order.leg == Leg::Target && !order.status.is_terminal();
    let broker_order_id = order.broker_order_id.clone().filter(|_| working)?;
    Some((order.client_order_id.clone(), broker_order_id, order.quantity))
}
