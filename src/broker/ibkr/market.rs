//! Instruments, history and quotes.

use std::collections::BTreeMap;

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use rust_decimal::Decimal;
use serde_json::Value;

use super::IbkrClient;
use super::client::MAX_TEXT_CHARACTERS;
use super::models::{
    ContractInfo, ContractRules, History, HistoryBar, IncrementRule, Loose, SnapshotRow,
    StockCompany, StockContract, record, rows,
};
use super::parse::{self, FlaggedPrice};
use super::rules;
use crate::broker::BrokerError;
use crate::domain::{Availability, Bar, Conid, Instrument, Timeframe};
use crate::market::{MarketData, MarketError, Quote};

const MAX_SYMBOL_CHARACTERS: usize = 12;
const MAX_NAME_CHARACTERS: usize = 100;

/// The first snapshot of a contract has no prices; they come with later ones.
const QUOTE_POLLS: u32 = 10;
const BETWEEN_QUOTE_POLLS: SignedDuration = SignedDuration::from_millis(500);

#[async_trait]
impl MarketData for IbkrClient {
    async fn find_stock(&self, symbol: &str) -> Result<Instrument, MarketError> {
        let symbol = checked_symbol(symbol)?;
        if let Some(known) = self.session().instruments.get(&symbol) {
            return Ok(known.clone());
        }
        let listing = the_one_us_listing(&self.raw.stocks(&symbol).await?, &symbol)?;
        let info = self.raw.contract_info(listing.conid).await?;
        self.note_rules(listing.conid, &info);
        let instrument =
            read_instrument(&info, &symbol, listing).map_err(|cause| BrokerError::Protocol {
                request: "GET /iserver/contract/…/info-and-rules".into(),
                cause,
            })?;
        self.session().instruments.insert(symbol, instrument.clone());
        Ok(instrument)
    }

    async fn history(
        &self,
        conid: Conid,
        timeframe: Timeframe,
        period: &str,
    ) -> Result<Vec<Bar>, MarketError> {
        let request = "GET /iserver/marketdata/history";
        let protocol = |cause| BrokerError::Protocol { request: request.into(), cause };
        if !is_period(period) {
            let shown = parse::bounded(period, 20);
            let cause =
                format!("it was not asked: \"{shown}\" is no period such as 1y, 6m, 30w or 90d");
            return Err(protocol(cause).into());
        }
        let answer = self.raw.history(conid, period, timeframe.as_str()).await?;
        let bars = read_history(&answer).map_err(protocol)?;
        if bars.is_empty() {
            let what = format!("{} bars", timeframe.label().to_lowercase());
            return Err(MarketError::NoData { what, conid });
        }
        Ok(bars)
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
        Err(MarketError::NoData { what: "prices".into(), conid })
    }
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

struct Listing {
    conid: Conid,
    exchange: String,
    company_name: String,
}

fn the_one_us_listing(answer: &Value, symbol: &str) -> Result<Listing, MarketError> {
    let companies = answer.get(symbol).map(|list| rows(list).collect::<Vec<_>>());
    let mut found: BTreeMap<Conid, Listing> = BTreeMap::new();
    for company in companies.unwrap_or_default().into_iter().filter_map(record::<StockCompany>) {
        if company.asset_class.text().is_some_and(|class| class != "STK") {
            continue;
        }
        for contract in company.contracts.records::<StockContract>() {
            let Some(conid) = contract.conid.integer().map(Conid) else { continue };
            if contract.is_us.boolean() == Some(true) {
                let text = |loose: &Loose| {
                    parse::bounded(&loose.text().unwrap_or_default(), MAX_NAME_CHARACTERS)
                };
                let listing = Listing {
                    conid,
                    exchange: text(&contract.exchange),
                    company_name: text(&company.name),
                };
                found.insert(conid, listing);
            }
        }
    }
    let count = found.len();
    let mut listings = found.into_values();
    match (listings.next(), count) {
        (Some(listing), 1) => Ok(listing),
        (None, _) => Err(MarketError::UnknownSymbol { symbol: symbol.into() }),
        (Some(_), _) => Err(MarketError::AmbiguousSymbol { symbol: symbol.into(), count }),
    }
}

fn read_instrument(answer: &Value, symbol: &str, listing: Listing) -> Result<Instrument, String> {
    let info = record::<ContractInfo>(answer).ok_or("it is no JSON object")?;
    if info.con_id.integer() != Some(listing.conid.0) {
        return Err(format!("it is not about conid {}, which was asked for", listing.conid));
    }
    if let Some(other) = info.symbol.text().filter(|named| named != symbol) {
        let other = parse::bounded(&other, 20);
        return Err(format!("conid {} is {other}, not {symbol}", listing.conid));
    }
    let is_code = |code: &String| code.len() == 3 && code.chars().all(|c| c.is_ascii_uppercase());
    let contract_rules = info.rules.record::<ContractRules>().ok_or("it has no rules")?;
    if let Some(error) = contract_rules.error.text() {
        return Err(parse::bounded(&error, MAX_TEXT_CHARACTERS));
    }
    let company_name = info.company_name.text().unwrap_or(listing.company_name);
    Ok(Instrument {
        conid: listing.conid,
        symbol: symbol.into(),
        company_name: parse::bounded(&company_name, MAX_NAME_CHARACTERS),
        exchange: listing.exchange,
        currency: info.currency.text().filter(is_code).ok_or("it has no currency")?,
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

/// Lower case only: IBKR takes `6M` and answers with something else.
fn is_period(period: &str) -> bool {
    let digits = period.trim_end_matches(|c: char| c.is_ascii_lowercase());
    let unit = &period[digits.len()..];
    (1..=4).contains(&digits.len())
        && digits.chars().all(|c| c.is_ascii_digit())
        && matches!(unit, "min" | "h" | "d" | "w" | "m" | "y")
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
    availability: Option<Availability>,
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
        self.as_of = row.updated.integer().and_then(parse::instant).or(self.as_of);
    }

    fn quote(&self) -> Option<Quote> {
        let price = self.price?;
        Some(Quote {
            last: price.price,
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
    fn one_us_listing_is_chosen_and_several_are_not() {
        let home = json!({"conid": "204511", "exchange": "NASDAQ", "isUS": true});
        let abroad = json!({"conid": 204_512, "exchange": "MEXI", "isUS": false});
        let second = json!({"conid": 204_513, "exchange": "NYSE", "isUS": "true"});
        let found = the_one_us_listing(&stocks(&json!([abroad, home])), "ORCH").unwrap();
        assert_eq!((found.conid, found.exchange.as_str()), (Conid(204_511), "NASDAQ"));
        assert!(the_one_us_listing(&stocks(&home), "ORCH").is_ok(), "an object for a list");
        let ambiguous = the_one_us_listing(&stocks(&json!([home, second])), "ORCH");
        assert_eq!(
            ambiguous.err(),
            Some(MarketError::AmbiguousSymbol { symbol: "ORCH".into(), count: 2 })
        );
        for nothing in [json!({}), json!({"ORCH": []}), stocks(&json!([abroad])), json!([])] {
            let unknown = the_one_us_listing(&nothing, "ORCH").err();
            assert_eq!(unknown, Some(MarketError::UnknownSymbol { symbol: "ORCH".into() }));
        }
    }

    fn info(rules: &Value) -> Value {
        json!({"con_id": 204_511, "symbol": "ORCH", "currency": "USD", "exchange": "SMART",
               "company_name": "ORCHARD INC", "rules": rules})
    }

    fn instrument(answer: &Value) -> Result<Instrument, String> {
        let listing = Listing {
            conid: Conid(204_511),
            exchange: "NASDAQ".into(),
            company_name: "ORCHARD INC".into(),
        };
        read_instrument(answer, "ORCH", listing)
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
            assert_eq!(is_period(period), good, "{period}");
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
