//! What became of the account: its value by day, and its transactions.

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};
use rust_decimal::Decimal;
use serde_json::{Map, Value, json};

use super::wire::{Answer, float};
use crate::domain::OrderSide;
use crate::sandbox::SANDBOX_ACCOUNT;
use crate::sandbox::exchange::{CloseValue, Exchange};

/// The periods that IBKR knows.
const PERIODS: [&str; 6] = ["1D", "7D", "MTD", "1M", "YTD", "1Y"];
/// How far transactions go back unless the client says it, in days.
const TRANSACTION_DAYS: i64 = 90;
/// Farthest that they go back, in days.
const MAX_TRANSACTION_DAYS: i64 = 366;

/// The closes of a period, and the value that it began with.
struct Performance {
    before: CloseValue,
    closes: Vec<CloseValue>,
}

impl Performance {
    fn of(exchange: &Exchange, period: &str) -> Option<Self> {
        let calendar = exchange.calendar();
        let today = calendar.date_at(exchange.now());
        let first = match period {
            "1D" => calendar.date_at(calendar.previous_session_before(exchange.now())?.open),
            "7D" => today.checked_sub(7.days()).ok()?,
            "MTD" => today.first_of_month(),
            "1M" => today.checked_sub(1.month()).ok()?,
            "YTD" => today.first_of_year(),
            "1Y" => today.checked_sub(1.year()).ok()?,
            _ => return None,
        };
        let mut closes = exchange.closing_values(first);
        if period == "1D" {
            closes.drain(..closes.len().saturating_sub(1));
        }
        let first = closes.first().map_or(first, |close| close.date);
        let opening = calendar.session_on(first).map(|session| session.open);
        let previous = calendar.previous_session_before(opening.unwrap_or(exchange.now()))?;
        let before = CloseValue { date: previous.date, net: exchange.value_at(previous.close) };
        Some(Self { before, closes })
    }

    fn dates(&self) -> Vec<String> {
        self.closes.iter().map(|close| day(close.date)).collect()
    }

    fn navs(&self) -> Vec<Value> {
        self.closes.iter().map(|close| float(close.net)).collect()
    }

    /// The return since the beginning at each close. Nothing is paid in or out, so that it is
    /// weighted by time as it is.
    fn returns(&self) -> Vec<Value> {
        let growth = |close: &CloseValue| rate(self.before.net, close.net);
        self.closes.iter().map(growth).collect()
    }

    fn start_value(&self) -> Value {
        json!({ "date": day(self.before.date), "val": float(self.before.net) })
    }

    /// The return of each month, with the month.
    fn months(&self) -> (Vec<String>, Vec<Value>) {
        let mut months: Vec<(String, Decimal)> = Vec::new();
        for close in &self.closes {
            let month = close.date.strftime("%Y%m").to_string();
            match months.last_mut() {
                Some((last, net)) if *last == month => *net = close.net,
                _ => months.push((month, close.net)),
            }
        }
        let mut from = self.before.net;
        let mut returns = Vec::with_capacity(months.len());
        for (_, net) in &months {
            returns.push(rate(from, *net));
            from = *net;
        }
        (months.into_iter().map(|(month, _)| month).collect(), returns)
    }
}

fn day(date: Date) -> String {
    date.strftime("%Y%m%d").to_string()
}

fn rate(from: Decimal, to: Decimal) -> Value {
    let rate = to.checked_div(from).unwrap_or(Decimal::ONE) - Decimal::ONE;
    float(rate.round_dp(8))
}

/// The account ids of a body; a refusal unless they are this account's.
fn check_accounts(body: &Value) -> Result<(), Answer> {
    let ids = body.get("acctIds");
    let is_ours = match ids {
        Some(Value::Array(ids)) => !ids.is_empty() && ids.iter().all(|id| id == SANDBOX_ACCOUNT),
        Some(id) => id == SANDBOX_ACCOUNT,
        None => false,
    };
    if is_ours { Ok(()) } else { Err(Answer::error(400, "Bad Request: acctIds is required")) }
}

/// `POST /pa/performance`.
pub(super) fn performance(exchange: &Exchange, body: &Value) -> Answer {
    if let Err(answer) = check_accounts(body) {
        return answer;
    }
    let period = body.get("period").and_then(Value::as_str).unwrap_or_default();
    let Some(found) = Performance::of(exchange, period) else {
        return Answer::error(400, "Bad Request: period must be one of 1D, 7D, MTD, 1M, YTD, 1Y");
    };
    let dates = found.dates();
    let row = |extra: (&str, Value)| {
        let mut row = json!({
            "id": SANDBOX_ACCOUNT,
            "idType": "acctid",
            "start": dates.first(),
            "end": dates.last(),
            "baseCurrency": "USD",
        });
        row[extra.0] = extra.1;
        row
    };
    let mut values = row(("navs", json!(found.navs())));
    values["startNAV"] = found.start_value();
    let (months, monthly) = found.months();
    Answer::ok(json!({
        "currencyType": "base",
        "rc": 0,
        "pm": "TWR",
        "nd": dates.len(),
        "id": "getPerformanceData",
        "included": [SANDBOX_ACCOUNT],
        "nav": { "freq": "D", "dates": dates, "data": [values] },
        "cps": {
            "freq": "D", "dates": dates, "data": [row(("returns", json!(found.returns())))],
        },
        "tpps": { "freq": "M", "dates": months, "data": [row(("returns", json!(monthly)))] },
    }))
}

/// `POST /pa/allperiods`: all periods, nested under the account.
pub(super) fn all_periods(exchange: &Exchange, body: &Value) -> Answer {
    if let Err(answer) = check_accounts(body) {
        return answer;
    }
    let mut periods = Map::new();
    let mut longest = 0;
    for period in PERIODS {
        let Some(found) = Performance::of(exchange, period) else { continue };
        longest = longest.max(found.closes.len());
        let entry = json!({
            "nav": found.navs(),
            "cps": found.returns(),
            "freq": "D",
            "dates": found.dates(),
            "startNAV": found.start_value(),
        });
        periods.insert(period.to_owned(), entry);
    }
    periods.insert("periods".to_owned(), json!(PERIODS));
    periods.insert("baseCurrency".to_owned(), json!("USD"));
    Answer::ok(json!({
        "currencyType": "base",
        "rc": 0,
        "view": [SANDBOX_ACCOUNT],
        "nd": longest,
        SANDBOX_ACCOUNT: periods,
        "included": [SANDBOX_ACCOUNT],
        "pm": "TWR",
        "id": "getPerformanceAllPeriods",
    }))
}

/// `POST /pa/transactions`: the executions in contracts, newest first.
pub(super) fn transactions(exchange: &Exchange, body: &Value) -> Answer {
    if let Err(answer) = check_accounts(body) {
        return answer;
    }
    let conids: Vec<i64> = match body.get("conids") {
        Some(Value::Array(conids)) => conids.iter().filter_map(conid).collect(),
        Some(one) => conid(one).into_iter().collect(),
        None => Vec::new(),
    };
    if conids.is_empty() {
        return Answer::error(400, "Bad Request: conids is required");
    }
    let days = match body.get("days") {
        Some(Value::String(text)) => text.parse().ok(),
        other => other.and_then(Value::as_i64),
    };
    let days = days.unwrap_or(TRANSACTION_DAYS).clamp(1, MAX_TRANSACTION_DAYS);
    let calendar = exchange.calendar();
    let midnight = |date: Date| date.to_zoned(calendar.zone().clone()).map(|at| at.timestamp());
    let today = calendar.date_at(exchange.now());
    let first = today.checked_sub(days.days()).unwrap_or(today);
    let from = midnight(first).unwrap_or(Timestamp::UNIX_EPOCH);
    let to = midnight(today).unwrap_or(Timestamp::UNIX_EPOCH);
    let realized = exchange.realized_by_execution();
    let (mut rows, mut gains, mut gained) = (Vec::new(), Vec::new(), Decimal::ZERO);
    for (execution, gain) in exchange.executions().iter().zip(realized).rev() {
        let order = &exchange.orders()[execution.order];
        let listing = &exchange.listings()[order.listing];
        if execution.at < from || !conids.contains(&listing.conid) {
            continue;
        }
        let price = Decimal::new(execution.cents, 2);
        let (kind, sign) = match order.side {
            OrderSide::Buy => ("Buy", 1),
            OrderSide::Sell => ("Sell", -1),
        };
        let date = calendar.date_at(execution.at);
        let at_midnight = midnight(date).unwrap_or(execution.at).to_zoned(calendar.zone().clone());
        rows.push(json!({
            "date": at_midnight.strftime("%a %b %d %H:%M:%S %Z %Y").to_string(),
            "rawDate": day(date),
            "cur": "USD",
            "fxRate": 1,
            "pr": float(price),
            "qty": sign * execution.shares,
            "acctid": SANDBOX_ACCOUNT,
            "amt": float(price * Decimal::from(-sign * execution.shares)),
            "conid": listing.conid,
            "type": kind,
            "desc": listing.company_name,
        }));
        if order.side == OrderSide::Sell {
            gained += gain;
            gains.push(json!({
                "date": day(date),
                "cur": "USD",
                "fxRate": 1,
                "side": "L",
                "acctid": SANDBOX_ACCOUNT,
                "amt": gain.normalize().to_string(),
                "conid": listing.conid.to_string(),
            }));
        }
    }
    Answer::ok(json!({
        "rc": 0,
        "nd": days,
        "rpnl": { "data": gains, "amt": gained.normalize().to_string() },
        "currency": "USD",
        "from": from.as_millisecond(),
        "id": "getTransactions",
        "to": to.as_millisecond(),
        "includesRealTime": true,
        "transactions": rows,
    }))
}

fn conid(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| value.as_str()?.parse().ok())
}
