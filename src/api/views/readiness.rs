//! How far a strategy is on the way from the connection to the lineage, from facts alone.

use super::strategies::next_run;
use super::strategy_forms::facts_of;
use crate::api::ApiError;
use crate::api::dto::{ReadinessDto, ReadinessPlace, ReadinessStageDto, ReadinessState};
use crate::app::Engine;
use crate::domain::GatewayState;
use crate::domain::records::StepName;
use crate::store::{ExecutionRow, StoredStep, StrategyRow};
use crate::strategy::{FormProblem, StrategyDefinition, StrategyForm};

/// The thirteen stages of a strategy, in the order of the workflow.
pub async fn readiness(engine: &Engine, id: &str) -> Result<ReadinessDto, ApiError> {
    let row = engine.strategy(id).await?;
    let definition: StrategyDefinition = row.version.toml.parse()?;
    let form = StrategyForm::of(&definition);
    let facts = facts_of(engine, &form).await?;
    let mut stages = vec![
        connected(engine),
        symbols(&form, &facts),
        indicators(&form, &facts),
        analyst(&form, &facts),
        strategy(&row, &facts),
        schedule(engine, &row, &definition),
    ];
    let store = engine.store();
    let newest = store.executions(Some(&row.version.strategy_id), 1).await?.into_iter().next();
    let steps = match &newest {
        Some(execution) => store.stored_steps_of(&execution.id).await?,
        None => Vec::new(),
    };
    stages.extend(OF_A_RUN.iter().map(|stage| of_a_run(stage, newest.as_ref(), &steps)));
    Ok(ReadinessDto { strategy_id: row.version.strategy_id.to_string(), stages })
}

/// What the broker, the models and the prompts say about a strategy, by the field of its form.
pub(super) struct Facts {
    pub(super) problems: Vec<FormProblem>,
    pub(super) warnings: Vec<FormProblem>,
}

impl Facts {
    /// What is said of a field and of what is inside of it.
    fn of(&self, field: &str) -> Option<(ReadinessState, String)> {
        let concerns = |problem: &&FormProblem| {
            let rest = problem.field.strip_prefix(field);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        let words = |found: &FormProblem| found.message.clone();
        let missing = self.problems.iter().find(concerns).map(words);
        let attention = self.warnings.iter().find(concerns).map(words);
        missing
            .map(|words| (ReadinessState::Missing, words))
            .or_else(|| attention.map(|words| (ReadinessState::Attention, words)))
    }
}

fn stage(
    name: &str,
    (state, sentence): (ReadinessState, String),
    place: ReadinessPlace,
) -> ReadinessStageDto {
    let stage = name.to_owned();
    ReadinessStageDto { stage, state, sentence, place, execution_id: None, step: None }
}

fn ready(sentence: impl Into<String>) -> (ReadinessState, String) {
    (ReadinessState::Ready, sentence.into())
}

fn connected(engine: &Engine) -> ReadinessStageDto {
    let state = engine.session().view().state;
    let found = if state == GatewayState::Ready {
        ready("The session with the broker stands.")
    } else {
        (ReadinessState::Missing, format!("{}.", state.words()))
    };
    stage("connected", found, ReadinessPlace::Connection)
}

fn symbols(form: &StrategyForm, facts: &Facts) -> ReadinessStageDto {
    let found = facts
        .of("symbols")
        .unwrap_or_else(|| ready(format!("The broker knows {}.", form.symbols.join(", "))));
    stage("symbol", found, ReadinessPlace::Symbols)
}

fn indicators(form: &StrategyForm, facts: &Facts) -> ReadinessStageDto {
    let found = facts.of("indicators").unwrap_or_else(|| match form.indicators.len() {
        1 => ready("One indicator, its parameters in range."),
        count => ready(format!("{count} indicators, their parameters in range.")),
    });
    stage("indicators", found, ReadinessPlace::Indicators)
}

fn analyst(form: &StrategyForm, facts: &Facts) -> ReadinessStageDto {
    if form.analyst.kind != "model" {
        let words = "The built-in rule analyst needs no prompt.";
        return stage("prompt", ready(words), ReadinessPlace::Analyst);
    }
    if let Some(found) = facts.of("analyst.model") {
        return stage("prompt", found, ReadinessPlace::Models);
    }
    let found = facts.of("analyst").unwrap_or_else(|| {
        ready(format!("{} is asked under prompts that are there.", form.analyst.model))
    });
    stage("prompt", found, ReadinessPlace::Analyst)
}

fn strategy(row: &StrategyRow, facts: &Facts) -> ReadinessStageDto {
    let version = row.version.version;
    let found = if row.archived_at.is_some() {
        (ReadinessState::Missing, "It is archived, and nothing archived runs.".to_owned())
    } else if let Some(problem) = facts.problems.first() {
        (ReadinessState::Missing, problem.message.clone())
    } else {
        ready(format!("Version {version} is whole."))
    };
    stage("strategy", found, ReadinessPlace::Strategy)
}

fn schedule(
    engine: &Engine,
    row: &StrategyRow,
    definition: &StrategyDefinition,
) -> ReadinessStageDto {
    let found = match &definition.schedule {
        None => (ReadinessState::Missing, "It has no schedule and runs by hand only.".to_owned()),
        Some(_) if !row.active => {
            (ReadinessState::Missing, "Its schedule is switched off.".to_owned())
        }
        Some(schedule) => match next_run(schedule, engine.now()) {
            None => (
                ReadinessState::Attention,
                "None of the times that it names is a trading day.".to_owned(),
            ),
            Some(_) if engine.parts().halt.state().is_some() => {
                (ReadinessState::Attention, "It is switched on, and trading is halted.".to_owned())
            }
            Some(_) => ready(format!("{}.", schedule.words())),
        },
    };
    stage("schedule", found, ReadinessPlace::Schedule)
}

/// A stage that comes with a run.
struct OfARun {
    name: &'static str,
    step: StepName,
    /// What it is called before there was a run.
    awaited: &'static str,
    done: &'static str,
    place: ReadinessPlace,
}

const OF_A_RUN: [OfARun; 7] = [
    OfARun {
        name: "chart",
        step: StepName::GenerateCharts,
        awaited: "The first run draws the charts.",
        done: "The newest run drew its charts.",
        place: ReadinessPlace::Lineage,
    },
    OfARun {
        name: "signal",
        step: StepName::ParseSignal,
        awaited: "The first run gives a signal.",
        done: "The newest run gave a signal.",
        place: ReadinessPlace::Lineage,
    },
    OfARun {
        name: "order",
        step: StepName::PlaceOrder,
        awaited: "An order follows a signal that the limits let pass.",
        done: "The newest run placed its order.",
        place: ReadinessPlace::Orders,
    },
    OfARun {
        name: "position",
        step: StepName::UpdatePosition,
        awaited: "A position follows a filled order.",
        done: "The newest run changed the position.",
        place: ReadinessPlace::Portfolio,
    },
    OfARun {
        name: "tracking",
        step: StepName::TrackOrder,
        awaited: "An order is followed until it has come to its end.",
        done: "The newest run followed its order to the end.",
        place: ReadinessPlace::Orders,
    },
    OfARun {
        name: "portfolio",
        step: StepName::UpdatePortfolio,
        awaited: "The portfolio follows the position.",
        done: "The newest run brought the portfolio up to date.",
        place: ReadinessPlace::Portfolio,
    },
    OfARun {
        name: "lineage",
        step: StepName::Complete,
        awaited: "Every step of a run is written down.",
        done: "The newest run is written down from its first step to its last.",
        place: ReadinessPlace::Lineage,
    },
];

/// A stage as the newest run of the strategy left it.
fn of_a_run(
    run: &OfARun,
    newest: Option<&ExecutionRow>,
    steps: &[StoredStep],
) -> ReadinessStageDto {
    let Some(execution) = newest else {
        return stage(
            run.name,
            (ReadinessState::NotYet, run.awaited.to_owned()),
            ReadinessPlace::Run,
        );
    };
    let last = steps
        .iter()
        .filter(|step| step.step_name == run.step.as_str())
        .max_by_key(|step| step.attempt);
    let found = match last.map(|step| step.status.as_str()) {
        Some("success") => ready(run.done),
        Some("error") => {
            (ReadinessState::Attention, "The newest run failed at this step.".to_owned())
        }
        Some("skipped") => (
            ReadinessState::NotYet,
            "The newest run did not come to it; its step says why.".to_owned(),
        ),
        Some("not_run") => {
            (ReadinessState::NotYet, "The newest run failed before this step.".to_owned())
        }
        _ => (ReadinessState::NotYet, "The newest run has not come to it yet.".to_owned()),
    };
    ReadinessStageDto {
        execution_id: Some(execution.id.to_string()),
        step: Some(run.step),
        ..stage(run.name, found, run.place)
    }
}
