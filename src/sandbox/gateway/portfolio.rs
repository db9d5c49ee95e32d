use rust_decimal::Decimal;
use serde_json::{Map, Value, json};

use super::session::Session;
use super::wire::{Answer, float, float_of};
use crate::sandbox::SANDBOX_ACCOUNT;
use crate::sandbox::exchange::{Exchange, TICK};

/// Positions on one page.
const PAGE_SIZE: usize = 100;

pub(super) fn accounts(session: &mut Session) -> Answer {
    session.knows_portfolio_accounts = true;
    Answer::ok(json!([account_fields()]))
}

/// What the account is.
pub(super) fn account_fields() -> Value {
    json!({
        "id": SANDBOX_ACCOUNT,
        "PrepaidCrypto-Z": false,
        "PrepaidCrypto-P": false,
        "brokerageAccess": true,
        "accountId": SANDBOX_ACCOUNT,
        "accountVan": SANDBOX_ACCOUNT,
        "accountTitle": "Sandbox",
        "displayName": "Sandbox",
        "accountAlias": null,
        "accountStatus": 946_684_800_000_i64,
        "currency": "USD",
        "type": "DEMO",
        "tradingType": "STKCASH",
        "businessType": "INDEPENDENT",
        "category": "",
        "ibEntity": "IBLLC-US",
        "faclient": false,
        "clearingStatus": "O",
        "covestor": false,
        "noClientTrading": false,
        "trackVirtualFXPortfolio": false,
        "acctCustType": "INDIVIDUAL",
        "parent": {
            "mmc": [],
            "accountId": "",
            "isMParent": false,
            "isMChild": false,
            "isMultiplex": false,
        },
        "desc": SANDBOX_ACCOUNT,
    })
}

pub(super) fn unknown_account() -> Answer {
    Answer::error(401, "Unauthorized: unknown account")
}

pub(super) fn positions(exchange: &Exchange, account: &str, page: &str) -> Answer {
    let page = page.parse::<usize>().ok();
    let Some(page) = page.filter(|_| account == SANDBOX_ACCOUNT) else { return unknown_account() };
    let rows = exchange
        .account()
        .holdings()
        .filter(|(_, holding)| holding.quantity != 0)
        .skip(page.saturating_mul(PAGE_SIZE))
        .take(PAGE_SIZE)
        .map(|(listing, _)| position_row(exchange, listing));
    Answer::ok(rows.collect())
}

/// What is held of a listing.
pub(super) fn position_row(exchange: &Exchange, listing: usize) -> Value {
    let holding = exchange.account().holding(listing);
    let details = &exchange.listings()[listing];
    let price = exchange.last_print(listing).map_or(Decimal::ZERO, |print| print.price());
    let value = price * Decimal::from(holding.quantity);
    let cost = float(holding.average_cost().round_dp(8));
    json!({
        "acctId": SANDBOX_ACCOUNT,
        "conid": details.conid,
        "contractDesc": details.symbol,
        "position": float_of(holding.quantity),
        "mktPrice": float(price),
        "mktValue": float(value),
        "currency": "USD",
        "avgCost": cost,
        "avgPrice": cost,
        "realizedPnl": float(holding.realized.round_dp(2)),
        "unrealizedPnl": float((value - holding.cost).round_dp(2)),
        "exchs": null,
        "expiry": null,
        "putOrCall": null,
        "multiplier": null,
        "strike": 0.0,
        "exerciseStyle": null,
        "conExchMap": [],
        "assetClass": "STK",
        "undConid": 0,
        "model": "",
        "ticker": details.symbol,
        "name": details.company_name,
        "fullName": details.symbol,
        "listingExchange": details.exchange,
        "countryCode": "US",
        "isUS": true,
        "incrementRules": [{ "lowerEdge": float(Decimal::ZERO), "increment": float(TICK) }],
        "pageSize": PAGE_SIZE,
    })
}

pub(super) fn summary(exchange: &Exchange, account: &str) -> Answer {
    if account != SANDBOX_ACCOUNT {
        return unknown_account();
    }
    let cash = exchange.account().cash();
    let positions = exchange.market_value();
    let net = cash + positions;
    let timestamp = exchange.now().as_millisecond();
    let zero = Decimal::ZERO;
    let cushion = if net > zero { (cash / net).round_dp(6) } else { zero };
    let mut fields = Map::new();
    for (name, amount) in [
        ("netliquidation", net),
        ("totalcashvalue", cash),
        ("settledcash", cash),
        ("availablefunds", cash),
        ("excessliquidity", cash),
        ("buyingpower", cash),
        ("equitywithloanvalue", net),
        ("grosspositionvalue", positions),
        ("initmarginreq", positions),
        ("maintmarginreq", positions),
        ("accruedcash", zero),
        ("cushion", cushion),
    ] {
        let value = amount.normalize().to_string();
        let mut field = summary_field(amount, Some(&value), timestamp);
        if name == "cushion" {
            field["currency"] = Value::Null;
        }
        fields.insert(name.to_owned(), field);
    }
    for (name, text) in [("accountcode", SANDBOX_ACCOUNT), ("accounttype", "INDIVIDUAL")] {
        let mut field = summary_field(zero, Some(text), timestamp);
        field["currency"] = Value::Null;
        fields.insert(name.to_owned(), field);
    }
    Answer::ok(Value::Object(fields))
}

fn summary_field(amount: Decimal, value: Option<&str>, timestamp: i64) -> Value {
    json!({
        "amount": float(amount),
        "currency": "USD",
        "isNull": false,
        "timestamp": timestamp,
        "value": value,
        "severity": 0,
    })
}

pub(super) fn ledger(exchange: &Exchange, account: &str) -> Answer {
    if account != SANDBOX_ACCOUNT {
        return unknown_account();
    }
    Answer::ok(json!({
        "USD": ledger_fields(exchange, "USD"),
        "BASE": ledger_fields(exchange, "BASE"),
    }))
}

fn ledger_fields(exchange: &Exchange, currency: &str) -> Value {
    let cash = exchange.account().cash();
    let positions = exchange.market_value();
    let zero = Value::from(0.0);
    json!({
        "commoditymarketvalue": zero,
        "futuremarketvalue": zero,
        "settledcash": float(cash),
        "exchangerate": 1,
        "sessionid": 1,
        "cashbalance": float(cash),
        "corporatebondsmarketvalue": zero,
        "warrantsmarketvalue": zero,
        "netliquidationvalue": float(cash + positions),
        "interest": zero,
        "unrealizedpnl": float(exchange.unrealized().round_dp(2)),
        "stockmarketvalue": float(positions),
        "moneyfunds": zero,
        "currency": currency,
        "realizedpnl": float(exchange.account().realized().round_dp(2)),
        "funds": zero,
        "acctcode": SANDBOX_ACCOUNT,
        "issueroptionsmarketvalue": zero,
        "key": "LedgerList",
        "timestamp": exchange.now().as_second(),
        "severity": 0,
        "stockoptionmarketvalue": zero,
        "futuresonlypnl": zero,
        "tbondsmarketvalue": zero,
        "futureoptionmarketvalue": zero,
        "cashbalancefxsegment": zero,
        "secondkey": currency,
        "tbillsmarketvalue": zero,
        "dividends": zero,
        "cryptocurrencyvalue": zero,
    })
}
