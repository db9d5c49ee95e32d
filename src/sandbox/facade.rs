use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use rust_decimal::Decimal;
use tokio::sync::watch;

use super::data::{self, ImportError, PriceSeries};
use super::exchange::{BuildError, Command, Entry, Exchange, Listing, NewOrder, Refusal};
use super::gateway::{self, FaultError, FaultPlan, Faults, Session};
use super::journal::{self, Header, Journal, JournalError, Record};
use crate::clock::{Clock, SimulatedClock};

/// The sandbox's account. The prefix `DU` marks it as one without real money.
pub const SANDBOX_ACCOUNT: &str = "DU1000001";

/// What a sandbox is opened with.
#[derive(Debug, Clone)]
pub struct SandboxOptions {
    /// Decides the way of the price inside each daily bar.
    pub seed: u64,
    /// What the account begins with, in USD.
    pub starting_cash: Decimal,
    /// Prices are adjusted for splits and dividends.
    pub adjusted: bool,
    /// Requests beyond IBKR's limits are answered with 429.
    pub enforce_pacing: bool,
    /// Series beside the bundled ones; one of the same symbol takes the bundled one's place.
    pub imported_prices: Vec<PriceSeries>,
    /// Where accepted orders are kept; without it they end with the process.
    pub journal: Option<PathBuf>,
}

impl Default for SandboxOptions {
    /// Seed 1, 100 000 USD, adjusted prices, pacing enforced, nothing imported, no journal.
    fn default() -> Self {
        Self {
            seed: 1,
            starting_cash: Decimal::ONE_HUNDRED * Decimal::ONE_THOUSAND,
            adjusted: true,
            enforce_pacing: true,
            imported_prices: Vec::new(),
            journal: None,
        }
    }
}

/// Why a sandbox cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    /// The program's own prices are damaged.
    #[error("the bundled prices cannot be read: {0}")]
    Bundled(#[from] ImportError),
    /// The prices do not make an exchange.
    #[error(transparent)]
    Prices(#[from] BuildError),
    /// The starting cash is negative or has fractions of a cent.
    #[error(
        "a starting cash of {0} USD is not usable: give an amount of at least 0 in whole cents"
    )]
    StartingCash(Decimal),
    /// The journal cannot be used.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The journal was written on other prices.
    #[error(
        "the sandbox has orders in {symbol}, placed on prices that are {what} now; import those \
         prices again, or use another data directory"
    )]
    PricesChanged {
        /// Which symbol.
        symbol: String,
        /// `missing` or `different`.
        what: &'static str,
    },
    /// A journal that holds what the exchange does not accept.
    #[error(
        "the sandbox journal cannot be replayed at {at}: {refusal}; use another data directory"
    )]
    Replay {
        /// When the command was given.
        at: Timestamp,
        /// Why it is refused.
        refusal: String,
    },
}

/// A simulated exchange with the emulated gateway in front of it.
#[derive(Debug)]
pub struct Sandbox {
    inner: Mutex<Inner>,
    clock: Arc<SimulatedClock>,
    faults: Faults,
    hints: watch::Sender<u64>,
    data_range: (Timestamp, Timestamp),
    last_journal_time: Option<Timestamp>,
    enforces_pacing: bool,
    is_adjusted: bool,
    starting_cash: Decimal,
}

/// What one request at a time works on.
#[derive(Debug)]
pub(super) struct Inner {
    pub(super) exchange: Exchange,
    pub(super) session: Session,
    journal: Option<Journal>,
}

/// Why a command had no effect.
#[derive(Debug, thiserror::Error)]
pub(super) enum CommandError {
    #[error(transparent)]
    Refused(#[from] Refusal),
    #[error(transparent)]
    Journal(#[from] JournalError),
}

impl Inner {
    /// Checks a command, writes it down, and carries it out.
    pub(super) fn carry_out(&mut self, command: &Command) -> Result<Vec<usize>, CommandError> {
        self.exchange.check(command)?;
        if let Some(journal) = &mut self.journal {
            let prices = match command {
                Command::Place { orders } => fingerprints(&self.exchange, orders),
                Command::PlaceElsewhere { order, .. } => {
                    fingerprints(&self.exchange, std::slice::from_ref(order))
                }
                _ => Vec::new(),
            };
            let entry = Entry { at: self.exchange.now(), command: command.clone() };
            journal.append(&Record { entry, prices })?;
        }
        Ok(self.exchange.apply(command))
    }
}

impl Sandbox {
    /// Opens a sandbox: reads the prices, and replays the journal up to its last command. The
    /// clock should be moved to [`Sandbox::last_journal_time`] before it is used, if that is later.
    pub fn open(
        options: SandboxOptions,
        clock: Arc<SimulatedClock>,
    ) -> Result<Arc<Self>, SandboxError> {
        let cash = options.starting_cash;
        if cash < Decimal::ZERO || cash != cash.round_dp(2) {
            return Err(SandboxError::StartingCash(cash));
        }
        let mut series = data::bundled_series()?;
        series.extend(options.imported_prices);
        let listings = Listing::build(&series, options.adjusted)?;
        let first = listings.iter().filter_map(|one| one.days.first()).map(|day| day.session.open);
        let last = listings.iter().filter_map(|one| one.days.last()).map(|day| day.session.close);
        let data_range = (
            first.min().unwrap_or(Timestamp::UNIX_EPOCH),
            last.max().unwrap_or(Timestamp::UNIX_EPOCH),
        );
        let mut exchange = Exchange::new(options.seed, listings, cash);
        let (journal, records) = match &options.journal {
            None => (None, Vec::new()),
            Some(path) => {
                let header = Header::new(options.seed, cash, options.adjusted);
                let (journal, records) = Journal::open(path, &header)?;
                (Some(journal), records)
            }
        };
        let last_journal_time = records.last().map(|record| record.entry.at);
        for record in &records {
            replay(&mut exchange, record)?;
        }
        let changes = exchange.changes();
        Ok(Arc::new(Self {
            inner: Mutex::new(Inner { exchange, session: Session::default(), journal }),
            clock,
            faults: Faults::default(),
            hints: watch::Sender::new(changes),
            data_range,
            last_journal_time,
            enforces_pacing: options.enforce_pacing,
            is_adjusted: options.adjusted,
            starting_cash: cash,
        }))
    }

    /// Where the journal is inside a data directory.
    pub fn journal_in(data_directory: &Path) -> PathBuf {
        data_directory.join("sandbox").join("journal.jsonl")
    }

    /// The longest beginning of a journal in which every order that a client placed is among
    /// `known`: what the exchange had been told when a copy of the client's records was made.
    pub fn journal_known_to<'a>(journal: &'a [u8], known: &BTreeSet<String>) -> &'a [u8] {
        journal::known_to(journal, known)
    }

    /// The emulated gateway, with everything under `/v1/api`.
    pub fn router(self: &Arc<Self>) -> axum::Router {
        gateway::router(Arc::clone(self))
    }

    /// Lets everything happen on the exchange up to the clock's present instant.
    pub fn settle(&self) {
        drop(self.lock());
    }

    /// After now, the next instant at which a working order fills, triggers or expires; nothing if
    /// none can within the data.
    pub fn next_event_at(&self) -> Option<Timestamp> {
        self.lock().exchange.next_event_at().filter(|at| *at <= self.data_range.1)
    }

    /// Counts up whenever orders have changed, and stands at the total number of changes.
    pub fn order_hints(&self) -> watch::Receiver<u64> {
        self.hints.subscribe()
    }

    /// The opening of the first session and the close of the last one that there are prices for.
    pub fn data_range(&self) -> (Timestamp, Timestamp) {
        self.data_range
    }

    /// The instant of the last command in the journal when it was opened. The exchange stands
    /// there, even while the clock is still before it.
    pub fn last_journal_time(&self) -> Option<Timestamp> {
        self.last_journal_time
    }

    /// The client order ids that the exchange has accepted so far, in any order.
    pub fn client_order_ids(&self) -> Vec<String> {
        let inner = self.lock();
        let orders = inner.exchange.orders().iter();
        orders.filter_map(|order| order.client_order_id.clone()).collect()
    }

    /// Switches for what can go wrong, as they stand at the clock's present instant.
    pub fn faults(&self) -> &Faults {
        self.faults.tick(self.clock.now());
        &self.faults
    }

    /// Switches a fault off with all that is planned of it, or on: at once, or for a window of the
    /// sandbox's time.
    pub fn change_fault(
        &self,
        name: &str,
        is_on: bool,
        from: Option<Timestamp>,
        until: Option<Timestamp>,
    ) -> Result<(), FaultError> {
        self.faults.change(name, is_on, (from, until), self.clock.now())
    }

    /// Plans the faults of a plan, beside what is planned already.
    pub fn apply_plan(&self, plan: &FaultPlan) {
        self.faults.apply(plan, self.clock.now());
    }

    /// Switches every fault off, with all that is planned.
    pub fn all_faults_off(&self) {
        self.faults.clear();
    }

    /// How many requests came faster than IBKR's limits allow, since the sandbox was opened.
    pub fn requests_beyond_limits(&self) -> u64 {
        self.lock().session.too_fast
    }

    /// The seed that the paths inside the daily bars are drawn from.
    pub fn seed(&self) -> u64 {
        self.lock().exchange.seed()
    }

    /// What the account began with, in USD.
    pub fn starting_cash(&self) -> Decimal {
        self.starting_cash
    }

    /// The contract id of a symbol.
    pub fn conid_of(&self, symbol: &str) -> Option<i64> {
        let inner = self.lock();
        let listing = inner.exchange.listings().iter().find(|listing| listing.symbol == symbol);
        listing.map(|listing| listing.conid)
    }

    /// Moves the clock forward, though not beyond the prices.
    pub(super) fn move_clock_to(&self, instant: Timestamp) {
        self.clock.advance_to(instant.min(self.data_range.1));
    }

    /// What must be said wherever the bundled prices are shown.
    pub fn attribution(&self) -> &'static str {
        data::ATTRIBUTION
    }

    /// Whether prices are adjusted for splits and dividends.
    pub fn is_adjusted(&self) -> bool {
        self.is_adjusted
    }

    /// The clock's time. Limits and open questions go by it, since the exchange does not move while
    /// the clock is behind its journal.
    pub(super) fn clock_now(&self) -> Timestamp {
        self.clock.now()
    }

    pub(super) fn enforces_pacing(&self) -> bool {
        self.enforces_pacing
    }

    /// Brings the exchange up to now and keeps it there until the guard is dropped.
    pub(super) fn lock(&self) -> MutexGuard<'_, Inner> {
        // No method leaves the state half-changed, so a panic elsewhere does not spoil it.
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.exchange.advance_to(self.clock.now());
        self.hint(&inner);
        inner
    }

    /// Tells the listeners if orders have changed.
    pub(super) fn hint(&self, inner: &Inner) {
        let changes = inner.exchange.changes();
        self.hints.send_if_modified(|count| std::mem::replace(count, changes) != changes);
    }
}

fn fingerprints(exchange: &Exchange, orders: &[NewOrder]) -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> = orders
        .iter()
        .filter_map(|order| exchange.listing_of(order.conid))
        .map(|(_, listing)| (listing.symbol.clone(), listing.fingerprint.clone()))
        .collect();
    found.dedup();
    found
}

fn replay(exchange: &mut Exchange, record: &Record) -> Result<(), SandboxError> {
    for (symbol, fingerprint) in &record.prices {
        let listing = exchange.listings().iter().find(|listing| listing.symbol == *symbol);
        let what = match listing {
            None => "missing",
            Some(listing) if listing.fingerprint != *fingerprint => "different",
            Some(_) => continue,
        };
        return Err(SandboxError::PricesChanged { symbol: symbol.clone(), what });
    }
    exchange.advance_to(record.entry.at);
    let at = record.entry.at;
    exchange
        .check(&record.entry.command)
        .map_err(|refusal| SandboxError::Replay { at, refusal: refusal.to_string() })?;
    exchange.apply(&record.entry.command);
    Ok(())
}
