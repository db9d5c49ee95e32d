//! A served sandbox and a plain client that trusts its certificate.

use std::sync::Arc;
use std::time::Duration;

use reqwest::{Method, StatusCode};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};
use serde_json::{Value, json};
use throughline::clock::SimulatedClock;
use throughline::sandbox::serve::{CertificateFiles, ServeOptions, Server, TIME_HEADER};
use throughline::sandbox::{Sandbox, SandboxOptions};

pub(super) const AAPL: i64 = 265_598;
/// Friday, 15 June 2012, half an hour after the opening.
pub(super) const FRIDAY_MORNING: &str = "2012-06-15T14:00:00Z";
pub(super) const ORDERS: &str = "iserver/account/DU1000001/orders";

pub(super) struct Served {
    pub(super) server: Server,
    pub(super) sandbox: Arc<Sandbox>,
    pub(super) http: reqwest::Client,
    pub(super) tls: Arc<ClientConfig>,
    _directory: tempfile::TempDir,
}

/// What a client got.
pub(super) struct Got {
    pub(super) status: StatusCode,
    pub(super) headers: reqwest::header::HeaderMap,
    pub(super) text: String,
}

impl Got {
    pub(super) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }
}

/// Trusts exactly the certificate that the sandbox is served with.
pub(crate) fn trusting(certificate: &std::path::Path) -> ClientConfig {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(certificate).unwrap()).unwrap();
    ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth()
}

impl Served {
    /// A sandbox without limits whose clock stands, served on a free port.
    pub(super) async fn start() -> Self {
        Self::start_with(SandboxOptions { enforce_pacing: false, ..SandboxOptions::default() })
            .await
    }

    pub(super) async fn start_with(options: SandboxOptions) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let clock = Arc::new(SimulatedClock::starting_at(FRIDAY_MORNING.parse().unwrap()));
        let sandbox = Sandbox::open(options, clock).unwrap();
        let certificate = CertificateFiles::kept_in(directory.path()).unwrap();
        let tls = trusting(&certificate.certificate);
        let listen = "127.0.0.1:0".parse().unwrap();
        let options = ServeOptions { listen, certificate, speed: 0 };
        let server = Server::start(Arc::clone(&sandbox), options).await.unwrap();
        let http = reqwest::Client::builder()
            .tls_backend_preconfigured(tls.clone())
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(Duration::from_secs(20))
            .build()
            .unwrap();
        Self { server, sandbox, http, tls: Arc::new(tls), _directory: directory }
    }

    /// A client that has asked for everything that is refused or empty the first time.
    pub(super) async fn ready() -> Self {
        let served = Self::start().await;
        for path in [
            "iserver/accounts",
            "portfolio/accounts",
            "iserver/account/orders",
            "iserver/account/trades",
        ] {
            assert_eq!(served.get(path).await.status, 200, "{path}");
        }
        served
    }

    pub(super) fn fault(&self, name: &str, is_on: bool) {
        self.sandbox.change_fault(name, is_on, None, None).unwrap();
    }

    /// Sends a request to a path of the API, or, with a slash in front, to any path.
    pub(super) async fn try_send(
        &self,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> Result<Got, reqwest::Error> {
        self.try_send_at(method, path, body, None).await
    }

    pub(super) async fn try_send_at(
        &self,
        method: Method,
        path: &str,
        body: Option<Value>,
        at: Option<&str>,
    ) -> Result<Got, reqwest::Error> {
        let path = if path.starts_with('/') { path.to_owned() } else { format!("/v1/api/{path}") };
        let mut request = self.http.request(method, format!("{}{path}", self.server.url()));
        if let Some(at) = at {
            request = request.header(TIME_HEADER, at);
        }
        if let Some(body) = body {
            request = request.header("content-type", "application/json").body(body.to_string());
        }
        let answer = request.send().await?;
        let (status, headers) = (answer.status(), answer.headers().clone());
        Ok(Got { status, headers, text: answer.text().await? })
    }

    pub(super) async fn get(&self, path: &str) -> Got {
        self.try_send(Method::GET, path, None).await.unwrap()
    }

    pub(super) async fn post(&self, path: &str, body: Value) -> Got {
        self.try_send(Method::POST, path, Some(body)).await.unwrap()
    }

    pub(super) async fn delete(&self, path: &str) -> Got {
        self.try_send(Method::DELETE, path, None).await.unwrap()
    }

    /// Moves the clock as a client does.
    pub(super) async fn at(&self, instant: &str) {
        let moved = self.try_send_at(Method::GET, "/sandbox/v1/info", None, Some(instant)).await;
        assert_eq!(moved.unwrap().status, 200);
    }

    /// Places an order that is asked no question, and gives its number.
    pub(super) async fn placed(&self, order: Value) -> String {
        let answer = self.post(ORDERS, json!({ "orders": [order] })).await.json();
        answer[0]["order_id"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()
    }

    pub(super) async fn trades(&self) -> Vec<Value> {
        self.get("iserver/account/trades").await.json().as_array().unwrap().clone()
    }

    /// The client order ids that stand.
    pub(super) async fn client_orders(&self) -> Vec<String> {
        let info = self.get("/sandbox/v1/info").await.json();
        serde_json::from_value(info["client_order_ids"].clone()).unwrap()
    }

    pub(super) async fn live_orders(&self) -> Vec<Value> {
        self.get("iserver/account/orders").await.json()["orders"].as_array().unwrap().clone()
    }
}

/// One share at the market.
pub(super) fn market(id: &str) -> Value {
    json!({
        "conid": AAPL, "orderType": "MKT", "side": "BUY", "tif": "DAY", "quantity": 1, "cOID": id,
    })
}

/// Shares at a limit that is near the market and below it.
pub(super) fn limit(id: &str, quantity: i64) -> Value {
    json!({
        "conid": AAPL, "orderType": "LMT", "side": "BUY", "tif": "GTC", "quantity": quantity,
        "price": 72.50, "cOID": id,
    })
}
