//! The conversation about one order: its answer, the broker's questions, and which row is which.

use super::super::IbkrClient;
use super::super::client::{OrderLane, Reply, Unanswered};
use super::super::parse;
use super::super::questions::Verdict;
use super::super::replies::{self, PlacedRow, Placement};
use super::prepare::{Prepared, Sent};
use super::wire::WirePromptAnswer;
use crate::broker::{AcceptedOrder, AnsweredQuestion, DeskAnswer, SubmitOutcome, SubmitReport};
use crate::domain::{BrokerOrderId, ClientOrderId, OrderStatus};

/// Questions about one order that may be answered with yes. Chains of three have been seen.
const MAX_CONFIRMATIONS: usize = 8;

/// Follows the answers until one is final, answering questions on the way. The caller holds the
/// order lane, so that nothing else is sent, not even while a person is asked.
pub(super) async fn converse(
    client: &IbkrClient,
    lane: &OrderLane<'_>,
    prepared: &Prepared<'_>,
    first: Result<Reply, Unanswered>,
) -> SubmitReport {
    let mut questions: Vec<AnsweredQuestion> = Vec::new();
    let mut answer = first;
    // The words of the question that was answered with no.
    let mut declined: Option<String> = None;
    let outcome = loop {
        let reply = match answer {
            Ok(reply) => reply,
            Err(error) => break SubmitOutcome::Unknown { reason: error.to_string() },
        };
        match replies::read(&reply) {
            Placement::Placed(rows) => break accepted(&prepared.sent, &rows),
            Placement::PartlyPlaced { placed, refusal } => {
                break partly_accepted(&prepared.sent, &placed, &refusal);
            }
            Placement::Refused(words) => {
                let reason = declined.unwrap_or(words);
                break SubmitOutcome::Rejected { reason };
            }
            Placement::Unclear(reason) => break SubmitOutcome::Unknown { reason },
            Placement::Question { reply_id, message_ids, messages } => {
                if questions.len() > MAX_CONFIRMATIONS {
                    let reason = "IBKR went on asking after it was told no".into();
                    break SubmitOutcome::Unknown { reason };
                }
                let verdict = verdict(client, prepared, &questions, &message_ids, &messages).await;
                let text = messages.join("\n");
                if !verdict.confirmed {
                    declined.get_or_insert_with(|| text.clone());
                }
                answer = lane.reply(&reply_id, verdict.confirmed).await;
                questions.push(answered(&message_ids, text, verdict));
            }
            Placement::Prompt { order_id, request_id, message_ids, text } => {
                let messages = std::slice::from_ref(&text);
                let verdict = verdict(client, prepared, &questions, &message_ids, messages).await;
                let confirmed = verdict.confirmed;
                questions.push(answered(&message_ids, text.clone(), verdict));
                break answer_prompt(lane, order_id, &request_id, &text, confirmed).await;
            }
        }
    };
    SubmitReport { outcome, questions }
}

/// The allow-list answers; what is not on it is put to a person.
async fn verdict(
    client: &IbkrClient,
    prepared: &Prepared<'_>,
    answered: &[AnsweredQuestion],
    message_ids: &[String],
    messages: &[String],
) -> Verdict {
    if answered.len() >= MAX_CONFIRMATIONS {
        let because = format!("Answered with no: IBKR asked more than {MAX_CONFIRMATIONS} times.");
        return Verdict { confirmed: false, because };
    }
    if answered.iter().any(|question| !question.confirmed) {
        let because = "Answered with no: an earlier question was.".into();
        return Verdict { confirmed: false, because };
    }
    let listed = client.policy.answer(message_ids, messages);
    if listed.confirmed {
        return listed;
    }
    let ids: Vec<String> = message_ids.iter().take(20).map(|id| parse::bounded(id, 64)).collect();
    let asked = client.desk.ask(&prepared.words, &ids, &messages.join("\n")).await;
    let (confirmed, because) = match asked {
        DeskAnswer::Confirmed => (true, "Answered with yes by a person.".into()),
        DeskAnswer::Declined => (false, "Answered with no by a person.".into()),
        DeskAnswer::Expired => (false, format!("{} Nobody answered in time.", listed.because)),
        DeskAnswer::NobodyAsked => (false, listed.because),
    };
    Verdict { confirmed, because }
}

fn answered(message_ids: &[String], text: String, verdict: Verdict) -> AnsweredQuestion {
    let message_ids = message_ids.iter().take(20).map(|id| parse::bounded(id, 64)).collect();
    AnsweredQuestion { message_ids, text, confirmed: verdict.confirmed, because: verdict.because }
}

/// The broker answers a prompt with the word `Success`, which says that it heard, not what became
/// of the order.
async fn answer_prompt(
    lane: &OrderLane<'_>,
    order_id: i64,
    request_id: &str,
    text: &str,
    confirmed: bool,
) -> SubmitOutcome {
    let word = if confirmed { "Yes" } else { "No" };
    let answer = WirePromptAnswer { order_id, req_id: request_id, text: word };
    let body = match serde_json::to_vec(&answer) {
        Ok(body) => body.into(),
        Err(error) => return SubmitOutcome::Unknown { reason: error.to_string() },
    };
    match lane.answer_prompt(body).await {
        Ok(reply) if reply.status.is_success() && !reply.is_wordless() => {
            if confirmed {
                let reason = format!("IBKR was told yes and did not say what followed: {text}");
                SubmitOutcome::Unknown { reason }
            } else {
                SubmitOutcome::Rejected { reason: text.into() }
            }
        }
        Ok(reply) => SubmitOutcome::Unknown {
            reason: format!("IBKR answered {}: {}", reply.status.as_u16(), reply.words()),
        },
        Err(error) => SubmitOutcome::Unknown { reason: error.to_string() },
    }
}

/// Which rows are which of our orders. Rows come in another order than the orders went, the child
/// first; children may lack our id, and are then left to be found in the list of live orders.
fn accepted(sent: &Sent, rows: &[PlacedRow]) -> SubmitOutcome {
    let orders = matched(sent, rows);
    if orders.is_empty() {
        let reason = format!(
            "IBKR accepted the orders {} and did not say which of ours they are",
            listed(rows)
        );
        return SubmitOutcome::Unknown { reason };
    }
    SubmitOutcome::Accepted(orders)
}

/// IBKR holds a bracket's parent inactive when it refuses a child: the entry is there, and cannot
/// fill without its protection. In any other state an entry may fill unprotected, which is put to
/// reconciliation with IBKR's words.
fn partly_accepted(sent: &Sent, rows: &[PlacedRow], refusal: &str) -> SubmitOutcome {
    let orders = matched(sent, rows);
    let entry_is_held = match sent {
        Sent::Bracket { entry, .. } => orders
            .iter()
            .any(|order| order.client_order_id == *entry && order.status == OrderStatus::Inactive),
        Sent::One(_) | Sent::Changed(..) => false,
    };
    if entry_is_held {
        tracing::warn!(%refusal, "IBKR refused a child of a bracket and holds its entry inactive");
        return SubmitOutcome::Accepted(orders);
    }
    let reason = format!("IBKR took the orders {} and refused another: {refusal}", listed(rows));
    SubmitOutcome::Unknown { reason }
}

fn listed(rows: &[PlacedRow]) -> String {
    let ids: Vec<&str> = rows.iter().take(5).map(|row| row.order_id.as_str()).collect();
    parse::bounded(&ids.join(", "), 200)
}

fn matched(sent: &Sent, rows: &[PlacedRow]) -> Vec<AcceptedOrder> {
    match sent {
        Sent::One(id) => match rows {
            [row] if row.local_order_id.as_deref().is_none_or(|named| named == id.as_str()) => {
                accepted_order(id, row).into_iter().collect()
            }
            rows => rows
                .iter()
                .filter(|row| row.local_order_id.as_deref() == Some(id.as_str()))
                .find_map(|row| accepted_order(id, row))
                .into_iter()
                .collect(),
        },
        Sent::Changed(id, broker_order_id) => rows
            .iter()
            .filter(|row| row.order_id == broker_order_id.as_str())
            .find_map(|row| accepted_order(id, row))
            .into_iter()
            .collect(),
        Sent::Bracket { entry, stop, target } => {
            let by_own_id = |id: &ClientOrderId| {
                rows.iter().find(|row| row.local_order_id.as_deref() == Some(id.as_str()))
            };
            let entry_row = by_own_id(entry).or_else(|| parent_of_others(rows));
            [(entry, entry_row), (stop, by_own_id(stop)), (target, by_own_id(target))]
                .into_iter()
                .filter_map(|(id, row)| accepted_order(id, row?))
                .collect()
        }
    }
}

/// The one row that others name as their parent.
fn parent_of_others(rows: &[PlacedRow]) -> Option<&PlacedRow> {
    let is_named = |row: &PlacedRow| {
        rows.iter().any(|other| other.parent_order_id.as_deref() == Some(row.order_id.as_str()))
    };
    let mut parents = rows.iter().filter(|row| row.local_order_id.is_none() && is_named(row));
    parents.next().filter(|_| parents.next().is_none())
}

fn accepted_order(id: &ClientOrderId, row: &PlacedRow) -> Option<AcceptedOrder> {
    Some(AcceptedOrder {
        client_order_id: id.clone(),
        broker_order_id: BrokerOrderId::new(row.order_id.clone()).ok()?,
        status: parse::order_status(&row.status),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(order_id: &str, own: Option<&str>, parent: Option<&str>) -> PlacedRow {
        PlacedRow {
            order_id: order_id.into(),
            status: "PreSubmitted".into(),
            local_order_id: own.map(Into::into),
            parent_order_id: parent.map(Into::into),
        }
    }

    fn sent_bracket() -> Sent {
        let id = |text: &str| ClientOrderId::new(text).unwrap();
        Sent::Bracket {
            entry: id("sample_1-entry"),
            stop: id("sample_1-stop"),
            target: id("sample_1-target"),
        }
    }

    fn pairs(outcome: &SubmitOutcome) -> Vec<(&str, &str)> {
        let SubmitOutcome::Accepted(orders) = outcome else { panic!("{outcome:?}") };
        orders
            .iter()
            .inspect(|order| assert_eq!(order.status, OrderStatus::PreSubmitted))
            .map(|order| (order.client_order_id.as_str(), order.broker_order_id.as_str()))
            .collect()
    }

    #[test]
    fn rows_of_a_bracket_are_matched_whatever_their_order() {
        let sent = sent_bracket();
        let all = [
            row("13", Some("sample_1-target"), Some("11")),
            row("12", Some("sample_1-stop"), Some("11")),
            row("11", Some("sample_1-entry"), None),
        ];
        let expected =
            [("sample_1-entry", "11"), ("sample_1-stop", "12"), ("sample_1-target", "13")];
        assert_eq!(pairs(&accepted(&sent, &all)), expected);
        let nameless =
            [row("13", None, Some("11")), row("12", None, Some("11")), row("11", None, None)];
        assert_eq!(pairs(&accepted(&sent, &nameless)), [("sample_1-entry", "11")]);
        let unrelated = [row("13", None, None), row("12", None, None), row("11", None, None)];
        assert!(matches!(accepted(&sent, &unrelated), SubmitOutcome::Unknown { .. }));
    }

    #[test]
    fn a_changed_order_must_be_the_one_that_was_named() {
        let id = ClientOrderId::new("sample_1-target").unwrap();
        let sent = Sent::Changed(id, BrokerOrderId::new("13").unwrap());
        assert_eq!(pairs(&accepted(&sent, &[row("13", None, None)])), [("sample_1-target", "13")]);
        assert!(matches!(accepted(&sent, &[row("14", None, None)]), SubmitOutcome::Unknown { .. }));
    }

    #[test]
    fn a_refused_child_leaves_the_parent_inactive_or_the_bracket_unknown() {
        let sent = sent_bracket();
        let held =
            PlacedRow { status: "Inactive".into(), ..row("11", Some("sample_1-entry"), None) };
        let SubmitOutcome::Accepted(orders) = partly_accepted(&sent, &[held], "no stop") else {
            panic!("the entry is held and not working");
        };
        assert_eq!((orders.len(), orders[0].status), (1, OrderStatus::Inactive));
        let working = row("11", Some("sample_1-entry"), None);
        let SubmitOutcome::Unknown { reason } = partly_accepted(&sent, &[working], "no stop")
        else {
            panic!("an entry without protection may be working");
        };
        assert!(reason.contains("11") && reason.contains("no stop"), "{reason}");
    }
}
