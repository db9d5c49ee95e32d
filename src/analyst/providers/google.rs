//! Google's Gemini (ai.google.dev/api/generate-content, `streamGenerateContent`).

use jiff::SignedDuration;
use reqwest::header::HeaderName;
use serde::Deserialize;
use serde_json::{Value, json};

use super::address::ProviderAddress;
use super::transport::{
    Failure, Heard, Protocol, ReadError, Reader, Summary, base64, number, text_at,
};
use crate::analyst::model::ModelRequest;
use crate::domain::StopReason;

/// The protocol.
pub(super) struct Gemini;

impl Protocol for Gemini {
    fn url(&self, address: &ProviderAddress, model: &str) -> reqwest::Url {
        let model = model.strip_prefix("models/").unwrap_or(model);
        let action = format!("{model}:streamGenerateContent");
        address.below(&["models", &action], Some("alt=sse"))
    }

    fn key_header(&self) -> (HeaderName, &'static str) {
        (HeaderName::from_static("x-goog-api-key"), "")
    }

    fn body(&self, _model: &str, request: &ModelRequest) -> Value {
        let mut parts = vec![json!({"text": request.prompt})];
        parts.extend(request.images.iter().map(|image| {
            json!({"inlineData": {"mimeType": image.media_type, "data": base64(&image.bytes)}})
        }));
        let mut body = json!({
            "contents": [{"role": "user", "parts": parts}],
            "generationConfig": {
                "maxOutputTokens": request.maximum_output_tokens,
                "responseMimeType": "application/json",
                "responseJsonSchema": *request.schema,
            },
        });
        if !request.system.is_empty() {
            body["systemInstruction"] = json!({"parts": [{"text": request.system}]});
        }
        if let Some(temperature) = request.temperature {
            body["generationConfig"]["temperature"] = number(temperature);
        }
        body
    }

    fn reader(&self) -> Box<dyn Reader> {
        Box::new(ChunkReader::default())
    }

    /// Without `alt=sse` the chunks are the elements of a list.
    fn events_of(&self, whole: Value) -> Vec<Value> {
        match whole {
            Value::Array(chunks) => chunks,
            one => vec![one],
        }
    }

    fn failure(&self, body: &Value) -> Failure {
        // An error of a stream may come as the one element of a list.
        failure(body.get(0).unwrap_or(body))
    }
}

/// `{"error": {"code", "message", "status", "details"}}` (google.rpc.Status, with `RetryInfo` and
/// `ErrorInfo` among the details).
fn failure(body: &Value) -> Failure {
    let error = &body["error"];
    let details = error.get("details").and_then(Value::as_array);
    let mut kind = text_at(error, "/status");
    let mut retry_after = None;
    for detail in details.into_iter().flatten() {
        kind.push(' ');
        kind.push_str(&text_at(detail, "/reason"));
        retry_after = retry_after.or_else(|| seconds(&text_at(detail, "/retryDelay")));
    }
    let status =
        error.get("code").and_then(Value::as_u64).and_then(|code| u16::try_from(code).ok());
    Failure { status, message: text_at(error, "/message"), kind, retry_after }
}

/// A duration of protobuf's JSON mapping, such as `17s` or `0.5s`.
fn seconds(text: &str) -> Option<SignedDuration> {
    let number = text.strip_suffix('s')?;
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let whole = SignedDuration::from_secs(i64::from(whole.parse::<u32>().ok()?));
    // What is left of a second is rounded up: it is a time to wait.
    let is_more = fraction.bytes().any(|digit| digit != b'0');
    Some(if is_more { whole + SignedDuration::from_secs(1) } else { whole })
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Chunk {
    #[serde(default)]
    candidates: Vec<Candidate>,
    prompt_feedback: Option<PromptFeedback>,
    usage_metadata: Option<Usage>,
    model_version: Option<String>,
    error: Option<Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Candidate {
    #[serde(default)]
    index: u32,
    content: Option<Content>,
    finish_reason: Option<String>,
}

#[derive(Deserialize)]
struct Content {
    #[serde(default)]
    parts: Vec<Part>,
}

#[derive(Deserialize)]
struct Part {
    #[serde(default)]
    text: String,
    /// It is a thought, and no part of the reply.
    #[serde(default)]
    thought: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PromptFeedback {
    block_reason: Option<String>,
}

#[derive(Deserialize)]
struct Usage {
    #[serde(rename = "promptTokenCount")]
    prompt: Option<u64>,
    #[serde(rename = "candidatesTokenCount")]
    candidates: Option<u64>,
    #[serde(rename = "thoughtsTokenCount")]
    thoughts: Option<u64>,
}

#[derive(Default)]
struct ChunkReader {
    summary: Summary,
}

impl Reader for ChunkReader {
    fn event(&mut self, data: &str) -> Result<Heard, ReadError> {
        let chunk: Chunk = serde_json::from_str(data)?;
        if let Some(error) = chunk.error {
            return Err(ReadError::Failure(failure(&json!({ "error": error }))));
        }
        self.summary.model = chunk.model_version.or(self.summary.model.take());
        if let Some(usage) = chunk.usage_metadata {
            self.summary.input_tokens = usage.prompt.or(self.summary.input_tokens);
            // Thoughts are paid for as the reply is.
            let thoughts = usage.thoughts.unwrap_or(0);
            let counted = usage.candidates.map(|count| count.saturating_add(thoughts));
            self.summary.output_tokens = counted.or(self.summary.output_tokens);
        }
        if chunk.prompt_feedback.is_some_and(|feedback| feedback.block_reason.is_some()) {
            self.summary.stop_reason = Some(StopReason::Refused);
        }
        let mut heard = Heard::default();
        for candidate in chunk.candidates.into_iter().filter(|candidate| candidate.index == 0) {
            for part in candidate.content.into_iter().flat_map(|content| content.parts) {
                if !part.thought {
                    heard.text.push_str(&part.text);
                }
            }
            if let Some(reason) = candidate.finish_reason {
                self.summary.stop_reason = Some(match reason.as_str() {
                    "STOP" => StopReason::Finished,
                    "MAX_TOKENS" => StopReason::Truncated,
                    "SAFETY" | "RECITATION" | "LANGUAGE" | "BLOCKLIST" | "PROHIBITED_CONTENT"
                    | "SPII" | "IMAGE_SAFETY" => StopReason::Refused,
                    other => return Err(ReadError::Shape(format!("finishReason {other}"))),
                });
            }
        }
        Ok(heard)
    }

    fn heard(&self) -> &Summary {
        &self.summary
    }
}
