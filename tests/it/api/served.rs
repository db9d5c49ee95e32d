use reqwest::header::{AUTHORIZATION, CONTENT_TYPE};
use reqwest::{Client, Method, RequestBuilder, StatusCode};
use serde_json::Value;

use crate::background::serve::Service;
use crate::runs::terminal::{Terminal, command, everything_said};

/// A vault that a passphrase opens, so that nothing is written into the keychain of a person.
const WITHOUT_KEYCHAIN: [(&str, &str); 2] = [
    ("THROUGHLINE_PASSPHRASE", "a passphrase that nobody else has"),
    ("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent"),
];

/// An engine that serves its API, and a client that knows the token.
pub(crate) struct Served {
    pub(crate) terminal: Terminal,
    pub(crate) service: Service,
    pub(crate) url: String,
    pub(crate) token: String,
    pub(crate) client: Client,
}

/// A client without TLS, since the loopback has none, that follows nothing.
pub(crate) fn client() -> Client {
    let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
    let tls = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(rustls::RootCertStore::empty())
        .with_no_client_auth();
    Client::builder()
        .tls_backend_preconfigured(tls)
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .unwrap()
}

/// What a refused or an answered request came to.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: reqwest::header::HeaderMap,
    pub(crate) body: Value,
}

impl Answer {
    pub(crate) async fn of(request: RequestBuilder) -> Self {
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        let text = response.text().await.unwrap();
        let body = serde_json::from_str(&text).unwrap_or(Value::String(text));
        Self { status, headers, body }
    }

    /// A refusal with this status, this code and these words in its sentence.
    #[track_caller]
    pub(crate) fn refused(&self, status: u16, code: &str, words: &str) {
        assert_eq!(self.status.as_u16(), status, "{self:?}");
        assert_eq!(self.body["code"], code, "{self:?}");
        let message = self.body["message"].as_str().unwrap();
        assert!(message.contains(words), "\"{words}\" is not in: {message}");
    }

    #[track_caller]
    pub(crate) fn good(self) -> Value {
        assert_eq!(self.status, 200, "{self:?}");
        self.body
    }
}

impl Served {
    /// On a new data directory, whose clock stands.
    pub(crate) fn new(words: &str) -> Self {
        Self::on(Terminal::new(), words)
    }

    /// On one in which the sample strategy ran once.
    pub(crate) fn with_a_run(words: &str) -> Self {
        let terminal = Terminal::new();
        terminal.good("run sample");
        Self::on(terminal, words)
    }

    fn on(terminal: Terminal, words: &str) -> Self {
        let words = format!("--paused --http 127.0.0.1:0 {words}");
        let service = Service::start_with(terminal.data_dir(), &words, &WITHOUT_KEYCHAIN);
        let url = service.serving["http"].as_str().unwrap().to_owned();
        let token = token(&terminal, "show");
        Self { terminal, service, url, token, client: client() }
    }

    /// The port, such as `8377`.
    pub(crate) fn port(&self) -> &str {
        self.url.rsplit(':').next().unwrap()
    }

    /// A request that shows nothing.
    pub(crate) fn stranger(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("{}{path}", self.url))
    }

    /// A request with the token.
    pub(crate) fn known(&self, method: Method, path: &str) -> RequestBuilder {
        self.stranger(method, path).header(AUTHORIZATION, format!("Bearer {}", self.token))
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        Answer::of(self.known(Method::GET, path)).await
    }

    pub(crate) async fn rpc(&self, command: &str, request: Value) -> Answer {
        let posted = self.known(Method::POST, &format!("/api/rpc/{command}"));
        Answer::of(posted.header(CONTENT_TYPE, "application/json").body(request.to_string())).await
    }

    /// Ends the engine, which must have been well to the last.
    pub(crate) fn end(self) {
        let (status, said) = self.service.end("-TERM");
        assert_eq!(status, Some(0), "{said:?}");
        let faults: Vec<_> = said.iter().filter(|line| line["level"] == "ERROR").collect();
        assert!(faults.is_empty(), "{faults:?}");
    }
}

/// The token, as `throughline token` shows or renews it.
pub(crate) fn token(terminal: &Terminal, verb: &str) -> String {
    let output = command(terminal.data_dir())
        .args(["token", verb, "--json"])
        .envs(WITHOUT_KEYCHAIN)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", everything_said(&output));
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    answer["token"].as_str().unwrap().to_owned()
}
