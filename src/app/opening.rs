//! The account at the first opening of a data directory.

use rust_decimal::Decimal;

use super::Engine;
use crate::api::{ApiError, ErrorCode};
use crate::domain::{AccountId, Environment};
use crate::executor::{Changed, Opening, Parts};
use crate::sandbox::SANDBOX_ACCOUNT;
use crate::store::{Change, Durability, Store};

/// Under which name the account that orders go to is kept.
pub(crate) const ACCOUNT_SETTING: &str = "account_id";

/// What was written down of the account; nothing if the broker has never answered.
pub(super) async fn stored(
    store: &Store,
    environment: Environment,
) -> Result<Option<Opening>, ApiError> {
    let Some(cash) = amount(store, "starting_cash").await? else { return Ok(None) };
    let value = amount(store, "starting_value").await?.unwrap_or(cash);
    let account_id = match store.setting(ACCOUNT_SETTING).await? {
        Some(account) => account,
        // Written down since there is more than one environment.
        None if environment == Environment::Sandbox => SANDBOX_ACCOUNT.to_owned(),
        None => return Ok(None),
    };
    let account_id = AccountId::new(account_id)
        .map_err(|error| ApiError::new(ErrorCode::Storage, error.to_string()))?;
    Ok(Some(Opening { account_id, cash, value }))
}

/// The settings that keep an opening.
pub(super) fn changes(opening: &Opening) -> Vec<Change> {
    vec![
        Change::setting(ACCOUNT_SETTING, opening.account_id.to_string()),
        Change::setting("starting_cash", opening.cash.to_string()),
        Change::setting("starting_value", opening.value.to_string()),
    ]
}

async fn amount(store: &Store, key: &str) -> Result<Option<Decimal>, ApiError> {
    store.setting(key).await?.map_or(Ok(None), |text| {
        text.parse().map(Some).map_err(|_| {
            ApiError::new(
                ErrorCode::Storage,
                format!("the setting {key} is \"{text}\", which is not an amount"),
            )
        })
    })
}

/// Values open positions at the broker's last prices before anything is shown.
pub(super) async fn restore_prices(parts: &Parts) -> Result<(), ApiError> {
    if !parts.account.positions().is_empty() {
        let listed = parts.broker.positions().await?;
        let prices = listed.into_iter().filter_map(|held| Some((held.conid, held.market_price?)));
        parts.account.note_prices(parts.clock.now(), prices);
    }
    Ok(())
}

impl Engine {
    /// At the first session ever, the broker's word is what the account begins with. It is written
    /// down with its evidence. Where the login has several accounts, a person chooses first.
    pub(super) async fn learn_account(&self) -> Result<(), ApiError> {
        let parts = &self.parts;
        if parts.account.account_id().is_some() {
            return Ok(());
        }
        let view = self.session.view();
        let Some(selected) = view.selected_account else { return Ok(()) };
        let chosen = parts.store.setting(ACCOUNT_SETTING).await?;
        let is_meant = match &chosen {
            Some(chosen) => chosen == selected.as_str(),
            None => view.accounts.len() <= 1,
        };
        if !is_meant {
            return Ok(());
        }
        let summary = parts.broker.account_summary().await?;
        let opening = Opening {
            account_id: selected,
            cash: summary.total_cash,
            value: summary.net_liquidation,
        };
        let mut all = changes(&opening);
        all.push(Change::setting(
            "starting_evidence",
            format!(
                "At {} IBKR reported cash {} and net liquidation {} {}, as of {}.",
                parts.clock.now(),
                summary.total_cash,
                summary.net_liquidation,
                summary.currency,
                summary.as_of
            ),
        ));
        parts.recorder.commit(all, Durability::Full).await?;
        parts.account.open(opening);
        parts.changes.tell(Changed::Portfolio);
        parts.changes.tell(Changed::Status);
        Ok(())
    }
}
