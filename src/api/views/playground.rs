use super::exchange_time;
use super::signals::strategy_id;
use crate::api::dto::{
    PlaygroundArmDto, PlaygroundArmRequest, PlaygroundArmSummaryDto, PlaygroundBudgetDto,
    PlaygroundBudgetScope, PlaygroundDto, PlaygroundEstimateDto, PlaygroundEstimateRequest,
    PlaygroundLeftOutDto, PlaygroundPhase, PlaygroundRepliesDto, PlaygroundReplyDto,
    PlaygroundResultDto, PlaygroundRowDto, PlaygroundSessionDto, PlaygroundShareDto,
};
use crate::api::{ApiError, ErrorCode};
use crate::rerun::{
    Arm, ArmChoice, ArmResult, ArmSummary, BudgetLeft, Estimate, ExecutionChoice, Experiment,
    Phase, Row, SessionView, Share, summarise,
};
use crate::store::BudgetScope;

/// What is asked to be tried on what.
pub fn experiment(request: PlaygroundEstimateRequest) -> Result<Experiment, ApiError> {
    let arm = |arm: PlaygroundArmRequest| ArmChoice {
        prompt_id: arm.prompt.prompt_id,
        version: arm.prompt.version,
        text: arm.prompt.text,
        prompt_type: arm.prompt_type,
        language: arm.language,
    };
    if request.last == Some(0) {
        return Err(ApiError::new(
            ErrorCode::InvalidRequest,
            "0 executions cannot be tried on; ask for 1 or more",
        ));
    }
    Ok(Experiment {
        arms: request.arms.into_iter().map(arm).collect(),
        model: request.model.filter(|name| !name.is_empty()),
        executions: ExecutionChoice {
            ids: request.execution_ids,
            last: request.last,
            strategy_id: strategy_id(request.strategy_id.as_deref())?,
            symbol: request.symbol.filter(|symbol| !symbol.is_empty()),
        },
    })
}

/// What an experiment would take.
pub fn playground_estimate(estimate: &Estimate) -> PlaygroundEstimateDto {
    PlaygroundEstimateDto {
        model: estimate.model.clone(),
        arms: estimate.arms.iter().map(arm).collect(),
        execution_ids: estimate.executions.iter().map(ToString::to_string).collect(),
        left_out: estimate
            .left_out
            .iter()
            .map(|it| PlaygroundLeftOutDto {
                execution_id: it.execution_id.clone(),
                reason: it.reason.clone(),
            })
            .collect(),
        notes: estimate.notes.clone(),
        calls: estimate.calls,
        recorded_calls: estimate.recorded_calls,
        repair_calls: estimate.repair_calls,
        input_tokens: estimate.input_tokens,
        most_output_tokens: estimate.most_output_tokens,
        expected_cost: estimate.expected_cost.map(|cost| cost.to_string()),
        expected_from: estimate.expected_from,
        highest_cost: estimate.highest_cost.to_string(),
        input_per_million: estimate.price.input_per_million.normalize().to_string(),
        output_per_million: estimate.price.output_per_million.normalize().to_string(),
        budgets: estimate.budgets.iter().map(budget).collect(),
        refusal: estimate.refusal.clone(),
    }
}

fn arm(arm: &Arm) -> PlaygroundArmDto {
    let record = &arm.prompt.record;
    PlaygroundArmDto {
        label: arm.label.clone(),
        prompt_id: Some(record.prompt_id.clone()).filter(|id| !id.is_empty()),
        version: (!arm.is_draft).then_some(record.version),
        prompt_type: arm.prompt.prompt_type,
        language: arm.prompt.language,
    }
}

fn budget(budget: &BudgetLeft) -> PlaygroundBudgetDto {
    PlaygroundBudgetDto {
        scope: match budget.scope {
            BudgetScope::Day => PlaygroundBudgetScope::Day,
            BudgetScope::StrategyDay => PlaygroundBudgetScope::StrategyDay,
            BudgetScope::Total => PlaygroundBudgetScope::Total,
        },
        strategy_id: budget.strategy_id.as_ref().map(ToString::to_string),
        limit: budget.limit.to_string(),
        left: budget.left.to_string(),
        needed: budget.needed.to_string(),
    }
}

/// The experiment that is under way, or was the last.
pub fn playground(view: Option<&SessionView>) -> PlaygroundDto {
    PlaygroundDto { session: view.map(session) }
}

fn session(view: &SessionView) -> PlaygroundSessionDto {
    let summary = summarise(view.rows.iter().map(AsRef::as_ref), view.estimate.arms.len());
    let (phase, reason) = match &view.phase {
        Phase::Running => (PlaygroundPhase::Running, None),
        Phase::Done => (PlaygroundPhase::Done, None),
        Phase::Cancelled => (PlaygroundPhase::Cancelled, None),
        Phase::Stopped(reason) => (PlaygroundPhase::Stopped, Some(reason.clone())),
    };
    PlaygroundSessionDto {
        number: view.number,
        estimate: playground_estimate(&view.estimate),
        accepted_cost: view.accepted.normalize().to_string(),
        spent: view.spent.to_string(),
        phase,
        reason,
        under_way: view.under_way.as_ref().map(|row| row.id.to_string()),
        done: u32::try_from(view.rows.len()).unwrap_or(u32::MAX),
        total: u32::try_from(view.estimate.executions.len()).unwrap_or(u32::MAX),
        rows: view.rows.iter().map(|it| row(it)).collect(),
        summary: summary.arms.iter().map(arm_summary).collect(),
        agreement: summary.agreement.map(share),
        started_at: view.started_at.to_string(),
        ended_at: view.ended_at.map(|at| at.to_string()),
    }
}

fn share(share: Share) -> PlaygroundShareDto {
    PlaygroundShareDto { count: share.count, of: share.of }
}

fn arm_summary(summary: &ArmSummary) -> PlaygroundArmSummaryDto {
    PlaygroundArmSummaryDto {
        buys: summary.buys,
        sells: summary.sells,
        holds: summary.holds,
        unusable: summary.unusable,
        undecided: summary.undecided,
        agrees_with_run: share(summary.agrees_with_run),
        cost: summary.cost.to_string(),
        asked_calls: summary.asked_calls,
        recorded_calls: summary.recorded_calls,
        mean_latency_us: summary.mean_latency_us,
    }
}

fn row(row: &Row) -> PlaygroundRowDto {
    let execution = &row.execution;
    PlaygroundRowDto {
        execution_id: execution.id.to_string(),
        strategy_id: execution.strategy_id.to_string(),
        symbol: execution.symbol.clone(),
        as_of: execution.as_of.to_string(),
        exchange_time: exchange_time(execution.as_of),
        run: row.run.clone(),
        arms: row.arms.iter().enumerate().map(|(number, it)| result(row, number, it)).collect(),
        arms_differ: row.usable(0).zip(row.usable(1)).map(|(first, second)| first != second),
    }
}

fn result(
    row: &Row,
    number: usize,
    result: &Result<Box<ArmResult>, String>,
) -> PlaygroundResultDto {
    let nothing = PlaygroundResultDto {
        signal: None,
        failure: None,
        undecided: None,
        differs_from_run: None,
        asked_calls: 0,
        recorded_calls: 0,
        input_tokens: 0,
        output_tokens: 0,
        cost: "0".to_owned(),
        latency_us: 0,
    };
    let decided = match result {
        Ok(decided) => decided,
        Err(reason) => return PlaygroundResultDto { undecided: Some(reason.clone()), ..nothing },
    };
    let run = row.run.as_ref().map(|signal| signal.action);
    let calls = &decided.calls;
    PlaygroundResultDto {
        signal: Some(decided.signal.clone()),
        failure: decided.failure.clone(),
        differs_from_run: row.usable(number).zip(run).map(|(ours, theirs)| ours != theirs),
        asked_calls: decided.asked(),
        recorded_calls: decided.recorded(),
        input_tokens: calls.iter().map(|call| call.input_tokens).sum(),
        output_tokens: calls.iter().map(|call| call.output_tokens).sum(),
        cost: decided.cost().to_string(),
        latency_us: decided.latency_us(),
        ..nothing
    }
}

/// What was said on one execution of the last experiment.
pub fn playground_replies(
    view: Option<SessionView>,
    execution_id: &str,
) -> Result<PlaygroundRepliesDto, ApiError> {
    let shown: String = execution_id.chars().take(64).collect();
    let missing = || {
        ApiError::new(
            ErrorCode::NotFound,
            format!("the playground has no answers on execution \"{shown}\""),
        )
        .with_hint("it keeps the last experiment only, and until the engine ends")
    };
    let view = view.ok_or_else(missing)?;
    let found = view.rows.iter().find(|row| row.execution.id.as_str() == execution_id);
    let found = found.ok_or_else(missing)?;
    let replies = view.estimate.arms.iter().zip(&found.arms).map(|(arm, result)| {
        let decided = result.as_ref().ok();
        PlaygroundReplyDto {
            label: arm.label.clone(),
            action: decided.map(|it| it.signal.action),
            calls: decided.map(|it| it.calls.clone()).unwrap_or_default(),
        }
    });
    Ok(PlaygroundRepliesDto { replies: replies.collect(), row: row(found) })
}
