use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use sha2::{Digest as _, Sha256};
use tokio_rustls::TlsAcceptor;

/// Names that the made certificate is good for.
const NAMES: [&str; 2] = ["localhost", "127.0.0.1"];

/// Why there is no certificate to serve with.
#[derive(Debug, thiserror::Error)]
pub enum CertificateError {
    /// A file cannot be read or written.
    #[error("the file {} could not be used: {source}", path.display())]
    File {
        /// Which file.
        path: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// A file holds something else.
    #[error("the file {} holds no {what} in PEM form: {source}", path.display())]
    Pem {
        /// Which file.
        path: PathBuf,
        /// `certificate` or `private key`.
        what: &'static str,
        /// What was found wrong.
        source: rustls::pki_types::pem::Error,
    },
    /// The certificate could not be made.
    #[error("a certificate for the sandbox could not be made: {0}")]
    Made(#[from] rcgen::Error),
    /// Certificate and key do not go together, or are of an unknown kind.
    #[error(
        "the certificate {} and the key {} cannot be used together: {source}",
        certificate.display(), key.display()
    )]
    Pair {
        /// The file of the certificate.
        certificate: PathBuf,
        /// The file of the key.
        key: PathBuf,
        /// What was found wrong.
        source: rustls::Error,
    },
}

/// A certificate and its key, in two files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertificateFiles {
    /// The certificate, and perhaps those that signed it, in PEM form.
    pub certificate: PathBuf,
    /// The private key, in PEM form.
    pub key: PathBuf,
}

impl CertificateFiles {
    /// Where the pair is inside a data directory, made or not.
    pub fn place_in(data_directory: &Path) -> Self {
        let directory = data_directory.join("sandbox");
        Self {
            certificate: directory.join("gateway-cert.pem"),
            key: directory.join("gateway-key.pem"),
        }
    }

    /// The pair that is kept in a data directory: made and self-signed when it is not there yet,
    /// so that a client that has pinned it finds it again.
    pub fn kept_in(data_directory: &Path) -> Result<Self, CertificateError> {
        let files = Self::place_in(data_directory);
        if files.certificate.exists() && files.key.exists() {
            return Ok(files);
        }
        let made = rcgen::generate_simple_self_signed(NAMES.map(str::to_owned).to_vec())?;
        let directory = data_directory.join("sandbox");
        fs::create_dir_all(&directory)
            .map_err(|source| CertificateError::File { path: directory, source })?;
        write(&files.key, made.signing_key.serialize_pem().as_bytes())?;
        write(&files.certificate, made.cert.pem().as_bytes())?;
        Ok(files)
    }

    /// Reads both. Gives what accepts TLS connections with them, and the SHA-256 of the leaf as
    /// pairs of hexadecimal digits with colons.
    pub(super) fn acceptor(&self) -> Result<(TlsAcceptor, String), CertificateError> {
        let pem_error = |path: &Path, what| {
            let path = path.to_path_buf();
            move |source| match source {
                rustls::pki_types::pem::Error::Io(source) => {
                    CertificateError::File { path, source }
                }
                source => CertificateError::Pem { path, what, source },
            }
        };
        let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_file_iter(&self.certificate)
            .and_then(Iterator::collect)
            .map_err(pem_error(&self.certificate, "certificate"))?;
        let leaf = chain.first().ok_or(rustls::pki_types::pem::Error::NoItemsFound);
        let leaf = leaf.map_err(pem_error(&self.certificate, "certificate"))?;
        let fingerprint = fingerprint(leaf);
        let key =
            PrivateKeyDer::from_pem_file(&self.key).map_err(pem_error(&self.key, "private key"))?;
        let pair_error = |source| CertificateError::Pair {
            certificate: self.certificate.clone(),
            key: self.key.clone(),
            source,
        };
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(pair_error)?
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .map_err(pair_error)?;
        Ok((TlsAcceptor::from(Arc::new(config)), fingerprint))
    }
}

fn fingerprint(leaf: &CertificateDer<'_>) -> String {
    let digest = Sha256::digest(leaf.as_ref());
    let pairs: Vec<String> = digest.iter().map(|byte| format!("{byte:02X}")).collect();
    pairs.join(":")
}

/// Writes a file that nobody but its owner can read.
fn write(path: &Path, content: &[u8]) -> Result<(), CertificateError> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let written = options.open(path).and_then(|mut file| {
        file.write_all(content)?;
        file.sync_all()
    });
    written.map_err(|source| CertificateError::File { path: path.to_path_buf(), source })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_made_certificate_stays_and_its_key_is_private() {
        let directory = tempfile::tempdir().unwrap();
        let files = CertificateFiles::kept_in(directory.path()).unwrap();
        let (_, first) = files.acceptor().unwrap();
        let again = CertificateFiles::kept_in(directory.path()).unwrap();
        assert_eq!(again.acceptor().unwrap().1, first);
        assert_eq!(first.len(), 32 * 3 - 1);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = fs::metadata(&files.key).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
    }

    #[test]
    fn files_that_cannot_be_used_are_named() {
        let directory = tempfile::tempdir().unwrap();
        let good = CertificateFiles::kept_in(directory.path()).unwrap();
        let missing = directory.path().join("missing.pem");
        let empty = directory.path().join("empty.pem");
        fs::write(&empty, "no key in here").unwrap();
        for (files, expected) in [
            (CertificateFiles { key: missing.clone(), ..good.clone() }, "missing.pem could not be"),
            (CertificateFiles { certificate: missing, ..good.clone() }, "missing.pem could not be"),
            (CertificateFiles { key: empty.clone(), ..good.clone() }, "holds no private key"),
            (CertificateFiles { certificate: empty, ..good }, "holds no certificate"),
        ] {
            let error = files.acceptor().map(|_| ()).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        }
    }
}
