//! Two or three lines that answer what came in, what went out, and whether it was right.

use rust_decimal::Decimal;
use serde::de::DeserializeOwned;
use throughline::api::dto::StepDto;
use throughline::domain::records::{
    AnalysisCall, BeforeAndAfter, CalculateIndicatorsOutput, CheckRiskOutput, CompleteOutput,
    FetchMarketDataOutput, GenerateChartsOutput, LlmAnalysisOutput, LoadStrategyOutput,
    ParseSignalOutput, PlaceOrderInput, PlaceOrderOutput, PreviewRecord, RuleVerdict,
    SkippedRecord, StepName, StepStatus, TrackOrderOutput, UpdatePortfolioOutput,
    UpdatePositionOutput, Vote,
};

/// The lines of one card.
pub(super) fn lines(name: StepName, step: &StepDto) -> Vec<String> {
    if matches!(step.status, StepStatus::Skipped | StepStatus::NotRun | StepStatus::Started) {
        return read::<SkippedRecord>(step).map_or_else(Vec::new, |skipped| vec![skipped.reason]);
    }
    let lines = match name {
        StepName::LoadStrategy => read(step).as_ref().map(load_strategy),
        StepName::FetchMarketData => read(step).map(fetch_market_data),
        StepName::CalculateIndicators => read(step).as_ref().map(calculate_indicators),
        StepName::GenerateCharts => read(step).as_ref().map(generate_charts),
        StepName::LlmAnalysis => read(step).map(analysis),
        StepName::ParseSignal => read(step).map(parse_signal),
        StepName::CheckRisk => read(step).map(check_risk),
        StepName::PlaceOrder => read(step).map(|record| {
            let input = serde_json::from_value::<PlaceOrderInput>(step.input.clone()).ok();
            place_order(record, input.and_then(|input| input.preview))
        }),
        StepName::TrackOrder => read(step).as_ref().map(track_order),
        StepName::UpdatePosition => read(step).map(update_position),
        StepName::UpdatePortfolio => read(step).as_ref().map(update_portfolio),
        StepName::Complete => read(step).map(complete),
    };
    // A record of another version is still there whole, with --json.
    lines.unwrap_or_else(|| vec!["recorded in a shape that this version does not know".to_owned()])
}

fn read<T: DeserializeOwned>(step: &StepDto) -> Option<T> {
    serde_json::from_value(step.output.clone()).ok()
}

fn load_strategy(record: &LoadStrategyOutput) -> Vec<String> {
    vec![
        format!(
            "{} v{} · {} · risk {} % · {} · {} {}",
            record.name,
            record.version,
            record.symbol,
            record.risk.risk_per_trade_percent,
            record.autonomy,
            record.environment,
            record.account_id
        ),
        format!("{} · {} indicators", record.analyst.name, record.indicators.len()),
    ]
}

fn fetch_market_data(record: FetchMarketDataOutput) -> Vec<String> {
    let bars: Vec<String> = record
        .timeframes
        .iter()
        .map(|bars| format!("{} {} bars to {}", bars.count, bars.timeframe, bars.last))
        .collect();
    let mut lines = vec![format!(
        "conid {} · {} · {} · last {} {}",
        record.instrument.conid,
        record.instrument.company_name,
        bars.join(" · "),
        record.quote.last,
        record.instrument.currency
    )];
    let notes = [
        record.simulated.then(|| "simulated exchange, real daily prices".to_owned()),
        record.adjustment,
    ];
    lines.push(notes.into_iter().flatten().collect::<Vec<_>>().join(" · "));
    lines
}

fn calculate_indicators(record: &CalculateIndicatorsOutput) -> Vec<String> {
    record
        .timeframes
        .iter()
        .map(|table| {
            let values: Vec<String> = table
                .indicators
                .iter()
                .filter_map(|value| {
                    let shown = value.lines.first()?.value?.round_dp(2);
                    let wanted = ["SMA(20)", "RSI(14)", "ATR(14)", "ADX(14)"];
                    wanted
                        .contains(&value.label.as_str())
                        .then(|| format!("{} {shown}", value.label))
                })
                .collect();
            let warm = table.indicators.iter().filter(|value| value.is_warm).count();
            let all = table.indicators.len();
            format!("{}: {} · {warm} of {all} warm", table.timeframe.label(), values.join(" · "))
        })
        .collect()
}

fn generate_charts(record: &GenerateChartsOutput) -> Vec<String> {
    record
        .charts
        .iter()
        .map(|chart| {
            format!(
                "{}: {}×{} PNG, {} bars {} to {}, {}… ({} KB)",
                chart.timeframe.label(),
                chart.width,
                chart.height,
                chart.bars_shown,
                chart.first,
                chart.last,
                &chart.image.blob[..12.min(chart.image.blob.len())],
                chart.image.bytes / 1024
            )
        })
        .collect()
}

fn analysis(record: LlmAnalysisOutput) -> Vec<String> {
    let model = if record.analyst.is_language_model { "" } else { " (no language model)" };
    let mut lines = vec![format!(
        "{}{model} · {} parts · {} tokens · {} USD",
        record.analyst.name,
        record.calls.len(),
        record.total_tokens,
        record.total_cost
    )];
    lines.extend(record.calls.iter().filter(|call| call.prompt_version.is_some()).map(call));
    if let Some(baseline) = &record.baseline {
        lines.push(format!(
            "model {} · rule analyst {} on the same data",
            record.proposal.action, baseline.action
        ));
    }
    lines.push(record.proposal.reason);
    lines
}

/// One call of a model on one line.
fn call(call: &AnalysisCall) -> String {
    let latency = if call.is_reused {
        "from the record".to_owned()
    } else {
        format!("{} ms", call.latency_us / 1000)
    };
    let images: Vec<String> = call
        .images
        .iter()
        .map(|image| format!(" · image {}…", &image.blob[..12.min(image.blob.len())]))
        .collect();
    let images = images.concat();
    let problem = call.problems.first().map(|problem| format!(" · {problem}")).unwrap_or_default();
    format!(
        "{}{}: {} · prompt {}{images} · {} + {} tokens · {} USD · {latency}{problem}",
        call.purpose,
        if call.attempt > 1 { " (repair)" } else { "" },
        call.model.as_deref().unwrap_or("–"),
        call.prompt.as_deref().unwrap_or("–"),
        call.input_tokens,
        call.output_tokens,
        call.cost,
    )
}

fn parse_signal(record: ParseSignalOutput) -> Vec<String> {
    let price = |value: Option<Decimal>| value.map_or_else(|| "–".to_owned(), |v| v.to_string());
    let votes: Vec<String> = record
        .confirmation
        .votes
        .iter()
        .map(|vote| {
            let mark = match vote.vote {
                Vote::Bullish => "▲",
                Vote::Bearish => "▼",
                Vote::Neutral => "–",
            };
            format!("{mark} {}", vote.name)
        })
        .collect();
    let passed = record.checks.iter().filter(|check| check.passed).count();
    let mut lines = vec![format!(
        "{} · confidence {} · {} · {passed} of {} checks passed",
        record.action,
        record.confidence,
        votes.join("  "),
        record.checks.len()
    )];
    if record.entry_price.is_some() && record.stop_price.is_some() {
        lines.push(format!(
            "entry {} · stop {} · target {} · 1:{}",
            price(record.entry_price),
            price(record.stop_price),
            price(record.target_price),
            price(record.r_multiple)
        ));
    }
    if record.action != record.proposed_action {
        lines.push(record.reason);
    }
    lines
}

fn check_risk(record: CheckRiskOutput) -> Vec<String> {
    let mut lines = vec![record.sentence];
    for rule in record.rules {
        let note = match rule.verdict {
            RuleVerdict::Pass | RuleVerdict::NotApplicable => continue,
            RuleVerdict::Warn => "warning",
            RuleVerdict::Adjusted => "adjusted",
            RuleVerdict::Refuse => "refused",
        };
        lines.push(format!("{note} by {}: {}", rule.rule, rule.detail));
    }
    lines
}

fn place_order(record: PlaceOrderOutput, preview: Option<PreviewRecord>) -> Vec<String> {
    let mut lines: Vec<String> = record
        .legs
        .iter()
        .map(|leg| {
            format!(
                "{:<6} {} {} at {} · {} · broker id {}",
                leg.leg.as_str(),
                leg.side,
                leg.quantity,
                leg.price.map_or_else(|| "market".to_owned(), |price| price.to_string()),
                leg.status,
                leg.broker_order_id.as_ref().map_or("–", |id| id.as_str())
            )
        })
        .collect();
    for question in record.questions {
        let answer = if question.confirmed { "yes" } else { "no" };
        let text: String = question.text.replace('\n', " ").chars().take(90).collect();
        lines.push(format!("asked {}: “{text}” – {answer}", question.message_ids.join(",")));
    }
    lines.extend(record.reason);
    lines.extend(preview.map(previewed));
    lines
}

/// What the broker estimated before the first order of a strategy.
fn previewed(preview: PreviewRecord) -> String {
    match preview {
        PreviewRecord::Missing { reason } => format!("no preview of this first order: {reason}"),
        PreviewRecord::Given(figures) => {
            let shown = |amount: Option<Decimal>| {
                amount.map_or_else(|| "–".to_owned(), |it| it.to_string())
            };
            let change = |of: BeforeAndAfter| format!("{} → {}", shown(of.before), shown(of.after));
            format!(
                "preview of this first order: commission {} · initial margin {} · maintenance {}",
                shown(figures.commission),
                change(figures.initial_margin),
                change(figures.maintenance_margin)
            )
        }
    }
}

fn track_order(record: &TrackOrderOutput) -> Vec<String> {
    let mut lines: Vec<String> = record
        .fills
        .iter()
        .map(|fill| {
            format!(
                "{} {} {} at {} · commission {} · {}",
                fill.leg, fill.side, fill.quantity, fill.price, fill.commission, fill.at
            )
        })
        .collect();
    lines.push(format!(
        "{} events · {} · {} h {} min after placement",
        record.events.len(),
        record.final_status,
        record.waited_seconds / 3600,
        record.waited_seconds % 3600 / 60
    ));
    lines
}

fn update_position(record: UpdatePositionOutput) -> Vec<String> {
    let shown = |position: Option<throughline::domain::Position>| {
        position.map_or_else(
            || "none".to_owned(),
            |held| {
                format!("{} {} at {}", held.quantity, held.symbol, held.average_cost.round_dp(4))
            },
        )
    };
    let mut lines = vec![format!("{} → {}", shown(record.before), shown(record.after))];
    if let Some(trade) = record.closed_trade {
        lines.push(format!(
            "closed: {} USD net, {} R",
            trade.realized_pnl,
            trade.r_multiple.map_or_else(|| "–".to_owned(), |r| r.to_string())
        ));
    }
    lines
}

fn update_portfolio(record: &UpdatePortfolioOutput) -> Vec<String> {
    vec![
        format!("cash {} → {} USD", record.before.cash, record.after.cash),
        format!(
            "value {} → {} USD · realized {} · difference to the broker {}",
            record.before.net_liquidation,
            record.after.net_liquidation,
            record.after.realized_pnl,
            record
                .cash_difference
                .map_or_else(|| "not known".to_owned(), |difference| difference.to_string())
        ),
    ]
}

fn complete(record: CompleteOutput) -> Vec<String> {
    vec![
        record.sentence,
        format!(
            "{} steps succeeded, {} skipped · {} tokens · {} USD",
            record.steps_succeeded, record.steps_skipped, record.total_tokens, record.total_cost
        ),
    ]
}
