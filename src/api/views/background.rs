use rust_decimal::Decimal;

use super::exchange_time;
use crate::api::dto::{
    BackgroundDto, BackgroundState, BackgroundStrategyDto, OrderDto, PositionDto, StrategyDto,
    WhenClosed,
};
use crate::api::{ApiError, views};
use crate::app::Engine;
use crate::domain::{GatewayState, Severity};
use crate::store::{Change, Durability, PausedBy};

/// Strategies that a menu lists.
const LISTED: usize = 10;

const WHEN_CLOSED: &str = "when_window_closed";

/// What runs without a window, and what would stay behind without the program.
pub async fn background(engine: &Engine) -> Result<BackgroundDto, ApiError> {
    let (store, now) = (engine.store(), engine.now());
    let status = engine.status().await?;
    let (state, sentence) = state(engine).await?;
    let active: Vec<StrategyDto> = views::strategies(store, now)
        .await?
        .into_iter()
        .filter(|strategy| strategy.active)
        .collect();
    let pauses = store.schedule_pauses().await?;
    let orders = store.working_orders().await?.into_iter().map(views::order);
    let portfolio = views::portfolio(store, &engine.parts().account, now).await?;
    let next = active.iter().filter_map(|strategy| {
        let at: jiff::Timestamp = strategy.next_run.as_deref()?.parse().ok()?;
        Some((at, strategy.name.as_str()))
    });
    Ok(BackgroundDto {
        state,
        sentence,
        environment: status.environment,
        account_id: status.account_id,
        next: next.min().map(|(at, name)| format!("{name}, {}", exchange_time(at))),
        can_pause: !active.is_empty(),
        can_resume: pauses.iter().any(|pause| pause.paused_by == PausedBy::Person),
        more_strategies: u32::try_from(active.len().saturating_sub(LISTED)).unwrap_or(u32::MAX),
        schedules: active.iter().map(schedule).collect(),
        strategies: active
            .into_iter()
            .take(LISTED)
            .map(|StrategyDto { id, name, .. }| BackgroundStrategyDto { id, name })
            .collect(),
        when_closed: when_closed(engine).await?,
        orders: orders.map(|row| order(&row)).collect(),
        positions: portfolio.positions.iter().map(position).collect(),
        stands_still: engine.sandbox().is_some(),
    })
}

/// How it stands as a whole: what is worst, said first.
async fn state(engine: &Engine) -> Result<(BackgroundState, String), ApiError> {
    let store = engine.store();
    if let Some(halt) = engine.parts().halt.state() {
        return Ok((BackgroundState::Halted, format!("Trading is halted: {}", halt.reason)));
    }
    let gateway = engine.session().view().state;
    if gateway != GatewayState::Ready {
        return Ok((BackgroundState::NoSession, format!("No session: {}", gateway.words())));
    }
    let waiting = store.pending_approvals().await?.len() + views::questions(engine).open.len();
    if waiting > 0 {
        let sentence = match waiting {
            1 => "1 order waits for you".to_owned(),
            count => format!("{count} orders wait for you"),
        };
        return Ok((BackgroundState::Attention, sentence));
    }
    let read_until = engine.notifier().read_until().await?;
    let unread = store.notifications_after(read_until).await?;
    let urgent = unread.iter().rev().find(|row| row.notification.severity == Severity::Critical);
    if let Some(row) = urgent {
        return Ok((BackgroundState::Attention, row.notification.sentence.clone()));
    }
    if engine.parts().recorder.dropped() > 0 {
        let sentence = "Records of lineage were lost: look at the disk".to_owned();
        return Ok((BackgroundState::Attention, sentence));
    }
    Ok((BackgroundState::Running, "Running".to_owned()))
}

fn order(row: &OrderDto) -> String {
    let price = row.price.as_deref().map(|price| format!(" at {price}")).unwrap_or_default();
    format!(
        "{} {} {} {}{price} ({}, {})",
        row.side,
        row.quantity,
        row.symbol,
        row.order_type.replace('_', " "),
        row.leg,
        row.status.replace('_', " ")
    )
}

/// A position with the stop and the target that work at the broker.
fn position(held: &PositionDto) -> String {
    let position = &held.position;
    let at = |price: Decimal| (!price.is_zero()).then(|| price.normalize().to_string());
    let stop = at(position.stop_price).map_or_else(
        || "no stop works at the broker".to_owned(),
        |price| format!("stop {price} at the broker"),
    );
    let target = at(position.target_price).map(|price| format!(", target {price}"));
    format!(
        "{} {} of {}: {stop}{}",
        position.quantity.normalize(),
        position.symbol,
        position.strategy_id,
        target.unwrap_or_default()
    )
}

fn schedule(strategy: &StrategyDto) -> String {
    let next = strategy.next_run.as_deref().and_then(|at| at.parse().ok()).map(exchange_time);
    match next {
        Some(at) => format!("{}, next at {at}", strategy.name),
        None => format!("{}, nothing planned", strategy.name),
    }
}

/// What becomes of the program when its window is closed.
async fn when_closed(engine: &Engine) -> Result<WhenClosed, ApiError> {
    Ok(match engine.store().setting(WHEN_CLOSED).await?.as_deref() {
        Some("quit") => WhenClosed::Quit,
        _ => WhenClosed::KeepRunning,
    })
}

/// Keeps what becomes of the program when its window is closed.
pub async fn set_when_closed(engine: &Engine, choice: WhenClosed) -> Result<(), ApiError> {
    let value = match choice {
        WhenClosed::KeepRunning => "keep_running",
        WhenClosed::Quit => "quit",
    };
    let changes = vec![Change::setting(WHEN_CLOSED, value)];
    engine.parts().recorder.commit(changes, Durability::Ordinary).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Conid, ExecutionId, Position, StrategyId};

    #[test]
    fn a_position_without_a_stop_says_so() {
        let mut held = PositionDto {
            position: Position {
                strategy_id: StrategyId::new("sample").unwrap(),
                conid: Conid(1),
                symbol: "AAPL".to_owned(),
                quantity: "10".parse().unwrap(),
                average_cost: "100".parse().unwrap(),
                commission: Decimal::ONE,
                stop_price: "95.50".parse().unwrap(),
                target_price: "120".parse().unwrap(),
                initial_risk: "45".parse().unwrap(),
                execution_id: ExecutionId::new("e").unwrap(),
                opened_at: jiff::Timestamp::UNIX_EPOCH,
            },
            company_name: None,
            last_price: None,
            price_as_of: None,
            cost_basis: "1000".to_owned(),
            market_value: None,
            unrealized_pnl: None,
            unrealized_percent: None,
            stop_distance_percent: None,
            target_distance_percent: None,
            lots: Vec::new(),
        };
        assert_eq!(position(&held), "10 AAPL of sample: stop 95.5 at the broker, target 120");
        held.position.stop_price = Decimal::ZERO;
        held.position.target_price = Decimal::ZERO;
        assert_eq!(position(&held), "10 AAPL of sample: no stop works at the broker");
    }
}
