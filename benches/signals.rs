//! Prompt performance over 10,000 signals: read from the database, grouped by prompt version,
//! strategy and model, and all together.
//!
//! The database is under the target directory, on a real disk.

#![expect(clippy::unwrap_used, reason = "a benchmark stops where something fails")]

use std::hint::black_box;
use std::path::Path;

use criterion::{Criterion, criterion_group, criterion_main};
use jiff::{SignedDuration, Timestamp};
use rust_decimal::Decimal;
use throughline::domain::records::{
    Confirmation, ConfirmationVote, Outcome, PromptRecord, Trigger, Vote,
};
use throughline::domain::{
    AccountId, Conid, Environment, ExecutionId, ExitCause, Signal, SignalAction, SignalOutcome,
    SignalStatus, StrategyId, Trend,
};
use throughline::performance::{PerformanceDimension, group, numbers};
use throughline::store::{
    Change, Durability, ExecutionRow, ExecutionStatus, Page, SignalFilter, Store,
    StrategyVersionRow,
};
use tokio::runtime::Runtime;

const SIGNALS: u32 = 10_000;

/// What a language model's analysis renders: three prompts, each with a system message.
const PURPOSES: [&str; 6] =
    ["daily", "daily_system", "weekly", "weekly_system", "consolidation", "consolidation_system"];

fn strategy(number: u32) -> StrategyId {
    StrategyId::new(format!("bench-{}", number % 5)).unwrap()
}

fn execution(number: u32, at: Timestamp) -> ExecutionRow {
    ExecutionRow {
        id: ExecutionId::new(format!("bench_{number}")).unwrap(),
        strategy_id: strategy(number),
        strategy_version: 1,
        symbol: "AAPL".into(),
        model: None,
        trigger: Trigger::Schedule,
        environment: Environment::Sandbox,
        account_id: AccountId::new("DU1000001").unwrap(),
        as_of: at,
        status: ExecutionStatus::Completed,
        outcome: Some(Outcome::Bought),
        sentence: None,
        duration_us: 1,
        started_at: at,
        finished_at: Some(at),
    }
}

fn signal(number: u32, at: Timestamp) -> Signal {
    let is_closed = number.is_multiple_of(3);
    let net = Decimal::from(i64::from(number % 401) - 190);
    let prompt = |purpose: &str| PromptRecord {
        prompt_id: format!("{purpose}-en"),
        name: format!("The {purpose} prompt"),
        version: 1 + number % 7,
        prompt_type: purpose.into(),
        language: "en".into(),
        hash: "0".repeat(64),
    };
    let vote = |name: &str| ConfirmationVote {
        name: name.into(),
        vote: Vote::Bullish,
        detail: "the numbers behind it, in words".into(),
    };
    Signal {
        execution_id: ExecutionId::new(format!("bench_{number}")).unwrap(),
        strategy_id: strategy(number),
        strategy_version: 1,
        symbol: "AAPL".into(),
        conid: Conid(265_598),
        action: if is_closed { SignalAction::Buy } else { SignalAction::Hold },
        proposed_action: SignalAction::Buy,
        baseline_action: Some(SignalAction::Hold),
        trend: Trend::Bullish,
        confidence: Decimal::new(75, 2),
        last_price: Decimal::ONE_HUNDRED,
        entry_price: Some(Decimal::ONE_HUNDRED),
        stop_price: Some(Decimal::from(96)),
        target_price: Some(Decimal::from(108)),
        target_conservative: Some(Decimal::from(104)),
        target_aggressive: Some(Decimal::from(108)),
        r_multiple: Some(Decimal::TWO),
        r_conservative: Some(Decimal::ONE),
        r_aggressive: Some(Decimal::TWO),
        confirmation: Confirmation {
            votes: ["supertrend", "price_vs_sma20", "macd", "rsi"].map(vote).to_vec(),
            confirmed_count: 4,
            side: Vote::Bullish,
            passed: true,
        },
        reason: "Why the action is what it is, in a sentence or two of usual length.".into(),
        analyst_kind: "model".into(),
        analyst_name: "A model".into(),
        language: Some("en".into()),
        model: Some(format!("model-{}", number % 3)),
        provider: Some("bench".into()),
        prompts: PURPOSES.map(|purpose| (purpose.to_owned(), prompt(purpose))).into(),
        tokens: 9_000,
        model_cost: Decimal::new(21, 3),
        generated_at: at,
        expires_at: at + SignedDuration::from_hours(24),
        status: if is_closed { SignalStatus::Executed } else { SignalStatus::Expired },
        executed_price: is_closed.then_some(Decimal::ONE_HUNDRED),
        executed_at: is_closed.then_some(at),
        outcome: if is_closed { SignalOutcome::of_net(net) } else { SignalOutcome::None },
        actual_r_multiple: is_closed.then(|| net / Decimal::ONE_HUNDRED),
        gross_profit_loss: is_closed.then_some(net),
        net_profit_loss: is_closed.then_some(net),
        exit_price: is_closed.then_some(Decimal::ONE_HUNDRED),
        exit_at: is_closed.then_some(at),
        exit_cause: is_closed.then_some(ExitCause::Target),
    }
}

async fn filled(directory: &Path) -> Store {
    let store = Store::open(directory).await.unwrap();
    let begin: Timestamp = "2012-01-03T21:00:00Z".parse().unwrap();
    let versions = (0..5).map(|number| {
        Change::StrategyVersion(StrategyVersionRow {
            strategy_id: strategy(number),
            name: "Bench".into(),
            version: 1,
            toml: String::new(),
            hash: "0".repeat(64),
            created_at: begin,
        })
    });
    let mut changes: Vec<Change> = versions.collect();
    for number in 0..SIGNALS {
        let at = begin + SignedDuration::from_hours(i64::from(number));
        changes.push(Change::Execution(execution(number, at)));
        changes.push(Change::Signal(Box::new(signal(number, at))));
    }
    store.commit(changes, Durability::Ordinary).await.unwrap();
    store
}

fn performance(criterion: &mut Criterion) {
    let runtime = Runtime::new().unwrap();
    let directory = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let store = runtime.block_on(filled(directory.path()));
    let by = [
        PerformanceDimension::Prompt,
        PerformanceDimension::Strategy,
        PerformanceDimension::Model,
        PerformanceDimension::Day,
    ];
    let mut benches = criterion.benchmark_group("signals");
    benches.sample_size(20);
    benches.bench_function("prompt performance, 10,000 signals", |bencher| {
        bencher.to_async(&runtime).iter(async || {
            let signals = store.signals(&SignalFilter::default(), Page::ALL).await.unwrap();
            (group(black_box(&signals), &by).len(), numbers(&signals))
        });
    });
    let signals = runtime.block_on(store.signals(&SignalFilter::default(), Page::ALL)).unwrap();
    benches.bench_function("the same, without reading", |bencher| {
        bencher.iter(|| (group(black_box(&signals), &by).len(), numbers(&signals)));
    });
    benches.finish();
    runtime.block_on(store.close());
}

criterion_group!(benches, performance);
criterion_main!(benches);
