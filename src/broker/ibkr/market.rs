//! Instruments, history and quotes.

use std::collections::BTreeMap;

use async_trait::async_trait;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use rust_decimal::Decimal;
use serde_json::Value;

use super::IbkrClient;
use super::client::MAX_TEXT_CHARACTERS;
use super::models::{
    ContractInfo, ContractRules, History, HistoryBar, IncrementRule, Loose, SearchRow,
    SearchSection, SnapshotRow, StockCompany, StockContract, record, rows,
};
use super::parse::{self, FlaggedPrice};
use super::rules;
use crate::broker::BrokerError;
use crate::domain::{Availability, Bar, Conid, Instrument, Timeframe};
use crate::market::{MarketData, MarketError, Quote, StockListing};

const MAX_SYMBOL_CHARACTERS: usize = 12;
const MAX_NAME_CHARACTERS: usize = 100;

/// The first snapshot of a contract has no prices; they come with later ones.
const QUOTE_POLLS: u32 = 10;
const BETWEEN_QUOTE_POLLS: SignedDuration = SignedDuration::from_millis(500);

/// Bars of one answer at most; the oldest beyond that are dropped without a word.
const MAX_BARS_OF_ANSWER: usize = 1000;
/// Answers that make up one history at most.
const MAX_HISTORY_PAGES: u32 = 20;
/// How often history is asked for that the gateway has not loaded yet.
const HISTORY_ATTEMPTS: u32 = 3;
const BETWEEN_HISTORY_ATTEMPTS: SignedDuration = SignedDuration::from_secs(2);

/// Listings of one symbol whose currency is asked for, one request each.
const MAX_LISTINGS: usize = 10;

#[async_trait]
impl MarketData for IbkrClient {
    async fn find_stock(&self, symbol: &str) -> Result<Instrument, MarketError> {
        let symbol = checked_symbol(symbol)?;
        if let Some(known) = self.session().instruments.get(&symbol) {
            return Ok(known.clone());
        }
        let mut listings = us_listings(&self.raw.stocks(&symbol).await?, &symbol);
        let listing = match listings.len() {
            0 => return Err(MarketError::UnknownSymbol { symbol }),
            1 => listings.remove(0),
            _ => {
                let candidates = with_currencies(self, listings).await;
                return Err(MarketError::AmbiguousSymbol { symbol, candidates });
            }
        };
        let instrument = instrument_of(self, listing).await?;
        self.session().instruments.insert(symbol, instrument.clone());
        Ok(instrument)
    }

    async fn stock_by_conid(&self, conid: Conid) -> Result<Instrument, MarketError> {
        let answer = self.raw.contract_info(conid).await?;
        let info = record::<ContractInfo>(&answer).unwrap_or_default();
        let symbol = info.symbol.text().map(|text| parse::bounded(&text, MAX_SYMBOL_CHARACTERS));
        let Some(symbol) = symbol else {
            return Err(MarketError::NoData { what: "contract details".into(), conid });
        };
        self.note_rules(conid, &answer);
        let listing = StockListing {
            conid,
            company_name: info.company_name.text().unwrap_or_else(|| symbol.clone()),
            symbol,
            exchange: parse::bounded(&info.exchange.text().unwrap_or_default(), 20),
            currency: None,
        };
        read_instrument(&answer, listing).map_err(unreadable_contract)
    }

    async fn search(&self, symbol: &str) -> Result<Vec<StockListing>, MarketError> {
        let symbol = checked_symbol(symbol)?;
        let mut listings = us_listings(&self.raw.stocks(&symbol).await?, &symbol);
        if listings.is_empty() {
            listings = match self.raw.search(&symbol).await {
                Ok(answer) => searched_listings(&answer),
                // IBKR says so in an error when it finds nothing.
                Err(BrokerError::Refused { status: 200, .. }) => Vec::new(),
                Err(error) => return Err(error.into()),
            };
            let found = with_currencies(self, listings).await;
            return Ok(found
                .into_iter()
                .filter(|l| l.currency.as_deref() == Some("USD"))
                .collect());
        }
        Ok(with_currencies(self, listings).await)
    }

    async fn history(
        &self,
        conid: Conid,
        timeframe: Timeframe,
        period: &str,
    ) -> Result<Vec<Bar>, MarketError> {
        let request = "GET /iserver/marketdata/history";
        let protocol = |cause| BrokerError::Protocol { request: request.into(), cause };
        let Some(span) = period_span(period) else {
            let shown = parse::bounded(period, 20);
            let cause =
                format!("it was not asked: \"{shown}\" is no period such as 1y, 6m, 30w or 90d");
            return Err(protocol(cause).into());
        };
        let from = self.clock.now().saturating_sub(span).unwrap_or(Timestamp::MIN);
        let mut bars: BTreeMap<Timestamp, Bar> = BTreeMap::new();
        let mut end: Option<String> = None;
        for _ in 0..MAX_HISTORY_PAGES {
            let answer = loaded_history(self, conid, period, timeframe, end.as_deref()).await?;
            let page = read_history(&answer).map_err(protocol)?;
            let is_capped = page.len() >= MAX_BARS_OF_ANSWER;
            let oldest_so_far = bars.keys().next().copied();
            let Some(oldest) = page.first().map(|bar| bar.at) else { break };
            // A page that brings nothing older would be asked for again for ever.
            let brings_older = oldest_so_far.is_none_or(|so_far| oldest < so_far);
            for bar in page {
                bars.entry(bar.at).or_insert(bar);
            }
            if !is_capped || !brings_older || oldest <= from {
                break;
            }
            end = Some(oldest.to_zoned(TimeZone::UTC).strftime("%Y%m%d-%H:%M:%S").to_string());
        }
        if end.is_some() {
            // Later pages reach back further than was asked for.
            bars.retain(|at, _| *at >= from);
        }
        if bars.is_empty() {
            let what = format!("{} bars", timeframe.label().to_lowercase());
            return Err(MarketError::NoData { what, conid });
        }
        Ok(bars.into_values().collect())
    }

    async fn quote(&self, conid: Conid) -> Result<Quote, MarketError> {
        let mut seen = SeenFields::default();
        for poll in 0..QUOTE_POLLS {
            if poll > 0 {
                self.clock.sleep(BETWEEN_QUOTE_POLLS).await;
            }
            seen.take(&self.raw.snapshot(conid).await?, conid);
            if let Some(quote) = seen.quote() {
                return Ok(quote);
            }
        }
        let what = match seen.code {
            None => "prices".into(),
            Some(code) => format!("prices (IBKR's availability code is {code})"),
        };
        Err(MarketError::NoData { what, conid })
    }
}

/// History that the gateway may have to load first, which it says in several ways.
async fn loaded_history(
    client: &IbkrClient,
    conid: Conid,
    period: &str,
    timeframe: Timeframe,
    end: Option<&str>,
) -> Result<Value, BrokerError> {
    let mut attempt = 1;
    loop {
        match client.raw.history(conid, period, timeframe.as_str(), end).await {
            Err(BrokerError::Refused { status, text, .. })
                if attempt < HISTORY_ATTEMPTS
                    && (status == 404 || text.to_ascii_lowercase().contains("no data"))
                    // The gateway's own "Access Denied" does not pass by itself.
                    && !text.contains("Access Denied") =>
            {
                attempt += 1;
                client.clock.sleep(BETWEEN_HISTORY_ATTEMPTS).await;
            }
            answer => return answer,
        }
    }
}

async fn instrument_of(
    client: &IbkrClient,
    listing: StockListing,
) -> Result<Instrument, MarketError> {
    let info = client.raw.contract_info(listing.conid).await?;
    client.note_rules(listing.conid, &info);
    read_instrument(&info, listing).map_err(unreadable_contract)
}

pub(super) fn unreadable_contract(cause: String) -> MarketError {
    let request = "GET /iserver/contract/…/info-and-rules".into();
    BrokerError::Protocol { request, cause }.into()
}

/// The same with their currencies, as far as IBKR tells them.
async fn with_currencies(client: &IbkrClient, listings: Vec<StockListing>) -> Vec<StockListing> {
    let mut told = Vec::new();
    for mut listing in listings.into_iter().take(MAX_LISTINGS) {
        if let Ok(answer) = client.raw.contract_info(listing.conid).await {
            let info = record::<ContractInfo>(&answer).unwrap_or_default();
            listing.currency = info.currency.text().filter(|code| is_currency(code));
        }
        told.push(listing);
    }
    told
}

fn is_currency(code: &str) -> bool {
    code.len() == 3 && code.chars().all(|c| c.is_ascii_uppercase())
}

/// What may be a symbol, in capitals, since IBKR finds no other.
fn checked_symbol(symbol: &str) -> Result<String, MarketError> {
    let capitals = symbol.trim().to_ascii_uppercase();
    let allowed = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '.';
    if capitals.is_empty()
        || capitals.len() > MAX_SYMBOL_CHARACTERS
        || !capitals.chars().all(allowed)
    {
        return Err(MarketError::UnknownSymbol { symbol: parse::bounded(symbol, 20) });
    }
    Ok(capitals)
}

/// The US listings of a symbol, each contract once.
fn us_listings(answer: &Value, symbol: &str) -> Vec<StockListing> {
    let companies = answer.get(symbol).map(|list| rows(list).collect::<Vec<_>>());
    let mut found: BTreeMap<Conid, StockListing> = BTreeMap::new();
    for company in companies.unwrap_or_default().into_iter().filter_map(record::<StockCompany>) {
        if company.asset_class.text().is_some_and(|class| class != "STK") {
            continue;
        }
        for contract in company.contracts.records::<StockContract>() {
            let Some(conid) = contract.conid.integer().map(Conid) else { continue };
            if contract.is_us.boolean() == Some(true) {
                let listing = StockListing {
                    conid,
                    symbol: symbol.into(),
                    company_name: name_text(&company.name),
                    exchange: name_text(&contract.exchange),
                    currency: None,
                };
                found.insert(conid, listing);
            }
        }
    }
    found.into_values().collect()
}

/// Stocks among the results of a search, whose order says nothing.
fn searched_listings(answer: &Value) -> Vec<StockListing> {
    let is_stock = |row: &SearchRow| {
        let sections = row.sections.records::<SearchSection>();
        sections.iter().any(|section| section.sec_type.text().as_deref() == Some("STK"))
    };
    rows(answer)
        .filter_map(record::<SearchRow>)
        .filter(is_stock)
        .filter_map(|row| {
            Some(StockListing {
                conid: Conid(row.conid.integer()?),
                symbol: parse::bounded(&row.symbol.text()?, MAX_SYMBOL_CHARACTERS),
                company_name: name_text(&row.company_name),
                exchange: name_text(&row.description),
                currency: None,
            })
        })
        .collect()
}

fn name_text(loose: &Loose) -> String {
    parse::bounded(&loose.text().unwrap_or_default(), MAX_NAME_CHARACTERS)
}

pub(super) fn read_instrument(answer: &Value, listing: StockListing) -> Result<Instrument, String> {
    let info = record::<ContractInfo>(answer).ok_or("it is no JSON object")?;
    if info.con_id.integer() != Some(listing.conid.0) {
        return Err(format!("it is not about conid {}, which was asked for", listing.conid));
    }
    let symbol = listing.symbol;
    if let Some(other) = info.symbol.text().filter(|named| *named != symbol) {
        let other = parse::bounded(&other, 20);
        return Err(format!("conid {} is {other}, not {symbol}", listing.conid));
    }
    let contract_rules = info.rules.record::<ContractRules>().ok_or("it has no rules")?;
    if let Some(error) = contract_rules.error.text() {
        return Err(parse::bounded(&error, MAX_TEXT_CHARACTERS));
    }
    let company_name = info.company_name.text().unwrap_or(listing.company_name);
    let currency = info.currency.text().filter(|code| is_currency(code));
    Ok(Instrument {
        conid: listing.conid,
        symbol,
        company_name: parse::bounded(&company_name, MAX_NAME_CHARACTERS),
        exchange: listing.exchange,
        currency: currency.ok_or("it has no currency")?,
        tick_size: tick_size(&contract_rules).ok_or("it has no tick size")?,
        tick_bands: rules::tick_bands(&contract_rules),
    })
}

/// The tick of the band that the present price is in; without a price the coarsest, which every
/// band takes; without bands the one tick.
fn tick_size(rules: &ContractRules) -> Option<Decimal> {
    let positive = |value: &Loose| value.decimal().filter(|value| *value > Decimal::ZERO);
    let bands: Vec<(Decimal, Decimal)> = rules
        .increment_rules
        .records::<IncrementRule>()
        .iter()
        .filter_map(|rule| Some((rule.lower_edge.decimal()?, positive(&rule.increment)?)))
        .collect();
    let band_of_price = positive(&rules.limit_price).and_then(|price| {
        bands.iter().filter(|(edge, _)| *edge <= price).max_by_key(|(edge, _)| *edge)
    });
    let coarsest = bands.iter().max_by_key(|(_, tick)| *tick);
    band_of_price.or(coarsest).map(|(_, tick)| *tick).or_else(|| positive(&rules.increment))
}

/// How far back a period reaches at most; nothing if it is none. Lower case only: IBKR takes `6M`
/// and answers with something else.
fn period_span(period: &str) -> Option<SignedDuration> {
    let digits = period.trim_end_matches(|c: char| c.is_ascii_lowercase());
    let unit = &period[digits.len()..];
    if !(1..=4).contains(&digits.len()) || !digits.chars().all(|c| c.is_ascii_digit()) {
        return None;
    }
    let minutes = match unit {
        "min" => 1,
        "h" => 60,
        "d" => 24 * 60,
        "w" => 7 * 24 * 60,
        "m" => 31 * 24 * 60,
        "y" => 366 * 24 * 60,
        _ => return None,
    };
    Some(SignedDuration::from_mins(digits.parse::<i64>().ok()? * minutes))
}

/// Bars by time, the last edition of each. A bar without a time is the placeholder of an empty
/// window.
fn read_history(answer: &Value) -> Result<Vec<Bar>, String> {
    let history = record::<History>(answer).ok_or("it is no JSON object")?;
    let volume_factor = history.volume_factor.decimal().unwrap_or(Decimal::ONE);
    let mut bars: BTreeMap<Timestamp, Bar> = BTreeMap::new();
    for row in history.data.records::<HistoryBar>() {
        let Some(at) = row.t.integer().and_then(parse::instant) else { continue };
        let bar = read_bar(&row, at, volume_factor)
            .ok_or_else(|| format!("the bar of {at} has no sound prices and volume"))?;
        bars.insert(at, bar);
    }
    Ok(bars.into_values().collect())
}

fn read_bar(row: &HistoryBar, at: Timestamp, volume_factor: Decimal) -> Option<Bar> {
    let price = |value: &Loose| value.decimal().filter(|price| *price > Decimal::ZERO);
    let bar = Bar {
        at,
        open: price(&row.o)?,
        high: price(&row.h)?,
        low: price(&row.l)?,
        close: price(&row.c)?,
        // IBKR divides the shares by the factor.
        volume: row.v.decimal()?.checked_mul(volume_factor)?.normalize(),
    };
    let is_sound = bar.volume >= Decimal::ZERO
        && bar.low <= bar.open.min(bar.close)
        && bar.high >= bar.open.max(bar.close);
    is_sound.then_some(bar)
}

/// Fields of the snapshots so far: each answer may carry some of them.
#[derive(Debug, Default)]
struct SeenFields {
    price: Option<FlaggedPrice>,
    bid: Option<Decimal>,
    ask: Option<Decimal>,
    availability: Option<Availability>,
    /// The first letter of field 6509.
    code: Option<char>,
    as_of: Option<Timestamp>,
}

impl SeenFields {
    fn take(&mut self, answer: &Value, conid: Conid) {
        let row = rows(answer)
            .filter_map(record::<SnapshotRow>)
            .find(|row| row.conid.integer().or_else(|| row.conid_ex.integer()) == Some(conid.0));
        let Some(row) = row else { return };
        let price = row.last.text().and_then(|text| parse::flagged_price(&text));
        self.price = price.or(self.price);
        let availability = row.availability.text().map(|text| parse::availability(&text));
        self.availability = availability.or(self.availability);
        self.code = row.availability.text().and_then(|text| text.chars().next()).or(self.code);
        let positive = |loose: &Loose| loose.decimal().filter(|price| *price > Decimal::ZERO);
        self.bid = positive(&row.bid).or(self.bid);
        self.ask = positive(&row.ask).or(self.ask);
        self.as_of = row.updated.integer().and_then(parse::instant).or(self.as_of);
    }

    fn quote(&self) -> Option<Quote> {
        let price = self.price?;
        Some(Quote {
            last: price.price,
            bid: self.bid,
            ask: self.ask,
            source: "IBKR snapshot",
            as_of: self.as_of?,
            availability: self.availability.unwrap_or(Availability::Missing),
            is_previous_close: price.is_previous_close,
            is_halted: price.is_halted,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn only_what_may_be_a_symbol_is_asked_for() {
        assert_eq!(checked_symbol(" aapl ").unwrap(), "AAPL");
        assert_eq!(checked_symbol("BRK.B").unwrap(), "BRK.B");
        for symbol in ["", "A&symbols=B", "A B", "ÄAPL", "ABCDEFGHIJKLM"] {
            assert!(checked_symbol(symbol).is_err(), "{symbol}");
        }
    }

    fn stocks(contracts: &Value) -> Value {
        json!({"ORCH": [{"name": "ORCHARD INC", "chineseName": "&#x679C;", "assetClass": "STK",
                         "contracts": contracts}]})
    }

    #[test]
    fn us_listings_are_each_listed_once() {
        let home = json!({"conid": "204511", "exchange": "NASDAQ", "isUS": true});
        let abroad = json!({"conid": 204_512, "exchange": "MEXI", "isUS": false});
        let second = json!({"conid": 204_513, "exchange": "NYSE", "isUS": "true"});
        let conids = |answer: &Value| {
            us_listings(answer, "ORCH").iter().map(|l| l.conid.0).collect::<Vec<_>>()
        };
        assert_eq!(conids(&stocks(&json!([abroad, home, home]))), [204_511]);
        assert_eq!(conids(&stocks(&home)), [204_511], "an object for a list");
        assert_eq!(conids(&stocks(&json!([home, second]))), [204_511, 204_513]);
        for nothing in [json!({}), json!({"ORCH": []}), stocks(&json!([abroad])), json!([])] {
            assert!(conids(&nothing).is_empty());
        }
    }

    #[test]
    fn stocks_are_picked_out_of_a_search() {
        let row = |conid: Value, class: &str| {
            json!({"conid": conid, "companyName": "ORCHARD INC", "symbol": "ORCH",
                   "description": "NASDAQ", "sections": [{"secType": class}]})
        };
        let answer = json!([row(json!("204511"), "STK"), row(json!("9"), "IND"), {"conid": null}]);
        let found = searched_listings(&answer);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].to_string(), "204511 (ORCHARD INC on NASDAQ)");
        assert!(searched_listings(&json!({"error": "No symbol found"})).is_empty());
    }

    fn info(rules: &Value) -> Value {
        json!({"con_id": 204_511, "symbol": "ORCH", "currency": "USD", "exchange": "SMART",
               "company_name": "ORCHARD INC", "rules": rules})
    }

    fn instrument(answer: &Value) -> Result<Instrument, String> {
        let listing = StockListing {
            conid: Conid(204_511),
            symbol: "ORCH".into(),
            exchange: "NASDAQ".into(),
            company_name: "ORCHARD INC".into(),
            currency: None,
        };
        read_instrument(answer, listing)
    }

    #[test]
    fn the_tick_is_that_of_the_price_band() {
        let bands = json!([{"lowerEdge": 0.0, "increment": 0.0001},
                           {"lowerEdge": "1", "increment": "0.01"}]);
        let cases = [
            (json!({"increment": 0.01}), "0.01"),
            (json!({"incrementRules": bands, "limitPrice": 0.5}), "0.0001"),
            (json!({"incrementRules": bands, "limitPrice": 71.25}), "0.01"),
            (json!({"incrementRules": bands, "increment": 0.0001}), "0.01"),
        ];
        for (rules, expected) in cases {
            assert_eq!(instrument(&info(&rules)).unwrap().tick_size.to_string(), expected);
        }
    }

    #[test]
    fn h23_an_answer_about_another_contract_is_refused() {
        let sound = info(&json!({"increment": 0.01}));
        assert_eq!(instrument(&sound).unwrap().exchange, "NASDAQ");
        for (key, value) in [
            ("con_id", json!(204_512)),
            ("symbol", json!("PEAR")),
            ("currency", json!("")),
            ("rules", json!({"increment": 0})),
            ("rules", json!({"increment": 0.01, "error": "No rules for this contract"})),
        ] {
            let mut other = sound.clone();
            other[key] = value;
            assert!(instrument(&other).is_err(), "{key}");
        }
    }

    #[test]
    fn periods_are_in_lower_case() {
        for (period, good) in
            [("1y", true), ("30min", true), ("6M", false), ("y", false), ("1y&x=1", false)]
        {
            assert_eq!(period_span(period).is_some(), good, "{period}");
        }
    }

    #[test]
    fn bars_are_sorted_each_once_with_real_volume() {
        let bar = |t: i64, close: f64| json!({"o": 71.0, "c": close, "h": 72.5, "l": "70.25", "v": 1200.125, "t": t});
        let answer = json!({"volumeFactor": 40, "points": 0, "data": [
            bar(1_767_718_200_000, 71.5), bar(1_767_631_800_000, 71.25), {"o": 0, "c": 0},
            bar(1_767_718_200_000, 72.0),
        ]});
        let bars = read_history(&answer).unwrap();
        assert_eq!(bars.len(), 2);
        assert_eq!(bars[0].at.to_string(), "2026-01-05T16:50:00Z");
        assert_eq!(bars[0].volume.to_string(), "48005");
        assert_eq!(bars[1].close.to_string(), "72", "the last edition stands");
    }

    #[test]
    fn a_bar_that_cannot_be_is_not_passed_on() {
        let bar = |key: &str, value: Value| {
            let mut bar =
                json!({"o": 71, "c": 71, "h": 72, "l": 70, "v": 1, "t": 1_767_718_200_000_i64});
            bar[key] = value;
            read_history(&json!({"data": bar}))
        };
        assert!(bar("o", json!("71")).is_ok());
        for (key, value) in [
            ("o", json!(0)),
            ("h", json!(70.5)),
            ("l", json!(71.5)),
            ("v", json!(-1)),
            ("c", json!(null)),
        ] {
            assert!(bar(key, value).is_err(), "{key}");
        }
    }

    #[test]
    fn a_quote_is_put_together_from_several_snapshots() {
        let conid = Conid(204_511);
        let mut seen = SeenFields::default();
        for answer in [
            json!([{"conidEx": "204511", "conid": 204_511}]),
            json!([{"conid": 999, "31": "9.99", "_updated": 1_767_718_200_000_i64}]),
            json!({"conidEx": "204511", "31": "C71.25", "6509": "DPB"}),
        ] {
            seen.take(&answer, conid);
            assert_eq!(seen.quote(), None, "{answer}");
        }
        seen.take(
            &json!([{"conid": "204511", "31": "", "_updated": 1_767_718_200_000_i64}]),
            conid,
        );
        let quote = seen.quote().unwrap();
        assert_eq!(quote.last.to_string(), "71.25");
        assert_eq!(quote.availability, Availability::Delayed);
        assert!(quote.is_previous_close && !quote.is_halted);
    }
}
