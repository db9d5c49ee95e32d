//! The store and the lineage on real files.

mod commits;
#[cfg(target_os = "linux")]
pub(crate) mod disks;
mod errors;
mod migration;
mod notifications;
mod rows;
mod signals;
mod tampering;
mod waiting;

use jiff::Timestamp;
use rust_decimal::Decimal;
use throughline::domain::records::{StepName, StepStatus, Trigger};
use throughline::domain::{
    AccountId, ClientOrderId, Conid, Environment, ExecutionId, Fill, FillId, Leg, OrderSide,
    OrderStatus, OrderType, StrategyId, TimeInForce,
};
use throughline::store::{
    Change, Durability, ExecutionRow, ExecutionStatus, FillRow, NewLineageRow, OrderRow, Store,
    StrategyVersionRow,
};

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn decimal(text: &str) -> Decimal {
    text.parse().unwrap()
}

fn strategy_id() -> StrategyId {
    StrategyId::new("sample").unwrap()
}

fn execution_id(name: &str) -> ExecutionId {
    ExecutionId::new(name).unwrap()
}

pub(crate) fn version() -> StrategyVersionRow {
    StrategyVersionRow {
        strategy_id: strategy_id(),
        name: "Sample".into(),
        version: 1,
        toml: "name = \"Sample\"\n".into(),
        hash: "aa".into(),
        created_at: at("2026-11-22T13:00:00.000001Z"),
    }
}

pub(crate) fn execution(name: &str) -> ExecutionRow {
    ExecutionRow {
        id: execution_id(name),
        strategy_id: strategy_id(),
        strategy_version: 1,
        symbol: "AAPL".into(),
        model: None,
        trigger: Trigger::Schedule,
        environment: Environment::Sandbox,
        account_id: AccountId::new("DU1000001").unwrap(),
        as_of: at("2012-06-15T20:00:00Z"),
        status: ExecutionStatus::Running,
        outcome: None,
        sentence: None,
        duration_us: 0,
        started_at: at("2026-11-22T13:00:01Z"),
        finished_at: None,
    }
}

fn order(execution: &str, leg: Leg) -> OrderRow {
    let execution = execution_id(execution);
    OrderRow {
        client_order_id: leg.client_order_id(&execution),
        broker_order_id: None,
        decided_by: execution.clone(),
        execution_id: execution,
        strategy_id: strategy_id(),
        account_id: AccountId::new("DU1000001").unwrap(),
        conid: Conid(265_598),
        symbol: "AAPL".into(),
        leg,
        side: OrderSide::Buy,
        order_type: OrderType::Limit,
        quantity: decimal("100"),
        price: Some(decimal("17.50")),
        aux_price: None,
        time_in_force: TimeInForce::Day,
        good_till: None,
        status: OrderStatus::Intended,
        filled_quantity: decimal("0"),
        average_price: None,
        commission: decimal("0"),
        reason: None,
        created_at: at("2012-06-15T20:00:00Z"),
        updated_at: at("2012-06-15T20:00:00Z"),
    }
}

fn fill(order: &OrderRow, id: &str) -> FillRow {
    let client_order_id: ClientOrderId = order.client_order_id.clone();
    FillRow {
        fill: Fill {
            fill_id: FillId::new(id),
            client_order_id: Some(client_order_id.clone()),
            broker_order_id: None,
            conid: order.conid,
            side: order.side,
            quantity: decimal("60"),
            price: decimal("17.4990"),
            commission: decimal("1.00"),
            is_commission_known: true,
            is_liquidation: false,
            at: at("2012-06-18T13:30:00.5Z"),
        },
        client_order_id,
        execution_id: order.execution_id.clone(),
        strategy_id: strategy_id(),
        leg: order.leg,
        symbol: order.symbol.clone(),
        corrects: None,
    }
}

pub(crate) fn step(execution: &str, step: StepName, attempt: u32) -> NewLineageRow {
    NewLineageRow {
        execution_id: execution_id(execution),
        step,
        attempt,
        status: StepStatus::Success,
        input: format!("{{\"symbol\":\"AAPL\",\"attempt\":{attempt}}}"),
        output: "{\"rows\":500}".into(),
        metadata: "{\"version\":\"0.1.0\"}".into(),
        error: None,
        duration_us: 1_234,
        recorded_at: at("2026-11-22T13:00:02.345678Z"),
    }
}

/// A store with the strategy and one execution, in a directory that lives as long as the test.
async fn open_with_execution(name: &str) -> (tempfile::TempDir, Store) {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::open(directory.path()).await.unwrap();
    let changes = vec![Change::StrategyVersion(version()), Change::Execution(execution(name))];
    store.commit(changes, Durability::Ordinary).await.unwrap();
    (directory, store)
}
