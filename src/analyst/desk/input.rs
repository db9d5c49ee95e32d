//! What makes two questions the same, and what a question may cost.

use rust_decimal::Decimal;
use serde::Serialize;
use serde_json::Value;

use super::{ModelCall, ModelCallError};
use crate::analyst::model::ModelImage;
use crate::domain::ModelKind;
use crate::store::{ModelPriceRow, ModelRow};

/// Most bytes of texts and images together: providers take 20 to 32 MB with the images as base64.
const LARGEST: usize = 14 * 1024 * 1024;

/// Bytes of text that are taken for one token. English has some four, JSON and Chinese three.
const BYTES_A_TOKEN: u64 = 3;

/// Pixels that are taken for one token of an image: Anthropic counts 750, others fewer.
const PIXELS_A_TOKEN: u64 = 500;

/// Tokens of an image whose size is not known.
const TOKENS_OF_AN_IMAGE: u64 = 3_000;

/// Everything that a reply follows from. A field more makes every input a new one.
#[derive(Serialize)]
struct Input<'a> {
    version: u32,
    kind: ModelKind,
    model: &'a str,
    url: &'a str,
    system: &'a str,
    prompt: &'a str,
    images: Vec<&'a str>,
    schema: &'a Value,
    schema_name: &'a str,
    temperature: Option<String>,
    maximum_output_tokens: u32,
}

/// BLAKE3 of the input as canonical JSON (RFC 8785), 64 hexadecimal digits.
pub(super) fn hash(call: &ModelCall<'_>, row: &ModelRow) -> Result<String, serde_json::Error> {
    let input = Input {
        version: 1,
        kind: row.kind,
        model: &row.model,
        url: &row.url,
        system: call.system,
        prompt: call.prompt,
        images: call.images.iter().map(|image| image.hash.as_str()).collect(),
        schema: call.schema,
        schema_name: call.schema_name,
        temperature: row.temperature.map(|it| it.normalize().to_string()),
        maximum_output_tokens: row.maximum_output_tokens,
    };
    Ok(blake3::hash(&serde_jcs::to_vec(&input)?).to_hex().to_string())
}

/// Refuses what no provider takes.
pub(super) fn check_size(call: &ModelCall<'_>) -> Result<(), ModelCallError> {
    let images: usize = call.images.iter().map(|image| image.bytes.len()).sum();
    let bytes = call.system.len() + call.prompt.len() + images;
    if bytes > LARGEST { Err(ModelCallError::TooLarge { bytes, limit: LARGEST }) } else { Ok(()) }
}

/// What a call may cost, in USD: an estimate of its input, and the longest reply.
pub(super) fn reservation(call: &ModelCall<'_>, row: &ModelRow, price: &ModelPriceRow) -> Decimal {
    cost(price, input_tokens(call), u64::from(row.maximum_output_tokens))
}

/// How many tokens the input is taken for.
pub(super) fn input_tokens(call: &ModelCall<'_>) -> u64 {
    let text = call.system.len() + call.prompt.len() + call.schema.to_string().len();
    let images: u64 = call.images.iter().map(image_tokens).sum();
    text_tokens(text).saturating_add(images)
}

/// How many tokens a text of so many bytes is taken for.
pub fn text_tokens(bytes: usize) -> u64 {
    u64::try_from(bytes).unwrap_or(u64::MAX) / BYTES_A_TOKEN
}

/// What tokens cost, in USD. An amount beyond all numbers is the largest one.
pub(super) fn cost(price: &ModelPriceRow, input_tokens: u64, output_tokens: u64) -> Decimal {
    let million = Decimal::from(1_000_000);
    let of = |tokens: u64, per_million: Decimal| {
        (Decimal::from(tokens) / million).checked_mul(per_million)
    };
    of(input_tokens, price.input_per_million)
        .zip(of(output_tokens, price.output_per_million))
        .and_then(|(input, output)| input.checked_add(output))
        .unwrap_or(Decimal::MAX)
        .normalize()
}

/// From the size that a PNG states in its first chunk (W3C PNG §11.2.1).
fn image_tokens(image: &ModelImage) -> u64 {
    let number = |from: usize| {
        let bytes = image.bytes.get(from..from + 4)?;
        Some(u64::from(u32::from_be_bytes(bytes.try_into().ok()?)))
    };
    if !image.bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
        return TOKENS_OF_AN_IMAGE;
    }
    number(16)
        .zip(number(20))
        .map_or(TOKENS_OF_AN_IMAGE, |(width, height)| width.saturating_mul(height) / PIXELS_A_TOKEN)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use serde_json::json;

    use super::*;
    use crate::analyst::desk::Reuse;
    use crate::domain::ModelName;

    fn row() -> ModelRow {
        ModelRow {
            name: ModelName::new("gpt").unwrap(),
            kind: ModelKind::Openai,
            model: "gpt-x".to_owned(),
            url: "https://api.openai.com/v1".to_owned(),
            temperature: Some(Decimal::new(10, 2)),
            maximum_output_tokens: 1_000,
            deadline_seconds: 60,
            updated_at: jiff::Timestamp::UNIX_EPOCH,
        }
    }

    #[test]
    fn anything_that_the_reply_follows_from_changes_the_hash_and_nothing_else_does() {
        let schema = Arc::new(json!({"b": 1, "a": 2}));
        let image = [ModelImage::new("image/png", vec![1, 2, 3])];
        let call = ModelCall {
            model: "gpt",
            strategy_id: None,
            execution_id: None,
            purpose: "daily",
            system: "s",
            prompt: "p",
            images: &image,
            schema: &schema,
            schema_name: "n",
            reuse: Reuse::FromRecord,
        };
        let base = hash(&call, &row()).unwrap();
        let reordered = Arc::new(json!({"a": 2, "b": 1}));
        for same in [
            hash(&ModelCall { purpose: "weekly", schema: &reordered, ..call.clone() }, &row()),
            hash(&call, &ModelRow { deadline_seconds: 9, ..row() }),
            hash(&call, &ModelRow { temperature: Some(Decimal::new(1, 1)), ..row() }),
        ] {
            assert_eq!(same.unwrap(), base);
        }
        let other = [ModelImage::new("image/png", vec![1, 2, 4])];
        for different in [
            hash(&ModelCall { system: "p", prompt: "s", ..call.clone() }, &row()),
            hash(&ModelCall { images: &other, ..call.clone() }, &row()),
            hash(&ModelCall { schema_name: "m", ..call.clone() }, &row()),
            hash(&call, &ModelRow { model: "gpt-y".to_owned(), ..row() }),
            hash(&call, &ModelRow { temperature: None, ..row() }),
            hash(&call, &ModelRow { maximum_output_tokens: 999, ..row() }),
        ] {
            assert_ne!(different.unwrap(), base);
        }
    }

    #[test]
    fn a_cost_is_exact() {
        let price = ModelPriceRow {
            name: row().name,
            from: jiff::Timestamp::UNIX_EPOCH,
            input_per_million: Decimal::new(250, 2),
            output_per_million: Decimal::from(10),
        };
        assert_eq!(cost(&price, 1_234, 567).to_string(), "0.008755");
        let dear = ModelPriceRow { input_per_million: Decimal::MAX, ..price };
        assert_eq!(cost(&dear, u64::MAX, 1), Decimal::MAX);
    }
}
