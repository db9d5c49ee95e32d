//! The way of an order to the wire, what the adapter adds to a bare HTTP request, and the decoding
//! of a snapshot and of a list of orders.
//!
//! The gateway is the served sandbox in a process of its own; the order's bytes are timed where they
//! leave, by a relay between the two. The simulated clock goes on by a ninth of a second before each
//! request, so that neither the limiter nor the gateway, whose limits both stand, has to hold one up.
//!
//! Criterion follows the mean from run to run; the aims are set on the median, which is printed.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a benchmark measures real time, prints it, and stops where something fails"
)]

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use bytes::Bytes;
use criterion::{Criterion, criterion_group, criterion_main};
use jiff::{SignedDuration, Timestamp};
use rust_decimal::Decimal;
use serde_json::{Value, json};
use throughline::broker::ibkr::{
    CertificatePin, GatewayTransport, IbkrClient, InProcessTransport, QuestionPolicy, TlsOptions,
    TlsTransport, TransportError,
};
use throughline::broker::{Broker as _, SubmitOutcome};
use throughline::clock::{Clock, SimulatedClock};
use throughline::domain::records::{AccountState, StepName, StepStatus, Trigger};
use throughline::domain::{
    AccountId, BrokerOrderId, Environment, ExecutionId, Instrument, Leg, OrderIntent, OrderSide,
    OrderStatus, OrderType, StrategyId, TimeInForce,
};
use throughline::lineage::Recorder;
use throughline::market::MarketData as _;
use throughline::risk::{EntryRequest, RiskApproved, check_entry};
use throughline::sandbox::{Sandbox, SandboxOptions};
use throughline::store::{
    Change, Durability, ExecutionRow, ExecutionStatus, NewLineageRow, OrderRow, Store,
    StrategyVersionRow,
};
use throughline::strategy::default_risk_parameters;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use tokio::sync::watch;

const ORDERS: usize = 400;
const REQUESTS: usize = 2_000;
const ORDERS_IN_LIST: usize = 100;
const START: &str = "2012-06-15T10:00:00-04:00";
/// Nine a second, where ten may leave.
const BETWEEN_REQUESTS: SignedDuration = SignedDuration::from_millis(111);

/// `throughline sandbox serve` in a process of its own, ended with the benchmark.
struct Served {
    process: Child,
    address: String,
    directory: tempfile::TempDir,
}

impl Drop for Served {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Served {
    fn start() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let mut process = Command::new(env!("CARGO_BIN_EXE_throughline"))
            .arg("--data-dir")
            .arg(directory.path())
            .args(["sandbox", "serve", "--listen", "127.0.0.1:0", "--no-journal"])
            .args(["--speed", "0", "--start", START])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        let url = line.trim().strip_prefix("listening on https://").unwrap();
        Self { address: url.to_owned(), process, directory }
    }
}

/// Passes bytes on and notes when the first ones left after it was armed.
struct Relay {
    address: String,
    origin: Instant,
    /// Nanoseconds after the origin; 0 while nothing has left.
    left: Arc<AtomicU64>,
}

impl Relay {
    async fn start(upstream: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let (origin, left) = (Instant::now(), Arc::new(AtomicU64::new(0)));
        let noted = Arc::clone(&left);
        tokio::spawn(async move {
            loop {
                let (near, _) = listener.accept().await.unwrap();
                let far = TcpStream::connect(&upstream).await.unwrap();
                near.set_nodelay(true).unwrap();
                far.set_nodelay(true).unwrap();
                let (mut near_read, mut near_write) = near.into_split();
                let (mut far_read, mut far_write) = far.into_split();
                let noted = Arc::clone(&noted);
                tokio::spawn(async move {
                    let mut buffer = vec![0; 64 * 1024];
                    while let Ok(count @ 1..) = near_read.read(&mut buffer).await {
                        let at = u64::try_from(origin.elapsed().as_nanos()).unwrap();
                        let _ = noted.compare_exchange(0, at, Ordering::SeqCst, Ordering::SeqCst);
                        if far_write.write_all(&buffer[..count]).await.is_err() {
                            break;
                        }
                    }
                });
                tokio::spawn(async move {
                    // Either side may hang up.
                    let _ = tokio::io::copy(&mut far_read, &mut near_write).await;
                });
            }
        });
        Self { address, origin, left }
    }

    fn arm(&self) {
        self.left.store(0, Ordering::SeqCst);
    }

    fn left_after(&self, started: Instant) -> Duration {
        let at = Duration::from_nanos(self.left.load(Ordering::SeqCst));
        (self.origin + at).duration_since(started)
    }
}

/// An adapter in a session, with one stock.
struct Adapter {
    client: IbkrClient,
    clock: Arc<SimulatedClock>,
    pin: Arc<CertificatePin>,
    account: AccountId,
    instrument: Instrument,
    last: Decimal,
}

impl Adapter {
    async fn at(address: &str) -> Self {
        let clock = Arc::new(SimulatedClock::starting_at(START.parse().unwrap()));
        let pin = Arc::new(CertificatePin::new(None));
        let mut options = TlsOptions::new(format!("https://{address}"), Arc::clone(&pin));
        options.sandbox_clock = Some(Arc::clone(&clock) as Arc<dyn Clock>);
        let transport = TlsTransport::new(options).unwrap();
        let info = || transport.control(http::Method::GET, "/sandbox/v1/info", Bytes::new());
        let Err(TransportError::CertificateUnknown { fingerprint }) = info().await else {
            panic!("a certificate was trusted that nobody has accepted")
        };
        pin.accept(fingerprint);
        info().await.unwrap();
        Self::with(Arc::new(transport), clock, pin).await
    }

    async fn with(
        transport: Arc<dyn GatewayTransport>,
        clock: Arc<SimulatedClock>,
        pin: Arc<CertificatePin>,
    ) -> Self {
        let as_clock = Arc::clone(&clock) as Arc<dyn Clock>;
        let policy = QuestionPolicy::default();
        let client = IbkrClient::new(transport, as_clock, policy, Environment::Sandbox);
        let account = client.connect().await.unwrap().account_id;
        let instrument = client.find_stock("AAPL").await.unwrap();
        let last = client.quote(instrument.conid).await.unwrap().last;
        Self { client, clock, pin, account, instrument, last }
    }

    fn go_on(&self) {
        self.clock.advance_to(self.clock.now() + BETWEEN_REQUESTS);
    }

    /// A bracket of a few shares, through the risk gate.
    fn approved(&self, execution: &ExecutionId) -> RiskApproved<OrderIntent> {
        let times = |factor: &str| {
            self.instrument.round_to_tick(self.last * factor.parse::<Decimal>().unwrap())
        };
        let request = EntryRequest {
            execution_id: execution.clone(),
            account_id: self.account.clone(),
            instrument: self.instrument.clone(),
            entry_price: times("0.99"),
            stop_price: times("0.975"),
            target_price: times("1.01"),
        };
        let mut risk = default_risk_parameters();
        risk.minimum_r = Decimal::ONE;
        risk.risk_per_trade_percent = Decimal::new(5, 2);
        let cash = Decimal::from(100_000);
        let state = AccountState {
            net_liquidation: cash,
            cash,
            available_funds: cash,
            exposure: Decimal::ZERO,
            open_positions: 0,
            held_quantity: Decimal::ZERO,
            has_working_entry: false,
            halted: false,
            closures: Vec::new(),
        };
        let decision = check_entry(request, &risk, &state);
        decision.approved.unwrap_or_else(|| panic!("{}", decision.output.sentence))
    }
}

/// The rows that step 8 writes before it sends, in the way of `executor::place`.
struct Records {
    store: Arc<Store>,
    recorder: Recorder,
    strategy: StrategyId,
    account: AccountId,
    _directory: tempfile::TempDir,
}

impl Records {
    async fn new(parent: &Path, account: &AccountId) -> Self {
        let directory = tempfile::tempdir_in(parent).unwrap();
        let store = Arc::new(Store::open(directory.path()).await.unwrap());
        let recorder = Recorder::start(Arc::clone(&store));
        let strategy = StrategyId::new("bench").unwrap();
        let version = StrategyVersionRow {
            strategy_id: strategy.clone(),
            name: "Bench".into(),
            version: 1,
            hash: "0".repeat(64),
            toml: String::new(),
            created_at: Timestamp::UNIX_EPOCH,
        };
        let changes = vec![Change::StrategyVersion(version)];
        recorder.commit(changes, Durability::Full).await.unwrap();
        Self { store, recorder, strategy, account: account.clone(), _directory: directory }
    }

    fn execution(&self, id: &ExecutionId, symbol: &str) -> ExecutionRow {
        ExecutionRow {
            id: id.clone(),
            strategy_id: self.strategy.clone(),
            strategy_version: 1,
            symbol: symbol.into(),
            trigger: Trigger::Manual,
            environment: Environment::Sandbox,
            account_id: self.account.clone(),
            as_of: Timestamp::UNIX_EPOCH,
            status: ExecutionStatus::Running,
            outcome: None,
            sentence: None,
            duration_us: 0,
            started_at: Timestamp::UNIX_EPOCH,
            finished_at: None,
        }
    }

    fn lineage(id: &ExecutionId, step: StepName, input: String) -> NewLineageRow {
        NewLineageRow {
            execution_id: id.clone(),
            step,
            attempt: 1,
            status: StepStatus::Started,
            input,
            output: r#"{"reason":"Written down before it is sent."}"#.into(),
            metadata: r#"{"version":"0.1.0"}"#.into(),
            error: None,
            duration_us: 0,
            recorded_at: Timestamp::UNIX_EPOCH,
        }
    }

    fn legs(&self, approved: &RiskApproved<OrderIntent>) -> Vec<OrderRow> {
        let OrderIntent::Bracket(bracket) = approved.get() else { panic!("no bracket") };
        let row = |leg: Leg, side, order_type, price, time_in_force| OrderRow {
            client_order_id: leg.client_order_id(&bracket.execution_id),
            broker_order_id: None,
            execution_id: bracket.execution_id.clone(),
            decided_by: bracket.execution_id.clone(),
            strategy_id: self.strategy.clone(),
            account_id: self.account.clone(),
            conid: bracket.instrument.conid,
            symbol: bracket.instrument.symbol.clone(),
            leg,
            side,
            order_type,
            quantity: bracket.quantity,
            price: Some(price),
            aux_price: None,
            time_in_force,
            good_till: None,
            status: OrderStatus::Intended,
            filled_quantity: Decimal::ZERO,
            average_price: None,
            commission: Decimal::ZERO,
            reason: None,
            created_at: Timestamp::UNIX_EPOCH,
            updated_at: Timestamp::UNIX_EPOCH,
        };
        let (buy, sell) = (OrderSide::Buy, OrderSide::Sell);
        let (limit, gtc) = (OrderType::Limit, TimeInForce::Gtc);
        vec![
            row(Leg::Entry, buy, limit, bracket.limit_price, TimeInForce::Day),
            row(Leg::Stop, sell, OrderType::Stop, bracket.stop_price, gtc),
            row(Leg::Target, sell, limit, bracket.target_price, gtc),
        ]
    }
}

/// A real disk, since a temporary directory is often in memory.
fn real_disk() -> PathBuf {
    PathBuf::from(env!("CARGO_TARGET_TMPDIR"))
}

fn report(what: &str, times: &mut [Duration]) {
    times.sort_unstable();
    let at = |percent: usize| times[(times.len() - 1) * percent / 100].as_secs_f64() * 1e3;
    println!(
        "{what:<52} median {:>7.3} ms  p90 {:>7.3}  p99 {:>7.3}  worst {:>7.3}  ({} times)",
        at(50),
        at(90),
        at(99),
        at(100),
        times.len()
    );
}

/// From an approved intent to the first byte of its request behind the socket: three orders, the
/// step and the execution written with a full sync, then checked, encoded, encrypted and sent.
fn intent_to_wire(_: &mut Criterion) {
    let runtime = Runtime::new().unwrap();
    runtime.block_on(async {
        let served = Served::start();
        let relay = Relay::start(served.address.clone()).await;
        let adapter = Adapter::at(&relay.address).await;
        let records = Records::new(&real_disk(), &adapter.account).await;
        let (mut all, mut writing, mut sending) = (Vec::new(), Vec::new(), Vec::new());
        for number in 0..=ORDERS {
            let id = ExecutionId::new(format!("bench_{number}")).unwrap();
            let approved = adapter.approved(&id);
            let execution = records.execution(&id, &adapter.instrument.symbol);
            let begun = vec![Change::Execution(execution.clone())];
            records.recorder.commit(begun, Durability::Ordinary).await.unwrap();
            // The gate's own row is on its way to the disk when the order is placed.
            let gate = json!({ "arithmetic": "1 + 1 = 2; ".repeat(400) }).to_string();
            let gate = Records::lineage(&id, StepName::CheckRisk, gate);
            adapter.go_on();
            relay.arm();
            records.recorder.record(gate, Vec::new());

            let started = Instant::now();
            let legs = records.legs(&approved);
            let input = json!({ "kind": "bracket", "symbol": legs[0].symbol,
                "legs": legs.iter().map(|leg| leg.client_order_id.as_str()).collect::<Vec<_>>() });
            let mut changes: Vec<Change> = legs.into_iter().map(Change::Order).collect();
            let row = Records::lineage(&id, StepName::PlaceOrder, input.to_string());
            changes.push(Change::Lineage(row));
            changes.push(Change::Execution(execution));
            records.recorder.commit(changes, Durability::Full).await.unwrap();
            let written = started.elapsed();
            let sent = adapter.client.submit(&approved).await;
            let on_the_wire = relay.left_after(started);

            assert!(!matches!(sent.outcome, SubmitOutcome::Unknown { .. }), "{sent:?}");
            // The first one reads the contract's rules, which are kept from then on.
            if number > 0 {
                all.push(on_the_wire);
                writing.push(written);
                sending.push(on_the_wire.saturating_sub(written));
            }
        }
        report("approved intent to the wire", &mut all);
        report("  of which the durable write", &mut writing);
        report("  of which check, encode, encrypt, send", &mut sending);
        records.recorder.close().await.unwrap();
        records.store.close().await;
    });
}

/// The same question about an order, asked bare and through the adapter, by turns.
fn adapter_over_bare_http(_: &mut Criterion) {
    let runtime = Runtime::new().unwrap();
    runtime.block_on(async {
        let served = Served::start();
        let adapter = Adapter::at(&served.address).await;
        let id = ExecutionId::new("bench").unwrap();
        let sent = adapter.client.submit(&adapter.approved(&id)).await;
        let SubmitOutcome::Accepted(orders) = sent.outcome else { panic!("{sent:?}") };
        let order: BrokerOrderId = orders[0].broker_order_id.clone();
        let url = format!("https://{}/v1/api/iserver/account/order/status/{order}", served.address);
        let bare = bare_client(&served);
        // What the beginning sent counts against the limit that the two clients share.
        adapter.clock.advance_to(adapter.clock.now() + SignedDuration::from_secs(2));
        let (mut bare_times, mut adapter_times) = (Vec::new(), Vec::new());
        for number in 0..REQUESTS + 50 {
            adapter.go_on();
            let now = adapter.clock.now().to_string();
            let started = Instant::now();
            let answer = bare
                .get(&url)
                .header("user-agent", "bench")
                .header("throughline-sandbox-time", now)
                .send()
                .await
                .unwrap();
            assert_eq!(answer.status(), 200);
            let body = answer.bytes().await.unwrap();
            let bare_time = started.elapsed();
            assert!(body.starts_with(b"{"), "{body:?}");

            adapter.go_on();
            let started = Instant::now();
            let found = adapter.client.order(&order).await.unwrap();
            let adapter_time = started.elapsed();
            assert!(found.is_some());
            if number >= 50 {
                bare_times.push(bare_time);
                adapter_times.push(adapter_time);
            }
        }
        report("one order asked for, bare HTTPS", &mut bare_times);
        report("one order asked for, through the adapter", &mut adapter_times);
        let median = |times: &[Duration]| times[times.len() / 2].as_secs_f64() * 1e6;
        let added = median(&adapter_times) - median(&bare_times);
        println!("{:<52} median {added:>7.0} µs", "what the adapter adds");
        assert!(adapter.pin.accepted().is_some());
    });
}

/// The HTTP client of the transport, with the certificate trusted in the ordinary way.
fn bare_client(served: &Served) -> reqwest::Client {
    use rustls::pki_types::CertificateDer;
    use rustls::pki_types::pem::PemObject as _;
    let files = throughline::sandbox::serve::CertificateFiles::place_in(served.directory.path());
    let mut roots = rustls::RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(&files.certificate).unwrap()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    reqwest::Client::builder()
        .tls_backend_preconfigured(config)
        .http1_only()
        .no_proxy()
        .build()
        .unwrap()
}

/// A gateway in memory that, once it is told, answers what it was given: a stand-in, so that
/// decoding is timed and nothing else.
struct Canned {
    inner: InProcessTransport,
    orders: Mutex<Option<Bytes>>,
    snapshot: Mutex<Option<Bytes>>,
}

#[async_trait]
impl GatewayTransport for Canned {
    async fn send(
        &self,
        request: http::Request<Bytes>,
    ) -> Result<http::Response<Bytes>, TransportError> {
        let (is_orders, is_snapshot) = {
            let path = request.uri().path();
            (path.ends_with("/iserver/account/orders"), path.ends_with("/marketdata/snapshot"))
        };
        let given = match (is_orders, is_snapshot) {
            (true, _) => self.orders.lock().unwrap().clone(),
            (_, true) => self.snapshot.lock().unwrap().clone(),
            _ => None,
        };
        match given {
            Some(body) => {
                let mut response = http::Response::new(body);
                let json = http::HeaderValue::from_static("application/json");
                response.headers_mut().insert(http::header::CONTENT_TYPE, json);
                Ok(response)
            }
            None => self.inner.send(request).await,
        }
    }

    fn order_hints(&self) -> watch::Receiver<u64> {
        self.inner.order_hints()
    }
}

impl Canned {
    /// What the emulated gateway answers, for a body of the real shape.
    async fn ask(&self, path: &str) -> Value {
        let request = http::Request::get(format!("/v1/api{path}")).body(Bytes::new()).unwrap();
        serde_json::from_slice(self.inner.send(request).await.unwrap().body()).unwrap()
    }
}

fn decoding(criterion: &mut Criterion) {
    let runtime = Runtime::new().unwrap();
    let clock = Arc::new(SimulatedClock::starting_at(START.parse().unwrap()));
    // Only the answers are wanted: the stand-in's questions are counted by nobody.
    let options = SandboxOptions { enforce_pacing: false, ..SandboxOptions::default() };
    let sandbox = Sandbox::open(options, Arc::clone(&clock)).unwrap();
    let canned = Arc::new(Canned {
        inner: InProcessTransport::new(sandbox.router(), sandbox.order_hints()),
        orders: Mutex::new(None),
        snapshot: Mutex::new(None),
    });
    let pin = Arc::new(CertificatePin::new(None));
    let transport = Arc::clone(&canned) as Arc<dyn GatewayTransport>;
    let adapter = runtime.block_on(Adapter::with(transport, Arc::clone(&clock), pin));
    runtime.block_on(async {
        let id = ExecutionId::new("bench").unwrap();
        adapter.client.submit(&adapter.approved(&id)).await;
        while adapter.client.live_orders().await.unwrap().is_none() {}
        let mut list = canned.ask("/iserver/account/orders").await;
        let rows = list["orders"].as_array().unwrap().clone();
        list["orders"] = (0..ORDERS_IN_LIST)
            .map(|number| {
                let mut row = rows[number % rows.len()].clone();
                row["orderId"] = json!(1_300_000_000 + number);
                row["order_ref"] = json!(format!("bench_{number}-entry"));
                row
            })
            .collect();
        let conid = adapter.instrument.conid;
        let path = format!("/iserver/marketdata/snapshot?conids={conid}&fields=31,84,86,6509");
        let snapshot = canned.ask(&path).await;
        let bytes = |value: &Value| Bytes::from(value.to_string());
        println!("list of orders: {} bytes", bytes(&list).len());
        println!("snapshot: {} bytes", bytes(&snapshot).len());
        *canned.orders.lock().unwrap() = Some(bytes(&list));
        *canned.snapshot.lock().unwrap() = Some(bytes(&snapshot));
        let read = adapter.client.live_orders().await.unwrap().unwrap();
        assert_eq!(read.len(), ORDERS_IN_LIST);
    });
    criterion.bench_function("decode/list_of_100_orders", |bencher| {
        bencher.to_async(&runtime).iter(async || adapter.client.live_orders().await.unwrap());
    });
    let conid = adapter.instrument.conid;
    criterion.bench_function("decode/snapshot", |bencher| {
        bencher.to_async(&runtime).iter(async || adapter.client.quote(conid).await.unwrap());
    });
}

criterion_group!(benches, intent_to_wire, adapter_over_bare_http, decoding);
criterion_main!(benches);
