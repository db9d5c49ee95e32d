//! Whether every part of the engine is well, each in a sentence, with what to do where it is not.

use std::collections::BTreeSet;
use std::io;

use rust_decimal::Decimal;

use super::{exchange_time, models};
use crate::api::ApiError;
use crate::api::dto::{
    BreakerState, FilesDto, HealthDto, HealthLevel, HealthLightDto, HealthPart, ModelDto,
    ModelKeyState, ModelsDto, StatusDto,
};
use crate::app::{DiskRoom, Engine};
use crate::domain::GatewayState;
use crate::domain::records::Trigger;
use crate::scheduler::told_days;
use crate::session::SessionView;
use crate::store::{
    DatabaseSize, ExecutionFilter, ExecutionRow, ExecutionStatus, Page, StoreError,
};

/// Below so many free bytes a person should make room.
const LITTLE_ROOM: u64 = 1_000_000_000;

/// Below so many free bytes the next write may fail.
const NO_ROOM: u64 = 200_000_000;

/// How the engine is at this moment.
pub async fn health(engine: &Engine) -> Result<HealthDto, ApiError> {
    let store = engine.store();
    let status = engine.status().await?;
    let strategies = store.strategies().await?;
    let active: BTreeSet<String> = strategies
        .into_iter()
        .filter(|row| row.active)
        .map(|row| row.version.strategy_id.to_string())
        .collect();
    let scheduled =
        ExecutionFilter { trigger: Some(Trigger::Schedule), ..ExecutionFilter::default() };
    let last = store.found_executions(&scheduled, Page { offset: 0, limit: 1 }).await?.pop();
    let models = models(&super::ModelsPage::of(engine)).await?;
    let size = store.size().await;
    let room = engine.disk_room().await;
    let files = FilesDto {
        directory: engine.data_dir().display().to_string(),
        database: store.path().display().to_string(),
        database_bytes: size.as_ref().ok().map(|size| size.pages),
        log_bytes: size.as_ref().ok().map(|size| size.log),
        halt_file: engine.parts().halt.path().display().to_string(),
        disk_free_bytes: room.as_ref().ok().map(|room| room.free),
        disk_total_bytes: room.as_ref().ok().map(|room| room.total),
    };
    let differences = super::schedules::differences(&told_days(store).await?, engine.now());
    let lights = vec![
        gateway(&engine.session().view()),
        database(size, status.lineage_dropped),
        model(&models, &active),
        schedule(&status, active.len(), last.as_ref(), &differences),
        disk(room),
    ];
    Ok(HealthDto { at: status.now, lights, files })
}

fn light(
    part: HealthPart,
    level: HealthLevel,
    sentence: impl Into<String>,
    action: Option<&str>,
) -> HealthLightDto {
    HealthLightDto { part, level, sentence: sentence.into(), action: action.map(str::to_owned) }
}

fn gateway(view: &SessionView) -> HealthLightDto {
    let level = match view.state {
        GatewayState::Ready => HealthLevel::Well,
        GatewayState::NotAsked | GatewayState::LoginOnly | GatewayState::Maintenance => {
            HealthLevel::Watch
        }
        GatewayState::GatewayDown
        | GatewayState::NotAGateway
        | GatewayState::CertificateUnknown
        | GatewayState::CertificateChanged
        | GatewayState::GatewayStuck
        | GatewayState::IpNotAllowed
        | GatewayState::LoginNeeded
        | GatewayState::Competing
        | GatewayState::WrongEnvironment
        | GatewayState::Penalised => HealthLevel::Unwell,
    };
    let action = view.state.action().map(|action| format!("{action}."));
    let sentence = format!("{}.", view.state.words());
    light(HealthPart::Gateway, level, sentence, action.as_deref())
}

fn database(size: Result<DatabaseSize, StoreError>, dropped: u32) -> HealthLightDto {
    match size {
        Err(error) => light(
            HealthPart::Database,
            HealthLevel::Unwell,
            format!("The database does not answer: {error}."),
            Some("Look at the data directory and at the disk, then start again."),
        ),
        Ok(_) if dropped > 0 => light(
            HealthPart::Database,
            HealthLevel::Unwell,
            format!("{dropped} records of lineage could not be written since the start."),
            Some("Make room on the disk, then start again. No order is sent unrecorded."),
        ),
        Ok(size) => light(
            HealthPart::Database,
            HealthLevel::Well,
            format!("It answers and holds {}.", size_words(size.pages)),
            None,
        ),
    }
}

/// Only a model that an active strategy asks can be unwell: no other is needed.
fn model(models: &ModelsDto, active: &BTreeSet<String>) -> HealthLightDto {
    let needed: Vec<&ModelDto> = models
        .models
        .iter()
        .filter(|model| model.strategies.iter().any(|id| active.contains(id)))
        .collect();
    let fault = needed.iter().find_map(|model| model_fault(model));
    if let Some((sentence, action)) = fault {
        return light(HealthPart::Model, HealthLevel::Unwell, sentence, Some(action));
    }
    let budgets = &models.budgets;
    let is_spent = |limit: Option<&str>, spent: &str| {
        let limit = limit.and_then(|limit| limit.parse::<Decimal>().ok());
        limit.is_some_and(|limit| spent.parse::<Decimal>().is_ok_and(|spent| spent >= limit))
    };
    let budget_is_spent = is_spent(budgets.day.as_deref(), &budgets.spent_today)
        || is_spent(budgets.total.as_deref(), &budgets.spent_total);
    if !needed.is_empty() && budget_is_spent {
        return light(
            HealthPart::Model,
            HealthLevel::Watch,
            "The budget for models is spent; no model is asked until it is raised or a day begins.",
            Some("Raise the budget, or let the rule analyst stand in."),
        );
    }
    match (models.models.len(), needed.as_slice()) {
        (0, _) => light(
            HealthPart::Model,
            HealthLevel::Resting,
            "No model is configured; the built-in rule analyst analyses.",
            None,
        ),
        (_, []) => light(
            HealthPart::Model,
            HealthLevel::Resting,
            "No active strategy asks a model; the built-in rule analyst analyses.",
            None,
        ),
        (_, [one]) => {
            light(HealthPart::Model, HealthLevel::Well, format!("{} can be asked.", one.name), None)
        }
        (_, several) => light(
            HealthPart::Model,
            HealthLevel::Well,
            format!("All {} models that active strategies ask can be asked.", several.len()),
            None,
        ),
    }
}

/// Why a model cannot be asked, and what to do.
fn model_fault(model: &ModelDto) -> Option<(String, &'static str)> {
    let name = &model.name;
    if model.needs_key && model.key == ModelKeyState::Absent {
        return Some((format!("{name} has no key."), "Enter its key on the page Models."));
    }
    if model.needs_key && model.key == ModelKeyState::Unknown {
        let sentence = format!("The key of {name} is in a vault that is closed.");
        return Some((sentence, "Open the vault on the page Models."));
    }
    if model.price.is_none() {
        let sentence = format!("{name} has no price, so that its cost cannot be bounded.");
        return Some((sentence, "Enter what its tokens cost on the page Models."));
    }
    if model.breaker.state == BreakerState::Open {
        let sentence = format!(
            "{name} failed {} times in a row and is left alone for a while.",
            model.breaker.failures
        );
        return Some((sentence, "Test it on the page Models; its last error says what is wrong."));
    }
    None
}

fn schedule(
    status: &StatusDto,
    active: usize,
    last: Option<&ExecutionRow>,
    differences: &[String],
) -> HealthLightDto {
    let part = HealthPart::Schedule;
    if active == 0 {
        return light(
            part,
            HealthLevel::Resting,
            "No strategy follows its schedule.",
            Some("Switch the schedule of a strategy on."),
        );
    }
    if status.halt.is_some() {
        return light(
            part,
            HealthLevel::Watch,
            "Trading is halted: runs are made and no entry is sent.",
            Some("Resume trading when the cause of the halt is gone."),
        );
    }
    if let Some(difference) = differences.first() {
        let more = match differences.len() {
            1 => String::new(),
            count => format!(" {} more.", count - 1),
        };
        return light(
            part,
            HealthLevel::Watch,
            format!("Trading days: {difference}.{more}"),
            Some("Look at the planned runs of these days."),
        );
    }
    if let Some(failed) = last.filter(|row| row.status == ExecutionStatus::Failed) {
        let sentence = format!(
            "The last scheduled run failed: {} on {} at {}.",
            failed.strategy_id,
            failed.symbol,
            exchange_time(failed.as_of)
        );
        return light(part, HealthLevel::Watch, sentence, Some("Its lineage says why."));
    }
    let Some(next) = status.next_run.as_deref().and_then(|next| next.parse().ok()) else {
        return light(
            part,
            HealthLevel::Watch,
            "A schedule is switched on and names no time to come.",
            Some("Look at the schedules of the strategies."),
        );
    };
    let next = exchange_time(next);
    if status.clock_mode.as_deref() == Some("paused") {
        return light(
            part,
            HealthLevel::Resting,
            format!("The sandbox clock stands. The next run is at {next}."),
            Some("Let the clock run, or move it to the next close."),
        );
    }
    light(part, HealthLevel::Well, format!("The next run is at {next}."), None)
}

fn disk(room: io::Result<DiskRoom>) -> HealthLightDto {
    let part = HealthPart::Disk;
    match room {
        Err(error) => light(
            part,
            HealthLevel::Watch,
            format!("The system does not say how much room is left: {error}."),
            Some("Look yourself that the disk of the data directory has room."),
        ),
        Ok(DiskRoom { free, .. }) if free < NO_ROOM => light(
            part,
            HealthLevel::Unwell,
            format!(
                "Only {} are left. An order that cannot be recorded is not sent.",
                size_words(free)
            ),
            Some("Make room on the disk of the data directory now."),
        ),
        Ok(DiskRoom { free, .. }) if free < LITTLE_ROOM => light(
            part,
            HealthLevel::Watch,
            format!("{} are left.", size_words(free)),
            Some("Make room on the disk of the data directory."),
        ),
        Ok(DiskRoom { free, total }) => light(
            part,
            HealthLevel::Well,
            format!("{} of {} are free.", size_words(free), size_words(total)),
            None,
        ),
    }
}

/// Bytes for a person, in units of a thousand, such as `41.2 MB`.
fn size_words(bytes: u64) -> String {
    let (divisor, unit) = match bytes {
        0..1_000_000 => (1_000, "kB"),
        1_000_000..1_000_000_000 => (1_000_000, "MB"),
        1_000_000_000..1_000_000_000_000 => (1_000_000_000, "GB"),
        _ => (1_000_000_000_000, "TB"),
    };
    let tenths = bytes / (divisor / 10);
    format!("{}.{} {unit}", tenths / 10, tenths % 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_told_in_units_that_fit() {
        assert_eq!(size_words(0), "0.0 kB");
        assert_eq!(size_words(41_250_000), "41.2 MB");
        assert_eq!(size_words(999_999_999), "999.9 MB");
        assert_eq!(size_words(2_000_000_000_000), "2.0 TB");
    }

    #[test]
    fn a_disk_is_unwell_before_a_write_fails() {
        let of = |free| disk(Ok(DiskRoom { free, total: 10 * LITTLE_ROOM }));
        for (free, level) in [
            (LITTLE_ROOM, HealthLevel::Well),
            (LITTLE_ROOM - 1, HealthLevel::Watch),
            (NO_ROOM, HealthLevel::Watch),
            (NO_ROOM - 1, HealthLevel::Unwell),
        ] {
            let found = of(free);
            assert_eq!(found.level, level, "{free} bytes");
            assert_eq!(found.action.is_none(), level == HealthLevel::Well, "{found:?}");
        }
        let unknown = disk(Err(io::Error::other("not supported")));
        assert_eq!(unknown.level, HealthLevel::Watch);
        assert!(unknown.sentence.contains("not supported"), "{unknown:?}");
    }

    #[test]
    fn lost_records_are_told_though_the_database_answers() {
        let size = DatabaseSize { pages: 4096, log: 0 };
        assert_eq!(database(Ok(size), 0).level, HealthLevel::Well);
        let lost = database(Ok(size), 3);
        assert_eq!(lost.level, HealthLevel::Unwell);
        assert!(lost.sentence.starts_with("3 records"), "{lost:?}");
    }
}
