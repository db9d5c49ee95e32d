//! Commands that act: on the data directory, or through the engine that has it open.

use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use throughline::api::{ApiError, ErrorCode, dispatch};
use throughline::app::{Engine, hand_over};

use crate::place::Place;

/// Who does what is asked.
pub(crate) enum Actor {
    /// An engine of this process.
    Here(Arc<Engine>),
    /// An engine that runs already, in the window or as a service; with what is said if it takes
    /// nothing.
    Elsewhere(ApiError),
}

impl Actor {
    /// Opens the data directory, unless an engine has it.
    pub(crate) async fn at(place: &Place) -> Result<Self, ApiError> {
        match Engine::open(place.options()).await {
            Ok(engine) => Ok(Self::Here(engine)),
            Err(error) if error.code == ErrorCode::InUse => Ok(Self::Elsewhere(error)),
            Err(error) => Err(error),
        }
    }

    /// Gives one command of the table, and lets go of the data directory.
    pub(crate) async fn give<T: DeserializeOwned>(
        &self,
        place: &Place,
        command: &str,
        request: impl Serialize,
    ) -> Result<T, ApiError> {
        let internal =
            |error: serde_json::Error| ApiError::new(ErrorCode::Internal, error.to_string());
        let request = serde_json::to_value(request).map_err(internal)?;
        let answer: Value = match self {
            Self::Elsewhere(in_use) => {
                hand_over(&place.data_dir, command, request).await?.ok_or_else(|| in_use.clone())?
            }
            Self::Here(engine) => {
                let answer = dispatch(engine, command, request).await;
                engine.close().await?;
                answer?
            }
        };
        serde_json::from_value(answer).map_err(internal)
    }
}
