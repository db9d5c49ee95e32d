use serde_json::Value;

/// Differences that are shown of one step; more of them say the same.
const MOST_SHOWN: usize = 8;

/// Longest value that is shown of a difference, in characters.
const LONGEST_SHOWN: usize = 400;

/// What of a step differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PartOfStep {
    /// What it took.
    Input,
    /// What it gave.
    Output,
}

impl PartOfStep {
    /// The name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Input => "input",
            Self::Output => "output",
        }
    }
}

/// A value that is another than the recorded one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Of the input or of the output.
    pub part: PartOfStep,
    /// The way to it, such as `$.charts[0].image.blob`.
    pub path: String,
    /// As it was recorded, as JSON and perhaps shortened; nothing where the record has no such value.
    pub recorded: Option<String>,
    /// As it is computed now; nothing where there is no such value now.
    pub replayed: Option<String>,
}

/// Where two JSON texts differ. Texts of the same values in another spelling differ at `$`: what is
/// held against each other is bytes.
pub(super) fn differences(part: PartOfStep, recorded: &str, replayed: &str) -> Vec<Difference> {
    if recorded == replayed {
        return Vec::new();
    }
    let mut found = Vec::new();
    match (serde_json::from_str(recorded), serde_json::from_str(replayed)) {
        (Ok(before), Ok(now)) => compare(part, "$", Some(&before), Some(&now), &mut found),
        // What is no JSON was not written by any version.
        _ => found.push(whole(part, recorded, replayed)),
    }
    if found.is_empty() {
        found.push(whole(part, recorded, replayed));
    }
    found.truncate(MOST_SHOWN);
    found
}

fn whole(part: PartOfStep, recorded: &str, replayed: &str) -> Difference {
    Difference {
        part,
        path: "$".to_owned(),
        recorded: Some(shortened(recorded)),
        replayed: Some(shortened(replayed)),
    }
}

fn compare(
    part: PartOfStep,
    path: &str,
    recorded: Option<&Value>,
    replayed: Option<&Value>,
    found: &mut Vec<Difference>,
) {
    if recorded == replayed || found.len() >= MOST_SHOWN {
        return;
    }
    match (recorded, replayed) {
        (Some(Value::Object(before)), Some(Value::Object(now))) => {
            let added = now.keys().filter(|key| !before.contains_key(*key));
            for key in before.keys().chain(added) {
                let path = format!("{path}.{key}");
                compare(part, &path, before.get(key), now.get(key), found);
            }
        }
        (Some(Value::Array(before)), Some(Value::Array(now))) => {
            for index in 0..before.len().max(now.len()) {
                let path = format!("{path}[{index}]");
                compare(part, &path, before.get(index), now.get(index), found);
            }
        }
        _ => found.push(Difference {
            part,
            path: path.to_owned(),
            recorded: recorded.map(|value| shortened(&value.to_string())),
            replayed: replayed.map(|value| shortened(&value.to_string())),
        }),
    }
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(LONGEST_SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn paths(recorded: &str, replayed: &str) -> Vec<String> {
        let found = differences(PartOfStep::Output, recorded, replayed);
        found.into_iter().map(|difference| difference.path).collect()
    }

    #[test]
    fn a_difference_is_named_by_the_way_to_it() {
        assert!(paths(r#"{"a":[1,2]}"#, r#"{"a":[1,2]}"#).is_empty());
        assert_eq!(paths(r#"{"a":[1,2],"b":"x"}"#, r#"{"a":[1,3],"b":"x"}"#), ["$.a[1]"]);
        assert_eq!(paths(r#"{"a":{"b":1}}"#, r#"{"a":{}}"#), ["$.a.b"]);
        assert_eq!(paths(r#"{"a":{}}"#, r#"{"a":{"c":null}}"#), ["$.a.c"]);
        assert_eq!(paths(r"[1]", r"[1,2,3]"), ["$[1]", "$[2]"]);
    }

    #[test]
    fn the_same_values_in_another_spelling_differ_as_a_whole() {
        assert_eq!(paths(r#"{"a":1, "b":2}"#, r#"{"b":2,"a":1}"#), ["$"]);
        assert_eq!(paths("no JSON", "{}"), ["$"]);
    }

    #[test]
    fn both_sides_are_shown_and_stay_short() {
        let long = format!("\"{}\"", "é".repeat(5_000));
        let found = differences(PartOfStep::Input, &long, "null");
        assert_eq!(found.len(), 1);
        assert!(found[0].recorded.as_ref().unwrap().chars().count() <= LONGEST_SHOWN + 1);
        assert_eq!(found[0].replayed.as_deref(), Some("null"));
        let many = |offset: u32| {
            serde_json::to_string(&(0..100).map(|n| n + offset).collect::<Vec<_>>()).unwrap()
        };
        assert_eq!(differences(PartOfStep::Output, &many(0), &many(1)).len(), MOST_SHOWN);
    }

    proptest! {
        #[test]
        fn texts_differ_exactly_if_their_bytes_do(
            numbers in prop::collection::vec(0_u32..50, 1..12),
            place in any::<prop::sample::Index>(),
            by in 1_u32..9,
        ) {
            let mut other = numbers.clone();
            let index = place.index(other.len());
            other[index] += by;
            let text = |values: &Vec<u32>| serde_json::to_string(values).unwrap();
            prop_assert!(paths(&text(&numbers), &text(&numbers)).is_empty());
            prop_assert_eq!(paths(&text(&numbers), &text(&other)), [format!("$[{index}]")]);
        }
    }
}
