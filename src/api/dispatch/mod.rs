//! Gives a command of the table to the engine. Each group of commands has a file, in which its arms
//! stand.

mod account;
mod approvals;
mod backups;
mod connection;
mod executions;
mod indicators;
mod models;
mod notifications;
mod orders;
mod playground;
mod portfolio;
mod prompts;
mod risk;
mod sandbox;
mod schedules;
mod signals;
mod strategies;
mod symbols;

use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::commands::{CommandClass, command};
use super::{ApiError, ErrorCode};
use crate::app::Engine;

/// Gives a command of the table to the engine. Every host comes through here.
pub async fn dispatch(engine: &Arc<Engine>, name: &str, request: Value) -> Result<Value, ApiError> {
    let Some(row) = command(name) else {
        let shown: String = name.chars().take(40).collect();
        return Err(ApiError::new(ErrorCode::NotFound, format!("there is no command \"{shown}\"")));
    };
    let call = Call { engine, name: row.name, class: row.class, request };
    let call = match account::answer(call).await? {
        Answered::Yes(value) => return Ok(value),
        Answered::NotMine(call) => call,
    };
    let call = match portfolio::answer(call).await? {
        Answered::Yes(value) => return Ok(value),
        Answered::NotMine(call) => call,
    };
    let call = match executions::answer(call).await? {
        Answered::Yes(value) => return Ok(value),
        Answered::NotMine(call) => call,
    };
    let call = match orders::answer(call).await? {
        Answered::Yes(value) => return Ok(value),
        Answered::NotMine(call) => call,
    };
    let call = match approvals::answer(call).await? {
        Answered::Yes(value) => return Ok(value),
        Answered::NotMine(call) => call,
    };
    let call = match connection::answer(call).await? {
        Answered::Yes(value) => return Ok(value),
        Answered::NotMine(call) => call,
    };
    let call = match models::answer(call).await? {
        Answered::Yes(value) => return Ok(value),
        Answered::NotMine(call) => call,
    };
    let call = match prompts::answer(call).await? {
        Answered::Yes(value) => return Ok(value),
        Answered::NotMine(call) => call,
    };
    let call = match playground::answer(call).await? {
        Answered::Yes(value) => return Ok(value),
        Answered::NotMine(call) => call,
    };
    let call = match backups::answer(call).await? {
        Answered::Yes(value) => return Ok(value),
        Answered::NotMine(call) => call,
    };
    let call = match schedules::answer(call).await? {
        Answered::Yes(value) => return Ok(value),
        Answered::NotMine(call) => call,
    };
    let call = match notifications::answer(call).await? {
        Answered::Yes(value) => return Ok(value),
        Answered::NotMine(call) => call,
    };
    let call = match strategies::answer(call).await? {
        Answered::Yes(value) => return Ok(value),
        Answered::NotMine(call) => call,
    };
    let call = match risk::answer(call).await? {
        Answered::Yes(value) => return Ok(value),
        Answered::NotMine(call) => call,
    };
    let call = match signals::answer(call).await? {
        Answered::Yes(value) => return Ok(value),
        Answered::NotMine(call) => call,
    };
    let call = match indicators::answer(call).await? {
        Answered::Yes(value) => return Ok(value),
        Answered::NotMine(call) => call,
    };
    let call = match symbols::answer(call).await? {
        Answered::Yes(value) => return Ok(value),
        Answered::NotMine(call) => call,
    };
    match sandbox::answer(call).await? {
        Answered::Yes(value) => Ok(value),
        Answered::NotMine(call) => Err(ApiError::new(
            ErrorCode::Internal,
            format!("the command {} is in the table and nothing answers it", call.name),
        )),
    }
}

/// A command on its way to the group that knows it.
struct Call<'a> {
    engine: &'a Arc<Engine>,
    name: &'static str,
    class: CommandClass,
    request: Value,
}

/// What a group of commands made of a call.
enum Answered<'a> {
    Yes(Value),
    NotMine(Call<'a>),
}

impl Call<'_> {
    fn read<T: DeserializeOwned>(&mut self) -> Result<T, ApiError> {
        // A host may leave the content of an empty request out.
        let request = match self.request.take() {
            Value::Null => Value::Object(serde_json::Map::new()),
            request => request,
        };
        serde_json::from_value(request).map_err(|error| {
            // The words of the error may repeat what it did not expect.
            let why = match self.class {
                CommandClass::Secret => {
                    "it has not the shape that the table of commands names".into()
                }
                CommandClass::Read | CommandClass::Edit | CommandClass::Trade => error.to_string(),
            };
            ApiError::new(
                ErrorCode::InvalidRequest,
                format!("the request of {} is not usable: {why}", self.name),
            )
        })
    }
}

fn yes<'a>(value: impl Serialize) -> Result<Answered<'a>, ApiError> {
    serde_json::to_value(value).map(Answered::Yes).map_err(|error| {
        ApiError::new(ErrorCode::Internal, format!("the answer could not be written: {error}"))
    })
}
