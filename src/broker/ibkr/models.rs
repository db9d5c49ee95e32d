//! What the gateway sends, as loosely as it sends it: a number may be a string, a string a number,
//! anything may be absent or null, and an object may come where a list is documented.

use rust_decimal::Decimal;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::parse;

/// A value whose type the gateway does not keep to.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(transparent)]
pub(super) struct Loose(Value);

impl From<Value> for Loose {
    fn from(value: Value) -> Self {
        Self(value)
    }
}

impl Loose {
    /// A text or a number as text; nothing if it is empty.
    pub(super) fn text(&self) -> Option<String> {
        let text = match &self.0 {
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
        match &self.0 {
            Value::Bool(value) => Some(*value),
            Value::String(text) if text.eq_ignore_ascii_case("true") => Some(true),
            Value::String(text) if text.eq_ignore_ascii_case("false") => Some(false),
            _ => None,
        }
    }

    /// Texts of a list, or the one text where a list is documented.
    pub(super) fn texts(&self) -> Vec<String> {
        match &self.0 {
            Value::Array(items) => items.iter().filter_map(|v| Self(v.clone()).text()).collect(),
            _ => self.text().into_iter().collect(),
        }
    }

    /// Records of a list, or the one record where a list is documented.
    pub(super) fn records<T: DeserializeOwned>(&self) -> Vec<T> {
        rows(&self.0).filter_map(record).collect()
    }

    /// Whether there is anything but null.
    pub(super) fn is_present(&self) -> bool {
        !self.0.is_null()
    }

    /// A record; nothing if it is no object.
    pub(super) fn record<T: DeserializeOwned>(&self) -> Option<T> {
        record(&self.0)
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
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct AuthStatus {
    pub(super) authenticated: Loose,
    pub(super) connected: Loose,
    pub(super) competing: Loose,
    pub(super) message: Loose,
    pub(super) fail: Loose,
    pub(super) server_info: Loose,
}

/// `serverInfo` of several answers.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct ServerInfo {
    pub(super) server_name: Loose,
    pub(super) server_version: Loose,
}

/// `GET /iserver/accounts`.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct BrokerageAccounts {
    pub(super) accounts: Loose,
    pub(super) selected_account: Loose,
    pub(super) session_id: Loose,
    pub(super) is_paper: Loose,
    /// Not IBKR's: the sandbox's gateway says what it is.
    pub(super) sandbox: Loose,
}

/// A row of `GET /portfolio/accounts`.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct PortfolioAccount {
    pub(super) id: Loose,
    pub(super) account_id: Loose,
    pub(super) r#type: Loose,
}

/// `GET /iserver/account/orders`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct LiveOrders {
    pub(super) orders: Loose,
    pub(super) snapshot: Loose,
}

/// A row of `GET /iserver/account/orders`.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct OrderRow {
    pub(super) acct: Loose,
    pub(super) account: Loose,
    pub(super) order_id: Loose,
    #[serde(rename = "order_ref")]
    pub(super) order_ref: Loose,
    pub(super) conid: Loose,
    pub(super) side: Loose,
    pub(super) orig_order_type: Loose,
    pub(super) order_type: Loose,
    pub(super) status: Loose,
    pub(super) total_size: Loose,
    pub(super) filled_quantity: Loose,
    pub(super) remaining_quantity: Loose,
    pub(super) price: Loose,
    pub(super) aux_price: Loose,
    pub(super) avg_price: Loose,
}

/// A row of `GET /iserver/account/trades`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct TradeRow {
    pub(super) execution_id: Loose,
    pub(super) account: Loose,
    #[serde(rename = "accountCode")]
    pub(super) account_code: Loose,
    pub(super) order_ref: Loose,
    pub(super) order_id: Loose,
    pub(super) conid: Loose,
    pub(super) side: Loose,
    pub(super) size: Loose,
    pub(super) price: Loose,
    pub(super) commission: Loose,
    pub(super) liquidation_trade: Loose,
    pub(super) trade_time: Loose,
    pub(super) trade_time_r: Loose,
}

/// A row of `GET /portfolio/{id}/positions/{page}`.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct PositionRow {
    pub(super) conid: Loose,
    pub(super) contract_desc: Loose,
    pub(super) ticker: Loose,
    pub(super) position: Loose,
    pub(super) avg_cost: Loose,
    pub(super) mkt_price: Loose,
}

/// One amount of `GET /portfolio/{id}/summary`.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct SummaryAmount {
    pub(super) amount: Loose,
    pub(super) currency: Loose,
    pub(super) is_null: Loose,
    pub(super) timestamp: Loose,
    pub(super) value: Loose,
}

/// `GET /portfolio/{id}/summary`, the parts that are used.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct PortfolioSummary {
    pub(super) netliquidation: Loose,
    pub(super) totalcashvalue: Loose,
    pub(super) availablefunds: Loose,
    pub(super) grosspositionvalue: Loose,
}

/// A company in `GET /trsrv/stocks`.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct StockCompany {
    pub(super) name: Loose,
    pub(super) asset_class: Loose,
    pub(super) contracts: Loose,
}

/// A contract in `GET /trsrv/stocks`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct StockContract {
    pub(super) conid: Loose,
    pub(super) exchange: Loose,
    #[serde(rename = "isUS")]
    pub(super) is_us: Loose,
}

/// `GET /iserver/contract/{conid}/info-and-rules`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct ContractInfo {
    pub(super) con_id: Loose,
    pub(super) symbol: Loose,
    pub(super) currency: Loose,
    pub(super) company_name: Loose,
    pub(super) rules: Loose,
}

/// `rules` of the same.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct ContractRules {
    pub(super) error: Loose,
    pub(super) can_trade_acct_ids: Loose,
    pub(super) order_types: Loose,
    pub(super) order_types_outside: Loose,
    pub(super) tif_types: Loose,
    pub(super) limit_price: Loose,
    pub(super) increment: Loose,
    pub(super) increment_rules: Loose,
}

/// A price band with its tick.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct IncrementRule {
    pub(super) lower_edge: Loose,
    pub(super) increment: Loose,
}

/// `GET /iserver/marketdata/history`.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct History {
    pub(super) volume_factor: Loose,
    pub(super) data: Loose,
}

/// A bar of the same.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct HistoryBar {
    pub(super) t: Loose,
    pub(super) o: Loose,
    pub(super) h: Loose,
    pub(super) l: Loose,
    pub(super) c: Loose,
    pub(super) v: Loose,
}

/// A row of `GET /iserver/marketdata/snapshot`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct SnapshotRow {
    pub(super) conid: Loose,
    #[serde(rename = "conidEx")]
    pub(super) conid_ex: Loose,
    #[serde(rename = "31")]
    pub(super) last: Loose,
    #[serde(rename = "6509")]
    pub(super) availability: Loose,
    #[serde(rename = "_updated")]
    pub(super) updated: Loose,
}

/// Any of the answers to a placed order: accepted, question, refusal, prompt.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct PlacementRow {
    pub(super) error: Loose,
    pub(super) order_id: Loose,
    pub(super) order_status: Loose,
    pub(super) local_order_id: Loose,
    pub(super) parent_order_id: Loose,
    pub(super) id: Loose,
    pub(super) message: Loose,
    #[serde(rename = "messageIds")]
    pub(super) message_ids: Loose,
    #[serde(rename = "orderId")]
    pub(super) prompt_order_id: Loose,
    #[serde(rename = "reqId")]
    pub(super) request_id: Loose,
    #[serde(rename = "messageId")]
    pub(super) message_id: Loose,
    pub(super) text: Loose,
}

/// `GET /iserver/account/order/status/{orderId}`. `size` is what remains.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct OrderStatusAnswer {
    pub(super) account: Loose,
    pub(super) order_id: Loose,
    pub(super) order_ref: Loose,
    pub(super) conid: Loose,
    pub(super) side: Loose,
    pub(super) order_type: Loose,
    pub(super) order_status: Loose,
    pub(super) size: Loose,
    pub(super) total_size: Loose,
    pub(super) cum_fill: Loose,
    pub(super) limit_price: Loose,
    pub(super) stop_price: Loose,
    pub(super) average_price: Loose,
}

/// `DELETE /iserver/account/{id}/order/{orderId}`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct CancelAnswer {
    pub(super) error: Loose,
    pub(super) msg: Loose,
    pub(super) order_id: Loose,
}

/// `POST /iserver/account/{id}/orders/whatif`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct PreviewAnswer {
    pub(super) amount: Loose,
    pub(super) equity: Loose,
    pub(super) initial: Loose,
    pub(super) maintenance: Loose,
    pub(super) warn: Loose,
}

/// `amount` of the same: texts such as `1,977.60 USD (10 Shares)`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct PreviewAmount {
    pub(super) amount: Loose,
    pub(super) commission: Loose,
    pub(super) total: Loose,
}

/// A number before and after, of the same.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct PreviewChange {
    pub(super) current: Loose,
    pub(super) after: Loose,
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn numbers_and_texts_stand_for_each_other() {
        let loose = |value: Value| Loose(value);
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
