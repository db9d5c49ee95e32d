//! The session: looked at, kept alive, taken over, and its account chosen.

use super::*;
use throughline::domain::{AccountId, GatewayState};

const STATUS: &str = "POST /iserver/auth/status";

fn status(flags: &str) -> Answer {
    Answer::json(&format!("{{{flags}}}"))
}

fn logged_out() -> Answer {
    status(r#""authenticated":false,"connected":false,"competing":false"#)
}

fn validated(login_type: u8) -> Answer {
    Answer::json(&format!(r#"{{"LOGIN_TYPE":{login_type},"RESULT":true}}"#))
}

#[tokio::test]
async fn a_look_goes_all_the_way_in_and_shows_the_four_signs() {
    let setting = setting();
    setting.gateway.on("GET /sso/validate", &[validated(2)]);
    let look = setting.client.look().await;
    assert_eq!(look.state, GatewayState::Ready, "{}", look.evidence);
    assert_eq!(look.server.as_deref(), Some("Scripted01 Build 1.2.3"));
    assert_eq!(look.selected_account.unwrap().as_str(), "DU2000002");
    let says: Vec<_> = look.signs.iter().map(|sign| sign.says).collect();
    assert_eq!(says, [Some(Environment::Paper); 4], "{:?}", look.signs);
    assert_eq!(look.certificate, None, "there is no TLS in process");

    setting.client.look().await;
    assert_eq!(setting.gateway.count("GET /sso/validate"), 1, "IBKR answers once a minute");
    assert_eq!(setting.gateway.count("GET /portfolio/accounts"), 1);
    assert_eq!(setting.gateway.count("POST /iserver/auth/ssodh/init"), 0, "it opens nothing");
}

#[tokio::test]
async fn a_login_that_says_live_contradicts_a_paper_account() {
    let setting = setting();
    setting.gateway.on("GET /sso/validate", &[validated(1)]);
    let look = setting.client.look().await;
    assert_eq!(look.state, GatewayState::WrongEnvironment);
    assert!(look.evidence.contains("LOGIN_TYPE: 1"), "{}", look.evidence);
    let connected = setting.client.connect().await;
    assert!(matches!(connected, Err(BrokerError::EnvironmentMismatch { .. })), "{connected:?}");
}

#[tokio::test]
async fn the_first_answer_may_say_once_that_nobody_is_logged_in() {
    let setting = setting();
    setting.gateway.on(STATUS, &[logged_out(), Answer::json(&data("auth_status"))]);
    let look = setting.client.look().await;
    assert_eq!(look.state, GatewayState::Ready, "{}", look.evidence);
    assert_eq!(setting.gateway.count("POST /tickle"), 1);
}

#[tokio::test]
async fn a_session_is_lost_after_two_failures_in_a_row_and_not_after_one() {
    let setting = setting();
    let good = Answer::json(&data("auth_status"));
    let page = Answer::Text(200, "text/html", "<html>Login</html>".into());
    setting.gateway.on(STATUS, &[good.clone(), page.clone(), good, page]);
    for expected in [GatewayState::Ready, GatewayState::Ready, GatewayState::LoginNeeded] {
        let look = setting.client.look().await;
        assert_eq!(look.state, expected, "{}", look.evidence);
    }
    let asked = setting.gateway.count(STATUS);
    assert_eq!(setting.client.look().await.state, GatewayState::LoginNeeded);
    assert_eq!(setting.gateway.count(STATUS), asked + 1, "what is lost is not doubted");
}

#[tokio::test]
async fn each_flag_of_the_session_is_a_state_of_its_own() {
    let cases = [
        (logged_out(), GatewayState::LoginNeeded),
        (status(r#""authenticated":false,"connected":true"#), GatewayState::LoginOnly),
        (
            status(r#""authenticated":true,"connected":true,"competing":true"#),
            GatewayState::Competing,
        ),
    ];
    for (answer, expected) in cases {
        let setting = setting();
        setting.gateway.on(STATUS, &[answer]);
        let look = setting.client.look().await;
        assert_eq!(look.state, expected, "{}", look.evidence);
    }
}

/// h16: a session that says it is open and whose first real call fails is not ready.
#[tokio::test]
async fn h16_a_session_without_a_bridge_is_not_ready() {
    let setting = setting();
    let no_bridge = Answer::error(400, "Bad Request: no bridge");
    setting.gateway.on("GET /iserver/accounts", &[no_bridge]);
    assert_eq!(setting.client.look().await.state, GatewayState::LoginOnly);
}

#[tokio::test]
async fn a_penalty_stops_everything_and_has_an_end() {
    let setting = setting();
    setting.gateway.on(STATUS, &[Answer::error(429, "Too Many Requests")]);
    let first = setting.client.look().await;
    assert_eq!(first.state, GatewayState::Penalised);
    let ends = first.penalty_ends.unwrap();
    assert_eq!(ends.duration_since(setting.clock.now()).as_secs(), 15 * 60);
    let second = setting.client.look().await;
    assert_eq!((second.state, second.penalty_ends), (GatewayState::Penalised, Some(ends)));
    assert_eq!(setting.gateway.count(STATUS), 1, "nothing leaves during the penalty");
    assert_eq!(setting.client.limiter().await.penalty_ends, Some(ends));
}

#[tokio::test]
async fn a_tickle_tells_the_session_and_what_it_has_left() {
    let setting = setting();
    let body = r#"{"session":"abc","ssoExpires":585695,
        "iserver":{"authStatus":{"authenticated":true,"competing":false}}}"#;
    setting.gateway.on("POST /tickle", &[Answer::json(body), Answer::json("{}")]);
    let sessions = setting.client.session_ids();
    let tickle = setting.client.tickle().await.unwrap();
    assert_eq!(tickle.session_id.as_deref(), Some("abc"));
    assert_eq!(tickle.expires_in_millis, Some(585_695));
    assert!(tickle.is_authenticated && !tickle.is_competing);
    let bare = setting.client.tickle().await.unwrap();
    assert!(!bare.is_authenticated && bare.session_id.is_none());
    assert_eq!(sessions.borrow().as_deref(), Some("abc"), "no word is no other session");
}

#[tokio::test]
async fn only_a_take_over_ends_a_competing_session() {
    let setting = setting();
    let competing = status(r#""authenticated":true,"connected":true,"competing":true"#);
    let good = Answer::json(&data("auth_status"));
    setting.gateway.on(STATUS, &[competing.clone(), competing, good]);
    setting.gateway.on("POST /iserver/auth/ssodh/init", &[status(r#""authenticated":true"#)]);
    assert_eq!(setting.client.connect().await, Err(BrokerError::Competing));
    assert_eq!(setting.gateway.count("POST /iserver/auth/ssodh/init"), 0);
    let state = setting.client.take_over().await.unwrap();
    assert_eq!(state.account_id.as_str(), "DU2000002");
    let init =
        setting.gateway.seen().into_iter().find(|seen| seen.what.ends_with("ssodh/init")).unwrap();
    assert_eq!(init.body["compete"], true);
}

#[tokio::test]
async fn the_chosen_account_is_selected_and_one_that_is_not_there_is_refused() {
    let setting = setting();
    let accounts = r#"{"accounts":["DU2000002","DU2000003"],"selectedAccount":"DU2000002",
        "isPaper":true}"#;
    let rows = r#"[{"id":"DU2000002","type":"DEMO"},{"id":"DU2000003","type":"DEMO"}]"#;
    setting.gateway.on("GET /iserver/accounts", &[Answer::json(accounts)]);
    setting.gateway.on("GET /portfolio/accounts", &[Answer::json(rows)]);
    setting.gateway.on("POST /iserver/account", &[Answer::json(r#"{"set":true}"#)]);
    let other = AccountId::new("DU2000003").unwrap();
    let state = setting.client.select_account(&other).await.unwrap();
    assert_eq!(state.account_id, other);
    let seen = setting.gateway.seen();
    let set = seen.iter().find(|seen| seen.what == "POST /iserver/account").unwrap();
    assert_eq!(set.body["acctId"], "DU2000003");

    let absent = AccountId::new("DU9999999").unwrap();
    let refused = setting.client.select_account(&absent).await.unwrap_err();
    assert!(refused.to_string().contains("DU2000002, DU2000003 and not DU9999999"), "{refused}");
    let state = setting.client.connect().await.unwrap();
    assert_eq!(state.account_id, other, "a refused choice changes nothing");
}
