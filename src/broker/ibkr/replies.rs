//! The answers to a placed order: five shapes, all with status 200, and everything else.

use http::StatusCode;
use serde_json::Value;

use super::client::{MAX_TEXT_CHARACTERS, Reply};
use super::models::{PlacementRow, record, rows};
use super::parse::bounded;

/// An order that the broker says it has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PlacedRow {
    pub(super) order_id: String,
    pub(super) status: String,
    /// Our id. Children of a bracket may lack it.
    pub(super) local_order_id: Option<String>,
    pub(super) parent_order_id: Option<String>,
}

/// What an answer means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Placement {
    /// The broker has these orders.
    Placed(Vec<PlacedRow>),
    /// The broker has these orders of the request and refused another, in its words.
    PartlyPlaced { placed: Vec<PlacedRow>, refusal: String },
    /// The broker asks, and waits.
    Question { reply_id: String, message_ids: Vec<String>, messages: Vec<String> },
    /// The broker asks about an order that it already has a number for.
    Prompt { order_id: i64, request_id: String, message_ids: Vec<String>, text: String },
    /// The broker's positive no.
    Refused(String),
    /// Nothing that can be relied on: the order may be there.
    Unclear(String),
}

/// Reads an answer. Only the broker's own words are a refusal: a page, a redirect, a 5xx and a
/// text that cannot be read leave open what became of the order.
pub(super) fn read(reply: &Reply) -> Placement {
    match reply.status {
        StatusCode::OK => match reply.json() {
            Ok(value) => read_rows(&value),
            Err(cause) => Placement::Unclear(format!("IBKR answered with {cause}")),
        },
        StatusCode::BAD_REQUEST if !reply.is_wordless() => read_error(&reply.words()),
        status => {
            Placement::Unclear(format!("IBKR answered {}: {}", status.as_u16(), reply.words()))
        }
    }
}

fn read_rows(value: &Value) -> Placement {
    let mut placed = Vec::new();
    let mut errors = Vec::new();
    for row in rows(value).filter_map(record::<PlacementRow>) {
        if let Some(error) = row.error.text() {
            errors.push(bounded(&error, MAX_TEXT_CHARACTERS));
        } else if let Some(asked) = read_question(&row) {
            return asked;
        } else if let Some(order_id) = row.order_id.text() {
            placed.push(PlacedRow {
                order_id,
                status: row.order_status.text().unwrap_or_default(),
                local_order_id: row.local_order_id.text(),
                parent_order_id: row.parent_order_id.text(),
            });
        }
    }
    match (placed.is_empty(), errors.first()) {
        (false, None) => Placement::Placed(placed),
        (true, Some(error)) => read_error(error),
        (true, None) => Placement::Unclear("IBKR's answer has none of the known shapes".into()),
        (false, Some(error)) => Placement::PartlyPlaced { placed, refusal: error.clone() },
    }
}

fn read_question(row: &PlacementRow) -> Option<Placement> {
    let messages: Vec<String> =
        row.message.texts().iter().map(|text| bounded(text, MAX_TEXT_CHARACTERS)).collect();
    if let (Some(request_id), Some(order_id)) =
        (row.request_id.text(), row.prompt_order_id.integer())
    {
        let text = row.text.text().unwrap_or_default();
        return Some(Placement::Prompt {
            order_id,
            request_id: bounded(&request_id, 64),
            message_ids: row.message_id.texts(),
            text: bounded(&text, MAX_TEXT_CHARACTERS),
        });
    }
    let reply_id = row.id.text().filter(|_| !messages.is_empty())?;
    Some(if is_path_safe(&reply_id) {
        Placement::Question { reply_id, message_ids: row.message_ids.texts(), messages }
    } else {
        Placement::Unclear("IBKR asks a question whose id cannot be used in a path".into())
    })
}

/// What an error text says about the order.
fn read_error(text: &str) -> Placement {
    let plain = text.to_lowercase();
    if plain.contains("already registered") {
        // An order of this id is there, most likely this one.
        Placement::Unclear(format!("IBKR already has an order of this id: {text}"))
    } else if plain.contains("reply id not found") {
        // Somebody else's request came between; the order may have gone through or not.
        Placement::Unclear(format!("IBKR no longer knew its own question: {text}"))
    } else {
        Placement::Refused(text.into())
    }
}

/// The id goes into a path.
fn is_path_safe(id: &str) -> bool {
    id.len() <= 64 && id.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;

    fn placement(status: u16, body: &str) -> Placement {
        let response =
            http::Response::builder().status(status).body(Bytes::copy_from_slice(body.as_bytes()));
        read(&Reply::new(response.unwrap()))
    }

    fn is_unclear(status: u16, body: &str) -> bool {
        matches!(placement(status, body), Placement::Unclear(_))
    }

    #[test]
    fn accepted_orders_are_read_from_a_list_and_from_a_bare_object() {
        let row = r#"{"order_id":"731402","order_status":"PreSubmitted","encrypt_message":"1"}"#;
        let expected = Placement::Placed(vec![PlacedRow {
            order_id: "731402".into(),
            status: "PreSubmitted".into(),
            local_order_id: None,
            parent_order_id: None,
        }]);
        assert_eq!(placement(200, &format!("[{row}]")), expected);
        assert_eq!(placement(200, row), expected);
    }

    #[test]
    fn a_question_is_read() {
        let body = r#"[{"id":"0f9a-11","message":["Are you sure?"],"isSuppressed":false,
                        "messageIds":["o354"],"messageOptions":["Yes","No"]}]"#;
        let expected = Placement::Question {
            reply_id: "0f9a-11".into(),
            message_ids: vec!["o354".into()],
            messages: vec!["Are you sure?".into()],
        };
        assert_eq!(placement(200, body), expected);
        assert!(is_unclear(200, &body.replace("0f9a-11", "../../logout")));
    }

    #[test]
    fn a_prompt_is_read() {
        let body = r#"{"orderId":731402,"reqId":"88","dismissable":[],"text":"Go on?",
                       "options":["Yes","No"],"type":"","messageId":"o999","prompt":true}"#;
        let expected = Placement::Prompt {
            order_id: 731_402,
            request_id: "88".into(),
            message_ids: vec!["o999".into()],
            text: "Go on?".into(),
        };
        assert_eq!(placement(200, body), expected);
    }

    #[test]
    fn only_the_brokers_own_words_are_a_refusal() {
        let no = |words: &str| Placement::Refused(words.into());
        assert_eq!(placement(200, r#"{"error":"We cannot accept it"}"#), no("We cannot accept it"));
        assert_eq!(placement(200, r#"[{"error":"Too far"}]"#), no("Too far"));
        assert_eq!(
            placement(400, r#"{"error":"Unknown order type","statusCode":400}"#),
            no("Unknown order type")
        );
        let unclear = [
            (200, ""),
            (200, "<html>Login</html>"),
            (200, "{}"),
            (200, "[]"),
            (200, "{\"order_id\":"),
            (302, ""),
            (400, "<html>"),
            (400, ""),
            (401, "Access Denied"),
            (403, "<HTML>Access Denied"),
            (429, r#"{"error":"too many"}"#),
            (500, r#"{"error":"unknown"}"#),
            (503, r#"{"error":"service unavailable"}"#),
        ];
        for (status, body) in unclear {
            assert!(is_unclear(status, body), "{status} {body}: {:?}", placement(status, body));
        }
    }

    #[test]
    fn h13_an_error_that_leaves_the_order_in_the_dark_is_no_refusal() {
        for error in [
            "Order couldn't be submitted: Local order ID=sample_1-entry is already registered.",
            "reply id not found: '0f9a-11'",
        ] {
            assert!(is_unclear(200, &format!(r#"{{"error":"{error}"}}"#)), "{error}");
        }
    }

    #[test]
    fn orders_of_which_one_was_refused_are_read_with_the_refusal() {
        let body = r#"[{"error":"No"},{"order_id":"1","order_status":"Inactive"}]"#;
        let Placement::PartlyPlaced { placed, refusal } = placement(200, body) else {
            panic!("{:?}", placement(200, body));
        };
        assert_eq!((placed[0].status.as_str(), refusal.as_str()), ("Inactive", "No"));
    }
}
