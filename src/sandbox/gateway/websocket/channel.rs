use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};

use super::topics;
use crate::clock::{Clock as _, SystemClock};
use crate::sandbox::facade::{Inner, Sandbox};
use crate::sandbox::gateway::{outage, session};

/// How often the gateway beats (ibkr.md §3).
const HEARTBEAT: SignedDuration = SignedDuration::from_secs(10);
/// How long after the first frame the session is announced, in real time.
const UNTIL_STATUS_MICROS: u64 = 200_000;
/// When a subscription to market data ends by itself (changelog of 2026-04-14).
const QUOTES_LAST: SignedDuration = SignedDuration::from_mins(10);
/// The same while the switch for it is on.
const QUOTES_LAST_BRIEFLY: SignedDuration = SignedDuration::from_mins(1);
/// Most contracts that one channel follows.
const MAX_QUOTES: usize = 100;
/// Of 20 subscriptions to orders these succeed while the stream is refused.
const LUCKY_ATTEMPTS: [u64; 3] = [6, 13, 19];

/// A subscription to market data.
#[derive(Debug)]
struct Quote {
    /// As the client wrote it.
    contract: String,
    fields: Vec<String>,
    shown: Map<String, Value>,
    ends_at: Timestamp,
}

/// One client's channel.
#[derive(Debug)]
pub(super) struct Channel {
    opened_micros: u64,
    /// The login session that its subscriptions belong to.
    rollovers: u64,
    has_greeted: bool,
    /// The status that was announced last; nothing before the first.
    status: Option<Value>,
    last_beat: (Timestamp, u64),
    quotes: BTreeMap<i64, Quote>,
    orders: Option<BTreeMap<usize, Value>>,
    /// Executions that were told.
    trades: Option<usize>,
    profit_and_loss: Option<Value>,
    summaries: BTreeMap<String, (topics::Selection, Value)>,
    ledgers: BTreeMap<String, (topics::Selection, Value)>,
    bulletins: usize,
}

impl Channel {
    pub(super) fn new(sandbox: &Sandbox, micros: u64) -> Self {
        let inner = sandbox.lock();
        Self {
            opened_micros: micros,
            rollovers: inner.session.rollovers,
            has_greeted: false,
            status: None,
            last_beat: (sandbox.clock_now(), micros),
            quotes: BTreeMap::new(),
            orders: None,
            trades: None,
            profit_and_loss: None,
            summaries: BTreeMap::new(),
            ledgers: BTreeMap::new(),
            bulletins: inner.session.bulletins.len(),
        }
    }

    /// What there is to say now.
    pub(super) fn news(&mut self, sandbox: &Sandbox, micros: u64) -> Vec<Value> {
        let faults = sandbox.faults();
        let mut frames = Vec::new();
        let mut inner = sandbox.lock();
        outage::befall(sandbox, &mut inner);
        let is_logged_in = !inner.session.is_logged_out && !faults.login_lost.is_on();
        if faults.websocket_silent_after_101.is_on() || !is_logged_in && !self.has_greeted {
            return frames;
        }
        if !self.has_greeted {
            self.has_greeted = true;
            frames.push(json!({
                "topic": "system", "success": "sandbox", "isFT": false, "isPaper": true,
            }));
            let accounts = session::account_list();
            frames.push(json!({ "topic": "act", "args": accounts }));
        }
        let now = sandbox.clock_now();
        let is_due = now.duration_since(self.last_beat.0) >= HEARTBEAT
            || i128::from(micros.saturating_sub(self.last_beat.1)) >= HEARTBEAT.as_micros();
        if is_due {
            self.last_beat = (now, micros);
            // Clients hold the heartbeat against their own clocks, so it tells the real time.
            let beat = SystemClock.wall_now().as_millisecond();
            frames.push(json!({ "topic": "system", "hb": beat }));
        }
        if faults.websocket_dead_but_beating.is_on() || self.rollovers != inner.session.rollovers {
            return frames;
        }
        if micros.saturating_sub(self.opened_micros) >= UNTIL_STATUS_MICROS {
            let status = session::pushed_status(faults, is_logged_in);
            if self.status.as_ref() != Some(&status) {
                frames.push(json!({ "topic": "sts", "args": status }));
                self.status = Some(status);
            }
        }
        if self.is_ready() {
            self.add_quotes(sandbox, &inner, now, &mut frames);
            self.add_orders(sandbox, &inner, &mut frames);
            self.add_trades(sandbox, &inner, &mut frames);
            self.add_account(&inner, &mut frames);
        }
        for (number, message) in inner.session.bulletins.iter().enumerate().skip(self.bulletins) {
            let id = number.to_string();
            frames.push(json!({ "topic": "blt", "args": { "id": id, "message": message } }));
            frames.push(json!({
                "topic": "ntf",
                "args": [{ "id": id, "text": message, "title": "Account", "url": "" }],
            }));
        }
        self.bulletins = inner.session.bulletins.len();
        sandbox.hint(&inner);
        frames
    }

    /// Takes what the client says. Gives what is answered at once.
    pub(super) fn receive(&mut self, sandbox: &Sandbox, text: &str) -> Vec<Value> {
        let faults = sandbox.faults();
        let is_dead = faults.websocket_silent_after_101.is_on()
            || faults.websocket_dead_but_beating.is_on()
            || sandbox.lock().session.rollovers != self.rollovers;
        // Before the session is announced everything is dropped without a word.
        if self.status.is_none() || is_dead {
            return Vec::new();
        }
        let now = sandbox.clock_now();
        let mut parts = text.trim().splitn(3, '+');
        let (topic, second) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        let third = parts.next().unwrap_or_default();
        match topic {
            "tic" => {
                return vec![json!({
                    "topic": "tic", "alive": self.is_ready(), "lastAccessed": now.as_millisecond(),
                })];
            }
            "smd" => return self.follow(sandbox, second, third, now),
            "umd" => {
                if let Some(conid) = topics::conid(second) {
                    self.quotes.remove(&conid);
                }
            }
            "sor" => return self.subscribe_orders(sandbox),
            "uor" => self.orders = None,
            "str" => {
                let options: Value = serde_json::from_str(second).unwrap_or_default();
                let is_new_only = options["realtimeUpdatesOnly"].as_bool().unwrap_or(false);
                let inner = sandbox.lock();
                let known = inner.exchange.executions().len();
                self.trades = Some(if is_new_only { known } else { 0 });
                // What has happened is told at once, also when it is nothing.
                if is_new_only || known == 0 {
                    return vec![json!({ "topic": "str", "args": [] })];
                }
            }
            "utr" => self.trades = None,
            "spl" => {
                sandbox.lock().session.follows_profit_and_loss = true;
                self.profit_and_loss = Some(Value::Null);
            }
            "upl" => self.profit_and_loss = None,
            "ssd" if topics::is_account(second) => {
                let selection = topics::Selection::read(third);
                self.summaries.insert(second.to_owned(), (selection, Value::Null));
            }
            "usd" => {
                self.summaries.remove(second);
                return vec![json!({ "result": "unsubscribed from summary" })];
            }
            "sld" if topics::is_account(second) => {
                let selection = topics::Selection::read(third);
                self.ledgers.insert(second.to_owned(), (selection, Value::Null));
            }
            "uld" => {
                self.ledgers.remove(second);
                return vec![json!({ "result": "unsubscribed from ledger" })];
            }
            "smh" | "sbd" => {
                let shown: String = text.chars().take(40).collect();
                let topic = shown.split("+{").next().unwrap_or_default().to_owned();
                return vec![json!({
                    "topic": topic,
                    "error": "not offered by the sandbox; use /iserver/marketdata/history",
                })];
            }
            "umh" => return vec![json!({ "message": format!("Unsubscribed {}", short(second)) })],
            "ubd" => {}
            _ => return vec![json!({ "error": "unknown topic", "topic": short(topic) })],
        }
        Vec::new()
    }

    fn is_ready(&self) -> bool {
        self.status.as_ref().is_some_and(|status| status["authenticated"] == json!(true))
    }

    fn follow(
        &mut self,
        sandbox: &Sandbox,
        contract: &str,
        options: &str,
        now: Timestamp,
    ) -> Vec<Value> {
        let conid = topics::conid(contract);
        let known = conid.filter(|conid| sandbox.lock().exchange.listing_of(*conid).is_some());
        let Some(conid) =
            known.filter(|conid| self.quotes.contains_key(conid) || self.quotes.len() < MAX_QUOTES)
        else {
            let topic = format!("smd+{}", short(contract));
            return vec![json!({ "topic": topic, "error": "no such contract, or too many" })];
        };
        let is_brief = sandbox.faults().stop_smd_after_minutes.is_on();
        let lasts = if is_brief { QUOTES_LAST_BRIEFLY } else { QUOTES_LAST };
        let quote = Quote {
            contract: contract.to_owned(),
            fields: topics::fields(options),
            shown: Map::new(),
            ends_at: now.checked_add(lasts).unwrap_or(Timestamp::MAX),
        };
        self.quotes.insert(conid, quote);
        Vec::new()
    }

    fn subscribe_orders(&mut self, sandbox: &Sandbox) -> Vec<Value> {
        let mut inner = sandbox.lock();
        let attempt = inner.session.order_stream_attempts;
        inner.session.order_stream_attempts += 1;
        let is_refused = sandbox.faults().order_stream_refused.is_on()
            && !LUCKY_ATTEMPTS.contains(&(attempt % 20));
        if is_refused {
            return vec![json!({ "error": "unable to subscribe", "code": 500, "topic": "sor" })];
        }
        self.orders = Some(BTreeMap::new());
        Vec::new()
    }

    fn add_quotes(
        &mut self,
        sandbox: &Sandbox,
        inner: &Inner,
        now: Timestamp,
        frames: &mut Vec<Value>,
    ) {
        self.quotes.retain(|_, quote| now < quote.ends_at);
        for (conid, quote) in &mut self.quotes {
            let Some((listing, _)) = inner.exchange.listing_of(*conid) else { continue };
            let mut row = topics::quote(&inner.exchange, listing, &quote.fields);
            outage::alter_quote(sandbox, &mut row);
            let Value::Object(row) = row else { continue };
            let is_new = |(key, value): &(&String, &Value)| {
                quote.shown.get(*key) != Some(value) && key.as_str() != "_updated"
            };
            let mut changed: Map<String, Value> = row
                .iter()
                .filter(is_new)
                .map(|(key, value)| (key.clone(), value.clone()))
                .collect();
            if changed.is_empty() {
                continue;
            }
            for key in ["server_id", "6119", "_updated"] {
                if let Some(value) = row.get(key) {
                    changed.insert(key.to_owned(), value.clone());
                }
            }
            changed.insert("conid".to_owned(), json!(conid));
            changed.insert("conidEx".to_owned(), json!(quote.contract));
            changed.insert("topic".to_owned(), json!(format!("smd+{}", quote.contract)));
            quote.shown = row;
            frames.push(Value::Object(changed));
        }
    }

    fn add_orders(&mut self, sandbox: &Sandbox, inner: &Inner, frames: &mut Vec<Value>) {
        let is_silent =
            sandbox.faults().fills_only_by_rest.is_on() || inner.session.has_filtered_orders;
        let Some(shown) = self.orders.as_mut().filter(|_| !is_silent) else { return };
        let mut rows = Vec::new();
        for (position, order) in inner.exchange.orders().iter().enumerate() {
            let is_known = shown.contains_key(&position);
            if !order.is_visible() || (!is_known && !order.is_working()) {
                continue;
            }
            let mut row = topics::order(&inner.exchange, position);
            if sandbox.faults().unknown_status_word.is_on() {
                outage::obscure(&mut row, "status");
            }
            match shown.get(&position) {
                Some(before) if *before == row => continue,
                Some(before) => rows.push(topics::changes(before, &row)),
                None => rows.push(row.clone()),
            }
            shown.insert(position, row);
        }
        if !rows.is_empty() {
            frames.push(json!({ "topic": "sor", "args": rows }));
        }
    }

    fn add_trades(&mut self, sandbox: &Sandbox, inner: &Inner, frames: &mut Vec<Value>) {
        let faults = sandbox.faults();
        if faults.fills_only_by_rest.is_on() || faults.lose_fills.is_on() {
            return;
        }
        let Some(told) = self.trades.as_mut() else { return };
        let copies = if faults.duplicate_fills.is_on() { 2 } else { 1 };
        let executions = inner.exchange.executions();
        let rows: Vec<Value> = executions
            .iter()
            .skip(*told)
            .flat_map(|execution| std::iter::repeat_n(execution, copies))
            .map(|execution| topics::trade(&inner.exchange, execution))
            .collect();
        *told = executions.len();
        if !rows.is_empty() {
            frames.push(json!({ "topic": "str", "args": rows }));
        }
    }

    fn add_account(&mut self, inner: &Inner, frames: &mut Vec<Value>) {
        if let Some(shown) = &mut self.profit_and_loss {
            let args = topics::profit_and_loss(&inner.exchange);
            if *shown != args {
                frames.push(json!({ "topic": "spl", "args": args }));
                *shown = args;
            }
        }
        for (account, (selection, shown)) in &mut self.summaries {
            let rows = topics::summary(&inner.exchange, selection);
            if !topics::are_same(shown, &rows) {
                frames.push(json!({ "result": rows, "topic": format!("ssd+{account}") }));
                *shown = rows;
            }
        }
        for (account, (selection, shown)) in &mut self.ledgers {
            let rows = topics::ledger(&inner.exchange, selection);
            if !topics::are_same(shown, &rows) {
                frames.push(json!({ "result": rows, "topic": format!("sld+{account}") }));
                *shown = rows;
            }
        }
    }
}

fn short(text: &str) -> String {
    text.chars().take(40).collect()
}
