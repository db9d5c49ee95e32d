//! The pure steps of a recorded execution, computed once more: by the code that computes them in a
//! run, from nothing but what was recorded.

use std::collections::BTreeMap;

use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::approval::ProposedOrder;
use super::close::complete_records;
use super::decision::before_the_gate;
use super::records::{
    CheckRiskInput, CheckRiskOutput, CompleteOutput, ExitProtection, FetchMarketDataOutput,
    IndicatorTable, LlmAnalysisOutput, LoadStrategyOutput, Outcome, ParseSignalOutput, StepName,
    StepStatus, Trigger,
};
use super::steps::{
    Analyse, CalculateIndicators, Calculated, CheckRisk, Fetched, GenerateCharts, Loaded,
    LoadedAnalyst, ParseSignal, resolve_indicators,
};
use super::{Step, StepError, Totals};
use crate::analyst::{Analyst, ChartSeen};
use crate::domain::{
    AccountId, Bar, Conid, ExecutionId, ExitIntent, Instrument, Leg, MoveTargetIntent,
    SignalAction, Timeframe,
};
use crate::risk::{ExitRequest, FlattenRequest, approve_exit, approve_flatten};
use crate::store::{ExecutionRow, LineageRow};
use crate::strategy::{Autonomy, StrategyDefinition};

/// What a step takes and gives, as its row would hold it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Remade {
    /// JSON text.
    pub(crate) input: String,
    /// JSON text.
    pub(crate) output: String,
}

impl Remade {
    fn of(input: &impl Serialize, output: &impl Serialize) -> Result<Self, StepError> {
        Ok(Self { input: serde_json::to_string(input)?, output: serde_json::to_string(output)? })
    }
}

/// An execution as far as its inputs were recorded: the frozen strategy, and the prices that it saw.
pub(crate) struct RecordedRun {
    account_id: AccountId,
    loaded: Loaded,
    fetched: Fetched,
}

impl RecordedRun {
    /// Puts the records of the first two steps together.
    pub(crate) fn new(
        execution: &ExecutionRow,
        definition: StrategyDefinition,
        loaded: LoadStrategyOutput,
        fetched: FetchMarketDataOutput,
        bars: Vec<(Timeframe, Vec<(Date, Bar)>)>,
    ) -> Result<Self, StepError> {
        let indicators = resolve_indicators(&definition)?;
        let loaded = Loaded {
            execution_id: execution.id.clone(),
            strategy_id: loaded.strategy_id.clone(),
            symbol: loaded.symbol.clone(),
            definition,
            // Whoever analysed is asked nothing here: what was said is on record.
            analyst: LoadedAnalyst::Rules,
            indicators,
            record: loaded,
        };
        let account_id = execution.account_id.clone();
        Ok(Self { account_id, loaded, fetched: Fetched { bars, record: fetched } })
    }

    /// The strategy as it was frozen.
    pub(crate) fn definition(&self) -> &StrategyDefinition {
        &self.loaded.definition
    }

    /// Step 3.
    pub(crate) fn indicators(&self) -> Result<Remade, StepError> {
        let step = CalculateIndicators { loaded: &self.loaded, fetched: &self.fetched };
        let input = step.input();
        Remade::of(&input, &step.made()?.record)
    }

    /// Step 4. The series that it draws are in no record: they are computed from the bars.
    pub(crate) fn charts(&self) -> Result<Remade, StepError> {
        let (loaded, fetched) = (&self.loaded, &self.fetched);
        let calculated = CalculateIndicators { loaded, fetched }.made()?.output;
        let step = GenerateCharts { loaded, fetched, calculated: &calculated };
        let input = step.input();
        Remade::of(&input, &step.made()?.record)
    }

    /// Step 5 of an analyst that computes, on recorded indicators and charts.
    pub(crate) async fn computed_analysis(
        &self,
        tables: Vec<IndicatorTable>,
        charts: &[ChartSeen],
        held_quantity: Decimal,
        analyst: &dyn Analyst,
    ) -> Result<(Remade, LlmAnalysisOutput), StepError> {
        let calculated = with_tables(tables);
        let step = Analyse {
            loaded: &self.loaded,
            fetched: &self.fetched,
            calculated: &calculated,
            charts,
            held_quantity,
        };
        let output = step.computed(analyst).await?;
        Ok((Remade::of(&step.input(), &output)?, output))
    }

    /// Step 6, on recorded indicators and a recorded analysis.
    pub(crate) fn signal(
        &self,
        tables: Vec<IndicatorTable>,
        analysis: &LlmAnalysisOutput,
    ) -> Result<Remade, StepError> {
        let calculated = with_tables(tables);
        let step = ParseSignal {
            loaded: &self.loaded,
            fetched: &self.fetched,
            calculated: &calculated,
            analysis,
        };
        let input = step.input();
        Remade::of(&input, &step.made()?.record)
    }

    /// Step 7, on a recorded signal and the account as it was recorded. What passes the gate here is
    /// thrown away: nothing that was sent once is sent again.
    pub(crate) fn risk(
        &self,
        signal: &ParseSignalOutput,
        recorded: CheckRiskInput,
        said: &CheckRiskOutput,
    ) -> Result<Remade, StepError> {
        let is_exit = signal.action == SignalAction::Sell;
        let protection = match recorded.protection {
            Some(protection) => protection,
            None if is_exit => return Err(NoProtection.into()),
            None => ExitProtection { target: None, stop_is_working: false },
        };
        let instrument = self.fetched.record.instrument.clone();
        let (mut entry, mut stop, mut target) =
            (signal.entry_price, signal.stop_price, signal.target_price);
        if recorded.approved.is_some() {
            // After a person's yes the gate is asked with what the person was shown.
            let proposed = ProposedOrder::new(&instrument, signal, said);
            entry = proposed.limit_price;
            (stop, target) = (proposed.stop_price, proposed.target_price);
        }
        let step = CheckRisk {
            execution_id: self.loaded.execution_id.clone(),
            account_id: self.account_id.clone(),
            instrument,
            action: signal.action,
            entry_price: entry,
            stop_price: stop,
            target_price: target,
            risk: self.loaded.definition.risk.clone(),
            account: recorded.account,
            mandate: recorded.mandate,
            approved: recorded.approved,
            standing: recorded.standing,
            protection,
        };
        let input = step.input();
        Remade::of(&input, &step.made()?.record)
    }
}

/// A record of an exit from before the orders around it were recorded.
#[derive(Debug, thiserror::Error)]
#[error(
    "which orders protected the position was not recorded by the version that made this execution"
)]
struct NoProtection;

/// An execution that puts no sale to the gate in this way.
#[derive(Debug, thiserror::Error)]
#[error("an execution that was started like this puts nothing to the gate")]
struct NoSale;

fn with_tables(tables: Vec<IndicatorTable>) -> Calculated {
    Calculated { tables, columns: BTreeMap::new(), series: BTreeMap::new() }
}

/// What the gate was told when the account was flattened.
#[derive(Deserialize)]
struct FlattenInput {
    held_at_broker: Decimal,
    quantity: Decimal,
    open_orders: usize,
}

/// What the gate was told when the watch over stops and targets sold.
#[derive(Deserialize)]
struct WatchInput {
    held: Decimal,
    quantity: Decimal,
    protection: Option<ExitProtection>,
}

/// Step 7 of an execution that decided on no signal: it closed a position because the account was
/// flattened, or because a stop or target was missing at the broker.
pub(crate) fn closing_risk(execution: &ExecutionRow, input: &str) -> Result<Remade, StepError> {
    let id = &execution.id;
    // The gate looks at quantities alone; of the contract its record says nothing.
    let instrument = Instrument {
        conid: Conid(0),
        symbol: execution.symbol.clone(),
        company_name: String::new(),
        exchange: String::new(),
        currency: String::new(),
        tick_size: Decimal::ZERO,
        tick_bands: Vec::new(),
    };
    let account_id = execution.account_id.clone();
    let output = match execution.trigger {
        Trigger::Flatten => {
            let read: FlattenInput = serde_json::from_str(input)?;
            let request = FlattenRequest {
                client_order_id: Leg::Flatten.client_order_id(id),
                account_id,
                instrument,
                quantity: read.quantity,
                held_at_broker: read.held_at_broker,
                open_orders: read.open_orders,
            };
            approve_flatten(request).output
        }
        Trigger::StopWatch | Trigger::TargetWatch => {
            let read: WatchInput = serde_json::from_str(input)?;
            let protection = read.protection.ok_or(NoProtection)?;
            let request = watched_request(id, account_id, instrument, read.quantity, &protection);
            approve_exit(request, read.held, protection.stop_is_working, &[]).output
        }
        Trigger::Schedule | Trigger::Manual | Trigger::Replay | Trigger::External => {
            return Err(NoSale.into());
        }
    };
    Ok(Remade { input: input.to_owned(), output: serde_json::to_string(&output)? })
}

fn watched_request(
    id: &ExecutionId,
    account_id: AccountId,
    instrument: Instrument,
    quantity: Decimal,
    protection: &ExitProtection,
) -> ExitRequest {
    let execution_id = id.clone();
    let limit_price = Decimal::ZERO;
    match &protection.target {
        Some(target) => ExitRequest::MoveTarget(MoveTargetIntent {
            execution_id,
            account_id,
            instrument,
            client_order_id: target.client_order_id.clone(),
            broker_order_id: target.broker_order_id.clone(),
            quantity: target.quantity,
            limit_price,
        }),
        None => ExitRequest::Order(ExitIntent {
            execution_id,
            account_id,
            instrument,
            quantity,
            limit_price,
        }),
    }
}

/// Step 12 once more, from the rows that were recorded before it. Outcome and sentence follow from
/// the decision where nothing was sent; of an order they are the broker's word, and stand as recorded.
/// Says too whether they followed.
pub(crate) fn end_of(
    execution_id: &ExecutionId,
    autonomy: Option<Autonomy>,
    before: &[LineageRow],
    recorded: &CompleteOutput,
) -> Result<(Remade, bool), StepError> {
    let last = |step: StepName| {
        before.iter().rfind(|row| row.row.step == step && row.row.status == StepStatus::Success)
    };
    let ordered = before.iter().any(|row| {
        row.row.step == StepName::PlaceOrder
            && matches!(row.row.status, StepStatus::Success | StepStatus::Started)
    });
    let decided = match (last(StepName::ParseSignal), last(StepName::CheckRisk)) {
        // A person cancelled the run, whatever the signal said.
        _ if ordered || recorded.outcome == Outcome::NotSent => None,
        (_, Some(checked)) => {
            let checked: CheckRiskOutput = serde_json::from_str(&checked.row.output)?;
            (!checked.approved).then_some((Outcome::Refused, checked.sentence))
        }
        (Some(signal), None) => {
            let signal: ParseSignalOutput = serde_json::from_str(&signal.row.output)?;
            // Whether the strategy held the symbol at this moment is our own ledger's word.
            let is_held = recorded.outcome != Outcome::NothingToSell;
            autonomy.and_then(|autonomy| before_the_gate(autonomy, &signal, is_held))
        }
        (None, None) => None,
    };
    let followed = decided.is_some();
    let (outcome, sentence) =
        decided.unwrap_or_else(|| (recorded.outcome, recorded.sentence.clone()));
    let totals = Totals::of_rows(before);
    let (input, output) = complete_records(execution_id, outcome, &sentence, &totals);
    Ok((Remade::of(&input, &output)?, followed))
}
