//! What the providers document that they send, for the scripted server.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::SignedDuration;
use rust_decimal::Decimal;
use serde_json::{Value, json};
use throughline::analyst::model::{
    ModelConnector, ModelError, ModelImage, ModelReply, ModelRequest, ModelTarget, TextSink,
};
use throughline::analyst::providers::{Patience, Providers};
use throughline::clock::SystemClock;
use throughline::domain::ModelKind;
use throughline::secrets::Secret;

use super::server::Server;

/// It is no key of anybody.
pub(super) const KEY: &str = "sk-test-0123456789abcdefghij";

/// One kind for each documented protocol, and one for each way that it is spoken in.
pub(super) const KINDS: [ModelKind; 5] = ModelKind::ALL;

/// How the stream of a provider ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    Finished,
    Truncated,
    Refused,
    /// The line closes before the provider has said that it is done.
    Missing,
}

/// A good stream: the pieces of a text, usage of 321 and 45 tokens, and an end.
pub(super) fn stream(kind: ModelKind, pieces: &[&str], ending: Ending) -> Vec<u8> {
    match kind {
        ModelKind::Openai | ModelKind::Ollama | ModelKind::OpenaiCompatible => {
            chat_completions(pieces, ending)
        }
        ModelKind::Anthropic => messages(pieces, ending),
        ModelKind::Google => gemini(pieces, ending),
    }
    .into_bytes()
}

/// platform.openai.com/docs/api-reference/chat-streaming
fn chat_completions(pieces: &[&str], ending: Ending) -> String {
    let chunk = |choices: Value, usage: Value| {
        let chunk = json!({"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1,
            "model": "answering-model", "choices": choices, "usage": usage});
        format!("data: {chunk}\n\n")
    };
    let delta = |delta: Value, reason: Value| {
        chunk(
            json!([{"index": 0, "delta": delta, "logprobs": null, "finish_reason": reason}]),
            Value::Null,
        )
    };
    let mut text = delta(json!({"role": "assistant", "content": ""}), Value::Null);
    for piece in pieces {
        let field = if ending == Ending::Refused { "refusal" } else { "content" };
        text.push_str(&delta(json!({field: piece}), Value::Null));
    }
    let reason = match ending {
        Ending::Finished | Ending::Refused => "stop",
        Ending::Truncated => "length",
        Ending::Missing => return text,
    };
    text.push_str(&delta(json!({}), json!(reason)));
    let usage = json!({"prompt_tokens": 321, "completion_tokens": 45, "total_tokens": 366});
    text.push_str(&chunk(json!([]), usage));
    text.push_str("data: [DONE]\n\n");
    text
}

/// docs.claude.com/en/docs/build-with-claude/streaming
fn messages(pieces: &[&str], ending: Ending) -> String {
    let event =
        |data: Value| format!("event: {}\ndata: {data}\n\n", data["type"].as_str().unwrap());
    let mut text = event(json!({"type": "message_start", "message": {"id": "msg_1",
        "type": "message", "role": "assistant", "content": [], "model": "answering-model",
        "stop_reason": null, "stop_sequence": null,
        "usage": {"input_tokens": 300, "cache_creation_input_tokens": 20,
            "cache_read_input_tokens": 1, "output_tokens": 1}}}));
    text.push_str(&event(json!({"type": "content_block_start", "index": 0,
        "content_block": {"type": "text", "text": ""}})));
    text.push_str(&event(json!({"type": "ping"})));
    for piece in pieces {
        text.push_str(&event(json!({"type": "content_block_delta", "index": 0,
            "delta": {"type": "text_delta", "text": piece}})));
    }
    let reason = match ending {
        Ending::Finished => "end_turn",
        Ending::Truncated => "max_tokens",
        Ending::Refused => "refusal",
        Ending::Missing => return text,
    };
    text.push_str(&event(json!({"type": "content_block_stop", "index": 0})));
    text.push_str(&event(json!({"type": "message_delta",
        "delta": {"stop_reason": reason, "stop_sequence": null}, "usage": {"output_tokens": 45}})));
    text.push_str(&event(json!({"type": "message_stop"})));
    text
}

/// ai.google.dev/api/generate-content (`streamGenerateContent`, alt=sse)
fn gemini(pieces: &[&str], ending: Ending) -> String {
    let chunk = |parts: Value, reason: Option<&str>| {
        let mut candidate = json!({"content": {"parts": parts, "role": "model"}, "index": 0});
        if let Some(reason) = reason {
            candidate["finishReason"] = json!(reason);
        }
        let chunk = json!({"candidates": [candidate], "modelVersion": "answering-model",
            "usageMetadata": {"promptTokenCount": 321, "candidatesTokenCount": 40,
                "thoughtsTokenCount": 5, "totalTokenCount": 366}});
        format!("data: {chunk}\r\n\r\n")
    };
    let mut text = chunk(json!([{"text": "thinking aloud", "thought": true}]), None);
    for piece in pieces {
        text.push_str(&chunk(json!([{"text": piece}]), None));
    }
    let reason = match ending {
        Ending::Finished => "STOP",
        Ending::Truncated => "MAX_TOKENS",
        Ending::Refused => "SAFETY",
        Ending::Missing => return text,
    };
    text.push_str(&chunk(json!([]), Some(reason)));
    text
}

/// The documented body of a failure.
pub(super) fn failure(kind: ModelKind, status: u16, name: &str, message: &str) -> Vec<u8> {
    match kind {
        ModelKind::Openai | ModelKind::Ollama | ModelKind::OpenaiCompatible => {
            json!({"error": {"message": message, "type": name, "param": null, "code": name}})
        }
        ModelKind::Anthropic => {
            json!({"type": "error", "error": {"type": name, "message": message},
                "request_id": "req_1"})
        }
        ModelKind::Google => {
            json!({"error": {"code": status, "message": message, "status": name}})
        }
    }
    .to_string()
    .into_bytes()
}

/// What a reply is asked for with.
pub(super) fn request() -> ModelRequest {
    ModelRequest {
        system: "You read charts.".to_owned(),
        prompt: "What do you see?".to_owned(),
        images: vec![
            ModelImage::new("image/png", b"first image".to_vec()),
            ModelImage::new("image/png", b"second image".to_vec()),
        ],
        schema: Arc::new(json!({
            "type": "object",
            "properties": {"confidence": {"type": "number", "minimum": 0, "maximum": 1}},
            "required": ["confidence"],
            "additionalProperties": false,
        })),
        schema_name: "analysis".to_owned(),
        temperature: Some(Decimal::new(10, 2)),
        maximum_output_tokens: 777,
        deadline: SignedDuration::from_secs(20),
    }
}

/// Hears and keeps the pieces.
#[derive(Default)]
pub(super) struct Ear(pub(super) Mutex<Vec<String>>);

impl TextSink for Ear {
    fn text(&self, piece: &str) {
        self.0.lock().unwrap().push(piece.to_owned());
    }
}

impl Ear {
    pub(super) fn heard(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }
}

/// Enough for a busy machine.
pub(super) const PATIENT: Patience = Patience {
    connect: Duration::from_secs(5),
    first_byte: Duration::from_secs(5),
    idle: Duration::from_secs(5),
};

/// For a server that is silent on purpose.
pub(super) const IMPATIENT: Patience = Patience {
    connect: Duration::from_secs(5),
    first_byte: Duration::from_millis(400),
    idle: Duration::from_millis(400),
};

/// Where a server stands for a kind.
pub(super) fn target(kind: ModelKind, server: &Server) -> ModelTarget {
    ModelTarget { kind, model: "asked-model".to_owned(), url: format!("{}/v1", server.url) }
}

/// Asks the server once.
pub(super) async fn ask(kind: ModelKind, server: &Server) -> (Result<ModelReply, ModelError>, Ear) {
    ask_with(PATIENT, &request(), &target(kind, server)).await
}

/// Asks once, with the key.
pub(super) async fn ask_with(
    patience: Patience,
    request: &ModelRequest,
    target: &ModelTarget,
) -> (Result<ModelReply, ModelError>, Ear) {
    thread_local! {
        // A test has a thread of its own, and making a client takes a while.
        static KEPT: RefCell<Vec<(Patience, Rc<Providers>)>> = const { RefCell::new(Vec::new()) };
    }
    let kept = KEPT.with_borrow(|kept| {
        kept.iter().find(|(known, _)| *known == patience).map(|(_, providers)| Rc::clone(providers))
    });
    let providers = kept.unwrap_or_else(|| {
        let made = Rc::new(Providers::with_patience(Arc::new(SystemClock), patience).unwrap());
        KEPT.with_borrow_mut(|kept| kept.push((patience, Rc::clone(&made))));
        made
    });
    let ear = Ear::default();
    let model = providers.connect(target, Some(Secret::new(KEY.to_owned()))).unwrap();
    let reply = model.complete(request, &ear).await;
    (reply, ear)
}
