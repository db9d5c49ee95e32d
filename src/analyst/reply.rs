//! What a language model answers, read strictly.
//!
//! A reply counts only if it is one JSON object of exactly the shape that was asked for, inside its
//! bounds. The words of a reply never decide: an action comes from one field with three values, so
//! that "do not buy" is never a BUY. Bounds are checked here although the model was told of them,
//! because the grammars of the providers hold a reply to types and values, not to ranges.

mod schema;
#[cfg(test)]
mod tests;

use rust_decimal::Decimal;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Number, Value};

use crate::domain::records::SignalProposal;
use crate::domain::{SignalAction, Trend};

pub use schema::ReplyShape;

/// Longest reply that is read, in bytes. Every field has its own bound below it.
pub const LONGEST_REPLY: usize = 262_144;

/// Most problems that are told of one reply.
const MOST_PROBLEMS: usize = 12;

/// What a model says of one chart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimeframeReply {
    /// The symbol that it speaks of.
    pub symbol: String,
    /// Direction seen.
    pub trend: Trend,
    /// 0 to 1.
    pub confidence: Decimal,
    /// Prices below which it sees buyers.
    pub support_levels: Vec<Decimal>,
    /// Prices above which it sees sellers.
    pub resistance_levels: Vec<Decimal>,
    /// The text for people.
    pub analysis: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct TimeframeText {
    symbol: String,
    #[expect(dead_code, reason = "the schema holds it to the timeframe that was asked about")]
    timeframe: String,
    trend: Trend,
    confidence: Number,
    support_levels: Vec<Number>,
    resistance_levels: Vec<Number>,
    analysis: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct DecisionText {
    symbol: String,
    action: SignalAction,
    confidence: Number,
    trend: Trend,
    entry_price: Option<Number>,
    stop_price: Option<Number>,
    target_conservative: Option<Number>,
    target_aggressive: Option<Number>,
    target_basis: String,
    key_factors: Vec<String>,
    reasoning: String,
}

/// Reads what a model said of one chart; what is wrong with it otherwise, in sentences for the
/// model and for people.
pub fn read_timeframe(shape: ReplyShape, text: &str) -> Result<TimeframeReply, Vec<String>> {
    let reply: TimeframeText = read(shape, text)?;
    let mut problems = Vec::new();
    let mut exact = |field: &str, number: &Number| exact_or(field, number, &mut problems);
    let confidence = exact("confidence", &reply.confidence);
    let support_levels =
        reply.support_levels.iter().map(|level| exact("support_levels", level)).collect();
    let resistance_levels =
        reply.resistance_levels.iter().map(|level| exact("resistance_levels", level)).collect();
    if !problems.is_empty() {
        return Err(problems);
    }
    Ok(TimeframeReply {
        symbol: reply.symbol,
        trend: reply.trend,
        confidence,
        support_levels,
        resistance_levels,
        analysis: reply.analysis,
    })
}

/// Reads the decision of a model; what is wrong with it otherwise.
pub fn read_decision(text: &str) -> Result<SignalProposal, Vec<String>> {
    let reply: DecisionText = read(ReplyShape::Decision, text)?;
    let mut problems = Vec::new();
    let confidence = exact_or("confidence", &reply.confidence, &mut problems);
    let mut price = |field: &str, number: &Option<Number>| {
        number.as_ref().map(|number| exact_or(field, number, &mut problems))
    };
    let entry_price = price("entry_price", &reply.entry_price);
    let stop_price = price("stop_price", &reply.stop_price);
    let target_conservative = price("target_conservative", &reply.target_conservative);
    let target_aggressive = price("target_aggressive", &reply.target_aggressive);
    let needed: &[(&str, Option<Decimal>)] = match reply.action {
        SignalAction::Buy => &[
            ("entry_price", entry_price),
            ("stop_price", stop_price),
            ("target_conservative", target_conservative),
        ],
        SignalAction::Sell => &[("entry_price", entry_price)],
        SignalAction::Hold => &[],
    };
    for (field, value) in needed {
        if value.is_none() {
            problems.push(format!("{field} is null, and a {} needs it", reply.action));
        }
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    // The prices of a HOLD mean nothing, so that they go no further.
    let kept = |price: Option<Decimal>| price.filter(|_| reply.action != SignalAction::Hold);
    Ok(SignalProposal {
        action: reply.action,
        confidence,
        trend: reply.trend,
        entry_price: kept(entry_price),
        stop_price: kept(stop_price),
        target_conservative: kept(target_conservative),
        target_aggressive: kept(target_aggressive),
        reason: reply.reasoning,
        symbol: Some(reply.symbol),
        target_basis: Some(reply.target_basis).filter(|basis| !basis.is_empty()),
        key_factors: reply.key_factors,
    })
}

/// Reads a reply into its text shape. The schema finds every breach of a bound; the typed reading
/// finds what a schema cannot see, such as a field that stands there twice.
fn read<T: DeserializeOwned>(shape: ReplyShape, text: &str) -> Result<T, Vec<String>> {
    if text.len() > LONGEST_REPLY {
        return Err(vec![format!(
            "the reply has {} bytes, and at most {LONGEST_REPLY} are read",
            text.len()
        )]);
    }
    let json = without_fence(text);
    let value: Value = serde_json::from_str(json).map_err(|error| {
        vec![format!("the reply is not one JSON object and nothing else: {error}")]
    })?;
    let problems = schema::breaches(shape, &value, MOST_PROBLEMS);
    if !problems.is_empty() {
        return Err(problems);
    }
    serde_json::from_str(json).map_err(|error| vec![format!("the reply cannot be read: {error}")])
}

/// Some models put their JSON into a Markdown fence in spite of what they were asked. The fence is
/// taken off if it is the first and the last thing in the reply.
fn without_fence(text: &str) -> &str {
    let text = text.trim();
    let inside = text.strip_prefix("```").and_then(|rest| rest.strip_suffix("```"));
    inside.map_or(text, |inside| inside.strip_prefix("json").unwrap_or(inside).trim())
}

/// The number as it was written; zero with a problem told if it has more digits than money has.
fn exact_or(field: &str, number: &Number, problems: &mut Vec<String>) -> Decimal {
    let text = number.to_string();
    let exact = text.parse().or_else(|_| Decimal::from_scientific(&text));
    exact.unwrap_or_else(|_| {
        problems
            .push(format!("{field} is {text}, which is no price with a usable number of digits"));
        Decimal::ZERO
    })
}
