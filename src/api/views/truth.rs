//! The truth card of a strategy, and statistics on the wire.

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::lineage::names;
use super::recorded::{days, market_data};
use super::signals::strategy_id;
use crate::api::dto::{
    BaselinesDto, BuyAndHoldDto, CalibrationBinDto, CalibrationDto, CoinDto, DifferenceDto,
    EntriesDto, LongBiasDto, PerformanceNumbersDto, ProportionDto, SignalCostDto, TruthCardDto,
    TruthVerdict as VerdictDto,
};
use crate::api::{ApiError, ErrorCode};
use crate::domain::{Bar, ExecutionId, StrategyId, Timeframe};
use crate::performance::{
    Calibration, Coin, Difference, Entries, MINIMUM_OUTCOMES, Numbers, Proportion, TruthCard,
    TruthInput, TruthVerdict, truth_card,
};
use crate::store::{Page, SignalFilter, Store};
use crate::strategy::StrategyDefinition;

/// Seed of the coin: the same records give the same card.
const SEED: u64 = 1;

/// Places after the point in a cost in USD: analyses cost fractions of a cent.
const COST_PLACES: u32 = 6;

/// Whether a strategy is better than chance.
pub async fn truth(store: &Store, strategy: &str) -> Result<TruthCardDto, ApiError> {
    let shown: String = strategy.chars().take(40).collect();
    let missing =
        || ApiError::new(ErrorCode::NotFound, format!("there is no strategy \"{shown}\""));
    let id = strategy_id(Some(strategy))?.ok_or_else(missing)?;
    let rows = store.strategies().await?;
    let row = rows.into_iter().find(|row| row.version.strategy_id == id).ok_or_else(missing)?;
    let definition: StrategyDefinition = row.version.toml.parse()?;
    let filter = SignalFilter { strategy_id: Some(id.clone()), ..SignalFilter::default() };
    let signals = store.signals(&filter, Page::ALL).await?;
    let mut trades = store.trades().await?;
    trades.retain(|trade| trade.strategy_id == id);
    let mut bars = BTreeMap::new();
    for signal in &signals {
        if !bars.contains_key(&signal.symbol) {
            bars.insert(signal.symbol.clone(), recorded_bars(store, &id, &signal.symbol).await?);
        }
    }
    // The arithmetic takes long enough to hold up whatever else this thread would do.
    let risk = definition.risk;
    let card = tokio::task::spawn_blocking(move || {
        truth_card(TruthInput {
            signals: &signals,
            trades: &trades,
            bars: &bars,
            stop_atr_multiple: risk.stop_atr_multiple,
            target_atr_multiple: risk.target_atr_multiple,
            seed: SEED,
        })
    })
    .await;
    let internal = |error: String| {
        ApiError::new(ErrorCode::Internal, format!("the truth card was not made: {error}"))
    };
    let card = card.map_err(|error| internal(error.to_string()))?;
    let card = card.map_err(|error| internal(error.to_string()))?;
    let name = names(store).await?.get(&id).cloned().unwrap_or_else(|| id.to_string());
    Ok(card_dto(card, id.to_string(), name))
}

/// All daily bars of a symbol that runs of a strategy recorded, oldest first. Where several runs
/// recorded a day the newest counts, since a price is adjusted later for a split.
pub(super) async fn recorded_bars(
    store: &Store,
    strategy: &StrategyId,
    symbol: &str,
) -> Result<Vec<(Date, Bar)>, ApiError> {
    let runs = store.executions_with_prices(strategy, symbol).await?;
    let mut bars: BTreeMap<Date, Bar> = BTreeMap::new();
    let mut next: Option<&ExecutionId> = runs.first().map(|(id, _)| id);
    while let Some(id) = next {
        let known = bars.len();
        for (date, bar) in daily(store, id).await? {
            bars.entry(date).or_insert(bar);
        }
        let Some(first) = bars.keys().next().copied() else { break };
        if bars.len() == known {
            break;
        }
        // The oldest run whose bars still reach to the first day that is known.
        let calendar = crate::calendar::Calendar::nyse();
        let reaches = runs.iter().rev().find(|(_, as_of)| calendar.date_at(*as_of) >= first);
        next = reaches.map(|(id, _)| id);
    }
    Ok(bars.into_iter().collect())
}

async fn daily(store: &Store, execution: &ExecutionId) -> Result<Vec<(Date, Bar)>, ApiError> {
    let Some(market) = market_data(store, execution).await? else { return Ok(Vec::new()) };
    let daily = market.timeframes.iter().find(|bars| bars.timeframe == Timeframe::Daily);
    match daily {
        Some(daily) => days(store, daily).await,
        None => Ok(Vec::new()),
    }
}

fn card_dto(card: TruthCard, strategy_id: String, strategy_name: String) -> TruthCardDto {
    let amount = |amount: rust_decimal::Decimal| amount.round_dp(COST_PLACES).to_string();
    let bias = card.long_bias;
    TruthCardDto {
        strategy_id,
        strategy_name,
        verdict: match card.verdict {
            TruthVerdict::Edge => VerdictDto::Edge,
            TruthVerdict::NoEdge => VerdictDto::NoEdge,
            TruthVerdict::NotEnough => VerdictDto::NotEnough,
        },
        sentence: card.sentence,
        numbers: numbers(&card.numbers),
        minimum_outcomes: MINIMUM_OUTCOMES,
        calibration: calibration(card.calibration),
        long_bias: LongBiasDto {
            buys: bias.buys,
            sells: bias.sells,
            buy_share: bias.buy_share.map(proportion),
            days: bias.days,
            up_days: bias.up_days,
            up_share: bias.up_share.map(proportion),
        },
        cost: SignalCostDto {
            total: amount(card.cost.total),
            per_signal: card.cost.per_signal.map(amount),
            per_executed: card.cost.per_executed.map(amount),
        },
        baselines: BaselinesDto {
            opportunities: count(card.opportunities),
            strategy: entries(card.strategy),
            coin: card.coin.map(coin),
            rules: entries(card.rules),
            always: entries(card.always),
            buy_and_hold: card.buy_and_hold.map(|held| BuyAndHoldDto {
                from: held.from.to_string(),
                to: held.to.to_string(),
                invested: held.invested.to_string(),
                profit_loss: held.profit_loss.to_string(),
                strategy_profit_loss: held.strategy_profit_loss.to_string(),
            }),
        },
    }
}

fn calibration(found: Calibration) -> CalibrationDto {
    CalibrationDto {
        outcomes: found.outcomes,
        bins: found
            .bins
            .into_iter()
            .map(|bin| CalibrationBinDto {
                from: bin.from,
                to: bin.to,
                count: bin.count,
                mean_confidence: bin.mean_confidence,
                win_rate: proportion(bin.win_rate),
            })
            .collect(),
        brier_score: found.brier_score,
        brier_of_base_rate: found.brier_of_base_rate,
        brier_skill: found.brier_skill,
    }
}

fn coin(coin: Coin) -> CoinDto {
    let Coin { draws, seed, mean_r, low, high, p_value } = coin;
    CoinDto { draws, seed, mean_r, low, high, p_value }
}

fn entries(entries: Entries) -> EntriesDto {
    EntriesDto { entries: count(entries.count), mean_r: entries.mean_r }
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

fn proportion(share: Proportion) -> ProportionDto {
    ProportionDto { value: share.value, low: share.low, high: share.high }
}

pub(super) fn difference(difference: Difference) -> DifferenceDto {
    DifferenceDto { value: difference.value, low: difference.low, high: difference.high }
}

pub(super) fn numbers(found: &Numbers) -> PerformanceNumbersDto {
    PerformanceNumbersDto {
        signals: found.signals,
        buys: found.buys,
        sells: found.sells,
        holds: found.holds,
        executed: found.executed,
        wins: found.wins,
        losses: found.losses,
        win_rate: found.win_rate.map(proportion),
        average_r: found.average_r.map(|r| r.to_string()),
        best_r: found.best_r.map(|r| r.to_string()),
        worst_r: found.worst_r.map(|r| r.to_string()),
        gross_profit_loss: found.gross_profit_loss.to_string(),
        net_profit_loss: found.net_profit_loss.to_string(),
        model_cost: found.model_cost.to_string(),
        net_of_model_cost: found.net_of_model_cost.to_string(),
        average_confidence: found.average_confidence,
    }
}
