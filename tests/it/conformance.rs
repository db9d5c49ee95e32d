//! The numbered conformance suite of the IBKR adapter: the same cases in process and over TLS. Each
//! case says with its number what a client of IBKR has to get right.

mod control;
mod push;
mod quirks;
mod suite;

use std::sync::Arc;

use control::InProcess;
use throughline::broker::ibkr::{
    CertificatePin, GatewayTransport, IbkrClient, InProcessTransport, QuestionPolicy, TlsOptions,
    TlsTransport,
};
use throughline::clock::Clock;
use throughline::domain::Environment;
use throughline::sandbox::serve::{CertificateFiles, ServeOptions, Server};

fn adapter(transport: Arc<dyn GatewayTransport>, control: &InProcess) -> IbkrClient {
    IbkrClient::new(
        transport,
        Arc::clone(&control.clock) as Arc<dyn Clock>,
        QuestionPolicy::default(),
        Environment::Sandbox,
    )
    .with_question_desk(Arc::clone(&control.desk))
}

#[tokio::test]
async fn the_adapter_conforms_in_process() {
    let control = InProcess::open();
    let transport =
        InProcessTransport::new(control.sandbox.router(), control.sandbox.order_hints());
    let client = adapter(Arc::new(transport), &control);
    suite::suite(&client, &control).await;
}

#[tokio::test]
async fn the_adapter_conforms_over_tls() {
    let (control, _folder, server) = served().await;
    suite::suite(&over_tls(&control, &server), &control).await;
}

#[tokio::test]
async fn the_adapter_bears_every_quirk_in_process() {
    let control = InProcess::open();
    let transport =
        InProcessTransport::new(control.sandbox.router(), control.sandbox.order_hints());
    let client = adapter(Arc::new(transport), &control);
    quirks::suite(&client, &control).await;
}

#[tokio::test]
async fn the_adapter_bears_every_quirk_over_tls() {
    let (control, _folder, server) = served().await;
    quirks::suite(&over_tls(&control, &server), &control).await;
}

async fn served() -> (InProcess, tempfile::TempDir, Server) {
    let control = InProcess::open();
    let folder = tempfile::tempdir().unwrap();
    let options = ServeOptions {
        listen: "127.0.0.1:0".parse().unwrap(),
        certificate: CertificateFiles::kept_in(folder.path()).unwrap(),
        speed: 0,
    };
    let server = Server::start(Arc::clone(&control.sandbox), options).await.unwrap();
    (control, folder, server)
}

fn over_tls(control: &InProcess, server: &Server) -> IbkrClient {
    let pin = Arc::new(CertificatePin::new(Some(server.fingerprint().parse().unwrap())));
    let options = TlsOptions::new(format!("{}/v1/api", server.url()), pin);
    let transport = TlsTransport::new(options).unwrap();
    adapter(Arc::new(transport), control)
}
