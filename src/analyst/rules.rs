//! The built-in rule analyst: the 3-of-4 rule, computed. It is no language model and never
//! pretends to be one; every card names it.

use std::fmt::Write as _;

use async_trait::async_trait;
use rust_decimal::Decimal;

use super::{Analysis, AnalysisRequest, Analyst, AnalystError};
use crate::domain::records::{
    AnalysisCall, AnalystRecord, Confirmation, IndicatorTable, SignalProposal, Vote,
};
use crate::domain::{SignalAction, Timeframe, Trend};
use crate::strategy::confirm;

/// Targets in multiples of ATR(14): the nearer and the farther one (workflow.md §2).
const CONSERVATIVE_TARGET_ATR: Decimal = Decimal::TWO;
const AGGRESSIVE_TARGET_ATR: Decimal = Decimal::from_parts(4, 0, 0, false, 0);

/// The analyst that stands in while no model is configured, and the baseline beside any model.
#[derive(Debug, Clone, Copy, Default)]
pub struct RuleAnalyst;

#[async_trait]
impl Analyst for RuleAnalyst {
    fn describe(&self) -> AnalystRecord {
        AnalystRecord {
            kind: "rules".to_owned(),
            name: "Built-in rule analyst".to_owned(),
            is_language_model: false,
            language: None,
            prompts: Vec::new(),
        }
    }

    async fn analyse(&self, request: &AnalysisRequest<'_>) -> Result<Analysis, AnalystError> {
        let daily = table(request, Timeframe::Daily, "the daily indicators")?;
        let weekly = table(request, Timeframe::Weekly, "the weekly indicators")?;
        let daily_votes = confirm(daily, request.last_price);
        let weekly_votes = confirm(weekly, request.last_price);
        let atr = daily.first_line("atr_14");
        let proposal = propose(request, &daily_votes, &weekly_votes, atr);
        let calls = vec![
            AnalysisCall::computed("daily", describe_votes("Daily", daily, &daily_votes)),
            AnalysisCall::computed("weekly", describe_votes("Weekly", weekly, &weekly_votes)),
            AnalysisCall::computed("consolidation", proposal.reason.clone()),
        ];
        Ok(Analysis { calls, proposal, failure: None, texts: Vec::new() })
    }
}

fn table<'a>(
    request: &AnalysisRequest<'a>,
    timeframe: Timeframe,
    what: &'static str,
) -> Result<&'a IndicatorTable, AnalystError> {
    request
        .tables
        .iter()
        .find(|table| table.timeframe == timeframe)
        .ok_or_else(|| AnalystError::MissingInput { what, symbol: request.symbol.to_owned() })
}

fn propose(
    request: &AnalysisRequest<'_>,
    daily: &Confirmation,
    weekly: &Confirmation,
    atr: Option<Decimal>,
) -> SignalProposal {
    let agreement = if weekly.side == daily.side && weekly.passed {
        "The weekly chart confirms it."
    } else if weekly.side == daily.side {
        "The weekly chart leans the same way without confirming it."
    } else {
        "The weekly chart does not confirm it."
    };
    let mut proposal = SignalProposal {
        confidence: confidence(daily.confirmed_count),
        trend: trend(daily),
        ..SignalProposal::hold(String::new())
    };
    if !daily.passed {
        proposal.reason = format!(
            "Hold {}: only {} of 4 daily confirmations agree, and 3 are needed.",
            request.symbol, daily.confirmed_count
        );
        return proposal;
    }
    let Some(atr) = atr.filter(|atr| *atr > Decimal::ZERO) else {
        proposal.reason = format!(
            "Hold {}: {} of 4 daily confirmations agree, but ATR(14) has no value, so there is no \
             stop to trade with.",
            request.symbol, daily.confirmed_count
        );
        return proposal;
    };
    let entry = request.last_price;
    proposal.entry_price = Some(entry);
    if daily.side == Vote::Bullish {
        proposal.action = SignalAction::Buy;
        proposal.stop_price = Some(entry - request.stop_atr_multiple * atr);
        proposal.target_conservative = Some(entry + CONSERVATIVE_TARGET_ATR * atr);
        proposal.target_aggressive = Some(entry + AGGRESSIVE_TARGET_ATR * atr);
        proposal.reason = format!(
            "Buy {} at {entry}: {} of 4 daily confirmations point up. {agreement} ATR(14) is {}.",
            request.symbol,
            daily.confirmed_count,
            atr.round_dp(4).normalize()
        );
    } else {
        proposal.action = SignalAction::Sell;
        proposal.reason = format!(
            "Sell {} at {entry}: {} of 4 daily confirmations point down. {agreement}",
            request.symbol, daily.confirmed_count
        );
    }
    proposal
}

/// 4 → 0.875, 3 → 0.75, 2 → 0.50, 1 → 0.25, 0 → 0 (workflow.md §2).
fn confidence(confirmed_count: u8) -> Decimal {
    match confirmed_count {
        0 => Decimal::ZERO,
        1 => Decimal::new(25, 2),
        2 => Decimal::new(50, 2),
        3 => Decimal::new(75, 2),
        _ => Decimal::new(875, 3),
    }
}

pub(crate) fn trend(confirmation: &Confirmation) -> Trend {
    match (confirmation.side, confirmation.confirmed_count) {
        (Vote::Bullish, 4..) => Trend::StrongBullish,
        (Vote::Bullish, 3) => Trend::Bullish,
        (Vote::Bearish, 4..) => Trend::StrongBearish,
        (Vote::Bearish, 3) => Trend::Bearish,
        _ => Trend::Neutral,
    }
}

fn describe_votes(label: &str, table: &IndicatorTable, votes: &Confirmation) -> String {
    let mut text = format!("{label}, to {}:\n", table.as_of);
    for vote in &votes.votes {
        let mark = match vote.vote {
            Vote::Bullish => "up     ",
            Vote::Bearish => "down   ",
            Vote::Neutral => "neither",
        };
        let _ = writeln!(text, "  {mark}  {}", vote.detail);
    }
    // Writing to a text cannot fail.
    let _ = write!(
        text,
        "{} of 4 agree{}.",
        votes.confirmed_count,
        if votes.passed { ": confirmed" } else { ": not confirmed" }
    );
    text
}
