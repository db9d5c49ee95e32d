use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

use rust_decimal::Decimal;

use super::plan::{Arm, Experiment, LeftOut, Plan};
use super::{Playground, PlaygroundError};
use crate::analyst::desk::{Allowance, Spending, cost_of_tokens};
use crate::analyst::language_model::{Errand, Foreseen, PLAYGROUND_PURPOSE, TypicalReplies};
use crate::domain::{ExecutionId, ModelName, StrategyId, with_causes};
use crate::rerun::{Alternative, FrozenInputs};
use crate::store::{BudgetScope, ModelCallFilter, ModelCallStatus, ModelPriceRow};

/// Earlier calls of a model that tell how long its replies usually are.
const CALLS_LOOKED_AT: u32 = 500;

/// What an experiment would take. All amounts are USD.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Estimate {
    /// Name of the model.
    pub model: String,
    /// The sides.
    pub arms: Vec<Arm>,
    /// On what.
    pub executions: Vec<ExecutionId>,
    /// What was named and cannot be decided on again.
    pub left_out: Vec<LeftOut>,
    /// What is to be said about it, in sentences.
    pub notes: Vec<String>,
    /// Calls in all, those that are answered from the record included; without repairs.
    pub calls: u32,
    /// Calls whose answer is on record or is the same as another's of this experiment.
    pub recorded_calls: u32,
    /// So many more at most, where an answer does not hold and is asked for again.
    pub repair_calls: u32,
    /// Tokens of the input of all calls that are not on record, at most, without repairs.
    pub input_tokens: u64,
    /// Longest replies of all calls that are not on record, in tokens, without repairs.
    pub most_output_tokens: u64,
    /// What is to be expected; nothing while the model's earlier replies do not tell.
    pub expected_cost: Option<Decimal>,
    /// Earlier replies that the expectation rests on.
    pub expected_from: u32,
    /// What it costs at most, every answer being repaired.
    pub highest_cost: Decimal,
    /// The price that it is reckoned with.
    pub price: ModelPriceRow,
    /// What is left of the budgets, and what is needed of each at most.
    pub budgets: Vec<BudgetLeft>,
    /// Why it is not carried out.
    pub refusal: Option<String>,
}

/// What is left of a budget, in USD.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BudgetLeft {
    /// What it covers.
    pub scope: BudgetScope,
    /// Of which strategy, for a strategy's day.
    pub strategy_id: Option<StrategyId>,
    /// How much it allows.
    pub limit: Decimal,
    /// How much of that is neither spent nor reserved.
    pub left: Decimal,
    /// What the experiment needs of it at most.
    pub needed: Decimal,
}

/// Sums over what was foreseen.
#[derive(Default)]
struct Sums {
    seen: HashSet<String>,
    calls: u32,
    recorded: u32,
    repairs: u32,
    input_tokens: u64,
    most_output_tokens: u64,
    expected: Option<Decimal>,
    highest: BTreeMap<StrategyId, Decimal>,
}

impl Playground {
    /// What an experiment would take. Nothing is sent, reserved or written down.
    pub async fn estimate(&self, experiment: &Experiment) -> Result<Estimate, PlaygroundError> {
        let plan = self.plan(experiment).await?;
        self.estimate_plan(&plan).await
    }

    pub(super) async fn estimate_plan(&self, plan: &Plan) -> Result<Estimate, PlaygroundError> {
        let (_, price) = self.desk.configured_model(&plan.model).await?;
        let (typical, expected_from) = self.typical_replies(&plan.model).await?;
        let mut sums = Sums { expected: Some(Decimal::ZERO), ..Sums::default() };
        let mut endings = BTreeSet::new();
        for frozen in &plan.executions {
            for arm in &plan.arms {
                let foreseen = self.foresee(plan, frozen, arm, &typical).await?;
                endings.extend(foreseen.failure.clone());
                sums.add(&frozen.execution.strategy_id, foreseen, &price);
            }
        }
        let highest_cost: Decimal = sums.highest.values().sum::<Decimal>().normalize();
        let budgets = budgets_left(&self.desk.spending().await, &sums.highest);
        let is_asked = sums.calls > sums.recorded;
        let not_ready = if is_asked { self.desk.ready(&plan.model).await.err() } else { None };
        let refusal = not_ready
            .map(|error| with_causes(&error))
            .or_else(|| budgets.iter().find_map(refused_by));
        Ok(Estimate {
            model: plan.model.clone(),
            arms: plan.arms.clone(),
            executions: plan.executions.iter().map(|it| it.execution.id.clone()).collect(),
            left_out: plan.left_out.clone(),
            notes: notes(plan, &endings),
            calls: sums.calls,
            recorded_calls: sums.recorded,
            repair_calls: sums.repairs,
            input_tokens: sums.input_tokens,
            most_output_tokens: sums.most_output_tokens,
            expected_cost: sums.expected.map(|cost| cost.normalize()),
            expected_from,
            highest_cost,
            price,
            budgets,
            refusal,
        })
    }

    async fn foresee(
        &self,
        plan: &Plan,
        frozen: &FrozenInputs,
        arm: &Arm,
        typical: &TypicalReplies,
    ) -> Result<Foreseen, PlaygroundError> {
        let images = frozen.images(&self.store).await?;
        let Some(choice) = frozen.model(Some(&plan.model)) else {
            return Err(PlaygroundError::NoModel);
        };
        let prompts = match frozen.prompts(&self.store, &choice).await {
            Ok(prompts) => prompts.with(arm.prompt.clone()),
            Err(error) => {
                let failure = Some(with_causes(&error));
                return Ok(Foreseen { calls: Vec::new(), failure });
            }
        };
        let alternative = Alternative {
            desk: &self.desk,
            baseline: self.baseline.as_ref(),
            choice: &choice,
            prompts: &prompts,
            errand: Errand::Playground(Arc::new(Allowance::new(Decimal::ZERO))),
        };
        Ok(alternative.foresee(frozen, &images, typical).await?)
    }

    /// The mean length of the model's earlier replies by purpose, and how many there are.
    async fn typical_replies(&self, model: &str) -> Result<(TypicalReplies, u32), PlaygroundError> {
        let Ok(name) = ModelName::new(model) else { return Ok((TypicalReplies::new(), 0)) };
        let filter = ModelCallFilter { name: Some(name), ..ModelCallFilter::default() };
        let calls = self.store.model_calls(&filter, CALLS_LOOKED_AT).await?;
        let mut by_purpose: BTreeMap<String, (u64, u64)> = BTreeMap::new();
        for call in calls.iter().filter(|call| call.status == ModelCallStatus::Answered) {
            let Some(tokens) = call.output_tokens else { continue };
            let purpose = call.purpose.strip_prefix(PLAYGROUND_PURPOSE).unwrap_or(&call.purpose);
            let (sum, count) = by_purpose.entry(purpose.to_owned()).or_default();
            *sum += tokens;
            *count += 1;
        }
        let count: u64 = by_purpose.values().map(|(_, count)| count).sum();
        let means = by_purpose.into_iter().map(|(purpose, (sum, n))| (purpose, sum.div_ceil(n)));
        Ok((means.collect(), u32::try_from(count).unwrap_or(u32::MAX)))
    }
}

impl Sums {
    fn add(&mut self, strategy: &StrategyId, foreseen: Foreseen, price: &ModelPriceRow) {
        let highest = self.highest.entry(strategy.clone()).or_default();
        for call in foreseen.calls {
            // Whatever is asked twice is paid for once.
            let is_new = self.seen.insert(call.input_hash);
            if call.is_repair {
                if is_new {
                    self.repairs += 1;
                    *highest = highest.saturating_add(call.highest_cost);
                }
                continue;
            }
            self.calls += 1;
            if call.is_recorded || !is_new {
                self.recorded += 1;
                continue;
            }
            *highest = highest.saturating_add(call.highest_cost);
            self.input_tokens = self.input_tokens.saturating_add(call.input_tokens);
            self.most_output_tokens =
                self.most_output_tokens.saturating_add(call.most_output_tokens);
            let cost =
                call.expected_tokens.map(|(input, output)| cost_of_tokens(price, input, output));
            self.expected = self.expected.zip(cost).map(|(sum, cost)| sum.saturating_add(cost));
        }
    }
}

fn budgets_left(spending: &Spending, highest: &BTreeMap<StrategyId, Decimal>) -> Vec<BudgetLeft> {
    let all: Decimal = highest.values().sum();
    let mut budgets = Vec::new();
    for (scope, limit) in &spending.budgets {
        let mut add = |strategy_id: Option<StrategyId>, spent: Decimal, needed: Decimal| {
            budgets.push(BudgetLeft {
                scope: *scope,
                strategy_id,
                limit: limit.normalize(),
                left: (limit - spent).max(Decimal::ZERO).normalize(),
                needed: needed.normalize(),
            });
        };
        match scope {
            BudgetScope::Day => add(None, spending.today, all),
            BudgetScope::Total => add(None, spending.total, all),
            BudgetScope::StrategyDay => {
                for (strategy, needed) in highest {
                    let spent = spending.strategies_today.get(strategy).copied();
                    add(Some(strategy.clone()), spent.unwrap_or_default(), *needed);
                }
            }
        }
    }
    budgets
}

/// Why a budget refuses an experiment; nothing if it suffices. What costs nothing is not refused.
fn refused_by(budget: &BudgetLeft) -> Option<String> {
    if budget.needed <= budget.left || budget.needed.is_zero() {
        return None;
    }
    let of = match (budget.scope, &budget.strategy_id) {
        (BudgetScope::Day, _) => "all models may cost in a day".to_owned(),
        (BudgetScope::Total, _) => "all models may cost in all".to_owned(),
        (BudgetScope::StrategyDay, Some(id)) => format!("the strategy {id} may spend in a day"),
        (BudgetScope::StrategyDay, None) => "a strategy may spend in a day".to_owned(),
    };
    Some(format!(
        "it may cost {} USD, and {} of the {} USD that {of} are left; choose fewer executions, or \
         raise the budget on the page Models",
        budget.needed, budget.left, budget.limit
    ))
}

fn notes(plan: &Plan, endings: &BTreeSet<String>) -> Vec<String> {
    let mut notes = Vec::new();
    let count = |of: fn(&FrozenInputs) -> bool| plan.executions.iter().filter(|it| of(it)).count();
    let by_rules = count(|it| it.loaded.analyst.prompts.is_empty());
    if by_rules > 0 {
        notes.push(format!(
            "No model analysed {by_rules} of the {} executions: beside the prompt that is tried, they \
             are asked with the prompts that a run would use now.",
            plan.executions.len()
        ));
    }
    let unknown = count(|it| it.held_quantity.is_none());
    if unknown > 0 {
        notes.push(format!(
            "What the strategy held was not recorded for {unknown} of the {} executions: none is \
             assumed.",
            plan.executions.len()
        ));
    }
    notes.extend(endings.iter().map(|reason| format!("It can be told beforehand: {reason}.")));
    notes
}
