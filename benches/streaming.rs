//! Memory over a trading day in which the push channel streams a hundred symbols.
//!
//! A second process of this program plays the gateway: a stand-in that announces a session and then
//! sends each symbol's quote once a second from the opening to the close, over TLS, as fast as it is
//! read. The clock of the channel stands where the stream does, so that its subscriptions are renewed
//! as on a real day. What is printed is the resident memory that Linux reports.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a benchmark measures real time, prints it, and stops where something fails"
)]

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use futures_util::{SinkExt as _, StreamExt as _};
use jiff::{SignedDuration, Timestamp};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use throughline::broker::ibkr::{CertificatePin, PushChannel, QuoteBook, TlsOptions, TlsTransport};
use throughline::clock::Clock;
use throughline::domain::Conid;
use throughline::sandbox::serve::CertificateFiles;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::sync::watch;
use tokio_tungstenite::tungstenite::Message;

const SYMBOLS: i64 = 100;
/// From 09:30 to 16:00.
const SECONDS: i64 = 23_400;
const OPENING: i64 = 1_735_828_200;
/// The first argument of the process that plays the gateway.
const GATEWAY: &str = "--play-the-gateway";

fn main() {
    let mut arguments = std::env::args().skip(1);
    if arguments.next().as_deref() == Some(GATEWAY) {
        let directory = arguments.next().unwrap();
        Runtime::new().unwrap().block_on(play_the_gateway(Path::new(&directory)));
    } else {
        Runtime::new().unwrap().block_on(stream());
    }
}

/// Time as the stream tells it.
#[derive(Debug)]
struct StreamClock {
    quotes: OnceLock<Arc<QuoteBook>>,
    started: Instant,
}

#[async_trait]
impl Clock for StreamClock {
    fn now(&self) -> Timestamp {
        let first = self.quotes.get().and_then(|quotes| quotes.latest(Conid(1)));
        let opening = Timestamp::from_second(OPENING).unwrap();
        first.and_then(|quote| quote.updated_at).unwrap_or(opening)
    }

    fn wall_now(&self) -> Timestamp {
        Timestamp::now()
    }

    fn monotonic_micros(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_micros()).unwrap()
    }

    async fn sleep(&self, _: SignedDuration) {
        // How long the channel waits for a frame before it looks around hangs on nothing here.
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

async fn stream() {
    let directory = tempfile::tempdir().unwrap();
    let mut gateway = Command::new(std::env::current_exe().unwrap())
        .arg(GATEWAY)
        .arg(directory.path())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(gateway.stdout.take().unwrap()).lines();
    let address = lines.next().unwrap().unwrap();

    let pin = Arc::new(CertificatePin::new(None));
    pin.accept(fingerprint(directory.path()));
    let transport = TlsTransport::new(TlsOptions::new(format!("https://{address}"), pin)).unwrap();
    let (_session, session_ids) = watch::channel(None);
    println!("{:<34} {:>6.1} MB resident", "before the first frame", megabytes("VmRSS:"));
    let clock = Arc::new(StreamClock { quotes: OnceLock::new(), started: Instant::now() });
    let as_clock = Arc::clone(&clock) as Arc<dyn Clock>;
    let channel = PushChannel::start(Arc::new(transport), as_clock, session_ids);
    let quotes = channel.quotes();
    clock.quotes.set(Arc::clone(&quotes)).unwrap();
    for conid in 1..=SYMBOLS {
        quotes.subscribe(Conid(conid)).unwrap();
    }
    let started = Instant::now();
    for line in lines {
        println!("{:<34} {:>6.1} MB resident", line.unwrap(), megabytes("VmRSS:"));
    }
    assert!(gateway.wait().unwrap().success());
    let time = started.elapsed();
    // The last frames are read from the socket after the other side has sent them.
    tokio::time::sleep(Duration::from_secs(1)).await;
    let last = Timestamp::from_second(OPENING + SECONDS - 1).unwrap();
    for conid in 1..=SYMBOLS {
        let quote = quotes.latest(Conid(conid)).unwrap();
        assert_eq!(quote.updated_at, Some(last), "contract {conid} was not streamed to the end");
    }
    println!(
        "{} frames in {:.0} s; peak {:.1} MB resident",
        SYMBOLS * SECONDS,
        time.as_secs_f64(),
        megabytes("VmHWM:")
    );
    channel.stop().await;
}

fn fingerprint(directory: &Path) -> throughline::broker::ibkr::Fingerprint {
    use sha2::{Digest as _, Sha256};
    let file = CertificateFiles::place_in(directory).certificate;
    let leaf = CertificateDer::from_pem_file(file).unwrap();
    let digest: [u8; 32] = Sha256::digest(&leaf).into();
    let pairs: Vec<String> = digest.iter().map(|byte| format!("{byte:02X}")).collect();
    pairs.join(":").parse().unwrap()
}

/// A line of the kernel's account of this process; zero where there is none.
fn megabytes(line: &str) -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let value = status.lines().find_map(|one| one.strip_prefix(line));
    let kilobytes = value.and_then(|it| it.trim().trim_end_matches(" kB").trim().parse().ok());
    kilobytes.unwrap_or(0.0) / 1024.0
}

async fn play_the_gateway(directory: &Path) {
    let files = CertificateFiles::kept_in(directory).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(
            vec![CertificateDer::from_pem_file(&files.certificate).unwrap()],
            PrivateKeyDer::from_pem_file(&files.key).unwrap(),
        )
        .unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    println!("{}", listener.local_addr().unwrap());
    let (line, _) = listener.accept().await.unwrap();
    let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
    let line = acceptor.accept(line).await.unwrap();
    let (mut send, mut hear) = tokio_tungstenite::accept_async(line).await.unwrap().split();
    for text in [
        r#"{"topic":"system","success":"user"}"#,
        r#"{"topic":"sts","args":{"authenticated":true}}"#,
    ] {
        send.send(Message::text(text)).await.unwrap();
    }
    let mut asked = 0;
    while asked < SYMBOLS {
        let text = hear.next().await.unwrap().unwrap().into_text().unwrap();
        asked += i64::from(text.starts_with("smd+"));
    }
    let renewed = Arc::new(AtomicU64::new(0));
    let counted = Arc::clone(&renewed);
    tokio::spawn(async move {
        while let Some(Ok(message)) = hear.next().await {
            let is_one = message.to_text().is_ok_and(|text| text.starts_with("smd+"));
            counted.fetch_add(u64::from(is_one), Ordering::Relaxed);
        }
    });
    for second in 0..SECONDS {
        for conid in 1..=SYMBOLS {
            let cents = 10_000 + (second * 7 + conid * 13) % 500;
            let price = format!("{}.{:02}", cents / 100, cents % 100);
            let updated = (OPENING + second) * 1_000;
            let text = format!(
                r#"{{"topic":"smd+{conid}","conid":{conid},"31":"{price}","84":"{price}","86":"{price}","85":"{second}","88":"3","6509":"RpB","_updated":{updated},"server_id":"q0"}}"#
            );
            send.feed(Message::binary(text.into_bytes())).await.unwrap();
        }
        send.flush().await.unwrap();
        if second % (SECONDS / 10) == SECONDS / 10 - 1 {
            println!("after {} % of the day", (second + 1) * 100 / SECONDS);
        }
    }
    println!("{} renewals heard", renewed.load(Ordering::Relaxed));
    // The other side reads what is still on the way.
    tokio::time::sleep(Duration::from_millis(1_500)).await;
}
