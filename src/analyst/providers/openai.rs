//! `OpenAI`'s chat completions (platform.openai.com/docs/api-reference/chat), and the servers that
//! speak them: Ollama, `OpenRouter`, vLLM, LM Studio, llama.cpp.

use reqwest::header::{AUTHORIZATION, HeaderName};
use serde::Deserialize;
use serde_json::{Value, json};

use super::address::ProviderAddress;
use super::schema::is_strict;
use super::transport::{
    Failure, Heard, Protocol, ReadError, Reader, Summary, base64, number, text_at,
};
use crate::analyst::model::ModelRequest;
use crate::domain::StopReason;

/// The protocol.
pub(super) struct ChatCompletions {
    /// The provider is `OpenAI` itself, which has renamed one field and knows another.
    pub(super) is_openai: bool,
}

impl Protocol for ChatCompletions {
    fn url(&self, address: &ProviderAddress, _model: &str) -> reqwest::Url {
        address.below(&["chat", "completions"], None)
    }

    fn key_header(&self) -> (HeaderName, &'static str) {
        (AUTHORIZATION, "Bearer ")
    }

    fn body(&self, model: &str, request: &ModelRequest) -> Value {
        let mut content = vec![json!({"type": "text", "text": request.prompt})];
        content.extend(request.images.iter().map(|image| {
            let url = format!("data:{};base64,{}", image.media_type, base64(&image.bytes));
            if self.is_openai {
                // A chart has small digits.
                json!({"type": "image_url", "image_url": {"url": url, "detail": "high"}})
            } else {
                json!({"type": "image_url", "image_url": {"url": url}})
            }
        }));
        let mut messages = Vec::new();
        if !request.system.is_empty() {
            messages.push(json!({"role": "system", "content": request.system}));
        }
        messages.push(json!({"role": "user", "content": content}));
        let mut body = json!({
            "model": model,
            "messages": messages,
            "stream": true,
            "stream_options": {"include_usage": true},
            "response_format": {"type": "json_schema", "json_schema": {
                "name": request.schema_name,
                "strict": is_strict(&request.schema),
                "schema": *request.schema,
            }},
        });
        // The models that think refuse the older name; the other servers know no newer one.
        let limit = if self.is_openai { "max_completion_tokens" } else { "max_tokens" };
        body[limit] = json!(request.maximum_output_tokens);
        if let Some(temperature) = request.temperature {
            body["temperature"] = number(temperature);
        }
        body
    }

    fn reader(&self) -> Box<dyn Reader> {
        Box::new(ChunkReader::default())
    }

    /// A completion has as `message` what its chunks have as `delta`.
    fn events_of(&self, mut whole: Value) -> Vec<Value> {
        for choice in whole.get_mut("choices").and_then(Value::as_array_mut).into_iter().flatten() {
            if let Some(message) = choice.get_mut("message").map(Value::take) {
                choice["delta"] = message;
            }
        }
        vec![whole]
    }

    fn failure(&self, body: &Value) -> Failure {
        failure(body)
    }
}

/// `{"error": {"message", "type", "code"}}`; some servers give a text or a number in places.
fn failure(body: &Value) -> Failure {
    let error = body.get("error").unwrap_or(body);
    let message = match error {
        Value::String(text) => text.clone(),
        error => text_at(error, "/message"),
    };
    let status =
        error.get("code").and_then(Value::as_u64).and_then(|code| u16::try_from(code).ok());
    let kind = format!("{} {}", text_at(error, "/type"), text_at(error, "/code"));
    Failure { status, message, kind, retry_after: None }
}

#[derive(Deserialize)]
struct Chunk {
    #[serde(default)]
    choices: Vec<Choice>,
    usage: Option<Usage>,
    model: Option<String>,
    error: Option<Value>,
}

#[derive(Deserialize)]
struct Choice {
    #[serde(default)]
    index: u32,
    delta: Option<Delta>,
    finish_reason: Option<String>,
}

#[derive(Deserialize)]
struct Delta {
    content: Option<String>,
    refusal: Option<String>,
}

#[derive(Deserialize)]
struct Usage {
    prompt_tokens: Option<u64>,
    completion_tokens: Option<u64>,
}

#[derive(Default)]
struct ChunkReader {
    summary: Summary,
    has_refused: bool,
}

impl Reader for ChunkReader {
    fn event(&mut self, data: &str) -> Result<Heard, ReadError> {
        if data.trim() == "[DONE]" {
            return Ok(Heard { is_end: true, ..Heard::default() });
        }
        let chunk: Chunk = serde_json::from_str(data)?;
        if let Some(error) = chunk.error.filter(|error| !error.is_null()) {
            return Err(ReadError::Failure(failure(&error)));
        }
        if let Some(model) = chunk.model.filter(|model| !model.is_empty()) {
            self.summary.model = Some(model);
        }
        if let Some(usage) = chunk.usage {
            self.summary.input_tokens = usage.prompt_tokens.or(self.summary.input_tokens);
            self.summary.output_tokens = usage.completion_tokens.or(self.summary.output_tokens);
        }
        let mut heard = Heard::default();
        for choice in chunk.choices.into_iter().filter(|choice| choice.index == 0) {
            if let Some(delta) = choice.delta {
                heard.text.push_str(&delta.content.unwrap_or_default());
                // A refusal is said in a field of its own; its words are the reply.
                if let Some(refusal) = delta.refusal {
                    self.has_refused = true;
                    heard.text.push_str(&refusal);
                }
            }
            if let Some(reason) = choice.finish_reason {
                self.summary.stop_reason = Some(match reason.as_str() {
                    _ if self.has_refused => StopReason::Refused,
                    "stop" => StopReason::Finished,
                    "length" => StopReason::Truncated,
                    "content_filter" => StopReason::Refused,
                    other => return Err(ReadError::Shape(format!("finish_reason {other}"))),
                });
            }
        }
        Ok(heard)
    }

    fn heard(&self) -> &Summary {
        &self.summary
    }
}
