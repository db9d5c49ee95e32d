//! Orders that wait for a person: the question, the yes, the no, and nobody's answer.

use jiff::{SignedDuration, Timestamp};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::locks::Guarded;
use super::place::{input_record, started_row};
use super::records::{
    ApprovedTerms, CheckRiskOutput, LlmAnalysisOutput, Outcome, ParseSignalOutput, StepName,
    StepStatus,
};
use super::run::{Run, Stopped};
use super::steps::{CheckRisk, Checked, exit_protection};
use super::{Changed, Executor, ExecutorError, StepError};
use crate::calendar::Calendar;
use crate::domain::{ExecutionId, Instrument, OrderIntent, SignalAction};
use crate::risk::RiskApproved;
use crate::store::{
    ApprovalRow, ApprovalState, Change, Durability, ExecutionRow, ExecutionStatus, OrderRow,
};
use crate::strategy::StrategyDefinition;

/// Approvals that are looked through at a start: one that was given and not acted upon is among the
/// newest.
const NEWEST_APPROVALS: u32 = 500;

/// An order as it is put to a person. What is sent after the yes is made anew from it, by the risk
/// gate, so that nothing in a row of the database can become an order past the gate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProposedOrder {
    /// What it does.
    pub action: SignalAction,
    /// What is traded.
    pub instrument: Instrument,
    /// Shares.
    pub quantity: Decimal,
    /// Limit price.
    pub limit_price: Option<Decimal>,
    /// Stop price of the protection, of an entry.
    pub stop_price: Option<Decimal>,
    /// Limit price of the target, of an entry.
    pub target_price: Option<Decimal>,
    /// Why, in one sentence.
    pub sentence: String,
    /// Where the answer came from, once there is one: `window` or `terminal`.
    pub decided_by: Option<String>,
}

impl ProposedOrder {
    pub(super) fn new(
        instrument: &Instrument,
        signal: &ParseSignalOutput,
        checked: &CheckRiskOutput,
    ) -> Self {
        let is_entry = signal.action == SignalAction::Buy;
        Self {
            action: signal.action,
            instrument: instrument.clone(),
            quantity: checked.quantity,
            limit_price: signal.entry_price,
            stop_price: signal.stop_price.filter(|_| is_entry),
            target_price: signal.target_price.filter(|_| is_entry),
            sentence: signal.reason.clone(),
            decided_by: None,
        }
    }
}

/// Why a decision on an order that waits was not taken.
#[derive(Debug, thiserror::Error)]
pub enum ApprovalError {
    /// No order of that execution waits.
    #[error("no order of execution {execution} waits for approval")]
    NotWaiting {
        /// As asked for, cut to 64 characters.
        execution: String,
    },
    /// It was decided before.
    #[error("the order of execution {execution} is {state} already")]
    Decided {
        /// Which execution.
        execution: ExecutionId,
        /// `approved`, `declined` or `expired`.
        state: &'static str,
    },
    /// An entry, and trading is halted.
    #[error("trading is halted ({reason}), so that no entry can be approved; resume it first")]
    Halted {
        /// The words of who halted it.
        reason: String,
    },
    /// The record could not be kept.
    #[error(transparent)]
    Executor(#[from] ExecutorError),
}

/// When an order that is asked about at `now` lapses. One that works for a day only does not
/// outlive the next regular close: what comes after it is another day's decision.
fn expires_at(now: Timestamp, after: SignedDuration, is_for_a_day: bool) -> Timestamp {
    let at = now.checked_add(after).unwrap_or(Timestamp::MAX);
    if !is_for_a_day {
        return at;
    }
    let calendar = Calendar::nyse();
    let today = calendar.session_on(calendar.date_at(now)).filter(|session| session.close > now);
    let next = today.or_else(|| calendar.next_session_after(now));
    next.map_or(at, |session| at.min(session.close))
}

impl Run<'_> {
    /// Puts the order to a person. It is written down as waiting, and nothing is sent.
    pub(super) async fn ask(
        &mut self,
        proposed: ProposedOrder,
        approved: RiskApproved<OrderIntent>,
        protection: &[OrderRow],
        expires_after: SignedDuration,
    ) -> Result<(), Stopped> {
        let now = self.parts.clock.now();
        let is_for_a_day = !matches!(approved.get(), OrderIntent::MoveTarget(_));
        let expires_at = expires_at(now, expires_after, is_for_a_day);
        let orders = self.intended_orders(approved.get(), protection);
        let input = input_record(&self.execution, approved.get(), &orders, None);
        let attempt = self.next_attempt(StepName::PlaceOrder);
        let reason = format!("Waits for a person's approval until {expires_at}.");
        self.execution.status = ExecutionStatus::AwaitingApproval;
        let approval = ApprovalRow {
            execution_id: self.execution.id.clone(),
            asked_at: now,
            expires_at,
            state: ApprovalState::Pending,
            decided_at: None,
            order_json: self.json(&proposed)?,
        };
        let changes = vec![
            Change::Execution(self.execution.clone()),
            Change::Lineage(started_row(self.parts, &self.execution, &input, attempt, &reason)?),
            Change::Approval(approval),
        ];
        self.parts.recorder.commit(changes, Durability::Full).await?;
        self.parts.changes.tell(Changed::Approvals);
        Ok(())
    }

    /// Asks the gate again, on the present account and price, and sends what it lets pass.
    async fn place_after_yes(
        &mut self,
        proposed: ProposedOrder,
        approval: &ApprovalRow,
    ) -> Result<(), Stopped> {
        let strategy = self.execution.strategy_id.clone();
        let conid = proposed.instrument.conid;
        let guarded = match self.guarded().await {
            Ok(guarded) => guarded,
            Err(error) => return Err(self.failed_before(StepName::CheckRisk, &error)),
        };
        if proposed.action == SignalAction::Sell
            && self.parts.account.position(&strategy, conid).is_none()
        {
            let sentence = format!(
                "SELL {} was approved, and the position is closed by now: nothing to sell.",
                self.execution.symbol
            );
            let first_skipped = StepName::PlaceOrder;
            return self
                .finish_without_order(Outcome::NothingToSell, sentence, first_skipped)
                .await;
        }
        let quote = match self.parts.market.quote(conid).await {
            Ok(quote) => quote,
            Err(error) => return Err(self.failed_before(StepName::CheckRisk, &error.into())),
        };
        self.parts.account.note_prices(quote.as_of, [(conid, quote.last)]);
        let mut view = self.account_view(&guarded, conid, proposed.action).await?;
        if quote.is_halted && proposed.action == SignalAction::Buy {
            let sentence =
                format!("Trading in {} is halted at the exchange.", self.execution.symbol);
            view.account.closures.push(sentence);
        }
        let terms = ApprovedTerms {
            by: proposed.decided_by.clone().unwrap_or_default(),
            asked_at: approval.asked_at,
            decided_at: approval.decided_at.unwrap_or(approval.asked_at),
            quantity: proposed.quantity,
            last_price: quote.last,
        };
        let checked: Checked = self
            .step(CheckRisk {
                execution_id: self.execution.id.clone(),
                account_id: self.execution.account_id.clone(),
                instrument: proposed.instrument,
                action: proposed.action,
                entry_price: proposed.limit_price,
                stop_price: proposed.stop_price,
                target_price: proposed.target_price,
                risk: guarded.risk,
                account: view.account,
                mandate: view.mandate,
                standing: Some(view.standing),
                approved: Some(terms.clone()),
                protection: exit_protection(&view.protection),
            })
            .await?;
        let Some(approved) = checked.approved else {
            let sentence = checked.record.sentence;
            let first_skipped = StepName::PlaceOrder;
            return self.finish_without_order(Outcome::Refused, sentence, first_skipped).await;
        };
        self.execution.status = ExecutionStatus::Running;
        self.place(approved, view.protection, Some(terms)).await
    }

    /// The limits and protections of the version that asked.
    async fn guarded(&self) -> Result<Guarded, StepError> {
        let (strategy, version) = (&self.execution.strategy_id, self.execution.strategy_version);
        let row = self.parts.store.strategy_version(strategy, version).await?;
        let toml = row.map(|row| row.toml).unwrap_or_default();
        let StrategyDefinition { risk, protections, .. } = toml.parse()?;
        Ok(Guarded { strategy_id: strategy.clone(), risk, protections })
    }

    /// Brings the totals to where they were when the question was asked.
    fn count_recorded(&mut self) {
        let succeeded = self.recorded.values().filter(|rows| {
            rows.iter().any(|row| row.row.status == StepStatus::Success)
                && rows.iter().all(|row| row.row.step != StepName::CheckRisk)
        });
        self.succeeded = u32::try_from(succeeded.count()).unwrap_or(u32::MAX);
        let analyses = self.recorded.get(&StepName::LlmAnalysis).into_iter().flatten();
        for row in analyses {
            if let Ok(analysis) = serde_json::from_str::<LlmAnalysisOutput>(&row.row.output) {
                self.tokens = analysis.total_tokens;
                self.cost = analysis.total_cost;
            }
        }
    }
}

impl Executor {
    /// Takes a person's decision down. After a yes the order is still to be placed, with
    /// [`Executor::place_approved`]; until it is written down as an intent, a restart takes it up
    /// from the approval itself.
    pub async fn decide(
        &self,
        execution: &str,
        approve: bool,
        by: &str,
    ) -> Result<ApprovalRow, ApprovalError> {
        let not_waiting =
            || ApprovalError::NotWaiting { execution: execution.chars().take(64).collect() };
        let id = ExecutionId::new(execution).map_err(|_| not_waiting())?;
        let found = self.parts.store.approval(&id).await.map_err(ExecutorError::from)?;
        let approval = found.ok_or_else(not_waiting)?;
        if approval.state != ApprovalState::Pending {
            return Err(ApprovalError::Decided { execution: id, state: word(approval.state) });
        }
        let now = self.parts.clock.now();
        if approval.expires_at <= now {
            self.close_unapproved(&approval, ApprovalState::Expired, None).await?;
            return Err(ApprovalError::Decided { execution: id, state: "expired" });
        }
        if !approve {
            return Ok(self.close_unapproved(&approval, ApprovalState::Declined, Some(by)).await?);
        }
        let proposed = proposed(&approval)?;
        if proposed.action == SignalAction::Buy
            && let Some(halt) = self.parts.halt.state()
        {
            return Err(ApprovalError::Halted { reason: halt.reason });
        }
        let approved = self.decided(&approval, ApprovalState::Approved, Some(by))?;
        let changes = vec![Change::Approval(approved.clone())];
        let written = self.parts.recorder.commit(changes, Durability::Full).await;
        written.map_err(ExecutorError::from)?;
        self.parts.changes.tell(Changed::Approvals);
        Ok(approved)
    }

    /// Places an order that was approved and is not written down to be sent yet. One that was is
    /// left to recovery: it is never placed a second time.
    pub async fn place_approved(&self, approval: &ApprovalRow) -> Result<(), ExecutorError> {
        let id = &approval.execution_id;
        let Some(execution) = self.parts.store.execution(id).await? else { return Ok(()) };
        if execution.status != ExecutionStatus::AwaitingApproval
            || approval.state != ApprovalState::Approved
        {
            return Ok(());
        }
        let proposed = proposed(approval)?;
        let mut run = Run::take_up(&self.parts, execution).await?;
        run.count_recorded();
        let alone = self.parts.account.order_lane.lock().await;
        let result = run.place_after_yes(proposed, approval).await;
        drop(alone);
        run.ended(result).await?;
        self.parts.changes.tell(Changed::Approvals);
        Ok(())
    }

    /// Closes every order that nobody answered in time, and says when the next one lapses.
    pub async fn expire_approvals(&self) -> Result<Option<Timestamp>, ExecutorError> {
        let now = self.parts.clock.now();
        let mut next: Option<Timestamp> = None;
        for approval in self.parts.store.pending_approvals().await? {
            if approval.expires_at <= now {
                self.close_unapproved(&approval, ApprovalState::Expired, None).await?;
            } else {
                next = Some(next.map_or(approval.expires_at, |at| at.min(approval.expires_at)));
            }
        }
        Ok(next)
    }

    /// Orders that were approved and not placed when the program stopped.
    pub async fn approved_and_not_placed(&self) -> Result<Vec<ApprovalRow>, ExecutorError> {
        let mut found = Vec::new();
        for approval in self.parts.store.approvals(NEWEST_APPROVALS).await? {
            if approval.state != ApprovalState::Approved {
                continue;
            }
            let execution = self.parts.store.execution(&approval.execution_id).await?;
            let waits = |row: &ExecutionRow| row.status == ExecutionStatus::AwaitingApproval;
            if execution.as_ref().is_some_and(waits) {
                found.push(approval);
            }
        }
        Ok(found)
    }

    async fn close_unapproved(
        &self,
        approval: &ApprovalRow,
        state: ApprovalState,
        by: Option<&str>,
    ) -> Result<ApprovalRow, ExecutorError> {
        let closed = self.decided(approval, state, by)?;
        let Some(execution) = self.parts.store.execution(&approval.execution_id).await? else {
            return Ok(closed);
        };
        let order = proposed(approval)?;
        let what = format!("{} {} {}", order.action, order.quantity, execution.symbol);
        let (outcome, sentence) = match by {
            Some(by) => {
                (Outcome::Declined, format!("{what} was declined in the {by}: no order was sent."))
            }
            None => (
                Outcome::ApprovalExpired,
                format!(
                    "{what} waited for approval until {} and nobody answered: no order was sent.",
                    approval.expires_at
                ),
            ),
        };
        let mut run = Run::take_up(&self.parts, execution).await?;
        run.count_recorded();
        run.succeeded += 1;
        let mut changes = vec![Change::Approval(closed.clone())];
        run.skip_from(StepName::PlaceOrder, &sentence, &mut changes);
        let result = run.complete(outcome, sentence, changes).await;
        run.ended(result).await?;
        self.parts.changes.tell(Changed::Approvals);
        Ok(closed)
    }

    fn decided(
        &self,
        approval: &ApprovalRow,
        state: ApprovalState,
        by: Option<&str>,
    ) -> Result<ApprovalRow, ExecutorError> {
        let mut order = proposed(approval)?;
        order.decided_by = by.map(ToOwned::to_owned);
        let order_json = serde_json::to_string(&order).map_err(|source| ExecutorError::Record {
            execution: approval.execution_id.clone(),
            source,
        })?;
        let decided_at = Some(self.parts.clock.now());
        Ok(ApprovalRow { state, decided_at, order_json, ..approval.clone() })
    }
}

/// The order that waits, out of its row.
pub fn proposed(approval: &ApprovalRow) -> Result<ProposedOrder, ExecutorError> {
    serde_json::from_str(&approval.order_json).map_err(|error| ExecutorError::Unresumable {
        execution: approval.execution_id.clone(),
        detail: format!("the order that waits for approval cannot be read: {error}"),
    })
}

fn word(state: ApprovalState) -> &'static str {
    match state {
        ApprovalState::Pending => "pending",
        ApprovalState::Approved => "approved",
        ApprovalState::Declined => "declined",
        ApprovalState::Expired => "expired",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn an_order_for_a_day_lapses_at_the_next_regular_close_at_the_latest() {
        let day = SignedDuration::from_hours(24);
        let hour = SignedDuration::from_hours(1);
        let week = SignedDuration::from_hours(7 * 24);
        // Asked at, how long, for a day: when it lapses. 2012-07-03 closes at 13:00 in New York.
        let cases = [
            ("2012-06-14T16:00:00-04:00", day, true, "2012-06-15T16:00:00-04:00"),
            ("2012-06-14T10:00:00-04:00", day, true, "2012-06-14T16:00:00-04:00"),
            ("2012-06-14T10:00:00-04:00", hour, true, "2012-06-14T11:00:00-04:00"),
            ("2012-06-15T16:00:00-04:00", week, true, "2012-06-18T16:00:00-04:00"),
            ("2012-07-02T16:00:00-04:00", day, true, "2012-07-03T13:00:00-04:00"),
            ("2012-06-14T10:00:00-04:00", day, false, "2012-06-15T10:00:00-04:00"),
        ];
        for (asked, after, is_for_a_day, expected) in cases {
            assert_eq!(expires_at(at(asked), after, is_for_a_day), at(expected), "{asked}");
        }
    }
}
