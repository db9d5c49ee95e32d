//! The push channel: a WebSocket that says when it is worth asking again, and streams quotes.
//!
//! It is a hint and never the truth. IBKR refuses the order stream on many sessions, drops what is
//! sent before the session is announced, and keeps a dead line beating; so every line is judged by
//! what it says, and given up calmly.

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use http::header::{HeaderValue, USER_AGENT};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_rustls::client::TlsStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Error as SocketError, Message};
use tokio_tungstenite::{WebSocketStream, client_async_with_config};

use super::{GatewayTransport, QuoteBook, TlsTransport, TransportError, USER_AGENT_VALUE};
use crate::clock::Clock;
use crate::domain::Conid;

/// Largest frame that is read. The gateway itself dies of frames near this size.
const MAX_FRAME_BYTES: usize = 256 * 1024;

/// How long the upgrade may take.
const UPGRADE_TIMEOUT: Duration = Duration::from_secs(10);

/// How long a line may take to announce its session. The gateway upgrades with nobody logged in.
const GREETING_LIMIT: SignedDuration = SignedDuration::from_secs(10);

/// A line that is silent for so long is dead: IBKR sends a heartbeat each ten seconds.
const SILENCE_LIMIT: SignedDuration = SignedDuration::from_secs(30);

/// How often the session is kept alive over the line.
const BETWEEN_TICS: SignedDuration = SignedDuration::from_secs(60);

/// How often a quote is asked for anew: its stream ends by itself after ten minutes.
const RENEWAL: SignedDuration = SignedDuration::from_mins(8);

/// Between two looks at what is due.
const STEP: SignedDuration = SignedDuration::from_millis(500);

/// How long to wait after a failure, doubled with each further one.
const FIRST_PAUSE: SignedDuration = SignedDuration::from_secs(5);
const LONGEST_PAUSE: SignedDuration = SignedDuration::from_mins(5);

/// Last price, bid, ask, their sizes, and availability.
const QUOTE_FIELDS: &str = r#"{"fields":["31","84","86","85","88","6509"]}"#;

const ORDER_STREAM: &str = "sor+{}";
const FILL_STREAM: &str = r#"str+{"realtimeUpdatesOnly":false,"days":1}"#;

/// How the push channel stands.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PushState {
    /// Since when the line is up and its session announced.
    pub connected_since: Option<Timestamp>,
    /// When the last frame came, over this line or an earlier one.
    pub last_frame: Option<Timestamp>,
    /// How often IBKR refused to stream orders since the start.
    pub refused_order_streams: u32,
    /// Why the last line ended.
    pub last_end: Option<String>,
}

/// Why a line ended.
#[derive(Debug, thiserror::Error)]
enum Ended {
    #[error(transparent)]
    Transport(#[from] TransportError),
    #[error("the gateway did not open a push channel: {0}")]
    Upgrade(SocketError),
    #[error("the gateway did not open a push channel within {} s", UPGRADE_TIMEOUT.as_secs())]
    SlowUpgrade,
    #[error("no session was announced within {} s", GREETING_LIMIT.as_secs())]
    NoGreeting,
    #[error("the login ended")]
    LoggedOut,
    #[error("nothing came for {} s", SILENCE_LIMIT.as_secs())]
    Silent,
    #[error("the session was replaced by another one, which ends every subscription")]
    SessionReplaced,
    #[error("the gateway closed the push channel")]
    Closed,
    #[error("the push channel broke: {0}")]
    Broken(SocketError),
}

/// A push channel that runs until it is stopped or dropped.
#[derive(Debug)]
pub struct PushChannel {
    state: Arc<Mutex<PushState>>,
    quotes: Arc<QuoteBook>,
    stop: watch::Sender<bool>,
    task: Option<JoinHandle<()>>,
}

impl PushChannel {
    /// Starts the channel over the transport's address and certificate. Needs a tokio runtime and
    /// a clock of real time. `session_ids` is [`IbkrClient::session_ids`].
    ///
    /// [`IbkrClient::session_ids`]: crate::broker::ibkr::IbkrClient::session_ids
    pub fn start(
        transport: Arc<TlsTransport>,
        clock: Arc<dyn Clock>,
        session_ids: watch::Receiver<Option<String>>,
    ) -> Self {
        let (stop, stopped) = watch::channel(false);
        let state = Arc::new(Mutex::new(PushState::default()));
        let quotes = Arc::new(QuoteBook::default());
        let line = Line {
            transport,
            clock,
            session_ids,
            state: Arc::clone(&state),
            quotes: Arc::clone(&quotes),
        };
        let task = tokio::spawn(line.keep_up(stopped));
        Self { state, quotes, stop, task: Some(task) }
    }

    /// How it stands.
    pub fn state(&self) -> PushState {
        locked(&self.state).clone()
    }

    /// What it streams.
    pub fn quotes(&self) -> Arc<QuoteBook> {
        Arc::clone(&self.quotes)
    }

    /// Ends the line and waits until it has ended.
    pub async fn stop(mut self) {
        self.stop.send_replace(true);
        if let Some(task) = self.task.take() {
            // A task that ended otherwise has ended as well.
            let _ = task.await;
        }
    }
}

impl Drop for PushChannel {
    fn drop(&mut self) {
        self.stop.send_replace(true);
    }
}

fn locked(state: &Mutex<PushState>) -> MutexGuard<'_, PushState> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

type Socket = WebSocketStream<TlsStream<TcpStream>>;

struct Line {
    transport: Arc<TlsTransport>,
    clock: Arc<dyn Clock>,
    session_ids: watch::Receiver<Option<String>>,
    state: Arc<Mutex<PushState>>,
    quotes: Arc<QuoteBook>,
}

impl Line {
    /// Opens a line after the other, with calm pauses, until it is told to stop.
    async fn keep_up(self, mut stopped: watch::Receiver<bool>) {
        let mut pause = Pause::default();
        while !*stopped.borrow() {
            let line = Box::pin(self.one_line());
            let Some(ended) = until_stopped(&mut stopped, line).await else { break };
            let was_up = {
                let mut state = locked(&self.state);
                state.last_end = Some(ended.to_string());
                state.connected_since.take().is_some()
            };
            tracing::info!(reason = %ended, "the push channel ended");
            if was_up {
                pause = Pause::default();
            }
            if until_stopped(&mut stopped, self.clock.sleep(pause.next())).await.is_none() {
                break;
            }
        }
        locked(&self.state).connected_since = None;
    }

    async fn one_line(&self) -> Ended {
        match self.open().await {
            Ok(socket) => self.converse(socket).await,
            Err(ended) => ended,
        }
    }

    async fn open(&self) -> Result<Socket, Ended> {
        let stream = self.transport.connect().await?;
        let address = self.transport.address().map_or(String::new(), |it| it.to_string());
        let url = format!("{}/v1/api/ws", address.replacen("https:", "wss:", 1));
        let mut request = url.into_client_request().map_err(Ended::Upgrade)?;
        request.headers_mut().insert(USER_AGENT, HeaderValue::from_static(USER_AGENT_VALUE));
        let config = WebSocketConfig::default()
            .max_message_size(Some(MAX_FRAME_BYTES))
            .max_frame_size(Some(MAX_FRAME_BYTES));
        let upgrade = client_async_with_config(request, stream, Some(config));
        let upgraded = tokio::time::timeout(UPGRADE_TIMEOUT, upgrade).await;
        let (socket, _) = upgraded.map_err(|_| Ended::SlowUpgrade)?.map_err(Ended::Upgrade)?;
        Ok(socket)
    }

    async fn converse(&self, mut socket: Socket) -> Ended {
        let mut talk = Conversation::begin(self.clock.now());
        let session_at_start = self.session_ids.borrow().clone();
        loop {
            let now = self.clock.now();
            let session = self.session_ids.borrow().clone();
            if session_at_start.is_some() && session != session_at_start {
                return Ended::SessionReplaced;
            }
            let due = match talk.due(now, &self.quotes) {
                Ok(due) => due,
                Err(ended) => return ended,
            };
            for text in due {
                if let Err(error) = socket.send(Message::text(text)).await {
                    return Ended::Broken(error);
                }
            }
            let heard = tokio::select! {
                heard = socket.next() => heard,
                () = self.clock.sleep(STEP) => continue,
            };
            let text = match heard {
                None | Some(Ok(Message::Close(_)) | Err(SocketError::ConnectionClosed)) => {
                    return Ended::Closed;
                }
                Some(Err(error)) => return Ended::Broken(error),
                // All frames come as binary through the gateway, and not all are UTF-8.
                Some(Ok(Message::Text(text))) => text.to_string(),
                Some(Ok(Message::Binary(bytes))) => String::from_utf8_lossy(&bytes).into_owned(),
                // The gateway answers these by itself; they prove nothing about IBKR.
                Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => continue,
            };
            let now = self.clock.now();
            let hints = talk.hear(&text, now, &self.quotes);
            let mut state = locked(&self.state);
            state.last_frame = Some(now);
            state.connected_since = talk.ready_since;
            state.refused_order_streams += u32::from(hints.order_stream_refused);
            drop(state);
            if hints.orders_changed {
                self.transport.hint_at_orders();
            }
        }
    }
}

/// The outcome, or nothing once it is to stop.
async fn until_stopped<T>(
    stopped: &mut watch::Receiver<bool>,
    work: impl Future<Output = T>,
) -> Option<T> {
    tokio::select! {
        done = work => Some(done),
        // An error means that the handle is gone, which stops the line as well.
        _ = stopped.wait_for(|stop| *stop) => None,
    }
}

/// Pauses that double.
#[derive(Debug, Default)]
struct Pause {
    last: Option<SignedDuration>,
}

impl Pause {
    fn next(&mut self) -> SignedDuration {
        let next = self.last.map_or(FIRST_PAUSE, |last| last.saturating_mul(2).min(LONGEST_PAUSE));
        self.last = Some(next);
        next
    }
}

/// What a frame gave reason for.
#[derive(Debug, Default, PartialEq, Eq)]
struct Hints {
    orders_changed: bool,
    order_stream_refused: bool,
}

/// What is said and heard over one line, without the line.
#[derive(Debug)]
struct Conversation {
    began: Timestamp,
    last_heard: Timestamp,
    is_system_announced: bool,
    is_authenticated: bool,
    is_logged_out: bool,
    ready_since: Option<Timestamp>,
    last_tic: Timestamp,
    /// When the order stream is to be asked for.
    ask_orders_at: Option<Timestamp>,
    order_pause: Pause,
    are_fills_asked: bool,
    streamed: BTreeMap<Conid, Timestamp>,
}

impl Conversation {
    fn begin(now: Timestamp) -> Self {
        Self {
            began: now,
            last_heard: now,
            is_system_announced: false,
            is_authenticated: false,
            is_logged_out: false,
            ready_since: None,
            last_tic: now,
            ask_orders_at: Some(now),
            order_pause: Pause::default(),
            are_fills_asked: false,
            streamed: BTreeMap::new(),
        }
    }

    /// What is to be sent now.
    fn due(&mut self, now: Timestamp, quotes: &QuoteBook) -> Result<Vec<String>, Ended> {
        if self.is_logged_out {
            return Err(Ended::LoggedOut);
        }
        if now.duration_since(self.last_heard) >= SILENCE_LIMIT {
            return Err(Ended::Silent);
        }
        if self.ready_since.is_none() {
            // IBKR drops what comes before the session is announced.
            let is_late = now.duration_since(self.began) >= GREETING_LIMIT;
            return if is_late { Err(Ended::NoGreeting) } else { Ok(Vec::new()) };
        }
        let mut due = Vec::new();
        if self.ask_orders_at.is_some_and(|at| at <= now) {
            self.ask_orders_at = None;
            due.push(ORDER_STREAM.to_owned());
        }
        if !self.are_fills_asked {
            self.are_fills_asked = true;
            due.push(FILL_STREAM.to_owned());
        }
        let wanted = quotes.wanted();
        self.streamed.retain(|conid, _| {
            let is_wanted = wanted.contains(conid);
            if !is_wanted {
                due.push(format!("umd+{conid}+{{}}"));
            }
            is_wanted
        });
        for conid in wanted {
            let asked = self.streamed.get(&conid);
            if asked.is_none_or(|asked| now.duration_since(*asked) >= RENEWAL) {
                self.streamed.insert(conid, now);
                due.push(format!("smd+{conid}+{QUOTE_FIELDS}"));
            }
        }
        if now.duration_since(self.last_tic) >= BETWEEN_TICS {
            self.last_tic = now;
            due.push("tic".to_owned());
        }
        Ok(due)
    }

    fn hear(&mut self, text: &str, now: Timestamp, quotes: &QuoteBook) -> Hints {
        self.last_heard = now;
        let mut hints = Hints::default();
        // Anything may come that is no JSON; it shows that the line lives, and nothing else.
        let Ok(frame) = serde_json::from_str::<Value>(text) else { return hints };
        let topic = frame.get("topic").and_then(Value::as_str).unwrap_or_default();
        let has_error = frame.get("error").is_some_and(|error| !error.is_null());
        match topic {
            "system" => self.is_system_announced |= frame.get("success").is_some(),
            "sts" => {
                let said = frame.get("args").and_then(|args| args.get("authenticated"));
                match said.and_then(Value::as_bool) {
                    Some(true) => self.is_authenticated = true,
                    Some(false) => self.is_logged_out = self.ready_since.is_some(),
                    None => {}
                }
            }
            "sor" if has_error => {
                hints.order_stream_refused = true;
                self.ask_orders_at = now.checked_add(self.order_pause.next()).ok();
            }
            "sor" | "str" => hints.orders_changed = !has_error,
            _ => {
                if let Some(conid) = topic.strip_prefix("smd+").and_then(read_conid) {
                    quotes.merge(conid, &frame, now);
                }
            }
        }
        if self.is_system_announced && self.is_authenticated && self.ready_since.is_none() {
            self.ready_since = Some(now);
        }
        hints
    }
}

/// The contract of a topic such as `265598` or `265598@SMART`.
fn read_conid(text: &str) -> Option<Conid> {
    let number = text.split_once('@').map_or(text, |(number, _)| number);
    number.parse().ok().map(Conid)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn start() -> Timestamp {
        "2026-01-05T15:00:00Z".parse().unwrap()
    }

    fn after(seconds: i64) -> Timestamp {
        start() + SignedDuration::from_secs(seconds)
    }

    fn ready(quotes: &QuoteBook) -> Conversation {
        let mut talk = Conversation::begin(start());
        talk.hear(r#"{"topic":"system","success":"user"}"#, start(), quotes);
        talk.hear(r#"{"topic":"sts","args":{"authenticated":true}}"#, start(), quotes);
        talk
    }

    #[test]
    fn nothing_is_asked_for_before_the_session_is_announced() {
        let quotes = QuoteBook::default();
        quotes.subscribe(Conid(7)).unwrap();
        let mut talk = Conversation::begin(start());
        talk.hear(r#"{"topic":"system","success":"user"}"#, start(), &quotes);
        assert_eq!(talk.due(after(9), &quotes).unwrap(), Vec::<String>::new());
        talk.hear(r#"{"topic":"sts","args":{"authenticated":true}}"#, after(9), &quotes);
        let due = talk.due(after(9), &quotes).unwrap();
        assert_eq!(due, [ORDER_STREAM, FILL_STREAM, &format!("smd+7+{QUOTE_FIELDS}")]);
        assert!(talk.due(after(10), &quotes).unwrap().is_empty(), "each is asked for once");
    }

    #[test]
    fn an_upgrade_followed_by_silence_or_a_heartbeat_alone_is_no_session() {
        let quotes = QuoteBook::default();
        let mut talk = Conversation::begin(start());
        talk.hear(r#"{"topic":"system","hb":1730000000000}"#, after(9), &quotes);
        talk.hear(r#"{"topic":"sts","args":{"authenticated":false}}"#, after(9), &quotes);
        assert!(matches!(talk.due(after(10), &quotes), Err(Ended::NoGreeting)));
    }

    #[test]
    fn a_line_that_is_silent_for_thirty_seconds_is_dead() {
        let quotes = QuoteBook::default();
        let mut talk = ready(&quotes);
        assert!(talk.due(after(29), &quotes).is_ok());
        talk.hear("\u{fffd} no JSON", after(29), &quotes);
        assert!(talk.due(after(58), &quotes).is_ok());
        assert!(matches!(talk.due(after(59), &quotes), Err(Ended::Silent)));
    }

    #[test]
    fn a_login_that_ends_ends_the_line() {
        let quotes = QuoteBook::default();
        let mut talk = ready(&quotes);
        talk.hear(r#"{"topic":"sts","args":{"authenticated":false}}"#, after(1), &quotes);
        assert!(matches!(talk.due(after(1), &quotes), Err(Ended::LoggedOut)));
    }

    #[test]
    fn a_refused_order_stream_is_asked_for_again_ever_more_calmly() {
        let quotes = QuoteBook::default();
        let mut talk = ready(&quotes);
        talk.due(start(), &quotes).unwrap();
        let refusal = r#"{"error":"unable to subscribe","code":500,"topic":"sor"}"#;
        let mut now = start();
        for pause in [5, 10, 20, 40, 80, 160, 300, 300] {
            let hints = talk.hear(refusal, now, &quotes);
            assert!(hints.order_stream_refused && !hints.orders_changed);
            let just_before = now + SignedDuration::from_secs(pause - 1);
            now += SignedDuration::from_secs(pause);
            for (at, asked) in [(just_before, false), (now, true)] {
                talk.hear(r#"{"topic":"system","hb":1}"#, at, &quotes);
                let due = talk.due(at, &quotes).unwrap();
                assert_eq!(due.iter().any(|text| text == ORDER_STREAM), asked, "{pause} s");
            }
        }
    }

    #[test]
    fn frames_about_orders_and_fills_are_hints_and_others_are_not() {
        let quotes = QuoteBook::default();
        let mut talk = ready(&quotes);
        for (frame, is_hint) in [
            (r#"{"topic":"sor","args":[]}"#, true),
            (r#"{"topic":"str","args":[{"execution_id":"a"}]}"#, true),
            (r#"{"topic":"str","error":"no"}"#, false),
            (r#"{"topic":"smd+7","31":"1"}"#, false),
            (r#"{"error":"x"}"#, false),
            ("[]", false),
            ("null", false),
        ] {
            let hints = talk.hear(frame, start(), &quotes);
            assert_eq!(hints.orders_changed, is_hint, "{frame}");
        }
    }

    #[test]
    fn quotes_are_renewed_before_they_lapse_and_given_up_when_unwanted() {
        let quotes = QuoteBook::default();
        quotes.subscribe(Conid(7)).unwrap();
        let mut talk = ready(&quotes);
        talk.due(start(), &quotes).unwrap();
        let mut asked = Vec::new();
        for second in 1..=1_200 {
            talk.hear(r#"{"topic":"system","hb":1}"#, after(second), &quotes);
            for text in talk.due(after(second), &quotes).unwrap() {
                asked.push((second, text));
            }
        }
        let at = |start: &str| -> Vec<i64> {
            asked.iter().filter(|(_, text)| text.starts_with(start)).map(|(at, _)| *at).collect()
        };
        assert_eq!(at("smd+7+"), [480, 960]);
        assert_eq!(at("tic").len(), 20);
        quotes.unsubscribe(Conid(7));
        assert_eq!(talk.due(after(1_201), &quotes).unwrap(), ["umd+7+{}"]);
        talk.hear(r#"{"topic":"smd+7@SMART","31":"1"}"#, after(1_201), &quotes);
        assert_eq!(quotes.latest(Conid(7)), None);
    }
}
