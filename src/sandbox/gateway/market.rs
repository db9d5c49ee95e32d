use rust_decimal::{Decimal, RoundingStrategy};
use serde_json::{Map, Value, json};

use super::Call;
use super::session::Session;
use super::wire::{Answer, price_text, short_volume};
use crate::sandbox::exchange::{Exchange, Print};
use crate::sandbox::facade::Inner;

/// Most contracts and fields of one request (IBKR, *Live Market Data Snapshot*).
const MAX_CONIDS: usize = 100;
const MAX_FIELDS: usize = 50;
/// So many requests for a contract are answered without fields: the first subscribes it, and then
/// the data take a while.
const EMPTY_ANSWERS: u32 = 2;
/// Fields that come a request later than the last price and what names the contract.
const LATE_FIELDS: [&str; 9] = ["70", "71", "82", "83", "87", "7059", "7295", "7741", "7762"];

pub(super) fn snapshot(inner: &mut Inner, call: &Call<'_>) -> Answer {
    let Some(conids) = call.parameter("conids").filter(|text| !text.is_empty()) else {
        return Answer::error(400, "Bad Request: conids is required");
    };
    let fields = call.parameter("fields").unwrap_or_default();
    let fields: Vec<&str> = fields.split(',').filter(|field| !field.is_empty()).collect();
    let conids: Vec<&str> = conids.split(',').collect();
    if conids.len() > MAX_CONIDS || fields.len() > MAX_FIELDS {
        return Answer::error(400, "Bad Request: too many conids or fields");
    }
    let mut rows = Vec::with_capacity(conids.len());
    for text in conids {
        let Some(conid) = text.parse::<i64>().ok() else {
            return Answer::error(400, "Bad Request: conids must be numbers");
        };
        let mut row = json!({ "conidEx": text, "conid": conid });
        let Some((listing, _)) = inner.exchange.listing_of(conid) else {
            rows.push(row);
            continue;
        };
        let asked = inner.session.snapshots.entry(conid).or_default();
        *asked = asked.saturating_add(1);
        let asked = *asked;
        if asked > EMPTY_ANSWERS
            && let Some(row) = row.as_object_mut()
        {
            let is_late = asked > EMPTY_ANSWERS + 1;
            let there: Vec<&str> = fields
                .iter()
                .copied()
                .filter(|field| is_late || !LATE_FIELDS.contains(field))
                .collect();
            add_fields(row, &inner.exchange, listing, &there);
        }
        rows.push(row);
    }
    Answer::ok(Value::Array(rows))
}

/// A contract's quote with the asked fields.
pub(super) fn add_fields(
    row: &mut Map<String, Value>,
    exchange: &Exchange,
    listing: usize,
    fields: &[&str],
) {
    row.insert("server_id".to_owned(), json!("q0"));
    row.insert("6119".to_owned(), json!("q0"));
    let Some(print) = exchange.last_print(listing) else {
        row.insert("6509".to_owned(), json!("N"));
        return;
    };
    row.insert("6509".to_owned(), json!("RpB"));
    row.insert("_updated".to_owned(), json!(print.at.as_millisecond()));
    let quote = Quote::new(exchange, listing, print);
    for field in fields {
        if let Some(value) = quote.field(field) {
            row.insert((*field).to_owned(), value);
        }
        if *field == "87"
            && let Some(volume) = quote.volume()
        {
            row.insert("87_raw".to_owned(), super::wire::float_of(volume));
        }
    }
}

/// What a listing's last day looks like from now.
struct Quote<'a> {
    exchange: &'a Exchange,
    listing: usize,
    last: Print,
    /// The last print is from today.
    has_traded_today: bool,
    today: Option<crate::sandbox::exchange::Day>,
    prior_close: Option<i64>,
}

impl<'a> Quote<'a> {
    fn new(exchange: &'a Exchange, listing: usize, last: Print) -> Self {
        let details = &exchange.listings()[listing];
        let day = &details.days[last.day];
        let has_traded_today = day.session.date == exchange.calendar().date_at(exchange.now());
        let today = has_traded_today.then(|| details.day_until(exchange.seed(), &last));
        let prior_close = match (has_traded_today, last.day.checked_sub(1)) {
            (true, Some(before)) => Some(details.days[before].close),
            (true, None) => None,
            (false, _) => Some(day.close),
        };
        Self { exchange, listing, last, has_traded_today, today, prior_close }
    }

    fn volume(&self) -> Option<i64> {
        self.today.as_ref().map(|day| day.volume)
    }

    /// A field's value, always as text but for field 83, as IBKR sends it.
    fn field(&self, number: &str) -> Option<Value> {
        let details = &self.exchange.listings()[self.listing];
        let today = self.today.as_ref();
        let price = |cents: i64| price_text(Decimal::new(cents, 2));
        let change = self.prior_close.filter(|_| self.has_traded_today);
        let text = match number {
            // The letter says that nothing has traded today and this is the last close.
            "31" if !self.has_traded_today => format!("C{}", price(self.last.cents)),
            "31" => price(self.last.cents),
            "55" | "7219" => details.symbol.clone(),
            "70" => price(today?.high),
            "71" => price(today?.low),
            "82" => format!("{:+.2}", Decimal::new(self.last.cents - change?, 2)),
            "83" => {
                let percent = Decimal::from(self.last.cents - change?) * Decimal::ONE_HUNDRED
                    / Decimal::from(change?);
                let rounded =
                    percent.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero);
                return Some(super::wire::float(rounded));
            }
            "87" => short_volume(today?.volume),
            "6008" => details.conid.to_string(),
            "6070" => "STK".to_owned(),
            "7051" => details.company_name.clone(),
            "7059" => self.last.volume.to_string(),
            "7184" | "7768" => "1".to_owned(),
            "7221" => details.exchange.clone(),
            "7295" => price(today?.open),
            "7741" => price(self.prior_close?),
            "7762" => today?.volume.to_string(),
            _ => return None,
        };
        Some(Value::String(text))
    }
}

/// `POST /iserver/marketdata/unsubscribe`.
pub(super) fn unsubscribe(session: &mut Session, body: &Value) -> Answer {
    let conid = match body.get("conid") {
        Some(Value::String(text)) => text.parse().ok(),
        other => other.and_then(Value::as_i64),
    };
    match conid.and_then(|conid| session.snapshots.remove(&conid)) {
        Some(_) => Answer::ok(json!({ "success": true })),
        None => Answer::Json(500, json!({ "error": "unknown" })),
    }
}

/// `GET /iserver/marketdata/unsubscribeall`.
pub(super) fn unsubscribe_all(session: &mut Session) -> Answer {
    session.snapshots.clear();
    Answer::ok(json!({ "unsubscribed": true }))
}
