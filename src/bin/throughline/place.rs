//! Where a command works: its data directory and its gateway.

use std::path::PathBuf;

use throughline::api::{ApiError, ErrorCode};
use throughline::app::{
    DEFAULT_GATEWAY, EngineOptions, EnvironmentChoice, GatewayChoice, default_data_dir,
};
use throughline::domain::Environment;

use crate::arguments::{Arguments, Command, EnvironmentName, SandboxCommand};

/// The data directory and the gateway of one command.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    pub(crate) data_dir: PathBuf,
    pub(crate) gateway: GatewayChoice,
    pub(crate) seed: Option<u64>,
}

impl Place {
    /// Without a data directory of its own, each environment has its place in the usual one.
    pub(crate) fn of(arguments: &Arguments) -> Result<Self, ApiError> {
        let environment = match arguments.environment {
            None | Some(EnvironmentName::Sandbox) => Environment::Sandbox,
            Some(EnvironmentName::Paper) => Environment::Paper,
            Some(EnvironmentName::Live) => Environment::Live,
        };
        // What serves a sandbox, or speaks to a served one as such, is not an engine that trades there.
        let is_apart = matches!(
            arguments.command,
            Command::Sandbox { command: SandboxCommand::Serve(_) | SandboxCommand::Fault(_) }
        );
        let url = arguments.gateway.clone().filter(|_| !is_apart);
        let gateway = match (environment, url) {
            (Environment::Sandbox, None) => GatewayChoice::SandboxInProcess,
            (Environment::Sandbox, Some(url)) => GatewayChoice::SandboxServed { url },
            (environment, url) => {
                let url = url.unwrap_or_else(|| DEFAULT_GATEWAY.to_owned());
                GatewayChoice::Ibkr { environment, url }
            }
        };
        if environment != Environment::Sandbox && arguments.seed.is_some() {
            let message =
                format!("a seed belongs to the sandbox; the {environment} account has none");
            return Err(ApiError::new(ErrorCode::InvalidRequest, message)
                .with_hint("leave --seed out, or --environment"));
        }
        let data_dir = match (&arguments.data_dir, &gateway) {
            (Some(directory), _) => directory.clone(),
            (None, GatewayChoice::SandboxServed { .. }) => {
                let message = "a served sandbox needs a data directory of its own";
                return Err(ApiError::new(ErrorCode::InvalidRequest, message)
                    .with_hint("name one with --data-dir"));
            }
            (None, _) => EnvironmentChoice::new(environment, None)?.data_dir(&default_data_dir()?),
        };
        Ok(Self { data_dir, gateway, seed: arguments.seed })
    }

    /// What an engine at this place is opened with.
    pub(crate) fn options(&self) -> EngineOptions {
        EngineOptions {
            data_dir: self.data_dir.clone(),
            seed: self.seed,
            gateway: self.gateway.clone(),
            ..EngineOptions::default()
        }
    }
}
