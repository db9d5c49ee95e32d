//! What an analysis would take, without asking anybody.
//!
//! A later question holds the answers to the earlier ones. Where those are on record, what follows
//! is rendered as it would be sent. Where they are not, a text as long as such an answer can be
//! stands in for each, so that what is foreseen bounds what will be spent.

use std::collections::BTreeMap;
use std::sync::Arc;

use rust_decimal::Decimal;

use super::{
    ATTEMPTS, LanguageModelAnalyst, NoAnswer, Question, ended_properly, read_decision,
    read_timeframe, repair,
};
use crate::analyst::AnalysisRequest;
use crate::analyst::desk::{ModelCall, ModelCallError, Reuse, text_tokens};
use crate::domain::{Language, Timeframe};
use crate::prompt::{EarlierAnalysis, LONGEST_TEXT};

/// Bytes that a token of a reply has at most on the average: English prose has some four and a
/// half, German and names up to six, Chinese fewer.
const LONGEST_TOKEN: usize = 6;

/// Problems that a repair is taken to name, and characters of each; a reply rarely has so many.
const PROBLEMS: usize = 12;
const LONGEST_PROBLEM: usize = 300;

/// How long a model's replies usually are, in tokens, by the purpose of the call.
pub type TypicalReplies = BTreeMap<String, u64>;

/// One call that an analysis would make.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForeseenCall {
    /// `daily`, `weekly` or `consolidation`.
    pub purpose: &'static str,
    /// It is made only if the answer before it does not hold.
    pub is_repair: bool,
    /// BLAKE3 of its input; calls of the same input are paid for once.
    pub input_hash: String,
    /// The answer is on record and costs nothing.
    pub is_recorded: bool,
    /// Most tokens of the input, as they are estimated for a reservation.
    pub input_tokens: u64,
    /// The longest reply, in tokens.
    pub most_output_tokens: u64,
    /// What would be reserved for it, in USD; zero if it is on record.
    pub highest_cost: Decimal,
    /// Tokens of the input and of the reply that are to be expected; nothing while no earlier reply
    /// of that kind tells.
    pub expected_tokens: Option<(u64, u64)>,
}

/// What an analysis would take.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Foreseen {
    /// In their order, repairs that may become necessary included.
    pub calls: Vec<ForeseenCall>,
    /// Why it would end without an answer, as far as that can be told beforehand.
    pub failure: Option<String>,
}

/// Why an analysis ends while it is foreseen.
enum Ended {
    /// There would be no answer, which is a HOLD and no failure of the look.
    NoAnswer(NoAnswer),
    /// The look itself failed.
    Failed(ModelCallError),
}

impl From<NoAnswer> for Ended {
    fn from(error: NoAnswer) -> Self {
        Self::NoAnswer(error)
    }
}

impl From<ModelCallError> for Ended {
    fn from(error: ModelCallError) -> Self {
        Self::Failed(error)
    }
}

/// An earlier reading: as long as it can be, and as long as it usually is. The two are the same where
/// it is on record.
struct Earlier {
    timeframe: Timeframe,
    longest: String,
    usual: String,
}

/// What is known of an answer.
enum Known<T> {
    /// It is on record.
    Recorded(T),
    /// It will be asked for; the hash of its input.
    Open { input_hash: String, most_output_tokens: u64, usual_tokens: Option<u64> },
}

impl LanguageModelAnalyst<'_> {
    /// What [`LanguageModelAnalyst::analyse`] would take. Nothing is sent, reserved or written down.
    pub async fn foresee(
        &self,
        request: &AnalysisRequest<'_>,
        typical: &TypicalReplies,
    ) -> Result<Foreseen, ModelCallError> {
        let mut foreseen = Foreseen::default();
        match self.look(request, typical, &mut foreseen.calls).await {
            Ok(()) => {}
            Err(Ended::NoAnswer(NoAnswer(reason))) => foreseen.failure = Some(reason),
            Err(Ended::Failed(error)) => return Err(error),
        }
        Ok(foreseen)
    }

    async fn look(
        &self,
        request: &AnalysisRequest<'_>,
        typical: &TypicalReplies,
        calls: &mut Vec<ForeseenCall>,
    ) -> Result<(), Ended> {
        let mut earlier = Vec::new();
        for timeframe in [Timeframe::Daily, Timeframe::Weekly] {
            let question = self.chart_question(request, timeframe)?;
            let shape = question.shape;
            let read = |text: &str| read_timeframe(shape, text);
            let known = self.look_at(request, &question, &earlier, typical, calls, read).await?;
            earlier.push(match known {
                Known::Recorded(reply) => {
                    Earlier { timeframe, longest: reply.analysis.clone(), usual: reply.analysis }
                }
                Known::Open { input_hash, most_output_tokens, usual_tokens } => {
                    let language = question.prompt.language;
                    Earlier {
                        timeframe,
                        longest: stand_in(&input_hash, most_output_tokens, language),
                        usual: stand_in(
                            &input_hash,
                            usual_tokens.unwrap_or(most_output_tokens),
                            language,
                        ),
                    }
                }
            });
        }
        let question = self.decision_question()?;
        self.look_at(request, &question, &earlier, typical, calls, read_decision).await?;
        Ok(())
    }

    async fn look_at<T>(
        &self,
        request: &AnalysisRequest<'_>,
        question: &Question<'_>,
        earlier: &[Earlier],
        typical: &TypicalReplies,
        calls: &mut Vec<ForeseenCall>,
        read: impl Fn(&str) -> Result<T, Vec<String>>,
    ) -> Result<Known<T>, Ended> {
        let view = |text: fn(&Earlier) -> &str| -> Vec<EarlierAnalysis<'_>> {
            earlier
                .iter()
                .map(|it| EarlierAnalysis { timeframe: it.timeframe, text: text(it) })
                .collect()
        };
        let (longest, usual) = (view(|it| &it.longest), view(|it| &it.usual));
        let system = self.rendered(request, question, question.system, &longest)?;
        let prompt = self.rendered(request, question, question.prompt, &longest)?;
        let bytes_of_usual = self.rendered(request, question, question.system, &usual)?.len()
            + self.rendered(request, question, question.prompt, &usual)?.len();
        let beyond_usual =
            text_tokens((system.len() + prompt.len()).saturating_sub(bytes_of_usual));
        let schema = Arc::new(question.shape.asked());
        let call = ModelCall {
            model: &self.choice.name,
            strategy_id: Some(request.strategy_id),
            execution_id: Some(request.execution_id),
            purpose: question.purpose,
            system: &system,
            prompt: &prompt,
            images: &question.images,
            schema: &schema,
            schema_name: question.shape.name(),
            reuse: Reuse::FromRecord,
        };
        let usual_tokens = typical.get(question.purpose).copied();
        let mut asked = prompt.clone();
        let mut problems = Vec::new();
        for attempt in 1..=ATTEMPTS {
            let cost = self.desk.foresee(&ModelCall { prompt: &asked, ..call.clone() }).await?;
            let is_recorded = cost.recorded.is_some();
            let expected =
                usual_tokens.map(|output| (cost.input_tokens.saturating_sub(beyond_usual), output));
            calls.push(ForeseenCall {
                purpose: question.purpose,
                is_repair: false,
                input_hash: cost.input_hash.clone(),
                is_recorded,
                input_tokens: cost.input_tokens,
                most_output_tokens: cost.most_output_tokens,
                highest_cost: if is_recorded { Decimal::ZERO } else { cost.highest_cost },
                expected_tokens: if is_recorded { Some((0, 0)) } else { expected },
            });
            let Some(recorded) = cost.recorded else {
                if attempt < ATTEMPTS {
                    let worst = longest_repair(self.choice.language, &prompt);
                    let repair =
                        self.desk.foresee(&ModelCall { prompt: &worst, ..call.clone() }).await?;
                    calls.push(ForeseenCall {
                        purpose: question.purpose,
                        is_repair: true,
                        input_hash: repair.input_hash,
                        is_recorded: false,
                        input_tokens: repair.input_tokens,
                        most_output_tokens: repair.most_output_tokens,
                        highest_cost: repair.highest_cost,
                        expected_tokens: Some((0, 0)),
                    });
                }
                return Ok(Known::Open {
                    input_hash: cost.input_hash,
                    most_output_tokens: cost.most_output_tokens,
                    usual_tokens,
                });
            };
            let result = ended_properly(recorded.stop_reason).and_then(|()| read(&recorded.text));
            match result {
                Ok(reply) => return Ok(Known::Recorded(reply)),
                Err(found) => {
                    asked = repair::prompt(self.choice.language, &prompt, &recorded.text, &found);
                    problems = found;
                }
            }
        }
        Err(Ended::NoAnswer(self.did_not_hold(question.purpose, &problems)))
    }
}

/// A text in the place of an answer that is not there yet: as long as one of so many tokens can
/// be, and another for another question, so that two arms share what they would share.
fn stand_in(input_hash: &str, tokens: u64, language: Language) -> String {
    let filler = match language {
        Language::English => 'x',
        Language::TraditionalChinese => '讀',
    };
    let bytes = usize::try_from(tokens).unwrap_or(LONGEST_TEXT).saturating_mul(LONGEST_TOKEN);
    let length = (bytes / filler.len_utf8()).min(LONGEST_TEXT);
    input_hash.chars().chain(std::iter::repeat(filler)).take(length).collect()
}

/// A repair with an answer as long as it is shown, and as many problems as are told.
fn longest_repair(language: Language, prompt: &str) -> String {
    let filler = match language {
        Language::English => "x",
        Language::TraditionalChinese => "讀",
    };
    let problems = vec![filler.repeat(LONGEST_PROBLEM); PROBLEMS];
    repair::prompt(language, prompt, &filler.repeat(LONGEST_TEXT), &problems)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stand_in_is_as_long_as_an_answer_and_tells_questions_apart() {
        let short = stand_in("ab", 100, Language::English);
        assert_eq!((short.len(), short.starts_with("abx")), (600, true));
        let long = stand_in("ab", 1_000_000, Language::TraditionalChinese);
        assert_eq!(long.chars().count(), LONGEST_TEXT);
        assert_ne!(stand_in("ab", 10, Language::English), stand_in("ac", 10, Language::English));
    }

    #[test]
    fn a_repair_cannot_be_longer_than_the_longest() {
        let answer = "y".repeat(50_000);
        let problems = vec!["z".repeat(LONGEST_PROBLEM); PROBLEMS];
        let real = repair::prompt(Language::English, "question", &answer, &problems);
        assert!(real.len() <= longest_repair(Language::English, "question").len());
    }
}
