//! Whatever a provider sends, no reader panics, and what it makes of it is bounded by what was sent.

use proptest::prelude::*;

use super::anthropic::Messages;
use super::google::Gemini;
use super::openai::ChatCompletions;
use super::transport::Protocol;

fn protocols() -> [Box<dyn Protocol>; 3] {
    [Box::new(ChatCompletions { is_openai: true }), Box::new(Messages), Box::new(Gemini)]
}

/// Events of all protocols, to be mixed and damaged.
const EVENTS: &[&str] = &[
    r#"{"choices":[{"index":0,"delta":{"content":"a"},"finish_reason":null}],"usage":null}"#,
    r#"{"choices":[{"index":0,"delta":{"refusal":"no"},"finish_reason":"stop"}],"model":"m"}"#,
    r#"{"choices":[],"usage":{"prompt_tokens":18446744073709551615,"completion_tokens":1}}"#,
    r#"{"type":"message_start","message":{"model":"m","usage":{"input_tokens":18446744073709551615,"cache_read_input_tokens":9}}}"#,
    r#"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"b"}}"#,
    r#"{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":3}}"#,
    r#"{"type":"error","error":{"type":"api_error","message":"x"}}"#,
    r#"{"candidates":[{"content":{"parts":[{"text":"c"}]},"finishReason":"STOP","index":0}]}"#,
    r#"{"usageMetadata":{"candidatesTokenCount":18446744073709551615,"thoughtsTokenCount":7}}"#,
    "[DONE]",
];

proptest! {
    #[test]
    fn no_event_makes_a_reader_panic(
        picks in proptest::collection::vec((0..EVENTS.len(), any::<proptest::sample::Index>(), any::<u8>(), any::<bool>()), 0..20),
    ) {
        for protocol in protocols() {
            let mut reader = protocol.reader();
            let (mut sent, mut heard) = (0, 0);
            for (event, at, byte, is_damaged) in &picks {
                let mut data = EVENTS[*event].as_bytes().to_vec();
                if *is_damaged {
                    let at = at.index(data.len());
                    data[at] = *byte;
                }
                let data = String::from_utf8_lossy(&data).into_owned();
                sent += data.len();
                if let Ok(piece) = reader.event(&data) {
                    heard += piece.text.len();
                }
            }
            prop_assert!(heard <= sent);
        }
    }

    #[test]
    fn no_body_of_an_error_makes_a_protocol_panic(text in "\\PC{0,200}", status in 100_u16..600) {
        for body in [
            serde_json::json!({"error": {"message": text, "code": status, "type": text}}),
            serde_json::json!({"error": text}),
            serde_json::json!([text, status]),
            serde_json::json!(text),
            serde_json::json!({"error": {"details": [{"retryDelay": text}, {"retryDelay": format!("{status}.5s")}]}}),
        ] {
            for protocol in protocols() {
                let _ = protocol.failure(&body);
            }
        }
    }
}
