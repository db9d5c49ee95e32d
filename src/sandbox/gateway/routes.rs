//! The paths beyond those of a plain client: what the broker's own programs and other libraries
//! call for.

use axum::http::Method;

use super::wire::Answer;
use super::{Call, contracts, holdings, market, orders, performance, preview, schedule, session};
use crate::sandbox::facade::{Inner, Sandbox};

/// Answers a path that the first table does not have.
pub(super) fn route(sandbox: &Sandbox, inner: &mut Inner, call: &Call<'_>) -> Answer {
    let found = if call.method == Method::GET {
        get(sandbox, inner, call)
    } else if call.method == Method::POST {
        post(sandbox, inner, call)
    } else {
        None
    };
    found.unwrap_or_else(|| Answer::error(404, "Resource not found"))
}

fn get(sandbox: &Sandbox, inner: &mut Inner, call: &Call<'_>) -> Option<Answer> {
    let exchange = &inner.exchange;
    Some(match call.segments.as_slice() {
        ["sso", "validate"] => session::validate(sandbox),
        ["trsrv", "secdef"] => contracts::definitions(exchange, call),
        ["trsrv", "secdef", "schedule"] => schedule::by_venue(exchange, call),
        ["trsrv", "all-conids"] => contracts::all_conids(exchange, call),
        ["trsrv", "futures"] => contracts::futures(),
        ["contract", "trading-schedule"] => schedule::by_day(exchange, call),
        ["iserver", "contract", conid, "algos"] => contracts::algos(exchange, conid),
        ["iserver", "secdef", "strikes"] => contracts::strikes(),
        ["iserver", "secdef", "info"] => contracts::definition_by_type(exchange, call),
        ["iserver", "currency", "pairs"] => contracts::currency_pairs(call),
        ["iserver", "exchangerate"] => contracts::exchange_rate(call),
        ["iserver", "marketdata", "unsubscribeall"] => market::unsubscribe_all(&mut inner.session),
        ["iserver", "account", "pnl", "partitioned"] => {
            holdings::profit_and_loss(exchange, &inner.session)
        }
        ["iserver", "account", "search", pattern] => holdings::search_account(pattern),
        ["iserver", "account", account, "summary"] => {
            holdings::brokerage_summary(exchange, account)
        }
        ["iserver", "account", account, "summary", part] => {
            holdings::brokerage_summary_part(exchange, account, part)?
        }
        ["portfolio", "subaccounts" | "subaccounts2"] => holdings::subaccounts(),
        ["portfolio", "allocation"] => holdings::allocation(exchange),
        ["portfolio", "positions", conid] => holdings::by_account(exchange, conid),
        ["portfolio", account, "meta"] => holdings::meta(account),
        ["portfolio", account, "allocation"] => holdings::allocation_of(exchange, account),
        ["portfolio", account, "position", conid] => holdings::position(exchange, account, conid),
        ["portfolio", account, "combo", "positions"] => holdings::combinations(account),
        ["portfolio2", account, "positions"] => holdings::positions(exchange, account),
        _ => return None,
    })
}

fn post(sandbox: &Sandbox, inner: &mut Inner, call: &Call<'_>) -> Option<Answer> {
    Some(match call.segments.as_slice() {
        ["logout"] => session::log_out(&mut inner.session),
        ["iserver", "reauthenticate"] => session::reauthenticate(),
        ["iserver", "account"] => session::select_account(&call.body),
        ["iserver", "dynaccount"] => session::select_dynamic_account(),
        ["iserver", "marketdata", "unsubscribe"] => {
            market::unsubscribe(&mut inner.session, &call.body)
        }
        ["iserver", "questions", "suppress", "reset"] => session::ask_again(&mut inner.session),
        ["iserver", "notification"] => orders::notification(sandbox, inner, call),
        ["iserver", "account", account, "orders", "whatif"] => {
            preview::what_if(&inner.exchange, &inner.session, account, call)
        }
        ["portfolio", "allocation"] => holdings::allocation(&inner.exchange),
        ["portfolio", account, "positions", "invalidate"] => holdings::invalidate(account),
        ["pa", "performance"] => performance::performance(&inner.exchange, &call.body),
        ["pa", "allperiods"] => performance::all_periods(&inner.exchange, &call.body),
        ["pa", "transactions"] => performance::transactions(&inner.exchange, &call.body),
        _ => return None,
    })
}
