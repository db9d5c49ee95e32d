use super::{Answered, Call};
use crate::api::ApiError;

/// Orders and questions that wait for a person.
pub(super) async fn answer(call: Call<'_>) -> Result<Answered<'_>, ApiError> {
    Ok(Answered::NotMine(call))
}
