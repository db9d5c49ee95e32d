//! Signals for tests.

use std::collections::BTreeMap;

use jiff::Timestamp;
use rust_decimal::Decimal;

use crate::domain::records::{Confirmation, PromptRecord, Vote};
use crate::domain::{
    Conid, ExecutionId, Signal, SignalAction, SignalOutcome, SignalStatus, StrategyId, Trend,
};

pub(crate) fn signal(action: SignalAction) -> Signal {
    let at: Timestamp = "2012-06-15T20:00:00Z".parse().unwrap();
    Signal {
        execution_id: ExecutionId::new("sample_1").unwrap(),
        strategy_id: StrategyId::new("sample").unwrap(),
        strategy_version: 1,
        symbol: "AAPL".into(),
        conid: Conid(265_598),
        action,
        proposed_action: action,
        baseline_action: Some(action),
        trend: Trend::Bullish,
        confidence: "0.75".parse().unwrap(),
        last_price: Decimal::ONE_HUNDRED,
        entry_price: Some(Decimal::ONE_HUNDRED),
        stop_price: Some(Decimal::from(96)),
        target_price: Some(Decimal::from(108)),
        target_conservative: None,
        target_aggressive: None,
        r_multiple: Some(Decimal::TWO),
        r_conservative: None,
        r_aggressive: None,
        confirmation: Confirmation {
            votes: Vec::new(),
            confirmed_count: 3,
            side: Vote::Bullish,
            passed: true,
        },
        reason: "a sample".into(),
        analyst_kind: "model".into(),
        analyst_name: "a sample".into(),
        language: Some("en".into()),
        model: Some("sample-1".into()),
        provider: Some("sample".into()),
        prompts: BTreeMap::new(),
        tokens: 0,
        model_cost: Decimal::ZERO,
        generated_at: at,
        expires_at: at + jiff::SignedDuration::from_hours(24),
        status: SignalStatus::Active,
        executed_price: None,
        executed_at: None,
        outcome: SignalOutcome::at_first(action),
        actual_r_multiple: None,
        gross_profit_loss: None,
        net_profit_loss: None,
        exit_price: None,
        exit_at: None,
        exit_cause: None,
    }
}

/// A BUY whose trade is closed.
pub(crate) fn closed(r: &str, net: &str) -> Signal {
    let net: Decimal = net.parse().unwrap();
    Signal {
        status: SignalStatus::Executed,
        outcome: SignalOutcome::of_net(net),
        actual_r_multiple: Some(r.parse().unwrap()),
        gross_profit_loss: Some(net + Decimal::TWO),
        net_profit_loss: Some(net),
        ..signal(SignalAction::Buy)
    }
}

pub(crate) fn prompt(id: &str, version: u32) -> PromptRecord {
    PromptRecord {
        prompt_id: id.into(),
        name: format!("Prompt {id}"),
        version,
        prompt_type: "daily".into(),
        language: "en".into(),
        hash: "00".into(),
    }
}
