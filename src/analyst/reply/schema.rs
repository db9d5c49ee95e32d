use std::sync::LazyLock;

use jsonschema::Validator;
use serde_json::{Value, json};

use crate::domain::Timeframe;

/// Highest price that is believed, in the instrument's currency.
const HIGHEST_PRICE: u64 = 10_000_000;

/// Longest text for people, in characters.
const LONGEST_TEXT: usize = 20_000;

/// Most levels or factors in one list.
const MOST_IN_LIST: usize = 20;

/// Which answer is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReplyShape {
    /// What one chart shows.
    Timeframe(Timeframe),
    /// What to do.
    Decision,
}

impl ReplyShape {
    /// The name under which the schema is sent.
    pub fn name(self) -> &'static str {
        match self {
            Self::Timeframe(_) => "chart_analysis",
            Self::Decision => "trading_decision",
        }
    }

    /// The schema that is sent to a model. It holds types and values only: some providers refuse a
    /// schema with ranges or lengths, and none promises to keep them.
    pub fn asked(self) -> Value {
        self.schema(&Bounds::NONE)
    }

    fn schema(self, bounds: &Bounds) -> Value {
        match self {
            Self::Timeframe(timeframe) => {
                let level = bounds.price("number");
                let levels = bounds.list(&level);
                object(&json!({
                    "symbol": bounds.text(20),
                    "timeframe": {"type": "string", "enum": [timeframe.as_str()]},
                    "trend": trend(),
                    "confidence": bounds.share(),
                    "support_levels": levels,
                    "resistance_levels": levels,
                    "analysis": bounds.text(LONGEST_TEXT),
                }))
            }
            Self::Decision => {
                let price = bounds.price_or_null();
                object(&json!({
                    "symbol": bounds.text(20),
                    "action": {"type": "string", "enum": ["BUY", "SELL", "HOLD"]},
                    "confidence": bounds.share(),
                    "trend": trend(),
                    "entry_price": price,
                    "stop_price": price,
                    "target_conservative": price,
                    "target_aggressive": price,
                    "target_basis": bounds.text(2_000),
                    "key_factors": bounds.list(&bounds.text(500)),
                    "reasoning": bounds.text(LONGEST_TEXT),
                }))
            }
        }
    }
}

fn trend() -> Value {
    json!({
        "type": "string",
        "enum": ["strong_bullish", "bullish", "neutral", "bearish", "strong_bearish"],
    })
}

fn object(properties: &Value) -> Value {
    let required: Vec<&String> =
        properties.as_object().map(|fields| fields.keys().collect()).unwrap_or_default();
    json!({
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    })
}

/// Whether ranges and lengths stand in a schema.
struct Bounds {
    are_on: bool,
}

impl Bounds {
    const NONE: Self = Self { are_on: false };
    const ALL: Self = Self { are_on: true };

    fn with(&self, mut schema: Value, limits: Value) -> Value {
        if let (true, Value::Object(schema), Value::Object(limits)) =
            (self.are_on, &mut schema, limits)
        {
            schema.extend(limits);
        }
        schema
    }

    fn text(&self, longest: usize) -> Value {
        self.with(json!({"type": "string"}), json!({"maxLength": longest}))
    }

    fn share(&self) -> Value {
        self.with(json!({"type": "number"}), json!({"minimum": 0, "maximum": 1}))
    }

    fn price(&self, kind: &str) -> Value {
        self.with(json!({"type": kind}), json!({"exclusiveMinimum": 0, "maximum": HIGHEST_PRICE}))
    }

    fn price_or_null(&self) -> Value {
        self.with(
            json!({"type": ["number", "null"]}),
            json!({"exclusiveMinimum": 0, "maximum": HIGHEST_PRICE}),
        )
    }

    fn list(&self, items: &Value) -> Value {
        self.with(json!({"type": "array", "items": items}), json!({"maxItems": MOST_IN_LIST}))
    }
}

struct Validators {
    daily: Option<Validator>,
    weekly: Option<Validator>,
    decision: Option<Validator>,
}

static VALIDATORS: LazyLock<Validators> = LazyLock::new(|| {
    let validator = |shape: ReplyShape| jsonschema::validator_for(&shape.schema(&Bounds::ALL)).ok();
    Validators {
        daily: validator(ReplyShape::Timeframe(Timeframe::Daily)),
        weekly: validator(ReplyShape::Timeframe(Timeframe::Weekly)),
        decision: validator(ReplyShape::Decision),
    }
});

/// In which ways a reply breaks its schema, bounds included; at most `most` of them.
pub(super) fn breaches(shape: ReplyShape, reply: &Value, most: usize) -> Vec<String> {
    let validator = match shape {
        ReplyShape::Timeframe(Timeframe::Daily) => &VALIDATORS.daily,
        ReplyShape::Timeframe(Timeframe::Weekly) => &VALIDATORS.weekly,
        ReplyShape::Decision => &VALIDATORS.decision,
    };
    // A schema of ours that is no schema holds for nothing; a test compiles all three.
    let Some(validator) = validator else {
        return vec!["the schema of the reply is not usable, so that no reply holds".to_owned()];
    };
    let sentence = |error: jsonschema::ValidationError<'_>| {
        let place = error.instance_path().to_string();
        let shown: String = error.masked().to_string().chars().take(300).collect();
        if place.is_empty() { shown } else { format!("{}: {shown}", &place[1..]) }
    };
    validator.iter_errors(reply).take(most).map(sentence).collect()
}
