//! Who is let in: each of these is refused, and the right one is not.

use reqwest::Method;
use reqwest::header::{
    AUTHORIZATION, CONTENT_TYPE, COOKIE, HOST, LOCATION, ORIGIN, SET_COOKIE, WWW_AUTHENTICATE,
};

use super::served::{Answer, Served, token};
use crate::runs::terminal::Terminal;

#[tokio::test]
async fn c6_5_nobody_is_let_in_without_the_token() {
    let served = Served::new("");
    let addresses = [
        (Method::GET, "/api/session"),
        (Method::GET, "/api/openapi.json"),
        (Method::GET, "/api/lineage/execution/x"),
        (Method::GET, "/api/events"),
        (Method::POST, "/api/rpc/status_get"),
    ];
    for (method, path) in addresses {
        let none = Answer::of(served.stranger(method.clone(), path)).await;
        none.refused(401, "not_allowed", "without the token");
        assert!(none.headers.contains_key(WWW_AUTHENTICATE));
    }
    // One more or less, another case, another scheme, and the token where it does not belong.
    let right = served.token.clone();
    for wrong in [
        format!("Bearer {right}0"),
        format!("Bearer {}", &right[1..]),
        format!("Basic {right}"),
        right.clone(),
        "Bearer".to_owned(),
    ] {
        let asked = served.stranger(Method::GET, "/api/session").header(AUTHORIZATION, &wrong);
        Answer::of(asked).await.refused(401, "not_allowed", "this is not the token");
    }
    let in_address = served.stranger(Method::GET, &format!("/api/session?token={right}"));
    Answer::of(in_address).await.refused(401, "not_allowed", "without the token");

    let session = served.get("/api/session").await.good();
    assert_eq!(session["environment"], "sandbox");
    assert_eq!(session["allowed"], serde_json::json!(["read"]));

    // A renewed token counts at once, and the one before no longer.
    let renewed = token(&served.terminal, "renew");
    assert_ne!(renewed, right);
    served.get("/api/session").await.refused(401, "not_allowed", "this is not the token");
    let asked = served.stranger(Method::GET, "/api/session");
    let asked = asked.header(AUTHORIZATION, format!("Bearer {renewed}"));
    Answer::of(asked).await.good();
    served.end();
}

#[tokio::test]
async fn c6_5_another_host_or_origin_is_refused_even_with_the_token() {
    let served = Served::new("");
    let port = served.port();
    for host in ["evil.example", "127.0.0.1", "127.0.0.1:1", "localhost"] {
        let asked = served.known(Method::GET, "/api/session").header(HOST, host);
        Answer::of(asked).await.refused(421, "not_allowed", "under the address");
    }
    let rebound = format!("evil.example:{port}");
    let asked = served.stranger(Method::GET, "/login").header(HOST, rebound);
    Answer::of(asked).await.refused(421, "not_allowed", "under the address");

    for origin in ["http://evil.example", "https://evil.example", "null", "http://127.0.0.1:1"] {
        for (method, path) in [
            (Method::GET, "/api/session"),
            (Method::POST, "/api/rpc/status_get"),
            (Method::OPTIONS, "/api/rpc/status_get"),
            (Method::GET, "/login"),
        ] {
            let asked = served.known(method, path).header(ORIGIN, origin);
            let answer = Answer::of(asked).await;
            answer.refused(403, "not_allowed", "a page of another origin");
            no_other_origin_may_read(&answer);
        }
    }
    let loaded = served.known(Method::GET, "/api/session").header("sec-fetch-site", "cross-site");
    Answer::of(loaded).await.refused(403, "not_allowed", "a page of another origin");

    for name in [format!("localhost:{port}"), format!("127.0.0.1:{port}")] {
        let asked = served.known(Method::GET, "/api/session").header(HOST, &name);
        let answer = Answer::of(asked.header(ORIGIN, format!("http://{name}"))).await;
        no_other_origin_may_read(&answer);
        answer.good();
    }
    served.end();
}

fn no_other_origin_may_read(answer: &Answer) {
    for name in answer.headers.keys() {
        assert!(!name.as_str().starts_with("access-control-"), "{name} is said: {answer:?}");
    }
    let policy = answer.headers["content-security-policy"].to_str().unwrap();
    assert!(
        policy.contains("frame-ancestors 'none'") && policy.contains("default-src"),
        "{policy}"
    );
    assert_eq!(answer.headers["x-content-type-options"], "nosniff");
    assert_eq!(answer.headers["x-frame-options"], "DENY");
    assert_eq!(answer.headers["cross-origin-resource-policy"], "same-origin");
    assert_eq!(answer.headers["cache-control"], "no-store");
}

#[tokio::test]
async fn c6_5_a_browser_shows_the_token_once_and_gets_a_cookie_that_only_its_own_pages_use() {
    let served = Served::new("");
    let own = format!("http://127.0.0.1:{}", served.port());
    let front = Answer::of(served.stranger(Method::GET, "/")).await;
    assert_eq!(
        (front.status.as_u16(), &front.headers[LOCATION]),
        (303, &"/login".parse().unwrap())
    );
    let log_in = |token: &str| {
        let form = served.stranger(Method::POST, "/login").header(ORIGIN, &own);
        let form = form.header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        Answer::of(form.body(format!("token={token}")))
    };
    let wrong = log_in("0123").await;
    assert_eq!(wrong.status, 401);
    assert!(wrong.body.as_str().unwrap().contains("This is not the token."));
    assert!(!wrong.headers.contains_key(SET_COOKIE));

    let right = log_in(&served.token).await;
    assert_eq!((right.status.as_u16(), &right.headers[LOCATION]), (303, &"/".parse().unwrap()));
    let said = right.headers[SET_COOKIE].to_str().unwrap().to_owned();
    for word in ["HttpOnly", "SameSite=Strict", "Path=/"] {
        assert!(said.contains(word), "{said}");
    }
    assert!(!said.contains(&served.token), "the token itself stays with the person");
    let cookie = said.split(';').next().unwrap().to_owned();

    let look = served.stranger(Method::GET, "/api/session").header(COOKIE, &cookie);
    Answer::of(look).await.good();
    let posted = || {
        let posted = served.stranger(Method::POST, "/api/rpc/status_get");
        posted.header(COOKIE, &cookie).header(CONTENT_TYPE, "application/json").body("{}")
    };
    Answer::of(posted()).await.refused(403, "not_allowed", "must name its origin");
    Answer::of(posted().header(ORIGIN, &own)).await.good();
    let stream = served.stranger(Method::GET, "/api/events").header(COOKIE, &cookie);
    let stream = stream.header("upgrade", "websocket").header("connection", "upgrade");
    Answer::of(stream).await.refused(403, "not_allowed", "must name its origin");

    let left = served.stranger(Method::POST, "/logout").header(COOKIE, &cookie);
    assert_eq!(Answer::of(left.header(ORIGIN, &own)).await.status, 303);
    Answer::of(posted().header(ORIGIN, &own)).await.refused(401, "not_allowed", "not logged in");

    // A renewed token ends what was opened with the one before.
    let said = log_in(&served.token).await.headers[SET_COOKIE].to_str().unwrap().to_owned();
    let cookie = said.split(';').next().unwrap();
    token(&served.terminal, "renew");
    let look = served.stranger(Method::GET, "/api/session").header(COOKIE, cookie);
    Answer::of(look).await.refused(401, "not_allowed", "not logged in");
    served.end();
}

#[test]
fn c6_5_it_is_served_on_the_loopback_alone_and_allowed_by_name_alone() {
    let terminal = Terminal::new();
    for (words, expected) in [
        ("serve --http 0.0.0.0:0", "is not an address of its loopback"),
        ("serve --http [::]:0", "is not an address of its loopback"),
        ("serve --http here", "\"here\" is not an address with a port"),
        ("serve --http 127.0.0.1:0 --ui /nonexistent", "could not be read"),
    ] {
        terminal.refused(words.split(' '), expected);
    }
    for words in ["serve --http 127.0.0.1:0 --allow secret", "serve --allow trade"] {
        assert_eq!(terminal.run(words.split(' ')).status.code(), Some(2), "{words}");
    }
    assert!(!terminal.data_dir().exists(), "a refused start leaves nothing behind");
}

/// On the other systems there is always a keychain.
#[cfg(target_os = "linux")]
#[test]
fn c6_5_without_a_place_for_the_token_nothing_is_served() {
    let terminal = Terminal::new();
    let output = crate::runs::terminal::command(terminal.data_dir())
        .args(["serve", "--paused", "--http", "127.0.0.1:0"])
        .env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent")
        .env_remove("THROUGHLINE_PASSPHRASE")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("nothing to open the vault of keys with"), "{said}");
    assert!(said.contains("THROUGHLINE_PASSPHRASE"), "{said}");
}
