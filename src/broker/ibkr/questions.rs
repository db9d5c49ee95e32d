//! Which of the broker's questions are answered with yes without asking a person.

use std::sync::{Arc, PoisonError, RwLock};

/// Message ids that IBKR is known to use are a letter and digits (`o163`, `p6`). Newer sessions may
/// send something else, which says nothing.
fn is_known_form(id: &str) -> bool {
    let mut characters = id.chars();
    characters.next().is_some_and(|c| c == 'o' || c == 'p')
        && id.len() > 1
        && characters.all(|c| c.is_ascii_digit())
}

/// Lower case, runs of white space as one space: how texts are compared.
fn comparable(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

/// One kind of question that may be answered with yes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AllowedQuestion {
    /// IBKR's id of the message, such as `o354`.
    pub message_id: String,
    /// Words by which the question is known when it carries no id; compared without regard to case
    /// and white space.
    pub text_fragment: Option<String>,
    /// Why yes is the right answer, in one sentence.
    pub reason: String,
    /// Off: the question is treated as one that is not on the list.
    pub is_on: bool,
}

/// The list of questions that are answered with yes without asking anybody. Any other is put to a
/// person. Clones share one list, so that what is switched in one place holds in all.
#[derive(Debug, Clone)]
pub struct QuestionPolicy {
    allowed: Arc<RwLock<Vec<AllowedQuestion>>>,
}

/// An answer and its reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Verdict {
    pub(super) confirmed: bool,
    pub(super) because: String,
}

impl Default for QuestionPolicy {
    /// Warnings about what Throughline does on purpose. The price limit (`o163`) is not among
    /// them: a price far from the market is just what the question is there to stop.
    fn default() -> Self {
        let entry = |message_id: &str, text_fragment: Option<&str>, reason: &str| AllowedQuestion {
            message_id: message_id.into(),
            text_fragment: text_fragment.map(Into::into),
            reason: reason.into(),
            is_on: true,
        };
        Self::new(vec![
            entry(
                "o354",
                Some("submitting an order without market data"),
                "The limit price comes from our own analysis, whose quote and age were checked.",
            ),
            entry(
                "o10331",
                Some("about to submit a stop order"),
                "Every entry is protected by a stop order on purpose.",
            ),
            entry(
                "o10151",
                None,
                "A protective stop becomes a market order on purpose, so that it fills.",
            ),
            entry(
                "o10152",
                None,
                "The risk of a stop order once it is active is accepted for protection.",
            ),
            entry(
                "o383",
                Some("exceeds the size limit"),
                "The size was computed and limited by our own risk gate.",
            ),
            entry(
                "o451",
                Some("exceeds the total value limit"),
                "The value was computed and limited by our own risk gate.",
            ),
        ])
    }
}

impl QuestionPolicy {
    /// A list of one's own.
    pub fn new(allowed: Vec<AllowedQuestion>) -> Self {
        Self { allowed: Arc::new(RwLock::new(allowed)) }
    }

    /// The entries, to be shown.
    pub fn allowed(&self) -> Vec<AllowedQuestion> {
        // A list of sound entries cannot be left half-way by a panic elsewhere.
        self.allowed.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Switches one entry. False if there is none of that id.
    pub fn set(&self, message_id: &str, is_on: bool) -> bool {
        let mut allowed = self.allowed.write().unwrap_or_else(PoisonError::into_inner);
        let mut found = false;
        for entry in allowed.iter_mut().filter(|entry| entry.message_id == message_id) {
            entry.is_on = is_on;
            found = true;
        }
        found
    }

    /// Yes only if everything that the question says is covered: each id that it carries, and each
    /// message that has no id.
    pub(super) fn answer(&self, message_ids: &[String], messages: &[String]) -> Verdict {
        let mut allowed = self.allowed();
        allowed.retain(|entry| entry.is_on);
        let ids: Vec<&String> = message_ids.iter().filter(|id| is_known_form(id)).collect();
        let mut reasons: Vec<&str> = Vec::new();
        for id in &ids {
            match allowed.iter().find(|entry| entry.message_id == **id) {
                Some(entry) => reasons.push(&entry.reason),
                None => return no(&format!("{id} is not on the list of allowed questions")),
            }
        }
        if ids.len() < messages.len() {
            for message in messages {
                match by_text(&allowed, message) {
                    Some(entry) => reasons.push(&entry.reason),
                    None => return no("its words are not on the list of allowed questions"),
                }
            }
        }
        if reasons.is_empty() {
            return no("it has neither an id nor words");
        }
        reasons.dedup();
        Verdict { confirmed: true, because: reasons.join(" ") }
    }
}

fn by_text<'a>(allowed: &'a [AllowedQuestion], message: &str) -> Option<&'a AllowedQuestion> {
    let message = comparable(message);
    allowed.iter().find(|entry| {
        entry
            .text_fragment
            .as_deref()
            .map(comparable)
            .is_some_and(|fragment| !fragment.is_empty() && message.contains(&fragment))
    })
}

fn no(because: &str) -> Verdict {
    Verdict { confirmed: false, because: format!("Answered with no: {because}.") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(ids: &[&str], messages: &[&str]) -> bool {
        let owned = |texts: &[&str]| texts.iter().map(|t| (*t).to_owned()).collect::<Vec<_>>();
        QuestionPolicy::default().answer(&owned(ids), &owned(messages)).confirmed
    }

    const NO_DATA: &str = "You are submitting an order\nwithout market data. Are you sure?";
    const FAR_PRICE: &str = "The price exceeds the Percentage constraint of 3%. Are you sure?";

    #[test]
    fn h14_only_listed_questions_are_answered_with_yes() {
        let cases: [(&[&str], &[&str], bool); 10] = [
            (&["o354"], &[NO_DATA], true),
            (&["o163"], &[FAR_PRICE], false),
            (&["o10331"], &["words that IBKR has changed since"], true),
            (&["o354", "o163"], &[NO_DATA, FAR_PRICE], false),
            (&["o354"], &[NO_DATA, FAR_PRICE], false),
            (&["o163"], &[NO_DATA], false),
            (&[], &[NO_DATA], true),
            (&["5f0c7d1e-6a5e-4a52"], &[NO_DATA], true),
            (&["5f0c7d1e-6a5e-4a52"], &[FAR_PRICE], false),
            (&[], &[], false),
        ];
        for (ids, messages, expected) in cases {
            assert_eq!(answer(ids, messages), expected, "{ids:?} {messages:?}");
        }
    }

    #[test]
    fn an_empty_fragment_allows_nothing() {
        let policy = QuestionPolicy::new(vec![AllowedQuestion {
            message_id: "o1".into(),
            text_fragment: Some("  ".into()),
            reason: "None.".into(),
            is_on: true,
        }]);
        assert!(!policy.answer(&[], &["Anything?".into()]).confirmed);
    }

    #[test]
    fn an_entry_that_is_off_allows_nothing_anywhere() {
        let policy = QuestionPolicy::default();
        let shared = policy.clone();
        assert!(shared.set("o354", false));
        assert!(!shared.set("o1", false), "there is no such entry");
        let ids = ["o354".to_owned()];
        assert!(!policy.answer(&ids, &[NO_DATA.into()]).confirmed);
        assert!(!policy.answer(&[], &[NO_DATA.into()]).confirmed, "neither by its words");
        assert!(policy.allowed().iter().any(|e| e.message_id == "o354" && !e.is_on));
        assert!(shared.set("o354", true));
        assert!(policy.answer(&ids, &[NO_DATA.into()]).confirmed);
    }
}
