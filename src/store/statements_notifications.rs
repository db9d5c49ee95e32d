//! Changes of notifications: the SQL beside the columns that it fills.
//!
//! What is worth telling a person is told by the very change that makes it true, in its
//! transaction: no driver can forget it, no crash can come between, and nothing is told twice.
//! Each function is called before the change itself is made, so that it sees what was there.

use jiff::Timestamp;
use rust_decimal::Decimal;
use sqlx::{Row, SqliteConnection};

use super::convert::text;
use super::error::Attempt;
use super::rows::{ExecutionRow, ExecutionStatus, OrderRow};
use super::rows_broker::{ApprovalRow, ApprovalState, BlindStretchRow, CorrectionRow};
use super::rows_notifications::{NOTIFICATIONS_KEPT, NotificationDeliveryRow};
use super::rows_schedule::{PausedBy, ScheduleChange, ScheduleClaimRow, ScheduleGapRow};
use crate::domain::records::Trigger;
use crate::domain::{
    ClosedTrade, ExitCause, Leg, NewNotification, NotificationKind, OrderSide, OrderStatus,
    Severity,
};
use crate::schedule::NotRunCause;

/// Writes a notification down, unless one of its key is there, and forgets the oldest.
pub(super) async fn notification(
    connection: &mut SqliteConnection,
    new: NewNotification,
) -> Attempt<()> {
    let inserted = sqlx::query(
        "INSERT INTO notification (key, at, kind, severity, sentence, link) \
         VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (key) DO NOTHING",
    )
    .bind(new.key)
    .bind(new.at.as_microsecond())
    .bind(text(&new.kind)?)
    .bind(text(&new.severity)?)
    .bind(new.sentence)
    .bind(new.link)
    .execute(&mut *connection)
    .await?;
    if inserted.rows_affected() > 0 {
        sqlx::query("DELETE FROM notification WHERE notification_id <= ?")
            .bind(inserted.last_insert_rowid() - i64::from(NOTIFICATIONS_KEPT))
            .execute(connection)
            .await?;
    }
    Ok(())
}

/// Adds a delivery, or replaces it by notification and channel. One whose notification was removed
/// in the meantime is dropped.
pub(super) async fn delivery(
    connection: &mut SqliteConnection,
    row: NotificationDeliveryRow,
) -> Attempt<()> {
    sqlx::query(
        "INSERT INTO notification_delivery \
         (notification_id, channel, status, attempts, due_at, answer) \
         SELECT ?1, ?2, ?3, ?4, ?5, ?6 \
         WHERE EXISTS (SELECT 1 FROM notification WHERE notification_id = ?1) \
         ON CONFLICT (notification_id, channel) DO UPDATE SET status = excluded.status, \
         attempts = excluded.attempts, due_at = excluded.due_at, answer = excluded.answer",
    )
    .bind(row.notification_id)
    .bind(text(&row.channel)?)
    .bind(text(&row.status)?)
    .bind(row.attempts)
    .bind(row.due_at.as_microsecond())
    .bind(row.answer)
    .execute(connection)
    .await?;
    Ok(())
}

/// An order that was filled, refused, or lost sight of.
pub(super) async fn follow_order(connection: &mut SqliteConnection, row: &OrderRow) -> Attempt<()> {
    let Some((kind, severity)) = (match row.status {
        // What a stop or a target closes is told with its trade.
        OrderStatus::Filled if matches!(row.leg, Leg::Stop | Leg::Target) => None,
        OrderStatus::Filled => Some((NotificationKind::OrderFilled, Severity::Information)),
        OrderStatus::Rejected => Some((NotificationKind::OrderRejected, Severity::Warning)),
        OrderStatus::Unknown => Some((NotificationKind::OrderUnknown, Severity::Critical)),
        _ => None,
    }) else {
        return Ok(());
    };
    let before: Option<String> =
        sqlx::query_scalar("SELECT status FROM broker_order WHERE client_order_id = ?")
            .bind(row.client_order_id.as_str())
            .fetch_optional(&mut *connection)
            .await?;
    let status = text(&row.status)?;
    // An order of others that was over when it was first seen is old news.
    let is_old = before.is_none() && row.leg == Leg::External;
    if is_old || before.as_deref() == Some(status.as_str()) {
        return Ok(());
    }
    let id = row.client_order_id.as_str();
    // An order may be lost sight of more than once, and is filled or refused once.
    let key = if row.status == OrderStatus::Unknown {
        format!("order:{id}:{status}:{}", row.updated_at.as_microsecond())
    } else {
        format!("order:{id}:{status}")
    };
    let sentence = order_sentence(row);
    let link = format!("/orders?order={id}");
    let new = NewNotification::new(key, row.updated_at, kind, severity, &sentence, link);
    notification(connection, new).await
}

fn order_sentence(row: &OrderRow) -> String {
    let (symbol, strategy) = (&row.symbol, &row.strategy_id);
    let whose = match row.leg {
        Leg::External => "placed elsewhere".to_owned(),
        Leg::Flatten => "to flatten the account".to_owned(),
        leg => format!("{} of {strategy}", leg.as_str()),
    };
    let order = |side: &str, quantity: Decimal| {
        format!("{side} {} {symbol} ({whose})", quantity.normalize())
    };
    let side = match row.side {
        OrderSide::Buy => "buy",
        OrderSide::Sell => "sell",
    };
    match row.status {
        OrderStatus::Filled => {
            let done = if row.side == OrderSide::Buy { "Bought" } else { "Sold" };
            match row.average_price {
                Some(price) => format!(
                    "{done} {} {symbol} at {} ({whose}).",
                    row.filled_quantity.normalize(),
                    price.normalize()
                ),
                None => format!("{}.", order(done, row.filled_quantity)),
            }
        }
        OrderStatus::Rejected => {
            let why = row.reason.as_deref().unwrap_or("it gave no reason");
            format!("The broker refused to {}: {why}", order(side, row.quantity))
        }
        _ => format!(
            "Whether the order to {} reached the broker is not known. It is looked up, never sent \
             again; entries in {symbol} wait.",
            order(side, row.quantity)
        ),
    }
}

/// A position that a stop, a target or the broker closed.
pub(super) async fn follow_trade(
    connection: &mut SqliteConnection,
    trade: &ClosedTrade,
) -> Attempt<()> {
    let (who, severity) = match trade.exit_cause {
        ExitCause::Stop => ("The stop", Severity::Warning),
        ExitCause::Target => ("The target", Severity::Information),
        ExitCause::Liquidation => ("The broker, by force,", Severity::Critical),
        ExitCause::Signal | ExitCause::Flatten | ExitCause::External => return Ok(()),
    };
    let result = trade.realized_pnl.round_dp(2);
    let came_to = if result.is_sign_negative() { "loss" } else { "gain" };
    let sentence = format!(
        "{who} closed {} {} of {} at {}: a {came_to} of {} USD.",
        trade.quantity.normalize(),
        trade.symbol,
        trade.strategy_id,
        trade.exit_price.normalize(),
        result.abs()
    );
    let key = format!("trade:{}:{}", trade.entry_execution_id, trade.closed_at.as_microsecond());
    let link = format!("/lineage/{}", trade.entry_execution_id);
    let kind = NotificationKind::ProtectionTriggered;
    let new = NewNotification::new(key, trade.closed_at, kind, severity, &sentence, link);
    notification(connection, new).await
}

/// An execution that failed.
pub(super) async fn follow_execution(
    connection: &mut SqliteConnection,
    row: &ExecutionRow,
) -> Attempt<()> {
    if row.status != ExecutionStatus::Failed || row.trigger == Trigger::Replay {
        return Ok(());
    }
    let before: Option<String> =
        sqlx::query_scalar("SELECT status FROM execution WHERE execution_id = ?")
            .bind(row.id.as_str())
            .fetch_optional(&mut *connection)
            .await?;
    if before.as_deref() == Some(text(&row.status)?.as_str()) {
        return Ok(());
    }
    let why = row.sentence.as_deref().unwrap_or("its card says why.");
    let sentence = format!("The run of {} on {} failed: {why}", row.strategy_id, row.symbol);
    let (kind, severity) = (NotificationKind::RunFailed, Severity::Warning);
    let (key, link) = (format!("failed:{}", row.id), format!("/lineage/{}", row.id));
    let new = NewNotification::new(key, row.as_of, kind, severity, &sentence, link);
    notification(connection, new).await
}

/// An order that is put to a person.
pub(super) async fn follow_approval(
    connection: &mut SqliteConnection,
    row: &ApprovalRow,
) -> Attempt<()> {
    if row.state != ApprovalState::Pending {
        return Ok(());
    }
    let known: bool =
        sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM approval WHERE execution_id = ?)")
            .bind(row.execution_id.as_str())
            .fetch_one(&mut *connection)
            .await?;
    if known {
        return Ok(());
    }
    let of = sqlx::query("SELECT strategy_id, symbol FROM execution WHERE execution_id = ?")
        .bind(row.execution_id.as_str())
        .fetch_optional(&mut *connection)
        .await?;
    let what = match of {
        Some(of) => {
            let (strategy, symbol): (String, String) = (of.try_get(0)?, of.try_get(1)?);
            format!("An order of {strategy} on {symbol}")
        }
        None => "An order".to_owned(),
    };
    let sentence = format!("{what} waits for you; it lapses at {}.", time(row.expires_at));
    let (kind, severity) = (NotificationKind::ApprovalWanted, Severity::Warning);
    let key = format!("approval:{}", row.execution_id);
    let new = NewNotification::new(key, row.asked_at, kind, severity, &sentence, "/approvals");
    notification(connection, new).await
}

/// A planned run that was not made, or a schedule that paused itself.
pub(super) async fn follow_schedule(
    connection: &mut SqliteConnection,
    change: &ScheduleChange,
) -> Attempt<()> {
    match change {
        ScheduleChange::NotRun(row) => not_run(connection, row).await,
        ScheduleChange::Gap(row) => gap(connection, row).await,
        ScheduleChange::Paused(row) if row.paused_by == PausedBy::Failures => {
            let known: bool = sqlx::query_scalar(
                "SELECT EXISTS (SELECT 1 FROM schedule_pause WHERE strategy_id = ?)",
            )
            .bind(row.strategy_id.as_str())
            .fetch_one(&mut *connection)
            .await?;
            if known {
                return Ok(());
            }
            let id = &row.strategy_id;
            let sentence = format!("The schedule of {id} paused itself: {}", row.sentence);
            let key = format!("paused:{id}:{}", row.since.as_microsecond());
            let (kind, severity) = (NotificationKind::SchedulePaused, Severity::Warning);
            let new =
                NewNotification::new(key, row.since, kind, severity, &sentence, "/strategies");
            notification(connection, new).await
        }
        _ => Ok(()),
    }
}

/// What a cause is told as; a closed exchange or a person's own doing is no news.
fn news_of(cause: NotRunCause) -> Option<NotificationKind> {
    match cause {
        NotRunCause::Budget => Some(NotificationKind::BudgetReached),
        NotRunCause::UnknownDay
        | NotRunCause::Asleep
        | NotRunCause::Closed
        | NotRunCause::Offline
        | NotRunCause::Halted
        | NotRunCause::Overlap
        | NotRunCause::Late => Some(NotificationKind::RunNotMade),
        NotRunCause::Holiday
        | NotRunCause::OutsideHours
        | NotRunCause::Paused
        | NotRunCause::Changed => None,
    }
}

async fn not_run(connection: &mut SqliteConnection, row: &ScheduleClaimRow) -> Attempt<()> {
    let Some(kind) = row.kind.and_then(news_of) else { return Ok(()) };
    let known: bool = sqlx::query_scalar(
        "SELECT EXISTS (SELECT 1 FROM schedule_claim \
         WHERE strategy_id = ? AND symbol = ? AND planned_at = ?)",
    )
    .bind(row.strategy_id.as_str())
    .bind(row.symbol.as_str())
    .bind(row.planned_at.as_microsecond())
    .fetch_one(&mut *connection)
    .await?;
    if known {
        return Ok(());
    }
    let (id, symbol) = (&row.strategy_id, &row.symbol);
    let why = row.cause.as_deref().unwrap_or("no cause was noted");
    let sentence = format!(
        "The run of {id} on {symbol} planned for {} was not made: {why}",
        time(row.planned_at)
    );
    let key = format!("not_run:{id}:{symbol}:{}", row.planned_at.as_microsecond());
    let severity = Severity::Warning;
    let new = NewNotification::new(key, row.planned_at, kind, severity, &sentence, "/strategies");
    notification(connection, new).await
}

async fn gap(connection: &mut SqliteConnection, row: &ScheduleGapRow) -> Attempt<()> {
    let Some(kind) = news_of(row.kind) else { return Ok(()) };
    let (id, symbol) = (&row.strategy_id, &row.symbol);
    let sentence = format!(
        "The runs of {id} on {symbol} planned from {} to {} were not made: {}",
        time(row.since),
        time(row.until),
        row.cause
    );
    let key = format!("gap:{id}:{symbol}:{}", row.until.as_microsecond());
    let new =
        NewNotification::new(key, row.until, kind, Severity::Warning, &sentence, "/strategies");
    notification(connection, new).await
}

/// A correction of our records.
pub(super) async fn follow_correction(
    connection: &mut SqliteConnection,
    row: &CorrectionRow,
) -> Attempt<()> {
    let next: i64 =
        sqlx::query_scalar("SELECT coalesce(max(correction_id), 0) + 1 FROM correction")
            .fetch_one(&mut *connection)
            .await?;
    let severity = if row.is_alarm { Severity::Critical } else { Severity::Information };
    let new = NewNotification::new(
        format!("correction:{next}"),
        row.at,
        NotificationKind::Corrected,
        severity,
        &row.sentence,
        "/orders?tab=external",
    );
    notification(connection, new).await
}

/// A session that was lost while it was watched, or that came back after that.
pub(super) async fn follow_blind_stretch(
    connection: &mut SqliteConnection,
    row: &BlindStretchRow,
) -> Attempt<()> {
    let lasts: Option<bool> =
        sqlx::query_scalar("SELECT until_at IS NULL FROM blind_stretch WHERE from_at = ?")
            .bind(row.from.as_microsecond())
            .fetch_optional(&mut *connection)
            .await?;
    let from = row.from.as_microsecond();
    let new = match (row.until, lasts) {
        (None, None) => NewNotification::new(
            format!("lost:{from}"),
            row.from,
            NotificationKind::SessionLost,
            Severity::Warning,
            &format!("The session with the broker is lost; entries wait. {}", row.cause),
            "/connection",
        ),
        (Some(until), Some(true)) => NewNotification::new(
            format!("restored:{from}"),
            until,
            NotificationKind::SessionRestored,
            Severity::Information,
            &format!("The session with the broker is back; it was away since {}.", time(row.from)),
            "/connection",
        ),
        _ => return Ok(()),
    };
    notification(connection, new).await
}

/// An instant as a notification names it.
fn time(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M UTC").to_string()
}
