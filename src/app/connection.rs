//! What a person can do about the connection: look, take over, accept a certificate, choose the
//! account and the gateway.

use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;

use super::Engine;
use super::environment_choice::{EnvironmentChoice, checked_address};
use super::opening::ACCOUNT_SETTING;
use super::options::GatewayChoice;
use super::venue::Venue;
use super::wiring::{keep_pin, kept_pacing, stored_pin};
use crate::api::{ApiError, ErrorCode};
use crate::broker::ibkr::{CertificatePin, Fingerprint, IbkrClient, QuestionPolicy};
use crate::broker::{Broker as _, GatewayLook, next_reset};
use crate::domain::{AccountId, Environment, GatewayState};
use crate::executor::Changed;
use crate::store::{Change, Durability, Store, StoreError};

impl Engine {
    /// Looks at the gateway now, and opens what can be opened.
    pub async fn check_connection(&self) -> Result<(), ApiError> {
        let mut drivers = self.drivers_for_edit().await?;
        let kept = drivers.session.check().await;
        self.kept(&mut drivers, kept).await?;
        self.woken.notify_one();
        Ok(())
    }

    /// Makes the first attempt of a command that needs the account and does not wait for it: an
    /// error says where the way to the broker stands and what to do.
    pub async fn require_session(&self) -> Result<(), ApiError> {
        if self.venue.simulated().is_some() {
            return Ok(());
        }
        self.check_connection().await?;
        let view = self.session.view();
        if view.state != GatewayState::Ready {
            let said = ApiError::new(
                ErrorCode::Broker,
                format!("{}: {}", view.state.words(), view.evidence),
            );
            return Err(match view.state.action() {
                Some(action) => said.with_hint(action),
                None => said,
            });
        }
        if self.parts.account.account_id().is_none() {
            let accounts: Vec<&str> = view.accounts.iter().map(AccountId::as_str).collect();
            return Err(ApiError::new(
                ErrorCode::NotNow,
                format!("the login has the accounts {}, and none is chosen", accounts.join(", ")),
            )
            .with_hint("choose one in Connection"));
        }
        Ok(())
    }

    /// Ends the session that competes with ours.
    pub async fn take_over_session(&self) -> Result<(), ApiError> {
        if self.session.view().state != GatewayState::Competing {
            return Err(ApiError::new(
                ErrorCode::NotNow,
                "no other session competes with this one, so that there is none to take over",
            ));
        }
        let mut drivers = self.drivers_for_edit().await?;
        let kept = drivers.session.take_over().await?;
        self.kept(&mut drivers, kept).await?;
        self.woken.notify_one();
        Ok(())
    }

    /// Accepts the certificate that the gateway shows, if it still shows the one that was seen.
    pub async fn trust_certificate(&self, fingerprint: &str) -> Result<(), ApiError> {
        let Some(pin) = self.venue.transport().pin() else {
            return Err(ApiError::new(
                ErrorCode::NotNow,
                "the sandbox in this process shows no certificate",
            ));
        };
        let wanted: Fingerprint = fingerprint
            .parse()
            .map_err(|error| ApiError::new(ErrorCode::InvalidRequest, format!("{error}")))?;
        // What it shows is what it shows now, and not what somebody saw some time ago.
        self.client.look().await;
        check_shown(&pin, wanted)?;
        keep_pin(&self.parts.store, Some(wanted)).await?;
        pin.accept(wanted);
        self.parts.changes.tell(Changed::Connection);
        self.check_connection().await
    }

    /// Chooses the account that orders go to. A data directory has one account for ever.
    pub async fn select_account(&self, account: &str) -> Result<(), ApiError> {
        let account = AccountId::new(account)
            .map_err(|error| ApiError::new(ErrorCode::InvalidRequest, error.to_string()))?;
        let view = self.session.view();
        if let Some(own) = self.parts.account.account_id()
            && *own != account
        {
            return Err(ApiError::new(
                ErrorCode::InvalidRequest,
                format!("this data directory belongs to account {own}, and {account} was chosen"),
            )
            .with_hint("give each account a data directory of its own, with --data-dir"));
        }
        if !view.accounts.contains(&account) {
            let listed: Vec<&str> = view.accounts.iter().map(AccountId::as_str).collect();
            let listed = if listed.is_empty() { "none yet".to_owned() } else { listed.join(", ") };
            return Err(ApiError::new(
                ErrorCode::NotFound,
                format!("account {account} is not one of this login, which has {listed}"),
            )
            .with_hint(
                "log in with the user name that has the account, and check the connection",
            ));
        }
        let change = Change::setting(ACCOUNT_SETTING, account.to_string());
        self.parts.recorder.commit(vec![change], Durability::Full).await?;
        if view.selected_account.as_ref() != Some(&account) {
            self.client.select_account(&account).await?;
        }
        self.parts.changes.tell(Changed::Connection);
        self.check_connection().await?;
        self.learn_account().await
    }

    /// Keeps which gateway the next start opens.
    pub fn choose_for_next_start(
        &self,
        environment: Environment,
        address: Option<&str>,
    ) -> Result<(), ApiError> {
        let Some(home) = &self.home else {
            return Err(ApiError::new(
                ErrorCode::NotNow,
                "this data directory was named on the command line, and so is its gateway",
            )
            .with_hint("start it with --environment and --gateway"));
        };
        EnvironmentChoice::new(environment, address)?.write(home)?;
        self.parts.changes.tell(Changed::Connection);
        Ok(())
    }

    /// What the next start opens, if it is something else than what is open now.
    pub fn chosen_for_next_start(&self) -> Option<EnvironmentChoice> {
        let choice = EnvironmentChoice::read(self.home.as_deref()?).ok()?;
        (choice.gateway() != self.gateway).then_some(choice)
    }

    /// Compares our records with the broker's now.
    pub async fn reconcile(&self) -> Result<(), ApiError> {
        let mut drivers = self.drivers_for_edit().await?;
        drivers.reconciler.run_now().await?;
        self.note_comparison(&drivers);
        Ok(())
    }

    /// When the login is reset next; nothing where no login is reset.
    pub fn next_reset(&self) -> Option<Timestamp> {
        self.resets.map(|region| next_reset(self.now(), region))
    }
}

/// Refuses to accept what the gateway does not show.
fn check_shown(pin: &CertificatePin, wanted: Fingerprint) -> Result<(), ApiError> {
    match pin.shown() {
        Some(shown) if shown == wanted => Ok(()),
        Some(shown) => Err(ApiError::new(
            ErrorCode::InvalidRequest,
            format!(
                "the gateway shows the certificate {shown}, and not {wanted}: nothing was accepted"
            ),
        )
        .with_hint("compare the fingerprint with your gateway's, and accept what it shows")),
        None => Err(ApiError::new(
            ErrorCode::Broker,
            "the gateway shows no certificate at the moment: nothing was accepted",
        )
        .with_hint("start the gateway and check its address")),
    }
}

/// What one look at a gateway shows, without an engine and beside one.
pub struct Looked {
    /// The look.
    pub look: GatewayLook,
    /// When it was made.
    pub at: Timestamp,
}

/// Looks at a gateway once with what a data directory knows of it. Nothing is opened or written.
pub async fn look_at(data_dir: &Path, gateway: &GatewayChoice) -> Result<Looked, ApiError> {
    let GatewayChoice::Ibkr { environment, url } = gateway else {
        return Err(ApiError::new(
            ErrorCode::InvalidRequest,
            "the sandbox is opened with the engine: there is nothing to look at beforehand",
        ));
    };
    let pin = match Store::open_read_only(data_dir).await {
        Ok(store) => {
            let pin = stored_pin(&store).await?;
            store.close().await;
            pin
        }
        Err(StoreError::NoDatabase { .. }) => Arc::new(CertificatePin::new(None)),
        Err(error) => return Err(error.into()),
    };
    let venue = Venue::gateway(&checked_address(url)?, pin)?;
    let clock = venue.clock();
    let client = IbkrClient::new(
        venue.transport(),
        Arc::clone(&clock),
        QuestionPolicy::default(),
        *environment,
    );
    // Looking leaves nothing behind where nothing is yet.
    let client = if data_dir.is_dir() { kept_pacing(client, data_dir) } else { client };
    Ok(Looked { look: client.look().await, at: clock.now() })
}
