use crate::api::dto::{
    EvidenceDto, EvidenceVerificationDto, RedactionDto, ReplayDifferenceDto, ReplayDto,
    ReplayVerdict, ReplayedStepDto, ReplaysDto,
};
use crate::app::ExportedEvidence;
use crate::evidence::BundleVerification;
use crate::rerun::{ExecutionReplay, ReplaySummary, ReplayedStep, StepVerdict};

/// A bundle that was exported.
pub fn evidence(exported: &ExportedEvidence) -> EvidenceDto {
    EvidenceDto {
        file: exported.path.display().to_string(),
        bytes: exported.bytes,
        fingerprint: exported.fingerprint.clone(),
        rows: exported.rows,
        rows_with_content: exported.rows_with_content,
    }
}

/// What the verification of a bundle found.
pub fn evidence_verification(found: BundleVerification) -> EvidenceVerificationDto {
    EvidenceVerificationDto {
        holds: found.holds(),
        first_fault: found.first_fault.map(|fault| fault.to_string()),
        subject: found.subject.map(|subject| format!("{} {}", subject.kind, subject.name)),
        made_at: found.made_at.map(|at| at.to_string()),
        program_version: found.program_version,
        account_id: found.account_id,
        fingerprint: found.fingerprint,
        files: found.files,
        rows: found.rows,
        rows_with_content: found.rows_with_content,
        anchors: found.anchors,
        redactions: found
            .redactions
            .into_iter()
            .map(|left| RedactionDto { rule: left.rule, what: left.what, count: left.count })
            .collect(),
    }
}

/// A replay as a person reads it.
pub fn replayed(replay: ExecutionReplay) -> ReplayDto {
    let sentence = sentence(&replay);
    let holds = replay.holds();
    let mut steps: Vec<ReplayedStepDto> = replay.steps.into_iter().map(step).collect();
    steps.sort_by_key(|step| (step.step_number, step.attempt));
    ReplayDto {
        execution_id: replay.execution_id.to_string(),
        recorded_by: replay.recorded_by,
        replayed_by: env!("CARGO_PKG_VERSION").to_owned(),
        holds,
        sentence,
        steps,
    }
}

/// Many replays, with those that differ.
pub fn replays(summary: ReplaySummary, differences: Vec<ReplayDto>) -> ReplaysDto {
    let words = |of_step: std::collections::BTreeMap<&'static str, u64>| {
        of_step.into_iter().map(|(verdict, count)| (verdict.to_owned(), count)).collect()
    };
    ReplaysDto {
        executions: summary.executions,
        differing: summary.differing,
        replayed_by: env!("CARGO_PKG_VERSION").to_owned(),
        steps: summary
            .steps
            .into_iter()
            .map(|(step, of_step)| (step.as_str().to_owned(), words(of_step)))
            .collect(),
        differences,
    }
}

fn sentence(replay: &ExecutionReplay) -> String {
    let differing: Vec<&str> = replay
        .steps
        .iter()
        .filter(|step| step.verdict == StepVerdict::Differs)
        .map(|step| step.step.as_str())
        .collect();
    let same = replay.count(StepVerdict::Same) + replay.count(StepVerdict::SameInOlderForm);
    let missing = replay.count(StepVerdict::NotReplayable);
    if !differing.is_empty() {
        return format!("Not the same any more: {}.", differing.join(", "));
    }
    let steps =
        |count: usize| if count == 1 { "1 step".to_owned() } else { format!("{count} steps") };
    if missing > 0 {
        return format!(
            "{} gave the same again; {} could not be computed again, since something needed is \
             not on record.",
            steps(same),
            steps(missing),
        );
    }
    if same == 0 {
        return "Nothing in it is computed, so that there is nothing to compare.".to_owned();
    }
    format!("{} gave the same bytes again.", steps(same))
}

fn step(step: ReplayedStep) -> ReplayedStepDto {
    ReplayedStepDto {
        sequence: step.sequence,
        step_number: step.step.number(),
        step_name: step.step.as_str().to_owned(),
        attempt: step.attempt,
        status: step.status,
        verdict: match step.verdict {
            StepVerdict::Same => ReplayVerdict::Same,
            StepVerdict::SameInOlderForm => ReplayVerdict::SameInOlderForm,
            StepVerdict::Differs => ReplayVerdict::Differs,
            StepVerdict::AsRecorded => ReplayVerdict::AsRecorded,
            StepVerdict::NotReplayable => ReplayVerdict::NotReplayable,
            StepVerdict::NotMade => ReplayVerdict::NotMade,
        },
        detail: step.detail,
        differences: step
            .differences
            .into_iter()
            .map(|difference| ReplayDifferenceDto {
                part: difference.part.as_str().to_owned(),
                path: difference.path,
                recorded: difference.recorded,
                replayed: difference.replayed,
            })
            .collect(),
    }
}
