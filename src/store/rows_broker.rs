//! Rows of what a broker's account brings: approvals, corrections, evidence, blind stretches,
//! mandates. Instants are engine time.

use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::domain::{AccountId, ClientOrderId, Conid, ExecutionId};

/// Where an order stands that was put to a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ApprovalState {
    /// It waits.
    Pending,
    /// A person let it pass.
    Approved,
    /// A person said no.
    Declined,
    /// Nobody answered in time.
    Expired,
}

/// An order that was put to a person. One execution asks once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApprovalRow {
    /// The execution whose order it is.
    pub execution_id: ExecutionId,
    /// When it was asked.
    pub asked_at: Timestamp,
    /// When it lapses.
    pub expires_at: Timestamp,
    /// Where it stands.
    pub state: ApprovalState,
    /// When a person decided, or when it lapsed.
    pub decided_at: Option<Timestamp>,
    /// The order as JSON text.
    pub order_json: String,
}

/// A difference that reconciliation found, and what was made of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CorrectionRow {
    /// When it was found.
    pub at: Timestamp,
    /// Such as `missing_fill`.
    pub kind: String,
    /// Ticker symbol, if it concerns one.
    pub symbol: Option<String>,
    /// Contract, if it concerns one.
    pub conid: Option<Conid>,
    /// What was found and what was done.
    pub sentence: String,
    /// The broker's own record, as JSON text.
    pub evidence: String,
    /// It needs a person.
    pub is_alarm: bool,
}

/// One look for an order of unknown fate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderEvidenceRow {
    /// Which order.
    pub client_order_id: ClientOrderId,
    /// When it was looked for.
    pub at: Timestamp,
    /// What was looked at and what was found.
    pub sentence: String,
}

/// A stretch in which the account was not being watched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlindStretchRow {
    /// Its begin names it: a later row with the same begin replaces it.
    pub from: Timestamp,
    /// Its end; nothing while it lasts.
    pub until: Option<Timestamp>,
    /// Why.
    pub cause: String,
}

/// Permission to trade real money.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MandateRow {
    /// For which account.
    pub account_id: AccountId,
    /// When it was given; with the account it names the mandate.
    pub armed_at: Timestamp,
    /// When it ends by itself.
    pub ends_at: Timestamp,
    /// Most that one entry may cost, in the account's currency.
    pub maximum_order_value: Decimal,
    /// Most entries in one trading day.
    pub maximum_entries_per_day: u32,
    /// Entries stop for the day at this loss, in the account's currency.
    pub maximum_daily_loss: Decimal,
    /// When it was taken back, if it was.
    pub disarmed_at: Option<Timestamp>,
}
