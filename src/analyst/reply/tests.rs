use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::domain::Timeframe;

fn buy() -> Value {
    json!({
        "symbol": "AAPL", "action": "BUY", "confidence": 0.8, "trend": "bullish",
        "entry_price": 567.4, "stop_price": 541.12, "target_conservative": 593.68,
        "target_aggressive": 619.96, "target_basis": "161.8 % extension",
        "key_factors": ["SuperTrend up"], "reasoning": "Three of four point up.",
    })
}

#[test]
fn a_decision_is_read_with_its_numbers_as_written() {
    let proposal = read_decision(&buy().to_string()).unwrap();
    assert_eq!(proposal.action, SignalAction::Buy);
    assert_eq!(proposal.stop_price, Some("541.12".parse().unwrap()));
    assert_eq!(proposal.confidence, "0.8".parse().unwrap());
    assert_eq!(proposal.symbol.as_deref(), Some("AAPL"));
}

#[test]
fn a_fence_around_the_json_is_taken_off_and_nothing_else_is() {
    let plain = buy().to_string();
    assert!(read_decision(&format!("```json\n{plain}\n```")).is_ok());
    assert!(read_decision(&format!("Here you are:\n{plain}")).is_err());
    assert!(read_decision(&format!("{plain}\n{plain}")).is_err());
}

#[test]
fn do_not_buy_is_never_a_buy() {
    for text in ["do not buy", "BUY", "\"BUY\"", "{\"action\": \"do not BUY\"}", "HOLD. Never BUY."]
    {
        assert!(read_decision(text).is_err(), "{text}");
    }
    let mut hold = buy();
    hold["action"] = json!("HOLD");
    hold["reasoning"] = json!("BUY BUY BUY");
    let proposal = read_decision(&hold.to_string()).unwrap();
    assert_eq!(proposal.action, SignalAction::Hold);
    assert_eq!(proposal.entry_price, None, "the prices of a HOLD go no further");
}

#[test]
fn a_field_that_stands_there_twice_is_refused() {
    let twice = buy().to_string().replacen("\"BUY\"", "\"HOLD\",\"action\":\"BUY\"", 1);
    let problems = read_decision(&twice).unwrap_err();
    assert!(problems[0].contains("duplicate field"), "{problems:?}");
}

#[test]
fn each_bound_that_a_grammar_does_not_keep_is_checked_here() {
    let cases = [
        ("confidence", json!(5.0)),
        ("confidence", json!(-0.1)),
        ("entry_price", json!(0)),
        ("entry_price", json!(-3)),
        ("stop_price", json!(1e9)),
        ("entry_price", json!(null)),
        ("stop_price", json!(null)),
        ("action", json!("buy")),
        ("trend", json!("up")),
        ("symbol", json!("A".repeat(21))),
        ("key_factors", json!(vec!["x"; 21])),
        ("reasoning", json!("x".repeat(20_001))),
    ];
    for (field, value) in cases {
        let mut reply = buy();
        reply[field] = value.clone();
        let problems = read_decision(&reply.to_string()).unwrap_err();
        let all = problems.join("; ");
        assert!(all.contains(field), "{field} = {value}: {all}");
        assert!(all.len() < 2_000, "the problems stay short");
    }
    let mut more = buy();
    more["also"] = json!(1);
    assert!(read_decision(&more.to_string()).is_err());
    let mut fewer = buy();
    fewer.as_object_mut().unwrap().remove("stop_price");
    assert!(read_decision(&fewer.to_string()).unwrap_err()[0].contains("stop_price"));
}

#[test]
fn a_chart_reply_speaks_of_the_timeframe_that_was_asked_about() {
    let reply = json!({
        "symbol": "AAPL", "timeframe": "1w", "trend": "neutral", "confidence": 0.5,
        "support_levels": [540.5], "resistance_levels": [], "analysis": "Sideways.",
    })
    .to_string();
    assert!(read_timeframe(ReplyShape::Timeframe(Timeframe::Weekly), &reply).is_ok());
    assert!(read_timeframe(ReplyShape::Timeframe(Timeframe::Daily), &reply).is_err());
}

#[test]
fn the_schema_that_is_sent_has_no_ranges_and_asks_for_every_field() {
    for shape in [ReplyShape::Decision, ReplyShape::Timeframe(Timeframe::Daily)] {
        let schema = shape.asked();
        let text = schema.to_string();
        assert!(!text.contains("imum") && !text.contains("max"), "{text}");
        let fields = schema["properties"].as_object().unwrap().len();
        assert_eq!(schema["required"].as_array().unwrap().len(), fields);
    }
}

/// A reply that is valid, nearly valid or made to mislead.
fn any_reply() -> impl Strategy<Value = String> {
    let number = prop_oneof![
        4 => (1_u32..200_000).prop_map(|cents| json!(f64::from(cents) / 100.0)),
        1 => Just(json!(null)),
        1 => Just(json!(-1)),
        1 => Just(json!(1e300)),
        1 => Just(json!("567.40")),
    ];
    let action = prop_oneof![
        4 => prop_oneof![Just("BUY"), Just("SELL"), Just("HOLD")].prop_map(|action| json!(action)),
        1 => prop_oneof![
            Just("buy"), Just("do not BUY"), Just("BUY "), Just("SELL|BUY"), Just("")
        ].prop_map(|action| json!(action)),
        1 => Just(json!(["BUY"])),
    ];
    let confidence = prop_oneof![
        4 => (0_u32..=100).prop_map(|share| json!(f64::from(share) / 100.0)),
        1 => (-500_i32..500).prop_map(|number| json!(number)),
        1 => Just(json!("high")),
    ];
    let prices = prop::collection::vec(number, 4);
    let damage = prop_oneof![
        6 => Just(0_usize),
        1 => 1_usize..400,
        1 => Just(usize::MAX),
    ];
    (action, confidence, prices, ".{0,40}", any::<bool>(), damage).prop_map(
        |(action, confidence, prices, words, extra, damage)| {
            let mut reply = json!({
                "symbol": "AAPL", "action": action, "confidence": confidence, "trend": "bullish",
                "entry_price": prices[0], "stop_price": prices[1],
                "target_conservative": prices[2], "target_aggressive": prices[3],
                "target_basis": "", "key_factors": [words], "reasoning": words,
            });
            if extra && words.len() % 7 == 0 {
                reply[words.as_str()] = json!("BUY");
            }
            let text = reply.to_string();
            match damage {
                0 => text,
                usize::MAX => format!("{words}{text}"),
                cut => text.chars().take(text.chars().count().saturating_sub(cut)).collect(),
            }
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10_000))]

    /// Issue 4, point 3: a reply gives a BUY or a SELL only when every bound holds.
    #[test]
    fn ten_thousand_replies_propose_an_order_only_inside_every_bound(text in any_reply()) {
        let Ok(proposal) = read_decision(&text) else { return Ok(()) };
        let value: Value = serde_json::from_str(&text).unwrap();
        prop_assert_eq!(value["action"].as_str().unwrap(), proposal.action.to_string());
        prop_assert!(proposal.confidence >= Decimal::ZERO && proposal.confidence <= Decimal::ONE);
        let prices = [
            proposal.entry_price, proposal.stop_price,
            proposal.target_conservative, proposal.target_aggressive,
        ];
        for price in prices.into_iter().flatten() {
            prop_assert!(price > Decimal::ZERO && price <= Decimal::from(10_000_000));
        }
        match proposal.action {
            SignalAction::Buy => prop_assert!(prices[..3].iter().all(Option::is_some)),
            SignalAction::Sell => prop_assert!(prices[0].is_some()),
            SignalAction::Hold => prop_assert!(prices.iter().all(Option::is_none)),
        }
    }

    #[test]
    fn no_text_makes_the_reader_stumble(text in ".{0,400}") {
        prop_assert!(read_decision(&text).is_err());
    }
}
