//! The push channel, and the faults that show there.

use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;

use super::gateway::{AAPL, Served, limit, market};

/// How long a frame may take that must come.
const PATIENCE: Duration = Duration::from_secs(20);
/// How long to wait for frames that must not come.
const A_WHILE: Duration = Duration::from_millis(700);

struct Stream(WebSocketStream<TlsStream<TcpStream>>);

impl Stream {
    async fn open(served: &Served) -> Self {
        let address = served.server.address();
        let tcp = TcpStream::connect(address).await.unwrap();
        let name = "127.0.0.1".try_into().unwrap();
        let tls = TlsConnector::from(served.tls.clone()).connect(name, tcp).await.unwrap();
        let url = format!("wss://{address}/v1/api/ws");
        let (stream, answer) = tokio_tungstenite::client_async(url, tls).await.unwrap();
        assert_eq!(answer.status(), 101);
        Self(stream)
    }

    /// A channel on which the session was announced.
    async fn ready(served: &Served) -> Self {
        let mut stream = Self::open(served).await;
        stream.until(|frame| frame["topic"] == "sts").await;
        stream
    }

    async fn say(&mut self, text: &str) {
        self.0.send(Message::text(text)).await.unwrap();
    }

    /// The next message, whatever it is; nothing if none comes in time.
    async fn message(&mut self, patience: Duration) -> Option<Message> {
        let next = tokio::time::timeout(patience, self.0.next()).await.ok()?;
        Some(next.expect("the channel is open").expect("and whole"))
    }

    async fn frame(&mut self) -> Value {
        match self.message(PATIENCE).await.expect("a frame comes") {
            Message::Binary(bytes) => serde_json::from_slice(&bytes).unwrap(),
            other => panic!("every frame is binary, and this is {other:?}"),
        }
    }

    /// Reads on until a frame is as wanted.
    async fn until(&mut self, is_wanted: impl Fn(&Value) -> bool) -> Value {
        for _ in 0..200 {
            let frame = self.frame().await;
            if is_wanted(&frame) {
                return frame;
            }
        }
        panic!("200 frames, and none is as wanted");
    }

    /// What comes in a while but heartbeats.
    async fn in_a_while(&mut self) -> Vec<Value> {
        let mut frames = Vec::new();
        while let Some(message) = self.message(A_WHILE).await {
            let frame: Value = serde_json::from_slice(&message.into_data()).unwrap();
            if frame.get("hb").is_none() {
                frames.push(frame);
            }
        }
        frames
    }
}

fn is_topic(topic: &str) -> impl Fn(&Value) -> bool {
    move |frame| frame["topic"] == topic
}

#[tokio::test]
async fn the_session_is_announced_before_anything_is_heard() {
    let served = Served::ready().await;
    let mut stream = Stream::open(&served).await;
    stream.say("spl+{}").await;
    let system = stream.frame().await;
    assert_eq!((&system["topic"], &system["isPaper"]), (&json!("system"), &json!(true)));
    let accounts = stream.frame().await;
    assert_eq!(
        (&accounts["topic"], &accounts["args"]["accounts"]),
        (&json!("act"), &json!(["DU1000001"]))
    );
    let status = stream.frame().await;
    assert_eq!((&status["topic"], &status["args"]["authenticated"]), (&json!("sts"), &json!(true)));
    assert_eq!(stream.in_a_while().await, [] as [Value; 0], "what was said before is dropped");
    stream.say("spl+{}").await;
    let told = stream.until(is_topic("spl")).await;
    assert_eq!(told["args"]["DU1000001.Core"]["nl"], json!(100_000.0));
    stream.say("tic").await;
    assert!(stream.until(is_topic("tic")).await["lastAccessed"].is_i64());
    stream.say("smh+265598+{}").await;
    assert!(stream.frame().await["error"].as_str().unwrap().contains("not offered"));
    stream.say("nonsense").await;
    assert_eq!(stream.frame().await["error"], "unknown topic");
}

#[tokio::test]
async fn quotes_tell_what_changed_and_end_by_themselves() {
    let served = Served::ready().await;
    let mut stream = Stream::ready(&served).await;
    stream.say(&format!("smd+{AAPL}+{{\"fields\":[\"31\",\"55\"]}}")).await;
    let topic = format!("smd+{AAPL}");
    let first = stream.until(is_topic(&topic)).await;
    assert_eq!((&first["55"], &first["conid"]), (&json!("AAPL"), &json!(AAPL)));
    served.at("2012-06-15T14:05:00Z").await;
    let second = stream.until(is_topic(&topic)).await;
    assert!(second["31"].is_string() && second.get("55").is_none(), "{second}");
    served.at("2012-06-15T14:10:00Z").await;
    stream.in_a_while().await;
    served.at("2012-06-15T14:20:00Z").await;
    let late = stream.in_a_while().await;
    assert!(late.iter().all(|frame| frame["topic"] != topic.as_str()), "{late:?}");
}

#[tokio::test]
async fn orders_trades_and_the_account_are_told() {
    let served = Served::ready().await;
    let mut stream = Stream::ready(&served).await;
    for subscription in ["sor+{}", "str+{\"realtimeUpdatesOnly\":false,\"days\":1}"] {
        stream.say(subscription).await;
    }
    assert_eq!(stream.until(is_topic("str")).await["args"], json!([]), "nothing yet");
    served.placed(market("a")).await;
    let placed = stream.until(is_topic("sor")).await;
    assert_eq!(placed["args"][0]["order_ref"], "a");
    served.at("2012-06-15T14:05:00Z").await;
    let mut changes = Vec::new();
    while changes.len() < 2 {
        let frame = stream.frame().await;
        if matches!(frame["topic"].as_str(), Some("sor" | "str")) {
            changes.push(frame);
        }
    }
    let filled = changes.iter().find(|frame| frame["topic"] == "sor").unwrap();
    assert_eq!(filled["args"][0]["status"], "Filled");
    assert!(filled["args"][0].get("ticker").is_none(), "only what changed: {filled}");
    assert!(changes.iter().any(|frame| frame["args"][0]["execution_id"].is_string()));
    stream.say("ssd+DU1000001+{\"keys\":[\"ExcessLiquidity-S\"]}").await;
    let summary = stream.until(is_topic("ssd+DU1000001")).await;
    assert_eq!(summary["result"][0]["key"], "ExcessLiquidity-S");
    stream.say("sld+DU1000001+{\"keys\":[\"LedgerListBASE\"],\"fields\":[\"cashBalance\"]}").await;
    let ledger = stream.until(is_topic("sld+DU1000001")).await;
    assert!(ledger["result"][0]["cashbalance"].is_number(), "{ledger}");
    stream.say("usd+DU1000001+{}").await;
    stream.until(|frame| frame["result"] == "unsubscribed from summary").await;
    stream.say("uld+DU1000001+{}").await;
    stream.until(|frame| frame["result"] == "unsubscribed from ledger").await;
    for end in ["uor+{}", "utr"] {
        stream.say(end).await;
    }
    // Its answer shows that what was said before it has been heard.
    stream.say("tic").await;
    stream.until(is_topic("tic")).await;
    served.placed(market("b")).await;
    served.at("2012-06-15T14:10:00Z").await;
    let late = stream.in_a_while().await;
    assert!(late.iter().all(|frame| !is_topic("sor")(frame) && !is_topic("str")(frame)));
}

#[tokio::test]
async fn a_heartbeat_comes_in_the_sandboxes_time() {
    let served = Served::ready().await;
    let mut stream = Stream::ready(&served).await;
    served.at("2012-06-15T14:00:10Z").await;
    let beat = stream.until(|frame| frame.get("hb").is_some()).await;
    assert_eq!(beat["topic"], "system");
}

#[tokio::test]
async fn shows_websocket_silent_after_101() {
    let served = Served::ready().await;
    served.fault("websocket_silent_after_101", true);
    let mut stream = Stream::open(&served).await;
    assert_eq!(stream.message(A_WHILE).await, None);
}

#[tokio::test]
async fn shows_websocket_dead_but_beating() {
    let served = Served::ready().await;
    let mut stream = Stream::ready(&served).await;
    stream.say("sor+{}").await;
    served.fault("websocket_dead_but_beating", true);
    served.placed(market("a")).await;
    served.at("2012-06-15T14:05:00Z").await;
    stream.until(|frame| frame.get("hb").is_some()).await;
    assert_eq!(stream.in_a_while().await, [] as [Value; 0]);
}

#[tokio::test]
async fn shows_session_rollover() {
    let served = Served::ready().await;
    let mut stream = Stream::ready(&served).await;
    stream.say("sor+{}").await;
    let before = served.get("tickle").await.json()["session"].clone();
    served.fault("session_rollover", true);
    let after = served.get("tickle").await.json()["session"].clone();
    assert_ne!(before, after);
    served.placed(market("a")).await;
    served.at("2012-06-15T14:05:00Z").await;
    stream.until(|frame| frame.get("hb").is_some()).await;
    assert_eq!(stream.in_a_while().await, [] as [Value; 0], "it beats, and is dead");
    let mut anew = Stream::ready(&served).await;
    anew.say("spl+{}").await;
    anew.until(is_topic("spl")).await;
}

#[tokio::test]
async fn shows_websocket_invalid_utf8() {
    let served = Served::ready().await;
    served.fault("websocket_invalid_utf8", true);
    let mut stream = Stream::open(&served).await;
    let bytes = stream.message(PATIENCE).await.unwrap().into_data();
    assert!(std::str::from_utf8(&bytes).is_err());
    let text = String::from_utf8_lossy(&bytes);
    assert_eq!(serde_json::from_str::<Value>(&text).unwrap()["topic"], "system", "{text}");
}

#[tokio::test]
async fn shows_websocket_close_1000() {
    let served = Served::ready().await;
    let mut stream = Stream::ready(&served).await;
    served.fault("websocket_close_1000", true);
    let closed = loop {
        if let Message::Close(frame) = stream.message(PATIENCE).await.expect("it closes") {
            break frame.unwrap();
        }
    };
    assert_eq!(u16::from(closed.code), 1000);
}

#[tokio::test]
async fn shows_order_stream_refused() {
    let served = Served::ready().await;
    served.placed(limit("a", 5)).await;
    served.fault("order_stream_refused", true);
    let mut stream = Stream::ready(&served).await;
    let mut refused = 0;
    for _ in 0..20 {
        stream.say("sor+{}").await;
        let answer = stream.until(is_topic("sor")).await;
        refused += u32::from(answer["error"] == "unable to subscribe" && answer["code"] == 500);
    }
    assert_eq!(refused, 17);
}

#[tokio::test]
async fn shows_fills_only_by_rest() {
    let served = Served::ready().await;
    let mut stream = Stream::ready(&served).await;
    served.fault("fills_only_by_rest", true);
    for subscription in ["sor+{}", "str+{\"realtimeUpdatesOnly\":true}"] {
        stream.say(subscription).await;
    }
    stream.until(is_topic("str")).await;
    served.placed(market("a")).await;
    served.at("2012-06-15T14:05:00Z").await;
    assert_eq!(stream.in_a_while().await, [] as [Value; 0]);
    assert_eq!(served.trades().await.len(), 1);
    served.fault("fills_only_by_rest", false);
    stream.until(is_topic("str")).await;
}

#[tokio::test]
async fn shows_stop_smd_after_minutes() {
    let served = Served::ready().await;
    served.fault("stop_smd_after_minutes", true);
    let mut stream = Stream::ready(&served).await;
    stream.say(&format!("smd+{AAPL}+{{\"fields\":[\"31\"]}}")).await;
    let topic = format!("smd+{AAPL}");
    stream.until(is_topic(&topic)).await;
    served.at("2012-06-15T14:01:00Z").await;
    stream.in_a_while().await;
    served.at("2012-06-15T14:05:00Z").await;
    let late = stream.in_a_while().await;
    assert!(late.iter().all(|frame| frame["topic"] != topic.as_str()), "{late:?}");
}

#[tokio::test]
async fn a_lost_login_and_a_liquidation_are_told() {
    let served = Served::ready().await;
    let mut stream = Stream::ready(&served).await;
    served.fault("login_lost", true);
    let status = stream.until(is_topic("sts")).await;
    assert_eq!(status["args"]["authenticated"], json!(false));
    served.post("/sso/Login", json!({})).await;
    let status = stream.until(is_topic("sts")).await;
    assert_eq!(status["args"]["authenticated"], json!(true));
    served.placed(market("a")).await;
    served.at("2012-06-15T14:05:00Z").await;
    served.fault("forced_liquidation", true);
    let bulletin = stream.until(is_topic("blt")).await;
    assert_eq!(bulletin["args"]["message"], "Your position in AAPL is liquidated.");
    assert_eq!(stream.until(is_topic("ntf")).await["args"][0]["title"], "Account");
}
