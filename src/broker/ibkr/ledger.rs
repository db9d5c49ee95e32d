//! Cash by currency: `GET /portfolio/{id}/ledger`. It has one record for each currency and one under
//! `BASE` for all of them in the account's own, with names in lower case run together.

use serde_json::Value;

use super::IbkrClient;
use super::models::{LedgerEntry, record};
use super::parse;
use crate::broker::{BrokerError, CurrencyBalance};

/// All currencies together, in the account's own.
const BASE: &str = "BASE";

/// Most currencies of an account; an answer with more is none that can be believed.
const MOST_CURRENCIES: usize = 64;

pub(super) async fn balances(client: &IbkrClient) -> Result<Vec<CurrencyBalance>, BrokerError> {
    let account = client.account()?;
    let answer = client.raw.ledger(&account).await?;
    read(&answer).map_err(|lacking| BrokerError::Protocol {
        request: format!("GET /portfolio/{account}/ledger"),
        cause: format!("it has no readable {lacking}"),
    })
}

fn read(answer: &Value) -> Result<Vec<CurrencyBalance>, &'static str> {
    let currencies = answer.as_object().ok_or("content")?;
    if currencies.len() > MOST_CURRENCIES {
        return Err("number of currencies");
    }
    currencies
        .iter()
        .filter(|(name, _)| *name != BASE)
        .map(|(name, entry)| one(name, entry))
        .collect()
}

fn one(name: &str, entry: &Value) -> Result<CurrencyBalance, &'static str> {
    let entry: LedgerEntry = record(entry).ok_or("record of a currency")?;
    Ok(CurrencyBalance {
        currency: parse::bounded(name, 3),
        cash: entry.cashbalance.decimal().ok_or("cashbalance")?,
        settled_cash: entry.settledcash.decimal(),
        accrued_interest: entry.interest.decimal(),
        accrued_dividends: entry.dividends.decimal(),
        exchange_rate: entry.exchangerate.decimal().ok_or("exchangerate")?,
        as_of: entry.timestamp.integer().and_then(parse::instant).ok_or("timestamp")?,
    })
}

#[cfg(test)]
mod tests {
    use rust_decimal::Decimal;
    use serde_json::json;

    use super::*;

    #[test]
    fn each_currency_has_its_cash_and_its_rate_and_the_sum_of_all_is_left_out() {
        let answer = json!({
            "EUR": { "cashbalance": 1200.5, "settledcash": 1000, "exchangerate": 1.0847,
                     "interest": -0.12, "timestamp": 1_767_627_049 },
            "USD": { "cashbalance": 99_500.5, "exchangerate": 1, "timestamp": 1_767_627_049 },
            "BASE": { "cashbalance": 100_802.63, "exchangerate": 1, "timestamp": 1_767_627_049 },
        });
        let balances = read(&answer).unwrap();
        let names: Vec<&str> = balances.iter().map(|one| one.currency.as_str()).collect();
        assert_eq!(names, ["EUR", "USD"]);
        assert_eq!(balances[0].cash.to_string(), "1200.5");
        assert_eq!(balances[0].exchange_rate.to_string(), "1.0847");
        assert_eq!(balances[0].as_of.to_string(), "2026-01-05T15:30:49Z");
        assert_eq!((balances[1].settled_cash, balances[1].exchange_rate), (None, Decimal::ONE));
    }

    #[test]
    fn what_is_missing_is_named() {
        let without_rate = json!({ "USD": { "cashbalance": 1, "timestamp": 1_767_627_049 } });
        assert_eq!(read(&without_rate), Err("exchangerate"));
        assert_eq!(read(&json!([])), Err("content"));
        let many: serde_json::Map<String, Value> =
            (0..=MOST_CURRENCIES).map(|n| (format!("C{n}"), json!({}))).collect();
        assert_eq!(read(&many.into()), Err("number of currencies"));
    }
}
