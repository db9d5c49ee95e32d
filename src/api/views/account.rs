use std::collections::BTreeMap;

use jiff::Timestamp;
use rust_decimal::Decimal;

use crate::api::ApiError;
use crate::api::dto::{
    BalanceDto, BalancesDto, DayPnlDto, OpenLotDto, OrderDto, PortfolioDto, PositionDto,
    StatisticsDto, ValuePointDto,
};
use crate::app::Engine;
use crate::calendar::Calendar;
use crate::domain::records::PortfolioState;
use crate::domain::{ClosedTrade, Conid, Leg, OrderStatus, Position, round_to_cents};
use crate::executor::AccountBook;
use crate::portfolio::{Lots, OpenLot, statistics};
use crate::store::{OrderRow, SnapshotRow, Store};

/// Cash by currency. It asks the broker, which takes engine time in the sandbox.
pub async fn balances(engine: &Engine) -> Result<BalancesDto, ApiError> {
    let balances = engine.parts().broker.balances().await?;
    let text = |amount: Option<Decimal>| amount.map(|amount| amount.to_string());
    let balances = balances.into_iter().map(|balance| BalanceDto {
        cash: balance.cash.to_string(),
        settled_cash: text(balance.settled_cash),
        accrued_interest: text(balance.accrued_interest),
        accrued_dividends: text(balance.accrued_dividends),
        exchange_rate: balance.exchange_rate.to_string(),
        cash_in_base: round_to_cents(balance.cash * balance.exchange_rate).to_string(),
        as_of: balance.as_of.to_string(),
        currency: balance.currency,
    });
    Ok(BalancesDto { balances: balances.collect() })
}

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
    let mut lots = Lots::starting_with(account.starting_cash());
    lots.apply_all(&account.booked_fills());
    let mut positions = Vec::new();
    for position in account.positions() {
        let of_this =
            |lot: &&OpenLot| lot.strategy_id == position.strategy_id && lot.conid == position.conid;
        let held = lots.open().filter(of_this).map(open_lot).collect();
        let known = store.symbol(position.conid).await?;
        let mut shown = valued(in_force(position, &protection), &prices, &times, held);
        shown.company_name = known.map(|known| known.listing.company_name);
        positions.push(shown);
    }
    let snapshots = store.snapshots(None, None).await?;
    let state = account.portfolio_state(now);
    let day = day(&snapshots, &state, &trades, account.starting_cash());
    let history = snapshots
        .into_iter()
        .map(|snapshot| ValuePointDto {
            date: snapshot.date.to_string(),
            net_liquidation: snapshot.net_liquidation.to_string(),
            cash: snapshot.cash.to_string(),
            is_rebuilt: snapshot.is_rebuilt,
        })
        .collect();
    let numbers = statistics(&trades);
    let text = |value: Option<Decimal>| value.map(|value| value.to_string());
    Ok(PortfolioDto {
        environment: account.environment,
        account_id: account.account_id().map(ToString::to_string).unwrap_or_default(),
        realized_gross: trades.iter().map(|trade| trade.gross_pnl).sum::<Decimal>().to_string(),
        day,
        state,
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
            profit_factor: text(numbers.profit_factor),
            expectancy: text(numbers.expectancy),
        },
    })
}

/// What has changed since the last close before the present trading day.
fn day(
    snapshots: &[SnapshotRow],
    state: &PortfolioState,
    trades: &[ClosedTrade],
    starting_cash: Decimal,
) -> DayPnlDto {
    let today = Calendar::nyse().date_at(state.at);
    let before = snapshots.iter().rev().find(|snapshot| snapshot.date < today);
    let value = before.map_or(starting_cash, |snapshot| snapshot.net_liquidation);
    let total = state.net_liquidation - value;
    let realized: Decimal = trades
        .iter()
        .filter(|trade| before.is_none_or(|snapshot| snapshot.at < trade.closed_at))
        .map(|trade| trade.realized_pnl)
        .sum();
    let percent = (total * Decimal::ONE_HUNDRED).checked_div(value);
    DayPnlDto {
        since: before.map(|snapshot| snapshot.date.to_string()),
        realized: realized.to_string(),
        total: total.to_string(),
        total_percent: percent.map(|percent| round_to_cents(percent).to_string()),
    }
}

fn open_lot(lot: &OpenLot) -> OpenLotDto {
    OpenLotDto {
        quantity: lot.quantity.normalize().to_string(),
        price: lot.entry.price.to_string(),
        opened_at: lot.entry.at.to_string(),
        commission: lot.commission.normalize().to_string(),
        execution_id: lot.entry.execution_id.to_string(),
        client_order_id: lot.entry.client_order_id.as_ref().map(ToString::to_string),
    }
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
    lots: Vec<OpenLotDto>,
) -> PositionDto {
    let last = prices.get(&position.conid).copied();
    let cost = position.quantity * position.average_cost;
    let value = last.map(|last| position.quantity * last);
    let gain = value.map(|value| value - cost);
    // A price of 0 stands for "none works at the broker".
    let distance = |level: Decimal| {
        let last = last.filter(|_| !level.is_zero())?;
        let percent = (level - last) * Decimal::ONE_HUNDRED;
        percent.checked_div(last).map(round_to_cents)
    };
    PositionDto {
        company_name: None,
        last_price: last.map(|price| price.to_string()),
        price_as_of: last.and(times.get(&position.conid)).map(ToString::to_string),
        cost_basis: round_to_cents(cost).to_string(),
        market_value: value.map(|value| round_to_cents(value).to_string()),
        unrealized_pnl: gain.map(|gain| round_to_cents(gain).to_string()),
        unrealized_percent: gain
            .and_then(|gain| (gain * Decimal::ONE_HUNDRED).checked_div(cost))
            .map(|percent| round_to_cents(percent).to_string()),
        stop_distance_percent: distance(position.stop_price).map(|it| (-it).to_string()),
        target_distance_percent: distance(position.target_price).map(|it| it.to_string()),
        lots,
        position,
    }
}
