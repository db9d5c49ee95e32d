//! Reads: orders, fills, positions, trades, the value of the account by day.

use jiff::Timestamp;
use jiff::civil::Date;
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use super::Store;
use super::convert::{
    decimal, instant, optional_decimal, optional_instant, optional_parsed, parsed,
};
use super::error::{Attempt, StoreError};
use super::rows::{FillRow, OrderEventRow, OrderRow, SnapshotRow};
use super::rows_signals::Page;
use crate::domain::{
    AccountId, BrokerOrderId, ClientOrderId, ClosedTrade, Conid, Environment, ExecutionId, Fill,
    FillId, Position, StrategyId,
};

impl Store {
    /// All orders, newest first.
    pub async fn orders(&self) -> Result<Vec<OrderRow>, StoreError> {
        let rows = sqlx::query("SELECT * FROM broker_order ORDER BY created_at DESC, rowid DESC")
            .fetch_all(&self.readers)
            .await;
        self.all(rows, order)
    }

    /// Orders that an execution placed, in the order in which they were written down.
    pub async fn orders_of(&self, execution: &ExecutionId) -> Result<Vec<OrderRow>, StoreError> {
        let rows = sqlx::query(
            "SELECT * FROM broker_order WHERE execution_id = ? ORDER BY created_at, rowid",
        )
        .bind(execution.as_str())
        .fetch_all(&self.readers)
        .await;
        self.all(rows, order)
    }

    /// Whether a strategy has ever written an order down to be sent to this account in this
    /// environment, but for those of one execution.
    pub async fn has_ordered(
        &self,
        strategy: &StrategyId,
        account: &AccountId,
        environment: Environment,
        except: &ExecutionId,
    ) -> Result<bool, StoreError> {
        let found: Result<i64, sqlx::Error> = sqlx::query_scalar(
            "SELECT EXISTS (SELECT 1 FROM broker_order JOIN execution USING (execution_id) \
             WHERE broker_order.strategy_id = ? AND broker_order.account_id = ? \
             AND execution.environment = ? AND execution_id <> ?)",
        )
        .bind(strategy.as_str())
        .bind(account.as_str())
        .bind(environment.to_string())
        .bind(except.as_str())
        .fetch_one(&self.readers)
        .await;
        Ok(self.locate(found.map_err(Into::into))? != 0)
    }

    /// Orders to which something can still happen, oldest first.
    pub async fn working_orders(&self) -> Result<Vec<OrderRow>, StoreError> {
        let rows = sqlx::query(
            "SELECT * FROM broker_order \
             WHERE status NOT IN ('filled', 'cancelled', 'rejected', 'inactive') \
             ORDER BY created_at, rowid",
        )
        .fetch_all(&self.readers)
        .await;
        self.all(rows, order)
    }

    /// One order by our id.
    pub async fn order(&self, id: &ClientOrderId) -> Result<Option<OrderRow>, StoreError> {
        let row = sqlx::query("SELECT * FROM broker_order WHERE client_order_id = ?")
            .bind(id.as_str())
            .fetch_optional(&self.readers)
            .await;
        self.one(row, order)
    }

    /// Events of these orders, in the order in which they were recorded.
    pub async fn order_events(
        &self,
        ids: &[ClientOrderId],
    ) -> Result<Vec<OrderEventRow>, StoreError> {
        let names: Vec<&str> = ids.iter().map(ClientOrderId::as_str).collect();
        let rows = sqlx::query(
            "SELECT * FROM order_event \
             WHERE client_order_id IN (SELECT value FROM json_each(?)) ORDER BY order_event_id",
        )
        .bind(serde_json::Value::from(names).to_string())
        .fetch_all(&self.readers)
        .await;
        self.all(rows, order_event)
    }

    /// One order by the broker's id.
    pub async fn order_by_broker_id(
        &self,
        id: &BrokerOrderId,
    ) -> Result<Option<OrderRow>, StoreError> {
        let row = sqlx::query(
            "SELECT * FROM broker_order WHERE broker_order_id = ? ORDER BY rowid DESC LIMIT 1",
        )
        .bind(id.as_str())
        .fetch_optional(&self.readers)
        .await;
        self.one(row, order)
    }

    /// All fills that count, oldest first: one that was replaced by a correction does not.
    pub async fn fills(&self) -> Result<Vec<FillRow>, StoreError> {
        let rows = sqlx::query(
            "SELECT * FROM fill \
             WHERE fill_id NOT IN (SELECT corrects FROM fill WHERE corrects IS NOT NULL) \
             ORDER BY at, rowid",
        )
        .fetch_all(&self.readers)
        .await;
        self.all(rows, fill)
    }

    /// Fills that an execution decided and that count, oldest first.
    pub async fn fills_of(&self, execution: &ExecutionId) -> Result<Vec<FillRow>, StoreError> {
        let rows = sqlx::query(
            "SELECT * FROM fill WHERE execution_id = ? \
             AND fill_id NOT IN (SELECT corrects FROM fill WHERE corrects IS NOT NULL) \
             ORDER BY at, rowid",
        )
        .bind(execution.as_str())
        .fetch_all(&self.readers)
        .await;
        self.all(rows, fill)
    }

    /// One fill by the broker's id.
    pub async fn fill(&self, id: &FillId) -> Result<Option<FillRow>, StoreError> {
        let row = sqlx::query("SELECT * FROM fill WHERE fill_id = ?")
            .bind(id.as_str())
            .fetch_optional(&self.readers)
            .await;
        self.one(row, fill)
    }

    /// Open positions by strategy and symbol.
    pub async fn positions(&self) -> Result<Vec<Position>, StoreError> {
        let rows = sqlx::query("SELECT * FROM position ORDER BY strategy_id, symbol, conid")
            .fetch_all(&self.readers)
            .await;
        self.all(rows, position)
    }

    /// What a strategy holds of an instrument.
    pub async fn position(
        &self,
        strategy_id: &StrategyId,
        conid: Conid,
    ) -> Result<Option<Position>, StoreError> {
        let row = sqlx::query("SELECT * FROM position WHERE strategy_id = ? AND conid = ?")
            .bind(strategy_id.as_str())
            .bind(conid.0)
            .fetch_optional(&self.readers)
            .await;
        self.one(row, position)
    }

    /// Closed trades, last closed first.
    pub async fn trades(&self) -> Result<Vec<ClosedTrade>, StoreError> {
        let rows =
            sqlx::query("SELECT * FROM closed_trade ORDER BY closed_at DESC, closed_trade_id DESC")
                .fetch_all(&self.readers)
                .await;
        self.all(rows, trade)
    }

    /// Trades that were closed since an instant, oldest first.
    pub async fn trades_closed_since(&self, at: Timestamp) -> Result<Vec<ClosedTrade>, StoreError> {
        let rows = sqlx::query(
            "SELECT * FROM closed_trade WHERE closed_at >= ? ORDER BY closed_at, closed_trade_id",
        )
        .bind(at.as_microsecond())
        .fetch_all(&self.readers)
        .await;
        self.all(rows, trade)
    }

    /// The last closed trades of a strategy, or of the account, newest first.
    pub async fn last_trades(
        &self,
        strategy: Option<&StrategyId>,
        limit: u32,
    ) -> Result<Vec<ClosedTrade>, StoreError> {
        let rows = sqlx::query(
            "SELECT * FROM closed_trade WHERE ?1 IS NULL OR strategy_id = ?1 \
             ORDER BY closed_at DESC, closed_trade_id DESC LIMIT ?2",
        )
        .bind(strategy.map(StrategyId::as_str))
        .bind(limit)
        .fetch_all(&self.readers)
        .await;
        self.all(rows, trade)
    }

    /// The last day's value of the account, or the last on or before a day.
    pub async fn last_snapshot(&self, to: Option<Date>) -> Result<Option<SnapshotRow>, StoreError> {
        let row = sqlx::query(
            "SELECT * FROM portfolio_snapshot WHERE date <= coalesce(?, '9999-12-31') \
             ORDER BY date DESC LIMIT 1",
        )
        .bind(to.map(|date| date.to_string()))
        .fetch_optional(&self.readers)
        .await;
        self.one(row, snapshot)
    }

    /// A page of the values of the account, newest first, and how many there are in all; both ends
    /// of the range are in it.
    pub async fn snapshot_page(
        &self,
        from: Option<Date>,
        to: Option<Date>,
        page: Page,
    ) -> Result<(Vec<SnapshotRow>, u64), StoreError> {
        let (from, to) = (from.map(|date| date.to_string()), to.map(|date| date.to_string()));
        let count: Result<i64, _> = sqlx::query_scalar(
            "SELECT count(*) FROM portfolio_snapshot \
             WHERE date >= coalesce(?, '0000-01-01') AND date <= coalesce(?, '9999-12-31')",
        )
        .bind(&from)
        .bind(&to)
        .fetch_one(&self.readers)
        .await;
        let count = self.locate(count.map(i64::unsigned_abs).map_err(Into::into))?;
        let rows = sqlx::query(
            "SELECT * FROM portfolio_snapshot \
             WHERE date >= coalesce(?, '0000-01-01') AND date <= coalesce(?, '9999-12-31') \
             ORDER BY date DESC LIMIT ? OFFSET ?",
        )
        .bind(&from)
        .bind(&to)
        .bind(page.limit)
        .bind(page.offset)
        .fetch_all(&self.readers)
        .await;
        Ok((self.all(rows, snapshot)?, count))
    }

    /// The value of the account by day, oldest first; both ends of the range are in it.
    pub async fn snapshots(
        &self,
        from: Option<Date>,
        to: Option<Date>,
    ) -> Result<Vec<SnapshotRow>, StoreError> {
        let rows = sqlx::query(
            "SELECT * FROM portfolio_snapshot \
             WHERE date >= coalesce(?, '0000-01-01') AND date <= coalesce(?, '9999-12-31') \
             ORDER BY date",
        )
        .bind(from.map(|date| date.to_string()))
        .bind(to.map(|date| date.to_string()))
        .fetch_all(&self.readers)
        .await;
        self.all(rows, snapshot)
    }
}

fn order(row: &SqliteRow) -> Attempt<OrderRow> {
    Ok(OrderRow {
        client_order_id: parsed(row, "client_order_id")?,
        broker_order_id: optional_parsed(row, "broker_order_id")?,
        execution_id: parsed(row, "execution_id")?,
        decided_by: parsed(row, "decided_by")?,
        strategy_id: parsed(row, "strategy_id")?,
        account_id: parsed(row, "account_id")?,
        conid: Conid(row.try_get("conid")?),
        symbol: row.try_get("symbol")?,
        leg: parsed(row, "leg")?,
        side: parsed(row, "side")?,
        order_type: parsed(row, "order_type")?,
        quantity: decimal(row, "quantity")?,
        price: optional_decimal(row, "price")?,
        aux_price: optional_decimal(row, "aux_price")?,
        time_in_force: parsed(row, "time_in_force")?,
        good_till: optional_instant(row, "good_till")?,
        status: parsed(row, "status")?,
        filled_quantity: decimal(row, "filled_quantity")?,
        average_price: optional_decimal(row, "average_price")?,
        commission: decimal(row, "commission")?,
        reason: row.try_get("reason")?,
        created_at: instant(row, "created_at")?,
        updated_at: instant(row, "updated_at")?,
    })
}

fn order_event(row: &SqliteRow) -> Attempt<OrderEventRow> {
    Ok(OrderEventRow {
        client_order_id: parsed(row, "client_order_id")?,
        at: instant(row, "at")?,
        status: parsed(row, "status")?,
        filled_quantity: decimal(row, "filled_quantity")?,
        remaining_quantity: decimal(row, "remaining_quantity")?,
        words: row.try_get("words")?,
    })
}

fn fill(row: &SqliteRow) -> Attempt<FillRow> {
    let client_order_id: ClientOrderId = parsed(row, "client_order_id")?;
    Ok(FillRow {
        fill: Fill {
            fill_id: parsed(row, "fill_id")?,
            client_order_id: Some(client_order_id.clone()),
            broker_order_id: optional_parsed(row, "broker_order_id")?,
            conid: Conid(row.try_get("conid")?),
            side: parsed(row, "side")?,
            quantity: decimal(row, "quantity")?,
            price: decimal(row, "price")?,
            commission: decimal(row, "commission")?,
            is_commission_known: row.try_get("is_commission_known")?,
            is_liquidation: row.try_get("is_liquidation")?,
            at: instant(row, "at")?,
        },
        client_order_id,
        execution_id: parsed(row, "execution_id")?,
        strategy_id: parsed(row, "strategy_id")?,
        leg: parsed(row, "leg")?,
        symbol: row.try_get("symbol")?,
        corrects: optional_parsed(row, "corrects")?,
    })
}

fn position(row: &SqliteRow) -> Attempt<Position> {
    Ok(Position {
        strategy_id: parsed(row, "strategy_id")?,
        conid: Conid(row.try_get("conid")?),
        symbol: row.try_get("symbol")?,
        quantity: decimal(row, "quantity")?,
        average_cost: decimal(row, "average_cost")?,
        commission: decimal(row, "commission")?,
        stop_price: decimal(row, "stop_price")?,
        target_price: decimal(row, "target_price")?,
        initial_risk: decimal(row, "initial_risk")?,
        execution_id: parsed(row, "execution_id")?,
        opened_at: instant(row, "opened_at")?,
    })
}

fn trade(row: &SqliteRow) -> Attempt<ClosedTrade> {
    Ok(ClosedTrade {
        strategy_id: parsed(row, "strategy_id")?,
        conid: Conid(row.try_get("conid")?),
        symbol: row.try_get("symbol")?,
        quantity: decimal(row, "quantity")?,
        entry_price: decimal(row, "entry_price")?,
        exit_price: decimal(row, "exit_price")?,
        opened_at: instant(row, "opened_at")?,
        closed_at: instant(row, "closed_at")?,
        gross_pnl: decimal(row, "gross_pnl")?,
        commission: decimal(row, "commission")?,
        realized_pnl: decimal(row, "realized_pnl")?,
        r_multiple: optional_decimal(row, "r_multiple")?,
        exit_cause: parsed(row, "exit_cause")?,
        entry_execution_id: parsed(row, "entry_execution_id")?,
        exit_execution_id: parsed(row, "exit_execution_id")?,
    })
}

fn snapshot(row: &SqliteRow) -> Attempt<SnapshotRow> {
    Ok(SnapshotRow {
        date: parsed(row, "date")?,
        at: instant(row, "at")?,
        cash: decimal(row, "cash")?,
        positions_value: decimal(row, "positions_value")?,
        net_liquidation: decimal(row, "net_liquidation")?,
        realized_pnl: decimal(row, "realized_pnl")?,
        unrealized_pnl: decimal(row, "unrealized_pnl")?,
        positions_json: row.try_get("positions_json")?,
        is_rebuilt: row.try_get("is_rebuilt")?,
    })
}
