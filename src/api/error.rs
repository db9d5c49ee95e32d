use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::analyst::desk::{ModelCallError, RegistryError};
use crate::analyst::prompts::ResolveError;
use crate::broker::BrokerError;
use crate::evidence::{AnchorError, ExportError, KeyError};
use crate::executor::{ApprovalError, ArmingError, ExecutorError};
use crate::lineage::LineageError;
use crate::notify::driver::NotifyError;
use crate::rerun::{FrozenError, PlaygroundError, ReplayError, RerunError};
use crate::safety::FlattenError;
use crate::sandbox::SandboxError;
use crate::secrets::SecretStoreError;
use crate::store::StoreError;
use crate::strategy::StrategyError;

/// The closed list of reasons that a host can act on.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS, schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum ErrorCode {
    /// The request itself is wrong.
    InvalidRequest,
    /// Who asks may not: an unknown caller, another page, or a command that this host does not take.
    NotAllowed,
    /// There is no such thing.
    NotFound,
    /// Not while things are as they are (halted, running, outside the data).
    NotNow,
    /// Another process has the data directory.
    InUse,
    /// The broker cannot be reached, or refused.
    Broker,
    /// A model was not asked, or gave no usable reply.
    Model,
    /// The database or the disk failed.
    Storage,
    /// A fault of the program.
    Internal,
}

/// An error as a person reads it.
#[derive(
    Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, schemars::JsonSchema, thiserror::Error,
)]
#[error("{message}")]
pub struct ApiError {
    /// For the host.
    pub code: ErrorCode,
    /// What failed, with which value.
    pub message: String,
    /// What to do.
    pub hint: Option<String>,
}

impl ApiError {
    /// An error without a hint.
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), hint: None }
    }

    /// Adds what to do about it.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// An error with the causes behind it, since only the edge turns them into text.
    pub(super) fn from_chain(code: ErrorCode, error: &dyn std::error::Error) -> Self {
        let mut message = error.to_string();
        let mut cause = error.source();
        while let Some(source) = cause {
            let text = source.to_string();
            if !message.contains(&text) {
                message.push_str(": ");
                message.push_str(&text);
            }
            cause = source.source();
        }
        Self::new(code, message)
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        let code = match &error {
            StoreError::InUse { .. } => ErrorCode::InUse,
            StoreError::NotADirectory { .. } | StoreError::PromptTaken { .. } => {
                ErrorCode::InvalidRequest
            }
            StoreError::NoDatabase { .. } | StoreError::NoPrompt { .. } => ErrorCode::NotFound,
            StoreError::PromptChanged { .. } => ErrorCode::NotNow,
            _ => ErrorCode::Storage,
        };
        Self::from_chain(code, &error)
    }
}

impl From<LineageError> for ApiError {
    fn from(error: LineageError) -> Self {
        match error {
            LineageError::Store(error) => error.into(),
            error @ LineageError::Stopped(_) => Self::from_chain(ErrorCode::Storage, &error),
        }
    }
}

impl From<ExecutorError> for ApiError {
    fn from(error: ExecutorError) -> Self {
        match error {
            ExecutorError::Store(error) => error.into(),
            ExecutorError::Lineage(error) => error.into(),
            error => Self::from_chain(ErrorCode::Internal, &error),
        }
    }
}

impl From<ApprovalError> for ApiError {
    fn from(error: ApprovalError) -> Self {
        let code = match error {
            ApprovalError::NotWaiting { .. } => ErrorCode::NotFound,
            ApprovalError::Decided { .. } | ApprovalError::Halted { .. } => ErrorCode::NotNow,
            ApprovalError::Executor(error) => return error.into(),
        };
        let hint = match error {
            ApprovalError::NotWaiting { .. } => Some("throughline approvals shows what waits"),
            ApprovalError::Halted { .. } => Some("the order goes on waiting until it expires"),
            _ => None,
        };
        Self { hint: hint.map(ToOwned::to_owned), ..Self::from_chain(code, &error) }
    }
}

impl From<ResolveError> for ApiError {
    fn from(error: ResolveError) -> Self {
        let code = match error {
            ResolveError::Store(error) => return error.into(),
            ResolveError::Missing { .. } => ErrorCode::NotFound,
            ResolveError::OtherType { .. } => ErrorCode::InvalidRequest,
            ResolveError::None { .. } => ErrorCode::Internal,
        };
        Self::from_chain(code, &error)
    }
}

impl From<ArmingError> for ApiError {
    fn from(error: ArmingError) -> Self {
        let code = match error {
            ArmingError::Terms(_) => ErrorCode::InvalidRequest,
            ArmingError::NotLive { .. } | ArmingError::Closed { .. } => ErrorCode::NotNow,
            ArmingError::Executor(error) => return error.into(),
        };
        Self::from_chain(code, &error)
    }
}

impl From<FlattenError> for ApiError {
    fn from(error: FlattenError) -> Self {
        let code = match error {
            FlattenError::Account(_) => ErrorCode::InvalidRequest,
            FlattenError::Resumed => ErrorCode::NotNow,
            FlattenError::Halt(_) => ErrorCode::Storage,
            FlattenError::Executor(error) => return error.into(),
        };
        Self::from_chain(code, &error)
    }
}

impl From<BrokerError> for ApiError {
    fn from(error: BrokerError) -> Self {
        Self::from_chain(ErrorCode::Broker, &error)
    }
}

impl From<SandboxError> for ApiError {
    fn from(error: SandboxError) -> Self {
        Self::from_chain(ErrorCode::Storage, &error)
    }
}

impl From<StrategyError> for ApiError {
    fn from(error: StrategyError) -> Self {
        Self::from_chain(ErrorCode::InvalidRequest, &error)
    }
}

impl From<SecretStoreError> for ApiError {
    fn from(error: SecretStoreError) -> Self {
        Self::from_chain(ErrorCode::NotNow, &error)
    }
}

impl From<NotifyError> for ApiError {
    fn from(error: NotifyError) -> Self {
        let code = match error {
            NotifyError::Store(error) => return error.into(),
            NotifyError::Secret(error) => return error.into(),
            NotifyError::Unreadable { .. } => ErrorCode::Storage,
            NotifyError::Settings(_)
            | NotifyError::SecretName(_)
            | NotifyError::ShortSecret { .. } => ErrorCode::InvalidRequest,
        };
        Self::from_chain(code, &error)
    }
}

impl From<RegistryError> for ApiError {
    fn from(error: RegistryError) -> Self {
        let code = match error {
            RegistryError::Store(error) => return error.into(),
            RegistryError::Secrets(error) => return error.into(),
            RegistryError::Unknown(_) => ErrorCode::NotFound,
            _ => ErrorCode::InvalidRequest,
        };
        let hint = match error {
            RegistryError::Unknown(_) => Some("throughline model list shows what there is"),
            _ => None,
        };
        Self { hint: hint.map(ToOwned::to_owned), ..Self::from_chain(code, &error) }
    }
}

impl From<ModelCallError> for ApiError {
    fn from(error: ModelCallError) -> Self {
        match error {
            ModelCallError::Store(error) => error.into(),
            error => Self::from_chain(ErrorCode::Model, &error),
        }
    }
}

impl From<KeyError> for ApiError {
    fn from(error: KeyError) -> Self {
        match error {
            KeyError::Store(error) => error.into(),
            error => Self::from_chain(ErrorCode::NotNow, &error),
        }
    }
}

impl From<AnchorError> for ApiError {
    fn from(error: AnchorError) -> Self {
        match error {
            AnchorError::Store(error) => error.into(),
            error => Self::from_chain(ErrorCode::Storage, &error),
        }
    }
}

impl From<ExportError> for ApiError {
    fn from(error: ExportError) -> Self {
        let code = match error {
            ExportError::Store(error) => return error.into(),
            ExportError::Key(error) => return error.into(),
            ExportError::Anchors(error) => return error.into(),
            ExportError::Missing(_) => ErrorCode::NotFound,
            ExportError::Time(_) | ExportError::TooLong { .. } | ExportError::Pack(_) => {
                ErrorCode::InvalidRequest
            }
            ExportError::NoBlob(_) | ExportError::Unreadable { .. } | ExportError::File { .. } => {
                ErrorCode::Storage
            }
            _ => ErrorCode::Internal,
        };
        Self::from_chain(code, &error)
    }
}

impl From<ReplayError> for ApiError {
    fn from(error: ReplayError) -> Self {
        match error {
            ReplayError::Store(error) => error.into(),
            error @ ReplayError::Missing { .. } => Self::from_chain(ErrorCode::NotFound, &error)
                .with_hint("throughline lineage list shows those that there are"),
            error @ ReplayError::Stopped(_) => Self::from_chain(ErrorCode::Internal, &error),
        }
    }
}

impl From<FrozenError> for ApiError {
    fn from(error: FrozenError) -> Self {
        let (code, hint) = match error {
            FrozenError::Store(error) => return error.into(),
            FrozenError::Missing { .. } => {
                (ErrorCode::NotFound, Some("throughline lineage list shows those that there are"))
            }
            FrozenError::NoPrices(_) => (ErrorCode::NotNow, Some("choose the run of a strategy")),
            FrozenError::NotSoFar { .. } => (ErrorCode::NotNow, Some("choose one that did")),
            _ => (ErrorCode::Storage, None),
        };
        Self { hint: hint.map(ToOwned::to_owned), ..Self::from_chain(code, &error) }
    }
}

impl From<PlaygroundError> for ApiError {
    fn from(error: PlaygroundError) -> Self {
        let (code, hint) = match error {
            PlaygroundError::Store(error)
            | PlaygroundError::Model(ModelCallError::Store(error)) => return error.into(),
            PlaygroundError::Frozen(error) => return error.into(),
            PlaygroundError::Model(error) | PlaygroundError::Rerun(RerunError::Model(error)) => {
                return error.into();
            }
            PlaygroundError::NoPrompt { .. } => {
                (ErrorCode::NotFound, Some("throughline prompt list shows those that there are"))
            }
            PlaygroundError::NoExecutions { .. } => {
                (ErrorCode::NotNow, Some("run a strategy once: throughline run sample"))
            }
            PlaygroundError::NoModel => (
                ErrorCode::NotNow,
                Some("add one on the page Models, or with throughline model add"),
            ),
            PlaygroundError::Rerun(_)
            | PlaygroundError::Refused(_)
            | PlaygroundError::UnderWay
            | PlaygroundError::NotUnderWay => (ErrorCode::NotNow, None),
            _ => (ErrorCode::InvalidRequest, None),
        };
        Self { hint: hint.map(ToOwned::to_owned), ..Self::from_chain(code, &error) }
    }
}
