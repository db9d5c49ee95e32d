//! What a person commands when money is at stake: decide on an order, arm live trading, flatten.

use rust_decimal::Decimal;

use super::{Engine, parse_instant};
use crate::api::commands::LiveArmRequest;
use crate::api::{ApiError, ErrorCode};
use crate::executor::{arm, disarm};
use crate::risk::MandateTerms;
use crate::safety::{FlattenReport, halt_to_flatten};
use crate::store::ApprovalRow;

impl Engine {
    /// Ticks the safety driver, if it is due.
    pub(super) async fn tick_safety(&self) -> Result<(), ApiError> {
        let mut safety = self.safety.lock().await;
        if safety.due_at().is_some_and(|at| at <= self.now()) {
            let mut orders = self.orders.lock().await;
            safety.tick(&mut orders).await?;
        }
        Ok(())
    }

    /// A run may have sent an order, or put one to a person.
    pub(super) async fn wake_after_run(&self) {
        self.safety.lock().await.wake();
        self.orders.lock().await.wake();
    }

    /// Takes a person's decision on an order that waits. After a yes it is placed, if the risk gate
    /// still lets it pass.
    pub async fn decide_approval(
        &self,
        execution_id: &str,
        approve: bool,
        by: &str,
    ) -> Result<ApprovalRow, ApiError> {
        let decided = self.safety.lock().await.decide(execution_id, approve, by).await?;
        self.orders.lock().await.wake();
        self.remember_time().await?;
        Ok(decided)
    }

    /// Halts, cancels every order and closes every position. Whatever else hangs, this does not wait
    /// for it: only the orders driver is shared.
    pub async fn flatten(
        &self,
        typed_account_id: &str,
        by: &str,
    ) -> Result<FlattenReport, ApiError> {
        halt_to_flatten(&self.parts, typed_account_id, by)?;
        let report = {
            let mut safety = self.safety.lock().await;
            let mut orders = self.orders.lock().await;
            safety.flatten(&mut orders).await?
        };
        self.remember_time().await?;
        Ok(report)
    }

    /// Arms live trading under a mandate.
    pub async fn arm_live(&self, request: &LiveArmRequest) -> Result<(), ApiError> {
        let terms = MandateTerms {
            typed_account_id: request.typed_account_id.clone(),
            maximum_order_value: amount("the largest order", &request.maximum_order_value)?,
            maximum_entries_per_day: request.maximum_entries_per_day,
            maximum_daily_loss: amount("the largest loss of a day", &request.maximum_daily_loss)?,
            ends_at: parse_instant(&request.ends_at)?,
        };
        arm(&self.parts, &terms).await?;
        self.safety.lock().await.wake();
        Ok(())
    }

    /// Takes the mandate back: entries are closed at once.
    pub async fn disarm_live(&self) -> Result<(), ApiError> {
        if disarm(&self.parts).await? {
            return Ok(());
        }
        Err(ApiError::new(ErrorCode::NotNow, "live trading is not armed"))
    }
}

fn amount(what: &str, text: &str) -> Result<Decimal, ApiError> {
    text.trim().parse().map_err(|_| {
        let shown: String = text.chars().take(40).collect();
        ApiError::new(ErrorCode::InvalidRequest, format!("{what} is \"{shown}\", not an amount"))
            .with_hint("write it in figures, such as 2500 or 199.50")
    })
}
