//! Orders: sending, changing, cancelling and looking up. Each is sent once; what the broker does
//! not answer positively is unknown.

mod converse;
mod manage;
mod prepare;
mod wire;

use super::IbkrClient;
use super::client::Unanswered;
use super::rules::{Ask, OrderFault, check};
use crate::broker::{SubmitOutcome, SubmitReport};
use crate::domain::OrderIntent;
pub(super) use manage::{cancel, order, preview};
use prepare::{Call, Prepared};

pub(super) async fn submit(client: &IbkrClient, intent: &OrderIntent) -> SubmitReport {
    let prepared = match prepare::prepare(intent) {
        Ok(prepared) => prepared,
        Err(error) => return not_sent(&error.to_string()),
    };
    let account = prepared.account;
    match client.account() {
        Ok(connected) if connected == *account => {}
        Ok(connected) => {
            let cause = format!(
                "it is for account {account}, and the gateway's account is {connected}; choose \
                 {account} on the page Connection"
            );
            return not_sent(&cause);
        }
        Err(error) => return not_sent(&error.to_string()),
    }
    if let Err(fault) = check_before_sending(client, &prepared).await {
        return not_sent(&fault.to_string());
    }
    // From here to the last answer nothing else leaves this client.
    let lane = client.raw.order_lane().await;
    let first = match prepared.call {
        Call::Place => lane.place(account, prepared.body.clone()).await,
        Call::Modify(order) => lane.modify(account, order, prepared.body.clone()).await,
    };
    match first {
        Err(Unanswered::NotSent { cause }) => not_sent(&cause),
        Err(Unanswered::Transport(error)) if error.never_left() => not_sent(&error.to_string()),
        first => converse::converse(client, &lane, &prepared, first).await,
    }
}

/// What opens a position waits for the rules of its contract; what closes one is checked against
/// the rules that are known, since a closing order must never wait for anything.
async fn check_before_sending(
    client: &IbkrClient,
    prepared: &Prepared<'_>,
) -> Result<(), OrderFault> {
    let ask = if prepared.opens_position { Ask::IfMissing } else { Ask::Never };
    let now = client.clock.now();
    // Faults of the order itself come first, so that nothing is asked for its sake.
    let rules = client.rules_of(prepared.instrument.conid, Ask::Never).await;
    for order in &prepared.checks {
        match check(order, rules.as_ref().ok().and_then(Option::as_ref), now) {
            Err(OrderFault::DateNotOffered { .. }) if ask == Ask::IfMissing => {}
            other => other?,
        }
    }
    if ask == Ask::Never {
        return Ok(());
    }
    let rules = client.rules_of(prepared.instrument.conid, ask).await.map_err(|error| {
        OrderFault::RulesUnread { symbol: prepared.instrument.symbol.clone(), error }
    })?;
    prepared.checks.iter().try_for_each(|order| check(order, rules.as_ref(), now))
}

/// Nothing left this program, which is as certain as the broker's own refusal.
fn not_sent(cause: &str) -> SubmitReport {
    let reason = format!("The order was not sent: {cause}.");
    SubmitReport { outcome: SubmitOutcome::Rejected { reason }, questions: Vec::new() }
}
