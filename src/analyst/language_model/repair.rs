//! What a model is told of an answer that does not hold.

use crate::domain::Language;
use crate::prompt::fenced;

/// Longest part of an earlier answer that is shown again, in characters.
const LONGEST_SHOWN: usize = 4_000;

/// The same question with the answer and what is wrong with it. The answer is shown as data: it
/// came from outside.
pub(super) fn prompt(
    language: Language,
    question: &str,
    answer: &str,
    problems: &[String],
) -> String {
    let shown: String = answer.chars().take(LONGEST_SHOWN).collect();
    let listed: String = problems.iter().map(|problem| format!("{}\n", fenced(problem))).collect();
    let (was, wrong, again) = match language {
        Language::English => (
            "You were asked this before and answered:",
            "That answer was not used, because:",
            "Answer again. Write one JSON object of exactly the format asked for, and nothing else.",
        ),
        Language::TraditionalChinese => (
            "先前已問過你這個問題，你的回答是：",
            "該回答未被採用，原因如下：",
            "請重新回答。只輸出一個完全符合指定格式的 JSON 物件，不要輸出其他任何內容。",
        ),
    };
    format!("{question}\n\n{was}\n{}\n\n{wrong}\n{listed}\n{again}\n", fenced(&shown))
}
