//! What speaks with a served sandbox about the sandbox itself.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use rustls::crypto::ring;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};
use serde::{Deserialize, Serialize};

use crate::domain::with_causes;

/// How long an answer may take.
const TIMEOUT: Duration = Duration::from_secs(10);

/// What is asked of a fault.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FaultRequest {
    /// Such as `lose_next_order_answer`.
    pub name: String,
    /// On or off.
    pub is_on: bool,
    /// Instant on the sandbox's clock at which it goes on; now if absent.
    #[serde(default)]
    pub from: Option<Timestamp>,
    /// Instant at which it goes off; when it is switched off if absent.
    #[serde(default)]
    pub until: Option<Timestamp>,
}

/// A fault and how it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FaultRow {
    /// Such as `lose_next_order_answer`.
    pub name: String,
    /// For a person.
    pub title: String,
    /// What it does, and what a good client makes of it.
    pub words: String,
    /// It acts once and goes off by itself.
    pub acts_once: bool,
    /// It is in force.
    pub is_on: bool,
    /// When its present or next window begins.
    pub from: Option<Timestamp>,
    /// When that window ends.
    pub until: Option<Timestamp>,
}

/// Why a served sandbox could not be told something.
#[derive(Debug, thiserror::Error)]
pub enum ControlError {
    /// The address is no address, or not of this computer.
    #[error(
        "\"{address}\" is not the address of a sandbox on this computer; write it as the sandbox \
         printed it, such as https://127.0.0.1:5000"
    )]
    Address {
        /// What was given, shortened.
        address: String,
    },
    /// The certificate cannot be read.
    #[error(
        "the certificate {} could not be used: {source}; name the one that the sandbox is served \
         with by --tls-cert, or its data directory by --data-dir", path.display()
    )]
    Certificate {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        source: rustls::pki_types::pem::Error,
    },
    /// The TLS settings are not usable.
    #[error("the certificate {} could not be trusted: {source}", path.display())]
    Trust {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        source: rustls::Error,
    },
    /// No answer.
    #[error(
        "the sandbox at {address} gave no answer: {}; start it with throughline sandbox serve",
        with_causes(source)
    )]
    NoAnswer {
        /// Where.
        address: String,
        /// What the network said.
        source: reqwest::Error,
    },
    /// The sandbox said no.
    #[error("{sentence}")]
    Refused {
        /// Its own words.
        sentence: String,
    },
}

/// Tells a served sandbox what to do.
#[derive(Debug)]
pub struct ControlClient {
    http: reqwest::Client,
    address: String,
}

impl ControlClient {
    /// A client of the sandbox at `address` that trusts exactly the certificate in a file.
    pub fn new(address: &str, certificate: &Path) -> Result<Self, ControlError> {
        let path = || certificate.to_path_buf();
        let unusable = || ControlError::Address { address: address.chars().take(60).collect() };
        let url = reqwest::Url::parse(address).map_err(|_| unusable())?;
        let is_here = matches!(url.host_str(), Some("localhost" | "127.0.0.1"));
        if url.scheme() != "https" || !is_here || url.path() != "/" {
            return Err(unusable());
        }
        let trust = |source| ControlError::Trust { path: path(), source };
        let leaf = CertificateDer::from_pem_file(certificate)
            .map_err(|source| ControlError::Certificate { path: path(), source })?;
        let mut roots = RootCertStore::empty();
        roots.add(leaf).map_err(trust)?;
        let tls = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(trust)?
            .with_root_certificates(roots)
            .with_no_client_auth();
        let address = url.origin().ascii_serialization();
        let http = reqwest::Client::builder()
            .tls_backend_preconfigured(tls)
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(TIMEOUT)
            .build()
            .map_err(|source| ControlError::NoAnswer { address: address.clone(), source })?;
        Ok(Self { http, address })
    }

    /// Switches a fault. Gives all faults as they stand then.
    pub async fn set_fault(&self, request: &FaultRequest) -> Result<Vec<FaultRow>, ControlError> {
        let failed = |source| ControlError::NoAnswer { address: self.address.clone(), source };
        let body = serde_json::to_vec(request).unwrap_or_default();
        let answer = self
            .http
            .put(format!("{}/sandbox/v1/faults", self.address))
            .header(http::header::CONTENT_TYPE, "application/json")
            .body(body)
            .send()
            .await
            .map_err(failed)?;
        let is_good = answer.status().is_success();
        let bytes = answer.bytes().await.map_err(failed)?;
        if is_good && let Ok(rows) = serde_json::from_slice(&bytes) {
            return Ok(rows);
        }
        let answer: serde_json::Value = serde_json::from_slice(&bytes).unwrap_or_default();
        let sentence = answer.get("error").and_then(serde_json::Value::as_str).map_or_else(
            || format!("what answers at {} is no sandbox of Throughline", self.address),
            str::to_owned,
        );
        Err(ControlError::Refused { sentence })
    }
}
