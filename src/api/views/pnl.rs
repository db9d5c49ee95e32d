//! Where the money came from.

use std::collections::BTreeMap;

use jiff::civil::Date;
use rust_decimal::Decimal;

use super::lineage::names;
use super::recorded::{output, unreadable};
use super::signals::invalid;
use crate::api::dto::{
    PnlDto, PnlGetRequest, PnlGroupDto, PnlLotDto, PnlLotsDto, PnlLotsRequest, PnlRemainderDto,
    PnlRemainderKind,
};
use crate::api::{ApiError, ErrorCode};
use crate::calendar::Calendar;
use crate::domain::records::{
    CalculateIndicatorsOutput, PromptRecord, StepName, UpdatePortfolioOutput,
};
use crate::domain::{ClientOrderId, Conid, ExecutionId, Signal, StrategyId, Timeframe};
use crate::executor::AccountBook;
use crate::portfolio::{
    AnalysisFacts, AttributedFill, AttributedLot, Attribution, AttributionInput, PnlDimension,
    PnlGroup, Remainder, SnapshotPosition, ValueMark, attribution,
};
use crate::store::{Page, SignalFilter, SnapshotRow, Store};

/// Most lots of a page.
const MOST_LOTS: u32 = 500;

/// Places after the point in a cost in USD: analyses cost fractions of a cent.
const COST_PLACES: u32 = 6;

/// An attribution with what it was made from.
struct Made {
    begin: Option<Date>,
    end: Option<Date>,
    attribution: Attribution,
    analyses: BTreeMap<ExecutionId, AnalysisFacts>,
    is_difference_known: bool,
    names: BTreeMap<StrategyId, String>,
    calendar: Calendar,
}

/// Where the change of the account's value came from, by group.
pub async fn pnl(
    store: &Store,
    account: &AccountBook,
    request: PnlGetRequest,
) -> Result<PnlDto, ApiError> {
    let by = request.by;
    let made = make(store, account, by, request.from.as_deref(), request.to.as_deref()).await?;
    let groups: Vec<PnlGroupDto> =
        made.groups(by).into_iter().map(|group| made.group(by, group)).collect();
    let found = &made.attribution;
    let remainders =
        found.remainders.iter().map(|(kind, amount)| made.remainder(*kind, *amount)).collect();
    Ok(PnlDto {
        by,
        begin: made.begin.map(|date| date.to_string()),
        end: made.end.map(|date| date.to_string()),
        begin_value: found.begin_value.to_string(),
        end_value: found.end_value.to_string(),
        change: found.change().to_string(),
        total: total(&found.lots),
        groups,
        remainders,
        other_model_cost: cost(found.other_model_cost),
    })
}

/// The closed lots of a group, the last closed first.
pub async fn pnl_lots(
    store: &Store,
    account: &AccountBook,
    request: PnlLotsRequest,
) -> Result<PnlLotsDto, ApiError> {
    if !(1..=MOST_LOTS).contains(&request.limit) {
        return Err(invalid(format!(
            "{} lots cannot be listed; ask for 1 to {MOST_LOTS}",
            request.limit
        )));
    }
    let by = request.by;
    let made = make(store, account, by, request.from.as_deref(), request.to.as_deref()).await?;
    let lots: Vec<PnlLotDto> = made
        .attribution
        .lots
        .iter()
        .rev()
        .map(|lot| made.lot(by, lot))
        .filter(|lot| request.key.as_ref().is_none_or(|key| *key == lot.group))
        .collect();
    let total = count(lots.len());
    let page = lots.into_iter().skip(request.offset as usize).take(request.limit as usize);
    Ok(PnlLotsDto { lots: page.collect(), total, offset: request.offset })
}

async fn make(
    store: &Store,
    account: &AccountBook,
    by: PnlDimension,
    from: Option<&str>,
    to: Option<&str>,
) -> Result<Made, ApiError> {
    let calendar = Calendar::nyse();
    let (from, to) = (day(from)?, day(to)?);
    if from.zip(to).is_some_and(|(from, to)| from > to) {
        return Err(invalid("the first day is after the last; exchange the two"));
    }
    let fills = account.booked_fills();
    let begin = match from.and_then(|from| from.yesterday().ok()) {
        Some(before) => store.last_snapshot(Some(before)).await?,
        None => None,
    };
    if let Some(from) = from.filter(|_| begin.is_none()) {
        // Without a trade before it the account was worth what it began with.
        let is_earlier = fills.iter().any(|fill| calendar.date_at(fill.fill.at) < from);
        if is_earlier {
            return Err(ApiError::new(
                ErrorCode::NotFound,
                format!("there is no value of the account on record before {from}"),
            )
            .with_hint("choose a later day, or leave it out to begin at the opening"));
        }
    }
    let newest = store.last_snapshot(None).await?.map(|snapshot| snapshot.date);
    let end = match to.filter(|to| newest.is_some_and(|newest| *to < newest)) {
        Some(to) => store.last_snapshot(Some(to)).await?,
        None => None,
    };
    let marks = (begin.as_ref().map(mark).transpose()?, end.as_ref().map(mark).transpose()?);
    // How far the broker's cash is from ours is known for now alone, and since the opening.
    let not_in_fills = match marks {
        (None, None) => difference(store).await?,
        _ => None,
    };
    let analyses = analyses(store, by, &fills).await?;
    let found = attribution(AttributionInput {
        fills: &fills,
        starting_cash: account.starting_cash(),
        begin: marks.0.as_ref(),
        end: marks.1.as_ref(),
        prices: &account.last_prices(),
        not_in_fills,
        analyses: &analyses,
    });
    Ok(Made {
        begin: begin.map(|snapshot| snapshot.date),
        end: end.map(|snapshot| snapshot.date),
        attribution: found,
        analyses,
        is_difference_known: not_in_fills.is_some(),
        names: names(store).await?,
        calendar,
    })
}

pub(super) fn day(text: Option<&str>) -> Result<Option<Date>, ApiError> {
    let parse = |text: &str| {
        text.parse().map_err(|_| {
            let shown: String = text.chars().take(40).collect();
            invalid(format!("\"{shown}\" is no day; write one as 2012-06-15"))
        })
    };
    text.map(parse).transpose()
}

/// The prices of a snapshot. One that was taken before prices were kept has a price only where a
/// single position makes up its value.
fn mark(snapshot: &SnapshotRow) -> Result<ValueMark, ApiError> {
    let positions = positions(snapshot)?;
    let mut prices: BTreeMap<Conid, Decimal> =
        positions.iter().filter_map(|held| Some((held.position.conid, held.price?))).collect();
    let is_older = positions.iter().any(|held| held.value.is_none());
    match positions.as_slice() {
        [only] if is_older => {
            let price = snapshot.positions_value.checked_div(only.position.quantity);
            prices.extend(price.map(|price| (only.position.conid, price)));
        }
        _ if is_older => {
            return Err(ApiError::new(
                ErrorCode::NotFound,
                format!(
                    "the snapshot of {} was taken by an earlier version, which did not keep prices",
                    snapshot.date
                ),
            )
            .with_hint("choose another day, or leave it out to begin at the opening"));
        }
        _ => {}
    }
    Ok(ValueMark { at: snapshot.at, prices })
}

/// What was held at a snapshot.
pub(super) fn positions(snapshot: &SnapshotRow) -> Result<Vec<SnapshotPosition>, ApiError> {
    serde_json::from_str(&snapshot.positions_json).map_err(|error| {
        unreadable(format!("the positions of {} cannot be read: {error}", snapshot.date))
    })
}

/// The broker's cash minus ours when they were last compared.
async fn difference(store: &Store) -> Result<Option<Decimal>, ApiError> {
    let Some(row) = store.newest_success(StepName::UpdatePortfolio).await? else {
        return Ok(None);
    };
    let output: UpdatePortfolioOutput = serde_json::from_str(&row.row.output)
        .map_err(|error| unreadable(format!("row {} cannot be read: {error}", row.sequence)))?;
    Ok(output.cash_difference.map(|difference| -difference))
}

/// What is known of every analysis. The RSI stands in the record of the indicators, which is read
/// only where it is asked for.
async fn analyses(
    store: &Store,
    by: PnlDimension,
    fills: &[AttributedFill],
) -> Result<BTreeMap<ExecutionId, AnalysisFacts>, ApiError> {
    let signals = store.signals(&SignalFilter::default(), Page::ALL).await?;
    let mut analyses: BTreeMap<ExecutionId, AnalysisFacts> =
        signals.into_iter().map(|signal| (signal.execution_id.clone(), facts(signal))).collect();
    if by == PnlDimension::Indicator {
        for fill in fills {
            if let Some(facts) = analyses.get_mut(&fill.decided_by)
                && facts.rsi.is_none()
            {
                facts.rsi = rsi(store, &fill.decided_by).await?;
            }
        }
    }
    Ok(analyses)
}

fn facts(signal: Signal) -> AnalysisFacts {
    AnalysisFacts {
        at: signal.generated_at,
        prompts: prompts(signal.prompts.values()),
        analyst: signal.model.unwrap_or(signal.analyst_name),
        trend: Some(signal.trend),
        rsi: None,
        model_cost: signal.model_cost,
    }
}

/// Such as `daily-en v2, weekly-en v1`, each version once.
fn prompts<'a>(used: impl Iterator<Item = &'a PromptRecord>) -> String {
    let mut names: Vec<String> =
        used.map(|prompt| format!("{} v{}", prompt.prompt_id, prompt.version)).collect();
    names.sort();
    names.dedup();
    names.join(", ")
}

/// The first RSI of the daily bars that an execution computed.
async fn rsi(store: &Store, execution: &ExecutionId) -> Result<Option<Decimal>, ApiError> {
    let step = StepName::CalculateIndicators;
    let found: Option<CalculateIndicatorsOutput> = output(store, execution, step).await?;
    let table = found.and_then(|found| {
        found.timeframes.into_iter().find(|table| table.timeframe == Timeframe::Daily)
    });
    Ok(table.and_then(|table| {
        let id = table.indicators.iter().map(|value| value.indicator.id.as_str());
        let id = id.into_iter().find(|id| id.starts_with("rsi_"))?;
        table.first_line(id)
    }))
}

impl Made {
    fn groups(&self, by: PnlDimension) -> Vec<PnlGroup> {
        self.attribution.groups(by, &self.analyses, self.calendar.zone())
    }

    fn group(&self, by: PnlDimension, group: PnlGroup) -> PnlGroupDto {
        let label = match by {
            PnlDimension::Strategy => StrategyId::new(group.key.key.as_str())
                .ok()
                .and_then(|id| self.names.get(&id).cloned())
                .unwrap_or(group.key.label),
            _ => group.key.label,
        };
        PnlGroupDto {
            key: group.key.key,
            label,
            lots: count(group.lots),
            wins: count(group.wins),
            gross: group.gross.to_string(),
            commission: group.commission.to_string(),
            net: group.net.to_string(),
            model_cost: cost(group.model_cost),
            net_of_model_cost: cost(group.net - group.model_cost),
        }
    }

    fn remainder(&self, kind: Remainder, amount: Decimal) -> PnlRemainderDto {
        let (kind, label, explanation) = words(kind);
        let is_known = kind != PnlRemainderKind::NotInFills || self.is_difference_known;
        PnlRemainderDto {
            kind,
            label: label.to_owned(),
            amount: is_known.then(|| amount.to_string()),
            explanation: explanation.to_owned(),
        }
    }

    fn lot(&self, by: PnlDimension, found: &AttributedLot) -> PnlLotDto {
        let lot = &found.lot;
        let order = |id: &Option<ClientOrderId>| id.as_ref().map(ToString::to_string);
        PnlLotDto {
            strategy_id: lot.strategy_id.to_string(),
            symbol: lot.symbol.clone(),
            quantity: lot.quantity.normalize().to_string(),
            opened_at: lot.entry.at.to_string(),
            closed_at: lot.exit.at.to_string(),
            entry_price: lot.entry.price.to_string(),
            exit_price: lot.exit.price.to_string(),
            gross: found.gross.to_string(),
            commission: found.commission.to_string(),
            net: found.net.to_string(),
            model_cost: cost(found.model_cost),
            exit_cause: lot.exit_cause,
            entry_execution_id: lot.entry.execution_id.to_string(),
            exit_execution_id: lot.exit.execution_id.to_string(),
            entry_fill_id: lot.entry.fill_id.to_string(),
            exit_fill_id: lot.exit.fill_id.to_string(),
            entry_order_id: order(&lot.entry.client_order_id),
            exit_order_id: order(&lot.exit.client_order_id),
            group: found.key(by, &self.analyses, self.calendar.zone()).key,
        }
    }
}

fn total(lots: &[AttributedLot]) -> PnlGroupDto {
    let sum = |of: fn(&AttributedLot) -> Decimal| lots.iter().map(of).sum::<Decimal>();
    let net = sum(|lot| lot.net);
    let model_cost = sum(|lot| lot.model_cost);
    PnlGroupDto {
        key: String::new(),
        label: "All closed lots".to_owned(),
        lots: count(lots.len()),
        wins: count(lots.iter().filter(|lot| lot.net > Decimal::ZERO).count()),
        gross: sum(|lot| lot.gross).to_string(),
        commission: sum(|lot| lot.commission).to_string(),
        net: net.to_string(),
        model_cost: cost(model_cost),
        net_of_model_cost: cost(net - model_cost),
    }
}

fn words(kind: Remainder) -> (PnlRemainderKind, &'static str, &'static str) {
    match kind {
        Remainder::External => (
            PnlRemainderKind::External,
            "Traded elsewhere",
            "Closed lots that were bought by hand or by another program, after commission.",
        ),
        Remainder::Unowned => (
            PnlRemainderKind::Unowned,
            "Sold from before",
            "Cash from shares that the account had before Throughline, after commission.",
        ),
        Remainder::Unrealized => (
            PnlRemainderKind::Unrealized,
            "Unrealised",
            "Value of what is held minus what it cost, less the same at the beginning.",
        ),
        Remainder::OpenCommission => (
            PnlRemainderKind::OpenCommission,
            "Commission of what is held",
            "Paid for lots that are not closed yet, less the same at the beginning.",
        ),
        Remainder::NotInFills => (
            PnlRemainderKind::NotInFills,
            "Dividends, interest, fees, deposits",
            "What the broker's cash changed by beyond our fills, when the two were last compared. \
             IBKR does not say of which kind it is. It is known from the opening until now alone.",
        ),
    }
}

fn cost(amount: Decimal) -> String {
    amount.round_dp(COST_PLACES).normalize().to_string()
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
