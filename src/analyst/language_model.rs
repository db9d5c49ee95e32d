//! A language model as an analyst: it reads the daily chart, then the weekly one, and then decides
//! on what it said of both.
//!
//! Whatever goes wrong on the way ends in HOLD with the reason: no key, a spent budget, a provider
//! that is away, an answer that does not hold after one repair. A failure never becomes a trade.

mod foresee;
mod repair;

use std::borrow::Cow;
use std::sync::{Arc, Mutex, PoisonError};

use super::desk::{Allowance, ModelAnswer, ModelCall, ModelDesk, Reuse};
use super::model::{ModelImage, TextSink};
use super::prompts::{ResolvedPrompt, ResolvedPrompts};
use super::reply::{ReplyShape, TimeframeReply, read_decision, read_timeframe};
use super::{Analysis, AnalysisRequest};
use crate::domain::records::{AnalysisCall, BlobRef, SignalProposal};
use crate::domain::{PromptType, StopReason, Timeframe, Trend, with_causes};
use crate::prompt::{EarlierAnalysis, PromptContext, PromptFacts, render};
use crate::strategy::ModelChoice;

pub use foresee::{Foreseen, ForeseenCall, TypicalReplies};

/// Media type of a rendered prompt.
pub const TEXT_TYPE: &str = "text/plain";

/// An answer that does not hold is shown to the model once.
const ATTEMPTS: u32 = 2;

/// Hears all that a model has said until now in one call: its purpose, its attempt, the text.
pub type Hear = dyn Fn(&str, u32, &str) + Send + Sync;

/// What an analysis is for.
#[derive(Debug, Clone)]
pub enum Errand {
    /// A run, which may come to an order.
    Run,
    /// Trying prompts out on a recorded execution, for what a person accepted to spend. Its calls are
    /// told apart by their purpose in the record.
    Playground(Arc<Allowance>),
}

/// What the purpose of every call of the playground begins with, in the record.
pub const PLAYGROUND_PURPOSE: &str = "playground_";

/// The analyst of one execution.
pub struct LanguageModelAnalyst<'a> {
    /// The one way to a model.
    pub desk: &'a Arc<ModelDesk>,
    /// Which model, in which language.
    pub choice: &'a ModelChoice,
    /// The prompts as they stood when the execution began.
    pub prompts: &'a ResolvedPrompts,
    /// Direction by the 3-of-4 rule on the daily bars.
    pub trend: Trend,
    /// Who watches while the model speaks.
    pub hear: Arc<Hear>,
    /// What it is for.
    pub errand: Errand,
}

/// What an analysis has come to until now.
#[derive(Default)]
struct Notes {
    calls: Vec<AnalysisCall>,
    texts: Vec<String>,
}

/// One question to the model.
struct Question<'a> {
    purpose: &'static str,
    shape: ReplyShape,
    system: &'a ResolvedPrompt,
    prompt: &'a ResolvedPrompt,
    images: Vec<ModelImage>,
    image_records: Vec<BlobRef>,
}

/// Why there is no usable answer, in a sentence.
struct NoAnswer(String);

impl LanguageModelAnalyst<'_> {
    /// Asks the model and proposes what it decided, or HOLD with the reason.
    pub async fn analyse(&self, request: &AnalysisRequest<'_>) -> Analysis {
        let mut notes = Notes::default();
        let result = self.decide(request, &mut notes).await;
        let (proposal, failure) = match result {
            Ok(proposal) => (proposal, None),
            Err(NoAnswer(reason)) => {
                (SignalProposal::hold(format!("Hold {}: {reason}", request.symbol)), Some(reason))
            }
        };
        Analysis { calls: notes.calls, proposal, failure, texts: notes.texts }
    }

    async fn decide(
        &self,
        request: &AnalysisRequest<'_>,
        notes: &mut Notes,
    ) -> Result<SignalProposal, NoAnswer> {
        let daily = self.read_chart(request, Timeframe::Daily, &[], notes).await?;
        let daily = EarlierAnalysis { timeframe: Timeframe::Daily, text: &daily.analysis };
        let weekly = self.read_chart(request, Timeframe::Weekly, &[daily], notes).await?;
        let weekly = EarlierAnalysis { timeframe: Timeframe::Weekly, text: &weekly.analysis };
        let question = self.decision_question()?;
        self.ask(request, &question, &[daily, weekly], notes, read_decision).await
    }

    fn decision_question(&self) -> Result<Question<'_>, NoAnswer> {
        Ok(Question {
            purpose: "consolidation",
            shape: ReplyShape::Decision,
            system: self.prompt(PromptType::ConsolidationSystem)?,
            prompt: self.prompt(PromptType::Consolidation)?,
            images: Vec::new(),
            image_records: Vec::new(),
        })
    }

    fn prompt(&self, prompt_type: PromptType) -> Result<&ResolvedPrompt, NoAnswer> {
        let found = self.prompts.get(prompt_type);
        found.ok_or_else(|| NoAnswer(format!("there is no {prompt_type} prompt")))
    }

    async fn read_chart(
        &self,
        request: &AnalysisRequest<'_>,
        timeframe: Timeframe,
        earlier: &[EarlierAnalysis<'_>],
        notes: &mut Notes,
    ) -> Result<TimeframeReply, NoAnswer> {
        let question = self.chart_question(request, timeframe)?;
        let shape = question.shape;
        self.ask(request, &question, earlier, notes, |text| read_timeframe(shape, text)).await
    }

    fn chart_question(
        &self,
        request: &AnalysisRequest<'_>,
        timeframe: Timeframe,
    ) -> Result<Question<'_>, NoAnswer> {
        let (purpose, system, prompt) = match timeframe {
            Timeframe::Daily => ("daily", PromptType::DailySystem, PromptType::Daily),
            Timeframe::Weekly => ("weekly", PromptType::WeeklySystem, PromptType::Weekly),
        };
        let Some(chart) = request.charts.iter().find(|chart| chart.timeframe == timeframe) else {
            return Err(NoAnswer(format!("there is no {purpose} chart to show to the model")));
        };
        Ok(Question {
            purpose,
            shape: ReplyShape::Timeframe(timeframe),
            system: self.prompt(system)?,
            prompt: self.prompt(prompt)?,
            images: vec![ModelImage::new(&chart.image.media_type, chart.png.to_vec())],
            image_records: vec![chart.image.clone()],
        })
    }

    /// Renders, asks, reads; shows the model what is wrong with its answer once.
    async fn ask<T>(
        &self,
        request: &AnalysisRequest<'_>,
        question: &Question<'_>,
        earlier: &[EarlierAnalysis<'_>],
        notes: &mut Notes,
        read: impl Fn(&str) -> Result<T, Vec<String>>,
    ) -> Result<T, NoAnswer> {
        let purpose = question.purpose;
        let system = self.rendered(request, question, question.system, earlier)?;
        let prompt = self.rendered(request, question, question.prompt, earlier)?;
        let schema = Arc::new(question.shape.asked());
        let mut asked = prompt.clone();
        let mut problems = Vec::new();
        for attempt in 1..=ATTEMPTS {
            let purpose_on_record = self.purpose_on_record(purpose);
            let call = ModelCall {
                model: &self.choice.name,
                strategy_id: Some(request.strategy_id),
                execution_id: Some(request.execution_id),
                purpose: &purpose_on_record,
                system: &system,
                prompt: &asked,
                images: &question.images,
                schema: &schema,
                schema_name: question.shape.name(),
                reuse: Reuse::FromRecord,
            };
            let listener =
                Listener { purpose, attempt, said: Mutex::default(), hear: Arc::clone(&self.hear) };
            let mut record = self.begun(question, attempt, &system, &asked, notes);
            let allowance = match &self.errand {
                Errand::Run => None,
                Errand::Playground(allowance) => Some(Arc::clone(allowance)),
            };
            let asking = self.desk.ask_within(call, Arc::new(listener), allowance);
            let answer = match asking.await {
                Ok(answer) => answer,
                Err(error) => {
                    let sentence = with_causes(&error);
                    record.problems.push(sentence.clone());
                    notes.calls.push(record);
                    return Err(NoAnswer(format!("the {purpose} analysis failed: {sentence}")));
                }
            };
            let result = ended_properly(answer.stop_reason).and_then(|()| read(&answer.text));
            fill(&mut record, &answer);
            match result {
                Ok(reply) => {
                    notes.calls.push(record);
                    return Ok(reply);
                }
                Err(found) => {
                    record.problems.clone_from(&found);
                    notes.calls.push(record);
                    let language = self.choice.language;
                    asked = repair::prompt(language, &prompt, &answer.text, &found);
                    problems = found;
                }
            }
        }
        Err(self.did_not_hold(purpose, &problems))
    }

    fn did_not_hold(&self, purpose: &str, problems: &[String]) -> NoAnswer {
        NoAnswer(format!(
            "the {purpose} answer of {} did not hold, nor did its repair: {}",
            self.choice.name,
            problems.first().map_or("", String::as_str)
        ))
    }

    fn purpose_on_record(&self, purpose: &'static str) -> Cow<'static, str> {
        match &self.errand {
            Errand::Run => Cow::Borrowed(purpose),
            Errand::Playground(_) => Cow::Owned(format!("{PLAYGROUND_PURPOSE}{purpose}")),
        }
    }

    fn rendered(
        &self,
        request: &AnalysisRequest<'_>,
        question: &Question<'_>,
        prompt: &ResolvedPrompt,
        earlier: &[EarlierAnalysis<'_>],
    ) -> Result<String, NoAnswer> {
        let strategy = request.strategy;
        let context = PromptContext::new(&PromptFacts {
            instrument: request.instrument,
            quote: request.quote,
            timeframes: request.timeframes,
            indicators: request.tables,
            risk: &strategy.risk,
            strategy_name: &strategy.name,
            strategy_description: &strategy.description,
            autonomy: &strategy.autonomy,
            held_quantity: Some(request.held_quantity),
            trend: Some(self.trend),
            now: request.as_of,
            language: prompt.language,
            timeframe: question.timeframe(),
            analyses: earlier,
            instructions: &self.choice.instructions,
        });
        let rendered = context.and_then(|context| render(&prompt.text, &context));
        rendered.map(|rendered| rendered.text).map_err(|error| {
            NoAnswer(format!(
                "the prompt \"{}\" version {} could not be rendered: {error}",
                prompt.record.name, prompt.record.version
            ))
        })
    }

    fn begun(
        &self,
        question: &Question<'_>,
        attempt: u32,
        system: &str,
        prompt: &str,
        notes: &mut Notes,
    ) -> AnalysisCall {
        let mut keep = |text: &str| {
            notes.texts.push(text.to_owned());
            Some(BlobRef::of(TEXT_TYPE, text.as_bytes()))
        };
        let version = &question.prompt.record;
        AnalysisCall {
            prompt: Some(format!("{} v{}", version.prompt_id, version.version)),
            rendered_prompt: keep(prompt),
            model: Some(self.choice.name.clone()),
            prompt_version: Some(version.clone()),
            system_version: Some(question.system.record.clone()),
            rendered_system: keep(system),
            images: question.image_records.clone(),
            attempt,
            ..AnalysisCall::computed(question.purpose, String::new())
        }
    }
}

impl Question<'_> {
    /// What the prompt's flat variables are about.
    fn timeframe(&self) -> Timeframe {
        match self.shape {
            ReplyShape::Timeframe(timeframe) => timeframe,
            ReplyShape::Decision => Timeframe::Daily,
        }
    }
}

fn fill(record: &mut AnalysisCall, answer: &ModelAnswer) {
    record.reply.clone_from(&answer.text);
    record.model = Some(answer.model.clone());
    record.provider = Some(answer.provider.as_str().to_owned());
    record.stop_reason = Some(answer.stop_reason.as_str().to_owned());
    record.input_tokens = answer.input_tokens.unwrap_or(0);
    record.output_tokens = answer.output_tokens.unwrap_or(0);
    record.cost = answer.cost;
    record.latency_us = answer.latency_us;
    record.is_reused = answer.is_reused;
}

/// A cut or refused answer is none, even where its text happens to hold.
fn ended_properly(stop_reason: StopReason) -> Result<(), Vec<String>> {
    match stop_reason {
        StopReason::Finished => Ok(()),
        StopReason::Truncated => Err(vec![
            "the answer was cut off at the most tokens that the model may write; be shorter"
                .to_owned(),
        ]),
        StopReason::Refused => Err(vec!["the model refused to answer".to_owned()]),
    }
}

/// Passes on what a model says in one call, all of it each time, so that a missed piece loses
/// nothing.
struct Listener {
    purpose: &'static str,
    attempt: u32,
    said: Mutex<String>,
    hear: Arc<Hear>,
}

impl TextSink for Listener {
    fn text(&self, piece: &str) {
        let mut said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        said.push_str(piece);
        (self.hear)(self.purpose, self.attempt, &said);
    }
}
