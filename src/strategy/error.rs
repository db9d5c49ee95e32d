/// Why a text is no strategy.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StrategyError {
    /// Not TOML, or not the fields of a strategy.
    #[error("the strategy could not be read: {detail}")]
    Syntax {
        /// What the parser says, with line and column.
        detail: String,
    },
    /// A field has a value that cannot be.
    #[error("{field} is \"{value}\": {rule}")]
    Field {
        /// Name of the field.
        field: &'static str,
        /// Its value, cut to 80 characters.
        value: String,
        /// What it may be.
        rule: String,
    },
}

impl StrategyError {
    /// A fault in one field.
    pub(super) fn field(
        field: &'static str,
        value: impl std::fmt::Display,
        rule: impl Into<String>,
    ) -> Self {
        Self::Field {
            field,
            value: format!("{value}").chars().take(80).collect(),
            rule: rule.into(),
        }
    }
}
