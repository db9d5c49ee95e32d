//! A broker for tests: it lists what the test put into its lists, and counts what it is asked to
//! do. A strategy `sample` has bought 10 AAPL at 99 with a stop at 90 and a target at 120.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard};

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use rust_decimal::Decimal;
use throughline::analyst::desk::{DeskParts, ModelDesk};
use throughline::analyst::providers::Providers;
use throughline::analyst::rules::RuleAnalyst;
use throughline::broker::{
    AcceptedOrder, AccountSummary, Broker, BrokerError, BrokerOrder, BrokerPosition, CancelOutcome,
    CurrencyBalance, GatewayLook, LimiterState, OrderPreview, SessionState, SubmitOutcome,
    SubmitReport, Tickle,
};
use throughline::clock::{Clock, SimulatedClock, SystemClock};
use throughline::domain::records::{Outcome, Trigger};
use throughline::domain::{
    AccountId, Bar, BrokerOrderId, ClientOrderId, Conid, Environment, ExecutionId, Fill, FillId,
    Instrument, Leg, OrderIntent, OrderSide, OrderStatus, OrderType, StrategyId, TimeInForce,
    Timeframe,
};
use throughline::executor::{
    AccountBook, Changes, HaltSwitch, Opening, Parts, PriceNotes, TradingGate,
};
use throughline::lineage::Recorder;
use throughline::market::{MarketData, MarketError, Quote, StockListing};
use throughline::orders::driver::{OrdersDriver, Reconciler};
use throughline::risk::RiskApproved;
use throughline::secrets::keychain::Keychain;
use throughline::store::{
    Change, CorrectionRow, Durability, ExecutionRow, ExecutionStatus, OrderRow, Store,
    StrategyVersionRow,
};
use tokio::sync::watch;

pub(super) const AAPL: Conid = Conid(265_598);

pub(super) struct Lists {
    /// Nothing while the session has not loaded them.
    pub(super) live: Option<Vec<BrokerOrder>>,
    pub(super) fills: Option<Vec<Fill>>,
    pub(super) positions: BTreeMap<Conid, Decimal>,
    pub(super) cash: Decimal,
    pub(super) lookups: Vec<BrokerOrder>,
    pub(super) cancel_outcome: CancelOutcome,
    pub(super) submit_outcome: Option<SubmitOutcome>,
    pub(super) cancelled: Vec<BrokerOrderId>,
    pub(super) submitted: usize,
    /// What was submitted.
    pub(super) sent: Vec<OrderIntent>,
}

pub(super) struct FakeBroker {
    lists: Mutex<Lists>,
    hints: watch::Sender<u64>,
}

impl FakeBroker {
    pub(super) fn lists(&self) -> MutexGuard<'_, Lists> {
        self.lists.lock().unwrap()
    }
}

/// What this broker is never asked in these tests.
fn never<T>(request: &str) -> Result<T, BrokerError> {
    Err(BrokerError::Protocol { request: request.into(), cause: "not part of this fake".into() })
}

#[async_trait]
impl Broker for FakeBroker {
    async fn connect(&self) -> Result<SessionState, BrokerError> {
        never("connect")
    }

    async fn submit(&self, intent: &RiskApproved<OrderIntent>) -> SubmitReport {
        let mut lists = self.lists();
        lists.submitted += 1;
        let (client_order_id, broker_order_id) = match intent.get() {
            OrderIntent::Modify(change) => {
                (change.client_order_id.clone(), change.broker_order_id.clone())
            }
            OrderIntent::MoveTarget(change) => {
                (change.client_order_id.clone(), change.broker_order_id.clone())
            }
            OrderIntent::Exit(exit) => {
                (Leg::Exit.client_order_id(&exit.execution_id), broker_id("90"))
            }
            other => panic!("changes and exits are sent, and this is {other:?}"),
        };
        lists.sent.push(intent.get().clone());
        let accepted = SubmitOutcome::Accepted(vec![AcceptedOrder {
            client_order_id,
            broker_order_id,
            status: OrderStatus::Submitted,
        }]);
        let outcome = lists.submit_outcome.clone().unwrap_or(accepted);
        SubmitReport { outcome, questions: Vec::new() }
    }

    async fn live_orders(&self) -> Result<Option<Vec<BrokerOrder>>, BrokerError> {
        Ok(self.lists().live.clone())
    }

    async fn fills(&self) -> Result<Option<Vec<Fill>>, BrokerError> {
        Ok(self.lists().fills.clone())
    }

    async fn positions(&self) -> Result<Vec<BrokerPosition>, BrokerError> {
        let positions = self.lists().positions.clone();
        Ok(positions
            .into_iter()
            .map(|(conid, quantity)| BrokerPosition {
                conid,
                description: "AAPL".into(),
                quantity,
                average_cost: Decimal::ZERO,
                market_price: None,
            })
            .collect())
    }

    async fn balances(&self) -> Result<Vec<CurrencyBalance>, BrokerError> {
        Ok(Vec::new())
    }

    async fn account_summary(&self) -> Result<AccountSummary, BrokerError> {
        let cash = self.lists().cash;
        Ok(AccountSummary {
            net_liquidation: cash,
            total_cash: cash,
            available_funds: cash,
            gross_position_value: Decimal::ZERO,
            currency: "USD".into(),
            as_of: Timestamp::UNIX_EPOCH,
        })
    }

    async fn look(&self) -> GatewayLook {
        unimplemented!("not part of this fake")
    }

    async fn tickle(&self) -> Result<Tickle, BrokerError> {
        never("tickle")
    }

    async fn take_over(&self) -> Result<SessionState, BrokerError> {
        never("take_over")
    }

    async fn cancel(&self, order: &BrokerOrderId) -> CancelOutcome {
        let mut lists = self.lists();
        lists.cancelled.push(order.clone());
        lists.cancel_outcome.clone()
    }

    async fn order(&self, order: &BrokerOrderId) -> Result<Option<BrokerOrder>, BrokerError> {
        let found = |listed: &&BrokerOrder| listed.broker_order_id == *order;
        Ok(self.lists().lookups.iter().find(found).cloned())
    }

    async fn preview(&self, _: &OrderIntent) -> Result<OrderPreview, BrokerError> {
        never("preview")
    }

    async fn limiter(&self) -> LimiterState {
        LimiterState::default()
    }

    fn order_hints(&self) -> watch::Receiver<u64> {
        self.hints.subscribe()
    }
}

struct FakeMarket;

#[async_trait]
impl MarketData for FakeMarket {
    async fn find_stock(&self, symbol: &str) -> Result<Instrument, MarketError> {
        Ok(apple(symbol))
    }

    async fn stock_by_conid(&self, _: Conid) -> Result<Instrument, MarketError> {
        Ok(apple("AAPL"))
    }

    async fn search(&self, _: &str) -> Result<Vec<StockListing>, MarketError> {
        Ok(never("search")?)
    }

    async fn history(&self, _: Conid, _: Timeframe, _: &str) -> Result<Vec<Bar>, MarketError> {
        Ok(never("history")?)
    }

    async fn quote(&self, _: Conid) -> Result<Quote, MarketError> {
        Ok(never("quote")?)
    }
}

pub(super) fn apple(symbol: &str) -> Instrument {
    Instrument {
        conid: AAPL,
        symbol: symbol.into(),
        company_name: "APPLE INC".into(),
        exchange: "NASDAQ".into(),
        currency: "USD".into(),
        tick_size: Decimal::new(1, 2),
        tick_bands: Vec::new(),
    }
}

pub(super) struct Desk {
    _directory: tempfile::TempDir,
    pub(super) parts: Parts,
    pub(super) broker: Arc<FakeBroker>,
    pub(super) clock: Arc<SimulatedClock>,
    pub(super) orders: OrdersDriver,
    pub(super) reconciler: Reconciler,
}

pub(super) fn decimal(text: &str) -> Decimal {
    text.parse().unwrap()
}

pub(super) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_339_770_000 + seconds).unwrap()
}

pub(super) fn broker_id(id: &str) -> BrokerOrderId {
    BrokerOrderId::new(id).unwrap()
}

pub(super) fn id(leg: Leg) -> ClientOrderId {
    leg.client_order_id(&ExecutionId::new("e1").unwrap())
}

pub(super) fn fill(id: &str, order: Option<&str>, side: OrderSide, price: &str) -> Fill {
    Fill {
        fill_id: FillId::new(id),
        client_order_id: None,
        broker_order_id: order.map(broker_id),
        conid: AAPL,
        side,
        quantity: Decimal::TEN,
        price: decimal(price),
        commission: Decimal::ONE,
        is_commission_known: true,
        is_liquidation: false,
        at: at(5),
    }
}

pub(super) fn listed(id: &str, side: OrderSide, price: &str, status: OrderStatus) -> BrokerOrder {
    BrokerOrder {
        broker_order_id: broker_id(id),
        client_order_id: None,
        conid: AAPL,
        side,
        order_type: Some(OrderType::Limit),
        status,
        status_text: format!("{status:?}"),
        quantity: Decimal::TEN,
        filled_quantity: Decimal::ZERO,
        remaining_quantity: Decimal::TEN,
        price: Some(decimal(price)),
        average_price: None,
    }
}

fn order(leg: Leg, broker: &str, price: &str) -> OrderRow {
    let execution = ExecutionId::new("e1").unwrap();
    OrderRow {
        client_order_id: id(leg),
        broker_order_id: Some(broker_id(broker)),
        execution_id: execution.clone(),
        decided_by: execution,
        strategy_id: StrategyId::new("sample").unwrap(),
        account_id: AccountId::new("DU1000001").unwrap(),
        conid: AAPL,
        symbol: "AAPL".into(),
        leg,
        side: if leg == Leg::Entry { OrderSide::Buy } else { OrderSide::Sell },
        order_type: if leg == Leg::Stop { OrderType::Stop } else { OrderType::Limit },
        quantity: Decimal::TEN,
        price: Some(decimal(price)),
        aux_price: None,
        time_in_force: TimeInForce::Gtc,
        good_till: None,
        status: OrderStatus::Submitted,
        filled_quantity: Decimal::ZERO,
        average_price: None,
        commission: Decimal::ZERO,
        reason: None,
        created_at: at(0),
        updated_at: at(0),
    }
}

fn changes() -> Vec<Change> {
    let strategy_id = StrategyId::new("sample").unwrap();
    let mut changes = vec![
        Change::StrategyVersion(StrategyVersionRow {
            strategy_id: strategy_id.clone(),
            name: "Sample".into(),
            version: 1,
            toml: String::new(),
            hash: "aa".into(),
            created_at: at(0),
        }),
        Change::Execution(ExecutionRow {
            id: ExecutionId::new("e1").unwrap(),
            strategy_id,
            strategy_version: 1,
            symbol: "AAPL".into(),
            model: None,
            trigger: Trigger::Schedule,
            environment: Environment::Paper,
            account_id: AccountId::new("DU1000001").unwrap(),
            as_of: at(0),
            status: ExecutionStatus::Completed,
            outcome: Some(Outcome::Bought),
            sentence: None,
            duration_us: 0,
            started_at: at(0),
            finished_at: None,
        }),
    ];
    let bracket = [(Leg::Entry, "71", "100"), (Leg::Stop, "72", "90"), (Leg::Target, "73", "120")];
    changes.extend(bracket.map(|(leg, id, price)| Change::Order(order(leg, id, price))));
    changes
}

/// The parts of a paper account over a broker for tests.
pub(crate) async fn parts_over(
    store: Arc<Store>,
    clock: Arc<dyn Clock>,
    broker: Arc<dyn Broker>,
    directory: &Path,
) -> Parts {
    let account_id = AccountId::new("DU1000001").unwrap();
    let cash = decimal("10000");
    let opening = Opening { account_id, cash, value: cash };
    let account = AccountBook::load(&store, Environment::Paper, Some(opening)).await.unwrap();
    let models = ModelDesk::load(DeskParts {
        store: Arc::clone(&store),
        secrets: Arc::new(Keychain),
        connector: Arc::new(Providers::new(Arc::new(SystemClock)).unwrap()),
        clock: Arc::new(SystemClock),
        on_change: Box::new(|| {}),
    });
    Parts {
        models: Arc::new(models.await.unwrap()),
        recorder: Arc::new(Recorder::start(Arc::clone(&store))),
        store,
        broker,
        market: Arc::new(FakeMarket),
        analyst: Arc::new(RuleAnalyst),
        baseline: Arc::new(RuleAnalyst),
        clock,
        account: Arc::new(account),
        halt: HaltSwitch::in_directory(directory),
        gate: TradingGate::default(),
        changes: Changes::new(),
        price_notes: PriceNotes::default(),
    }
}

/// A broker with nothing on its lists.
pub(crate) fn idle_broker() -> Arc<dyn Broker> {
    Arc::new(FakeBroker {
        lists: Mutex::new(Lists {
            live: Some(Vec::new()),
            fills: Some(Vec::new()),
            positions: BTreeMap::new(),
            cash: decimal("10000"),
            lookups: Vec::new(),
            cancel_outcome: CancelOutcome::Requested,
            submit_outcome: None,
            cancelled: Vec::new(),
            submitted: 0,
            sent: Vec::new(),
        }),
        hints: watch::Sender::new(0),
    })
}

impl Desk {
    /// With the entry, its stop and its target working, and no fill yet.
    pub(super) async fn with_orders() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let store = Arc::new(Store::open(directory.path()).await.unwrap());
        store.commit(changes(), Durability::Ordinary).await.unwrap();
        let clock = Arc::new(SimulatedClock::starting_at(at(10)));
        let broker = Arc::new(FakeBroker {
            lists: Mutex::new(Lists {
                live: Some(vec![
                    listed("71", OrderSide::Buy, "100", OrderStatus::Submitted),
                    listed("72", OrderSide::Sell, "90", OrderStatus::Submitted),
                    listed("73", OrderSide::Sell, "120", OrderStatus::Submitted),
                ]),
                fills: Some(Vec::new()),
                positions: BTreeMap::new(),
                cash: decimal("10000"),
                lookups: Vec::new(),
                cancel_outcome: CancelOutcome::Requested,
                submit_outcome: None,
                cancelled: Vec::new(),
                submitted: 0,
                sent: Vec::new(),
            }),
            hints: watch::Sender::new(0),
        });
        let clock_part = Arc::clone(&clock) as Arc<dyn Clock>;
        let broker_part = Arc::clone(&broker) as Arc<dyn Broker>;
        let parts = parts_over(store, clock_part, broker_part, directory.path()).await;
        let minutes = SignedDuration::from_mins(5);
        Self {
            orders: OrdersDriver::new(parts.clone(), minutes),
            reconciler: Reconciler::new(parts.clone(), Some(minutes)),
            _directory: directory,
            parts,
            broker,
            clock,
        }
    }

    /// With 10 shares held at 99, protected by the stop.
    pub(super) async fn with_position() -> Self {
        let mut desk = Self::with_orders().await;
        desk.fill_entry();
        desk.orders.tick().await.unwrap();
        assert_eq!(desk.parts.account.positions()[0].quantity, Decimal::TEN);
        let report = desk.reconciler.run_now().await.unwrap();
        assert_eq!((report.succeeded, report.booked, report.standing), (true, 0, 0), "{report:?}");
        desk
    }

    /// The entry fills at the broker.
    pub(super) fn fill_entry(&self) {
        let mut lists = self.broker.lists();
        lists.live.as_mut().unwrap().remove(0);
        lists.fills = Some(vec![fill("a.b.1.01", Some("71"), OrderSide::Buy, "99")]);
        lists.positions = BTreeMap::from([(AAPL, Decimal::TEN)]);
        lists.cash = decimal("9009");
    }

    pub(super) async fn corrections(&self) -> Vec<CorrectionRow> {
        self.parts.store.corrections(100).await.unwrap()
    }

    pub(super) async fn kinds(&self) -> Vec<String> {
        let mut kinds: Vec<String> =
            self.corrections().await.into_iter().map(|correction| correction.kind).collect();
        kinds.reverse();
        kinds
    }

    pub(super) async fn order(&self, leg: Leg) -> OrderRow {
        self.parts.store.order(&id(leg)).await.unwrap().unwrap()
    }

    pub(super) fn closures(&self) -> Vec<&'static str> {
        self.parts.gate.closures().into_iter().map(|closure| closure.cause.as_str()).collect()
    }

    pub(super) fn pass(&self, seconds: i64) {
        self.clock.advance_to(self.clock.now() + SignedDuration::from_secs(seconds));
    }
}
