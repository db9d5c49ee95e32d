//! What is sent and what is read, provider by provider.

use serde_json::{Value, json};
use throughline::domain::{ModelKind, StopReason};

use super::script::{Ending, KEY, KINDS, ask, request, stream};
use super::server::{Answer, Seen, Server};

const PIECES: [&str; 3] = ["{\"confi", "dence\": ", "0.7} – 信心"];

async fn sent(kind: ModelKind) -> Seen {
    let server = Server::start(vec![Answer::events(stream(kind, &PIECES, Ending::Finished))]).await;
    ask(kind, &server).await.0.unwrap();
    server.seen().remove(0)
}

#[tokio::test]
async fn the_reply_is_heard_in_pieces_with_usage_stop_reason_and_model() {
    for kind in KINDS {
        let body = stream(kind, &PIECES, Ending::Finished);
        let server = Server::start(vec![Answer::events(body)]).await;
        let (reply, ear) = ask(kind, &server).await;
        let reply = reply.unwrap();
        assert_eq!(reply.text, PIECES.concat(), "{kind}");
        assert_eq!(ear.heard(), PIECES, "{kind}");
        assert_eq!(reply.stop_reason, StopReason::Finished, "{kind}");
        assert_eq!((reply.input_tokens, reply.output_tokens), (Some(321), Some(45)), "{kind}");
        assert_eq!(reply.model.as_deref(), Some("answering-model"), "{kind}");
    }
}

#[tokio::test]
async fn a_reply_that_is_split_anywhere_reads_the_same() {
    for kind in KINDS {
        let body = stream(kind, &PIECES, Ending::Finished);
        // Every third place, in the middle of characters as well.
        for at in (1..body.len()).step_by(3) {
            let pieces =
                [&body[..at], &body[at..]].map(|part| super::server::Piece::Send(part.to_vec()));
            let [first, second] = pieces;
            let pause = super::server::Piece::Wait(std::time::Duration::from_micros(200));
            let server = Server::start(vec![Answer::pieces(vec![first, pause, second])]).await;
            let reply = ask(kind, &server).await.0.unwrap();
            assert_eq!(reply.text, PIECES.concat(), "{kind} split at {at}");
        }
    }
}

#[tokio::test]
async fn openai_is_asked_as_it_documents() {
    let seen = sent(ModelKind::Openai).await;
    assert_eq!(seen.path, "/v1/chat/completions");
    assert_eq!(seen.headers["authorization"], format!("Bearer {KEY}"));
    assert_eq!(seen.headers["content-type"], "application/json");
    let expected = json!({
        "model": "asked-model",
        "messages": [
            {"role": "system", "content": "You read charts."},
            {"role": "user", "content": [
                {"type": "text", "text": "What do you see?"},
                {"type": "image_url", "image_url":
                    {"url": "data:image/png;base64,Zmlyc3QgaW1hZ2U=", "detail": "high"}},
                {"type": "image_url", "image_url":
                    {"url": "data:image/png;base64,c2Vjb25kIGltYWdl", "detail": "high"}},
            ]},
        ],
        "stream": true,
        "stream_options": {"include_usage": true},
        "response_format": {"type": "json_schema", "json_schema":
            {"name": "analysis", "strict": true, "schema": *request().schema}},
        "max_completion_tokens": 777,
        "temperature": 0.1,
    });
    assert_eq!(seen.body, expected);
}

#[tokio::test]
async fn compatible_servers_are_asked_with_the_older_names() {
    for kind in [ModelKind::Ollama, ModelKind::OpenaiCompatible] {
        let seen = sent(kind).await;
        assert_eq!(seen.path, "/v1/chat/completions");
        assert_eq!(seen.body["max_tokens"], 777);
        assert_eq!(seen.body.get("max_completion_tokens"), None);
        let image = &seen.body["messages"][1]["content"][1];
        assert_eq!(
            *image,
            json!({"type": "image_url", "image_url":
            {"url": "data:image/png;base64,Zmlyc3QgaW1hZ2U="}})
        );
        let schema = &seen.body["response_format"]["json_schema"]["schema"];
        assert_eq!(*schema, *request().schema, "{kind} is asked for the schema");
    }
}

#[tokio::test]
async fn anthropic_is_asked_as_it_documents() {
    let seen = sent(ModelKind::Anthropic).await;
    assert_eq!(seen.path, "/v1/messages");
    assert_eq!(seen.headers["x-api-key"], KEY);
    assert_eq!(seen.headers["anthropic-version"], "2023-06-01");
    let image = |data: &str| {
        json!({"type": "image", "source":
            {"type": "base64", "media_type": "image/png", "data": data}})
    };
    let expected = json!({
        "model": "asked-model",
        "max_tokens": 777,
        "stream": true,
        "system": "You read charts.",
        "messages": [{"role": "user", "content": [
            image("Zmlyc3QgaW1hZ2U="),
            image("c2Vjb25kIGltYWdl"),
            {"type": "text", "text": "What do you see?"},
        ]}],
        "output_config": {"format": {"type": "json_schema", "schema": {
            "type": "object",
            "properties": {"confidence": {"type": "number"}},
            "required": ["confidence"],
            "additionalProperties": false,
        }}},
        "temperature": 0.1,
    });
    assert_eq!(seen.body, expected);
}

#[tokio::test]
async fn google_is_asked_as_it_documents() {
    let seen = sent(ModelKind::Google).await;
    assert_eq!(seen.path, "/v1/models/asked-model:streamGenerateContent?alt=sse");
    assert_eq!(seen.headers["x-goog-api-key"], KEY);
    let image = |data: &str| json!({"inlineData": {"mimeType": "image/png", "data": data}});
    let expected = json!({
        "systemInstruction": {"parts": [{"text": "You read charts."}]},
        "contents": [{"role": "user", "parts": [
            {"text": "What do you see?"},
            image("Zmlyc3QgaW1hZ2U="),
            image("c2Vjb25kIGltYWdl"),
        ]}],
        "generationConfig": {
            "maxOutputTokens": 777,
            "responseMimeType": "application/json",
            "responseJsonSchema": *request().schema,
            "temperature": 0.1,
        },
    });
    assert_eq!(seen.body, expected);
    let other: Value = serde_json::to_value(seen.headers).unwrap();
    assert!(!seen.path.contains(KEY) && other.get("authorization").is_none());
}

#[tokio::test]
async fn truncation_and_refusal_are_told_apart_from_an_end() {
    let endings =
        [(Ending::Truncated, StopReason::Truncated), (Ending::Refused, StopReason::Refused)];
    for kind in KINDS {
        for (ending, stop_reason) in endings {
            let server =
                Server::start(vec![Answer::events(stream(kind, &["I can"], ending))]).await;
            let reply = ask(kind, &server).await.0.unwrap();
            assert_eq!((reply.stop_reason, reply.text.as_str()), (stop_reason, "I can"), "{kind}");
        }
    }
}

#[tokio::test]
async fn a_refusal_without_a_word_is_a_refusal() {
    let filtered = "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"content_filter\"}]}\n\ndata: [DONE]\n\n";
    let blocked = "data: {\"promptFeedback\":{\"blockReason\":\"SAFETY\"}}\n\n";
    for (kind, body) in [(ModelKind::Openai, filtered), (ModelKind::Google, blocked)] {
        let server = Server::start(vec![Answer::events(body)]).await;
        let reply = ask(kind, &server).await.0.unwrap();
        assert_eq!((reply.stop_reason, reply.text.as_str()), (StopReason::Refused, ""), "{kind}");
    }
}
