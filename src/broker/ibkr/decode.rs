//! Reads an answer into the adapter's records and writes it again: how a test proves that nothing
//! of an answer is lost. The engine has no use for it.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::models::{
    AuthStatus, BrokerageAccounts, CancelAnswer, ContractInfo, ContractRules, History, HistoryBar,
    IncrementRule, LedgerEntry, LiveOrders, OrderRow, OrderStatusAnswer, PlacementRow,
    PortfolioAccount, PositionRow, PreviewAmount, PreviewAnswer, PreviewChange, SearchRow,
    SearchSection, ServerInfo, SnapshotRow, StockCompany, StockContract, SummaryAmount, TradeRow,
    record,
};
use super::schedule::{Schedule, ScheduleDay, ScheduleHours};

/// Why an answer was not decoded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// The adapter does not use the endpoint.
    #[error("{endpoint} is not an endpoint that the adapter uses")]
    UnknownEndpoint {
        /// As it was asked for.
        endpoint: String,
    },
    /// It is no object, or no list of objects.
    #[error("there is {found} where an object is due")]
    NotAnObject {
        /// What is there.
        found: &'static str,
    },
    /// A record could not be written.
    #[error("a record could not be written: {cause}")]
    Unwritable {
        /// What serde said.
        cause: String,
    },
}

/// Reads `body`, the answer of `endpoint`, and writes it again. The endpoint is a method and a
/// path with `*` for what varies, such as `GET /portfolio/*/positions/*`.
pub fn decode(endpoint: &str, body: &Value) -> Result<Value, DecodeError> {
    match endpoint {
        "POST /iserver/auth/status" | "POST /iserver/auth/ssodh/init" => {
            nested(object::<AuthStatus>(body)?, "serverInfo", object::<ServerInfo>)
        }
        "GET /iserver/accounts" => object::<BrokerageAccounts>(body),
        "GET /portfolio/accounts" => list(body, object::<PortfolioAccount>),
        "GET /iserver/account/orders" if body.is_array() => list(body, object::<OrderRow>),
        "GET /iserver/account/orders" => {
            nested(object::<LiveOrders>(body)?, "orders", |rows| list(rows, object::<OrderRow>))
        }
        "GET /iserver/account/order/status/*" => object::<OrderStatusAnswer>(body),
        "GET /iserver/account/trades" => list(body, object::<TradeRow>),
        "POST /iserver/account/*/orders" | "POST /iserver/reply/*" => {
            list(body, object::<PlacementRow>)
        }
        "POST /iserver/account/*/orders/whatif" => {
            let mut preview =
                nested(object::<PreviewAnswer>(body)?, "amount", object::<PreviewAmount>)?;
            for key in ["equity", "initial", "maintenance"] {
                preview = nested(preview, key, object::<PreviewChange>)?;
            }
            Ok(preview)
        }
        "DELETE /iserver/account/*/order/*" => object::<CancelAnswer>(body),
        "GET /portfolio/*/positions/*" => list(body, object::<PositionRow>),
        "GET /portfolio/*/summary" => each(body, object::<SummaryAmount>),
        "GET /portfolio/*/ledger" => each(body, object::<LedgerEntry>),
        "GET /trsrv/stocks" => each(body, |companies| {
            list(companies, |company| {
                nested(object::<StockCompany>(company)?, "contracts", |contracts| {
                    list(contracts, object::<StockContract>)
                })
            })
        }),
        "GET /iserver/secdef/search" => list(body, |row| {
            nested(object::<SearchRow>(row)?, "sections", |sections| {
                list(sections, object::<SearchSection>)
            })
        }),
        "GET /iserver/contract/*/info-and-rules" => {
            nested(object::<ContractInfo>(body)?, "rules", |rules| {
                nested(object::<ContractRules>(rules)?, "incrementRules", |bands| {
                    list(bands, object::<IncrementRule>)
                })
            })
        }
        "GET /iserver/marketdata/history" => {
            nested(object::<History>(body)?, "data", |bars| list(bars, object::<HistoryBar>))
        }
        "GET /contract/trading-schedule" => {
            nested(object::<Schedule>(body)?, "schedules", |days| {
                each(days, |day| {
                    let day = nested(object::<ScheduleDay>(day)?, "liquid_hours", |hours| {
                        list(hours, object::<ScheduleHours>)
                    })?;
                    nested(day, "extended_hours", |hours| list(hours, object::<ScheduleHours>))
                })
            })
        }
        "GET /iserver/marketdata/snapshot" => list(body, object::<SnapshotRow>),
        _ => Err(DecodeError::UnknownEndpoint { endpoint: endpoint.into() }),
    }
}

/// An object as a record and back.
fn object<T: Serialize + DeserializeOwned>(value: &Value) -> Result<Value, DecodeError> {
    let read: T = record(value).ok_or_else(|| DecodeError::NotAnObject { found: kind(value) })?;
    serde_json::to_value(read).map_err(|error| DecodeError::Unwritable { cause: error.to_string() })
}

/// The items of a list, or the one object where a list is documented.
fn list(
    value: &Value,
    again: impl Fn(&Value) -> Result<Value, DecodeError>,
) -> Result<Value, DecodeError> {
    match value {
        Value::Array(items) => items.iter().map(again).collect(),
        other => again(other),
    }
}

/// The values of an object, by their keys.
fn each(
    value: &Value,
    again: impl Fn(&Value) -> Result<Value, DecodeError>,
) -> Result<Value, DecodeError> {
    let fields =
        value.as_object().ok_or_else(|| DecodeError::NotAnObject { found: kind(value) })?;
    fields.iter().map(|(key, value)| Ok((key.clone(), again(value)?))).collect()
}

/// A record with one of its fields read and written too. What is absent or plain stays.
fn nested(
    mut record: Value,
    key: &str,
    again: impl Fn(&Value) -> Result<Value, DecodeError>,
) -> Result<Value, DecodeError> {
    if let Some(field) = record.get_mut(key).filter(|v| v.is_object() || v.is_array()) {
        *field = again(field)?;
    }
    Ok(record)
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a truth value",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}
