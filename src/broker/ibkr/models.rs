//! What the gateway sends, as loosely as it sends it: a number may be a string, a string a number,
//! anything may be absent or null, and an object may come where a list is documented.

use rust_decimal::Decimal;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};

use super::parse;

/// A value whose type the gateway does not keep to. Absent is not the same as null, so that a
/// record is written as it was read.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Loose(Option<Value>);

impl<'de> Deserialize<'de> for Loose {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Value::deserialize(deserializer).map(|value| Self(Some(value)))
    }
}

impl Serialize for Loose {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl From<Value> for Loose {
    fn from(value: Value) -> Self {
        Self(Some(value))
    }
}

impl Loose {
    fn value(&self) -> &Value {
        self.0.as_ref().unwrap_or(&Value::Null)
    }

    pub(super) fn is_absent(&self) -> bool {
        self.0.is_none()
    }

    /// A text or a number as text; nothing if it is empty.
    pub(super) fn text(&self) -> Option<String> {
        let text = match self.value() {
            Value::String(text) => text.trim().to_owned(),
            Value::Number(number) => number.to_string(),
            _ => return None,
        };
        (!text.is_empty()).then_some(text)
    }

    /// A number, or a text that shows one. A JSON number goes through its text, so that no binary
    /// fraction takes part in arithmetic.
    pub(super) fn decimal(&self) -> Option<Decimal> {
        self.text().as_deref().and_then(parse::decimal)
    }

    /// A whole number.
    pub(super) fn integer(&self) -> Option<i64> {
        self.decimal().filter(|d| d.fract().is_zero()).and_then(|d| i64::try_from(d).ok())
    }

    /// True or false, also as text.
    pub(super) fn boolean(&self) -> Option<bool> {
        match self.value() {
            Value::Bool(value) => Some(*value),
            Value::String(text) if text.eq_ignore_ascii_case("true") => Some(true),
            Value::String(text) if text.eq_ignore_ascii_case("false") => Some(false),
            _ => None,
        }
    }

    /// Texts of a list, or the one text where a list is documented.
    pub(super) fn texts(&self) -> Vec<String> {
        match self.value() {
            Value::Array(items) => {
                items.iter().filter_map(|v| Self::from(v.clone()).text()).collect()
            }
            _ => self.text().into_iter().collect(),
        }
    }

    /// Records of a list, or the one record where a list is documented.
    pub(super) fn records<T: DeserializeOwned>(&self) -> Vec<T> {
        rows(self.value()).filter_map(record).collect()
    }

    /// Whether there is anything but null.
    pub(super) fn is_present(&self) -> bool {
        !self.value().is_null()
    }

    /// A record; nothing if it is no object.
    pub(super) fn record<T: DeserializeOwned>(&self) -> Option<T> {
        record(self.value())
    }
}

/// The items of a list, or the one object where a list is documented.
pub(super) fn rows(value: &Value) -> impl Iterator<Item = &Value> {
    match value {
        Value::Array(items) => items.iter(),
        Value::Object(_) => std::slice::from_ref(value).iter(),
        _ => [].iter(),
    }
}

/// An object as a record. All fields are loose, so that no object fails.
pub(super) fn record<T: DeserializeOwned>(value: &Value) -> Option<T> {
    value.is_object().then(|| T::deserialize(value).ok()).flatten()
}

/// `POST /iserver/auth/status` and `/iserver/auth/ssodh/init`.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct AuthStatus {
    #[serde(skip_serializing_if = "Loose::is_absent")]
    pub(super) authenticated: Loose,
    #[serde(skip_serializing_if = "Loose::is_absent")]
    pub(super) connected: Loose,
    #[serde(skip_serializing_if = "Loose::is_absent")]
    pub(super) competing: Loose,
    #[serde(skip_serializing_if = "Loose::is_absent")]
    pub(super) message: Loose,
    #[serde(skip_serializing_if = "Loose::is_absent")]
    pub(super) fail: Loose,
    #[serde(skip_serializing_if = "Loose::is_absent")]
    pub(super) server_info: Loose,
    /// What is not understood, kept.
    #[serde(flatten)]
    pub(super) other: Map<String, Value>,
}

/// `serverInfo` of several answers.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct ServerInfo {
    #[serde(skip_serializing_if = "Loose::is_absent")]
    pub(super) server_name: Loose,
    #[serde(skip_serializing_if = "Loose::is_absent")]
    pub(super) server_version: Loose,
    /// What is not understood, kept.
    #[serde(flatten)]
    pub(super) other: Map<String, Value>,
}

/// `GET /iserver/accounts`.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct BrokerageAccounts {
    #[serde(skip_serializing_if = "Loose::is_absent")]
    pub(super) accounts: Loose,
    #[serde(skip_serializing_if = "Loose::is_absent")]
    pub(super) selected_account: Loose,
    #[serde(skip_serializing_if = "Loose::is_absent")]
    pub(super) session_id: Loose,
    #[serde(skip_serializing_if = "Loose::is_absent")]
    pub(super) is_paper: Loose,
    /// Not IBKR's: the sandbox's gateway says what it is.
    #[serde(skip_serializing_if = "Loose::is_absent")]
    pub(super) sandbox: Loose,
    /// What is not understood, kept.
    #[serde(flatten)]
    pub(super) other: Map<String, Value>,
}

/// A row of `GET /portfolio/accounts`.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct PortfolioAccount {
    #[serde(skip_serializing_if = "Loose::is_absent")]
    pub(super) id: Loose,
    #[serde(skip_serializing_if = "Loose::is_absent")]
    pub(super) account_id: Loose,
    #[serde(skip_serializing_if = "Loose::is_absent")]
    pub(super) r#type: Loose,
    /// What is not understood, kept.
    #[serde(flatten)]
    pub(super) other: Map<String, Value>,
}

/// `GET /iserver/account/orders`.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct LiveOrders {
    #[serde(skip_serializing_if = "Loose::is_absent")]
    pub(super) orders: Loose,
    #[serde(skip_serializing_if = "Loose::is_absent")]
    pub(super) snapshot: Loose,
    /// What is not understood, kept.
    #[serde(flatten)]
    pub(super) other: Map<String, Value>,
}

/// A row of `GET /iserver/account/orders`.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct OrderRow {
    #[serde(skip_serializing_if = "Loose::is_absent")]
    pub(super) acct: Loose,
    #[serde(skip_serializing_if = "Loose::is_absent")]
    pub(super) account: Loose,
    #[serde(skip_serializing_if = "Loose::is_absent")]
    pub(super) order_id: Loose,
    #[serde(rename = "order_ref")]
    #[serde(skip_serializing_if = "Loose::is_absent")]
    pub(super) order_ref: Loose,
    #[serde(skip_serializing_if = "Loose::is_absent")]
    pub(super) conid: Loose,
    #[serde(skip_serializing_if = "Loose::is_absent")]
    pub(super) side: Loose,
    #[serde(skip_serializing_if = "Loose::is_absent")]
    pub(super) orig_order_type: Loose,
    #[serde(skip_serializing_if = "Loose::is_absent")]
    pub(super) order_type: Loose,
    #[serde(skip_serializing_if = "Loose::is_absent")]
    pub(super) status: Loose,
    #[serde(skip_serializing_if = "Loose::is_absent")]
    pub(super) total_size: Loose,
    #[serde(skip_serializing_if = "Loose::is_absent")]
    pub(super) filled_quantity: Loose,
    #[serde(skip_serializing_if = "Loose::is_absent")]
    pub(super) remaining_quantity: Loose,
    #[serde(skip_serializing_if = "Loose::is_absent")]
    pub(super) price: Loose,
    #[serde(skip_serializing_if = "Loose::is_absent")]
    pub(super) aux_price: Loose,
    #[serde(skip_serializing_if = "Loose::is_absent")]
    pub(super) avg_price: Loose,
    /// What is not understood, kept.
    #[serde(flatten)]
    pub(super) other: Map<String, Value>,
}

/// A row of `GET /iserver/account/trades`.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct TradeRow {
    #[serde(skip_serializing_if = "Loose::is_absent")]
    pub(super) execution_id: Loose,
    #[serde(skip_serializing_if = "Loose::is_absent")]
    pub(super) account: Loose,
    #[serde(rename = "accountCode")]
    #[serde(skip_serializing_if = "Loose::is_absent")]
    pub(super) account_code: Loose,
    #[serde(skip_serializing_if = "Loose::is_absent")]
    pub(super) order_ref: Loose,
    #[serde(skip_serializing_if = "Loose::is_absent")]
    pub(super) order_id: Loose,
    #[serde(skip_serializing_if = "Loose::is_absent")]
    pub(super) conid: Loose,
    #[serde(skip_serializing_if = "Loose::is_absent")]
    pub(super) side: Loose,
    #[serde(skip_serializing_if = "Loose::is_absent")]
    pub(super) size: Loose,
    #[serde(skip_serializing_if = "Loose::is_absent")]
    pub(super) price: Loose,
    #[serde(skip_serializing_if = "Loose::is_absent")]
    pub(super) commission: Loose,
    #[serde(skip_serializing_if = "Loose::is_absent")]
    pub(super) liquidation_trade: Loose,
    #[serde(skip_serializing_if = "Loose::is_absent")]
    pub(super) trade_time: Loose,
    #[serde(skip_serializing_if = "Loose::is_absent")]
    pub(super) trade_time_r: Loose,
    /// What is not understood, kept.
    #[serde(flatten)]
    pub(super) other: Map<String, Value>,
}

/// A row of `GET /portfolio/{id}/positions/{page}`.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct PositionRow {
    #[serde(skip_serializing_if = "Loose::is_absent")]
    pub(super) conid: Loose,
    #[serde(skip_serializing_if = "Loose::is_absent")]
    pub(super) contract_desc: Loose,
    #[serde(skip_serializing_if = "Loose::is_absent")]
    pub(super) ticker: Loose,
    #[serde(skip_serializing_if = "Loose::is_absent")]
    pub(super) position: Loose,
    #[serde(skip_serializing_if = "Loose::is_absent")]
    pub(super) avg_cost: Loose,
    #[serde(skip_serializing_if = "Loose::is_absent")]
    pub(super) mkt_price: Loose,
    /// What is not understood, kept.
    #[serde(flatten)]
    pub(super) other: Map<String, Value>,
}

/// One amount of `GET /portfolio/{id}/summary`.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct SummaryAmount {
    #[serde(skip_serializing_if = "Loose::is_absent")]
    pub(super) amount: Loose,
    #[serde(skip_serializing_if = "Loose::is_absent")]
    pub(super) currency: Loose,
    #[serde(skip_serializing_if = "Loose::is_absent")]
    pub(super) is_null: Loose,
    #[serde(skip_serializing_if = "Loose::is_absent")]
    pub(super) timestamp: Loose,
    #[serde(skip_serializing_if = "Loose::is_absent")]
    pub(super) value: Loose,
    /// What is not understood, kept.
    #[serde(flatten)]
    pub(super) other: Map<String, Value>,
}

/// One currency of `GET /portfolio/{id}/ledger`, the parts that are used.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct LedgerEntry {
    #[serde(skip_serializing_if = "Loose::is_absent")]
    pub(super) cashbalance: Loose,
    #[serde(skip_serializing_if = "Loose::is_absent")]
    pub(super) settledcash: Loose,
    #[serde(skip_serializing_if = "Loose::is_absent")]
    pub(super) interest: Loose,
    #[serde(skip_serializing_if = "Loose::is_absent")]
    pub(super) dividends: Loose,
    #[serde(skip_serializing_if = "Loose::is_absent")]
    pub(super) exchangerate: Loose,
    #[serde(skip_serializing_if = "Loose::is_absent")]
    pub(super) timestamp: Loose,
    /// What is not understood, kept.
    #[serde(flatten)]
    pub(super) other: Map<String, Value>,
}

/// `GET /portfolio/{id}/summary`, the parts that are used.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct PortfolioSummary {
    #[serde(skip_serializing_if = "Loose::is_absent")]
    pub(super) netliquidation: Loose,
    #[serde(skip_serializing_if = "Loose::is_absent")]
    pub(super) totalcashvalue: Loose,
    #[serde(skip_serializing_if = "Loose::is_absent")]
    pub(super) availablefunds: Loose,
    #[serde(skip_serializing_if = "Loose::is_absent")]
    pub(super) grosspositionvalue: Loose,
    /// What is not understood, kept.
    #[serde(flatten)]
    pub(super) other: Map<String, Value>,
}

/// A company in `GET /trsrv/stocks`.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct StockCompany {
    #[serde(skip_serializing_if = "Loose::is_absent")]
    pub(super) name: Loose,
    #[serde(skip_serializing_if = "Loose::is_absent")]
    pub(super) asset_class: Loose,
    #[serde(skip_serializing_if = "Loose::is_absent")]
    pub(super) contracts: Loose,
    /// What is not understood, kept.
    #[serde(flatten)]
    pub(super) other: Map<String, Value>,
}

/// A contract in `GET /trsrv/stocks`.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct StockContract {
    #[serde(skip_serializing_if = "Loose::is_absent")]
    pub(super) conid: Loose,
    #[serde(skip_serializing_if = "Loose::is_absent")]
    pub(super) exchange: Loose,
    #[serde(rename = "isUS")]
    #[serde(skip_serializing_if = "Loose::is_absent")]
    pub(super) is_us: Loose,
    /// What is not understood, kept.
    #[serde(flatten)]
    pub(super) other: Map<String, Value>,
}

/// `GET /iserver/contract/{conid}/info-and-rules`.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct ContractInfo {
    #[serde(skip_serializing_if = "Loose::is_absent")]
    pub(super) con_id: Loose,
    #[serde(skip_serializing_if = "Loose::is_absent")]
    pub(super) symbol: Loose,
    #[serde(skip_serializing_if = "Loose::is_absent")]
    pub(super) currency: Loose,
    #[serde(skip_serializing_if = "Loose::is_absent")]
    pub(super) company_name: Loose,
    #[serde(skip_serializing_if = "Loose::is_absent")]
    pub(super) exchange: Loose,
    #[serde(skip_serializing_if = "Loose::is_absent")]
    pub(super) rules: Loose,
    /// What is not understood, kept.
    #[serde(flatten)]
    pub(super) other: Map<String, Value>,
}

/// `rules` of the same.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct ContractRules {
    #[serde(skip_serializing_if = "Loose::is_absent")]
    pub(super) error: Loose,
    #[serde(skip_serializing_if = "Loose::is_absent")]
    pub(super) can_trade_acct_ids: Loose,
    #[serde(skip_serializing_if = "Loose::is_absent")]
    pub(super) order_types: Loose,
    #[serde(skip_serializing_if = "Loose::is_absent")]
    pub(super) order_types_outside: Loose,
    #[serde(skip_serializing_if = "Loose::is_absent")]
    pub(super) tif_types: Loose,
    #[serde(skip_serializing_if = "Loose::is_absent")]
    pub(super) limit_price: Loose,
    #[serde(skip_serializing_if = "Loose::is_absent")]
    pub(super) increment: Loose,
    #[serde(skip_serializing_if = "Loose::is_absent")]
    pub(super) increment_rules: Loose,
    /// What is not understood, kept.
    #[serde(flatten)]
    pub(super) other: Map<String, Value>,
}

/// A price band with its tick.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct IncrementRule {
    #[serde(skip_serializing_if = "Loose::is_absent")]
    pub(super) lower_edge: Loose,
    #[serde(skip_serializing_if = "Loose::is_absent")]
    pub(super) increment: Loose,
    /// What is not understood, kept.
    #[serde(flatten)]
    pub(super) other: Map<String, Value>,
}

/// `GET /iserver/marketdata/history`.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct History {
    #[serde(skip_serializing_if = "Loose::is_absent")]
    pub(super) volume_factor: Loose,
    #[serde(skip_serializing_if = "Loose::is_absent")]
    pub(super) data: Loose,
    /// What is not understood, kept.
    #[serde(flatten)]
    pub(super) other: Map<String, Value>,
}

/// A bar of the same.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct HistoryBar {
    #[serde(skip_serializing_if = "Loose::is_absent")]
    pub(super) t: Loose,
    #[serde(skip_serializing_if = "Loose::is_absent")]
    pub(super) o: Loose,
    #[serde(skip_serializing_if = "Loose::is_absent")]
    pub(super) h: Loose,
    #[serde(skip_serializing_if = "Loose::is_absent")]
    pub(super) l: Loose,
    #[serde(skip_serializing_if = "Loose::is_absent")]
    pub(super) c: Loose,
    #[serde(skip_serializing_if = "Loose::is_absent")]
    pub(super) v: Loose,
    /// What is not understood, kept.
    #[serde(flatten)]
    pub(super) other: Map<String, Value>,
}

/// A row of `GET /iserver/marketdata/snapshot`.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct SnapshotRow {
    #[serde(skip_serializing_if = "Loose::is_absent")]
    pub(super) conid: Loose,
    #[serde(rename = "conidEx")]
    #[serde(skip_serializing_if = "Loose::is_absent")]
    pub(super) conid_ex: Loose,
    #[serde(rename = "31")]
    #[serde(skip_serializing_if = "Loose::is_absent")]
    pub(super) last: Loose,
    #[serde(rename = "84")]
    #[serde(skip_serializing_if = "Loose::is_absent")]
    pub(super) bid: Loose,
    #[serde(rename = "86")]
    #[serde(skip_serializing_if = "Loose::is_absent")]
    pub(super) ask: Loose,
    #[serde(rename = "6509")]
    #[serde(skip_serializing_if = "Loose::is_absent")]
    pub(super) availability: Loose,
    #[serde(rename = "_updated")]
    #[serde(skip_serializing_if = "Loose::is_absent")]
    pub(super) updated: Loose,
    /// What is not understood, kept.
    #[serde(flatten)]
    pub(super) other: Map<String, Value>,
}

/// A listing in `GET /iserver/secdef/search`.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct SearchRow {
    #[serde(skip_serializing_if = "Loose::is_absent")]
    pub(super) conid: Loose,
    #[serde(skip_serializing_if = "Loose::is_absent")]
    pub(super) symbol: Loose,
    #[serde(skip_serializing_if = "Loose::is_absent")]
    pub(super) company_name: Loose,
    /// The exchange.
    #[serde(skip_serializing_if = "Loose::is_absent")]
    pub(super) description: Loose,
    #[serde(skip_serializing_if = "Loose::is_absent")]
    pub(super) sections: Loose,
    /// What is not understood, kept.
    #[serde(flatten)]
    pub(super) other: Map<String, Value>,
}

/// A section of the same.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct SearchSection {
    #[serde(skip_serializing_if = "Loose::is_absent")]
    pub(super) sec_type: Loose,
    /// What is not understood, kept.
    #[serde(flatten)]
    pub(super) other: Map<String, Value>,
}

/// Any of the answers to a placed order: accepted, question, refusal, prompt.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct PlacementRow {
    #[serde(skip_serializing_if = "Loose::is_absent")]
    pub(super) error: Loose,
    #[serde(skip_serializing_if = "Loose::is_absent")]
    pub(super) order_id: Loose,
    #[serde(skip_serializing_if = "Loose::is_absent")]
    pub(super) order_status: Loose,
    #[serde(skip_serializing_if = "Loose::is_absent")]
    pub(super) local_order_id: Loose,
    #[serde(skip_serializing_if = "Loose::is_absent")]
    pub(super) parent_order_id: Loose,
    #[serde(skip_serializing_if = "Loose::is_absent")]
    pub(super) id: Loose,
    #[serde(skip_serializing_if = "Loose::is_absent")]
    pub(super) message: Loose,
    #[serde(rename = "messageIds")]
    #[serde(skip_serializing_if = "Loose::is_absent")]
    pub(super) message_ids: Loose,
    #[serde(rename = "orderId")]
    #[serde(skip_serializing_if = "Loose::is_absent")]
    pub(super) prompt_order_id: Loose,
    #[serde(rename = "reqId")]
    #[serde(skip_serializing_if = "Loose::is_absent")]
    pub(super) request_id: Loose,
    #[serde(rename = "messageId")]
    #[serde(skip_serializing_if = "Loose::is_absent")]
    pub(super) message_id: Loose,
    #[serde(skip_serializing_if = "Loose::is_absent")]
    pub(super) text: Loose,
    /// What is not understood, kept.
    #[serde(flatten)]
    pub(super) other: Map<String, Value>,
}

/// `GET /iserver/account/order/status/{orderId}`. `size` is what remains.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct OrderStatusAnswer {
    #[serde(skip_serializing_if = "Loose::is_absent")]
    pub(super) account: Loose,
    #[serde(skip_serializing_if = "Loose::is_absent")]
    pub(super) order_id: Loose,
    #[serde(skip_serializing_if = "Loose::is_absent")]
    pub(super) order_ref: Loose,
    #[serde(skip_serializing_if = "Loose::is_absent")]
    pub(super) conid: Loose,
    #[serde(skip_serializing_if = "Loose::is_absent")]
    pub(super) side: Loose,
    #[serde(skip_serializing_if = "Loose::is_absent")]
    pub(super) order_type: Loose,
    #[serde(skip_serializing_if = "Loose::is_absent")]
    pub(super) order_status: Loose,
    #[serde(skip_serializing_if = "Loose::is_absent")]
    pub(super) size: Loose,
    #[serde(skip_serializing_if = "Loose::is_absent")]
    pub(super) total_size: Loose,
    #[serde(skip_serializing_if = "Loose::is_absent")]
    pub(super) cum_fill: Loose,
    #[serde(skip_serializing_if = "Loose::is_absent")]
    pub(super) limit_price: Loose,
    #[serde(skip_serializing_if = "Loose::is_absent")]
    pub(super) stop_price: Loose,
    #[serde(skip_serializing_if = "Loose::is_absent")]
    pub(super) average_price: Loose,
    /// What is not understood, kept.
    #[serde(flatten)]
    pub(super) other: Map<String, Value>,
}

/// `DELETE /iserver/account/{id}/order/{orderId}`.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct CancelAnswer {
    #[serde(skip_serializing_if = "Loose::is_absent")]
    pub(super) error: Loose,
    #[serde(skip_serializing_if = "Loose::is_absent")]
    pub(super) msg: Loose,
    #[serde(skip_serializing_if = "Loose::is_absent")]
    pub(super) order_id: Loose,
    /// What is not understood, kept.
    #[serde(flatten)]
    pub(super) other: Map<String, Value>,
}

/// `POST /iserver/account/{id}/orders/whatif`.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct PreviewAnswer {
    #[serde(skip_serializing_if = "Loose::is_absent")]
    pub(super) amount: Loose,
    #[serde(skip_serializing_if = "Loose::is_absent")]
    pub(super) equity: Loose,
    #[serde(skip_serializing_if = "Loose::is_absent")]
    pub(super) initial: Loose,
    #[serde(skip_serializing_if = "Loose::is_absent")]
    pub(super) maintenance: Loose,
    #[serde(skip_serializing_if = "Loose::is_absent")]
    pub(super) warn: Loose,
    /// What is not understood, kept.
    #[serde(flatten)]
    pub(super) other: Map<String, Value>,
}

/// `amount` of the same: texts such as `1,977.60 USD (10 Shares)`.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct PreviewAmount {
    #[serde(skip_serializing_if = "Loose::is_absent")]
    pub(super) amount: Loose,
    #[serde(skip_serializing_if = "Loose::is_absent")]
    pub(super) commission: Loose,
    #[serde(skip_serializing_if = "Loose::is_absent")]
    pub(super) total: Loose,
    /// What is not understood, kept.
    #[serde(flatten)]
    pub(super) other: Map<String, Value>,
}

/// A number before and after, of the same.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct PreviewChange {
    #[serde(skip_serializing_if = "Loose::is_absent")]
    pub(super) current: Loose,
    #[serde(skip_serializing_if = "Loose::is_absent")]
    pub(super) after: Loose,
    /// What is not understood, kept.
    #[serde(flatten)]
    pub(super) other: Map<String, Value>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn numbers_and_texts_stand_for_each_other() {
        let loose = |value: Value| Loose::from(value);
        assert_eq!(loose(json!(204_511)).text().unwrap(), "204511");
        assert_eq!(loose(json!("204511")).integer(), Some(204_511));
        assert_eq!(loose(json!(71.25)).decimal(), Some("71.25".parse().unwrap()));
        assert_eq!(loose(json!(1e-7)).decimal(), Some("0.0000001".parse().unwrap()));
        assert_eq!(loose(json!("TRUE")).boolean(), Some(true));
        assert_eq!(loose(json!("")).text(), None);
        assert_eq!(loose(Value::Null).decimal(), None);
        assert_eq!(loose(json!({"a": 1})).text(), None);
        assert_eq!(loose(json!(2.5)).integer(), None);
    }

    #[test]
    fn an_object_stands_for_a_list_of_one() {
        let many = json!([{"conid": 1}, {"conid": "2"}, 3]);
        let conids = |value: &Value| {
            rows(value)
                .filter_map(record::<PositionRow>)
                .filter_map(|row| row.conid.integer())
                .collect::<Vec<_>>()
        };
        assert_eq!(conids(&many), [1, 2]);
        assert_eq!(conids(&json!({"conid": 7})), [7]);
        assert_eq!(conids(&Value::Null), [0; 0]);
    }
}
