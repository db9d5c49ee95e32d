use jiff::SignedDuration;

use super::Parts;
use super::approval::ProposedOrder;
use super::arming::mandate_in_force;
use super::locks::{Guarded, standing};
use super::records::{
    AccountState, CheckRiskOutput, MandateState, Outcome, ParseSignalOutput, RiskStanding, StepName,
};
use super::run::{Run, Stopped};
use super::steps::{CheckRisk, Checked, Fetched, Loaded, exit_protection};
use crate::domain::{Conid, Leg, OrderIntent, SignalAction};
use crate::risk::RiskApproved;
use crate::store::OrderRow;
use crate::strategy::Autonomy;

/// What a decision came to.
pub(super) enum Decision {
    /// Nothing is to be sent: the outcome, the sentence, and the first step that does not apply.
    Nothing { outcome: Outcome, sentence: String, first_skipped: StepName },
    /// An order passed the gate.
    Order { approved: Box<RiskApproved<OrderIntent>>, protection: Vec<OrderRow> },
    /// An order passed the gate, and a person has the last word.
    Ask {
        proposed: Box<ProposedOrder>,
        approved: Box<RiskApproved<OrderIntent>>,
        protection: Vec<OrderRow>,
        expires_after: SignedDuration,
    },
}

/// The account as the gate sees it at this moment.
pub(super) struct AccountView {
    pub(super) account: AccountState,
    pub(super) mandate: Option<MandateState>,
    /// Limits of the account, losses and locks.
    pub(super) standing: RiskStanding,
    /// The orders that protect the strategy's position in the contract.
    pub(super) protection: Vec<OrderRow>,
}

impl Run<'_> {
    pub(super) async fn gate(
        &mut self,
        loaded: &Loaded,
        fetched: &Fetched,
        signal: &ParseSignalOutput,
    ) -> Result<Decision, Stopped> {
        let autonomy = loaded.definition.autonomy;
        let instrument = &fetched.record.instrument;
        let position = self.parts.account.position(&loaded.strategy_id, instrument.conid);
        if let Some((outcome, sentence)) = before_the_gate(autonomy, signal, position.is_some()) {
            return Ok(Decision::Nothing { outcome, sentence, first_skipped: StepName::CheckRisk });
        }
        let guarded = Guarded {
            strategy_id: loaded.strategy_id.clone(),
            risk: loaded.definition.risk.clone(),
            protections: loaded.definition.protections.clone(),
        };
        let view = self.account_view(&guarded, instrument.conid, signal.action).await?;
        let protection = view.protection;
        let checked: Checked = self
            .step(CheckRisk {
                execution_id: loaded.execution_id.clone(),
                account_id: self.execution.account_id.clone(),
                instrument: instrument.clone(),
                action: signal.action,
                entry_price: signal.entry_price,
                stop_price: signal.stop_price,
                target_price: signal.target_price,
                risk: guarded.risk,
                account: view.account,
                mandate: view.mandate,
                standing: Some(view.standing),
                approved: None,
                protection: exit_protection(&protection),
            })
            .await?;
        let CheckRiskOutput { sentence, .. } = &checked.record;
        let Some(approved) = checked.approved else {
            return Ok(Decision::Nothing {
                outcome: Outcome::Refused,
                sentence: sentence.clone(),
                first_skipped: StepName::PlaceOrder,
            });
        };
        let approved = Box::new(approved);
        if autonomy == Autonomy::Auto {
            return Ok(Decision::Order { approved, protection });
        }
        let proposed = ProposedOrder::new(instrument, signal, &checked.record);
        Ok(Decision::Ask {
            proposed: Box::new(proposed),
            approved,
            protection,
            // A yes after the end of the signal's lifetime would trade on reasons that are over.
            expires_after: loaded
                .definition
                .approval_expires_after
                .min(signal.expires_at.duration_since(self.parts.clock.now())),
        })
    }

    /// Asks the broker for the money, and our own records for the rest.
    pub(super) async fn account_view(
        &mut self,
        guarded: &Guarded,
        conid: Conid,
        action: SignalAction,
    ) -> Result<AccountView, Stopped> {
        let parts = self.parts;
        let strategy = &guarded.strategy_id;
        let working = parts.store.working_orders().await?;
        let summary = match parts.broker.account_summary().await {
            Ok(summary) => summary,
            Err(error) => return Err(self.failed_before(StepName::CheckRisk, &error.into())),
        };
        let halted = parts.halt.state().is_some();
        let mandate = mandate_in_force(parts).await?;
        let closures = closures(parts, conid, mandate.as_ref());
        let mut account =
            parts.account.risk_state(&summary, &working, strategy, conid, halted, closures);
        // Two orders to open one position must not wait side by side for the same person.
        for waiting in parts.store.pending_approvals().await? {
            if waiting.execution_id == self.execution.id {
                continue;
            }
            let order: Option<ProposedOrder> = serde_json::from_str(&waiting.order_json).ok();
            let asked_by = parts.store.execution(&waiting.execution_id).await?;
            account.has_working_entry |= order.is_some_and(|order| {
                order.action == SignalAction::Buy && order.instrument.conid == conid
            }) && asked_by
                .is_some_and(|row| row.strategy_id == *strategy);
        }
        let standing = match standing(parts, guarded, conid, &working).await {
            Ok(standing) => standing,
            Err(error) if action == SignalAction::Buy => return Err(error.into()),
            Err(error) => {
                // Nothing in it holds for an exit, so that an exit does not wait for it.
                tracing::error!(%error, "limits and locks could not be read; the exit goes on");
                RiskStanding::default()
            }
        };
        let protection = working
            .into_iter()
            .filter(|order| {
                order.strategy_id == *strategy
                    && order.conid == conid
                    && matches!(order.leg, Leg::Stop | Leg::Target | Leg::Exit)
            })
            .collect();
        Ok(AccountView { account, mandate, standing, protection })
    }
}

/// What a run comes to that puts nothing to the risk gate; nothing if it does.
pub(super) fn before_the_gate(
    autonomy: Autonomy,
    signal: &ParseSignalOutput,
    is_held: bool,
) -> Option<(Outcome, String)> {
    let ParseSignalOutput { action, symbol, .. } = signal;
    if *action == SignalAction::Hold {
        return Some((Outcome::Hold, signal.reason.clone()));
    }
    if autonomy == Autonomy::Observe {
        let sentence = format!("{action} {symbol}, and the strategy only observes: no order.");
        return Some((Outcome::Observed, sentence));
    }
    (*action == SignalAction::Sell && !is_held).then(|| {
        let sentence = format!("SELL {symbol}, and this strategy holds none: nothing to sell.");
        (Outcome::NothingToSell, sentence)
    })
}

/// Why entries are closed. Live trading without a mandate is closed here as well, whatever the gate
/// that others open and close says.
fn closures(parts: &Parts, conid: Conid, mandate: Option<&MandateState>) -> Vec<String> {
    let mut closures = parts.gate.sentences_for(conid);
    let is_live = parts.account.environment == crate::domain::Environment::Live;
    if is_live && mandate.is_none() && !closures.iter().any(|said| said == super::NOT_ARMED) {
        closures.push(super::NOT_ARMED.to_owned());
    }
    closures
}
