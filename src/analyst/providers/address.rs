//! Addresses of providers.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use reqwest::Url;

use crate::analyst::model::ModelError;

/// Longest address.
const LONGEST: usize = 300;

/// An address that a key and a chart may be sent to: over TLS, or on this computer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ProviderAddress {
    url: Url,
    is_this_computer: bool,
}

impl ProviderAddress {
    pub(super) fn parse(text: &str) -> Result<Self, ModelError> {
        let refused = |why| ModelError::Address { shown: text.chars().take(80).collect(), why };
        if text.len() > LONGEST {
            return Err(refused("it is longer than 300 characters"));
        }
        let mut url: Url =
            text.trim().parse().map_err(|_| refused("write it as https://HOST/PATH"))?;
        if !url.username().is_empty() || url.password().is_some() {
            // Not shown: what stands before the @ is a secret.
            return Err(ModelError::Address {
                shown: url.host_str().unwrap_or_default().to_owned(),
                why: "a key does not belong into it; enter the key by itself",
            });
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(refused("leave out what begins with ? or #"));
        }
        let Some(host) = url.host_str() else {
            return Err(refused("write it as https://HOST/PATH"));
        };
        // An IPv6 address stands in brackets.
        let number = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
        let is_this_computer = number.map_or(host == "localhost", |address| address.is_loopback());
        match url.scheme() {
            "https" => {}
            "http" if is_this_computer => {}
            "http" => {
                return Err(refused("plain http goes to this computer only; use https"));
            }
            _ => return Err(refused("write it as https://HOST/PATH")),
        }
        let path = url.path().trim_end_matches('/').to_owned();
        url.set_path(&path);
        Ok(Self { url, is_this_computer })
    }

    pub(super) fn is_this_computer(&self) -> bool {
        self.is_this_computer
    }

    /// An address below this one. Each part is one part of the path, whatever it holds.
    pub(super) fn below(&self, parts: &[&str], query: Option<&str>) -> Url {
        let mut url = self.url.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(parts);
        }
        url.set_query(query);
        url
    }
}

impl fmt::Display for ProviderAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.url.as_str().trim_end_matches('/'))
    }
}

/// `localhost` is this computer, whatever a name server says.
pub(super) fn only_this_computer(builder: reqwest::ClientBuilder) -> reqwest::ClientBuilder {
    builder.resolve("localhost", SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_http_goes_to_this_computer_only() {
        for good in [
            "https://api.openai.com/v1",
            "http://127.0.0.1:11434/v1/",
            "http://localhost:8080",
            "http://[::1]:1/v1",
        ] {
            let address = ProviderAddress::parse(good).unwrap();
            assert_eq!(address.to_string(), good.trim_end_matches('/'));
        }
        for bad in [
            "http://api.openai.com/v1",
            "http://10.0.0.1/v1",
            "http://127.0.0.1.evil.example/v1",
            "http://localhost.evil.example",
            "ftp://localhost/x",
            "file:///etc/passwd",
            "https://user:sk-secret@host/v1",
            "https://host/v1?key=1",
            "not an address",
            "",
        ] {
            let error = ProviderAddress::parse(bad).unwrap_err().to_string();
            assert!(!error.contains("sk-secret"), "{error}");
        }
    }

    #[test]
    fn a_name_stays_one_part_of_the_path() {
        let address = ProviderAddress::parse("https://host/v1beta").unwrap();
        let url = address.below(&["models", "../../x?y#z"], Some("alt=sse"));
        assert_eq!(url.as_str(), "https://host/v1beta/models/..%2F..%2Fx%3Fy%23z?alt=sse");
    }
}
