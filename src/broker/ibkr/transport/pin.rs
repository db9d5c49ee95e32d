//! The certificate of the gateway, accepted by a person and held against every connection.
//!
//! The gateway's own certificate is signed by itself, expired on 2019-05-11 and names no host, so
//! that no check of a chain can accept it. What is checked instead: the host is this computer, the
//! SHA-256 of the leaf is the accepted one, and the peer holds its key (the handshake's signature).

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustls::client::Resumption;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error, OtherError, SignatureScheme,
};
use sha2::{Digest, Sha256};

/// The leaf that IBKR ships inside the gateway's archive (`vertx.jks`), seen on the real gateway.
const SHIPPED: Fingerprint = Fingerprint([
    0x13, 0xda, 0xf8, 0x9a, 0x07, 0x12, 0xb9, 0x62, 0xc3, 0xec, 0xaa, 0x5e, 0xde, 0x34, 0x41, 0x00,
    0xae, 0xe0, 0xd3, 0xb5, 0xde, 0xc5, 0xa7, 0x9a, 0xbd, 0x76, 0x02, 0xa8, 0x12, 0xed, 0xa3, 0xbe,
]);

/// SHA-256 of a certificate in DER, written as pairs of hexadecimal digits with colons.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Fingerprint([u8; 32]);

/// A text that is no fingerprint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "a fingerprint is 32 pairs of hexadecimal digits with colons between them, such as 13:DA:F8:…"
)]
pub struct FingerprintError;

impl Fingerprint {
    /// The fingerprint of a certificate in DER.
    pub fn of_der(der: &[u8]) -> Self {
        Self(Sha256::digest(der).into())
    }

    /// Whether it is the certificate that IBKR ships with its gateway. Everybody can have its key,
    /// so that it proves no more than that a gateway of IBKR's making listens on this computer.
    pub fn is_shipped(&self) -> bool {
        *self == SHIPPED
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, byte) in self.0.iter().enumerate() {
            let colon = if index == 0 { "" } else { ":" };
            write!(f, "{colon}{byte:02X}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Fingerprint {
    type Err = FingerprintError;

    fn from_str(text: &str) -> Result<Self, FingerprintError> {
        let mut bytes = [0; 32];
        let mut pairs = text.trim().split(':');
        for byte in &mut bytes {
            let pair = pairs.next().ok_or(FingerprintError)?;
            if pair.len() != 2 || !pair.bytes().all(|digit| digit.is_ascii_hexdigit()) {
                return Err(FingerprintError);
            }
            *byte = u8::from_str_radix(pair, 16).map_err(|_| FingerprintError)?;
        }
        if pairs.next().is_some() { Err(FingerprintError) } else { Ok(Self(bytes)) }
    }
}

/// The certificate that was accepted for a gateway, and the one that it showed last.
///
/// Keeping the accepted one over a restart is the caller's: see [`CertificatePin::accepted`].
#[derive(Debug, Default)]
pub struct CertificatePin {
    state: Mutex<PinState>,
}

#[derive(Debug, Clone, Copy, Default)]
struct PinState {
    accepted: Option<Fingerprint>,
    shown: Option<Fingerprint>,
    /// Counts up with every change of what is accepted, so that a connection which was made under
    /// another decision is not used again.
    generation: u64,
}

impl CertificatePin {
    /// A pin with what was accepted in an earlier session, if anything was.
    pub fn new(accepted: Option<Fingerprint>) -> Self {
        Self { state: Mutex::new(PinState { accepted, ..PinState::default() }) }
    }

    fn state(&self) -> MutexGuard<'_, PinState> {
        // Plain values that no panic leaves half-written.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is accepted.
    pub fn accepted(&self) -> Option<Fingerprint> {
        self.state().accepted
    }

    /// What the gateway showed last.
    pub fn shown(&self) -> Option<Fingerprint> {
        self.state().shown
    }

    /// Accepts a certificate, on a person's word. Connections made before are not used again.
    pub fn accept(&self, fingerprint: Fingerprint) {
        self.set(Some(fingerprint));
    }

    /// Accepts none any more.
    pub fn forget(&self) {
        self.set(None);
    }

    fn set(&self, accepted: Option<Fingerprint>) {
        let mut state = self.state();
        if state.accepted != accepted {
            state.accepted = accepted;
            state.generation += 1;
        }
    }

    pub(super) fn generation(&self) -> u64 {
        self.state().generation
    }

    /// Notes what is shown, and says whether it is what was accepted.
    fn judge(&self, shown: Fingerprint) -> Result<(), PinRefusal> {
        let mut state = self.state();
        state.shown = Some(shown);
        match state.accepted {
            Some(accepted) if accepted == shown => Ok(()),
            Some(pinned) => Err(PinRefusal::Changed { pinned, shown }),
            None => Err(PinRefusal::Unknown { shown }),
        }
    }
}

/// Why a certificate was refused, carried through the layers of TLS and HTTP as their cause.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum PinRefusal {
    #[error("the certificate {shown} was never accepted")]
    Unknown { shown: Fingerprint },
    #[error("the certificate is {shown} and not {pinned}")]
    Changed { pinned: Fingerprint, shown: Fingerprint },
}

/// A set-up of TLS that trusts the pinned certificate on this computer and nothing else.
pub(super) fn client_config(pin: Arc<CertificatePin>) -> Result<ClientConfig, Error> {
    let provider = Arc::new(ring::default_provider());
    let verifier = Arc::new(PinVerifier { pin, provider: Arc::clone(&provider) });
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .dangerous()
        .with_custom_certificate_verifier(verifier)
        .with_no_client_auth();
    // A resumed session shows no certificate, so that there would be nothing to hold the pin
    // against.
    config.resumption = Resumption::disabled();
    Ok(config)
}

#[derive(Debug)]
struct PinVerifier {
    pin: Arc<CertificatePin>,
    provider: Arc<CryptoProvider>,
}

fn is_loopback(name: &ServerName<'_>) -> bool {
    match name {
        ServerName::DnsName(name) => name.as_ref().eq_ignore_ascii_case("localhost"),
        ServerName::IpAddress(address) => IpAddr::from(*address).is_loopback(),
        _ => false,
    }
}

impl ServerCertVerifier for PinVerifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        if !is_loopback(server_name) {
            return Err(Error::InvalidCertificate(CertificateError::NotValidForName));
        }
        match self.pin.judge(Fingerprint::of_der(end_entity)) {
            Ok(()) => Ok(ServerCertVerified::assertion()),
            Err(refusal) => Err(Error::InvalidCertificate(CertificateError::Other(OtherError(
                Arc::new(refusal),
            )))),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHIPPED_TEXT: &str = "13:DA:F8:9A:07:12:B9:62:C3:EC:AA:5E:DE:34:41:00:\
                                AE:E0:D3:B5:DE:C5:A7:9A:BD:76:02:A8:12:ED:A3:BE";

    #[test]
    fn a_fingerprint_is_read_as_it_is_written() {
        let fingerprint: Fingerprint = SHIPPED_TEXT.to_lowercase().parse().unwrap();
        assert_eq!(fingerprint.to_string(), SHIPPED_TEXT);
        assert!(fingerprint.is_shipped());
        assert!(!Fingerprint::of_der(b"another").is_shipped());
    }

    #[test]
    fn what_is_no_fingerprint_is_refused() {
        let longer = format!("{SHIPPED_TEXT}:00");
        let wrong = SHIPPED_TEXT.replace("13:", "+3:");
        for text in ["", "13:DA", &SHIPPED_TEXT.replace(':', ""), &longer, &wrong] {
            assert_eq!(text.parse::<Fingerprint>(), Err(FingerprintError), "{text}");
        }
    }

    #[test]
    fn the_first_certificate_is_refused_and_another_than_the_accepted_one_too() {
        let [first, other] = [b"first", b"other"].map(|der| Fingerprint::of_der(der));
        let pin = CertificatePin::default();
        assert_eq!(pin.judge(first), Err(PinRefusal::Unknown { shown: first }));
        assert_eq!((pin.accepted(), pin.shown()), (None, Some(first)));
        pin.accept(first);
        assert_eq!(pin.judge(first), Ok(()));
        let changed = PinRefusal::Changed { pinned: first, shown: other };
        assert_eq!(pin.judge(other), Err(changed));
        assert_eq!(pin.accepted(), Some(first), "seeing another accepts nothing");
        pin.forget();
        assert_eq!(pin.judge(first), Err(PinRefusal::Unknown { shown: first }));
        assert_eq!(pin.generation(), 2);
    }
}
