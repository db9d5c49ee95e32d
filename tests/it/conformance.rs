//! The numbered conformance suite of the IBKR adapter: the same cases in process and over TLS. Each
//! case says with its number what a client of IBKR has to get right.

mod control;
mod suite;
mod tls;

use std::sync::Arc;

use control::InProcess;
use throughline::broker::ibkr::{
    CertificatePin, IbkrClient, InProcessTransport, QuestionPolicy, TlsOptions, TlsTransport,
};
use throughline::broker::{Broker, QuestionDesk};
use throughline::clock::Clock;
use throughline::domain::Environment;

fn adapter(
    transport: Arc<dyn throughline::broker::ibkr::GatewayTransport>,
    control: &InProcess,
    desk: &Arc<QuestionDesk>,
) -> IbkrClient {
    IbkrClient::new(
        transport,
        Arc::clone(&control.clock) as Arc<dyn Clock>,
        QuestionPolicy::default(),
        Environment::Sandbox,
    )
    .with_question_desk(Arc::clone(desk))
}

#[tokio::test]
async fn the_adapter_conforms_in_process() {
    let control = InProcess::open();
    let transport =
        InProcessTransport::new(control.sandbox.router(), control.sandbox.order_hints());
    let client = adapter(Arc::new(transport), &control, &control.desk);
    client.connect().await.unwrap();
    suite::suite(&client, &control).await;
}

#[tokio::test]
async fn the_adapter_conforms_over_tls() {
    let control = InProcess::open();
    let server = tls::serve(control.sandbox.router()).await;
    let pin = Arc::new(CertificatePin::new(Some(server.fingerprint)));
    let options = TlsOptions::new(format!("https://localhost:{}/v1/api", server.port), pin);
    let transport = TlsTransport::new(options).unwrap();
    let client = adapter(Arc::new(transport), &control, &control.desk);
    client.connect().await.unwrap();
    suite::suite(&client, &control).await;
}
