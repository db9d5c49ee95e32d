//! What is pushed, topic by topic.

use serde_json::{Map, Value, json};

use crate::sandbox::SANDBOX_ACCOUNT;
use crate::sandbox::exchange::{Exchange, Execution};
use crate::sandbox::gateway::wire::Answer;
use crate::sandbox::gateway::{holdings, listing, market, portfolio};

/// Most fields of one subscription.
const MAX_FIELDS: usize = 50;
/// Keys of the account summary, and the fields of `/portfolio/{id}/summary` that hold them.
const SUMMARY: [(&str, &str); 8] = [
    ("NetLiquidation", "netliquidation"),
    ("TotalCashValue", "totalcashvalue"),
    ("SettledCash", "settledcash"),
    ("AvailableFunds", "availablefunds"),
    ("ExcessLiquidity", "excessliquidity"),
    ("BuyingPower", "buyingpower"),
    ("EquityWithLoanValue", "equitywithloanvalue"),
    ("GrossPositionValue", "grosspositionvalue"),
];
/// Names of the ledger's fields where the stream writes them in another way than the list.
const LEDGER_NAMES: [(&str, &str); 9] = [
    ("acctcode", "acctCode"),
    ("secondkey", "secondKey"),
    ("netliquidationvalue", "netLiquidationValue"),
    ("unrealizedpnl", "unrealizedPnl"),
    ("realizedpnl", "realizedPnl"),
    ("settledcash", "settledCash"),
    ("stockmarketvalue", "stockMarketValue"),
    ("exchangerate", "exchangeRate"),
    ("cashbalancefxsegment", "cashBalanceFXSegment"),
];

/// The keys and fields that a client asks for; empty lists ask for all.
#[derive(Debug, Default)]
pub(super) struct Selection {
    keys: Vec<String>,
    fields: Vec<String>,
}

impl Selection {
    pub(super) fn read(text: &str) -> Self {
        let options: Value = serde_json::from_str(text).unwrap_or_default();
        Self { keys: texts(&options["keys"]), fields: texts(&options["fields"]) }
    }

    fn has_key(&self, key: &str) -> bool {
        self.keys.is_empty() || self.keys.iter().any(|asked| asked == key)
    }

    fn keep(&self, row: &mut Map<String, Value>) {
        let lower = |text: &str| text.to_lowercase();
        row.retain(|name, _| {
            matches!(name.as_str(), "key" | "timestamp" | "acctCode" | "secondKey")
                || self.fields.is_empty()
                || self.fields.iter().any(|asked| lower(asked) == lower(name))
        });
    }
}

/// A list of texts, bounded.
fn texts(list: &Value) -> Vec<String> {
    let list = list.as_array().into_iter().flatten();
    list.filter_map(|one| match one {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    })
    .take(MAX_FIELDS)
    .collect()
}

/// The fields of a subscription to market data.
pub(super) fn fields(options: &str) -> Vec<String> {
    let options: Value = serde_json::from_str(options).unwrap_or_default();
    texts(&options["fields"])
}

/// The number in `265598` or `265598@SMART`.
pub(super) fn conid(contract: &str) -> Option<i64> {
    contract.split('@').next()?.parse().ok()
}

pub(super) fn is_account(id: &str) -> bool {
    id == SANDBOX_ACCOUNT
}

/// A contract's quote with the asked fields.
pub(super) fn quote(exchange: &Exchange, listing: usize, fields: &[String]) -> Value {
    let fields: Vec<&str> = fields.iter().map(String::as_str).collect();
    let mut row = Map::new();
    market::add_fields(&mut row, exchange, listing, &fields);
    Value::Object(row)
}

/// An order as the list of live orders shows it.
pub(super) fn order(exchange: &Exchange, position: usize) -> Value {
    listing::live_row(exchange, position)
}

/// What has changed of an order, with what tells which one it is.
pub(super) fn changes(before: &Value, after: &Value) -> Value {
    let always = |key: &str| matches!(key, "acct" | "conidex" | "conid" | "orderId");
    let rows = after.as_object().into_iter().flatten();
    let changed = rows.filter(|(key, value)| always(key) || before.get(*key) != Some(*value));
    Value::Object(changed.map(|(key, value)| (key.clone(), value.clone())).collect())
}

pub(super) fn trade(exchange: &Exchange, execution: &Execution) -> Value {
    listing::trade_row(exchange, execution)
}

pub(super) fn profit_and_loss(exchange: &Exchange) -> Value {
    json!({ format!("{SANDBOX_ACCOUNT}.Core"): holdings::profit_and_loss_row(exchange) })
}

/// Rows of the account summary.
pub(super) fn summary(exchange: &Exchange, selection: &Selection) -> Value {
    let Answer::Json(_, values) = portfolio::summary(exchange, SANDBOX_ACCOUNT) else {
        return json!([]);
    };
    let rows = SUMMARY
        .iter()
        .flat_map(|(key, field)| [((*key).to_owned(), field), (format!("{key}-S"), field)]);
    let rows = rows.filter(|(key, _)| {
        if selection.keys.is_empty() { !key.ends_with("-S") } else { selection.has_key(key) }
    });
    let rows = rows.map(|(key, field)| {
        let mut row = Map::new();
        row.insert("key".to_owned(), json!(key));
        row.insert("timestamp".to_owned(), json!(exchange.now().as_second()));
        row.insert("currency".to_owned(), json!("USD"));
        row.insert("monetaryValue".to_owned(), values[*field]["amount"].clone());
        row.insert("severity".to_owned(), json!(0));
        selection.keep(&mut row);
        Value::Object(row)
    });
    // The row that says whose summary it is comes whatever the keys are.
    let account = json!({
        "key": "AccountCode",
        "timestamp": exchange.now().as_second(),
        "value": SANDBOX_ACCOUNT,
        "severity": 0,
    });
    rows.chain(std::iter::once(account)).collect()
}

/// Rows of the ledger.
pub(super) fn ledger(exchange: &Exchange, selection: &Selection) -> Value {
    let Answer::Json(_, values) = portfolio::ledger(exchange, SANDBOX_ACCOUNT) else {
        return json!([]);
    };
    let rows = values.as_object().into_iter().flatten();
    let rows = rows.map(|(currency, values)| (format!("LedgerList{currency}"), values));
    let rows = rows.filter(|(key, _)| selection.has_key(key)).map(|(key, values)| {
        let mut row = Map::new();
        for (plain, value) in values.as_object().into_iter().flatten() {
            let streamed = LEDGER_NAMES.iter().find(|(name, _)| name == plain);
            let name = streamed.map_or(plain.as_str(), |(_, streamed)| streamed);
            row.insert(name.to_owned(), value.clone());
        }
        row.insert("key".to_owned(), json!(key));
        selection.keep(&mut row);
        Value::Object(row)
    });
    rows.collect()
}

/// Whether two lists of rows tell the same, whenever they tell it.
pub(super) fn are_same(before: &Value, after: &Value) -> bool {
    let (Some(before), Some(after)) = (before.as_array(), after.as_array()) else { return false };
    let timeless = |row: &Value| {
        let mut row = row.clone();
        if let Some(row) = row.as_object_mut() {
            row.remove("timestamp");
        }
        row
    };
    before.len() == after.len()
        && before.iter().zip(after).all(|(before, after)| timeless(before) == timeless(after))
}
