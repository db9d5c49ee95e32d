use std::net::SocketAddr;

use axum::http::{HeaderMap, Uri, header};
use tokio::net::TcpListener;

use crate::api::{ApiError, ErrorCode};

/// Listens on an address of the loopback, and on no other. `what` is what is answered there, as the
/// beginning of a sentence, such as `health is`.
pub async fn bind_loopback(text: &str, what: &str) -> Result<TcpListener, ApiError> {
    let shown: String = text.chars().take(60).collect();
    let invalid = |message: String| {
        ApiError::new(ErrorCode::InvalidRequest, message)
            .with_hint("write it as 127.0.0.1:8377, or 127.0.0.1:0 for a free port")
    };
    let address: SocketAddr =
        text.parse().map_err(|_| invalid(format!("\"{shown}\" is not an address with a port")))?;
    if !address.ip().is_loopback() {
        let message = format!(
            "{what} answered on this computer only, and {address} is not an address of its loopback"
        );
        return Err(invalid(message));
    }
    TcpListener::bind(address).await.map_err(|error| {
        ApiError::new(ErrorCode::InUse, format!("{address} could not be listened on: {error}"))
            .with_hint("use another port, or 127.0.0.1:0 for a free one")
    })
}

/// The names under which a server answers. A page of the web can lead a name of its own to the
/// loopback (DNS rebinding), but cannot make a browser send another name than that.
#[derive(Debug, Clone)]
pub(super) struct OwnNames {
    hosts: Vec<String>,
}

impl OwnNames {
    /// Those of a server that listens here.
    pub(super) fn of(address: SocketAddr) -> Self {
        let port = address.port();
        let mut hosts = vec![format!("localhost:{port}"), address.to_string()];
        if port == 80 {
            // A browser leaves the usual port out.
            hosts.extend(["localhost".to_owned(), address.ip().to_string()]);
        }
        Self { hosts }
    }

    /// The name that a request gives, if it is one of ours. HTTP/1.1 allows one `Host` header; a
    /// request line that names a host as well must name the same.
    pub(super) fn named<'a>(&self, headers: &'a HeaderMap, uri: &Uri) -> Option<&'a str> {
        let mut given = headers.get_all(header::HOST).iter();
        let (Some(host), None) = (given.next(), given.next()) else { return None };
        let host = host.to_str().ok()?;
        let is_ours = self.hosts.iter().any(|own| own.eq_ignore_ascii_case(host));
        let agrees = uri.authority().is_none_or(|named| named.as_str().eq_ignore_ascii_case(host));
        (is_ours && agrees).then_some(host)
    }
}

/// What the headers say about the page from which a request comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Source {
    /// No page, or the browser did not say.
    Unsaid,
    /// A page of ours.
    Own,
    /// Another one.
    Foreign,
}

/// Reads `Origin`, which a browser adds to what a page sends, and `Sec-Fetch-Site`, which it adds to
/// what a page loads. `host` is the name under which the request came.
pub(super) fn source(headers: &HeaderMap, host: &str) -> Source {
    let mut origins = headers.get_all(header::ORIGIN).iter();
    let from_origin = match (origins.next(), origins.next()) {
        (None, _) => Source::Unsaid,
        (Some(origin), None) => {
            let own = origin
                .to_str()
                .ok()
                .and_then(|origin| origin.strip_prefix("http://"))
                .is_some_and(|named| named.eq_ignore_ascii_case(host));
            if own { Source::Own } else { Source::Foreign }
        }
        (Some(_), Some(_)) => Source::Foreign,
    };
    let site = headers.get("sec-fetch-site").map(|site| site.to_str().unwrap_or_default());
    match (from_origin, site) {
        (Source::Foreign, _) => Source::Foreign,
        (_, Some(site)) if !matches!(site, "same-origin" | "none") => Source::Foreign,
        (found, _) => found,
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| ((*name).parse().unwrap(), value.parse().unwrap())).fold(
            HeaderMap::new(),
            |mut all, (name, value): (axum::http::HeaderName, HeaderValue)| {
                all.append(name, value);
                all
            },
        )
    }

    #[test]
    fn only_the_own_name_with_the_own_port_is_a_name() {
        let names = OwnNames::of("127.0.0.1:8377".parse().unwrap());
        let here: Uri = "/api/session".parse().unwrap();
        for host in ["127.0.0.1:8377", "localhost:8377", "LOCALHOST:8377"] {
            assert_eq!(names.named(&headers(&[("host", host)]), &here), Some(host));
        }
        for host in [
            "127.0.0.1",
            "127.0.0.1:80",
            "localhost",
            "localhost:8378",
            "127.0.0.2:8377",
            "evil.example:8377",
            "localhost.evil.example:8377",
            "evil.example",
            "",
            "[::1]:8377",
            "127.0.0.1:8377@evil.example",
            "localhost:8377.",
        ] {
            assert_eq!(names.named(&headers(&[("host", host)]), &here), None, "{host}");
        }
        assert_eq!(names.named(&HeaderMap::new(), &here), None, "no name is no name");
        let twice = headers(&[("host", "localhost:8377"), ("host", "evil.example")]);
        assert_eq!(names.named(&twice, &here), None);
        let elsewhere: Uri = "http://evil.example/api/session".parse().unwrap();
        assert_eq!(names.named(&headers(&[("host", "localhost:8377")]), &elsewhere), None);

        let six = OwnNames::of("[::1]:8377".parse().unwrap());
        assert!(six.named(&headers(&[("host", "[::1]:8377")]), &here).is_some());
        let web = OwnNames::of("127.0.0.1:80".parse().unwrap());
        assert!(web.named(&headers(&[("host", "127.0.0.1")]), &here).is_some());
    }

    #[test]
    fn a_page_is_told_by_its_origin_and_by_the_browser() {
        let said = |pairs: &[(&'static str, &str)]| source(&headers(pairs), "localhost:8377");
        assert_eq!(said(&[]), Source::Unsaid);
        assert_eq!(said(&[("origin", "http://localhost:8377")]), Source::Own);
        for origin in [
            "https://localhost:8377",
            "http://localhost:8378",
            "http://localhost",
            "null",
            "",
            "http://127.0.0.1:8377",
            "http://localhost:8377.evil.example",
            "http://evil.example",
        ] {
            assert_eq!(said(&[("origin", origin)]), Source::Foreign, "{origin}");
        }
        let twice = [("origin", "http://localhost:8377"), ("origin", "http://evil.example")];
        assert_eq!(said(&twice), Source::Foreign);
        assert_eq!(said(&[("sec-fetch-site", "none")]), Source::Unsaid);
        assert_eq!(said(&[("sec-fetch-site", "same-origin")]), Source::Unsaid);
        for site in ["cross-site", "same-site", "nonsense"] {
            assert_eq!(said(&[("sec-fetch-site", site)]), Source::Foreign, "{site}");
        }
        let lying = [("origin", "http://localhost:8377"), ("sec-fetch-site", "cross-site")];
        assert_eq!(said(&lying), Source::Foreign);
    }

    #[tokio::test]
    async fn c6_5_the_loopback_alone_is_listened_on() {
        for (address, words) in [
            ("0.0.0.0:0", "is not an address of its loopback"),
            ("[::]:0", "is not an address of its loopback"),
            ("192.168.0.7:80", "is not an address of its loopback"),
            ("somewhere", "\"somewhere\" is not an address with a port"),
        ] {
            let refused = bind_loopback(address, "the API is").await.unwrap_err();
            assert!(refused.message.contains(words), "{refused}");
        }
        let taken = bind_loopback("127.0.0.1:0", "the API is").await.unwrap();
        let address = taken.local_addr().unwrap().to_string();
        let refused = bind_loopback(&address, "the API is").await.unwrap_err();
        assert_eq!(refused.code, ErrorCode::InUse);
    }
}
