//! JSON schemas in the dialects of the providers. Whatever is left out here is checked in the reply.

use serde_json::Value;

/// Whether `OpenAI` takes the schema as strict: every object closed, every property required
/// (platform.openai.com/docs/guides/structured-outputs, *Supported schemas*).
pub(super) fn is_strict(schema: &Value) -> bool {
    match schema {
        Value::Object(map) => {
            let is_closed = match map.get("properties").and_then(Value::as_object) {
                None => true,
                Some(properties) => {
                    let required: Vec<&str> = map
                        .get("required")
                        .and_then(Value::as_array)
                        .map(|all| all.iter().filter_map(Value::as_str).collect())
                        .unwrap_or_default();
                    map.get("additionalProperties") == Some(&Value::Bool(false))
                        && properties.keys().all(|key| required.contains(&key.as_str()))
                }
            };
            is_closed && map.values().all(is_strict)
        }
        Value::Array(all) => all.iter().all(is_strict),
        _ => true,
    }
}

/// Keywords that Anthropic's structured outputs refuse
/// (docs.claude.com/en/docs/build-with-claude/structured-outputs, *JSON Schema limitations*).
const REFUSED_BY_ANTHROPIC: &[&str] = &[
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "minLength",
    "maxLength",
    "minItems",
    "maxItems",
    "uniqueItems",
];

/// The schema without what Anthropic refuses. A property may be called like a keyword: names of
/// properties stay.
pub(super) fn for_anthropic(schema: &Value) -> Value {
    match schema {
        Value::Object(map) => Value::Object(
            map.iter()
                .filter(|(key, _)| !REFUSED_BY_ANTHROPIC.contains(&key.as_str()))
                .map(|(key, value)| {
                    let value = match (key.as_str(), value) {
                        ("properties" | "$defs", Value::Object(named)) => Value::Object(
                            named
                                .iter()
                                .map(|(name, schema)| (name.clone(), for_anthropic(schema)))
                                .collect(),
                        ),
                        ("enum" | "const" | "default", value) => value.clone(),
                        (_, value) => for_anthropic(value),
                    };
                    (key.clone(), value)
                })
                .collect(),
        ),
        Value::Array(all) => Value::Array(all.iter().map(for_anthropic).collect()),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_schema_is_strict_if_all_objects_are_closed_and_complete() {
        let closed = json!({"type": "object", "additionalProperties": false, "required": ["a"],
            "properties": {"a": {"type": "number", "maximum": 1}}});
        assert!(is_strict(&closed));
        let mut open = closed.clone();
        open["required"] = json!([]);
        assert!(!is_strict(&open));
        assert!(!is_strict(&json!({"type": "array", "items": open})));
    }

    #[test]
    fn anthropic_gets_no_bounds_and_all_properties() {
        let schema = json!({"type": "object", "required": ["maximum"], "properties": {
            "maximum": {"type": "number", "minimum": 0, "maximum": 1},
            "list": {"type": "array", "maxItems": 3, "items": {"type": "string", "maxLength": 5}},
        }});
        let expected = json!({"type": "object", "required": ["maximum"], "properties": {
            "maximum": {"type": "number"},
            "list": {"type": "array", "items": {"type": "string"}},
        }});
        assert_eq!(for_anthropic(&schema), expected);
    }
}
