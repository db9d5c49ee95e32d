//! The signal of an execution: what its analysis came to, in one row.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::ExecutorError;
use super::records::{
    AnalysisCall, LlmAnalysisOutput, ParseSignalInput, ParseSignalOutput, PromptRecord, StepName,
    StepStatus, Trigger,
};
use crate::domain::{ExecutionId, Signal, SignalOutcome, SignalStatus};
use crate::store::{
    Change, Durability, ExecutionRow, FillRow, LineageRow, OrderRow, PastSignal, Store,
};

/// The setting that says that executions recorded before signals had rows have got theirs.
const FILLED_SETTING: &str = "signals_filled";

/// Kind of the analyst that is its own baseline.
const RULES: &str = "rules";

/// The signal of an execution, as it stands when it is made; nothing of a replay, which repeats a
/// decision and is none of its own.
pub(super) fn signal_of(
    execution: &ExecutionRow,
    last_price: Decimal,
    analysis: &LlmAnalysisOutput,
    parsed: &ParseSignalOutput,
) -> Option<Signal> {
    if execution.trigger == Trigger::Replay {
        return None;
    }
    let answered = analysis.calls.iter().rev().find(|call| call.model.is_some());
    let baseline = analysis.baseline.as_ref().map(|proposal| proposal.action);
    let own = (analysis.analyst.kind == RULES).then_some(analysis.proposal.action);
    Some(Signal {
        execution_id: execution.id.clone(),
        strategy_id: execution.strategy_id.clone(),
        strategy_version: execution.strategy_version,
        symbol: parsed.symbol.clone(),
        conid: parsed.conid,
        action: parsed.action,
        proposed_action: parsed.proposed_action,
        baseline_action: baseline.or(own),
        trend: parsed.trend,
        confidence: parsed.confidence,
        last_price,
        entry_price: parsed.entry_price,
        stop_price: parsed.stop_price,
        target_price: parsed.target_price,
        target_conservative: parsed.target_conservative,
        target_aggressive: parsed.target_aggressive,
        r_multiple: parsed.r_multiple,
        r_conservative: parsed.r_conservative,
        r_aggressive: parsed.r_aggressive,
        confirmation: parsed.confirmation.clone(),
        reason: parsed.reason.clone(),
        analyst_kind: analysis.analyst.kind.clone(),
        analyst_name: analysis.analyst.name.clone(),
        language: analysis.analyst.language.clone(),
        model: answered.and_then(|call| call.model.clone()),
        provider: answered.and_then(|call| call.provider.clone()),
        prompts: prompts(&analysis.calls),
        tokens: analysis.total_tokens,
        model_cost: analysis.total_cost,
        generated_at: parsed.generated_at,
        expires_at: parsed.expires_at,
        status: SignalStatus::Active,
        executed_price: None,
        executed_at: None,
        outcome: SignalOutcome::at_first(parsed.action),
        actual_r_multiple: None,
        gross_profit_loss: None,
        net_profit_loss: None,
        exit_price: None,
        exit_at: None,
        exit_cause: None,
    })
}

/// The versions that were rendered, by what for. A repair uses the version of the call it repairs.
fn prompts(calls: &[AnalysisCall]) -> BTreeMap<String, PromptRecord> {
    let mut used = BTreeMap::new();
    for call in calls {
        if let Some(prompt) = &call.prompt_version {
            used.insert(call.purpose.clone(), prompt.clone());
        }
        if let Some(system) = &call.system_version {
            used.insert(format!("{}_system", call.purpose), system.clone());
        }
    }
    used
}

/// Gives executions that were recorded before signals had rows of their own theirs, out of the
/// lineage, with what became of them. Looks once in the life of a data directory.
pub async fn fill_past_signals(store: &Store) -> Result<(), ExecutorError> {
    if store.setting(FILLED_SETTING).await?.is_some() {
        return Ok(());
    }
    let mut changes = Vec::new();
    let ids = store.executions_without_signal().await?;
    if !ids.is_empty() {
        let (orders, trades) = (store.orders().await?, store.trades().await?);
        let all_fills = store.fills().await?;
        for id in ids {
            let Some((execution, signal)) = past_signal(store, &id).await? else { continue };
            let trade = trades.iter().find(|trade| trade.entry_execution_id == id).cloned();
            let orders: Vec<OrderRow> =
                orders.iter().filter(|order| order.decided_by == id).cloned().collect();
            let is_theirs = |fill: &&FillRow| {
                orders.iter().any(|order| order.client_order_id == fill.client_order_id)
            };
            let fills = all_fills.iter().filter(is_theirs).cloned().collect();
            let past = PastSignal { signal, execution, orders, fills, trade };
            changes.push(Change::PastSignal(Box::new(past)));
        }
        tracing::info!(signals = changes.len(), "signals were read out of the lineage");
    }
    changes.push(Change::setting(FILLED_SETTING, "1"));
    store.commit(changes, Durability::Ordinary).await?;
    Ok(())
}

async fn past_signal(
    store: &Store,
    id: &ExecutionId,
) -> Result<Option<(ExecutionRow, Signal)>, ExecutorError> {
    let Some(execution) = store.execution(id).await? else { return Ok(None) };
    let rows = store.lineage_of(id).await?;
    let last = |step: StepName| -> Option<&LineageRow> {
        rows.iter().rfind(|row| row.row.step == step && row.row.status == StepStatus::Success)
    };
    let (Some(analysed), Some(parsed)) = (last(StepName::LlmAnalysis), last(StepName::ParseSignal))
    else {
        return Ok(None);
    };
    // A record of a shape that this version does not know gives no signal, and is shown as it is.
    let read = || -> Result<Option<Signal>, serde_json::Error> {
        let analysis: LlmAnalysisOutput = serde_json::from_str(&analysed.row.output)?;
        let input: ParseSignalInput = serde_json::from_str(&parsed.row.input)?;
        let output: ParseSignalOutput = serde_json::from_str(&parsed.row.output)?;
        Ok(signal_of(&execution, input.last_price, &analysis, &output))
    };
    match read() {
        Ok(signal) => Ok(signal.map(|signal| (execution, signal))),
        Err(error) => {
            tracing::warn!(%error, execution = %id, "a recorded signal could not be read");
            Ok(None)
        }
    }
}
