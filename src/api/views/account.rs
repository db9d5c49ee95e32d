use std::collections::BTreeMap;

use jiff::Timestamp;
use rust_decimal::Decimal;

use crate::api::ApiError;
use crate::api::dto::{OrderDto, PortfolioDto, PositionDto, StatisticsDto, ValuePointDto};
use crate::domain::{Conid, Leg, OrderStatus, Position, round_to_cents};
use crate::executor::AccountBook;
use crate::portfolio::statistics;
use crate::store::{OrderRow, Store};

/// All orders, newest first.
pub async fn orders(store: &Store) -> Result<Vec<OrderDto>, ApiError> {
    Ok(store.orders().await?.into_iter().map(order).collect())
}

/// An order as a list shows it.
pub fn order(row: OrderRow) -> OrderDto {
    OrderDto {
        client_order_id: row.client_order_id.to_string(),
        broker_order_id: row.broker_order_id.map(|id| id.to_string()),
        is_external: row.leg == Leg::External,
        execution_id: row.execution_id.to_string(),
        strategy_id: row.strategy_id.to_string(),
        symbol: row.symbol,
        leg: row.leg.as_str().to_owned(),
        side: row.side.to_string(),
        order_type: row.order_type.as_str().to_owned(),
        quantity: row.quantity.to_string(),
        filled_quantity: row.filled_quantity.to_string(),
        price: row.price.map(|price| price.to_string()),
        average_price: row.average_price.map(|price| price.normalize().to_string()),
        time_in_force: row.time_in_force.as_str().to_owned(),
        status: row.status.as_str().to_owned(),
        reason: row.reason,
        created_at: row.created_at.to_string(),
        updated_at: row.updated_at.to_string(),
    }
}

/// The account with its positions, trades and value over time.
pub async fn portfolio(
    store: &Store,
    account: &AccountBook,
    now: Timestamp,
) -> Result<PortfolioDto, ApiError> {
    let trades = store.trades().await?;
    let (prices, times) = (account.last_prices(), account.price_times());
    let protection = protection(store.working_orders().await?);
    let positions = account
        .positions()
        .into_iter()
        .map(|position| valued(in_force(position, &protection), &prices, &times))
        .collect();
    let history = store
        .snapshots(None, None)
        .await?
        .into_iter()
        .map(|snapshot| ValuePointDto {
            date: snapshot.date.to_string(),
            net_liquidation: snapshot.net_liquidation.to_string(),
            cash: snapshot.cash.to_string(),
        })
        .collect();
    let numbers = statistics(&trades);
    let text = |value: Option<Decimal>| value.map(|value| value.to_string());
    Ok(PortfolioDto {
        environment: account.environment,
        account_id: account.account_id().map(ToString::to_string).unwrap_or_default(),
        state: account.portfolio_state(now),
        starting_cash: account.starting_cash().to_string(),
        positions,
        trades,
        history,
        statistics: StatisticsDto {
            total: u32::try_from(numbers.total).unwrap_or(u32::MAX),
            wins: u32::try_from(numbers.wins).unwrap_or(u32::MAX),
            losses: u32::try_from(numbers.losses).unwrap_or(u32::MAX),
            win_rate_percent: text(numbers.win_rate_percent),
            total_realized: numbers.total_realized.to_string(),
            average_win: text(numbers.average_win),
            average_loss: text(numbers.average_loss),
            largest_win: text(numbers.largest_win),
            largest_loss: text(numbers.largest_loss),
            average_r: text(numbers.average_r),
        },
    })
}

type Protection = BTreeMap<(String, Conid, Leg), Decimal>;

/// Stop and target prices that work at the broker at this moment.
fn protection(working: Vec<OrderRow>) -> Protection {
    working
        .into_iter()
        .filter(|order| matches!(order.leg, Leg::Stop | Leg::Target))
        .filter(|order| order.status != OrderStatus::Unknown)
        .filter_map(|order| {
            Some(((order.strategy_id.to_string(), order.conid, order.leg), order.price?))
        })
        .collect()
}

/// The stop and target that the broker has, not those that once were intended.
fn in_force(mut position: Position, protection: &Protection) -> Position {
    let at = |leg: Leg| {
        protection.get(&(position.strategy_id.to_string(), position.conid, leg)).copied()
    };
    let (stop, target) = (at(Leg::Stop), at(Leg::Target));
    position.stop_price = stop.unwrap_or_default();
    position.target_price = target.unwrap_or_default();
    position
}

fn valued(
    position: Position,
    prices: &BTreeMap<Conid, Decimal>,
    times: &BTreeMap<Conid, Timestamp>,
) -> PositionDto {
    let last = prices.get(&position.conid).copied();
    let cost = position.quantity * position.average_cost;
    let value = last.map(|last| position.quantity * last);
    let gain = value.map(|value| value - cost);
    PositionDto {
        last_price: last.map(|price| price.to_string()),
        price_as_of: last.and(times.get(&position.conid)).map(ToString::to_string),
        cost_basis: round_to_cents(cost).to_string(),
        market_value: value.map(|value| round_to_cents(value).to_string()),
        unrealized_pnl: gain.map(|gain| round_to_cents(gain).to_string()),
        unrealized_percent: gain
            .and_then(|gain| (gain * Decimal::ONE_HUNDRED).checked_div(cost))
            .map(|percent| round_to_cents(percent).to_string()),
        position,
    }
}
