//! A TLS server for tests, which answers as it is told. It is no gateway and knows nothing of one.

use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::{Mutex, atomic::AtomicU32, atomic::Ordering};

use rcgen::{CertificateParams, KeyPair};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use throughline::broker::ibkr::Fingerprint;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio_rustls::TlsAcceptor;

/// What the server does with each request.
#[derive(Debug, Clone)]
pub(crate) enum Answer {
    /// Bytes as they are.
    Raw(String),
    /// A JSON body with a status and further header lines.
    Json { status: u16, headers: &'static str, body: String },
    /// Nothing, and the line stays open.
    Silence,
    /// The line is closed.
    HangUp,
    /// A body of so many bytes, in chunks, without its length.
    Chunks { bytes: usize },
}

/// A certificate with its key.
pub(crate) struct Identity {
    certificate: CertificateDer<'static>,
    key: PrivateKeyDer<'static>,
}

impl Identity {
    /// Signed by itself for `localhost`.
    pub(crate) fn usual() -> Self {
        Self::from_params(&CertificateParams::new(vec!["localhost".into()]).unwrap())
    }

    /// Expired and without any name, as the one that comes with the gateway.
    pub(crate) fn expired_without_names() -> Self {
        let mut params = CertificateParams::default();
        params.not_before = rcgen::date_time_ymd(2019, 2, 10);
        params.not_after = rcgen::date_time_ymd(2019, 5, 11);
        Self::from_params(&params)
    }

    fn from_params(params: &CertificateParams) -> Self {
        let key = KeyPair::generate().unwrap();
        let certificate = params.self_signed(&key).unwrap();
        Self {
            certificate: certificate.der().clone(),
            key: PrivateKeyDer::Pkcs8(key.serialize_der().into()),
        }
    }

    pub(crate) fn fingerprint(&self) -> Fingerprint {
        Fingerprint::of_der(&self.certificate)
    }

    /// One's certificate with the other's key: what an impostor has who copied a certificate.
    pub(crate) fn with_key_of(self, other: Self) -> Self {
        Self { key: other.key, ..self }
    }
}

/// A key that rustls would not pair with its certificate by itself.
#[derive(Debug)]
struct AnyPair(Arc<rustls::sign::CertifiedKey>);

impl rustls::server::ResolvesServerCert for AnyPair {
    fn resolve(
        &self,
        _: rustls::server::ClientHello<'_>,
    ) -> Option<Arc<rustls::sign::CertifiedKey>> {
        Some(Arc::clone(&self.0))
    }
}

fn acceptor(identity: &Identity) -> TlsAcceptor {
    let provider = rustls::crypto::ring::default_provider();
    let key = provider.key_provider.load_private_key(identity.key.clone_key()).unwrap();
    let pair = rustls::sign::CertifiedKey::new(vec![identity.certificate.clone()], key);
    // TLS 1.2 alone, as the gateway.
    let config = rustls::ServerConfig::builder_with_provider(Arc::new(provider))
        .with_protocol_versions(&[&rustls::version::TLS12])
        .unwrap()
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(AnyPair(Arc::new(pair))));
    TlsAcceptor::from(Arc::new(config))
}

/// Lines on which the handshake was completed, on a port.
pub(crate) async fn accept_tls(
    identity: Identity,
) -> (u16, mpsc::UnboundedReceiver<tokio_rustls::server::TlsStream<TcpStream>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let acceptor = acceptor(&identity);
    let (accepted, lines) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Ok((line, _)) = listener.accept().await {
            if let Ok(stream) = acceptor.accept(line).await
                && accepted.send(stream).is_err()
            {
                return;
            }
        }
    });
    (port, lines)
}

/// A server that runs until the test ends.
pub(crate) struct TlsServer {
    pub(crate) port: u16,
    pub(crate) fingerprint: Fingerprint,
    requests: Arc<Mutex<Vec<String>>>,
    connections: Arc<AtomicU32>,
}

impl TlsServer {
    pub(crate) async fn start(identity: Identity, answer: Answer) -> Self {
        Self::on(TcpListener::bind("127.0.0.1:0").await.unwrap(), &identity, answer)
    }

    fn on(listener: TcpListener, identity: &Identity, answer: Answer) -> Self {
        let acceptor = acceptor(identity);
        let server = Self {
            port: listener.local_addr().unwrap().port(),
            fingerprint: identity.fingerprint(),
            requests: Arc::default(),
            connections: Arc::default(),
        };
        let requests = Arc::clone(&server.requests);
        let connections = Arc::clone(&server.connections);
        tokio::spawn(async move {
            while let Ok((line, _)) = listener.accept().await {
                let (acceptor, answer) = (acceptor.clone(), answer.clone());
                let requests = Arc::clone(&requests);
                let connections = Arc::clone(&connections);
                tokio::spawn(async move {
                    if let Ok(stream) = acceptor.accept(line).await {
                        connections.fetch_add(1, Ordering::SeqCst);
                        serve(stream, &answer, &requests).await;
                    }
                });
            }
        });
        server
    }

    /// What was received: the head and the body of each request.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }

    /// Handshakes that were completed.
    pub(crate) fn connections(&self) -> u32 {
        self.connections.load(Ordering::SeqCst)
    }
}

async fn serve(
    mut stream: tokio_rustls::server::TlsStream<TcpStream>,
    answer: &Answer,
    requests: &Mutex<Vec<String>>,
) {
    while let Some(request) = read_request(&mut stream).await {
        requests.lock().unwrap().push(request);
        let bytes = match answer {
            Answer::Raw(bytes) => bytes.clone(),
            Answer::Json { status, headers, body } => {
                let length = body.len();
                format!(
                    "HTTP/1.1 {status} X\r\ncontent-type: application/json\r\n{headers}\
                     content-length: {length}\r\n\r\n{body}"
                )
            }
            Answer::Silence => std::future::pending().await,
            Answer::HangUp => return,
            Answer::Chunks { bytes } => {
                let chunk = "9".repeat(64 * 1024);
                let mut text = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n".to_owned();
                for _ in 0..bytes.div_ceil(chunk.len()) {
                    let _ = write!(text, "{:x}\r\n{chunk}\r\n", chunk.len());
                }
                text + "0\r\n\r\n"
            }
        };
        if stream.write_all(bytes.as_bytes()).await.is_err() || stream.flush().await.is_err() {
            return;
        }
    }
}

async fn read_request(stream: &mut tokio_rustls::server::TlsStream<TcpStream>) -> Option<String> {
    let mut text = Vec::new();
    let mut part = [0; 4096];
    loop {
        let read = stream.read(&mut part).await.ok().filter(|read| *read > 0)?;
        text.extend_from_slice(&part[..read]);
        let all = String::from_utf8_lossy(&text);
        let Some((head, body)) = all.split_once("\r\n\r\n") else { continue };
        let length = head
            .to_lowercase()
            .lines()
            .find_map(|line| line.strip_prefix("content-length:")?.trim().parse().ok())
            .unwrap_or(0);
        if body.len() >= length {
            return Some(all.into_owned());
        }
    }
}
