//! Which prompt a run uses.

use crate::domain::{Language, PromptType, StrategyId};

/// A prompt of a person that the look-up may find: active and not deleted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate<K> {
    /// What names it to the caller.
    pub key: K,
    /// What it does in a run.
    pub prompt_type: PromptType,
    /// Its language.
    pub language: Language,
    /// The one strategy that it is for; every strategy if absent.
    pub strategy_id: Option<StrategyId>,
    /// Preferred in its scope.
    pub is_default: bool,
}

/// Where a prompt was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source<K> {
    /// A prompt of the strategy, or the default of all strategies.
    Own(K),
    /// The text that comes with the program.
    Shipped,
}

/// What the look-up found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Found<K> {
    /// Where.
    pub source: Source<K>,
    /// The language of what was found.
    pub language: Language,
    /// It is English because there was none in the language that was asked for.
    pub is_fallback: bool,
}

/// Looks a prompt up: an active one of the strategy (the default first, then the newest), then the
/// default of all strategies, then, in a language that has one, the shipped text. What is not there
/// in Chinese is looked up again in English.
///
/// `candidates` come newest first. `has_shipped` says in which languages there is a shipped text.
pub fn look_up<K: Clone>(
    candidates: &[Candidate<K>],
    prompt_type: PromptType,
    language: Language,
    strategy_id: Option<&StrategyId>,
    has_shipped: impl Fn(Language) -> bool,
) -> Found<K> {
    let in_language = |language: Language| -> Option<Source<K>> {
        let fitting: Vec<&Candidate<K>> = candidates
            .iter()
            .filter(|candidate| {
                candidate.prompt_type == prompt_type && candidate.language == language
            })
            .collect();
        let of_strategy = || {
            let mut own = fitting
                .iter()
                .filter(|candidate| candidate.strategy_id.is_some())
                .filter(|candidate| candidate.strategy_id.as_ref() == strategy_id);
            let newest = own.clone().next();
            own.find(|candidate| candidate.is_default).or(newest)
        };
        let of_all = || {
            fitting.iter().find(|candidate| candidate.strategy_id.is_none() && candidate.is_default)
        };
        of_strategy()
            .or_else(of_all)
            .map(|candidate| Source::Own(candidate.key.clone()))
            .or_else(|| has_shipped(language).then_some(Source::Shipped))
    };
    if let Some(source) = in_language(language) {
        return Found { source, language, is_fallback: false };
    }
    let source = in_language(Language::English).unwrap_or(Source::Shipped);
    Found { source, language: Language::English, is_fallback: language != Language::English }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn candidate(
        key: &'static str,
        language: Language,
        strategy: Option<&str>,
        is_default: bool,
    ) -> Candidate<&'static str> {
        Candidate {
            key,
            prompt_type: PromptType::Daily,
            language,
            strategy_id: strategy.map(|id| StrategyId::new(id).unwrap()),
            is_default,
        }
    }

    fn find(candidates: &[Candidate<&'static str>], language: Language) -> Found<&'static str> {
        let strategy = StrategyId::new("sample").unwrap();
        look_up(candidates, PromptType::Daily, language, Some(&strategy), |language| {
            language == Language::English
        })
    }

    #[test]
    fn the_order_is_strategy_then_default_of_all_then_shipped() {
        let en = Language::English;
        let newest = candidate("newest", en, Some("sample"), false);
        let default = candidate("default", en, Some("sample"), true);
        let global = candidate("global", en, None, true);
        let other = candidate("other", en, Some("other"), true);
        let not_default = candidate("not default", en, None, false);
        let cases: [(&[Candidate<&'static str>], Source<&'static str>); 5] = [
            (&[newest.clone(), default, global.clone(), other.clone()], Source::Own("default")),
            (&[newest, global.clone(), other.clone()], Source::Own("newest")),
            (&[other.clone(), global], Source::Own("global")),
            (&[other, not_default], Source::Shipped),
            (&[], Source::Shipped),
        ];
        for (candidates, expected) in cases {
            assert_eq!(find(candidates, en).source, expected);
        }
    }

    #[test]
    fn what_is_not_there_in_chinese_is_looked_up_in_english() {
        let english = candidate("english", Language::English, None, true);
        let found = find(std::slice::from_ref(&english), Language::TraditionalChinese);
        assert_eq!(found.source, Source::Own("english"));
        assert!(found.is_fallback && found.language == Language::English);
        let chinese = candidate("chinese", Language::TraditionalChinese, None, true);
        let found = find(&[english, chinese], Language::TraditionalChinese);
        assert_eq!((found.source, found.is_fallback), (Source::Own("chinese"), false));
    }
}
