//! Which environment the application opens at its next start, and the directories that keep the
//! environments apart.

use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::options::{DEFAULT_GATEWAY, GatewayChoice};
use crate::api::{ApiError, ErrorCode};
use crate::broker::ibkr::GatewayAddress;
use crate::domain::Environment;

const FILE: &str = "environment.json";

/// What was chosen for the next start.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EnvironmentChoice {
    /// Where orders are to go.
    pub environment: Environment,
    /// Address of the gateway; without meaning in the sandbox.
    #[serde(default)]
    pub address: Option<String>,
}

impl Default for EnvironmentChoice {
    fn default() -> Self {
        Self { environment: Environment::Sandbox, address: None }
    }
}

impl EnvironmentChoice {
    /// A checked choice. In the sandbox an address has no meaning and is left out.
    pub fn new(environment: Environment, address: Option<&str>) -> Result<Self, ApiError> {
        if environment == Environment::Sandbox {
            return Ok(Self::default());
        }
        let address = address.map(str::trim).filter(|text| !text.is_empty());
        let address = checked_address(address.unwrap_or(DEFAULT_GATEWAY))?;
        Ok(Self { environment, address: Some(address) })
    }

    /// Reads the choice of a home directory; the sandbox if nothing was chosen yet.
    pub fn read(home: &Path) -> Result<Self, ApiError> {
        let path = home.join(FILE);
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Self::default()),
            Err(error) => {
                return Err(ApiError::new(
                    ErrorCode::Storage,
                    format!("{} cannot be read: {error}", path.display()),
                ));
            }
        };
        // Not taken for the sandbox in silence: somebody would believe to trade elsewhere.
        let choice: Self = serde_json::from_str(&text).map_err(|error| {
            ApiError::new(
                ErrorCode::Storage,
                format!("{} does not say which environment to open: {error}", path.display()),
            )
            .with_hint("remove the file to begin on the sandbox, and choose again in Connection")
        })?;
        Self::new(choice.environment, choice.address.as_deref())
    }

    /// Keeps the choice for the next start.
    pub fn write(&self, home: &Path) -> Result<(), ApiError> {
        let path = home.join(FILE);
        let failed = |error: std::io::Error| {
            let message = format!("the choice cannot be kept in {}: {error}", path.display());
            ApiError::new(ErrorCode::Storage, message)
        };
        let text = serde_json::to_string_pretty(self)
            .map_err(|error| ApiError::new(ErrorCode::Internal, error.to_string()))?;
        // Written beside and moved into place, so that a start never finds half of it.
        let beside = home.join(format!("{FILE}.new"));
        let mut file = std::fs::File::create(&beside).map_err(failed)?;
        file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(failed)?;
        std::fs::rename(&beside, &path).map_err(failed)
    }

    /// The data directory of the environment inside a home directory.
    pub fn data_dir(&self, home: &Path) -> PathBuf {
        match self.environment {
            Environment::Sandbox => home.to_path_buf(),
            Environment::Paper => home.join("paper"),
            Environment::Live => home.join("live"),
        }
    }

    /// The gateway that was chosen.
    pub fn gateway(&self) -> GatewayChoice {
        match self.environment {
            Environment::Sandbox => GatewayChoice::SandboxInProcess,
            environment => GatewayChoice::Ibkr {
                environment,
                url: self.address.clone().unwrap_or_else(|| DEFAULT_GATEWAY.to_owned()),
            },
        }
    }
}

/// The address as it is kept, or why it is none.
pub(super) fn checked_address(text: &str) -> Result<String, ApiError> {
    let address: GatewayAddress = text
        .parse()
        .map_err(|error| ApiError::new(ErrorCode::InvalidRequest, format!("{error}")))?;
    Ok(address.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_choice_comes_back_as_it_was_made_and_has_a_directory_of_its_own() {
        let home = tempfile::tempdir().unwrap();
        assert_eq!(EnvironmentChoice::read(home.path()).unwrap(), EnvironmentChoice::default());
        let paper =
            EnvironmentChoice::new(Environment::Paper, Some("https://localhost:5001")).unwrap();
        paper.write(home.path()).unwrap();
        assert_eq!(EnvironmentChoice::read(home.path()).unwrap(), paper);
        assert_eq!(paper.data_dir(home.path()), home.path().join("paper"));
        let live = EnvironmentChoice::new(Environment::Live, None).unwrap();
        assert_eq!(live.address.as_deref(), Some(DEFAULT_GATEWAY));
        assert_eq!(live.data_dir(home.path()), home.path().join("live"));
    }

    #[test]
    fn a_broken_choice_is_refused_and_not_taken_for_the_sandbox() {
        let home = tempfile::tempdir().unwrap();
        for text in ["", "{}", r#"{"environment":"real"}"#, r#"{"environment":"live","x":1}"#] {
            std::fs::write(home.path().join(FILE), text).unwrap();
            assert!(EnvironmentChoice::read(home.path()).is_err(), "{text:?} was taken");
        }
    }

    #[test]
    fn an_address_elsewhere_is_refused() {
        for address in ["https://example.com:5000", "ftp://localhost:5000", "localhost:99999"] {
            let refused = EnvironmentChoice::new(Environment::Paper, Some(address));
            assert!(refused.is_err(), "{address} was taken");
        }
    }
}
