//! Market data: nothing is seen before its time.

use serde_json::{Value, json};
use throughline::sandbox::SandboxOptions;
use throughline::sandbox::data::import::parse_csv;

use super::client::{AAPL, Client, FRIDAY_MORNING, IBM, decimal, options};

async fn history(client: &Client, query: &str) -> Value {
    let (status, answer) = client.get(&format!("iserver/marketdata/history?{query}")).await;
    assert_eq!(status, 200, "{answer}");
    answer
}

#[tokio::test]
async fn the_first_snapshot_is_empty_and_values_are_text() {
    let client = Client::ready(options(), FRIDAY_MORNING).await;
    let path = "iserver/marketdata/snapshot?conids=265598&fields=31,55,70,71,82,83,87,7295,7762";
    let (_, first) = client.get(path).await;
    assert_eq!(first, json!([{ "conidEx": "265598", "conid": AAPL }]));
    client.get(path).await;
    client.get(path).await;
    let (_, full) = client.get(path).await;
    let row = &full[0];
    assert!(!row["31"].as_str().unwrap().starts_with('C'), "{row}");
    assert_eq!(row["6509"], "RpB");
    assert!(row["83"].is_number(), "{row}");
    assert_eq!(row["_updated"], json!(client.now().as_millisecond()));
}

#[tokio::test]
async fn before_the_first_trade_of_the_day_the_last_price_is_marked_as_a_close() {
    let client = Client::ready(options(), "2012-06-15T13:29:59Z").await;
    let path = "iserver/marketdata/snapshot?conids=265598&fields=31,70,7741";
    for _ in 0..3 {
        client.get(path).await;
    }
    let (_, before) = client.get(path).await;
    let close = before[0]["31"].as_str().unwrap().strip_prefix('C').unwrap().to_owned();
    assert_eq!(before[0]["7741"], json!(close));
    assert_eq!(before[0]["70"], Value::Null, "nothing has traded today");
    client.wait(1);
    let (_, after) = client.get(path).await;
    assert!(!after[0]["31"].as_str().unwrap().starts_with('C'));
    assert_eq!(after[0]["7741"], json!(close));
}

#[tokio::test]
async fn history_ends_now() {
    let client = Client::ready(options(), "2012-06-14T21:00:00Z").await;
    let yesterday = history(&client, "conid=265598&period=1y&bar=1d").await;
    let yesterday = yesterday["data"].as_array().unwrap().clone();
    assert_eq!(yesterday.len(), 253, "15 June 2011 to 14 June 2012");
    client.advance_to(FRIDAY_MORNING);
    let today = history(&client, "conid=265598&period=1y&bar=1d").await;
    let today = today["data"].as_array().unwrap();
    let (partial, whole) = today.split_last().unwrap();
    assert_eq!(whole.last(), yesterday.last(), "a day that is over does not change");
    assert_eq!(
        partial["t"],
        json!("2012-06-15T13:30:00Z".parse::<jiff::Timestamp>().unwrap().as_millisecond())
    );
    client.advance_to("2012-06-15T20:00:00Z");
    let evening = history(&client, "conid=265598&period=1d&bar=1d").await;
    let full = &evening["data"][0];
    assert_eq!((&full["o"], &full["t"]), (&partial["o"], &partial["t"]));
    assert!(decimal(&full["v"]) > decimal(&partial["v"]) * decimal(&json!(10)));
    assert!(decimal(&full["h"]) >= decimal(&partial["h"]));
    // A window that would end in the future ends now.
    let future =
        history(&client, "conid=265598&period=1d&bar=1d&startTime=20121231-00:00:00").await;
    assert_eq!(future["data"], evening["data"]);
    // A window that ended in the past sees its last day only as far as it had come.
    let past = history(&client, "conid=265598&period=1d&bar=1d&startTime=20120615-14:00:00").await;
    assert_eq!(&past["data"][0], partial);
}

#[tokio::test]
async fn no_answer_changes_what_it_said_of_the_past() {
    let client = Client::ready(options(), FRIDAY_MORNING).await;
    let mut before: Vec<Value> = Vec::new();
    for _ in 0..30 {
        let answer = history(&client, "conid=8314&period=2y&bar=1d").await;
        let bars = answer["data"].as_array().unwrap().clone();
        let now = client.now().as_millisecond();
        assert!(bars.iter().all(|bar| bar["t"].as_i64().unwrap() <= now));
        for bar in before.iter().rev().skip(1).take(100) {
            assert!(bars.contains(bar), "a bar that was over has changed: {bar}");
        }
        before = bars;
        client.wait(100_000);
    }
}

#[tokio::test]
async fn volume_times_its_factor_is_the_volume_traded() {
    let client = Client::ready(options(), "2012-06-15T20:00:00Z").await;
    let answer = history(&client, &format!("conid={IBM}&period=1d&bar=1d")).await;
    let volume = decimal(&answer["data"][0]["v"]) * decimal(&answer["volumeFactor"]);
    let row = include_str!("../../../src/sandbox/data/prices/IBM.csv")
        .lines()
        .find(|line| line.starts_with("2012-06-15"))
        .unwrap();
    assert_eq!(volume, row.split(',').nth(5).unwrap().parse().unwrap());
}

#[tokio::test]
async fn weeks_are_made_of_days_and_windows_are_bounded() {
    let client = Client::ready(options(), "2012-06-15T20:00:00Z").await;
    let weeks = history(&client, "conid=265598&period=2y&bar=1w").await;
    let week = weeks["data"].as_array().unwrap().last().unwrap().clone();
    let days = history(&client, "conid=265598&period=5d&bar=1d").await;
    let days = days["data"].as_array().unwrap();
    assert_eq!(week["o"], days[0]["o"]);
    assert_eq!(week["c"], days[4]["c"]);
    assert_eq!(week["t"], days[0]["t"]);
    let sum: rust_decimal::Decimal = days.iter().map(|day| decimal(&day["v"])).sum();
    assert_eq!(decimal(&week["v"]), sum);
    assert!((104..=106).contains(&weeks["data"].as_array().unwrap().len()));
    let all = history(&client, "conid=265598&period=15y&bar=1d").await;
    assert_eq!(all["data"].as_array().unwrap().len(), 1_000);
    assert_eq!(all["points"], 999);
    // Facebook was not listed yet; the window is empty but for the placeholder.
    let empty =
        history(&client, "conid=107113386&period=1d&bar=1d&startTime=20120101-00:00:00").await;
    assert_eq!((&empty["points"], &empty["data"][0]["t"]), (&json!(0), &Value::Null));
    for period in ["6M", "16y", "0d", "1001d", "1h", "", "y", "1.5y"] {
        let path = format!("iserver/marketdata/history?conid=265598&period={period}&bar=1d");
        assert_eq!(client.get(&path).await.0, 400, "{period}");
    }
    assert_eq!(
        client.get("iserver/marketdata/history?conid=265598&period=1d&bar=5min").await.0,
        500
    );
    assert_eq!(client.get("iserver/marketdata/history?conid=1&period=1d&bar=1d").await.0, 500);
}

#[tokio::test]
async fn contracts_are_found_by_symbol() {
    let client = Client::ready(options(), FRIDAY_MORNING).await;
    let (_, stocks) = client.get("trsrv/stocks?symbols=AAPL,NONE,IBM").await;
    assert_eq!(stocks["AAPL"][0]["contracts"][0]["conid"], json!(AAPL));
    assert_eq!(stocks["NONE"], Value::Null);
    let (_, found) = client.get("iserver/secdef/search?symbol=aapl").await;
    assert_eq!(found[0]["conid"], json!("265598"), "text, here alone");
    let (_, found) = client.get("iserver/secdef/search?symbol=business&name=true").await;
    assert_eq!(found[0]["symbol"], "IBM");
    assert!(client.get("iserver/secdef/search?symbol=NONE").await.1["error"].is_string());
    assert_eq!(client.get("iserver/contract/1/info").await.0, 503);
    let (_, rules) = client.post("iserver/contract/rules", json!({ "conid": AAPL })).await;
    assert_eq!(rules["incrementRules"][0]["increment"], json!(0.01));
}

#[tokio::test]
async fn imported_prices_are_traded_beside_the_bundled_ones() {
    let csv = "date,open,high,low,close,volume\n2012-06-14,10,10,10,10,39100\n\
               2012-06-15,10,11,10,11,39100\n";
    let series = parse_csv(csv.as_bytes(), "OWN").unwrap();
    let options = SandboxOptions { imported_prices: vec![series], ..options() };
    let client = Client::ready(options, FRIDAY_MORNING).await;
    let (_, stocks) = client.get("trsrv/stocks?symbols=OWN").await;
    let contract = &stocks["OWN"][0]["contracts"][0];
    let conid = contract["conid"].as_i64().unwrap();
    assert!((900_000_000..1_000_000_000).contains(&conid) && contract["isUS"] == json!(true));
    let order = json!([{
        "cOID": "own", "conid": conid, "orderType": "MKT", "side": "BUY", "tif": "DAY",
        "quantity": 5,
    }]);
    client.place(order).await;
    client.wait(60);
    assert_eq!(client.live_order("own").await["status"], "Filled");
    let (first, last) = client.sandbox.data_range();
    assert_eq!(first.to_string(), "2000-03-01T14:30:00Z");
    assert_eq!(last.to_string(), "2013-03-01T21:00:00Z");
}

#[tokio::test]
async fn prices_are_adjusted_unless_the_opposite_is_asked_for() {
    let last_close = async |adjusted| {
        let options = SandboxOptions { adjusted, ..options() };
        let client = Client::ready(options, "2005-02-25T21:00:00Z").await;
        assert_eq!(client.sandbox.is_adjusted(), adjusted);
        let answer = history(&client, "conid=265598&period=1d&bar=1d").await;
        answer["data"][0]["c"].to_string()
    };
    assert_eq!(last_close(false).await, "88.99", "two days before the split of 2005");
    let row = include_str!("../../../src/sandbox/data/prices/AAPL.csv")
        .lines()
        .find(|line| line.starts_with("2005-02-25"))
        .unwrap();
    let adjusted: rust_decimal::Decimal = row.split(',').nth(6).unwrap().parse().unwrap();
    assert_eq!(last_close(true).await, adjusted.round_dp(2).to_string());
}
