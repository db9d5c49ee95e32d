//! Everything that goes wrong, for every provider: each ends in the right outcome, within its deadline.

use std::time::Duration;

use jiff::SignedDuration;
use throughline::analyst::model::{ModelError, ModelRequest, ModelTarget};
use throughline::analyst::providers::Patience;
use throughline::clock::{Clock as _, SystemClock};
use throughline::domain::ModelKind;

use super::script::{
    Ending, IMPATIENT, KEY, KINDS, PATIENT, ask_with, failure, request, stream, target,
};
use super::server::{Answer, Piece, Server};

/// Generous for a busy machine, and far below what a caught stall would take.
const SOON: u64 = 8_000_000;

/// Asks a server that answers so, and gives the error, which must come soon.
async fn error_of(kind: ModelKind, answer: Answer) -> ModelError {
    error_with(PATIENT, kind, answer).await
}

async fn error_with(patience: Patience, kind: ModelKind, answer: Answer) -> ModelError {
    let server = Server::start(vec![answer]).await;
    let begin = SystemClock.monotonic_micros();
    let (reply, _) = ask_with(patience, &request(), &target(kind, &server)).await;
    let took = SystemClock.monotonic_micros() - begin;
    assert!(took < SOON, "{kind} took {took} µs");
    assert_eq!(server.seen().len(), 1, "{kind}: an adapter asks once");
    let error = reply.expect_err("there is no usable reply");
    assert!(!format!("{error} {error:?}").contains(KEY), "the key is in the error: {error}");
    error
}

async fn status_of(kind: ModelKind, status: u16, name: &str) -> ModelError {
    let said = format!("it was said so, with {KEY} and sk-abc*****xyz\nand more");
    let error = error_of(kind, Answer::status(status, failure(kind, status, name, &said))).await;
    let sentence = error.to_string();
    assert!(sentence.contains("it was said so, with [key] and [key] and more"), "{sentence}");
    error
}

#[tokio::test]
async fn status_400_is_a_refused_request() {
    for kind in KINDS {
        let error = status_of(kind, 400, "invalid_request_error").await;
        assert!(matches!(error, ModelError::BadRequest { status: 400, .. }), "{kind}: {error}");
    }
}

#[tokio::test]
async fn status_401_asks_for_the_key() {
    for kind in KINDS {
        let error = status_of(kind, 401, "authentication_error").await;
        assert!(matches!(error, ModelError::Unauthorized(_)), "{kind}: {error}");
    }
}

#[tokio::test]
async fn google_says_400_to_a_wrong_key() {
    let body = serde_json::json!({"error": {"code": 400, "message": "API key not valid.",
        "status": "INVALID_ARGUMENT", "details": [{"@type":
        "type.googleapis.com/google.rpc.ErrorInfo", "reason": "API_KEY_INVALID"}]}});
    let error = error_of(ModelKind::Google, Answer::status(400, body.to_string())).await;
    assert!(matches!(error, ModelError::Unauthorized(_)), "{error}");
}

#[tokio::test]
async fn status_403_names_the_account() {
    for kind in KINDS {
        let error = status_of(kind, 403, "permission_error").await;
        assert!(matches!(error, ModelError::Forbidden(_)), "{kind}: {error}");
    }
}

#[tokio::test]
async fn status_404_names_the_model() {
    for kind in KINDS {
        let error = status_of(kind, 404, "not_found_error").await;
        assert!(matches!(error, ModelError::UnknownModel(_)), "{kind}: {error}");
    }
}

#[tokio::test]
async fn status_413_and_too_many_tokens_are_too_large() {
    for kind in KINDS {
        let error = status_of(kind, 413, "request_too_large").await;
        assert!(matches!(error, ModelError::TooLarge(_)), "{kind}: {error}");
    }
    let error = status_of(ModelKind::Openai, 400, "context_length_exceeded").await;
    assert!(matches!(error, ModelError::TooLarge(_)), "{error}");
    let error = status_of(ModelKind::OpenaiCompatible, 400, "exceed_context_size_error").await;
    assert!(matches!(error, ModelError::TooLarge(_)), "llama.cpp: {error}");
}

#[tokio::test]
async fn status_429_without_retry_after_names_no_wait() {
    for kind in KINDS {
        let error = status_of(kind, 429, "rate_limit_error").await;
        let is_limit = matches!(error, ModelError::RateLimited { retry_after: None, .. });
        assert!(is_limit, "{kind}: {error}");
    }
}

#[tokio::test]
async fn status_429_with_retry_after_names_the_wait() {
    let later = SystemClock.now() + SignedDuration::from_secs(60);
    let date = jiff::fmt::rfc2822::DateTimePrinter::new();
    let date = date.timestamp_to_rfc9110_string(&later).unwrap();
    for kind in KINDS {
        for (value, least, most) in [("7", 7, 7), (date.as_str(), 50, 60)] {
            let body = failure(kind, 429, "rate_limit_error", "slow down");
            let error =
                error_of(kind, Answer::status(429, body).header("retry-after", value)).await;
            let wait = error.retry_after().expect("the wait is known").as_secs();
            assert!((least..=most).contains(&wait), "{kind}: {wait} s of {value}");
        }
    }
    let body = serde_json::json!({"error": {"code": 429, "message": "quota", "status":
        "RESOURCE_EXHAUSTED", "details": [{"@type": "type.googleapis.com/google.rpc.RetryInfo",
        "retryDelay": "17.2s"}]}});
    let error = error_of(ModelKind::Google, Answer::status(429, body.to_string())).await;
    assert_eq!(error.retry_after(), Some(SignedDuration::from_secs(18)), "Google says it inside");
}

#[tokio::test]
async fn an_empty_account_is_no_rate_limit() {
    let error = status_of(ModelKind::Openai, 429, "insufficient_quota").await;
    assert!(matches!(error, ModelError::NoCredit(_)) && !error.is_transient(), "{error}");
    let error = status_of(ModelKind::OpenaiCompatible, 402, "payment_required").await;
    assert!(matches!(error, ModelError::NoCredit(_)), "{error}");
}

#[tokio::test]
async fn status_500_is_the_providers_failure() {
    for kind in KINDS {
        let error = status_of(kind, 500, "api_error").await;
        assert!(matches!(error, ModelError::ServerError { status: 500, .. }), "{kind}: {error}");
        assert!(error.is_transient() && !error.may_have_cost());
    }
}

#[tokio::test]
async fn status_529_and_503_are_overload() {
    for kind in KINDS {
        for status in [529, 503] {
            let error = status_of(kind, status, "overloaded_error").await;
            assert!(matches!(error, ModelError::Overloaded { .. }), "{kind}: {error}");
        }
    }
}

#[tokio::test]
async fn a_failure_in_the_middle_of_a_reply_is_a_failure() {
    for (kind, event) in [
        (
            ModelKind::Openai,
            "data: {\"error\":{\"message\":\"boom\",\"type\":\"server_error\"}}\n\n",
        ),
        (
            ModelKind::Anthropic,
            "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"Overloaded\"}}\n\n",
        ),
        (
            ModelKind::Google,
            "data: {\"error\":{\"code\":500,\"message\":\"boom\",\"status\":\"INTERNAL\"}}\n\n",
        ),
    ] {
        let mut body = stream(kind, &["{\"a\":"], Ending::Missing);
        body.extend_from_slice(event.as_bytes());
        let error = error_of(kind, Answer::events(body)).await;
        assert!(error.is_providers_fault(), "{kind}: {error}");
    }
}

#[tokio::test]
async fn silence_before_the_answer_ends_in_time() {
    for kind in KINDS {
        let body = stream(kind, &["{}"], Ending::Finished);
        let answer = Answer::events(body).after(Duration::from_secs(30));
        let error = error_with(IMPATIENT, kind, answer).await;
        assert!(matches!(error, ModelError::TimedOut { what: "begin to answer", .. }), "{error}");
        assert!(error.may_have_cost() && !error.is_transient(), "it may be at work");
    }
}

#[tokio::test]
async fn a_stalled_stream_ends_in_time() {
    for kind in KINDS {
        let begin = Piece::Send(stream(kind, &["{\"a\":"], Ending::Missing));
        let stall = Piece::Wait(Duration::from_secs(30));
        let error = error_with(IMPATIENT, kind, Answer::pieces(vec![begin, stall])).await;
        assert!(matches!(error, ModelError::TimedOut { what: "say anything more", .. }), "{error}");
    }
}

#[tokio::test]
async fn a_reply_that_trickles_without_end_is_ended_by_the_deadline() {
    for kind in KINDS {
        let mut pieces = vec![Piece::Send(stream(kind, &["{\"a\":"], Ending::Missing))];
        for _ in 0..200 {
            pieces.push(Piece::Send(b": still here\n\n".to_vec()));
            pieces.push(Piece::Wait(Duration::from_millis(50)));
        }
        let server = Server::start(vec![Answer::pieces(pieces)]).await;
        let hasty = ModelRequest { deadline: SignedDuration::from_secs(1), ..request() };
        let begin = SystemClock.monotonic_micros();
        let (reply, _) = ask_with(PATIENT, &hasty, &target(kind, &server)).await;
        let took = SystemClock.monotonic_micros() - begin;
        let error = reply.unwrap_err();
        let is_late = matches!(error, ModelError::TimedOut { what: "come to its end", seconds: 1 });
        assert!(is_late && took < 4_000_000, "{kind}: {error} after {took} µs");
    }
}

#[tokio::test]
async fn a_cut_stream_is_no_reply() {
    for kind in KINDS {
        let body = stream(kind, &["{\"a\": 1}"], Ending::Missing);
        let closed = error_of(kind, Answer::events(body.clone())).await;
        assert_eq!(closed, ModelError::StreamCut, "{kind}: closed before its end");
        let cut = error_of(kind, Answer::events(body).cut()).await;
        assert_eq!(cut, ModelError::StreamCut, "{kind}: lost in the middle");
        let nothing = error_of(kind, Answer::events("")).await;
        assert_eq!(nothing, ModelError::StreamCut, "{kind}: nothing at all");
    }
}

#[tokio::test]
async fn invalid_utf8_is_no_reply() {
    for kind in KINDS {
        let mut body = stream(kind, &["MARK"], Ending::Finished);
        let at = body.windows(4).position(|it| it == b"MARK").unwrap();
        body[at] = 0xff;
        assert_eq!(error_of(kind, Answer::events(body)).await, ModelError::InvalidUtf8, "{kind}");
        let error = error_of(kind, Answer::status(500, vec![0xff; 300])).await;
        assert!(matches!(error, ModelError::ServerError { .. }), "{kind}: {error}");
    }
}

#[tokio::test]
async fn a_reply_of_20_mb_is_given_up_early() {
    let large = 20 * 1024 * 1024;
    for kind in KINDS {
        let piece = "x".repeat(64 * 1024);
        let pieces = vec![piece.as_str(); large / piece.len()];
        let error = error_of(kind, Answer::events(stream(kind, &pieces, Ending::Finished))).await;
        assert_eq!(error, ModelError::ReplyTooLarge { limit: 1_000_000 }, "{kind}: many events");

        let one = "x".repeat(large);
        let body = stream(kind, &[&one], Ending::Finished);
        let error = error_of(kind, Answer::events(body)).await;
        assert!(matches!(error, ModelError::ReplyTooLarge { .. }), "{kind}: one line: {error}");

        let endless = format!("data: {one}").into_bytes();
        let error = error_of(kind, Answer::events(endless)).await;
        assert!(matches!(error, ModelError::ReplyTooLarge { .. }), "{kind}: no line end: {error}");

        let comments = ": nothing\n\n".repeat(large / 11);
        let error = error_of(kind, Answer::events(comments)).await;
        assert!(matches!(error, ModelError::ReplyTooLarge { .. }), "{kind}: comments: {error}");

        let error = error_of(kind, Answer::status(500, one.into_bytes())).await;
        assert!(matches!(error, ModelError::ServerError { .. }), "{kind}: an error: {error}");
    }
}

#[tokio::test]
async fn what_is_not_the_protocol_is_unreadable() {
    for kind in KINDS {
        for body in ["{\"choices\": []}", "[]", "7", "<html>", ""] {
            let error = error_of(kind, Answer::status(200, body)).await;
            assert!(matches!(error, ModelError::Unreadable(_)), "{kind}: {body}: {error}");
        }
        for body in
            ["data: <html>\n\n", "data: []\n\n", "data: {\"choices\": 7, \"candidates\": 7}\n\n"]
        {
            let error = error_of(kind, Answer::events(body)).await;
            assert!(matches!(error, ModelError::Unreadable(_)), "{kind}: {body}: {error}");
        }
    }
    let odd = "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"a\"},\"finish_reason\":\"tool_calls\"}]}\n\n";
    let error = error_of(ModelKind::Openai, Answer::events(odd)).await;
    assert!(error.to_string().contains("finish_reason tool_calls"), "{error}");
}

/// `LiteLLM`'s proxy, for one, answers a message of Anthropic's shape as a whole although a stream was
/// asked for. The shapes are those that the providers document for requests without a stream.
#[tokio::test]
async fn a_reply_that_comes_as_a_whole_is_read() {
    let completion = r#"{"model":"m-1","choices":[{"index":0,"finish_reason":"stop",
        "message":{"role":"assistant","content":"{\"a\":1}","refusal":null}}],
        "usage":{"prompt_tokens":7,"completion_tokens":3}}"#;
    let message = r#"{"type":"message","model":"m-1","stop_reason":"end_turn",
        "content":[{"type":"thinking","thinking":"hm"},{"type":"text","text":"{\"a\":1}"}],
        "usage":{"input_tokens":7,"output_tokens":3}}"#;
    let content = r#"[{"modelVersion":"m-1","candidates":[{"index":0,"finishReason":"STOP",
        "content":{"parts":[{"text":"{\"a\":1}"}]}}],
        "usageMetadata":{"promptTokenCount":7,"candidatesTokenCount":3}}]"#;
    for kind in KINDS {
        let whole = match kind {
            ModelKind::Anthropic => message,
            ModelKind::Google => content,
            _ => completion,
        };
        let server = Server::start(vec![Answer::status(200, whole)]).await;
        let (reply, ear) = ask_with(PATIENT, &request(), &target(kind, &server)).await;
        let reply = reply.unwrap_or_else(|error| panic!("{kind}: {error}"));
        assert_eq!(
            (reply.text.as_str(), ear.heard().concat().as_str()),
            ("{\"a\":1}", "{\"a\":1}"),
            "{kind}"
        );
        assert_eq!((reply.input_tokens, reply.output_tokens), (Some(7), Some(3)), "{kind}");
        assert_eq!(reply.model.as_deref(), Some("m-1"), "{kind}");
        assert_eq!(reply.stop_reason, throughline::domain::StopReason::Finished, "{kind}");
    }
    let cut = completion.replace("\"stop\"", "\"length\"");
    let server = Server::start(vec![Answer::status(200, cut)]).await;
    let target = target(ModelKind::Openai, &server);
    let reply = ask_with(PATIENT, &request(), &target).await.0.unwrap();
    assert_eq!(reply.stop_reason, throughline::domain::StopReason::Truncated);
}

#[tokio::test]
async fn a_byte_order_mark_is_passed_over() {
    for kind in KINDS {
        let body = [b"\xef\xbb\xbf".to_vec(), stream(kind, &["{}"], Ending::Finished)].concat();
        let server = Server::start(vec![Answer::events(body)]).await;
        let reply = ask_with(PATIENT, &request(), &target(kind, &server)).await.0.unwrap();
        assert_eq!(reply.text, "{}", "{kind}");
    }
}

#[tokio::test]
async fn an_empty_reply_is_no_reply() {
    for kind in KINDS {
        let error = error_of(kind, Answer::events(stream(kind, &[], Ending::Finished))).await;
        assert_eq!(error, ModelError::Empty, "{kind}");
    }
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let elsewhere = Server::start(vec![Answer::status(200, "{}")]).await;
    for kind in KINDS {
        for status in [301, 307] {
            let answer = Answer::status(status, "").header("location", &elsewhere.url);
            assert_eq!(error_of(kind, answer).await, ModelError::Redirected, "{kind}");
        }
    }
    assert!(elsewhere.seen().is_empty(), "a key was sent elsewhere");
}

#[tokio::test]
async fn nobody_there_is_said_at_once() {
    // A port that was free a moment ago and is not listened to.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/v1", listener.local_addr().unwrap());
    drop(listener);
    for kind in KINDS {
        let gone = ModelTarget { kind, model: "any".to_owned(), url: url.clone() };
        let error = ask_with(PATIENT, &request(), &gone).await.0.unwrap_err();
        assert!(matches!(error, ModelError::Unreachable(_)) && !error.may_have_cost(), "{error}");
    }
}
