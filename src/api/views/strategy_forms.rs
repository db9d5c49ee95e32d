use super::readiness::Facts;
use crate::analyst::desk::key_name;
use crate::api::dto::{
    LimitDto, StrategyDiffRequest, StrategyFormCheckDto, StrategyFormCheckRequest, StrategyFormDto,
    StrategyFormGetRequest, StrategyFormReadDto, StrategyVersionDto, TextDiffDto,
};
use crate::api::{ApiError, ErrorCode};
use crate::app::{Engine, LONGEST_STRATEGY, find_strategy};
use crate::domain::ModelName;
use crate::indicators::{IndicatorError, IndicatorKind, IndicatorSpec};
use crate::market::MarketError;
use crate::schedule::{Rule, Schedule};
use crate::secrets::SecretStore as _;
use crate::store::{Store, StrategyVersionRow};
use crate::strategy::{
    FormProblem, IndicatorForm, StrategyDefinition, StrategyForm, usual_risk_parameters,
};

/// Problems and warnings of one form that are told: a hostile one may have any number.
const MOST_TOLD: usize = 100;

/// What the rule analyst reads, by the id of the indicator.
const READ_BY_RULES: [(&str, &str); 5] = [
    ("supertrend_10_3", "SuperTrend(10, 3)"),
    ("sma_20", "SMA(20)"),
    ("macd_12_26_9", "MACD(12, 26, 9)"),
    ("rsi_14", "RSI(14)"),
    ("atr_14", "ATR(14)"),
];

/// A strategy as a form, or what a new one begins with.
pub async fn strategy_form(
    store: &Store,
    request: &StrategyFormGetRequest,
) -> Result<StrategyFormDto, ApiError> {
    let limits =
        usual_risk_parameters().into_iter().map(|(name, usual)| LimitDto { name, usual }).collect();
    let Some(id) = &request.strategy_id else {
        let form = StrategyForm::empty();
        return Ok(StrategyFormDto { strategy_id: None, version: 0, form, limits });
    };
    let row = version(store, id, request.version).await?;
    let definition: StrategyDefinition = row.toml.parse()?;
    Ok(StrategyFormDto {
        strategy_id: Some(row.strategy_id.to_string()),
        version: row.version,
        form: StrategyForm::of(&definition),
        limits,
    })
}

/// A version of a strategy, the newest if none is named.
async fn version(
    store: &Store,
    id: &str,
    number: Option<u32>,
) -> Result<StrategyVersionRow, ApiError> {
    let newest = find_strategy(store.strategies().await?, id)?.version;
    let Some(number) = number.filter(|number| *number != newest.version) else {
        return Ok(newest);
    };
    store.strategy_version(&newest.strategy_id, number).await?.ok_or_else(|| {
        ApiError::new(ErrorCode::NotFound, format!("{id} has no version {number}"))
            .with_hint(format!("its versions are 1 to {}", newest.version))
    })
}

/// Everything that is wrong in a form, and everything that a run would stumble over.
pub async fn strategy_form_check(
    engine: &Engine,
    request: &StrategyFormCheckRequest,
) -> Result<StrategyFormCheckDto, ApiError> {
    let form = &request.form;
    let toml = form.toml();
    if toml.len() > LONGEST_STRATEGY {
        return Err(too_long(toml.len()));
    }
    let indicators = form.indicators.iter().map(label).collect();
    let Facts { problems, warnings } = facts_of(engine, form).await?;
    let schedule_words = form.schedule.as_ref().and_then(|schedule| {
        let rule = Rule::parse(schedule.rule.trim()).ok()?;
        let exchange = schedule.exchange.parse().ok()?;
        Some(Schedule::new(rule, exchange, None).ok()?.words())
    });
    Ok(StrategyFormCheckDto { toml, problems, warnings, schedule_words, indicators })
}

/// What is wrong in a form, and what the broker, the models and the prompts say about it.
pub(super) async fn facts_of(engine: &Engine, form: &StrategyForm) -> Result<Facts, ApiError> {
    let mut problems = checked(form);
    let mut warnings = Vec::new();
    symbols_at_the_broker(engine, form, &problems, &mut warnings).await;
    if form.analyst.kind == "model" {
        model(engine, form, &mut warnings).await?;
        prompts(engine.store(), form, &mut warnings).await?;
    } else {
        rules(form, &mut warnings);
    }
    problems.truncate(MOST_TOLD);
    warnings.truncate(MOST_TOLD);
    Ok(Facts { problems, warnings })
}

/// A file as a form.
pub fn strategy_form_read(toml: &str) -> StrategyFormReadDto {
    if toml.len() > LONGEST_STRATEGY {
        let message = too_long(toml.len()).message;
        let problems = vec![FormProblem { field: String::new(), message }];
        return StrategyFormReadDto { form: None, problems };
    }
    match toml.parse::<StrategyDefinition>() {
        Ok(definition) => {
            let form = StrategyForm::of(&definition);
            let problems = checked(&form);
            StrategyFormReadDto { form: Some(form), problems }
        }
        Err(error) => StrategyFormReadDto { form: None, problems: vec![FormProblem::of(&error)] },
    }
}

fn too_long(bytes: usize) -> ApiError {
    ApiError::new(
        ErrorCode::InvalidRequest,
        format!("the strategy has {bytes} bytes, and at most {LONGEST_STRATEGY} are read"),
    )
}

/// Everything that is wrong.
fn checked(form: &StrategyForm) -> Vec<FormProblem> {
    let mut problems = form.read().err().unwrap_or_default();
    let mut labels: Vec<String> = Vec::new();
    for (index, indicator) in form.indicators.iter().enumerate() {
        if problems.len() > MOST_TOLD {
            break;
        }
        if let Err(errors) = spec(indicator) {
            problems.extend(errors.iter().map(|error| FormProblem {
                field: format!("indicators.{index}.{}", error.parameter().unwrap_or("kind")),
                message: sentence(error),
            }));
            continue;
        }
        let label = label(indicator);
        if labels.contains(&label) {
            let field = format!("indicators.{index}.kind");
            problems.push(FormProblem { field, message: format!("{label} is there twice.") });
        }
        labels.push(label);
    }
    problems
}

/// The name of an indicator for people; its kind where its parameters are wrong.
fn label(indicator: &IndicatorForm) -> String {
    match spec(indicator) {
        Ok(spec) => spec.label(),
        Err(_) => indicator.kind.chars().take(40).collect(),
    }
}

fn spec(indicator: &IndicatorForm) -> Result<IndicatorSpec, Vec<IndicatorError>> {
    let mut parameters = indicator.parameters.clone();
    parameters.retain(|_, value| !value.trim().is_empty());
    let kind = IndicatorKind::from_name(&indicator.kind).map_err(|error| vec![error])?;
    IndicatorSpec::check(kind, &parameters)
}

/// The words of an error with a capital and a full stop.
fn sentence(error: &impl std::fmt::Display) -> String {
    let words = error.to_string();
    let mut characters = words.trim_end_matches('.').chars();
    let first = characters.next().map(|c| c.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", characters.as_str())
}

fn warn(warnings: &mut Vec<FormProblem>, field: impl Into<String>, message: impl Into<String>) {
    warnings.push(FormProblem { field: field.into(), message: message.into() });
}

/// Asks the broker for every symbol that is well formed. What it said before is not asked again.
async fn symbols_at_the_broker(
    engine: &Engine,
    form: &StrategyForm,
    problems: &[FormProblem],
    warnings: &mut Vec<FormProblem>,
) {
    for (index, symbol) in form.symbols.iter().enumerate() {
        let field = format!("symbols.{index}");
        if problems.iter().any(|problem| problem.field == field || problem.field == "symbols") {
            continue;
        }
        match engine.parts().market.find_stock(symbol).await {
            Ok(_) => {}
            Err(MarketError::Broker(error)) => {
                // Without the broker, one sentence stands for all of them.
                let why = format!("Whether the broker knows {symbol} was not checked: {error}.");
                warn(warnings, "symbols", why);
                return;
            }
            Err(error) => warn(warnings, field, sentence(&error)),
        }
    }
}

async fn model(
    engine: &Engine,
    form: &StrategyForm,
    warnings: &mut Vec<FormProblem>,
) -> Result<(), ApiError> {
    let field = "analyst.model";
    let Ok(name) = ModelName::new(form.analyst.model.trim()) else { return Ok(()) };
    let store = engine.store();
    let Some(row) = store.model(&name).await? else {
        warn(warnings, field, format!("There is no model {name}. Add it on the page Models."));
        return Ok(());
    };
    if store.model_prices(&name).await?.is_empty() {
        warn(warnings, field, format!("{name} has no price, and without one it is not asked."));
    }
    if let Ok(key) = key_name(&row)
        && row.kind.needs_key()
        && matches!(engine.vault().get(&key).await, Ok(None))
    {
        warn(warnings, field, format!("{name} has no key. Enter it on the page Models."));
    }
    Ok(())
}

async fn prompts(
    store: &Store,
    form: &StrategyForm,
    warnings: &mut Vec<FormProblem>,
) -> Result<(), ApiError> {
    let rows = store.prompts().await?;
    for (prompt_type, id) in form.analyst.prompts.iter().filter(|(_, id)| !id.is_empty()) {
        let field = format!("analyst.prompts.{prompt_type}");
        if let Some(shipped) = crate::prompt::shipped().iter().find(|known| known.id == id) {
            if shipped.prompt_type.as_str() != prompt_type {
                warn(warnings, field, format!("{id} is a {} prompt.", shipped.prompt_type));
            }
            continue;
        }
        let found = rows.iter().find(|row| row.id.as_str() == id && row.deleted_at.is_none());
        match found {
            None => {
                let shown: String = id.chars().take(64).collect();
                warn(warnings, field, format!("There is no prompt {shown} any more."));
            }
            Some(row) if row.prompt_type.as_str() != prompt_type => {
                warn(warnings, field, format!("{} is a {} prompt.", row.name, row.prompt_type));
            }
            Some(row) if !row.is_active => warn(
                warnings,
                field,
                format!(
                    "{} is switched off. It is used all the same, since it is chosen here.",
                    row.name
                ),
            ),
            Some(_) => {}
        }
    }
    Ok(())
}

/// What the rule analyst lacks. An indicator that is wrong is told of already.
fn rules(form: &StrategyForm, warnings: &mut Vec<FormProblem>) {
    let ids: Vec<String> =
        form.indicators.iter().filter_map(|each| spec(each).ok()).map(|spec| spec.id()).collect();
    let lacking: Vec<&str> = READ_BY_RULES
        .iter()
        .filter(|(id, _)| ids.iter().all(|known| known != id))
        .map(|(_, label)| *label)
        .collect();
    if !lacking.is_empty() {
        let words = format!(
            "The built-in rule analyst reads {} too. A vote that it cannot compute counts for \
             neither side, and without ATR(14) there is neither stop nor target.",
            lacking.join(", ")
        );
        warn(warnings, "indicators", words);
    }
}

/// Every version of a strategy, newest first.
pub async fn strategy_versions(
    store: &Store,
    id: &str,
) -> Result<Vec<StrategyVersionDto>, ApiError> {
    let id = find_strategy(store.strategies().await?, id)?.version.strategy_id;
    let versions = store.strategy_versions(&id).await?;
    Ok(versions
        .into_iter()
        .map(|used| StrategyVersionDto {
            version: used.version.version,
            name: used.version.name,
            hash: used.version.hash,
            created_at: used.version.created_at.to_string(),
            executions: used.executions,
            lines: u32::try_from(used.version.toml.lines().count()).unwrap_or(u32::MAX),
        })
        .collect())
}

/// What two versions of a strategy differ in.
pub async fn strategy_diff(
    store: &Store,
    request: &StrategyDiffRequest,
) -> Result<TextDiffDto, ApiError> {
    let old = version(store, &request.strategy_id, Some(request.from)).await?;
    let new = version(store, &request.strategy_id, Some(request.to)).await?;
    let name = |row: &StrategyVersionRow| format!("version {}", row.version);
    Ok(super::prompts::text_diff(name(&old), &old.toml, name(&new), &new.toml))
}
