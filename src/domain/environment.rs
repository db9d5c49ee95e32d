use std::fmt;

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Where an order would go. Environments never mix: each has its own account, rows and colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Environment {
    /// The simulated exchange in this program, with invented money.
    Sandbox,
    /// IBKR's paper-trading account.
    Paper,
    /// Real money.
    Live,
}

impl fmt::Display for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sandbox => "sandbox",
            Self::Paper => "paper",
            Self::Live => "live",
        })
    }
}
