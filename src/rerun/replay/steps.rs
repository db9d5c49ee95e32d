use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::difference::{Difference, PartOfStep, differences};
use super::recorded::{Analyses, Recorded, Unusable, parse};
use super::verdict::{ExecutionReplay, ReplayedStep, StepVerdict};
use crate::domain::records::{
    CalculateIndicatorsInput, CalculateIndicatorsOutput, CheckRiskInput, CheckRiskOutput,
    CompleteInput, CompleteOutput, GenerateChartsInput, GenerateChartsOutput, LlmAnalysisInput,
    LlmAnalysisOutput, LoadStrategyOutput, ParseSignalInput, ParseSignalOutput, StepName,
    StepStatus, Trigger,
};
use crate::executor::{Remade, closing_risk, end_of};
use crate::store::LineageRow;
use crate::strategy::Autonomy;

/// What was found of one row.
struct Found {
    verdict: StepVerdict,
    detail: String,
    differences: Vec<Difference>,
}

impl Found {
    fn plain(verdict: StepVerdict, detail: impl Into<String>) -> Self {
        Self { verdict, detail: detail.into(), differences: Vec::new() }
    }
}

/// Computes every pure step again. Takes a tenth of a second for each pair of charts.
pub(super) fn replayed(recorded: Recorded, analyses: &Analyses) -> ExecutionReplay {
    let steps = recorded
        .rows
        .iter()
        .enumerate()
        .map(|(place, row)| {
            let found = found(&recorded, analyses, place, row);
            ReplayedStep {
                step: row.row.step,
                attempt: row.row.attempt,
                sequence: row.sequence,
                status: row.row.status,
                verdict: found.verdict,
                detail: found.detail,
                differences: found.differences,
            }
        })
        .collect();
    let recorded_by = recorded.rows.first().and_then(|row| {
        let metadata: Value = serde_json::from_str(&row.row.metadata).ok()?;
        metadata.get("program_version")?.as_str().map(|text| text.chars().take(40).collect())
    });
    ExecutionReplay {
        execution_id: recorded.execution.id,
        recorded_by: recorded_by.unwrap_or_default(),
        steps,
    }
}

fn found(recorded: &Recorded, analyses: &Analyses, place: usize, row: &LineageRow) -> Found {
    match row.row.status {
        StepStatus::Success => {}
        StepStatus::Started => {
            return Found::plain(StepVerdict::AsRecorded, "The intent, written before the act.");
        }
        StepStatus::Error | StepStatus::Skipped | StepStatus::NotRun => {
            return Found::plain(StepVerdict::NotMade, "");
        }
    }
    let at = row.sequence;
    let judged = match row.row.step {
        StepName::LoadStrategy => return loaded(recorded, row),
        StepName::CalculateIndicators => recorded.run_before(at).and_then(|run| {
            let remade = run.indicators()?;
            Ok(judged::<CalculateIndicatorsInput, CalculateIndicatorsOutput>(row, &remade))
        }),
        StepName::GenerateCharts => charts(recorded, row),
        StepName::LlmAnalysis => analysis(analyses, row),
        StepName::ParseSignal => signal(recorded, row),
        StepName::CheckRisk => risk(recorded, row),
        StepName::Complete => complete(recorded, place, row),
        StepName::FetchMarketData
        | StepName::PlaceOrder
        | StepName::TrackOrder
        | StepName::UpdatePosition
        | StepName::UpdatePortfolio => return Found::plain(StepVerdict::AsRecorded, ""),
    };
    judged.unwrap_or_else(|error| {
        Found::plain(StepVerdict::NotReplayable, format!("It cannot be replayed: {error}."))
    })
}

/// The version that ran is the one that the record names.
fn loaded(recorded: &Recorded, row: &LineageRow) -> Found {
    let output: LoadStrategyOutput = match parse(StepName::LoadStrategy, &row.row.output) {
        Ok(output) => output,
        Err(error) => {
            let sentence = format!("It cannot be replayed: {error}.");
            return Found::plain(StepVerdict::NotReplayable, sentence);
        }
    };
    let Some(version) = &recorded.version else {
        let sentence = format!("It cannot be replayed: {}.", Unusable::NoVersion);
        return Found::plain(StepVerdict::NotReplayable, sentence);
    };
    let hash = blake3::hash(version.toml.as_bytes()).to_hex().to_string();
    if hash == output.version_hash {
        return Found::plain(StepVerdict::AsRecorded, "");
    }
    Found {
        verdict: StepVerdict::Differs,
        detail: "The text of the strategy's version is another than the one that ran.".to_owned(),
        differences: vec![Difference {
            part: PartOfStep::Output,
            path: "$.version_hash".to_owned(),
            recorded: Some(output.version_hash),
            replayed: Some(hash),
        }],
    }
}

fn charts(recorded: &Recorded, row: &LineageRow) -> Result<Found, Unusable> {
    let run = recorded.run_before(row.sequence)?;
    let mut found = judged::<GenerateChartsInput, GenerateChartsOutput>(row, &run.charts()?);
    let output: GenerateChartsOutput = parse(StepName::GenerateCharts, &row.row.output)?;
    if let Some(lost) = output.charts.iter().find(|chart| !recorded.has_image(&chart.image.blob)) {
        found.verdict = StepVerdict::Differs;
        found.detail = format!("The recorded image {} is missing or damaged.", lost.image.blob);
    }
    Ok(found)
}

fn analysis(analyses: &Analyses, row: &LineageRow) -> Result<Found, Unusable> {
    let recorded: LlmAnalysisOutput = parse(StepName::LlmAnalysis, &row.row.output)?;
    let analysed = match analyses.get(&row.sequence) {
        Some(Ok(analysed)) => analysed,
        Some(Err(error)) => return Err(error.clone()),
        None => return Err(Unusable::NoRecord(StepName::LlmAnalysis)),
    };
    if analysed.output.analyst.kind == "rules" {
        return Ok(judged::<LlmAnalysisInput, LlmAnalysisOutput>(row, &analysed.remade));
    }
    // The reply was paid for and stands; what the rule says beside it is computed.
    let mut expected = recorded.clone();
    if expected.baseline.is_some() {
        expected.baseline = Some(analysed.output.proposal.clone());
    }
    let output = match rewritten::<LlmAnalysisOutput>(&row.row.output) {
        Some(same) if expected == recorded => same,
        _ => serde_json::to_string(&expected).unwrap_or_default(),
    };
    let remade = Remade { input: analysed.remade.input.clone(), output };
    let mut found = judged::<LlmAnalysisInput, LlmAnalysisOutput>(row, &remade);
    if found.verdict != StepVerdict::Differs {
        found.verdict = StepVerdict::AsRecorded;
        "The reply was paid for and is taken as recorded; what it was asked with, and what the rule \
         says beside it, is the same."
            .clone_into(&mut found.detail);
    }
    Ok(found)
}

fn signal(recorded: &Recorded, row: &LineageRow) -> Result<Found, Unusable> {
    let run = recorded.run_before(row.sequence)?;
    let calculated: CalculateIndicatorsOutput =
        recorded.output(StepName::CalculateIndicators, row.sequence)?;
    let analysis: LlmAnalysisOutput = recorded.output(StepName::LlmAnalysis, row.sequence)?;
    let remade = run.signal(calculated.timeframes, &analysis)?;
    Ok(judged::<ParseSignalInput, ParseSignalOutput>(row, &remade))
}

fn risk(recorded: &Recorded, row: &LineageRow) -> Result<Found, Unusable> {
    let decides =
        matches!(recorded.execution.trigger, Trigger::Schedule | Trigger::Manual | Trigger::Replay);
    if !decides {
        let remade = closing_risk(&recorded.execution, &row.row.input)?;
        return Ok(judged::<Value, CheckRiskOutput>(row, &remade));
    }
    let run = recorded.run_before(row.sequence)?;
    let signal: ParseSignalOutput = recorded.output(StepName::ParseSignal, row.sequence)?;
    let input: CheckRiskInput = parse(StepName::CheckRisk, &row.row.input)?;
    // A person was shown what the gate had said before.
    let said: CheckRiskOutput = match recorded.before(StepName::CheckRisk, row.sequence) {
        Ok(earlier) => parse(StepName::CheckRisk, &earlier.row.output)?,
        Err(_) => parse(StepName::CheckRisk, &row.row.output)?,
    };
    let remade = run.risk(&signal, input, &said)?;
    Ok(judged::<CheckRiskInput, CheckRiskOutput>(row, &remade))
}

fn complete(recorded: &Recorded, place: usize, row: &LineageRow) -> Result<Found, Unusable> {
    let output: CompleteOutput = parse(StepName::Complete, &row.row.output)?;
    let autonomy: Option<Autonomy> =
        recorded.run_before(row.sequence).ok().map(|run| run.definition().autonomy);
    let before = &recorded.rows[..place];
    let (remade, followed) = end_of(&recorded.execution.id, autonomy, before, &output)?;
    let mut found = judged::<CompleteInput, CompleteOutput>(row, &remade);
    if !followed && found.verdict != StepVerdict::Differs {
        "Its totals were computed again; the outcome is the broker's word, or a person's, and is \
         taken as recorded."
            .clone_into(&mut found.detail);
    }
    Ok(found)
}

/// Holds a row against what is computed now.
fn judged<I, O>(row: &LineageRow, remade: &Remade) -> Found
where
    I: DeserializeOwned + Serialize,
    O: DeserializeOwned + Serialize,
{
    let (input, output) = (&row.row.input, &row.row.output);
    if *input == remade.input && *output == remade.output {
        return Found::plain(StepVerdict::Same, "");
    }
    let older = |recorded: &String, now: &String, rewritten: Option<String>| {
        recorded == now || rewritten.as_ref() == Some(now)
    };
    if older(input, &remade.input, rewritten::<I>(input))
        && older(output, &remade.output, rewritten::<O>(output))
    {
        let sentence = "The values are the same; the record is of an earlier version, whose \
                        records had fewer fields.";
        return Found::plain(StepVerdict::SameInOlderForm, sentence);
    }
    let mut all = differences(PartOfStep::Input, input, &remade.input);
    all.extend(differences(PartOfStep::Output, output, &remade.output));
    let detail = all.first().map_or_else(String::new, |first| {
        format!("The first difference is in its {} at {}.", first.part.as_str(), first.path)
    });
    Found { verdict: StepVerdict::Differs, detail, differences: all }
}

/// A record as this version writes what it reads of it: fields that it lacks get their meaning.
fn rewritten<T: DeserializeOwned + Serialize>(text: &str) -> Option<String> {
    let read: T = serde_json::from_str(text).ok()?;
    serde_json::to_string(&read).ok()
}
