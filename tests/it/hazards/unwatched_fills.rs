//! H28: a paper order that stays "submitted" because nobody looks. The sandbox fills on its own
//! clock, whether or not anybody asks.

use std::sync::Arc;
use std::time::Duration;

use rust_decimal::Decimal;
use throughline::broker::ibkr::{IbkrClient, InProcessTransport, QuestionPolicy};
use throughline::broker::{Broker as _, SubmitOutcome};
use throughline::clock::{Clock, SimulatedClock};
use throughline::domain::records::Outcome;
use throughline::domain::{Environment, ExecutionId, Leg, OrderStatus};
use throughline::market::MarketData as _;
use throughline::risk::{EntryRequest, check_entry};
use throughline::sandbox::serve::{CertificateFiles, ServeOptions, Server};
use throughline::sandbox::{Sandbox, SandboxOptions};
use throughline::strategy::default_risk_parameters;

use super::{open, run_sample};
use crate::ibkr_adapter::only_cash;
use crate::runs::audit::{Audit, instant};

#[tokio::test]
async fn h28_an_order_fills_on_the_exchanges_clock_and_not_when_somebody_looks() {
    let directory = tempfile::tempdir().unwrap();
    let engine = open(directory.path()).await;
    // Nobody listens to the engine's events, and nothing asks for its pages.
    let execution = run_sample(&engine).await;
    assert_eq!(execution.outcome, Some(Outcome::Bought), "{execution:?}");
    let orders = engine.store().orders_of(&execution.id).await.unwrap();
    let entry = orders.iter().find(|order| order.leg == Leg::Entry).unwrap();
    assert_eq!((entry.status, entry.filled_quantity), (OrderStatus::Filled, entry.quantity));
    let fills = engine.store().fills().await.unwrap();
    let fills: Vec<_> =
        fills.iter().filter(|row| row.client_order_id == entry.client_order_id).collect();
    let filled: Decimal = fills.iter().map(|row| row.fill.quantity).sum();
    assert_eq!(filled, entry.quantity);
    // It was decided on a Friday at the close: it can fill while the exchange is open, not sooner.
    let opening = instant("2012-06-18T09:30:00-04:00");
    assert!(fills.iter().all(|row| row.fill.at >= opening), "{fills:?}");
    engine.close().await.unwrap();
    Audit::of(directory.path()).await.check().await;
}

#[tokio::test]
async fn h28_a_served_sandbox_fills_while_no_client_is_there() {
    let clock = Arc::new(SimulatedClock::starting_at(instant("2012-06-15T10:30:00-04:00")));
    let sandbox = Sandbox::open(SandboxOptions::default(), Arc::clone(&clock)).unwrap();
    let transport = InProcessTransport::new(sandbox.router(), sandbox.order_hints());
    let client = IbkrClient::new(
        Arc::new(transport),
        Arc::clone(&clock) as Arc<dyn Clock>,
        QuestionPolicy::default(),
        Environment::Sandbox,
    );
    let account_id = client.connect().await.unwrap().account_id;
    let instrument = client.find_stock("AAPL").await.unwrap();
    let last = client.quote(instrument.conid).await.unwrap().last;
    let times = |percent: i64| instrument.round_to_tick(last * Decimal::new(percent, 3));
    let request = EntryRequest {
        execution_id: ExecutionId::new("unwatched").unwrap(),
        account_id,
        entry_price: times(1010),
        stop_price: times(980),
        target_price: times(1080),
        instrument: instrument.clone(),
    };
    let decision = check_entry(request, &default_risk_parameters(), &only_cash());
    let report = client.submit(&decision.approved.unwrap()).await;
    assert!(matches!(report.outcome, SubmitOutcome::Accepted(_)), "{report:?}");
    drop(client);

    // Ten simulated minutes a second, and nobody asks anything: no request, no push channel.
    let mut changes = sandbox.order_hints();
    changes.mark_unchanged();
    let folder = tempfile::tempdir().unwrap();
    let options = ServeOptions {
        listen: "127.0.0.1:0".parse().unwrap(),
        certificate: CertificateFiles::kept_in(folder.path()).unwrap(),
        speed: 600,
    };
    let server = Server::start(Arc::clone(&sandbox), options).await.unwrap();
    let filled = tokio::time::timeout(Duration::from_secs(20), changes.changed()).await;
    filled.expect("it never filled by itself").unwrap();
    server.stop().await;
}
