//! The `OpenAPI` document, made from the table of commands and from the very types that are read and
//! written: `schemars` derives their JSON schemas from the attributes of `serde`.

use std::collections::{BTreeMap, BTreeSet};

use schemars::generate::SchemaSettings;
use schemars::{Schema, SchemaGenerator};
use serde_json::{Map, Value, json};

use super::server::Session;
use crate::api::ApiError;
use crate::api::commands::{COMMANDS, CommandClass, CommandRow};
use crate::api::dto::{EngineEvent, ExecutionDto, LineageDto, LineageStepDto, StepStatisticsDto};

/// Where schemas stand in the document.
const PLACE: &str = "/components/schemas";

/// Statuses of refusals, with what they say.
const REFUSALS: &[(&str, &str)] = &[
    ("400", "The request is wrong; the sentence says where."),
    ("401", "There is no token, or a wrong one."),
    ("403", "What is asked for is not allowed here, or a page of another origin asks."),
    ("404", "There is no such thing."),
    ("405", "The address takes another method."),
    ("408", "The request did not arrive in time."),
    ("409", "Not while things are as they are."),
    ("413", "The request is too long."),
    ("415", "The request is not JSON."),
    ("421", "The request names another host."),
    ("429", "Too many requests."),
    ("500", "A fault of the program, or the disk."),
    ("502", "The broker or a model did not answer as it should."),
    ("503", "The token cannot be read."),
];

/// The document, version 3.1, whose schemas are JSON Schema 2020-12.
pub fn open_api() -> Value {
    let settings = || SchemaSettings::draft2020_12().with(|it| it.definitions_path = PLACE.into());
    let mut taken = settings().for_deserialize().into_generator();
    let mut given = settings().for_serialize().into_generator();
    let mut paths = Map::new();
    for row in COMMANDS.iter().filter(|row| row.class != CommandClass::Secret) {
        let operation = command(row, &mut taken, &mut given);
        paths.insert(format!("/api/rpc/{}", row.name), json!({ "post": operation }));
    }
    let schemas = merge(taken, given_paths(given, &mut paths), &mut paths);
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Throughline",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "The engine of Throughline on this computer. Decimals are strings, \
                            instants RFC 3339 texts.",
            "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" },
        },
        "servers": [{ "url": "/" }],
        "security": [{ "token": [] }],
        "tags": [
            { "name": "read", "description": "Looks." },
            { "name": "edit", "description": "Changes settings or records; must be allowed." },
            { "name": "trade", "description": "May lead to an order, or stop one; must be allowed." },
            { "name": "lineage", "description": "What every step of an execution did." },
        ],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": { "token": { "type": "http", "scheme": "bearer" } },
        },
    })
}

/// Adds the routes beside the commands, and gives the schemas of all answers.
fn given_paths(mut given: SchemaGenerator, paths: &mut Map<String, Value>) -> Map<String, Value> {
    let execution = text("execution_id", "Such as sample-20120615T200000Z-7f3a.");
    let step = text("step_name", "Such as parse_signal.");
    let strategy = text("strategy_id", "Such as sample.");
    let routes = [
        (
            "/api/session",
            "session",
            "read",
            "What may be done here",
            vec![],
            given.subschema_for::<Session>(),
        ),
        (
            "/api/lineage/execution/{execution_id}",
            "lineage_execution",
            "lineage",
            "Everything that was recorded of an execution",
            vec![execution.clone()],
            given.subschema_for::<LineageDto>(),
        ),
        (
            "/api/lineage/execution/{execution_id}/step/{step_name}",
            "lineage_step",
            "lineage",
            "Every attempt of one step of an execution",
            vec![execution, step.clone()],
            given.subschema_for::<LineageStepDto>(),
        ),
        (
            "/api/lineage/strategy/{strategy_id}/recent",
            "lineage_recent",
            "lineage",
            "The newest executions of a strategy",
            vec![strategy, number("limit", 1, 100, 10)],
            given.subschema_for::<Vec<ExecutionDto>>(),
        ),
        (
            "/api/lineage/step/{step_name}/statistics",
            "lineage_statistics",
            "lineage",
            "How often and how long a step ran, and why it failed",
            vec![
                step,
                number("days", 1, 3650, 30),
                json!({
                    "name": "strategy_id", "in": "query", "required": false,
                    "description": "One strategy; all if absent.", "schema": { "type": "string" },
                }),
            ],
            given.subschema_for::<StepStatisticsDto>(),
        ),
    ];
    for (path, id, tag, summary, parameters, answer) in routes {
        let operation = json!({
            "operationId": id,
            "tags": [tag],
            "summary": summary,
            "parameters": parameters,
            "responses": responses(&mut given, "200", "The answer.", Some(answer)),
        });
        paths.insert(path.to_owned(), json!({ "get": operation }));
    }
    let event = given.subschema_for::<EngineEvent>();
    let mut stream = json!({
        "operationId": "events",
        "tags": ["read"],
        "summary": "The events of the engine, as a WebSocket",
        "description": "Each message is one event. Its sequence counts up by one; a gap means that \
                        events were lost and that everything is to be read again.",
        "responses": responses(&mut given, "101", "The stream begins.", None),
        "x-message": event,
    });
    let asked = refusal(&mut given, "The request does not ask for a stream.");
    if let Some(responses) = stream.get_mut("responses").and_then(Value::as_object_mut) {
        responses.insert("426".to_owned(), asked);
    }
    paths.insert("/api/events".to_owned(), json!({ "get": stream }));
    let description = json!({
        "operationId": "openapi",
        "tags": ["read"],
        "summary": "This document",
        "responses": responses(&mut given, "200", "The document.", Some(schemars::json_schema!({
            "type": "object", "required": ["openapi", "paths"],
        }))),
    });
    paths.insert("/api/openapi.json".to_owned(), json!({ "get": description }));
    given.take_definitions(true)
}

fn command(row: &CommandRow, taken: &mut SchemaGenerator, given: &mut SchemaGenerator) -> Value {
    let (tag, words) = match row.class {
        CommandClass::Read => ("read", "Looks."),
        CommandClass::Edit => ("edit", "Changes settings or records: needs --allow edit."),
        CommandClass::Trade => ("trade", "May lead to an order, or stop one: needs --allow trade."),
        CommandClass::Secret => ("secret", "Touches a secret: never over HTTP."),
    };
    let request = (row.request_schema)(taken);
    let answer = (row.response_schema)(given);
    json!({
        "operationId": row.name,
        "tags": [tag],
        "description": words,
        "requestBody": {
            "required": true,
            "content": { "application/json": { "schema": request } },
        },
        "responses": responses(given, "200", "The answer.", Some(answer)),
        "x-invalidates": row.invalidates,
    })
}

fn responses(
    given: &mut SchemaGenerator,
    status: &str,
    words: &str,
    answer: Option<Schema>,
) -> Value {
    let mut all = Map::new();
    let good = match answer {
        Some(schema) => json!({
            "description": words, "content": { "application/json": { "schema": schema } },
        }),
        None => json!({ "description": words }),
    };
    all.insert(status.to_owned(), good);
    for (status, words) in REFUSALS {
        all.insert((*status).to_owned(), refusal(given, words));
    }
    Value::Object(all)
}

fn refusal(given: &mut SchemaGenerator, words: &str) -> Value {
    let schema = given.subschema_for::<ApiError>();
    json!({ "description": words, "content": { "application/json": { "schema": schema } } })
}

fn text(name: &str, words: &str) -> Value {
    json!({
        "name": name, "in": "path", "required": true, "description": words,
        "schema": { "type": "string", "minLength": 1 },
    })
}

fn number(name: &str, least: u32, most: u32, usual: u32) -> Value {
    json!({
        "name": name, "in": "query", "required": false,
        "schema": { "type": "integer", "minimum": least, "maximum": most, "default": usual },
    })
}

/// Puts the schemas of requests and of answers into one place. A type that is both taken and given may
/// have two: what may be left out when it is taken is there when it is given. Such a type, and
/// whatever mentions it, is then called `…Input` where it is taken.
fn merge(
    mut taken: SchemaGenerator,
    given: Map<String, Value>,
    paths: &mut Map<String, Value>,
) -> Map<String, Value> {
    let taken = taken.take_definitions(true);
    let mut apart: BTreeSet<String> = taken
        .iter()
        .filter(|(name, schema)| given.get(*name).is_some_and(|other| other != *schema))
        .map(|(name, _)| name.clone())
        .collect();
    loop {
        let more: Vec<String> = taken
            .iter()
            .filter(|(name, schema)| {
                given.contains_key(*name) && !apart.contains(*name) && mentions(schema, &apart)
            })
            .map(|(name, _)| name.clone())
            .collect();
        if more.is_empty() {
            break;
        }
        apart.extend(more);
    }
    let names: BTreeMap<String, String> = apart
        .into_iter()
        .map(|name| {
            let mut new = format!("{name}Input");
            while taken.contains_key(&new) || given.contains_key(&new) {
                new.push('_');
            }
            (reference(&name), reference(&new))
        })
        .collect();
    for operation in paths.values_mut() {
        if let Some(body) = operation.pointer_mut("/post/requestBody") {
            rename(body, &names);
        }
    }
    let mut all = given;
    for (name, mut schema) in taken {
        rename(&mut schema, &names);
        let new = names.get(&reference(&name)).and_then(|new| new.rsplit('/').next());
        all.insert(new.unwrap_or(&name).to_owned(), schema);
    }
    all
}

fn reference(name: &str) -> String {
    format!("#{PLACE}/{name}")
}

/// Whether a schema refers to one of these types.
fn mentions(schema: &Value, names: &BTreeSet<String>) -> bool {
    match schema {
        Value::Object(fields) => fields.iter().any(|(key, value)| match value {
            Value::String(to) if key == "$ref" => {
                to.rsplit('/').next().is_some_and(|name| names.contains(name))
            }
            value => mentions(value, names),
        }),
        Value::Array(items) => items.iter().any(|item| mentions(item, names)),
        _ => false,
    }
}

fn rename(schema: &mut Value, names: &BTreeMap<String, String>) {
    match schema {
        Value::Object(fields) => {
            for (key, value) in fields {
                match value {
                    Value::String(to) if key == "$ref" => {
                        if let Some(new) = names.get(to) {
                            to.clone_from(new);
                        }
                    }
                    value => rename(value, names),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| rename(item, names)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn references(value: &Value, found: &mut BTreeSet<String>) {
        match value {
            Value::Object(fields) => {
                for (key, value) in fields {
                    if let (Value::String(to), "$ref") = (value, key.as_str()) {
                        found.insert(to.clone());
                    }
                    references(value, found);
                }
            }
            Value::Array(items) => items.iter().for_each(|item| references(item, found)),
            _ => {}
        }
    }

    #[test]
    fn c6_5_every_command_that_is_taken_is_described_and_every_reference_leads_somewhere() {
        let document = open_api();
        for row in COMMANDS {
            let path = document["paths"].get(format!("/api/rpc/{}", row.name));
            assert_eq!(path.is_some(), row.class != CommandClass::Secret, "{}", row.name);
        }
        let mut found = BTreeSet::new();
        references(&document, &mut found);
        assert!(found.len() > 100, "too few references: {found:?}");
        for reference in &found {
            let target = reference.strip_prefix('#').and_then(|at| document.pointer(at));
            assert!(target.is_some(), "{reference} leads nowhere");
        }
        // A type of a secret is in no schema.
        assert!(!document.to_string().contains("SecretText"));
    }

    #[test]
    fn what_may_be_left_out_of_a_request_is_there_in_an_answer() {
        let document = open_api();
        let schemas = document["components"]["schemas"].as_object().unwrap();
        let required = |name: &str, field: &str| {
            let required = schemas[name]["required"].as_array();
            required.is_some_and(|all| all.iter().any(|it| it == field))
        };
        assert!(required("NotificationSettings", "quiet_hours"));
        let request = &document["paths"]["/api/rpc/notification_settings_set"]["post"];
        let body = &request["requestBody"]["content"]["application/json"]["schema"]["$ref"];
        let name = body.as_str().unwrap().rsplit('/').next().unwrap();
        assert!(!required(name, "quiet_hours"), "{}", schemas[name]);
    }
}
