//! Anthropic's messages (docs.claude.com/en/api/messages, and *Streaming messages*).

use reqwest::header::HeaderName;
use serde::Deserialize;
use serde_json::{Value, json};

use super::address::ProviderAddress;
use super::schema::for_anthropic;
use super::transport::{
    Failure, Heard, Protocol, ReadError, Reader, Summary, base64, number, text_at,
};
use crate::analyst::model::ModelRequest;
use crate::domain::StopReason;

/// The protocol.
pub(super) struct Messages;

impl Protocol for Messages {
    fn url(&self, address: &ProviderAddress, _model: &str) -> reqwest::Url {
        address.below(&["messages"], None)
    }

    fn key_header(&self) -> (HeaderName, &'static str) {
        (HeaderName::from_static("x-api-key"), "")
    }

    fn headers(&self) -> &'static [(&'static str, &'static str)] {
        &[("anthropic-version", "2023-06-01")]
    }

    fn body(&self, model: &str, request: &ModelRequest) -> Value {
        // Images before the text that speaks of them, as the documentation advises.
        let mut content: Vec<Value> = request
            .images
            .iter()
            .map(|image| {
                json!({"type": "image", "source": {
                    "type": "base64",
                    "media_type": image.media_type,
                    "data": base64(&image.bytes),
                }})
            })
            .collect();
        content.push(json!({"type": "text", "text": request.prompt}));
        let mut body = json!({
            "model": model,
            "max_tokens": request.maximum_output_tokens,
            "stream": true,
            "messages": [{"role": "user", "content": content}],
            "output_config": {"format": {
                "type": "json_schema",
                "schema": for_anthropic(&request.schema),
            }},
        });
        if !request.system.is_empty() {
            body["system"] = json!(request.system);
        }
        if let Some(temperature) = request.temperature {
            body["temperature"] = number(temperature);
        }
        body
    }

    fn reader(&self) -> Box<dyn Reader> {
        Box::new(EventReader::default())
    }

    /// A message has its blocks, its end and its usage in one.
    fn events_of(&self, whole: Value) -> Vec<Value> {
        if whole.get("type") == Some(&json!("error")) {
            return vec![whole];
        }
        let mut events = vec![json!({"type": "message_start", "message": {
            "model": whole["model"], "usage": whole["usage"],
        }})];
        let blocks = whole.get("content").and_then(Value::as_array).into_iter().flatten();
        events.extend(blocks.filter(|block| block["type"] == "text").map(|block| {
            json!({"type": "content_block_delta", "delta": {
                "type": "text_delta", "text": block["text"],
            }})
        }));
        let delta = json!({"stop_reason": whole["stop_reason"]});
        events.push(json!({"type": "message_delta", "delta": delta, "usage": whole["usage"]}));
        events
    }

    fn failure(&self, body: &Value) -> Failure {
        failure(body)
    }
}

/// `{"type": "error", "error": {"type", "message"}}`.
fn failure(body: &Value) -> Failure {
    Failure {
        status: None,
        message: text_at(body, "/error/message"),
        kind: text_at(body, "/error/type"),
        retry_after: None,
    }
}

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Event {
    MessageStart {
        message: Message,
    },
    ContentBlockDelta {
        delta: BlockDelta,
    },
    MessageDelta {
        delta: MessageDelta,
        usage: Option<Usage>,
    },
    MessageStop,
    Error {
        error: Value,
    },
    /// `ping`, the begin and end of blocks, and what may be added: new kinds are to be passed over.
    #[serde(other)]
    Other,
}

#[derive(Deserialize)]
struct Message {
    model: Option<String>,
    usage: Option<Usage>,
}

#[derive(Deserialize)]
struct BlockDelta {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    text: String,
}

#[derive(Deserialize)]
struct MessageDelta {
    stop_reason: Option<String>,
}

#[derive(Deserialize, Clone, Copy)]
struct Usage {
    #[serde(rename = "input_tokens")]
    input: Option<u64>,
    #[serde(rename = "cache_creation_input_tokens")]
    written_to_cache: Option<u64>,
    #[serde(rename = "cache_read_input_tokens")]
    read_from_cache: Option<u64>,
    #[serde(rename = "output_tokens")]
    output: Option<u64>,
}

#[derive(Default)]
struct EventReader {
    summary: Summary,
}

impl EventReader {
    fn count(&mut self, usage: Option<Usage>) {
        let Some(usage) = usage else { return };
        if let Some(input) = usage.input {
            let written = usage.written_to_cache.unwrap_or(0);
            let read = usage.read_from_cache.unwrap_or(0);
            self.summary.input_tokens = Some(input.saturating_add(written).saturating_add(read));
        }
        // The count of a later event holds for the whole.
        self.summary.output_tokens = usage.output.or(self.summary.output_tokens);
    }
}

impl Reader for EventReader {
    fn event(&mut self, data: &str) -> Result<Heard, ReadError> {
        match serde_json::from_str(data)? {
            Event::MessageStart { message } => {
                self.summary.model = message.model;
                self.count(message.usage);
            }
            Event::ContentBlockDelta { delta } => {
                if delta.kind == "text_delta" {
                    return Ok(Heard { text: delta.text, is_end: false });
                }
            }
            Event::MessageDelta { delta, usage } => {
                self.count(usage);
                if let Some(reason) = delta.stop_reason {
                    self.summary.stop_reason = Some(match reason.as_str() {
                        "end_turn" | "stop_sequence" => StopReason::Finished,
                        "max_tokens" | "model_context_window_exceeded" => StopReason::Truncated,
                        "refusal" => StopReason::Refused,
                        other => return Err(ReadError::Shape(format!("stop_reason {other}"))),
                    });
                }
            }
            Event::MessageStop => return Ok(Heard { is_end: true, ..Heard::default() }),
            Event::Error { error } => {
                return Err(ReadError::Failure(failure(&json!({ "error": error }))));
            }
            Event::Other => {}
        }
        Ok(Heard::default())
    }

    fn heard(&self) -> &Summary {
        &self.summary
    }
}
