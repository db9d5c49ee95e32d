//! Models: add, list, test, remove.

use std::io::IsTerminal as _;
use std::process::ExitCode;

use rust_decimal::Decimal;
use throughline::analyst::desk::ModelDraft;
use throughline::api::dto::{BreakerState, ModelDto, ModelKeyState, VaultState};
use throughline::api::{ApiError, ErrorCode, views};
use throughline::app::{Engine, Reader, vault_beside};
use throughline::domain::ModelKind;
use throughline::secrets::Secret;

use crate::arguments::{ModelAdd, ModelCommand, ModelKindName};
use crate::output::{self, BAD, BOLD, GOOD, MUTED, WARN, styled};
use crate::place::Place;

pub(crate) async fn model(place: &Place, command: ModelCommand) -> Result<ExitCode, ApiError> {
    match command {
        ModelCommand::Add(arguments) => add(place, *arguments).await,
        ModelCommand::List { json } => list(place, json.json).await,
        ModelCommand::Test { name, json } => test(place, &name, json.json).await,
        ModelCommand::Remove { name, json } => remove(place, &name, json.json).await,
    }
}

async fn add(place: &Place, arguments: ModelAdd) -> Result<ExitCode, ApiError> {
    let as_json = arguments.json.json;
    let price = arguments.input_price.zip(arguments.output_price);
    let key_from_environment = arguments.key_env.as_deref().map(variable).transpose()?;
    let draft = ModelDraft {
        name: arguments.name,
        kind: kind(arguments.kind),
        model: arguments.model,
        url: arguments.url,
        temperature: arguments.temperature,
        maximum_output_tokens: arguments.max_output_tokens,
        deadline_seconds: arguments.deadline,
    };
    let engine = Engine::open(place.options()).await?;
    let result = add_on(&engine, draft, price, key_from_environment).await;
    engine.close().await?;
    let added = result?;
    if as_json {
        output::json(&added)?;
        return Ok(ExitCode::SUCCESS);
    }
    print(&added);
    if added.needs_key && added.key != ModelKeyState::Present {
        output::line(styled(WARN, "It has no key yet: add it again with --key-env VARIABLE."));
    }
    if added.price.is_none() {
        output::line(styled(
            WARN,
            "It has no price yet, and is not asked without one: add it again with --input-price and \
             --output-price, USD for a million tokens.",
        ));
    }
    Ok(ExitCode::SUCCESS)
}

async fn add_on(
    engine: &Engine,
    draft: ModelDraft,
    price: Option<(Decimal, Decimal)>,
    key: Option<Secret<String>>,
) -> Result<ModelDto, ApiError> {
    let desk = engine.models();
    let row = desk.save(draft).await?;
    if let Some((input, output)) = price {
        desk.set_price(row.name.as_str(), input, output).await?;
    }
    let page = views::ModelsPage::of(engine);
    let key = match key {
        Some(key) => Some(key),
        None if row.kind.needs_key() => {
            open_vault(engine).await?;
            match views::model(&page, &row).await?.key {
                ModelKeyState::Present => None,
                ModelKeyState::Absent | ModelKeyState::Unknown => {
                    typed(&format!("Key of {}: ", row.kind.provider()))?
                }
            }
        }
        None => None,
    };
    if let Some(key) = key {
        open_vault(engine).await?;
        let copy = Secret::new(key.expose().clone());
        if let Err(error) = desk.set_key(row.name.as_str(), Some(key)).await {
            let error = ApiError::from(error);
            if error.code != ErrorCode::NotNow {
                return Err(error);
            }
            // Without a keychain the passphrase may be typed, and the key is kept after all.
            let Some(passphrase) = typed("Passphrase for the vault of keys: ")? else {
                return Err(error);
            };
            engine.open_vault(passphrase).await?;
            desk.set_key(row.name.as_str(), Some(copy)).await?;
        }
    }
    views::model(&page, &row).await
}

/// Asks for the passphrase of a vault that needs one.
pub(crate) async fn open_vault(engine: &Engine) -> Result<(), ApiError> {
    if engine.vault().opening().await.is_ok() {
        return Ok(());
    }
    match typed("Passphrase for the vault of keys: ")? {
        Some(passphrase) => engine.open_vault(passphrase).await,
        // What needs the vault says by itself that it is closed.
        None => Ok(()),
    }
}

/// A secret out of the environment. Given as an argument it would stand in the list of processes.
fn variable(name: &str) -> Result<Secret<String>, ApiError> {
    match std::env::var(name) {
        Ok(value) if !value.trim().is_empty() => Ok(Secret::new(value)),
        _ => {
            let shown: String = name.chars().take(40).collect();
            let message = format!("the environment variable {shown} holds no key");
            Err(ApiError::new(ErrorCode::InvalidRequest, message)
                .with_hint("set it, and name it without a $"))
        }
    }
}

/// A secret as it is typed, unseen; nothing where nobody types.
pub(crate) fn typed(prompt: &str) -> Result<Option<Secret<String>>, ApiError> {
    if !std::io::stdin().is_terminal() {
        return Ok(None);
    }
    let terminal = console::Term::stderr();
    let read = terminal.write_str(prompt).and_then(|()| terminal.read_secure_line());
    let text = read.map_err(|error| {
        ApiError::new(ErrorCode::InvalidRequest, format!("nothing could be read: {error}"))
    })?;
    Ok(Some(text).filter(|text| !text.is_empty()).map(Secret::new))
}

async fn list(place: &Place, as_json: bool) -> Result<ExitCode, ApiError> {
    let reader = Reader::open(&place.data_dir).await?;
    let vault = vault_beside(&place.data_dir);
    let page = views::ModelsPage { store: &reader.store, vault: &vault, desk: None };
    let listed = views::models(&page).await?;
    if as_json {
        output::json(&listed)?;
        return Ok(ExitCode::SUCCESS);
    }
    if listed.models.is_empty() {
        output::line("No model yet. Add one: throughline model add NAME --kind KIND --model MODEL");
    }
    listed.models.iter().for_each(print);
    if listed.vault.state == VaultState::Closed {
        output::line(styled(WARN, output::printable(&listed.vault.sentence)));
    }
    Ok(ExitCode::SUCCESS)
}

fn print(model: &ModelDto) {
    let key = match (model.key, model.needs_key) {
        (ModelKeyState::Present, _) => styled(GOOD, "key"),
        (ModelKeyState::Absent, true) => styled(BAD, "no key"),
        (ModelKeyState::Absent, false) => styled(MUTED, "no key"),
        (ModelKeyState::Unknown, _) => styled(WARN, "key unknown"),
    };
    let price = model.price.as_ref().map_or_else(
        || styled(WARN, "no price"),
        |price| format!("{}/{} USD per million", price.input_per_million, price.output_per_million),
    );
    output::line(format!(
        "{} {} {}  {key}  {price}  {}",
        styled(BOLD, format!("{:<14}", model.name)),
        output::printable(&model.provider),
        output::printable(&model.model),
        styled(MUTED, output::printable(&model.url)),
    ));
    output::line(styled(
        MUTED,
        format!(
            "  today {} USD in {} calls, in all {} USD{}",
            model.spent_today,
            model.calls_today,
            model.spent_total,
            if model.breaker.state == BreakerState::Closed {
                ""
            } else {
                ", not asked at the moment"
            }
        ),
    ));
}

/// The status is 1 where there was no reply.
async fn test(place: &Place, name: &str, as_json: bool) -> Result<ExitCode, ApiError> {
    let engine = Engine::open(place.options()).await?;
    let result = async {
        engine.models().model(name).await?;
        open_vault(&engine).await?;
        Ok::<_, ApiError>(views::model_trial(engine.models().try_out(name).await?))
    }
    .await;
    engine.close().await?;
    let tested = result?;
    if as_json {
        output::json(&tested)?;
    } else {
        let style = if tested.succeeded { GOOD } else { BAD };
        output::line(styled(style, output::printable(&tested.sentence)));
        if let Some(reply) = &tested.reply {
            output::line(format!("{} {}", styled(MUTED, "it said"), output::printable(reply)));
        }
    }
    Ok(ExitCode::from(u8::from(!tested.succeeded)))
}

async fn remove(place: &Place, name: &str, as_json: bool) -> Result<ExitCode, ApiError> {
    let engine = Engine::open(place.options()).await?;
    let result = engine.models().remove(name).await;
    engine.close().await?;
    result?;
    if as_json {
        output::json(&serde_json::json!({ "removed": name }))?;
    } else {
        output::line(format!("{} {name}", styled(GOOD, "removed:")));
    }
    Ok(ExitCode::SUCCESS)
}

fn kind(name: ModelKindName) -> ModelKind {
    match name {
        ModelKindName::Openai => ModelKind::Openai,
        ModelKindName::Anthropic => ModelKind::Anthropic,
        ModelKindName::Google => ModelKind::Google,
        ModelKindName::Ollama => ModelKind::Ollama,
        ModelKindName::OpenaiCompatible => ModelKind::OpenaiCompatible,
    }
}
