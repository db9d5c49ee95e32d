use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use jiff::Timestamp;

use crate::analyst::Analyst;
use crate::domain::Environment;
use crate::secrets::SecretStore;

/// The address at which IBKR's gateway listens unless it was told otherwise.
pub const DEFAULT_GATEWAY: &str = "https://localhost:5000";

/// Through which gateway the engine trades.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum GatewayChoice {
    /// The sandbox, in this process.
    #[default]
    SandboxInProcess,
    /// A sandbox that another process serves. The engine's clock leads there too.
    SandboxServed {
        /// Such as `https://127.0.0.1:5000`.
        url: String,
    },
    /// A gateway of IBKR, in real time.
    Ibkr {
        /// Paper or live; the account's own signs must agree.
        environment: Environment,
        /// Such as `https://localhost:5000`.
        url: String,
    },
}

impl GatewayChoice {
    /// Where orders go.
    pub fn environment(&self) -> Environment {
        match self {
            Self::SandboxInProcess | Self::SandboxServed { .. } => Environment::Sandbox,
            Self::Ibkr { environment, .. } => *environment,
        }
    }

    /// Where the gateway is, for a person.
    pub fn words(&self) -> &str {
        match self {
            Self::SandboxInProcess => "in this process",
            Self::SandboxServed { url } | Self::Ibkr { url, .. } => url,
        }
    }
}

/// What an engine is opened with.
#[derive(Clone, Default)]
pub struct EngineOptions {
    /// The data directory; made if it is not there. It belongs to one environment for ever.
    pub data_dir: PathBuf,
    /// Seed of the simulated exchange, for a new data directory.
    pub seed: Option<u64>,
    /// Where the sandbox clock stands, for a new data directory.
    pub start_at: Option<Timestamp>,
    /// Through which gateway it trades.
    pub gateway: GatewayChoice,
    /// Who reads the charts; the built-in rule if nobody is named.
    pub analyst: Option<Arc<dyn Analyst>>,
    /// Where the key of the vault is kept; the keychain of this computer if nothing is named.
    pub keychain: Option<Arc<dyn SecretStore>>,
    /// The directory that holds the choice of the gateway for the next start, if there is a choice.
    pub home: Option<PathBuf>,
}

impl fmt::Debug for EngineOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EngineOptions")
            .field("data_dir", &self.data_dir)
            .field("seed", &self.seed)
            .field("start_at", &self.start_at)
            .field("gateway", &self.gateway)
            .field("home", &self.home)
            .finish_non_exhaustive()
    }
}
