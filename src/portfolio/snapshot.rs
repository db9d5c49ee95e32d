use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::domain::{Conid, Position, round_to_cents};

/// A position in a snapshot, with what it was worth.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct SnapshotPosition {
    /// What was held. In a snapshot that was made good later, stop and target are 0: where they
    /// stood is not known any more.
    #[serde(flatten)]
    pub position: Position,
    /// Price per share that it was valued at; nothing if there was none, so that it stands at its
    /// cost, and in snapshots that are older than this.
    #[ts(type = "string | null")]
    #[schemars(with = "Option<String>")]
    #[serde(default)]
    pub price: Option<Decimal>,
    /// Quantity × price, or the cost where there is no price; nothing in snapshots that are older
    /// than this.
    #[ts(type = "string | null")]
    #[schemars(with = "Option<String>")]
    #[serde(default)]
    pub value: Option<Decimal>,
}

impl SnapshotPosition {
    /// A position at the prices of its snapshot.
    pub fn valued(position: Position, prices: &BTreeMap<Conid, Decimal>) -> Self {
        let price = prices.get(&position.conid).copied();
        let value = position.quantity * price.unwrap_or(position.average_cost);
        Self { position, price, value: Some(round_to_cents(value)) }
    }
}
