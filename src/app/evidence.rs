//! Bundles of evidence and the anchors of the chain, wired: the key comes out of the vault of the
//! installation, and is made when it is first needed.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::Engine;
use super::models::SystemRandom;
use super::opening::ACCOUNT_SETTING;
use crate::api::{ApiError, ErrorCode};
use crate::clock::{Clock as _, SystemClock};
use crate::domain::{ClientOrderId, Environment, ExecutionId};
use crate::evidence::{
    AnchorDriver, AnchorParts, ExportParts, PublicKey, Subject, export_bundle, installation_key,
    read_anchors, write_bundle,
};
use crate::executor::Parts;
use crate::secrets::vault::Vault;
use crate::secrets::{RandomSource, SecretStore};
use crate::store::Store;

/// The folder of a data directory for bundles that the window exports.
const FOLDER: &str = "evidence";

/// A bundle that was exported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportedEvidence {
    /// The file.
    pub path: PathBuf,
    /// Its length.
    pub bytes: u64,
    /// Fingerprint of the key that signed it.
    pub fingerprint: String,
    /// Rows of the chain in it.
    pub rows: u64,
    /// Rows whose content is in it.
    pub rows_with_content: u64,
}

/// Reads what a bundle is to be about: `execution`, `order` or `day`, and its name.
pub fn evidence_subject(kind: &str, name: &str) -> Result<Subject, ApiError> {
    let invalid = |message: String| ApiError::new(ErrorCode::InvalidRequest, message);
    match kind {
        "execution" => {
            Ok(Subject::Execution(ExecutionId::new(name).map_err(|e| invalid(e.to_string()))?))
        }
        "order" => {
            Ok(Subject::Order(ClientOrderId::new(name).map_err(|e| invalid(e.to_string()))?))
        }
        "day" => {
            let shown: String = name.chars().take(40).collect();
            name.parse().map(Subject::Day).map_err(|_| {
                invalid(format!("\"{shown}\" is not a day"))
                    .with_hint("write year, month and day, such as 2012-06-15")
            })
        }
        other => {
            let shown: String = other.chars().take(40).collect();
            Err(invalid(format!(
                "a bundle is about an execution, an order or a day, not \"{shown}\""
            )))
        }
    }
}

/// Exports a bundle beside an engine that may be running. The file must not be there yet.
pub async fn export_evidence(
    store: &Store,
    data_dir: &Path,
    vault: &Vault,
    subject: &Subject,
    file: &Path,
) -> Result<ExportedEvidence, ApiError> {
    let environment = match store.setting("environment").await?.as_deref() {
        Some("paper") => Environment::Paper,
        Some("live") => Environment::Live,
        _ => Environment::Sandbox,
    };
    let account_id = store.setting(ACCOUNT_SETTING).await?.unwrap_or_default();
    let directory = data_dir.to_path_buf();
    let anchors = blocking(move || read_anchors(&directory)).await?;
    let key = installation_key(vault, &SystemRandom).await?;
    let parts = ExportParts {
        key: &key,
        anchors: &anchors,
        environment,
        account_id: &account_id,
        made_at: SystemClock.wall_now(),
    };
    let bundle = export_bundle(store, subject, &parts).await?;
    let length = bundle.bytes.len() as u64;
    let (path, bytes) = (file.to_path_buf(), bundle.bytes);
    blocking(move || write_bundle(&path, &bytes)).await?;
    Ok(ExportedEvidence {
        path: file.to_path_buf(),
        bytes: length,
        fingerprint: bundle.fingerprint,
        rows: bundle.rows,
        rows_with_content: bundle.rows_with_content,
    })
}

/// The public key of the installation; made if there is none.
pub async fn evidence_key(vault: &Vault) -> Result<PublicKey, ApiError> {
    Ok(installation_key(vault, &SystemRandom).await?.public())
}

/// The driver of anchors. In the sandbox it makes no key: nobody is asked for the keychain because a
/// simulated day ended.
pub(super) fn anchor_driver(parts: &Parts, vault: &Arc<Vault>, data_dir: &Path) -> AnchorDriver {
    let is_real = parts.account.environment != Environment::Sandbox;
    AnchorDriver::load(AnchorParts {
        data_dir: data_dir.to_path_buf(),
        store: Arc::clone(&parts.store),
        recorder: Arc::clone(&parts.recorder),
        clock: Arc::clone(&parts.clock),
        secrets: Arc::clone(vault) as Arc<dyn SecretStore>,
        random: is_real.then(|| Arc::new(SystemRandom) as Arc<dyn RandomSource>),
    })
}

impl Engine {
    /// Exports a bundle into the data directory's own folder. What is queued is written first.
    pub async fn export_evidence(&self, subject: &Subject) -> Result<ExportedEvidence, ApiError> {
        self.parts.recorder.flush(crate::store::Durability::Ordinary).await?;
        let folder = self.data_dir().join(FOLDER);
        std::fs::create_dir_all(&folder).map_err(|error| {
            let message = format!("the folder {} could not be made: {error}", folder.display());
            ApiError::new(ErrorCode::Storage, message)
        })?;
        let record = subject.record();
        let at = SystemClock.wall_now().strftime("%Y%m%dT%H%M%SZ");
        // Ids have letters, digits, hyphens and underscores alone.
        let name = format!("evidence-{}-{}-{at}.zip", record.kind, record.name);
        export_evidence(self.store(), self.data_dir(), self.vault(), subject, &folder.join(name))
            .await
    }
}

async fn blocking<T, E>(work: impl FnOnce() -> Result<T, E> + Send + 'static) -> Result<T, ApiError>
where
    T: Send + 'static,
    E: Send + 'static,
    ApiError: From<E>,
{
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => Ok(done?),
        Err(error) => Err(ApiError::new(ErrorCode::Internal, error.to_string())),
    }
}
