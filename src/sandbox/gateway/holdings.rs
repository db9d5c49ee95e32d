//! The account's positions, sums and descriptions in the further forms that the gateway has.

use rust_decimal::Decimal;
use serde_json::{Map, Value, json};

use super::portfolio::{account_fields, position_row, unknown_account};
use super::session::Session;
use super::wire::{Answer, float, float_of, grouped, usd_text};
use crate::sandbox::SANDBOX_ACCOUNT;
use crate::sandbox::exchange::Exchange;

/// Shortest search for an account.
const MIN_PATTERN: usize = 1;

/// `GET /portfolio2/{id}/positions`: all at once, without pages; the contract id is text.
pub(super) fn positions(exchange: &Exchange, account: &str) -> Answer {
    if account != SANDBOX_ACCOUNT {
        return unknown_account();
    }
    let rows = held(exchange).map(|listing| {
        let row = position_row(exchange, listing);
        json!({
            "position": row["position"],
            "conid": row["conid"].to_string(),
            "avgCost": row["avgCost"],
            "avgPrice": row["avgPrice"],
            "currency": "USD",
            "description": row["contractDesc"],
            "isLastToLoq": false,
            "marketPrice": row["mktPrice"],
            "marketValue": row["mktValue"],
            "realizedPnl": row["realizedPnl"],
            "secType": "STK",
            "timestamp": exchange.now().as_second(),
            "unrealizedPnl": row["unrealizedPnl"],
            "assetClass": "STK",
            "model": "",
        })
    });
    Answer::ok(rows.collect())
}

/// The listings of which shares are held.
fn held(exchange: &Exchange) -> impl Iterator<Item = usize> {
    exchange
        .account()
        .holdings()
        .filter(|(_, holding)| holding.quantity != 0)
        .map(|(listing, _)| listing)
}

/// `GET /portfolio/{id}/position/{conid}`: a list of one, or none.
pub(super) fn position(exchange: &Exchange, account: &str, conid: &str) -> Answer {
    if account != SANDBOX_ACCOUNT {
        return unknown_account();
    }
    Answer::ok(rows_of(exchange, conid))
}

/// `GET /portfolio/positions/{conid}`: the same, keyed by account.
pub(super) fn by_account(exchange: &Exchange, conid: &str) -> Answer {
    match rows_of(exchange, conid) {
        Value::Array(rows) if rows.is_empty() => Answer::ok(json!({})),
        rows => Answer::ok(json!({ SANDBOX_ACCOUNT: rows })),
    }
}

fn rows_of(exchange: &Exchange, conid: &str) -> Value {
    let listing = conid.parse().ok().and_then(|conid| exchange.listing_of(conid));
    let held = held(exchange).filter(|held| listing.is_some_and(|(listing, _)| listing == *held));
    held.map(|listing| position_row(exchange, listing)).collect()
}

/// `GET /portfolio/{id}/combo/positions`: the account holds stocks alone.
pub(super) fn combinations(account: &str) -> Answer {
    if account == SANDBOX_ACCOUNT { Answer::ok(json!([])) } else { unknown_account() }
}

/// `POST /portfolio/{id}/positions/invalidate`. Nothing is cached here.
pub(super) fn invalidate(account: &str) -> Answer {
    if account == SANDBOX_ACCOUNT {
        Answer::ok(json!({ "message": "success" }))
    } else {
        unknown_account()
    }
}

/// `GET /portfolio/{id}/meta`.
pub(super) fn meta(account: &str) -> Answer {
    if account == SANDBOX_ACCOUNT { Answer::ok(account_fields()) } else { unknown_account() }
}

/// `GET /portfolio/subaccounts`.
pub(super) fn subaccounts() -> Answer {
    Answer::ok(json!([account_fields()]))
}

/// `GET /portfolio/{id}/allocation`.
pub(super) fn allocation_of(exchange: &Exchange, account: &str) -> Answer {
    if account == SANDBOX_ACCOUNT { allocation(exchange) } else { unknown_account() }
}

/// `/portfolio/allocation`. The exchange knows no sectors and no industries, so that these stay
/// empty.
pub(super) fn allocation(exchange: &Exchange) -> Answer {
    let mut classes = Map::new();
    let stocks = exchange.market_value();
    if !stocks.is_zero() {
        classes.insert("STK".to_owned(), float(stocks));
    }
    classes.insert("CASH".to_owned(), float(exchange.account().cash()));
    let unknown = || json!({ "long": {}, "short": {} });
    Answer::ok(json!({
        "assetClass": { "long": classes, "short": {} },
        "sector": unknown(),
        "group": unknown(),
    }))
}

/// `GET /iserver/account/pnl/partitioned`: empty until a WebSocket subscribes to profit and loss.
pub(super) fn profit_and_loss(exchange: &Exchange, session: &Session) -> Answer {
    let mut rows = Map::new();
    if session.follows_profit_and_loss {
        rows.insert(format!("{SANDBOX_ACCOUNT}.Core"), profit_and_loss_row(exchange));
    }
    Answer::ok(json!({ "upnl": rows }))
}

/// Profit and loss as `spl` and `pnl/partitioned` give it: of the day since the last close before
/// it, and unrealised.
pub(in crate::sandbox) fn profit_and_loss_row(exchange: &Exchange) -> Value {
    let cash = exchange.account().cash();
    let value = exchange.market_value();
    let net = cash + value;
    let calendar = exchange.calendar();
    let today = calendar.session_on(calendar.date_at(exchange.now()));
    let opening = today.map_or(exchange.now(), |session| session.open.min(exchange.now()));
    let before = calendar.previous_session_before(opening).map(|session| session.close);
    let mut row = json!({
        "rowType": 1,
        "nl": float(net),
        "upl": float(exchange.unrealized().round_dp(2)),
        "el": float(cash),
        "mv": float(value),
    });
    if let Some(before) = before {
        row["dpl"] = float((net - exchange.value_at(before)).round_dp(2));
    }
    row
}

/// `GET /iserver/account/search/{pattern}`.
pub(super) fn search_account(pattern: &str) -> Answer {
    let pattern: String = pattern.chars().take(32).collect();
    let matches = pattern.len() >= MIN_PATTERN && SANDBOX_ACCOUNT.contains(&pattern.to_uppercase());
    let found = json!({
        "accountId": SANDBOX_ACCOUNT,
        "alias": SANDBOX_ACCOUNT,
        "allocationId": SANDBOX_ACCOUNT,
    });
    let found = if matches { json!([found]) } else { json!([]) };
    Answer::ok(json!({ "matchedAccounts": found, "pattern": pattern }))
}

/// `GET /iserver/account/{id}/summary`: numbers, as far as a cash account has them.
pub(super) fn brokerage_summary(exchange: &Exchange, account: &str) -> Answer {
    if account != SANDBOX_ACCOUNT {
        return unknown_account();
    }
    let cash = exchange.account().cash();
    let value = exchange.market_value();
    let net = cash + value;
    let free = exchange.available_cash(None);
    Answer::ok(json!({
        "accountType": "",
        "status": "",
        "balance": float(net),
        "buyingPower": float(free),
        "availableFunds": float(free),
        "excessLiquidity": float(free),
        "netLiquidationValue": float(net),
        "equityWithLoanValue": float(net),
        "securitiesGVP": float(value),
        "totalCashValue": float(cash),
        "accruedInterest": float_of(0),
        "regTLoan": float_of(0),
        "initialMargin": float(value),
        "maintenanceMargin": float(value),
        "cashBalances": [
            { "currency": "USD", "balance": float(cash), "settledCash": float(cash) },
        ],
    }))
}

/// `GET /iserver/account/{id}/summary/{part}`: the same as formatted text.
pub(super) fn brokerage_summary_part(
    exchange: &Exchange,
    account: &str,
    part: &str,
) -> Option<Answer> {
    let cash = exchange.account().cash();
    let value = exchange.market_value();
    let usd = |amount: Decimal| usd_text(amount, 0);
    let free = exchange.available_cash(None);
    let body = match part {
        "available_funds" => json!({ "total": {
            "current_available": usd(free),
            "current_excess": usd(free),
            "buying_power": usd(free),
            "leverage": "n/a",
        } }),
        "balances" => json!({ "total": {
            "net_liquidation": usd(cash + value),
            "equity_with_loan": usd(cash + value),
            "sec_gross_pos_val": usd(value),
            "cash": usd(cash),
        } }),
        "margins" => json!({ "total": {
            "current_initial": usd(value),
            "current_maint": usd(value),
        } }),
        "market_value" => json!({ "USD": {
            "total_cash": grouped(cash, 0),
            "settled_cash": grouped(cash, 0),
            "stock": grouped(value, 0),
            "net_liquidation": grouped(cash + value, 0),
            "unrealized_pnl": grouped(exchange.unrealized(), 0),
            "realized_pnl": grouped(exchange.account().realized(), 0),
            "Exchange Rate": "1.00",
        } }),
        _ => return None,
    };
    Some(if account == SANDBOX_ACCOUNT { Answer::ok(body) } else { unknown_account() })
}
