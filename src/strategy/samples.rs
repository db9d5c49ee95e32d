//! The strategies that the sandbox starts with: one rule, five symbols.

/// A strategy that ships with the program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sample {
    /// Its id.
    pub id: &'static str,
    /// Its text.
    pub toml: String,
}

const SYMBOLS: [(&str, &str); 5] = [
    ("sample", "AAPL"),
    ("sample-goog", "GOOG"),
    ("sample-ibm", "IBM"),
    ("sample-msft", "MSFT"),
    ("sample-fb", "FB"),
];

/// All samples; the first is the one that a newcomer runs.
pub fn all() -> Vec<Sample> {
    SYMBOLS
        .into_iter()
        .map(|(id, symbol)| Sample {
            id,
            toml: include_str!("momentum_daily.toml").replace("SYMBOL", symbol),
        })
        .collect()
}
