use std::collections::BTreeMap;
use std::sync::OnceLock;

use jsonschema::Validator;
use schemars::generate::SchemaSettings;
use serde_json::Value;

use super::answer::Refusal;
use crate::api::commands::{COMMANDS, CommandRow};
use crate::api::{ApiError, ErrorCode};

/// Requests are held against the schemas that the `OpenAPI` document shows, before anything is done.
/// `serde` alone would also take a list of values in the place of an object. A schema is made when its
/// command is first asked for.
pub(super) struct RequestSchemas {
    by_command: BTreeMap<&'static str, OnceLock<Option<Validator>>>,
}

impl RequestSchemas {
    pub(super) fn new() -> Self {
        Self { by_command: COMMANDS.iter().map(|row| (row.name, OnceLock::new())).collect() }
    }

    /// Whether this is a request of that command, or in a sentence why not.
    pub(super) fn check(&self, row: &CommandRow, request: &Value) -> Result<(), Refusal> {
        let kept = self.by_command.get(row.name);
        let validator = kept.and_then(|kept| kept.get_or_init(|| validator(row)).as_ref());
        let Some(validator) = validator else {
            // A test makes every one of them.
            let message = format!("the requests of {} cannot be checked", row.name);
            return Err(ApiError::new(ErrorCode::Internal, message).into());
        };
        match validator.iter_errors(request).next() {
            None => Ok(()),
            Some(error) => {
                let place = error.instance_path().to_string();
                let place = if place.is_empty() { String::new() } else { format!(" at {place}") };
                // Without the value itself, which may be long.
                let why: String = error.masked().to_string().chars().take(300).collect();
                let message = format!("the request of {} is not usable{place}: {why}", row.name);
                Err(Refusal::invalid(message))
            }
        }
    }
}

fn validator(row: &CommandRow) -> Option<Validator> {
    let mut generator = SchemaSettings::draft2020_12().for_deserialize().into_generator();
    let mut schema = Value::from((row.request_schema)(&mut generator));
    let definitions = generator.take_definitions(true);
    schema.as_object_mut()?.insert("$defs".to_owned(), Value::Object(definitions));
    jsonschema::validator_for(&schema).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::api::commands::command;

    #[test]
    fn c6_5_every_command_has_a_schema_and_a_list_is_no_request() {
        let schemas = RequestSchemas::new();
        for row in COMMANDS {
            assert!(validator(row).is_some(), "{} has no usable schema", row.name);
            assert!(schemas.check(row, &json!([])).is_err(), "{} takes a list", row.name);
            let unknown = json!({ "no_such_field_anywhere": 1 });
            assert!(schemas.check(row, &unknown).is_err(), "{} takes anything", row.name);
        }
        let row = command("performance_get").unwrap();
        let of = json!({ "strategy_id": null });
        assert!(schemas.check(row, &json!({ "of": of, "by": [] })).is_ok());
        assert!(schemas.check(row, &json!({ "of": [null, null], "by": [] })).is_err());
    }
}
