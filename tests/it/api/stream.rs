//! The events.

use std::time::Duration;

use futures_util::StreamExt as _;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{WebSocketStream, client_async};

use super::served::Served;

/// Longer than an event takes on a busy machine.
const PATIENCE: Duration = Duration::from_mins(1);

async fn connect(served: &Served, token: &str) -> Result<WebSocketStream<TcpStream>, Error> {
    let address = served.url.strip_prefix("http://").unwrap();
    let mut request = format!("ws://{address}/api/events").into_client_request().unwrap();
    request.headers_mut().insert("authorization", format!("Bearer {token}").parse().unwrap());
    let tcp = TcpStream::connect(address).await.unwrap();
    client_async(request, tcp).await.map(|(stream, _)| stream)
}

#[tokio::test]
async fn c6_5_events_reach_whoever_shows_the_token_and_nobody_else() {
    let served = Served::new("--allow trade");
    match connect(&served, "0123").await {
        Err(Error::Http(answer)) => assert_eq!(answer.status(), 401),
        other => panic!("a wrong token was let in: {:?}", other.map(|_| "a stream")),
    }
    let mut stream = connect(&served, &served.token).await.unwrap();
    served.rpc("halt", json!({ "reason": "a test" })).await.good();
    let event = tokio::time::timeout(PATIENCE, stream.next()).await.unwrap().unwrap().unwrap();
    let Message::Text(text) = event else { panic!("an event is text: {event:?}") };
    let event: Value = serde_json::from_str(&text).unwrap();
    assert!(event["sequence"].as_u64().unwrap() >= 1, "{event}");
    assert!(event["topic"].is_string(), "{event}");

    // A stream without a reader ends with the server, which does not wait for it.
    served.end();
}

#[tokio::test]
async fn c6_5_there_is_room_for_so_many_streams_and_no_more() {
    let served = Served::new("");
    let mut streams = Vec::new();
    for _ in 0..16 {
        streams.push(connect(&served, &served.token).await.unwrap());
    }
    match connect(&served, &served.token).await {
        Err(Error::Http(answer)) => assert_eq!(answer.status(), 429),
        other => panic!("there is room without end: {:?}", other.map(|_| "a stream")),
    }
    streams.clear();
    let mut again = connect(&served, &served.token).await;
    for _ in 0..100 {
        if again.is_ok() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
        again = connect(&served, &served.token).await;
    }
    assert!(again.is_ok(), "a place that is left is free again");
    served.end();
}
