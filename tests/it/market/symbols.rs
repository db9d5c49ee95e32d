use jiff::SignedDuration;
use serde_json::{Value, json};
use throughline::api::ErrorCode;
use throughline::api::dto::{
    SymbolDetailsDto, SymbolDto, SymbolsSearchDto, WatchlistDto, WatchlistQuotesDto,
};
use throughline::domain::Availability;
use throughline::store::{Change, Durability, MOST_SEARCHES, SymbolChange, SymbolSearchRow};

use super::{ask, conid, cut_the_line, opened, refused};

#[tokio::test]
async fn a3_1_a_search_is_asked_once_an_hour_and_an_old_answer_stands_in_with_a_mark() {
    let directory = tempfile::tempdir().unwrap();
    let engine = opened(&directory).await;
    let search = async || -> SymbolsSearchDto {
        ask(&engine, "symbols_search", json!({ "query": " aapl " })).await
    };
    let first = search().await;
    assert_eq!(first.rows.len(), 1);
    let row = &first.rows[0];
    assert_eq!((row.symbol.as_str(), row.asset_type.as_str()), ("AAPL", "STK"));
    assert!(row.conid.0 > 0 && !row.name.is_empty() && !row.exchange.is_empty());
    assert_eq!((row.currency.as_deref(), row.is_us, row.saved), (Some("USD"), true, false));
    assert_eq!(first.source, "simulated exchange");
    assert!(!first.is_cached && !first.stale && first.message.is_none());

    // Within the hour nobody is asked: with the line cut the answer is there and is not called old.
    cut_the_line(&engine, true).await;
    let again = search().await;
    assert!(again.is_cached && !again.stale);
    assert_eq!((again.rows, again.as_of), (first.rows.clone(), first.as_of.clone()));
    let (code, message) = refused(&engine, "symbols_search", json!({ "query": "IBM" })).await;
    assert_eq!(code, ErrorCode::Broker, "nothing is made up for what was never asked: {message}");

    cut_the_line(&engine, false).await;
    let later = engine.now() + SignedDuration::from_mins(61);
    engine.advance_to(later, |_| {}).await.unwrap();
    cut_the_line(&engine, true).await;
    let stale = search().await;
    assert!(stale.stale && stale.age_seconds >= 3600, "{stale:?}");
    assert_eq!((&stale.rows, &stale.as_of), (&first.rows, &first.as_of));
    assert!(stale.message.unwrap().ends_with("; this is an earlier answer"));

    cut_the_line(&engine, false).await;
    let fresh = search().await;
    assert!(!fresh.stale && !fresh.is_cached && fresh.as_of > first.as_of);
    engine.close().await.unwrap();
}

#[tokio::test]
async fn a3_1_what_is_no_symbol_is_refused_in_a_bounded_sentence_and_nothing_is_found_is_said() {
    let directory = tempfile::tempdir().unwrap();
    let engine = opened(&directory).await;
    let none: SymbolsSearchDto = ask(&engine, "symbols_search", json!({ "query": "NOSUCH" })).await;
    assert_eq!(none.rows, []);
    let said = none.message.unwrap();
    assert_eq!(said, "simulated exchange lists no US stock with the symbol NOSUCH");
    let hostile =
        ["", "A&symbols=B", "../../etc/passwd", "A\u{202e}B", "<img src=x>", &"A".repeat(100_000)];
    for query in hostile {
        let request = json!({ "query": query });
        let (code, message) = refused(&engine, "symbols_search", request).await;
        assert_eq!(code, ErrorCode::InvalidRequest, "{message}");
        assert!(message.len() < 200, "{message}");
    }
    engine.close().await.unwrap();
}

#[tokio::test]
async fn a3_2_a_pick_has_its_details_fetched_and_kept() {
    let directory = tempfile::tempdir().unwrap();
    let engine = opened(&directory).await;
    let found: SymbolsSearchDto = ask(&engine, "symbols_search", json!({ "query": "AAPL" })).await;
    let request = json!({ "conid": found.rows[0].conid });
    let details: SymbolDetailsDto = ask(&engine, "symbol_get", request.clone()).await;
    assert_eq!(details.symbol.currency.as_deref(), Some("USD"));
    assert_eq!((details.multiplier, details.expiry), (None, None), "a stock has neither");
    assert_eq!(details.tick_size, "0.01");
    assert_eq!(details.valid_exchanges[0], "SMART");
    assert_eq!(details.symbol.exchange, found.rows[0].exchange, "the one that lists it");
    assert!(details.order_types.iter().any(|kind| kind == "limit"));
    assert!(!details.told.stale);

    // Kept: the broker need not be there, and after a day it is said that the answer is old.
    cut_the_line(&engine, true).await;
    let kept: SymbolDetailsDto = ask(&engine, "symbol_get", request.clone()).await;
    assert_eq!((kept.told.as_of, kept.told.stale), (details.told.as_of.clone(), false));
    cut_the_line(&engine, false).await;
    let later = engine.now() + SignedDuration::from_hours(25);
    engine.advance_to(later, |_| {}).await.unwrap();
    cut_the_line(&engine, true).await;
    let old: SymbolDetailsDto = ask(&engine, "symbol_get", request).await;
    assert_eq!((old.told.as_of, old.told.stale), (details.told.as_of, true));
    let (code, _) = refused(&engine, "symbol_get", json!({ "conid": 999_999_999 })).await;
    assert_eq!(code, ErrorCode::Broker);
    cut_the_line(&engine, false).await;
    let (_, message) = refused(&engine, "symbol_get", json!({ "conid": 999_999_999 })).await;
    assert!(message.contains("999999999"), "{message}");
    engine.close().await.unwrap();
}

#[tokio::test]
async fn a3_1_the_oldest_searches_make_room() {
    let directory = tempfile::tempdir().unwrap();
    let engine = opened(&directory).await;
    let from = engine.now();
    let searched = |number: i64| {
        Change::Symbol(SymbolChange::Searched(SymbolSearchRow {
            query: format!("Q{number}"),
            fetched_at: from + SignedDuration::from_secs(number),
            listings: Vec::new(),
        }))
    };
    let most = i64::from(MOST_SEARCHES);
    let changes = (0..=most).map(searched).collect();
    engine.store().commit(changes, Durability::Ordinary).await.unwrap();
    let kept = async |query: &str| engine.store().symbol_search(query).await.unwrap().is_some();
    assert!(!kept("Q0").await && kept("Q1").await && kept(&format!("Q{most}")).await);
    engine.close().await.unwrap();
}

fn names(lists: &[WatchlistDto]) -> Vec<(&str, Vec<&str>)> {
    lists
        .iter()
        .map(|list| {
            let symbols = list.symbols.iter().map(|symbol| symbol.symbol.as_str()).collect();
            (list.name.as_str(), symbols)
        })
        .collect()
}

#[tokio::test]
async fn saved_symbols_and_watch_lists_keep_their_order_over_a_restart() {
    let directory = tempfile::tempdir().unwrap();
    let engine = opened(&directory).await;
    let (aapl, ibm) = (conid(&engine, "AAPL").await, conid(&engine, "IBM").await);
    let save = json!({ "conid": ibm, "saved": true });
    let saved: Vec<SymbolDto> = ask(&engine, "symbol_save", save).await;
    assert_eq!(saved.iter().map(|row| row.symbol.as_str()).collect::<Vec<_>>(), ["IBM"]);
    let found: SymbolsSearchDto = ask(&engine, "symbols_search", json!({ "query": "IBM" })).await;
    assert!(found.rows[0].saved, "a search shows what is saved");

    let made: Vec<WatchlistDto> =
        ask(&engine, "watchlist_save", json!({ "name": " Large caps ", "conids": [ibm, aapl] }))
            .await;
    assert_eq!(names(&made), [("Large caps", vec!["IBM", "AAPL"])]);
    let id = made[0].id;
    let _: Value = ask(&engine, "watchlist_save", json!({ "name": "Later", "conids": [] })).await;
    let turned = json!({ "watchlist_id": id, "name": "Large caps", "conids": [aapl, ibm] });
    let _: Value = ask(&engine, "watchlist_save", turned).await;
    for (request, words) in [
        (json!({ "name": "large CAPS", "conids": [] }), "already"),
        (json!({ "name": "  ", "conids": [] }), "1 to 60 characters"),
        (json!({ "name": "a\u{7}b", "conids": [] }), "1 to 60 characters"),
        (json!({ "name": "Twice", "conids": [aapl, aapl] }), "each once"),
        (json!({ "name": "Many", "conids": (1..=101).collect::<Vec<i64>>() }), "at most 100"),
        (json!({ "watchlist_id": 77, "name": "None", "conids": [] }), "no watch-list 77"),
    ] {
        let (_, message) = refused(&engine, "watchlist_save", request).await;
        assert!(message.contains(words), "{message}");
    }
    engine.close().await.unwrap();

    let engine = opened(&directory).await;
    let kept: Vec<WatchlistDto> = ask(&engine, "watchlists_list", json!({})).await;
    assert_eq!(names(&kept), [("Large caps", vec!["AAPL", "IBM"]), ("Later", vec![])]);
    let saved: Vec<SymbolDto> = ask(&engine, "symbols_saved", json!({})).await;
    assert_eq!(saved.len(), 1);
    let request = json!({ "watchlist_id": id });
    let left: Vec<WatchlistDto> = ask(&engine, "watchlist_delete", request.clone()).await;
    assert_eq!(names(&left), [("Later", vec![])]);
    let (code, _) = refused(&engine, "watchlist_delete", request).await;
    assert_eq!(code, ErrorCode::NotFound);
    let forget = json!({ "conid": ibm, "saved": false });
    let saved: Vec<SymbolDto> = ask(&engine, "symbol_save", forget).await;
    assert_eq!(saved, []);
    engine.close().await.unwrap();
}

/// The gateway needs a few requests before it has a price, and one list is one request.
#[tokio::test]
async fn a_watch_list_has_prices_with_their_age_and_keeps_its_rows_while_the_line_is_cut() {
    let directory = tempfile::tempdir().unwrap();
    let engine = opened(&directory).await;
    let (aapl, ibm) = (conid(&engine, "AAPL").await, conid(&engine, "IBM").await);
    let list = json!({ "name": "Large caps", "conids": [ibm, aapl] });
    let lists: Vec<WatchlistDto> = ask(&engine, "watchlist_save", list).await;
    let request = json!({ "watchlist_id": lists[0].id });
    let quotes =
        async || -> WatchlistQuotesDto { ask(&engine, "watchlist_quotes", request.clone()).await };
    let first = quotes().await;
    assert!(first.is_loading && first.rows.iter().all(|row| row.price.is_none()));
    let mut told = first;
    for _ in 0..5 {
        told = quotes().await;
    }
    assert!(!told.is_loading && told.simulated, "{told:?}");
    assert_eq!(told.rows.iter().map(|row| row.conid.0).collect::<Vec<_>>(), [ibm, aapl]);
    for row in &told.rows {
        let price = row.price.as_ref().unwrap();
        let last: f64 = price.last.parse().unwrap();
        assert!(last > 0.0 && (0..3600).contains(&price.age_seconds), "{price:?}");
        assert_eq!(price.availability, Availability::RealTime);
        assert!(price.change.is_some() && price.change_percent.is_some());
        assert_eq!(row.closes.len(), 63, "a quarter of a year");
    }
    cut_the_line(&engine, true).await;
    let cut = quotes().await;
    assert!(cut.message.is_some() && !cut.is_loading, "{cut:?}");
    assert!(cut.rows.iter().all(|row| row.price.is_none() && row.closes.len() == 63));
    engine.close().await.unwrap();
}
