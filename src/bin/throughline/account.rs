use std::path::Path;
use std::process::ExitCode;

use throughline::api::dto::PortfolioDto;
use throughline::api::{ApiError, views};
use throughline::app::Reader;

use crate::output::{self, BOLD, MUTED, styled};

pub(crate) async fn orders(data_dir: &Path, as_json: bool) -> Result<ExitCode, ApiError> {
    let reader = Reader::open(data_dir).await?;
    let orders = views::orders(&reader.store).await?;
    if as_json {
        output::json(&orders)?;
    } else if orders.is_empty() {
        output::line("No orders yet.");
    } else {
        for order in orders {
            output::line(format!(
                "{}  {:<4} {:>6}/{:<6} {:<5} {:<7} {:>10}  {} {}",
                output::printable(&order.updated_at),
                order.side,
                order.filled_quantity,
                order.quantity,
                order.symbol,
                order.leg,
                order.price.unwrap_or_else(|| "–".to_owned()),
                styled(BOLD, format!("{:<16}", order.status)),
                styled(MUTED, &order.client_order_id),
            ));
        }
    }
    Ok(ExitCode::SUCCESS)
}

pub(crate) async fn positions(data_dir: &Path, as_json: bool) -> Result<ExitCode, ApiError> {
    let portfolio = read(data_dir).await?;
    if as_json {
        output::json(&portfolio.positions)?;
    } else if portfolio.positions.is_empty() {
        output::line("No open positions.");
    } else {
        for held in &portfolio.positions {
            let position = &held.position;
            output::line(format!(
                "{} {:>6} at {:>9}  last {:>9}  P&L {:>10}  stop {:>9}  target {:>9}  {}",
                styled(BOLD, format!("{:<5}", position.symbol)),
                position.quantity,
                position.average_cost.round_dp(4),
                held.last_price.as_deref().unwrap_or("–"),
                held.unrealized_pnl.as_deref().unwrap_or("–"),
                position.stop_price,
                position.target_price,
                styled(MUTED, &position.execution_id),
            ));
        }
    }
    Ok(ExitCode::SUCCESS)
}

pub(crate) async fn portfolio(data_dir: &Path, as_json: bool) -> Result<ExitCode, ApiError> {
    let portfolio = read(data_dir).await?;
    if as_json {
        output::json(&portfolio)?;
        return Ok(ExitCode::SUCCESS);
    }
    let state = &portfolio.state;
    let rows = [
        ("Account", format!("{} ({})", portfolio.account_id, portfolio.environment)),
        ("Engine time", views::exchange_time(state.at)),
        ("Net liquidation", format!("{} USD", state.net_liquidation)),
        ("Cash", format!("{} USD", state.cash)),
        ("Positions", format!("{} USD", state.positions_value)),
        ("Realized P&L, net", format!("{} USD", state.realized_pnl)),
        ("Unrealized P&L", format!("{} USD", state.unrealized_pnl)),
        ("Commissions", format!("{} USD", state.commission)),
        ("Closed trades", portfolio.statistics.total.to_string()),
        ("Win rate", percent(portfolio.statistics.win_rate_percent.as_deref())),
        ("Average R", portfolio.statistics.average_r.clone().unwrap_or_else(|| "–".to_owned())),
    ];
    for (name, value) in rows {
        output::line(format!("{} {value}", styled(MUTED, format!("{name:<20}"))));
    }
    Ok(ExitCode::SUCCESS)
}

fn percent(value: Option<&str>) -> String {
    value.map_or_else(|| "–".to_owned(), |value| format!("{value} %"))
}

async fn read(data_dir: &Path) -> Result<PortfolioDto, ApiError> {
    let reader = Reader::open(data_dir).await?;
    views::portfolio(&reader.store, &reader.account, reader.now).await
}
