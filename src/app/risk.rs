//! What a person sets and opens: limits of the account, locks on entries.

use super::Engine;
use crate::api::{ApiError, ErrorCode};
use crate::domain::records::AccountLimits;
use crate::executor::{Changed, account_limits};
use crate::risk::check_account_limits;
use crate::store::{Change, Durability, LockRelease, RiskChange, RiskLimitsRow};

/// Longest reason.
const REASON_LENGTH: usize = 200;

impl Engine {
    /// Puts limits of the account in force. What was in force before stays in the record.
    pub async fn set_risk_limits(&self, limits: AccountLimits, by: &str) -> Result<(), ApiError> {
        check_account_limits(&limits)
            .map_err(|error| ApiError::new(ErrorCode::InvalidRequest, error.to_string()))?;
        let parts = &self.parts;
        if account_limits(&parts.store).await? == limits {
            return Ok(());
        }
        let row = RiskLimitsRow { at: self.now(), changed_by: by.to_owned(), limits };
        let change = Change::Risk(RiskChange::Limits(row));
        parts.recorder.commit(vec![change], Durability::Full).await?;
        parts.changes.tell(Changed::Risk);
        Ok(())
    }

    /// Opens a lock before its time, with the reason of the person who does.
    pub async fn release_lock(&self, lock_id: i64, reason: &str, by: &str) -> Result<(), ApiError> {
        let reason: String = reason.trim().chars().take(REASON_LENGTH).collect();
        if reason.is_empty() {
            return Err(ApiError::new(ErrorCode::InvalidRequest, "no reason is given")
                .with_hint("say in a few words why entries may be opened again"));
        }
        let (parts, now) = (&self.parts, self.now());
        let found = parts.store.entry_lock(lock_id).await?;
        let Some(found) = found else {
            return Err(ApiError::new(ErrorCode::NotFound, format!("there is no lock {lock_id}")));
        };
        if !found.is_in_force(now) {
            return Err(ApiError::new(
                ErrorCode::NotNow,
                format!("lock {lock_id} is over already"),
            ));
        }
        let release = LockRelease { at: now, by: by.to_owned(), reason };
        let change = Change::Risk(RiskChange::Release { lock_id, release });
        parts.recorder.commit(vec![change], Durability::Full).await?;
        parts.changes.tell(Changed::Risk);
        Ok(())
    }
}
