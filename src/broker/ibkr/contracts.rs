//! Contract details, and the last prices of several contracts by one snapshot.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::IbkrClient;
use super::market::{read_instrument, unreadable_contract};
use super::models::{ContractInfo, Loose, SnapshotRow, record, rows};
use super::parse;
use crate::broker::BrokerError;
use crate::domain::Conid;
use crate::market::{
    ContractBook, ContractDetails, LastPrice, MOST_PRICES, MarketError, StockListing,
};

const MAX_WORD_CHARACTERS: usize = 40;
const MAX_WORDS: usize = 40;

/// The parts of `GET /iserver/contract/{conid}/info-and-rules` that describe a contract to a person.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct ContractFacts {
    #[serde(skip_serializing_if = "Loose::is_absent")]
    instrument_type: Loose,
    #[serde(skip_serializing_if = "Loose::is_absent")]
    multiplier: Loose,
    #[serde(skip_serializing_if = "Loose::is_absent")]
    maturity_date: Loose,
    #[serde(skip_serializing_if = "Loose::is_absent")]
    trading_class: Loose,
    /// One text with commas.
    #[serde(skip_serializing_if = "Loose::is_absent")]
    valid_exchanges: Loose,
    #[serde(skip_serializing_if = "Loose::is_absent")]
    industry: Loose,
    #[serde(skip_serializing_if = "Loose::is_absent")]
    rules: Loose,
    /// What is not understood, kept.
    #[serde(flatten)]
    other: Map<String, Value>,
}

/// The parts of its rules that a person is shown.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct RuleFacts {
    #[serde(skip_serializing_if = "Loose::is_absent")]
    order_types: Loose,
    #[serde(skip_serializing_if = "Loose::is_absent")]
    size_increment: Loose,
    /// What is not understood, kept.
    #[serde(flatten)]
    other: Map<String, Value>,
}

#[async_trait]
impl ContractBook for IbkrClient {
    async fn contract(&self, conid: Conid) -> Result<ContractDetails, MarketError> {
        let answer = self.raw.contract_info(conid).await.map_err(|error| unknown(error, conid))?;
        let info = record::<ContractInfo>(&answer).unwrap_or_default();
        let Some(symbol) = info.symbol.text() else {
            return Err(MarketError::NoData { what: "contract details".into(), conid });
        };
        self.note_rules(conid, &answer);
        let listing = StockListing {
            conid,
            symbol: parse::bounded(&symbol, MAX_WORD_CHARACTERS),
            company_name: String::new(),
            exchange: String::new(),
            currency: None,
        };
        let mut instrument = read_instrument(&answer, listing).map_err(unreadable_contract)?;
        let facts = record::<ContractFacts>(&answer).unwrap_or_default();
        let exchanges = facts.valid_exchanges.text().unwrap_or_default();
        instrument.exchange = word(&info.exchange).unwrap_or_default();
        let rules = facts.rules.record::<RuleFacts>().unwrap_or_default();
        Ok(ContractDetails {
            instrument,
            asset_type: word(&facts.instrument_type).unwrap_or_else(|| "STK".to_owned()),
            multiplier: facts.multiplier.decimal().filter(|multiplier| !multiplier.is_zero()),
            expiry: word(&facts.maturity_date),
            trading_class: word(&facts.trading_class),
            valid_exchanges: words(exchanges.split(',')),
            order_types: words(rules.order_types.texts().iter().map(String::as_str)),
            size_increment: rules.size_increment.decimal(),
            industry: word(&facts.industry),
        })
    }

    async fn last_prices(&self, conids: &[Conid]) -> Result<Vec<LastPrice>, MarketError> {
        let conids = &conids[..conids.len().min(MOST_PRICES)];
        if conids.is_empty() {
            return Ok(Vec::new());
        }
        let answer = self.raw.snapshots(conids).await?;
        Ok(read_prices(&answer, conids))
    }
}

/// To a contract that does not exist the gateway answers 503, as if it were unwell (ibkr.md §2, status
/// 503 and `/iserver/contract/{conid}/algos`), in these words. That is no failure of the connection.
fn unknown(error: BrokerError, conid: Conid) -> MarketError {
    match &error {
        BrokerError::Refused { text, .. } if text.contains("no sec defs returned") => {
            MarketError::NoData { what: "contract details".into(), conid }
        }
        _ => error.into(),
    }
}

/// Prices of the contracts that were asked for, each once.
fn read_prices(answer: &Value, conids: &[Conid]) -> Vec<LastPrice> {
    let told: Vec<SnapshotRow> = rows(answer).filter_map(record::<SnapshotRow>).collect();
    conids
        .iter()
        .filter_map(|conid| {
            let is_it = |row: &&SnapshotRow| {
                row.conid.integer().or_else(|| row.conid_ex.integer()) == Some(conid.0)
            };
            price_of(told.iter().find(is_it)?, *conid)
        })
        .collect()
}

fn price_of(row: &SnapshotRow, conid: Conid) -> Option<LastPrice> {
    let price = parse::flagged_price(&row.last.text()?)?;
    // Field 82, the change since the close before, with its sign.
    let change = row.other.get("82").cloned().map(Loose::from).and_then(|change| change.decimal());
    Some(LastPrice {
        conid,
        last: price.price,
        change: change.filter(|_| !price.is_previous_close),
        as_of: parse::instant(row.updated.integer()?)?,
        availability: parse::availability(&row.availability.text().unwrap_or_default()),
        is_previous_close: price.is_previous_close,
        is_halted: price.is_halted,
    })
}

fn word(loose: &Loose) -> Option<String> {
    loose.text().map(|text| parse::bounded(&text, MAX_WORD_CHARACTERS))
}

fn words<'a>(texts: impl Iterator<Item = &'a str>) -> Vec<String> {
    texts
        .map(str::trim)
        .filter(|text| !text.is_empty())
        .take(MAX_WORDS)
        .map(|text| parse::bounded(text, MAX_WORD_CHARACTERS))
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::domain::Availability;

    #[test]
    fn prices_are_those_of_the_contracts_asked_for() {
        let answer = json!([
            {"conid": 1, "31": "71.25", "82": "+0.83", "6509": "DPB", "_updated": 1_767_718_200_000_i64},
            {"conidEx": "2", "conid": 2},
            {"conid": 3, "31": "C9.50", "82": "-1.00", "6509": "RpB", "_updated": 1_767_718_200_000_i64},
            {"conid": 9, "31": "1.00", "_updated": 1_767_718_200_000_i64},
        ]);
        let prices = read_prices(&answer, &[Conid(3), Conid(2), Conid(1)]);
        let told: Vec<_> =
            prices.iter().map(|price| (price.conid.0, price.last.to_string())).collect();
        assert_eq!(told, [(3, "9.5".to_owned()), (1, "71.25".to_owned())], "2 is not loaded yet");
        assert_eq!(prices[0].change, None, "nothing has traded today");
        assert!(prices[0].is_previous_close);
        assert_eq!(prices[1].change.map(|change| change.to_string()), Some("0.83".to_owned()));
        assert_eq!(prices[1].availability, Availability::Delayed);
        assert!(read_prices(&json!({"error": "none"}), &[Conid(1)]).is_empty());
    }
}
