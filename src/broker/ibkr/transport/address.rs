//! Where a gateway is: always on this computer.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::str::FromStr;

use http::Uri;

/// What a person is told to write.
const EXAMPLE: &str = "https://localhost:5000";

/// Longest address that is read, in bytes.
const MAX_ADDRESS_BYTES: usize = 200;

/// The address of a Client Portal Gateway on this computer, such as `https://localhost:5000`.
///
/// It is on this computer by construction: the gateway's login has no password towards its
/// clients, and its certificate says nothing about who it is.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct GatewayAddress {
    host: Host,
    port: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Host {
    Localhost,
    Address(IpAddr),
}

/// Why a text is no address of a gateway.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// Not an address at all.
    #[error("\"{text}\" is no address of a gateway; write one like {EXAMPLE}")]
    Unreadable {
        /// What was given, cut.
        text: String,
    },
    /// Another scheme, or none.
    #[error("\"{text}\" does not begin with https://; write one like {EXAMPLE}")]
    NotHttps {
        /// What was given, cut.
        text: String,
    },
    /// A user name or password.
    #[error("a gateway's address has no user name and no password; write one like {EXAMPLE}")]
    UserInfo,
    /// A query or a fragment.
    #[error("a gateway's address has no \"?\" and no \"#\"; write one like {EXAMPLE}")]
    Query,
    /// Another computer.
    #[error(
        "{host} is not this computer; the gateway must run here: write localhost, 127.0.0.1 or \
         [::1], as in {EXAMPLE}"
    )]
    NotLoopback {
        /// The host, cut.
        host: String,
    },
    /// No port.
    #[error(
        "the address names no port; write the `listenPort` of the gateway's conf.yaml, as in \
         {EXAMPLE}"
    )]
    NoPort,
    /// A port that is none.
    #[error("\"{port}\" is no port; write a number from 1 to 65535, as in {EXAMPLE}")]
    BadPort {
        /// What was given, cut.
        port: String,
    },
    /// TLS could not be set up in this program.
    #[error("TLS could not be set up: {cause}; report this")]
    Tls {
        /// What the library said.
        cause: String,
    },
}

fn cut(text: &str) -> String {
    text.chars().filter(|character| !character.is_control()).take(80).collect()
}

impl FromStr for GatewayAddress {
    type Err = AddressError;

    /// Reads `https://HOST:PORT`; a path such as `/v1/api` is accepted and cut.
    fn from_str(text: &str) -> Result<Self, AddressError> {
        let text = text.trim();
        let unreadable = || AddressError::Unreadable { text: cut(text) };
        if text.is_empty() || text.len() > MAX_ADDRESS_BYTES {
            return Err(unreadable());
        }
        if !text.get(..8).is_some_and(|scheme| scheme.eq_ignore_ascii_case("https://")) {
            return Err(AddressError::NotHttps { text: cut(text) });
        }
        // The URI's parser drops a fragment without a word.
        if text.contains(['?', '#']) {
            return Err(AddressError::Query);
        }
        let authority_end = text[8..].find('/').map_or(text.len(), |end| end + 8);
        let authority = &text[8..authority_end];
        if authority.contains('@') {
            return Err(AddressError::UserInfo);
        }
        // A port that is no number makes the whole URI unreadable, which would hide the reason.
        let after_host = authority.rfind(']').map_or(0, |end| end + 1);
        let port = match authority[after_host..].rsplit_once(':') {
            None | Some((_, "")) => return Err(AddressError::NoPort),
            Some((_, port)) => port,
        };
        let bad_port = || AddressError::BadPort { port: cut(port) };
        // A number's own parser would take a sign.
        if !port.bytes().all(|digit| digit.is_ascii_digit()) {
            return Err(bad_port());
        }
        let port: u16 = port.parse().map_err(|_| bad_port())?;
        if port == 0 {
            return Err(bad_port());
        }
        let uri: Uri = text.parse().map_err(|_| unreadable())?;
        let host = uri.host().filter(|host| !host.is_empty()).ok_or_else(unreadable)?;
        Ok(Self { host: loopback(host)?, port })
    }
}

fn loopback(host: &str) -> Result<Host, AddressError> {
    if host.eq_ignore_ascii_case("localhost") {
        return Ok(Host::Localhost);
    }
    let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    match bare.parse::<IpAddr>() {
        Ok(address) if address.is_loopback() => Ok(Host::Address(address)),
        _ => Err(AddressError::NotLoopback { host: cut(host) }),
    }
}

impl GatewayAddress {
    /// The port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The host as TLS and HTTP name it.
    pub(super) fn host(&self) -> String {
        match self.host {
            Host::Localhost => "localhost".into(),
            Host::Address(address) => address.to_string(),
        }
    }

    /// Where to connect to. The name `localhost` is not looked up, so that nothing can lead it
    /// away from this computer.
    pub(super) fn socket_addresses(&self) -> Vec<SocketAddr> {
        match self.host {
            Host::Localhost => vec![
                SocketAddr::from((Ipv4Addr::LOCALHOST, self.port)),
                SocketAddr::from((Ipv6Addr::LOCALHOST, self.port)),
            ],
            Host::Address(address) => vec![SocketAddr::from((address, self.port))],
        }
    }

    /// The page at which a person logs in.
    pub fn login_url(&self) -> String {
        format!("{self}/")
    }
}

impl fmt::Display for GatewayAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.host {
            Host::Localhost => write!(f, "https://localhost:{}", self.port),
            Host::Address(IpAddr::V4(address)) => write!(f, "https://{address}:{}", self.port),
            Host::Address(IpAddr::V6(address)) => write!(f, "https://[{address}]:{}", self.port),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_on_this_computer_is_read_and_its_path_is_cut() {
        let cases = [
            ("https://localhost:5000", "https://localhost:5000"),
            (" HTTPS://LocalHost:5001/v1/api ", "https://localhost:5001"),
            ("https://127.0.0.1:5000/", "https://127.0.0.1:5000"),
            ("https://127.9.8.7:1", "https://127.9.8.7:1"),
            ("https://[::1]:65535/v1/api/", "https://[::1]:65535"),
        ];
        for (text, read) in cases {
            assert_eq!(text.parse::<GatewayAddress>().unwrap().to_string(), read);
        }
    }

    #[test]
    fn every_other_address_is_refused_with_what_to_write() {
        type IsRight = fn(&AddressError) -> bool;
        let cases: [(&str, IsRight); 20] = [
            ("", |e| matches!(e, AddressError::Unreadable { .. })),
            ("localhost:5000", |e| matches!(e, AddressError::NotHttps { .. })),
            ("http://localhost:5000", |e| matches!(e, AddressError::NotHttps { .. })),
            ("https:/localhost:5000", |e| matches!(e, AddressError::NotHttps { .. })),
            ("https://", |e| matches!(e, AddressError::NoPort)),
            ("https://:5000", |e| matches!(e, AddressError::Unreadable { .. })),
            ("https://localhost", |e| matches!(e, AddressError::NoPort)),
            ("https://localhost:", |e| matches!(e, AddressError::NoPort)),
            ("https://[::1]", |e| matches!(e, AddressError::NoPort)),
            ("https://localhost:0", |e| matches!(e, AddressError::BadPort { .. })),
            ("https://localhost:65536", |e| matches!(e, AddressError::BadPort { .. })),
            ("https://localhost:+50", |e| matches!(e, AddressError::BadPort { .. })),
            ("https://localhost:5000x", |e| matches!(e, AddressError::BadPort { .. })),
            ("https://me:secret@localhost:5000", |e| matches!(e, AddressError::UserInfo)),
            ("https://localhost:5000/?a=b", |e| matches!(e, AddressError::Query)),
            ("https://localhost:5000#a", |e| matches!(e, AddressError::Query)),
            ("https://api.ibkr.com:443", |e| matches!(e, AddressError::NotLoopback { .. })),
            ("https://localhost.evil.com:443", |e| matches!(e, AddressError::NotLoopback { .. })),
            ("https://192.168.0.7:5000", |e| matches!(e, AddressError::NotLoopback { .. })),
            ("https://0.0.0.0:5000", |e| matches!(e, AddressError::NotLoopback { .. })),
        ];
        for (text, is_right) in cases {
            let error = text.parse::<GatewayAddress>().unwrap_err();
            assert!(is_right(&error), "{text}: {error:?}");
            assert!(error.to_string().contains(EXAMPLE), "{text}: {error} says what to write");
            assert!(!error.to_string().contains("secret"), "a password is never repeated");
        }
    }

    proptest::proptest! {
        #[test]
        fn whatever_is_accepted_is_on_this_computer(text in "https://[a-z0-9.:@\\[\\]/#?-]{0,40}") {
            if let Ok(address) = text.parse::<GatewayAddress>() {
                for socket in address.socket_addresses() {
                    proptest::prop_assert!(socket.ip().is_loopback() && socket.port() != 0);
                }
                proptest::prop_assert_eq!(address.to_string().parse(), Ok(address));
            }
        }
    }
}
