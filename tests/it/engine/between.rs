//! A TLS server between the engine and a served sandbox, which changes single answers: what a
//! gateway says that the sandbox has no fault for. It stands for the gateway and knows nothing of
//! trading.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::response::Response;
use bytes::Bytes;
use throughline::clock::SimulatedClock;
use throughline::sandbox::serve::{CertificateFiles, ServeOptions, Server};
use throughline::sandbox::{Sandbox, SandboxOptions};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio_rustls::server::TlsStream;

use crate::runs::audit::instant;
use crate::transport::tls_server::{Identity, accept_tls};

/// Status and body of an answer.
pub(super) type Told = (u16, String);

/// Makes of a request (`GET /v1/api/…`, without its query) and of its answer what is answered.
type Changing = dyn Fn(&str, Told) -> Told + Send + Sync;

pub(super) struct Between {
    pub(super) url: String,
    pub(super) sandbox: Arc<Sandbox>,
    seen: Arc<Mutex<Vec<String>>>,
    _server: Server,
    _folder: tempfile::TempDir,
}

#[derive(Clone)]
struct Wire {
    to: String,
    http: reqwest::Client,
    change: Arc<Changing>,
    seen: Arc<Mutex<Vec<String>>>,
}

/// Connections on which the handshake was completed.
struct Lines {
    lines: mpsc::UnboundedReceiver<TlsStream<TcpStream>>,
    address: SocketAddr,
}

impl axum::serve::Listener for Lines {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        match self.lines.recv().await {
            Some(line) => (line, self.address),
            None => std::future::pending().await,
        }
    }

    fn local_addr(&self) -> std::io::Result<Self::Addr> {
        Ok(self.address)
    }
}

impl Between {
    /// A sandbox whose clock the engine leads, behind a server that changes its answers.
    pub(super) async fn start(change: impl Fn(&str, Told) -> Told + Send + Sync + 'static) -> Self {
        let clock = SimulatedClock::starting_at(instant("2012-06-15T10:00:00-04:00"));
        let sandbox = Sandbox::open(SandboxOptions::default(), Arc::new(clock)).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let certificate = CertificateFiles::kept_in(folder.path()).unwrap();
        let tls = crate::served::gateway::trusting(&certificate.certificate);
        let options =
            ServeOptions { listen: "127.0.0.1:0".parse().unwrap(), certificate, speed: 0 };
        let server = Server::start(Arc::clone(&sandbox), options).await.unwrap();
        let http = reqwest::Client::builder()
            .tls_backend_preconfigured(tls)
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .unwrap();
        let seen = Arc::default();
        let wire =
            Wire { to: server.url(), http, change: Arc::new(change), seen: Arc::clone(&seen) };
        let (port, lines) = accept_tls(Identity::usual()).await;
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        let router = Router::new().fallback(pass_on).with_state(wire);
        tokio::spawn(async move { axum::serve(Lines { lines, address }, router).await });
        let url = format!("https://127.0.0.1:{port}");
        Self { url, sandbox, seen, _server: server, _folder: folder }
    }

    /// How many requests had this in them.
    pub(super) fn count(&self, part: &str) -> usize {
        self.seen.lock().unwrap().iter().filter(|request| request.contains(part)).count()
    }
}

async fn pass_on(State(wire): State<Wire>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body: Bytes = to_bytes(body, 1_000_000).await.unwrap();
    let named = format!("{} {}", parts.method, parts.uri.path());
    wire.seen.lock().unwrap().push(named.clone());
    let url = format!("{}{}", wire.to, parts.uri.path_and_query().unwrap());
    let mut headers = parts.headers;
    headers.remove("host");
    let sent = wire.http.request(parts.method, url).headers(headers).body(body).send().await;
    let answer = sent.unwrap();
    let (status, mut headers) = (answer.status().as_u16(), answer.headers().clone());
    let (status, text) = (wire.change)(&named, (status, answer.text().await.unwrap()));
    for framing in ["content-length", "transfer-encoding"] {
        headers.remove(framing);
    }
    let mut response = Response::builder().status(status).body(Body::from(text)).unwrap();
    *response.headers_mut() = headers;
    response
}
