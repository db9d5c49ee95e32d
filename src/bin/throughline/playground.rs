//! Prompts tried on recorded executions, in the terminal: what it would take first, then, if
//! somebody accepts it, what comes out.

use std::io::IsTerminal as _;
use std::process::ExitCode;
use std::sync::Arc;

use clap::Args;
use rust_decimal::Decimal;
use serde_json::json;
use throughline::api::dto::{
    PlaygroundArmRequest, PlaygroundArmSummaryDto, PlaygroundEstimateDto,
    PlaygroundEstimateRequest, PlaygroundPhase, PlaygroundResultDto, PlaygroundRowDto,
    PlaygroundSessionDto, PlaygroundShareDto,
};
use throughline::api::{ApiError, ErrorCode, views};
use throughline::app::Engine;
use throughline::domain::{Signal, SignalOutcome};

use crate::arguments::Json;
use crate::model::open_vault;
use crate::output::{self, ACCENT, BAD, BOLD, GOOD, MUTED, WARN, styled};
use crate::place::Place;
use crate::prompt::named;

#[derive(Debug, Args)]
pub(crate) struct Try {
    /// Id of the prompt, or id@version. It takes the place of the one of its type.
    prompt: String,
    /// Another prompt or version, beside the first.
    #[arg(long, value_name = "PROMPT")]
    against: Option<String>,
    /// Name of the model; the one that the executions used, or the only one, if left out.
    #[arg(long, value_name = "NAME")]
    model: Option<String>,
    /// An execution to try it on; may be given several times.
    #[arg(long = "execution", value_name = "ID", required_unless_present = "last")]
    executions: Vec<String>,
    /// The newest so many executions, 1 to 50.
    #[arg(long, value_name = "NUMBER", conflicts_with = "executions")]
    last: Option<u32>,
    /// The newest of this strategy.
    #[arg(long, value_name = "STRATEGY", requires = "last")]
    strategy: Option<String>,
    /// The newest on this symbol.
    #[arg(long, value_name = "SYMBOL", requires = "last")]
    symbol: Option<String>,
    /// The most that it may cost, in USD; asked for in a terminal if left out.
    #[arg(long, value_name = "USD")]
    max_cost: Option<Decimal>,
    /// Only say what it would take.
    #[arg(long)]
    estimate: bool,
    #[command(flatten)]
    json: Json,
}

/// Estimates, and goes on if that is accepted. Succeeds unless it was refused or ended early.
pub(crate) async fn try_out(place: &Place, arguments: Try) -> Result<ExitCode, ApiError> {
    let engine = Engine::open(place.options()).await?;
    let result = try_on(&engine, arguments).await;
    engine.close().await?;
    result
}

async fn try_on(engine: &Arc<Engine>, arguments: Try) -> Result<ExitCode, ApiError> {
    let as_json = arguments.json.json;
    let arm = |text: &str| {
        let prompt = named(text)?;
        Ok::<_, ApiError>(PlaygroundArmRequest { prompt, ..PlaygroundArmRequest::default() })
    };
    let mut arms = vec![arm(&arguments.prompt)?];
    arms.extend(arguments.against.as_deref().map(arm).transpose()?);
    let experiment = views::experiment(PlaygroundEstimateRequest {
        arms,
        model: arguments.model,
        execution_ids: arguments.executions,
        last: arguments.last,
        strategy_id: arguments.strategy,
        symbol: arguments.symbol,
    })?;
    open_vault(engine).await?;
    let playground = engine.playground();
    let estimate = views::playground_estimate(&playground.estimate(&experiment).await?);
    if !as_json {
        print_estimate(&estimate);
    }
    let accepted = match (arguments.estimate || estimate.refusal.is_some(), arguments.max_cost) {
        (true, _) => None,
        (false, Some(most)) => Some(most),
        (false, None) if as_json => None,
        (false, None) => accepted(&estimate)?,
    };
    let Some(accepted) = accepted else {
        if as_json {
            output::json(&json!({ "estimate": estimate, "session": null }))?;
        }
        return Ok(ExitCode::from(u8::from(estimate.refusal.is_some())));
    };
    playground.start(&experiment, accepted).await?;
    let session = follow(engine, as_json).await?;
    if as_json {
        output::json(&json!({ "estimate": estimate, "session": session }))?;
    } else {
        print_summary(&session);
    }
    Ok(ExitCode::from(u8::from(session.phase != PlaygroundPhase::Done)))
}

/// What a person in a terminal accepts; nothing where nobody is asked.
fn accepted(estimate: &PlaygroundEstimateDto) -> Result<Option<Decimal>, ApiError> {
    if !std::io::stdin().is_terminal() {
        output::line(styled(MUTED, "Nothing is asked without --max-cost USD."));
        return Ok(None);
    }
    let terminal = console::Term::stderr();
    let question = format!("Spend up to {} USD? [y/N] ", estimate.highest_cost);
    let typed = terminal.write_str(&question).and_then(|()| terminal.read_line());
    let typed = typed.map_err(|error| {
        ApiError::new(ErrorCode::InvalidRequest, format!("nothing could be read: {error}"))
    })?;
    if !matches!(typed.trim(), "y" | "Y" | "yes") {
        return Ok(None);
    }
    let highest = estimate.highest_cost.parse::<Decimal>();
    highest.map(Some).map_err(|error| ApiError::new(ErrorCode::Internal, error.to_string()))
}

/// Prints each row as it comes in. Ctrl+C cancels; what is on its way is ended.
async fn follow(engine: &Engine, as_json: bool) -> Result<PlaygroundSessionDto, ApiError> {
    let playground = engine.playground();
    let mut revisions = playground.revisions();
    let mut shown = 0;
    loop {
        // Whatever changes from here on wakes the wait below.
        revisions.mark_unchanged();
        let session = views::playground(playground.view().as_ref()).session.ok_or_else(|| {
            ApiError::new(ErrorCode::Internal, "the experiment that was begun is not there")
        })?;
        if !as_json {
            for row in &session.rows[shown.min(session.rows.len())..] {
                print_row(row, &session);
            }
            shown = session.rows.len();
        }
        if session.phase != PlaygroundPhase::Running {
            return Ok(session);
        }
        tokio::select! {
            changed = revisions.changed() => {
                // The playground outlives this wait, so that it always can tell.
                if changed.is_err() {
                    return Ok(session);
                }
            }
            interrupted = tokio::signal::ctrl_c() => {
                if interrupted.is_ok() {
                    // An error means that it has just ended.
                    let _ = playground.cancel();
                }
            }
        }
    }
}

fn print_estimate(estimate: &PlaygroundEstimateDto) {
    for arm in &estimate.arms {
        output::line(format!(
            "{}  {} {}",
            styled(BOLD, output::printable(&arm.label)),
            arm.prompt_type,
            arm.language
        ));
    }
    output::line(format!(
        "on {} executions with the model {}",
        estimate.execution_ids.len(),
        styled(ACCENT, output::printable(&estimate.model))
    ));
    for left in &estimate.left_out {
        let (id, why) = (output::printable(&left.execution_id), output::printable(&left.reason));
        output::line(format!("{} {id}: {why}", styled(WARN, "left out:")));
    }
    for note in &estimate.notes {
        output::line(format!("{} {}", styled(WARN, "note:"), output::printable(note)));
    }
    output::line(format!(
        "calls          {}, {} of them from the record at no cost; at most {} repairs",
        estimate.calls, estimate.recorded_calls, estimate.repair_calls
    ));
    output::line(format!(
        "tokens         {} in, at most {} out",
        estimate.input_tokens, estimate.most_output_tokens
    ));
    let expected = match &estimate.expected_cost {
        Some(cost) if estimate.expected_from > 0 => {
            format!("{cost} USD, as the last {} replies were long", estimate.expected_from)
        }
        Some(cost) => format!("{cost} USD"),
        None => "not known: no earlier reply of this model tells how long they are".to_owned(),
    };
    output::line(format!("expected cost  {expected}"));
    output::line(format!(
        "highest cost   {} USD at {} and {} USD for a million tokens in and out",
        styled(BOLD, &estimate.highest_cost),
        estimate.input_per_million,
        estimate.output_per_million
    ));
    for budget in &estimate.budgets {
        let scope = serde_json::to_value(budget.scope).unwrap_or_default();
        let scope = scope.as_str().unwrap_or_default().replace('_', " ");
        let of = budget.strategy_id.as_deref().map(|id| format!(" of {id}")).unwrap_or_default();
        let (left, limit) = (&budget.left, &budget.limit);
        output::line(format!("budget         {scope}{of}: {left} of {limit} USD are left"));
    }
    if let Some(refusal) = &estimate.refusal {
        output::line(format!("{} {}", styled(BAD, "refused:"), output::printable(refusal)));
    }
}

fn print_row(row: &PlaygroundRowDto, session: &PlaygroundSessionDto) {
    let run = row.run.as_ref().map_or_else(|| "made no signal".to_owned(), run_words);
    output::line(format!(
        "\n{} {}  {}",
        styled(BOLD, &row.symbol),
        row.exchange_time,
        styled(MUTED, &row.execution_id)
    ));
    output::line(format!("  the run: {run}"));
    for (arm, result) in session.estimate.arms.iter().zip(&row.arms) {
        let label = output::printable(&arm.label);
        output::line(format!("  {label}: {}", result_words(result)));
    }
    if row.arms_differ == Some(true) {
        output::line(styled(WARN, "  ≠ the two differ"));
    }
}

fn run_words(signal: &Signal) -> String {
    let outcome = match (signal.outcome, signal.actual_r_multiple) {
        (SignalOutcome::Win | SignalOutcome::Loss, Some(r)) => format!(", came to {r} R"),
        (SignalOutcome::Pending, _) => ", not closed".to_owned(),
        _ => String::new(),
    };
    format!("{}{outcome}", signal.action)
}

fn result_words(result: &PlaygroundResultDto) -> String {
    if let Some(why) = &result.undecided {
        return styled(BAD, format!("not decided: {}", output::printable(why)));
    }
    let Some(signal) = &result.signal else { return String::new() };
    let origin = match (result.asked_calls, result.recorded_calls) {
        (0, _) => "from the record".to_owned(),
        (_, 0) => format!("{} ms", result.latency_us / 1_000),
        (_, recorded) => format!("{recorded} from the record, {} ms", result.latency_us / 1_000),
    };
    let r = signal.r_multiple.map(|r| format!(" {r} R")).unwrap_or_default();
    let differs = if result.differs_from_run == Some(true) { " ≠ the run" } else { "" };
    format!(
        "{}{r}, confidence {}{}  {}\n    {}",
        styled(if result.failure.is_some() { BAD } else { GOOD }, signal.action),
        signal.confidence,
        styled(WARN, differs),
        styled(MUTED, format!("{} USD, {origin}", result.cost)),
        output::printable(&signal.reason)
    )
}

fn print_summary(session: &PlaygroundSessionDto) {
    output::line("");
    for (arm, summary) in session.estimate.arms.iter().zip(&session.summary) {
        output::line(format!(
            "{}  {}",
            styled(BOLD, output::printable(&arm.label)),
            summary_words(summary)
        ));
    }
    if let Some(PlaygroundShareDto { count, of }) = session.agreement {
        output::line(format!("both the same   {count} of {of}"));
    }
    let state = match session.phase {
        PlaygroundPhase::Done => styled(GOOD, "done:"),
        PlaygroundPhase::Cancelled => styled(WARN, "cancelled:"),
        PlaygroundPhase::Stopped => styled(BAD, "stopped:"),
        PlaygroundPhase::Running => styled(WARN, "under way:"),
    };
    let why = session.reason.as_deref().map(|why| format!("; {why}")).unwrap_or_default();
    output::line(format!(
        "{state} {} of {} executions, {} USD spent{}",
        session.done,
        session.total,
        session.spent,
        output::printable(&why)
    ));
}

fn summary_words(summary: &PlaygroundArmSummaryDto) -> String {
    let PlaygroundShareDto { count, of } = summary.agrees_with_run;
    let latency = summary.mean_latency_us.map_or_else(String::new, |mean| {
        format!(", {} ms a call (mean of {})", mean / 1_000, summary.asked_calls)
    });
    format!(
        "{} BUY, {} SELL, {} HOLD, {} unusable; as the run {count} of {of}; {} USD{latency}",
        summary.buys, summary.sells, summary.holds, summary.unusable, summary.cost
    )
}
