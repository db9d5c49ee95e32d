//! Replies of a scripted model to the three questions of a run.

use serde_json::{Value, json};
use throughline::domain::ModelKind;

use super::script::{Ending, stream};
use super::server::Answer;

/// A close at which the rule analyst buys AAPL at 73.78, with all four confirmations up.
pub(super) const CLOSE: &str = "2012-06-15T16:00:00-04:00";

pub(super) fn said(reply: &Value) -> Answer {
    let text = reply.to_string();
    Answer::events(stream(ModelKind::OpenaiCompatible, &[&text], Ending::Finished))
}

pub(super) fn chart(timeframe: &str) -> Value {
    json!({
        "symbol": "AAPL", "timeframe": timeframe, "trend": "bullish", "confidence": 0.7,
        "support_levels": [71.5], "resistance_levels": [76], "analysis": "It rises.",
    })
}

pub(super) fn decision(action: &str) -> Value {
    let buys = action == "BUY";
    let price = |price: f64| if buys { json!(price) } else { Value::Null };
    json!({
        "symbol": "AAPL", "action": action, "confidence": 0.8, "trend": "bullish",
        "entry_price": price(73.8), "stop_price": price(70.5), "target_conservative": price(80.3),
        "target_aggressive": price(84.0), "target_basis": "161.8 % extension",
        "key_factors": ["SuperTrend up"], "reasoning": "Do not buy? Buy.",
    })
}
