//! What a call would take, without making it.

use rust_decimal::Decimal;

use super::input::{check_size, cost, hash, input_tokens};
use super::{BreakerPhase, ModelCall, ModelCallError, ModelDesk, not_begun};
use crate::analyst::model::{Detail, ModelError};
use crate::domain::StopReason;
use crate::store::{ModelCallRow, ModelPriceRow, ModelRow, StoreError};

/// What a call would take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForeseenCost {
    /// BLAKE3 of everything that the model would be given, 64 hexadecimal digits.
    pub input_hash: String,
    /// Tokens of the input, as they are estimated for a reservation.
    pub input_tokens: u64,
    /// The longest reply, in tokens.
    pub most_output_tokens: u64,
    /// What would be reserved for it, in USD.
    pub highest_cost: Decimal,
    /// The reply to the same input, if it is on record: then the call costs nothing.
    pub recorded: Option<RecordedReply>,
}

/// A reply that is on record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordedReply {
    /// The call that it answered.
    pub call: ModelCallRow,
    /// All that was said.
    pub text: String,
    /// Why the model stopped.
    pub stop_reason: StopReason,
}

impl ModelDesk {
    /// What a call would take. Nothing is sent, reserved or written down.
    pub async fn foresee(&self, call: &ModelCall<'_>) -> Result<ForeseenCost, ModelCallError> {
        let (row, price) = self.configured(call.model).await?;
        check_size(call)?;
        let input_hash = hash(call, &row).map_err(|error| {
            let detail = Detail::new(&error.to_string(), None);
            not_begun(&row.name, ModelError::Unreadable(detail))
        })?;
        let (input_tokens, most) = (input_tokens(call), u64::from(row.maximum_output_tokens));
        Ok(ForeseenCost {
            recorded: self.find_recorded(&input_hash).await?,
            input_tokens,
            most_output_tokens: most,
            highest_cost: cost(&price, input_tokens, most),
            input_hash,
        })
    }

    /// A configured model with its present price.
    pub async fn configured_model(
        &self,
        name: &str,
    ) -> Result<(ModelRow, ModelPriceRow), ModelCallError> {
        self.configured(name).await
    }

    /// A configured model with its present price, if it could be asked now: it has a key where it
    /// needs one, and its provider is not left alone.
    pub async fn ready(&self, name: &str) -> Result<(ModelRow, ModelPriceRow), ModelCallError> {
        let (row, price) = self.configured(name).await?;
        self.key_of(&row).await?;
        let view = self.breaker(&row.url);
        if let (BreakerPhase::Open, Some(until)) = (view.phase, view.until) {
            return Err(ModelCallError::ProviderRests {
                provider: row.kind.provider(),
                url: row.url,
                failures: view.failures,
                until,
            });
        }
        Ok((row, price))
    }

    /// The newest reply to an input. One that the store has lost is none.
    pub(super) async fn find_recorded(
        &self,
        input_hash: &str,
    ) -> Result<Option<RecordedReply>, StoreError> {
        let Some(call) = self.store.answered_model_call(input_hash).await? else {
            return Ok(None);
        };
        let (Some(blob), Some(stop_reason)) = (&call.reply_blob, call.stop_reason) else {
            return Ok(None);
        };
        let Some((_, bytes)) = self.store.blob(blob).await? else { return Ok(None) };
        let Ok(text) = String::from_utf8(bytes) else { return Ok(None) };
        Ok(Some(RecordedReply { call, text, stop_reason }))
    }
}

/// What tokens cost at a price, in USD. An amount beyond all numbers is the largest one.
pub fn cost_of_tokens(price: &ModelPriceRow, input_tokens: u64, output_tokens: u64) -> Decimal {
    cost(price, input_tokens, output_tokens)
}
