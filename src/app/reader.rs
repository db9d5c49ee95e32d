use std::collections::BTreeMap;
use std::path::Path;

use jiff::Timestamp;
use rust_decimal::Decimal;

use super::advance::find_strategy;
use super::opening;
use super::paths::parse_instant;
use crate::api::{ApiError, ErrorCode};
use crate::clock::{Clock as _, SystemClock};
use crate::domain::{Conid, Environment};
use crate::executor::AccountBook;
use crate::store::{Store, StrategyRow};

/// A look at a data directory beside a running engine, or without one. It writes nothing.
pub struct Reader {
    /// What outlives the process.
    pub store: Store,
    /// The account, rebuilt from it.
    pub account: AccountBook,
    /// Engine time as last written down.
    pub now: Timestamp,
}

impl Reader {
    /// Opens a data directory for reading.
    pub async fn open(data_dir: &Path) -> Result<Self, ApiError> {
        let store = Store::open_read_only(data_dir).await?;
        let no_account = || {
            ApiError::new(ErrorCode::NotFound, "this data directory has no account yet")
                .with_hint("run a strategy once: throughline run sample")
        };
        let environment = match store.setting("environment").await?.as_deref() {
            Some("sandbox") => Environment::Sandbox,
            Some("paper") => Environment::Paper,
            Some("live") => Environment::Live,
            _ => return Err(no_account()),
        };
        let opening = opening::stored(&store, environment).await?.ok_or_else(no_account)?;
        let now = match environment {
            Environment::Sandbox => {
                parse_instant(&store.setting("engine_time").await?.unwrap_or_default())?
            }
            Environment::Paper | Environment::Live => SystemClock.now(),
        };
        let account = AccountBook::load(&store, environment, Some(opening)).await?;
        if let Some(prices) = store.setting("last_prices").await? {
            // Prices of another version are missing prices, which are shown as missing.
            let prices: BTreeMap<Conid, Decimal> =
                serde_json::from_str(&prices).unwrap_or_default();
            let times = store.setting("last_price_times").await?.unwrap_or_default();
            account.restore_prices(prices, serde_json::from_str(&times).unwrap_or_default());
        }
        Ok(Self { store, account, now })
    }

    /// A strategy by its id as typed.
    pub async fn strategy(&self, id: &str) -> Result<StrategyRow, ApiError> {
        find_strategy(self.store.strategies().await?, id)
    }
}
