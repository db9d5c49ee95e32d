//! Reads what belongs into a bundle out of the store.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::ExportError;
use super::anchors::{Anchor, Anchors};
use super::bundle::{ChainLine, ChainRecord, Redaction, SubjectRecord, content_name};
use super::container::PackedFile;
use crate::calendar::Calendar;
use crate::domain::records::LoadStrategyOutput;
use crate::domain::{ClientOrderId, ExecutionId, PromptId};
use crate::lineage::blobs_in;
use crate::store::chain::{Envelope, GENESIS};
use crate::store::{
    ExecutionFilter, ExecutionRow, OrderRow, Page, Store, StoredPayload, StoredStep,
};

/// Rows of the chain in one bundle at most: some 70 MB.
const MOST_ROWS: i64 = 100_000;

/// Rows and executions that are read at a time.
const PAGE: u32 = 500;

const JSON: &str = "application/json";
const TEXT: &str = "text/plain";

/// What a bundle is to be about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// One execution.
    Execution(ExecutionId),
    /// One order, with the executions that placed it and changed it.
    Order(ClientOrderId),
    /// Every execution of a day at the exchange.
    Day(Date),
}

impl Subject {
    /// As the manifest names it.
    pub fn record(&self) -> SubjectRecord {
        let (kind, name) = match self {
            Self::Execution(id) => ("execution", id.to_string()),
            Self::Order(id) => ("order", id.to_string()),
            Self::Day(day) => ("day", day.to_string()),
        };
        SubjectRecord { kind: kind.to_owned(), name }
    }

    async fn executions(&self, store: &Store) -> Result<Vec<ExecutionRow>, ExportError> {
        let missing = || ExportError::Missing(self.record());
        match self {
            Self::Execution(id) => Ok(vec![store.execution(id).await?.ok_or_else(missing)?]),
            Self::Order(id) => {
                let order = store.order(id).await?.ok_or_else(missing)?;
                let ids: BTreeSet<ExecutionId> = [order.execution_id, order.decided_by].into();
                let mut found = Vec::new();
                for id in ids {
                    found.extend(store.execution(&id).await?);
                }
                Ok(found)
            }
            Self::Day(day) => {
                let filter = ExecutionFilter {
                    from: Some(midnight(*day)?),
                    until: Some(midnight(day.tomorrow().map_err(ExportError::Time)?)?),
                    ..ExecutionFilter::default()
                };
                let mut found = Vec::new();
                loop {
                    let offset = u32::try_from(found.len()).unwrap_or(u32::MAX);
                    let page =
                        store.found_executions(&filter, Page { offset, limit: PAGE }).await?;
                    if page.is_empty() {
                        break;
                    }
                    found.extend(page);
                }
                if found.is_empty() { Err(missing()) } else { Ok(found) }
            }
        }
    }
}

fn midnight(day: Date) -> Result<Timestamp, ExportError> {
    let zone: TimeZone = Calendar::nyse().zone().clone();
    Ok(day.to_zoned(zone).map_err(ExportError::Time)?.timestamp())
}

/// Everything of a bundle but its manifest, its signature and its verifier.
pub(super) struct Collected {
    pub(super) chain: Option<ChainRecord>,
    pub(super) chain_lines: Vec<ChainLine>,
    /// As they stand in the file of the data directory.
    pub(super) anchor_lines: Vec<String>,
    pub(super) records: Value,
    pub(super) broker: Value,
    pub(super) content: Vec<PackedFile>,
    pub(super) redactions: Vec<Redaction>,
}

/// Reads everything. `anchors` are those that may be in the bundle.
pub(super) async fn collect(
    store: &Store,
    subject: &Subject,
    anchors: &[&(String, Anchor)],
) -> Result<Collected, ExportError> {
    let executions = subject.executions(store).await?;
    let mut content = Content { store, files: BTreeMap::new() };
    let mut steps: BTreeMap<i64, StoredStep> = BTreeMap::new();
    for execution in &executions {
        let rows = store.stored_steps_of(&execution.id).await?;
        steps.extend(rows.into_iter().map(|row| (row.sequence, row)));
    }
    for step in steps.values() {
        content.take_row(step).await?;
    }
    let extent = steps.keys().next().copied().zip(steps.keys().next_back().copied());
    let (chain_lines, anchor_lines) = match extent {
        Some((first, last)) => chain(store, &steps, first, last, anchors).await?,
        None => (Vec::new(), Vec::new()),
    };
    let chain = chain_lines.first().zip(chain_lines.last()).map(|(first, last)| ChainRecord {
        first_sequence: first.envelope.sequence,
        last_sequence: last.envelope.sequence,
        previous_hash: first.previous_hash.clone(),
        last_hash: last.hash.clone(),
        rows_with_content: steps.len() as u64,
    });
    let records = records(store, &executions, &steps, &mut content).await?;
    let broker = broker(store, subject, &executions).await?;
    let others = chain_lines.len() - steps.len();
    let redactions = vec![
        Redaction {
            rule: "secrets_have_no_written_form".to_owned(),
            what: "Keys, passwords and session tokens are of a type that cannot be written: no \
                   record ever held one, so that none had to be taken out."
                .to_owned(),
            count: 0,
        },
        Redaction {
            rule: "other_executions".to_owned(),
            what: "Rows of the chain that belong to other executions stand here by their hashes, \
                   without their content."
                .to_owned(),
            count: others as u64,
        },
    ];
    let content = content
        .files
        .into_iter()
        .map(|(hash, (media_type, bytes))| PackedFile {
            name: content_name(&hash, &media_type),
            bytes,
        })
        .collect();
    Ok(Collected { chain, chain_lines, anchor_lines, records, broker, content, redactions })
}

/// The rows from the last anchor before the first of ours to the first anchor after the last, or as
/// far as such an anchor lies within reach.
async fn chain(
    store: &Store,
    steps: &BTreeMap<i64, StoredStep>,
    first: i64,
    last: i64,
    anchors: &[&(String, Anchor)],
) -> Result<(Vec<ChainLine>, Vec<String>), ExportError> {
    let sequence = |anchor: &&&(String, Anchor)| anchor.1.body.sequence;
    let before = anchors.iter().rfind(|anchor| sequence(anchor) < first);
    let after = anchors.iter().find(|anchor| sequence(anchor) >= last);
    // Without an anchor before them the chain begins with its first row.
    let mut from = before.map_or(1, |anchor| anchor.1.body.sequence + 1);
    let mut to = after.map_or(last, |anchor| anchor.1.body.sequence);
    let mut before = before;
    if last - from >= MOST_ROWS {
        (from, before) = (first, None);
    }
    if to - from >= MOST_ROWS {
        to = last;
    }
    if to - from >= MOST_ROWS {
        return Err(ExportError::TooLong { rows: to - from + 1, most: MOST_ROWS });
    }
    let mut lines: Vec<ChainLine> = Vec::new();
    let mut at = from - 1;
    while at < to {
        let page = store.stored_steps_after(at, PAGE).await?;
        let Some(newest) = page.last() else { break };
        at = newest.sequence;
        lines.extend(page.into_iter().filter(|step| step.sequence <= to).map(|step| ChainLine {
            has_content: steps.contains_key(&step.sequence),
            envelope: Envelope::of(&step),
            previous_hash: step.previous_hash,
            hash: step.hash,
        }));
    }
    let previous = lines.first().map_or(GENESIS, |line| line.previous_hash.as_str());
    let holds = |anchor: &&&(String, Anchor)| {
        let body = &anchor.1.body;
        (body.sequence == from - 1 && body.hash == previous)
            || lines
                .iter()
                .any(|line| line.envelope.sequence == body.sequence && line.hash == body.hash)
    };
    // What does not hold here is found by the verification of the chain, and is no evidence.
    let within = |anchor: &&&(String, Anchor)| (from - 1..=to).contains(&sequence(anchor));
    let kept = anchors.iter().filter(|anchor| before.is_some() || sequence(anchor) >= first);
    let kept = kept.filter(within).filter(holds).map(|anchor| anchor.0.clone());
    let kept: Vec<String> = kept.collect();
    Ok((lines, kept))
}

/// Texts and images by hash.
struct Content<'a> {
    store: &'a Store,
    files: BTreeMap<String, (String, Vec<u8>)>,
}

impl Content<'_> {
    fn take_text(&mut self, text: &str, media_type: &str) -> String {
        let hash = blake3::hash(text.as_bytes()).to_hex().to_string();
        let file = || (media_type.to_owned(), text.as_bytes().to_vec());
        self.files.entry(hash.clone()).or_insert_with(file);
        hash
    }

    async fn take_blob(&mut self, hash: &str, media_type: Option<&str>) -> Result<(), ExportError> {
        if self.files.contains_key(hash) {
            return Ok(());
        }
        let missing = || ExportError::NoBlob(hash.to_owned());
        let (stored_type, bytes) = self.store.blob(hash).await?.ok_or_else(missing)?;
        let media_type = media_type.map_or(stored_type, ToOwned::to_owned);
        self.files.insert(hash.to_owned(), (media_type, bytes));
        Ok(())
    }

    /// The texts of a row, and whatever they refer to.
    async fn take_row(&mut self, step: &StoredStep) -> Result<(), ExportError> {
        let mut texts = Vec::new();
        for payload in [&step.input, &step.output] {
            let text = match payload {
                StoredPayload::Inline(text) => text.clone(),
                StoredPayload::Blob(hash) => {
                    let missing = || ExportError::NoBlob(hash.clone());
                    let (_, bytes) = self.store.blob(hash).await?.ok_or_else(missing)?;
                    String::from_utf8(bytes).map_err(|_| missing())?
                }
                StoredPayload::Contradictory => {
                    return Err(ExportError::Unreadable { sequence: step.sequence });
                }
            };
            self.take_text(&text, JSON);
            texts.push(text);
        }
        self.take_text(&step.metadata, JSON);
        texts.push(step.metadata.clone());
        if let Some(error) = &step.error {
            self.take_text(error, TEXT);
            texts.push(error.clone());
        }
        for text in texts {
            for (hash, media_type) in blobs_in(&text) {
                self.take_blob(&hash, Some(&media_type)).await?;
            }
        }
        Ok(())
    }
}

/// Where to find what, for a reader: executions with their rows, strategies and prompts.
async fn records(
    store: &Store,
    executions: &[ExecutionRow],
    steps: &BTreeMap<i64, StoredStep>,
    content: &mut Content<'_>,
) -> Result<Value, ExportError> {
    let mut listed = Vec::new();
    let mut strategies = Vec::new();
    let mut prompts = BTreeMap::new();
    for execution in executions {
        let id = execution.id.as_str();
        let rows: Vec<Value> = steps
            .values()
            .filter(|step| step.execution_id == id)
            .map(|step| {
                json!({
                    "sequence": step.sequence,
                    "step": step.step_name,
                    "attempt": step.attempt,
                    "status": step.status,
                })
            })
            .collect();
        listed.push(json!({
            "execution_id": id,
            "strategy_id": execution.strategy_id,
            "strategy_version": execution.strategy_version,
            "symbol": execution.symbol,
            "model": execution.model,
            "trigger": execution.trigger,
            "as_of": execution.as_of.to_string(),
            "status": execution.status,
            "outcome": execution.outcome,
            "sentence": execution.sentence,
            "started_at": execution.started_at.to_string(),
            "finished_at": execution.finished_at.map(|at| at.to_string()),
            "rows": rows,
        }));
        let (strategy, version) = (&execution.strategy_id, execution.strategy_version);
        if let Some(row) = store.strategy_version(strategy, version).await? {
            let hash = content.take_text(&row.toml, TEXT);
            let known = json!({ "strategy_id": strategy, "version": version, "content": hash });
            if !strategies.contains(&known) {
                strategies.push(known);
            }
        }
        for row in store.lineage_of(&execution.id).await? {
            // What cannot be read names no prompt; the row itself is in the bundle.
            let Ok(loaded) = serde_json::from_str::<LoadStrategyOutput>(&row.row.output) else {
                continue;
            };
            for prompt in loaded.analyst.prompts {
                let Ok(prompt_id) = PromptId::new(prompt.prompt_id.clone()) else { continue };
                let found = store.prompt_version(&prompt_id, prompt.version).await?;
                if let Some(found) = found {
                    let hash = content.take_text(&found.text, TEXT);
                    prompts.insert(
                        (prompt.prompt_id.clone(), prompt.version),
                        json!({
                            "prompt_id": prompt.prompt_id,
                            "version": prompt.version,
                            "content": hash,
                        }),
                    );
                }
            }
        }
    }
    let prompts: Vec<Value> = prompts.into_values().collect();
    Ok(json!({ "executions": listed, "strategies": strategies, "prompts": prompts }))
}

/// Orders with everything that the broker said of them, and what a person did.
async fn broker(
    store: &Store,
    subject: &Subject,
    executions: &[ExecutionRow],
) -> Result<Value, ExportError> {
    let mut orders: Vec<OrderRow> = Vec::new();
    match subject {
        Subject::Order(id) => orders.extend(store.order(id).await?),
        Subject::Execution(_) | Subject::Day(_) => {
            let ids: BTreeSet<&ExecutionId> = executions.iter().map(|row| &row.id).collect();
            let all = store.orders().await?;
            orders.extend(all.into_iter().filter(|order| {
                ids.contains(&order.execution_id) || ids.contains(&order.decided_by)
            }));
        }
    }
    let ids: Vec<ClientOrderId> =
        orders.iter().map(|order| order.client_order_id.clone()).collect();
    let events = if ids.is_empty() { Vec::new() } else { store.order_events(&ids).await? };
    let mut fills = Vec::new();
    let mut looks = Vec::new();
    let holders: BTreeSet<&ExecutionId> = orders.iter().map(|order| &order.execution_id).collect();
    for id in holders {
        let of_ours = store.fills_of(id).await?.into_iter();
        fills.extend(of_ours.filter(|fill| ids.contains(&fill.client_order_id)));
    }
    for id in &ids {
        looks.extend(store.order_evidence(id).await?);
    }
    let mut approvals = Vec::new();
    for execution in executions {
        if let Some(row) = store.approval(&execution.id).await? {
            approvals.push(json!({
                "execution_id": row.execution_id,
                "asked_at": row.asked_at.to_string(),
                "expires_at": row.expires_at.to_string(),
                "state": row.state,
                "decided_at": row.decided_at.map(|at| at.to_string()),
                "order": row.order_json,
            }));
        }
    }
    Ok(json!({
        "orders": orders.iter().map(order).collect::<Vec<_>>(),
        "events": events.iter().map(|row| json!({
            "client_order_id": row.client_order_id,
            "at": row.at.to_string(),
            "status": row.status,
            "filled_quantity": row.filled_quantity,
            "remaining_quantity": row.remaining_quantity,
            "words": row.words,
        })).collect::<Vec<_>>(),
        "fills": fills.iter().map(|row| json!({
            "fill_id": row.fill.fill_id,
            "broker_order_id": row.fill.broker_order_id,
            "conid": row.fill.conid,
            "side": row.fill.side,
            "quantity": row.fill.quantity,
            "price": row.fill.price,
            "commission": row.fill.commission,
            "is_commission_known": row.fill.is_commission_known,
            "is_liquidation": row.fill.is_liquidation,
            "at": row.fill.at.to_string(),
            "client_order_id": row.client_order_id,
            "execution_id": row.execution_id,
            "leg": row.leg,
            "symbol": row.symbol,
            "corrects": row.corrects,
        })).collect::<Vec<_>>(),
        "looks": looks.iter().map(|row| json!({
            "client_order_id": row.client_order_id,
            "at": row.at.to_string(),
            "sentence": row.sentence,
        })).collect::<Vec<_>>(),
        "approvals": approvals,
    }))
}

fn order(row: &OrderRow) -> Value {
    json!({
        "client_order_id": row.client_order_id,
        "broker_order_id": row.broker_order_id,
        "execution_id": row.execution_id,
        "decided_by": row.decided_by,
        "strategy_id": row.strategy_id,
        "account_id": row.account_id,
        "conid": row.conid,
        "symbol": row.symbol,
        "leg": row.leg,
        "side": row.side,
        "order_type": row.order_type,
        "quantity": row.quantity,
        "price": row.price,
        "aux_price": row.aux_price,
        "time_in_force": row.time_in_force,
        "good_till": row.good_till.map(|at| at.to_string()),
        "status": row.status,
        "filled_quantity": row.filled_quantity,
        "average_price": row.average_price,
        "commission": row.commission,
        "reason": row.reason,
        "created_at": row.created_at.to_string(),
        "updated_at": row.updated_at.to_string(),
    })
}

/// The anchors that a key's owner can put into a bundle: those that hold by themselves and are signed
/// by this key or by none.
pub(super) fn usable<'a>(anchors: &'a Anchors, public_key: &str) -> Vec<&'a (String, Anchor)> {
    let is_ours = |anchor: &Anchor| {
        anchor.body.public_key.as_ref().is_none_or(|key| key == public_key)
            && anchor.check_signature().is_ok()
    };
    anchors.lines.iter().filter(|(_, anchor)| is_ours(anchor)).collect()
}
