use super::{Answered, Call};
use crate::api::ApiError;

/// The gateway, the session, the account, reconciliation.
pub(super) async fn answer(call: Call<'_>) -> Result<Answered<'_>, ApiError> {
    Ok(Answered::NotMine(call))
}
