//! What must hold of every data directory whose engine is at rest, whatever happened to it: each
//! claim is computed from the database file and the exchange's journal, not asked of the engine.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;
use rust_decimal::Decimal;
use serde_json::Value;
use throughline::app::Reader;
use throughline::broker::ibkr::{IbkrClient, InProcessTransport, QuestionPolicy};
use throughline::broker::{Broker as _, Region, maintenance_window};
use throughline::clock::{Clock, SimulatedClock};
use throughline::domain::records::{StepName, Trigger, UpdatePortfolioOutput};
use throughline::domain::{Conid, Environment, Leg, OrderSide, OrderStatus, StrategyId};
use throughline::lineage::verify;
use throughline::sandbox::data::{load_all, prices_directory};
use throughline::sandbox::{Sandbox, SandboxOptions};
use throughline::store::{
    ExecutionRow, ExecutionStatus, FillRow, OrderRow, Store, StoredPayload, StoredStep,
};

/// Everything that a data directory holds, read once.
pub(crate) struct Audit {
    pub(crate) reader: Reader,
    pub(crate) executions: Vec<ExecutionRow>,
    pub(crate) orders: Vec<OrderRow>,
    pub(crate) fills: Vec<FillRow>,
    /// The whole lineage by execution, as the table holds it.
    pub(crate) steps: BTreeMap<String, Vec<StoredStep>>,
    data_dir: PathBuf,
    /// Where the exchange keeps its journal: here, or where it is served.
    exchange_dir: PathBuf,
}

/// Shares and money of one strategy in one instrument, added up from the fills alone.
#[derive(Debug, Default, Clone, PartialEq)]
struct Holding {
    quantity: Decimal,
    /// Paid less received, commissions included, since the position was opened.
    invested: Decimal,
    has_sold: bool,
    commission: Decimal,
}

impl Audit {
    pub(crate) async fn of(data_dir: &Path) -> Self {
        Self::with_exchange_in(data_dir, data_dir).await
    }

    /// The same, where the exchange is served out of a data directory of its own.
    pub(crate) async fn with_exchange_in(data_dir: &Path, exchange_dir: &Path) -> Self {
        let reader = Reader::open(data_dir).await.unwrap();
        let store = &reader.store;
        let executions = store.executions(None, u32::MAX).await.unwrap();
        let orders = store.orders().await.unwrap();
        let fills = store.fills().await.unwrap();
        let mut steps: BTreeMap<String, Vec<StoredStep>> = BTreeMap::new();
        for step in all_steps(store, 0).await {
            steps.entry(step.execution_id.clone()).or_default().push(step);
        }
        let (data_dir, exchange_dir) = (data_dir.to_path_buf(), exchange_dir.to_path_buf());
        Self { reader, executions, orders, fills, steps, data_dir, exchange_dir }
    }

    pub(crate) fn data_dir(&self) -> &Path {
        &self.data_dir
    }

    /// Runs every check.
    pub(crate) async fn check(&self) {
        self.the_chain_is_intact().await;
        self.no_execution_is_left_half_done();
        self.no_planned_run_was_made_twice();
        self.every_execution_has_its_twelve_steps();
        self.the_exchange_was_told_nothing_twice_and_nothing_unknown();
        self.nothing_was_sent_while_logins_are_reset();
        self.orders_are_the_sums_of_their_fills();
        self.money_adds_up();
        self.the_portfolio_never_differed_from_the_brokers();
        self.every_fill_reaches_its_decision().await;
        self.the_exchange_has_the_same_cash_and_shares().await;
    }

    async fn the_chain_is_intact(&self) {
        let verified = verify(&self.reader.store).await.unwrap();
        assert_eq!(verified.first_fault, None);
        assert!(verified.rows > 0);
    }

    /// Nothing runs any more, and what waits, waits for an order that is open.
    fn no_execution_is_left_half_done(&self) {
        for execution in &self.executions {
            match execution.status {
                ExecutionStatus::Completed | ExecutionStatus::Failed => {
                    assert!(execution.outcome.is_some(), "{} has no outcome", execution.id);
                }
                ExecutionStatus::Tracking => {
                    let open = self.orders.iter().any(|order| {
                        order.execution_id == execution.id
                            && matches!(order.leg, Leg::Entry | Leg::Exit | Leg::Flatten)
                            && !order.status.is_terminal()
                    });
                    assert!(open, "{} waits for no order", execution.id);
                }
                ExecutionStatus::AwaitingApproval => {
                    panic!("{} asks a person although its strategy is automatic", execution.id);
                }
                ExecutionStatus::Running => panic!("{} was left running", execution.id),
            }
        }
        for order in &self.orders {
            let unresolved = matches!(order.status, OrderStatus::Intended | OrderStatus::Unknown);
            assert!(!unresolved, "{} is left {}", order.client_order_id, order.status.as_str());
        }
    }

    fn no_planned_run_was_made_twice(&self) {
        let mut planned = BTreeSet::new();
        for execution in self.executions.iter().filter(|e| e.trigger == Trigger::Schedule) {
            let key = (&execution.strategy_id, &execution.symbol, execution.as_of);
            assert!(planned.insert(key), "{} repeats a planned run", execution.id);
        }
    }

    fn every_execution_has_its_twelve_steps(&self) {
        let names: BTreeSet<&str> = StepName::ALL.iter().map(|step| step.as_str()).collect();
        let done = [ExecutionStatus::Completed, ExecutionStatus::Failed];
        for execution in self.executions.iter().filter(|e| done.contains(&e.status)) {
            if execution.trigger == Trigger::External {
                // What was placed elsewhere was not decided here: it has a card and no steps.
                continue;
            }
            let recorded: BTreeSet<&str> =
                self.steps_of(execution.id.as_str()).map(|step| step.step_name.as_str()).collect();
            assert_eq!(recorded, names, "{}", execution.id);
        }
    }

    /// Read from the journal's lines themselves.
    fn the_exchange_was_told_nothing_twice_and_nothing_unknown(&self) {
        let placed = self.placed();
        let known: BTreeSet<&str> =
            self.orders.iter().map(|order| order.client_order_id.as_str()).collect();
        let mut seen = BTreeSet::new();
        for id in &placed {
            assert!(seen.insert(id.as_str()), "{id} was placed twice");
            assert!(known.contains(id.as_str()), "{id} is at the exchange and not in our records");
        }
        let ours = self.orders.iter().filter(|order| order.leg != Leg::External);
        for order in ours.filter(|order| order.broker_order_id.is_some()) {
            let id = order.client_order_id.as_str();
            assert!(seen.contains(id), "{id} has a broker's id and never reached the exchange");
        }
        for execution in &self.executions {
            let entries = placed.iter().filter(|id| {
                [Leg::Entry, Leg::Exit, Leg::Flatten]
                    .iter()
                    .any(|leg| leg.client_order_id(&execution.id).as_str() == id.as_str())
            });
            assert!(entries.count() <= 1, "{} placed more than one order", execution.id);
        }
    }

    /// The client order ids at the exchange, in the order in which it accepted them.
    fn placed(&self) -> Vec<String> {
        sent(&self.exchange_dir).into_iter().flat_map(|request| request.placed).collect()
    }

    fn nothing_was_sent_while_logins_are_reset(&self) {
        for request in sent(&self.exchange_dir) {
            let window = maintenance_window(request.at, Region::NorthAmerica);
            assert!(!window.is_now, "{request:?} was sent in the window {}", window.words);
        }
    }

    fn orders_are_the_sums_of_their_fills(&self) {
        let mut by_order: BTreeMap<&str, (Decimal, Decimal)> = BTreeMap::new();
        for row in &self.fills {
            let sum = by_order.entry(row.client_order_id.as_str()).or_default();
            sum.0 += row.fill.quantity;
            sum.1 += row.fill.commission;
        }
        for order in &self.orders {
            let id = order.client_order_id.as_str();
            let (quantity, commission) = by_order.remove(id).unwrap_or_default();
            assert_eq!(order.filled_quantity, quantity, "{id}");
            assert_eq!(order.commission, commission, "{id}");
            assert!(quantity <= order.quantity, "{id} filled beyond its quantity");
            assert_eq!(order.status == OrderStatus::Filled, quantity == order.quantity, "{id}");
        }
        assert!(by_order.is_empty(), "fills without an order: {by_order:?}");
    }

    /// Cash, positions and closed trades against the fills, to the cent.
    fn money_adds_up(&self) {
        let starting_cash = self.reader.account.starting_cash();
        let mut cash = starting_cash;
        let mut holdings: BTreeMap<(StrategyId, Conid), Holding> = BTreeMap::new();
        // A sale made elsewhere takes the shares of whoever holds them, so that shares are then
        // counted by contract alone.
        let elsewhere = self.fills.iter().any(|row| row.leg == Leg::External);
        for row in &self.fills {
            let amount = row.fill.quantity * row.fill.price;
            let owner = if elsewhere { "external" } else { row.strategy_id.as_str() };
            let key = (StrategyId::new(owner).unwrap(), row.fill.conid);
            let holding = holdings.entry(key.clone()).or_default();
            let signed = match row.fill.side {
                OrderSide::Buy => -amount,
                OrderSide::Sell => amount,
            } - row.fill.commission;
            cash += signed;
            holding.invested -= signed;
            holding.commission += row.fill.commission;
            holding.has_sold |= row.fill.side == OrderSide::Sell;
            holding.quantity += match row.fill.side {
                OrderSide::Buy => row.fill.quantity,
                OrderSide::Sell => -row.fill.quantity,
            };
            assert!(holding.quantity >= Decimal::ZERO, "{key:?} was sold short");
            if holding.quantity == Decimal::ZERO {
                holdings.remove(&key);
            }
        }
        let state = self.reader.account.portfolio_state(self.reader.now);
        assert_eq!(cash, cash.round_dp(2), "money is in whole cents");
        assert_eq!(state.cash, cash, "cash is the starting cash − buys + sells − commissions");

        if elsewhere {
            let mut held: BTreeMap<Conid, Decimal> = BTreeMap::new();
            for position in self.reader.account.positions() {
                *held.entry(position.conid).or_default() += position.quantity;
            }
            let filled: BTreeMap<Conid, Decimal> =
                holdings.iter().map(|((_, conid), holding)| (*conid, holding.quantity)).collect();
            assert_eq!(held, filled, "positions are the sums of the fills");
            assert_eq!(state.realized_pnl, self.realized());
            return;
        }
        let mut invested = Decimal::ZERO;
        let positions = self.reader.account.positions();
        assert_eq!(positions.len(), holdings.len());
        for position in &positions {
            let holding = &holdings[&(position.strategy_id.clone(), position.conid)];
            assert_eq!(position.quantity, holding.quantity, "{}", position.symbol);
            assert_eq!(position.commission, holding.commission, "{}", position.symbol);
            if !holding.has_sold {
                let cost = position.quantity * position.average_cost + position.commission;
                assert_eq!(cost.round_dp(2), holding.invested, "{}", position.symbol);
            }
            invested += holding.invested;
        }
        let realized: Decimal = self.realized();
        assert_eq!(
            cash + invested,
            starting_cash + realized,
            "cash + positions at cost + fees is the starting cash + the closed trades"
        );
        assert_eq!(state.realized_pnl, realized);
    }

    fn realized(&self) -> Decimal {
        let text = |path: &Path| path.display().to_string();
        let output = super::terminal::command(&self.data_dir)
            .args(["portfolio", "--json"])
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", text(&self.data_dir));
        let portfolio: Value = serde_json::from_slice(&output.stdout).unwrap();
        let trades = portfolio["trades"].as_array().unwrap();
        let decimal = |value: &Value| value.as_str().unwrap().parse::<Decimal>().unwrap();
        for trade in trades {
            let gross = decimal(&trade["quantity"])
                * (decimal(&trade["exit_price"]) - decimal(&trade["entry_price"]));
            assert_eq!(gross.round_dp(2), decimal(&trade["gross_pnl"]), "{trade}");
            let net = decimal(&trade["gross_pnl"]) - decimal(&trade["commission"]);
            assert_eq!(net, decimal(&trade["realized_pnl"]), "{trade}");
        }
        trades.iter().map(|trade| decimal(&trade["realized_pnl"])).sum()
    }

    /// Each record of step 11 compares our cash with the broker's.
    fn the_portfolio_never_differed_from_the_brokers(&self) {
        if self.fills.iter().any(|row| row.leg == Leg::External) {
            // A trade made elsewhere is a difference until it is found; the end must agree.
            return;
        }
        for step in self.steps.values().flatten() {
            if step.step_name != StepName::UpdatePortfolio.as_str() || step.status != "success" {
                continue;
            }
            let StoredPayload::Inline(text) = &step.output else {
                panic!("row {} is kept as a blob", step.sequence)
            };
            let output: UpdatePortfolioOutput = serde_json::from_str(text).unwrap();
            assert_eq!(
                output.cash_difference,
                Some(Decimal::ZERO),
                "row {} of {}: ours {}, the broker's {:?}",
                step.sequence,
                step.execution_id,
                output.after.cash,
                output.broker_cash
            );
        }
    }

    /// Fill → order → execution → the rows of the decision.
    async fn every_fill_reaches_its_decision(&self) {
        let orders: BTreeMap<_, _> =
            self.orders.iter().map(|order| (&order.client_order_id, order)).collect();
        for row in self.fills.iter().filter(|row| row.leg != Leg::External) {
            let id = &row.fill.fill_id;
            let order = orders[&row.client_order_id];
            assert_eq!(order.execution_id, row.execution_id, "{id}");
            for execution in [&order.execution_id, &order.decided_by] {
                let succeeded: BTreeSet<&str> = self
                    .steps_of(execution.as_str())
                    .filter(|step| step.status == "success")
                    .map(|step| step.step_name.as_str())
                    .collect();
                // A person who flattens is not asked for a signal.
                let is_flattening = order.leg == Leg::Flatten;
                let needed = [StepName::ParseSignal, StepName::CheckRisk, StepName::PlaceOrder];
                for step in &needed[usize::from(is_flattening)..] {
                    assert!(succeeded.contains(step.as_str()), "{id}: {execution} has no {step:?}");
                }
            }
            // The fill itself stands in the lineage of the execution that decided it.
            let decider = order.decided_by.as_str();
            let mut tracked = false;
            for step in self.steps_of(decider).filter(|step| step.step_name == "track_order") {
                let text = match &step.output {
                    StoredPayload::Inline(text) => text.clone(),
                    StoredPayload::Blob(hash) => {
                        let blob = self.reader.store.blob(hash).await.unwrap().unwrap();
                        String::from_utf8(blob.1).unwrap()
                    }
                    StoredPayload::Contradictory => panic!("row {}", step.sequence),
                };
                tracked |= text.contains(id.as_str());
            }
            let waits = self.executions.iter().any(|execution| {
                execution.id == order.decided_by && execution.status == ExecutionStatus::Tracking
            });
            assert!(tracked || waits, "fill {id} is in no track_order row of {decider}");
        }
    }

    /// The exchange opened again on its own journal, and asked through the adapter.
    async fn the_exchange_has_the_same_cash_and_shares(&self) {
        let (cash, shares) = self.exchange_account().await;
        let ours = self.reader.account.portfolio_state(self.reader.now).cash;
        assert_eq!(ours, cash, "our cash and the exchange's");
        let mut held: BTreeMap<Conid, Decimal> = BTreeMap::new();
        for position in self.reader.account.positions() {
            *held.entry(position.conid).or_default() += position.quantity;
        }
        assert_eq!(held, shares, "our shares and the exchange's");
    }

    async fn exchange_account(&self) -> (Decimal, BTreeMap<Conid, Decimal>) {
        // The original is left alone: an opening may cut a torn line off.
        let copy = tempfile::tempdir().unwrap();
        let journal = copy.path().join("journal.jsonl");
        std::fs::copy(self.exchange_dir.join("sandbox").join("journal.jsonl"), &journal).unwrap();
        let seed = self.reader.store.setting("seed").await.unwrap().unwrap().parse().unwrap();
        let clock = Arc::new(SimulatedClock::starting_at(self.reader.now));
        // Prices that were taken in stand in the data directory of whoever has the exchange.
        let imported_prices = load_all(&prices_directory(&self.exchange_dir)).unwrap();
        let journal = Some(journal);
        let options =
            SandboxOptions { seed, journal, imported_prices, ..SandboxOptions::default() };
        let sandbox = Sandbox::open(options, Arc::clone(&clock)).unwrap();
        let transport = InProcessTransport::new(sandbox.router(), sandbox.order_hints());
        let client = IbkrClient::new(
            Arc::new(transport),
            Arc::clone(&clock) as Arc<dyn Clock>,
            QuestionPolicy::default(),
            Environment::Sandbox,
        );
        client.connect().await.unwrap();
        let cash = client.account_summary().await.unwrap().total_cash;
        let positions = client.positions().await.unwrap();
        let shares = positions
            .into_iter()
            .filter(|position| position.quantity != Decimal::ZERO)
            .map(|position| (position.conid, position.quantity))
            .collect();
        (cash, shares)
    }

    pub(crate) fn steps_of(&self, execution: &str) -> impl Iterator<Item = &StoredStep> {
        self.steps.get(execution).into_iter().flatten()
    }
}

/// The lineage after a place in the chain.
pub(crate) async fn all_steps(store: &Store, mut after: i64) -> Vec<StoredStep> {
    let mut steps = Vec::new();
    loop {
        let page = store.stored_steps_after(after, 1_000).await.unwrap();
        let Some(last) = page.last() else { return steps };
        after = last.sequence;
        steps.extend(page);
    }
}

/// The client order ids that the exchange has accepted, in order, out of the journal's lines.
pub(crate) fn placed_orders(data_dir: &Path) -> Vec<String> {
    sent(data_dir).into_iter().flat_map(|request| request.placed).collect()
}

/// A request about orders that the exchange has accepted.
#[derive(Debug)]
pub(crate) struct Sent {
    pub(crate) at: Timestamp,
    /// The client order ids of what was placed; empty for a change.
    pub(crate) placed: Vec<String>,
}

/// What was placed and changed, out of the journal's lines; what was done elsewhere and what was
/// cancelled, which is free at any time, is not among it.
pub(crate) fn sent(data_dir: &Path) -> Vec<Sent> {
    let text = std::fs::read_to_string(data_dir.join("sandbox").join("journal.jsonl"));
    let mut sent = Vec::new();
    for line in text.unwrap_or_default().lines() {
        let record: Value = serde_json::from_str(line).unwrap();
        let body = &record["body"];
        let command = &body["command"];
        let orders = command["place"]["orders"].as_array();
        if orders.is_none() && command["modify"].is_null() {
            continue;
        }
        let id = |order: &Value| order["client_order_id"].as_str().unwrap().to_owned();
        sent.push(Sent {
            at: instant(body["at"].as_str().unwrap()),
            placed: orders.into_iter().flatten().map(id).collect(),
        });
    }
    sent
}

/// An instant, written as a person would.
pub(crate) fn instant(text: &str) -> Timestamp {
    text.parse().unwrap()
}
