use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use rust_decimal::Decimal;
use serde_json::json;

use super::adopt::Foreign;
use super::batch::{Batch, name_of, name_of_listed};
use super::editions::{self, fill_evidence};
use super::{ASK_AGAIN, BACK_OFF, closures};
use crate::broker::{AccountSummary, BrokerError, BrokerOrder, BrokerPosition};
use crate::domain::{Conid, Fill, Leg, StrategyId};
use crate::executor::{Changed, ClosureCause, ExecutorError, Parts};
use crate::orders::reconcile::{BookedFill, Books, Difference, Holding, Statement, compare};
use crate::store::{Change, CorrectionRow, Durability, EXTERNAL_STRATEGY, OrderRow};

/// How often the broker is asked at the start before the comparison is left to the next tick.
const LOADING_ATTEMPTS: usize = 5;

/// What a comparison came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReconciliationReport {
    /// Engine time.
    pub at: Timestamp,
    /// Everything could be read and compared. Differences that were found do not change that.
    pub succeeded: bool,
    /// In one sentence.
    pub sentence: String,
    /// Differences that were booked.
    pub booked: usize,
    /// Differences that stand until a person acts.
    pub standing: usize,
}

/// Compares our records with the broker's: at the start, after every reconnect, in intervals, and
/// when told to. What differs is booked with the broker's record as evidence; what booking does not
/// settle is an alarm, raised once, and closes entries until it is gone.
pub struct Reconciler {
    parts: Parts,
    interval: Option<SignedDuration>,
    next: Option<Timestamp>,
    last: Option<ReconciliationReport>,
    /// Nothing where our books have something was answered last time: it has to be said twice.
    said_nothing: bool,
    /// Alarms in force, with what was said.
    standing: BTreeMap<Key, String>,
}

/// What a standing difference is about.
type Key = (&'static str, Option<Conid>, Option<StrategyId>);

/// One look at everything.
struct Look {
    live: Vec<BrokerOrder>,
    fills: Vec<Fill>,
    positions: Vec<BrokerPosition>,
    summary: AccountSummary,
}

impl Reconciler {
    /// A reconciler that is due at once, then every `interval` of engine time; without an interval,
    /// then only when it is woken. Entries are closed until it has succeeded.
    pub fn new(parts: Parts, interval: Option<SignedDuration>) -> Self {
        let next = Some(parts.clock.now());
        let this = Self {
            parts,
            interval,
            next,
            last: None,
            said_nothing: false,
            standing: BTreeMap::new(),
        };
        this.close_entries("The account was not yet compared with the broker's records.");
        this
    }

    /// When it wants to be ticked next.
    pub fn due_at(&self) -> Option<Timestamp> {
        self.next
    }

    /// Asks to be ticked at once, since something was seen that is not ours.
    pub fn wake(&mut self) {
        self.next = Some(self.parts.clock.now());
    }

    /// The session came back: what happened in between is not known, so that entries are closed
    /// until the comparison has succeeded again.
    pub fn reconnected(&mut self) {
        self.close_entries("The session came back, and the account was not yet compared.");
        self.wake();
    }

    /// What the last comparison came to; nothing before the first.
    pub fn last_report(&self) -> Option<&ReconciliationReport> {
        self.last.as_ref()
    }

    /// Compares if it is due.
    pub async fn tick(&mut self) -> Result<(), ExecutorError> {
        if self.next.is_some_and(|next| next <= self.parts.clock.now()) {
            self.run_now().await?;
        }
        Ok(())
    }

    /// Compares now.
    pub async fn run_now(&mut self) -> Result<ReconciliationReport, ExecutorError> {
        let report = self.compare_once().await?;
        if !report.succeeded {
            self.close_entries(&report.sentence);
        }
        self.last = Some(report.clone());
        self.parts.changes.tell(Changed::Connection);
        Ok(report)
    }

    /// Compares, and asks again some times while the broker has not loaded its lists yet: for the
    /// start, which entries wait for.
    pub async fn run_until_loaded(&mut self) -> Result<ReconciliationReport, ExecutorError> {
        let mut report = self.run_now().await?;
        for _ in 1..LOADING_ATTEMPTS {
            if report.succeeded {
                break;
            }
            self.parts.clock.sleep(ASK_AGAIN).await;
            report = self.run_now().await?;
        }
        Ok(report)
    }

    async fn compare_once(&mut self) -> Result<ReconciliationReport, ExecutorError> {
        let look = match self.look().await {
            Ok(Some(look)) => look,
            Ok(None) => {
                self.due_in(Some(ASK_AGAIN));
                return Ok(self.failed("IBKR has not loaded orders and executions yet.".to_owned()));
            }
            Err(error) => {
                self.due_in(Some(BACK_OFF));
                return Ok(self.failed(format!("The account could not be compared: {error}.")));
            }
        };
        if self.is_doubtful(&look) {
            self.due_in(Some(ASK_AGAIN));
            return Ok(self.failed(
                "IBKR lists no positions while we hold some: nothing is believed until it says so \
                 twice."
                    .to_owned(),
            ));
        }
        let booked = self.book(&look).await?;
        let mut left = self.left(&look).await?;
        if left.iter().any(|difference| !self.is_known(difference)) {
            // Something may have happened between one list and the next: it is looked at twice.
            self.parts.clock.sleep(ASK_AGAIN).await;
            if let Ok(Some(second)) = self.look().await {
                self.book(&second).await?;
                left = self.left(&second).await?;
            }
        }
        let standing = left.len();
        self.raise(&left).await?;
        self.liquidations(&look.fills);
        closures::unknown_orders(&self.parts).await?;
        self.parts.gate.open(ClosureCause::NotReconciled, None);
        self.due_in(self.interval);
        let at = self.parts.clock.now();
        let sentence = match (booked, standing) {
            (0, 0) => "Orders, fills, positions and cash agree with IBKR's.".to_owned(),
            (booked, 0) => format!("{booked} differences were booked; now all agree with IBKR's."),
            (_, standing) => {
                format!("{standing} differences stand and need a person; see the corrections.")
            }
        };
        Ok(ReconciliationReport { at, succeeded: true, sentence, booked, standing })
    }

    fn failed(&self, sentence: String) -> ReconciliationReport {
        let at = self.parts.clock.now();
        ReconciliationReport { at, succeeded: false, sentence, booked: 0, standing: 0 }
    }

    fn due_in(&mut self, wait: Option<SignedDuration>) {
        self.next = wait.and_then(|wait| self.parts.clock.now().checked_add(wait).ok());
    }

    fn close_entries(&self, why: &str) {
        let sentence = format!("{why} Entries open when our records and IBKR's were compared.");
        self.parts.gate.close(ClosureCause::NotReconciled, None, sentence);
        self.parts.changes.tell(Changed::Connection);
    }

    async fn look(&self) -> Result<Option<Look>, BrokerError> {
        let broker = &self.parts.broker;
        let Some(live) = broker.live_orders().await? else { return Ok(None) };
        // After the orders, and before the positions: a fill in between is seen by both or by none.
        let Some(fills) = broker.fills().await? else { return Ok(None) };
        let positions = broker.fresh_positions().await?;
        let summary = broker.account_summary().await?;
        Ok(Some(Look { live, fills, positions, summary }))
    }

    /// Empty lists of a session that has not loaded are not "none".
    fn is_doubtful(&mut self, look: &Look) -> bool {
        let says_nothing = look.positions.is_empty() && !self.parts.account.positions().is_empty();
        let first_time = says_nothing && !self.said_nothing;
        self.said_nothing = says_nothing;
        first_time
    }

    /// Books everything that booking settles. Says how many differences that were.
    async fn book(&mut self, look: &Look) -> Result<usize, ExecutorError> {
        let parts = &self.parts;
        let mut booked = editions::take(parts, &look.fills).await?;
        let differences = compare(&self.books().await?, &statement(look));
        let mut adopted = BTreeSet::new();
        let mut corrections = Vec::new();
        for difference in differences.iter().filter(|difference| difference.is_bookable()) {
            booked += 1;
            let foreign = match difference {
                Difference::ForeignOrder(name) => look
                    .live
                    .iter()
                    .find(|listed| name_of_listed(listed) == *name)
                    .map(|listed| Foreign::order(listed, parts.clock.now())),
                Difference::ForeignFill(fill) => Some(Foreign::fill(fill)),
                Difference::MissingFill(fill) => {
                    corrections.push(self.missing_fill(fill, look).await?);
                    None
                }
                _ => None,
            };
            let Some(foreign) = foreign else { continue };
            let is_new = adopted.insert(foreign.id().clone())
                && parts.store.order(foreign.id()).await?.is_none();
            if is_new {
                let symbol = self.symbol(foreign.conid(), look).await?;
                let changes = foreign.changes(parts, &symbol)?;
                parts.recorder.commit(changes, Durability::Full).await?;
            }
        }
        let mut batch = Batch::new(parts, parts.store.working_orders().await?);
        batch.take_fills(look.fills.clone()).await?;
        batch.take_live_orders(&look.live);
        if !batch.is_empty() || !corrections.is_empty() {
            let mut settled = batch.settle().await?;
            settled.changes.extend(corrections.into_iter().map(Change::Correction));
            settled.commit(parts).await?;
        }
        Ok(booked)
    }

    async fn missing_fill(&self, fill: &Fill, look: &Look) -> Result<CorrectionRow, ExecutorError> {
        let symbol = self.symbol(fill.conid, look).await?;
        Ok(CorrectionRow {
            at: self.parts.clock.now(),
            kind: "missing_fill".to_owned(),
            sentence: format!(
                "A fill of ours was not in our records and is booked now: {} {} {symbol} at {}.",
                fill.side, fill.quantity, fill.price
            ),
            symbol: Some(symbol),
            conid: Some(fill.conid),
            evidence: fill_evidence(fill),
            is_alarm: false,
        })
    }

    async fn symbol(&self, conid: Conid, look: &Look) -> Result<String, ExecutorError> {
        let orders = self.parts.store.orders().await?;
        if let Some(order) = orders.iter().find(|order| order.conid == conid) {
            return Ok(order.symbol.clone());
        }
        let listed = look.positions.iter().find(|position| position.conid == conid);
        let described = listed.map(|listed| listed.description.chars().take(40).collect());
        Ok(described.unwrap_or_else(|| format!("conid {conid}")))
    }

    async fn books(&self) -> Result<Books, ExecutorError> {
        let account = &self.parts.account;
        let orders = self.parts.store.orders().await?;
        let mut positions: BTreeMap<Conid, Decimal> = BTreeMap::new();
        for position in account.positions() {
            *positions.entry(position.conid).or_default() += position.quantity;
        }
        let fills = account.booked_fills().into_iter().map(|fill| BookedFill {
            fill_id: fill.fill.fill_id,
            is_commission_known: fill.fill.is_commission_known,
        });
        Ok(Books {
            holdings: self.holdings(&orders),
            orders: orders.iter().map(name_of).collect(),
            fills: fills.collect(),
            replaced: account.replaced_fills(),
            positions,
            cash: account.ledger().cash(),
        })
    }

    /// Every position of a strategy of ours, and every stop, side by side.
    fn holdings(&self, orders: &[OrderRow]) -> Vec<Holding> {
        let mut holdings: BTreeMap<(StrategyId, Conid), Holding> = BTreeMap::new();
        let empty = |strategy_id: &StrategyId, conid: Conid, symbol: &str| Holding {
            strategy_id: strategy_id.clone(),
            conid,
            symbol: symbol.to_owned(),
            held: Decimal::ZERO,
            stopped: Decimal::ZERO,
            is_changing: false,
        };
        for position in self.parts.account.positions() {
            let key = (position.strategy_id.clone(), position.conid);
            let new = empty(&position.strategy_id, position.conid, &position.symbol);
            holdings.entry(key).or_insert(new).held += position.quantity;
        }
        for order in orders.iter().filter(|order| !order.status.is_terminal()) {
            let key = (order.strategy_id.clone(), order.conid);
            let new = empty(&order.strategy_id, order.conid, &order.symbol);
            let holding = holdings.entry(key).or_insert(new);
            match order.leg {
                Leg::Stop => holding.stopped += order.quantity - order.filled_quantity,
                Leg::Entry | Leg::Exit | Leg::Flatten => holding.is_changing = true,
                Leg::Target | Leg::External => {}
            }
        }
        let is_ours = |holding: &Holding| holding.strategy_id.as_str() != EXTERNAL_STRATEGY;
        holdings.into_values().filter(is_ours).collect()
    }

    /// What is left after booking.
    async fn left(&self, look: &Look) -> Result<Vec<Difference>, ExecutorError> {
        let mut differences = compare(&self.books().await?, &statement(look));
        differences.retain(|difference| !difference.is_bookable());
        Ok(differences)
    }

    fn is_known(&self, difference: &Difference) -> bool {
        let (key, sentence) = self.words(difference);
        self.standing.get(&key) == Some(&sentence)
    }

    fn words(&self, difference: &Difference) -> (Key, String) {
        let kind = difference.kind();
        match difference {
            Difference::PositionDiffers { conid, ours, theirs } if ours.is_zero() => (
                (kind, Some(*conid), None),
                format!(
                    "IBKR lists {theirs} shares of conid {conid} that none of our orders bought; \
                     they are left alone."
                ),
            ),
            Difference::PositionDiffers { conid, ours, theirs } => (
                (kind, Some(*conid), None),
                format!(
                    "Our records hold {ours} shares of conid {conid} and IBKR's {theirs}, and no \
                     fill of seven days explains it. Entries in it are closed."
                ),
            ),
            Difference::CashDiffers { ours, theirs } => (
                (kind, None, None),
                format!(
                    "Our records have {ours} in cash and IBKR's {theirs}: {} that no fill explains, \
                     such as a deposit, interest or a dividend.",
                    theirs - ours
                ),
            ),
            Difference::StopDiffers(holding) => (
                (kind, Some(holding.conid), Some(holding.strategy_id.clone())),
                unprotected(holding),
            ),
            other => ((kind, None, None), format!("{other:?}")),
        }
    }

    /// Raises what is new, once, and takes back what is gone.
    async fn raise(&mut self, left: &[Difference]) -> Result<(), ExecutorError> {
        let mut changes = Vec::new();
        let mut now_standing = BTreeMap::new();
        for difference in left {
            let (key, sentence) = self.words(difference);
            let (kind, conid, _) = &key;
            let is_alarm = *kind != "external_position";
            if let Some(cause) = cause(kind) {
                self.parts.gate.close(cause, *conid, sentence.clone());
            }
            let known = self.parts.store.last_correction(kind, *conid).await?;
            let told = known.is_some_and(|known| known.sentence == sentence);
            if !told {
                if is_alarm {
                    tracing::error!("{sentence}");
                }
                changes.push(Change::Correction(CorrectionRow {
                    at: self.parts.clock.now(),
                    kind: (*kind).to_owned(),
                    symbol: symbol_of(difference),
                    conid: *conid,
                    sentence: sentence.clone(),
                    evidence: evidence(difference),
                    is_alarm,
                }));
            }
            now_standing.insert(key, sentence);
        }
        for (key, sentence) in &self.standing {
            let (kind, conid, _) = key;
            let same = |other: &Key| other.0 == *kind && other.1 == *conid;
            if now_standing.keys().any(same) {
                continue;
            }
            if let Some(cause) = cause(kind) {
                self.parts.gate.open(cause, *conid);
            }
            changes.push(Change::Correction(CorrectionRow {
                at: self.parts.clock.now(),
                kind: format!("{kind}_resolved"),
                symbol: None,
                conid: *conid,
                sentence: format!("No longer so: {sentence}"),
                evidence: "{}".to_owned(),
                is_alarm: false,
            }));
        }
        self.standing = now_standing;
        if !changes.is_empty() {
            self.parts.recorder.commit(changes, Durability::Full).await?;
        }
        Ok(())
    }

    /// Entries stay closed in a contract that the broker liquidated, as long as it reports the
    /// executions: seven days.
    fn liquidations(&self, fills: &[Fill]) {
        let gate = &self.parts.gate;
        let forced: BTreeSet<Conid> =
            fills.iter().filter(|fill| fill.is_liquidation).map(|fill| fill.conid).collect();
        for conid in &forced {
            let sentence = format!(
                "IBKR closed a position in conid {conid} by force within the last seven days; \
                 entries in it are closed for as long."
            );
            gate.close(ClosureCause::Liquidation, Some(*conid), sentence);
        }
        for closure in gate.closures() {
            let is_over = closure.conid.is_some_and(|conid| !forced.contains(&conid));
            if closure.cause == ClosureCause::Liquidation && is_over {
                gate.open(ClosureCause::Liquidation, closure.conid);
            }
        }
    }
}

fn statement(look: &Look) -> Statement {
    let mut positions: BTreeMap<Conid, Decimal> = BTreeMap::new();
    for position in &look.positions {
        *positions.entry(position.conid).or_default() += position.quantity;
    }
    Statement {
        orders: look.live.iter().map(name_of_listed).collect(),
        fills: look.fills.clone(),
        positions,
        cash: look.summary.total_cash,
    }
}

/// What a standing difference closes.
fn cause(kind: &str) -> Option<ClosureCause> {
    match kind {
        "position_differs" => Some(ClosureCause::NotReconciled),
        "stop_missing" | "stop_without_position" => Some(ClosureCause::Unprotected),
        _ => None,
    }
}

fn unprotected(holding: &Holding) -> String {
    let Holding { strategy_id, symbol, held, stopped, .. } = holding;
    if held.is_zero() {
        return format!(
            "A stop of {strategy_id} would sell {stopped} {symbol} that it does not hold. Cancel \
             it; entries in {symbol} are closed until then."
        );
    }
    format!(
        "{strategy_id} holds {held} {symbol}, and working stops protect {stopped}. Place a stop at \
         IBKR or close the position; entries in {symbol} are closed until then."
    )
}

fn symbol_of(difference: &Difference) -> Option<String> {
    match difference {
        Difference::StopDiffers(holding) => Some(holding.symbol.clone()),
        _ => None,
    }
}

fn evidence(difference: &Difference) -> String {
    match difference {
        Difference::PositionDiffers { conid, ours, theirs } => {
            json!({ "conid": conid.0, "position": theirs, "ours": ours })
        }
        Difference::CashDiffers { ours, theirs } => {
            json!({ "totalcashvalue": theirs, "ours": ours })
        }
        Difference::StopDiffers(holding) => json!({
            "conid": holding.conid.0, "position": holding.held, "working_stops": holding.stopped,
        }),
        other => json!(other.kind()),
    }
    .to_string()
}
