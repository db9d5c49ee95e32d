//! Prompts as a file of ours, to carry them from one installation to another. What is read is
//! hostile: it is bounded and checked like a text that somebody types.

use serde::{Deserialize, Serialize};

use super::{LONGEST_TEMPLATE, Severity, validate};
use crate::domain::{Language, PromptType};

/// The form that this program writes and reads.
const FORMAT: u32 = 1;
/// Longest file, in bytes.
const LONGEST_FILE: usize = 4 * 1024 * 1024;
/// Most prompts in a file.
const MOST_PROMPTS: usize = 100;
/// Longest name, in characters.
pub(crate) const LONGEST_PROMPT_NAME: usize = 80;
/// Longest description or note, in characters.
pub(crate) const LONGEST_DESCRIPTION: usize = 500;
/// Most tags.
pub(crate) const MOST_TAGS: usize = 10;
/// Longest tag, in characters.
pub(crate) const LONGEST_TAG: usize = 30;

/// A prompt in a file. Scope and switches stay where they were: they belong to the installation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FilePrompt {
    /// Name for people.
    pub name: String,
    /// What it does in a run.
    #[serde(rename = "type")]
    pub prompt_type: PromptType,
    /// Its language.
    pub language: Language,
    /// What it is for.
    #[serde(default)]
    pub description: String,
    /// Words to find it by.
    #[serde(default)]
    pub tags: Vec<String>,
    /// The template.
    pub text: String,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct PromptFile {
    throughline_prompts: u32,
    #[serde(default, rename = "prompt")]
    prompts: Vec<FilePrompt>,
}

/// Why a file is refused, or a prompt cannot be saved as it is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FileError {
    /// It is too long.
    #[error("the file has {bytes} bytes; {LONGEST_FILE} are the most")]
    TooLong {
        /// Its length.
        bytes: usize,
    },
    /// It is not such a file.
    #[error("this is not a file of prompts: {0}")]
    Form(String),
    /// A later program wrote it.
    #[error("the file has form {found}, and this program reads form {FORMAT}; update the program")]
    Format {
        /// The form that it names.
        found: u32,
    },
    /// Too many prompts, or none.
    #[error("the file holds {count} prompts; it may hold 1 to {MOST_PROMPTS}")]
    Count {
        /// How many.
        count: usize,
    },
    /// A part of a prompt is not usable.
    #[error("the {what} of \"{name}\" is not usable: {why}")]
    Part {
        /// Name of the prompt, shortened.
        name: String,
        /// Such as `name`.
        what: &'static str,
        /// What it has to be.
        why: String,
    },
    /// The file could not be written.
    #[error("the prompts could not be written as TOML: {0}")]
    Write(String),
}

/// Reads a file, whole or not at all.
pub fn read_file(text: &str) -> Result<Vec<FilePrompt>, FileError> {
    if text.len() > LONGEST_FILE {
        return Err(FileError::TooLong { bytes: text.len() });
    }
    let file: PromptFile = toml::from_str(text).map_err(|error| {
        let said: String = error.to_string().chars().take(300).collect();
        FileError::Form(said.trim().replace('\n', " "))
    })?;
    if file.throughline_prompts != FORMAT {
        return Err(FileError::Format { found: file.throughline_prompts });
    }
    if file.prompts.is_empty() || file.prompts.len() > MOST_PROMPTS {
        return Err(FileError::Count { count: file.prompts.len() });
    }
    for prompt in &file.prompts {
        check_prompt(prompt)?;
    }
    Ok(file.prompts)
}

/// Writes a file that [`read_file`] reads.
pub fn write_file(prompts: &[FilePrompt]) -> Result<String, FileError> {
    let file = PromptFile { throughline_prompts: FORMAT, prompts: prompts.to_vec() };
    toml::to_string_pretty(&file).map_err(|error| FileError::Write(error.to_string()))
}

/// Whether a prompt can be saved as it is.
pub(crate) fn check_prompt(prompt: &FilePrompt) -> Result<(), FileError> {
    let refused = |what: &'static str, why: String| {
        let name: String = prompt.name.chars().filter(|c| !c.is_control()).take(40).collect();
        Err(FileError::Part { name, what, why })
    };
    let is_line = |text: &str, longest: usize| {
        text.chars().count() <= longest && !text.chars().any(char::is_control)
    };
    if prompt.name.trim().is_empty() || !is_line(&prompt.name, LONGEST_PROMPT_NAME) {
        return refused("name", format!("it is a line of 1 to {LONGEST_PROMPT_NAME} characters"));
    }
    let has_room = prompt.description.chars().count() <= LONGEST_DESCRIPTION;
    if !has_room || prompt.description.chars().any(|c| c.is_control() && c != '\n') {
        return refused("description", format!("it has at most {LONGEST_DESCRIPTION} characters"));
    }
    let is_tag = |tag: &String| !tag.trim().is_empty() && is_line(tag, LONGEST_TAG);
    if prompt.tags.len() > MOST_TAGS || !prompt.tags.iter().all(is_tag) {
        return refused(
            "list of tags",
            format!("it holds at most {MOST_TAGS} words of 1 to {LONGEST_TAG} characters"),
        );
    }
    if prompt.text.len() > LONGEST_TEMPLATE {
        return refused("text", format!("it has at most {LONGEST_TEMPLATE} bytes"));
    }
    let (findings, _) = validate(&prompt.text, prompt.prompt_type);
    if let Some(error) = findings.iter().find(|finding| finding.severity == Severity::Error) {
        return refused(
            "text",
            format!("line {}, column {}: {}", error.line, error.column, error.message),
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn prompt(text: &str) -> FilePrompt {
        FilePrompt {
            name: "My daily reading".into(),
            prompt_type: PromptType::Daily,
            language: Language::English,
            description: "Reads\nthe chart.".into(),
            tags: vec!["trend".into()],
            text: text.into(),
        }
    }

    #[test]
    fn a_file_is_refused_whole_if_one_prompt_in_it_is_not_usable() {
        let good = prompt("Read {{ symbol }}.");
        let long = "x".repeat(LONGEST_PROMPT_NAME + 1);
        let bad = [
            FilePrompt { name: String::new(), ..good.clone() },
            FilePrompt { name: long, ..good.clone() },
            FilePrompt { name: "two\nlines".into(), ..good.clone() },
            FilePrompt { tags: vec![String::new()], ..good.clone() },
            FilePrompt { description: "x".repeat(501), ..good.clone() },
            FilePrompt { text: "{% include \"/etc/passwd\" %}".into(), ..good.clone() },
            FilePrompt { text: "{{ no_such_value }}".into(), ..good.clone() },
            FilePrompt { text: "x".repeat(LONGEST_TEMPLATE + 1), ..good.clone() },
        ];
        for bad in bad {
            let written = write_file(&[good.clone(), bad]).unwrap();
            assert!(matches!(read_file(&written), Err(FileError::Part { .. })), "{written}");
        }
        for (text, expected) in [
            ("", "throughline_prompts"),
            ("throughline_prompts = 2", "form 2"),
            ("throughline_prompts = 1", "0 prompts"),
            ("throughline_prompts = 1\nother = 1", "other"),
        ] {
            let error = read_file(text).unwrap_err().to_string();
            assert!(error.contains(expected), "{text:?}: {error}");
        }
    }

    proptest! {
        #[test]
        fn what_was_written_reads_back_the_same(text in "[ -z{}\\|~éü日線\n\"'\\\\]{1,80}") {
            let text = text.replace(['{', '}'], "");
            let good = prompt(&format!("-{text}"));
            prop_assert_eq!(read_file(&write_file(std::slice::from_ref(&good)).unwrap()).unwrap(), vec![good]);
        }

        #[test]
        fn no_file_makes_it_panic(text in any::<String>()) {
            let _ = read_file(&text);
            let _ = read_file(&format!("throughline_prompts = 1\n[[prompt]]\n{text}"));
        }
    }
}
