//! What two texts differ in, line by line, and word by word within a changed line.

use similar::{ChangeTag, TextDiff};

/// What became of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DiffKind {
    /// It is in both.
    Same,
    /// It is in the earlier text only.
    Removed,
    /// It is in the later text only.
    Added,
}

/// A piece of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DiffSpan {
    /// The text.
    pub text: String,
    /// Whether this is what differs in the line.
    pub is_changed: bool,
}

/// A line of either text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DiffLine {
    /// What became of it.
    pub kind: DiffKind,
    /// Its number in the earlier text, from 1.
    pub old_line: Option<u32>,
    /// Its number in the later text, from 1.
    pub new_line: Option<u32>,
    /// The line, without its end.
    pub spans: Vec<DiffSpan>,
}

/// Every line of both texts, in order.
pub fn diff(old: &str, new: &str) -> Vec<DiffLine> {
    let lines = TextDiff::from_lines(old, new);
    let number = |index: Option<usize>| index.and_then(|index| u32::try_from(index + 1).ok());
    lines
        .ops()
        .iter()
        .flat_map(|operation| lines.iter_inline_changes(operation))
        .map(|change| DiffLine {
            kind: match change.tag() {
                ChangeTag::Equal => DiffKind::Same,
                ChangeTag::Delete => DiffKind::Removed,
                ChangeTag::Insert => DiffKind::Added,
            },
            old_line: number(change.old_index()),
            new_line: number(change.new_index()),
            spans: change
                .iter_strings_lossy()
                .map(|(is_changed, text)| DiffSpan {
                    text: text.trim_end_matches(['\n', '\r']).to_owned(),
                    is_changed,
                })
                .filter(|span| !span.text.is_empty())
                .collect(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn side(lines: &[DiffLine], without: DiffKind) -> Vec<String> {
        lines
            .iter()
            .filter(|line| line.kind != without)
            .map(|line| line.spans.iter().map(|span| span.text.as_str()).collect())
            .collect()
    }

    #[test]
    fn a_changed_word_is_marked_in_its_line() {
        let lines = diff("Read the chart.\nBe brief.\n", "Read the weekly chart.\nBe brief.\n");
        let kinds: Vec<DiffKind> = lines.iter().map(|line| line.kind).collect();
        assert_eq!(kinds, [DiffKind::Removed, DiffKind::Added, DiffKind::Same]);
        let changed: String = lines[1]
            .spans
            .iter()
            .filter(|span| span.is_changed)
            .map(|span| span.text.as_str())
            .collect();
        assert_eq!(changed.trim(), "weekly");
        assert_eq!((lines[2].old_line, lines[2].new_line), (Some(2), Some(2)));
    }

    proptest! {
        #[test]
        fn both_texts_can_be_read_back(
            old in proptest::collection::vec("[a-c ]{0,6}", 0..12),
            new in proptest::collection::vec("[a-c ]{0,6}", 0..12),
        ) {
            let text = |lines: &[String]| lines.iter().flat_map(|line| [line.as_str(), "\n"]).collect::<String>();
            let lines = diff(&text(&old), &text(&new));
            prop_assert_eq!(side(&lines, DiffKind::Added), old);
            prop_assert_eq!(side(&lines, DiffKind::Removed), new);
        }
    }
}
