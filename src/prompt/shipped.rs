//! The prompts that come with the program. They cannot be changed; a person clones one.

use crate::domain::records::PromptRecord;
use crate::domain::{Language, PromptType};

/// Version of the shipped texts; counts up when one of them changes.
pub const SHIPPED_VERSION: u32 = 1;

/// A prompt that comes with the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shipped {
    /// Id, such as `shipped-daily-en`.
    pub id: &'static str,
    /// Name for people.
    pub name: &'static str,
    /// What it is for.
    pub description: &'static str,
    /// What it does in a run.
    pub prompt_type: PromptType,
    /// Its language.
    pub language: Language,
    /// The template.
    pub text: &'static str,
}

impl Shipped {
    /// BLAKE3 of the text.
    pub fn hash(&self) -> String {
        blake3::hash(self.text.as_bytes()).to_hex().to_string()
    }

    /// As a record names it.
    pub fn record(&self) -> PromptRecord {
        PromptRecord {
            prompt_id: self.id.to_owned(),
            name: self.name.to_owned(),
            version: SHIPPED_VERSION,
            prompt_type: self.prompt_type.to_string(),
            language: self.language.to_string(),
            hash: self.hash(),
        }
    }
}

macro_rules! shipped {
    ($($id:literal, $name:literal, $description:literal, $type:ident, $language:ident, $file:literal;)*) => {
        const ALL: &[Shipped] = &[$(Shipped {
            id: $id,
            name: $name,
            description: $description,
            prompt_type: PromptType::$type,
            language: Language::$language,
            text: include_str!(concat!("templates/", $file)),
        }),*];
    };
}

shipped! {
    "shipped-daily-en", "Daily reading", "Reads the daily chart in six sections; it leads the decision.", Daily, English, "daily.en.jinja";
    "shipped-daily-system-en", "Daily reading: system message", "Who reads the daily chart, and by which rules.", DailySystem, English, "daily_system.en.jinja";
    "shipped-weekly-en", "Weekly reading", "Reads the weekly chart in seven sections; it confirms the daily one or not.", Weekly, English, "weekly.en.jinja";
    "shipped-weekly-system-en", "Weekly reading: system message", "Who reads the weekly chart, and by which rules.", WeeklySystem, English, "weekly_system.en.jinja";
    "shipped-consolidation-en", "Consolidation", "Weighs both readings and proposes a signal.", Consolidation, English, "consolidation.en.jinja";
    "shipped-consolidation-system-en", "Consolidation: system message", "Who decides, and by which rules.", ConsolidationSystem, English, "consolidation_system.en.jinja";
    "shipped-daily-zh", "日線分析", "以六個部分解讀日線圖；日線主導決策。", Daily, TraditionalChinese, "daily.zh.jinja";
    "shipped-daily-system-zh", "日線分析：系統訊息", "由誰解讀日線圖，以及須遵守的規則。", DailySystem, TraditionalChinese, "daily_system.zh.jinja";
    "shipped-weekly-zh", "週線分析", "以七個部分解讀週線圖；週線只用來確認日線。", Weekly, TraditionalChinese, "weekly.zh.jinja";
    "shipped-weekly-system-zh", "週線分析：系統訊息", "由誰解讀週線圖，以及須遵守的規則。", WeeklySystem, TraditionalChinese, "weekly_system.zh.jinja";
    "shipped-consolidation-zh", "綜合判斷", "衡量日線與週線分析，提出交易訊號。", Consolidation, TraditionalChinese, "consolidation.zh.jinja";
    "shipped-consolidation-system-zh", "綜合判斷：系統訊息", "由誰作決定，以及須遵守的規則。", ConsolidationSystem, TraditionalChinese, "consolidation_system.zh.jinja";
}

/// Every prompt that comes with the program.
pub fn shipped() -> &'static [Shipped] {
    ALL
}

/// One of them by its id.
pub fn shipped_by_id(id: &str) -> Option<&'static Shipped> {
    ALL.iter().find(|shipped| shipped.id == id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_is_there_once_in_both_languages() {
        for prompt_type in PromptType::ALL {
            for language in Language::ALL {
                let of_kind = ALL.iter().filter(|shipped| {
                    shipped.prompt_type == prompt_type && shipped.language == language
                });
                assert_eq!(of_kind.count(), 1, "{prompt_type} in {language}");
            }
        }
        for prompt in ALL {
            assert!(crate::domain::PromptId::new(prompt.id).is_ok());
            assert!(prompt.id.starts_with("shipped-"), "{}", prompt.id);
            assert_eq!(shipped_by_id(prompt.id), Some(prompt));
        }
    }
}
