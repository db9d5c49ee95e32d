use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::{Answered, Call, yes};
use crate::analyst::desk::ModelDraft;
use crate::api::commands::{
    BudgetsSetRequest, Empty, ModelCallsListRequest, ModelKeySetRequest, ModelNameRequest,
    ModelPriceSetRequest, ModelSaveRequest, VaultOpenRequest,
};
use crate::api::{ApiError, ErrorCode, views};
use crate::store::BudgetScope;

/// Models, their keys, prices, calls and budgets.
pub(super) async fn answer(mut call: Call<'_>) -> Result<Answered<'_>, ApiError> {
    let engine = call.engine;
    let (desk, store) = (engine.models(), engine.store());
    let page = views::ModelsPage::of(engine);
    match call.name {
        "models_list" => {
            call.read::<Empty>()?;
            yes(views::models(&page).await?)
        }
        "model_save" => {
            let request: ModelSaveRequest = call.read()?;
            let temperature =
                request.temperature.as_deref().map(|text| number("temperature", text));
            let draft = ModelDraft {
                name: request.name,
                kind: request.kind,
                model: request.model,
                url: request.url.filter(|url| !url.trim().is_empty()),
                temperature: temperature.transpose()?,
                maximum_output_tokens: request.maximum_output_tokens,
                deadline_seconds: request.deadline_seconds,
            };
            let row = desk.save(draft).await?;
            yes(views::model(&page, &row).await?)
        }
        "model_remove" => {
            let request: ModelNameRequest = call.read()?;
            desk.remove(&request.name).await?;
            yes(views::models(&page).await?)
        }
        "model_key_set" => {
            let request: ModelKeySetRequest = call.read()?;
            let key = request.key.map(crate::api::commands::SecretText::into_secret);
            let row = desk.set_key(&request.name, key).await?;
            yes(views::model(&page, &row).await?)
        }
        "model_test" => {
            let request: ModelNameRequest = call.read()?;
            desk.model(&request.name).await?;
            yes(views::model_trial(desk.try_out(&request.name).await?))
        }
        "model_prices" => {
            let request: ModelNameRequest = call.read()?;
            let row = desk.model(&request.name).await?;
            yes(views::model_prices(store, &row.name).await?)
        }
        "model_price_set" => {
            let request: ModelPriceSetRequest = call.read()?;
            let input = number("price of input", &request.input_per_million)?;
            let output = number("price of a reply", &request.output_per_million)?;
            let row = desk.set_price(&request.name, input, output).await?;
            yes(views::model_prices(store, &row.name).await?)
        }
        "model_calls_list" => {
            let request: ModelCallsListRequest = call.read()?;
            yes(views::model_calls(store, &request).await?)
        }
        "budgets_get" => {
            call.read::<Empty>()?;
            yes(views::spending(&desk.spending().await))
        }
        "budgets_set" => {
            let request: BudgetsSetRequest = call.read()?;
            desk.set_budgets(budgets(&request)?).await?;
            yes(views::spending(&desk.spending().await))
        }
        "vault_open" => {
            let request: VaultOpenRequest = call.read()?;
            engine.open_vault(request.passphrase.into_secret()).await?;
            yes(views::models(&page).await?)
        }
        _ => Ok(Answered::NotMine(call)),
    }
}

fn budgets(request: &BudgetsSetRequest) -> Result<BTreeMap<BudgetScope, Decimal>, ApiError> {
    let given = [
        (BudgetScope::Day, &request.day),
        (BudgetScope::StrategyDay, &request.strategy_day),
        (BudgetScope::Total, &request.total),
    ];
    let mut budgets = BTreeMap::new();
    for (scope, text) in given {
        if let Some(text) = text {
            budgets.insert(scope, number("budget", text)?);
        }
    }
    Ok(budgets)
}

fn number(what: &str, text: &str) -> Result<Decimal, ApiError> {
    Decimal::from_str_exact(text.trim()).map_err(|_| {
        let shown: String = text.chars().take(30).collect();
        ApiError::new(
            ErrorCode::InvalidRequest,
            format!("the {what} is \"{shown}\", which is not a number"),
        )
        .with_hint("write it such as 2.50")
    })
}
