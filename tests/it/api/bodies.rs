//! What is no request of a command.

use reqwest::Method;
use reqwest::header::{ALLOW, CONTENT_TYPE};

use super::served::{Answer, Served};

#[tokio::test]
async fn c6_5_what_is_no_request_is_refused_in_a_sentence() {
    let served = Served::new("");
    let post = |media_type: &'static str, body: String| {
        let posted = served.known(Method::POST, "/api/rpc/executions_list");
        Answer::of(posted.header(CONTENT_TYPE, media_type).body(body))
    };
    let json = "application/json";
    for (body, words) in [
        ("", "is not JSON"),
        ("{", "is not JSON"),
        ("{\"limit\": 5", "is not JSON"),
        ("[]", "is a JSON object"),
        ("null", "is a JSON object"),
        ("5", "is a JSON object"),
        ("{}", "executions_list"),
        ("{\"limit\": \"5\"}", "executions_list"),
        ("{\"limit\": -1}", "executions_list"),
        ("{\"limit\": 5, \"more\": 1}", "executions_list"),
        ("{\"limit\": 0}", "0 executions"),
    ] {
        post(json, body.to_owned()).await.refused(400, "invalid_request", words);
    }
    let deep = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
    post(json, deep).await.refused(400, "invalid_request", "is not JSON");
    let long = format!("{{\"limit\": 5, \"x\": \"{}\"}}", "x".repeat(1024 * 1024));
    post(json, long).await.refused(413, "invalid_request", "at most");
    for other in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""] {
        post(other, "{\"limit\": 5}".to_owned()).await.refused(415, "invalid_request", "is JSON");
    }
    post("application/json; charset=utf-8", "{\"limit\": 5}".to_owned()).await.good();

    served.rpc("no_such_command", serde_json::json!({})).await.refused(404, "not_found", "no_such");
    let wrong = Answer::of(served.known(Method::GET, "/api/rpc/status_get")).await;
    wrong.refused(405, "invalid_request", "GET is not");
    assert_eq!(wrong.headers[ALLOW], "POST");
    served.get("/api/nothing").await.refused(404, "not_found", "/api/nothing");
    served.get("/api/rpc/%ff").await.refused(405, "invalid_request", "GET is not");
    let unreadable = served.known(Method::POST, "/api/rpc/%ff").header(CONTENT_TYPE, json);
    Answer::of(unreadable).await.refused(400, "invalid_request", "not readable text");
    served.end();
}
