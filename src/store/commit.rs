use std::collections::HashMap;

use jiff::Timestamp;
use rust_decimal::Decimal;
use sqlx::SqliteConnection;

use super::Store;
use super::blob::{BlobBytes, hash_of};
use super::chain;
use super::convert::{encode, integer};
use super::error::{Attempt, Failure, StoreError};
use super::rows::{
    ExecutionRow, FillRow, NewLineageRow, OrderEventRow, OrderRow, SnapshotRow, StoredPayload,
    StoredStep, StrategyVersionRow,
};
use super::rows_broker::{
    ApprovalRow, BlindStretchRow, CorrectionRow, MandateRow, OrderEvidenceRow,
};
use super::rows_models::{BudgetScope, ModelCallRow, ModelPriceRow, ModelRow};
use super::rows_notifications::NotificationDeliveryRow;
use super::rows_prompts::PromptChange;
use super::rows_risk::RiskChange;
use super::rows_schedule::{ScheduleChange, ScheduleClaimRow};
use super::rows_signals::PastSignal;
use super::rows_symbols::SymbolChange;
use super::{
    statements, statements_broker, statements_models, statements_notifications as news,
    statements_prompts, statements_risk, statements_schedule, statements_signals,
    statements_symbols,
};
use crate::domain::{
    ClosedTrade, Conid, ExecutionId, FillId, ModelName, NewNotification, Position, Signal,
    StrategyId,
};

/// A payload above this many bytes is kept as a blob.
const LARGEST_INLINE: usize = 16 * 1024;

/// Executions whose last row is remembered, so that a step's parent need not be looked up.
const REMEMBERED_EXECUTIONS: usize = 1024;

/// How sure a commit is to outlive a power failure. Either kind outlives the process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// After a power failure the last commits may be missing, never torn.
    Ordinary,
    /// On the disk when the call returns, with everything committed before it.
    Full,
}

/// One change. A commit makes all of its changes or none.
#[derive(Debug, Clone)]
pub enum Change {
    /// Sets a value, replacing an earlier one.
    Setting {
        /// Name.
        key: String,
        /// Value.
        value: String,
    },
    /// Adds a version; the same one again with the same hash changes nothing.
    StrategyVersion(StrategyVersionRow),
    /// Switches a strategy's schedule on or off. A strategy begins switched off.
    StrategyActive {
        /// Which strategy.
        strategy_id: StrategyId,
        /// On or off.
        active: bool,
    },
    /// Puts a strategy away, or takes it into use again.
    StrategyArchived {
        /// Which strategy.
        strategy_id: StrategyId,
        /// When, wall time; nothing for into use again.
        archived_at: Option<Timestamp>,
    },
    /// Adds an execution, or replaces it by its id.
    Execution(ExecutionRow),
    /// Takes a planned run; [`StoreError::AlreadyClaimed`] if it was taken before.
    ScheduleClaim(ScheduleClaimRow),
    /// Writes down what became of planned runs.
    Schedule(ScheduleChange),
    /// Adds an order, or replaces it by our id.
    Order(OrderRow),
    /// Adds an event.
    OrderEvent(OrderEventRow),
    /// Adds a fill; one with the same fill id changes nothing.
    Fill(FillRow),
    /// Adds a position, or replaces it by strategy and instrument.
    Position(Position),
    /// Removes a position.
    PositionClosed {
        /// Whose.
        strategy_id: StrategyId,
        /// Of what.
        conid: Conid,
    },
    /// Adds a trade.
    Trade(ClosedTrade),
    /// Adds the value of a day, or replaces it.
    Snapshot(SnapshotRow),
    /// Keeps a blob under its hash.
    Blob(BlobBytes),
    /// Appends to the lineage.
    Lineage(NewLineageRow),
    /// Adds the commission of a fill for which none was reported; a known one is not changed.
    FillCommission {
        /// Which fill.
        fill_id: FillId,
        /// In the account's currency.
        commission: Decimal,
    },
    /// Replaces all closed trades of a strategy in an instrument, after a fill was corrected.
    TradesRebuilt {
        /// Whose.
        strategy_id: StrategyId,
        /// In what.
        conid: Conid,
        /// All of them, oldest first.
        trades: Vec<ClosedTrade>,
    },
    /// Adds an order that is put to a person, or replaces it by its execution.
    Approval(ApprovalRow),
    /// Adds a correction.
    Correction(CorrectionRow),
    /// Adds a look for an order.
    OrderEvidence(OrderEvidenceRow),
    /// Adds a stretch, or replaces it by its begin.
    BlindStretch(BlindStretchRow),
    /// Adds a mandate, or replaces it by account and begin.
    Mandate(MandateRow),
    /// Switches an answer to one of the broker's questions.
    QuestionAllow {
        /// The broker's id, such as `o163`.
        message_id: String,
        /// Answered without asking a person.
        is_on: bool,
    },
    /// Adds the signal of an execution; a second one of the same execution changes nothing. From
    /// then on it follows the changes of its order, its execution and its trade.
    Signal(Box<Signal>),
    /// Adds the signal of an execution that is over, with what became of it.
    PastSignal(Box<PastSignal>),
    /// Ends the lifetime of every signal that was not traded on until this instant.
    SignalsExpired(Timestamp),
    /// Adds a configured model, or replaces it by its name.
    Model(ModelRow),
    /// Removes a configured model. Its prices and calls stay.
    ModelRemoved(ModelName),
    /// Adds a price, beside the earlier ones.
    ModelPrice(ModelPriceRow),
    /// Adds a call of a model, or what became of it.
    ModelCall(Box<ModelCallRow>),
    /// Sets a budget, or takes it away.
    ModelBudget {
        /// What it covers.
        scope: BudgetScope,
        /// In USD; nothing for no limit.
        amount: Option<Decimal>,
    },
    /// Makes, edits or switches a prompt.
    Prompt(PromptChange),
    /// Limits, locks, results by strategy and day, what the watch saw.
    Risk(RiskChange),
    /// Keeps a symbol, a search, a watch-list or a set of indicators.
    Symbol(SymbolChange),
    /// Tells a person something beside what the other changes tell by themselves; a second
    /// notification of the same key changes nothing.
    Notification(NewNotification),
    /// Adds the delivery of a notification, or what became of it.
    NotificationDelivery(NotificationDeliveryRow),
}

impl Change {
    /// Sets a setting.
    pub fn setting(key: impl Into<String>, value: impl Into<String>) -> Self {
        Self::Setting { key: key.into(), value: value.into() }
    }

    fn always_writes(&self) -> bool {
        !matches!(
            self,
            Self::StrategyVersion(_)
                | Self::Fill(_)
                | Self::FillCommission { .. }
                | Self::TradesRebuilt { .. }
                | Self::PositionClosed { .. }
                | Self::ModelRemoved(_)
                | Self::ModelBudget { .. }
                | Self::Blob(_)
                | Self::Schedule(_)
                | Self::Risk(_)
                | Self::Symbol(_)
                | Self::Signal(_)
                | Self::PastSignal(_)
                | Self::SignalsExpired(_)
                | Self::Notification(_)
                | Self::NotificationDelivery(_)
        )
    }
}

/// What a commit came to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Committed {
    /// One entry for each [`Change::Lineage`], in their order.
    pub lineage: Vec<LineageLink>,
}

/// The place of an appended row in the chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineageLink {
    /// From 1, without gaps.
    pub sequence: i64,
    /// 64 hexadecimal digits.
    pub hash: String,
}

impl Store {
    /// Makes all changes in one transaction, in their order, or none of them.
    ///
    /// With [`Durability::Full`] an empty list still takes earlier commits to the disk.
    pub async fn commit(
        &self,
        changes: Vec<Change>,
        durability: Durability,
    ) -> Result<Committed, StoreError> {
        let mut guard = self.writer.lock().await;
        let Some(writer) = guard.as_mut() else {
            return Err(StoreError::NotOpenForWriting { path: self.path.clone() });
        };
        self.locate(writer.commit(changes, durability).await)
    }
}

/// The one connection that writes, and what it knows of the end of the chain.
#[derive(Debug)]
pub(super) struct Writer {
    pub(super) connection: SqliteConnection,
    synced: Durability,
    /// A transaction was begun and not seen to end: a commit failed, or its caller went away.
    open_transaction: bool,
    /// Something was committed without a full sync since the last one.
    unsynced: bool,
    /// Nothing until the end of the chain was read.
    head: Option<LineageLink>,
    /// Last row by execution.
    parents: HashMap<ExecutionId, i64>,
}

impl Writer {
    pub(super) fn new(connection: SqliteConnection) -> Self {
        Self {
            connection,
            synced: Durability::Ordinary,
            open_transaction: false,
            unsynced: true,
            head: None,
            parents: HashMap::new(),
        }
    }

    async fn commit(&mut self, changes: Vec<Change>, durability: Durability) -> Attempt<Committed> {
        if changes.is_empty() && (durability == Durability::Ordinary || !self.unsynced) {
            return Ok(Committed::default());
        }
        self.end_open_transaction().await?;
        let begin = match (durability, self.synced) {
            (Durability::Ordinary, Durability::Ordinary) | (Durability::Full, Durability::Full) => {
                "BEGIN IMMEDIATE"
            }
            // One call each: every call to the connection is a trip to its thread and back.
            (Durability::Full, Durability::Ordinary) => {
                "PRAGMA synchronous = FULL; BEGIN IMMEDIATE"
            }
            (Durability::Ordinary, Durability::Full) => {
                "PRAGMA synchronous = NORMAL; BEGIN IMMEDIATE"
            }
        };
        self.open_transaction = true;
        sqlx::query(begin).execute(&mut self.connection).await?;
        self.synced = durability;
        let committed = match self.apply_all(changes, durability).await {
            Ok(committed) => {
                let ended = sqlx::query("COMMIT").execute(&mut self.connection).await;
                ended.map(|_| committed).map_err(Failure::from)
            }
            Err(failure) => Err(failure),
        };
        match committed {
            Ok(committed) => {
                self.open_transaction = false;
                self.unsynced = durability == Durability::Ordinary;
                Ok(committed)
            }
            Err(failure) => {
                // What went wrong first is what the caller needs to hear.
                if self.end_open_transaction().await.is_err() {
                    tracing::warn!("a failed transaction could not be rolled back yet");
                }
                Err(failure)
            }
        }
    }

    /// Rolls back what a failed or abandoned commit left, and forgets what it assumed.
    async fn end_open_transaction(&mut self) -> Attempt<()> {
        if !self.open_transaction {
            return Ok(());
        }
        self.head = None;
        self.parents.clear();
        let rolled_back = sqlx::query("ROLLBACK").execute(&mut self.connection).await;
        match rolled_back {
            // SQLite ends the transaction by itself on some errors (full disk, I/O), and an
            // abandoned commit may have gone through: then there is nothing to roll back.
            Ok(_) => {}
            Err(sqlx::Error::Database(error))
                if error.message().contains("no transaction is active") => {}
            Err(error) => return Err(error.into()),
        }
        self.open_transaction = false;
        Ok(())
    }

    async fn apply_all(
        &mut self,
        changes: Vec<Change>,
        durability: Durability,
    ) -> Attempt<Committed> {
        let mut committed = Committed::default();
        // A transaction that writes nothing syncs nothing, nor what was committed before it.
        if durability == Durability::Full && !changes.iter().any(Change::always_writes) {
            statements::mark_sync(&mut self.connection).await?;
        }
        for change in changes {
            let connection = &mut self.connection;
            match change {
                Change::Setting { key, value } => {
                    statements::setting(connection, key, value).await?;
                }
                Change::StrategyVersion(row) => {
                    statements::strategy_version(connection, row).await?;
                }
                Change::StrategyActive { strategy_id, active } => {
                    statements::strategy_active(connection, strategy_id, active).await?;
                }
                Change::StrategyArchived { strategy_id, archived_at } => {
                    statements::strategy_archived(connection, strategy_id, archived_at).await?;
                }
                Change::Execution(row) => {
                    statements_signals::follow_execution(connection, &row).await?;
                    news::follow_execution(connection, &row).await?;
                    statements::execution(connection, row).await?;
                }
                Change::ScheduleClaim(row) => statements_schedule::claim(connection, row).await?,
                Change::Schedule(change) => {
                    news::follow_schedule(connection, &change).await?;
                    statements_schedule::schedule(connection, change).await?;
                }
                Change::Order(row) => {
                    statements_signals::follow_order(connection, &row).await?;
                    news::follow_order(connection, &row).await?;
                    statements::order(connection, row).await?;
                }
                Change::OrderEvent(row) => statements::order_event(connection, row).await?,
                Change::Fill(row) => {
                    statements_signals::follow_fill(connection, &row).await?;
                    statements::fill(connection, row).await?;
                }
                Change::Position(row) => statements::position(connection, row).await?,
                Change::PositionClosed { strategy_id, conid } => {
                    statements::position_closed(connection, strategy_id, conid).await?;
                }
                Change::Trade(row) => {
                    statements_signals::follow_trade(connection, &row).await?;
                    news::follow_trade(connection, &row).await?;
                    statements::trade(connection, row).await?;
                }
                Change::Snapshot(row) => statements::snapshot(connection, row).await?,
                Change::Blob(blob) => statements::blob(connection, blob).await?,
                Change::Lineage(row) => committed.lineage.push(self.append(row).await?),
                Change::FillCommission { fill_id, commission } => {
                    statements_broker::fill_commission(connection, fill_id, commission).await?;
                }
                Change::TradesRebuilt { strategy_id, conid, trades } => {
                    statements_signals::forget_trades(connection, &strategy_id, conid).await?;
                    statements_broker::trades_removed(connection, &strategy_id, conid).await?;
                    for trade in trades {
                        statements_signals::follow_trade(connection, &trade).await?;
                        statements::trade(connection, trade).await?;
                    }
                }
                Change::Approval(row) => {
                    news::follow_approval(connection, &row).await?;
                    statements_broker::approval(connection, row).await?;
                }
                Change::Correction(row) => {
                    news::follow_correction(connection, &row).await?;
                    statements_broker::correction(connection, row).await?;
                }
                Change::OrderEvidence(row) => {
                    statements_broker::order_evidence(connection, row).await?;
                }
                Change::BlindStretch(row) => {
                    news::follow_blind_stretch(connection, &row).await?;
                    statements_broker::blind_stretch(connection, row).await?;
                }
                Change::Mandate(row) => statements_broker::mandate(connection, row).await?,
                Change::QuestionAllow { message_id, is_on } => {
                    statements_broker::question_allow(connection, message_id, is_on).await?;
                }
                Change::Signal(row) => statements_signals::signal(connection, *row).await?,
                Change::PastSignal(past) => {
                    statements_signals::past_signal(connection, *past).await?;
                }
                Change::SignalsExpired(now) => {
                    statements_signals::expire(connection, now).await?;
                }
                Change::Model(row) => statements_models::model(connection, row).await?,
                Change::ModelRemoved(name) => {
                    statements_models::model_removed(connection, &name).await?;
                }
                Change::ModelPrice(row) => statements_models::model_price(connection, row).await?,
                Change::ModelCall(row) => statements_models::model_call(connection, *row).await?,
                Change::ModelBudget { scope, amount } => {
                    statements_models::model_budget(connection, scope, amount).await?;
                }
                Change::Prompt(change) => statements_prompts::prompt(connection, change).await?,
                Change::Risk(change) => statements_risk::risk(connection, change).await?,
                Change::Symbol(change) => statements_symbols::symbol(connection, change).await?,
                Change::Notification(new) => news::notification(connection, new).await?,
                Change::NotificationDelivery(row) => news::delivery(connection, row).await?,
            }
        }
        Ok(committed)
    }

    async fn append(&mut self, row: NewLineageRow) -> Attempt<LineageLink> {
        let head = match self.head.take() {
            Some(head) => head,
            None => statements::chain_head(&mut self.connection).await?,
        };
        let parent_sequence = match self.parents.get(&row.execution_id) {
            Some(sequence) => Some(*sequence),
            None => statements::last_of(&mut self.connection, &row.execution_id).await?,
        };
        let input = self.payload(row.input).await?;
        let output = self.payload(row.output).await?;
        let mut step = StoredStep {
            sequence: head.sequence + 1,
            execution_id: row.execution_id.as_str().to_owned(),
            step_name: row.step.as_str().to_owned(),
            step_number: i64::from(row.step.number()),
            attempt: i64::from(row.attempt),
            parent_sequence,
            input,
            output,
            metadata: row.metadata,
            error: row.error,
            status: super::convert::text(&row.status)?,
            // 285 years; what is longer was not measured.
            duration_us: integer(row.duration_us.min(chain::LARGEST_INTEGER))?,
            recorded_at: row.recorded_at.as_microsecond(),
            previous_hash: head.hash,
            hash: String::new(),
        };
        step.hash = chain::row_hash(&step.previous_hash, &step).map_err(encode)?;
        let link = LineageLink { sequence: step.sequence, hash: step.hash.clone() };
        statements::lineage(&mut self.connection, step).await?;
        self.head = Some(link.clone());
        if self.parents.len() >= REMEMBERED_EXECUTIONS {
            self.parents.clear();
        }
        self.parents.insert(row.execution_id, link.sequence);
        Ok(link)
    }

    async fn payload(&mut self, text: String) -> Attempt<StoredPayload> {
        if text.len() <= LARGEST_INLINE {
            return Ok(StoredPayload::Inline(text));
        }
        let hash = hash_of(text.as_bytes());
        let blob = BlobBytes { media_type: "application/json".into(), bytes: text.into_bytes() };
        statements::blob(&mut self.connection, blob).await?;
        Ok(StoredPayload::Blob(hash))
    }
}
