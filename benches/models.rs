//! What Throughline adds to a provider's own time, and how far a card is behind its stream.
//!
//! The provider is a server in this process that answers at once, so that everything measured is ours:
//! the look into the record, the reservation, the row before the call, base64 and JSON of two charts,
//! HTTP over loopback, reading the stream, the row after it. The server's own work is in the figures.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a benchmark measures real time, prints it, and stops where something fails"
)]

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use rust_decimal::Decimal;
use serde_json::{Value, json};
use throughline::analyst::desk::{DeskParts, ModelCall, ModelDesk, ModelDraft, Reuse};
use throughline::analyst::model::{ModelImage, TextSink, Unheard};
use throughline::analyst::providers::Providers;
use throughline::clock::SystemClock;
use throughline::domain::ModelKind;
use throughline::secrets::RandomSource;
use throughline::secrets::keychain::Keychain;
use throughline::secrets::vault::Vault;
use throughline::store::Store;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

const CALLS: usize = 200;
const STREAMS: usize = 20;
const PIECES: u32 = 150;
const BETWEEN_PIECES: Duration = Duration::from_millis(20);

/// Two charts of an execution, by their usual size.
const IMAGE_BYTES: usize = 320 * 1024;

fn main() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let directory = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        let desk = desk(directory.path()).await;
        image_calls(&desk).await;
        many_streams(&desk).await;
    });
    println!("{:<56} {:>8.1} MB", "peak of memory, the server included", peak_megabytes());
}

/// Nothing is sealed here, so that nothing random is needed.
struct NoRandom;

impl RandomSource for NoRandom {
    fn fill(&self, _bytes: &mut [u8]) -> std::io::Result<()> {
        Err(std::io::Error::other("the benchmark seals nothing"))
    }
}

async fn desk(data_dir: &Path) -> Arc<ModelDesk> {
    let parts = DeskParts {
        store: Arc::new(Store::open(data_dir).await.unwrap()),
        secrets: Arc::new(Vault::new(data_dir, Arc::new(Keychain), Arc::new(NoRandom), None)),
        connector: Arc::new(Providers::new(Arc::new(SystemClock)).unwrap()),
        clock: Arc::new(SystemClock),
        on_change: Box::new(|| {}),
    };
    let desk = Arc::new(ModelDesk::load(parts).await.unwrap());
    for (name, pace) in [("at-once", Duration::ZERO), ("paced", BETWEEN_PIECES)] {
        let draft = ModelDraft {
            name: name.to_owned(),
            kind: ModelKind::OpenaiCompatible,
            model: "scripted".to_owned(),
            url: Some(serve(pace).await),
            temperature: None,
            maximum_output_tokens: None,
            deadline_seconds: None,
        };
        desk.save(draft).await.unwrap();
        desk.set_price(name, Decimal::ZERO, Decimal::ZERO).await.unwrap();
    }
    desk
}

async fn image_calls(desk: &Arc<ModelDesk>) {
    let image: Vec<u8> = (0..IMAGE_BYTES).map(|index| (index * 31 % 251) as u8).collect();
    let images = [ModelImage::new("image/png", image.clone()), ModelImage::new("image/png", image)];
    let schema = schema();
    let mut times = Vec::new();
    for number in 0..CALLS + 10 {
        let prompt = format!("Question {number}");
        let started = Instant::now();
        let call = call("at-once", &prompt, &images, &schema);
        let answer = desk.ask(call, Arc::new(Unheard)).await.unwrap();
        // The first calls open connections and warm caches.
        if number >= 10 {
            times.push(started.elapsed());
        }
        assert!(!answer.is_reused && !answer.text.is_empty());
    }
    report("an image call, two charts, provider answers at once", &mut times);
    let mut times = Vec::new();
    for number in 0..CALLS {
        let prompt = format!("Question {number}");
        let started = Instant::now();
        let call = call("at-once", &prompt, &images, &schema);
        assert!(desk.ask(call, Arc::new(Unheard)).await.unwrap().is_reused);
        times.push(started.elapsed());
    }
    report("the same, answered from the record", &mut times);
}

/// Hears pieces that hold the instant at which they were sent.
struct Lag(Mutex<Vec<Duration>>);

impl TextSink for Lag {
    fn text(&self, piece: &str) {
        let sent: u128 = piece.trim().parse().unwrap();
        let now = origin().elapsed().as_micros();
        let lag = u64::try_from(now.saturating_sub(sent)).unwrap();
        self.0.lock().unwrap().push(Duration::from_micros(lag));
    }
}

async fn many_streams(desk: &Arc<ModelDesk>) {
    let lag = Arc::new(Lag(Mutex::default()));
    let schema = schema();
    let mut streams = Vec::new();
    for number in 0..STREAMS {
        let (desk, schema, lag) = (Arc::clone(desk), Arc::clone(&schema), Arc::clone(&lag));
        streams.push(tokio::spawn(async move {
            let prompt = format!("Stream {number}");
            let call = call("paced", &prompt, &[], &schema);
            desk.ask(call, lag).await.unwrap();
        }));
    }
    for stream in streams {
        stream.await.unwrap();
    }
    let mut lags = lag.0.lock().unwrap().clone();
    assert_eq!(lags.len(), STREAMS * PIECES as usize);
    report("20 streams at once, a card behind its stream", &mut lags);
}

fn schema() -> Arc<Value> {
    Arc::new(json!({"type": "object", "properties": {"confidence": {"type": "number"}},
        "required": ["confidence"], "additionalProperties": false}))
}

fn call<'a>(
    model: &'a str,
    prompt: &'a str,
    images: &'a [ModelImage],
    schema: &'a Arc<Value>,
) -> ModelCall<'a> {
    ModelCall {
        model,
        strategy_id: None,
        execution_id: None,
        purpose: "daily",
        system: "You read charts.",
        prompt,
        images,
        schema,
        schema_name: "analysis",
        reuse: Reuse::FromRecord,
    }
}

/// The instant that sent times count from.
fn origin() -> Instant {
    static ORIGIN: std::sync::OnceLock<Instant> = std::sync::OnceLock::new();
    *ORIGIN.get_or_init(Instant::now)
}

/// A server that speaks chat completions: all at once, or a piece at each beat.
async fn serve(pace: Duration) -> String {
    origin();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/v1", listener.local_addr().unwrap());
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            tokio::spawn(answer(stream, pace));
        }
    });
    url
}

async fn answer(mut stream: TcpStream, pace: Duration) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut bytes = Vec::new();
    let mut buffer = vec![0; 64 * 1024];
    let (mut end, mut length) = (usize::MAX, 0);
    while bytes.len() < end.saturating_add(length) {
        let read = stream.read(&mut buffer).await?;
        if read == 0 {
            return Ok(());
        }
        bytes.extend_from_slice(&buffer[..read]);
        if end == usize::MAX
            && let Some(at) = bytes.windows(4).position(|it| it == b"\r\n\r\n")
        {
            end = at + 4;
            let head = String::from_utf8_lossy(&bytes[..at]).to_lowercase();
            let after = head.split("content-length: ").nth(1).unwrap();
            length = after.split("\r\n").next().unwrap().parse().unwrap();
        }
    }
    let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n";
    stream.write_all(head.as_bytes()).await?;
    let pieces = if pace.is_zero() { 1 } else { PIECES };
    for _ in 0..pieces {
        if !pace.is_zero() {
            tokio::time::sleep(pace).await;
        }
        let content = format!("{} ", origin().elapsed().as_micros());
        let chunk = json!({"choices": [{"index": 0, "delta": {"content": content}}]});
        stream.write_all(format!("data: {chunk}\n\n").as_bytes()).await?;
    }
    let last = json!({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 10, "completion_tokens": 10}});
    stream.write_all(format!("data: {last}\n\ndata: [DONE]\n\n").as_bytes()).await?;
    stream.shutdown().await
}

fn report(what: &str, times: &mut [Duration]) {
    times.sort();
    let at = |share: usize| times[(times.len() - 1) * share / 100].as_secs_f64() * 1_000.0;
    println!(
        "{what:<56} median {:>7.2} ms  p99 {:>7.2} ms  worst {:>7.2} ms",
        at(50),
        at(99),
        at(100)
    );
}

/// The most memory that Linux reports for this process; nothing elsewhere.
fn peak_megabytes() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap_or_default();
    let kilobytes: f64 = line.split_whitespace().nth(1).unwrap_or("0").parse().unwrap();
    kilobytes / 1024.0
}
