use std::collections::BTreeMap;
use std::sync::Arc;

use rust_decimal::Decimal;
use serde_json::{Value, json};

use crate::analyst::desk::{
    BreakerPhase, BreakerView, ModelCallError, ModelDesk, ModelTrial, Spending, day_of, key_name,
};
use crate::api::commands::ModelCallsListRequest;
use crate::api::dto::{
    BreakerDto, BreakerState, BudgetsDto, ModelCallDto, ModelDto, ModelErrorDto, ModelKeyState,
    ModelPriceDto, ModelTestDto, ModelsDto, StrategySpendingDto, VaultDto, VaultState,
};
use crate::api::{ApiError, ErrorCode};
use crate::app::Engine;
use crate::clock::{Clock as _, SystemClock};
use crate::domain::{ExecutionId, ModelName, StrategyId};
use crate::secrets::SecretStore as _;
use crate::secrets::vault::{Vault, VaultOpening};
use crate::store::{BudgetScope, ModelCallFilter, ModelCallRow, ModelRow, ModelSpending, Store};

/// Most characters of a reply that a test shows.
const REPLY_SHOWN: usize = 2_000;

/// Calls in a list.
const MOST_CALLS: u32 = 500;

/// What the page *Models* is made from. Beside a running engine there is no desk, and breakers are
/// shown as closed.
pub struct ModelsPage<'a> {
    /// Models, prices, calls.
    pub store: &'a Store,
    /// Keys.
    pub vault: &'a Vault,
    /// Breakers.
    pub desk: Option<&'a Arc<ModelDesk>>,
}

impl<'a> ModelsPage<'a> {
    /// Of an engine.
    pub fn of(engine: &'a Engine) -> Self {
        Self { store: engine.store(), vault: engine.vault(), desk: Some(engine.models()) }
    }
}

/// What all models share on the page.
struct Shared {
    spending: Vec<ModelSpending>,
    failures: Vec<ModelCallRow>,
    strategies: Vec<(String, String)>,
    today: jiff::civil::Date,
}

impl Shared {
    async fn load(store: &Store) -> Result<Self, ApiError> {
        let strategies = store.strategies().await?;
        let strategies = strategies.into_iter().filter_map(|row| {
            let named = model_named_by(&row.version.toml)?;
            Some((named, row.version.strategy_id.to_string()))
        });
        Ok(Self {
            spending: store.model_spending().await?,
            failures: store.last_model_failures().await?,
            strategies: strategies.collect(),
            today: day_of(SystemClock.wall_now()),
        })
    }
}

/// The model that a strategy's text names: `model` of its table `analyst`.
fn model_named_by(toml: &str) -> Option<String> {
    let table: toml::Table = toml.parse().ok()?;
    Some(table.get("analyst")?.get("model")?.as_str()?.to_owned())
}

/// The page *Models*.
pub async fn models(page: &ModelsPage<'_>) -> Result<ModelsDto, ApiError> {
    let shared = Shared::load(page.store).await?;
    let mut models = Vec::new();
    for row in page.store.models().await? {
        models.push(shown(page, &shared, &row).await?);
    }
    let spending = match page.desk {
        Some(desk) => desk.spending().await,
        None => recorded(&shared, page.store.model_budgets().await?),
    };
    Ok(ModelsDto { models, budgets: self::spending(&spending), vault: vault(page.vault).await })
}

/// One model.
pub async fn model(page: &ModelsPage<'_>, row: &ModelRow) -> Result<ModelDto, ApiError> {
    shown(page, &Shared::load(page.store).await?, row).await
}

async fn shown(
    page: &ModelsPage<'_>,
    shared: &Shared,
    row: &ModelRow,
) -> Result<ModelDto, ApiError> {
    let own = || shared.spending.iter().filter(|spent| spent.name == row.name);
    let today = || own().filter(|spent| spent.day == shared.today);
    let sum = |all: &mut dyn Iterator<Item = Decimal>| all.sum::<Decimal>().normalize().to_string();
    let count = |all: u64| u32::try_from(all).unwrap_or(u32::MAX);
    let key = match key_name(row) {
        Ok(name) => match page.vault.get(&name).await {
            Ok(Some(_)) => ModelKeyState::Present,
            Ok(None) => ModelKeyState::Absent,
            Err(_) => ModelKeyState::Unknown,
        },
        Err(_) => ModelKeyState::Unknown,
    };
    let failure = shared.failures.iter().find(|call| call.name == row.name);
    let uses = shared.strategies.iter().filter(|(model, _)| model == row.name.as_str());
    Ok(ModelDto {
        name: row.name.to_string(),
        kind: row.kind,
        provider: row.kind.provider().to_owned(),
        model: row.model.clone(),
        url: row.url.clone(),
        temperature: row.temperature.map(|it| it.normalize().to_string()),
        maximum_output_tokens: row.maximum_output_tokens,
        deadline_seconds: row.deadline_seconds,
        key,
        needs_key: row.kind.needs_key(),
        strategies: uses.map(|(_, strategy)| strategy.clone()).collect(),
        price: model_prices(page.store, &row.name).await?.into_iter().next(),
        spent_today: sum(&mut today().map(|spent| spent.cost)),
        spent_total: sum(&mut own().map(|spent| spent.cost)),
        calls_today: count(today().map(|spent| spent.calls).sum()),
        reused_today: count(today().map(|spent| spent.reused).sum()),
        breaker: breaker(page.desk.map(|desk| desk.breaker(&row.url)).unwrap_or_default()),
        last_error: failure.map(|call| ModelErrorDto {
            at: call.started_at.to_string(),
            sentence: call.error.clone().unwrap_or_default(),
        }),
    })
}

fn breaker(view: BreakerView) -> BreakerDto {
    let state = match view.phase {
        BreakerPhase::Closed => BreakerState::Closed,
        BreakerPhase::Open => BreakerState::Open,
        BreakerPhase::HalfOpen => BreakerState::HalfOpen,
    };
    let until = view.until.filter(|_| state == BreakerState::Open);
    BreakerDto { state, failures: view.failures, until: until.map(|at| at.to_string()) }
}

async fn vault(vault: &Vault) -> VaultDto {
    let (state, sentence) = match vault.opening().await {
        Ok(VaultOpening::Empty) => (VaultState::Empty, "No key is kept yet.".to_owned()),
        Ok(VaultOpening::Keychain) => (
            VaultState::Keychain,
            "Keys are kept in a sealed file, which the keychain of this computer opens.".to_owned(),
        ),
        Ok(VaultOpening::Passphrase) => (
            VaultState::Passphrase,
            "Keys are kept in a sealed file, which your passphrase opens.".to_owned(),
        ),
        Err(error) => (VaultState::Closed, error.to_string()),
    };
    VaultDto { state, sentence }
}

/// What was spent by the record alone.
fn recorded(shared: &Shared, budgets: BTreeMap<BudgetScope, Decimal>) -> Spending {
    let mut spending = Spending { budgets, ..Spending::default() };
    for spent in &shared.spending {
        spending.total += spent.cost;
        if spent.day == shared.today {
            spending.today += spent.cost;
            if let Some(strategy) = &spent.strategy_id {
                *spending.strategies_today.entry(strategy.clone()).or_default() += spent.cost;
            }
        }
    }
    spending
}

/// Budgets and what was spent of them.
pub fn spending(spending: &Spending) -> BudgetsDto {
    let of = |scope| spending.budgets.get(&scope).map(|amount| amount.normalize().to_string());
    let mut strategies: Vec<(&StrategyId, &Decimal)> = spending.strategies_today.iter().collect();
    strategies.sort_by_key(|(_, spent)| std::cmp::Reverse(**spent));
    let strategies = strategies.into_iter().map(|(id, spent)| StrategySpendingDto {
        strategy_id: id.to_string(),
        spent: spent.normalize().to_string(),
    });
    BudgetsDto {
        day: of(BudgetScope::Day),
        strategy_day: of(BudgetScope::StrategyDay),
        total: of(BudgetScope::Total),
        spent_today: spending.today.normalize().to_string(),
        spent_total: spending.total.normalize().to_string(),
        strategies_today: strategies.collect(),
    }
}

/// What a model has cost, newest price first.
pub async fn model_prices(store: &Store, name: &ModelName) -> Result<Vec<ModelPriceDto>, ApiError> {
    let prices = store.model_prices(name).await?.into_iter().map(|row| ModelPriceDto {
        from: row.from.to_string(),
        input_per_million: row.input_per_million.normalize().to_string(),
        output_per_million: row.output_per_million.normalize().to_string(),
    });
    Ok(prices.collect())
}

/// Calls, newest first.
pub async fn model_calls(
    store: &Store,
    request: &ModelCallsListRequest,
) -> Result<Vec<ModelCallDto>, ApiError> {
    if request.limit == 0 || request.limit > MOST_CALLS {
        return Err(ApiError::new(
            ErrorCode::InvalidRequest,
            format!("{} calls cannot be listed; ask for 1 to {MOST_CALLS}", request.limit),
        ));
    }
    let wrong =
        |error: &dyn std::error::Error| ApiError::new(ErrorCode::InvalidRequest, error.to_string());
    let (name, strategy, execution) = (&request.name, &request.strategy_id, &request.execution_id);
    let filter = ModelCallFilter {
        name: name.clone().map(ModelName::new).transpose().map_err(|error| wrong(&error))?,
        strategy_id: strategy
            .clone()
            .map(StrategyId::new)
            .transpose()
            .map_err(|error| wrong(&error))?,
        execution_id: execution
            .clone()
            .map(ExecutionId::new)
            .transpose()
            .map_err(|error| wrong(&error))?,
    };
    Ok(store.model_calls(&filter, request.limit).await?.into_iter().map(model_call).collect())
}

/// One call.
pub fn model_call(row: ModelCallRow) -> ModelCallDto {
    let status = match json!(row.status) {
        Value::String(status) => status,
        other => other.to_string(),
    };
    ModelCallDto {
        call_id: row.call_id,
        name: row.name.to_string(),
        kind: row.kind,
        model: row.model,
        answered_by: row.answered_by,
        strategy_id: row.strategy_id.map(|id| id.to_string()),
        execution_id: row.execution_id.map(|id| id.to_string()),
        purpose: row.purpose,
        images: row.images,
        status,
        started_at: row.started_at.to_string(),
        attempts: row.attempts,
        cost: row.cost.normalize().to_string(),
        is_cost_estimated: row.is_cost_estimated,
        input_tokens: row.input_tokens,
        output_tokens: row.output_tokens,
        latency_us: row.latency_us,
        stop_reason: row.stop_reason,
        reply_blob: row.reply_blob,
        reused_from: row.reused_from,
        error: row.error,
    }
}

/// What a try of a model came to.
pub fn model_trial(trial: ModelTrial) -> ModelTestDto {
    let ModelTrial { answer, follows_schema, sees_image, call } = trial;
    let call = call.map(model_call);
    match answer {
        Ok(answer) => {
            let took = answer.latency_us / 1_000;
            let verdict = match (follows_schema, sees_image) {
                (true, true) => "named the colour of the picture, in the shape that was asked for",
                (true, false) => {
                    "answered in the shape that was asked for, and did not name the colour of the \
                     picture: it may not see images"
                }
                (false, _) => "did not answer in the shape that was asked for",
            };
            ModelTestDto {
                succeeded: true,
                sentence: format!(
                    "The model {verdict}. It took {took} ms and {} USD.",
                    answer.cost
                ),
                reply: Some(answer.text.chars().take(REPLY_SHOWN).collect()),
                follows_schema,
                sees_image,
                call,
            }
        }
        Err(error) => ModelTestDto {
            succeeded: false,
            sentence: sentence(&error),
            reply: None,
            follows_schema,
            sees_image,
            call,
        },
    }
}

fn sentence(error: &ModelCallError) -> String {
    ApiError::from_chain(ErrorCode::Model, error).message
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_strategy_names_its_model_in_its_text() {
        assert_eq!(model_named_by("[analyst]\nmodel = \"gpt\"\n").as_deref(), Some("gpt"));
        assert_eq!(model_named_by("name = \"x\"\n"), None);
    }
}
