//! The paths that other libraries call for.

use serde_json::{Value, json};

use super::client::{AAPL, Client, FRIDAY_MORNING, IBM, decimal, limit, market, options};

#[tokio::test]
async fn the_schedule_by_venue_has_the_plain_week_holidays_and_early_closes() {
    let client = Client::ready(options(), FRIDAY_MORNING).await;
    let path = "trsrv/secdef/schedule?assetClass=STK&symbol=AAPL";
    let (_, venues) = client.get(path).await;
    let schedules = venues[0]["schedules"].as_array().unwrap();
    let on = |day: &str| schedules.iter().find(|one| one["tradingScheduleDate"] == day);
    assert_eq!(on("20000101").unwrap()["sessions"], json!([]), "a Saturday");
    let plain = on("20000103").unwrap();
    assert_eq!(
        plain["sessions"],
        json!([{ "openingTime": "0930", "closingTime": "1600", "prop": "LIQUID" }])
    );
    // Independence Day, and the half day before it.
    assert_eq!(on("20120704").unwrap()["sessions"], json!([]));
    assert_eq!(on("20120703").unwrap()["sessions"][0]["closingTime"], "1300");
    assert!(on("20120705").is_none(), "a plain day needs no word");
    let both = format!("{path}&conid=265598");
    for path in [both.as_str(), "trsrv/secdef/schedule?assetClass=STK"] {
        let (status, answer) = client.get(path).await;
        assert_eq!(status, 400);
        assert!(answer["error"].as_str().unwrap().contains("exactly one of symbol/conid"));
    }
    assert_eq!(client.get(&format!("{path}&exchange=SMART")).await.1, json!([]));
    let by_conid = client.get("trsrv/secdef/schedule?assetClass=STK&conid=265598").await.1;
    assert_eq!(by_conid, venues);
}

#[tokio::test]
async fn the_schedule_by_day_leaves_out_holidays() {
    let client = Client::ready(options(), "2012-07-02T14:00:00Z").await;
    let (_, answer) = client.get("contract/trading-schedule?conid=265598").await;
    let days: Vec<&String> = answer["schedules"].as_object().unwrap().keys().collect();
    assert_eq!(days, ["20120702", "20120703", "20120705", "20120706"]);
    let early = &answer["schedules"]["20120703"]["liquid_hours"][0];
    assert_eq!(
        (&early["opening"], &early["closing"]),
        (&json!(1_341_322_200), &json!(1_341_334_800))
    );
    assert_eq!(client.get("contract/trading-schedule?conid=1").await.0, 503);
}

#[tokio::test]
async fn snapshots_warm_up_and_are_unsubscribed() {
    let client = Client::ready(options(), FRIDAY_MORNING).await;
    let path = "iserver/marketdata/snapshot?conids=265598,8314&fields=31,55,70,83,84,86,7308";
    let bare = json!([{ "conidEx": "265598", "conid": AAPL }, { "conidEx": "8314", "conid": IBM }]);
    assert_eq!(client.get(path).await.1, bare);
    assert_eq!(client.get(path).await.1, bare);
    let third = client.get(path).await.1;
    assert!(third[0]["31"].is_string() && third[0]["6509"].is_string(), "{third}");
    assert_eq!((&third[0]["70"], &third[0]["83"]), (&Value::Null, &Value::Null), "not yet");
    let fourth = client.get(path).await.1;
    assert!(fourth[0]["70"].is_string() && fourth[0]["83"].is_number(), "{fourth}");
    for unknown in ["84", "86", "7308"] {
        assert_eq!(fourth[0][unknown], Value::Null, "the exchange knows trades only");
    }
    let unsubscribe = "iserver/marketdata/unsubscribe";
    let one = json!({ "conid": AAPL });
    assert_eq!(client.post(unsubscribe, one.clone()).await, (200, json!({ "success": true })));
    assert_eq!(client.post(unsubscribe, one).await, (500, json!({ "error": "unknown" })));
    let again = client.get(path).await.1;
    assert_eq!(again[0], bare[0], "a new subscription warms up anew");
    assert!(again[1]["70"].is_string());
    let (_, all) = client.get("iserver/marketdata/unsubscribeall").await;
    assert_eq!(all, json!({ "unsubscribed": true }));
    assert_eq!(client.get(path).await.1, bare);
}

#[tokio::test]
async fn history_goes_forward_from_a_start_and_knows_trades_only() {
    let client = Client::ready(options(), "2012-06-20T21:00:00Z").await;
    let start = "iserver/marketdata/history?conid=265598&bar=1d&startTime=20120611-00:00:00";
    let days = async |query: &str| {
        let (status, answer) = client.get(&format!("{start}&{query}")).await;
        assert_eq!(status, 200, "{answer}");
        let text = |bar: &Value| {
            let at = jiff::Timestamp::from_millisecond(bar["t"].as_i64().unwrap()).unwrap();
            at.to_string()[..10].to_owned()
        };
        answer["data"].as_array().unwrap().iter().map(text).collect::<Vec<_>>()
    };
    // 00:00 UTC on Monday is Sunday evening in New York.
    assert_eq!(days("direction=1&period=3d").await, ["2012-06-11", "2012-06-12", "2012-06-13"]);
    assert_eq!(days("direction=1&period=1y").await.len(), 8, "nothing beyond now");
    assert_eq!(days("direction=-1&period=2d").await, ["2012-06-07", "2012-06-08"]);
    for query in ["direction=1&period=1y&source=midpoint", "direction=2&period=1d"] {
        assert_eq!(client.get(&format!("{start}&{query}")).await.0, 500, "{query}");
    }
    let (_, months) = client
        .get("iserver/marketdata/history?conid=265598&bar=1m&period=3m&startTime=20120601-00:00:00")
        .await;
    let months = months["data"].as_array().unwrap();
    assert_eq!(months.len(), 3, "March, April and May: {months:?}");
}

#[tokio::test]
async fn a_logout_ends_everything_until_somebody_logs_in() {
    let client = Client::ready(options(), FRIDAY_MORNING).await;
    let (_, validated) = client.get("sso/validate").await;
    assert_eq!((&validated["RESULT"], &validated["LOGIN_TYPE"]), (&json!(true), &json!(2)));
    let (_, again) = client.post("iserver/reauthenticate", json!({})).await;
    assert_eq!(again, json!({ "message": "triggered" }));
    assert_eq!(client.post("logout", json!({})).await, (200, json!({ "status": true })));
    let (_, status) = client.get("iserver/auth/status").await;
    assert_eq!((&status["authenticated"], &status["connected"]), (&json!(false), &json!(false)));
    assert_eq!(client.post("tickle", json!({})).await.1, json!({ "error": "no session" }));
    assert_eq!(client.get("portfolio/accounts").await, (401, json!("Access Denied")));
    client.sandbox.log_in();
    assert_eq!(client.get("iserver/account/orders").await.0, 400, "a new session knows nothing");
    assert_eq!(client.get("iserver/accounts").await.0, 200);
}

#[tokio::test]
async fn the_account_is_selected_and_found() {
    let client = Client::ready(options(), FRIDAY_MORNING).await;
    let select = async |body: Value| client.post("iserver/account", body).await;
    let (_, set) = select(json!({ "acctId": "DU1000001" })).await;
    assert_eq!(set, json!({ "success": "Account already set" }));
    assert_eq!(select(json!({ "acctId": "DU2" })).await.0, 500);
    assert_eq!(select(json!({})).await.0, 400);
    let (_, found) = client.get("iserver/account/search/DU1").await;
    assert_eq!(found["matchedAccounts"][0]["accountId"], "DU1000001");
    assert_eq!(client.get("iserver/account/search/X").await.1["matchedAccounts"], json!([]));
    assert_eq!(client.get("portfolio/DU1000001/meta").await.1["type"], "DEMO");
    assert_eq!(client.get("portfolio/subaccounts").await.1[0]["id"], "DU1000001");
    assert_eq!(client.post("iserver/dynaccount", json!({ "acctId": "DU1" })).await.0, 503);
}

#[tokio::test]
async fn contracts_and_currencies_are_what_the_exchange_trades() {
    let client = Client::ready(options(), FRIDAY_MORNING).await;
    let (_, known) = client.get("trsrv/secdef?conids=265598,1,8314").await;
    let tickers: Vec<&Value> =
        known["secdef"].as_array().unwrap().iter().map(|row| &row["ticker"]).collect();
    assert_eq!(tickers, [&json!("AAPL"), &json!("IBM")]);
    let (_, nyse) = client.get("trsrv/all-conids?exchange=NYSE").await;
    assert_eq!(nyse, json!([{ "ticker": "IBM", "conid": IBM, "exchange": "NYSE" }]));
    let rate = "iserver/exchangerate?source=USD&target";
    assert_eq!(client.get(&format!("{rate}=USD")).await.1, json!({ "rate": 1.0 }));
    assert_eq!(client.get(&format!("{rate}=EUR")).await.0, 400);
    assert_eq!(client.get("iserver/currency/pairs?currency=USD").await.1, json!({ "USD": [] }));
    assert_eq!(client.get("iserver/contract/265598/algos").await.1, json!({ "algos": [] }));
    assert_eq!(client.get("iserver/contract/1/algos").await.0, 503);
}

#[tokio::test]
async fn suppressed_questions_can_be_asked_again() {
    let client = Client::ready(options(), FRIDAY_MORNING).await;
    let far = |id| json!([limit(id, "BUY", 1, "50.00")]);
    let suppress = "iserver/questions/suppress";
    client.post(suppress, json!({ "messageIds": ["o163"] })).await;
    assert_eq!(client.place_confirmed(far("a")).await.1, Vec::<String>::new());
    let (_, reset) = client.post("iserver/questions/suppress/reset", json!({})).await;
    assert_eq!(reset, json!({ "status": "submitted" }));
    assert_eq!(client.place_confirmed(far("b")).await.1, ["o163"]);
}

#[tokio::test]
async fn positions_sums_and_performance_agree() {
    let client = Client::ready(options(), "2012-06-01T14:00:00Z").await;
    client.place(json!([market("buy", "BUY", 100)])).await;
    client.advance_to("2012-06-14T20:30:00Z");
    client.place(json!([market("sell", "SELL", 40)])).await;
    client.advance_to("2012-06-15T20:30:00Z");

    let (_, page) = client.get("portfolio/DU1000001/positions/0").await;
    let (_, now) = client.get("portfolio2/DU1000001/positions").await;
    assert_eq!((&now[0]["conid"], &now[0]["position"]), (&json!("265598"), &json!(60.0)));
    assert_eq!(now[0]["marketValue"], page[0]["mktValue"]);
    let (_, one) = client.get("portfolio/DU1000001/position/265598").await;
    assert_eq!(one, page);
    let (_, keyed) = client.get("portfolio/positions/265598").await;
    assert_eq!(keyed["DU1000001"], page);
    assert_eq!(client.get("portfolio/positions/8314").await.1, json!({}));
    let invalidate = "portfolio/DU1000001/positions/invalidate";
    assert_eq!(client.post(invalidate, json!({})).await.1, json!({ "message": "success" }));

    let (_, summary) = client.get("portfolio/DU1000001/summary").await;
    let net = decimal(&summary["netliquidation"]["amount"]);
    let (_, brokerage) = client.get("iserver/account/DU1000001/summary").await;
    assert_eq!(decimal(&brokerage["netLiquidationValue"]), net);
    let (_, allocation) = client.get("portfolio/DU1000001/allocation").await;
    let long = &allocation["assetClass"]["long"];
    assert_eq!(decimal(&long["STK"]) + decimal(&long["CASH"]), net);
    let (_, balances) = client.get("iserver/account/DU1000001/summary/balances").await;
    let text = balances["total"]["net_liquidation"].as_str().unwrap();
    assert_eq!(text.replace([',', 'U', 'S', 'D', ' '], ""), net.round().to_string());

    let period = |period: &str| json!({ "acctIds": ["DU1000001"], "period": period });
    let (_, month) = client.post("pa/performance", period("MTD")).await;
    let navs = month["nav"]["data"][0]["navs"].as_array().unwrap();
    assert_eq!(month["nav"]["dates"].as_array().unwrap().len(), navs.len());
    assert_eq!((navs.len(), &month["nav"]["dates"][0]), (11, &json!("20120601")));
    assert_eq!(decimal(navs.last().unwrap()), net);
    assert_eq!(
        month["nav"]["data"][0]["startNAV"],
        json!({ "date": "20120531", "val": 100_000.0 })
    );
    let total = month["cps"]["data"][0]["returns"].as_array().unwrap().last().unwrap();
    let start = decimal(&json!(100_000));
    assert_eq!(decimal(total), (net / start - decimal(&json!(1))).round_dp(8));
    assert_eq!(month["tpps"]["dates"], json!(["201206"]));
    let (_, day) = client.post("pa/performance", period("1D")).await;
    assert_eq!(day["nav"]["dates"], json!(["20120615"]));
    assert_eq!(day["nav"]["data"][0]["startNAV"]["date"], "20120614");
    assert_eq!(client.post("pa/performance", period("5Y")).await.0, 400);
    let (_, all) = client.post("pa/allperiods", json!({ "acctIds": "DU1000001" })).await;
    assert_eq!(all["DU1000001"]["MTD"]["nav"], month["nav"]["data"][0]["navs"]);

    let ask = json!({ "acctIds": ["DU1000001"], "conids": [AAPL], "currency": "USD", "days": 30 });
    let (_, transactions) = client.post("pa/transactions", ask).await;
    let rows = transactions["transactions"].as_array().unwrap();
    let kinds: Vec<(&Value, &Value)> = rows.iter().map(|row| (&row["type"], &row["qty"])).collect();
    assert_eq!(kinds, [(&json!("Sell"), &json!(-40)), (&json!("Buy"), &json!(100))]);
    let gain = (decimal(&rows[0]["pr"]) - decimal(&rows[1]["pr"])) * decimal(&json!(40));
    assert_eq!(decimal(&transactions["rpnl"]["amt"]), gain);
    assert_eq!(decimal(&page[0]["realizedPnl"]), gain);
    assert_eq!(rows[1]["date"], "Fri Jun 01 00:00:00 EDT 2012");
    let other = json!({ "acctIds": ["DU1000001"], "conids": ["8314"], "currency": "USD" });
    assert_eq!(client.post("pa/transactions", other).await.1["transactions"], json!([]));
    assert_eq!(
        client.get("iserver/account/pnl/partitioned").await.1,
        json!({ "upnl": {} }),
        "nobody follows it over a WebSocket"
    );
}
