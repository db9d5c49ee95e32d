//! The IBKR adapter against a gateway that plays scripted answers. Names carry the numbers of the
//! hazards that they prove harmless.

mod managing;
mod on_the_sandbox;
mod scripted_gateway;
mod session;
mod submitting;

use std::sync::Arc;

use jiff::Timestamp;
use rust_decimal::Decimal;
use scripted_gateway::{Answer, ScriptedGateway, data};
use throughline::broker::ibkr::{IbkrClient, QuestionPolicy};
use throughline::broker::{Broker, BrokerError};
use throughline::clock::{Clock, SimulatedClock};
use throughline::domain::records::AccountState;
use throughline::domain::{Availability, Conid, Environment, OrderStatus, OrderType, Timeframe};
use throughline::market::{MarketData, MarketError};

const ORCHARD: Conid = Conid(204_511);

struct Setting {
    gateway: ScriptedGateway,
    clock: Arc<SimulatedClock>,
    client: IbkrClient,
}

fn setting() -> Setting {
    setting_for(Environment::Paper)
}

fn setting_for(expected: Environment) -> Setting {
    let gateway = ScriptedGateway::with_session();
    let start: Timestamp = "2026-01-05T15:30:00Z".parse().unwrap();
    let clock = Arc::new(SimulatedClock::starting_at(start));
    let client = IbkrClient::new(
        Arc::new(gateway.transport()),
        Arc::clone(&clock) as Arc<dyn Clock>,
        QuestionPolicy::default(),
        expected,
    );
    Setting { gateway, clock, client }
}

async fn connected() -> Setting {
    let setting = setting();
    setting.client.connect().await.unwrap();
    setting
}

fn seconds_since_start(setting: &Setting) -> i64 {
    let start: Timestamp = "2026-01-05T15:30:00Z".parse().unwrap();
    setting.clock.now().duration_since(start).as_secs()
}

#[tokio::test]
async fn connecting_finds_the_account_and_what_kind_it_is() {
    let state = setting().client.connect().await.unwrap();
    assert_eq!(state.account_id.as_str(), "DU2000002");
    assert_eq!(state.environment, Environment::Paper);
    assert_eq!(state.server.as_deref(), Some("Scripted01 Build 1.2.3"));
}

#[tokio::test]
async fn a_paper_account_is_refused_where_live_or_the_sandbox_is_expected() {
    for expected in [Environment::Live, Environment::Sandbox] {
        let refused = setting_for(expected).client.connect().await;
        assert!(matches!(refused, Err(BrokerError::EnvironmentMismatch { .. })), "{refused:?}");
    }
}

#[tokio::test]
async fn h16_a_session_without_a_bridge_is_opened_once_and_asked_for_again() {
    let setting = setting();
    let closed = r#"{"authenticated":false,"connected":true,"competing":false}"#;
    setting.gateway.on(
        "POST /iserver/auth/status",
        &[Answer::json(closed), Answer::json(closed), Answer::json(&data("auth_status"))],
    );
    setting.gateway.on("POST /iserver/auth/ssodh/init", &[Answer::json(closed)]);
    assert!(setting.client.connect().await.unwrap().authenticated);
    let opened: Vec<_> =
        setting.gateway.seen().into_iter().filter(|s| s.what.ends_with("ssodh/init")).collect();
    assert_eq!(opened.len(), 1);
    assert_eq!(opened[0].body, serde_json::json!({"publish": true, "compete": false}));
}

#[tokio::test]
async fn a_session_that_does_not_open_is_given_up_after_ten_seconds() {
    let setting = setting();
    let closed = Answer::json(r#"{"authenticated":false,"connected":true}"#);
    setting.gateway.on("POST /iserver/auth/status", std::slice::from_ref(&closed));
    setting.gateway.on("POST /iserver/auth/ssodh/init", &[closed]);
    let refused = setting.client.connect().await;
    assert!(matches!(refused, Err(BrokerError::NoSession { .. })), "{refused:?}");
    assert_eq!(setting.gateway.count("POST /iserver/auth/ssodh/init"), 1);
    assert!((9..=11).contains(&seconds_since_start(&setting)));
}

#[tokio::test]
async fn a_competing_session_is_never_taken_over() {
    let setting = setting();
    let competing = r#"{"authenticated":false,"connected":true,"competing":true}"#;
    setting.gateway.on("POST /iserver/auth/status", &[Answer::json(competing)]);
    assert_eq!(setting.client.connect().await, Err(BrokerError::Competing));
    assert_eq!(setting.gateway.count("POST /iserver/auth/ssodh/init"), 0);
}

#[tokio::test]
async fn nothing_is_asked_of_an_account_before_there_is_one() {
    let setting = setting();
    assert!(matches!(setting.client.live_orders().await, Err(BrokerError::NoSession { .. })));
    assert_eq!(setting.gateway.seen().len(), 0);
}

#[tokio::test]
async fn h15_an_empty_list_of_orders_is_none_only_when_confirmed_twice() {
    let setting = connected().await;
    let not_loaded = Answer::json(r#"{"orders":[],"snapshot":false}"#);
    let empty = Answer::json(r#"{"orders":[],"snapshot":true}"#);
    setting
        .gateway
        .on("GET /iserver/account/orders", &[not_loaded.clone(), not_loaded, empty.clone(), empty]);
    assert_eq!(setting.client.live_orders().await, Ok(None), "not loaded");
    assert_eq!(setting.client.live_orders().await, Ok(None), "empty for the first time");
    assert_eq!(setting.client.live_orders().await, Ok(Some(vec![])), "and for the second");
    let queries: Vec<_> = setting
        .gateway
        .seen()
        .into_iter()
        .filter(|seen| seen.what.ends_with("/orders"))
        .map(|seen| seen.query)
        .collect();
    assert_eq!(queries, [Some("force=true".into()), None, None, None]);
    assert!(seconds_since_start(&setting) >= 15, "the list may be asked for each five seconds");
}

#[tokio::test]
async fn h15_a_new_session_starts_to_load_its_orders_again() {
    let setting = connected().await;
    setting.gateway.on("GET /iserver/account/orders", &[Answer::json(&data("live_orders"))]);
    setting.client.live_orders().await.unwrap();
    let accounts = data("accounts").replace("session-a", "session-b");
    setting.gateway.on("GET /iserver/accounts", &[Answer::json(&accounts)]);
    setting.client.connect().await.unwrap();
    setting.client.live_orders().await.unwrap();
    let forced =
        setting.gateway.seen().iter().filter(|s| s.query.as_deref() == Some("force=true")).count();
    assert_eq!(forced, 2);
}

#[tokio::test]
async fn live_orders_are_read_as_recorded() {
    let setting = connected().await;
    setting.gateway.on("GET /iserver/account/orders", &[Answer::json(&data("live_orders"))]);
    let orders = setting.client.live_orders().await.unwrap().unwrap();
    assert_eq!(orders.len(), 2);
    assert_eq!(orders[0].order_type, Some(OrderType::Stop));
    assert_eq!(orders[0].price.unwrap().to_string(), "68.05");
    assert_eq!(orders[0].status, OrderStatus::PreSubmitted);
    assert_eq!(orders[1].broker_order_id.as_str(), "731401");
    assert_eq!(orders[1].status, OrderStatus::Filled);
    assert_eq!(orders[1].average_price.unwrap().to_string(), "71.19");
}

#[tokio::test]
async fn h15_the_first_empty_list_of_fills_is_not_none() {
    let setting = connected().await;
    let empty = Answer::json("[]");
    setting
        .gateway
        .on("GET /iserver/account/trades", &[empty.clone(), Answer::json(&data("trades")), empty]);
    assert_eq!(setting.client.fills().await, Ok(None));
    let fills = setting.client.fills().await.unwrap().unwrap();
    assert_eq!(fills[0].fill_id.as_str(), "0000a1b2.695b0001.01.01");
    assert_eq!(fills[0].client_order_id.as_ref().unwrap().as_str(), "sample_1-entry");
    assert_eq!(fills[0].commission.to_string(), "1");
    assert_eq!(setting.client.fills().await, Ok(Some(vec![])));
    assert_eq!(setting.gateway.last().query.as_deref(), Some("days=7"));
}

#[tokio::test]
async fn positions_are_read_to_the_last_page() {
    let setting = connected().await;
    setting.gateway.on("GET /portfolio/DU2000002/positions/0", &[Answer::json(&data("positions"))]);
    setting.gateway.on("GET /portfolio/DU2000002/positions/1", &[Answer::json(&data("positions"))]);
    setting.gateway.on("GET /portfolio/DU2000002/positions/2", &[Answer::json("[]")]);
    let positions = setting.client.positions().await.unwrap();
    assert_eq!(positions.len(), 2);
    assert_eq!(positions[0].description, "ORCH");
    assert_eq!(positions[0].average_cost.to_string(), "71.29");
    assert_eq!(positions[0].market_price.unwrap().to_string(), "71.4799957");
}

#[tokio::test]
async fn money_is_read_from_the_summary() {
    let setting = connected().await;
    setting.gateway.on("GET /portfolio/DU2000002/summary", &[Answer::json(&data("summary"))]);
    let summary = setting.client.account_summary().await.unwrap();
    assert_eq!(summary.net_liquidation.to_string(), "100002.9");
    assert_eq!(summary.total_cash.to_string(), "99288.1");
    assert_eq!(summary.currency, "USD");
    assert_eq!(summary.as_of.to_string(), "2026-01-05T15:30:49Z");
}

#[tokio::test]
async fn a_stock_is_found_once_and_then_known() {
    let setting = connected().await;
    setting.gateway.on("GET /trsrv/stocks", &[Answer::json(&data("stocks"))]);
    setting.gateway.on(
        "GET /iserver/contract/204511/info-and-rules",
        &[Answer::json(&data("info_and_rules"))],
    );
    for _ in 0..2 {
        let instrument = setting.client.find_stock("orch").await.unwrap();
        assert_eq!(instrument.conid, ORCHARD);
        assert_eq!(instrument.exchange, "NASDAQ");
        assert_eq!(instrument.tick_size.to_string(), "0.01");
    }
    assert_eq!(setting.gateway.count("GET /trsrv/stocks"), 1);
    let unknown = setting.client.find_stock("PEAR").await;
    assert_eq!(unknown, Err(MarketError::UnknownSymbol { symbol: "PEAR".into() }));
}

#[tokio::test]
async fn c31_an_ambiguous_symbol_is_put_to_the_user_with_its_listings() {
    let setting = connected().await;
    let stocks = r#"{"ORCH":[{"name":"ORCHARD INC","assetClass":"STK","contracts":[
        {"conid":204511,"exchange":"NASDAQ","isUS":true},
        {"conid":204513,"exchange":"NYSE","isUS":true}]}]}"#;
    setting.gateway.on("GET /trsrv/stocks", &[Answer::json(stocks)]);
    let error = setting.client.find_stock("ORCH").await.unwrap_err();
    let MarketError::AmbiguousSymbol { candidates, .. } = &error else { panic!("{error:?}") };
    assert_eq!(candidates.len(), 2);
    assert_eq!(candidates[0].currency.as_deref(), Some("USD"));
    let words = error.to_string();
    assert!(words.contains("choose one by its conid: 204511 (ORCHARD INC on NASDAQ in USD)"));
    let chosen = setting.client.stock_by_conid(ORCHARD).await.unwrap();
    assert_eq!(chosen.symbol, "ORCH");
}

#[tokio::test]
async fn c32_history_beyond_a_thousand_bars_is_paged_backwards() {
    let setting = connected().await;
    let day = 86_400_000_i64;
    let newest = 1_767_571_200_000_i64;
    let page = |from: i64, count: i64| {
        let bars: Vec<String> = (0..count)
            .map(|i| {
                let t = newest - (from + count - 1 - i) * day;
                format!(r#"{{"o":71,"c":71,"h":72,"l":70,"v":1,"t":{t}}}"#)
            })
            .collect();
        Answer::json(&format!(r#"{{"volumeFactor":1,"data":[{}]}}"#, bars.join(",")))
    };
    let history = "GET /iserver/marketdata/history";
    setting.gateway.on(history, &[page(0, 1000), page(999, 1000)]);
    let bars = setting.client.history(ORCHARD, Timeframe::Daily, "5y").await.unwrap();
    assert_eq!(setting.gateway.count(history), 2, "the second page reaches back five years");
    let oldest = setting.clock.now() - jiff::SignedDuration::from_hours(24 * 366 * 5);
    assert!(bars.iter().all(|bar| bar.at >= oldest));
    assert!((1800..=1999).contains(&bars.len()), "{} bars", bars.len());
    assert!(bars.windows(2).all(|pair| pair[0].at < pair[1].at), "each once, in order");
    let query = setting.gateway.last().query.unwrap();
    assert!(query.contains("&startTime=20"), "{query}");
}

#[tokio::test]
async fn history_has_real_volume_and_no_placeholder() {
    let setting = connected().await;
    let history = "GET /iserver/marketdata/history";
    setting.gateway.on(
        history,
        &[Answer::error(500, "Chart data unavailable"), Answer::json(&data("history"))],
    );
    let bars = setting.client.history(ORCHARD, Timeframe::Weekly, "2y").await.unwrap();
    assert_eq!(bars.len(), 2);
    assert_eq!(bars[1].volume.to_string(), "51225");
    let query = setting.gateway.last().query.clone().unwrap();
    assert_eq!(query, "conid=204511&period=2y&bar=1w&outsideRth=false");
    setting.gateway.on(history, &[Answer::json(r#"{"points":0,"data":[{"o":0,"c":0}]}"#)]);
    let nothing = setting.client.history(ORCHARD, Timeframe::Daily, "1y").await;
    let expected = MarketError::NoData { what: "daily bars".into(), conid: ORCHARD };
    assert_eq!(nothing, Err(expected));
}

#[tokio::test]
async fn a_quote_is_waited_for_through_empty_snapshots() {
    let setting = connected().await;
    let empty = Answer::json(r#"[{"conidEx":"204511","conid":204511}]"#);
    let snapshot = "GET /iserver/marketdata/snapshot";
    setting.gateway.on(snapshot, &[empty.clone(), empty.clone(), Answer::json(&data("snapshot"))]);
    let quote = setting.client.quote(ORCHARD).await.unwrap();
    assert_eq!(quote.last.to_string(), "71.48");
    assert!(quote.is_previous_close && !quote.is_halted);
    assert_eq!(quote.availability, Availability::Delayed);
    assert_eq!(quote.as_of.to_string(), "2026-01-05T15:30:49Z");
    setting.gateway.on(snapshot, &[empty]);
    let asked = setting.gateway.count(snapshot);
    let nothing = setting.client.quote(ORCHARD).await;
    assert_eq!(nothing, Err(MarketError::NoData { what: "prices".into(), conid: ORCHARD }));
    assert_eq!(setting.gateway.count(snapshot) - asked, 10);
    setting.gateway.on(snapshot, &[Answer::json(r#"[{"conid":204511,"6509":"N"}]"#)]);
    let nothing = setting.client.quote(ORCHARD).await.unwrap_err().to_string();
    assert!(nothing.contains("availability code is N"), "{nothing}");
}

#[tokio::test]
async fn a_read_is_repeated_twice_and_no_more() {
    let setting = connected().await;
    setting.gateway.on("GET /portfolio/DU2000002/summary", &[Answer::error(503, "not now")]);
    let refused = setting.client.account_summary().await;
    assert!(matches!(refused, Err(BrokerError::Refused { status: 503, .. })), "{refused:?}");
    assert_eq!(setting.gateway.count("GET /portfolio/DU2000002/summary"), 3);
}

#[tokio::test]
async fn a_read_that_wants_the_accounts_first_gets_them() {
    let setting = connected().await;
    setting.gateway.on(
        "GET /iserver/account/trades",
        &[Answer::error(400, "Please query /accounts first"), Answer::json(&data("trades"))],
    );
    assert_eq!(setting.client.fills().await.unwrap().unwrap().len(), 1);
    assert_eq!(setting.gateway.count("GET /iserver/accounts"), 2);
}

#[tokio::test]
async fn a_login_page_a_redirect_and_401_all_mean_that_nobody_is_logged_in() {
    let setting = connected().await;
    for answer in [
        Answer::Text(200, "text/html", "<html>Login</html>".into()),
        Answer::Text(302, "text/plain", String::new()),
        Answer::Text(401, "text/plain", "Access Denied".into()),
    ] {
        setting.gateway.on("GET /portfolio/DU2000002/summary", std::slice::from_ref(&answer));
        let refused = setting.client.account_summary().await;
        assert!(matches!(refused, Err(BrokerError::NoSession { .. })), "{answer:?}: {refused:?}");
    }
}

#[tokio::test]
async fn after_429_nothing_is_sent_for_a_quarter_of_an_hour() {
    let setting = connected().await;
    let summary = "GET /portfolio/DU2000002/summary";
    setting.gateway.on(summary, &[Answer::error(429, "slow down"), Answer::json(&data("summary"))]);
    for _ in 0..3 {
        assert!(setting.client.account_summary().await.is_err());
    }
    assert_eq!(setting.gateway.count(summary), 1);
    setting.clock.sleep(jiff::SignedDuration::from_mins(15)).await;
    assert!(setting.client.account_summary().await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_gateway_that_is_stuck_is_not_asked_again_at_once() {
    let setting = connected().await;
    setting.gateway.on("GET /portfolio/DU2000002/summary", &[Answer::Lost]);
    let refused = setting.client.account_summary().await;
    assert!(matches!(refused, Err(BrokerError::Unreachable { .. })), "{refused:?}");
    assert_eq!(setting.gateway.count("GET /portfolio/DU2000002/summary"), 1);
}

/// What the risk gate is told of an account that holds nothing but cash.
pub(crate) fn only_cash() -> AccountState {
    let cash = Decimal::from(100_000);
    AccountState {
        net_liquidation: cash,
        cash,
        available_funds: cash,
        exposure: Decimal::ZERO,
        open_positions: 0,
        held_quantity: Decimal::ZERO,
        has_working_entry: false,
        halted: false,
        closures: Vec::new(),
    }
}
