use rust_decimal::Decimal;
use serde_json::{Map, Value, json};

use super::Call;
use super::wire::{Answer, float};
use crate::sandbox::exchange::{Exchange, Listing, TICK};

/// Most symbols that one request may name.
const MAX_SYMBOLS: usize = 100;

pub(super) fn search(exchange: &Exchange, call: &Call<'_>) -> Answer {
    let in_body = call.body.get("symbol").and_then(Value::as_str).map(str::to_owned);
    let Some(symbol) = call.parameter("symbol").or(in_body).filter(|text| !text.is_empty()) else {
        return Answer::error(400, "Bad Request: symbol is required");
    };
    let wanted = symbol.to_uppercase();
    let in_names = call.parameter("name").as_deref() == Some("true")
        || call.body.get("name").and_then(Value::as_bool) == Some(true);
    let found: Vec<Value> = exchange
        .listings()
        .iter()
        .filter(|listing| {
            listing.symbol == wanted || (in_names && listing.company_name.contains(&wanted))
        })
        .map(search_row)
        .collect();
    if found.is_empty() {
        return Answer::refusal("No symbol found");
    }
    Answer::ok(Value::Array(found))
}

/// The contract id is text here, and a number everywhere else.
fn search_row(listing: &Listing) -> Value {
    json!({
        "conid": listing.conid.to_string(),
        "companyHeader": format!("{} - {}", listing.company_name, listing.exchange),
        "companyName": listing.company_name,
        "symbol": listing.symbol,
        "description": listing.exchange,
        "restricted": null,
        "sections": [{ "secType": "STK" }],
    })
}

pub(super) fn stocks(exchange: &Exchange, call: &Call<'_>) -> Answer {
    let Some(symbols) = call.parameter("symbols").filter(|text| !text.is_empty()) else {
        return Answer::error(400, "Bad Request: symbols is required");
    };
    let mut found = Map::new();
    for symbol in symbols.split(',').take(MAX_SYMBOLS) {
        let listed = exchange.listings().iter().find(|listing| listing.symbol == symbol);
        if let Some(listing) = listed {
            found.insert(
                symbol.to_owned(),
                json!([{
                    "name": listing.company_name,
                    "chineseName": null,
                    "assetClass": "STK",
                    "contracts": [{
                        "conid": listing.conid,
                        "exchange": listing.exchange,
                        "isUS": true,
                    }],
                }]),
            );
        }
    }
    Answer::ok(Value::Object(found))
}

fn listing_of<'a>(exchange: &'a Exchange, conid: &str) -> Option<(usize, &'a Listing)> {
    exchange.listing_of(conid.parse().ok()?)
}

pub(super) fn info(exchange: &Exchange, conid: &str) -> Answer {
    match listing_of(exchange, conid) {
        Some((_, listing)) => Answer::ok(info_fields(listing)),
        None => unknown(conid),
    }
}

pub(super) fn info_and_rules(exchange: &Exchange, conid: &str) -> Answer {
    let Some((position, listing)) = listing_of(exchange, conid) else { return unknown(conid) };
    let mut fields = info_fields(listing);
    fields["rules"] = rule_fields(exchange, position);
    Answer::ok(fields)
}

pub(super) fn rules(exchange: &Exchange, call: &Call<'_>) -> Answer {
    let conid = match call.body.get("conid") {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Number(number)) => number.to_string(),
        _ => return Answer::error(400, "conid or conidex is required"),
    };
    match listing_of(exchange, &conid) {
        Some((position, _)) => Answer::ok(rule_fields(exchange, position)),
        None => unknown(&conid),
    }
}

fn unknown(conid: &str) -> Answer {
    let shown: String = conid.chars().take(20).collect();
    Answer::error(503, &format!("no sec defs returned for conid {shown}"))
}

fn info_fields(listing: &Listing) -> Value {
    json!({
        "cfi_code": "",
        "symbol": listing.symbol,
        "cusip": null,
        "expiry_full": null,
        "con_id": listing.conid,
        "maturity_date": null,
        "instrument_type": "STK",
        "has_related_contracts": false,
        "trading_class": listing.symbol,
        "valid_exchanges": format!("SMART,{}", listing.exchange),
        "allow_sell_long": false,
        "is_zero_commission_security": false,
        "local_symbol": listing.symbol,
        "currency": "USD",
        "underlying_con_id": 0,
        "r_t_h": true,
        "multiplier": null,
        "company_name": listing.company_name,
        "smart_available": true,
        "exchange": "SMART",
    })
}

fn rule_fields(exchange: &Exchange, position: usize) -> Value {
    let mut fields = json!({
        "algoEligible": false,
        "overnightEligible": false,
        "costReport": false,
        "allOrNoneEligible": false,
        "canTradeAcctIds": [crate::sandbox::SANDBOX_ACCOUNT],
        "error": null,
        "orderTypes": ["limit", "market", "stop", "stop_limit", "trailing_stop"],
        "ibAlgoTypes": [],
        "fraqTypes": [],
        "cqtTypes": [],
        "forceOrderPreview": false,
        "orderTypesOutside": [],
        "defaultSize": 100,
        "cashSize": 0.0,
        "sizeIncrement": 1,
        "tifTypes": ["IOC/MARKET,LIMIT,a", "GTC/a", "GTD/a", "DAY/a"],
        "tifDefaults": { "TIF": "DAY" },
        "preview": false,
        "displaySize": null,
        "fraqInt": 0,
        "cashCcy": "USD",
        "cashQtyIncr": 500,
        "priceMagnifier": null,
        "negativeCapable": false,
        "incrementType": 1,
        "incrementRules": [{ "lowerEdge": float(Decimal::ZERO), "increment": float(TICK) }],
        "hasSecondary": true,
        "increment": float(TICK),
        "incrementDigits": 2,
    });
    if let Some(print) = exchange.last_print(position) {
        fields["limitPrice"] = float(print.price());
        fields["stopprice"] = float(print.price());
    }
    fields
}

/// `GET /trsrv/secdef`: what the exchange knows of contracts, in the order in which they are named.
pub(super) fn definitions(exchange: &Exchange, call: &Call<'_>) -> Answer {
    let Some(conids) = call.parameter("conids").filter(|text| !text.is_empty()) else {
        return Answer::error(400, "Bad Request: conids is required");
    };
    let known = conids.split(',').take(MAX_SYMBOLS).filter_map(|conid| listing_of(exchange, conid));
    let rows: Vec<Value> = known
        .map(|(_, listing)| {
            json!({
                "conid": listing.conid,
                "currency": "USD",
                "name": listing.company_name,
                "assetClass": "STK",
                "expiry": null,
                "lastTradingDay": null,
                "putOrCall": null,
                "strike": "0",
                "ticker": listing.symbol,
                "undConid": 0,
                "multiplier": 0.0,
                "hasOptions": false,
                "fullName": listing.symbol,
                "isUS": true,
                "isEventContract": false,
                "listingExchange": listing.exchange,
                "allExchanges": listing.exchange,
                "countryCode": "US",
                "incrementRules": [{ "lowerEdge": float(Decimal::ZERO), "increment": float(TICK) }],
                "displayRule": {
                    "magnification": 0,
                    "displayRuleStep": [
                        { "decimalDigits": 2, "lowerEdge": float(Decimal::ZERO), "wholeDigits": 4 },
                    ],
                },
            })
        })
        .collect();
    Answer::ok(json!({ "secdef": rows }))
}

/// `GET /trsrv/all-conids`.
pub(super) fn all_conids(exchange: &Exchange, call: &Call<'_>) -> Answer {
    let asked = call.parameter("exchange").unwrap_or_default();
    let listed = exchange.listings().iter().filter(|listing| listing.exchange == asked);
    let rows = listed.map(|listing| {
        json!({ "ticker": listing.symbol, "conid": listing.conid, "exchange": listing.exchange })
    });
    Answer::ok(rows.collect())
}

/// `GET /trsrv/futures`: none are traded here.
pub(super) fn futures() -> Answer {
    Answer::ok(json!({}))
}

/// `GET /iserver/contract/{conid}/algos`: none are offered here.
pub(super) fn algos(exchange: &Exchange, conid: &str) -> Answer {
    match listing_of(exchange, conid) {
        Some(_) => Answer::ok(json!({ "algos": [] })),
        None => unknown(conid),
    }
}

/// `GET /iserver/secdef/strikes`: no options are traded here.
pub(super) fn strikes() -> Answer {
    Answer::ok(json!({ "call": [], "put": [] }))
}

/// `GET /iserver/secdef/info`: the stock itself; other types of security are none here.
pub(super) fn definition_by_type(exchange: &Exchange, call: &Call<'_>) -> Answer {
    let conid = call.parameter("conid").unwrap_or_default();
    let kind = call.parameter("sectype").or_else(|| call.parameter("secType"));
    let Some((_, listing)) = listing_of(exchange, &conid) else { return unknown(&conid) };
    if kind.as_deref() != Some("STK") {
        return Answer::ok(json!([]));
    }
    Answer::ok(json!([{
        "conid": listing.conid,
        "symbol": listing.symbol,
        "secType": "STK",
        "exchange": "SMART",
        "listingExchange": listing.exchange,
        "right": "?",
        "strike": 0.0,
        "currency": "USD",
        "cusip": null,
        "coupon": "No Coupon",
        "desc1": listing.symbol,
        "desc2": null,
        "maturityDate": null,
        "multiplier": null,
        "tradingClass": listing.symbol,
        "validExchanges": format!("SMART,{}", listing.exchange),
    }]))
}

/// `GET /iserver/currency/pairs`: the account has one currency, and nothing to change it with.
pub(super) fn currency_pairs(call: &Call<'_>) -> Answer {
    match call.parameter("currency").as_deref() {
        Some("USD") => Answer::ok(json!({ "USD": [] })),
        _ => Answer::error(400, "Bad Request: the sandbox knows the currency USD only"),
    }
}

/// `GET /iserver/exchangerate`: of USD to itself; any other rate would be made up.
pub(super) fn exchange_rate(call: &Call<'_>) -> Answer {
    let is_usd = |name| call.parameter(name).as_deref() == Some("USD");
    if is_usd("source") && is_usd("target") {
        Answer::ok(json!({ "rate": 1.0 }))
    } else {
        Answer::error(400, "Bad Request: the sandbox knows no exchange rate but USD to USD")
    }
}
