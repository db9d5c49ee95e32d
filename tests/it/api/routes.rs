//! The four routes of the founding design.

use serde_json::{Value, json};

use super::served::Served;

fn nearest_rank(sorted: &[u64], percent: usize) -> u64 {
    sorted[(sorted.len() * percent).div_ceil(100) - 1]
}

#[tokio::test]
async fn c6_5_the_lineage_is_read_by_its_four_routes() {
    let served = Served::with_a_run("");
    let recent = served.get("/api/lineage/strategy/sample/recent").await.good();
    let recent = recent.as_array().unwrap();
    assert_eq!(recent.len(), 1);
    assert_eq!(recent[0]["strategy_id"], "sample");
    let id = recent[0]["id"].as_str().unwrap();

    let whole = served.get(&format!("/api/lineage/execution/{id}")).await.good();
    let by_command = served.rpc("lineage_get", json!({ "execution_id": id })).await.good();
    assert_eq!(whole, by_command, "both ways lead to one answer");
    let steps = whole["steps"].as_array().unwrap();
    assert!(steps.len() >= 8 && whole["chain_intact"] == true);

    for step in ["load_strategy", "parse_signal"] {
        let one = served.get(&format!("/api/lineage/execution/{id}/step/{step}")).await.good();
        let of_whole: Vec<&Value> = steps.iter().filter(|row| row["step_name"] == step).collect();
        assert_eq!(one["attempts"].as_array().unwrap().iter().collect::<Vec<_>>(), of_whole);
    }

    let statistics = served.get("/api/lineage/step/parse_signal/statistics?days=30").await.good();
    let durations: Vec<u64> = steps
        .iter()
        .filter(|row| row["step_name"] == "parse_signal" && row["status"] == "success")
        .map(|row| row["duration_us"].as_u64().unwrap())
        .collect();
    assert_eq!(statistics["runs"], durations.len());
    assert_eq!(statistics["successes"], durations.len());
    assert_eq!(statistics["success_rate_percent"], "100.00");
    let mut sorted = durations.clone();
    sorted.sort_unstable();
    assert_eq!(statistics["p50_us"], nearest_rank(&sorted, 50));
    assert_eq!(statistics["minimum_us"], sorted[0]);
    assert_eq!(statistics["errors"], json!([]));
    let other =
        served.get("/api/lineage/step/parse_signal/statistics?strategy_id=sample-ibm").await;
    let other = other.good();
    assert_eq!((&other["runs"], &other["mean_us"]), (&json!(0), &Value::Null));

    for (path, status, code, words) in [
        ("/api/lineage/execution/nothing".to_owned(), 404, "not_found", "no execution \"nothing\""),
        ("/api/lineage/execution/%22%3b--".to_owned(), 404, "not_found", "no execution"),
        (format!("/api/lineage/execution/{id}/step/nothing"), 404, "not_found", "no step"),
        ("/api/lineage/strategy/nothing/recent".to_owned(), 404, "not_found", "no strategy"),
        (
            "/api/lineage/strategy/sample/recent?limit=0".to_owned(),
            400,
            "invalid_request",
            "1 to 100",
        ),
        (
            "/api/lineage/strategy/sample/recent?limit=101".to_owned(),
            400,
            "invalid_request",
            "1 to 100",
        ),
        (
            "/api/lineage/strategy/sample/recent?limit=x".to_owned(),
            400,
            "invalid_request",
            "asks wrongly",
        ),
        (
            "/api/lineage/strategy/sample/recent?offset=1".to_owned(),
            400,
            "invalid_request",
            "asks wrongly",
        ),
        ("/api/lineage/step/nothing/statistics".to_owned(), 404, "not_found", "no step"),
        (
            "/api/lineage/step/complete/statistics?days=0".to_owned(),
            400,
            "invalid_request",
            "1 to 3650",
        ),
    ] {
        served.get(&path).await.refused(status, code, words);
    }
    served.end();
}
