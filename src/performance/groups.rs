use std::cmp::Reverse;
use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::numbers::{Numbers, Tally};
use crate::calendar::Calendar;
use crate::domain::records::PromptRecord;
use crate::domain::{Signal, StrategyId};

/// By what signals are grouped.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    TS,
    schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum PerformanceDimension {
    /// Version of a prompt; a signal counts for each version that was rendered for it.
    Prompt,
    /// Strategy.
    Strategy,
    /// Model, or the rule analyst.
    Model,
    /// Day on which the signal was made, on the exchange's calendar.
    Day,
}

/// What the signals of a group share; only what they are grouped by is set.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct GroupKey {
    /// Version of a prompt; nothing also where no prompt was used.
    pub prompt: Option<PromptRecord>,
    /// Strategy.
    pub strategy_id: Option<StrategyId>,
    /// Model, or the name of the analyst that is none.
    pub model: Option<String>,
    /// Day on which the signals were made.
    pub day: Option<Date>,
}

/// The signals of a group.
#[derive(Debug, Clone, PartialEq)]
pub struct Group {
    /// What they share.
    pub key: GroupKey,
    /// How they did.
    pub numbers: Numbers,
}

/// What makes two keys the same, and their order.
type Place<'a> =
    (Option<(&'a str, &'a str, u32)>, Option<&'a StrategyId>, Option<&'a str>, Option<Date>);

/// Groups signals, in the order of the keys. Of a prompt the id and the version count, and a signal
/// counts once for each version that it used, so that the groups by prompt add up to more than the
/// signals.
pub fn group(signals: &[Signal], by: &[PerformanceDimension]) -> Vec<Group> {
    let calendar = Calendar::nyse();
    let is_by = |dimension| by.contains(&dimension);
    let mut tallies: BTreeMap<Place<'_>, (Option<&PromptRecord>, Tally)> = BTreeMap::new();
    for signal in signals {
        let strategy_id = is_by(PerformanceDimension::Strategy).then_some(&signal.strategy_id);
        let model = is_by(PerformanceDimension::Model)
            .then(|| signal.model.as_deref().unwrap_or(&signal.analyst_name));
        let day = is_by(PerformanceDimension::Day).then(|| calendar.date_at(signal.generated_at));
        for prompt in prompts(signal, is_by(PerformanceDimension::Prompt)) {
            let named = prompt
                .map(|prompt| (prompt.name.as_str(), prompt.prompt_id.as_str(), prompt.version));
            let (_, tally) = tallies
                .entry((named, strategy_id, model, day))
                .or_insert_with(|| (prompt, Tally::default()));
            tally.add(signal);
        }
    }
    tallies
        .into_iter()
        .map(|((_, strategy_id, model, day), (prompt, tally))| Group {
            key: GroupKey {
                prompt: prompt.cloned(),
                strategy_id: strategy_id.cloned(),
                model: model.map(str::to_owned),
                day,
            },
            numbers: tally.numbers(),
        })
        .collect()
}

/// The prompts that a signal counts for: each version once, or "none" once.
fn prompts(signal: &Signal, is_by_prompt: bool) -> Vec<Option<&PromptRecord>> {
    if !is_by_prompt || signal.prompts.is_empty() {
        return vec![None];
    }
    let mut used: Vec<Option<&PromptRecord>> = Vec::with_capacity(signal.prompts.len());
    for prompt in signal.prompts.values() {
        let is_counted = used
            .iter()
            .flatten()
            .any(|other| (&other.prompt_id, other.version) == (&prompt.prompt_id, prompt.version));
        if !is_counted {
            used.push(Some(prompt));
        }
    }
    used
}

/// Groups by their average R, best first; of equals the one with more trades.
#[derive(Debug, Clone, PartialEq)]
pub struct Leaderboard {
    /// Best first.
    pub ranked: Vec<Group>,
    /// Groups that have fewer closed trades than asked for.
    pub too_few: usize,
}

/// Ranks the groups that have at least so many closed trades.
pub fn leaderboard(groups: Vec<Group>, minimum_outcomes: u32) -> Leaderboard {
    let all = groups.len();
    let mut ranked: Vec<Group> = groups
        .into_iter()
        .filter(|group| group.numbers.outcomes() >= minimum_outcomes.max(1))
        .filter(|group| group.numbers.average_r.is_some())
        .collect();
    ranked.sort_by_key(|group| Reverse((group.numbers.average_r, group.numbers.outcomes())));
    Leaderboard { too_few: all - ranked.len(), ranked }
}

#[cfg(test)]
mod tests {
    use super::super::samples::{closed, prompt, signal};
    use super::*;
    use crate::domain::SignalAction;

    fn by_prompt(version: u32, r: &str, net: &str) -> Signal {
        let mut signal = closed(r, net);
        signal.prompts.insert("daily".into(), prompt("daily-en", version));
        signal.prompts.insert("weekly".into(), prompt("weekly-en", 1));
        signal
    }

    #[test]
    fn a_signal_counts_once_for_each_version_that_it_used() {
        let mut same = by_prompt(2, "1", "10");
        same.prompts.insert("consolidation".into(), prompt("daily-en", 2));
        let signals = [by_prompt(1, "-1", "-10"), same, signal(SignalAction::Hold)];
        let groups = group(&signals, &[PerformanceDimension::Prompt]);
        let found: Vec<_> = groups
            .iter()
            .map(|group| {
                let prompt = group.key.prompt.as_ref();
                let named = prompt.map(|prompt| (prompt.prompt_id.as_str(), prompt.version));
                (named, group.numbers.signals)
            })
            .collect();
        let expected = [
            (None, 1),
            (Some(("daily-en", 1)), 1),
            (Some(("daily-en", 2)), 1),
            (Some(("weekly-en", 1)), 2),
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn a_day_is_the_exchanges() {
        let mut late = signal(SignalAction::Hold);
        // 20:30 in New York of the 15th.
        late.generated_at = "2012-06-16T00:30:00Z".parse().unwrap();
        let groups = group(
            &[late, signal(SignalAction::Buy)],
            &[PerformanceDimension::Day, PerformanceDimension::Model],
        );
        assert_eq!(groups.len(), 1);
        assert_eq!(groups[0].key.day.unwrap().to_string(), "2012-06-15");
        assert_eq!(groups[0].key.model.as_deref(), Some("sample-1"));
    }

    #[test]
    fn without_a_dimension_there_is_one_group() {
        let signals = [by_prompt(1, "1", "1"), by_prompt(2, "1", "1")];
        let groups = group(&signals, &[]);
        assert_eq!((groups.len(), groups[0].numbers.signals), (1, 2));
        assert_eq!(groups[0].key, GroupKey::default());
    }

    #[test]
    fn the_leaderboard_leaves_out_who_has_too_few_trades() {
        let mut signals = vec![by_prompt(3, "9", "900")];
        signals.extend((0..3).map(|_| by_prompt(1, "0.50", "50")));
        signals.extend((0..3).map(|_| by_prompt(2, "1.50", "150")));
        let board = leaderboard(group(&signals, &[PerformanceDimension::Prompt]), 3);
        let versions: Vec<_> = board
            .ranked
            .iter()
            .map(|group| group.key.prompt.as_ref().map(|p| (p.prompt_id.clone(), p.version)))
            .collect();
        let named = |id: &str, version| Some((id.to_owned(), version));
        // The weekly prompt stands behind all seven: (9 + 1.5 + 4.5) ÷ 7 is 2.14.
        assert_eq!(versions, [named("weekly-en", 1), named("daily-en", 2), named("daily-en", 1)]);
        assert_eq!(board.too_few, 1);
    }
}
