//! The step cards of an execution, for a terminal.

mod summary;

use throughline::api::dto::{LineageDto, StepDto};
use throughline::domain::records::{StepName, StepStatus};

use crate::output::{self, ACCENT, BAD, BOLD, GOOD, MUTED, WARN, styled};

/// Prints the execution: one card a step, joined by the line.
pub(crate) fn print(document: &LineageDto) {
    let execution = &document.execution;
    let sentence = execution.sentence.as_deref().unwrap_or("Under way.");
    output::line("");
    output::line(format!(
        "{}  {}",
        styled(BOLD, format!("{} · {}", execution.symbol, output::printable(sentence))),
        if document.chain_intact { styled(GOOD, "✓ chain") } else { styled(BAD, "✕ chain") }
    ));
    output::line(styled(
        MUTED,
        format!(
            "{} v{} · {} · {} · {} · {}",
            execution.strategy_name,
            execution.strategy_version,
            execution.exchange_time,
            execution.environment,
            milliseconds(execution.duration_us),
            execution.id
        ),
    ));
    output::line("");
    let mut first = true;
    for name in StepName::ALL {
        let attempts: Vec<&StepDto> =
            document.steps.iter().filter(|step| step.step_name == name.as_str()).collect();
        // Steps 9 to 11 tell the entry first; what came later to the same order follows it.
        let (main, later) = split(name, &attempts);
        let Some(main) = main else { continue };
        if !first {
            output::line(styled(ACCENT, "  ↓"));
        }
        first = false;
        card(name, main);
        for step in later {
            output::line(styled(MUTED, "  ┊ later"));
            card(name, step);
        }
    }
    output::line("");
}

fn split<'a>(name: StepName, attempts: &[&'a StepDto]) -> (Option<&'a StepDto>, Vec<&'a StepDto>) {
    let follows =
        matches!(name, StepName::TrackOrder | StepName::UpdatePosition | StepName::UpdatePortfolio);
    if follows {
        (attempts.first().copied(), attempts.iter().skip(1).copied().collect())
    } else {
        (attempts.last().copied(), Vec::new())
    }
}

fn card(name: StepName, step: &StepDto) {
    let (mark, line) = match step.status {
        StepStatus::Success => (styled(GOOD, "✓"), styled(ACCENT, "│")),
        StepStatus::Error => (styled(BAD, "✕"), styled(BAD, "│")),
        StepStatus::Started => (styled(WARN, "…"), styled(ACCENT, "│")),
        StepStatus::Skipped | StepStatus::NotRun => (styled(MUTED, "–"), styled(MUTED, "┆")),
    };
    let duration = match step.status {
        StepStatus::Skipped => "skipped".to_owned(),
        StepStatus::NotRun => "not run".to_owned(),
        _ => milliseconds(step.duration_us),
    };
    let title = title(name);
    output::line(format!(
        "  {line} {:>2}  {}{mark} {duration:>9}",
        name.number(),
        styled(BOLD, format!("{title:<50}")),
    ));
    let text = match &step.error {
        Some(error) => error.lines().map(str::to_owned).collect(),
        None => summary::lines(name, step),
    };
    for text in text {
        output::line(format!("  {line}     {}", output::printable(&text)));
    }
}

fn title(name: StepName) -> &'static str {
    match name {
        StepName::LoadStrategy => "Load strategy",
        StepName::FetchMarketData => "Fetch market data",
        StepName::CalculateIndicators => "Calculate indicators",
        StepName::GenerateCharts => "Generate charts",
        StepName::LlmAnalysis => "Analysis",
        StepName::ParseSignal => "Parse signal",
        StepName::CheckRisk => "Check risk",
        StepName::PlaceOrder => "Place order",
        StepName::TrackOrder => "Track order",
        StepName::UpdatePosition => "Update position",
        StepName::UpdatePortfolio => "Update portfolio",
        StepName::Complete => "Complete",
    }
}

fn milliseconds(micros: u64) -> String {
    format!("{}.{} ms", micros / 1000, micros % 1000 / 100)
}
