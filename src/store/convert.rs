//! Values of the domain as columns, and back.

use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::Serialize;
use serde::de::value::{Error as TextError, StrDeserializer};
use serde::de::{DeserializeOwned, IntoDeserializer};
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use super::error::{Attempt, Failure};

/// The name of an enum's variant, as it is on the wire.
pub(super) fn text<T: Serialize>(value: &T) -> Attempt<String> {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(text)) => Ok(text),
        Ok(other) => Err(encode(format!("{other} is not a text"))),
        Err(error) => Err(encode(error)),
    }
}

pub(super) fn optional_text<T: Serialize>(value: Option<&T>) -> Attempt<Option<String>> {
    value.map(text).transpose()
}

/// An unsigned count as the database keeps it.
pub(super) fn integer(value: u64) -> Attempt<i64> {
    i64::try_from(value).map_err(encode)
}

pub(super) fn encode(
    error: impl Into<Box<dyn std::error::Error + Send + Sync + 'static>>,
) -> Failure {
    Failure::Database(sqlx::Error::Encode(error.into()))
}

fn unusable(column: &'static str, value: &impl ToString) -> Failure {
    Failure::Value { column, value: value.to_string().chars().take(80).collect() }
}

/// An enum or an id.
pub(super) fn parsed<T: DeserializeOwned>(row: &SqliteRow, column: &'static str) -> Attempt<T> {
    parse_text(column, row.try_get(column)?)
}

pub(super) fn optional_parsed<T: DeserializeOwned>(
    row: &SqliteRow,
    column: &'static str,
) -> Attempt<Option<T>> {
    row.try_get::<Option<&str>, _>(column)?.map(|value| parse_text(column, value)).transpose()
}

pub(super) fn parse_text<T: DeserializeOwned>(column: &'static str, value: &str) -> Attempt<T> {
    let deserializer: StrDeserializer<'_, TextError> = value.into_deserializer();
    T::deserialize(deserializer).map_err(|_| unusable(column, &value))
}

pub(super) fn decimal(row: &SqliteRow, column: &'static str) -> Attempt<Decimal> {
    let value: &str = row.try_get(column)?;
    Decimal::from_str_exact(value).map_err(|_| unusable(column, &value))
}

pub(super) fn optional_decimal(row: &SqliteRow, column: &'static str) -> Attempt<Option<Decimal>> {
    let value: Option<&str> = row.try_get(column)?;
    value
        .map(|value| Decimal::from_str_exact(value).map_err(|_| unusable(column, &value)))
        .transpose()
}

pub(super) fn instant(row: &SqliteRow, column: &'static str) -> Attempt<Timestamp> {
    parse_instant(column, row.try_get(column)?)
}

pub(super) fn optional_instant(
    row: &SqliteRow,
    column: &'static str,
) -> Attempt<Option<Timestamp>> {
    row.try_get::<Option<i64>, _>(column)?.map(|value| parse_instant(column, value)).transpose()
}

pub(super) fn parse_instant(column: &'static str, value: i64) -> Attempt<Timestamp> {
    Timestamp::from_microsecond(value).map_err(|_| unusable(column, &value))
}

/// A count that fits the type which the domain uses for it.
pub(super) fn count<T: TryFrom<i64>>(row: &SqliteRow, column: &'static str) -> Attempt<T> {
    parse_count(column, row.try_get(column)?)
}

pub(super) fn parse_count<T: TryFrom<i64>>(column: &'static str, value: i64) -> Attempt<T> {
    T::try_from(value).map_err(|_| unusable(column, &value))
}
